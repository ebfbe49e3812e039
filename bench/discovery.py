"""Finding the hosts of a /22 by ARP: ours against arp-scan over the same line, in turn.

300 hosts of 1,022 addresses and 10 % of the frames lost, once spread at random and once in rows as DHCP gives them out.
Ours as fast as the line lets it, and at the polite rate of the product (1,000 frames a second). arp-scan as it comes,
and told to ask as often as it takes to find as many (``--retry=4``). Prints hosts found, seconds and ratios; absolute
figures belong to one machine.

    python bench/discovery.py        as root (network namespaces); about 75 seconds
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from probes.discovery import arp
from probes.discovery.interface import interfaces
from probes.discovery.ranges import Area
from tests.segment import NoNamespacesError, Segment, segment

RANGE = IPv4Network("10.77.0.0/22")
OWN = "10.77.0.1/22"
HOSTS, ROUNDS = 300, 3
FAST, POLITE = 20_000, 1000
LOSS = """table arp loss {
 chain input {
  type filter hook input priority 0
  numgen random mod 10 == 0 drop
 }
}
"""


@dataclass(frozen=True)
class Figure:
    """One sweep: hosts found, seconds."""

    found: int
    seconds: float


def main() -> int:
    """Print the tables, or be our own end for them."""
    parser = argparse.ArgumentParser(description="hosts by ARP: ours against arp-scan")
    parser.add_argument("--sweep", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sweep:
        return _sweep(options.sweep)
    if shutil.which("arp-scan") is None or shutil.which("nft") is None:
        print("arp-scan or nft is not installed: nothing to compare with")
        return 1
    try:
        for layout in ("spread at random", "in rows"):
            _compare(layout)
    except NoNamespacesError as error:
        print(f"left out: {error}")
    return 0


def _compare(layout: str) -> None:
    with segment(OWN) as net:
        net.add("hosts")
        lines = "".join(f"address add {one}/22 dev eth0\n" for one in _addresses(layout))
        _fed(net, ["ip", "-batch", "-"], lines)
        _fed(net, ["nft", "-f", "-"], LOSS)
        print(f"{HOSTS} hosts of a /22 {layout}, 10 % of the frames lost; medians of {ROUNDS}")
        figures: dict[str, list[Figure]] = {}
        for _ in range(ROUNDS):
            figures.setdefault("arp-scan", []).append(_arp_scan(net))
            figures.setdefault("ours, fast", []).append(_ours(net, FAST))
            figures.setdefault("ours, polite", []).append(_ours(net, POLITE))
        figures["arp-scan --retry=4"] = [_arp_scan(net, "--retry=4")]
        stock = median(one.seconds for one in figures["arp-scan"])
        thorough = figures["arp-scan --retry=4"][0].seconds
        for name, own in figures.items():
            seconds = median(one.seconds for one in own)
            print(
                f"  {name:<20} found {'/'.join(str(one.found) for one in own):<12} {seconds:5.2f} s   "
                f"{seconds / stock:.2f} x arp-scan, {seconds / thorough:.2f} x arp-scan --retry=4",
                flush=True,
            )


def _addresses(layout: str) -> list[IPv4Address]:
    free = [one for one in RANGE.hosts() if one != IPv4Address("10.77.0.1")]
    return random.Random(7).sample(free, HOSTS) if layout.startswith("spread") else free[40 : 40 + HOSTS]


def _fed(net: Segment, words: list[str], lines: str) -> None:
    command = ["ip", "netns", "exec", net.name("hosts"), *words]
    subprocess.run(command, input=lines, text=True, check=True, capture_output=True)


def _arp_scan(net: Segment, *options: str) -> Figure:
    words = ["arp-scan", "-q", "-x", "-g", *options, "-I", "eth0", str(RANGE)]
    begin = perf_counter()
    shown = net.run_in("near", words).stdout
    return Figure(len({line.split()[0] for line in shown.splitlines() if line.strip()}), perf_counter() - begin)


def _ours(net: Segment, per_s: float) -> Figure:
    shown = net.run_in("near", [sys.executable, __file__, "--sweep", str(per_s)]).stdout
    told = json.loads(shown)
    return Figure(told["found"], told["seconds"])


def _sweep(per_s: float) -> int:
    """Our sweep alone, without the start of Python, which a search has behind it."""
    card = interfaces()[0]
    area = list(Area.of([RANGE]).addresses())
    begin, cpu = perf_counter(), process_time()
    answers = arp.sweep(card, area, per_s, lambda _kind, _host, _at: None)
    told = {"found": len(answers.macs), "seconds": perf_counter() - begin, "cpu": process_time() - cpu}
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
