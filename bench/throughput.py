"""Our two ends against iperf3's, over the same lines, in turn: goodput, and processor time for a gigabit.

``python bench/throughput.py [ROUNDS]`` as root (network namespaces), or else only over loopback. Each round is a pair,
so that what else the machine does meets both alike, and the medians over the pairs of ours to iperf3's are printed.
What is asked: goodput within 0.5 % on shaped lines, not less on unshaped ones, and no more processor time at either
end. The start of Python is not counted in ours, that of iperf3 (5 ms) is in its own. Three minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from probes.iperf3.client import measure
from probes.iperf3.outcome import Order
from probes.iperf3.peer import Peer
from probes.iperf3.server import Responder
from tests.namespaces import Cable, NoNamespacesError, cable

OMIT = 1
"""The burst that a token bucket lets through at the beginning belongs to nobody's figure."""

SECONDS = 2
ROUNDS = 3
WITHIN = 0.005
PORT = 5201

# Line, its rate on the wire in Mbit/s (None: veth as it is), direction, loopback instead of a cable.
LINES = (
    ("100 Mbit/s up", 100.0, "up", False),
    ("100 Mbit/s down", 100.0, "down", False),
    ("1 Gbit/s up", 1000.0, "up", False),
    ("1 Gbit/s down", 1000.0, "down", False),
    ("2.5 Gbit/s up", 2500.0, "up", False),
    ("2.5 Gbit/s down", 2500.0, "down", False),
    ("veth unshaped", None, "up", False),
    ("loopback", None, "up", True),
)


@dataclass(frozen=True)
class Figure:
    """One test: goodput, and processor seconds of either end for a gigabit of payload."""

    mbps: float
    near_cpu: float
    far_cpu: float


def main() -> int:
    """Print the table, or be one of our two ends for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", metavar="ROUNDS", type=int, nargs="?", default=ROUNDS)
    parser.add_argument("--end", choices=("client", "server"), help=argparse.SUPPRESS)
    parser.add_argument("--host", default="127.0.0.1", help=argparse.SUPPRESS)
    parser.add_argument("--direction", default="up", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.end == "server":
        return _server()
    if options.end == "client":
        return _client(options.host, options.direction)
    if shutil.which("iperf3") is None:
        print("iperf3 is not installed: nothing to compare with")
        return 1
    print(f"{'line':<16}{'iperf3':>12}{'ours':>12}{'ratio':>8}   CPU for a gigabit, ours / iperf3: near end, far end")
    missed = []
    for name, rate, direction, loopback in LINES:
        try:
            with nullcontext() if loopback else cable(rate) as line:
                pairs = [(_iperf3(direction, line), _ours(direction, line)) for _ in range(options.rounds)]
        except NoNamespacesError as error:
            print(f"{name:<16}  left out: {error}")
            continue
        missed += [f"{name}: {what}" for what in _row(name, pairs, shaped=rate is not None)]
    print("missed: " + "; ".join(missed) if missed else "all as asked")
    return 0


def _row(name: str, pairs: Sequence[tuple[Figure, Figure]], *, shaped: bool) -> list[str]:
    """Print a line of the table; what of it is not as asked."""

    def ratio(what: Callable[[Figure], float]) -> float:
        return median(what(own) / what(stock) for stock, own in pairs)

    speed, near, far = ratio(lambda one: one.mbps), ratio(lambda one: one.near_cpu), ratio(lambda one: one.far_cpu)
    stock, own = (median(pair[which].mbps for pair in pairs) for which in (0, 1))
    print(f"{name:<16}{stock:>12.2f}{own:>12.2f}{speed:>8.4f}   {near:.2f}, {far:.2f}", flush=True)
    slow = abs(speed - 1) > WITHIN if shaped else speed < 1
    return [
        *(["goodput"] if slow else []),
        *(["CPU at the near end"] if near > 1 else []),
        *(["CPU at the far end"] if far > 1 else []),
    ]


def _iperf3(direction: str, line: Cable | None) -> Figure:
    server = _start(line, "far", ["iperf3", "-s", "-1", "-p", str(PORT), "--forceflush"], "Server listening")
    host = line.far_address if line else "127.0.0.1"
    words = [
        "iperf3",
        "-c",
        host,
        "-p",
        str(PORT),
        "-O",
        str(OMIT),
        "-t",
        str(SECONDS),
        "-J",
        *(["-R"] if direction == "down" else []),
    ]
    answer, near_cpu = _finish(_start(line, "near", words))
    far_cpu = _finish(server)[1]
    mbps = json.loads(answer)["end"]["sum_received"]["bits_per_second"] / 1e6
    gigabits = mbps * (OMIT + SECONDS) / 1000
    return Figure(mbps, near_cpu / gigabits, far_cpu / gigabits)


def _ours(direction: str, line: Cable | None) -> Figure:
    me = [sys.executable, __file__, "--end"]
    server = _start(line, "far", [*me, "server"], "listening")
    host = line.far_address if line else "127.0.0.1"
    near = json.loads(
        _finish(_start(line, "near", [*me, "client", "--host", host, "--direction", direction]))[0].splitlines()[-1]
    )
    far = json.loads(_finish(server)[0].splitlines()[-1])
    gigabits = near["mbps"] * (OMIT + SECONDS) / 1000
    return Figure(near["mbps"], near["cpu"] / gigabits, far["cpu"] / gigabits)


def _start(line: Cable | None, where: str, words: Sequence[str], ready: str = "") -> subprocess.Popen[str]:
    # exec keeps the process id, so that wait4 tells of the program itself.
    command = line.command(line.near if where == "near" else line.far, words) if line else list(words)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while ready and process.stdout is not None:
        said = process.stdout.readline()
        if ready in said:
            break
        if not said:
            raise RuntimeError(f"{words[0]} ended before it was ready")
    return process


def _finish(process: subprocess.Popen[str]) -> tuple[str, float]:
    """What it printed, and its processor seconds."""
    answer = process.stdout.read() if process.stdout is not None else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout is not None:
        process.stdout.close()
    return answer, usage.ru_utime + usage.ru_stime


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _server() -> int:
    """Our responder for one test; its processor time without the start of Python."""
    with Responder(None, PORT, tell=lambda _: print("listening", flush=True)) as responder:
        before = _processor_s()
        responder.serve(once=True)
        print(json.dumps({"cpu": _processor_s() - before}))
    return 0


def _client(host: str, direction: str) -> int:
    """Our client for one test; its processor time without the start of Python."""
    before = _processor_s()
    outcome = measure(Peer(host, PORT), Order("down" if direction == "down" else "up", omit_s=OMIT, seconds=SECONDS))
    print(json.dumps({"cpu": _processor_s() - before, "mbps": outcome.mbps}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
