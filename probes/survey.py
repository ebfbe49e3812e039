"""What walks with a laptop heard in the places: the files of ``campus-auditor survey`` (1.1.2). Touches no network.

A survey is made once a year; its files lie beside the inventory and are read anew in every audit, under the times at
which they were measured. Whose network was heard is decided anew as well, by what the inventory says now.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from probes.campus import Place, School, subject_of
from probes.errors import TransportError
from probes.kinds import Radio, SurveyPoint, Value
from probes.observation import Observation, Reason
from probes.probe import Context, probe
from probes.text import Text, text
from probes.trouble import said_by
from probes.values.wifi import Connection
from probes.wifi.settings import WifiSettings
from probes.wifi.survey_file import (
    Network,
    Point,
    Scan,
    Survey,
    Surveyed,
    files_in,
    numbered,
    read,
    since_anew,
    written,
)
from probes.wifi.whose import Told, decided, strongest

ONE_WALK = timedelta(days=30)
"""A place's points count together that were measured within so long of its newest one; what is older is history."""
AHEAD = timedelta(days=1)
"""The clock of a surveyor's laptop may be so far ahead; a point from beyond would make history of all others."""


@probe(yields="radio", on="school", touch="passive", expected_s=1.0, expected_mb=0.0)
async def survey(ctx: Context, school: School) -> AsyncIterator[Observation]:
    """Read the survey files of ``[wifi]``: the points of each place, and what was heard there."""
    settings = ctx.campus.wifi
    if settings is None:
        return
    found = await asyncio.to_thread(_read, Path(settings.surveys))
    ours = {name: one for name, one in found.surveys.items() if one.school == school.name}
    counting = [one for one in numbered(found.points) if one.survey in ours and one.taken_at <= ctx.now() + AHEAD]
    for reason, sentence in _left_out(found, school, settings, ctx.now()):
        yield ctx.unavailable(reason, sentence)
    by_place = _last_walks(counting)
    told = decided([one for points in by_place.values() for one in points], settings)
    for place in ctx.campus.place:
        went = by_place.get(place.id, [])
        points = [one for one in went if not (settings.bssids and _without_addresses(one))]
        if len(points) < len(went):
            sentence = text("{n} points there were measured by a system that keeps the addresses of networks back, and"
                            " do not count since wifi.bssids lists ours: survey with Windows or Linux",
                            n=len(went) - len(points))  # fmt: skip
            yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, sentence, subject=subject_of(place))
        if points:
            for one in _observations(ctx, place, points, ours, told):
                yield one
        elif not went and place.wifi is not False:
            sentence = text("no survey in {path} has a point of this place", path=settings.surveys)
            yield ctx.unavailable(Reason.NOT_SURVEYED, sentence, subject=subject_of(place))


def _read(folder: Path) -> Surveyed:
    try:
        return read(files_in(folder))
    except OSError as error:
        sentence = text("cannot read the surveys in {path}: {error}", path=folder, error=said_by(error))
        raise TransportError(Reason.FILE_UNREADABLE, sentence) from error


def _without_addresses(point: Point) -> bool:
    return any(one.ssid and not one.bssid for scan in point.scans for one in scan.networks)


def _left_out(found: Surveyed, school: School, settings: WifiSettings, now: datetime) -> Iterator[tuple[Reason, Text]]:
    """What of the files does not count, and why."""
    if found.damaged:
        yield Reason.FILE_UNREADABLE, text(
            "{n} lines of the survey files in {path} are damaged, or of a newer version, and do not count",
            n=found.damaged, path=settings.surveys)  # fmt: skip
    headless = sum(one.survey not in found.surveys for one in found.points)
    if headless:
        yield Reason.FILE_UNREADABLE, text(
            "{n} points of the survey files in {path} do not count, because the line that says which school they were"
            " measured for is missing: put the file there that they were first kept in",
            n=headless, path=settings.surveys)  # fmt: skip
    others = sorted({one.school for one in found.surveys.values()} - {school.name})
    if others:
        yield Reason.UNEXPECTED_ANSWER, text(
            "surveys of another school do not count: {names}", names=", ".join(others))  # fmt: skip
    ahead = [one.taken_at for one in found.points if one.taken_at > now + AHEAD]
    if ahead:
        yield Reason.UNEXPECTED_ANSWER, text(
            "{n} points of a survey are dated in the future, up to {date}, and do not count: the clock of the computer"
            " that surveyed was wrong; set it and survey again",
            n=len(ahead), date=max(ahead).date().isoformat())  # fmt: skip


def _last_walks(points: Sequence[Point]) -> Mapping[str, list[Point]]:
    """By place, the points of its last walk, since it was last measured anew."""
    found = {}
    for place, since in since_anew(points).items():
        last = max(one.taken_at for one in since)
        found[place] = [one for one in since if last - one.taken_at <= ONE_WALK]
    return found


@dataclass(frozen=True)
class _Spot:
    """A point with where it lies, who measured it, and the evidence of it."""

    ctx: Context
    place: Place
    point: Point
    survey: Survey
    raw: tuple[str, ...]

    def seen(self, value: Value, scan: Scan | None = None) -> Observation:
        """An observation as of when and where it was measured, so that it is the same in every audit."""
        taken = self.point.taken_at if scan is None else scan.taken_at
        scans = self.point.scans if scan is None else (scan,)
        seen = self.ctx.observe(value, subject=subject_of(self.place), raw=self.raw)
        lasted = round(sum(one.duration_s for one in scans), 3)
        told = {"taken_at": taken, "vantage": self.survey.host, "duration_s": lasted}
        return seen.model_copy(update=told).sealed()


def _observations(
    ctx: Context, place: Place, points: Sequence[Point], surveys: Mapping[str, Survey], told: Mapping[int, Told]
) -> Iterator[Observation]:
    spots = {
        id(point): _Spot(ctx, place, point, surveys[point.survey], (ctx.keep(written(point)),)) for point in points
    }
    for point in points:
        spot, whose = spots[id(point)], told[id(point)]
        yield spot.seen(_point(place, point, spot.survey, whose))
        for number, (scan, networks) in enumerate(zip(point.scans, whose.own, strict=True), 1):
            for one in networks:
                yield spot.seen(_radio(place, point, one, own=True, scan=number), scan)
    for point, one in _others(points, told):
        yield spots[id(point)].seen(_radio(place, point, one, own=False))


def _point(place: Place, point: Point, survey: Survey, told: Told) -> SurveyPoint:
    fresh = [scan.fresh for scan in point.scans]
    return SurveyPoint(
        survey=point.survey,
        point=point.number,
        floor=point.floor or place.floor,
        x_m=point.x_m,
        y_m=point.y_m,
        scans=len(point.scans),
        own_scans=sum(bool(networks) for networks in told.own),
        own_radios=len({one.bssid for networks in told.own for one in networks}),
        foreign_radios=sum(not one.suspicious for one in told.others),
        suspicious_radios=sum(bool(one.suspicious) for one in told.others),
        fresh=False if False in fresh else None if None in fresh else True,
        **point.model_dump(include=set(Connection.model_fields)),
        adapter=survey.adapter,
        system=survey.system,
        method=point.scans[0].method,
    )


def _radio(place: Place, point: Point, one: Network, *, own: bool, scan: int | None = None) -> Radio:
    heard = one.model_dump(exclude={"own", "ad_hoc"})
    return Radio.model_validate(
        {
            **heard,
            "own": own,
            "survey": point.survey,
            "point": point.number,
            "scan": scan,
            "floor": point.floor or place.floor,
            "x_m": point.x_m,
            "y_m": point.y_m,
        }
    )


def _others(points: Sequence[Point], told: Mapping[int, Told]) -> Iterator[tuple[Point, Network]]:
    """Each network that is not ours once, where it was strongest; the suspicious ones are among them."""
    heard_at = {id(one): point for point in points for one in told[id(point)].others}
    best = strongest(one for point in points for one in told[id(point)].others)
    yield from ((heard_at[id(one)], one) for one in sorted(best, key=lambda one: one.bssid))
