"""Sends tonight's signed markers, by syslog and by HTTP, and remembers what was sent.

The ledger ``canary.jsonl`` beside the bundles says on which days a marker was sent at all, so that a night on which
the auditor was off is not taken for a hole in the log.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from probes.campus import Campus, CanarySettings, Role
from probes.safeguards.harmless import with_query
from probes.safeguards.marker import PARAMETER
from probes.safeguards.settings import SyslogTarget
from probes.safeguards.steps import Lookup, Step, needs_lookup, visit_steps
from probes.transport.certificate import lenient
from probes.transport.exchange import Request

LEDGER = "canary.jsonl"
PLACEHOLDER = "<marker>"
SEND_S = 5.0
PORT, TLS_PORT = 514, 6514
HEARD_S = 0.2
# RFC 5424: facility 13 (log audit), severity 6 (informational).
PRIORITY = 13 * 8 + 6


@dataclass(frozen=True)
class SyslogLine:
    """One line of syslog (RFC 5424) to one server."""

    target: SyslogTarget

    @property
    def port(self) -> int:
        """The server's port: as it is named, or the usual one (RFC 5426, 3.3; RFC 5425, 4.1)."""
        return self.target.port or (TLS_PORT if self.target.protocol == "tls" else PORT)

    @property
    def to(self) -> str:
        """The server, its port and transport."""
        return f"{self.target.address}:{self.port}/{self.target.protocol}"

    @property
    def line(self) -> str:
        """The line as a plan writes it."""
        return f"syslog to {self.to}: {_line(PLACEHOLDER, '<time>', '<host>')}"


def targets(settings: CanarySettings, campus: Campus) -> tuple[SyslogTarget, ...]:
    """Where syslog goes: the servers that are named, or all of the inventory's log servers."""
    servers = (one for one in campus.device if one.role is Role.LOG_SERVER)
    return settings.syslog or tuple(SyslogTarget(address=one.address) for one in servers)


def syslog_lines(settings: CanarySettings, campus: Campus) -> list[SyslogLine]:
    """What goes out by syslog."""
    return [SyslogLine(target) for target in targets(settings, campus)]


def web_request(settings: CanarySettings, marker: str = PLACEHOLDER) -> Request | None:
    """What goes out by HTTP."""
    if settings.url is None:
        return None
    shown = with_query(settings.url, f"{PARAMETER}={PLACEHOLDER}")
    return Request(with_query(settings.url, f"{PARAMETER}={marker}"), shown_url=shown)


def web_steps(settings: CanarySettings, marker: str = PLACEHOLDER) -> list[Step]:
    """The steps of that."""
    request = web_request(settings, marker)
    return [] if request is None else visit_steps(request)


def planned(settings: CanarySettings, campus: Campus) -> tuple[str, ...]:
    """All of it, as a plan writes it."""
    lines = syslog_lines(settings, campus)
    names = [Lookup(one.target.address).line for one in lines if needs_lookup(one.target.address)]
    return (*names, *(one.line for one in lines), *(step.line for step in web_steps(settings)))


def send_syslog(line: SyslogLine, address: str, marker: str, at: datetime) -> None:
    """Send one line. Blocking. Over UDP nobody says that it arrived, only that nobody listens there.

    Raises:
        OSError: it could not be sent, or the other end refused it.
    """
    data = _line(marker, f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", _host()).encode()
    end = (address, line.port)
    if line.target.protocol == "tcp":
        with socket.create_connection(end, SEND_S) as wire:
            wire.sendall(data + b"\n")
        return
    if line.target.protocol == "tls":
        _send_over_tls(end, line.target.address, data)
        return
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as wire:
        wire.connect(end)
        wire.settimeout(HEARD_S)
        wire.send(data)
        with suppress(TimeoutError):
            wire.recv(1)  # nothing ever comes but the refusal of the other end's system


def _send_over_tls(end: tuple[str, int], name: str, data: bytes) -> None:
    """One line over TLS, its length before it (RFC 5425, 4.3).

    The server need not prove who it is: the marker is no secret, and only who keeps it can show it again.
    """
    with socket.create_connection(end, SEND_S) as plain, lenient().wrap_socket(plain, server_hostname=name) as wire:
        wire.sendall(b"%d %b" % (len(data), data))
        with suppress(OSError):  # the line is out; a server that ends without a farewell takes nothing back
            wire.unwrap()


def _line(marker: str, at: str, host: str) -> str:
    return f"<{PRIORITY}>1 {at} {host} campus-auditor - canary - {marker}"


def _host() -> str:
    name = "".join(char for char in socket.gethostname() if "!" <= char <= "~")
    return name[:255] or "-"


def remember(folder: Path, at: datetime, channel: str, to: str, marker: str) -> None:
    """Write a marker that was sent into the ledger.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"at": at.astimezone(UTC).isoformat(), "channel": channel, "to": to, "marker": marker}
    descriptor = os.open(folder / LEDGER, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def remembered(folder: Path) -> tuple[datetime, ...] | None:
    """When markers were sent, as the ledger has it; ``None`` where there is none. Damaged lines are passed over."""
    try:
        lines = (folder / LEDGER).read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    return tuple(_times(lines))


def _times(lines: list[str]) -> Iterator[datetime]:
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
            at = datetime.fromisoformat(json.loads(line)["at"])
            if at.tzinfo is not None:
                yield at
