"""Searching a table of PostgreSQL, MySQL or MariaDB: one bounded statement, needles and moments as its parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from probes.logs.search.lines import MOST_LINES, Line, Marks, Wanted, as_fields, moment_marks, record, too_many
from probes.logs.stores.database_engines import Login, quoted
from probes.logs.stores.database_session import Session, session

_TEXTS = frozenset(
    {"text", "character varying", "character", "varchar", "char", "tinytext", "mediumtext", "longtext", "json", "jsonb"}
)
_MOST_COLUMNS = 60


class DatabaseHaystack:
    """One table; all its columns of text are searched, and of a hit every column is told.

    ``login`` gives whom to ask, each time with the moment by which that is.
    """

    pause_s = 5.0
    tells_alerts = False

    def __init__(self, login: Callable[[], Login]) -> None:
        self._login = login

    def marks(self) -> Marks:
        """The moment, once the table turned out to be readable."""
        login = self._login()
        with session(login) as found:
            found.time_column()
        return moment_marks(login.now)

    def find(self, wanted: Wanted) -> Iterator[Line]:
        """The rows, as they come."""
        login = self._login()
        with session(login) as found:
            names = list(found.column_types())[:_MOST_COLUMNS]
            hits = found.rows(*_statement(found, names, wanted))
        if len(hits) > MOST_LINES:
            raise too_many()
        for at, *cells in hits:
            moment = at.replace(tzinfo=login.zone) if isinstance(at, datetime) else None
            data = record(moment, as_fields(names, cells))
            if wanted.hit(data):  # the server's LIKE may know no case
                yield Line(data, login.store.table, login.now.timestamp())


def _statement(found: Session, names: list[str], wanted: Wanted) -> tuple[Any, ...]:
    """The statement, and behind it its parameters."""
    engine, login, time = found.engine, found.login, found.time_column()
    types = found.column_types()
    told = [engine.as_text(quoted(engine, name)) for name in names]
    sought = [words for name, words in zip(names, told, strict=True) if types[name] in _TEXTS]
    patterns = [f"%{_plain(needle)}%" for needle in wanted.needles]
    # "!" escapes, because what a backslash does differs between the databases and their settings.
    either = " OR ".join(f"{words} LIKE %s ESCAPE '!'" for words in sought for _ in patterns) or "1 = 0"
    conditions = [f"({either})"]
    values: list[object] = [*found.values, *(pattern for _ in sought for pattern in patterns)]
    if wanted.begin is not None:
        conditions.append(f"{quoted(engine, login.store.time_column)} >= %s")
        values.append(engine.bound(time.kind, wanted.begin, login, time.scale))
    where = f"{found.where} AND " if found.where else " WHERE "
    listed = ", ".join([time.moment, *told])
    statement = f"SELECT {listed} {found.from_}{where}{' AND '.join(conditions)} LIMIT {MOST_LINES + 1}"
    return (statement, *values)


def _plain(needle: bytes) -> str:
    shown = needle.decode()
    for mark in ("!", "%", "_"):
        shown = shown.replace(mark, f"!{mark}")
    return shown
