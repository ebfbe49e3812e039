"""``survey INVENTORY``: walk the places with a laptop and measure the wireless networks there, point by point."""

from __future__ import annotations

import argparse
import getpass
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory
from auditor.survey_bars import Bars
from auditor.surveys import Spot, SurveyError, Walk, begun, file_of, merge, walking
from probes.campus import Campus
from probes.discovery.memory import site_key
from probes.text import Text, text
from probes.trouble import said_by
from probes.wifi import connection, saved
from probes.wifi.heard import Sweep
from probes.wifi.scanner import CAP_NET_ADMIN, MACOS_LOCATION, Adapter, find_scanner
from probes.wifi.settings import WifiSettings
from probes.wifi.survey_file import MOST_SCANS, Scan, octets_of
from probes.wifi.surveying import Surveyor, scans, since_arrival
from reports.language import say
from rules.load import load_rubric
from rules.wifi import asked_by

MACOS = frozenset({"system_profiler", "corewlan", "airport", "wdutil"})
LONGEST_ID, LONGEST_FLOOR = 64, 200
"""As inventory and survey file allow."""
STEP_M = 1.0
OLDEST_MS = 15_000.0
"""A scan of all bands takes some ten seconds; what a saved one heard longer before was heard elsewhere, perhaps."""


class _UsageError(SurveyError):
    exit_code = 2


def run(options: argparse.Namespace) -> int:
    """Exit code 0; 2 for what makes no sense, 3 where the system does not scan or the file cannot be written."""
    campus = inventory.load(Path(options.inventory))
    settings = campus.wifi
    if settings is None:
        raise _UsageError(
            text(
                "{path} does not say which networks are the school's own: add [wifi] with ssids", path=options.inventory
            )
        )
    if options.merge:
        return _merge(options, Path(settings.surveys))
    point = _coordinates(options.point)
    if options.place is None and (options.point or options.floor or options.files):
        raise _UsageError(text("--floor, --point and --from belong to one point: name its place with --place"))
    if len(options.files) > MOST_SCANS:
        raise _UsageError(text("--from names {n} files; one point has {most} scans at most",
                               n=len(options.files), most=MOST_SCANS))  # fmt: skip
    if options.place is not None:
        _usable(options.place)
    if options.floor and (len(options.floor) > LONGEST_FLOOR or not options.floor.isprintable()):
        raise _UsageError(text("--floor is “{value}”; that is no name of a floor", value=_printable(options.floor)))
    if options.join and options.join not in settings.ssids:
        raise _UsageError(
            text("--join {ssid} is none of wifi.ssids: {names}", ssid=options.join, names=", ".join(settings.ssids))
        )
    if options.files:
        return _take_over(options, campus, settings, point)
    surveyor = Surveyor(find_scanner(options.interface or settings.interface), settings, site_key(campus))
    survey = begun(campus, surveyor.scanner.adapter, _by(options))
    path = Path(options.file) if options.file else file_of(campus, survey)
    with _ended_in_order(), walking(campus, path, survey) as walk:
        tour = _Tour(options, campus, settings, surveyor, walk)
        if options.place is not None:
            tour.measure(Spot(options.place, options.floor or _floor(campus, options.place), *point, options.again))
        else:
            tour.walk()
        tour.tell_end()
    return 0


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """A terminal that is closed, or a system that shuts down, ends a survey as Ctrl-C does, with the cursor back."""
    known = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    # Who started it with nohup wants it to go on.
    taken = {number: signal.signal(number, signal.default_int_handler)
             for number in known if signal.getsignal(number) is signal.SIG_DFL}  # fmt: skip
    try:
        yield
    finally:
        for number, before in taken.items():
            signal.signal(number, before)


class _Tour:
    """The walk as the person at the keyboard goes it."""

    def __init__(
        self, options: argparse.Namespace, campus: Campus, settings: WifiSettings, surveyor: Surveyor, walk: Walk
    ) -> None:
        self._options = options
        self._campus = campus
        self._settings = settings
        self._surveyor = surveyor
        self._walk = walk
        self._told: set[str] = set()

    def measure(self, spot: Spot) -> None:
        """Measure one point and keep it."""
        count = self._options.scans or self._settings.scans
        title = f"{spot.place} · {self._walk.measured(spot.place) + 1}/{self._settings.points}"
        with Bars(self._options.language, title, count) as bars:
            taken = scans(self._surveyor, count, bars.show)
        self.keep(spot, taken, self._connection())
        if any(one.fresh is False for one in taken):
            self.say(CAP_NET_ADMIN)

    def keep(self, spot: Spot, taken: Sequence[Scan], connection: Mapping[str, float]) -> None:
        """Keep a point, and say so."""
        kept = self._walk.keep(spot, taken, connection)
        self.say(text("kept: {place}, point {n} of the survey, in {path}",
                      place=spot.place, n=kept.number, path=self._walk.path))  # fmt: skip
        doubt = _doubt(self._campus, spot)
        if doubt is not None:
            self.say(doubt)
        if len(taken) < self._settings.scans:
            self.say(text("this point does not count: it has {n} scans, and {of} are needed",
                          n=len(taken), of=self._settings.scans))  # fmt: skip

    def _connection(self) -> Mapping[str, float]:
        if self._options.join:
            self.say(text("joining {ssid} anew, to time it", ssid=self._options.join))
        found = connection.measured(self._surveyor.scanner.adapter, self._settings.responder, self._options.join)
        for hindrance in found.hindrances:
            # What keeps loss or times from being told is the same at every point; why a join failed may not be.
            if self._options.join or str(hindrance) not in self._told:
                self.say(hindrance)
            self._told.add(str(hindrance))
        return found.facts

    def walk(self) -> None:
        """Go from place to place until there is none left, or the surveyor has had enough."""
        skipped: set[str] = set()
        while (place := self._walk.next_place(skipped)) is not None:
            done = self._walk.measured(place.id)
            self.say(
                text(
                    "next: {place} {name}, point {n} of {of}; Enter measures, s skips the place, q ends,"
                    " or type the id of another place",
                    place=place.id,
                    name=place.name,
                    n=done + 1,
                    of=self._settings.points,
                )
            )
            answer = sys.stdin.readline() if sys.stdin is not None else ""
            word = answer.strip()
            if not answer or word in {"q", "Q"}:
                return
            if word in {"s", "S"}:
                skipped.add(place.id)
                continue
            chosen = word or place.id
            try:
                _usable(chosen)
            except _UsageError as error:
                self.say(error.text)
                continue
            self.measure(Spot(chosen, _floor(self._campus, chosen)))

    def tell_left_out(self, path: str, sweep: Sweep, counting: Sweep, kept: Scan) -> None:
        """How many networks of a file do not count, if any."""
        of, old = len(sweep.networks) + sweep.unread, len(sweep.networks) - len(counting.networks)
        odd = len(counting.networks) - len(kept.networks)
        if sweep.unread or old or odd:
            self.say(text("{path}: {n} of {of} networks do not count: {unread} could not be read, {old} were heard more"
                          " than {s} s before, and {odd} tell no channel that is known, or what cannot be",
                          path=path, n=of - len(kept.networks), of=of, unread=sweep.unread, old=old,
                          s=round(OLDEST_MS / 1000), odd=odd))  # fmt: skip

    def tell_end(self) -> None:
        """What the file holds, and which of its places the inventory lacks."""
        points = self._walk.found.points
        places = dict.fromkeys(one.place for one in points)
        self.say(text("{points} points in {places} places are kept in {path}",
                      points=len(points), places=len(places), path=self._walk.path))  # fmt: skip
        unknown = [one for one in places if one not in {place.id for place in self._campus.place}]
        if unknown:
            self.say(text("not in the inventory, so they do not count yet; add a [[place]] for: {ids}",
                          ids=", ".join(unknown)))  # fmt: skip
        if self._walk.next_place() is None:
            self.say(self._all_done())

    def _all_done(self) -> Text:
        asked = asked_by(load_rubric(self._campus.audit.rubric))
        if asked is not None and (self._settings.points < asked.points or self._settings.scans < asked.scans):
            return text(
                "every place has its points, but the rubric asks for {points} points of {scans} scans in each: raise"
                " points and scans under [wifi], and go on",
                points=asked.points,
                scans=asked.scans,
            )
        return text("every place has its points; the next audit counts them")

    def say(self, sentence: Text) -> None:
        """Tell the surveyor, beside what a program might read."""
        sys.stderr.write(say(sentence, self._options.language) + "\n")


def _merge(options: argparse.Namespace, folder: Path) -> int:
    to = Path(options.file) if options.file else folder / "merged.jsonl"
    found = merge([Path(one) for one in options.merge], to)
    told = text("{points} points of {surveys} surveys in {path}; {damaged} damaged lines left out",
                points=len(found.points), surveys=len(found.surveys), path=to, damaged=found.damaged)  # fmt: skip
    sys.stdout.write(say(told, options.language) + "\n")
    return 0


def _take_over(
    options: argparse.Namespace, campus: Campus, settings: WifiSettings, point: tuple[float | None, float | None]
) -> int:
    """One point from scans that were saved elsewhere, each file one scan, at the time of its last change."""
    surveyor = Surveyor(_Nothing(), settings, site_key(campus))
    # Whoever saves a list twice that the system did not renew has one scan of it.
    saved_once = {octets: (path, at) for path in reversed(options.files) for octets, at in [_saved(path)]}
    taken = []
    for octets, (path, at) in saved_once.items():
        sweep = _read(path, octets)
        counting = since_arrival(sweep, OLDEST_MS)
        scan = surveyor.kept(counting, at, 0.0).scan
        if sweep.joined_only and not any(one.own for one in scan.networks):
            raise _UsageError(
                text(
                    "{path} only tells which network its computer was connected to, and that was none of ours: save a"
                    " scan of all networks",
                    path=path,
                )
            )
        taken.append((path, sweep, counting, scan))
    survey = begun(campus, Adapter("file"), _by(options))
    with walking(campus, Path(options.file) if options.file else file_of(campus, survey), survey) as walk:
        spot = Spot(options.place, options.floor or _floor(campus, options.place), *point, options.again)
        tour = _Tour(options, campus, settings, surveyor, walk)
        tour.keep(spot, sorted((scan for *_, scan in taken), key=_when), {})
        for one in taken:
            tour.tell_left_out(*one)
        if len(taken) < len(options.files):
            tour.say(text("{n} of {of} files hold the same scan as another, and do not count again",
                          n=len(options.files) - len(taken), of=len(options.files)))  # fmt: skip
        tour.tell_end()
    return 0


def _when(scan: Scan) -> datetime:
    return scan.taken_at


class _Nothing:
    """No scanner: the scans are there already."""

    adapter = Adapter("file")

    def scan(self) -> Sweep:
        """Never asked."""
        raise AssertionError


def _saved(path: str) -> tuple[bytes, datetime]:
    """A file, and the moment at which it was saved."""
    try:
        return octets_of(Path(path)), datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    except OSError as error:
        raise SurveyError(text("cannot read {path}: {error}", path=path, error=said_by(error))) from error


def _read(path: str, octets: bytes) -> Sweep:
    found = saved.sweep(octets)
    if found is None:
        raise _UsageError(
            text(
                "{path} is no list of wireless networks that is known here: iw scan, wpa_cli scan_results, nmcli, netsh"
                " (mode=bssid), WLAN_BSS_LIST, system_profiler, CoreWLAN, airport or wdutil",
                path=path,
            )
        )
    if found.networks and found.method in MACOS and all(not one.ssid and not one.bssid for one in found.networks):
        raise _UsageError(text("{path} tells no names: {why}", path=path, why=MACOS_LOCATION))
    if found.networks and all(one.channel is None for one in found.networks):
        raise _UsageError(text("{path} tells no channels: ask for them too (nmcli: CHAN or FREQ)", path=path))
    return found


def _coordinates(written: str | None) -> tuple[float | None, float | None]:
    if written is None:
        return None, None
    parts: Sequence[str] = written.replace("，", ",").split(",")
    try:
        x_m, y_m = (float(one) for one in parts)
    except ValueError as error:
        raise _UsageError(
            text("--point is “{value}”; it has to be two numbers in metres, such as 12.5,3", value=written)
        ) from error
    if not all(-10_000 <= one <= 10_000 for one in (x_m, y_m)):  # noqa: PLR2004  as the file allows
        raise _UsageError(text("--point is “{value}”; that is no place within a school", value=written))
    return x_m, y_m


def _doubt(campus: Campus, spot: Spot) -> Text | None:
    """What is odd about a position: it lies outside the place's own outline, by more than a step."""
    outline = next((one.outline for floor in campus.floor for one in floor.place if one.id == spot.place), None)
    if outline is None or spot.x_m is None or spot.y_m is None:
        return None
    sides = zip((spot.x_m, spot.y_m), zip(*outline, strict=True), strict=True)
    if all(min(corners) - STEP_M <= at <= max(corners) + STEP_M for at, corners in sides):
        return None
    return text(
        "{x}, {y} lies outside the outline of {place} on its floor: if that is wrong, measure the place again with"
        " --again",
        x=f"{spot.x_m:g}",
        y=f"{spot.y_m:g}",
        place=spot.place,
    )


def _usable(place: str) -> None:
    """Raise the sentence for what is no id of a place, so that nothing is measured that could not be kept."""
    if not 0 < len(place) <= LONGEST_ID or any(one in " :/\\" or not one.isprintable() for one in place):
        raise _UsageError(
            text(
                "“{word}” is no id of a place: no blanks, colons and slashes, and {most} characters at most",
                word=_printable(place),
                most=LONGEST_ID,
            )
        )


def _printable(words: str) -> str:
    return "".join(one for one in words if one.isprintable())[:80]


def _floor(campus: Campus, place: str) -> str:
    return next((one.floor for one in campus.place if one.id == place), "")


def _by(options: argparse.Namespace) -> str:
    try:
        name = str(options.by) if options.by is not None else getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
    return _printable(name)
