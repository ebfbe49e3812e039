"""``respond``: the other end of a throughput test, for our own probe or a stock ``iperf3 -c``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

from auditor.secrets import resolve
from probes.iperf3.protocol import DEFAULT_PORT
from probes.iperf3.server import Responder
from probes.iperf3.session import Limits
from probes.text import Text, text
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Answer until a signal ends it (or, with ``--once``, one test), and say on stderr whatever happens."""

    def tell(happened: Text) -> None:
        sys.stderr.write(say(happened, options.language) + "\n")

    secret = resolve(options.secret) if options.secret else None
    limits = Limits(seconds=options.max_seconds, mbps=options.max_mbps, idle_s=options.max_idle, secret=secret)
    with _helper(options, secret, tell):
        return answer(options.bind, options.port, limits, once=options.once, tell=tell)


@contextmanager
def _helper(options: argparse.Namespace, secret: str | None, tell: Callable[[Text], None]) -> Iterator[None]:
    """The other end of the tests of safeguards, where it is asked for; it knocks only with a secret."""
    if options.safeguards_port is None:
        yield
        return
    from auditor.inventory_entries import is_host_and_port  # noqa: PLC0415  brings pydantic
    from probes.safeguards.helper import HelperError, Manners, helping  # noqa: PLC0415  only where it is asked for
    from probes.safeguards.steps import host_and_port  # noqa: PLC0415

    neutral = options.safeguards_neutral
    if neutral is not None and not is_host_and_port(neutral):
        raise HelperError(text("--safeguards-neutral is {value}; it has to be host:port", value=neutral))
    manners = Manners(secret, neutral=host_and_port(neutral) if neutral else None)
    with helping(options.bind, options.safeguards_port, manners, tell):
        yield


def answer(
    address: str | None = None,
    port: int = DEFAULT_PORT,
    limits: Limits | None = None,
    *,
    once: bool = False,
    tell: Callable[[Text], None] = lambda _: None,
) -> int:
    """Answer throughput tests until a signal ends it (or, with ``once``, one test); exit code 0.

    Args:
        address: of this machine; ``None`` for all, IPv4 and IPv6.
        port: TCP port.
        limits: what is allowed.
        once: end after one test that came to its end.
        tell: is given a sentence for whatever happens, from several threads.

    Raises:
        ListenError: the address or the port cannot be had.
    """
    with Responder(address, port, limits, tell) as responder, _ended_by_signals(responder):
        responder.serve(once=once)
    return 0


@contextmanager
def _ended_by_signals(responder: Responder) -> Iterator[None]:
    """SIGINT and SIGTERM end the responder instead of the process."""
    if current_thread() is not main_thread():
        yield
        return

    def stop(_number: int, _frame: Any) -> None:
        responder.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
