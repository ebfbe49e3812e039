"""Processor, memory and disks by HOST-RESOURCES-MIB (RFC 2790) and UCD-SNMP-MIB."""

from __future__ import annotations

from collections.abc import Mapping

from probes.kinds import Disk, Resources
from probes.machine.shares import share
from probes.transport.snmp import SnmpSession, Value, plain_text

MIB = 1024 * 1024
MAX_PARTS = 2_000

HR_LOAD = "1.3.6.1.2.1.25.3.3.1.2"
_STORAGE = "1.3.6.1.2.1.25.2.3.1."
HR_TYPE, HR_DESCR, HR_UNITS, HR_SIZE, HR_USED = (_STORAGE + column for column in ("2", "3", "4", "5", "6"))
_TYPES = "1.3.6.1.2.1.25.2.1."
RAM, FIXED_DISK, FLASH = (_TYPES + number for number in ("2", "4", "9"))

_UCD = "1.3.6.1.4.1.2021.4."
UCD_TOTAL, UCD_AVAILABLE, UCD_BUFFER, UCD_CACHED = (f"{_UCD}{number}.0" for number in ("5", "6", "14", "15"))

# What an agent lists as RAM beside the memory itself (net-snmp, Windows).
_PART_OF_MEMORY = ("cached", "buffers", "shared", "virtual", "swap", "available")
_NO_DISK = ("/dev", "/run", "/sys", "/proc", "tmpfs", "devfs", "procfs", "overlay")


async def host_resources(session: SnmpSession) -> Resources:
    """What an agent says over these MIBs; every part that it does not say is ``None``."""
    processors = await session.table(HR_LOAD, max_rows=MAX_PARTS)
    loads = [load for row in processors.values() if isinstance(load := row.get(HR_LOAD), int) and 0 <= load <= 100]  # noqa: PLR2004
    parts = await session.table(HR_TYPE, HR_DESCR, HR_UNITS, HR_SIZE, HR_USED, max_rows=MAX_PARTS)
    memory = _linux_memory(await session.get(UCD_TOTAL, UCD_AVAILABLE, UCD_BUFFER, UCD_CACHED))
    disks = sorted(
        (one for row in parts.values() if row.get(HR_TYPE) in {FIXED_DISK, FLASH} and (one := _disk(row)) is not None),
        key=lambda one: -(one.percent or 0),
    )
    return Resources(
        cpu_percent=round(sum(loads) / len(loads), 1) if loads else None,
        memory_percent=memory if memory is not None else _memory(list(parts.values())),
        disk_percent=disks[0].percent if disks else None,
        disk_free_mb=disks[0].free_mb if disks else None,
        disks=tuple(disks),
    )


def _linux_memory(said: Mapping[str, Value]) -> float | None:
    total, free = said.get(UCD_TOTAL), said.get(UCD_AVAILABLE)
    if not isinstance(total, int) or not isinstance(free, int):
        return None
    for oid in (UCD_BUFFER, UCD_CACHED):
        value = said.get(oid)
        free += value if isinstance(value, int) and value >= 0 else 0
    return share(total - free, total)


def _memory(parts: list[dict[str, Value]]) -> float | None:
    """The fullest memory of type RAM."""
    shares = []
    for row in parts:
        name = plain_text(row.get(HR_DESCR)).lower()
        size, used = row.get(HR_SIZE), row.get(HR_USED)
        whole = row.get(HR_TYPE) == RAM and not name.startswith(_PART_OF_MEMORY)
        if whole and isinstance(size, int) and isinstance(used, int):
            shares.append(share(used, size))
    return max((one for one in shares if one is not None), default=None)


def _disk(row: Mapping[str, Value]) -> Disk | None:
    name = plain_text(row.get(HR_DESCR), 80)
    units, size, used = row.get(HR_UNITS), row.get(HR_SIZE), row.get(HR_USED)
    if not isinstance(units, int) or not isinstance(size, int) or not isinstance(used, int) or size <= 0 or used < 0:
        return None
    if name.startswith(_NO_DISK):
        return None
    mb = units / MIB
    return Disk(
        name=name.partition(" Label:")[0],
        percent=share(used, size),
        free_mb=round(max(size - used, 0) * mb, 1),
        total_mb=round(size * mb, 1),
    )
