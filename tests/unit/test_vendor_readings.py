"""What is read out of answers in the form of manuals: default routes, log settings, power, PAN-OS, Dahua."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from probes.access_points import access_points
from probes.dialect import Purpose, command_rows, load_dialects
from probes.kinds import AccessPoint, Disk, LogCoverage, Power, Resources
from probes.log_settings import log_settings
from probes.observation import Observation, Reason
from probes.power import power
from probes.resources import resources
from tests.panos import panos
from tests.snmp_agent import Agent, Typed, integer, serving, string
from tests.ssh_consoles import PASSWORD, USER, Switch, playing
from tests.unit.test_rest import serving as web
from tests.world import TestWorld, campus, look

VRP_ROUTES = """Route Flags: R - relay, D - download to fib
------------------------------------------------------------------------------
Routing Table : Public
Summary Count : 1
Destination/Mask    Proto   Pre  Cost      Flags NextHop         Interface

        0.0.0.0/0   Static  60   0          RD   202.112.1.1     GigabitEthernet1/0/1
"""
COMWARE_ROUTES = """Summary count : 1

Destination/Mask   Proto   Pre Cost        NextHop         Interface
0.0.0.0/0          Static  60  0           202.112.1.1     GE1/0/1
"""
STONEOS_ROUTES = """Codes: K - kernel route, C - connected, S - static, Z - ISP, R - RIP, O - OSPF,
       B - BGP, D - DHCP, P - PPPoE, H - HOST, G - SCVPN, V - VPN, M - IMPORT,
       > - selected route, * - FIB route

Routing Table for Virtual Router <trust-vr>
==============================================================================
S>* 0.0.0.0/0 [1/0/1] via 202.112.1.1, ethernet0/1
C>* 10.0.0.0/8 is directly connected, ethernet0/2
"""
FORTI_ROUTES = """Routing table for VRF=0
S*      0.0.0.0/0 [10/0] via 202.112.1.1, wan1, [1/0]
                  [10/0] via 198.51.100.1, wan2, [1/0]
S       10.20.0.0/16 [10/0] via 10.0.0.2, lan
"""
INFO_CENTER = """Information Center: enabled
Log host:
        10.0.0.9, channel number 2, channel name loghost,
language English , host facility local7
Console:
        channel number : 0, channel name : console
Monitor:
        channel number : 1, channel name : monitor
SNMP Agent:
        channel number : 5, channel name : snmpagent
Log buffer:
        enabled,max buffer size 1024, current buffer size 512,
current messages 512, channel number : 4, channel name : logbuffer
dropped messages 0, overwritten messages 1633
Trap buffer:
        enabled,max buffer size 1024, current buffer size 256,
current messages 21, channel number : 3, channel name : trapbuffer
"""
COMWARE_CENTER = """Information Center: Enabled
Console: Enabled
Monitor: Enabled
Log host: Enabled
    10.0.0.9,
    port number: 514, host facility: local7
Log buffer: Enabled
    Max buffer size 1024, current buffer size 512,
    Current messages 512, dropped messages 0, overwritten messages 9
Log file: Enabled
"""
LOGFILE = """Log file status    : Active
Log file size quota  : 10 MB
Log file directory : flash:/logfile
Writing frequency    : 24 hour 0 min 0 sec
"""
FORTI_DISK = """status              : enable
ips-archive         : enable
max-log-file-size   : 20
maximum-log-age     : 7
log-quota           : 4096
"""
RGOS_LOG = """Syslog logging: enabled
  Console logging: level debugging, 1543 messages logged
  Monitor logging: level debugging, 0 messages logged
  Buffer logging: level debugging, 1543 messages logged
  Trap logging: level informational, 1543 message lines logged,0 fail
    logging to 10.0.0.9
Log Buffer (Total 1048576 Bytes): have written 71234, Overwritten 0
"""
IOS_LOG = """Syslog logging: enabled (0 messages dropped, 3 messages rate-limited)

    Console logging: disabled
    Buffer logging:  level debugging, 41 messages logged, xml disabled,
    Trap logging: level informational, 45 message lines logged

Log Buffer (8192 bytes):
"""
LOGROTATE = """# see "man logrotate" for details
weekly
su root adm
rotate 26
create
include /etc/logrotate.d
/var/log/wtmp {
    monthly
    rotate 1
}
"""


def read(dialect: str, send: str, answer: str, purpose: Purpose) -> list[dict[str, str]]:
    """All rows that the dialect's commands of that line find, the way a consultation would put them together."""
    commands = [one for one in load_dialects()[dialect].commands(purpose) if one.send == send]
    assert commands
    return [dict(row.groups) for one in commands for row in command_rows(one, answer).rows]


@pytest.mark.parametrize(
    ("dialect", "send", "answer"),
    [
        ("huawei-vrp", "display ip routing-table 0.0.0.0", VRP_ROUTES),
        ("huawei-usg", "display ip routing-table 0.0.0.0", VRP_ROUTES),
        ("hp-comware", "display ip routing-table 0.0.0.0", COMWARE_ROUTES),
        ("h3c-secpath", "display ip routing-table 0.0.0.0", COMWARE_ROUTES),
        ("ruijie-os", "show ip route | include 0.0.0.0/0", "S*    0.0.0.0/0 [1/0] via 202.112.1.1\n"),
        ("ruijie-eg", "show ip route | include 0.0.0.0/0", "S*    0.0.0.0/0 [1/0] via 202.112.1.1\n"),
        ("hillstone", "show ip route", STONEOS_ROUTES),
        ("fortinet", "get router info routing-table static", FORTI_ROUTES),
        ("fortinet", "get router info routing-table all", FORTI_ROUTES),
        ("topsec", "network route show", "0.0.0.0/0   202.112.1.1   eth0   static\n10.0.0.0/8 10.0.0.2 eth1\n"),
        ("topsec", "network route show", "default via 202.112.1.1 dev eth0\n"),
        ("topsec", "network route show", "0.0.0.0  0.0.0.0  202.112.1.1  eth0\n"),
    ],
)
def test_where_a_router_sends_what_leaves(dialect: str, send: str, answer: str) -> None:
    assert read(dialect, send, answer, "default_route")[0] == {"next_hop": "202.112.1.1"}


@pytest.mark.parametrize(
    ("dialect", "send", "answer", "expected"),
    [
        ("huawei-vrp", "display info-center", INFO_CENTER, [{"records": "system", "buffer_records": "512"}]),
        ("huawei-vrp", "display info-center", INFO_CENTER.replace("        enabled,", "        disabled,"), []),
        ("hp-comware", "display info-center", COMWARE_CENTER, [{"records": "system", "buffer_records": "512"}]),
        ("hp-comware", "display info-center", COMWARE_CENTER.replace("Log buffer: E", "Log buffer: Not e"), []),
        ("hp-comware", "display logfile summary", LOGFILE, [{"records": "system", "quota_mb": "10"}]),
        ("fortinet", "get log disk setting", FORTI_DISK, [{"retention_days": "7", "quota_mb": "4096"}]),
        ("fortinet", "get log disk setting", FORTI_DISK.replace(": enable", ": disable", 1), []),
        ("ruijie-os", "show logging", RGOS_LOG, [{"records": "system", "quota_mb": "1.0"}]),
        ("cisco-ios", "show logging", IOS_LOG, [{"records": "system", "quota_mb": "0.0078125"}]),
        ("cisco-ios", "show logging", IOS_LOG.replace("level debugging, 41", "disabled, 41"), []),
        ("linux", "cat /etc/logrotate.conf", LOGROTATE, [{"records": "system", "retention_days": "182.0"}]),
        ("linux", "cat /etc/logrotate.conf", LOGROTATE.replace("weekly", "#"), []),
        ("linux", "cat /etc/logrotate.conf", "rotate 30\ndaily\n", [{"records": "system", "retention_days": "30.0"}]),
    ],
)  # fmt: skip
def test_how_much_of_its_log_a_device_is_set_to_keep(
    dialect: str, send: str, answer: str, expected: list[dict[str, str]]
) -> None:
    assert read(dialect, send, answer, "log_setting") == expected


async def test_a_switch_that_says_where_it_logs_to_and_how_much_it_keeps() -> None:
    with playing(Switch(answers={"display info-center": INFO_CENTER})) as port:
        ssh = {"credential": "ops", "port": port, "timeout_s": 20}
        device = {"id": "sw", "role": "core-switch", "address": "127.0.0.1", "dialect": "huawei-vrp", "ssh": ssh}
        ops = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}
        world = TestWorld(campus(credential=[ops], device=[device]), secrets={"env:P": PASSWORD})
        (one,) = await look(log_settings, world, world.campus.device[0])
    assert one.value == LogCoverage(hosts=("10.0.0.9",), buffer_records=512, origin="setting")


# -- over SNMP --------------------------------------------------------------------------------


async def over_snmp(probe: Any, role: str, dialect: str, values: Mapping[str, Typed]) -> list[Observation]:
    async with serving(Agent(values)) as port:
        access = {"credential": "ro", "port": port, "timeout_s": 10}
        device = {"id": "d", "role": role, "address": "127.0.0.1", "dialect": dialect, "snmp": access}
        community = {"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}
        world = TestWorld(campus(credential=[community], device=[device]), secrets={"env:RO": "public"})
        return await look(probe, world, world.campus.device[0])


UPS_MIB, APC = "1.3.6.1.2.1.33.1.", "1.3.6.1.4.1.318.1.1.1."
STANDARD = {
    f"{UPS_MIB}2.1.0": integer(2),
    f"{UPS_MIB}2.3.0": integer(43),
    f"{UPS_MIB}2.4.0": integer(97),
    f"{UPS_MIB}4.1.0": integer(3),
    **{f"{UPS_MIB}4.4.1.5.{phase}": integer(load) for phase, load in ((1, 31), (2, 59), (3, 12))},
}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (STANDARD, Power(battery="normal", source="mains", charge_percent=97, load_percent=59, minutes_left=43)),
        (
            {**STANDARD, f"{UPS_MIB}2.3.0": integer(2**32 - 1, 0x42), f"{UPS_MIB}2.4.0": integer(255)},
            Power(battery="normal", source="mains", load_percent=59),
        ),
        (
            {f"{UPS_MIB}2.1.0": integer(3), f"{UPS_MIB}4.1.0": integer(5), f"{UPS_MIB}2.3.0": integer(0)},
            Power(battery="low", source="battery", minutes_left=0),
        ),
        ({f"{UPS_MIB}2.1.0": integer(1), f"{UPS_MIB}4.1.0": integer(4)}, Power(source="bypass")),
        (
            {
                f"{APC}2.1.1.0": integer(2),
                f"{APC}2.2.3.0": integer(360000, 0x43),
                f"{APC}2.3.1.0": integer(1000, 0x42),
                f"{APC}4.1.1.0": integer(3),
                f"{APC}4.3.3.0": integer(455, 0x42),
            },
            Power(battery="normal", source="battery", charge_percent=100, load_percent=45.5, minutes_left=60),
        ),
    ],
    ids=["three phases", "absurd figures", "on battery", "on bypass", "APC"],
)
async def test_how_an_uninterruptible_power_supply_stands(values: Mapping[str, Typed], expected: Power) -> None:
    (one,) = await over_snmp(power, "ups", "ups", values)
    assert isinstance(one.value, Power)
    assert one.value.model_dump() == pytest.approx(expected.model_dump())


async def test_a_power_supply_that_tells_nothing() -> None:
    (one,) = await over_snmp(power, "ups", "ups", {"1.3.6.1.2.1.1.1.0": string("card")})
    assert (one.value, one.reason) == (None, Reason.NOT_SUPPORTED)


HUAWEI_AP, HUAWEI_RADIO = "1.3.6.1.4.1.2011.6.139.13.3.3.1.", "1.3.6.1.4.1.2011.6.139.16.1.2.1.40."
AP_MAC = "0.224.252.1.2.3"


@pytest.mark.parametrize("own", [None, 9])
async def test_clients_are_those_of_the_radios_unless_the_access_point_counts_them(own: int | None) -> None:
    values = {
        f"{HUAWEI_AP}4.{AP_MAC}": string("A-301"),
        f"{HUAWEI_AP}6.{AP_MAC}": integer(8),
        f"{HUAWEI_RADIO}{AP_MAC}.0": integer(5),
        f"{HUAWEI_RADIO}{AP_MAC}.1": integer(11),
        **({f"{HUAWEI_AP}44.{AP_MAC}": integer(own)} if own is not None else {}),
    }
    seen = await over_snmp(access_points, "wireless-controller", "huawei-vrp", values)
    (one,) = [one.value for one in seen if isinstance(one.value, AccessPoint)]
    assert (one.online, one.clients) == (True, 16 if own is None else 9)


# -- over the web --------------------------------------------------------------------------------

PAN: Mapping[str, str] = {
    "<show><system><info></info></system></show>": "<system><hostname>fw</hostname><sw-version>11.0.3</sw-version>"
    "<av-version>4640-5158</av-version><av-release-date>2026/11/20 04:00:12 CST</av-release-date>"
    "<threat-version>8776-8390</threat-version><threat-release-date>2026/11/18 20:10:41 CST</threat-release-date>"
    "</system>",
    "<show><ntp></ntp></show>": "<synched>10.0.0.5</synched><ntp-server-1><name>10.0.0.5</name><status>synched</status>"
    "</ntp-server-1>",
    "<show><routing><route><destination>0.0.0.0/0</destination></route></routing></show>": "<flags>A:active</flags>"
    "<entry><virtual-router>default</virtual-router><destination>0.0.0.0/0</destination><nexthop>202.112.1.1</nexthop>"
    "<interface>ethernet1/1</interface></entry>",
    "<show><system><logdb-quota></logdb-quota></system></show>": "Quotas:\n     system: 4.00%, 4.35 GB"
    " Expiration-period: 0 days\n    traffic: 29.00%, 31.5 GB Expiration-period: 200 days\n",
}


async def test_a_firewall_that_is_asked_over_its_xml_interface() -> None:
    async with panos(PAN) as (asked, requests):
        said = {
            purpose: [dict(row.groups) for row in (await asked.ask(purpose)).rows]
            for purpose in ("safeguard", "ntp", "default_route", "log_setting")
        }
    assert said["ntp"] == [{"state": "synchronised", "source": "10.0.0.5"}]
    assert said["default_route"] == [{"next_hop": "202.112.1.1"}]
    assert said["log_setting"] == [{"records": "session", "quota_mb": "32256.0", "retention_days": "200"}]
    versions = {row["function"]: (row["version"], row.get("signature_date", "")[:10]) for row in said["safeguard"]}
    assert versions == {
        "firewall": ("11.0.3", ""),
        "antivirus": ("4640-5158", "2026/11/20"),
        "ids": ("8776-8390", "2026/11/18"),
    }
    assert all(one.startswith("GET /api/?type=op&cmd=%3Cshow%3E") for one in requests)


async def test_disks_of_a_recorder_that_prints_lines() -> None:
    lines = "".join(
        f"list.info[{n}].Name=/dev/sd{n}\r\nlist.info[{n}].Detail[0].TotalBytes={total}\r\n"
        f"list.info[{n}].Detail[0].UsedBytes={used}\r\n"
        for n, total, used in ((0, 4 * 2**40, 3 * 2**40), (1, "1048576.0", "524288.0"))
    )
    with web(lambda *_: (200, lines.encode())) as (port, _):
        http = {"credential": "cam", "port": port, "tls": False}
        device = {"id": "nvr", "role": "recorder", "address": "127.0.0.1", "dialect": "dahua", "http": http}
        cam = {"id": "cam", "kind": "http", "user": "auditor", "password": "env:K"}
        world = TestWorld(campus(credential=[cam], device=[device]), secrets={"env:K": "geheim"})
        (one,) = await look(resources, world, world.campus.device[0])
    assert isinstance(one.value, Resources)
    assert one.value.disks == (
        Disk(name="disk 0", percent=75, free_mb=2**20, total_mb=4 * 2**20),
        Disk(name="disk 1", percent=50, free_mb=0.5, total_mb=1),
    )
