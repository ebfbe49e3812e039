"""From hosts to a campus, from a campus to an inventory, and from the judge to the credentials worth having."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor import inventory
from auditor.discovered import grown
from auditor.draft import draft
from auditor.earning import earnings
from probes.campus import Campus
from probes.kinds import Host
from probes.observation import Method, Observation, Reason, Status
from probes.probe import all_probes
from rules.judge import judge
from rules.load import load_rubric
from tests.world import campus

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def seen(address: str, **value: Any) -> Observation:
    return Observation(
        kind="host",
        subject=address,
        status=Status.OK,
        taken_at=NOW,
        duration_s=1,
        probe="hosts",
        vantage="test",
        method=Method.MEASURED,
        value=Host(**value),
    ).sealed()


@pytest.fixture
def visited() -> Campus:
    return campus(
        discovery={"authorised_by": '李四 "主任"', "until": "2999-01-01", "ranges": ["10.0.0.0/24"]},
        credential=[
            {"id": "snmp-1", "kind": "snmp-v2c", "community": "env:RO"},
            {"id": "ssh-1", "kind": "ssh", "user": "audit", "password": "env:PW"},
        ],
    )


HOSTS = [
    seen(
        "10.0.0.1", what="switch", dialect="huawei-vrp", opened_by=("snmp-1",), services=("22/tcp ssh x",), name="core"
    ),
    seen("10.0.0.2", what="switch", why=("fact agent of 25506",)),
    seen("10.0.0.3", what="firewall", services=("443/tcp https",)),
    seen("10.0.0.4", what="camera", name='门口" \n[[device]]'),
    seen("10.0.0.5", what="server", services=("8080/tcp http",), about="校园一卡通管理平台"),
    seen("10.0.0.6", what="server", services=("22/tcp ssh OpenSSH",)),
    seen("10.0.0.7", what="unknown", services=("443/tcp https",), about="统一身份认证平台"),
    seen("10.0.0.8", what="switch", why=("remembered",)),
    seen("10.0.0.9", what="computer"),
]


def test_equipment_systems_and_cameras_become_entries(visited: Campus) -> None:
    found = grown(visited, HOSTS)
    assert {one.address: (one.role, one.snmp is not None, one.ssh is not None) for one in found.device} == {
        "10.0.0.1": ("access-switch", True, True),
        "10.0.0.2": ("access-switch", False, False),  # no password goes to what nobody recognised
        "10.0.0.3": ("firewall", False, False),
    }
    assert {one.what: one.url for one in found.service} == {
        "card": "http://10.0.0.5:8080/",
        "identity": "https://10.0.0.7/",
    }
    assert [one.address for one in found.camera] == ["10.0.0.4"]


def test_the_inventory_passes_check_whatever_hosts_call_themselves(visited: Campus, tmp_path: Path) -> None:
    written = tmp_path / "inventory.toml"
    written.write_text(draft(grown(visited, HOSTS)), encoding="utf-8")
    read = inventory.load(written)
    assert [one.id for one in read.device] == ["switch-10-0-0-1", "switch-10-0-0-2", "firewall-10-0-0-3"]
    assert read.discovery is not None
    assert read.discovery.authorised_by == '李四 "主任"'
    assert "# 场所" in written.read_text("utf-8")
    assert "env:RO" in written.read_text("utf-8")


def test_an_empty_network_gives_an_inventory_all_the_same(visited: Campus, tmp_path: Path) -> None:
    written = tmp_path / "inventory.toml"
    written.write_text(draft(grown(visited, [])), encoding="utf-8")
    assert inventory.load(written).device == ()


def test_the_credentials_worth_having_are_those_that_open_points_wait_for(visited: Campus) -> None:
    rubric = load_rubric("jiangsu-2018")
    assessment = judge(rubric, HOSTS, grown(visited, HOSTS), NOW)
    found = earnings(assessment, all_probes())
    assert {(one.access, one.role) for one in found} >= {("snmp", "access-switch")}
    assert all(Decimal(0) < one.points <= assessment.score.possible for one in found)
    assert [one.points for one in found] == sorted((one.points for one in found), reverse=True)
    switch = next(one for one in found if (one.access, one.role) == ("snmp", "access-switch"))
    assert "1.1.1" in switch.indicators
    assert "10.0.0.2" in str(switch.sentence)
    assert "10.0.0.1" not in str(switch.sentence)  # that one has been opened


def test_a_login_that_another_probe_looked_in_vain_without_is_worth_having(visited: Campus) -> None:
    console = [seen("10.0.0.1", what="switch", dialect="huawei-vrp", opened_by=("snmp-1",))]
    found = grown(visited, console)
    assessment = judge(load_rubric("jiangsu-2018"), console, found, NOW)
    vain = Observation(
        kind="log_coverage",
        subject="switch-10-0-0-1",
        status=Status.UNAVAILABLE,
        reason=Reason.NOT_CONFIGURED,
        taken_at=NOW,
        duration_s=1,
        probe="log_settings",
        vantage="test",
        method=Method.READ,
    ).sealed()
    assert "ssh" not in {one.access for one in earnings(assessment, all_probes())}
    (ssh,) = [one for one in earnings(assessment, all_probes(), [vain]) if one.access == "ssh"]
    assert "10.0.0.1" in str(ssh.sentence)


def test_found_devices_are_asked_no_faster_than_the_search_was_allowed_to(visited: Campus) -> None:
    (device,) = grown(visited, HOSTS[:1]).device
    assert device.snmp is not None
    assert device.snmp.per_s == 5


def test_with_every_login_given_no_credential_is_asked_for(visited: Campus) -> None:
    only = grown(visited, HOSTS[:1])
    access = {"http": {"credential": "web"}}
    whole = Campus.model_validate({**only.model_dump(), "device": [{**only.device[0].model_dump(), **access}]})
    assert earnings(judge(load_rubric("jiangsu-2018"), HOSTS[:1], whole, NOW), all_probes()) == []


def counted(*hosts: Observation) -> tuple[Decimal, str]:
    """What 1.2.1 can reach with two teachers, and why."""
    school = {"name": "x", "stages": ["junior"], "teachers": 2}
    ranges = [{"id": "office", "cidr": "10.0.0.0/24", "use": "office"}]
    finding = judge(load_rubric("jiangsu-2018"), hosts, campus(school=school, subnet=ranges), NOW).finding("1.2.1")
    return finding.parts[0].points.high, str(finding.parts[0].why[0])


def test_one_machine_under_two_addresses_is_one_computer() -> None:
    one = seen("10.0.0.1", what="computer", mac_hash="a")
    again = seen("10.0.0.2", what="computer", mac_hash="a")
    other = seen("10.0.0.3", what="computer", mac_hash="b")
    assert "1 computers for 2" in counted(one, again)[1]
    assert "2 computers for 2" in counted(one, again, other)[1]


def test_a_machine_counts_for_a_month_after_it_was_last_seen() -> None:
    here = seen("10.0.0.1", what="computer", mac_hash="a")
    lately = seen("10.0.0.2", what="computer", mac_hash="b", last_seen=NOW - timedelta(days=29))
    long_ago = seen("10.0.0.3", what="computer", mac_hash="c", last_seen=NOW - timedelta(days=31))
    assert "2 computers for 2" in counted(here, lately, long_ago)[1]


@pytest.mark.parametrize(("days", "truth"), [(0, "true"), (6, "true"), (8, "unknown")])
def test_a_terminal_that_is_only_remembered_was_not_seen_this_week(days: int, truth: str) -> None:
    library = [{"id": "C-1", "kind": "library", "terminals": ["10.0.0.1"]}]
    host = seen("10.0.0.1", what="computer", last_seen=NOW - timedelta(days=days))
    finding = judge(load_rubric("jiangsu-2018"), [host], campus(place=library), NOW).finding("1.2.4")
    assert [str(one.truth) for one in finding.parts[0].verdicts] == [truth]
