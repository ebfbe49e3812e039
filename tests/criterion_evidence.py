"""Evidence made to measure: for any criterion of a rubric, observations that satisfy it, fail it, or leave it open.

Everything is derived from the criterion's own conditions. What cannot be derived stands in three small tables: what
an observation of each kind must at least hold, and values for the named predicates and measures. A rubric that uses a
kind, predicate or measure that the tables do not know makes ``KeyError``: add a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil
from types import MappingProxyType
from typing import Any, get_args

from pydantic import ValidationError

from probes.campus import Campus, RecordType, Role, ServiceKind, Stage
from probes.kinds import KINDS
from probes.observation import Method, Observation, Reason, Status
from rules.measures import STUDENTS_PER_COMPUTER
from rules.populations import Entity, Member, members
from rules.reduction import reaches
from rules.rubric import Condition, Criterion, Fact
from tests.world import campus

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEVERAL, COMPUTERS, TEACHERS, LARGEST_CLASS = 10, 20, 10, 20

LEAST: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "port": {},
        "throughput": {"streams": 1, "seconds": 10},
        "radio": {"ssid": "x", "bssid": "x", "band_ghz": "5", "channel": 36, "own": True},
        "egress": {},
        "service": {"what": "x", "reachable": True, "protocol": "http"},
        "host": {},
        "safeguard": {"function": "firewall"},
        "control": {"what": "malware"},
        "log_coverage": {"origin": "content"},
        "trace": {"found": True},
        "clock": {},
        "exposure": {"what": "telnet", "present": False},
        "recording": {},
        "website": {"reachable": True},
    }
)
"""What an observation of a kind must hold at least."""


def kept(days: int, **other: Any) -> dict[str, Any]:
    """Records that reach back so many days without a hole."""
    began = (NOW - timedelta(days=days)).isoformat()
    whole = {"oldest": began, "newest": NOW.isoformat(), "span_days": days, "days_with_records_ratio": 1.0}
    return {**whole, "longest_gap_h": 1.0, "origin": "content", **other}


@dataclass(frozen=True)
class Values:
    """Values of the fields that a condition looks at: each that holds, each that fails, each that leaves it open."""

    holding: tuple[Mapping[str, Any], ...]
    failing: tuple[Mapping[str, Any], ...]
    open: tuple[Mapping[str, Any], ...]


WEEK = [(NOW - timedelta(days=n)).date().isoformat() for n in range(20, 27)]
PREDICATE_VALUES: Mapping[str, Values] = MappingProxyType(
    {
        "kept_six_months": Values(
            holding=(kept(400), kept(190), kept(190, missing_days=WEEK[:1])),
            failing=(kept(41), kept(180), kept(190, longest_gap_h=48.0), kept(190, missing_days=WEEK)),
            open=(kept(190, origin="setting"), {"origin": "content"}, kept(190, longest_gap_h=None)),
        ),
        "signatures_current": Values(
            ({"signature_age_days": 30.0, "licence_days_left": 0.0}, {"signature_age_days": 1.0}),
            ({"signature_age_days": 31.0}, {"signature_age_days": 1.0, "licence_days_left": -1.0}),
            ({"function": "ids", "signature_age_days": None},),
        ),
        "wifi_covered": Values(
            holding=({"rssi_dbm": -65.0}, {"rssi_dbm": -60.0, "noise_dbm": -80.0}),
            failing=({"rssi_dbm": -71.0}, {"rssi_dbm": -60.0, "noise_dbm": -79.0}, {"own": False}),
            open=({"rssi_dbm": None},),
        ),
        "not_half_duplex": Values(
            holding=({"duplex": "full"}, {"duplex": "unknown"}), failing=({"duplex": "half"},), open=()
        ),
        "video_kept": Values(
            holding=({"span_days": 30.0}, {"span_days": 95.0, "keep_days": 90, "missing_days": WEEK[:1]}),
            failing=(
                {"span_days": 29.9},
                {"span_days": 89.0, "keep_days": 90},
                {"span_days": 60.0, "missing_days": WEEK},
                {"span_days": 60.0, "playable": False},
            ),
            open=({"span_days": None}, {"live": True}),
        ),
        # What was not seen may be switched off: this can only hold or be open.
        "seen": Values(holding=({"what": "panel"},), failing=(), open=()),
    }
)

MEASURE_HOSTS: Mapping[str, Callable[[Decimal, Stage], tuple[str, list[str]]]] = MappingProxyType(
    {
        "computers_per_teacher": lambda number, _: ("computer", _addresses("10.1", ceil(number * TEACHERS))),
        "students_per_computer_ratio": lambda number, stage: (
            "computer",
            _addresses(f"10.2{list(Stage).index(stage)}", ceil(Fraction(COMPUTERS) / Fraction(number))),
        ),
        "tablets_per_class_set": lambda number, _: ("tablet", _addresses("10.3", ceil(number * LARGEST_CLASS))),
    }
)
"""The hosts that must be seen for a named measure to yield a number."""


def _addresses(network: str, count: int) -> list[str]:
    return [f"{network}.0.{n + 1}" for n in range(count)]


def school(*stages: Stage, register: bool = True) -> Campus:
    """A school that has everything that any population asks for; without a register it does not count its people."""
    counted = {
        "teachers": TEACHERS,
        "students": {stage: STUDENTS_PER_COMPUTER[stage] * COMPUTERS for stage in stages},
        "largest_class": LARGEST_CLASS,
    }
    return campus(
        school={"name": "示例学校", "stages": stages, **(counted if register else {})},
        device=[{"id": role, "role": role, "address": "127.0.0.1"} for role in Role],
        place=[
            {"id": f"{kind}-{n}", "kind": kind, "port": f"access-switch:{kind}{n}", "terminals": [f"10.{net}.0.{n}"]}
            for net, kind in ((8, "classroom"), (9, "library"), (7, "smart-classroom"))
            for n in range(1, SEVERAL + 1)
        ],
        uplink=[{"id": f"line-{n}", "port": f"core-switch:line{n}"} for n in range(2)],
        log_source=[
            {"id": kind, "records": [kind], "store": {"kind": "directory", "path": "/nowhere"}} for kind in RecordType
        ],
        service=[{"id": kind, "what": kind, "url": "http://127.0.0.1/"} for kind in ServiceKind],
        camera=[{"id": f"gate-{n}"} for n in range(SEVERAL)],
        subnet=[
            {"id": "office", "cidr": "10.1.0.0/16", "use": "office"},
            *(
                {"id": stage, "cidr": f"10.2{list(Stage).index(stage)}.0.0/16", "use": "student", "stage": stage}
                for stage in stages
            ),
        ],
    )


def observe(kind: str, subject: str, value: Mapping[str, Any], *, age: timedelta = HOUR) -> Observation:
    return Observation(
        kind=kind,
        subject=subject,
        status=Status.OK,
        taken_at=NOW - age,
        duration_s=1,
        probe="test",
        vantage="test",
        method=Method.ATTESTED if kind == "attestation" else Method.MEASURED,
        value=value,  # type: ignore[arg-type]
    ).sealed()


def failed(one: Observation) -> Observation:
    """The same look, in vain."""
    lost = {"status": Status.UNAVAILABLE, "reason": Reason.NO_ANSWER, "value": None}
    return Observation.model_validate({**one.model_dump(exclude={"id"}), **lost}).sealed()


def aged(one: Observation, days: Decimal) -> Observation:
    """The same look, so many days earlier."""
    return one.model_copy(update={"taken_at": one.taken_at - timedelta(days=float(days))}).sealed()


def values_for(condition: Condition) -> Values:
    """What a condition's fields may hold, with what it demands of other fields (``where``) already given."""
    found = _comparison(condition) if condition.test is None else PREDICATE_VALUES[condition.test]
    where = {name: _plain(values[0]) for name, values in condition.accepted.items()}
    return Values(
        tuple({**one, **where} for one in found.holding),
        tuple({**one, **where} for one in found.failing),
        tuple({**one, **where} for one in found.open),
    )


def _comparison(condition: Condition) -> Values:
    kind, field = condition.kind or "", condition.field or ""
    silent = ({field: None},) if _allowed(kind, field, None) else ()
    if condition.at_least is not None:
        low = condition.at_least
        below = (low - 1, low - Decimal("0.01"), low / 2)
        return Values(
            ({field: float(low)},), ({field: next(float(n) for n in below if _allowed(kind, field, n))},), silent
        )
    if condition.at_most is not None:
        high = condition.at_most
        above = (high + 1, high + Decimal("0.01"))
        return Values(
            ({field: float(high)},), ({field: next(float(n) for n in above if _allowed(kind, field, n))},), silent
        )
    wanted = [_plain(one) for one in condition.one_of or (condition.equals,)]
    others = [one for one in _choices(kind, field) if one not in wanted]
    not_told = [one for one in others if one in {"unknown", "undetermined"}]
    return Values(
        tuple({field: one} for one in wanted),
        tuple({field: one} for one in others if one not in not_told),
        (*silent, *({field: one} for one in not_told)),
    )


def _plain(value: object) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _allowed(kind: str, field: str, value: object) -> bool:
    try:
        KINDS[kind].model_validate({**LEAST[kind], field: value})
    except ValidationError:
        return False
    return True


def _choices(kind: str, field: str) -> list[Any]:
    """All values of a field that has a few, else some that differ."""
    annotation = KINDS[kind].model_fields[field].annotation
    literals = [one for one in get_args(annotation) if isinstance(one, str)]
    return literals or [one for one in (True, False, "anything else", 12345.0) if _allowed(kind, field, one)]


def _other(condition: Condition, name: str) -> Any:
    asked = [_plain(one) for one in condition.accepted[name]]
    return next(one for one in _choices(condition.kind or "", name) if one not in asked and type(one) is type(asked[0]))


def members_of(fact: Fact, at: Campus) -> tuple[Member, ...]:
    """The members in ``school``; each can be observed."""
    found = members(fact, at)
    assert found
    assert all(one.entities for one in found)
    return found


def _subject(entity: Entity, condition: Condition) -> str:
    subjects = entity.subjects(condition.kind or "")
    if subjects is None:
        return f"control:{entity.where['what']}"
    assert len(subjects) == 1, f"{condition.kind} of {entity.subject}: {subjects}"
    return subjects[0]


def look_at(member: Member, fact: Fact, chosen: Sequence[Mapping[str, Any]]) -> Iterator[Observation]:
    """What is seen of a member when the fields of each condition have the chosen values.

    Conditions that can be told by one observation are: values that do not contradict each other are merged.
    """
    for entity in member.entities:
        merged: list[tuple[str, str, dict[str, Any]]] = []
        for condition, value in zip(fact.conditions, chosen, strict=True):
            kind, subject = condition.kind or "", _subject(entity, condition)
            full = {**value, **entity.where}
            for known_kind, known_subject, known in merged:
                agree = all(known.get(name, one) == one for name, one in full.items())
                if (known_kind, known_subject) == (kind, subject) and agree:
                    known.update(full)
                    break
            else:
                merged.append((kind, subject, full))
        yield from (observe(kind, subject, {**LEAST[kind], **value}) for kind, subject, value in merged)


def holding(fact: Fact) -> list[Mapping[str, Any]]:
    return [values_for(condition).holding[0] for condition in fact.conditions]


def each_way(fact: Fact, which: Callable[[Values], Iterable[Mapping[str, Any]]]) -> list[list[Mapping[str, Any]]]:
    """Every way in which one condition has such a value: alone in ``all_of``, together with all in ``any_of``."""
    good = holding(fact)
    ways: list[list[Mapping[str, Any]]] = []
    for at, condition in enumerate(fact.conditions):
        for value in which(values_for(condition)):
            if fact.any_of:
                others = [next(iter(which(values_for(one))), None) for one in fact.conditions]
                if None in others:
                    continue
                ways.append([value if n == at else others[n] or {} for n in range(len(good))])
            else:
                ways.append([*good[:at], value, *good[at + 1 :]])
    return ways


def elsewhere(fact: Fact) -> list[list[Mapping[str, Any]]]:
    """Every way in which all that is seen is about something else: what holds, but not where ``where`` asks for it."""
    asked = {(condition.kind, name) for condition in fact.conditions for name in condition.where}
    return [
        [
            {**value, name: _other(condition, name)} if condition.kind == kind and name in condition.where else value
            for condition, value in zip(fact.conditions, holding(fact), strict=True)
        ]
        for kind, name in sorted(asked, key=str)
    ]


def together(seen: Iterable[Observation]) -> list[Observation]:
    """As one look sees it: observations of one thing that do not contradict each other are one observation."""
    whole: list[tuple[Observation, dict[str, Any]]] = []
    for one in seen:
        assert one.value is not None
        told = one.value.model_dump(include=one.value.model_fields_set)
        told = {name: value for name, value in told.items() if value != LEAST.get(one.kind, {}).get(name)}
        for known, value in whole:
            same = (known.kind, known.subject) == (one.kind, one.subject) and one.kind != "attestation"
            if same and all(value.get(name, here) == here for name, here in told.items()):
                value.update(told)
                break
        else:
            whole.append((one, told))
    return [
        one if one.kind == "attestation" else observe(one.kind, one.subject, {**LEAST[one.kind], **told})
        for one, told in whole
    ]


def number_below(criterion: Criterion) -> Decimal:
    """A number that stands on no rung of the ladder."""
    last = criterion.ladder[-1]
    return last.at_least - 1 if last.at_least is not None else (last.at_most or Decimal(0)) + 1


def earned(criterion: Criterion, reached: Fraction) -> Decimal:
    return max((rung.points for rung in criterion.ladder if reaches(rung, reached)), default=Decimal(0))
