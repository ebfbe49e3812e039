"""What must hold of every judgement, whatever was seen: properties over the whole real rubric."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from probes.campus import Campus
from probes.observation import Method, Observation, Status
from rules.assessment import Assessment, Outcome
from rules.judge import judge
from rules.load import load_rubric
from rules.rubric import Rubric
from tests.world import campus

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
RUBRIC: Rubric = load_rubric("jiangsu-2018")


@lru_cache
def school() -> Campus:
    """A small school with everything that rules ask about."""
    return campus(
        school={
            "name": "示例中学",
            "stages": ["junior", "senior"],
            "teachers": 3,
            "students": {"junior": 8, "senior": 6},
            "largest_class": 2,
        },
        device=[
            {"id": role, "role": role, "address": "127.0.0.1"}
            for role in ("core-switch", "firewall", "behaviour", "ids", "waf")
        ],
        place=[
            *({"id": f"A-{n}", "kind": "classroom", "port": f"core-switch:G{n}"} for n in range(3)),
            {"id": "lib", "kind": "library", "terminals": ["10.0.0.9"]},
            {"id": "B-1", "kind": "smart-classroom"},
        ],
        uplink=[{"id": "main", "port": "core-switch:G24"}],
        log_source=[
            {"id": kind, "records": [kind], "store": {"kind": "directory", "path": "/nowhere"}}
            for kind in ("session", "behaviour", "dhcp", "nat")
        ],
        service=[
            {"id": what, "what": what, "url": "http://127.0.0.1/"}
            for what in ("website", "library", "broadcast", "iot", "identity")
        ],
        camera=[{"id": "gate"}],
        subnet=[
            {"id": "office", "cidr": "10.0.0.0/24", "use": "office"},
            {"id": "junior", "cidr": "10.0.1.0/24", "use": "student", "stage": "junior"},
            {"id": "senior", "cidr": "10.0.2.0/24", "use": "student", "stage": "senior"},
        ],
    )


def seen(kind: str, subject: str, value: dict[str, Any], *, age_days: float = 0.1) -> Observation:
    attested = kind == "attestation"
    return Observation(
        kind=kind,
        subject=subject,
        status=Status.OK,
        taken_at=NOW - timedelta(days=age_days),
        duration_s=1,
        probe="test",
        vantage="test",
        method=Method.ATTESTED if attested else Method.MEASURED,
        value=value,  # type: ignore[arg-type]
    ).sealed()


maybe = st.none() | st.booleans()
some = st.none() | st.floats(0, 2000).map(lambda x: round(x, 2))


def _of(kind: str, subjects: list[str], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Observation]:
    return st.builds(
        lambda subject, value, age: seen(kind, subject, value, age_days=age),
        st.sampled_from(subjects),
        st.fixed_dictionaries(dict(fields)),
        st.sampled_from([0.1, 3.0, 20.0, 400.0]),
    )


def _instants(days: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    return days.map(lambda n: (NOW - timedelta(days=n)).isoformat())


places = [f"place:A-{n}" for n in range(3)] + ["place:B-1", "place:lib"]
services = [f"service:{what}" for what in ("website", "library", "broadcast", "iot", "identity")]
indicator_ids = [one.id for one in RUBRIC.indicator]
observations = st.one_of(
    _of(
        "port",
        [f"core-switch:G{n}" for n in (0, 1, 2, 24)],
        speed_mbps=some,
        oper_up=maybe,
        duplex=st.sampled_from(["full", "half", "unknown"]),
        fcs_error_ratio=st.none() | st.just(0.0),
    ),
    _of(
        "neighbour",
        ["core-switch:G0"],
        remote_name=st.sampled_from(["place:A-0", "place:B-1"]),
        remote_port=st.just(""),
        protocol=st.sampled_from(["fdb", "lldp"]),
    ),
    _of(
        "throughput",
        [*places[:3], "uplink:main"],
        down_mbps=some,
        up_mbps=some,
        streams=st.just(1),
        seconds=st.just(10),
    ),
    _of("website", services[:1], reachable=st.booleans(), newest_item_age_days=some, https_valid_days=some),
    _of("service", services, what=st.just("x"), reachable=st.booleans(), protocol=st.just("http")),
    _of(
        "log_coverage",
        ["log:session", "log:behaviour", "log:dhcp", "log:nat"],
        oldest=_instants(st.integers(0, 400)),
        newest=_instants(st.just(0)),
        span_days=st.floats(0, 400).map(lambda x: round(x, 1)),
        days_with_records_ratio=st.just(1.0),
        longest_gap_h=st.sampled_from([1.0, 48.0]),
        origin=st.sampled_from(["content", "setting"]),
    ),
    _of(
        "canary",
        ["log:session", "log:behaviour", "log:dhcp"],
        oldest=st.none() | _instants(st.integers(0, 400)),
        days_found=st.integers(0, 200),
        missing_days=st.lists(st.integers(0, 300).map(lambda n: str((NOW - timedelta(days=n)).date())), max_size=9),
        unreadable_files=st.integers(0, 1),
    ),
    _of("egress", ["campus"], internet=maybe, via_cernet=st.sampled_from(["yes", "no", "undetermined"])),
    _of(
        "safeguard",
        ["firewall", "behaviour", "ids", "waf"],
        running=maybe,
        policy_active=maybe,
        function=st.sampled_from(["firewall", "ids", "behaviour", "waf"]),
        signature_age_days=some,
        licence_days_left=some,
    ),
    _of("access_point", ["ap:1", "ap:2"], controller=st.just("ac"), online=st.booleans()),
    _of(
        "radio",
        places,
        ssid=st.just("x"),
        bssid=st.just("x"),
        band_ghz=st.just("5"),
        channel=st.just(36),
        rssi_dbm=st.none() | st.floats(-90, -40).map(round),
        own=st.booleans(),
    ),
    _of(
        "host",
        ["10.0.0.9", "10.0.0.2", "10.0.1.2", "10.0.2.2"],
        what=st.sampled_from(["computer", "tablet", "unknown"]),
    ),
    _of(
        "attestation",
        indicator_ids,
        claim=st.sampled_from(["met", "partly", "not_met"]),
        by=st.just("张三"),
        on=st.sampled_from(["2026-11-01", "2020-01-01"]),
        points=st.none() | st.just(0.5),
        documents=st.sampled_from([[], [{"name": "x.pdf", "sha256": "0"}]]),
    ),
)
evidence = st.lists(observations, max_size=25)


def judged(found: list[Observation]) -> Assessment:
    return judge(RUBRIC, found, school(), NOW)


THROUGH = {"uplink:main": "core-switch:G24", **{f"place:A-{n}": f"core-switch:G{n}" for n in range(3)}}
CONTRADICTING = {
    **{("throughput", subject): [("port", port)] for subject, port in THROUGH.items()},
    **{("port", port): [("throughput", subject)] for subject, port in THROUGH.items()},
}


def widths(assessment: Assessment) -> dict[str, Decimal]:
    return {one.indicator.id: one.points.high - one.points.low for one in assessment.findings}


@given(evidence)
def test_the_score_is_an_interval_within_the_total(found: list[Observation]) -> None:
    assessment = judged(found)
    score = assessment.score
    assert 0 <= score.attested <= score.proven <= score.possible <= score.total <= 110
    for finding in assessment.findings:
        assert 0 <= finding.points.low <= finding.points.high <= finding.indicator.points
        for part in finding.parts:
            assert 0 <= part.points.low <= part.points.high <= part.criterion.points


def test_no_evidence_proves_nothing() -> None:
    assessment = judged([])
    assert (assessment.score.proven, assessment.score.possible) == (0, 110)
    assert {one.outcome for one in assessment.findings} == {Outcome.NOT_MEASURED}


@given(evidence)
def test_the_same_evidence_in_any_order_gives_the_same_assessment(found: list[Observation]) -> None:
    assert judged(found) == judged(list(reversed(found)))


@settings(max_examples=150)
@given(evidence, observations)
def test_evidence_for_something_not_measured_before_never_widens_an_interval(
    found: list[Observation], new: Observation
) -> None:
    # A second attestation of the same indicator replaces the first; so does a second look. "New" means neither. Nor
    # does it mean a port that contradicts the goodput measured through it.
    known = {(new.kind, new.subject), *CONTRADICTING.get((new.kind, new.subject), ())}
    before = [one for one in found if (one.kind, one.subject) not in known]
    old, young = widths(judged(before)), widths(judged([*before, new]))
    assert {key: (old[key], young[key]) for key in old if young[key] > old[key]} == {}


BETTER = {
    ("port", "speed_mbps"): 1, ("throughput", "down_mbps"): 1, ("throughput", "up_mbps"): 1,
    ("website", "newest_item_age_days"): -1, ("website", "https_valid_days"): 1,
    ("safeguard", "signature_age_days"): -1, ("safeguard", "licence_days_left"): 1, ("radio", "rssi_dbm"): 1,
}  # fmt: skip


@settings(max_examples=150)
@given(evidence, st.data())
def test_a_better_value_never_lowers_points(found: list[Observation], data: st.DataObject) -> None:
    unique = list({(one.kind, one.subject): one for one in found}.values())
    improvable = [
        (n, field, sign)
        for n, one in enumerate(unique)
        for (kind, field), sign in BETTER.items()
        if one.kind == kind and getattr(one.value, field) is not None
    ]
    if not improvable:
        return
    n, field, sign = data.draw(st.sampled_from(improvable))
    one = unique[n]
    assert one.value is not None
    step = data.draw(st.floats(0.5, 1000))
    worse = getattr(one.value, field)
    value = one.value.model_copy(update={field: max(worse + sign * step, -90)})
    better = [*unique[:n], one.model_copy(update={"value": value}).sealed(), *unique[n + 1 :]]
    before, after = judged(unique), judged(better)
    for old, young in zip(before.findings, after.findings, strict=True):
        assert young.points.low >= old.points.low, (old.indicator.id, field)
        assert young.points.high >= old.points.high, (old.indicator.id, field)


@given(evidence)
def test_the_next_step_is_worth_its_points(found: list[Observation]) -> None:
    for finding in judged(found).findings:
        if finding.next is not None:
            assert 0 < finding.next.gain <= finding.indicator.points - finding.points.low
            assert str(finding.next.need)
