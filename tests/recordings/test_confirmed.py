"""What a dialect calls confirmed by a recording is read from one: no reading claims more than was seen."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from probes.dialect import Command, Snmp, command_rows, load_dialects, snmp_rows, what_it_is
from probes.transport.identity import snmp_identity
from tests.played_snmp import RECORDINGS, Played, all_recordings, play

pytestmark = pytest.mark.recordings

CLI = RECORDINGS / "cli"
if not CLI.exists():
    pytest.skip("the recordings are not at hand (../shared/recordings)", allow_module_level=True)

# Whose consoles the collections hold, by the names of their folders and files.
COMMANDS: Mapping[str, str] = {
    "huawei-vrp": "huawei_vrp",
    "hp-comware": "hp_comware",
    "cisco-ios": "cisco_ios",
    "cisco-asa": "cisco_asa",
    "cisco-wlc": "cisco_wlc_ssh",
    "aruba-os": "aruba_os",
    "aruba-cx": "aruba_aoscx",
    "hp-procurve": "hp_procurve",
    "zte-zxros": "zte_zxros",
    "mikrotik-routeros": "mikrotik_routeros",
    "fortinet": "fortinet",
    "linux": "linux",
    "ubiquiti": "ubiquiti_edgeswitch",
    "d-link": "dlink_ds",
    "zyxel": "zyxel_os",
}
SESSIONS: Mapping[str, str] = {
    "aruba-cx": "aoscx",
    "aruba-os": "aosw",
    "fortinet": "fortigate",
    "fs-os": "fsos",
    "hp-comware": "h3c",
    "cisco-ios": "ios",
    "cisco-asa": "asa",
    "mikrotik-routeros": "routeros",
}


def answers(dialect: str, send: str) -> Iterator[str]:
    """Every recorded answer to a line."""
    folder = CLI / "ntc-templates" / COMMANDS.get(dialect, "-")
    for name in {
        send.lstrip("/").replace(" ", "_"),
        send.lstrip("/").replace(" ", "_").removesuffix("_without-paging"),
    }:
        yield from (file.read_text("utf-8", "replace") for file in sorted((folder / name).glob("*.raw")))
    for file in sorted((CLI / "oxidized-sessions").glob(f"{SESSIONS.get(dialect, '-')}__*.yaml")):
        commands: dict[str, Any] = yaml.safe_load(file.read_text("utf-8", "replace")).get("commands", {})
        yield from (str(answer) for line, answer in commands.items() if str(line).strip() == send)


@pytest.fixture(scope="module")
def devices() -> Mapping[str, list[Played]]:
    """Recordings of agents, by the dialect that they speak and the one that it extends."""
    found = defaultdict(list)
    for name in all_recordings():
        device = play(name)
        spoken = what_it_is(asyncio.run(snmp_identity(device)))  # type: ignore[arg-type]  # a session in all that it asks
        for dialect in {spoken.dialect.id, spoken.dialect.extends or ""} if spoken is not None else ():
            found[dialect].append(device)
    return found


async def reads(reading: Snmp, device: Played) -> bool:
    if reading.get:
        return bool(snmp_rows(reading, {"": await device.get(*reading.get.values())}).rows)
    return bool(snmp_rows(reading, await device.table(*reading.columns.values(), *reading.sums.values())).rows)


@pytest.mark.parametrize("name", load_dialects())
async def test_a_recording_is_read_by_what_it_is_said_to_confirm(
    name: str, devices: Mapping[str, list[Played]]
) -> None:
    dialect = load_dialects()[name]
    own = load_dialects()[dialect.extends] if dialect.extends else None
    for one in (*dialect.snmp, *dialect.command):
        if "recording" not in one.confirmed or (own is not None and one in (*own.snmp, *own.command)):
            continue
        if isinstance(one, Command):
            assert any(command_rows(one, answer).understood for answer in answers(name, one.send)), one.send
        else:
            forms = [one, *(one.under(root, other) for root, other in dialect.twins.items())]
            assert any([await reads(form, device) for form in forms for device in devices[name]]), one.purpose
