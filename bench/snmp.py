"""Reading switches over SNMP: our sessions, by either engine, against net-snmp's bulk walk, in the same run.

Real snmpd processes in a network namespace are the agents, each with 50 ports; their processor time does not count,
the client's does (getrusage of a process of its own and its children). A device is 12 columns of IF-MIB, which
net-snmp walks with one ``snmpbulkwalk -Cr25`` a column. Every device is a session of its own, up to 25 at once. In
each round all ways take their turn, so that what else the machine does meets them alike; the medians over the rounds
are printed, the ratios' too.

    python bench/snmp.py [--devices 100] [--rounds 3]         as root; about three minutes
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from probes.transport import snmp_gufo
from probes.transport.snmp import open_session
from tests.world import TestWorld, campus

ROOT = Path(__file__).resolve().parents[1]
PORTS = 50
AGENTS = 25
AT_ONCE = 25
FIRST_PORT = 16100
HOST = "127.0.0.1"
AUTH, PRIVACY = "bench-auth-key", "bench-privacy-key"
IF, IFX = "1.3.6.1.2.1.2.2.1.", "1.3.6.1.2.1.31.1.1.1."
COLUMNS = (
    *(IF + column for column in ("2", "3", "5", "7", "8", "14")),
    *(IFX + column for column in ("1", "6", "10", "15", "17", "18")),
)
WAYS = ("net-snmp", "gufo-snmp", "pysnmp")
BOUNDS = {"gufo-snmp": 0.1, "pysnmp": 1.3}


def main() -> int:
    """Print the table, or be one of the clients for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--client", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--version", choices=("2c", "3"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        print(json.dumps(measured(options.client, options.version, options.devices)))
        return 0
    snmpd = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if os.geteuid() != 0 or not snmpd or not shutil.which("snmpbulkwalk"):
        print("skipped: needs root, snmpd and snmpbulkwalk")
        return 0
    with namespace() as name, agents(name, snmpd):
        return compare(name, options.devices, options.rounds)


def compare(namespace: str, devices: int, rounds: int) -> int:
    """Each way in turn, in a process of its own inside the namespace, and again."""
    print(f"{devices} devices of {PORTS} ports, {len(COLUMNS)} columns; milliseconds of client CPU for a device")
    missed = 0
    for version in ("2c", "3"):
        seen = [{way: _apart(namespace, way, version, devices) for way in WAYS} for _ in range(rounds)]
        for way in WAYS:
            cpu, wall = (median(each[way][what] for each in seen) for what in ("cpu_ms", "wall_s"))
            ratio = median(each[way]["cpu_ms"] / each[WAYS[0]]["cpu_ms"] for each in seen)
            bound = BOUNDS.get(way)
            verdict = "" if bound is None else f" (at most {bound}: {'yes' if ratio <= bound else 'NO'})"
            missed += bound is not None and ratio > bound
            print(f"  v{version:<3}{way:<12}{cpu:8.2f} ms CPU  {wall:6.2f} s  {ratio:6.3f}{verdict}", flush=True)
    return 1 if missed else 0


def _apart(namespace: str, way: str, version: str, devices: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--client", way, "--version", version, "--devices", str(devices)]
    done = subprocess.run(["ip", "netns", "exec", namespace, *command], capture_output=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measured(way: str, version: str, devices: int) -> dict[str, float]:
    """CPU for a device and the whole wall time of one way; every device has to be read whole."""
    before, began = cpu_s(), perf_counter()
    if way == "net-snmp":
        rows = [walked(version, number) for number in range(devices)]
    else:
        rows = asyncio.run(read(way, version, devices))
    wall, cpu = perf_counter() - began, cpu_s() - before
    if set(rows) != {PORTS + 1}:  # and the loopback
        sys.exit(f"{way} found {sorted(set(rows))} rows")
    return {"cpu_ms": cpu * 1000 / devices, "wall_s": wall}


def cpu_s() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def walked(version: str, number: int) -> int:
    """The rows that net-snmp finds, in all columns."""
    login = ["-v2c", "-c", "public"]
    if version == "3":
        login = ["-v3", "-l", "authPriv", "-u", "auditor", "-a", "SHA", "-A", AUTH, "-x", "AES", "-X", PRIVACY]
    counts = set()
    for column in COLUMNS:
        command = ["snmpbulkwalk", *login, "-Cr25", "-On", f"{HOST}:{FIRST_PORT + number % AGENTS}", column]
        done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "MIBS": ""})
        counts.add(done.stdout.count(f".{column}.".encode()))
    return max(counts) if len(counts) == 1 else -1


async def read(way: str, version: str, devices: int) -> Sequence[int]:
    """The rows that our sessions find."""
    if way == "pysnmp":
        snmp_gufo.fitting = lambda _: False
    v2c = {"id": "ro", "kind": "snmp-v2c", "community": "env:C"}
    keys = {"auth": "SHA", "auth_key": "env:A", "privacy": "AES128", "privacy_key": "env:P"}
    v3 = {"id": "ro", "kind": "snmp-v3", "user": "auditor", **keys}
    agents = [
        {
            "id": f"sw-{number}",
            "role": "access-switch",
            "address": HOST,
            "snmp": {"credential": "ro", "port": FIRST_PORT + number, "timeout_s": 20},
        }
        for number in range(AGENTS)
    ]
    described = campus(credential=[v2c if version == "2c" else v3], device=agents)
    world = TestWorld(described, secrets={"env:C": "public", "env:A": AUTH, "env:P": PRIVACY})
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> int:
        async with at_once, open_session(world, described.device[number % AGENTS]) as session:
            table = await session.table(*COLUMNS)
            session.raw()
            whole = all(len(row) == len(COLUMNS) for row in table.values())
            return len(table) if whole and (session.lane is not None) is (way == "gufo-snmp") else -1

    return await asyncio.gather(*(one(number) for number in range(devices)))


@contextmanager
def namespace() -> Iterator[str]:
    """A network namespace with so many interfaces; it is gone afterwards."""
    name = f"bench-snmp-{secrets.token_hex(3)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        lines = ["link set lo up"]
        lines += [f"link add ge0-0-{n} type veth peer name ge0-0-{n + 1}" for n in range(1, PORTS, 2)]
        subprocess.run(["ip", "-n", name, "-batch", "-"], input="\n".join(lines).encode(), check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False)


@contextmanager
def agents(namespace: str, snmpd: str) -> Iterator[None]:
    """Real snmpd processes, each with its own SNMPv3 engine id, on consecutive ports."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-snmp-")))
        for number in range(AGENTS):
            own = folder / str(number)
            own.mkdir()
            lines = [
                f"agentAddress udp:{HOST}:{FIRST_PORT + number}",
                "rocommunity public",
                f"createUser auditor SHA {AUTH} AES {PRIVACY}",
                "rouser auditor priv",
            ]
            (own / "agent.conf").write_text("\n".join(lines) + "\n")
            command = [
                "ip",
                "netns",
                "exec",
                namespace,
                snmpd,
                "-f",
                "-Ln",
                "-c",
                str(own / "agent.conf"),
                "-I",
                "-smux",
            ]
            environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(own), "SNMPCONFPATH": str(own), "MIBS": ""}
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        answered = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.snmp_servers import wait_for_answer as w\n"
        )
        answered += f"for n in range({AGENTS}): w({FIRST_PORT} + n, 'public')"
        subprocess.run(["ip", "netns", "exec", namespace, sys.executable, "-c", answered], check=True)
        time.sleep(3)  # snmpd reads the speeds of its interfaces at the second look
        yield


if __name__ == "__main__":
    sys.exit(main())
