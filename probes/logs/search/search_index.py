"""Searching an index of OpenSearch or Elasticsearch: hits by time, a thousand an answer.

A field of text is split into words by the server, one of kind keyword is not; a phrase finds a needle in the former, a
pattern in the latter. What comes is looked through for the needle itself, for either may find too much.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from probes.campus import OpenSearchStore
from probes.logs.search.lines import MOST_LINES, Line, Marks, Wanted, moment_marks, record, too_many
from probes.logs.stores.json_api import JsonApi, escaped
from probes.logs.stores.search_index import refuse_incomplete
from probes.probe import Context

_PAGE = 1000
_SPECIAL = '+-=&|><!(){}[]^"~*?:\\/ '


class IndexHaystack:
    """One index or pattern of them."""

    pause_s = 3.0
    tells_alerts = False

    def __init__(self, ctx: Context, store: OpenSearchStore) -> None:
        self._ctx = ctx
        self._store = store

    def marks(self) -> Marks:
        """The moment, once the index turned out to be readable."""
        with closing(JsonApi(self._ctx, self._store)) as api:
            self._page(api, Wanted((b"-",)), None, size=0)
        return moment_marks(self._ctx.now())

    def find(self, wanted: Wanted) -> Iterator[Line]:
        """The documents, oldest first."""
        seen: set[tuple[str, str]] = set()
        with closing(JsonApi(self._ctx, self._store)) as api:
            begin = None if wanted.begin is None else round(wanted.begin.timestamp() * 1000)
            while not wanted.stop():
                hits = self._page(api, wanted, begin, _PAGE)
                new = [hit for hit in hits if (str(hit.get("_index")), str(hit.get("_id"))) not in seen]
                seen.update((str(hit.get("_index")), str(hit.get("_id"))) for hit in new)
                for hit in new:
                    data = self._record(api, hit)
                    if wanted.hit(data):
                        yield Line(data, str(hit.get("_index")), self._ctx.now().timestamp())
                if len(hits) < _PAGE:
                    return
                if not new or len(seen) > MOST_LINES:
                    raise too_many()
                begin = _milliseconds(api, hits[-1])

    def _page(self, api: JsonApi, wanted: Wanted, begin: int | None, size: int) -> list[Mapping[str, Any]]:
        store = self._store
        conditions: list[Mapping[str, Any]] = [{"term": {name: value}} for name, value in store.where.items()]
        either: list[Mapping[str, Any]] = []
        for needle in wanted.needles:
            words = needle.decode()
            either.append({"multi_match": {"query": words, "type": "phrase", "fields": ["*"], "lenient": True}})
            pattern = "".join(f"\\{char}" if char in _SPECIAL else char for char in words)
            either.append({"query_string": {"query": f"*{pattern}*", "fields": ["*"], "lenient": True}})
        conditions.append({"bool": {"should": either, "minimum_should_match": 1}})
        span = {"format": "epoch_millis"} | ({} if begin is None else {"gte": begin})
        # Every hit needs a time, for pages are made by it.
        conditions.append({"range": {store.time_field: span}} if begin is not None else _dated(store.time_field))
        body = {
            "size": size,
            "track_total_hits": False,
            "query": {"bool": {"filter": conditions}},
            "sort": [{store.time_field: {"order": "asc", "unmapped_type": "date"}}],
        }
        answer = api.ask(f"/{escaped(store.index)}/_search", body)
        refuse_incomplete(api, answer)
        try:
            return [dict(hit) for hit in answer["hits"]["hits"]]
        except (KeyError, TypeError, ValueError):
            raise api.strange() from None

    def _record(self, api: JsonApi, hit: Mapping[str, Any]) -> bytes:
        at = datetime.fromtimestamp(_milliseconds(api, hit) / 1000, UTC)
        return record(at, json.dumps(hit.get("_source"), ensure_ascii=False))


def _dated(field: str) -> Mapping[str, Any]:
    return {"exists": {"field": field}}


def _milliseconds(api: JsonApi, hit: Mapping[str, Any]) -> int:
    try:
        return int(hit["sort"][0])
    except (KeyError, IndexError, TypeError, ValueError):
        raise api.strange() from None
