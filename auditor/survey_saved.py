"""Points of a survey from scans that were saved on another computer: each file one scan, as of its last change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

from auditor.survey_tour import Journal
from auditor.surveys import Spot, SurveyError, SurveyUsageError
from probes.text import text
from probes.trouble import said_by
from probes.wifi import saved
from probes.wifi.heard import Sweep
from probes.wifi.scanner import MACOS_LOCATION
from probes.wifi.survey_file import MOST_SCANS, Scan, octets_of
from probes.wifi.surveying import Keeper, since_arrival

MACOS = frozenset({"system_profiler", "corewlan", "airport", "wdutil"})
OLDEST_MS = 15_000.0
"""A scan of all bands takes some ten seconds; what a saved one heard longer before was heard elsewhere, perhaps."""


@dataclass(frozen=True)
class Taken:
    """One saved scan: all that was in the file, what of it was heard at that moment, and what is kept of that."""

    path: str
    sweep: Sweep
    counting: Sweep
    scan: Scan


def taken(paths: Sequence[str], keeper: Keeper) -> Sequence[Taken]:
    """The scans of some files, each once: whoever saves a list twice that the system did not renew has one scan of it.

    Raises:
        SurveyError: a file cannot be read, or is no list of networks.
        ScanError: it tells no addresses, by which alone the inventory knows what is ours.
    """
    if len(paths) > MOST_SCANS:
        sentence = text("--from names {n} files; one point has {most} scans at most", n=len(paths), most=MOST_SCANS)
        raise SurveyUsageError(sentence)
    once = {octets: (path, at) for path in reversed(paths) for octets, at in [_saved(path)]}
    found = []
    for octets, (path, at) in once.items():
        sweep = _read(path, octets)
        counting = since_arrival(sweep, OLDEST_MS)
        scan = keeper.kept(counting, at, 0.0).scan
        if sweep.joined_only and not any(one.own for one in scan.networks):
            # It would say of the place that none of ours is heard there, which no connection tells.
            raise SurveyUsageError(text("{path} only tells which network its computer was connected to, and that was"
                                        " none of ours: save a scan of all networks", path=path))  # fmt: skip
        if sweep.method == "iwlist" and b"ESSID" not in octets and not any(one.own for one in scan.networks):
            # So do the first versions of iwinfo in ucode.
            raise SurveyUsageError(text("{path} tells no names of networks: save what iw scan tells", path=path))
        found.append(Taken(path, sweep, counting, scan))
    return sorted(found, key=attrgetter("scan.taken_at"))


def take_over(paths: Sequence[str], spot: Spot, found: Sequence[Taken], journal: Journal) -> None:
    """Keep the scans of files as one point, and say what of them does not count.

    Raises:
        SurveyUsageError: a scan is that of an earlier point of the place already: it cannot be of two.
    """
    if not spot.again:
        _refuse_known(spot, found, journal)
    journal.keep(spot, [one.scan for one in found], {})
    for one in found:
        _tell_left_out(one, journal)
    if len(found) < len(paths):
        journal.say(text("{n} of {of} files hold the same scan as another, and do not count again",
                         n=len(paths) - len(found), of=len(paths)))  # fmt: skip


def _refuse_known(spot: Spot, found: Sequence[Taken], journal: Journal) -> None:
    known = {scan: one.number for one in journal.walk.found.points if one.place == spot.place for scan in one.scans}
    for one in found:
        if one.scan in known:
            raise SurveyUsageError(
                text(
                    "{path} is a scan of point {n} already, and cannot be one of another; --again measures {place}"
                    " anew",
                    path=one.path,
                    n=known[one.scan],
                    place=spot.place,
                )
            )


def _tell_left_out(one: Taken, journal: Journal) -> None:
    """How many networks of a file do not count, if any."""
    of, old = len(one.sweep.networks) + one.sweep.unread, len(one.sweep.networks) - len(one.counting.networks)
    odd = len(one.counting.networks) - len(one.scan.networks)
    if one.sweep.unread or old or odd:
        journal.say(text("{path}: {n} of {of} networks do not count: {unread} could not be read, {old} were heard more"
                      " than {s} s before, and {odd} tell no channel that is known, or what cannot be",
                      path=one.path, n=of - len(one.scan.networks), of=of, unread=one.sweep.unread, old=old,
                      s=round(OLDEST_MS / 1000), odd=odd))  # fmt: skip


def _saved(path: str) -> tuple[bytes, datetime]:
    """A file, and the moment at which it was saved."""
    try:
        return octets_of(Path(path)), datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    except OSError as error:
        raise SurveyError(text("cannot read {path}: {error}", path=path, error=said_by(error))) from error


def _read(path: str, octets: bytes) -> Sweep:
    found = saved.sweep(octets)
    if found is None:
        raise SurveyUsageError(
            text(
                "{path} is no list of wireless networks that is known here: iw scan, wpa_cli scan_results, nmcli, netsh"
                " (mode=bssid), WLAN_BSS_LIST, system_profiler, CoreWLAN, airport or wdutil",
                path=path,
            )
        )
    if found.networks and found.method in MACOS and all(not one.ssid and not one.bssid for one in found.networks):
        raise SurveyUsageError(text("{path} tells no names: {why}", path=path, why=MACOS_LOCATION))
    if found.networks and all(one.channel is None for one in found.networks):
        raise SurveyUsageError(text("{path} tells no channels: ask for them too (nmcli: CHAN or FREQ)", path=path))
    return found
