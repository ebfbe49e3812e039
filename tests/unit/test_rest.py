"""A device's REST interface on loopback: logins, documents, refusals, and servers that lie or never end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from probes.dialect import Dialect, parse_dialect
from probes.errors import TransportError
from probes.kinds import Resources
from probes.observation import Reason
from probes.resources import resources
from probes.transport.gate import GateError
from probes.transport.rest import from_xml, open_session
from tests.world import TestWorld, campus, look

KEY = "gemeinsamer-Schluessel-7"
Answer = Callable[[str, Mapping[str, str]], tuple[int, bytes]]

SANGFOR = b"""
id = "sangfor-test"
title = "Sangfor AC"
[web]
auth = "sangfor"
[[rest]]
purpose = "resources"
path = "/v1/status/disk-usage"
success = { "/code" = "0" }
fields = { disk_percent = "/data" }
constant = { part = "log disk" }
[[rest]]
purpose = "resources"
path = "/v1/status/cpu-usage"
success = { "/code" = "0" }
fields = { cpu_percent = "/data" }
constant = { part = "cpu" }
"""


@contextmanager
def serving(answer: Answer) -> Iterator[tuple[int, list[str]]]:
    """A web server that answers so; its port, and the requests it got."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.path}")
            status, body = answer(self.path, dict(self.headers))
            self.send_response(status)
            if status in {301, 302}:
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  http.server's name

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def world_with(port: int, **credential: str) -> TestWorld:
    http = {"credential": "web", "port": port, "tls": False, "timeout_s": 2}
    device = {"id": "ac-1", "role": "behaviour", "address": "127.0.0.1", "dialect": "sangfor-test", "http": http}
    login = credential or {"token": "env:KEY"}
    return TestWorld(
        campus(credential=[{"id": "web", "kind": "http", **login}], device=[device]),
        secrets={"env:KEY": KEY, "env:PW": "geheim-Passwort-3"},
    )


@pytest.fixture
def sangfor(monkeypatch: pytest.MonkeyPatch) -> Dialect:
    dialect = parse_dialect(SANGFOR, "sangfor-test.toml")
    monkeypatch.setattr("probes.transport.identity.load_dialects", lambda: {dialect.id: dialect})
    return dialect


def behaves(path: str, _: Mapping[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(path)
    said = {key: value[0] for key, value in parse_qs(parts.query).items()}
    right = hashlib.md5((KEY + said.get("random", "")).encode()).hexdigest()
    if said.get("md5") != right or len(said["random"]) != 16:
        return 200, b'{"code": 1, "message": "auth"}'
    value = {"/v1/status/disk-usage": 41, "/v1/status/cpu-usage": 7}[parts.path]
    return 200, json.dumps({"code": 0, "data": value}).encode()


async def test_what_the_interface_says_is_read(sangfor: Dialect) -> None:
    with serving(behaves) as (port, requests):
        world = world_with(port)
        (observation,) = await look(resources, world, world.campus.device[0])
    value = observation.value
    assert isinstance(value, Resources), observation.detail
    assert (value.disk_percent, value.cpu_percent) == (41.0, 7.0)
    assert len(requests) == 2
    kept = b"".join(world.kept.values()).decode()
    assert "/v1/status/disk-usage" in kept
    assert KEY not in kept
    assert "md5=" not in kept


FAULTS: Mapping[str, tuple[Answer, Reason]] = {
    "login refused": (lambda *_: (401, b"{}"), Reason.AUTHENTICATION_FAILED),
    "an error": (lambda *_: (500, b"oops"), Reason.UNEXPECTED_ANSWER),
    "no document": (lambda *_: (200, b"<html><p>login"), Reason.UNEXPECTED_ANSWER),
    "a bomb": (lambda *_: (200, b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), Reason.UNEXPECTED_ANSWER),
    "nested without end": (lambda *_: (200, b"[" * 200_000), Reason.UNEXPECTED_ANSWER),
    "an answer without end": (lambda *_: (200, b"[" + b"1," * 3_000_000), Reason.UNEXPECTED_ANSWER),
    "elsewhere": (lambda *_: (302, b"http://127.0.0.1:1/"), Reason.UNEXPECTED_ANSWER),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_one_observation_with_its_reason(fault: str, sangfor: Dialect) -> None:
    answer, reason = FAULTS[fault]
    with serving(answer) as (port, _):
        world = world_with(port)
        (observation,) = await look(resources, world, world.campus.device[0])
    assert (observation.value, observation.reason) == (None, reason), observation.detail
    assert KEY not in observation.detail


async def test_nobody_there(sangfor: Dialect) -> None:
    with serving(behaves) as (port, _):
        pass
    world = world_with(port)
    (observation,) = await look(resources, world, world.campus.device[0])
    assert observation.reason is Reason.REFUSED


async def test_a_page_that_is_not_there_is_no_failure(sangfor: Dialect) -> None:
    half: Answer = lambda path, headers: (404, b"") if "cpu" in path else behaves(path, headers)  # noqa: E731  as the others
    with serving(half) as (port, _):
        world = world_with(port)
        (observation,) = await look(resources, world, world.campus.device[0])
    assert isinstance(observation.value, Resources)
    assert (observation.value.disk_percent, observation.value.cpu_percent) == (41.0, None)


async def test_what_writes_is_never_sent(sangfor: Dialect) -> None:
    assert sangfor.web is not None
    with serving(behaves) as (port, requests):
        world = world_with(port)
        async with open_session(world, world.campus.device[0], sangfor.web) as session:
            for method, path in (("DELETE", "/v1/x"), ("POST", "/v1/x"), ("GET", "/v1/reboot"), ("GET", "http://x/")):
                with pytest.raises(GateError):
                    await session.ask(method, path)
    assert requests == []


@pytest.mark.parametrize("login", [{"user": "auditor", "password": "env:PW"}, {"token": "env:MISSING_HERE"}])
async def test_a_credential_that_does_not_serve(login: dict[str, str], sangfor: Dialect) -> None:
    assert sangfor.web is not None
    world = world_with(1, **login)
    world.secrets.pop("env:MISSING_HERE", None)
    with pytest.raises((TransportError, KeyError)):
        async with open_session(world, world.campus.device[0], sangfor.web):
            pass


@pytest.mark.parametrize(
    ("auth", "header"),
    [("bearer", ("Authorization", f"Bearer {KEY}")), ('header"\nheader = "X-API-Key', ("X-API-Key", KEY))],
)
async def test_tokens_travel_in_headers(auth: str, header: tuple[str, str]) -> None:
    dialect = parse_dialect(f'id = "a"\ntitle = "A"\n[web]\nauth = "{auth}"\n'.encode(), "a.toml")
    seen: list[str | None] = []
    note: Answer = lambda _, headers: (seen.append(headers.get(header[0])), (200, b'{"a": 1}'))[1]  # noqa: E731  as the others
    with serving(note) as (port, _):
        world = world_with(port)
        assert dialect.web is not None
        async with open_session(world, world.campus.device[0], dialect.web) as session:
            assert await session.ask("GET", "/status") == {"a": 1}
    assert seen == [header[1]]


def test_xml_is_read_as_json_would_be() -> None:
    time = "<?xml version='1.0'?><Time xmlns='http://www.hikvision.com/ver20'><localTime>2026-11-25T08:00:00+08:00</localTime></Time>"
    assert from_xml(time) == {"Time": {"localTime": "2026-11-25T08:00:00+08:00"}}
