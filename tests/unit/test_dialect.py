"""Dialect files: what they may say, whom they recognise, and how answers are read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

import pytest

from probes.device_time import shown_time
from probes.dialect import DialectError, Purpose, load_dialects, parse_dialect, recognise
from probes.dialect.answers import ntc_folder

HEAD = """id = "acme"
title = "ACME"
verbs = ["display"]
[console]
driver = "huawei"
prompt = '<[^>]+>'
unknown = "Error"
"""


def test_the_dialects_that_come_with_the_program() -> None:
    assert set(load_dialects()) >= {"huawei-vrp", "hp-comware", "ruijie-os", "linux"}


def test_every_file_is_named_for_its_id_and_uses_a_driver_of_netmiko() -> None:
    from netmiko.ssh_dispatcher import CLASS_MAPPER  # noqa: PLC0415  costs 0.2 s

    for file in (files("probes") / "dialects").iterdir():
        dialect = parse_dialect(file.read_bytes(), file.name)
        assert file.name == f"{dialect.id}.toml"
        if dialect.console is not None:
            assert dialect.console.driver in CLASS_MAPPER
            assert all(dialect.gate.passes(line) for line in (*dialect.sent, *dialect.console.paging))


def test_every_template_that_a_dialect_names_is_there() -> None:
    folder = ntc_folder()
    assert folder is not None
    named = {command.template for one in load_dialects().values() for command in one.command if command.template}
    assert len(named) > 10
    for name in sorted(named):
        columns = set(re.findall(r"(?m)^Value (?:\S+ )?(\w+) \(", (folder / f"{name}.textfsm").read_text()))
        used = {
            column
            for one in load_dialects().values()
            for command in one.command
            if command.template == name
            for column in command.fields.values()
        }
        assert used <= columns, name


@pytest.mark.parametrize(
    ("sys_object_id", "sys_descr", "expected"),
    [
        (".1.3.6.1.4.1.2011.2.23.276", "S5720 \r\nHuawei Versatile Routing Platform Software", "huawei-vrp"),
        ("1.3.6.1.4.1.2011.2.23.1097", "Huawei YunShan OS\nVersion 1.22.0.1", "huawei-vrp"),
        ("1.3.6.1.4.1.2011.2.235", "Hardware management system", "huawei-ibmc"),
        ("1.3.6.1.4.1.2011.6.174.4.1.2.4", "SNMP Card for HUAWEI UPS2000", "ups"),
        ("1.3.6.1.4.1.2011.10.1.33", "H3C S3600", "hp-comware"),
        ("1.3.6.1.4.1.25506.1.264", "H3C Comware Platform Software", "hp-comware"),
        ("1.3.6.1.4.1.25506.11.1.85", "HP V1910-48G Switch", "hp-comware"),
        ("1.3.6.1.4.1.255067.1", "somebody else", None),
        ("1.3.6.1.4.1.4881.1.1.10.1.41", "Ruijie 10G Routing Switch", "ruijie-os"),
        ("1.3.6.1.4.1.8072.3.2.10", "Linux server 4.18", "linux"),
        ("1.3.6.1.4.1.8072.3.2.10", "UAP-nanoHD 5.43", "ubiquiti"),
        ("1.3.6.1.4.1.9.1.1208", "Cisco IOS Software, C2960X Software", "cisco-ios"),
        ("1.3.6.1.4.1.99999.1", "Acme", None),
        ("", "", None),
    ],
)
def test_whom_snmp_speaks_for(sys_object_id: str, sys_descr: str, expected: str | None) -> None:
    found = recognise(load_dialects(), sys_object_id, sys_descr)
    assert (found.id if found else None) == expected


BAD = {
    "unknown key": HEAD + "colour = 1",
    "commands without a console": HEAD.partition("[console]")[0]
    + '[[command]]\npurpose = "clock"\nsend = "display clock"\nread = [\'(?P<epoch>x)\']',
    "verb that writes": HEAD.replace('"display"', '"display", "system-view"'),
    "line that writes": HEAD.replace("verbs", 'lines = ["reboot"]\nverbs', 1),
    "paging that changes a setting": HEAD + 'paging = ["config system console"]',
    "question answered with yes": HEAD + '[[console.question]]\nasks = "Y/N"\nanswer = "Y"',
    "no pattern": HEAD.replace("<[^>]+>", "<[^>+>"),
    "unknown purpose": HEAD + '[[command]]\npurpose = "weather"\nsend = "display clock"\nread = ["x"]',
    "unknown group": HEAD + '[[command]]\npurpose = "clock"\nsend = "display clock"\nread = [\'(?P<century>x)\']',
    "nothing read": HEAD + '[[command]]\npurpose = "clock"\nsend = "display clock"\nread = []',
    "command of another verb": HEAD + '[[command]]\npurpose = "clock"\nsend = "show clock"\nread = ["x"]',
    "command with redirection": HEAD + '[[command]]\npurpose = "clock"\nsend = "display clock > x"\nread = ["x"]',
    "ntp without words": HEAD + '[[command]]\npurpose = "ntp"\nsend = "display ntp"\nread = [\'(?P<state>x)\']',
    "no TOML": "id = ",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_mistake_is_named_with_its_file(content: str) -> None:
    with pytest.raises(DialectError) as caught:
        parse_dialect(content.encode(), "acme.toml")
    (mistake, *_) = caught.value.mistakes
    assert str(mistake.sentence).startswith("acme.toml:")


def test_the_least_dialect() -> None:
    assert parse_dialect(HEAD.encode(), "acme.toml").id == "acme"


def at(*parts: int, hours: float = 0) -> datetime:
    return datetime(*parts, tzinfo=timezone(timedelta(hours=hours)))  # type: ignore[misc, arg-type]  # mypy mixes tzinfo in


@pytest.mark.parametrize(
    ("dialect", "answer", "expected"),
    [
        (
            "huawei-vrp",
            "2026-11-23 14:20:05+08:00\nMonday\nTime Zone(Beijing) : UTC+08:00",
            at(2026, 11, 23, 14, 20, 5, hours=8),
        ),
        (
            "huawei-vrp",
            "2026-11-23 14:20:05\nMonday\nTime Zone(Beijing) : UTC+08:00",
            at(2026, 11, 23, 14, 20, 5, hours=8),
        ),
        ("huawei-vrp", "2026-11-23 06:20:05\nMonday\nTime Zone(DefaultZoneName) : UTC", at(2026, 11, 23, 6, 20, 5)),
        (
            "huawei-vrp",
            "2026-11-23 06:20:05-05:00\nMonday\nTime Zone(X) : UTC-05:00",
            at(2026, 11, 23, 6, 20, 5, hours=-5),
        ),
        ("huawei-vrp", "2026-06-23 14:20:05 DST\nMonday\nTime Zone(X) : UTC+08:00", None),
        ("huawei-vrp", "2026-11-23 14:20:05\nMonday", None),
        ("huawei-vrp", "2026-13-23 14:20:05+08:00", None),
        ("huawei-vrp", "Error: Unrecognized command found at '^' position.", None),
        ("hp-comware", "19:35:31 UTC Sat 01/08/2011", at(2011, 1, 8, 19, 35, 31)),
        ("hp-comware", "15:10:00 Z5 Fri 03/16/2015\nTime Zone : Z5 add 05:00:00", at(2015, 3, 16, 15, 10, hours=5)),
        ("hp-comware", "15:10:00 Z5 Fri 03/16/2015\nTime Zone : Z5 minus 05:00:00", at(2015, 3, 16, 15, 10, hours=-5)),
        ("hp-comware", "15:10:00 Beijing Fri 03/16/2015", None),
        ("hp-comware", "15:10:00 PDT Fri 07/16/2015\nTime Zone : PST minus 08:00:00", None),
        ("ruijie-os", "10:27:21 UTC Thu, Dec 20, 2018", at(2018, 12, 20, 10, 27, 21)),
        ("ruijie-os", "*18:57:38.347 UTC Mon Oct 19 2015", at(2015, 10, 19, 18, 57, 38, 347000)),
        ("ruijie-os", "10:27:21 beijing Thu, Dec 20, 2018", None),
        ("linux", "1795399205.250000000", datetime(2026, 11, 23, 2, 0, 5, 250000, tzinfo=UTC)),
        ("linux", "1795399205.%N", datetime(2026, 11, 23, 2, 0, 5, tzinfo=UTC)),
        ("linux", "sh: date: not found", None),
    ],
)
def test_clocks(dialect: str, answer: str, expected: datetime | None) -> None:
    (command,) = load_dialects()[dialect].commands("clock")
    shown = shown_time(command.understood(answer))
    assert (shown[0] if shown else None) == expected


@pytest.mark.parametrize(
    ("dialect", "number", "answer", "expected"),
    [
        (
            "huawei-vrp",
            0,
            " clock status: synchronized \n reference clock ID: 10.0.0.1",
            {"state": "synchronised", "source": "10.0.0.1"},
        ),
        (
            "hp-comware",
            0,
            " Clock status: unsynchronized \n Reference clock ID: none",
            {"state": "unsynchronised", "source": "none"},
        ),
        ("ruijie-os", 0, "Clock is unsynchronized, stratum 16, no reference clock", {"state": "unsynchronised"}),
        (
            "linux",
            0,
            "Reference ID    : C0A80001 (192.168.0.1)\nLeap status     : Normal",
            {"state": "synchronised", "source": "192.168.0.1"},
        ),
        (
            "linux",
            0,
            "Reference ID    : 00000000 ()\nLeap status     : Not synchronised",
            {"state": "unsynchronised"},
        ),
        (
            "linux",
            1,
            "     remote  refid\n====\n*192.168.0.1 .GPS. 1 u",
            {"state": "synchronised", "source": "192.168.0.1"},
        ),
        ("linux", 1, "     remote  refid\n====\n 192.168.0.1 .INIT. 16 u", {}),
        ("linux", 2, "NTP=yes\nNTPSynchronized=no\n", {"state": "unsynchronised"}),
    ],
)
def test_ntp(dialect: str, number: int, answer: str, expected: dict[str, str]) -> None:
    purpose: Purpose = "ntp"
    assert load_dialects()[dialect].commands(purpose)[number].understood(answer) == expected
