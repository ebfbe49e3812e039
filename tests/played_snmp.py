"""Recordings of real devices played in memory: a session like the product's, without a wire, so that all of them can be
looked at in seconds. (``tests.snmp_servers`` plays some of them over the wire.)"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probes.campus import Device
from probes.transport.snmp import Table, Value
from probes.transport.snmp_engine import VarBind
from probes.transport.snmp_text import evidence_line

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "recordings"
_OCTETS = {"4", "64"}
_NUMBERS = {"2", "65", "66", "67", "70"}


def all_recordings() -> list[str]:
    """Every SNMP recording as ``folder/name``; none where they are absent."""
    folder = RECORDINGS / "snmp"
    return sorted(f"{file.parent.name}/{file.stem}" for file in folder.glob("*/*.snmprec"))


@dataclass
class Played:
    """What ``SnmpSession`` offers, out of a recording."""

    values: dict[tuple[int, ...], tuple[str, Value]]
    evidence: list[str] = field(default_factory=list)
    quirks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order = sorted(self.values)

    async def get(self, *oids: str) -> dict[str, Value]:
        return {oid: self._value(_arcs(oid)) for oid in oids}

    async def table(self, *columns: str, max_rows: int = 100_000) -> Table:
        rows: Table = {}
        for column in columns:
            root = _arcs(column)
            for oid in self._below(root):
                index = ".".join(map(str, oid[len(root) :]))
                if len(rows) < max_rows or index in rows:
                    rows.setdefault(index, {})[column] = self._value(oid)
        return rows

    def cut_short(self) -> None:
        """A recording is read to its end."""

    def raw(self) -> str:
        return "\n".join([*self.evidence, ""])

    def _below(self, root: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        start = bisect_left(self.order, root)
        for oid in self.order[start:]:
            if oid[: len(root)] != root:
                return
            if len(oid) > len(root):
                yield oid

    def _value(self, oid: tuple[int, ...]) -> Value:
        tag, value = self.values.get(oid, ("", None))
        if value is not None:
            self.evidence.append(evidence_line(VarBind(".".join(map(str, oid)), tag, value)))
        return value


def _arcs(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.strip(".").split(".")))


def play(name: str) -> Played:
    """The recording of that name."""
    values: dict[tuple[int, ...], tuple[str, Value]] = {}
    for line in (RECORDINGS / "snmp" / f"{name}.snmprec").read_text("utf-8", "surrogateescape").splitlines():
        oid, tag, said = (*line.split("|", 2), "", "")[:3]
        if oid.replace(".", "").isdigit():
            values[_arcs(oid)] = (tag, _read(tag, said))
    return Played(values)


def _read(tag: str, said: str) -> Value:
    kind, hexed = tag.rstrip("x"), tag.endswith("x")
    if kind in _NUMBERS:
        return int(said) if said.strip().lstrip("-").isdigit() else None
    if kind in _OCTETS:
        if hexed:
            octets = bytes.fromhex(said if len(said) % 2 == 0 else said[:-1])
        else:
            octets = said.encode("utf-8", "surrogateescape")
        return ".".join(map(str, octets)) if kind == "64" and hexed else said if kind == "64" else octets
    return said.lstrip(".") if kind == "6" else None


def playing(monkeypatch: Any, name: str) -> None:
    """From now on every SNMP session is with that recording."""

    @asynccontextmanager
    async def opened(world: Any, device: Device) -> AsyncIterator[Played]:
        yield play(name)

    monkeypatch.setattr("probes.transport.snmp.open_session", opened)
