"""Dahua's CGI: clock, channels and recordings, as lines of ``key=value``. Times are the device's own, as the school's.

A search is an object on the device that is made, asked page by page, and closed again; channels of searches count
from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from urllib.parse import quote

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.video.door import Door
from probes.video.footage import FIRST_DAY, MOST_PAGES, Channels, Stretch, stretch_of

PAGE = 100
_FORM = "%Y-%m-%d %H:%M:%S"
_FIND = "/cgi-bin/mediaFileFind.cgi?action="
_ITEM = re.compile(r"items\[(\d{1,4})\]\.(StartTime|EndTime)")


class Dahua:
    """One channel."""

    def __init__(self, door: Door, channel: int, zone: tzinfo, now: datetime) -> None:
        self.door, self.channel, self.zone, self.now = door, channel, zone, now

    def clock(self) -> datetime | None:
        """``global.cgi``."""
        return self._time(self._ask("/cgi-bin/global.cgi?action=getCurrentTime").get("result", ""))

    def channels(self) -> Channels:
        """The state of the remote cameras; a camera of its own has none."""
        path = "/cgi-bin/LogicDeviceManager.cgi?action=getCameraState&uniqueChannels[0]=-1"
        try:
            told = self._ask(path)
        except TransportError as error:
            if error.reason is Reason.NOT_SUPPORTED:
                return Channels()
            raise
        states = [value for key, value in told.items() if re.fullmatch(r"states\[\d+\]\.connectionState", key)]
        return Channels(len(states), sum(one.lower() == "connected" for one in states)) if states else Channels()

    def oldest(self) -> tuple[Stretch, str] | None:
        """The earliest of the first page: a search lists the oldest first."""
        found = list(self._search(FIRST_DAY.replace(tzinfo=self.zone), 1))
        if not found:
            return None
        begin, end = min(found)
        at = f"{begin.astimezone(self.zone):%Y_%m_%d_%H_%M_%S}"
        return (begin, end), f"/cam/playback?channel={self.channel}&starttime={at}"

    def recordings(self, since: datetime) -> Iterator[Stretch]:
        """Every page."""
        return self._search(since, MOST_PAGES)

    def live(self) -> str:
        """The main stream."""
        return f"/cam/realmonitor?channel={self.channel}&subtype=0"

    def _search(self, since: datetime, pages: int) -> Iterator[Stretch]:
        found = self._ask(_FIND + "factory.create").get("result", "")
        if not re.fullmatch(r"\w{1,40}", found):
            detail = text("{address} opens no search", address=self.door.address)
            raise TransportError(Reason.UNEXPECTED_ANSWER, detail)
        try:
            begin, end = (f"{one.astimezone(self.zone):{_FORM}}" for one in (since, self.now + timedelta(days=1)))
            condition = f"&object={found}&condition.Channel={self.channel}&condition.StartTime={quote(begin)}"
            started = self.door.ask(_FIND + "findFile" + condition + f"&condition.EndTime={quote(end)}")
            for _ in range(pages if started.status == 200 else 0):  # noqa: PLR2004  an error says: nothing found
                told = self._ask(f"{_FIND}findNextFile&object={found}&count={PAGE}")
                page = list(self._stretches(told))
                yield from page
                if len(page) < PAGE:
                    return
        finally:
            with suppress(TransportError):
                self.door.ask(f"{_FIND}close&object={found}")
                self.door.ask(f"{_FIND}destroy&object={found}")

    def _stretches(self, told: dict[str, str]) -> Iterator[Stretch]:
        rows: dict[str, dict[str, str]] = {}
        for key, value in told.items():
            if item := _ITEM.fullmatch(key):
                rows.setdefault(item[1], {})[item[2]] = value
        for row in rows.values():
            begin, end = self._time(row.get("StartTime", "")), self._time(row.get("EndTime", ""))
            if found := stretch_of(begin, end, self.now):
                yield found

    def _ask(self, path: str) -> dict[str, str]:
        lines = self.door.read(path).splitlines()[:20_000]
        return {key.strip(): value.strip() for key, found, value in (line.partition("=") for line in lines) if found}

    def _time(self, words: str) -> datetime | None:
        with suppress(ValueError):
            return datetime.strptime(words, _FORM).replace(tzinfo=self.zone)
        return None
