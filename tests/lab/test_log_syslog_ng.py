"""A real syslog-ng receives on loopback and sorts by host and day: the probe finds what was sent, day by day.

Debian installs either rsyslog or syslog-ng. To test with the latter beside the former, unpack its packages
(``apt-get download syslog-ng-core libivykis0 libnet1``, ``dpkg -x`` each) and name that directory in SYSLOG_NG_ROOT.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.lab.test_log_rsyslog import (
    PER_DAY,
    assert_all_found,
    connected,
    days,
    free_port,
    lines_in,
    moments,
    wait_for,
)

pytestmark = pytest.mark.lab

ROOT = Path(os.environ.get("SYSLOG_NG_ROOT", "/"))
SYSLOG_NG = shutil.which("syslog-ng", path=ROOT / "usr/sbin")

CONFIG = """@version: current
options {{
  keep-hostname(yes); keep-timestamp(yes); create-dirs(yes); chain-hostnames(no); use-dns(no);
  ts-format({stamps}); time-zone("Asia/Shanghai"); recv-time-zone("Asia/Shanghai"); stats-freq(0);
}};
source remote {{ network(ip("127.0.0.1") port({port}) transport("tcp") {flags}); }};
destination files {{ file("{logs}/{name}.log"); }};
log {{ source(remote); destination(files); }};
"""


@contextmanager
def syslog_ng(directory: Path, **wanted: str) -> Iterator[socket.socket]:
    """A connection to a running server."""
    if SYSLOG_NG is None:
        pytest.skip("syslog-ng is not installed (nor unpacked in SYSLOG_NG_ROOT)")
    port = free_port()
    config = directory / "syslog-ng.conf"
    config.write_text(CONFIG.format(logs=directory / "logs", port=port, **wanted))
    own = ["--persist-file", "persist", "--control", "control", "--pidfile", "pid"]
    libraries = {path.parent for path in ROOT.glob("usr/lib/*/*.so*")} if Path("/") != ROOT else set()
    own += [f"--module-path={path}" for path in ROOT.glob("usr/lib/syslog-ng/*") if path.is_dir()] if libraries else []
    more = {"TZ": "Asia/Shanghai", **({"LD_LIBRARY_PATH": ":".join(map(str, libraries))} if libraries else {})}
    server = subprocess.Popen(
        [SYSLOG_NG, "-F", "--no-caps", "-f", str(config), *own],
        cwd=directory, env={**os.environ, **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with connected(server, port) as connection:
        yield connection


def old(at: datetime) -> str:
    return f"<134>{at:%b} {at.day:>2} {at:%H:%M:%S} fw-1 flow[12]: session end\n"


def new(at: datetime) -> str:
    return f"<134>1 {at.isoformat()} fw-1 flow 12 - - session end\n"


@pytest.mark.parametrize("name", ["$HOST/$YEAR/$MONTH/$DAY", "$YEAR-$MONTH-$DAY/$HOST", "$HOST"])
@pytest.mark.parametrize("stamps", ["bsd", "iso"])
@pytest.mark.parametrize(("line", "flags"), [(old, ""), (new, "flags(syslog-protocol)")], ids=["3164", "5424"])
async def test_sorted_by_host_and_day(tmp_path: Path, name: str, stamps: str, line: object, flags: str) -> None:
    assert callable(line)
    with syslog_ng(tmp_path, name=name, stamps=stamps, flags=flags) as connection:
        for day in days():
            connection.sendall("".join(line(at) for at in moments(day)).encode())
        wait_for("all lines are written", lambda: lines_in(tmp_path / "logs") == PER_DAY * len(days()))
    await assert_all_found(tmp_path / "logs")
