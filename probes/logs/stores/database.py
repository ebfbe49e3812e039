"""Tables of PostgreSQL, MySQL and MariaDB: one ``GROUP BY`` day, in a session that can only read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from probes.campus import LogSource
from probes.logs.daily import About, DayCount, Room, coverage_of_days
from probes.logs.reading import Reading
from probes.logs.stores.database_engines import Login
from probes.logs.stores.database_session import Session, login_of, session
from probes.observation import Reason
from probes.probe import Context
from probes.text import text


async def read(ctx: Context, source: LogSource) -> Reading:
    """Count the rows of a table by day.

    Raises:
        TransportError: no login, not reachable, refused, no such table or column, time limit.
    """
    login = login_of(ctx, source)
    store = login.store
    server = await asyncio.to_thread(_count, login)
    room = Room(server.used, None)
    if source.quota_gb is not None and server.used is not None:
        room = Room(server.used, max(round(source.quota_gb * 1e9) - server.used, 0))
    value = coverage_of_days(server.counts, ctx.now(), login.zone, About(store.kind, room, server.undated))
    evidence = {
        "server": server.version,
        "table": store.table,
        "column": f"{store.time_column} ({server.column})",
        "statement": server.statement,
        "bytes": server.used,
        "rows_without_time": server.undated,
        "rows_per_day": {one.day.isoformat(): one.records for one in server.counts},
    }
    why = text("table {table} has no row with a credible time", table=store.table)
    return Reading(value, evidence, Reason.EMPTY, why)


@dataclass(frozen=True)
class Counted:
    """What the server said."""

    version: str
    column: str
    statement: str
    counts: tuple[DayCount, ...]
    undated: int
    used: int | None


def _count(login: Login) -> Counted:
    with session(login) as found:
        time = found.time_column()
        statement = (
            f"SELECT day, count(*), min(at), max(at) FROM (SELECT {time.moment} AS at, CAST({time.moment} AS date)"  # noqa: S608
            f" AS day {found.from_}{found.where}) AS dated GROUP BY day"
        )
        counted = found.rows(statement, *found.values)
        return Counted(
            version=found.version(),
            column=time.kind,
            statement=statement,
            counts=tuple(_days(counted, login.zone)),
            undated=sum(int(row[1]) for row in counted if row[0] is None),
            used=_used(found),
        )


def _used(found: Session) -> int | None:
    """The bytes of the table; ``None`` where the user may not ask, which is no failure."""
    statement, values = found.engine.size(found.login)
    try:
        told = found.rows(statement, *values)
    except found.engine.errors:
        return None
    return int(told[0][0]) or None if told and told[0][0] is not None else None


def _days(rows: Sequence[Sequence[Any]], zone: tzinfo) -> Iterator[DayCount]:
    for day, records, first, last in rows:
        if isinstance(day, date) and isinstance(first, datetime) and isinstance(last, datetime):
            yield DayCount(day, int(records), first.replace(tzinfo=zone), last.replace(tzinfo=zone))
