"""A session with a database that can only read, and one table in it.

Names of tables and columns are checked by the inventory's model and quoted all the same; values go as parameters. The
session is read-only and every statement has a time limit, so a wrong setting cannot harm the database: it can cost one
scan of the table.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from probes.campus import DatabaseCredential, LogSource, PostgresqlStore
from probes.errors import SecretError, TransportError
from probes.logs.stores.database_engines import (
    AWARE,
    NAIVE,
    NUMBERS,
    Engine,
    Login,
    Mysql,
    Postgresql,
    Store,
    quoted,
)
from probes.logs.zone import school_zone
from probes.observation import Reason
from probes.probe import Context
from probes.text import Text, text
from probes.trouble import said_by

_REFUSED = ("authentication", "password", "access denied", "28p01", "28000")
_TOO_SLOW = ("timeout", "57014", "max_statement_time", "maximum statement execution", "timed out")
_MILLISECONDS, _MICROSECONDS = 10**11, 10**14
"""From here on a number counts milliseconds, microseconds: as seconds it would lie in the year 5138."""


def login_of(ctx: Context, source: LogSource) -> Login:
    """Whom to ask for the table of a source, as whom.

    Raises:
        TransportError: no login, or its password cannot be had.
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
    return Login(store, credential.user, password, school_zone(ctx), ctx.now())


@contextmanager
def session(login: Login) -> Iterator[Session]:
    """A session, and every failure within in one sentence. Blocking.

    Raises:
        TransportError: not reachable, refused, time limit.
    """
    engine: Engine = Postgresql() if isinstance(login.store, PostgresqlStore) else Mysql()
    try:
        with closing(engine.connect(login)) as connection:
            yield Session(engine, connection, login)
    except engine.errors as error:
        raise _explained(login, error) from None
    except (OSError, ValueError) as error:
        raise _unreachable(login, error) from None


@dataclass(frozen=True)
class TimeColumn:
    """The column that holds the time: its type, by what a number is divided to be seconds, and the school's time."""

    kind: str
    scale: int
    moment: str


class Session:
    """One table, as one user sees it.

    Attributes:
        from_, where, values: the parts of a statement that every one has, and the values of its parameters.
    """

    def __init__(self, engine: Engine, connection: Any, login: Login) -> None:
        store = login.store
        self.engine = engine
        self.login = login
        self._connection = connection
        self.from_ = f"FROM {quoted(engine, store.table)}"
        conditions = " AND ".join(f"{quoted(engine, name)} = %s" for name in store.where)
        self.where = f" WHERE {conditions}" if conditions else ""
        self.values = tuple(store.where.values())

    def rows(self, statement: str, *values: object) -> list[Sequence[Any]]:
        """The answer to a statement."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def version(self) -> str:
        """What the server says it is."""
        return str(self.rows("SELECT version()")[0][0])[:200]

    def column_types(self) -> dict[str, str]:
        """The table's columns that the user may see, in order, with their types in small letters."""
        schema, _, table = self.login.store.table.rpartition(".")
        found = self.rows(self.engine.column_types(schema), table, *([schema] if schema else []))
        return {str(name): str(kind).lower() for name, kind in found}

    def time_column(self) -> TimeColumn:
        """The column that the inventory names.

        Raises:
            TransportError: it is not there, or holds no time.
        """
        login, engine = self.login, self.engine
        name = login.store.time_column
        # MySQL compares names of columns without regard to case, and PostgreSQL does not.
        types = self.column_types()
        kind = types.get(name) or engine.found_otherwise(types, name)
        if kind is None:
            raise _no_column(login)
        column, scale = quoted(engine, name), 1
        if kind in NUMBERS:
            scale = _scale(self.rows(f"SELECT max({column}) {self.from_}{self.where}", *self.values)[0][0])
        elif kind not in NAIVE | AWARE:
            detail = text(
                "column {column} is of type {kind}; it has to hold a time: a timestamp, datetime or epoch number",
                column=name,
                kind=kind,
            )
            raise TransportError(Reason.NOT_CONFIGURED, detail)
        return TimeColumn(kind, scale, engine.moment(column, kind, login, scale))


def _no_column(login: Login) -> TransportError:
    detail = text(
        "table {table} with a column {column} is not there, or user {user} may not read it",
        table=login.store.table,
        column=login.store.time_column,
        user=login.user,
    )
    return TransportError(Reason.NOT_CONFIGURED, detail)


def _scale(newest: Any) -> int:
    """By what a number is divided to be seconds, told by the newest."""
    number = abs(newest or 0)
    return 1_000_000 if number >= _MICROSECONDS else 1000 if number >= _MILLISECONDS else 1


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
