"""What the judge makes of evidence: the cases that a school or a reviewer would dispute, on the real rubric."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from probes.campus import Campus
from probes.observation import Observation, Reason, Status
from rules.assessment import Finding, Outcome, Part, Truth
from rules.judge import judge
from rules.load import load_rubric
from tests.world import campus

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
RUBRIC = load_rubric("jiangsu-2018")
PAPER = [{"name": "x.pdf", "sha256": "0" * 64}]


def seen(
    kind: str, subject: str, *, method: str = "measured", age_days: float = 0.1, probe: str = "p", **value: Any
) -> Observation:
    taken_at = NOW - timedelta(days=age_days)
    return Observation.model_validate(
        {"kind": kind, "subject": subject, "status": "ok", "taken_at": taken_at, "duration_s": 0, "probe": probe,
         "vantage": "v", "method": method, "value": value}
    ).sealed()  # fmt: skip


def lost(kind: str, subject: str, reason: Reason) -> Observation:
    return Observation(
        kind=kind, subject=subject, status=Status.UNAVAILABLE, reason=reason, taken_at=NOW, duration_s=0, probe="p",
        vantage="v", method="measured",  # type: ignore[arg-type]
    ).sealed()  # fmt: skip


def attested(
    subject: str, claim: str = "met", *, on: str = "2026-11-01", documents: Any = PAPER, **rest: Any
) -> Observation:
    return seen("attestation", subject, method="attested", claim=claim, by="张三", on=on, documents=documents, **rest)


def port(subject: str, speed: float, **value: Any) -> Observation:
    return seen("port", subject, **{"speed_mbps": speed, "oper_up": True, "duplex": "full", **value})


def rooms(n: int, **tables: Any) -> Campus:
    return campus(
        device=[{"id": "sw", "role": "access-switch", "address": "127.0.0.1"}],
        place=[{"id": f"A-{i}", "kind": "classroom", "port": f"sw:G{i}"} for i in range(n)],
        **tables,
    )


def finding(indicator: str, found: list[Observation], at: Campus, now: datetime = NOW) -> Finding:
    return judge(RUBRIC, found, at, now).finding(indicator)


def part(indicator: str, criterion: str, found: list[Observation], at: Campus, now: datetime = NOW) -> Part:
    return next(one for one in finding(indicator, found, at, now).parts if one.criterion.id == criterion)


def points(one: Finding | Part) -> tuple[float, float]:
    return float(one.points.low), float(one.points.high)


@pytest.mark.parametrize(
    ("fast", "slow", "unknown", "expected"),
    [
        (10, 0, 0, (0.5, 0.5)),
        (8, 2, 0, (0.25, 0.25)),
        (7, 3, 0, (0, 0)),
        (8, 0, 2, (0.25, 0.5)),
        (7, 1, 2, (0, 0.25)),
        (0, 0, 10, (0, 0.5)),
    ],
)
def test_a_share_that_is_partly_known_is_an_interval_of_points(
    fast: int, slow: int, unknown: int, expected: tuple[float, float]
) -> None:
    found = [port(f"sw:G{i}", 1000 if i < fast else 10) for i in range(fast + slow)]
    assert points(part("1.1.1", "classroom-port", found, rooms(fast + slow + unknown))) == expected


def test_a_port_that_is_down_is_not_measured_and_says_so() -> None:
    judged = part("1.1.1", "classroom-port", [port("sw:G0", 1000, oper_up=False)], rooms(1))
    assert points(judged) == (0, 0.5)
    assert "the port is down" in str(judged.verdicts[0].shown)


def test_a_device_that_does_not_answer_gives_its_reason_to_every_room() -> None:
    judged = part("1.1.1", "classroom-port", [lost("port", "sw", Reason.NO_ANSWER)], rooms(2))
    assert [str(one.shown) for one in judged.verdicts] == ["not measured: no answer"] * 2
    assert judged.outcome is Outcome.NOT_MEASURED


def test_a_room_without_a_port_is_told_apart_from_one_not_measured() -> None:
    at = campus(place=[{"id": "A-0", "kind": "classroom"}])
    assert "does not say where it is connected" in str(part("1.1.1", "classroom-port", [], at).why[0])


def test_evidence_expires() -> None:
    found = [port("sw:G0", 1000)]
    assert points(part("1.1.1", "classroom-port", found, rooms(1))) == (0.5, 0.5)
    later = part("1.1.1", "classroom-port", found, rooms(1), NOW + timedelta(days=12))
    assert points(later) == (0, 0.5)
    assert "2026-11-23, too long ago" in str(later.why[0])


def test_evidence_from_the_future_is_not_known_yet() -> None:
    found = [port("sw:G0", 1000)]
    assert points(part("1.1.1", "classroom-port", found, rooms(1), NOW - timedelta(days=30))) == (0, 0.5)


def test_the_next_step_names_what_is_missing_and_what_it_earns() -> None:
    found = [port(f"sw:G{i}", 1000 if i < 7 else 10) for i in range(10)]
    step = finding("1.1.1", found, rooms(10)).next
    assert step is not None
    assert step.gain == Decimal("0.5")  # the uplink's link is worth more than the next rung of the classrooms
    only_rooms = next(one for one in finding("1.1.1", found, rooms(10)).parts if one.criterion.id == "classroom-port")
    assert only_rooms.verdicts[7].label == "A-7"


def test_equal_sources_that_disagree_decide_nothing() -> None:
    found = [
        port("sw:G0", 1000),
        seen("port", "sw:G0", probe="other", speed_mbps=10, oper_up=True, duplex="full"),
    ]
    judged = part("1.1.1", "classroom-port", found, rooms(1))
    assert judged.outcome is Outcome.CONFLICT
    assert points(judged) == (0, 0.5)
    assert "sources disagree" in str(judged.why[0])


def test_the_stronger_source_decides_and_the_conflict_is_told() -> None:
    found = [port("sw:G0", 10), seen("port", "sw:G0", method="declared", probe="other", speed_mbps=1000, oper_up=True)]
    judged = part("1.1.1", "classroom-port", found, rooms(1))
    assert (judged.outcome, points(judged)) == (Outcome.CONFLICT, (0, 0))


@pytest.mark.parametrize("mbps", [40.0, 94.0, 940.0])
@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        ({"limited": True}, "but the measuring machine was the limit"),
        (
            {"limited": True, "limited_down": True, "limited_up": False, "limits": ["card", "processor"]},
            "the limit: its network card is slower than the line, its processor was busy",
        ),
        ({"limited": True, "wireless": True, "limits": ["wireless"]}, "the limit: it measured over Wi-Fi"),
    ],
)
def test_a_figure_that_the_instrument_limited_neither_fails_nor_passes(
    mbps: float, instrument: dict[str, Any], why: str
) -> None:
    told = {"down_mbps": mbps, "streams": 1, "seconds": 10, "instrument": instrument}
    judged = part("1.1.1", "classroom-goodput", [seen("throughput", "place:A-0", **told)], rooms(1))
    assert points(judged) == (0, 0.5)
    assert why in str(judged.why[0])


@pytest.mark.parametrize(("mbps", "earned"), [(40.0, (0, 0)), (94.0, (0.5, 0.5))])
def test_what_limited_the_upload_only_is_not_held_against_the_download(
    mbps: float, earned: tuple[float, float]
) -> None:
    limits = {"limited": True, "limited_down": False, "limited_up": True, "limits": ["processor"]}
    told = {"down_mbps": mbps, "up_mbps": 30.0, "streams": 1, "seconds": 10, "instrument": limits}
    judged = part("1.1.1", "classroom-goodput", [seen("throughput", "place:A-0", **told)], rooms(1))
    assert points(judged) == earned


def heard(here: str, there: str) -> Observation:
    told = {"remote_name": "panel", "remote_port": "eth0", "protocol": "lldp", "remote_duplex": there}
    return seen("neighbour", "sw:G0", probe="neighbours", **told, duplex_mismatch=here != there)


@pytest.mark.parametrize(
    ("here", "there", "verdict", "why"),
    [
        ("full", "full", Truth.TRUE, "1000 Mbit/s; full duplex"),
        ("full", "half", Truth.FALSE, "duplex mismatch: full duplex here, half duplex at panel"),
        ("half", "full", Truth.FALSE, "duplex mismatch: half duplex here, full duplex at panel"),
        ("half", "half", Truth.FALSE, "half duplex"),
    ],
)
def test_two_ends_that_disagree_on_duplex_are_told(here: str, there: str, verdict: Truth, why: str) -> None:
    judged = part("1.1.1", "classroom-port", [port("sw:G0", 1000, duplex=here), heard(here, there)], rooms(1))
    assert (judged.verdicts[0].truth, str(judged.verdicts[0].shown)) == (verdict, why)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (
            {"duplex": "half", "late_collisions": 812},
            "half duplex, 812 late collisions: the other end speaks full duplex",
        ),
        ({"duplex": "half", "late_collisions": 0}, "half duplex"),
        (
            {"duplex": "full", "fcs_error_ratio": 0.021},
            "1000 Mbit/s; full duplex, 2.1 % of the frames damaged: a bad cable, or the other end speaks half duplex",
        ),
        ({"duplex": "full", "fcs_error_ratio": 0.00001}, "1000 Mbit/s; full duplex"),
    ],
)
def test_counters_betray_a_mismatch(value: dict[str, Any], why: str) -> None:
    judged = part("1.1.1", "classroom-port", [port("sw:G0", 1000, **value)], rooms(1))
    assert str(judged.verdicts[0].shown) == why


def test_a_goodput_faster_than_its_port_came_by_another_way() -> None:
    found = [port("sw:G0", 1000), seen("throughput", "place:A-0", down_mbps=21959.0, streams=1, seconds=10)]
    judged = part("1.1.1", "classroom-goodput", found, rooms(1))
    assert (judged.outcome, points(judged)) == (Outcome.CONFLICT, (0, 0.5))
    assert "another path was measured" in str(judged.why[0])


def test_a_buffer_that_empties_into_a_short_test_is_no_other_way() -> None:
    found = [port("sw:G0", 10), seen("throughput", "place:A-0", down_mbps=10.35, streams=1, seconds=2)]
    judged = part("1.1.1", "classroom-goodput", found, rooms(1))
    assert (judged.outcome, points(judged)) == (Outcome.NOT_MET, (0, 0))


def test_what_is_missing_may_stand_in_a_file_that_could_not_be_read() -> None:
    truth, _, shown = verdict(logs(41, unreadable_files=1))
    assert truth == "unknown"
    assert "1 files could not be read" in shown


def logs(days: float, *, setting: int | None = None, **value: Any) -> list[Observation]:
    oldest = NOW - timedelta(days=days)
    rest = {"days_with_records_ratio": 1.0, "longest_gap_h": 1.0, **value}
    content = seen("log_coverage", "log:fw", oldest=oldest, newest=NOW, span_days=days, origin="content", **rest)
    declared = seen("log_coverage", "log:fw", method="declared", span_days=setting, origin="setting")
    return [content] if setting is None else [content, declared]


FIREWALL_LOG = campus(
    log_source=[
        {"id": "fw", "records": [kind], "store": {"kind": "directory", "path": "/nowhere"}} for kind in ("session",)
    ]
)


def verdict(found: list[Observation]) -> tuple[str, bool, str]:
    one = next(v for v in part("1.4.2", "retention", found, FIREWALL_LOG).verdicts if v.member == "records:session")
    return one.truth.value, one.conflict, str(one.shown)


def test_six_months_are_calendar_months() -> None:
    # From 23 November back to 23 May are 184 days; 180 would not do.
    assert verdict(logs(184.9))[0] == "true"
    assert verdict(logs(183))[0] == "false"
    assert verdict(logs(180))[0] == "false"


def test_logs_that_are_too_young_say_when_they_will_be_old_enough() -> None:
    assert "full on 2027-04-13" in verdict(logs(41))[2]


def test_a_setting_that_the_content_belies_is_a_conflict() -> None:
    truth, conflict, shown = verdict(logs(41, setting=180))
    assert (truth, conflict) == ("false", True)
    assert "set to 180 days" in shown
    assert "reach back 41 days" in shown


def test_a_setting_alone_proves_nothing() -> None:
    assert verdict(logs(41, setting=400)[1:])[0] == "unknown"


def test_logs_are_judged_by_the_day_they_were_read() -> None:
    found = logs(100)
    one = judge(RUBRIC, found, FIREWALL_LOG, NOW + timedelta(days=5)).finding("1.4.2")
    shown = next(part for part in one.parts if part.criterion.id == "retention").verdicts[0]
    assert shown.truth.value == "false"


def test_an_attestation_with_a_document_proves_what_only_people_know() -> None:
    assert points(finding("5.1.2", [attested("5.1.2")], campus())) == (1, 1)


def test_without_a_document_nothing_is_proven() -> None:
    judged = finding("5.1.2", [attested("5.1.2", documents=[])], campus())
    assert points(judged) == (0, 1)
    assert "no document" in " ".join(map(str, judged.parts[0].why))


def test_an_attestation_ends() -> None:
    old = attested("5.1.2", on="2025-10-01")
    assert points(finding("5.1.2", [old], campus())) == (0, 1)
    kept = attested("5.1.2", on="2025-10-01", valid_until="2027-01-01")
    assert points(finding("5.1.2", [kept], campus())) == (1, 1)
    two_years = attested("3.1.3", on="2025-10-01")  # 近两年
    assert points(finding("3.1.3", [two_years], campus())) == (1, 1)


def test_a_partial_claim_gives_the_points_it_names() -> None:
    assert points(finding("4.1.1", [attested("4.1.1", "partly", points=1.5)], campus())) == (1.5, 1.5)
    assert points(finding("4.1.1", [attested("4.1.1", "partly")], campus())) == (0, 3)


def test_a_claim_does_not_stand_in_where_a_probe_decides() -> None:
    judged = finding("1.1.2", [attested("1.1.2")], rooms(2))
    assert points(judged) == (0, 1)


def test_a_claim_stands_in_for_what_was_not_measured_but_never_against_what_was() -> None:
    at = campus(service=[{"id": "card", "what": "card", "url": "http://127.0.0.1/"}])
    assert points(finding("1.2.5", [attested("1.2.5")], at)) == (1, 1)
    dead = seen("service", "service:card", what="card", reachable=False, protocol="http")
    judged = finding("1.2.5", [attested("1.2.5"), dead], at)
    assert (judged.outcome, points(judged)) == (Outcome.CONFLICT, (0.5, 0.5))


def test_measured_use_waits_for_a_person_to_confirm() -> None:
    at = campus(service=[{"id": "iot", "what": "iot", "url": "http://127.0.0.1/"}])
    answers = seen("service", "service:iot", what="iot", reachable=True, protocol="http")
    assert points(part("1.1.5", "platform", [answers], at)) == (0, 0.5)
    assert points(part("1.1.5", "platform", [answers, attested("1.1.5")], at)) == (0.5, 0.5)


def test_a_waived_indicator_leaves_the_total() -> None:
    waiver = {"indicator": "1.1.5", "until": "2026-12-31", "why": "在建", "by": "李四"}
    assessment = judge(RUBRIC, [], campus(waiver=[waiver]), NOW)
    assert assessment.score.total == 109
    assert assessment.score.pass_line == 80
    judged = assessment.finding("1.1.5")
    assert judged.outcome is Outcome.NOT_APPLICABLE
    assert "李四" in str(judged.why[0])


def test_a_waived_room_is_left_out_and_told() -> None:
    waiver = {"subject": "place:A-1", "until": "2026-12-31", "why": "装修", "by": "李四"}
    judged = part("1.1.1", "classroom-port", [port("sw:G0", 1000), port("sw:G1", 10)], rooms(2, waiver=[waiver]))
    assert points(judged) == (0.5, 0.5)
    assert "装修" in str(judged.waived[0])


def test_a_waived_log_source_is_left_out() -> None:
    waiver = {"subject": "log:fw", "until": "2026-12-31", "why": "更换中", "by": "李四"}
    judged = part(
        "1.4.2", "retention", logs(41), FIREWALL_LOG.model_copy(update={"waiver": campus(waiver=[waiver]).waiver})
    )
    assert "records:session" not in {one.member for one in judged.verdicts}


def test_a_waiver_ends() -> None:
    waiver = {"indicator": "1.1.5", "until": "2026-11-22", "why": "在建", "by": "李四"}
    assessment = judge(RUBRIC, [], campus(waiver=[waiver]), NOW)
    assert assessment.score.total == 110
    assert "no longer counts" in str(assessment.finding("1.1.5").why[0])


def test_short_logs_put_a_lid_on_the_indicator() -> None:
    everything = [attested("1.4.2/firewall"), attested("1.4.2/behaviour"), attested("1.4.2/signatures")]
    judged = finding("1.4.2", [*everything, *logs(41)], FIREWALL_LOG)
    assert points(judged) == (0.3, 0.5)


def test_senior_high_schools_are_asked_for_more() -> None:
    senior = campus(school={"name": "x", "stages": ["senior"]})
    names = {one.criterion.id for one in finding("1.3.1", [], senior).parts}
    assert names == {"panels-senior", "class-boards", "course-selection"}
    assert {one.criterion.id for one in finding("1.3.1", [], campus()).parts} == {"panels"}
