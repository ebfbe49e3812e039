"""Six months of logs: sampled or counted, too young, with holes, and what a store will still hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import inventory
from probes.observation import Observation
from tests.unit.test_judge import FIREWALL_LOG, NOW, logs, part, seen, verdict
from tests.world import campus


def sampled(days: float = 190, **more: Any) -> tuple[str, bool, str]:
    given = {"counted": "sampled", "longest_gap_h": None, "longest_unseen_h": 23.9, **more}
    return verdict(logs(days, **given))


def test_a_record_seen_on_every_day_is_enough() -> None:
    truth, _, shown = sampled()
    assert truth == "true"
    assert "a record seen on every day" in shown


@pytest.mark.parametrize(
    ("more", "truth"),
    [
        ({"longest_unseen_h": 24.5}, "unknown"),
        ({"longest_unseen_h": None}, "unknown"),
        ({"longest_gap_h": 30.0, "longest_unseen_h": 30.0, "longest_gap_from": NOW - timedelta(days=20)}, "false"),
        ({"longest_gap_h": 30.0, "longest_unseen_h": 30.0, "longest_gap_from": NOW - timedelta(days=188)}, "true"),
        ({"missing_days": [(NOW - timedelta(days=40)).date()]}, "true"),
        ({"missing_days": [(NOW - timedelta(days=n)).date() for n in (40, 41)]}, "false"),
        ({"days_with_records_ratio": None}, "unknown"),
    ],
)
def test_what_sampling_leaves_open(more: dict[str, Any], truth: str) -> None:
    assert sampled(**more)[0] == truth


def test_too_young_with_a_hole_can_pass_only_six_months_behind_it() -> None:
    hole = [(NOW - timedelta(days=n)).date() for n in range(20, 27)]
    truth, _, shown = verdict(logs(41, missing_days=hole))
    assert truth == "false"
    since = (NOW - timedelta(days=19)).date()
    assert f"without holes only since {since}" in shown
    assert "full on 2027-05-04" in shown


def test_too_young_with_a_gap_of_days_can_pass_only_behind_it() -> None:
    gap = {"longest_gap_h": 72.0, "longest_gap_from": NOW - timedelta(days=13)}
    assert "since 2026-11-13" in verdict(logs(41, **gap))[2]


@pytest.mark.parametrize(("forecast", "warned"), [(None, False), (90.0, True), (181.0, True), (400.0, False)])
def test_a_store_that_will_be_full_before_is_warned_of(forecast: float | None, warned: bool) -> None:  # noqa: FBT001
    for days in (41, 190):
        assert ("the store holds only" in verdict(logs(days, forecast_days=forecast))[2]) == warned


def test_a_device_that_only_tells_where_it_logs_to_contradicts_nothing() -> None:
    told = seen("log_coverage", "log:fw", method="read", origin="setting", hosts=("10.0.0.9",))
    truth, conflict, _ = verdict([*logs(190), told])
    assert (truth, conflict) == ("true", False)


# ---- signed markers beside the records -------------------------------------------------------------------------------


def marked(days: float | None, *missing: int, **more: Any) -> list[Observation]:
    """Markers found since so many days ago; ``missing`` are days ago on which one was sent and is not there."""
    oldest = None if days is None else NOW - timedelta(days=days)
    gone = tuple(sorted((NOW - timedelta(days=n)).date() for n in missing))
    given = {
        "days_found": 0 if days is None else int(days) - len(gone),
        "days_sent": 190,
        "unreadable_files": 0,
        **more,
    }
    return [seen("canary", "log:fw", oldest=oldest, newest=oldest and NOW, missing_days=gone, **given)]


def test_markers_support_what_the_records_prove() -> None:
    truth, conflict, shown = verdict([*logs(190), *marked(188)])
    assert (truth, conflict) == ("true", False)
    assert "signed markers of 188 days, the oldest of 2026-05-19, are in it" in shown


def test_markers_alone_pass_nothing() -> None:
    assert verdict(marked(190))[0] == "unknown"
    assert sampled(days_with_records_ratio=None)[0] == "unknown"
    unsure = logs(190, counted="sampled", longest_gap_h=None, longest_unseen_h=30.0)
    assert verdict([*unsure, *marked(190)])[0] == "unknown"
    assert verdict([*logs(41), *marked(40)])[0] == "false"


def test_missing_markers_contradict_and_are_named_by_day() -> None:
    truth, conflict, shown = verdict([*logs(190), *marked(188, 10, 11, 12)])
    assert (truth, conflict) == ("unknown", True)
    assert "the markers sent on 2026-11-11, 2026-11-12, 2026-11-13 are missing from it" in shown


@pytest.mark.parametrize(
    ("missing", "more"),
    [
        ((10,), {}),  # UDP may lose one
        ((185, 186, 187), {}),  # longer ago than six months
        ((10, 11, 12), {"unreadable_files": 1}),  # they may stand in what could not be read
    ],
)
def test_markers_whose_absence_proves_little(missing: tuple[int, ...], more: dict[str, Any]) -> None:
    assert verdict([*logs(190), *marked(188, *missing, **more)])[:2] == ("true", False)


def test_missing_markers_of_days_without_records_are_no_second_fault() -> None:
    gone = [(NOW - timedelta(days=n)).date() for n in (40, 41, 42)]
    assert "markers sent on" not in verdict([*logs(190, missing_days=gone), *marked(188, 40, 41, 42)])[2]


def test_a_log_that_markers_do_not_pass_through_is_judged_by_its_records() -> None:
    truth, conflict, shown = verdict([*logs(190), *marked(None)])
    assert (truth, conflict) == ("true", False)
    assert "none of the markers sent on 190 days is in it" in shown


def test_a_marker_older_than_the_oldest_record_is_a_conflict() -> None:
    truth, conflict, shown = verdict([*logs(41), *marked(150)])
    assert (truth, conflict) == ("false", True)
    assert "a signed marker of 2026-06-26 is in it" in shown


@given(
    days=st.floats(1, 400),
    reach=st.none() | st.floats(0, 400),
    missing=st.sets(st.integers(0, 400), max_size=20),
    unread=st.integers(0, 2) | st.none(),
    more=st.fixed_dictionaries(
        {"longest_gap_h": st.sampled_from([None, 1.0, 30.0]), "longest_unseen_h": st.sampled_from([None, 20.0, 30.0])}
    ),
)
@settings(max_examples=150, deadline=None)
def test_markers_never_make_a_verdict_better(
    days: float, reach: float | None, missing: set[int], unread: int | None, more: dict[str, Any]
) -> None:
    order = ("false", "unknown", "true")
    content = logs(days, **more)
    with_them = verdict([*content, *marked(reach, *missing, unreadable_files=unread)])[0]
    assert order.index(with_them) <= order.index(verdict(content)[0])


def test_each_required_source_is_judged_alone_and_a_missing_one_is_named() -> None:
    judged = part("1.4.2", "retention", logs(190), FIREWALL_LOG)
    by_member = {one.member: one for one in judged.verdicts}
    assert by_member["records:session"].truth.value == "true"
    assert by_member["records:dhcp"].truth.value == "unknown"
    assert "names no log source with these records" in str(by_member["records:dhcp"].shown)
    others = ("nat", "behaviour", "aaa", "controller", "core-switch", "server")
    assert {f"records:{one}" for one in others} <= set(by_member)


def test_a_source_that_does_not_exist_is_declared_by_somebody_with_a_reason() -> None:
    waived = {
        "subject": "records:controller",
        "until": NOW.date() + timedelta(days=90),
        "why": "无无线网",
        "by": "信息中心",
    }
    school = campus(log_source=[FIREWALL_LOG.log_source[0].model_dump()], waiver=[waived])
    judged = part("1.4.2", "retention", logs(190), school)
    assert "records:controller" not in {one.member for one in judged.verdicts}
    assert "无无线网" in " ".join(str(one.render(str)) for one in judged.waived)


def test_counting_can_be_asked_for_on_the_command_line() -> None:
    assert {one.count for one in FIREWALL_LOG.log_source} == {"sampled"}
    assert {one.count for one in inventory.counting_logs(FIREWALL_LOG).log_source} == {"exact"}
