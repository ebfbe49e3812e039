"""A real rsyslogd receives on loopback and a real logrotate rotates: the probe finds what was sent, day by day."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.logtrees import SCHOOL, cover

pytestmark = pytest.mark.lab

RSYSLOGD = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin:/sbin")
LOGROTATE = shutil.which("logrotate") or shutil.which("logrotate", path="/usr/sbin:/sbin")
PER_DAY = 40
MISSING = {5, 6, 7}
DAYS = 14

CONFIG = """
global(workDirectory="{spool}" localHostname="log-server")
module(load="imtcp")
template(name="perDay" type="string" string="{logs}/%HOSTNAME%/%timereported:1:10:date-rfc3339%.log")
ruleset(name="remote") {{ action(type="omfile" {where} template="{template}" dirCreateMode="0755") }}
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="remote")
"""

ROTATION = """
{log} {{
  rotate 200
  compress
  delaycompress
  {more}
  postrotate
    kill -HUP {pid}
  endscript
}}
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(what: str, holds: object) -> None:
    assert callable(holds)
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, f"timed out: {what}"
        time.sleep(0.02)


@contextmanager
def connected(server: subprocess.Popen[bytes], port: int) -> Iterator[socket.socket]:
    """A connection to a log server as soon as it listens; the server ends with it."""
    try:
        connection: list[socket.socket] = []

        def connect() -> bool:
            try:
                connection.append(socket.create_connection(("127.0.0.1", port), 1))
            except OSError:
                return False
            return True

        wait_for(f"{server.args} listens", connect)
        with connection[0]:
            yield connection[0]
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def rsyslog(directory: Path, where: str, template: str) -> Iterator[tuple[socket.socket, int]]:
    """A running server: a connection to it and its process id."""
    if RSYSLOGD is None:
        pytest.skip("rsyslogd is not installed")
    port = free_port()
    (directory / "spool").mkdir()
    config = directory / "rsyslog.conf"
    config.write_text(
        CONFIG.format(spool=directory / "spool", logs=directory / "logs", where=where, template=template, port=port)
    )
    environment = {**os.environ, "TZ": "Asia/Shanghai"}
    server = subprocess.Popen(
        [RSYSLOGD, "-n", "-f", str(config), "-i", str(directory / "pid")],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with connected(server, port) as connection:
        yield connection, server.pid


def days() -> list[datetime]:
    today = datetime.now(SCHOOL).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=ago) for ago in range(DAYS, 0, -1) if ago not in MISSING]


def moments(day: datetime) -> list[datetime]:
    return [day + timedelta(minutes=5 + 30 * n, seconds=n) for n in range(PER_DAY)]


def lines_in(directory: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in directory.rglob("*.log") if path.is_file())


async def assert_all_found(logs: Path) -> None:
    sent = [at for day in days() for at in moments(day)]
    found = await cover(logs, at=datetime.now(SCHOOL))
    assert (found.oldest, found.newest, found.records) == (sent[0], sent[-1], len(sent))
    today = datetime.now(SCHOOL).date()
    assert found.missing_days == tuple(sorted(today - timedelta(days=ago) for ago in MISSING))
    assert (found.unreadable_files, found.undated_records) == (0, 0)
    before = moments(next(day for day in days() if day.date() == today - timedelta(days=8)))[-1]
    after = moments(next(day for day in days() if day.date() == today - timedelta(days=4)))[0]
    assert found.longest_gap_from == before
    assert found.longest_gap_h == pytest.approx((after - before).total_seconds() / 3600)


@pytest.mark.parametrize(
    "template", ["RSYSLOG_TraditionalFileFormat", "RSYSLOG_FileFormat", "RSYSLOG_SyslogProtocol23Format"]
)
async def test_a_file_a_day_and_host(tmp_path: Path, template: str) -> None:
    with rsyslog(tmp_path, 'dynaFile="perDay"', template) as (connection, _):
        for day in days():
            for at in moments(day):
                connection.sendall(f"<134>1 {at.isoformat()} fw-1 flow 12 - - session end\n".encode())
        wait_for("all lines are written", lambda: lines_in(tmp_path / "logs") == PER_DAY * len(days()))
    await assert_all_found(tmp_path / "logs")


@pytest.mark.parametrize(
    ("template", "more", "every"),
    [
        ("RSYSLOG_TraditionalFileFormat", "", 1),
        ("RSYSLOG_FileFormat", "", 1),
        ("RSYSLOG_TraditionalFileFormat", "dateext\n  dateformat -%Y%m%d-%s", 4),
    ],
    ids=["numbers", "numbers, iso", "dates"],
)
async def test_rotated_and_packed_by_logrotate(tmp_path: Path, template: str, more: str, every: int) -> None:
    """All days are written and rotated today, so that no time of a file's change tells its age."""
    if LOGROTATE is None:
        pytest.skip("logrotate is not installed")
    logs = tmp_path / "logs"
    logs.mkdir(mode=0o755)
    log = logs / "fw.log"
    with rsyslog(tmp_path, f'file="{log}"', template) as (connection, pid):
        rotation = tmp_path / "rotation"
        rotation.write_text(ROTATION.format(log=log, more=more, pid=pid))
        rotation.chmod(0o644)
        written = 0
        for number, day in enumerate(days()):
            if number and number % every == 0:
                if more:
                    time.sleep(1.05)  # the date in the name counts seconds
                subprocess.run([LOGROTATE, "-f", "-s", tmp_path / "state", rotation], check=True, timeout=20)
                written = 0
            for at in moments(day):
                connection.sendall(f"<134>{at:%b} {at.day:>2} {at:%H:%M:%S} fw-1 flow[12]: session end\n".encode())
            written += PER_DAY
            wait_for("the day is written", lambda n=written: log.exists() and log.read_bytes().count(b"\n") == n)
    assert len(list(logs.glob("*.gz"))) == (len(days()) - 1) // every - 1
    await assert_all_found(logs)
