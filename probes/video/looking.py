"""One look at a channel, from clock to pictures; what a device does not offer stays open."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.video.dahua import Dahua
from probes.video.door import Door
from probes.video.footage import Channels, Dialect, believed, missing_days
from probes.video.isapi import Isapi
from probes.video.onvif import Onvif
from probes.video.rtsp import Playing, Stream, plays

_DIALECTS: dict[str, type[Isapi | Dahua | Onvif]] = {"isapi": Isapi, "dahua": Dahua, "onvif": Onvif}


CLOCK_S = 60.0
OLDEST_BELIEVED = timedelta(days=3650)
"""Older recordings are those of a clock that lost its battery."""


@dataclass(frozen=True)
class Sight:
    """What was seen of one channel."""

    channels: Channels
    oldest: datetime | None = None
    missing: tuple[date, ...] | None = None
    playable: bool | None = None
    live: bool | None = None
    offset_s: float | None = None


@dataclass(frozen=True)
class Wish:
    """What is asked about: the channel, how many days are to be kept, the school's zone, and the time."""

    channel: int
    keep_days: int
    zone: tzinfo
    now: datetime


def dialect_of(door: Door, wish: Wish) -> Dialect | None:
    """The vendor's way; ``None`` where there is only RTSP."""
    made = _DIALECTS.get(door.access.protocol)
    return None if made is None else made(door, wish.channel, wish.zone, wish.now)


def offset_s(dialect: Dialect, now: datetime) -> float | None:
    """The device's clock against ours; whole seconds are read as their middle.

    Raises:
        TransportError: the device does not answer.
    """
    before = datetime.now(now.tzinfo)
    there = believed(dialect.clock())
    after = datetime.now(now.tzinfo)
    return None if there is None else round((there - (before + (after - before) / 2)).total_seconds() + 0.5, 1)


def look(door: Door, wish: Wish) -> Sight:
    """Everything. Blocking, so call it in a thread.

    Raises:
        TransportError: the device does not answer, or does not accept the login.
    """
    dialect = dialect_of(door, wish)
    if dialect is None:
        playing = _play(door, door.access.rtsp_path, None)
        if playing.ok is None and playing.reason is Reason.AUTHENTICATION_FAILED:
            raise door.refused(door.access.rtsp_path)
        if playing.ok is None:
            raise TransportError(playing.reason, text("{address}: {seen}", address=door.address, seen=playing.seen))
        return Sight(Channels(1, int(playing.ok)), live=playing.ok)
    offset = offset_s(dialect, wish.now)
    # A clock that is two months behind makes ten days of recordings look like seventy.
    wrong_by = timedelta(seconds=offset) if offset is not None and abs(offset) > CLOCK_S else timedelta()
    dialect.now = wish.now + wrong_by
    channels = dialect.channels()
    oldest, missing, playable = _footage(door, dialect, wish, wrong_by)
    live = None
    with suppress(TransportError):  # what is recorded counts, also where the live picture is not offered
        live = _play(door, dialect.live(), None).ok
    return Sight(channels, oldest, missing, playable, live, offset)


def _footage(
    door: Door, dialect: Dialect, wish: Wish, wrong_by: timedelta
) -> tuple[datetime | None, tuple[date, ...] | None, bool | None]:
    """The oldest moment, the days without recordings, and whether the oldest plays; times put right by the clock."""
    try:
        found = dialect.oldest()
    except TransportError as error:
        if error.reason is not Reason.NOT_SUPPORTED:
            raise
        door.log.append(f"recordings: {error}")
        return None, None, None
    if found is None:
        return None, None, None
    (begin, end), path = found
    if wish.now + wrong_by - begin > OLDEST_BELIEVED:
        door.log.append(f"recordings since {begin:%Y-%m-%d}: not believed")
        return None, None, None
    since = None if "starttime" in path.lower() else begin
    playable = _play(door, path, since).ok if path else None
    first = max(begin - wrong_by, wish.now - timedelta(days=wish.keep_days))
    listed = dialect.recordings(first + wrong_by)
    # Where only begin and end are told, days after the end are missing; of those between nothing is known.
    stretches = [(begin, end)] if listed is None else listed
    right = ((one - wrong_by, other - wrong_by) for one, other in stretches)
    missing = missing_days(right, first, wish.now, wish.zone)
    return begin - wrong_by, (missing or None) if listed is None else missing, playable


def _play(door: Door, path: str, since: datetime | None) -> Playing:
    access = door.access
    playing = plays(Stream(door.address, access.rtsp_port, path, door.login, since, access.timeout_s))
    door.log.append(f"RTSP {path.partition('?')[0]} → {playing.seen}")
    return playing
