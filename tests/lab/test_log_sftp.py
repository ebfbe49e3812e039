"""A real sshd with SFTP: the same tree read there and here gives the same days, and nothing is written."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from probes.kinds import LogCoverage
from probes.log_coverage import log_coverage
from probes.logs.search.lines import Wanted
from probes.logs.search.opening import haystack
from probes.observation import Observation, Reason, Status
from probes.probe import Context
from probes.transport.known_hosts import KnownHosts
from tests.logtrees import NOW, bsd, cover, dated_tree, days_ago, iso, moments, put, rotated_tree, tiny_looks
from tests.world import TestWorld, campus, look

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(SSHD is None, reason="no OpenSSH server (sshd) here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd with its own host keys wants root"),
]


@dataclass
class Server:
    port: int
    key: Path


@contextmanager
def sshd(folder: Path, subsystem: str) -> Iterator[Server]:
    assert SSHD is not None
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"StrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPidFile none\n{subsystem}"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    daemon = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stderr=(folder / "log").open("w"))
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.05)
        yield Server(port, folder / "user")
    finally:
        daemon.terminate()
        daemon.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sshd(tmp_path_factory.mktemp("sshd"), "Subsystem sftp internal-sftp -R\n") as found:
        yield found


async def over_sftp(server: Server, root: Path, **more: Any) -> Observation:
    store = {"kind": "sftp", "address": "127.0.0.1", "port": server.port, "credential": "ops", "path": str(root)}
    key, known = more.pop("key_file", str(server.key)), more.pop("known", KnownHosts())
    source = {"id": "fw", "records": ["session"], **more, "store": store | more.pop("store", {})}
    school = campus(credential=[{"id": "ops", "kind": "ssh", "user": "root", "key_file": key}], log_source=[source])
    world = TestWorld(school, at=NOW, known_hosts=known)
    (observation,) = await look(log_coverage, world, school.log_source[0])
    return observation


def digest(root: Path) -> str:
    return hashlib.sha256(b"".join(one.read_bytes() for one in sorted(root.rglob("*")) if one.is_file())).hexdigest()


@pytest.mark.parametrize("count", ["exact", "sampled"])
async def test_the_same_days_as_on_this_machine(server: Server, tmp_path: Path, count: str) -> None:
    dated_tree(tmp_path / "dated", days_ago(*range(1, 60), *range(66, 200)), bsd)
    rotated_tree(tmp_path / "rotated", days_ago(*range(30)), iso)
    before = digest(tmp_path)
    here = await cover(tmp_path)
    with tiny_looks():
        observation = await over_sftp(server, tmp_path, count=count)
    found = observation.value
    assert isinstance(found, LogCoverage), observation.detail
    assert (found.oldest, found.newest, found.missing_days) == (here.oldest, here.newest, here.missing_days)
    assert (found.store, found.counted) == ("sftp", count)
    assert found.bytes == here.bytes
    assert found.forecast_days is None
    if count == "exact":
        assert found.records == here.records
    assert digest(tmp_path) == before


async def test_a_large_file_comes_in_order(server: Server, tmp_path: Path) -> None:
    at = [one for day in sorted(days_ago(*range(1, 12))) for one in moments(day, 1)]
    put(tmp_path / "fw.log", (f"{iso(one)} {'x' * 200}" for one in at), at[-1])
    found = (await over_sftp(server, tmp_path, count="exact", quota_gb=1)).value
    assert isinstance(found, LogCoverage)
    assert found.records == len(at)


async def test_what_cannot_be_had_is_told(server: Server, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "stranger"], check=True)
    put(tmp_path / "logs" / "fw.log", [iso(NOW)])
    cases = (
        (await over_sftp(server, tmp_path / "nowhere"), Reason.FILE_NOT_FOUND),
        (await over_sftp(server, tmp_path / "logs" / "fw.log"), Reason.FILE_UNREADABLE),
        (await over_sftp(server, tmp_path / "other"), Reason.EMPTY),
        (await over_sftp(server, tmp_path / "logs", key_file=str(tmp_path / "stranger")), Reason.AUTHENTICATION_FAILED),
        (await over_sftp(server, tmp_path / "logs", key_file=str(tmp_path / "none")), Reason.SECRET_MISSING),
        (await over_sftp(server, tmp_path / "logs", key_file=str(tmp_path / "logs/fw.log")), Reason.SECRET_MISSING),
    )
    for observation, reason in cases:
        assert (observation.status, observation.reason) == (Status.UNAVAILABLE, reason), observation.detail


async def test_another_key_than_before_is_refused_before_the_login(server: Server, tmp_path: Path) -> None:
    put(tmp_path / "logs" / "fw.log", [iso(NOW)])
    known = KnownHosts(tmp_path / "keys")
    assert (await over_sftp(server, tmp_path / "logs", known=known)).status is Status.OK
    assert (await over_sftp(server, tmp_path / "logs", known=known)).status is Status.OK
    name, kind, _ = (tmp_path / "keys").read_text().split(maxsplit=2)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    other = (tmp_path / "other.pub").read_text().split()[1]
    (tmp_path / "keys").write_text(f"{name} {kind} {other}\n")
    changed = await over_sftp(server, tmp_path / "logs", known=known)
    assert (changed.status, changed.reason) == (Status.UNAVAILABLE, Reason.HOST_KEY_CHANGED)


async def test_a_server_without_sftp(tmp_path: Path) -> None:
    with sshd(tmp_path, "") as bare:
        observation = await over_sftp(bare, tmp_path)
    assert observation.status is Status.UNAVAILABLE
    assert "SFTP" in observation.detail


async def test_a_server_that_says_nothing(tmp_path: Path) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        silent = Server(mute.getsockname()[1], tmp_path / "key")
        observation = await over_sftp(silent, tmp_path, store={"timeout_s": 0.5})
    assert observation.status is Status.UNAVAILABLE


async def test_markers_are_found_there_as_here_and_nothing_is_written(server: Server, tmp_path: Path) -> None:
    lines = [f"{iso(one)} cac1-{n} x" if n % 7 == 0 else iso(one) for n, one in enumerate(moments(days_ago(3)[0], 5))]
    put(tmp_path / "logs" / "a.log.2.gz", lines[:100])
    put(tmp_path / "logs" / "a.log", lines[100:])
    before = digest(tmp_path / "logs")
    store = {"kind": "sftp", "address": "127.0.0.1", "port": server.port, "credential": "ops"}
    source = {"id": "fw", "records": ["session"], "store": store | {"path": str(tmp_path / "logs")}}
    ops = {"id": "ops", "kind": "ssh", "user": "root", "key_file": str(server.key)}
    world = TestWorld(campus(credential=[ops], log_source=[source]), at=NOW)
    hay = haystack(Context(world, log_coverage, world.campus.log_source[0]), world.campus.log_source[0])
    found = await asyncio.to_thread(lambda: list(hay.find(Wanted((b"cac1-",)))))
    assert sorted(line.data.decode() for line in found) == sorted(one for one in lines if "cac1-" in one)
    since = await asyncio.to_thread(hay.marks)
    assert await asyncio.to_thread(lambda: list(hay.find(Wanted((b"cac1-",), since)))) == []
    with (tmp_path / "logs" / "a.log").open("a") as file:
        file.write(f"{iso(NOW)} cac1-new\n")
    found = await asyncio.to_thread(lambda: list(hay.find(Wanted((b"cac1-new",), since))))
    assert len(found) == 1
    (tmp_path / "logs" / "a.log").write_text("".join(f"{one}\n" for one in lines[100:]))
    assert digest(tmp_path / "logs") == before
