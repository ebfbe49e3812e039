"""Whether a condition holds of one member: three-valued, with the value that decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from probes.campus import Campus
from probes.kinds import Limit, Port, Throughput, unit_of
from probes.observation import PHRASES, Observation
from probes.text import Text, text
from rules.access_points import Air
from rules.assessment import Truth, Verdict
from rules.calendar import local_day
from rules.evidence import STRENGTH, Evidence, facet
from rules.populations import Entity, Member
from rules.rubric import Condition, Fact

# Words by which a value itself says that it is not known.
UNDECIDED = ("unknown", "undetermined")

LIMITS: Mapping[Limit, Text] = MappingProxyType(
    {
        "card": text("its network card is slower than the line"),
        "half_duplex": text("its network card speaks half duplex"),
        "usb": text("its USB socket is slower than the line"),
        "wireless": text("it measured over Wi-Fi"),
        "processor": text("its processor was busy"),
        "responder": text("the processor of the other end was busy"),
        "responder_limit": text("the other end lets no higher rate pass"),
        "other_traffic": text("other traffic passed its network card"),
    }
)
"""What of the measuring machine was the bound."""

SHOWN_BESIDE: Mapping[str, tuple[str, ...]] = MappingProxyType({"radio": ("survey_point",)})
"""What a predicate sees beside its own kind: a point where a survey heard nothing leaves no radio, and yet tells."""

TEN_YEARS = 3650
HUNDREDTH = Decimal("0.01")

BURST = Decimal("1.05")
"""What buffers on the way let out at once may lift a short test's figure this far above the port's speed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one condition says of one entity."""

    truth: Truth
    shown: Text
    observations: tuple[str, ...] = ()
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a named predicate is asked: about which member, when, in which campus.

    ``heard`` are the neighbours on its ports, ``air`` is what controllers said of all access points, and ``markers``
    what was found of signed markers in its logs. ``limits`` are the rubric's, whose names ``rules.lint``
    holds against those that the predicate knows.
    """

    member: str
    campus: Campus
    now: datetime
    heard: tuple[Observation, ...] = ()
    air: Air = field(default_factory=lambda: Air((), ()))
    limits: Mapping[str, Decimal | tuple[str, ...]] = field(default_factory=dict)
    markers: tuple[Observation, ...] = ()


Predicate = Callable[[Sequence[Observation], Question], Judged]
"""A rule that no comparison says. It gets every fresh observation that matches the condition, strongest first, and
must answer *unknown* when they do not decide."""


def exact(value: object) -> Decimal | None:
    """A number as ``Decimal`` by its shortest decimal form, so that 0.98 measured reaches 0.98 asked."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float):
        return None
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def shown_value(value: object, field: str) -> Text:
    """A field's value for people, with its unit; at most two decimals."""
    number = exact(value)
    if number is not None:
        unit = unit_of(field)
        if unit == "days" and number > TEN_YEARS:
            return text("more than ten years")
        plain = f"{number.quantize(HUNDREDTH).normalize():f}" if number.is_finite() else str(number)
        return text("{value} {unit}", value=plain, unit=text(unit)) if unit else text("{value}", value=plain)
    if isinstance(value, bool):
        return text("yes") if value else text("no")
    return text("not determined") if value is None else text("{value}", value=value)


def compare(condition: Condition, value: object) -> Truth:
    """Whether a value satisfies the condition's comparison; ``None`` and what cannot be compared are unknown."""
    if value is None or value in UNDECIDED:
        return Truth.UNKNOWN
    if condition.one_of is not None:
        return _truth(any(_equal(value, wanted) for wanted in condition.one_of))
    if condition.equals is not None:
        return _truth(_equal(value, condition.equals))
    number = exact(value)
    if number is None:
        return Truth.UNKNOWN
    if condition.at_least is not None:
        return _truth(number >= condition.at_least)
    return _truth(condition.at_most is not None and number <= condition.at_most)


def _compare(condition: Condition, one: Observation, field: str) -> Truth:
    """As ``compare``, but a goodput that the instrument itself limited decides nothing, either way."""
    return Truth.UNKNOWN if _is_limited(one, field) else compare(condition, getattr(one.value, field))


def _is_limited(one: Observation, field: str) -> bool:
    return isinstance(one.value, Throughput) and one.value.instrument.limits_field(field)


def _equal(value: object, wanted: object) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    number, asked = exact(value), exact(wanted)
    return number == asked if number is not None and asked is not None else value == wanted


def _truth(holds: bool) -> Truth:  # noqa: FBT001  the one argument is the point
    return Truth.TRUE if holds else Truth.FALSE


class Bench:
    """Judges members by a fact's conditions against the evidence."""

    def __init__(self, evidence: Evidence, campus: Campus, predicates: dict[str, Predicate]) -> None:
        self.evidence = evidence
        self.campus = campus
        self.predicates = predicates

    def verdict(self, fact: Fact, member: Member) -> Verdict:
        """One member judged: each entity by all its conditions, then the entities together."""
        if not member.entities:
            return Verdict(member.id, member.label, Truth.UNKNOWN, member.absent)
        judged = [self._entity(fact, entity, member) for entity in member.entities]
        together = _any(judged) if member.combine == "any" else _all(judged)
        return Verdict(
            member.id, member.label, together.truth, together.shown, together.observations, together.conflict
        )

    def _entity(self, fact: Fact, entity: Entity, member: Member) -> Judged:
        judged = self._at_best(fact, entity, member) if fact.best else self.as_one(fact, entity, member)
        via = entity.via if any(condition.kind == "port" for condition in fact.conditions) else ()
        return replace(judged, observations=tuple(dict.fromkeys((*judged.observations, *via)))) if via else judged

    def as_one(self, fact: Fact, entity: Entity, member: Member) -> Judged:
        """One entity judged by all conditions of a fact."""
        judged = [self._condition(condition, fact, entity, member) for condition in fact.conditions]
        return _any(judged) if fact.any_of else _all(judged)

    def _at_best(self, fact: Fact, entity: Entity, member: Member) -> Judged:
        """Judged by the best look of each source, so that one source's best cannot hide another's contradiction."""
        anything = Condition(kind=fact.conditions[0].kind, max_age_days=fact.max_age_days)
        looks: dict[tuple[str, str, str, str], list[Observation]] = defaultdict(list)
        for one in self.evidence.fresh(anything, entity):
            looks[one.subject, facet(one), one.probe, one.method].append(one)
        ranked = [max(own, key=lambda one: self._rank(one, fact, entity, member)) for own in looks.values()]
        if not ranked:
            return self.as_one(fact, entity, member)
        judged = self._given(ranked, fact, entity).as_one(fact, entity, member)
        several = sum(map(len, looks.values()))
        if judged.truth is Truth.UNKNOWN or several == len(looks):
            return judged
        day = local_day(ranked[0].taken_at, self.campus.school.timezone).isoformat()
        shown = text("{shown} on {date}, the best of {n} looks", shown=judged.shown, date=day, n=several)
        return replace(judged, shown=shown)

    def _rank(self, one: Observation, fact: Fact, entity: Entity, member: Member) -> tuple[int, Decimal, datetime]:
        """How good one look is: whether all conditions hold of it, then the number compared, then its time."""
        truth = self._given([one], fact, entity).as_one(fact, entity, member).truth
        number, sign = Decimal(0), 1
        for condition in fact.conditions:
            value = exact(getattr(one.value, condition.field or "", None))
            if value is not None and value.is_finite():
                number, sign = value, -1 if condition.at_most is not None else 1
                break
        return (Truth.UNKNOWN, Truth.FALSE, Truth.TRUE).index(truth), sign * number, one.taken_at

    def _given(self, observations: Sequence[Observation], fact: Fact, entity: Entity) -> Bench:
        """The same bench with nothing but these observations before it, and what a predicate's question says beside."""
        beside = [
            *self.evidence.heard_on(entity, fact.max_age_days),
            *self.evidence.markers_in(entity, fact.max_age_days),
        ]
        return Bench(Evidence([*observations, *beside], self.evidence.now), self.campus, self.predicates)

    def _condition(self, condition: Condition, fact: Fact, entity: Entity, member: Member) -> Judged:
        if condition.max_age_days is None and fact.max_age_days is not None:
            condition = condition.model_copy(update={"max_age_days": fact.max_age_days})
        if condition.test is not None:
            found = self.evidence.fresh(condition, entity)
            for beside in SHOWN_BESIDE.get(condition.kind or "", ()):
                found += self.evidence.fresh(condition.model_copy(update={"kind": beside, "where": {}}), entity)
            if not found:
                return self.unmeasured(condition, entity)
            heard = tuple(self.evidence.heard_on(entity, condition.max_age_days))
            markers = tuple(self.evidence.markers_in(entity, condition.max_age_days))
            asked = Question(
                member.id, self.campus, self.evidence.now, heard, self.evidence.air, condition.limits, markers=markers
            )
            return self.predicates[condition.test](found, asked)
        sources = self.evidence.latest(condition, entity)
        if not sources:
            return self.unmeasured(condition, entity)
        field = condition.field or ""
        elsewhere = self._elsewhere(sources[0], field, entity)
        if elsewhere is not None:
            return elsewhere
        facts: dict[tuple[str, str], list[tuple[Observation, Truth]]] = defaultdict(list)
        for one in sources:
            facts[one.subject, facet(one)].append((one, _compare(condition, one, field)))
        return _all([_weigh(told, field) for told in facts.values()])

    def _elsewhere(self, one: Observation, field: str, entity: Entity) -> Judged | None:
        """A goodput above the speed of the port it should have passed came by another way and proves nothing."""
        number = exact(getattr(one.value, field)) if isinstance(one.value, Throughput) else None
        if number is None:
            return None
        ports = self.evidence.latest(Condition(kind="port", where={"oper_up": True}), entity)
        for port in ports:
            speed = exact(port.value.speed_mbps) if isinstance(port.value, Port) else None
            if speed is not None and number > speed * BURST:
                shown = text(
                    "{goodput} through a port of {speed}: another path was measured",
                    goodput=shown_value(number, field),
                    speed=shown_value(speed, "speed_mbps"),
                )
                return Judged(Truth.UNKNOWN, shown, (one.id, port.id), conflict=True)
        return None

    def unmeasured(self, condition: Condition, entity: Entity) -> Judged:
        """Why nothing is known: no map, expired, the probe's own reason, or simply not measured."""
        left_out = self.evidence.excluded(condition, entity)
        if left_out is not None:
            name, (wanted, *_) = next(iter(condition.accepted.items()), ("", (None,)))
            shown = text("seen, but {field} is not {wanted}", field=name, wanted=shown_value(wanted, name))
            if isinstance(left_out.value, Port) and left_out.value.oper_up is False:
                shown = text("the port is down: nothing plugged in, or switched off")
            return Judged(Truth.UNKNOWN, shown, (left_out.id,))
        stale = self.evidence.stale(condition, entity)
        failed = self.evidence.failed(condition, entity)
        if entity.subjects(condition.kind or "") == ():
            shown = (
                text("the inventory does not say where it is connected")
                if condition.kind == "port"
                else text("the inventory names no terminal there")
            )
            looked = self.evidence.no_port(entity.subject or "") if condition.kind == "port" else None
            if looked is not None and looked.reason is not None:
                shown = text(
                    "{shown}, and forwarding tables do not tell: {reason}", shown=shown, reason=PHRASES[looked.reason]
                )
                return Judged(Truth.UNKNOWN, shown, (looked.id,))
        elif stale is not None and (failed is None or stale.taken_at >= failed.taken_at):
            shown = text("last measured on {date}, too long ago", date=stale.taken_at.date().isoformat())
        elif failed is not None and failed.reason is not None:
            shown = text("not measured: {reason}", reason=PHRASES[failed.reason])
        else:
            shown = text("not measured")
        ids = tuple(one.id for one in (stale, failed) if one is not None)
        return Judged(Truth.UNKNOWN, shown, ids)


def _weigh(sources: list[tuple[Observation, Truth]], field: str) -> Judged:
    """The strongest source that knows decides; a weaker one that disagrees makes a conflict, an equal one a doubt."""
    ids = tuple(one.id for one, _ in sources)
    knowing = [(one, truth) for one, truth in sources if truth is not Truth.UNKNOWN]
    if not knowing:
        return Judged(Truth.UNKNOWN, _undecided(sources[0][0], field), ids)
    best, truth = knowing[0]
    shown = _named_value(best, field)
    against = [one for one, other in knowing if other is not truth]
    if not against:
        return Judged(truth, shown, ids)
    undecided = any(STRENGTH[one.method] == STRENGTH[best.method] for one in against)
    disputed = text(
        "sources disagree: {one} by {probe}, {other} by {other_probe}",
        one=shown,
        probe=best.probe,
        other=_named_value(against[0], field),
        other_probe=against[0].probe,
    )
    return Judged(Truth.UNKNOWN if undecided else truth, disputed, ids, conflict=True)


def _named_value(one: Observation, field: str) -> Text:
    """A field's value; a bare yes or no says little without the field's name."""
    value = getattr(one.value, field)
    shown = shown_value(value, field)
    return text("{field}: {value}", field=field, value=shown) if isinstance(value, bool) else shown


def _undecided(one: Observation, field: str) -> Text:
    """What was seen of a value that decides nothing."""
    shown = shown_value(getattr(one.value, field), field)
    if not isinstance(one.value, Throughput) or not _is_limited(one, field):
        return shown
    said = text("{value}, but the measuring machine was the limit", value=shown)
    words = [LIMITS[limit] for limit in one.value.instrument.limits]
    for number, word in enumerate(words):
        template = text("{said}, {word}") if number else text("{said}: {word}")
        said = text(template.template, said=said, word=word)
    return said


def _all(judged: Sequence[Judged]) -> Judged:
    """All must hold: false by the first that fails, else unknown by the first that is, else true."""
    return _together(judged, (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE))


def _any(judged: Sequence[Judged]) -> Judged:
    """One suffices: true by the first that holds, else unknown by the first that is, else false."""
    return _together(judged, (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE))


def _together(judged: Sequence[Judged], order: tuple[Truth, ...]) -> Judged:
    decisive = min(judged, key=lambda one: order.index(one.truth))
    alike = [one for one in judged if one.truth is decisive.truth]
    shown = alike[0].shown
    for one in alike[1:]:
        if one.shown != shown:
            shown = text("{one}; {other}", one=shown, other=one.shown)
    return Judged(
        decisive.truth,
        shown,
        tuple(dict.fromkeys(id_ for one in judged for id_ in one.observations)),
        any(one.conflict for one in judged),
    )
