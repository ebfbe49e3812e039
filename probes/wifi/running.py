"""Programs of the system, run with a time-out that nothing escapes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

MOST_OCTETS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended; ``code`` is ``None`` where it was stopped because it took too long or is not there."""

    code: int | None
    output: bytes = b""
    complaint: str = ""
    found: bool = True

    @property
    def words(self) -> str:
        """What it printed, for programs that print UTF-8; an SSID's other octets survive as surrogates."""
        return self.output.decode("utf-8", "surrogateescape")


def run(argv: Sequence[str], timeout_s: float) -> Ran:
    """Run a program to its end, in the language of its authors; it and its children are stopped after the time-out."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "LANGUAGE": ""}
    try:
        child = subprocess.Popen(  # noqa: S603  the programs are named in this folder, never by a device
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=sys.platform != "win32",
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return Ran(None, found=False)
    try:
        output, complaint = child.communicate(timeout=timeout_s)
        code: int | None = child.returncode
    except subprocess.TimeoutExpired:
        stop(child)
        output, complaint = child.communicate()
        code = None
    return Ran(code, output[:MOST_OCTETS], complaint[:4096].decode("utf-8", "replace").strip())


def stop(child: subprocess.Popen[bytes]) -> None:
    """Stop a program that this module started, and its children."""
    if child.poll() is not None:
        return
    if sys.platform == "win32":
        child.kill()
        return
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        child.kill()
