"""A world for probes under test: the real campus model, the real clock unless fixed, raw output kept in memory."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from probes.campus import Campus
from probes.transport.known_hosts import KnownHosts

if TYPE_CHECKING:
    from probes.observation import Observation
    from probes.probe import Probe


def campus(**tables: Any) -> Campus:
    """The least campus with these tables added, as the inventory's TOML would give it."""
    return Campus.model_validate({"school": {"name": "示例中学", "stages": ["junior"]}, **tables})


@dataclass
class TestWorld:
    """What ``probes.probe.World`` asks for."""

    __test__ = False

    campus: Campus
    vantage: str = "test"
    at: datetime | None = None
    kept: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    known_hosts: KnownHosts = field(default_factory=KnownHosts)

    def now(self) -> datetime:
        return self.at or datetime.now(UTC)

    def keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self.kept[digest] = data
        return digest

    def secret(self, reference: str) -> str:
        return self.secrets.get(reference) or os.environ[reference.partition(":")[2]]


async def look(probe: Probe, world: TestWorld, target: Any) -> list[Observation]:
    """All observations of one look."""
    return [observation async for observation in probe(world, target)]
