"""The clients of access points as their controller lists them: how many, and how strong they are heard. Pure.

A client's address and name are a person's, and are neither asked for nor kept: only the access point and the signal are
taken out of each row, and of these a number and a median.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from probes.dialect import Said
from probes.dialect.amounts import as_number

WEAKEST_DBM, STRONGEST_DBM = -110.0, -10.0
"""What is no signal of a client in dBm is a scale of the vendor's own, or a driver that does not know."""


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of one access point.

    Attributes:
        number: how many were listed.
        heard: of how many a signal was told.
        rssi_dbm: its median; ``None`` where none was.
    """

    number: int
    heard: int
    rssi_dbm: float | None


def by_access_point(rows: Iterable[Said]) -> Mapping[str, Clients]:
    """Clients by the name, and by the address, of the access point that they are associated with."""
    found: dict[str, list[float | None]] = defaultdict(list)
    for row in rows:
        keys = {row.groups.get("ap", ""), address(row.groups.get("ap_mac", ""))} - {""}
        for key in keys:
            found[key].append(_dbm(row.groups.get("rssi_dbm")))
    return {key: _clients(levels) for key, levels in found.items()}


def address(written: str) -> str:
    """An access point's address in one spelling, of six octets in whatever one; empty for what is none.

    >>> address("0025-9e12-30a0"), address("0.37.158.18.48.160"), address("00:25:9E:12:30:A0"), address("AP-7")
    ('00:25:9e:12:30:a0', '00:25:9e:12:30:a0', '00:25:9e:12:30:a0', '')
    """
    decimal = re.fullmatch(r"(?:6\.)?((?:\d{1,3}\.){5}\d{1,3})", written)
    if decimal is not None and all(int(one) < 256 for one in decimal[1].split(".")):  # noqa: PLR2004  an octet
        return bytes(int(one) for one in decimal[1].split(".")).hex(":")
    digits = re.sub(r"[:.\-\s]", "", written.lower().removeprefix("0x"))
    return bytes.fromhex(digits).hex(":") if re.fullmatch(r"[0-9a-f]{12}", digits) else ""


def _clients(levels: list[float | None]) -> Clients:
    told = [one for one in levels if one is not None]
    return Clients(len(levels), len(told), round(median(told), 1) if told else None)


def _dbm(said: str | None) -> float | None:
    number = None if said is None else as_number(said)
    return number if number is not None and WEAKEST_DBM <= number <= STRONGEST_DBM else None
