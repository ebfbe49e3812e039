"""The probe ``website`` against real servers on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from probes.kinds import Website
from probes.observation import Observation, Reason, Status
from probes.transport import web
from probes.website import website
from tests.web_servers import Authority, Site, page, raw, redirect, refusing, serving
from tests.world import TestWorld, campus, look

NOW = datetime.now(UTC).replace(year=2026, month=11, day=23, hour=2)


def news(*days: str) -> str:
    return (
        "<ul>"
        + "".join(f"<li><a href='/n/{n}.htm'>校园新闻标题第{n}条</a>{day}</li>" for n, day in enumerate(days))
        + "</ul>"
    )


async def visit(url: str, **more: Any) -> tuple[Observation, dict[str, Any]]:
    at = more.pop("at", NOW)
    world = TestWorld(campus(service=[{"id": "portal", "what": "website", "url": url, **more}]), at=at)
    (observation,) = await look(website, world, world.campus.service[0])
    kept = [json.loads(world.kept[digest]) for digest in observation.raw]
    return observation, kept[0] if kept else {}


async def seen(url: str, **more: Any) -> Website:
    observation, _ = await visit(url, **more)
    assert isinstance(observation.value, Website)
    return observation.value


def test_it_looks_at_websites_with_an_address_only() -> None:
    def applies(**entry: Any) -> bool:
        return website.applies_to(campus(service=[{"id": "s", **entry}]).service[0])

    assert applies(what="website", url="http://s/")
    assert not applies(what="website", address="10.0.0.1")
    assert not applies(what="library", url="http://s/")


async def test_a_site_with_news_and_a_filing_number() -> None:
    body = (
        news("2026-11-20", "[11-02]")
        + "<p>今天是2026年11月23日 星期一</p><a href='https://beian.miit.gov.cn'>苏ICP备12345678号-1</a>"
    )
    with serving({"/": page(body)}) as url:
        observation, evidence = await visit(url + "/")
    value = observation.value
    assert isinstance(value, Website)
    assert (observation.subject, observation.status) == ("service:portal", Status.OK)
    assert value.reachable
    assert value.http_status == 200
    assert value.latency_ms is not None
    assert 0 < value.latency_ms < 5000
    assert value.newest_item_age_days == 3
    assert value.newest_item == "校园新闻标题第0条"
    assert value.icp_number == "苏ICP备12345678号-1"
    assert (value.https_valid_days, value.certificate_problem) == (None, "")
    assert evidence["status"] == "HTTP 200 OK"
    assert evidence["newest_items"] == [
        {"on": "2026-11-20", "title": "校园新闻标题第0条", "source": "page"},
        {"on": "2026-11-02", "title": "校园新闻标题第1条", "source": "page"},
    ]


async def test_without_dated_items_the_age_is_not_known() -> None:
    with serving({"/": page("<p>今天是2026年11月23日</p><a href=/a>学校历史沿革介绍</a>")}) as url:
        value = await seen(url + "/")
    assert value.reachable
    assert value.newest_item_age_days is None
    assert value.newest_item == ""


@pytest.mark.parametrize("header", ["text/html", "text/html; charset=utf-8", "text/html; charset=gb2312"])
@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
async def test_wrong_and_missing_charsets(encoding: str, header: str) -> None:
    with serving({"/": page(news("2026年11月20日").encode(encoding), header)}) as url:
        value = await seen(url + "/")
    assert (value.newest_item_age_days, value.newest_item) == (3, "校园新闻标题第0条")


async def test_the_address_for_news_is_asked_too() -> None:
    site: Site = {"/": page(news("2026-10-01")), "/xw/list.htm": page(news("2026-11-22"))}
    with serving(site) as url:
        value = await seen(url + "/", news_url=url + "/xw/list.htm")
    assert value.newest_item_age_days == 1


async def test_a_dead_address_for_news_takes_nothing_away() -> None:
    with serving({"/": page(news("2026-11-20"))}) as url, refusing() as dead:
        observation, evidence = await visit(url + "/", news_url=dead)
    assert isinstance(observation.value, Website)
    assert observation.value.newest_item_age_days == 3
    assert evidence["sources"][0]["outcome"].startswith("refused")


async def test_feeds_named_by_the_page_count() -> None:
    item = "<item><title>科技节</title><pubDate>Sun, 22 Nov 2026 09:00:00 +0800</pubDate></item>"
    rss = f"<rss><channel>{item}</channel></rss>"
    head = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
    with serving({"/": page(head + news("2026-10-01")), "/rss.xml": page(rss, "application/rss+xml")}) as url:
        value = await seen(url + "/")
    assert (value.newest_item_age_days, value.newest_item) == (1, "科技节")


async def test_the_sitemap_helps_out_when_nothing_else_is_dated() -> None:
    sitemap = "<urlset><url><loc>http://s/n/1.html</loc><lastmod>2026-11-13</lastmod></url></urlset>"
    with serving({"/": page("<p>hello</p>"), "/sitemap.xml": page(sitemap, "application/xml")}) as url:
        assert (await seen(url + "/")).newest_item_age_days == 10


async def test_redirects_and_refreshes_are_followed_to_the_page() -> None:
    site: Site = {
        "/": redirect("/a"),
        "/a": page('<meta http-equiv="refresh" content="0;url=/main/">'),
        "/main/": page(news("2026-11-20")),
    }
    with serving(site) as url:
        observation, evidence = await visit(url + "/")
    assert isinstance(observation.value, Website)
    assert observation.value.newest_item_age_days == 3
    assert evidence["url"] == url + "/main/"


async def test_a_circle_of_redirects_is_not_reachable() -> None:
    with serving({"/": redirect("/a"), "/a": redirect("/")}) as url:
        observation, evidence = await visit(url + "/")
    assert observation.value == Website(reachable=False)
    assert evidence["error"] == "redirects"


@pytest.mark.parametrize("status", [404, 403, 500, 502])
async def test_an_error_page_is_not_the_site(status: int) -> None:
    with serving({"/": page(news("2026-11-20"), status=status)}) as url:
        value = await seen(url + "/")
    assert (value.reachable, value.http_status, value.newest_item_age_days) == (False, status, None)


async def test_refused_is_measured_as_not_reachable() -> None:
    with refusing() as url:
        observation, evidence = await visit(url)
    assert observation.status is Status.OK
    assert observation.value == Website(reachable=False)
    assert evidence["error"] == "refused"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://no-such-school.invalid/", Reason.NAME_NOT_FOUND),
        ("http://127.0.0.1:99999/", Reason.NOT_CONFIGURED),
        ("http://[::1/", Reason.NOT_CONFIGURED),
    ],
)
async def test_where_nothing_was_learned_it_says_so(url: str, reason: Reason) -> None:
    observation, _ = await visit(url)
    assert (observation.status, observation.reason, observation.value) == (Status.UNAVAILABLE, reason, None)


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X")
        time.sleep(0.05)


def _hang_up(connection: socket.socket) -> None:
    connection.close()


def _garbage(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(bytes(range(256)) * 8)
    connection.close()


@pytest.mark.parametrize("talk", [_hang_up, _garbage])
async def test_servers_that_speak_no_http(talk: Any) -> None:
    with raw(talk) as url:
        assert await seen(url) == Website(reachable=False)


async def test_a_header_without_end_is_cut_at_the_deadline() -> None:
    with raw(_drip) as url:
        began = time.monotonic()
        with pytest.raises(web.NoPageError):
            await asyncio.to_thread(web.fetch, url, deadline_s=0.5)
    assert time.monotonic() - began < 3


async def test_a_silent_server_is_cut_at_the_deadline() -> None:
    with raw(lambda _: time.sleep(5)) as url:
        began = time.monotonic()
        with pytest.raises(web.NoPageError):
            await asyncio.to_thread(web.fetch, url, deadline_s=0.5)
    assert time.monotonic() - began < 3


async def test_a_body_without_end_is_cut_at_the_limit() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65536)

    with serving({"/": endless}) as url:
        got = await asyncio.to_thread(web.fetch, url + "/")
    assert (len(got.body), got.truncated) == (web.BODY_LIMIT, True)


async def test_a_compressed_bomb_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with serving({"/": (200, {"Content-Encoding": "gzip"}, bomb)}) as url:
        got = await asyncio.to_thread(web.fetch, url + "/")
    assert (len(got.body), got.truncated) == (web.BODY_LIMIT, True)


async def test_a_body_that_breaks_off_is_still_a_page() -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        body = news("2026-11-20").encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) + 100))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    with serving({"/": broken}) as url:
        observation, evidence = await visit(url + "/")
    assert isinstance(observation.value, Website)
    assert observation.value.newest_item_age_days == 3
    assert evidence["truncated"] is True


async def test_cookies_stay_out_of_the_evidence() -> None:
    answer = (200, {"Content-Type": "text/html", "Set-Cookie": "session=geheim"}, b"hello")
    with serving({"/": answer}) as url:
        _, evidence = await visit(url + "/")
    assert "geheim" not in json.dumps(evidence)
    assert "Content-Type: text/html" in evidence["headers"]


@pytest.mark.parametrize(
    ("certificate", "problem", "days"),
    [
        ({}, "", 90),
        ({"days": -10}, "expired", -10),
        ({"since": 5, "days": 90}, "not-yet-valid", 90),
        ({"names": ("www.example.cn",)}, "wrong-host", 90),
        ({"names": ("www.example.cn",), "days": -1}, "expired,wrong-host", -1),
        ({"self_signed": True}, "self-signed", 90),
        ({"self_signed": True, "days": -400}, "expired,self-signed", -400),
        ({"self_signed": True, "names": ("router.lan",)}, "self-signed,wrong-host", 90),
    ],
)
async def test_certificates(
    certificate: dict[str, Any], problem: str, days: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.roots))
    with serving({"/": page(news("2026-11-20"))}, authority.context(**certificate)) as url:
        observation, evidence = await visit(url + "/", at=datetime.now(UTC))
    value = observation.value
    assert isinstance(value, Website)
    assert value.reachable
    assert value.http_status == 200
    assert value.certificate_problem == problem
    assert value.https_valid_days == pytest.approx(days, abs=0.02)
    assert evidence["certificate"]["problem"] == problem
    assert len(evidence["certificate"]["sha256"]) == 64


async def test_an_authority_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with serving({"/": page("hello")}, Authority(tmp_path).context()) as url:
        value = await seen(url + "/")
    assert (value.reachable, value.certificate_problem) == (True, "unknown-issuer")


async def test_the_certificate_is_that_of_where_the_redirects_end(tmp_path: Path) -> None:
    with (
        serving({"/": page("hello")}, Authority(tmp_path).context(days=30)) as secure,
        serving({"/": redirect(secure + "/")}) as plain,
    ):
        value = await seen(plain + "/", at=datetime.now(UTC))
    assert value.https_valid_days == pytest.approx(30, abs=0.02)


async def test_https_that_speaks_no_tls() -> None:
    with serving({"/": page("hello")}) as url:
        value = await seen(url.replace("http:", "https:") + "/")
    assert value == Website(reachable=False, certificate_problem="no-tls")
