"""How fast may be asked, and what was sent: one pacer for all that a search sends, from however many threads."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic, sleep

# A clock that is a little off between two threads must not make the rate one too many in some second.
_SLACK = 1.02


@dataclass
class Ledger:
    """What was sent, countable: how many of each kind, to how many hosts, and the most in any one second.

    Attributes:
        sent: packets, connections and requests by kind.
        hosts: those that were sent something other than ARP, with how much.
        peak: the most of one group (``arp`` or ``other``) within any second.
        host_peak: the most to a single host within any second, ARP not counted.
    """

    sent: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    peak: Counter[str] = field(default_factory=Counter)
    host_peak: int = 0
    _lately: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def note(self, kind: str, host: str, at: float) -> None:
        """Write down one packet, connection or request."""
        self.sent[kind] += 1
        if kind == "arp":
            self.peak["arp"] = max(self.peak["arp"], self._in_a_second("arp", at))
            return
        self.hosts[host] += 1
        self.peak["other"] = max(self.peak["other"], self._in_a_second("other", at))
        self.host_peak = max(self.host_peak, self._in_a_second(host, at))

    def _in_a_second(self, whose: str, at: float) -> int:
        lately = self._lately[whose]
        lately.append(at)
        while lately[0] <= at - 1.0:
            lately.popleft()
        return len(lately)

    def written(self) -> Mapping[str, object]:
        """For the evidence."""
        return {
            "sent": dict(sorted(self.sent.items())),
            "hosts_asked": len(self.hosts),
            "most_to_one_host": max(self.hosts.values(), default=0),
            "most_in_one_second": {"arp": self.peak["arp"], "other": self.peak["other"], "to_one_host": self.host_peak},
        }


class Pacer:
    """Lets one packet after the other go, never closer than the rates allow; for threads.

    Args:
        per_s: to all hosts together.
        host_per_s: to one host.
        ledger: where each is written down.
    """

    def __init__(self, per_s: float, host_per_s: float, ledger: Ledger) -> None:
        self._gap = _SLACK / per_s
        self._host_gap = _SLACK / host_per_s
        self.ledger = ledger
        self._next = 0.0
        self._host_next: dict[str, float] = {}
        self._lock = Lock()

    def take(self, host: str, kind: str) -> None:
        """Wait until something may be sent to the host, and write it down."""
        while (wait := self.attempt(host, kind)) > 0:
            sleep(wait)

    def attempt(self, host: str, kind: str) -> float:
        """Zero if it may be sent now, and it is then written down; else the seconds until it is worth asking again."""
        with self._lock:
            now = monotonic()
            free = max(self._next, self._host_next.get(host, 0.0))
            if free > now:
                return free - now
            self._next, self._host_next[host] = now + self._gap, now + self._host_gap
            self.ledger.note(kind, host, now)
            return 0.0

    def host_free_in(self, host: str) -> float:
        """Seconds until that host may be sent something again, whatever the others get."""
        return max(0.0, self._host_next.get(host, 0.0) - monotonic())
