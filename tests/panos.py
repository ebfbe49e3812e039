"""A Palo Alto firewall's XML interface on loopback, asked in its dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import unquote

from probes.consult import Consultation, consult
from probes.log_settings import log_settings
from probes.probe import Context
from tests.unit.test_rest import serving
from tests.world import TestWorld, campus


@asynccontextmanager
async def panos(results: Mapping[str, str]) -> AsyncIterator[tuple[Consultation, list[str]]]:
    """A consultation of the firewall, and the requests that it got.

    Args:
        results: by command, and for parts of the configuration by the last step of their path.
    """

    def answer(path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if headers.get("X-PAN-KEY") != "schluessel":
            return 403, b"<response status='error'><result><msg>Invalid Credential</msg></result></response>"
        asked = unquote(path)
        result = results[asked.partition("cmd=")[2] if "type=op" in asked else asked.rpartition("/")[2]]
        return 200, f"<response status='success'><result>{result}</result></response>".encode()

    with serving(answer) as (port, requests):
        http = {"credential": "key", "port": port, "tls": False}
        device = {"id": "fw", "role": "firewall", "address": "127.0.0.1", "dialect": "paloalto-panos", "http": http}
        key = {"id": "key", "kind": "http", "token": "env:K"}
        world = TestWorld(campus(credential=[key], device=[device]), secrets={"env:K": "schluessel"})
        (firewall,) = world.campus.device
        async with consult(Context(world, log_settings, firewall), firewall) as asked_of:
            yield asked_of, requests
