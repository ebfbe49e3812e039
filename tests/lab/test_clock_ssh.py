"""``clock`` through a real OpenSSH server: a forced command that plays a VRP console, and this Linux machine itself."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probes.clock import clock
from probes.kinds import Clock
from probes.observation import Observation
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(shutil.which("sshd", path="/usr/sbin:/usr/bin") is None, reason="no OpenSSH server (sshd) here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd with its own host keys and users wants root"),
]

CONSOLE = """
import os, sys, termios, tty
from datetime import datetime, timedelta, timezone
log = open(sys.argv[1], "a", buffering=1)
if os.isatty(0):
    tty.setraw(0)
def say(words):
    os.write(1, words.replace("\\n", "\\r\\n").encode())
def clock():
    now = datetime.now(timezone(timedelta(hours=8))) + timedelta(seconds=75)
    return f"{now:%Y-%m-%d %H:%M:%S}+08:00\\n{now:%A}\\nTime Zone(Beijing) : UTC+08:00\\n"
say("\\nWarning: authorised users only.\\n<CORE-SW>")
line = ""
while True:
    keys = os.read(0, 1024).decode()
    if not keys:
        break
    for key in keys:
        if key not in "\\r\\n":
            line += key
            say(key)
            continue
        log.write(line + "\\n")
        answers = {
            "display clock": clock,
            "display ntp-service status": lambda: " clock status: synchronized\\n reference clock ID: 192.0.2.7\\n",
            "screen-length 0 temporary": lambda: "Info: for this terminal only.\\n",
            "": str,
        }
        say("\\n" + answers.get(line, lambda: "Error: Unrecognized command found at '^' position.\\n")() + "<CORE-SW>")
        line = ""
"""


@pytest.fixture
def key(tmp_path: Path) -> Path:
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    return tmp_path / "client"


@pytest.fixture
def sshd(tmp_path: Path, key: Path) -> Iterator[tuple[int, Path]]:
    """Port of a server whose only command is the console, and the console's log; ``plain`` in the key's comment not."""
    yield from serve(tmp_path, key, forced=True)


@pytest.fixture
def plain_sshd(tmp_path: Path, key: Path) -> Iterator[tuple[int, Path]]:
    yield from serve(tmp_path, key, forced=False)


def serve(folder: Path, key: Path, *, forced: bool) -> Iterator[tuple[int, Path]]:
    console, log = folder / "console.py", folder / "typed.log"
    console.write_text(CONSOLE)
    log.touch()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Path("/run/sshd").mkdir(exist_ok=True)
    lines = [
        f"HostKey {folder / 'host'}",
        f"ListenAddress 127.0.0.1:{port}",
        f"AuthorizedKeysFile {key}.pub",
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PasswordAuthentication no",
        "PermitRootLogin yes",
        *([f"ForceCommand {sys.executable} {console} {log}"] if forced else ["SetEnv PS1=root@server:~#"]),
    ]
    (folder / "sshd_config").write_text("\n".join(lines) + "\n")
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    assert sshd is not None
    daemon = subprocess.Popen([sshd, "-D", "-e", "-f", folder / "sshd_config"], stderr=(folder / "sshd.log").open("w"))
    try:
        wait_for(port)
        yield port, log
    finally:
        daemon.terminate()
        daemon.wait(10)


def wait_for(port: int) -> None:
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("sshd did not start")


async def observe(port: int, key: Path, dialect: str) -> tuple[Observation, str]:
    ops: dict[str, Any] = {"id": "ops", "kind": "ssh", "user": "root", "key_file": str(key)}
    device = {
        "id": "sw-1",
        "role": "core-switch",
        "address": "127.0.0.1",
        "dialect": dialect,
        "ssh": {"credential": "ops", "port": port, "timeout_s": 10},
    }
    world = TestWorld(campus(credential=[ops], device=[device]))
    (observation,) = await look(clock, world, world.campus.device[0])
    return observation, "".join(world.kept[digest].decode() for digest in observation.raw)


async def test_a_console_behind_openssh(sshd: tuple[int, Path], key: Path) -> None:
    port, log = sshd
    began = time.monotonic()
    observation, raw = await observe(port, key, "huawei-vrp")
    assert isinstance(observation.value, Clock), observation.detail
    assert (observation.value.synchronised, observation.value.source) == (True, "192.0.2.7")
    assert observation.value.offset_s == pytest.approx(75, abs=0.8)
    assert log.read_text().splitlines() == ["screen-length 0 temporary", "display ntp-service status", "display clock"]
    fingerprint = subprocess.run(
        ["ssh-keygen", "-lf", key.parent / "host.pub"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    assert f"# host key: ssh-ed25519 {fingerprint} (recorded, not compared)" in raw
    assert time.monotonic() - began < 8


async def test_a_linux_server(plain_sshd: tuple[int, Path], key: Path) -> None:
    observation, raw = await observe(plain_sshd[0], key, "linux")
    assert isinstance(observation.value, Clock), observation.detail
    assert observation.value.offset_s == pytest.approx(0, abs=0.5)
    assert "# sent: date +%s.%N" in raw
