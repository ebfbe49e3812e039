"""Readings of vendors that tell little: what they say, what stays open, and what is never made out of silence."""

# ruff: noqa: E501  consoles print wide lines

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probes.access_points import access_points
from probes.consult import consult
from probes.device_time import shown_time
from probes.dialect import Purpose, command_rows, load_dialects, snmp_rows
from probes.interfaces import told_on_console
from probes.kinds import AccessPoint, AccessPointCount
from probes.log_settings import log_settings
from probes.observation import Observation
from probes.probe import Context
from tests.panos import panos
from tests.snmp_agent import Agent, Typed, integer, serving, string
from tests.ssh_consoles import PASSWORD, USER, Switch, playing
from tests.world import TestWorld, campus, look

PFCTL = """Status: Enabled for 10 days 02:03:04           Debug: Urgent

State Table                          Total             Rate
  current entries                      123
  searches                        98765432         1130.1/s
"""
SYSLOG = """!radvd,routed,zebra
*.*\t\t\t\t\t\t @10.0.0.9:514
!*
*.*\t\t\t\t\t\t /var/log/system.log
auth.info\t\t\t\t\t |exec /usr/local/sbin/sshguard
"""
TOPSEC = """hostname TopsecOS
network interface eth0 ip add 192.168.1.1 mask 255.255.255.0
pf service ssh area area_eth0 addressname any
"""
STONEOS = """interface ethernet0/1
  zone  "trust"
  manage ssh
  manage telnet
  manage https
exit
"""
ADMINS = """config system admin
    edit "admin"
        set accprofile "super_admin"
    next
end
"""
AIREOS = """Time............................................. Wed Nov 25 20:31:54 2026

Timezone delta................................... 0:0
Timezone location................................ (GMT +8:00) HongKong, Bejing, Chongquing
"""


@pytest.mark.parametrize(
    ("dialect", "purpose", "send", "answer", "expected"),
    [
        ("pfsense", "safeguard", "pfctl -s info", PFCTL, [{"function": "firewall", "running": "yes", "sessions": "123"}]),
        ("pfsense", "safeguard", "pfctl -s info", "Status: Disabled\n", [{"function": "firewall", "running": "no"}]),
        ("pfsense", "safeguard", "pfctl -s info", "pfctl: /dev/pf: Permission denied\n", []),
        ("pfsense", "safeguard", "cat /etc/version", "2.7.2-RELEASE\n", [{"function": "firewall", "version": "2.7.2-RELEASE"}]),
        ("pfsense", "safeguard", "opnsense-version", "OPNsense 24.1.10 (amd64)\n", [{"function": "firewall", "version": "24.1.10"}]),
        ("pfsense", "log_host", "cat /var/etc/syslog.d/pfSense.conf", SYSLOG, [{"address": "10.0.0.9"}]),
        ("pfsense", "ntp", "ntpq -pn", " remote refid\n==\n*10.0.0.5 .GPS. 1 u 3 64 377 0.1\n", [{"state": "synchronised", "source": "10.0.0.5"}]),
        ("topsec", "exposure", "system config show", TOPSEC, []),
        ("topsec", "exposure", "system config show", TOPSEC + "pf service add name telnet area area_eth0 addressname any\n", [{"what": "telnet", "present": "yes"}]),
        ("hillstone", "exposure", "show configuration interface", STONEOS, [{"what": "telnet", "present": "yes"}]),
        ("hillstone", "exposure", "show configuration interface", STONEOS.replace("telnet", "http"), [{"what": "http_admin", "present": "yes"}]),
        ("hillstone", "exposure", "show configuration interface", "", []),
        ("fortinet", "exposure", "show system admin", ADMINS, [{"what": "default_account", "present": "yes"}]),
        ("fortinet", "exposure", "show system admin", ADMINS.replace('"admin"', '"netops"'), [{"what": "default_account", "present": "no"}]),
        ("fortinet", "exposure", "show system admin", ADMINS.replace('"admin"', '"netops"')[:-4], []),
    ],
)  # fmt: skip
def test_what_a_command_tells(
    dialect: str, purpose: Purpose, send: str, answer: str, expected: list[dict[str, str]]
) -> None:
    commands = [one for one in load_dialects()[dialect].commands(purpose) if one.send == send]
    assert commands
    assert [dict(row.groups) for one in commands for row in command_rows(one, answer).rows] == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(AIREOS, "2026-11-25T20:31:54+08:00"), (AIREOS.replace("+8:00", "-6:00"), None)],  # which of the two hours it is
)
def test_the_clock_of_a_controller(answer: str, expected: str | None) -> None:
    (command,) = load_dialects()["cisco-wlc"].commands("clock")
    (row,) = command_rows(command, answer).rows
    shown = shown_time(row.groups)
    assert (shown[0].isoformat() if shown else None) == expected


def test_physical_ports_of_a_fortigate() -> None:
    port = "\t==[{}]\n\t\tmode: static\n\t\tip: 0.0.0.0 0.0.0.0\n\t\tipv6: ::/0\n\t\tstatus: {}\n\t\tspeed: {}\n"
    printed = "== [onboard]\n" + "".join(
        port.format(*one)
        for one in (
            ("wan1", "up", "1000Mbps (Duplex: full)"),
            ("dmz", "down", "n/a"),
            ("x1", "up", "10000Mbps (Duplex: full)\n\t\tFEC: none"),
            ("port3", "up", "100Mbps (Duplex: half)"),
        )
    )
    (command,) = load_dialects()["fortinet"].commands("port")
    told = [told_on_console(row.groups).port for row in command_rows(command, printed).rows]
    assert [(one.oper_up, one.speed_mbps, one.duplex) for one in told] == [
        (True, 1000, "full"),
        (False, None, "unknown"),
        (True, 10000, "full"),
        (True, 100, "half"),
    ]


async def asked_of(dialect: str, values: Mapping[str, Typed]) -> list[Observation]:
    async with serving(Agent(values)) as port:
        access = {"credential": "ro", "port": port, "timeout_s": 10}
        device = {"id": "d", "role": "wireless-controller", "address": "127.0.0.1", "dialect": dialect, "snmp": access}
        community = {"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}
        world = TestWorld(campus(credential=[community], device=[device]), secrets={"env:RO": "public"})
        return await look(access_points, world, world.campus.device[0])


async def test_access_points_of_a_fortigate() -> None:
    named, session = "1.3.6.1.4.1.12356.101.14.4.3.1.3.", "1.3.6.1.4.1.12356.101.14.4.4.1."
    points = {"AP-A301": (2, 12), "AP-A302": (1, 0), "AP-A303": (3, 0), "AP-A304": (0, 0)}
    values = {}
    for number, (name, (state, clients)) in enumerate(points.items()):
        index = f"1.2.70.{48 + number}"  # the virtual domain, and a serial number
        values |= {f"{named}{index}": string(name)}
        values |= {f"{session}7.{index}": integer(state), f"{session}17.{index}": integer(clients)}
    seen = await asked_of("fortinet", values)
    told = {one.subject: (one.value.online, one.value.clients) for one in seen if isinstance(one.value, AccessPoint)}
    assert told == {"ap:AP-A301": (True, 12), "ap:AP-A302": (False, 0), "ap:AP-A303": (False, 0)}
    assert [one.subject for one in seen if one.value is None] == ["ap:AP-A304"], "other(0) says nothing"


async def test_the_nodes_of_a_cluster_count_for_themselves() -> None:
    system, nodes = "1.3.6.1.4.1.25053.1.4.1.1.1.15.", "1.3.6.1.4.1.25053.1.8.1.1.1.1.1.1.19."
    values = {f"{system}1.0": integer(40), f"{system}2.0": integer(146)}
    values |= {f"{nodes}1.65": integer(20), f"{nodes}1.66": integer(16)}
    (one,) = [one.value for one in await asked_of("ruckus", values) if isinstance(one.value, AccessPointCount)]
    assert (one.online, one.offline, one.total, one.clients) == (36, 4, 40, 146)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Linux AF-1000-B1500 4.4.0", [{"function": "firewall"}]),
        ("Linux AC-1000-B1500 3.10.0", []),
        ("Linux localhost 3.10.0 AF-like", []),
    ],
)
def test_an_af_of_sangfor_is_a_firewall_of_which_nothing_else_is_known(
    description: str, expected: list[dict[str, str]]
) -> None:
    readings = [
        one for one in load_dialects()["sangfor"].snmp if one.purpose == "safeguard" and "description" in one.get
    ]
    table = {"": {"1.3.6.1.2.1.1.1.0": description.encode()}}
    assert [dict(row.groups) for one in readings for row in snmp_rows(one, table).rows] == expected


PAN = {
    "<show><clock></clock></show>": "Thu Nov 26 07:31:54 UTC 2026\n",
    "service": "<service><disable-telnet>no</disable-telnet><disable-http>yes</disable-http></service>",
    "syslog": '<syslog><entry name="a"><server><entry name="s"><server>10.0.0.9</server></entry></server></entry>'
    '<entry name="b"><server><entry name="t"><server>10.0.0.10</server></entry></server></entry></syslog>',
}


async def test_what_panos_tells_of_its_clock_and_its_settings() -> None:
    async with panos(PAN) as (asked, requests):
        (clock,) = (await asked.ask("clock")).rows
        weak = [dict(row.groups) for row in (await asked.ask("exposure")).rows]
        hosts = [row.groups["address"] for row in (await asked.ask("log_host")).rows]
    shown = shown_time(clock.groups)
    assert shown is not None
    assert shown[0].isoformat() == "2026-11-26T07:31:54+00:00"
    assert weak == [{"what": "telnet", "present": "yes"}, {"what": "http_admin", "present": "no"}]
    assert hosts == ["10.0.0.9", "10.0.0.10"]
    assert all(one.startswith("GET /api/?type=") and "action=set" not in one for one in requests)


async def test_a_shell_of_pfsense_is_asked_line_by_line() -> None:
    answers = {
        "pfctl -s info": PFCTL,
        "cat /etc/version": "2.7.2-RELEASE",
        "cat /var/etc/syslog.d/pfSense.conf": SYSLOG,
    }
    switch = Switch(
        answers=answers, prompt="[2.7.2-RELEASE][audit@fw.example]/home/audit: ", unknown="sh: not found", unpaged="-"
    )
    with playing(switch) as port:
        ssh = {"credential": "ops", "port": port, "timeout_s": 20}
        device = {"id": "fw", "role": "firewall", "address": "127.0.0.1", "dialect": "pfsense", "ssh": ssh}
        ops = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}
        world = TestWorld(campus(credential=[ops], device=[device]), secrets={"env:P": PASSWORD})
        async with consult(Context(world, log_settings, world.campus.device[0]), world.campus.device[0]) as asked:
            (found,) = (await asked.ask("safeguard")).rows
            hosts = [row.groups["address"] for row in (await asked.ask("log_host")).rows]
    assert found.groups == {"function": "firewall", "running": "yes", "sessions": "123", "version": "2.7.2-RELEASE"}
    assert hosts == ["10.0.0.9"]
    assert set(switch.typed) <= set(load_dialects()["pfsense"].sent)
