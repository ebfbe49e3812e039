"""The pre-check for 等保: what is met, not met and not seen, at both levels, and how the report shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.dialect import EXPOSURES
from probes.kinds import KINDS
from probes.observation import Method, Observation, Reason, Status
from reports.html import render
from rules.judge import judge
from rules.load import load_rubric
from rules.precheck import PrecheckError, Result, Row, load_table, precheck
from tests.editions import believable
from tests.world import campus

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
TABLE = load_table()


def saw(kind: str, subject: str, at: datetime = NOW - timedelta(hours=1), **value: Any) -> Observation:
    return Observation(
        kind=kind,
        subject=subject,
        status=Status.OK,
        taken_at=at,
        duration_s=0,
        probe="x",
        vantage="x",
        method=Method.MEASURED,
        value=KINDS[kind].model_validate(value),
    ).sealed()


def failed(kind: str, subject: str) -> Observation:
    return Observation(
        kind=kind,
        subject=subject,
        status=Status.UNAVAILABLE,
        reason=Reason.NO_ANSWER,
        taken_at=NOW,
        duration_s=0,
        probe="x",
        vantage="x",
        method=Method.MEASURED,
    ).sealed()


def row(item: str, *seen: Observation, level: int = 3) -> Row:
    return next(one for one in precheck(TABLE, seen, level, NOW) if one.item.id == item)


def telnet(device: str, *, present: bool, at: datetime = NOW - timedelta(hours=1)) -> Observation:
    return saw("exposure", device, at, what="telnet", present=present)


def control(what: str, **value: Any) -> Observation:
    return saw("control", f"control:{what}", what=what, **value)


CASES: dict[str, tuple[str, list[Observation], Result]] = {
    "a test that blocked": ("malware-detected", [control("malware", blocked=True)], Result.MET),
    "a test that let through": ("malware-detected", [control("malware", blocked=False)], Result.NOT_MET),
    "a test that could not run": ("malware-detected", [failed("control", "control:malware")], Result.NOT_SEEN),
    "no test": ("malware-detected", [], Result.NOT_SEEN),
    "another test": ("malware-detected", [control("url_filter", blocked=True)], Result.NOT_SEEN),
    "one weakness of four seen absent": ("identity-remote", [telnet("sw", present=False)], Result.NOT_SEEN),
    "one weakness present": (
        "identity-remote",
        [telnet("a", present=False), telnet("b", present=True)],
        Result.NOT_MET,
    ),
    "mended since": (
        "services-closed",
        [
            telnet("a", present=True, at=NOW - timedelta(days=3)),
            telnet("a", present=False),
            saw("exposure", "a", what="legacy_crypto", present=False),
        ],
        Result.MET,
    ),
    "too old": ("services-closed", [telnet("a", present=False, at=NOW - timedelta(days=31))], Result.NOT_SEEN),
    "of the future": (
        "malware-detected",
        [saw("control", "c", LATER, what="malware", blocked=True)],
        Result.NOT_SEEN,
    ),
    "either of two": ("intrusion-watched", [saw("safeguard", "ids", function="ids", running=True)], Result.MET),
    "only a setting of the log": (
        "audit-kept",
        [saw("log_coverage", "log:a", span_days=400, origin="setting")],
        Result.NOT_SEEN,
    ),
    "183 days": ("audit-kept", [saw("log_coverage", "log:a", span_days=183.9, origin="content")], Result.NOT_MET),
    "184 days": ("audit-kept", [saw("log_coverage", "log:a", span_days=184, origin="content")], Result.MET),
    "a clock that is behind": (
        "audit-records",
        [saw("clock", "sw", offset_s=-61.0), saw("trace", "control:trace", found=True, fields=["time", "user", "ip"])],
        Result.NOT_MET,
    ),
    "a trace without the user": (
        "audit-records",
        [saw("clock", "sw", offset_s=0.1), saw("trace", "control:trace", found=True, fields=["time", "ip"])],
        Result.NOT_MET,
    ),
    "a clock that is not told": ("audit-records", [saw("clock", "sw", offset_s=None)], Result.NOT_SEEN),
    "a DHCP server that nobody entered": (
        "boundary-inside",
        [saw("exposure", "10.0.0.9", what="rogue_dhcp", present=True)],
        Result.NOT_MET,
    ),
    "a twin of the school's network": (
        "boundary-wireless",
        [saw("survey_point", "place:a", survey="s", point=1, scans=5, own_scans=5, suspicious_radios=1)],
        Result.NOT_MET,
    ),
    "no twin, which does not tell of access points under other names": (
        "boundary-wireless",
        [saw("survey_point", "place:a", survey="s", point=1, scans=5, own_scans=5, suspicious_radios=0)],
        Result.NOT_SEEN,
    ),
    "a device whose passwords may be weak": (
        "identity-unique",
        [saw("exposure", "fw", what="weak_password_policy", present=True)],
        Result.NOT_MET,
    ),
    "sound passwords on one device, which does not tell of everybody": (
        "identity-unique",
        [saw("exposure", "fw", what="weak_password_policy", present=False)],
        Result.NOT_SEEN,
    ),
    "what no network shows": ("identity-two-factor", [telnet("a", present=False)], Result.NOT_SEEN),
}


@pytest.mark.parametrize("case", CASES)
def test_a_row_follows_from_what_was_seen(case: str) -> None:
    item, seen, expected = CASES[case]
    assert row(item, *seen).result is expected


def test_the_row_names_what_failed_and_its_observations() -> None:
    bad = telnet("core-1", present=True)
    found = row("services-closed", bad, telnet("core-2", present=False))
    assert "core-1" in str(found.why[0])
    assert found.observations == (bad.id,)


def test_level_3_asks_for_more_and_every_clause_is_of_its_level() -> None:
    two, three = precheck(TABLE, [], 2, NOW), precheck(TABLE, [], 3, NOW)
    assert {one.item.id for one in two} < {one.item.id for one in three}
    assert len(three) == len(TABLE.item)
    assert all(one.clause.startswith(("7.1.", "《网络安全法》")) for one in two)
    assert all(one.clause.startswith("8.1.") for one in three)


@given(st.lists(st.sampled_from(sorted(CASES)), max_size=8), st.integers(2, 3))
def test_nothing_is_met_without_evidence_of_its_own(cases: list[str], level: int) -> None:
    seen = [one for case in cases for one in CASES[case][1]]
    ids = {one.id for one in seen}
    for one in precheck(TABLE, seen, level, NOW):
        assert set(one.observations) <= ids
        assert one.result is Result.NOT_SEEN or one.observations
    assert precheck(TABLE, seen[::-1], level, NOW) == precheck(TABLE, seen, level, NOW)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ('kind = "nothing", field = "x", equals = true', "unknown kind or field"),
        ('kind = "control", field = "x", equals = true', "unknown kind or field"),
        ('kind = "control", field = "blocked"', "exactly one comparison"),
        ('kind = "control", field = "blocked", equals = true, at_least = 1', "exactly one comparison"),
        ('kind = "control", field = "blocked", equals = true, colour = "red"', "Extra inputs"),
        ('kind = "control", field = "blocked", equals = true }]\nbeyond = "x"\n# [{', "both languages"),
    ],
)
def test_a_damaged_table_is_refused(words: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    item = f'[[item]]\nid = "a"\nclause = {{ 2 = "1" }}\ntext = "t"\ntext_en = "t"\nsign = [{{ {words} }}]\n'
    path.write_text('id = "x"\ntitle = "x"\ntitle_en = "x"\n' + item, "utf-8")
    with pytest.raises(PrecheckError, match=complaint):
        load_table(path)
    with pytest.raises(PrecheckError, match="damaged"):
        load_table(tmp_path / "absent.toml")


def test_the_report_shows_each_graded_system_beside_what_is_attested() -> None:
    edition = believable()
    graded = campus(protected_system=[{"id": "web", "name": "<b>网站</b>", "level": 3}, {"id": "card", "level": 2}])
    assessment = edition.assessment
    own = assessment.campus.model_copy(update={"protected_system": graded.protected_system})
    page = render(replace(edition, assessment=replace(assessment, campus=own), language="zh"))
    assert "等级保护预检" in page
    assert "&lt;b&gt;网站&lt;/b&gt; · 三级" in page or "&lt;b&gt;网站&lt;/b&gt;" in page
    assert "8.1.3.2 a)" in page
    assert "7.1.3.2 a)" in page
    assert "不替代等保测评" in page
    assert "未测量：以其他名称接入内网的私设 AP；无线网络是否经受控边界设备接入" in page
    english = render(replace(edition, assessment=replace(assessment, campus=own), language="en"))
    assert "not measured: whether everybody has an account of their own; devices and systems whose" in english
    assert "8.1.4.1 a)" in english
    assert english.count("7.1.4.1 a)") == 1


@pytest.mark.parametrize("item", [one for one in TABLE.item if one.beyond], ids=lambda one: one.id)
def test_what_signs_do_not_show_whole_is_told_and_never_met(item: Any) -> None:
    holding = [saw(sign.kind, "x", **_holding(sign)) for sign in item.sign]
    found = row(item.id, *holding)
    assert found.result is Result.NOT_SEEN
    assert found.observations


def _holding(sign: Any) -> dict[str, Any]:
    point = {"survey": "s", "point": 1, "scans": 5, "own_scans": 5} if sign.kind == "survey_point" else {}
    return {**point, **sign.where, sign.field: 0 if sign.equals is None else sign.equals}


def test_every_row_can_be_answered_or_says_that_the_network_does_not_show_it() -> None:
    """No row waits for something that no probe ever tells."""
    told = EXPOSURES | {"legacy_crypto", "ssh_v1", "snmp_v2c", "rogue_dhcp"}
    asked = {sign.where["what"] for item in TABLE.item for sign in item.sign if sign.kind == "exposure"}
    assert asked <= told


def test_the_pre_check_changes_no_points() -> None:
    edition = believable()
    graded = campus(protected_system=[{"id": "web", "level": 3}])
    own = edition.assessment.campus.model_copy(update={"protected_system": graded.protected_system})
    assert edition.assessment.score == replace(edition.assessment, campus=own).score


def test_one_drill_that_failed_is_not_made_up_for_by_another() -> None:
    wired = saw("trace", "control:trace", NOW - timedelta(hours=1), found=True, delay_s=20, drill="wired")
    wireless = saw("trace", "control:trace", NOW - timedelta(hours=2), found=False, drill="wireless")
    assert row("audit-internet", wired, wireless).result is Result.NOT_MET
    found = judge(load_rubric("jiangsu-2018"), [wired, wireless], campus(), NOW).finding("1.4.2")
    [part] = [one for one in found.parts if one.criterion.id == "trace"]
    assert part.points.high == 0
    found = judge(load_rubric("jiangsu-2018"), [wired], campus(), NOW).finding("1.4.2")
    [part] = [one for one in found.parts if one.criterion.id == "trace"]
    assert part.points.low == part.criterion.points
