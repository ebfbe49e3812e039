"""The probe against replays of real devices: their neighbours as another tool found them, port by port.

What is expected is the ``links`` of LibreNMS's own discovery of the same recording, where it has some; else read from
the recording by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from probes.kinds import Neighbour
from probes.neighbours import neighbours
from probes.observation import Observation, Reason
from tests.snmp_servers import HOST, NEIGHBOUR_MIBS, RECORDINGS, have_snmpsim, recording, snmpsim
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not have_snmpsim(), reason="snmpsim is not installed"),
]

AS_LIBRENMS_FOUND = (
    "arubaos-cx_10.07",
    "dlink_des-3526",  # local ports numbered by bridge port, called 1/25
    "dlink_dgs-1510-28",  # lldpLocPortId 1/24 is no name of an interface
    "dlink_dgs-3420-28tc",  # lldpLocPortId is a MAC address
    "fs-switch_s3900",  # lldpLocPortId "Eth 1/12" is the interface Port12
    "ios_2960x",  # CDP
    "jetstream_sg2218p",  # TP-Link's own table
    "procurve",
    "vrp_5720",
)
BY_HAND: Mapping[str, set[tuple[str, str, str]]] = {
    "librenms/jetstream_jetstream-lldp": {
        ("gigabitEthernet 1/0/20", "SoAda-WR10", "eth0.1"),
        ("gigabitEthernet 1/0/21", "SoAda-WR11", "eth0.1"),
        ("gigabitEthernet 1/0/23", "SoAda-WR49", "eth1"),
        ("gigabitEthernet 1/0/24", "SoAda-WR35", "eth1"),
        ("gigabitEthernet 1/0/28", "soada-sw22", "gi1/0/1"),
    },
    "campus/h3c-e528-2": {("GigabitEthernet1/0/24", "WRD-Huiju-2", "GigabitEthernet1/0/33")},
    "librenms/ciscowlc_cbw240ac": {("GigabitEthernet0/0/1", "switch", "GigabitEthernet1/0/1")},
}
SILENT: Mapping[str, tuple[str, Reason, str]] = {
    "listens, hears nobody": ("librenms/ios_c3560", Reason.EMPTY, "hears no neighbour at present"),
    "switched off": ("campus/huawei-s5720", Reason.NOT_CONFIGURED, "LLDP is switched off on device sw"),
    "hidden or lacking": ("campus/bdcom-s5612", Reason.VIEW_TOO_NARROW, "it cannot be told which of the two it is"),
    "not by port": ("librenms/routeros_crs317", Reason.UNEXPECTED_ANSWER, "without saying on which of its ports"),
}
NAMES = sorted({*(f"librenms/{name}" for name in AS_LIBRENMS_FOUND), *BY_HAND, *(name for name, *_ in SILENT.values())})


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    absent = [name for name in NAMES if not recording(name).exists()]
    if absent:
        pytest.skip(f"recordings are not at hand: {', '.join(absent)}")
    files = {name.replace("/", "-"): recording(name) for name in NAMES}
    with snmpsim(tmp_path_factory.mktemp("snmpsim"), files, NEIGHBOUR_MIBS) as port:
        yield port


def world_with(name: str, port: int) -> TestWorld:
    snmp = {"credential": "ro", "port": port, "timeout_s": 5}
    return TestWorld(
        campus(
            credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}],
            device=[{"id": "sw", "role": "access-switch", "address": HOST, "snmp": snmp}],
        ),
        secrets={"env:RO": name.replace("/", "-")},
    )


async def observed(world: TestWorld) -> list[Observation]:
    return await look(neighbours, world, world.campus.device[0])


def told(observations: list[Observation]) -> set[tuple[str, str, str]]:
    return {
        (one.subject.removeprefix("sw:"), one.value.remote_name, one.value.remote_port)
        for one in observations
        if isinstance(one.value, Neighbour)
    }


def links(name: str) -> list[dict[str, str]]:
    file: Path = RECORDINGS.parent / "expected" / "snmp" / "librenms" / f"{name}.json"
    found: list[dict[str, str]] = json.loads(file.read_text())["links"]
    assert found
    return found


@pytest.mark.parametrize("name", AS_LIBRENMS_FOUND)
async def test_every_link_that_librenms_found_is_found_on_the_same_port(name: str, agents: int) -> None:
    seen = told(await observed(world_with(f"librenms/{name}", agents)))
    expected = {(link["ifName"], link["remote_hostname"]) for link in links(name) if link.get("ifName")}
    unplaced = {link["remote_hostname"] for link in links(name)} - {remote for _, remote in expected}
    assert expected
    assert not expected - {(port, remote) for port, remote, _ in seen}
    assert not unplaced - {remote for _, remote, _ in seen}


async def test_the_remote_ports_are_as_the_neighbours_call_them(agents: int) -> None:
    seen = told(await observed(world_with("librenms/vrp_5720", agents)))
    assert {(remote, port) for _, remote, port in seen} == {
        ("LNS-Huawei", "GigabitEthernet0/0/7"),
        ("pm-test", "GigabitEthernet0/0/1"),
        ("CE-NG", "10GE1/0/42"),
        ("CE-NG", "10GE1/0/41"),
        ("Zrih", "XGigabitEthernet0/0/1"),
    }


@pytest.mark.parametrize("name", BY_HAND)
async def test_neighbours_that_librenms_does_not_list(name: str, agents: int) -> None:
    assert told(await observed(world_with(name, agents))) == BY_HAND[name]


@pytest.mark.parametrize("case", SILENT)
async def test_hearing_nobody_is_told_apart_from_not_being_able_to_hear(case: str, agents: int) -> None:
    name, reason, words = SILENT[case]
    (observation,) = await observed(world_with(name, agents))
    assert (observation.subject, observation.reason, observation.value) == ("sw", reason, None)
    assert words in observation.detail


@pytest.mark.parametrize("name", ["librenms/procurve", "librenms/arubaos-cx_10.07", "librenms/dlink_dgs-3420-28tc"])
async def test_no_mac_address_is_kept_in_clear(name: str, agents: int) -> None:
    world = world_with(name, agents)
    observations = await observed(world)
    kept = b"".join(world.kept.values()).decode() + "".join(one.model_dump_json() for one in observations)
    assert "1.0.8802.1.1.2.1.4.1.1.9" in kept, "the names are there"
    whole = re.compile(r"(?i)(?<![0-9a-f:])[0-9a-f]{2}(?:[ :-][0-9a-f]{2}){5}(?![ :-]?[0-9a-f])")
    assert not whole.findall(kept)
