"""The walk of a survey as the person at the keyboard goes it: what is asked, measured, kept, and said of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOWrapper

from auditor.survey_bars import Bars
from auditor.surveys import Spot, SurveyUsageError, Walk, spot
from probes.campus import Campus
from probes.text import Text, text
from probes.wifi import connection
from probes.wifi.scanner import CAP_NET_ADMIN
from probes.wifi.settings import WifiSettings
from probes.wifi.survey_file import Scan
from probes.wifi.surveying import Surveyor, scans
from reports.edition import Language
from reports.language import say
from rules.load import load_rubric
from rules.wifi import asked_by

NOT_ANEW = text("the card did not end a scan in time, so that only what it heard meanwhile counts")
STEP_M = 1.0
"""So far outside of a place a position may be without being odd: nobody measures to the inch."""


class Journal:
    """Keeps points, and tells the surveyor of it."""

    def __init__(self, campus: Campus, settings: WifiSettings, walk: Walk, language: Language) -> None:
        self.campus = campus
        self.settings = settings
        self.walk = walk
        self.language = language

    def say(self, sentence: Text) -> None:
        """Tell the surveyor, beside what a program might read."""
        sys.stderr.write(say(sentence, self.language) + "\n")

    def keep(self, at: Spot, taken: Sequence[Scan], facts: Mapping[str, float]) -> None:
        """Keep a point with the ``facts`` of its connection, and say so."""
        kept = self.walk.keep(at, taken, facts)
        self.say(text("kept: {place}, point {n} of the survey, in {path}",
                      place=at.place, n=kept.number, path=self.walk.path))  # fmt: skip
        doubt = _doubt(self.campus, at)
        if doubt is not None:
            self.say(doubt)
        self._tell_unknown([at.place])
        if len(taken) < self.settings.scans:
            self.say(text("this is no whole point of its place: it has {n} scans, and {of} are needed",
                          n=len(taken), of=self.settings.scans))  # fmt: skip

    def tell_end(self) -> None:
        """What the file holds, and which of its places the inventory lacks."""
        points = self.walk.found.points
        places = dict.fromkeys(one.place for one in points)
        self.say(text("{points} points in {places} places are kept in {path}",
                      points=len(points), places=len(places), path=self.walk.path))  # fmt: skip
        self._tell_unknown(places)
        if self.walk.next_place() is None:
            self.say(self._all_done())

    def _tell_unknown(self, places: Iterable[str]) -> None:
        known = {place.id for place in self.campus.place}
        unknown = ", ".join(one for one in places if one not in known)
        if unknown:
            self.say(text("not in the inventory, so they do not count yet; add a [[place]] for: {ids}", ids=unknown))

    def _all_done(self) -> Text:
        asked = asked_by(load_rubric(self.campus.audit.rubric))
        if asked is not None and (self.settings.points < asked.points or self.settings.scans < asked.scans):
            return text(
                "every place has its points, but the rubric asks for {points} points of {scans} scans in each: raise"
                " points and scans under [wifi], and go on",
                points=asked.points,
                scans=asked.scans,
            )
        return text("every place has its points; the next audit counts them")


class Tour:
    """Goes from place to place; ``scans`` and ``join`` are as the surveyor asked."""

    def __init__(self, journal: Journal, surveyor: Surveyor, *, scans: int | None, join: str | None) -> None:
        self._journal = journal
        self._surveyor = surveyor
        self._scans = scans or journal.settings.scans
        self._join = join
        self._told: set[str] = set()

    def measure(self, at: Spot) -> None:
        """Measure one point and keep it."""
        title = f"{at.place} · {self._journal.walk.measured(at.place) + 1}/{self._journal.settings.points}"
        with Bars(self._journal.language, title, self._scans) as bars:
            taken = scans(self._surveyor, self._scans, bars.show)
        self._journal.keep(at, taken, self._connection())
        if any(one.fresh is False for one in taken):
            self._journal.say(CAP_NET_ADMIN if taken[0].method == "iw" else NOT_ANEW)

    def _connection(self) -> Mapping[str, float]:
        if self._join:
            self._journal.say(text("joining {ssid} anew, to time it", ssid=self._join))
        found = connection.measured(self._surveyor.scanner.adapter, self._journal.settings.responder, self._join)
        for hindrance in found.hindrances:
            # What keeps loss or times from being told is the same at every point; why a join failed may not be.
            if self._join or str(hindrance) not in self._told:
                self._journal.say(hindrance)
            self._told.add(str(hindrance))
        return found.facts

    def go(self) -> None:
        """Go from place to place until there is none left, or the surveyor has had enough."""
        skipped: set[str] = set()
        if isinstance(sys.stdin, TextIOWrapper):
            # A terminal may speak another encoding than the system says.
            sys.stdin.reconfigure(errors="replace")
        while (place := self._journal.walk.next_place(skipped)) is not None:
            done = self._journal.walk.measured(place.id)
            self._journal.say(
                text(
                    "next: {place} {name}, point {n} of {of}; Enter measures, s skips the place, q ends,"
                    " or type the id of another place",
                    place=place.id,
                    name=place.name,
                    n=done + 1,
                    of=self._journal.settings.points,
                )
            )
            answer = sys.stdin.readline() if sys.stdin is not None else ""
            word = answer.strip()
            if not answer or word in {"q", "Q"}:
                return
            if word in {"s", "S"}:
                skipped.add(place.id)
                continue
            try:
                there = spot(self._journal.campus, word or place.id)
            except SurveyUsageError as error:
                self._journal.say(error.text)
                continue
            self.measure(there)


def _doubt(campus: Campus, at: Spot) -> Text | None:
    """What is odd about a position: it lies outside the place's own outline, by more than a step."""
    outline = next((one.outline for floor in campus.floor for one in floor.place if one.id == at.place), None)
    if outline is None or at.x_m is None or at.y_m is None:
        return None
    sides = zip((at.x_m, at.y_m), zip(*outline, strict=True), strict=True)
    if all(min(corners) - STEP_M <= one <= max(corners) + STEP_M for one, corners in sides):
        return None
    return text(
        "{x}, {y} lies outside the outline of {place} on its floor: if that is wrong, measure the place again with"
        " --again",
        x=f"{at.x_m:g}",
        y=f"{at.y_m:g}",
        place=at.place,
    )
