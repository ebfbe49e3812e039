"""The demo school's website: home page, news and feed, the newest item five days old, and systems with one login."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import quote

from auditor.demo.archives import SCHOOL_TIME
from auditor.demo.school import SCHOOL

NEWEST_DAYS = 5
SINGLE_SIGN_ON = ("/oa/", "/jw/", "/zc/")
"""Systems that send everybody on to log in at /cas/login."""

_NEWS = (
    (NEWEST_DAYS, "我校举行冬季田径运动会"),
    (9, "七年级组织校园阅读分享活动"),
    (16, "全体教师参加信息技术应用能力提升培训"),
    (23, "学校召开智慧校园建设专题会议"),
    (37, "八年级开展物理创新实验展示"),
    (52, "家长开放日活动圆满结束"),
)
_PAGE = (
    '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
    '<link rel="alternate" type="application/rss+xml" href="/news/rss.xml"></head>\n'
    "<body><h1>{title}</h1>\n{body}\n<footer>{school} 苏ICP备00000000号-1</footer></body></html>\n"
)


def pages(now: datetime) -> Mapping[str, tuple[str, bytes]]:
    """Content type and body of every path of the site."""
    today = now.astimezone(SCHOOL_TIME).replace(hour=9, minute=30, second=0, microsecond=0)
    dated = [(number, today - timedelta(days=ago), title) for number, (ago, title) in enumerate(_NEWS, start=1)]
    entries = "\n".join(
        f'<li><a href="/news/{number}.html">{title}</a> <span class="date">{at:%Y-%m-%d}</span></li>'
        for number, at, title in dated
    )
    items = "\n".join(
        f"<item><title>{title}</title><link>/news/{number}.html</link><pubDate>{format_datetime(at)}</pubDate></item>"
        for number, at, title in dated
    )
    feed = (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{SCHOOL}新闻</title><link>/</link><description>校园新闻</description>\n{items}\n</channel></rss>\n"
    )
    site = {
        "/": _page(f"{SCHOOL}", f"<h2>校园新闻</h2><ul>{entries}</ul>"),
        "/news/": _page("校园新闻", f"<ul>{entries}</ul>"),
        "/platform/": _page("智慧校园平台", "<p>教师与学生的统一入口。</p>"),
        "/library/": _page("电子图书馆", "<p>馆藏检索。</p>"),
        "/cas/login": _page(
            "统一身份认证", '<form method="post"><input name="u"><input type="password" name="p"></form>'
        ),
    }
    site.update(
        {
            f"/news/{number}.html": _page(title, f"<p>发布时间：{at:%Y-%m-%d %H:%M}</p><p>{title}。</p>")
            for number, at, title in dated
        }
    )
    html = {path: ("text/html; charset=utf-8", body) for path, body in site.items()}
    return {**html, "/news/rss.xml": ("application/rss+xml; charset=utf-8", feed.encode())}


def _page(title: str, body: str) -> bytes:
    return _PAGE.format(title=title, body=body, school=SCHOOL).encode()


class QuietServer(ThreadingHTTPServer):
    """A server whose threads end with the demo."""

    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking DNS for our own name, which takes seconds where there is none."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment]


def start_website(now: datetime) -> ThreadingHTTPServer:
    """Serve the site on an ephemeral port of loopback, in threads of its own."""

    class Handler(BaseHTTPRequestHandler):
        site: ClassVar[Mapping[str, tuple[str, bytes]]] = pages(now)
        timeout = 20

        def do_GET(self) -> None:
            """Serve a page."""
            path = self.path.partition("?")[0]
            if path in SINGLE_SIGN_ON:
                self._send_on(f"http://{self.headers.get('Host', '')}{path}")
                return
            kind, body = self.site.get(path, ("", b""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        def _send_on(self, service: str) -> None:
            self.send_response(302)
            self.send_header("Location", f"/cas/login?service={quote(service, safe='')}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            """Serve a page's headers."""
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Keep quiet: the demo's output belongs to the audit."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    return server
