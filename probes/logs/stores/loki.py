"""Streams of Grafana Loki, counted by ``count_over_time`` in half hours.

Half hours, because every zone's midnight falls on one, so that days can be added up exactly in the school's calendar;
thirty days a query, which is what Loki allows by default. The first and last record are asked for by themselves.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from probes.campus import LogSource, LokiStore
from probes.logs.daily import About, DayCount, coverage_of_days
from probes.logs.reading import Reading
from probes.logs.stores.json_api import JsonApi
from probes.logs.zone import school_zone
from probes.observation import Reason
from probes.probe import Context
from probes.text import text

STEP = timedelta(minutes=30)
QUERY = timedelta(days=30)
BACK_DAYS = 400
"""How far back is looked: six months and what a school may keep beyond; each 30 days are one query."""


async def read(ctx: Context, source: LogSource) -> Reading:
    """Count the lines of a selector by day.

    Raises:
        TransportError: not reachable, refused, or not the documented answer.
    """
    store, zone, now = source.store, school_zone(ctx), ctx.now().astimezone(UTC)
    assert isinstance(store, LokiStore)

    def count() -> list[DayCount]:
        with closing(JsonApi(ctx, store)) as api:
            loki = _Loki(api, store)
            return _days(loki, loki.half_hours(now), zone)

    counts = await asyncio.to_thread(count)
    value = coverage_of_days(counts, ctx.now(), zone, About(store.kind, blur_h=1.0))
    evidence = {
        "url": store.url,
        "selector": store.selector,
        "looked_back_days": BACK_DAYS,
        "lines_per_day": {one.day.isoformat(): one.records for one in counts},
    }
    why = text("{selector} has no line in the last {n} days", selector=store.selector, n=BACK_DAYS)
    return Reading(value, evidence, Reason.EMPTY, why)


class _Loki:
    def __init__(self, api: JsonApi, store: LokiStore) -> None:
        self._api = api
        self._selector = store.selector
        self._headers = {"X-Scope-OrgID": store.tenant} if store.tenant else {}

    def half_hours(self, now: datetime) -> dict[datetime, int]:
        """Lines of every half hour that has any, by its begin."""
        found: dict[datetime, int] = {}
        end = _floor(now) + STEP
        earliest = end - timedelta(days=BACK_DAYS)
        while end > earliest:
            begin = max(end - QUERY, earliest)
            found.update(self._between(begin, end))
            end = begin
        return found

    def _between(self, begin: datetime, end: datetime) -> dict[datetime, int]:
        """Those of windows that begin within; a value at ``t`` counts what lies in the half hour up to ``t``."""
        query = f"sum(count_over_time({self._selector}[30m]))"
        answer = self._ask(query, begin + STEP, end, step=f"{STEP.seconds}s")
        wanted = {begin + STEP * n for n in range(round((end - begin) / STEP))}
        found: dict[datetime, int] = {}
        try:
            for series in self._result(answer, "matrix"):
                for at, number in series["values"]:
                    window = datetime.fromtimestamp(float(at), UTC) - STEP
                    if window not in wanted:
                        raise self._api.strange()  # another alignment than was asked for would shift the days
                    if int(number) > 0:
                        found[window] = found.get(window, 0) + int(number)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise self._api.strange() from None
        return found

    def moment(self, window: datetime, direction: str) -> datetime:
        """The first (``forward``) or last (``backward``) line of a window that has some."""
        answer = self._ask(self._selector, window, window + STEP, limit="1", direction=direction)
        try:
            stamps = [int(entry[0]) for stream in self._result(answer, "streams") for entry in stream["values"]]
            nanoseconds = min(stamps) if direction == "forward" else max(stamps)
            found = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise self._api.strange() from None
        if not window <= found <= window + STEP:
            raise self._api.strange()
        return found

    def _ask(self, query: str, begin: datetime, end: datetime, **more: str) -> Mapping[str, Any]:
        span = {"start": _nanoseconds(begin), "end": _nanoseconds(end)}
        return self._api.ask("/loki/api/v1/query_range", params={"query": query, **span, **more}, headers=self._headers)

    def _result(self, answer: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
        if answer.get("status") != "success" or answer["data"]["resultType"] != kind:
            raise self._api.strange()
        found: list[Mapping[str, Any]] = answer["data"]["result"]
        return found


def _floor(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % STEP.seconds)


def _nanoseconds(at: datetime) -> str:
    return f"{round(at.timestamp())}000000000"


def _days(loki: _Loki, windows: Mapping[datetime, int], zone: tzinfo) -> list[DayCount]:
    """Days from half hours. But for the very ends, a day's moments are the inner edges of its outer half hours.

    So a gap between days is never told longer than it is by more than its two half hours' width the other way round:
    the edges that make it shorter are taken.
    """
    by_day: dict[Any, list[datetime]] = defaultdict(list)
    for window in sorted(windows):
        by_day[window.astimezone(zone).date()].append(window)
    if not by_day:
        return []
    counts = [
        DayCount(day, sum(windows[one] for one in inside), inside[0], inside[-1] + STEP)
        for day, inside in sorted(by_day.items())
    ]
    first, last = min(windows), max(windows)
    counts[0] = DayCount(counts[0].day, counts[0].records, loki.moment(first, "forward"), counts[0].last)
    counts[-1] = DayCount(counts[-1].day, counts[-1].records, counts[-1].first, loki.moment(last, "backward"))
    return counts
