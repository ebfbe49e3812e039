"""Whether a site itself answered, or somebody in its stead; and what public address services tell. Real TLS servers."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from probes.wayout import internet as internet_module
from probes.wayout.address import addresses_of, ask_service, told_in
from probes.wayout.https import Answer, NoAnswerError, Site, ask, trust
from probes.wayout.internet import Outcome, Visit, Visitor, internet
from probes.wayout.names import NoNameError, resolver
from tests.web_servers import Authority, page, raw, redirect, refusing, serving

RESOLVE = resolver([])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.roots))
    return made


@pytest.fixture
def visitor(authority: Authority) -> Visitor:
    return Visitor(RESOLVE)


def outcome(visitor: Visitor, url: str) -> tuple[Outcome, str]:
    visit = visitor.visit(url)
    return visit.outcome, visit.detail


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_site_that_proves_its_name_answers_whatever_it_says(
    authority: Authority, visitor: Visitor, status: int
) -> None:
    with serving({"/": page("hello", status=status)}, authority.context()) as url:
        visit = visitor.visit(url)
    assert visit == Visit(url, "answered", f"HTTP {status} from 127.0.0.1", ("127.0.0.1",))


@pytest.mark.parametrize(
    ("context", "words"),
    [
        pytest.param(lambda ca: ca.context(names=("portal.school.cn",)), "IP address mismatch", id="another name"),
        pytest.param(lambda ca: ca.context(self_signed=True), "self-signed", id="self-signed"),
        pytest.param(lambda ca: ca.context(days=-1), "expired", id="expired, or this machine's clock is wrong"),
    ],
)
def test_a_certificate_that_is_not_the_sites_is_an_interception(
    authority: Authority, visitor: Visitor, context: Callable[[Authority], ssl.SSLContext], words: str
) -> None:
    with serving({"/": page("welcome, please log in")}, context(authority)) as url:
        result, detail = outcome(visitor, url)
    assert result == "intercepted"
    assert words in detail


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/home", "answered"),
        ("https://127.0.0.1/elsewhere", "answered"),
        ("http://10.10.1.1/login?url=x", "intercepted"),
        ("http://[broken/", "intercepted"),
    ],
)
def test_a_redirect_to_another_host_is_an_interception(
    authority: Authority, visitor: Visitor, location: str, expected: Outcome
) -> None:
    with serving({"/": redirect(location)}, authority.context()) as url:
        assert outcome(visitor, url)[0] == expected


def test_what_refuses_or_speaks_no_tls_is_silent(visitor: Visitor) -> None:
    with refusing() as url:
        assert outcome(visitor, url.replace("http:", "https:")) == ("silent", "refused: [Errno 111] Connection refused")
    with serving({"/": page("plain")}) as url:
        assert outcome(visitor, url.replace("http:", "https:"))[0] == "silent"


def test_a_name_that_does_not_resolve_is_silent_and_a_private_address_says_nothing(authority: Authority) -> None:
    def nothing(name: str, family: int) -> tuple[str, ...]:
        raise NoNameError("name", f"no {name} in {family}")

    assert outcome(Visitor(nothing), "https://www.example.cn/") == (
        "silent",
        "name: no www.example.cn in 4; name: no www.example.cn in 6",
    )
    assert outcome(Visitor(lambda *_: ("10.1.1.1",)), "https://www.example.cn/")[0] == "inside"


def test_plain_http_gives_a_login_page_away_where_https_only_dies(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def portal(host: str, address: str) -> Answer:
        return Answer(302, f"http://10.10.1.1/?from={host}", b"", address)

    def dead(*_: object) -> Answer:
        raise NoAnswerError("timeout", "timed out")

    monkeypatch.setattr(internet_module, "ask", dead)
    monkeypatch.setattr(internet_module, "ask_plainly", portal)
    assert outcome(visitor, "https://127.0.0.1/")[0] == "intercepted"
    monkeypatch.setattr(internet_module, "ask_plainly", lambda *_: Answer(301, "https://127.0.0.1/", b"", ""))
    assert outcome(visitor, "https://127.0.0.1/")[0] == "silent"


def drip(connection: socket.socket) -> None:
    for _ in range(100):
        connection.sendall(b"H")
        time.sleep(0.05)


@pytest.mark.parametrize("talk", [drip, lambda _: time.sleep(5)], ids=["a drip of bytes", "silence"])
def test_a_deadline_holds_against_slow_servers(authority: Authority, talk: Callable[[socket.socket], None]) -> None:
    context = authority.context()

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wire:
            talk(wire)

    started = time.monotonic()
    with raw(secured) as url, pytest.raises(NoAnswerError):
        ask(Site.of(url.replace("http:", "https:")), ["127.0.0.1"], trust(), deadline_s=0.6)
    assert time.monotonic() - started < 2


def test_a_body_without_end_is_cut(authority: Authority) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b"x" * 65_536)

    with serving({"/": endless}, authority.context()) as url:
        assert len(ask(Site.of(url), ["127.0.0.1"], trust()).body) == 65_536


A, S, X, N = (Visit("", one, "") for one in ("answered", "silent", "intercepted", "no-route"))


@pytest.mark.parametrize(
    ("visits", "route", "expected"),
    [
        ([A, A, A], True, True),
        ([A, A, S], True, True),
        ([A, S, S], True, False),
        ([S, S, S], True, False),
        ([S, S, X], True, False),
        ([A, S, X], True, None),
        ([X, X, X], True, None),
        ([S, X, X], True, None),
        ([N, N, N], True, None),
        ([S, S, S], False, None),
        ([S], True, None),
        ([], True, None),
    ],
)
def test_two_answers_prove_it_and_only_certainty_denies_it(
    visits: list[Visit],
    route: bool,  # noqa: FBT001  a table's column
    expected: bool | None,  # noqa: FBT001  the same
) -> None:
    assert internet(visits, has_route=route) is expected


BODIES = [
    ("bare", b"202.119.32.7\n", "202.119.32.7"),
    ("in words", "当前 IP：202.119.32.7  来自于：中国 江苏 南京  教育网".encode(), "202.119.32.7"),
    ("LibreSpeed", b'{"processedString":"202.119.32.7 - CERNET","rawIspInfo":{"ip":"202.119.32.7"}}', "202.119.32.7"),
    ("two addresses", b"202.119.32.7 via 202.119.32.8", None),
    ("beside a private one", b"202.119.32.7, 10.1.2.3", "202.119.32.7"),
    ("private", b"10.1.2.3", None),
    ("carrier's shared range", b"100.64.1.2", None),
    ("a version number", b"nginx/1.22.1.0.3 1.2.3", None),
    ("no number of an address", b"999.1.1.1", None),
    ("GBK words", "您的IP是 202.119.32.7".encode("gb18030"), "202.119.32.7"),
    ("nothing", b"", None),
    ("binary", bytes(range(256)), None),
]


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_the_one_public_address_in_a_page(body: bytes, expected: str | None) -> None:
    found = told_in(body, 4)
    assert (None if found is None else str(found)) == expected


def test_ipv6_in_a_page() -> None:
    assert str(told_in(b"2001:da8:1002::5\n", 6)) == "2001:da8:1002::5"
    assert told_in(b"2001:da8:1002::5\n", 4) is None
    assert told_in(b"at 12:34:56 fe80::1", 6) is None


@pytest.fixture
def service(authority: Authority) -> Iterator[str]:
    site = {"/": page("202.119.32.7", "text/plain"), "/gone": page("202.119.32.7", status=404)}
    with serving(site, authority.context()) as url:
        yield url


def test_a_service_is_believed_only_with_status_and_certificate(authority: Authority, service: str) -> None:
    good = ask_service(service + "/", 4, RESOLVE, trust())
    assert (good.address, good.detail) == ("202.119.32.7", "from 127.0.0.1")
    assert ask_service(service + "/gone", 4, RESOLVE, trust()).detail == "HTTP 404"
    assert ask_service(service + "/", 6, RESOLVE, trust()).detail == "name: 127.0.0.1 is no IPv6 address"
    with serving({"/": page("202.119.32.7")}, authority.context(self_signed=True)) as url:
        assert ask_service(url, 4, RESOLVE, trust()).detail.startswith("certificate: ")
    assert addresses_of([good, good]) == ("202.119.32.7",)
