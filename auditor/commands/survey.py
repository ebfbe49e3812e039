"""``survey INVENTORY``: walk the places with a laptop and measure the wireless networks there, point by point."""

from __future__ import annotations

import argparse
import getpass
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from auditor import inventory
from auditor.survey_saved import take_over, taken
from auditor.survey_tour import Journal, Tour
from auditor.surveys import Spot, SurveyUsageError, begun, file_of, merge, printable, spot, walking
from probes.campus import Campus
from probes.discovery.memory import site_key
from probes.text import text
from probes.wifi.scanner import Adapter, find_scanner
from probes.wifi.settings import WifiSettings
from probes.wifi.survey_file import Survey
from probes.wifi.surveying import Keeper, Surveyor
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Exit code 0; 2 for what makes no sense, 3 where the system does not scan or the file cannot be written."""
    campus = inventory.load(Path(options.inventory))
    settings = campus.wifi
    if settings is None:
        raise SurveyUsageError(
            text(
                "{path} does not say which networks are the school's own: add [wifi] with ssids", path=options.inventory
            )
        )
    if options.merge:
        return _merge(options, Path(settings.surveys))
    if options.place is None and (options.point or options.floor or options.files or options.again):
        raise SurveyUsageError(text("--floor, --point, --again and --from belong to one place: name it with --place"))
    at = _coordinates(options.point)
    there = None
    if options.place is not None:
        there = spot(campus, options.place, options.floor or "", at, again=options.again)
    if options.join and options.join not in settings.ssids:
        raise SurveyUsageError(
            text("--join {ssid} is none of wifi.ssids: {names}", ssid=options.join, names=", ".join(settings.ssids))
        )
    if there is not None and options.files:
        _take_over(options, campus, settings, there)
    else:
        _walk(options, campus, settings, there)
    return 0


def _walk(options: argparse.Namespace, campus: Campus, settings: WifiSettings, there: Spot | None) -> None:
    """One point, or all that are wanted still."""
    surveyor = Surveyor(find_scanner(options.interface or settings.interface), settings, site_key(campus))
    survey = begun(campus, surveyor.scanner.adapter, _by(options))
    with _ended_in_order(), _journal(options, campus, settings, survey) as journal:
        tour = Tour(journal, surveyor, scans=options.scans, join=options.join)
        if there is not None:
            tour.measure(there)
        else:
            tour.go()
        journal.tell_end()


def _take_over(options: argparse.Namespace, campus: Campus, settings: WifiSettings, there: Spot) -> None:
    """One point from scans that were saved elsewhere."""
    found = taken(options.files, Keeper(settings, site_key(campus)))
    with _journal(options, campus, settings, begun(campus, Adapter("file"), _by(options))) as journal:
        take_over(options.files, there, found, journal)
        journal.tell_end()


@contextmanager
def _journal(options: argparse.Namespace, campus: Campus, settings: WifiSettings, survey: Survey) -> Iterator[Journal]:
    path = Path(options.file) if options.file else file_of(campus, survey)
    with walking(campus, path, survey) as walk:
        yield Journal(campus, settings, walk, options.language)


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


def _merge(options: argparse.Namespace, folder: Path) -> int:
    to = Path(options.file) if options.file else folder / "merged.jsonl"
    found = merge([Path(one) for one in options.merge], to)
    told = text("{points} points of {surveys} surveys in {path}; {damaged} damaged lines left out",
                points=len(found.points), surveys=len(found.surveys), path=to, damaged=found.damaged)  # fmt: skip
    sys.stdout.write(say(told, options.language) + "\n")
    return 0


def _coordinates(written: str | None) -> tuple[float | None, float | None]:
    if written is None:
        return None, None
    parts: Sequence[str] = written.replace("，", ",").split(",")
    try:
        x_m, y_m = (float(one) for one in parts)
    except ValueError as error:
        raise SurveyUsageError(
            text("--point is “{value}”; it has to be two numbers in metres, such as 12.5,3", value=written)
        ) from error
    if not all(-10_000 <= one <= 10_000 for one in (x_m, y_m)):  # noqa: PLR2004  as the file allows
        raise SurveyUsageError(text("--point is “{value}”; that is no place within a school", value=written))
    return x_m, y_m


def _by(options: argparse.Namespace) -> str:
    try:
        name = str(options.by) if options.by is not None else getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
    return printable(name)
