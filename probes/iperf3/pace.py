"""Holding a rate: a token bucket that several streams may share."""

from __future__ import annotations

from threading import Lock
from time import monotonic

CATCH_UP_S = 0.25
"""What was lost to a late wake-up may be made good within this time, so that the mean holds on a busy machine."""

SLICE_S = 0.002
LEAST_CHUNK = 1024


class Pace:
    """A rate in bits per second."""

    def __init__(self, bits_per_s: float, streams: int = 1) -> None:
        """Set the rate that all streams together shall hold."""
        self._bytes_per_s = bits_per_s / 8
        self._streams = streams
        self._due = 0.0
        self._lock = Lock()

    def chunk(self, most: int) -> int:
        """How much one stream should move at once: little, for a first chunk is moved before it is paid for."""
        return min(max(int(self._bytes_per_s * SLICE_S / self._streams), LEAST_CHUNK), most)

    def owed_s(self, count: int) -> float:
        """Account for bytes that have moved; gives the seconds to wait before more may move."""
        with self._lock:
            now = monotonic()
            self._due = max(self._due, now - CATCH_UP_S if self._due else now) + count / self._bytes_per_s
            return max(self._due - now, 0.0)
