"""The process that is the simulated campus: ``python -m auditor.demo.servers --dir DIR``.

It binds ephemeral ports on loopback, writes ``DIR/inventory.toml`` and what belongs to it, prints one JSON line when
all of it answers, and ends at SIGTERM, SIGINT or the end of its standard input, so that it cannot outlive whoever
started it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from auditor.demo.agents import SnmpSecrets, start_agents
from auditor.demo.archives import SCHOOL_TIME, write_archives
from auditor.demo.consoles import start_consoles
from auditor.demo.inventory import Listening, Secrets, write_inventory
from auditor.demo.responders import start_responders
from auditor.demo.safeguards import start_filter, start_gateway, start_recorder
from auditor.demo.school import DEVICES
from auditor.demo.walk import write_survey
from auditor.demo.website import start_website
from probes.safeguards.helper import Manners, helping


def main() -> int:
    """Run the campus until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir", type=Path, required=True)
    directory: Path = parser.parse_args().dir.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    asyncio.run(_run(directory))
    return 0


async def _run(directory: Path) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_watch_input, args=(loop, stop), daemon=True).start()
    with ExitStack() as running:
        inventory = await _open(directory, running)
        sys.stdout.write(json.dumps({"ready": True, "inventory": str(inventory)}) + "\n")
        sys.stdout.flush()
        await stop.wait()


def _watch_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop at the end of standard input: whoever started us has closed it, or is gone."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


async def _open(directory: Path, running: ExitStack) -> Path:
    """Open all servers, each to be closed by ``running``; returns the inventory's path."""
    now = datetime.now(UTC)
    write_survey(directory, now)
    archives = asyncio.create_task(asyncio.to_thread(write_archives, directory, now))
    proof = Secrets(*(secrets.token_hex(9) for _ in range(5)))

    agents = start_agents(DEVICES, SnmpSecrets(proof.community, proof.auth_key, proof.privacy_key))
    running.callback(agents.close)
    consoles = start_consoles(DEVICES, proof.password)
    running.callback(consoles.close)
    web = start_website(now)
    running.callback(web.shutdown)
    responders = running.enter_context(start_responders())
    filter_ = start_filter()
    running.callback(filter_.shutdown)
    gateway = start_gateway(directory, web.server_address[1])
    running.callback(gateway.shutdown)
    recorder = start_recorder(proof.viewer)
    running.callback(recorder.shutdown)
    helper = running.enter_context(helping("127.0.0.1", 0, Manners()))

    # A dead switch: its port is taken, so that nobody else answers there, and every question to it is lost.
    dead = running.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    dead.bind(("127.0.0.1", 0))

    listening = Listening(
        snmp={**agents.ports, "acc-4": dead.getsockname()[1]},
        ssh=consoles.ports,
        responders=responders,
        web=web.server_address[1],
        filter=filter_.server_address[1],
        gateway=gateway.server_address[1],
        recorder=recorder.server_address[1],
        helper=helper,
    )
    inventory = write_inventory(directory, listening, proof, now.astimezone(SCHOOL_TIME).date())
    await archives
    return inventory


if __name__ == "__main__":
    sys.exit(main())
