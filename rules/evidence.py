"""The observations, found by kind and subject, with what has expired set aside.

Only the latest word of each source counts. Where sources of different strength disagree the stronger decides and the
conflict is reported; where equals disagree nothing is decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from probes.kinds import Control, Exposure, LogCoverage, Neighbour, Safeguard, Trace
from probes.observation import Method, Observation, Status
from rules.access_points import Air
from rules.populations import Entity
from rules.rubric import Condition

# A laptop's clock may be a little ahead of the judge's; what is dated later than this was not yet known.
CLOCK_TOLERANCE = timedelta(days=1)

STRENGTH = {Method.MEASURED: 0, Method.READ: 1, Method.DECLARED: 2, Method.ATTESTED: 3}


class Evidence:
    """An index over the observations of one judgement."""

    def __init__(self, observations: Iterable[Observation], now: datetime) -> None:
        self.now = now
        self._by_kind: dict[str, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
        for one in sorted(observations, key=lambda one: (one.taken_at, one.id)):
            if one.taken_at <= now + CLOCK_TOLERANCE:
                self._by_kind[one.kind][one.subject].append(one)

    def subjects(self, kind: str) -> tuple[str, ...]:
        """The subjects of which there is an observation of the kind that is ok, sorted."""
        found = self._by_kind.get(kind, {})
        return tuple(sorted(name for name, all_ in found.items() if any(one.status is Status.OK for one in all_)))

    def excluded(self, condition: Condition, entity: Entity) -> Observation | None:
        """The newest fresh observation that the condition's ``where`` leaves out."""
        subjects = entity.subjects(condition.kind or "") or ()
        found = [one for name in subjects for one in self._fresh(condition.kind or "", name, condition.max_age_days)]
        return max(found, key=lambda one: one.taken_at) if found else None

    def every(self, kind: str) -> list[Observation]:
        """All observations of a kind, also failed and superseded ones."""
        return [one for all_ in self._by_kind.get(kind, {}).values() for one in all_]

    def of_kind(self, kind: str, max_age_days: Decimal | None = None) -> list[Observation]:
        """All fresh observations of a kind, the latest of each source and subject."""
        subjects = sorted(self._by_kind.get(kind, {}))
        return [one for subject in subjects for one in self._latest(self._fresh(kind, subject, max_age_days))]

    def port_of(self, place: str, max_age_days: Decimal | None) -> Observation | None:
        """The latest look into forwarding tables that found the port of a place.

        It does not count where it has expired, or where the same port has since been found to serve another place.
        """
        by_place: dict[str, Observation] = {}
        by_port: dict[str, Observation] = {}
        for one in sorted(self.every("neighbour"), key=lambda one: (one.taken_at, one.id)):
            if isinstance(one.value, Neighbour) and one.value.protocol == "fdb":
                by_place[one.value.remote_name] = by_port[one.subject] = one
        found = by_place.get(place)
        if found is None or by_port[found.subject] is not found or self._expired(found, max_age_days):
            return None
        return found

    def heard_on(self, entity: Entity, max_age_days: Decimal | None) -> list[Observation]:
        """The latest of the neighbours that were heard on an entity's ports."""
        found = [one for port in entity.subjects("port") or () for one in self._fresh("neighbour", port, max_age_days)]
        return self._latest(found)

    def markers_in(self, entity: Entity, max_age_days: Decimal | None) -> list[Observation]:
        """The latest of what was found of signed markers in an entity's logs."""
        logs = [subject for subject in entity.subjects("log_coverage") or () if subject.startswith("log:")]
        return self._latest([one for log in logs for one in self._fresh("canary", log, max_age_days)])

    @cached_property
    def air(self) -> Air:
        """What wireless controllers said of their access points."""
        return Air(self.every("access_point"), self.every("access_point_count"))

    def no_port(self, place: str) -> Observation | None:
        """The newest observation that says why forwarding tables did not tell the port of a place."""
        looks = self._by_kind.get("neighbour", {}).get(place, ())
        failed = [one for one in looks if one.status is Status.UNAVAILABLE]
        return failed[-1] if failed else None

    def fresh(self, condition: Condition, entity: Entity) -> list[Observation]:
        """The fresh observations that a condition may look at, strongest source first."""
        kind = condition.kind or ""
        subjects = entity.subjects(kind)
        where = {**condition.accepted, **{name: (value,) for name, value in entity.where.items()}}
        found = [
            one
            for subject in (self.subjects(kind) if subjects is None else subjects)
            for one in self._fresh(kind, subject, condition.max_age_days)
            if _matches(one, where)
        ]
        return sorted(found, key=lambda one: STRENGTH[one.method])

    def latest(self, condition: Condition, entity: Entity) -> list[Observation]:
        """Of the fresh ones, the latest of each source, strongest source first."""
        return sorted(self._latest(self.fresh(condition, entity)), key=lambda one: STRENGTH[one.method])

    def stale(self, condition: Condition, entity: Entity) -> Observation | None:
        """The newest observation that is ok but too old to count."""
        everything = self._all(condition, entity)
        old = [one for one in everything if one.status is Status.OK and self._expired(one, condition.max_age_days)]
        return old[-1] if old else None

    def failed(self, condition: Condition, entity: Entity) -> Observation | None:
        """The newest observation that says why the probe could not look, at the subject or its device as a whole."""
        failed = [one for one in self._all(condition, entity, whole=True) if one.status is Status.UNAVAILABLE]
        return max(failed, key=lambda one: one.taken_at) if failed else None

    def _all(self, condition: Condition, entity: Entity, *, whole: bool = False) -> list[Observation]:
        kind = condition.kind or ""
        subjects = entity.subjects(kind) or ()
        if whole:
            # A device that cannot be reached is reported once, under its own name, for all of its ports.
            subjects = (*subjects, *(subject.partition(":")[0] for subject in subjects))
        return [one for subject in dict.fromkeys(subjects) for one in self._by_kind.get(kind, {}).get(subject, ())]

    def _fresh(self, kind: str, subject: str, max_age_days: Decimal | None) -> list[Observation]:
        all_ = self._by_kind.get(kind, {}).get(subject, ())
        return [one for one in all_ if one.status is Status.OK and not self._expired(one, max_age_days)]

    def _expired(self, one: Observation, max_age_days: Decimal | None) -> bool:
        return max_age_days is not None and self.now - one.taken_at > timedelta(days=float(max_age_days))

    @staticmethod
    def _latest(found: Sequence[Observation]) -> list[Observation]:
        newest: dict[tuple[str, str, str, str], Observation] = {}
        for one in found:  # in the order of time
            key = (one.subject, facet(one), one.probe, one.method)
            if key not in newest or newest[key].taken_at <= one.taken_at:
                newest[key] = one
        return list(newest.values())


def facet(one: Observation) -> str:
    """Which of several facts about one subject an observation states.

    A firewall's telnet and its web interface are two facts, and so are its IPS and its antivirus; neither of them
    supersedes or contradicts the other.
    """
    match one.value:
        case (
            Safeguard(function=name)
            | Exposure(what=name)
            | Control(what=name)
            | LogCoverage(origin=name)
            | Trace(drill=name)
        ):
            return name
        case _:
            return ""


def _matches(one: Observation, accepted: Mapping[str, tuple[object, ...]]) -> bool:
    return all(
        any(_same(getattr(one.value, name, None), wanted) for wanted in values) for name, values in accepted.items()
    )


def _same(actual: object, wanted: object) -> bool:
    if isinstance(wanted, Decimal):
        return isinstance(actual, int | float) and not isinstance(actual, bool) and Decimal(str(actual)) == wanted
    return actual == wanted
