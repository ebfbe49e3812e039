"""Weaknesses of management on consoles that play a switch: what is there, what is not, and what was not shown."""

from __future__ import annotations

from typing import Any

import pytest

from probes.access_points import access_points
from probes.exposures import exposures
from probes.kinds import AccessPoint, Exposure, Neighbour, Port
from probes.neighbours import neighbours
from probes.observation import Observation, Reason
from probes.ports import ports
from tests.ssh_consoles import PASSWORD, USER, Switch, playing
from tests.world import TestWorld, campus, look

SECRET = "%^%#9FNQ-geheim-7CP1%^%#"
VRP = {
    "display telnet server status": "TELNET IPv4 server            :Enable\nTELNET IPv6 server            :Disable",
    "display ssh server status": "SSH Version                   : 2.0\nSSH authentication timeout    : 60 seconds",
    "display http server": "   HTTP Server Status              : disabled",
    "display snmp-agent sys-info version": "   SNMP version running in the system:\n          SNMPv2c SNMPv3",
    "display snmp-agent community write": f"   Community name: {SECRET}\n   Storage type: nonVolatile",
    "display local-user": "  User-name      State  AuthMask  AdminLevel\n  auditor        A      S         1\n",
}
H3C = {"prompt": "<H3C>", "unpaged": "screen-length disable", "unknown": "% Unrecognized command"}
COMWARE = f"""#
 version 7.1.070, Release 3208P03
#
 telnet server enable
#
local-user wangwei class manage
 password hash $h$6${SECRET}
#
 snmp-agent community read simple {SECRET}
 snmp-agent sys-info version v2c v3
#
return"""


async def asked(
    probe: Any, dialect: str, role: str = "core-switch", **switch: Any
) -> tuple[list[Observation], TestWorld]:
    with playing(Switch(**switch)) as port:
        ssh = {"credential": "ops", "port": port, "timeout_s": 10}
        device = {"id": "sw", "role": role, "address": "127.0.0.1", "dialect": dialect, "ssh": ssh}
        ops = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}
        world = TestWorld(campus(credential=[ops], device=[device]), secrets={"env:P": PASSWORD})
        return await look(probe, world, world.campus.device[0]), world


def told(observations: list[Observation]) -> dict[str, bool]:
    return {one.value.what: one.value.present for one in observations if isinstance(one.value, Exposure)}


async def test_a_vrp_switch() -> None:
    observations, _ = await asked(exposures, "huawei-vrp", answers=VRP)
    found = told(observations)
    assert (
        found.items()
        >= {
            "telnet": True,
            "ssh_v1": False,
            "http_admin": False,
            "snmp_v1": False,
            "snmp_v2c": True,
            "snmp_writable": True,
            "default_account": False,
        }.items()
    )
    assert "ftp" not in found, "the console did not know the command, so nothing is said"


async def test_the_evidence_is_the_line_without_its_secret() -> None:
    observations, world = await asked(exposures, "huawei-vrp", answers=VRP)
    lines = {one.value.what: one.value.evidence for one in observations if isinstance(one.value, Exposure)}
    assert lines["telnet"] == "TELNET IPv4 server :Enable"
    assert lines["snmp_writable"] == "Community name: ******"
    kept = b"".join(world.kept.values()).decode() + "".join(one.model_dump_json() for one in observations)
    assert "geheim-7CP1" not in kept


async def test_what_a_whole_configuration_does_not_name_is_not_set() -> None:
    comware = {"prompt": "<H3C>", "unpaged": "screen-length disable", "unknown": "% Unrecognized command"}
    observations, _ = await asked(
        exposures, "hp-comware", answers={"display current-configuration": COMWARE}, **comware
    )
    found = told(observations)
    assert (
        found.items()
        >= {
            "telnet": True,
            "ftp": False,
            "http_admin": False,
            "snmp_v2c": True,
            "snmp_v1": False,
            "snmp_writable": False,
            "default_account": False,
            "plain_password": False,
        }.items()
    )


async def test_a_configuration_that_breaks_off_proves_nothing() -> None:
    half = {"display current-configuration": COMWARE.rpartition("#")[0]}
    found = told((await asked(exposures, "hp-comware", answers=half, **H3C))[0])
    assert found["telnet"] is True
    assert "ftp" not in found
    assert "default_account" not in found


@pytest.mark.parametrize(("version", "present"), [("SSH-2.0-HUAWEI-1.5", False), ("SSH-1.99-HUAWEI-1.5", True)])
async def test_what_the_server_says_that_it_speaks(version: str, *, present: bool) -> None:
    observations, _ = await asked(exposures, "huawei-vrp", answers={}, version=version)
    assert told(observations)["ssh_v1"] is present


async def test_nobody_there_is_one_unavailable_observation() -> None:
    with playing(Switch(answers={})) as port:
        pass
    ssh = {"credential": "ops", "port": port, "timeout_s": 2}
    device = {"id": "sw", "role": "core-switch", "address": "127.0.0.1", "dialect": "huawei-vrp", "ssh": ssh}
    ops = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}
    world = TestWorld(campus(credential=[ops], device=[device]), secrets={"env:P": PASSWORD})
    (observation,) = await look(exposures, world, world.campus.device[0])
    assert (observation.value, observation.reason) == (None, Reason.REFUSED)


HOSTILE = "<script>alert(1)</script>=cmd|' /C calc'!A0\x1b[2J\u202eevil" + "A" * 10_000


async def test_hostile_words_are_cut_and_shown_plain() -> None:
    answers = {"display telnet server status": f"TELNET IPv4 server :Enable {HOSTILE}"}
    observations, _ = await asked(exposures, "huawei-vrp", answers=answers)
    (evidence,) = [one.value.evidence for one in observations if isinstance(one.value, Exposure) and one.value.present]
    assert len(evidence) <= 200
    assert "\x1b" not in evidence
    assert "\u202e" not in evidence


BRIEF = """PHY: Physical
*down: administratively down
Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors
GigabitEthernet0/0/1        up    up           0%  0.04%          0          0
GigabitEthernet0/0/2        *down down         0%     0%          0          0
GigabitEthernet0/0/3        down  down         0%     0%          0          0
Vlanif10                    up    up           --     --          0          0"""


async def test_ports_without_snmp_come_from_the_console() -> None:
    observations, _ = await asked(ports, "huawei-vrp", answers={"display interface brief": BRIEF})
    found = {one.subject: one.value for one in observations if isinstance(one.value, Port)}
    states = {name: (port.admin_up, port.oper_up, port.speed_mbps) for name, port in found.items()}
    assert states == {
        "sw:GigabitEthernet0/0/1": (True, True, None),
        "sw:GigabitEthernet0/0/2": (False, False, None),
        "sw:GigabitEthernet0/0/3": (True, False, None),
        "sw:Vlanif10": (True, True, None),
    }
    assert found["sw:Vlanif10"].physical is False


LLDP = """GigabitEthernet0/0/24 has 1 neighbor(s):

Neighbor index                     :1
Chassis type                       :MAC Address
Chassis ID                         :00e0-fc12-3456
Port ID type                       :Interface Name
Port ID                            :GigabitEthernet0/0/1
System name                        :HX-1
"""


async def test_neighbours_without_snmp_come_from_the_console_and_no_mac_is_kept() -> None:
    observations, world = await asked(neighbours, "huawei-vrp", answers={"display lldp neighbor": LLDP})
    assert [(one.subject, one.value) for one in observations] == [
        ("sw:GigabitEthernet0/0/24", Neighbour(remote_name="HX-1", remote_port="GigabitEthernet0/0/1", protocol="lldp"))
    ]
    assert b"00e0-fc12-3456" not in b"".join(world.kept.values())


async def test_nobody_heard_is_empty_and_a_console_without_lldp_is_not() -> None:
    heard, _ = await asked(neighbours, "huawei-vrp", answers={"display lldp neighbor": "GE0/0/1 has 0 neighbor(s)"})
    assert [one.reason for one in heard] == [Reason.EMPTY]
    unknown, _ = await asked(neighbours, "huawei-vrp", answers={})
    assert [one.reason for one in unknown] == [Reason.UNEXPECTED_ANSWER]


AP_ALL = """Total AP information:
nor  : normal          [2]
fault: fault           [1]
---------------------------------------------------------------------------------------------
ID   MAC            Name          Group    IP          Type            State STA Uptime
---------------------------------------------------------------------------------------------
0    00e0-fc76-e360 JXL-A301-AP1  default  10.1.1.2    AirEngine5761   nor   12  3D:2H:1M:0S
1    00e0-fc76-e361 JXL-A302-AP1  default  10.1.1.3    AirEngine5761   nor   0   3D:2H:1M:0S
2    00e0-fc76-e362 图书馆-1       default  -           -               fault 0   -
---------------------------------------------------------------------------------------------
Total: 3"""


async def test_access_points_on_a_console_of_chinese_names() -> None:
    observations, _ = await asked(
        access_points, "huawei-vrp", "wireless-controller", answers={"display ap all": AP_ALL}, encoding="gbk"
    )
    points = {one.subject: one.value for one in observations if isinstance(one.value, AccessPoint)}
    assert {name: (point.online, point.clients) for name, point in points.items()} == {
        "ap:JXL-A301-AP1": (True, 12),
        "ap:JXL-A302-AP1": (True, 0),
        "ap:图书馆-1": (False, 0),
    }
