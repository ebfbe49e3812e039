"""One at a time: a lock that the system takes back even from a process that was killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by


class LockError(AuditorError):
    """Somebody else is at it, or the lock cannot be made."""


@contextmanager
def alone(path: Path, taken: Text) -> Iterator[None]:
    """Hold the lock for the time of the block.

    Raises:
        LockError: another process holds it (``taken`` says what that means), or the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise LockError(text("cannot write {path}: {error}", path=path, error=said_by(error))) from error
    try:
        _take(handle, taken)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":

    def _take(handle: int, taken: Text) -> None:
        import msvcrt  # noqa: PLC0415  there only on Windows

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise LockError(taken) from error

else:

    def _take(handle: int, taken: Text) -> None:
        import fcntl  # noqa: PLC0415  not there on Windows

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LockError(taken) from error
