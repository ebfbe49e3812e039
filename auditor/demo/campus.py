"""Starts the simulated campus in a process of its own, and ends it."""

from __future__ import annotations

import contextlib
import json
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from probes.errors import AuditorError
from probes.text import text
from probes.trouble import said_by

READY_S = 60.0
"""Seconds until the servers must answer; they take about two."""

_END_S = 5.0
_MARK = ".campus-auditor-demo"
"""A file that says that this directory's content is ours to delete."""


class DemoError(AuditorError):
    """The simulated campus could not be started."""


@contextmanager
def start(directory: Path) -> Iterator[Path]:
    """The path of an inventory whose campus answers for as long as the block runs.

    Args:
        directory: where inventory, logs, secrets and documents are written; made if it is missing.

    Raises:
        DemoError: the directory cannot be used, or the servers could not be started (the sentence names their log).
    """
    directory = directory.resolve()
    try:
        _claim(directory)
        log = (directory / "servers.log").open("wb")
    except OSError as error:
        raise DemoError(
            text(
                "the demo cannot write to {directory} ({error}): name another directory with --out",
                directory=directory,
                error=said_by(error),
            )
        ) from error
    with log:
        command = [sys.executable, "-m", "auditor.demo.servers", "--dir", str(directory)]
        # A session of their own: Ctrl-C is for the audit, which then ends the servers.
        servers = subprocess.Popen(  # noqa: S603  our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
    try:
        yield Path(_ready(servers, directory))
    finally:
        _end(servers)


def _claim(directory: Path) -> None:
    """Make the directory, or empty that of an earlier demo: its logs would fill the gaps of this one's."""
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()) and not (directory / _MARK).exists():
        raise DemoError(
            text(
                "{directory} is not empty and not of an earlier demo: name another directory with --out",
                directory=directory,
            )
        )
    for old in ("logs", "documents", "secrets", "surveys", "plans"):
        shutil.rmtree(directory / old, ignore_errors=True)
    for keys in directory.glob("*.known_hosts"):  # its consoles have been given new ones
        keys.unlink()
    (directory / _MARK).touch()


def _ready(servers: subprocess.Popen[bytes], directory: Path) -> str:
    """Wait for the line with which the servers say that they answer."""
    assert servers.stdout is not None
    line = b""
    if select.select([servers.stdout], [], [], READY_S)[0]:
        line = servers.stdout.readline()
    try:
        return str(json.loads(line)["inventory"])
    except (ValueError, KeyError, TypeError) as error:
        raise DemoError(text("the simulated campus did not start; see {log}", log=directory / "servers.log")) from error


def _end(servers: subprocess.Popen[bytes]) -> None:
    """End the servers: by closing their input, then by force."""
    assert servers.stdin is not None
    assert servers.stdout is not None
    with contextlib.suppress(OSError):
        servers.stdin.close()
    for insist in (servers.terminate, servers.kill):
        try:
            servers.wait(_END_S)
            break
        except subprocess.TimeoutExpired:
            insist()
    servers.wait()
    servers.stdout.close()
