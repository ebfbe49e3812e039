"""On which port a neighbour is heard, however an agent numbers its ports, and what both ends say of their duplex.

Real SNMP from an agent that is built like firmware of several kinds; see ``tests/snmp_agent.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probes.kinds import Neighbour
from probes.neighbours import neighbours
from probes.observation import Observation
from probes.switching import heard
from tests.snmp_agent import Agent, Typed, integer, serving, string
from tests.world import TestWorld, campus, look

IF_NAME, IF_DESCR, DUPLEX = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.10.7.2.1.19"
CDP = {"name": heard.CDP_NAME, "port": heard.CDP_PORT, "duplex": heard.CDP_DUPLEX}
OWN = bytes.fromhex("00e0fc111100")
THEIRS = bytes.fromhex("00e0fc2222fe")

# ifIndex 101 to 103 are GE1 to GE3; bridge ports and LLDP may number them otherwise.
PORTS: Mapping[str, Typed] = {
    "1.3.6.1.2.1.1.1.0": string("ACME"),
    "1.3.6.1.2.1.1.5.0": string("ACC-7.school.cn"),
    **{f"{IF_NAME}.{index}": string(f"GigabitEthernet0/{index - 100}") for index in (101, 102, 103)},
    **{f"{IF_DESCR}.{index}": string(f"GigabitEthernet0/{index - 100}") for index in (101, 102, 103)},
    **{f"{heard.IF_ADDRESS}.{index}": string(OWN[:-1] + bytes([index])) for index in (101, 102, 103)},
}
BRIDGE = {f"{heard.BASE_PORT_IF_INDEX}.{port}": integer(100 + port) for port in (1, 2, 3)}


def remote(number: int, column: str = heard.REM_NAME, value: Typed | None = None) -> dict[str, Typed]:
    return {f"{column}.0.{number}.1": value or string("CORE")}


def local(number: int, subtype: int, name: str | bytes, described: str = "") -> dict[str, Typed]:
    row = {heard.LOC_SUBTYPE: integer(subtype), heard.LOC_ID: string(name), heard.LOC_DESCR: string(described)}
    return {f"{column}.{number}": value for column, value in row.items()}


NUMBERED: Mapping[str, tuple[int, Mapping[str, Typed]]] = {
    "by ifIndex": (102, {}),
    "by a number of its own, and an interface name": (7, local(7, 5, "GigabitEthernet0/2")),
    "by a number of its own, and the short form of the name": (7, local(7, 5, "Gi0/2")),
    "by a number of its own, and an alias that is a name": (7, local(7, 1, "gigabitethernet 0/2")),
    "by bridge port": (2, BRIDGE),
    "by bridge port, and a name of the port that nobody else uses": (2, {**BRIDGE, **local(2, 7, "Slot0/2")}),
    "by bridge port, and a name that contradicts it": (1, {**BRIDGE, **local(1, 5, "GigabitEthernet0/2")}),
    "by a number of its own, and the port's own address": (3, {**BRIDGE, **local(3, 3, OWN[:-1] + bytes([102]))}),
    "by a number of its own, and a description": (9, local(9, 3, b"\0" * 6, "GigabitEthernet0/2")),
}


async def asked(values: Mapping[str, Typed]) -> tuple[list[Observation], TestWorld]:
    async with serving(Agent({**PORTS, **values})) as port:
        access = {"credential": "ro", "port": port, "timeout_s": 10}
        device = {"id": "sw", "role": "access-switch", "address": "127.0.0.1", "snmp": access}
        community = {"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}
        world = TestWorld(campus(credential=[community], device=[device]), secrets={"env:RO": "public"})
        return await look(neighbours, world, world.campus.device[0]), world


@pytest.mark.parametrize("case", NUMBERED)
async def test_the_port_is_found_however_it_is_numbered(case: str) -> None:
    number, rows = NUMBERED[case]
    ((one,), _) = await asked({**remote(number), **rows})
    assert one.subject == "sw:GigabitEthernet0/2"
    assert isinstance(one.value, Neighbour)
    assert (one.value.remote_name, one.value.local_name) == ("CORE", "ACC-7.school.cn")


async def test_an_address_that_several_ports_share_names_none_of_them() -> None:
    shared = {f"{heard.IF_ADDRESS}.{index}": string(OWN) for index in (101, 102, 103)}
    ((one,), _) = await asked({**remote(55), **shared, **local(55, 3, OWN)})
    assert one.detail == "device sw hears 1 neighbours without saying on which of its ports"


async def test_the_newer_mib_alone() -> None:
    """LLDP-V2-MIB, of firmware that has no LLDP-MIB any more; addresses in it are masked in the evidence too."""
    row = {
        heard.REM_CHASSIS_SUBTYPE: integer(4),
        heard.REM_CHASSIS: string(THEIRS),
        heard.REM_SUBTYPE: integer(3),
        heard.REM_PORT: string(THEIRS),
        heard.REM_PORT_DESCR: string("GE1/0/48"),
        heard.REM_NAME: string("CORE"),
        heard.REM_DOES: string(b"\x28\0"),
    }
    newer = {f"1.3.111.2.802.1.1.13.1.4.1.1.{int(oid.rpartition('.')[2]) + 1}": value for oid, value in row.items()}
    ((one,), world) = await asked({f"{oid}.0.103.1.1": value for oid, value in newer.items()})
    assert one.subject == "sw:GigabitEthernet0/3"
    assert one.value == Neighbour(
        remote_name="CORE", remote_port="GE1/0/48", protocol="lldp", local_name="ACC-7.school.cn"
    )
    evidence = b"".join(world.kept[digest] for digest in one.raw).decode()
    assert "CORE" in evidence
    assert "00 E0 FC 22 22 FE" not in evidence.upper()


# dot3MauType of IANA-MAU-MIB; dot3StatsDuplexStatus halfDuplex(2), fullDuplex(3); cdpCacheDuplex the same numbers.
MAUS = {
    "b100BaseTXHD against full": (15, 3, "half", True),
    "b100BaseTXFD against half": (16, 2, "full", True),
    "b1000BaseTFD against full": (30, 3, "full", False),
    "b1000BaseTHD against half": (29, 2, "half", False),
    "b10GigBaseLR, which is always full, against full": (35, 3, "full", False),
    "b10GigBaseSR against half": (36, 2, "full", True),
    "b100BaseTX, which leaves it open": (0, 3, "unknown", None),
    "full against a port that does not say": (16, 1, "full", None),
}


@pytest.mark.parametrize("case", MAUS)
async def test_what_both_ends_of_a_link_say_of_their_duplex_over_lldp(case: str) -> None:
    mau, own, theirs, mismatch = MAUS[case]
    values = {**remote(102), f"{heard.REM_MAU}.0.102.1": integer(mau), f"{DUPLEX}.102": integer(own)}
    ((one,), _) = await asked(values)
    assert isinstance(one.value, Neighbour)
    assert (one.value.remote_duplex, one.value.duplex_mismatch) == (theirs, mismatch)


@pytest.mark.parametrize(
    ("said", "own", "mismatch"), [(2, 3, True), (3, 2, True), (3, 3, False), (2, 2, False), (1, 3, None), (3, 1, None)]
)
async def test_what_both_ends_say_over_cdp(said: int, own: int, *, mismatch: bool | None) -> None:
    row = {CDP["name"]: string("CORE"), CDP["port"]: string("Gi1/0/1"), CDP["duplex"]: integer(said)}
    values = {**{f"{column}.102.1": value for column, value in row.items()}, f"{DUPLEX}.102": integer(own)}
    ((one,), _) = await asked(values)
    assert isinstance(one.value, Neighbour)
    assert (one.value.protocol, one.value.duplex_mismatch) == ("cdp", mismatch)
