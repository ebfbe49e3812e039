"""Dialects of firewalls and their like: what is read out of answers in the form of the vendors' own manuals."""

from __future__ import annotations

import pytest

from probes.dialect import Purpose, command_rows, load_dialects, rest_rows, snmp_rows, what_it_is
from probes.dialect.dialect import Dialect
from probes.dialect.signs import Identity

POLICIES = """config firewall policy
    edit 1
        set name "school to internet"
        set srcintf "lan"
        set dstintf "wan1"
        set action accept
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
        set utm-status enable
        set av-profile "default"
        set ips-sensor "protect_client"
    next
    edit 2
        set status disable
        set srcintf "any"
        set dstintf "any"
        set action accept
        set srcaddr "all"
        set dstaddr "all"
        set service "ALL"
        set webfilter-profile "default"
    next
end
"""
OPEN = POLICIES.replace("        set status disable\n", "")
INTERFACES = """config system interface
    edit "wan1"
        set ip 198.51.100.2 255.255.255.252
        set allowaccess ping https
    next
    edit "lan"
        set allowaccess ping https ssh http telnet
    next
end
"""
COMMUNITY = """config system snmp community
    edit 1
        set name "public"
    next
end
"""
WEAK, SOUND = [{"what": "weak_password_policy", "present": one} for one in ("yes", "no")]
FORTI_PASSWORD = """status              : enable
apply-to            : admin-password
minimum-length      : 8
min-lower-case-letter: 1
min-upper-case-letter: 1
min-non-alphanumeric: 0
min-number          : 1
expire-status       : enable
expire-day          : 90
"""
FORTI_PASSWORDS = [
    (FORTI_PASSWORD, [SOUND]),
    (FORTI_PASSWORD.replace("status              : enable", "status              : disable"), [WEAK]),
    (FORTI_PASSWORD.replace("expire-status       : enable", "expire-status       : disable"), [WEAK]),
    (FORTI_PASSWORD.replace(": 8", ": 6"), [WEAK]),
    (FORTI_PASSWORD.replace("letter: 1", "letter: 0").replace(": 1\n", ": 0\n"), []),  # long, of any one kind
    (FORTI_PASSWORD[:40], []),
]
H3C_PASSWORD = """ Global password control configurations:
 Password control:                     Enabled (device management users)
 Password aging:                       Enabled (90 days)
 Password length:                      Enabled (10 characters)
 Password composition:                 Enabled (2 types, 1 characters per type)
 Password history:                     Enabled (max history records:4)
"""
H3C_PASSWORDS = [
    (H3C_PASSWORD, [SOUND]),
    (H3C_PASSWORD.replace("Enabled (device management users)", "Disabled"), [WEAK]),
    (H3C_PASSWORD.replace("Enabled (90 days)", "Disabled"), [WEAK]),
    (H3C_PASSWORD.replace("(10 ", "(6 "), [WEAK]),
    (H3C_PASSWORD.replace("(2 types", "(1 types"), [WEAK]),
    (H3C_PASSWORD.partition(" Password composition")[0], []),  # cut off
]
SYSLOG = """status              : enable
server              : 10.0.0.9
"""
UNKNOWN = "Error: Unrecognized command found at '^' position."
USG_IPS = """IPS SDB Update Information List:
----------------------------------------------------------------
  Current Version:
    Signature Database Version    : 2026112001
    Signature Database Size(byte) : 9337264
    Update Time                   : 17:32:12 2026/11/21
    Issue Time of the Update File : 11:26:35 2026/11/20

  Backup Version:
    Signature Database Version    : 2015010100
    Issue Time of the Update File : 11:26:35 2015/01/01
"""
H3C_IPS = """IPS signature library information:
Type      SigVersion         ReleaseTime               Size(bytes)
Current   1.0.65             Fri Nov 13 06:35:01 2026  2845568
Last      -                  -                         -
Factory   1.0.0              Fri Dec 31 15:00:00 2021  76496
"""
NTP = """synchronized: yes, ntpsync: enabled, server-mode: disabled

ipv4 server(ntp1.example.edu.cn) 192.0.2.1 -- reachable(0xff) S:1 T:6 selected
\tserver-version=4, stratum=2
"""
RULES = """Total:2
RULE ID  RULE NAME     STATE      ACTION       HITS
---------------------------------------------------
0        default       enable     deny         331
1        to-internet   enable     permit       9001
"""


@pytest.mark.parametrize(
    ("dialect", "send", "answer", "purpose", "expected"),
    [
        (
            "fortinet",
            "show firewall policy",
            POLICIES,
            "safeguard",
            [
                {"function": "firewall", "policy": "yes"},
                {"function": "antivirus", "policy": "yes"},
                {"function": "ids", "policy": "yes"},
            ],
        ),
        ("fortinet", "show firewall policy", POLICIES, "exposure", [{"what": "any_any_policy", "present": "no"}]),
        ("fortinet", "show firewall policy", OPEN, "exposure", [{"what": "any_any_policy", "present": "yes"}]),
        ("fortinet", "show firewall policy", POLICIES[:-5], "exposure", []),  # cut off: nothing is known of the rest
        (
            "fortinet",
            "show system interface",
            INTERFACES,
            "exposure",
            [
                {"what": "telnet", "present": "yes"},
                {"what": "http_admin", "present": "yes"},
            ],
        ),
        (
            "fortinet",
            "show system interface",
            INTERFACES.replace(" http telnet", ""),
            "exposure",
            [
                {"what": "telnet", "present": "no"},
                {"what": "http_admin", "present": "no"},
            ],
        ),
        ("fortinet", "show system interface", "Unknown action 0\n", "exposure", []),
        (
            "fortinet",
            "show system snmp community",
            COMMUNITY,
            "exposure",
            [
                {"what": "snmp_v2c", "present": "yes"},
                {"what": "default_community", "present": "yes"},
            ],
        ),
        (
            "fortinet",
            "show system snmp community",
            "config system snmp community\nend\n",
            "exposure",
            [
                {"what": "snmp_v2c", "present": "no"},
                {"what": "default_community", "present": "no"},
            ],
        ),
        *(
            ("fortinet", "get system password-policy", words, "exposure", expected)
            for words, expected in FORTI_PASSWORDS
        ),
        *(("hp-comware", "display password-control", words, "exposure", expected) for words, expected in H3C_PASSWORDS),
        ("fortinet", "get log syslogd setting", SYSLOG, "log_host", [{"enabled": "yes", "address": "10.0.0.9"}]),
        ("fortinet", "get log syslogd setting", "status              : disable\n", "log_host", [{"enabled": "no"}]),
        (
            "fortinet",
            "diagnose sys ntp status",
            NTP,
            "ntp",
            [{"state": "synchronised", "source": "ntp1.example.edu.cn"}],
        ),
        (
            "huawei-usg",
            "display version ips-sdb",
            USG_IPS,
            "safeguard",
            [{"function": "ids", "version": "2026112001", "signature_date": "2026/11/20"}],
        ),
        ("huawei-usg", "display version ips-sdb", UNKNOWN, "safeguard", []),
        (
            "huawei-usg",
            "display security-policy rule all",
            RULES,
            "safeguard",
            [{"function": "firewall", "policy": "yes"}],
        ),
        ("huawei-usg", "display security-policy rule all", RULES.replace("enable", "disable"), "safeguard", []),
        (
            "h3c-secpath",
            "display ips signature library",
            H3C_IPS,
            "safeguard",
            [{"function": "ids", "version": "1.0.65", "signature_date": "Fri Nov 13 06:35:01 2026"}],
        ),
        ("h3c-secpath", "display anti-virus signature library", "% Unrecognized command", "safeguard", []),
        (
            "topsec",
            "system version show",
            "Topsec Operating System\nversion : v3.3.020.064.1\n",
            "safeguard",
            [{"function": "firewall", "version": "v3.3.020.064.1"}],
        ),
    ],
)
def test_what_a_command_tells(
    dialect: str, send: str, answer: str, purpose: Purpose, expected: list[dict[str, str]]
) -> None:
    commands = [one for one in load_dialects()[dialect].commands(purpose) if one.send == send]
    assert commands
    assert [dict(row.groups) for one in commands for row in command_rows(one, answer).rows] == expected


@pytest.mark.parametrize(
    ("sys_object_id", "sys_descr", "dialect", "what"),
    [
        ("1.3.6.1.4.1.2011.2.122.1", "USG6330\r\nHuawei Versatile Routing Platform Software", "huawei-usg", "firewall"),
        ("1.3.6.1.4.1.2011.2.23.276", "S5720\r\nHuawei Versatile Routing Platform Software", "huawei-vrp", None),
        ("1.3.6.1.4.1.25506.1.1455", "H3C SecPath F1000-AK115, Comware Platform Software", "h3c-secpath", "firewall"),
        ("1.3.6.1.4.1.25506.1.1999", "H3C SecPath T1020", "h3c-secpath", "ids"),
        ("1.3.6.1.4.1.25506.1.2000", "H3C SecPath ACG1000", "h3c-secpath", "behaviour"),
        ("1.3.6.1.4.1.25506.1.264", "H3C Comware Platform Software", "hp-comware", None),
        ("1.3.6.1.4.1.4881.1.2.1.1.40", "Ruijie Gateway RG-EG2000SE", "ruijie-eg", "behaviour"),
        ("1.3.6.1.4.1.19849.6", "NSFOCUS-NIPS", "nsfocus", "ids"),
        ("1.3.6.1.4.1.30803", "Netentsec ICG 6.1", "netentsec", "behaviour"),
        ("1.3.6.1.4.1.8072.3.2.8", "OPNsense fw.example.edu.cn 24.7 FreeBSD", "pfsense", "firewall"),
    ],
)
def test_whom_it_speaks_for(sys_object_id: str, sys_descr: str, dialect: str, what: str | None) -> None:
    found = what_it_is(Identity(sys_object_id=sys_object_id, sys_descr=sys_descr))
    assert found is not None
    assert (found.dialect.id, found.what if what else what) == (dialect, what)


def test_a_dialect_that_extends_another_has_its_console_and_asks_its_own_things_first() -> None:
    vrp, usg = load_dialects()["huawei-vrp"], load_dialects()["huawei-usg"]
    assert usg.console == vrp.console
    assert usg.commands("clock") == vrp.commands("clock")
    assert usg.gate.passes("display version ips-sdb")
    assert usg.command[: -len(vrp.command)]
    assert usg.command[-len(vrp.command) :] == vrp.command


def test_licences_of_comware() -> None:
    readings = [one for one in load_dialects()["h3c-secpath"].snmp if one.purpose == "safeguard"]
    table = {
        "1": {"feature": b"IPS", "state": 2, "left": 41},
        "2": {"feature": b"AV", "state": 4, "left": 0},
        "3": {"feature": b"SSL VPN", "state": 2, "left": 9},
        "4": {"feature": b"ACG", "state": 2, "left": 0},  # for ever
    }
    found = []
    for reading in readings[:2]:
        oids = dict(zip(("feature", "state", "left"), reading.columns.values(), strict=True))
        rows = snmp_rows(reading, {index: {oids[k]: v for k, v in row.items()} for index, row in table.items()})
        found += [
            {k: v for k, v in row.groups.items() if k != "feature"} for row in rows.rows if "function" in row.groups
        ]
    assert found == [
        {"function": "ids", "licence_days": "41"},
        {"function": "behaviour"},
        {"function": "antivirus", "licence_days": "0"},
    ]


def test_what_sangfor_says_over_rest() -> None:
    sangfor = load_dialects()["sangfor"]
    answers = {
        "/v1/status/version": {"code": 0, "message": "", "data": "AC13.0.47.1"},
        "/v1/status/session-num": {"code": 0, "data": 4711},
        "/v1/status/cpu-usage": {"code": 0, "data": 23},
        "/v1/status/mem-usage": {"code": 0, "data": 61},
        "/v1/status/disk-usage": {"code": 1006, "message": "no permission", "data": 99},
    }
    rows = {one.path: [dict(r.groups) for r in rest_rows(one, answers[one.path]).rows] for one in sangfor.rest}
    assert rows == {
        "/v1/status/version": [{"function": "behaviour", "version": "AC13.0.47.1"}],
        "/v1/status/session-num": [{"function": "behaviour", "sessions": "4711"}],
        "/v1/status/cpu-usage": [{"cpu_percent": "23"}],
        "/v1/status/mem-usage": [{"memory_percent": "61"}],
        "/v1/status/disk-usage": [],
    }


def test_a_contract_of_fortiguard_counts_for_its_function_and_no_other() -> None:
    (reading,) = [
        one for one in load_dialects()["fortinet"].snmp if one.purpose == "safeguard" and "licence_until" in one.columns
    ]
    description, expiry = reading.columns["function"], reading.columns["licence_until"]
    table: dict[str, dict[str, object]] = {
        "1": {description: b"AntiVirus", expiry: b"Fri Mar 10 2028"},
        "2": {description: b"Hardware", expiry: b"Fri Mar 10 2028"},
    }
    rows = [dict(row.groups) for row in snmp_rows(reading, table).rows]
    assert [row for row in rows if "function" in row] == [{"function": "antivirus", "licence_until": "Fri Mar 10 2028"}]


@pytest.mark.parametrize(
    "name", ["fortinet", "hillstone", "topsec", "dptech", "huawei-usg", "h3c-secpath", "ruijie-eg"]
)
def test_nothing_but_reading_passes_their_gates(name: str) -> None:
    dialect: Dialect = load_dialects()[name]
    for line in (
        "config system console",
        "set output standard",
        "execute reboot",
        "execute time 12:00:00",
        "save",
        "system reset",
        "diagnose sys kill 9 1",
        "show version > flash:/x",
        "diagnose autoupdate versions x",
    ):
        assert not dialect.gate.passes(line)
