"""Whole files whose clock was wrong, told by the other files of the store.

A file can be written by a device whose clock is off from its first line to its last; its own lines do not show it. The
rules, each with its reason; a file that none of them excludes counts, as an old log copied here today must:

* *supported*: its newest record is of the time at which the file was last written, or of that in its name. Believed.
* *name*: its name bears a date that its records miss by two months, while three other dates in names are right, or
  by ten months in any case. The server that received the records gave the name.
* *one year off*: the newest record is a whole number of years (± 2.5 days) before the last change, and other files show
  that the times of changes were kept.
* *same lag*: nearly all doubtful files of a directory, changed on different days, lag behind by the same time.
* *order*: rotation numbers tell the order of files; the few that break it are left out, supported ones never.
* *island*: more than ten months lie between it and everything that is supported.

When in doubt the smaller coverage is taken: a stamp that may be wrong proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from probes.logs.belief import ISLAND, chain
from probes.logs.placing import DAY, YEAR
from probes.logs.scan import NAMED, FileReport
from probes.logs.timeline import TOLERANCE, Strand
from probes.logs.tree import rotation_of
from probes.text import Text, text

_NEAR_NAME = 35
_WITNESSES = 3
_MOST = 0.8
_YEAR_SLACK = 2.5 * DAY


def distrusted(reports: Sequence[FileReport]) -> list[tuple[FileReport, Text]]:
    """The files whose records cannot be believed, each with the reason."""
    dated = [report for report in reports if report.high is not None]
    named = [report for report in dated if _fits_name(report, _NEAR_NAME)]
    kept_times = [report for report in dated if _fits_change(report)]
    supported = {id(report) for report in (*named, *kept_times)}
    doubtful = [report for report in dated if id(report) not in supported]
    reasons: dict[int, tuple[FileReport, Text]] = {}
    lagging = _same_lag(doubtful)
    right_names = len({report.span for report in named})
    for report in doubtful:
        if _contradicts_name(report, witnesses=right_names):
            reasons[id(report)] = report, text("its stamps contradict the date in its name")
        elif kept_times and _whole_years_off(report):
            reasons[id(report)] = report, text("its stamps are a whole year behind its last change")
        elif id(report) in lagging:
            reasons[id(report)] = report, text("it lags behind its last change like others of the same clock")
    believed = [report for report in dated if id(report) not in reasons]
    for report in _out_of_order(believed, supported):
        reasons[id(report)] = report, text("its stamps contradict the order of rotation")
    for report in _islands([one for one in believed if id(one) not in reasons], supported):
        reasons[id(report)] = report, text("its records lie far from all that is certain")
    return list(reasons.values())


def is_certain(report: FileReport) -> bool:
    """Whether the name or the last change of a file speaks for its newest record."""
    return _fits_name(report, _NEAR_NAME) or _fits_change(report)


def _fits_name(report: FileReport, slack: int) -> bool:
    return report.span is not None and report.high is not None and report.span.distance(report.high // DAY) <= slack


def _fits_change(report: FileReport) -> bool:
    return report.high is not None and -DAY <= report.modified - report.high <= TOLERANCE


def _contradicts_name(report: FileReport, witnesses: int) -> bool:
    if report.span is None or report.high is None:
        return False
    off = report.span.distance(report.high // DAY)
    return off * DAY > ISLAND or (off > NAMED and witnesses >= _WITNESSES)


def _whole_years_off(report: FileReport) -> bool:
    lag = _lag(report)
    years = round(lag / YEAR)
    return years >= 1 and abs(lag - years * YEAR) <= _YEAR_SLACK


def _lag(report: FileReport) -> int:
    return report.modified - (report.high or 0)


def _same_lag(reports: Iterable[FileReport]) -> set[int]:
    """Those whose whole directory, but for a fifth, lags by one time to within a day, changed on three days or more."""
    directories: dict[str, list[FileReport]] = defaultdict(list)
    for report in reports:
        directories[report.file.name.rpartition("/")[0]].append(report)
    found: set[int] = set()
    for together in directories.values():
        usual = sorted(map(_lag, together))[len(together) // 2]
        alike = [report for report in together if abs(_lag(report) - usual) <= DAY]
        if len(alike) >= _MOST * len(together) and len({one.modified // DAY for one in alike}) >= _WITNESSES:
            found.update(map(id, alike))
    return found


def _out_of_order(reports: Sequence[FileReport], supported: set[int]) -> list[FileReport]:
    """Files of rotation families that do not follow each other as their numbers say."""
    families: dict[str, dict[int, FileReport]] = defaultdict(dict)
    for report in reports:
        family, number = rotation_of(report.file.name)
        families[family][number] = report
    return [
        report
        for members in families.values()
        if len(members) >= _WITNESSES
        for report in _breaking_ranks(members, supported)
    ]


def _breaking_ranks(members: dict[int, FileReport], supported: set[int]) -> list[FileReport]:
    """The few that break the order; none if many do, because then the numbers are no ages (addresses, counters)."""
    of_strand: dict[int, FileReport] = {}
    groups: list[list[Strand]] = []
    for number in sorted(members, reverse=True):
        report = members[number]
        low, high = report.low or 0, report.high or 0
        strand = Strand(low, high, low, high, count=len(members) + 1 if id(report) in supported else 1)
        of_strand[id(strand)] = report
        groups.append([strand])
    kept = {id(strand) for strand in chain(groups, lambda strand: strand.count)}
    if len(kept) < _MOST * len(groups):
        return []
    return [report for key, report in of_strand.items() if key not in kept and id(report) not in supported]


def _islands(reports: Sequence[FileReport], supported: set[int]) -> list[FileReport]:
    """Unsupported files that are separated from the supported ones by more than ``ISLAND``."""
    certain = [report for report in reports if id(report) in supported]
    if not certain:
        return []
    connected = min(report.low or 0 for report in certain)
    island: list[FileReport] = []
    for report in sorted(reports, key=lambda one: -(one.high or 0)):
        if id(report) in supported:
            continue
        if connected - (report.high or 0) > ISLAND:
            island.append(report)
        else:
            connected = min(connected, report.low or 0)
    return island
