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
from probes.video.footage import Channels, Dialect, missing_days
from probes.video.isapi import Isapi
from probes.video.onvif import Onvif
from probes.video.rtsp import Playing, Stream, plays

_DIALECTS: dict[str, type[Isapi | Dahua | Onvif]] = {"isapi": Isapi, "dahua": Dahua, "onvif": Onvif}


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
    there = dialect.clock()
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
        if playing.ok is None:
            raise TransportError(Reason.NO_ANSWER, text("{address}: {seen}", address=door.address, seen=playing.seen))
        return Sight(Channels(1, int(playing.ok)), live=playing.ok)
    offset = offset_s(dialect, wish.now)
    channels = dialect.channels()
    oldest, missing, playable = _footage(door, dialect, wish)
    live = None
    with suppress(TransportError):  # what is recorded counts, also where the live picture is not offered
        live = _play(door, dialect.live(), None).ok
    return Sight(channels, oldest, missing, playable, live, offset)


def _footage(door: Door, dialect: Dialect, wish: Wish) -> tuple[datetime | None, tuple[date, ...] | None, bool | None]:
    try:
        found = dialect.oldest()
    except TransportError as error:
        if error.reason is not Reason.NOT_SUPPORTED:
            raise
        door.log.append(f"recordings: {error}")
        return None, None, None
    if found is None:
        return None, None, None
    (begin, _), path = found
    since = None if "starttime" in path.lower() else begin
    playable = _play(door, path, since).ok if path else None
    first = max(begin, wish.now - timedelta(days=wish.keep_days))
    listed = dialect.recordings(first)
    missing = None if listed is None else missing_days(listed, first, wish.now, wish.zone)
    return begin, missing, playable


def _play(door: Door, path: str, since: datetime | None) -> Playing:
    access = door.access
    playing = plays(Stream(door.address, access.rtsp_port, path, door.login, since, access.timeout_s))
    door.log.append(f"RTSP {path.partition('?')[0]} → {playing.seen}")
    return playing
