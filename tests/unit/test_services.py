"""Each system asked in its own protocol: honest answers, refusals, garbage, silence, and who logs one in."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from probes.answering.sso import asked_at, login_of
from probes.kinds import Service
from probes.observation import Observation, Reason, Status
from probes.services import services
from tests.world import TestWorld, campus, look

Talk = Callable[[socket.socket], None]


@contextmanager
def tcp_server(talk: Talk) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                while True:
                    wire, _ = server.accept()
                    with wire:
                        talk(wire)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@contextmanager
def udp_server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))

        def serve() -> None:
            try:
                while True:
                    packet, peer = wire.recvfrom(4096)
                    if not packet:
                        return
                    wire.sendto(answer(packet), peer)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield wire.getsockname()[1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", wire.getsockname())
        thread.join(5)


def answering(reply: bytes) -> Talk:
    def talk(wire: socket.socket) -> None:
        wire.recv(4096)
        wire.sendall(reply)

    return talk


async def ask(**service: Any) -> Observation:
    world = TestWorld(campus(service=[{"id": "one", "what": "iot", **service}]))
    (seen,) = await look(services, world, world.campus.service[0])
    return seen


async def value(**service: Any) -> Service:
    seen = await ask(**service)
    assert isinstance(seen.value, Service), seen.detail
    return seen.value


MODBUS = bytes.fromhex("4341 0000 0018 ff 2b0e01010000 02") + b"\x00\x05ACME\xff\x01\x09PM-5560\x1b["
SPOKEN = [
    ("mqtt", b"\x20\x02\x00\x00", "CONNACK 0: accepted without a login"),
    ("mqtt", b"\x20\x02\x00\x05", "CONNACK 5: not authorised without a login"),
    ("rtsp", b"RTSP/1.0 401 Unauthorized\r\nServer: Rtsp Server\r\n\r\n", "401 Unauthorized, Rtsp Server"),
    ("modbus", MODBUS, "PM-5560"),
    ("modbus", bytes.fromhex("4341 0000 0003 ff ab01"), "exception 1: it does not identify itself"),
    ("ldap", bytes.fromhex("300c020101650 70a01000400 0400".replace(" ", "")), "root DSE"),
]


@pytest.mark.parametrize(("protocol", "reply", "evidence"), SPOKEN)
async def test_a_system_that_speaks_its_protocol_is_reachable(protocol: str, reply: bytes, evidence: str) -> None:
    with tcp_server(answering(reply)) as port:
        found = await value(address="127.0.0.1", port=port, protocol=protocol)
    assert (found.reachable, found.protocol) == (True, protocol)
    assert evidence in found.evidence
    assert found.latency_ms is not None


@pytest.mark.parametrize("protocol", ["mqtt", "rtsp", "modbus", "ldap"])
@pytest.mark.parametrize("reply", [b"", b"\x00" * 600, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 9])
async def test_garbage_and_broken_answers_are_not_the_protocol(protocol: str, reply: bytes) -> None:
    with tcp_server(answering(reply)) as port:
        assert not (await value(address="127.0.0.1", port=port, protocol=protocol)).reachable


UDP_SPOKEN = [
    ("sip", lambda _: b"SIP/2.0 200 OK\r\nServer: Kamailio\r\n\r\n", True),
    ("sip", lambda _: b"SIP/2.0 403 Forbidden\r\n\r\n", True),
    ("sip", lambda _: b"\x00\x01", False),
    ("coap", lambda asked: b"\x62\x45" + asked[2:6] + b"\xff</temp>;rt=x", True),
    ("coap", lambda _: b"\x62\x45\x00\x00\x00\x00", False),  # somebody else's answer
    ("coap", lambda _: b"\x00", False),
]


@pytest.mark.parametrize(("protocol", "answer", "reachable"), UDP_SPOKEN)
async def test_answers_over_udp(protocol: str, answer: Callable[[bytes], bytes], reachable: bool) -> None:  # noqa: FBT001
    with udp_server(answer) as port:
        found = await value(address="127.0.0.1", port=port, protocol=protocol)
    assert found.reachable is reachable


async def test_bacnet_names_its_device() -> None:
    i_am = bytes.fromhex("810a0014 0100 1000 c4") + struct.pack(">I", 8 << 22 | 1234) + bytes.fromhex("2204009103")
    with udp_server(lambda _: i_am) as port:
        found = await value(address="127.0.0.1", port=port, protocol="bacnet")
    assert (found.reachable, found.evidence) == (True, "I-Am device 1234")


async def test_a_system_of_its_own_kind_is_reachable_with_its_greeting() -> None:
    with tcp_server(lambda wire: wire.sendall(b"\x1b[2JCARD-SRV 3.1\r\nmore")) as port:
        found = await value(what="card", address="127.0.0.1", port=port)
    assert (found.reachable, found.evidence) == (True, f"port {port} open: [2JCARD-SRV 3.1")


async def test_nobody_there_is_a_measurement_and_an_unknown_name_is_none() -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        assert not (await value(address="127.0.0.1", port=taken.getsockname()[1])).reachable
    unknown = await ask(address="nowhere.invalid", port=80, protocol="rtsp")
    assert (unknown.status, unknown.reason) == (Status.UNAVAILABLE, Reason.NAME_NOT_FOUND)


@pytest.mark.parametrize("port", [502, 9100, 47808, 4370, 1883])
async def test_a_fragile_port_is_not_touched_unless_the_inventory_says_what_it_is(port: int) -> None:
    seen = await ask(address="127.0.0.1", port=port)
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, Reason.NOT_PERMITTED)


async def test_a_stream_that_does_not_come_is_not_there() -> None:
    assert (await value(address="127.0.0.1", port=5004, protocol="multicast")).evidence.endswith("no multicast group")


REQUESTS = [
    ("https://sso.school.example/cas/login?service=https%3A%2F%2Foa%2F", ("sso.school.example", "cas")),
    ("https://id.example/authorize?response_type=code&client_id=a&scope=openid+profile", ("id.example", "oidc")),
    ("https://id.example:8443/oauth?client_id=a&response_type=code", ("id.example:8443", "oauth2")),
    ("https://idp.example/SSO?SAMLRequest=fZ&RelayState=x", ("idp.example", "saml2")),
    ("https://user:pw@id.example/login?service=http%3A%2F%2Foa", ("id.example", "cas")),
    ("https://oa.example/login?service=wifi", None),  # a page of its own, by chance of that name
    ("https://oa.example/?client_id=a", None),
    ("javascript:alert(1)", None),
    ("https://[::1/authorize?response_type=code&client_id=a", None),
]


@pytest.mark.parametrize(("address", "found"), REQUESTS)
def test_a_request_to_an_identity_provider_is_known_by_its_form(address: str, found: object) -> None:
    assert asked_at(address) == found


def test_a_link_and_a_posted_form_count_like_a_redirect() -> None:
    link = '<a href="https://id.example/authorize?response_type=code&amp;client_id=a&amp;scope=openid">登录</a>'
    form = '<form method="post" action="https://idp.example/sso"><input type="hidden" name="SAMLRequest" value="x">'
    assert (one := login_of([], link, "http://oa/")) is not None
    assert (one.host, one.protocol, one.by) == ("id.example", "oidc", "link")
    assert (two := login_of([], form, "http://oa/")) is not None
    assert (two.host, two.protocol) == ("idp.example", "saml2")
    assert (
        login_of([], "<form" * 100_000 + 'name="SAMLRequest"' * 1000 + 'href="' * 10_000, "http://oa/") is None
    )  # and in no time


class _System(BaseHTTPRequestHandler):
    to = ""

    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(302)
            self.send_header("Location", f"{self.to}/cas/login?service=http%3A%2F%2F127.0.0.1%2F")
            self.end_headers()
            return
        body = b"<title>login</title><input type='password'>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def web(to: str = "") -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("System", (_System,), {"to": to}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


async def test_systems_that_send_one_to_the_schools_identity_provider_are_single_sign_on() -> None:
    with web() as idp, web() as stranger, web(to=idp) as office, web(to=stranger) as other:
        entries = [
            {"id": "sso", "what": "identity", "url": f"{idp}/cas/login"},
            {"id": "oa", "what": "management", "url": f"{office}/"},
            {"id": "x", "what": "management", "url": f"{other}/"},
            {"id": "own", "what": "management", "url": f"{office}/login.html"},
        ]
        world = TestWorld(campus(service=entries))
        found = {one.id: (await look(services, world, one))[0].value for one in world.campus.service}
    assert {id_: one.protocol for id_, one in found.items() if isinstance(one, Service)} == {
        "sso": "http",  # it sends nobody on
        "oa": "sso",
        "x": "http",  # to somebody else's
        "own": "http",
    }
    assert isinstance(found["oa"], Service)
    assert f"http://{found['oa'].identity}" == idp
    assert found["oa"].identity_protocol == "cas"
    assert isinstance(found["own"], Service)
    assert "its own login page" in found["own"].evidence


async def test_without_a_named_provider_a_system_that_logs_in_at_itself_is_none() -> None:
    with web() as idp, web(to=idp) as office, web(to="") as alone:
        assert (await value(url=f"{office}/")).protocol == "sso"
        assert (await value(url=f"{alone}/")).protocol == "http"
