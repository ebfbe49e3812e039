"""The walk of a Wi-Fi survey: which place is next, and every point on the disk before the next one begins."""

from __future__ import annotations

import os
import platform
import re
import socket
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.lock import alone
from auditor.version import VERSION
from probes.campus import Campus, Place
from probes.errors import AuditorError
from probes.text import text
from probes.trouble import said_by
from probes.wifi.scanner import Adapter
from probes.wifi.survey_file import (
    SUFFIX,
    Point,
    Scan,
    Survey,
    Surveyed,
    append,
    is_survey,
    keep_entry,
    merged,
    read,
    since_anew,
)

LONGEST_ID, LONGEST_WORDS = 64, 200
"""As inventory and survey file allow."""

_UNFIT = re.compile(r"[^\w.-]+")


class SurveyError(AuditorError):
    """A survey's file cannot be written or read, or would be lost."""


class SurveyUsageError(SurveyError):
    """What was asked for makes no sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the surveyor stands."""

    place: str
    floor: str = ""
    x_m: float | None = None
    y_m: float | None = None
    again: bool = False


def spot(
    campus: Campus,
    place: str,
    floor: str = "",
    at: tuple[float | None, float | None] = (None, None),
    *,
    again: bool = False,
) -> Spot:
    """A spot that a file can hold and its surveyor meant, on the place's own floor unless another one is named.

    Raises:
        SurveyUsageError: a place or a floor cannot be called that; nothing was measured yet.
    """
    if not 0 < len(place) <= LONGEST_ID or any(one in " :/\\\ufffd" or not one.isprintable() for one in place):
        raise SurveyUsageError(
            text(
                "“{word}” is no id of a place: no blanks, colons and slashes, and {most} characters at most",
                word=printable(place),
                most=LONGEST_ID,
            )
        )
    if len(floor) > LONGEST_WORDS or not floor.isprintable():
        raise SurveyUsageError(text("--floor is “{value}”; that is no name of a floor", value=printable(floor)))
    known = next((one.floor for one in campus.place if one.id == place), "")
    return Spot(place, floor or known, *at, again)


def printable(words: str) -> str:
    """The start of some words without what would play tricks on a terminal."""
    return "".join(one for one in words if one.isprintable())[:80]


class Walk:
    """One survey under way, in its file.

    A file of the same day, computer and surveyor is gone on with: its points count, and are not measured again.
    """

    def __init__(self, campus: Campus, path: Path, survey: Survey) -> None:
        self._campus = campus
        self.path = path
        self.found = _read([path] if path.exists() else [])
        known = [one for one in self.found.surveys.values() if (one.by, one.host, one.adapter) == _who(survey)]
        self.survey = known[0] if known else survey
        if not known:
            self._append(survey)
        self._numbers = self._counted()

    def next_place(self, skipped: Iterable[str] = ()) -> Place | None:
        """The first place of the inventory that still lacks points; those that need no Wi-Fi are left out."""
        wanted = self._campus.wifi.points if self._campus.wifi else 0
        left_out = set(skipped)
        for place in self._campus.place:
            if place.wifi is not False and place.id not in left_out and self._numbers[place.id] < wanted:
                return place
        return None

    def measured(self, place: str) -> int:
        """How many points of a place count so far."""
        return self._numbers[place]

    def keep(self, spot: Spot, scans: Sequence[Scan], connection: Mapping[str, float]) -> Point:
        """Put a point into the file; it is on the disk when this returns."""
        numbers = [one.number for one in self.found.points if one.survey == self.survey.id]
        point = Point(
            survey=self.survey.id,
            number=max(numbers, default=0) + 1,
            place=spot.place,
            floor=spot.floor,
            x_m=spot.x_m,
            y_m=spot.y_m,
            taken_at=scans[0].taken_at,
            again=spot.again,
            scans=tuple(scans),
            **connection,
        )
        self._append(point)
        self.found = replace(self.found, points=(*self.found.points, point))
        self._numbers = self._counted()
        return point

    def _counted(self) -> Counter[str]:
        """How many points with enough scans each place has since it was last measured anew."""
        least = self._campus.wifi.scans if self._campus.wifi else 1
        found = since_anew(self.found.points)
        return Counter({place: sum(len(one.scans) >= least for one in points) for place, points in found.items()})

    def _append(self, line: Survey | Point) -> None:
        try:
            append(self.path, line)
        except OSError as error:
            raise SurveyError(text("cannot write {path}: {error}", path=self.path, error=said_by(error))) from error


@contextmanager
def walking(campus: Campus, path: Path, survey: Survey) -> Iterator[Walk]:
    """A walk that has its file for itself.

    Raises:
        SurveyError: the file cannot be read or written.
        LockError: another survey is writing it.
    """
    taken = text("another survey is writing {path}; give each surveyor a --file", path=path)
    with alone(path.with_name(path.name + ".lock"), taken):
        yield Walk(campus, path, survey)


def begun(campus: Campus, adapter: Adapter, by: str) -> Survey:
    """The head of a survey that begins now."""
    at, host = datetime.now(UTC), socket.gethostname()
    return Survey(
        id="-".join(filter(None, (at.strftime("%Y%m%dT%H%M%S.%fZ"), _fit(host), _fit(by)))),
        school=campus.school.name,
        started_at=at,
        by=by,
        host=host,
        system=f"{platform.system()} {platform.release()}".strip(),
        adapter=adapter.name[:LONGEST_WORDS],
        driver=adapter.driver[:LONGEST_WORDS],
        version=VERSION,
    )


def file_of(campus: Campus, survey: Survey) -> Path:
    """Today's file of this computer and surveyor, so that a survey that was interrupted is gone on with."""
    day = survey.started_at.astimezone(ZoneInfo(campus.school.timezone)).strftime("%Y%m%d")
    name = "-".join(filter(None, ("survey", day, _fit(survey.host), _fit(survey.by))))
    return Path(campus.wifi.surveys if campus.wifi else "surveys") / (name + SUFFIX)


def merge(paths: Sequence[Path], to: Path) -> Surveyed:
    """Make one file of several, the same in whatever order they are given.

    A file that is there already is replaced at once, by one that holds what it held as well.

    Raises:
        SurveyError: a file cannot be read or written, is no survey, or lines of the one to be replaced would be lost.
        LockError: a survey is writing the file to be replaced.
    """
    taken = text("another survey is writing {path}; give each surveyor a --file", path=to)
    with alone(to.with_name(to.name + ".lock"), taken):
        there = [to] if to.exists() else []
        damaged = _read(there).damaged
        if damaged:
            sentence = text("{path} would be replaced, and {n} damaged lines would be lost with it: name another file"
                            " with --file", path=to, n=damaged)  # fmt: skip
            raise SurveyError(sentence)
        found = _read([*paths, *there])
        partial = to.with_name(to.name + ".partial")
        try:
            with partial.open("wb") as file:
                file.writelines(merged(found))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(to)
            keep_entry(to)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            raise SurveyError(text("cannot write {path}: {error}", path=to, error=said_by(error))) from error
    return found


def _read(paths: Sequence[Path]) -> Surveyed:
    try:
        for path in paths:
            if not is_survey(path):
                raise SurveyError(text("{path} is no file of a survey: name another one", path=path))
        return read(paths)
    except OSError as error:
        raise SurveyError(text("cannot read {path}: {error}", path=error.filename, error=said_by(error))) from error


def _who(survey: Survey) -> tuple[str, str, str]:
    return survey.by, survey.host, survey.adapter


def _fit(words: str) -> str:
    return _UNFIT.sub("-", words).strip("-.")[:40]
