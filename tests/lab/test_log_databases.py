"""Real PostgreSQL and MariaDB: rows counted by day, read-only, with every kind of time column, and what is refused."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pg8000.exceptions
import pymysql
import pytest
from pg8000 import dbapi

from probes.errors import TransportError
from probes.kinds import LogCoverage
from probes.log_coverage import log_coverage
from probes.logs.placing import Calendar
from probes.logs.search.lines import Haystack, Wanted
from probes.logs.search.opening import haystack
from probes.observation import Observation, Reason, Status
from probes.probe import Context
from probes.safeguards.canary_find import time_of
from tests.logtrees import NOW, SCHOOL
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="a database of its own wants root, to run as another user"),
]

FIRST = date(2026, 5, 12)
DAYS = [FIRST + timedelta(days=n) for n in range((NOW.date() - FIRST).days)]
GONE = {DAYS[40], DAYS[41], DAYS[99]}
# Around the school's midnight, which is 16:00 UTC: a wrong zone would put these into the day before.
MOMENTS = [
    datetime(day.year, day.month, day.day, hour, 5, second, tzinfo=SCHOOL)
    for day in DAYS
    if day not in GONE
    for hour in (0, 7, 23)
    for second in (1, 2)
]
PASSWORD = "look-but-do-not-touch"


def binary(name: str, *folders: str) -> str:
    found = shutil.which(name, path=os.pathsep.join((*folders, "/usr/sbin", "/usr/bin", "/sbin", "/bin")))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def as_user(name: str) -> dict[str, Any]:
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        pytest.skip(f"there is no user {name}")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def running(command: list[str], folder: Path, user: dict[str, Any], answers: Callable[[], object]) -> Iterator[None]:
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                answers()
                break
            except (OSError, pymysql.MySQLError, pg8000.exceptions.Error):
                if server.poll() is not None or time.monotonic() > until:
                    pytest.fail("the server does not start: " + (folder / "server.log").read_text()[-2000:])
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def folder_of(name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    user = as_user(name)
    with tempfile.TemporaryDirectory(prefix="campus-db-") as directory:
        os.chown(directory, user["user"], user["group"])
        yield Path(directory), user


@dataclass
class Server:
    kind: str
    port: int
    run: Callable[..., None]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    initdb, postgres = binary("initdb", *folders), binary("postgres", *folders)
    with folder_of("postgres") as (folder, user):
        secret = folder / "secret"
        secret.write_text("boss")
        os.chown(secret, user["user"], user["group"])
        data, port = folder / "data", free_port()
        subprocess.run(
            [initdb, "-D", data, "-U", "boss", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8",
             "--locale=C.UTF-8"],
            check=True, capture_output=True, **user,
        )  # fmt: skip

        def connect() -> Any:
            return dbapi.connect("boss", host="127.0.0.1", port=port, database="postgres", password="boss", timeout=5)

        def run(*statements: str) -> None:
            with closing(connect()) as connection:
                connection.autocommit = True
                for statement in statements:
                    connection.cursor().execute(statement)

        options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        with running([postgres, "-D", str(data), *options, "-c", "timezone=America/New_York"], folder, user,
                     lambda: connect().close()):  # fmt: skip
            run(f"CREATE USER auditor PASSWORD '{PASSWORD}'", "CREATE SCHEMA gateway")
            for name, kind, write in (
                ("aware", "timestamptz", lambda at: f"'{at.isoformat()}'"),
                ("naive", "timestamp", lambda at: f"'{at:%Y-%m-%d %H:%M:%S}'"),
                ("utc", "timestamp", lambda at: f"'{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"),
                ("seconds", "bigint", lambda at: f"{at.timestamp():.0f}"),
                ("millis", "bigint", lambda at: f"{at.timestamp() * 1000:.0f}"),
            ):
                rows = ", ".join(f"({write(at)}, 'fw-{n % 2}')" for n, at in enumerate(MOMENTS))
                run(
                    f'CREATE TABLE gateway.{name} ("记录时间" {kind}, device text)',
                    f"INSERT INTO gateway.{name} VALUES {rows}, (NULL, 'fw-0')",
                )
            run(
                "GRANT USAGE ON SCHEMA gateway TO auditor",
                "GRANT SELECT ON ALL TABLES IN SCHEMA gateway TO auditor",
                "CREATE FUNCTION gateway.slow() RETURNS timestamptz LANGUAGE sql AS"
                " $$ SELECT now() FROM pg_sleep(30) $$",
                "CREATE VIEW gateway.endless AS SELECT gateway.slow() AS at",
                "GRANT SELECT ON gateway.endless TO auditor",
                "CREATE TABLE gateway.words (at text)",
                "GRANT SELECT ON gateway.words TO auditor",
                "CREATE TABLE gateway.hidden (at timestamptz)",
                "CREATE FUNCTION gateway.sly() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN"
                " INSERT INTO gateway.words VALUES ('x'); RETURN now(); END $$",
                "GRANT INSERT ON gateway.words TO auditor",
                "CREATE VIEW gateway.writing AS SELECT gateway.sly() AS at",
                "GRANT SELECT ON gateway.writing TO auditor",
            )
            yield Server("postgresql", port, run)


@pytest.fixture(scope="module")
def mysql() -> Iterator[Server]:
    mariadbd, install = binary("mariadbd"), binary("mariadb-install-db")
    with folder_of("mysql") as (folder, user):
        data, port, pipe = folder / "data", free_port(), folder / "s"
        subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db"],
            check=True, capture_output=True, **user,
        )  # fmt: skip

        def connect() -> Any:
            return pymysql.connect(unix_socket=str(pipe), user="root", autocommit=True)

        def run(*statements: str) -> None:
            with closing(connect()) as connection, connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)

        command = [mariadbd, "--no-defaults", f"--datadir={data}", f"--port={port}", f"--socket={pipe}"]
        command += ["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", "--default-time-zone=-05:00"]
        command += ["--skip-name-resolve", f"--pid-file={folder / 'pid'}"]
        with running(command, folder, user, lambda: connect().close()):
            run("CREATE DATABASE gateway", f"CREATE USER auditor IDENTIFIED BY '{PASSWORD}'")
            for name, kind, write in (
                ("aware", "timestamp NULL", lambda at: f"from_unixtime({at.timestamp():.0f})"),
                ("naive", "datetime", lambda at: f"'{at:%Y-%m-%d %H:%M:%S}'"),
                ("utc", "datetime", lambda at: f"'{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"),
                ("seconds", "bigint", lambda at: f"{at.timestamp():.0f}"),
                ("millis", "bigint", lambda at: f"{at.timestamp() * 1000:.0f}"),
            ):
                rows = ", ".join(f"({write(at)}, 'fw-{n % 2}')" for n, at in enumerate(MOMENTS))
                run(
                    f"CREATE TABLE gateway.{name} (`记录时间` {kind}, device varchar(20))",
                    f"INSERT INTO gateway.{name} VALUES {rows}, (NULL, 'fw-0')",
                )
            run(
                "CREATE FUNCTION gateway.slow() RETURNS datetime NOT DETERMINISTIC RETURN now() + interval sleep(30)"
                " second",
                "CREATE VIEW gateway.endless AS SELECT gateway.slow() AS at",
                "CREATE TABLE gateway.words (at text)",
                "CREATE FUNCTION gateway.sly() RETURNS datetime MODIFIES SQL DATA BEGIN"
                " INSERT INTO gateway.words VALUES ('x'); RETURN now(); END",
                "CREATE VIEW gateway.writing AS SELECT gateway.sly() AS at",
                "GRANT SELECT, EXECUTE ON gateway.* TO auditor",
                "GRANT INSERT ON gateway.words TO auditor",
                "CREATE DATABASE elsewhere",
                "CREATE TABLE elsewhere.hidden (at datetime)",
            )
            yield Server("mysql", port, run)


@pytest.fixture(params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def asked(server: Server, table: str, column: str, **more: Any) -> TestWorld:
    """A world whose one log source is a table."""
    database = "postgres" if server.kind == "postgresql" else "gateway"
    store = {
        "kind": server.kind, "address": "127.0.0.1", "port": server.port, "credential": "db", "database": database,
        "table": f"gateway.{table}", "time_column": column,
    }  # fmt: skip
    password = more.pop("password", PASSWORD)
    quota = {"quota_gb": more.pop("quota_gb")} if "quota_gb" in more else {}
    own = {"timezone": more.pop("zone")} if "zone" in more else {}
    school = campus(
        credential=[{"id": "db", "kind": "database", "user": "auditor", "password": "env:X"}],
        log_source=[{"id": "fw", "records": ["session"], "store": store | more, **quota}],
        school={"name": "示例中学", "stages": ["junior"], **own},
    )
    return TestWorld(school, at=NOW, secrets={"env:X": password})


async def count(server: Server, table: str, column: str = "记录时间", **more: Any) -> Observation:
    world = asked(server, table, column, **more)
    (observation,) = await look(log_coverage, world, world.campus.log_source[0])
    return observation


@pytest.mark.parametrize("table", ["aware", "naive", "utc", "seconds", "millis"])
async def test_rows_are_counted_by_the_schools_day(server: Server, table: str) -> None:
    zone = {"timezone": "UTC"} if table == "utc" else {}
    found = (await count(server, table, **zone)).value
    assert isinstance(found, LogCoverage)
    assert (found.oldest, found.newest, found.records) == (MOMENTS[0], MOMENTS[-1], len(MOMENTS))
    assert found.missing_days == tuple(sorted(GONE))
    assert found.day_counts == tuple(0 if day in GONE else 6 for day in DAYS)
    assert (found.first_day, found.counted, found.store, found.undated_records) == (FIRST, "exact", server.kind, 1)
    last_before = datetime(DAYS[39].year, DAYS[39].month, DAYS[39].day, 23, 5, 2, tzinfo=SCHOOL)
    assert found.longest_gap_from == last_before
    assert found.longest_gap_h == pytest.approx(49 - 1 / 3600, abs=0.01)
    assert found.bytes


async def test_only_the_rows_of_one_device(server: Server) -> None:
    found = (await count(server, "aware", where={"device": "fw-1"})).value
    assert isinstance(found, LogCoverage)
    assert (found.records, found.undated_records) == (len(MOMENTS) // 2, 0)
    hostile = await count(server, "aware", where={"device": "x' OR '1'='1"})
    assert (hostile.status, hostile.reason) == (Status.UNAVAILABLE, Reason.EMPTY)


async def test_a_quota_tells_how_long_the_table_will_last(server: Server) -> None:
    found = (await count(server, "aware", quota_gb=1)).value
    assert isinstance(found, LogCoverage)
    assert found.bytes is not None
    assert found.forecast_days is not None
    assert found.forecast_days > 1000
    assert (await count(server, "aware")).value.forecast_days is None  # type: ignore[union-attr]


async def test_what_a_server_refuses_is_told(server: Server) -> None:
    cases = (
        (await count(server, "aware", password="wrong"), Reason.AUTHENTICATION_FAILED),
        (await count(server, "nowhere"), Reason.NOT_CONFIGURED),
        (await count(server, "hidden", column="at"), Reason.NOT_CONFIGURED),
        (await count(server, "aware", column="when"), Reason.NOT_CONFIGURED),
        (await count(server, "words", column="at"), Reason.NOT_CONFIGURED),
        (await count(server, "endless", column="at", timeout_s=1), Reason.TIMEOUT),
        (await count(server, "aware", tls="verify"), Reason.UNEXPECTED_ANSWER),
        (await count(server, "aware", port=free_port()), Reason.REFUSED),
    )
    for observation, reason in cases:
        assert (observation.status, observation.reason) == (Status.UNAVAILABLE, reason), observation.detail
        assert PASSWORD not in observation.detail
        assert "Traceback" not in observation.detail


async def test_nothing_can_be_written_even_where_the_login_could(server: Server) -> None:
    observation = await count(server, "writing", column="at")
    assert observation.status is Status.UNAVAILABLE, "a function that writes must fail in a session that only reads"
    assert "read" in observation.detail.lower()


# ---- searching -------------------------------------------------------------------------------------------------------

NEEDLE = b"cac1-"
MARKED = {
    # table: type of the time with PostgreSQL, with MariaDB
    "found_aware": ("timestamptz", "timestamp NULL"),
    "found_naive": ("timestamp", "datetime"),
    "found_millis": ("bigint", "bigint"),
}


def marked(server: Server, table: str, moments: list[datetime]) -> None:
    """A table of what somebody did: for each moment a record with a marker in its address, and two others."""
    postgres = server.kind == "postgresql"
    kind = MARKED[table][0 if postgres else 1]

    def written(at: datetime) -> str:
        if kind == "bigint":
            return f"{at.timestamp() * 1000:.0f}"
        if table == "found_naive":
            return f"'{at.astimezone(SCHOOL):%Y-%m-%d %H:%M:%S}'"
        return f"'{at.isoformat()}'" if postgres else f"from_unixtime({at.timestamp():.0f})"

    rows = [
        f"({written(at)}, '{user}', 'http://x/?a={words}', 'it''s 100%_')"
        for n, at in enumerate(moments)
        for user, words in (("auditor", f"cac1-{n}-z"), ("other", "CAC1-shouted"), ("other", "nothing"))
    ]
    quote = '"' if postgres else "`"
    made = (
        f"DROP TABLE IF EXISTS gateway.{table}",
        f"CREATE TABLE gateway.{table} (at {kind}, {quote}user{quote} varchar(20), url text, note text)",
        f"INSERT INTO gateway.{table} VALUES {', '.join(rows)}",
    )
    server.run(*made)
    if postgres:
        server.run(f"GRANT SELECT ON gateway.{table} TO auditor")


def haystack_of(world: TestWorld) -> Haystack:
    source = world.campus.log_source[0]
    return haystack(Context(world, log_coverage, source), source)


@pytest.mark.parametrize("table", MARKED)
def test_exactly_the_rows_with_the_needle_are_found_with_their_time(server: Server, table: str) -> None:
    at = [NOW - timedelta(days=n, minutes=7) for n in (0, 1, 40, 190)]
    marked(server, table, at)
    found = list(haystack_of(asked(server, table, "at")).find(Wanted((NEEDLE,))))
    assert all(b'user="auditor"' in line.data for line in found)
    calendar = Calendar(SCHOOL)
    assert {time_of(line.data, NOW, calendar) for line in found} == {one.astimezone(UTC) for one in at}
    assert len(found) == 4


@pytest.mark.parametrize("table", MARKED)
def test_only_rows_since_are_asked_for(server: Server, table: str) -> None:
    marked(server, table, [NOW - timedelta(hours=n) for n in (1, 25, 27, 200)])
    store = haystack_of(asked(server, table, "at"))
    found = list(store.find(Wanted((NEEDLE,), store.marks())))
    assert sorted(line.data.partition(NEEDLE)[2][:1] for line in found) == [b"0", b"1"]


@pytest.mark.parametrize("needle", ["'; DROP TABLE gateway.found_naive; --", "100%_", "it's", "\\", "%", "!"])
def test_a_needle_is_never_part_of_the_statement(server: Server, needle: str) -> None:
    marked(server, "found_naive", [NOW])
    store = haystack_of(asked(server, "found_naive", "at"))
    assert len(list(store.find(Wanted((needle.encode(),))))) == (3 if needle in "it's 100%_" else 0)
    assert len(list(store.find(Wanted((NEEDLE,))))) == 1


def test_what_a_search_is_refused_is_told_and_nothing_is_written(server: Server) -> None:
    with pytest.raises(TransportError) as refused:
        list(haystack_of(asked(server, "aware", "记录时间", password="wrong")).find(Wanted((NEEDLE,))))
    assert refused.value.reason is Reason.AUTHENTICATION_FAILED
    with pytest.raises(TransportError) as gone:
        haystack_of(asked(server, "no_such_table", "at")).marks()
    assert gone.value.reason is Reason.NOT_CONFIGURED


# ---- summer time -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["aware", "utc", "own", "seconds"])
async def test_days_of_a_zone_with_summer_time(server: Server, column: str) -> None:
    """Just after and before local midnight of Berlin, on both sides of the changes of 29 March and 25 October."""
    berlin = ZoneInfo("Europe/Berlin")
    days = [date(2026, 3, 1) + timedelta(days=n) for n in range(260)]
    moments = [datetime(day.year, day.month, day.day, hour, 5, tzinfo=berlin) for day in days for hour in (0, 23)]
    postgres = server.kind == "postgresql"
    naive = "timestamp" if postgres else "datetime"
    kind = {"aware": "timestamptz" if postgres else "timestamp NULL", "seconds": "bigint"}.get(column, naive)

    def written(at: datetime) -> str:
        if column == "seconds":
            return f"{at.timestamp():.0f}"
        if column == "aware":
            return f"'{at.isoformat()}'" if postgres else f"from_unixtime({at.timestamp():.0f})"
        return f"'{at if column == 'own' else at.astimezone(UTC):%Y-%m-%d %H:%M:%S}'"

    table = f"summer_{column}"
    server.run(
        f"CREATE TABLE gateway.{table} (at {kind})",
        f"INSERT INTO gateway.{table} VALUES {', '.join(f'({written(at)})' for at in moments)}",
        *([f"GRANT SELECT ON gateway.{table} TO auditor"] if postgres else []),
    )
    own = {"timezone": "UTC"} if column == "utc" else {}
    found = (await count(server, table, "at", zone="Europe/Berlin", **own)).value
    assert isinstance(found, LogCoverage)
    assert (found.first_day, found.day_counts) == (days[0], (2,) * len(days))
    assert (found.oldest, found.newest) == (moments[0].astimezone(UTC), moments[-1].astimezone(UTC))
