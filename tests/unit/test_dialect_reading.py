"""How answers become rows: amounts, words, templates, tables, documents; and what a dialect may not say of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.access_points import access_points
from probes.campus import Place
from probes.dialect import (
    Command,
    DialectError,
    Identity,
    Rest,
    Snmp,
    command_rows,
    parse_dialect,
    rest_rows,
    snmp_rows,
    what_it_is,
)
from probes.dialect.amounts import as_date, as_mbps, as_number, date_and_time
from probes.dialect.web_path import reading_path
from probes.kinds import Safeguard
from probes.machine.shares import cpu_percent, disk, memory_percent
from probes.safeguard_state import safeguard
from probes.struck import struck
from probes.wireless.where import place_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("87.00567(2026-11-20 04:35)", (2026, 11, 20)),
        ("Sat Nov 21 08:00:00 2026", (2026, 11, 21)),
        ("21-Nov-2026", (2026, 11, 21)),
        ("Nov 21, 2026", (2026, 11, 21)),
        ("2026年11月21日", (2026, 11, 21)),
        ("IPS-SDB 20261121", (2026, 11, 21)),
        ("2026/11/21", (2026, 11, 21)),
        ("03/04/2026", None),  # the third of April, or the fourth of March
        ("2026-13-40", None),
        ("V500R005C20SPC500", None),
        ("never", None),
        ("", None),
    ],
)
def test_dates(said: str, day: tuple[int, int, int] | None) -> None:
    found = as_date(said)
    assert (None if found is None else (found.year, found.month, found.day)) == day


@given(st.text(max_size=300))
def test_no_text_is_too_strange_to_be_no_amount(said: str) -> None:
    as_number(said)
    as_mbps(said)
    as_date(said)
    struck(said)


def test_hundreds_of_digits_are_no_amount() -> None:
    assert as_number("9" * 400) is None
    assert as_mbps("9" * 400 + "G") is None


@given(st.binary(max_size=20))
def test_no_octets_are_too_strange_to_be_no_time(octets: bytes) -> None:
    date_and_time(octets)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"function": "ids", "signature_date": "2026-11-20"}, {"signature_age_days": 5.0}),
        ({"function": "ids", "signature_date": "2027-11-20"}, {"signature_age_days": None}),  # from the future
        ({"function": "ids", "signature_age_days": "40 days"}, {"signature_age_days": 40.0}),
        ({"function": "ids", "licence_until": "2026-11-20"}, {"licence_days_left": -5.0}),
        ({"function": "ids", "licence_days": "120"}, {"licence_days_left": 120.0}),
        ({"function": "firewall", "sessions": "48016"}, {"running": True}),
        ({"function": "firewall", "sessions": "0"}, {"running": None}),  # at night nobody may be there
        ({"function": "firewall", "running": "no", "sessions": "5"}, {"running": False}),
        ({"function": "firewall", "policy": "yes"}, {"policy_active": True}),
    ],
)
def test_safeguards(row: dict[str, str], expected: dict[str, object]) -> None:
    value = safeguard(row, NOW)
    assert value == Safeguard.model_validate({"function": row["function"], **expected})


@pytest.mark.parametrize(
    ("said", "percent", "free"),
    [
        ({"disk_total_mb": "100", "disk_used_mb": "25"}, 25.0, 75.0),
        ({"disk_total_mb": "100", "disk_free_mb": "25"}, 75.0, 25.0),
        ({"disk_used_mb": "75", "disk_free_mb": "25"}, 75.0, 25.0),
        ({"disk_percent": "40%", "disk_total_mb": "100"}, 40.0, 60.0),
        ({"disk_percent": "140%"}, None, None),
        ({"disk_total_mb": "0", "disk_used_mb": "0"}, None, 0.0),
    ],
)
def test_disks(said: dict[str, str], percent: float | None, free: float | None) -> None:
    found = disk(said)
    assert (None, None) if found is None else (found.percent, found.free_mb) == (percent, free)


def test_shares_that_can_be_none_are_none() -> None:
    assert cpu_percent({"cpu_percent": "-1"}) is None
    assert memory_percent({"memory_total_mb": "0", "memory_used_mb": "0"}) is None


ROOMS = [
    Place(id="A-301", kind="classroom", name="高一（1）班"),
    Place(id="A-30", kind="office"),
    Place(id="A-302", kind="classroom", access_points=("AP-0017",)),
    Place(id="lib", kind="library", name="图书馆"),
    Place(id="hall", kind="hall", name="报告厅"),
]


@pytest.mark.parametrize(
    ("name", "location", "place"),
    [
        ("JXL-A301-AP1", "", "A-301"),
        ("a_301_ap2", "", "A-301"),
        ("AP-0017", "", "A-302"),
        ("AP-A3010", "", None),  # a longer number is another room
        ("BA301", "", None),  # perhaps building B, perhaps not
        ("AP3", "图书馆二楼", "lib"),
        ("图书馆-报告厅", "", None),  # two places alike
        ("lib", "", "lib"),
        ("library-2", "", None),
        ("", "", None),
    ],
)
def test_where_an_access_point_hangs(name: str, location: str, place: str | None) -> None:
    assert place_of(name, location, ROOMS) == place


@pytest.mark.parametrize(
    "secret",
    [
        "snmp-agent community read cipher {}",
        "Community name: {}",
        "snmp-server community {} RO 5",
        "username admin password 7 {}",
        "local-user admin password irreversible-cipher {}",
        "enable secret 9 {}",
        " server 10.0.0.1 key 7 {}",
        "radius-server host 10.0.0.1 key {}",
        "snmp-server host 10.0.0.2 version 2c {} udp-port 162",
        "snmp-server user u g v3 auth sha256 {} priv aes128 x",
        "set psksecret ENC {}",
        "<snmpd><rocommunity>{}</rocommunity>",
        "https://user:{}@10.0.0.1/",
        'set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----"',
    ],
)
def test_secrets_are_struck_out(secret: str) -> None:
    assert "q9XgeheimZ7" not in struck(secret.format("q9XgeheimZ7"))


@pytest.mark.parametrize(
    "harmless",
    ["ssh server key-exchange dh_group14_sha256", "# host key: ssh-rsa SHA256:abcd", "interface GE0/0/1", "ntp enable"],
)
def test_what_is_no_secret_stays(harmless: str) -> None:
    assert struck(harmless) == harmless


COMMAND = {"purpose": "exposure", "send": "show x", "constant": {"what": "telnet"}}


def test_words_that_a_dialect_does_not_know_decide_nothing() -> None:
    command = Command.model_validate(
        {**COMMAND, "read": [r"telnet: (?P<present>\w+)"], "words": {"present": {"yes": ["on"], "no": ["off"]}}}
    )
    assert command.understood("telnet: ON") == {"present": "yes", "what": "telnet"}
    assert command.understood("telnet: perhaps") == {}


def test_a_template_of_ones_own() -> None:
    template = "Value NAME (\\S+)\nValue STATE (up|down)\n\nStart\n  ^${NAME}\\s+${STATE} -> Record\n"
    command = Command.model_validate(
        {
            "purpose": "port",
            "send": "show ports",
            "textfsm": template,
            "fields": {"name": "NAME", "oper": "STATE"},
            "words": {"oper": {"up": ["up"], "down": ["down"]}},
        }
    )
    rows = command_rows(command, "ge1 up\nge2 down\n% junk\n").rows
    assert [dict(row.groups) for row in rows] == [{"name": "ge1", "oper": "up"}, {"name": "ge2", "oper": "down"}]


def test_a_finer_table_is_added_up() -> None:
    reading = Snmp.model_validate(
        {
            "purpose": "access_points",
            "columns": {"name": "1.3.1"},
            "sums": {"clients": "1.3.9"},
            "default": {"state": "online"},
        }
    )
    table = {"7": {"1.3.1": b"ap"}, "7.0": {"1.3.9": 3}, "7.1": {"1.3.9": 4}, "8.0": {"1.3.9": 5}}
    (row,) = snmp_rows(reading, table).rows
    assert dict(row.groups) == {"name": "ap", "clients": "7", "state": "online"}


def test_a_document_without_its_mark_of_success_says_nothing() -> None:
    reading = Rest.model_validate(
        {
            "purpose": "resources",
            "path": "/v1/status/disk-usage",
            "success": {"/code": "0"},
            "at": "/data",
            "fields": {"disk_percent": "/usage"},
        }
    )
    assert dict(rest_rows(reading, {"code": 0, "data": {"usage": 41}}).rows[0].groups) == {"disk_percent": "41"}
    assert not rest_rows(reading, {"code": 1, "data": {"usage": 41}}).understood
    assert not rest_rows(reading, ["hostile", {"data": None}]).understood


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/ISAPI/System/time", True),
        ("GET", "/api/v2/monitor/system/status?vdom=root", True),
        ("POST", "/v1/status/throughput?_method=GET", True),
        ("POST", "/v1/status/throughput", False),
        ("GET", "/cgi-bin/reboot", False),
        ("GET", "/cgi-bin/rebootDevice", False),
        ("GET", "/ISAPI/System/factoryReset", False),
        ("GET", "/cgi-bin/configManager.cgi?action=setConfig&NTP.Enable=true", False),
        ("GET", "/cgi-bin/configManager.cgi?%61ction=setConfig", False),
        ("GET", "/cgi-bin/configManager.cgi?Action=restoreExcept", False),
        ("GET", "/cgi-bin/storageDevice.cgi?action=getDeviceAllInfo", True),
        ("GET", "/api/?type=config&action=show&xpath=%2Fconfig%2Fshared", True),
        ("GET", "/api/?type=config&action=rename&xpath=%2Fconfig%2Fshared", False),
        ("GET", "/api/?type=op&cmd=%3Crequest%3E%3Clicense%3E%3C%2Flicense%3E%3C%2Frequest%3E", False),
        ("GET", "/api/?type=op&%63md=%3Crequest%3E", False),
        ("GET", "/v1/settings/address-book", True),  # words that only look like it
        ("POST", "/v1/status/throughput?_method=PATCH", False),
        ("POST", "/v1/status/throughput?_method=GET&_method=HEAD", False),
        ("GET", "/api/config/set?x=1", False),
        ("GET", "http://elsewhere/", False),
        ("GET", "//elsewhere/x", False),
        ("GET", "/a/../b", False),
        ("GET", "/a b", False),
        ("GET", "/a\r\nX: y", False),
        ("GET", "/" + "a" * 400, False),
    ],
)
def test_which_requests_only_read(method: str, path: str, *, allowed: bool) -> None:
    assert reading_path(method, path) is allowed


HEAD = 'id = "acme"\ntitle = "ACME"\nverbs = ["show"]\n[console]\ndriver = "cisco_ios"\nprompt = "x"\nunknown = "x"\n'
ROW = '[[command]]\npurpose = "port"\nsend = "show x"\n'
BAD = {
    "two ways of reading": HEAD + ROW + "read = ['(?P<name>x)']\neach = '(?P<name>x)'",
    "template without fields": HEAD + ROW + 'template = "cisco_ios_show_interfaces"',
    "nothing to read": HEAD + ROW + "read = ['x']",
    "pick of what is not read": HEAD + ROW + "each = '(?P<name>x)'\npick = { other = '(?P<alias>x)' }",
    "words without need": HEAD + ROW + "each = '(?P<name>x)'\nwords.name = { up = ['x'] }",
    "a word of nobody": HEAD + ROW + "each = '(?P<oper>x)'\nwords.oper = { sideways = ['x'] }",
    "no words where they are needed": HEAD + ROW + "each = '(?P<oper>x)'",
    "scale of a text": HEAD + ROW + "each = '(?P<name>x)'\nscale = { name = 2.0 }",
    "otherwise without proof": HEAD + ROW + "each = '(?P<name>x)'\notherwise = { name = 'x' }",
    "get and columns": HEAD + '[[snmp]]\npurpose = "port"\nget = { name = "1.3.1" }\ncolumns = { name = "1.3.1" }',
    "an OID that is none": HEAD + '[[snmp]]\npurpose = "port"\nget = { name = "sysName" }',
    "an empty sign": HEAD + "[[recognise]]\n",
    "a request that writes": HEAD
    + '[web]\n[[rest]]\npurpose = "port"\npath = "/api/delete/1"\nfields = { name = "/a" }',
    "rest without web": HEAD + '[[rest]]\npurpose = "port"\npath = "/api/1"\nfields = { name = "/a" }',
    "header without its name": HEAD + '[web]\nauth = "header"',
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_mistake_is_one_sentence_with_its_file(content: str) -> None:
    with pytest.raises(DialectError) as caught:
        parse_dialect(content.encode(), "acme.toml")
    assert str(caught.value.mistakes[0].sentence).startswith("acme.toml:")


AC, AP, SWITCH = "wireless-controller", "access-point", "switch"
VRP, COMWARE = "1.3.6.1.4.1.2011.2.240.6", "1.3.6.1.4.1.25506.1.2081"


@pytest.mark.parametrize(
    ("identity", "dialect", "what"),
    [
        (Identity(ssh="SSH-2.0-HUAWEI-1.5"), "huawei-vrp", None),
        (Identity(ssh="SSH-2.0-Comware-7.1.070"), "hp-comware", None),
        (Identity(ssh="SSH-2.0-RGOS_SSH"), "ruijie-os", None),
        (Identity(ssh="SSH-2.0-Cisco-1.25"), "cisco-ios", None),
        (Identity(ssh="SSH-2.0-ROSSSH"), "mikrotik-routeros", "router"),
        (Identity(ssh="SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"), "linux", "server"),
        (Identity(ssh="SSH-2.0-OpenSSH_for_Windows_8.1"), "windows", None),
        (Identity(http="Server: App-webs/\nTitle: login"), "hikvision", None),
        (Identity(telnet="User Access Verification\nPassword:"), "cisco-ios", None),
        # SNMP outweighs a banner
        (Identity(VRP, "Huawei AC6605-26-PWR", ssh="SSH-2.0-Comware-7.1"), "huawei-vrp", AC),
        (Identity(VRP, "Huawei AirEngine5760-10 Huawei Versatile"), "huawei-vrp", AP),
        (Identity(COMWARE, "H3C Comware Software\nH3C WX3510H"), "hp-comware", AC),
        (Identity(COMWARE, "H3C S5560X-54C-EI Comware"), "hp-comware", SWITCH),
        (Identity(COMWARE, "H3C WA6322 Comware"), "hp-comware", AP),
        (Identity("1.3.6.1.4.1.4881.1.3.1.1.100", "Ruijie Wireless Switch(WS6108)"), "ruijie-os", AC),
        (Identity("1.3.6.1.4.1.9.1.2530", "Cisco IOS Software, C9800 Software (C9800_IOSXE-K9)"), "cisco-ios", AC),
    ],
)
def test_banners_and_families(identity: Identity, dialect: str, what: str | None) -> None:
    found = what_it_is(identity)
    assert found is not None
    assert (found.dialect.id, found.what) == (dialect, what)
    assert found.by


@pytest.mark.parametrize(
    "identity", [Identity(), Identity(ssh="SSH-2.0-x"), Identity(http="nginx"), Identity("1.3.6.1.4.1.99999")]
)
def test_strangers(identity: Identity) -> None:
    assert what_it_is(identity) is None


def test_probes_are_found_under_their_names() -> None:
    assert access_points.yields == "access_point"


def test_every_exposure_that_a_dialect_names_is_explained() -> None:
    from probes.dialect import EXPOSURES  # noqa: PLC0415

    page = (Path(__file__).parents[2] / "probes" / "exposures.py").read_text()
    assert set(re.findall(r"``(\w+)``", page)) >= EXPOSURES
