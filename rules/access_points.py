"""What controllers say of access points since a place was surveyed: fallen, vanished from the list, too many offline.

A controller that lists only those that are online says nothing of one that has fallen. It is known by the inventory,
which names the access points of a place, or by an earlier list that was brought into the bundle: what a newer, whole
list lacks is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from probes.campus import Campus, Place, Role
from probes.kinds import AccessPoint, AccessPointCount
from probes.observation import Observation, Reason, Status

MOST_EVIDENCE = 20
"""So many observations show it; a campus may have hundreds offline."""

ONE_LIST = timedelta(hours=1)
"""What one reading of a list takes at most: an access point that is older than its controller's newest is not in it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """An access point that is no longer what it was: offline, or not listed any more (``listed`` is false)."""

    name: str
    listed: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many access points are online, by what their controllers count or list."""

    online: int
    total: int
    evidence: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """1 where there are none."""
        return self.online / self.total if self.total else 1.0


class Air:
    """All that controllers said, each access point and each counter by its newest word.

    A list without a single access point is a list as well: what it lacks is gone.
    """

    def __init__(self, points: Iterable[Observation], counts: Iterable[Observation]) -> None:
        said = tuple(points)
        self.points = _newest(one for one in said if _is(one, AccessPoint))
        self._named = {one.subject for one in said}
        self._counts = _newest(one for one in counts if _is(one, AccessPointCount))
        self._listed_at: dict[str, datetime] = {}
        for one in (*self.points.values(), *(one for one in said if one.reason is Reason.EMPTY)):
            controller = one.value.controller if isinstance(one.value, AccessPoint) else one.subject
            self._listed_at[controller] = max(one.taken_at, self._listed_at.get(controller, one.taken_at))

    def is_in_newest_list(self, one: Observation) -> bool:
        """Whether an access point stands in the newest list of its controller."""
        return one.taken_at >= self._listed_at[_of(one).controller] - ONE_LIST

    def gone(self, place: Place, campus: Campus, walked: datetime) -> Iterator[Gone]:
        """The access points of a place that have fallen or vanished since it was surveyed."""
        for subject, one in sorted(self.points.items()):
            value, name = _of(one), subject.removeprefix("ap:")
            # One that the inventory names for several places, as in a corridor, was seen in none of them.
            if value.place == place.id or name in place.access_points:
                yield from self.gone_since(name, walked)
        if self._all_whole_since(campus, walked):
            for name in place.access_points:
                if f"ap:{name}" not in self._named:
                    yield Gone(name, listed=False, evidence=tuple(one.id for one in self._counts.values()))

    def gone_since(self, name: str, walked: datetime) -> Iterator[Gone]:
        """An access point that a controller has listed, if it has fallen or vanished since."""
        one = self.points.get(f"ap:{name}")
        if one is None:
            return
        value = _of(one)
        if self.is_in_newest_list(one):
            if not value.online and one.taken_at > walked:
                yield Gone(name, listed=True, evidence=(one.id,))
        elif (value.online or one.taken_at > walked) and self._whole_since(value.controller, walked):
            yield Gone(name, listed=False, evidence=(one.id,))

    def online(self, since: datetime) -> Share | None:
        """How many are online, of those that were listed or counted since; ``None`` where none were."""
        online = total = 0
        evidence: list[str] = []
        counted: set[str] = set()
        for controller, one in self._counts.items():
            said = one.value
            if one.taken_at > since and isinstance(said, AccessPointCount) and said.online is not None and said.total:
                counted.add(controller)
                online, total = online + said.online, total + said.total
                evidence.append(one.id)
        for one in self.points.values():
            value = _of(one)
            if self._listed_at[value.controller] > since and value.controller not in counted:
                # One that vanished is among those that there are.
                up = value.online and self.is_in_newest_list(one)
                online, total = online + up, total + 1
                evidence += [] if up else [one.id]
        return Share(online, total, tuple(evidence[:MOST_EVIDENCE])) if total else None

    def _all_whole_since(self, campus: Campus, since: datetime) -> bool:
        """Whether every controller of the inventory has told all of its access points since: none can be elsewhere."""
        controllers = [one.id for one in campus.device if one.role is Role.WIRELESS_CONTROLLER]
        return bool(controllers) and all(self._whole_since(one, since) for one in controllers)

    def _whole_since(self, controller: str, since: datetime) -> bool:
        """Whether a controller has listed all that it counts as online since."""
        listed_at = self._listed_at.get(controller)
        if listed_at is None or listed_at <= since:
            return False
        count = self._counts.get(controller)
        said = None if count is None else count.value
        if not isinstance(said, AccessPointCount) or said.online is None or said.listed is None:
            return True
        return said.listed >= said.online


def _newest(found: Iterable[Observation]) -> Mapping[str, Observation]:
    newest: dict[str, Observation] = {}
    for one in found:
        if one.subject not in newest or newest[one.subject].taken_at <= one.taken_at:
            newest[one.subject] = one
    return newest


def _is(one: Observation, kind: type) -> bool:
    return one.status is Status.OK and isinstance(one.value, kind)


def _of(one: Observation) -> AccessPoint:
    assert isinstance(one.value, AccessPoint)
    return one.value
