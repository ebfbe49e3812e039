"""Messages arrive at real receivers on loopback: web hooks of WeCom, DingTalk and Feishu, plain JSON, and mail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.smtp import SMTP

from auditor.cli import main
from auditor.notices.send import send
from auditor.notices.words import Message
from tests.nights import INVENTORY

WORDS = Message("示例中学 · 1 项指标下降", "示例中学：1.1.1 由 1 分降至 0 分。")
TOKEN = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"


class Hook:
    """A web server that keeps what it is given."""

    def __init__(self, status: int = 200, answer: str = '{"errcode": 0, "StatusCode": 0, "code": 0}') -> None:
        self.got: list[tuple[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((self.path, json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    try:
        yield hook
    finally:
        hook.close()


def test_json_arrives(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TO", f"json://127.0.0.1:{hook.port}/x")
    assert send("env:TO", WORDS) is None
    ((_, got),) = hook.got
    assert (got["title"], got["message"]) == (WORDS.subject, WORDS.body)


MESSENGERS = [
    ("wecombot.NotifyWeComBot", f"wecombot://{TOKEN}/"),
    ("dingtalk.NotifyDingTalk", f"dingtalk://{TOKEN}/"),
    ("feishu.NotifyFeishu", f"feishu://{TOKEN}/"),
]


def redirected(monkeypatch: pytest.MonkeyPatch, hook: Hook, plugin: str) -> None:
    """The hosts of these services are fixed in apprise, so only the host is exchanged; what is sent is real."""
    module, _, name = plugin.partition(".")
    found = getattr(import_module(f"apprise.plugins.{module}"), name)
    path = urlsplit(found.notify_url)
    query = f"?{path.query}" if path.query else ""
    monkeypatch.setattr(found, "notify_url", f"http://127.0.0.1:{hook.port}{path.path}{query}")


@pytest.mark.parametrize(("plugin", "address"), MESSENGERS)
def test_the_robots_of_three_messengers_get_the_paragraph(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, plugin: str, address: str
) -> None:
    redirected(monkeypatch, hook, plugin)
    monkeypatch.setenv("TO", address)
    assert send("env:TO", WORDS) is None
    ((path, got),) = hook.got
    assert TOKEN in path
    flat = json.dumps(got, ensure_ascii=False)
    assert WORDS.body in flat
    assert "1 项指标下降" in flat


@pytest.mark.parametrize(("plugin", "address"), MESSENGERS)
def test_a_robot_that_answers_200_but_did_not_take_it_has_not_taken_it(
    monkeypatch: pytest.MonkeyPatch, plugin: str, address: str
) -> None:
    """A wrong key is answered with HTTP 200 and an error code in the body."""
    hook = Hook(answer='{"errcode": 93000, "errmsg": "invalid webhook url", "code": 19001, "msg": "param invalid"}')
    try:
        redirected(monkeypatch, hook, plugin)
        monkeypatch.setenv("TO", address)
        trouble = send("env:TO", WORDS)
        assert trouble is not None
        assert TOKEN not in str(trouble)
    finally:
        hook.close()


class Mailbox:
    """Keeps the mails that a server takes."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self.got.append(envelope.content)
        return "250 OK"


@contextmanager
def mail_server(mailbox: Mailbox) -> Iterator[int]:
    """A mail server in a thread of its own; gives its port."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def started() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(mailbox, hostname="mail.test"), "127.0.0.1", 0)

    server = asyncio.run_coroutine_threadsafe(started(), loop).result(60)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


def test_mail_arrives_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        address = f"mailto://127.0.0.1:{port}/?from=audit@school.example&to=it@school.example&mode=insecure"
        monkeypatch.setenv("TO", address)
        assert send("env:TO", WORDS) is None
    (mail,) = (message_from_bytes(one, policy=policy.default) for one in mailbox.got)
    assert mail["Subject"] == WORDS.subject
    body = mail.get_body(("plain",))
    assert body is not None
    assert WORDS.body in body.get_content()


def test_a_receiver_that_is_down_is_told_without_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Hook()
    hook.close()
    monkeypatch.setenv("TO", f"json://user:hunter2secret@127.0.0.1:{hook.port}/{TOKEN}")
    trouble = send("env:TO", WORDS)
    assert trouble is not None
    assert "env:TO" in str(trouble)
    assert "hunter2" not in str(trouble)
    assert TOKEN not in str(trouble)


def test_a_receiver_that_refuses_has_not_taken_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Hook(status=403)
    try:
        monkeypatch.setenv("TO", f"json://127.0.0.1:{hook.port}/{TOKEN}")
        trouble = send("env:TO", WORDS)
        assert trouble is not None
        assert TOKEN not in str(trouble)
    finally:
        hook.close()


@pytest.mark.parametrize("address", ["nonsense", "smoke-signal://hill", "", "wecombot://"])
def test_what_is_no_address_is_told_and_not_repeated(
    address: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TO", address)
    trouble = send("env:TO", WORDS)
    assert trouble is not None
    assert not address or address not in str(trouble)
    assert capfd.readouterr() == ("", "")


def test_a_test_message_that_did_not_arrive_is_not_said_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is kept nowhere; only the nightly run and ``notify send`` have an outbox."""
    inventory = tmp_path / "inventory.toml"
    inventory.write_text(INVENTORY + '[notify]\nto = ["env:TO"]\n', encoding="utf-8")
    monkeypatch.setenv("TO", "json://127.0.0.1:1/")
    assert main(["--lang", "en", "notify", "test", str(inventory)]) == 3
    said = capsys.readouterr().out
    assert "could not be given to env:TO" in said
    assert "next night" not in said


def test_the_test_command_tells_who_took_it(
    hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inventory = tmp_path / "inventory.toml"
    inventory.write_text(INVENTORY + '[notify]\nto = ["env:TO", "file:to.txt"]\n', encoding="utf-8")
    monkeypatch.setenv("TO", f"json://127.0.0.1:{hook.port}/")
    assert main(["--lang", "en", "notify", "test", str(inventory)]) == 3
    assert "✓ env:TO: taken" in capsys.readouterr().out
    (tmp_path / "to.txt").write_text(f"json://127.0.0.1:{hook.port}/\n")
    assert main(["notify", "test", str(inventory)]) == 0
    assert "测试消息" in hook.got[-1][1]["message"]
    inventory.write_text(INVENTORY, encoding="utf-8")
    assert main(["notify", "test", str(inventory)]) == 2
