"""Access points that stood in the last list of their controller and not in tonight's, brought into the new bundle.

A controller that lists only those online keeps silent of one that has fallen. So what the newest earlier bundle with a
list of the same controller knew, itself or from those before it, and tonight's list lacks, is copied as it was written:
the judge then sees that it vanished, and reopens its place. It is brought night after night until it is
listed again, or the place was surveyed without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from auditor.bundle import BundleWriter
from auditor.bundle_reader import recalled_of
from auditor.plan import Plan
from auditor.recall import Seen, bundles_since, is_of, raw_of, whole
from probes.campus import Campus
from probes.kinds import AccessPoint, SurveyPoint
from probes.observation import Observation, Reason

LOOKED_BACK = timedelta(days=90)
"""Longer than any holidays in which nobody audits."""


def recall_air(writer: BundleWriter, campus: Campus, plan: Plan, now: datetime) -> int:
    """Bring what has vanished from the lists of tonight's controllers; gives how many observations were brought.

    Raises:
        BundleError: the bundle cannot be written.
    """
    if not any(task.probe.yields == "access_point" for task in plan.tasks):
        return 0
    own = list(_read(writer.path, "access_point"))
    there = {one.one.subject for one in own}
    sought = {_controller(one) for one in own} | _empty(writer.path)
    walked = _walked(writer.path)
    brought = 0
    for path in bundles_since(writer.path.parent, now - LOOKED_BACK):
        if not sought:
            break
        if path == writer.path or not is_of(path, campus.school.name):
            continue
        earlier = [one for one in _read(path, "access_point") if _controller(one) in sought]
        sought -= {_controller(one) for one in earlier}
        for one in _missing(earlier, there, path, walked, campus):
            note = {"observation": one.one.id, "bundle": path.name, "taken_at": one.one.taken_at.isoformat()}
            writer.recall(one.line, note, raw_of(one))
            brought += 1
    return brought


def _missing(
    earlier: list[Seen], there: set[str], path: Path, walked: Mapping[str, datetime], campus: Campus
) -> Iterator[Seen]:
    """What tonight's lists lack, but what was missing before already when its places were surveyed."""
    before = recalled_of(path)
    listed_at = {_controller(one): one.one.taken_at for one in earlier if one.one.id not in before}
    for subject, one in {one.one.subject: one for one in earlier}.items():
        surveyed = [walked.get(place) for place in _places(one, campus)]
        missed_at = listed_at.get(_controller(one)) if one.one.id in before else None
        done_without = (
            bool(surveyed) and missed_at is not None and all(at is not None and at > missed_at for at in surveyed)
        )
        if subject not in there and not done_without:
            yield one


def _empty(path: Path) -> set[str]:
    """The controllers whose lists held no access point at all."""
    found = (_parsed(line) for line in _lines(path, "access_point") if b'"reason":"empty"' in line)
    return {one.subject for one in found if one is not None and one.reason is Reason.EMPTY}


def _parsed(line: bytes) -> Observation | None:
    try:
        return Observation.model_validate_json(line)
    except ValueError:
        return None


def _walked(path: Path) -> Mapping[str, datetime]:
    """When each place was surveyed last, by its id."""
    found: dict[str, datetime] = {}
    for one in _read(path, "survey_point"):
        place = one.one.subject.removeprefix("place:")
        found[place] = max(one.one.taken_at, found.get(place, one.one.taken_at))
    return found


def _read(path: Path, kind: str) -> Iterator[Seen]:
    """What a bundle holds of a kind, that is ok and as it was sealed."""
    for line in _lines(path, kind):
        one = whole(line)
        if one is not None and isinstance(one.value, AccessPoint | SurveyPoint):
            yield Seen(one, line, path)


def _lines(path: Path, kind: str) -> list[bytes]:
    mark = f'"kind":"{kind}"'.encode()
    try:
        return [line for line in (path / "observations.jsonl").read_bytes().split(b"\n") if mark in line]
    except OSError:
        return []


def _controller(seen: Seen) -> str:
    return seen.one.value.controller if isinstance(seen.one.value, AccessPoint) else ""


def _places(seen: Seen, campus: Campus) -> set[str]:
    """Where it hangs, and which places name it in the inventory."""
    name = seen.one.subject.removeprefix("ap:")
    named = {place.id for place in campus.place if name in place.access_points}
    hangs = seen.one.value.place if isinstance(seen.one.value, AccessPoint) else None
    return named | ({hangs} if hangs else set())
