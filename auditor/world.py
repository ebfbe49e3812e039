"""The world that probes of a real audit see: the system's clock, the bundle for raw output, secrets by reference."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

from auditor import secrets
from auditor.bundle import BundleWriter
from auditor.redact import Redactor
from probes.campus import Campus, SecretRef
from probes.transport.known_hosts import KnownHosts


class AuditWorld:
    """What ``probes.probe.World`` asks for. Every secret that is resolved is from then on struck out of all output."""

    def __init__(
        self, campus: Campus, writer: BundleWriter, redactor: Redactor, known_hosts: KnownHosts | None = None
    ) -> None:
        self.campus = campus
        self.known_hosts = known_hosts or KnownHosts()
        self.vantage = socket.gethostname()
        self._writer = writer
        self._redactor = redactor

    def now(self) -> datetime:
        """The present time, UTC."""
        return datetime.now(UTC)

    def keep(self, data: bytes) -> str:
        """Store raw output in the bundle; returns the SHA-256 of what was stored."""
        return self._writer.keep(data)

    def secret(self, reference: SecretRef) -> str:
        """The secret behind a reference; raises ``SecretError``."""
        found = secrets.resolve(reference)
        self._redactor.learn(found)
        return found
