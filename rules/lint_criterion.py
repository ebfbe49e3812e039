"""What one criterion must hold to: it is measured in one way, its ladder climbs, and its facts can be observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from probes.campus import PlaceKind, RecordType, Role, ServiceKind
from probes.kinds import KINDS, Control
from probes.text import Text, text
from rules.measures import MEASURES
from rules.populations import ONE_BY_ONE
from rules.predicates import LIMITS, MAY_LIMIT, PREDICATES
from rules.rubric import Condition, Criterion, Fact, Rung, Scalar

Path = tuple[str | int, ...]
Slip = tuple[Path, Text]
"""Something to put right: the path into the TOML, and the sentence."""

ASKED_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "devices": tuple(Role),
        "logs": tuple(RecordType),
        "services": tuple(ServiceKind),
        "controls": get_args(Control.model_fields["what"].annotation),
        "equipment": tuple(Role),
        "systems": tuple(ServiceKind),
    }
)
"""What ``of`` may name."""

PLACE_KINDS = frozenset({"port", "throughput", "radio", "host"})
OBSERVABLE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "campus": frozenset({"egress", "trace"}),
        "classrooms": PLACE_KINDS,
        "smart_classrooms": PLACE_KINDS,
        "wifi_places": PLACE_KINDS,
        "public_areas": PLACE_KINDS,
        "uplinks": frozenset({"port", "throughput"}),
        "devices": frozenset({"safeguard", "clock", "exposure"}),
        "logs": frozenset({"log_coverage"}),
        "services": frozenset({"service", "website", "exposure"}),
        "cameras": frozenset({"recording"}),
        "controls": frozenset({"control"}),
        "equipment": frozenset({"safeguard", "clock", "exposure"}),
        "systems": frozenset({"service", "website", "exposure"}),
    }
)
"""The kinds whose subjects can be members of a population; any other kind would never count as measured."""


def plain(number: Decimal) -> str:
    """A number as people write it: no trailing zeros, no exponent.

    >>> plain(Decimal("1.50")), plain(Decimal("110"))
    ('1.5', '110')
    """
    return f"{number.normalize():f}"


def criterion_slips(criterion: Criterion, path: Path) -> Iterator[Slip]:
    """Everything that is wrong with a criterion that stands at ``path``."""
    yield from _one_source(criterion, path)
    if criterion.ladder:
        yield from _ladder(criterion, (*path, "ladder"))
    if criterion.fact is not None:
        yield from _fact(criterion.fact, (*path, "fact"))
        if criterion.fact.reduce in {"share", "count"}:
            yield from _counted(criterion.fact, criterion.ladder, (*path, "ladder"))
    if criterion.measure is not None and criterion.measure not in MEASURES:
        known = ", ".join(sorted(MEASURES))
        yield (
            (*path, "measure"),
            text("there is no measure “{name}”; there are: {known}", name=criterion.measure, known=known),
        )


def _one_source(criterion: Criterion, path: Path) -> Iterator[Slip]:
    """Either a fact or a measure with a ladder, or people alone and none of these."""
    given = [name for name in ("fact", "measure") if getattr(criterion, name) is not None]
    if criterion.by == "attested":
        for name in (*given, *(("ladder",) if criterion.ladder else ())):
            yield (*path, name), text("a criterion by “attested” rests on people alone; remove “{key}”", key=name)
        if criterion.confirm:
            yield (*path, "confirm"), text("there is nothing measured here that a person could confirm")
        return
    if not given:
        yield path, text("a criterion by “{by}” needs a fact or a measure", by=criterion.by)
    if len(given) > 1:
        yield (*path, "measure"), text("a criterion has a fact or a measure, not both")
    if not criterion.ladder:
        yield path, text("a criterion by “{by}” needs a ladder", by=criterion.by)


def _ladder(criterion: Criterion, path: Path) -> Iterator[Slip]:
    """Rungs stand from the most points down, each easier to reach than the one before it."""
    ladder = criterion.ladder
    for at, (upper, lower) in enumerate(pairwise(ladder), 1):
        if _direction(upper) != _direction(lower):
            yield (*path, at), text("all rungs of a ladder look the same way: “at_least” or “at_most”, not both")
            continue
        if lower.points >= upper.points:
            yield (
                (*path, at, "points"),
                text(
                    "this rung has {found} points and the one above it {expected}; rungs go from the most points down",
                    found=plain(lower.points),
                    expected=plain(upper.points),
                ),
            )
        if not _easier(lower, upper):
            yield (
                (*path, at, _direction(lower)),
                text(
                    "{found} is not easier to reach than {expected} on the rung above it",
                    found=plain(_threshold(lower)),
                    expected=plain(_threshold(upper)),
                ),
            )
    if ladder[0].points != criterion.points:
        yield (
            (*path, 0, "points"),
            text(
                "the top rung has {found} points; the criterion has {expected}",
                found=plain(ladder[0].points),
                expected=plain(criterion.points),
            ),
        )
    for at, rung in enumerate(ladder[1:], 1):
        if rung.points > criterion.points:
            yield (
                (*path, at, "points"),
                text(
                    "this rung has {found} points; the whole criterion has {expected}",
                    found=plain(rung.points),
                    expected=plain(criterion.points),
                ),
            )


def _direction(rung: Rung) -> str:
    return "at_most" if rung.at_least is None else "at_least"


def _threshold(rung: Rung) -> Decimal:
    return Decimal(getattr(rung, _direction(rung)))


def _easier(lower: Rung, upper: Rung) -> bool:
    difference = _threshold(lower) - _threshold(upper)
    return difference < 0 if _direction(lower) == "at_least" else difference > 0


def _counted(fact: Fact, ladder: Sequence[Rung], path: Path) -> Iterator[Slip]:
    """Thresholds of a share or a count: possible at all, and not reached by nothing."""
    for at, rung in enumerate(ladder):
        where, found = (*path, at, _direction(rung)), plain(_threshold(rung))
        if fact.reduce == "share" and not 0 <= _threshold(rung) <= 1:
            yield where, text("a share lies between 0 and 1; here stands {found}", found=found)
        elif fact.reduce == "count" and fact.of and _threshold(rung) > len(fact.of):
            yield where, text("{found} of {n} can never be reached", found=found, n=len(fact.of))
        elif rung.at_least is not None and rung.at_least <= 0:
            yield where, text("at least {found} is reached by nothing at all", found=found)


def _fact(fact: Fact, path: Path) -> Iterator[Slip]:
    yield from _of(fact, (*path, "of"))
    if fact.each and not (fact.of and fact.reduce in {"share", "count"}):
        yield (*path, "each"), text("“each” stands only where members named in “of” are counted")
    nested = "all_of" if fact.all_of else "any_of" if fact.any_of else ""
    for at, condition in enumerate(fact.conditions):
        where = (*path, nested, at) if nested else path
        if condition.kind is not None and condition.kind not in OBSERVABLE[fact.population]:
            yield (
                (*where, "kind"),
                text(
                    "“{kind}” is never observed of “{population}”; possible are: {known}",
                    kind=condition.kind,
                    population=fact.population,
                    known=", ".join(sorted(OBSERVABLE[fact.population])),
                ),
            )
        if condition.test is not None and condition.test not in PREDICATES:
            known = ", ".join(sorted(PREDICATES))
            yield (
                (*where, "test"),
                text("there is no predicate “{name}”; there are: {known}", name=condition.test, known=known),
            )
        yield from _values(condition, where)
        yield from _limits(condition, where)
        if fact.reduce not in {"share", "count"} and not _numeric(condition):
            yield (*where, "field"), _no_number(condition.field or "")


def _limits(condition: Condition, where: Path) -> Iterator[Slip]:
    """The limits that the predicate needs, all of them, and none that it does not know."""
    numbers, words = LIMITS.get(condition.test or "", ((), ()))
    may = MAY_LIMIT.get(condition.test or "", ())
    for name in sorted({*numbers, *words} - condition.limits.keys()):
        yield (*where, "test"), text("“{test}” needs the limit {name} in limits", test=condition.test, name=name)
    for name, limit in condition.limits.items():
        at = (*where, "limits", name)
        if name not in {*numbers, *words, *may}:
            known = ", ".join((*numbers, *words, *may)) or "–"
            yield (
                at,
                text(
                    "“{test}” knows no limit {name}; it knows: {known}",
                    test=condition.test or "–",
                    name=name,
                    known=known,
                ),
            )
        elif (name in words) != isinstance(limit, tuple):
            yield (
                at,
                text("the limit {name} is not of the right kind: a number, or a list of kinds of places", name=name),
            )
        elif isinstance(limit, tuple):
            for kind in sorted({*limit} - {*PlaceKind}):
                yield (
                    at,
                    text("“{kind}” is no kind of place; there are: {known}", kind=kind, known=", ".join(PlaceKind)),
                )


def _of(fact: Fact, path: Path) -> Iterator[Slip]:
    allowed = ASKED_FOR.get(fact.population)
    if allowed is None:
        if fact.of:
            names = ", ".join(ASKED_FOR)
            yield path, text("“of” stands only with the populations {names}", names=names)
        return
    if not fact.of and fact.population not in ONE_BY_ONE:
        known = ", ".join(allowed)
        yield path[:-1], text("“{population}” needs “of”: {known}", population=fact.population, known=known)
    for at, name in enumerate(fact.of):
        if name not in allowed:
            known = ", ".join(allowed)
            yield (*path, at), text("“{name}” is none of: {known}", name=name, known=known)
        elif name in fact.of[:at]:
            yield (*path, at), text("“{name}” is already there and would count twice", name=name)


def _values(condition: Condition, path: Path) -> Iterator[Slip]:
    """A value that its field can never have would make a rule that nobody can meet."""
    asked: list[tuple[Path, str, Scalar]] = [
        ((*path, "where", name), name, value) for name, values in condition.accepted.items() for value in values
    ]
    field = condition.field
    if field is not None and condition.equals is not None:
        asked.append(((*path, "equals"), field, condition.equals))
    if field is not None:
        asked += [((*path, "one_of", at), field, value) for at, value in enumerate(condition.one_of or ())]
    for where, name, value in asked:
        if not _possible(condition.kind, name, value):
            shown = (
                plain(value) if isinstance(value, Decimal) else str(value).lower() if isinstance(value, bool) else value
            )
            yield where, text("“{field}” never has the value {value}", field=name, value=shown)
    if field is not None:
        for name in ("at_least", "at_most"):
            if getattr(condition, name) is not None and not _numeric(condition):
                yield (*path, name), _no_number(field)


def _no_number(field: str) -> Text:
    return text("“{field}” is no number", field=field)


def _possible(kind: str | None, field: str, value: Scalar) -> bool:
    """Whether a field of a kind can have this value, by its declared type."""
    if kind is None:
        return True
    given: object = value
    if isinstance(value, Decimal):
        given = int(value) if value == value.to_integral_value() else float(value)
    try:
        TypeAdapter[Any](KINDS[kind].model_fields[field].annotation or Any).validate_python(given, strict=True)
    except ValidationError:
        return False
    return True


def _numeric(condition: Condition) -> bool:
    return condition.kind is None or condition.field is None or _possible(condition.kind, condition.field, Decimal(1))
