"""Throughput responders in the rooms and beyond the uplink, each letting through what its line would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import Thread

from auditor.demo.inventory import UPLINK
from auditor.demo.school import ROOMS, UPLINK_MBPS
from probes.iperf3.server import Responder
from probes.iperf3.session import Limits

_LONGEST_S = 30.0


@contextmanager
def start_responders() -> Iterator[Mapping[str, int]]:
    """TCP port of the responder by room, and of the uplink's."""
    lines = {room.id: room.line_mbps for room in ROOMS if room.line_mbps} | {UPLINK: UPLINK_MBPS}
    with ExitStack() as running:
        responders = {
            key: running.enter_context(
                Responder("127.0.0.1", 0, Limits(seconds=_LONGEST_S, mbps=mbps, tells_mbps=False))
            )
            for key, mbps in lines.items()
        }
        threads = [Thread(target=responder.serve, daemon=True) for responder in responders.values()]
        for thread in threads:
            thread.start()
        try:
            yield {key: responder.port for key, responder in responders.items()}
        finally:
            # All are told first: each closes itself at the end of serve().
            for responder in responders.values():
                responder.stop()
            for thread in threads:
                thread.join()
