"""What snmpd does not tell of a Linux bridge and its ports: a pass_persist program.

Usage in snmpd.conf::

    pass_persist .1.3.6.1.2.1.17 PYTHON -u switch_mib.py forwarding BRIDGE [VLAN]
    pass_persist .1.3.6.1.2.1.10.7 PYTHON -u switch_mib.py duplex

The first gives BRIDGE-MIB (RFC 4188): with a VLAN its forwarding table stands in dot1qTpFdbTable (RFC 4363) under that
number. The second gives dot3StatsDuplexStatus (RFC 3635), which snmpd leaves out for TAP devices.
"""

from __future__ import annotations

import bisect
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Oid = tuple[int, ...]
Variables = dict[Oid, tuple[str, object]]

DEVICES = Path("/sys/class/net")
DUPLEX_STATUS: Oid = (1, 3, 6, 1, 2, 1, 10, 7, 2, 1, 19)
BRIDGE_MIB: Oid = (1, 3, 6, 1, 2, 1, 17)
FRESH_S = 1.0
ENTRY_BYTES = 16  # struct __fdb_entry: address[6], port, is_local, age[4], port_hi, pad, unused[2]
LEARNED, SELF = 3, 4


def duplexes() -> Variables:
    """dot3StatsDuplexStatus of every interface whose driver tells it: halfDuplex(2), fullDuplex(3)."""
    found: Variables = {}
    for device in DEVICES.iterdir():
        with suppress(OSError):  # an interface without a link has none to tell
            status = {"half": 2, "full": 3}.get((device / "duplex").read_text().strip())
            if status is not None:
                found[*DUPLEX_STATUS, int((device / "ifindex").read_text())] = ("integer", status)
    return found


def forwarding(bridge: str, vlan: int | None) -> Variables:
    """BRIDGE-MIB of a bridge."""
    ports = {
        int((link / "port_no").read_text(), 16): int((DEVICES / link.name / "ifindex").read_text())
        for link in (DEVICES / bridge / "brif").iterdir()
    }
    found: Variables = {
        (1, 1, 0): ("octet", (DEVICES / bridge / "address").read_text().strip().replace(":", " ").upper()),
        (1, 2, 0): ("integer", len(ports)),
        (1, 3, 0): ("integer", 2),
    }
    for number, index in ports.items():
        found[1, 4, 1, 1, number] = ("integer", number)
        found[1, 4, 1, 2, number] = ("integer", index)
    data = (DEVICES / bridge / "brforward").read_bytes()
    for at in range(0, len(data), ENTRY_BYTES):
        address, port, local = data[at : at + 6], data[at + 6], data[at + 7]
        status = ("integer", SELF if local else LEARNED)
        if vlan is None:
            found[4, 3, 1, 1, *address] = ("octet", address.hex(" ").upper())
            found[4, 3, 1, 2, *address] = ("integer", port)
            found[4, 3, 1, 3, *address] = status
        else:
            found[7, 1, 2, 2, 1, 2, vlan, *address] = ("integer", port)
            found[7, 1, 2, 2, 1, 3, vlan, *address] = status
    return {BRIDGE_MIB + oid: value for oid, value in found.items()}


class Table:
    """The variables in their order, read again when they are older than a second."""

    def __init__(self, read: Callable[[], Variables]) -> None:
        self._read = read
        self._rows: Variables = {}
        self._order: list[Oid] = []
        self._read_at = -FRESH_S

    def answer(self, what: str, oid: Oid) -> list[str]:
        if time.monotonic() - self._read_at > FRESH_S:
            self._rows = self._read()
            self._order, self._read_at = sorted(self._rows), time.monotonic()
        if what == "getnext":
            after = bisect.bisect_right(self._order, oid)
            if after == len(self._order):
                return ["NONE"]
            oid = self._order[after]
        if oid not in self._rows:
            return ["NONE"]
        kind, value = self._rows[oid]
        return ["." + ".".join(map(str, oid)), kind, str(value)]


def main() -> None:
    what, *rest = sys.argv[1:]
    vlan = int(rest[1]) if len(rest) > 1 else None
    table = Table(duplexes if what == "duplex" else lambda: forwarding(rest[0], vlan))
    while line := sys.stdin.readline():
        command = line.strip()
        if command == "PING":
            reply = ["PONG"]
        elif command in {"get", "getnext"}:
            reply = table.answer(
                command, tuple(int(part) for part in sys.stdin.readline().strip().strip(".").split("."))
            )
        else:  # set OID VALUE
            sys.stdin.readline()
            sys.stdin.readline()
            reply = ["not-writable"]
        sys.stdout.write("\n".join([*reply, ""]))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
