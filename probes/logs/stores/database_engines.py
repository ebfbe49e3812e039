"""What differs between PostgreSQL and MySQL: how to log in so that nothing can be written, and how to say a time."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from probes.campus import MysqlStore, PostgresqlStore

CONNECT_S = 10
Store = PostgresqlStore | MysqlStore

NUMBERS = frozenset(
    {"smallint", "integer", "bigint", "numeric", "double precision", "real", "int", "decimal", "double", "float"}
)
NAIVE = frozenset({"timestamp without time zone", "datetime"})
AWARE = frozenset({"timestamp with time zone", "timestamp"})
_COLUMN_TYPES = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
_ORDERED = " ORDER BY ordinal_position"
_YEARS_BACK, _YEARS_ON = 12, 2
"""How far changes to and from summer time are looked up: logs are believed for ten years."""


@dataclass(frozen=True)
class Login:
    """Whom to ask, as whom, and for which calendar."""

    store: Store
    user: str
    password: str
    zone: tzinfo
    now: datetime

    @property
    def column_zone(self) -> tzinfo:
        """The zone of a column that has none of its own."""
        return ZoneInfo(self.store.timezone) if self.store.timezone else self.zone


class Engine(Protocol):
    """What differs between the databases."""

    quote: str
    errors: tuple[type[Exception], ...]

    def connect(self, login: Login) -> Any:
        """An open connection whose session only reads."""

    def column_types(self, schema: str) -> str:
        """The query for the names and types of columns; parameters: table, and the schema where one is given."""

    def found_otherwise(self, types: Mapping[str, str], name: str) -> str | None:
        """The type of a column that is not among them by the letter."""

    def moment(self, column: str, kind: str, login: Login, scale: int) -> str:
        """An expression for the column's local time of the school."""

    def bound(self, kind: str, at: datetime, login: Login, scale: int) -> object:
        """A moment as the column itself holds it, to be compared with it: so an index on it serves."""

    def as_text(self, column: str) -> str:
        """An expression for what any column says."""

    def size(self, login: Login) -> tuple[str, tuple[str, ...]]:
        """The query for the bytes that the table takes."""


def quoted(engine: Engine, name: str) -> str:
    """A name that the inventory's model has checked, as it stands in a statement."""
    mark = engine.quote
    return ".".join(f"{mark}{part}{mark}" for part in name.split("."))


class Postgresql:
    """PostgreSQL 10 and later, by pg8000."""

    quote = '"'

    def __init__(self) -> None:
        from pg8000 import dbapi, exceptions  # noqa: PLC0415  only where a database is asked

        self._api = dbapi
        self.errors: tuple[type[Exception], ...] = (exceptions.Error,)

    def connect(self, login: Login) -> Any:
        """As the protocol says."""
        store = login.store
        connection = self._api.connect(
            login.user,
            host=store.address,
            port=store.port,
            database=store.database,
            password=login.password or None,
            timeout=CONNECT_S,
            ssl_context=tls_context(login),
            application_name="campus-auditor",
            startup_params={
                "default_transaction_read_only": "on",
                "statement_timeout": str(round(store.timeout_s * 1000)),
            },
        )
        connection._usock.settimeout(store.timeout_s + CONNECT_S)  # noqa: SLF001  pg8000 has one limit for both
        return connection

    def column_types(self, schema: str) -> str:
        """As the protocol says."""
        where = "table_schema = %s" if schema else "table_schema = ANY (current_schemas(false))"
        return f"{_COLUMN_TYPES} AND {where}{_ORDERED}"

    def found_otherwise(self, types: Mapping[str, str], name: str) -> str | None:
        """None is: case counts."""
        del types, name
        return None

    def bound(self, kind: str, at: datetime, login: Login, scale: int) -> object:
        """As the protocol says."""
        if kind in NUMBERS:
            return int(at.timestamp() * scale)
        return at.astimezone(login.column_zone).replace(tzinfo=None) if kind in NAIVE else at.astimezone(UTC)

    def as_text(self, column: str) -> str:
        """As the protocol says."""
        return f"CAST({column} AS text)"

    def moment(self, column: str, kind: str, login: Login, scale: int) -> str:
        """As the protocol says."""
        zone = f"'{_zone_name(login.zone)}'"
        if kind in NUMBERS:
            return f"(to_timestamp({column} / {scale}.0) AT TIME ZONE {zone})"
        if kind in NAIVE:
            own = _zone_name(login.column_zone)
            return f"({column} AT TIME ZONE '{own}' AT TIME ZONE {zone})"
        return f"({column} AT TIME ZONE {zone})"

    def size(self, login: Login) -> tuple[str, tuple[str, ...]]:
        """As the protocol says."""
        # A partitioned table takes nothing itself; of any other the tree of partitions is empty.
        name = quoted(self, login.store.table)
        statement = (
            "SELECT coalesce((SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(to_regclass(%s))),"
            " pg_total_relation_size(to_regclass(%s)))"
        )
        return statement, (name, name)


class Mysql:
    """MySQL and MariaDB, by PyMySQL."""

    quote = "`"

    def __init__(self) -> None:
        import pymysql  # noqa: PLC0415  only where a database is asked

        self._api = pymysql
        self.errors: tuple[type[Exception], ...] = (pymysql.MySQLError,)

    def connect(self, login: Login) -> Any:
        """As the protocol says."""
        store = login.store
        connection = self._api.connect(
            host=store.address,
            port=store.port,
            user=login.user,
            password=login.password,
            database=store.database,
            connect_timeout=CONNECT_S,
            read_timeout=round(store.timeout_s) + CONNECT_S,
            ssl=tls_context(login),
            charset="utf8mb4",
            local_infile=False,
            program_name="campus-auditor",
        )
        with closing(connection.cursor()) as cursor:
            self._limit(cursor, store.timeout_s)
            # Columns of type timestamp are told in the session's zone.
            cursor.execute("SET SESSION time_zone = '+00:00'")
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute("START TRANSACTION READ ONLY")
        return connection

    def _limit(self, cursor: Any, seconds: float) -> None:
        """MySQL and MariaDB have each their own name for the time limit."""
        for name, value in (("max_execution_time", round(seconds * 1000)), ("max_statement_time", seconds)):
            try:
                cursor.execute(f"SET SESSION {name} = %s", (value,))
            except self.errors:
                continue
            return

    def column_types(self, schema: str) -> str:
        """As the protocol says."""
        return f"{_COLUMN_TYPES} AND table_schema = {'%s' if schema else 'database()'}{_ORDERED}"

    def found_otherwise(self, types: Mapping[str, str], name: str) -> str | None:
        """One whose name differs in case only."""
        return next((kind for one, kind in types.items() if one.lower() == name.lower()), None)

    def bound(self, kind: str, at: datetime, login: Login, scale: int) -> object:
        """As the protocol says."""
        if kind in NUMBERS:
            return int(at.timestamp() * scale)
        return at.astimezone(login.column_zone if kind in NAIVE else UTC).replace(tzinfo=None)

    def as_text(self, column: str) -> str:
        """As the protocol says."""
        return f"CAST({column} AS char)"

    def moment(self, column: str, kind: str, login: Login, scale: int) -> str:
        """As the protocol says; the server need not know zones by name, many have no tables of them."""
        utc = column
        if kind in NUMBERS:
            # from_unixtime() ends in 2038 on older servers, and a wrong clock may be further.
            utc = f"CAST(TIMESTAMPADD(SECOND, {column} DIV {scale}, '1970-01-01 00:00:00') AS datetime)"
        elif kind in NAIVE:
            if str(login.column_zone) == str(login.zone):
                return column
            utc = _shifted(
                column, [(at, -minutes) for at, minutes in _offsets(login.column_zone, login.now, wall=True)]
            )
        return _shifted(utc, _offsets(login.zone, login.now, wall=False))

    def size(self, login: Login) -> tuple[str, tuple[str, ...]]:
        """As the protocol says."""
        schema, _, table = login.store.table.rpartition(".")
        statement = (
            "SELECT data_length + index_length FROM information_schema.tables"
            " WHERE table_name = %s AND table_schema = coalesce(nullif(%s, ''), database())"
        )
        return statement, (table, schema)


def _zone_name(zone: tzinfo) -> str:
    """A name that PostgreSQL takes: letters of an IANA name, or an offset (its sign means the contrary there)."""
    if isinstance(zone, ZoneInfo) and re.fullmatch(r"[\w/+-]+", zone.key):
        return zone.key
    minutes = _minutes(zone, datetime.now(UTC))
    return f"<campus>{'-' if minutes >= 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _minutes(zone: tzinfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    return round(offset.total_seconds() / 60)


def _offsets(zone: tzinfo, now: datetime, *, wall: bool) -> list[tuple[datetime, int]]:
    """Minutes east of UTC and since when, newest first, of some years; the last of them also for all before.

    Moments are UTC, or with ``wall`` as the zone's own clocks show them, the first of two equal hours counting.
    """
    begin = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=366 * _YEARS_BACK)
    found = [(begin, _minutes(zone, begin))]
    for number in range(1, 366 * (_YEARS_BACK + _YEARS_ON)):
        day = begin + timedelta(days=number)
        before, after = found[-1][1], _minutes(zone, day)
        if before != after:
            at = _change(zone, day - timedelta(days=1), day, before)
            found.append((at + timedelta(minutes=max(before, after)) if wall else at, after))
    return [(at.replace(tzinfo=None), minutes) for at, minutes in reversed(found)]


def _change(zone: tzinfo, low: datetime, high: datetime, before: int) -> datetime:
    """The minute within a day at which a zone's offset changes."""
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) // 2
        middle -= timedelta(seconds=middle.second, microseconds=middle.microsecond)
        low, high = (middle, high) if _minutes(zone, middle) == before else (low, middle)
    return high


def _shifted(expression: str, offsets: list[tuple[datetime, int]]) -> str:
    """An expression for a time so many minutes later, by when it is."""
    *changes, (_, first) = offsets
    if not changes:
        return f"TIMESTAMPADD(MINUTE, {first}, {expression})"
    cases: Iterator[str] = (f"WHEN {expression} >= '{at:%Y-%m-%d %H:%M:%S}' THEN {minutes}" for at, minutes in changes)
    return f"TIMESTAMPADD(MINUTE, CASE {' '.join(cases)} ELSE {first} END, {expression})"


def tls_context(login: Login) -> ssl.SSLContext | None:
    """What ``tls`` asks for: nothing, encryption with whoever answers, or a checked certificate."""
    store = login.store
    if store.tls == "off":
        return None
    context = ssl.create_default_context(cafile=store.ca_file)
    if store.tls == "on":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
