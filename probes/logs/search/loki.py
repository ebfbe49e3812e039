"""Searching streams of Grafana Loki with its own line filter, thirty days a query as it allows by default."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from probes.campus import LokiStore
from probes.logs.search.lines import MOST_LINES, Line, Marks, Wanted, moment_marks, record, too_many
from probes.logs.stores.json_api import JsonApi
from probes.logs.stores.loki import BACK_DAYS, QUERY
from probes.probe import Context

_PAGE = 1000
_NS = 1_000_000_000


class LokiHaystack:
    """The streams of one selector."""

    pause_s = 3.0
    tells_alerts = False

    def __init__(self, ctx: Context, store: LokiStore) -> None:
        self._ctx = ctx
        self._store = store

    def marks(self) -> Marks:
        """The moment, once the streams turned out to be readable."""
        now = self._now
        with closing(JsonApi(self._ctx, self._store)) as api:
            self._page(api, b"-", now - _NS, now, limit=1)
        return moment_marks(self._ctx.now())

    def find(self, wanted: Wanted) -> Iterator[Line]:
        """The lines, oldest first, needle by needle; each once."""
        seen: set[tuple[int, str]] = set()
        with closing(JsonApi(self._ctx, self._store)) as api:
            begin = wanted.begin or self._ctx.now() - timedelta(days=BACK_DAYS)
            for needle in wanted.needles:
                for at, words in self._between(api, needle, round(begin.timestamp()) * _NS, wanted):
                    if (at, words) in seen:
                        continue
                    seen.add((at, words))
                    if len(seen) > MOST_LINES:
                        raise too_many()
                    data = record(datetime.fromtimestamp(at / 1e9, UTC), words)
                    if wanted.hit(data):
                        yield Line(data, self._store.selector, self._ctx.now().timestamp())

    @property
    def _now(self) -> int:
        return round(self._ctx.now().timestamp()) * _NS

    def _between(self, api: JsonApi, needle: bytes, begin: int, wanted: Wanted) -> Iterator[tuple[int, str]]:
        """Entries from a moment on; a day ahead of now, for collectors whose clock is wrong."""
        end = self._now + 86400 * _NS
        while begin < end and not wanted.stop():
            upto = min(begin + round(QUERY.total_seconds()) * _NS, end)
            found = self._page(api, needle, begin, upto, _PAGE)
            yield from found
            if len(found) < _PAGE:
                begin = upto
                continue
            newest = max(at for at, _ in found)
            if newest <= begin:
                raise too_many()  # a page of one instant: nothing tells how to go on
            begin = newest

    def _page(self, api: JsonApi, needle: bytes, begin: int, end: int, limit: int) -> list[tuple[int, str]]:
        # A JSON string is one of LogQL, too: nothing in it can end it.
        query = f"{self._store.selector} |= {json.dumps(needle.decode())}"
        headers = {"X-Scope-OrgID": self._store.tenant} if self._store.tenant else {}
        params = {"query": query, "start": str(begin), "end": str(end), "limit": str(limit), "direction": "forward"}
        answer: Mapping[str, Any] = api.ask("/loki/api/v1/query_range", params=params, headers=headers)
        try:
            if answer["status"] != "success" or answer["data"]["resultType"] != "streams":
                raise api.strange()
            entries = [entry for stream in answer["data"]["result"] for entry in stream["values"]]
            return sorted((int(entry[0]), str(entry[1])) for entry in entries)
        except (KeyError, IndexError, TypeError, ValueError):
            raise api.strange() from None
