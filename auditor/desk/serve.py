"""The desk's server: loopback only, until Ctrl-C or until nobody has used it for some hours."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from auditor.desk.app import application
from auditor.desk.door import Door
from auditor.desk.office import Office
from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by

LOOPBACK = "127.0.0.1"
LOOK_S = 1.0


def serve(office: Office, port: int, idle_hours: float, announce: Callable[[str], None]) -> Text:
    """Serve until the end; returns why it ended.

    Args:
        office: what is served.
        port: to listen on; 0 takes a free one.
        idle_hours: ends after so long without a request; an audit that is running keeps it.
        announce: told each one-time address.

    Raises:
        AuditorError: the port cannot be had.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let another program take the port over
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(100)  # whoever opens the address at once waits, and is not refused
    except (OSError, OverflowError) as error:
        listener.close()
        said = said_by(error) if isinstance(error, OSError) else str(error)
        raise AuditorError(
            text(
                "cannot listen on port {port} of this computer: {error}; choose another with --port",
                port=port,
                error=said,
            )
        ) from error
    with listener:
        return asyncio.run(_serve(office, listener, idle_hours * 3600, announce))


async def _serve(office: Office, listener: socket.socket, idle_s: float, announce: Callable[[str], None]) -> Text:
    import uvicorn  # noqa: PLC0415  only where the desk is served

    port = listener.getsockname()[1]
    door = Door(application(office), port, office.say)
    _one_line_each()
    config = uvicorn.Config(
        door,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        http="h11",
        timeout_graceful_shutdown=2,
        limit_concurrency=100,
    )
    server = uvicorn.Server(config)

    def new_address() -> None:
        announce(f"http://{LOOPBACK}:{port}/enter?token={door.new_token()}")

    # uvicorn would raise the signal again once it has ended, and cut the audit's own ending short.
    server.capture_signals = nullcontext  # type: ignore[method-assign,assignment]

    def stop() -> None:
        office.work.leave()
        server.should_exit = True

    for signum in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows Ctrl-C arrives as a cancellation
            asyncio.get_running_loop().add_signal_handler(signum, stop)
    new_address()
    why = text("the desk was closed")
    watching = asyncio.create_task(_idle(office, door, stop, idle_s))
    with _enter_pressed(new_address), suppress(asyncio.CancelledError):
        await server.serve(sockets=[listener])
    if watching.done() and not watching.cancelled() and watching.result():
        why = text("nobody used the desk for {hours} hours, so it was closed", hours=round(idle_s / 3600, 2))
    watching.cancel()
    await office.work.close()
    return why


class _Line(logging.Formatter):
    """A fault in one line: what, and the place in the program."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  the library's name
        """Kind of the error, its words, and where it arose."""
        kind, error, _ = ei
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{kind.__name__}: {error} ({Path(place.filename).name}:{place.lineno})"[:500]

    def format(self, record: logging.LogRecord) -> str:
        """Without line breaks."""
        return " ".join(super().format(record).split())


def _one_line_each() -> None:
    """The server's log as the rest of the program speaks: on stderr, a line for each fault."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Line("campus-auditor: %(message)s"))
    log = logging.getLogger("uvicorn.error")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.ERROR)
    # What was sent is wrong, not the program; the answer says so.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


async def _idle(office: Office, door: Door, stop: Callable[[], None], idle_s: float) -> bool:
    """Ask the server to end once nobody has used it for long; true if so."""
    while True:
        await asyncio.sleep(min(LOOK_S, idle_s))
        run = office.work.run
        if run is not None and run.is_running:
            door.last_used = monotonic()
        if monotonic() - door.last_used > idle_s:
            stop()
            return True


class _enter_pressed:  # noqa: N801  reads as what it waits for
    """While the block runs, Enter in the desk's window asks for a new address; only where there is a terminal."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._on = False

    def __enter__(self) -> None:
        if sys.platform == "win32" or sys.stdin is None or not sys.stdin.isatty():
            return
        with suppress(NotImplementedError, OSError, ValueError):
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)
            self._on = True

    def __exit__(self, *_: object) -> None:
        if self._on:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())

    def _read(self) -> None:
        if sys.stdin.readline():
            self._act()
        elif self._on:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._on = False
