"""Every criterion of the real rubric, through the judge: met, partly, not met, unmeasured, and what people say of it.

The evidence is made from the criterion's own conditions (``tests.criterion_evidence``), so a new criterion is tested
as soon as it stands in the rubric, and fails here if no evidence can be made for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from probes.campus import Stage
from probes.observation import Observation
from rules.assessment import Finding, Outcome, Part
from rules.calendar import school_days_ago
from rules.judge import judge
from rules.load import load_rubric
from rules.measures import SEEN_WITHIN_DAYS
from rules.rubric import Criterion, Fact, Indicator, Rung
from tests.criterion_evidence import (
    MEASURE_HOSTS,
    NOW,
    aged,
    each_way,
    earned,
    elsewhere,
    failed,
    holding,
    look_at,
    members_of,
    number_below,
    observe,
    school,
    together,
)

RUBRIC = load_rubric("jiangsu-2018")
EVERY = [(indicator, criterion) for indicator in RUBRIC.indicator for criterion in indicator.criterion]
MEASURED = [(indicator, criterion) for indicator, criterion in EVERY if criterion.by != "attested"]
ATTESTED = [(indicator, criterion) for indicator, criterion in EVERY if criterion.by == "attested"]
LOWER_RUNGS = [(indicator, criterion, rung) for indicator, criterion in MEASURED for rung in criterion.ladder[1:]]
DOCUMENTS = [{"name": "contract.pdf", "sha256": "0" * 64}]


def name(value: object) -> str | None:
    match value:
        case Indicator():
            return value.id
        case Criterion():
            return value.id
        case Rung():
            return f"{value.points}-points"
        case _:
            return None


def every(cases: Sequence[tuple[Any, ...]]) -> pytest.MarkDecorator:
    names = "indicator, criterion, rung" if len(cases[0]) == 3 else "indicator, criterion"
    return pytest.mark.parametrize(names, cases, ids=["/".join(str(name(part)) for part in case) for case in cases])


def stage_of(criterion: Criterion) -> Stage:
    """A stage for which the criterion counts."""
    return next(stage for stage in Stage if criterion.applies_to([stage]))


def finding(
    indicator: Indicator, criterion: Criterion, seen: Iterable[Observation], *, register: bool = True
) -> Finding:
    return judge(RUBRIC, seen, school(stage_of(criterion), register=register), NOW).finding(indicator.id)


def part(indicator: Indicator, criterion: Criterion, seen: Iterable[Observation], *, register: bool = True) -> Part:
    parts = finding(indicator, criterion, seen, register=register).parts
    return next(one for one in parts if one.criterion.id == criterion.id)


def stands(one: Part) -> tuple[Outcome, Decimal, Decimal]:
    return one.outcome, one.points.low, one.points.high


def says(
    indicator: Indicator,
    criterion: Criterion | None,
    claim: str,
    points: Decimal | None = None,
    *,
    documents: bool = True,
    on: str = "2026-11-01",
) -> Observation:
    """What people say of a criterion, or of the whole indicator."""
    value = {"claim": claim, "points": points, "by": "张三", "on": on, "documents": DOCUMENTS if documents else []}
    return observe("attestation", f"{indicator.id}/{criterion.id}" if criterion else indicator.id, value)


# ---- evidence for one criterion --------------------------------------------------------------------------------------


def reaching(criterion: Criterion, rung: Rung) -> list[Observation]:
    """What is seen where exactly this rung is reached."""
    threshold = rung.at_least if rung.at_least is not None else rung.at_most
    assert threshold is not None
    if criterion.measure is not None:
        return hosts(criterion, threshold)
    fact = criterion.fact
    assert fact is not None
    if fact.reduce not in {"share", "count"}:
        return numbers(criterion, threshold)
    size = len(members_of(fact, school(stage_of(criterion))))
    found = [n for n in range(size, -1, -1) if earned(criterion, reduced(criterion, n, size)) == rung.points]
    assert found, f"of {size} members no number earns {rung.points} points: this rung can never be reached"
    return mixed(criterion, found[0])


def reduced(criterion: Criterion, holding_: int, size: int) -> Fraction:
    assert criterion.fact is not None
    return Fraction(holding_) if criterion.fact.reduce == "count" else Fraction(holding_, size)


def mixed(criterion: Criterion, holding_: int, way: Sequence[Any] | None = None) -> list[Observation]:
    """The first so many members hold; the others fail in this way, or are not seen where they cannot fail."""
    fact = criterion.fact
    assert fact is not None
    bad = way if way is not None else next(iter(each_way(fact, lambda one: one.failing)), None)
    seen: list[Observation] = []
    for at, member in enumerate(members_of(fact, school(stage_of(criterion)))):
        if at < holding_:
            seen += look_at(member, fact, holding(fact))
        elif bad is not None:
            seen += look_at(member, fact, bad)
    return seen


def numbers(criterion: Criterion, number: Decimal) -> list[Observation]:
    """Every member shows this number."""
    fact = criterion.fact
    assert fact is not None
    assert fact.field is not None
    value = {**fact.where, fact.field: float(number)}
    at = school(stage_of(criterion))
    return [one for member in members_of(fact, at) for one in look_at(member, fact, [value])]


def hosts(criterion: Criterion, number: Decimal) -> list[Observation]:
    what, addresses = MEASURE_HOSTS[criterion.measure or ""](number, stage_of(criterion))
    return [observe("host", address, {"what": what}) for address in addresses]


def fails(criterion: Criterion) -> list[list[Observation]]:
    """Every way in which looking alone can tell that it is not met; empty where looking cannot tell."""
    fact = criterion.fact
    if fact is None:
        return []
    if fact.reduce not in {"share", "count"}:
        return [numbers(criterion, number_below(criterion))]
    return [mixed(criterion, 0, way) for way in each_way(fact, lambda one: one.failing)]


def counts(criterion: Criterion) -> bool:
    """Members that hold are counted, where otherwise their numbers are reduced or a measure yields one."""
    return criterion.fact is not None and criterion.fact.reduce in {"share", "count"}


def can_fail(criterion: Criterion) -> bool:
    """Hosts that are not seen may be switched off: such criteria are either proven or open."""
    return bool(fails(criterion))


def agreed(indicator: Indicator, criterion: Criterion, points: Decimal) -> list[Observation]:
    """The confirmation that a criterion of class *partial* may ask for, in accord with what was measured."""
    if not criterion.confirm:
        return []
    full = points == criterion.points
    return [says(indicator, criterion, "met" if full else "partly", None if full else points)]


# ---- measured --------------------------------------------------------------------------------------------------------


@every(MEASURED)
def test_met_earns_all_points(indicator: Indicator, criterion: Criterion) -> None:
    seen = [*reaching(criterion, criterion.ladder[0]), *agreed(indicator, criterion, criterion.points)]
    one = part(indicator, criterion, seen)
    assert stands(one) == (Outcome.MET, criterion.points, criterion.points)
    assert one.source == "measured"


@every([case for case in MEASURED if counts(case[1])])
def test_every_value_that_holds_earns_all_points(indicator: Indicator, criterion: Criterion) -> None:
    """Each value that a condition admits, not only the first."""
    assert criterion.fact is not None
    at = school(stage_of(criterion))
    for way in each_way(criterion.fact, lambda one: one.holding):
        seen = [one for member in members_of(criterion.fact, at) for one in look_at(member, criterion.fact, way)]
        one = part(indicator, criterion, [*seen, *agreed(indicator, criterion, criterion.points)])
        assert stands(one) == (Outcome.MET, criterion.points, criterion.points), way


@every(LOWER_RUNGS)
def test_partly_earns_the_rungs_points(indicator: Indicator, criterion: Criterion, rung: Rung) -> None:
    seen = [*reaching(criterion, rung), *agreed(indicator, criterion, rung.points)]
    # What cannot fail may still turn out better, unless people confirmed so much and no more.
    best = rung.points if can_fail(criterion) or criterion.confirm else criterion.points
    one = part(indicator, criterion, seen)
    assert stands(one) == (Outcome.PARTLY, rung.points, best)
    assert one.source == "measured"


@every(MEASURED)
def test_not_met_earns_nothing_and_never_can(indicator: Indicator, criterion: Criterion) -> None:
    for seen in fails(criterion):
        one = part(indicator, criterion, seen)
        assert stands(one) == (Outcome.NOT_MET, 0, 0), [str(one.value) for one in seen]
        assert one.source == "measured"
    if not can_fail(criterion):
        # Only people can say that something is missing.
        assert criterion.by == "either"
        assert stands(part(indicator, criterion, [says(indicator, criterion, "not_met")])) == (Outcome.NOT_MET, 0, 0)


@every([case for case in MEASURED if not can_fail(case[1])])
def test_too_few_seen_proves_nothing_and_leaves_everything_possible(indicator: Indicator, criterion: Criterion) -> None:
    last = criterion.ladder[-1]
    if criterion.fact is not None:
        few = mixed(criterion, 1)
    else:
        few = hosts(criterion, last.at_least / 2 if last.at_least is not None else (last.at_most or Decimal(1)) * 2)
    one = part(indicator, criterion, few)
    # One host may be enough for the lowest rung; it is held back until somebody confirms the use.
    assert (one.points.low, one.points.high) == (0, criterion.points)


def longest(fact: Fact) -> Decimal | None:
    """The greatest age in days that counts at ``NOW``, school days by the calendar."""
    if fact.max_age_school_days is None:
        return fact.max_age_days
    age = NOW - school_days_ago(NOW, school(Stage.JUNIOR).school, fact.max_age_school_days)
    return Decimal(age.total_seconds()) / 86_400


@every(MEASURED)
def test_unmeasured_proves_nothing_and_leaves_everything_possible(indicator: Indicator, criterion: Criterion) -> None:
    good = reaching(criterion, criterion.ladder[0])
    days = SEEN_WITHIN_DAYS
    if criterion.fact is not None:
        ages = [one.max_age_days or longest(criterion.fact) for one in criterion.fact.conditions]
        assert None not in ages, "evidence of any age would count"
        days = max(age for age in ages if age is not None)
    open_ = (Outcome.NOT_MEASURED, 0, criterion.points)
    assert stands(part(indicator, criterion, [])) == open_
    assert stands(part(indicator, criterion, [failed(one) for one in good])) == open_
    assert stands(part(indicator, criterion, [aged(one, days) for one in good])) == open_
    assert stands(part(indicator, criterion, good[:0], register=False)) == open_


@every(MEASURED)
def test_the_last_day_still_counts(indicator: Indicator, criterion: Criterion) -> None:
    good = reaching(criterion, criterion.ladder[0])
    days = SEEN_WITHIN_DAYS
    if criterion.fact is not None:
        days = min(one.max_age_days or longest(criterion.fact) or days for one in criterion.fact.conditions)
    older = [aged(one, days - Decimal("0.1")) for one in good]
    one = part(indicator, criterion, [*older, *agreed(indicator, criterion, criterion.points)])
    assert stands(one) == (Outcome.MET, criterion.points, criterion.points)


@every(MEASURED)
def test_what_the_device_does_not_say_is_not_measured(indicator: Indicator, criterion: Criterion) -> None:
    """Also what was observed of something else (``where``) counts neither for nor against."""
    fact = criterion.fact
    if fact is None:
        assert stands(part(indicator, criterion, reaching(criterion, criterion.ladder[0]), register=False))[1] == 0
        return
    at = school(stage_of(criterion))
    if fact.reduce not in {"share", "count"}:
        ways: list[list[Any]] = [[{fact.field: None}]]
    else:
        ways = [*each_way(fact, lambda one: one.open), *elsewhere(fact)]
    for way in ways:
        seen = [one for member in members_of(fact, at) for one in look_at(member, fact, way)]
        assert stands(part(indicator, criterion, seen)) == (Outcome.NOT_MEASURED, 0, criterion.points), way


# ---- measured, and people have their say -----------------------------------------------------------------------------


@every(MEASURED)
def test_documents_for_what_was_not_measured(indicator: Indicator, criterion: Criterion) -> None:
    """They stand in (*either*), or stand beside and earn nothing (*measured*); without documents nothing is proven."""
    full = criterion.points
    stand_in = criterion.by == "either"
    for claim in (says(indicator, criterion, "met"), says(indicator, None, "met")):
        one = part(indicator, criterion, [claim])
        assert (one.points.low, one.points.high) == (full if stand_in else 0, full)
        assert one.source == ("attested" if stand_in else "none")
    for nothing in (
        says(indicator, criterion, "met", documents=False),
        says(indicator, criterion, "met", on="2024-11-01"),
        says(indicator, criterion, "met", on="2026-11-25"),
    ):
        one = part(indicator, criterion, [nothing])
        assert (one.points.low, one.points.high) == (0, full)


@every([case for case in MEASURED if can_fail(case[1])])
def test_documents_against_what_was_measured_are_a_conflict(indicator: Indicator, criterion: Criterion) -> None:
    seen = [*fails(criterion)[0], says(indicator, criterion, "met")]
    assert stands(part(indicator, criterion, seen)) == (Outcome.CONFLICT, 0, 0)
    assert finding(indicator, criterion, seen).outcome is Outcome.CONFLICT


@every([case for case in MEASURED if case[1].confirm])
def test_a_use_that_nobody_confirms_stays_open(indicator: Indicator, criterion: Criterion) -> None:
    one = part(indicator, criterion, reaching(criterion, criterion.ladder[0]))
    assert stands(one) == (Outcome.PARTLY, 0, criterion.points)


@every(ATTESTED)
def test_people_vouch_for_it(indicator: Indicator, criterion: Criterion) -> None:
    full, half = criterion.points, criterion.points / 2
    expected = {
        ("met", None): (Outcome.MET, full, full),
        ("partly", half): (Outcome.PARTLY, half, half),
        ("partly", None): (Outcome.PARTLY, 0, full),
        ("not_met", None): (Outcome.NOT_MET, 0, 0),
    }
    found = {
        (claim, points): stands(part(indicator, criterion, [says(indicator, criterion, claim, points)]))
        for claim, points in expected
    }
    assert found == expected
    assert stands(part(indicator, criterion, [])) == (Outcome.NOT_MEASURED, 0, full)
    assert stands(part(indicator, criterion, [says(indicator, None, "met")])) == (Outcome.MET, full, full)
    assert stands(part(indicator, criterion, [says(indicator, None, "not_met")])) == (Outcome.NOT_MET, 0, 0)


@every(ATTESTED)
def test_a_claim_without_documents_or_out_of_date_proves_nothing(indicator: Indicator, criterion: Criterion) -> None:
    bare = part(indicator, criterion, [says(indicator, criterion, "met", documents=False)])
    assert (bare.points.low, bare.points.high) == (0, criterion.points)
    for on in ("2024-11-01", "2026-11-25"):
        one = part(indicator, criterion, [says(indicator, criterion, "met", on=on)])
        assert stands(one) == (Outcome.NOT_MEASURED, 0, criterion.points)


@every(ATTESTED)
def test_nothing_that_was_measured_replaces_people(indicator: Indicator, criterion: Criterion) -> None:
    seen = [
        look
        for other in indicator.criterion
        if other.by != "attested" and other.applies_to([stage_of(criterion)])
        for look in reaching(other, other.ladder[0])
    ]
    assert stands(part(indicator, criterion, seen)) == (Outcome.NOT_MEASURED, 0, criterion.points)


@pytest.mark.parametrize("stages", [[stage] for stage in Stage] + [list(Stage)], ids=str)
def test_a_school_that_meets_everything_proves_all_110_points(stages: list[Stage]) -> None:
    """All evidence together: what is seen for one criterion must not stand in the way of another."""
    applicable = [case for case in EVERY if case[1].applies_to(stages)]
    seen = [says(indicator, criterion, "met") for indicator, criterion in applicable]
    for _, criterion in applicable:
        if criterion.by != "attested" and criterion.measure is None:
            seen += reaching(criterion, criterion.ladder[0])
    for stage in stages:
        for criterion in (one for _, one in applicable if one.measure is not None):
            threshold = criterion.ladder[0].at_least or criterion.ladder[0].at_most
            assert threshold is not None
            what, addresses = MEASURE_HOSTS[criterion.measure or ""](threshold, stage)
            seen += [observe("host", address, {"what": what}) for address in addresses]
    assessment = judge(RUBRIC, together(seen), school(*stages), NOW)
    short = {
        f"{finding.indicator.id}/{one.criterion.id}": (one.points.low, str(one.why[0]))
        for finding in assessment.findings
        for one in finding.parts
        if one.outcome is not Outcome.MET
    }
    assert short == {}
    assert (assessment.score.proven, assessment.score.possible, assessment.score.total) == (110, 110, 110)


@every([case for case in MEASURED if case[1].requires])
def test_what_a_criterion_requires_holds_its_points_back(indicator: Indicator, criterion: Criterion) -> None:
    needed = [one for one in indicator.criterion if one.id in criterion.requires]
    seen = reaching(criterion, criterion.ladder[0])
    missing = [look for one in needed for look in fails(one)[0]]
    lacking = {(look.kind, look.subject): look.value.model_dump(exclude_unset=True) for look in missing if look.value}
    spoiled = [
        observe(look.kind, look.subject, {**look.value.model_dump(exclude_unset=True), **lacking.pop(key, {})})
        for look in seen
        if look.value is not None and (key := (look.kind, look.subject))
    ]
    rest = [look for look in missing if (look.kind, look.subject) in lacking]
    alone = finding(indicator, criterion, [*spoiled, *rest])
    assert next(one for one in alone.parts if one.criterion.id == criterion.id).points.low == criterion.points
    assert (alone.points.low, alone.outcome) == (0, Outcome.NOT_MET if len(alone.parts) == 2 else Outcome.PARTLY)
    whole = finding(
        indicator, criterion, together([*seen, *(x for one in needed for x in reaching(one, one.ladder[0]))])
    )
    assert whole.points.low == criterion.points + sum(one.points for one in needed)
