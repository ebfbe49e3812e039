"""The probe against replays of real devices: every interface's speed and state as the recording has them.

What is expected is read from the recording's own lines, by a few lines of code that share nothing with the product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from probes.kinds import Port
from probes.observation import Observation, Reason
from probes.ports import ports
from tests.snmp_servers import HOST, have_snmpsim, recording, snmpsim
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not have_snmpsim(), reason="snmpsim is not installed"),
]

UNSURE = None
# By device, the interfaces where the plain reading (ifHighSpeed if above zero, else ifSpeed) would be wrong.
DEVICES: Mapping[str, Mapping[str, float | None]] = {
    # no ifXTable: ifSpeed 4294967295 only says "more than I can say"
    "librenms/zxr10_5928": dict.fromkeys(
        ("xgei_5/1 some description", "xgei_4/1 this are 10G ports", "xgei_3/1", "xgei_2/1 UPLINK"), UNSURE
    ),
    "librenms/dlink-dgs1250_28x": {},  # neither a speed nor an administrative state
    "librenms/dlink_dgs-1510-28": {},
    "librenms/tplink_sg2008": {},
    "librenms/jetstream_vlans": {},
    "librenms/comware_a5500": {},
    "librenms/vrp_5720": {},
    "librenms/ruijie": {},
    # ports that are down claim 4294901759 Mbit/s; virtual links are up at 0
    "librenms/fortigate": dict.fromkeys(
        (*(f"port{n}" for n in (*range(1, 8), *range(9, 13))), "s1", "s2", "vw1", "vw2", "npu0_vlink0", "npu0_vlink1"),
        UNSURE,
    ),
    "campus/h3c-wx6103": {},
    "campus/h3c-e528-2": {},  # ifHighSpeed 0 on ports whose ifSpeed is right
    "campus/bdcom-s5612": {},  # EtherLike-MIB indexed by ifIndex and a zero
    # ifHighSpeed ten times what ifSpeed says: the lower counts
    "campus/sangfor-ad1800-fp2": {"eth0": 1000, "eth1": 1000, "eth2": 1000, "eth3": 100, "switch0": 1000},
    # Mbit/s where bit/s belong, and bonds that are up at 0
    "campus/topsec-ngfw4000-uf": dict.fromkeys(("feth10", "feth60", "bond0"), UNSURE),
}
NO_INTERFACES = "librenms/comware_1"


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    absent = [name for name in (*DEVICES, NO_INTERFACES) if not recording(name).exists()]
    if absent:
        pytest.skip(f"recordings are not at hand: {', '.join(absent)}")
    files = {community(name): recording(name) for name in (*DEVICES, NO_INTERFACES)}
    with snmpsim(tmp_path_factory.mktemp("snmpsim"), files) as port:
        yield port


def community(name: str) -> str:
    return name.replace("/", "-")


def world_with(name: str, port: int, **tables: Any) -> TestWorld:
    return TestWorld(
        campus(
            credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}],
            device=[
                {
                    "id": "sw",
                    "role": "access-switch",
                    "address": HOST,
                    "snmp": {"credential": "ro", "port": port, "timeout_s": 5},
                }
            ],
            **tables,
        ),
        secrets={"env:RO": community(name)},
    )


async def observed(name: str, port: int, **tables: Any) -> dict[str, Observation]:
    world = world_with(name, port, **tables)
    observations = await look(ports, world, world.campus.device[0])
    subjects = {observation.subject.removeprefix("sw:"): observation for observation in observations}
    assert len(subjects) == len(observations), "every subject once"
    return subjects


COLUMNS = {
    "1.3.6.1.2.1.2.2.1.2": "ifDescr",
    "1.3.6.1.2.1.2.2.1.5": "ifSpeed",
    "1.3.6.1.2.1.2.2.1.7": "ifAdminStatus",
    "1.3.6.1.2.1.2.2.1.8": "ifOperStatus",
    "1.3.6.1.2.1.31.1.1.1.1": "ifName",
    "1.3.6.1.2.1.31.1.1.1.15": "ifHighSpeed",
    "1.3.6.1.2.1.31.1.1.1.18": "ifAlias",
    "1.3.6.1.2.1.10.7.2.1.19": "duplex",
}


def recorded(file: Path) -> list[dict[str, str]]:
    """The rows of the interface tables as the recording has them."""
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for line in file.read_text("utf-8", "surrogateescape").splitlines():
        oid, tag, value = (*line.split("|", 2), "", "")[:3]
        for prefix, column in COLUMNS.items():
            if oid.startswith(prefix + "."):
                plain = bytes.fromhex(value).decode() if tag == "4x" else value
                rows[oid[len(prefix) + 1 :].removesuffix(".0")][column] = plain.strip("\0")
    return list(rows.values())


def recorded_speed(row: Mapping[str, str]) -> float | None:
    if int(row.get("ifHighSpeed", 0)):
        return float(row["ifHighSpeed"])
    if "ifSpeed" in row:
        return int(row["ifSpeed"]) / 1e6
    return 0.0 if "ifHighSpeed" in row else None


def recorded_state(value: str | None) -> bool | None:
    return {None: None, "1": True, "4": None}.get(value, False)


@pytest.mark.parametrize("name", DEVICES)
async def test_every_interface_is_reported_with_the_speed_and_the_state_of_the_recording(
    name: str, agents: int
) -> None:
    rows = recorded(recording(name))
    seen = await observed(name, agents)

    expected = {}
    for row in rows:
        known_as = (row.get("ifName") or row["ifDescr"]).strip()
        expected[known_as] = {
            "speed_mbps": DEVICES[name].get(known_as, recorded_speed(row)),
            "admin_up": recorded_state(row.get("ifAdminStatus")),
            "oper_up": recorded_state(row.get("ifOperStatus")),
            "duplex": {"2": "half", "3": "full"}.get(row.get("duplex", ""), "unknown"),
            "alias": row.get("ifAlias", "").strip(),
        }
    assert len(expected) == len(rows) > 10
    assert {
        known_as: observation.value.model_dump(include=set(expected[known_as]))
        for known_as, observation in seen.items()
        if observation.value
    } == expected


async def test_the_raw_evidence_holds_what_the_device_said(agents: int) -> None:
    world = world_with("librenms/vrp_5720", agents)
    observations = await look(ports, world, world.campus.device[0])
    assert {observation.raw for observation in observations} == {tuple(world.kept)}
    (evidence,) = world.kept.values()
    lines = evidence.decode().splitlines()
    assert lines[0].startswith(f"# SNMP 2c {HOST} port {agents}/udp, by ")
    assert '1.3.6.1.2.1.31.1.1.1.1.7 = OctetString: "GigabitEthernet0/0/2"' in lines
    # gufo-snmp does not tell SMI's types of numbers apart.
    assert {f"1.3.6.1.2.1.31.1.1.1.15.7 = {kind}: 1000" for kind in ("Gauge32", "Number")} & set(lines)
    assert not any(line.startswith("# quirk") for line in lines)


async def test_a_place_finds_its_port_under_another_spelling_and_keeps_its_own(agents: int) -> None:
    seen = await observed(
        "librenms/vrp_5720",
        agents,
        place=[{"id": "A-301", "kind": "classroom", "port": "sw:GE0/0/1"}],
        uplink=[{"id": "main", "port": "sw:XGigabitEthernet0/0/1"}],
    )
    assert "GigabitEthernet0/0/1" not in seen
    room, uplink = seen["GE0/0/1"].value, seen["XGigabitEthernet0/0/1"].value
    assert isinstance(room, Port)
    assert isinstance(uplink, Port)
    assert (room.place, room.uplink, room.speed_mbps) == ("A-301", None, 1000)
    assert (uplink.place, uplink.uplink, uplink.speed_mbps) == (None, "main", 10000)


async def test_a_port_with_a_description_in_its_name_is_found_without_it(agents: int) -> None:
    seen = await observed(
        "librenms/zxr10_5928", agents, place=[{"id": "B-1", "kind": "classroom", "port": "sw:gei_1/2"}]
    )
    port = seen["gei_1/2"].value
    assert isinstance(port, Port)
    assert (port.place, port.speed_mbps, port.alias) == ("B-1", 1000, "gei_1/2 this are 1G ports")


async def test_a_port_that_the_device_lacks_is_unavailable_under_the_spelling_of_the_inventory(agents: int) -> None:
    seen = await observed(
        "librenms/vrp_5720", agents, place=[{"id": "A-302", "kind": "classroom", "port": "sw:GigabitEthernet9/0/1"}]
    )
    missing = seen["GigabitEthernet9/0/1"]
    assert (missing.reason, missing.value) == (Reason.UNEXPECTED_ANSWER, None)
    assert missing.detail == (
        "device sw has 65 interfaces, but none called GigabitEthernet9/0/1: correct the port in the inventory"
    )
    assert len(seen) == 66


async def test_a_device_that_shows_no_interfaces_has_too_narrow_a_view(agents: int) -> None:
    (observation,) = (await observed(NO_INTERFACES, agents)).values()
    assert observation.reason is Reason.VIEW_TOO_NARROW
    assert observation.subject == "sw"
    assert "IF-MIB" in observation.detail
