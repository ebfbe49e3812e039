"""What the device at the edge shows over SNMP; and that without ``[egress]`` nothing else is asked."""

from __future__ import annotations

import ipaddress
import json
import socket
from typing import Any

import pytest

from probes import egress as egress_module
from probes.egress import egress
from probes.kinds import Egress
from probes.observation import Method, Observation, Reason, Status
from tests.snmp_agent import Agent, Typed, integer, serving, string
from tests.ssh_consoles import PASSWORD, USER, Switch, playing
from tests.world import TestWorld, campus, look

IF, IFX, IP = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.4"
UP, DOWN = 1, 2
IP_ADDRESS = 0x40


def address(text: str) -> Typed:
    return IP_ADDRESS, ipaddress.IPv4Address(text).packed


def agent(*ports: tuple[str, str, int], **more: Typed) -> Agent:
    """Interfaces by name, alias and state, numbered from 1."""
    values: dict[str, Typed] = {"1.3.6.1.2.1.1.3.0": integer(1, 0x43)}
    for number, (name, alias, state) in enumerate(ports, 1):
        values |= {
            f"{IF}.2.{number}": string(name),
            f"{IF}.3.{number}": integer(6),
            f"{IF}.7.{number}": integer(1),
            f"{IF}.8.{number}": integer(state),
            f"{IFX}.1.{number}": string(name),
            f"{IFX}.18.{number}": string(alias),
        }
    return Agent(values | {path.replace("_", "."): value for path, value in more.items()})


async def seen(edge: Agent | None, **tables: Any) -> tuple[Observation, dict[str, Any]]:
    """The probe's one observation, and its evidence."""
    async with serving(edge or Agent({})) as port:
        world = TestWorld(
            campus(
                credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:C"}],
                device=[{"id": "fw", "role": "firewall", "address": "127.0.0.1",
                         "snmp": {"credential": "ro", "port": port, "timeout_s": 0.3, "retries": 0}}],
                uplink=[{"id": "edu", "port": "fw:ge1"}] if edge else [],
                **tables,
            ),
            secrets={"env:C": "public"},
        )  # fmt: skip
        (observation,) = await look(egress, world, world.campus.school)
    return observation, json.loads(world.kept[observation.raw[0]])


CLUES = [
    ("label", agent(("ge1", "至JSERNET 南京", UP)), "port fw:ge1 is up and labelled “至JSERNET 南京”", None),
    ("own address", agent(("ge1", "", UP), **{f"{IP}.20.1.2.202.119.32.7": integer(1)}),
     "interface ge1 has the address 202.119.32.7", 4538),
    ("default route", agent(("ge1", "", UP), **{f"{IP}.21.1.7.0.0.0.0": address("223.3.0.1")}),
     "a route's next hop is 223.3.0.1", 24361),
    ("route of the newer table",
     agent(("ge1", "", UP), **{f"{IP}.24.4.1.4.0.0.0.0.0.0.0.0.0.202.119.32.1": address("202.119.32.1")}),
     "a route's next hop is 202.119.32.1", 4538),
]  # fmt: skip


@pytest.mark.parametrize(("edge", "clue", "asn"), [row[1:] for row in CLUES], ids=[row[0] for row in CLUES])
async def test_what_shows_the_education_network(edge: Agent, clue: str, asn: int | None) -> None:
    observation, evidence = await seen(edge)
    assert isinstance(observation.value, Egress)
    assert observation.value == Egress(via_cernet="yes", asn=asn, network=observation.value.network)
    assert (observation.value.network is None) == (asn is None)
    assert observation.method is Method.READ
    assert len(observation.raw) == 2
    assert evidence["education_network"]["because"] == [f"fw: {clue}"]


NOT_CLUES = [
    ("a port that is down", agent(("ge1", "CERNET", DOWN))),
    ("a label of another port", agent(("ge1", "电信", UP), ("ge2", "教育网", UP))),
    ("a label that disclaims", agent(("ge1", "原教育网", UP))),
    ("an address on an interface that is down", agent(("ge1", "", DOWN), **{f"{IP}.20.1.2.202.119.32.7": integer(1)})),
    ("carrier's addresses", agent(("ge1", "", UP), **{f"{IP}.20.1.2.61.155.1.2": integer(1),
                                                      f"{IP}.21.1.7.0.0.0.0": address("61.155.1.1")})),
    ("rubbish in the tables", agent(("ge1", "", UP), **{f"{IP}.21.1.7.0.0.0.0": string("CERNET"),
                                                        f"{IP}.20.1.2.202.119.32.7": string("x")})),
]  # fmt: skip


@pytest.mark.parametrize("edge", [row[1] for row in NOT_CLUES], ids=[row[0] for row in NOT_CLUES])
async def test_what_shows_nothing(edge: Agent) -> None:
    observation, evidence = await seen(edge)
    assert (observation.status, observation.reason) == (Status.UNAVAILABLE, Reason.NOT_CONFIGURED)
    assert evidence["education_network"]["verdict"] == "undetermined"
    assert evidence["edge_devices"] == [{"device": "fw", "clues": [], "problem": ""}]


async def test_a_mute_device_is_named_and_stops_nothing() -> None:
    class Mute(Agent):
        def answer(self, _: object) -> None:
            return None

    observation, evidence = await seen(Mute({}))
    assert observation.reason is Reason.NOT_CONFIGURED
    assert "127.0.0.1" in evidence["edge_devices"][0]["problem"]


async def test_without_the_table_nothing_outside_is_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    for name in ("ask", "ask_service", "has_route", "resolver"):
        monkeypatch.setattr(egress_module, name, refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    observation, _ = await seen(None)
    assert observation.reason is Reason.NOT_CONFIGURED
    assert "[egress]" in observation.detail


async def test_a_machine_without_a_route_says_nothing_about_the_school(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress_module, "has_route", lambda: False)
    monkeypatch.setattr(egress_module, "Visitor", None)
    observation, evidence = await seen(None, egress={})
    assert observation.reason is Reason.UNREACHABLE
    assert evidence["route_to_the_outside"] is False


async def test_the_edge_is_believed_even_where_this_machine_has_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress_module, "has_route", lambda: False)
    observation, _ = await seen(agent(("ge1", "CERNET", UP)), egress={})
    assert observation.value == Egress(via_cernet="yes", internet=None)


VRP_ROUTES = """Route Flags: R - relay, D - download to fib
------------------------------------------------------------------------------
Routing Table : Public
Destination/Mask    Proto   Pre  Cost      Flags NextHop         Interface

        0.0.0.0/0   Static  60   0          RD   61.155.1.1      GigabitEthernet0/0/1
                    Static  60   0          RD   202.119.32.1    GigabitEthernet0/0/2
"""
COMWARE_ROUTES = """Summary count : 1

Destination/Mask   Proto   Pre Cost        NextHop         Interface
0.0.0.0/0          Static  60  0           202.119.32.1    GE1/0/1
"""
RGOS_ROUTES = "S*    0.0.0.0/0 [1/0] via 202.119.32.1"
LINUX_ROUTES = "default via 202.119.32.1 dev eth0 proto static metric 100"
CARRIER = VRP_ROUTES.replace("202.119.32.1 ", "61.155.1.5   ")

CONSOLES = [
    ("huawei-vrp", "<EDGE>", "display ip routing-table 0.0.0.0", VRP_ROUTES, True),
    ("huawei-vrp", "<EDGE>", "display ip routing-table 0.0.0.0", CARRIER, False),
    ("huawei-vrp", "<EDGE>", "display ip routing-table 0.0.0.0", "Info: 202.119.32.1 is not in the table", False),
    ("hp-comware", "<EDGE>", "display ip routing-table 0.0.0.0", COMWARE_ROUTES, True),
    ("ruijie-os", "EDGE#", "show ip route | include 0.0.0.0/0", RGOS_ROUTES, True),
    ("linux", "root@edge:~#", "ip route show default", LINUX_ROUTES, True),
]


@pytest.mark.parametrize(("dialect", "prompt", "line", "answer", "shows"), CONSOLES)
async def test_default_routes_are_read_on_the_console_where_snmp_is_not_given(
    dialect: str, prompt: str, line: str, answer: str, *, shows: bool
) -> None:
    paging = {"hp-comware": "screen-length disable", "ruijie-os": "terminal length 0"}
    unpaged = paging.get(dialect, "screen-length 0 temporary")
    console = Switch({line: answer, "terminal width 256": ""}, prompt=prompt, unpaged=unpaged)
    with playing(console) as port:
        world = TestWorld(
            campus(
                credential=[{"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}],
                device=[{"id": "fw", "role": "firewall", "address": "127.0.0.1", "dialect": dialect,
                         "ssh": {"credential": "ops", "port": port, "timeout_s": 5}}],
                uplink=[{"id": "edu", "port": "fw:ge1"}],
            ),
            secrets={"env:P": PASSWORD},
        )  # fmt: skip
        (observation,) = await look(egress, world, world.campus.school)
    evidence = json.loads(world.kept[observation.raw[0]])
    assert line in console.typed
    if shows:
        assert observation.value == Egress(via_cernet="yes", asn=4538, network=observation.value.network)
        assert evidence["education_network"]["because"] == ["fw: a route's next hop is 202.119.32.1"]
        assert "202.119.32.1" in world.kept[observation.raw[1]].decode()
    else:
        assert observation.status is Status.UNAVAILABLE
        assert evidence["edge_devices"] == [{"device": "fw", "clues": [], "problem": ""}]
    assert PASSWORD not in "".join(data.decode() for data in world.kept.values())


async def test_a_console_that_refuses_the_login_is_named_and_stops_nothing() -> None:
    with playing(Switch({})) as port:
        world = TestWorld(
            campus(
                credential=[{"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}],
                device=[{"id": "fw", "role": "firewall", "address": "127.0.0.1", "dialect": "huawei-vrp",
                         "ssh": {"credential": "ops", "port": port, "timeout_s": 5}}],
                uplink=[{"id": "edu", "port": "fw:ge1"}],
            ),
            secrets={"env:P": "wrong"},
        )  # fmt: skip
        (observation,) = await look(egress, world, world.campus.school)
    evidence = json.loads(world.kept[observation.raw[0]])
    assert evidence["edge_devices"][0]["problem"]
    assert evidence["education_network"]["verdict"] == "undetermined"
