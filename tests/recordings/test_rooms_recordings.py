"""The port of a room in replays of real switches: one address of each recording, and the port that it is learnt on.

The expected ports were read from the recordings by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from probes.kinds import Neighbour
from probes.observation import Reason
from probes.rooms import rooms
from tests.snmp_servers import HOST, NEIGHBOUR_MIBS, have_snmpsim, recording, snmpsim
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not have_snmpsim(), reason="snmpsim is not installed"),
]

# By recording: an address, and the port behind which it is learnt.
LEARNT: Mapping[str, tuple[str, str]] = {
    "comware_a5500": ("245e-be18-cb0b", "GigabitEthernet1/0/4"),  # by VLAN 10
    "yunshan_s5735-v2": ("d461-3706-6b4b", "GE1/0/5"),  # bridge port 5 is ifIndex 7
    "jetstream_sg2218p": ("24-32-AE-A3-5F-19", "gigabitEthernet 1/0/2"),  # bridge port 2 is called 49154 elsewhere
    "tplink_sg2008": ("EC-BD-1D-F9-80-60", "port 3: Gigabit Copper"),
    "edgeswitch_10xp": ("00:0e:c6:bd:f6:9d", "GigabitEthernet2"),
    "swos_css326-24g-2s+": ("02:42:5f:fc:1b:4f", "Port12"),  # BRIDGE-MIB only
}
BUSY = ("dlink-dgs1250_28x", "00:1b:21:d2:a0:7d", "eth1/0/28")  # 47 addresses in several VLANs


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    names = (*LEARNT, BUSY[0])
    absent = [name for name in names if not recording(f"librenms/{name}").exists()]
    if absent:
        pytest.skip(f"recordings are not at hand: {', '.join(absent)}")
    files = {name: recording(f"librenms/{name}") for name in names}
    with snmpsim(tmp_path_factory.mktemp("snmpsim"), files, NEIGHBOUR_MIBS) as port:
        yield port


def world_with(name: str, port: int, *places: dict[str, Any]) -> TestWorld:
    snmp = {"credential": "ro", "port": port, "timeout_s": 5}
    return TestWorld(
        campus(
            credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}],
            device=[{"id": "sw", "role": "access-switch", "address": HOST, "snmp": snmp}],
            place=[{"kind": "classroom", **place} for place in places],
        ),
        secrets={"env:RO": name},
    )


@pytest.mark.parametrize("name", LEARNT)
async def test_an_address_is_found_on_its_port(name: str, agents: int) -> None:
    mac, port = LEARNT[name]
    world = world_with(name, agents, {"id": "A", "mac": mac}, {"id": "B", "port": "sw:elsewhere"})
    (one,) = await look(rooms, world, world.campus.school)
    assert one.subject == f"sw:{port}"
    assert one.value == Neighbour(remote_name="place:A", remote_port="", protocol="fdb")
    kept = b"".join(world.kept.values()).decode() + one.model_dump_json()
    octets = bytes.fromhex(re.sub("[^0-9a-f]", "", mac.lower()))
    for spelt in (octets.hex(":"), octets.hex(" ").upper(), ".".join(map(str, octets)), octets.hex()):
        assert spelt not in kept
    assert f".*.*.*.*.{octets[4]}.{octets[5]} = " in kept, "the evidence still tells one address from another"


async def test_a_port_with_many_behind_it_is_no_rooms_port(agents: int) -> None:
    name, mac, port = BUSY
    world = world_with(name, agents, {"id": "A", "mac": mac})
    (one,) = await look(rooms, world, world.campus.school)
    assert (one.subject, one.reason, one.value) == ("place:A", Reason.UNEXPECTED_ANSWER, None)
    assert f"learnt on port sw:{port} together with 46 others" in one.detail


async def test_an_address_that_no_switch_has_learnt(agents: int) -> None:
    world = world_with("comware_a5500", agents, {"id": "A", "mac": "00:19:c6:00:00:01"})
    (one,) = await look(rooms, world, world.campus.school)
    assert (one.subject, one.reason) == ("place:A", Reason.EMPTY)


async def test_nothing_is_read_where_there_is_nothing_to_find(agents: int) -> None:
    world = world_with("comware_a5500", agents, {"id": "A", "port": "sw:GigabitEthernet1/0/4", "mac": "245ebe18cb0b"})
    (one,) = await look(rooms, world, world.campus.school)
    assert (one.reason, one.detail) == (Reason.NOT_CONFIGURED, "every place of the inventory names its port")
    assert not world.kept
