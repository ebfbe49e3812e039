"""docs/vendors.md: what is read of which vendor, by which way, and what confirms that it is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from probes.dialect import Command, Dialect, Reading, Rest, Snmp

HEAD = """<!-- Made by tools/docs.py from probes/dialects/*.toml; do not edit. -->
# What is read of which vendor, and what confirms it

A reading is *confirmed* by a MIB that was compiled (or an RFC), by a real device's recorded answer that it reads, or
by both. **—** means that it rests on the vendor's manual or on public code alone: whoever has such a device, compare
what the program says with what the device shows, and send the recording ([how](how-to/add-a-vendor.md)). A reading
that fits nothing of an answer says nothing; it does not guess.

Ports and neighbours come from standard MIBs on every device (IF-MIB, EtherLike-MIB, LLDP-MIB, LLDP-V2-MIB,
CISCO-CDP-MIB, BRIDGE-MIB, Q-BRIDGE-MIB), load and disks from HOST-RESOURCES-MIB, whatever stands below. How long logs
are kept is told by few devices; of those without a row `log_setting` only the log servers (`log_host`) are known, or
nothing.

| 来源 confirmed by | 含义 |
|---|---|
| `mib` | 对象见已编译的 MIB 或 RFC |
| `recording` | 读通了真实设备的录制应答 |
| — | 仅据厂商手册或公开代码，尚未证实 |
"""


def vendors(dialects: Mapping[str, Dialect]) -> str:
    """The page, out of all dialects."""
    own = {name: _own(one, dialects.get(one.extends or "")) for name, one in sorted(dialects.items())}
    every = [reading for readings in own.values() for reading in readings]
    confirmed = sum(bool(one.confirmed) for one in every)
    counted = f"\n{len(every)} readings in {len(own)} dialects; {confirmed} of them are confirmed.\n"
    return HEAD + counted + "".join(_section(dialects[name], readings) for name, readings in own.items())


def _own(dialect: Dialect, base: Dialect | None) -> list[Reading]:
    """The readings that a dialect does not take over from the one that it extends."""
    ways: Iterable[tuple[Sequence[Reading], Sequence[Reading]]] = (
        (dialect.snmp, base.snmp if base else ()),
        (dialect.command, base.command if base else ()),
        (dialect.rest, base.rest if base else ()),
    )
    return [reading for all_of, taken in ways for reading in all_of[: len(all_of) - len(taken)]]


def _section(dialect: Dialect, readings: list[Reading]) -> str:
    kinds = ", ".join(sorted({sign.what or dialect.what or "" for sign in dialect.recognise} - {""}))
    head = f"\n## {dialect.id}\n\n{dialect.title}{f' ({kinds})' if kinds else ''}."
    if dialect.extends:
        head += f" Everything else as [{dialect.extends}](#{dialect.extends})."
    if not readings:
        return head + " Only recognised; asked by the standard MIBs.\n"
    rows = "".join(_row(one) for one in sorted(readings, key=lambda one: one.purpose))
    return head + "\n\n| purpose | way | asked | confirmed by |\n|---|---|---|---|\n" + rows


def _row(reading: Reading) -> str:
    about = reading.constant.get("function") or reading.constant.get("what") or ""
    purpose = f"{reading.purpose} {about}".strip()
    way = {Snmp: "SNMP", Command: "SSH", Rest: "REST"}[type(reading)]
    asked = ", ".join(f"`{one}`" for one in _asked(reading))
    return f"| {purpose} | {way} | {asked} | {', '.join(reading.confirmed) or '—'} |\n"


def _asked(reading: Reading) -> Iterator[str]:
    match reading:
        case Snmp():
            yield from dict.fromkeys((*reading.get.values(), *reading.columns.values(), *reading.sums.values()))
        case Command():
            yield reading.send.replace("|", "\\|")
        case Rest():
            yield f"{reading.method} {reading.path}"
