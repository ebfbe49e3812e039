"""What changed between two audits, indicator by indicator, with the observations that made it so. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from probes.observation import Observation, Reason, Status
from probes.text import Text, text
from rules.assessment import ZERO, Assessment, Finding, Interval, Part, Verdict
from rules.evidence import facet
from rules.rubric import Indicator

NOTHING = Interval(ZERO, ZERO)
FACTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Turn:
    """One member of a criterion that is judged otherwise than before; ``None`` where it was not there."""

    criterion: str
    label: str
    before: Text | None
    after: Text | None


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that is seen otherwise: its fields before and after, or why it could not be seen."""

    kind: str
    subject: str
    before: Mapping[str, Any] | Reason | None
    after: Mapping[str, Any] | Reason | None


@dataclass(frozen=True, slots=True)
class Shift:
    """One indicator that stands otherwise.

    Attributes:
        before, after: proven to possible points; nothing where the rubric does not have it, or it does not apply.
    """

    indicator: Indicator
    before: Interval
    after: Interval
    outcomes: tuple[str, str]
    turns: tuple[Turn, ...]
    facts: tuple[FactChange, ...]

    @property
    def gain(self) -> Decimal:
        """Proven points won; negative where they were lost."""
        return self.after.low - self.before.low


@dataclass(frozen=True, slots=True)
class Difference:
    """Two audits compared.

    Attributes:
        shifts: every indicator that stands otherwise, the greatest loss first, the greatest gain last.
        same_rubric: whether both were judged by the same rubric; otherwise points may differ by that alone.
    """

    before: Assessment
    after: Assessment
    shifts: tuple[Shift, ...]
    same_rubric: bool


def difference(before: Assessment, after: Assessment) -> Difference:
    """Compare two assessments."""
    old = {one.indicator.id: one for one in before.findings}
    new = {one.indicator.id: one for one in after.findings}
    shifts = [
        shift
        for id_ in dict.fromkeys((*old, *new))
        if (shift := _shift(old.get(id_), new.get(id_), before, after)) is not None
    ]
    shifts.sort(key=lambda one: (one.gain, one.indicator.id))
    return Difference(before, after, tuple(shifts), before.rubric.sha256 == after.rubric.sha256)


def _shift(old: Finding | None, new: Finding | None, before: Assessment, after: Assessment) -> Shift | None:
    one = new or old
    if one is None:
        return None
    points = (NOTHING if old is None else old.points, NOTHING if new is None else new.points)
    outcomes = ("" if old is None else old.outcome.value, "" if new is None else new.outcome.value)
    if points[0] == points[1] and outcomes[0] == outcomes[1]:
        return None
    return Shift(
        one.indicator,
        *points,
        outcomes,
        tuple(_turns(old, new)),
        tuple(_facts(one.indicator, _cited(old, before), _cited(new, after)))[:FACTS_SHOWN],
    )


def _turns(old: Finding | None, new: Finding | None) -> Iterator[Turn]:
    """Members judged otherwise; where a criterion has none, its first sentence."""
    were, are = _parts(old), _parts(new)
    for id_ in dict.fromkeys((*were, *are)):
        was, is_ = were.get(id_), are.get(id_)
        members = (_verdicts(was), _verdicts(is_))
        if members[0] or members[1]:
            for name in dict.fromkeys((*members[0], *members[1])):
                pair = (members[0].get(name), members[1].get(name))
                if _truth(pair[0]) != _truth(pair[1]):
                    label = next(one.label for one in pair if one is not None)
                    yield Turn(id_, label, _shown(pair[0]), _shown(pair[1]))
        elif _points(was) != _points(is_):
            yield Turn(id_, "", _why(was), _why(is_))


def _parts(finding: Finding | None) -> dict[str, Part]:
    return {} if finding is None else {part.criterion.id: part for part in finding.parts}


def _verdicts(part: Part | None) -> dict[str, Verdict]:
    return {} if part is None else {one.member: one for one in part.verdicts}


def _truth(verdict: Verdict | None) -> object:
    return None if verdict is None else (verdict.truth, verdict.conflict)


def _shown(verdict: Verdict | None) -> Text | None:
    return None if verdict is None else verdict.shown


def _points(part: Part | None) -> Interval | None:
    return None if part is None else part.points


def _why(part: Part | None) -> Text | None:
    return None if part is None else next(iter(part.why), text("not known"))


def _cited(finding: Finding | None, assessment: Assessment) -> Sequence[Observation]:
    ids = () if finding is None else finding.observations
    return [assessment.observations[id_] for id_ in ids if id_ in assessment.observations]


def _facts(indicator: Indicator, before: Sequence[Observation], after: Sequence[Observation]) -> Iterator[FactChange]:
    """What was cited then or now and is seen otherwise; only the fields that the indicator asks for."""
    old, new = _newest(before), _newest(after)
    asked = _asked(indicator)
    for key in sorted({*old, *new}):
        kind, subject, _ = key
        pair = (_said(old.get(key), asked.get(kind)), _said(new.get(key), asked.get(kind)))
        if pair[0] != pair[1]:
            yield FactChange(kind, subject, *_differing(*pair))


def _newest(observations: Sequence[Observation]) -> dict[tuple[str, str, str], Observation]:
    found: dict[tuple[str, str, str], Observation] = {}
    for one in sorted(observations, key=lambda one: (one.status is Status.OK, one.taken_at, one.id)):
        found[one.kind, one.subject, facet(one)] = one
    return found


def _asked(indicator: Indicator) -> dict[str, frozenset[str] | None]:
    """The fields of each kind that the indicator's conditions name; ``None`` where a function looks at all of them."""
    asked: dict[str, frozenset[str] | None] = {}
    for criterion in indicator.criterion:
        for condition in criterion.fact.conditions if criterion.fact is not None else ():
            kind = condition.kind or ""
            known = asked.get(kind, frozenset())
            if condition.test is not None or known is None:
                asked[kind] = None
            else:
                asked[kind] = known | {condition.field or "", *condition.where}
    return asked


def _said(one: Observation | None, fields: frozenset[str] | None) -> Mapping[str, Any] | Reason | None:
    if one is None:
        return None
    if one.value is None:
        return one.reason
    plain = one.value.model_dump(mode="json")
    return {name: value for name, value in plain.items() if fields is None or name in fields}


def _differing(
    before: Mapping[str, Any] | Reason | None, after: Mapping[str, Any] | Reason | None
) -> tuple[Mapping[str, Any] | Reason | None, Mapping[str, Any] | Reason | None]:
    """Of two values only the fields that differ."""
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return before, after
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}
