"""The how-to's example is a dialect, and it does what its comments say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probes.device_time import shown_time
from probes.dialect import Dialect, Identity, Purpose, command_rows, parse_dialect, rest_rows, snmp_rows, what_it_is
from probes.safeguard_state import safeguard

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "add-a-vendor.md").read_text()
ENTERPRISE = "1.3.6.1.4.1.99999"


@pytest.fixture(scope="module")
def acme() -> Dialect:
    return parse_dialect(PAGE.partition("```toml\n")[2].partition("```\n")[0].encode(), "acme-os.toml")


def rows(dialect: Dialect, purpose: Purpose, answer: str) -> list[dict[str, str]]:
    (command,) = dialect.commands(purpose)
    return [dict(row.groups) for row in command_rows(command, answer).rows]


@pytest.mark.parametrize(
    ("identity", "what", "model"),
    [
        (Identity(sys_object_id=ENTERPRISE + ".7", sys_descr="ACME WL-200 V3"), "wireless-controller", "WL-200"),
        (Identity(sys_object_id=ENTERPRISE + ".8", sys_descr="ACME"), "switch", ""),
        (Identity(ssh="SSH-2.0-ACME_3"), "switch", ""),
    ],
)
def test_it_is_recognised(acme: Dialect, identity: Identity, what: str, model: str) -> None:
    found = what_it_is(identity, {acme.id: acme})
    assert found is not None
    assert (found.what, found.model) == (what, model)


def test_clock_and_ntp(acme: Dialect) -> None:
    (clock,) = rows(acme, "clock", "10:27:21 UTC Thu Dec 20 2018")
    assert shown_time(clock) == (datetime(2018, 12, 20, 10, 27, 21, tzinfo=UTC), True)
    assert rows(acme, "ntp", "Clock is synchronized\nreference is 10.0.0.1") == [
        {"state": "synchronised", "source": "10.0.0.1"}
    ]


def test_access_points_and_their_counters(acme: Dialect) -> None:
    points, counters = (one for one in acme.snmp if one.purpose.startswith("access_point"))
    table: dict[str, dict[str, Any]] = {
        "1": {ENTERPRISE + ".1.1.2": b"A-301", ENTERPRISE + ".1.1.3": 1},
        "1.1": {ENTERPRISE + ".1.2.4": 5},
        "1.2": {ENTERPRISE + ".1.2.4": 2},
    }
    assert [dict(row.groups) for row in snmp_rows(points, table).rows] == [
        {"name": "A-301", "state": "online", "clients": "7"}
    ]
    (row,) = snmp_rows(counters, {"": {ENTERPRISE + ".1.3.0": 40, ENTERPRISE + ".1.4.0": 2}}).rows
    assert row.groups == {"online": "40", "offline": "2"}


def test_signatures(acme: Dialect) -> None:
    (reading,) = (one for one in acme.snmp if one.purpose == "safeguard")
    (row,) = snmp_rows(reading, {"": {ENTERPRISE + ".2.1.0": b"5.120(2026-11-20)"}}).rows
    value = safeguard(row.groups, datetime(2026, 11, 25, tzinfo=UTC))
    assert value is not None
    assert (value.function, value.version, value.signature_age_days) == ("ids", "5.120", 5.0)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("telnet server enable\nend", [{"present": "yes", "what": "telnet"}]),
        ("hostname acme\nend", [{"present": "no", "what": "telnet"}]),
        ("hostname acme", []),
    ],
)
def test_weaknesses(acme: Dialect, answer: str, expected: list[dict[str, str]]) -> None:
    assert rows(acme, "exposure", answer) == expected


def test_log_servers(acme: Dialect) -> None:
    assert rows(acme, "log_host", "Syslog logging: enabled\nlogging to 10.0.0.9") == [{"address": "10.0.0.9"}]
    (command,) = acme.commands("log_host")
    assert command_rows(command, "Syslog logging: enabled").understood
    assert not command_rows(command, "something else").understood


def test_ports(acme: Dialect) -> None:
    assert rows(acme, "port", "ge1 connected 1G\nge2 notconnect auto") == [
        {"name": "ge1", "oper": "up", "speed_mbps": "1G"},
        {"name": "ge2", "oper": "down", "speed_mbps": "auto"},
    ]


def test_rest(acme: Dialect) -> None:
    (reading,) = acme.rest
    document = {"code": 0, "data": {"disks": [{"name": "log", "used": 41}]}}
    assert [dict(row.groups) for row in rest_rows(reading, document).rows] == [{"part": "log", "disk_percent": "41"}]
