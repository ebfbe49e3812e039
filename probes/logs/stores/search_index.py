"""Indices of OpenSearch and Elasticsearch, counted by their own aggregations.

One search a thousand days: a composite aggregation with a date histogram in the school's zone, so that days without
records cost nothing and no limit on buckets is met however wrong a clock was; the first and last record of each day
beside it. The forms are those of the documented search interface, which both share (Elasticsearch 7.2 and later).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, tzinfo
from typing import Any

from probes.campus import LogSource, OpenSearchStore
from probes.errors import TransportError
from probes.logs.daily import About, DayCount, Room, coverage_of_days
from probes.logs.reading import Reading
from probes.logs.stores.json_api import JsonApi, escaped
from probes.logs.zone import school_zone
from probes.observation import Reason
from probes.probe import Context
from probes.text import text

_PAGE = 1000
_MOST_PAGES = 50


async def read(ctx: Context, source: LogSource) -> Reading:
    """Count the documents of an index by day.

    Raises:
        TransportError: not reachable, refused, or answered in part only.
    """
    store, zone = source.store, school_zone(ctx)
    assert isinstance(store, OpenSearchStore)
    name = ctx.campus.school.timezone

    def count() -> tuple[list[DayCount], int, Room]:
        with closing(JsonApi(ctx, store)) as api:
            counts, undated = _counts(api, store, zone, name)
            return counts, undated, _room(api, store, source.quota_gb)

    counts, undated, room = await asyncio.to_thread(count)
    value = coverage_of_days(counts, ctx.now(), zone, About(store.kind, room, undated))
    evidence = {
        "url": store.url,
        "index": store.index,
        "time_field": store.time_field,
        "where": dict(store.where),
        "bytes": room.used,
        "free_bytes": room.free,
        "documents_without_time": undated,
        "documents_per_day": {one.day.isoformat(): one.records for one in counts},
    }
    why = text(
        "index {index} has no document with a credible time in {field}", index=store.index, field=store.time_field
    )
    return Reading(value, evidence, Reason.EMPTY, why)


def _counts(api: JsonApi, store: OpenSearchStore, zone: tzinfo, zone_name: str) -> tuple[list[DayCount], int]:
    found: list[DayCount] = []
    undated, after = 0, None
    for _ in range(_MOST_PAGES):
        answer = api.ask(f"/{escaped(store.index)}/_search", _question(store, zone_name, after))
        refuse_incomplete(api, answer)
        try:
            aggregations = answer["aggregations"]
            undated = int(aggregations["undated"]["doc_count"])
            buckets = aggregations["days"]["buckets"]
            found += _days(buckets, zone)
            after = aggregations["days"].get("after_key")
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError):
            raise api.strange() from None
        if len(buckets) < _PAGE or after is None:
            return found, undated
    return found, undated


def _question(store: OpenSearchStore, zone: str, after: Mapping[str, Any] | None) -> dict[str, Any]:
    field = store.time_field
    day = {"date_histogram": {"field": field, "calendar_interval": "1d", "time_zone": zone}}
    composite: dict[str, Any] = {"size": _PAGE, "sources": [{"day": day}]}
    if after is not None:
        composite["after"] = after
    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"term": {name: value}} for name, value in store.where.items()]}},
        "aggs": {
            "undated": {"missing": {"field": field}},
            "days": {
                "composite": composite,
                "aggs": {"first": {"min": {"field": field}}, "last": {"max": {"field": field}}},
            },
        },
    }


def refuse_incomplete(api: JsonApi, answer: Mapping[str, Any]) -> None:
    """A search that lost shards or ran out of time still answers 200, with less: gaps would be invented."""
    shards = answer.get("_shards")
    if not isinstance(shards, dict):
        raise api.strange()
    if shards.get("total") == 0:
        raise api.incomplete(text("no index of that name is there"))
    if shards.get("failed"):
        raise api.incomplete(
            text("{failed} of {total} shards failed", failed=shards["failed"], total=shards.get("total"))
        )
    if answer.get("timed_out"):
        raise api.incomplete(text("took too long"))


def _days(buckets: list[Mapping[str, Any]], zone: tzinfo) -> Iterator[DayCount]:
    for bucket in buckets:
        begin = _instant(bucket["key"]["day"])
        first, last = _instant(bucket["first"]["value"]), _instant(bucket["last"]["value"])
        day = begin.astimezone(zone).date()
        if {first.astimezone(zone).date(), last.astimezone(zone).date()} != {day}:
            raise ValueError(bucket)
        yield DayCount(day, int(bucket["doc_count"]), first, last)


def _instant(milliseconds: Any) -> datetime:
    return datetime.fromtimestamp(float(milliseconds) / 1000, UTC)


def _room(api: JsonApi, store: OpenSearchStore, quota_gb: float | None) -> Room:
    """What the index takes and what the data nodes have left; many logins may not ask, which is no failure."""
    used = free = None
    try:
        stats = api.ask(f"/{escaped(store.index)}/_stats/store")
        used = int(stats["_all"]["total"]["store"]["size_in_bytes"])
        if quota_gb is not None:
            return Room(used, max(round(quota_gb * 1e9) - used, 0))
        nodes = api.ask("/_nodes/stats/fs")["nodes"].values()
        free = sum(int(node["fs"]["total"]["available_in_bytes"]) for node in nodes)
    except (TransportError, KeyError, TypeError, ValueError, AttributeError):
        return Room(used, free)
    return Room(used, free)
