"""Which port an inventory's spelling means, and under which subject ports are reported."""

from __future__ import annotations

from typing import Any

import pytest

from probes.kinds import Port
from probes.observation import Method, Observation, Reason, Status
from probes.port_names import find_port
from probes.ports import ports
from tests.snmp_agent import GAUGE, HOST, NULL, Agent, integer, serving, string
from tests.world import TestWorld, campus, look

HUAWEI = {
    "7": ["GigabitEthernet0/0/1", ""],
    "8": ["GigabitEthernet0/0/11", ""],
    "9": ["XGigabitEthernet0/0/1", ""],
    "10": ["Vlanif1", ""],
    "11": ["Ethernet0/0/1", ""],
}


@pytest.mark.parametrize(
    ("wanted", "names", "found"),
    [
        ("GigabitEthernet0/0/1", HUAWEI, ["7"]),
        ("gigabitethernet0/0/1", HUAWEI, ["7"]),
        ("GE0/0/1", HUAWEI, ["7"]),
        ("Gi0/0/1", HUAWEI, ["7"]),
        ("gi 0/0/1", HUAWEI, ["7"]),
        ("GE0/0/11", HUAWEI, ["8"]),
        ("XGE0/0/1", HUAWEI, ["9"]),
        ("Te0/0/1", HUAWEI, ["9"]),
        ("10GE0/0/1", HUAWEI, ["9"]),
        ("Eth0/0/1", HUAWEI, ["11"]),
        ("Vlan-interface1", HUAWEI, ["10"]),
        ("0/0/1", HUAWEI, []),
        ("GE0/0/2", HUAWEI, []),
        ("GE0/0/1/1", HUAWEI, []),
        ("GigabitEthernet0/0", HUAWEI, []),
        ("40GE0/0/1", HUAWEI, []),
        ("", HUAWEI, []),
        ("gei_1/2", {"3": ["gei_1/2 this are 1G ports", ""], "4": ["gei_1/20", ""]}, ["3"]),
        ("GE1/0/13", {"5": ["gigabitEthernet 1/0/13 : copper", ""]}, ["5"]),
        ("Ten-GigabitEthernet1/0/1", {"5": ["XGE1/0/1", ""]}, ["5"]),
        ("Gi0/7", {"5": ["7", "GigabitEthernet0/7"]}, ["5"]),
        ("Port 7", {"5": ["lan7", "Port 7"], "6": ["Port 7", "lan7"]}, ["6"]),
        ("internal", {"5": ["internal", "a"], "6": ["internal", "b"]}, ["5", "6"]),
        ("internal#6", {"5": ["internal", "a", "internal#5"], "6": ["internal", "b", "internal#6"]}, ["6"]),
        ("Ge0/1", {"5": ["ge0/1", ""], "6": ["Ge0/1", ""]}, ["6"]),
        ("GE0/1", {"5": ["gi0/1", ""], "6": ["gig0/1", ""]}, ["5", "6"]),
    ],
)
def test_the_port_that_is_meant(wanted: str, names: dict[str, list[str]], found: list[str]) -> None:
    assert find_port(wanted, names) == found


def agent_with(*names: str) -> Agent:
    values = {"1.3.6.1.2.1.1.3.0": integer(1, 0x43), "1.3.6.1.2.1.2.1.0": integer(len(names))}
    for index, name in enumerate(names, 1):
        values |= {
            f"1.3.6.1.2.1.2.2.1.3.{index}": integer(6),
            f"1.3.6.1.2.1.2.2.1.8.{index}": integer(1),
            f"1.3.6.1.2.1.31.1.1.1.1.{index}": string(name),
            f"1.3.6.1.2.1.31.1.1.1.15.{index}": integer(index * 100, GAUGE),
        }
    return Agent(values)


async def observed(agent: Agent, **tables: Any) -> dict[str, Observation]:
    async with serving(agent) as port:
        world = TestWorld(
            campus(
                credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}],
                device=[
                    {"id": "sw", "role": "access-switch", "address": HOST, "snmp": {"credential": "ro", "port": port}}
                ],
                **tables,
            ),
            secrets={"env:RO": "public"},
        )
        observations = await look(ports, world, world.campus.device[0])
    subjects = {observation.subject: observation for observation in observations}
    assert len(subjects) == len(observations), "every subject once"
    return subjects


def port_of(observation: Observation) -> Port:
    assert isinstance(observation.value, Port)
    assert (observation.status, observation.method) == (Status.OK, Method.READ)
    return observation.value


async def test_interfaces_that_share_a_name_or_have_none_are_told_apart_by_their_index() -> None:
    seen = await observed(agent_with("ge1", "internal", "internal", ""))
    assert {subject: port_of(one).speed_mbps for subject, one in seen.items()} == {
        "sw:ge1": 100,
        "sw:internal#2": 200,
        "sw:internal#3": 300,
        "sw:#4": 400,
    }


async def test_an_inventory_that_names_an_ambiguous_port_is_told_what_to_write() -> None:
    seen = await observed(
        agent_with("internal", "internal"),
        place=[
            {"id": "A-1", "kind": "classroom", "port": "sw:internal"},
            {"id": "A-2", "kind": "classroom", "port": "sw:internal#2"},
        ],
    )
    assert seen["sw:internal"].reason is Reason.UNEXPECTED_ANSWER
    assert seen["sw:internal"].detail == (
        "port internal of device sw can mean several of its interfaces (internal#1, internal#2): write the one that is"
        " meant"
    )
    assert port_of(seen["sw:internal#1"]).place is None
    assert port_of(seen["sw:internal#2"]).place == "A-2"


async def test_a_port_that_serves_a_place_and_an_uplink_under_two_spellings_is_found_under_both() -> None:
    seen = await observed(
        agent_with("GigabitEthernet0/1", "GigabitEthernet0/2"),
        place=[
            {"id": "A-1", "kind": "classroom", "port": "sw:GE0/1"},
            {"id": "A-2", "kind": "classroom", "port": "other:GE0/2"},
            {"id": "A-3", "kind": "classroom"},
        ],
        uplink=[{"id": "main", "port": "sw:gi0/1"}],
    )
    assert set(seen) == {"sw:GE0/1", "sw:gi0/1", "sw:GigabitEthernet0/2"}
    room, uplink, free = (port_of(seen[subject]) for subject in ("sw:GE0/1", "sw:gi0/1", "sw:GigabitEthernet0/2"))
    assert (room.place, room.uplink, room.speed_mbps, room.alias) == ("A-1", None, 100, "GigabitEthernet0/1")
    assert (uplink.place, uplink.uplink, uplink.speed_mbps) == (None, "main", 100)
    assert (free.place, free.uplink, free.alias) == (None, None, "")


async def test_a_device_that_says_it_has_no_interfaces_is_believed() -> None:
    seen = await observed(Agent({"1.3.6.1.2.1.1.3.0": integer(1, 0x43), "1.3.6.1.2.1.2.1.0": integer(0)}))
    assert seen["sw"].reason is Reason.EMPTY


async def test_a_device_that_stops_at_the_counters_still_tells_its_ports() -> None:
    class StopsAtCounters(Agent):
        stopped = False

        def answer(self, request: Any) -> bytes | None:
            self.stopped |= any(path[:7] == (1, 3, 6, 1, 2, 1, 10) for path in request.oids)
            return None if self.stopped else super().answer(request)

    agent = StopsAtCounters({})
    agent.values, agent.order = agent_with("ge1", "ge2").values, agent_with("ge1", "ge2").order
    async with serving(agent) as port:
        snmp = {"credential": "ro", "port": port, "timeout_s": 0.2, "retries": 0}
        world = TestWorld(
            campus(
                credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}],
                device=[{"id": "sw", "role": "access-switch", "address": HOST, "snmp": snmp}],
            ),
            secrets={"env:RO": "public"},
        )
        seen = await look(ports, world, world.campus.device[0])
    assert [(one.subject, port_of(one).speed_mbps) for one in seen] == [("sw:ge1", 100), ("sw:ge2", 200)]


async def test_text_of_the_device_cannot_smuggle_anything_into_names() -> None:
    agent = Agent(
        {
            "1.3.6.1.2.1.1.3.0": integer(1, 0x43),
            "1.3.6.1.2.1.2.2.1.3.1": integer(6),
            "1.3.6.1.2.1.2.2.1.5.1": integer(100_000_000, GAUGE),
            "1.3.6.1.2.1.2.2.1.7.1": (NULL, b""),
            "1.3.6.1.2.1.2.2.1.8.1": integer(-1),
            "1.3.6.1.2.1.31.1.1.1.1.1": string("ge0/1\x1b[2J\r\n\u202e\x00"),
            "1.3.6.1.2.1.31.1.1.1.18.1": string("教学楼三层".encode("gbk")),
        }
    )
    ((subject, observation),) = (await observed(agent)).items()
    port = port_of(observation)
    assert (subject, port.alias, port.speed_mbps) == ("sw:ge0/1[2J", "教学楼三层", 100)
    assert (port.admin_up, port.oper_up) == (None, None)
