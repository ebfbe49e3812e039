"""Tables of PostgreSQL, MySQL and MariaDB: one ``GROUP BY`` day, in a session that can only read.

Names of tables and columns are checked by the inventory's model and quoted all the same; values go as parameters. The
session is read-only and every statement has a time limit, so a wrong setting cannot harm the database: it can cost one
scan of the table.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from probes.campus import DatabaseCredential, LogSource, MysqlStore, PostgresqlStore
from probes.errors import SecretError, TransportError
from probes.logs.daily import About, DayCount, Room, coverage_of_days
from probes.logs.reading import Reading
from probes.logs.zone import school_zone
from probes.observation import Reason
from probes.probe import Context
from probes.text import Text, text
from probes.trouble import said_by

CONNECT_S = 10
Store = PostgresqlStore | MysqlStore

_NUMBERS = frozenset(
    {"smallint", "integer", "bigint", "numeric", "double precision", "real", "int", "decimal", "double", "float"}
)
_NAIVE = frozenset({"timestamp without time zone", "datetime"})
_AWARE = frozenset({"timestamp with time zone", "timestamp"})
_COLUMN_TYPE = "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s"
_REFUSED = ("authentication", "password", "access denied", "28p01", "28000")
_TOO_SLOW = ("timeout", "57014", "max_statement_time", "maximum statement execution", "timed out")
_MILLISECONDS, _MICROSECONDS = 10**11, 10**14
"""From here on a number counts milliseconds, microseconds: as seconds it would lie in the year 5138."""


async def read(ctx: Context, source: LogSource) -> Reading:
    """Count the rows of a table by day.

    Raises:
        TransportError: no login, not reachable, refused, no such table or column, time limit.
    """
    store = source.store
    assert isinstance(store, Store)
    credential = ctx.campus.find_credential(store.credential)
    if not isinstance(credential, DatabaseCredential):
        detail = text("log source {source} names no credential of kind database", source=source.id)
        raise TransportError(Reason.NO_CREDENTIAL, detail)
    try:
        password = ctx.world.secret(credential.password) if credential.password else ""
    except SecretError as error:
        raise TransportError(Reason.SECRET_MISSING, error.text) from None
    zone = school_zone(ctx)
    login = Login(store, credential.user, password, zone, ctx.now())
    server = await asyncio.to_thread(_count, login)
    room = Room(server.used, None)
    if source.quota_gb is not None and server.used is not None:
        room = Room(server.used, max(round(source.quota_gb * 1e9) - server.used, 0))
    value = coverage_of_days(server.counts, ctx.now(), zone, About(store.kind, room, server.undated))
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


@dataclass(frozen=True)
class Counted:
    """What the server said."""

    version: str
    column: str
    statement: str
    counts: tuple[DayCount, ...]
    undated: int
    used: int | None


class _Engine(Protocol):
    """What differs between the databases."""

    quote: str
    errors: tuple[type[Exception], ...]

    def connect(self, login: Login) -> Any:
        """An open connection whose session only reads."""

    def version(self) -> str:
        """The query for the version."""

    def column_type(self, schema: str) -> str:
        """The query for a column's type; parameters: table, column, and the schema where one is given."""

    def moment(self, column: str, kind: str, login: Login, scale: int) -> str:
        """An expression for the column's local time of the school."""

    def size(self, login: Login) -> tuple[str, tuple[str, ...]]:
        """The query for the bytes that the table takes."""


def _count(login: Login) -> Counted:
    engine: _Engine = _Postgresql() if isinstance(login.store, PostgresqlStore) else _Mysql()
    try:
        with closing(engine.connect(login)) as connection:
            return _ask(engine, connection, login)
    except engine.errors as error:
        raise _explained(login, error) from None
    except (OSError, ValueError) as error:
        raise _unreachable(login, error) from None


def _ask(engine: _Engine, connection: Any, login: Login) -> Counted:
    store = login.store
    with closing(connection.cursor()) as cursor:

        def rows(statement: str, *values: object) -> list[Sequence[Any]]:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

        version = str(rows(engine.version())[0][0])
        schema, _, table = store.table.rpartition(".")
        found = rows(engine.column_type(schema), table, store.time_column, *([schema] if schema else []))
        if not found:
            raise _no_column(login)
        kind = str(found[0][0]).lower()
        column, where, values = _quoted(engine, store.time_column), *_where(engine, store)
        from_ = f"FROM {_quoted(engine, store.table)}"
        scale = 1
        if kind in _NUMBERS:
            newest = rows(f"SELECT max({column}) {from_}{where}", *values)[0][0]
            scale = _scale(newest)
        elif kind not in _NAIVE | _AWARE:
            detail = text(
                "column {column} is of type {kind}; it has to hold a time: a timestamp, datetime or epoch number",
                column=store.time_column,
                kind=kind,
            )
            raise TransportError(Reason.NOT_CONFIGURED, detail)
        moment = engine.moment(column, kind, login, scale)
        statement = (
            f"SELECT day, count(*), min(at), max(at) FROM (SELECT {moment} AS at, CAST({moment} AS date) AS day "  # noqa: S608
            f"{from_}{where}) AS dated GROUP BY day"
        )
        counted = rows(statement, *values)
        return Counted(
            version=version[:200],
            column=kind,
            statement=statement,
            counts=tuple(_days(counted, login.zone)),
            undated=sum(int(row[1]) for row in counted if row[0] is None),
            used=_used(engine, connection, login),
        )


def _no_column(login: Login) -> TransportError:
    detail = text(
        "table {table} with a column {column} is not there, or user {user} may not read it",
        table=login.store.table,
        column=login.store.time_column,
        user=login.user,
    )
    return TransportError(Reason.NOT_CONFIGURED, detail)


def _used(engine: _Engine, connection: Any, login: Login) -> int | None:
    """The bytes of the table; ``None`` where the user may not ask, which is no failure."""
    statement, values = engine.size(login)
    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute(statement, values)
            found = cursor.fetchone()
    except engine.errors:
        return None
    return int(found[0]) or None if found and found[0] is not None else None


def _quoted(engine: _Engine, name: str) -> str:
    mark = engine.quote
    return ".".join(f"{mark}{part}{mark}" for part in name.split("."))


def _where(engine: _Engine, store: Store) -> tuple[str, list[str]]:
    if not store.where:
        return "", []
    return " WHERE " + " AND ".join(f"{_quoted(engine, name)} = %s" for name in store.where), list(store.where.values())


def _scale(newest: Any) -> int:
    """By what a number is divided to be seconds, told by the newest."""
    number = abs(newest or 0)
    return 1_000_000 if number >= _MICROSECONDS else 1000 if number >= _MILLISECONDS else 1


def _days(rows: Sequence[Sequence[Any]], zone: tzinfo) -> Iterator[DayCount]:
    for day, records, first, last in rows:
        if isinstance(day, date) and isinstance(first, datetime) and isinstance(last, datetime):
            yield DayCount(day, int(records), first.replace(tzinfo=zone), last.replace(tzinfo=zone))


class _Postgresql:
    quote = '"'

    def __init__(self) -> None:
        from pg8000 import dbapi, exceptions  # noqa: PLC0415  only where a database is asked

        self._api = dbapi
        self.errors: tuple[type[Exception], ...] = (exceptions.Error,)

    def connect(self, login: Login) -> Any:
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

    def version(self) -> str:
        return "SELECT version()"

    def column_type(self, schema: str) -> str:
        where = "table_schema = %s" if schema else "table_schema = ANY (current_schemas(false))"
        return f"{_COLUMN_TYPE} AND {where}"

    def moment(self, column: str, kind: str, login: Login, scale: int) -> str:
        zone = f"'{_zone_name(login.zone)}'"
        if kind in _NUMBERS:
            return f"(to_timestamp({column} / {scale}.0) AT TIME ZONE {zone})"
        if kind in _NAIVE:
            own = _zone_name(login.column_zone)
            return f"({column} AT TIME ZONE '{own}' AT TIME ZONE {zone})"
        return f"({column} AT TIME ZONE {zone})"

    def size(self, login: Login) -> tuple[str, tuple[str, ...]]:
        # A partitioned table takes nothing itself; of any other the tree of partitions is empty.
        name = _quoted(self, login.store.table)
        statement = (
            "SELECT coalesce((SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(to_regclass(%s))),"
            " pg_total_relation_size(to_regclass(%s)))"
        )
        return statement, (name, name)


class _Mysql:
    quote = "`"

    def __init__(self) -> None:
        import pymysql  # noqa: PLC0415  only where a database is asked

        self._api = pymysql
        self.errors: tuple[type[Exception], ...] = (pymysql.MySQLError,)

    def connect(self, login: Login) -> Any:
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
            # Columns of type timestamp are told in the session's zone, so they come in the school's time.
            cursor.execute("SET SESSION time_zone = %s", (_offset(login.zone, login.now),))
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

    def version(self) -> str:
        return "SELECT version()"

    def column_type(self, schema: str) -> str:
        return f"{_COLUMN_TYPE} AND table_schema = {'%s' if schema else 'database()'}"

    def moment(self, column: str, kind: str, login: Login, scale: int) -> str:
        if kind in _NUMBERS:
            # from_unixtime() ends in 2038 on older servers, and a wrong clock may be further.
            begin = f"'1970-01-01 00:00:00' + INTERVAL {_minutes(login.zone, login.now)} MINUTE"
            return f"CAST(TIMESTAMPADD(SECOND, {column} DIV {scale}, {begin}) AS datetime)"
        if kind in _NAIVE:
            shift = _minutes(login.zone, login.now) - _minutes(login.column_zone, login.now)
            return f"TIMESTAMPADD(MINUTE, {shift}, {column})"
        return column

    def size(self, login: Login) -> tuple[str, tuple[str, ...]]:
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


def _offset(zone: tzinfo, at: datetime) -> str:
    minutes = _minutes(zone, at)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


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


def _explained(login: Login, error: Exception) -> TransportError:
    """A refusal in the server's words, shortened; passwords are in none of them."""
    said = _words(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError):
            return _unreachable(login, cause)
        cause = cause.__cause__ or cause.__context__
    lowered = said.lower()
    reason = Reason.UNEXPECTED_ANSWER
    if any(one in lowered for one in _REFUSED):
        reason = Reason.AUTHENTICATION_FAILED
    elif any(one in lowered for one in _TOO_SLOW):
        reason = Reason.TIMEOUT
    return TransportError(reason, _failed(login, said))


def _words(error: Exception) -> str:
    """What a driver's error says: pg8000 gives the fields of the server's message, PyMySQL a number and a sentence."""
    first = error.args[0] if error.args else error
    if isinstance(first, dict):
        return f"{first.get('M', '')} ({first.get('C', '')})"[:300]
    return " ".join(" ".join(str(part) for part in error.args).split())[:300] or type(error).__name__


def _unreachable(login: Login, error: BaseException) -> TransportError:
    reason = Reason.UNREACHABLE
    if isinstance(error, ConnectionRefusedError):
        reason = Reason.REFUSED
    elif isinstance(error, TimeoutError):
        reason = Reason.TIMEOUT
    said = said_by(error) if isinstance(error, OSError) else str(error)
    return TransportError(reason, _failed(login, said))


def _failed(login: Login, said: object) -> Text:
    store = login.store
    return text(
        "{kind} at {host} port {port}, database {database}: {said}",
        kind=store.kind,
        host=store.address,
        port=store.port,
        database=store.database,
        said=said,
    )
