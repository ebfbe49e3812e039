"""The desk lets in this computer's browser after the one-time address, and nobody else, whatever they send."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.lock import alone
from probes.text import text
from tests.desks import INVENTORY, Desk, opened
from tests.nights import night


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("desk"), "en") as found:
        yield found


@pytest.fixture(scope="module")
def cookie(desk: Desk) -> str:
    status, headers, _ = desk.ask("GET", desk.address.removeprefix(desk.base))
    assert (status, headers["location"]) == (303, "/")
    given, *flags = headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(flags)
    return given


@pytest.fixture(scope="module")
def csrf(desk: Desk, cookie: str) -> str:
    _, _, page = desk.ask("GET", "/i/5.1.1", {"Cookie": cookie})
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def form(**fields: str) -> tuple[dict[str, str], bytes]:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return {"Content-Type": "multipart/form-data; boundary=x"}, ("".join(parts) + "--x--\r\n").encode()


def test_the_address_works_once(desk: Desk, cookie: str) -> None:
    status, headers, words = desk.ask("GET", desk.address.removeprefix(desk.base))
    assert (status, "set-cookie" in headers) == (403, False)
    assert "has been used" in words
    assert desk.ask("GET", "/enter?token=", {})[0] == 403
    assert desk.ask("GET", "/enter", {})[0] == 403


WITHOUT_RIGHT = [
    ("no cookie", {}, 403),
    ("a cookie of somebody's own", {"Cookie": "campus-desk-1=x"}, 403),
    ("another name for loopback", {"Host": "evil.example:{port}", "Cookie": "{cookie}"}, 421),
    ("another port", {"Host": "127.0.0.1:1", "Cookie": "{cookie}"}, 421),
    ("no port", {"Host": "127.0.0.1", "Cookie": "{cookie}"}, 421),
    ("a page of another port", {"Sec-Fetch-Site": "same-site", "Cookie": "{cookie}"}, 403),
    ("a page of another site", {"Sec-Fetch-Site": "cross-site", "Cookie": "{cookie}"}, 403),
]


@pytest.mark.parametrize(
    ("headers", "status"), [one[1:] for one in WITHOUT_RIGHT], ids=[one[0] for one in WITHOUT_RIGHT]
)
@pytest.mark.parametrize("path", ["/", "/i/1.4.1", "/audit/events", "/static/desk.js", "/nowhere"])
def test_who_may_not_read(desk: Desk, cookie: str, headers: dict[str, str], status: int, path: str) -> None:
    filled = {name: value.format(port=desk.port, cookie=cookie) for name, value in headers.items()}
    found, _, words = desk.ask("GET", path, filled)
    assert found == status
    assert "江苏省" not in words


WRONG_POSTS = [
    ("another origin", {"Origin": "http://evil.example"}, 403),
    ("another port's origin", {"Origin": "http://127.0.0.1:1"}, 403),
    ("an origin that hides", {"Origin": "null"}, 403),
    ("localhost for 127.0.0.1", {"Origin": "http://localhost:{port}"}, 403),
    ("no origin", {}, 403),
    ("a form of another page", {"Origin": "{base}", "Sec-Fetch-Site": "same-site"}, 403),
    ("a length beyond bounds", {"Origin": "{base}", "Content-Length": "99999999999"}, 413),
    ("a length that is none", {"Origin": "{base}", "Content-Length": "-1"}, 400),
]


@pytest.mark.parametrize(("headers", "status"), [one[1:] for one in WRONG_POSTS], ids=[one[0] for one in WRONG_POSTS])
def test_who_may_not_write(desk: Desk, cookie: str, csrf: str, headers: dict[str, str], status: int) -> None:
    kind, body = form(csrf=csrf, claim="met", by="x")
    filled = {name: value.format(port=desk.port, base=desk.base) for name, value in headers.items()}
    body = b"" if "Content-Length" in headers else body
    found, _, _ = desk.ask("POST", "/i/5.1.1/attest", {"Cookie": cookie, **kind, **filled}, body)
    assert found == status
    assert desk.attestations == ""


@pytest.mark.parametrize("token", [None, "", "0" * 64, "ü"], ids=["none", "empty", "made up", "not ASCII"])
def test_a_form_needs_its_token(desk: Desk, cookie: str, token: str | None) -> None:
    fields = {"claim": "met", "by": "x"} | ({} if token is None else {"csrf": token})
    for path in ("/i/5.1.1/attest", "/i/5.1.1/withdraw", "/audit/start", "/audit/stop"):
        kind, body = form(**fields)
        status, _, _ = desk.ask("POST", path, {"Cookie": cookie, "Origin": desk.base, **kind}, body)
        assert status == 403, path
    assert desk.attestations == ""


@pytest.mark.parametrize(
    "body",
    [b"", b"garbage", b"--x\r\n\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--"],
    ids=["nothing", "garbage", "half a part", "a part without a name"],
)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "x" * 200])
def test_what_is_no_form_is_told_and_does_nothing(desk: Desk, cookie: str, kind: str, body: bytes) -> None:
    headers = {"Cookie": cookie, "Origin": desk.base, "Content-Type": kind}
    status, _, words = desk.ask("POST", "/i/5.1.1/attest", headers, body)
    assert status in {400, 403}
    assert "Traceback" not in words + (desk.folder / "stderr").read_text("utf-8")
    assert desk.attestations == ""


def test_other_methods_do_nothing(desk: Desk, cookie: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert desk.ask(method, "/i/5.1.1/attest", {"Cookie": cookie, "Origin": desk.base})[0] in {403, 405}


PATHS = [
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd",
    "/document/../../etc/passwd",
    "/document/%2e%2e%2fetc%2fpasswd", "/reports/..%2f..%2fetc/html", "/reports/20260101T000000Z/html",
    "/reports/x/../html",
    "/diff?a=../../etc/passwd&b=/etc/passwd", "/i/..%2f", "/i/9.9.9", "/i/1.4.1%00",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out(desk: Desk, cookie: str, path: str) -> None:
    status, _, words = desk.ask("GET", path, {"Cookie": cookie})
    assert status == 404
    assert "root:" not in words
    assert "Starlette" not in words


def test_every_answer_bears_its_guards(desk: Desk, cookie: str) -> None:
    for path, headers in (("/", {"Cookie": cookie}), ("/static/desk.js", {"Cookie": cookie}), ("/", {}), ("/x", {})):
        _, found, _ = desk.ask("GET", path, headers)
        low = {name.lower(): value for name, value in found.items()}
        policy = low["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (low["x-content-type-options"], low["referrer-policy"]) == ("nosniff", "same-origin")
        assert "server" not in low


def test_no_page_has_script_style_or_handlers_of_its_own(desk: Desk, cookie: str) -> None:
    for path in ("/", "/i/1.4.1", "/audit", "/reports", "/journal"):
        _, _, page = desk.ask("GET", path, {"Cookie": cookie})
        assert re.findall(r"<script(?! src=)", page) == []
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []
        assert "made-up-for-this-test" not in page


def test_more_than_is_taken_is_cut_off_also_without_a_length(desk: Desk, cookie: str) -> None:
    head = (
        f"POST /i/5.1.1/attest HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\nCookie: {cookie}\r\nOrigin: {desk.base}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    start = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n'
    with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as peer:
        peer.sendall(head.encode() + f"{len(start):x}\r\n".encode() + start + b"\r\n")
        piece = b"10000\r\n" + b"y" * 65536 + b"\r\n"
        sent = 0
        try:
            while sent < 4 << 20:
                peer.sendall(piece)
                sent += 65536
            answer = peer.recv(200)
        except OSError:
            answer = b""
    assert b" 200 " not in answer
    assert desk.attestations == ""
    assert desk.ask("GET", "/", {"Cookie": cookie})[0] == 200


def test_a_bundle_of_another_version_does_not_hide_the_others(tmp_path: Path) -> None:
    written = INVENTORY.format(port=1161)
    older, newer = (night(tmp_path / "bundles", n, written=written) for n in (-400, -399))
    rubric = newer / "rubric.toml"
    rubric.write_text(rubric.read_text("utf-8").replace("at_least", "no_less_than"), "utf-8")
    with opened(tmp_path, "en") as desk:
        _, headers, _ = desk.ask("GET", desk.address.removeprefix(desk.base))
        status, _, page = desk.ask("GET", "/reports", {"Cookie": headers["set-cookie"].partition(";")[0]})
    assert status == 200
    assert older.name in page
    assert newer.name in page


def test_it_ends_when_nobody_uses_it(tmp_path: Path) -> None:
    with opened(tmp_path, "en", "--idle-hours", "0.0003") as desk:
        assert desk.process.wait(60) == 0
    assert "nobody used the desk" in (tmp_path / "stderr").read_text("utf-8")


def test_ctrl_c_ends_it_and_a_second_desk_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path, "en") as desk:
        command = [sys.executable, "-m", "auditor.cli", "--lang", "en", "desk", str(tmp_path / "inventory.toml")]
        second = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert (second.returncode, "is open already" in second.stderr) == (3, True)
        began = time.monotonic()
        desk.process.send_signal(signal.SIGINT)
        assert desk.process.wait(60) == 0
        assert time.monotonic() - began < 30
    assert (tmp_path / "stderr").read_text("utf-8") == "the desk was closed\n"


def test_ctrl_c_stops_the_audit_and_does_not_wait_for_who_watches(tmp_path: Path) -> None:
    with opened(tmp_path, "en") as desk:
        _, headers, _ = desk.ask("GET", desk.address.removeprefix(desk.base))
        cookie = headers["set-cookie"].partition(";")[0]
        _, _, page = desk.ask("GET", "/audit", {"Cookie": cookie})
        token = page.partition('name="csrf" value="')[2][:64]
        posted = {"Cookie": cookie, "Origin": desk.base, "Content-Type": "application/x-www-form-urlencoded"}
        body = f"csrf={token}&which=some&probe=ports".encode()
        assert desk.ask("POST", "/audit/start", posted, body)[0] == 303
        assert desk.ask("POST", "/audit/start", posted, body)[0] == 422  # one at a time
        with socket.create_connection(("127.0.0.1", desk.port), timeout=60) as peer:
            peer.sendall(
                f"GET /audit/events HTTP/1.1\r\nHost: 127.0.0.1:{desk.port}\r\nCookie: {cookie}\r\n\r\n".encode()
            )
            heard = b""
            while b'"over": false' not in heard:
                heard += peer.recv(4096)
            desk.process.send_signal(signal.SIGINT)
            assert desk.process.wait(60) == 0
    assert (tmp_path / "stderr").read_text("utf-8") == "the desk was closed\n"


def test_no_audit_beside_that_of_the_night(tmp_path: Path) -> None:
    with opened(tmp_path, "en") as desk, alone(tmp_path / "bundles" / "nightly.lock", text("taken")):
        _, headers, _ = desk.ask("GET", desk.address.removeprefix(desk.base))
        cookie = headers["set-cookie"].partition(";")[0]
        _, _, page = desk.ask("GET", "/audit", {"Cookie": cookie})
        token = page.partition('name="csrf" value="')[2][:64]
        posted = {"Cookie": cookie, "Origin": desk.base, "Content-Type": "application/x-www-form-urlencoded"}
        status, _, words = desk.ask("POST", "/audit/start", posted, f"csrf={token}&which=all".encode())
        assert (status, "audit is at work; try again" in words) == (422, True)


@pytest.mark.parametrize("options", [["--port", "70000"], ["--idle-hours", "0"], ["--idle-hours", "nan"]])
def test_odd_options_are_one_sentence(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "inventory.toml").write_text('[school]\nname = "x"\nstages = ["junior"]\n', "utf-8")
    command = [sys.executable, "-m", "auditor.cli", "--lang", "en", "desk", str(tmp_path / "inventory.toml"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in {2, 3}
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
