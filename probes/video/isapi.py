"""Hikvision's ISAPI: clock, channels and recordings.

``/ISAPI/ContentMgmt/search`` lists recordings page by page, the oldest first; a track is the channel's number and a
``01`` for its main stream. Recorders write these times with a ``Z`` though many mean their own local time: read as UTC
they are, east of Greenwich, never older than they really are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.video.door import Door, every, local, words_of
from probes.video.footage import MOST_PAGES, Channels, Stretch, stretch_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

PAGE = 40
_SEARCH = (
    '<?xml version="1.0" encoding="utf-8"?><CMSearchDescription><searchID>{id}</searchID><trackIDList>'
    "<trackID>{track}</trackID></trackIDList><timeSpanList><timeSpan><startTime>{begin}</startTime><endTime>{end}"
    "</endTime></timeSpan></timeSpanList><maxResults>{page}</maxResults><searchResultPostion>{at}"
    "</searchResultPostion><metadataList><metadataDescriptor>//recordType.meta.std-cgi.com</metadataDescriptor>"
    "</metadataList></CMSearchDescription>"
)
"""``searchResultPostion`` is spelt so in the interface."""


class Isapi:
    """One channel of a recorder, or a camera of its own."""

    def __init__(self, door: Door, channel: int, zone: tzinfo, now: datetime) -> None:
        self.door, self.channel, self.zone, self.now = door, channel, zone, now

    def clock(self) -> datetime | None:
        """``localTime`` bears its zone; without one it is the school's."""
        return _time(words_of(self.door.xml("/ISAPI/System/time"), "localTime"), self.zone)

    def channels(self) -> Channels:
        """Those of a recorder's inputs; a camera of its own has none of these."""
        try:
            tree = self.door.xml("/ISAPI/ContentMgmt/InputProxy/channels/status")
        except TransportError as error:
            if error.reason is Reason.NOT_SUPPORTED:
                return Channels()
            raise
        rows = every(tree, "InputProxyChannelStatus")
        if not rows and "List" not in local(tree):
            return Channels()
        return Channels(len(rows), sum(words_of(one, "online").lower() == "true" for one in rows))

    def oldest(self) -> tuple[Stretch, str] | None:
        """The first of the list, and as a check on its order the earliest of its first page."""
        page = self._page(datetime(2000, 1, 1, tzinfo=UTC), self.now + timedelta(days=1), 0)
        found = [(stretch, words_of(item, "playbackURI")) for item in _items(page) if (stretch := self._stretch(item))]
        if not found:
            return None
        stretch, address = min(found, key=lambda one: one[0][0])
        return stretch, self.door.own_path(address) if address else ""

    def recordings(self, since: datetime) -> Iterator[Stretch]:
        """Every page, as far as there are some."""
        at = 0
        for _ in range(MOST_PAGES):
            page = self._page(since, self.now + timedelta(days=1), at)
            items = _items(page)
            yield from (stretch for item in items if (stretch := self._stretch(item)))
            at += len(items)
            if not items or words_of(page, "responseStatusStrg").upper() != "MORE":
                return

    def live(self) -> str:
        """The main stream."""
        return f"/Streaming/Channels/{self.channel}01"

    def _page(self, begin: datetime, end: datetime, at: int) -> Element:
        body = _SEARCH.format(
            id=str(uuid.uuid4()).upper(),
            track=f"{self.channel}01",
            begin=f"{begin.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            end=f"{end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            page=PAGE,
            at=at,
        )
        found = self.door.xml("/ISAPI/ContentMgmt/search", body.encode())
        if not words_of(found, "responseStatusStrg") and not _items(found):
            detail = text(
                "{address} answers a search with something that is no result of one", address=self.door.address
            )
            raise TransportError(Reason.UNEXPECTED_ANSWER, detail)
        return found

    def _stretch(self, item: Element) -> Stretch | None:
        begin = _time(words_of(item, "startTime"), self.zone)
        end = _time(words_of(item, "endTime"), self.zone)
        return None if end is None else stretch_of(begin, end, self.now)


def _items(page: Element) -> list[Element]:
    return every(page, "searchMatchItem")


def _time(words: str, zone: tzinfo) -> datetime | None:
    with suppress(ValueError):
        found = datetime.fromisoformat(words)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    return None
