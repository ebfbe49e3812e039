"""Three commands on a console over SSH: our session against netmiko as it comes, in turn, in the same run.

The console is a VRP-like one behind a real sshd on loopback, a process a session; what counts is the wall time of a
device, login and end included.

    python bench/ssh.py [--rounds 5]         as root; about half a minute
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from probes.transport.ssh import open_session
from tests.recorded_consoles import SSHD, Recorded, openssh
from tests.world import TestWorld, campus

PROMPT = "<CORE-SW>"
COMMANDS = ("display clock", "display ntp-service status", "display version")
BOUND_S = 0.47
AT_ONCE = 20


def vrp() -> Recorded:
    """A console with the answers of a Huawei switch."""
    texts = {
        "screen-length 0 temporary": "Info: The configuration takes effect on this terminal only.",
        "display clock": "2026-11-23 14:20:05+08:00\r\nMonday\r\nTime Zone(Beijing) : UTC+08:00",
        "display ntp-service status": " clock status: synchronized\r\n reference clock ID: 192.0.2.5",
        "display version": "\r\n".join(f"line {n} of what a switch tells of itself" for n in range(40)),
    }
    return Recorded(PROMPT, {line: [f"{line}\r\n{text}\r\n{PROMPT}"] for line, text in texts.items()})


def ours(port: int, key: Path) -> None:
    """One device through our session."""
    asyncio.run(ask(world_at(port, key)))


def world_at(port: int, key: Path) -> TestWorld:
    """An inventory of the one console."""
    ops = {"id": "ops", "kind": "ssh", "user": "root", "key_file": str(key)}
    ssh = {"credential": "ops", "port": port, "timeout_s": 60}
    device = {"id": "sw", "role": "core-switch", "address": "127.0.0.1", "dialect": "huawei-vrp", "ssh": ssh}
    return TestWorld(campus(credential=[ops], device=[device]))


async def ask(world: TestWorld) -> None:
    """The three commands."""
    async with open_session(world, world.campus.device[0]) as session:
        for line in COMMANDS:
            if not await session.run(line):
                sys.exit(f"nothing came of {line}")


def netmikos(port: int, key: Path) -> None:
    """One device through netmiko, as its manual begins."""
    from netmiko import ConnectHandler  # noqa: PLC0415  a peer that one run may do without

    login = {"host": "127.0.0.1", "port": port, "username": "root", "use_keys": True, "key_file": str(key)}
    with ConnectHandler(device_type="huawei", **login) as console:
        for line in COMMANDS:
            if not console.send_command(line):
                sys.exit(f"nothing came of {line}")


def timed(work: Callable[[int, Path], None], port: int, key: Path, rounds: int) -> float:
    """The median of so many rounds, after one that loads what is loaded once."""
    work(port, key)
    times = []
    for _ in range(rounds):
        began = perf_counter()
        work(port, key)
        times.append(perf_counter() - began)
    return median(times)


async def crowd(world: TestWorld) -> float:
    """Seconds for many devices at once."""
    began = perf_counter()
    await asyncio.gather(*(ask(world) for _ in range(AT_ONCE)))
    return perf_counter() - began


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    if os.geteuid() != 0 or SSHD is None:
        print("skipped: needs root and sshd")
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="bench-ssh-") as folder,
        openssh(Path(folder), vrp(), "Error: Unrecognized command found at '^' position.\r\n") as (port, key, _),
    ):
        theirs, mine = timed(netmikos, port, key, rounds), timed(ours, port, key, rounds)
        together = asyncio.run(crowd(world_at(port, key)))
    verdict = "yes" if mine <= BOUND_S else "NO"
    print(f"{len(COMMANDS)} commands on a device, login and end included")
    print(f"  netmiko as it comes  {theirs:6.2f} s")
    print(f"  our session          {mine:6.2f} s  {mine / theirs:5.2f} (at most {BOUND_S} s: {verdict})")
    print(f"  {AT_ONCE} of ours at once    {together:6.2f} s")
    return 0 if mine <= BOUND_S else 1


if __name__ == "__main__":
    sys.exit(main())
