"""Tests of safeguards against servers on loopback: on, off, and not there; and nothing is sent that was not planned."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from auditor.inventory_warnings import warnings
from probes.control import control, steps_of
from probes.kinds import Control
from probes.observation import Observation, Reason, Status
from probes.safeguards import knock
from probes.safeguards.harmless import EICAR_PATH, NEUTRAL, NEUTRAL_PATH, eicar
from probes.safeguards.helper import HelperError, Manners, helping
from probes.safeguards.steps import Attempt, StrayStepError
from probes.transport.exchange import Request, exchange
from tests.web_servers import Answer, Answering, Site, page, raw, redirect, refusing, serving
from tests.world import TestWorld, campus, look

SECRET = "between-the-two-of-us"
ALLOWED = {"allowed_by": "王校长", "until": date(2099, 1, 1)}


def world(entry: dict[str, Any], folder: Path, **tables: Any) -> TestWorld:
    found = campus(controls=ALLOWED, control=[{"id": "x", **entry}], audit={"bundles": str(folder)}, **tables)
    return TestWorld(found, secrets={"env:KNOCK": SECRET})


async def concluded(entry: dict[str, Any], folder: Path, **tables: Any) -> Observation:
    made = world(entry, folder, **tables)
    [seen] = await look(control, made, made.campus.control[0])
    assert seen.subject == "control:x"
    assert seen.raw
    assert json.loads(made.kept[seen.raw[0]]) is not None
    return seen


def verdict(seen: Observation) -> str:
    return seen.value.conclusion if isinstance(seen.value, Control) else "undetermined"


@contextmanager
def cutting_off() -> Iterator[str]:
    """A server that reads a request and then resets the connection."""

    def talk(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    with raw(talk) as url:
        yield url


# ---- the web filter --------------------------------------------------------------------------------------------------

PAGES: dict[str, tuple[Answer, dict[str, str], str]] = {
    "the page itself": (page("games of all kinds"), {}, "does_not_work"),
    "the page itself, known by its words": (page("games of all kinds"), {"expected_text": "games of"}, "does_not_work"),
    "403": (page("no", status=403), {}, "works"),
    "451": (page("no", status=451), {}, "works"),
    "a block page known by its words": (page("本页已被学校拦截"), {"block_text": "已被学校拦截"}, "works"),
    "a block page in GBK": (page("本页已被学校拦截".encode("gbk")), {"block_text": "已被学校拦截"}, "works"),
    "another page than the page's own": (page("welcome"), {"expected_text": "games of"}, "works"),
    "what looks like a block page": (page("该网页已被拦截"), {}, "undetermined"),
    "a redirect to an inside address": (redirect("http://10.1.2.3/block?u=x"), {}, "works"),
    "a redirect to somewhere": (redirect("http://elsewhere.example/"), {}, "undetermined"),
    "a redirect within the site": (redirect("/index.html"), {}, "does_not_work"),
    "not found": (page("?", status=404), {}, "undetermined"),
    "a broken gateway": (page("?", status=502), {}, "undetermined"),
}


@pytest.mark.parametrize("case", PAGES)
async def test_what_the_test_page_answers_decides(case: str, tmp_path: Path) -> None:
    answer, settings, expected = PAGES[case]
    with serving({"/": page("news")}) as neutral, serving({"/game": answer}) as test:
        entry = {"kind": "url_filter", "url": f"{test}/game", "neutral_url": f"{neutral}/", **settings}
        assert verdict(await concluded(entry, tmp_path)) == expected


async def test_a_connection_cut_off_twice_is_a_filter_while_ordinary_pages_open(tmp_path: Path) -> None:
    with serving({"/": page("news")}) as neutral, cutting_off() as test:
        seen = await concluded({"kind": "url_filter", "url": test, "neutral_url": f"{neutral}/"}, tmp_path)
    assert verdict(seen) == "works"
    assert isinstance(seen.value, Control)
    assert seen.value.blocked is True
    assert [line.split(" ")[0] for line in seen.value.sent] == ["GET"] * 4


async def test_a_filter_that_cuts_off_https_at_its_first_words_is_seen(tmp_path: Path) -> None:
    with serving({"/": page("news")}) as neutral, cutting_off() as test:
        url = test.replace("http:", "https:")
        seen = await concluded({"kind": "url_filter", "url": url, "neutral_url": f"{neutral}/"}, tmp_path)
    assert verdict(seen) == "works"


async def test_a_long_ordinary_page_is_enough_to_go_on(tmp_path: Path) -> None:
    with serving({"/": page("x" * 2_000_000), "/game": page("no", status=403)}) as site:
        seen = await concluded({"kind": "url_filter", "url": f"{site}/game", "neutral_url": f"{site}/"}, tmp_path)
    assert verdict(seen) == "works"


async def test_a_site_that_leads_on_is_to_be_named_by_its_own_address(tmp_path: Path) -> None:
    with serving(Answering(lambda _: redirect("/home"))) as site:
        seen = await concluded({"kind": "waf", "url": f"{site}/"}, tmp_path)
    assert seen.reason is Reason.NOT_CONFIGURED


async def test_a_site_that_is_down_is_no_filter(tmp_path: Path) -> None:
    with serving({"/": page("news")}) as neutral, refusing() as test:
        seen = await concluded({"kind": "url_filter", "url": test, "neutral_url": f"{neutral}/"}, tmp_path)
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, Reason.NO_ANSWER)


@pytest.mark.parametrize(
    "neutral_answer", [page("no", status=403), redirect("http://10.9.9.9/login"), page("x", status=500)]
)
async def test_nothing_follows_while_ordinary_pages_do_not_open(neutral_answer: Answer, tmp_path: Path) -> None:
    with serving({"/": neutral_answer, "/game": page("no", status=403)}) as site:
        seen = await concluded({"kind": "url_filter", "url": f"{site}/game", "neutral_url": f"{site}/"}, tmp_path)
    assert verdict(seen) == "undetermined"
    assert "so nothing follows" in seen.detail


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.transport.exchange.exchange.__kwdefaults__", {"deadline_s": 0.5})
    with serving({"/": page("news")}) as neutral, raw(lambda connection: connection.recv(9999999) and None) as test:
        seen = await concluded({"kind": "url_filter", "url": test, "neutral_url": f"{neutral}/"}, tmp_path)
    assert verdict(seen) in {"undetermined", "works"}


# ---- malware ---------------------------------------------------------------------------------------------------------


async def test_the_eicar_file_arrives_where_nothing_stops_it(tmp_path: Path) -> None:
    with helping("127.0.0.1", 0, Manners()) as port:
        seen = await concluded({"kind": "malware", "responder": f"127.0.0.1:{port}"}, tmp_path)
    assert verdict(seen) == "does_not_work"
    assert isinstance(seen.value, Control)
    assert seen.value.blocked is False


def gateway(eicar_answer: Callable[[BaseHTTPRequestHandler], None] | Answer) -> Site:
    """What a gateway lets through and what it makes of the test file."""
    return {NEUTRAL_PATH: (200, {"X-Campus-Auditor": "1"}, NEUTRAL), EICAR_PATH: eicar_answer}


def cut_in_the_middle(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("X-Campus-Auditor", "1")
    request.send_header("Content-Length", "68")
    request.end_headers()
    request.wfile.write(eicar()[:20])
    request.wfile.flush()
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    request.close_connection = True
    os.close(request.connection.detach())


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (page("Virus found", status=403), "works"),
        (page("已发现病毒"), "works"),
        (cut_in_the_middle, "works"),
        ((404, {"X-Campus-Auditor": "1"}, b""), "undetermined"),
        ((200, {"X-Campus-Auditor": "1"}, b"cleaned"), "works"),
        ((200, {}, b"head" + eicar() + b"tail"), "does_not_work"),
    ],
    ids=["403", "another page", "cut off", "not offered", "cleaned", "wrapped"],
)
async def test_what_a_gateway_makes_of_the_file_decides(answer: Any, expected: str, tmp_path: Path) -> None:
    with serving(gateway(answer)) as site:
        entry = {"kind": "malware", "responder": site.removeprefix("http://")}
        assert verdict(await concluded(entry, tmp_path)) == expected


async def test_a_missing_file_on_the_schools_own_server_is_not_taken_for_a_block(tmp_path: Path) -> None:
    with serving({"/readme.txt": page("hello")}) as site:
        entry = {"kind": "malware", "url": f"{site}/eicar.com", "neutral_url": f"{site}/readme.txt"}
        assert verdict(await concluded(entry, tmp_path)) == "undetermined"


def test_no_file_of_ours_holds_the_test_file() -> None:
    root = Path(__file__).parents[2]
    for folder in ("probes", "auditor", "rules", "reports", "tests", "docs"):
        for path in (root / folder).rglob("*.*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert eicar() not in path.read_bytes(), path


# ---- web application firewall ----------------------------------------------------------------------------------------


def guarded(refused: tuple[str, ...]) -> Site:
    """A site that answers 403 to queries with these words."""

    return Answering(
        lambda path: page("no", status=403) if any(one in unquote(path) for one in refused) else page("news")
    )


@pytest.mark.parametrize(
    ("refused", "expected"),
    [(("<script", "' OR '", "../"), "works"), (("<script",), "does_not_work"), ((), "does_not_work")],
)
async def test_every_attack_must_be_refused(refused: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    with serving(guarded(refused)) as site:
        seen = await concluded({"kind": "waf", "url": f"{site}/"}, tmp_path)
    assert verdict(seen) == expected


async def test_a_site_that_refuses_everybody_has_no_proven_waf(tmp_path: Path) -> None:
    with serving(guarded(("campus-audit",))) as site:
        assert verdict(await concluded({"kind": "waf", "url": f"{site}/"}, tmp_path)) == "undetermined"


@pytest.mark.parametrize(("instead", "expected"), [(b"", "works"), (b"\x16\x03junk" * 99, "undetermined")])
async def test_junk_in_place_of_an_answer_is_no_connection_cut_off(
    instead: bytes, expected: str, tmp_path: Path
) -> None:
    def talk(wire: socket.socket) -> None:
        asked = wire.recv(4096)
        ordinary = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnews"
        wire.sendall(ordinary if b"ordinary" in asked or b"/ok" in asked else instead)
        wire.shutdown(socket.SHUT_RDWR)

    with raw(talk) as site:
        seen = await concluded({"kind": "waf", "url": site}, tmp_path)
        entry = {"kind": "url_filter", "url": f"{site}bad", "neutral_url": f"{site}ok"}
        filtered = await concluded(entry, tmp_path)
    assert (verdict(seen), verdict(filtered)) == (expected, expected)


async def test_a_page_without_end_in_place_of_the_test_file_decides_nothing(tmp_path: Path) -> None:
    def talk(wire: socket.socket) -> None:
        if b"eicar" not in wire.recv(4096):
            wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(NEUTRAL), NEUTRAL))
        else:
            wire.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000_000)
        wire.shutdown(socket.SHUT_RDWR)

    with raw(talk) as site:
        seen = await concluded({"kind": "malware", "responder": site.split("/")[2]}, tmp_path)
    assert verdict(seen) == "undetermined"


# ---- portal ----------------------------------------------------------------------------------------------------------

HELD = {
    "held by redirects": (redirect("http://10.0.0.1/login"), redirect("http://10.0.0.1/login"), "works"),
    "held by pages": (page("<form>login</form>"), page("<form>login</form>"), "works"),
    "free": ((204, {}, b""), (204, {}, b""), "does_not_work"),
    "held once, free once": (redirect("http://10.0.0.1/login"), (204, {}, b""), "does_not_work"),
    "RFC 6585": (page("login", status=511), page("", status=500), "works"),
    "led on to the same page over HTTPS": (
        redirect("https://127.0.0.1/a/generate_204"),
        redirect("https://127.0.0.1/b/generate_204"),
        "undetermined",
    ),
    "led on to nowhere": (redirect(""), redirect("http://[/"), "undetermined"),
    "led to the site's own login": (redirect("/login"), page("x", status=503), "works"),
    "errors only": (page("x", status=500), page("x", status=503), "undetermined"),
}


@pytest.mark.parametrize("case", HELD)
async def test_what_the_detection_pages_answer_decides(case: str, tmp_path: Path) -> None:
    one, other, expected = HELD[case]
    with serving({"/a/generate_204": one, "/b/generate_204": other}) as site:
        entry = {"kind": "authentication", "urls": [f"{site}/a/generate_204", f"{site}/b/generate_204"]}
        assert verdict(await concluded(entry, tmp_path)) == expected


# ---- intrusion detection ---------------------------------------------------------------------------------------------

SOURCE = {"id": "ids", "records": ["ids"]}


def sensor(log: Path, write: Callable[[BaseHTTPRequestHandler], str]) -> Site:
    """A site beside which somebody writes alerts."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(write(request))
        request.send_response(200)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return Answering(lambda _: answer)


def eve(request: BaseHTTPRequestHandler, **changed: Any) -> str:
    own = request.connection.getsockname()
    event = {
        "timestamp": datetime.now(UTC).isoformat(),
        "event_type": "alert",
        "src_ip": request.client_address[0],
        "src_port": request.client_address[1],
        "dest_ip": own[0],
        "dest_port": own[1],
        "alert": {
            "signature_id": 2100498,
            "signature": "GPL ATTACK_RESPONSE id check returned root",
            "action": "allowed",
        },
        **changed,
    }
    return json.dumps(event) + "\n"


def fast(request: BaseHTTPRequestHandler) -> str:
    (a, b), own = request.client_address[:2], request.connection.getsockname()
    ends = f"{a}:{b} -> {own[0]}:{own[1]}"
    return f"Nov 25 20:00:00 ids suricata: [1:2100498:7] id check returned root [**] {{TCP}} {ends}\n"


ALERTS: dict[str, tuple[Callable[[BaseHTTPRequestHandler], str], str]] = {
    "EVE": (eve, "works"),
    "EVE within syslog": (lambda request: "<13>Nov 25 20:00:00 ids suricata: " + eve(request), "works"),
    "fast log by syslog": (fast, "works"),
    "about another connection": (lambda request: eve(request, src_port=1), "does_not_work"),
    "of another rule": (
        lambda request: eve(request, alert={"signature_id": 1, "signature": "x"}),
        "does_not_work",
    ),
    "none": (lambda _: "", "does_not_work"),
}


@pytest.mark.parametrize("case", ALERTS)
async def test_only_an_alert_about_our_own_request_counts(case: str, tmp_path: Path) -> None:
    write, expected = ALERTS[case]
    log = tmp_path / "ids" / "eve.json"
    log.parent.mkdir()
    log.write_text("{}\n", "utf-8")
    store = {"kind": "directory", "path": str(log.parent)}
    with serving(sensor(log, write)) as site:
        entry = {"kind": "ids_alert", "url": f"{site}/", "log_source": "ids", "within_s": 1.0}
        seen = await concluded(entry, tmp_path, log_source=[{**SOURCE, "store": store}])
    assert verdict(seen) == expected
    assert isinstance(seen.value, Control)
    assert seen.value.detected is (expected == "works")


async def test_no_server_or_no_log_proves_nothing_about_the_ids(tmp_path: Path) -> None:
    store = {"kind": "directory", "path": str(tmp_path / "absent")}
    with serving({"/": page("x")}) as site:
        entry = {"kind": "ids_alert", "url": f"{site}/", "log_source": "ids", "within_s": 1.0}
        seen = await concluded(entry, tmp_path, log_source=[{**SOURCE, "store": store}])
    assert seen.reason is Reason.FILE_NOT_FOUND
    (tmp_path / "absent").mkdir()
    with refusing() as site:
        entry = {"kind": "ids_alert", "url": site, "log_source": "ids", "within_s": 1.0}
        seen = await concluded(entry, tmp_path, log_source=[{**SOURCE, "store": store}])
    assert seen.reason is Reason.NO_ANSWER


# ---- access from outside ---------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def inbound(helper: int, folder: Path, **settings: Any) -> Observation:
    entry = {"kind": "inbound_deny", "responder": f"127.0.0.1:{helper}", "secret": "env:KNOCK", **settings}
    return await concluded(entry, folder)


async def test_a_port_that_lets_in_is_no_barrier(tmp_path: Path) -> None:
    with helping("127.0.0.1", 0, Manners(SECRET)) as helper:
        seen = await inbound(helper, tmp_path, ports=[free_port()])
    assert verdict(seen) == "does_not_work"
    assert isinstance(seen.value, Control)
    assert seen.value.evidence.startswith("open from outside: ")


async def test_a_wrong_secret_a_second_knock_and_no_helper_prove_nothing(tmp_path: Path) -> None:
    with helping("127.0.0.1", 0, Manners("another-secret-than-ours")) as helper:
        assert (await inbound(helper, tmp_path, ports=[1])).reason is Reason.AUTHENTICATION_FAILED
    with helping("127.0.0.1", 0, Manners(SECRET)) as helper:
        await inbound(helper, tmp_path, ports=[1])
        assert (await inbound(helper, tmp_path, ports=[1])).reason is Reason.BUSY
    assert (await inbound(free_port(), tmp_path, ports=[1])).reason is Reason.NO_ANSWER


async def test_a_helper_that_lies_without_the_secret_is_not_believed(tmp_path: Path) -> None:
    told = json.dumps({"address": "127.0.0.1", "ports": {"1": "silent"}, "egress": True}).encode()
    site: dict[str, Any] = {"/campus-audit/challenge": page(json.dumps({"nonce": "0" * 32, "address": "127.0.0.1"}))}

    def talk(connection: socket.socket) -> None:
        asked = connection.recv(65536)
        body = site["/campus-audit/challenge"][2] if asked.startswith(b"GET") else told
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with raw(talk) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        seen = await inbound(port, tmp_path, ports=[1])
    assert verdict(seen) == "undetermined"


def ask(port: int, path: str, body: bytes = b"", signature: str = "") -> int:
    headers = (("X-Campus-Auditor-Signature", signature),) if signature else ()
    return exchange(Request(f"http://127.0.0.1:{port}{path}", "POST" if body else "GET", headers, body)).status


def test_the_helper_knocks_for_nobody_without_the_secret_and_for_no_nonce_twice() -> None:
    with helping("127.0.0.1", 0, Manners(SECRET, every_s=0)) as port:
        given = json.loads(exchange(Request(f"http://127.0.0.1:{port}{knock.CHALLENGE_PATH}")).body)
        body, signature = knock.ask(SECRET, given["nonce"], [9])
        assert ask(port, knock.KNOCK_PATH, body) == 403
        assert ask(port, knock.KNOCK_PATH, body.replace(b"9", b"8"), signature) == 403
        assert ask(port, knock.KNOCK_PATH, body, signature) == 200
        assert ask(port, knock.KNOCK_PATH, body, signature) == 403
        many, signed = knock.ask(SECRET, given["nonce"], range(1, 30))
        assert ask(port, knock.KNOCK_PATH, many, signed) == 403
        assert ask(port, knock.KNOCK_PATH, b"[" * 4000, "00") == 403
        assert ask(port, "/etc/passwd") == 404
    with helping("127.0.0.1", 0, Manners()) as port:
        assert ask(port, knock.CHALLENGE_PATH) == 404


def test_a_helper_that_cannot_listen_or_has_a_weak_secret_says_so() -> None:
    with (
        helping("127.0.0.1", 0, Manners()) as port,
        pytest.raises(HelperError, match="already listens"),
        helping("127.0.0.1", port, Manners()),
    ):
        pass
    with pytest.raises(HelperError, match="12 characters"):
        Manners("short")


# ---- permission and plan ---------------------------------------------------------------------------------------------


async def test_nothing_is_sent_after_the_permission_has_ended(tmp_path: Path) -> None:
    asked: list[str] = []

    with serving(Answering(lambda path: asked.append(path) or page("x"))) as site:
        made = campus(
            controls={"allowed_by": "王校长", "until": date(2026, 8, 31)},
            control=[{"id": "x", "kind": "waf", "url": f"{site}/"}],
            audit={"bundles": str(tmp_path)},
        )
        now = datetime(2026, 8, 31, 16, 30, tzinfo=UTC)  # half past midnight of 1 September in Shanghai
        [seen] = await look(control, TestWorld(made, at=now), made.control[0])
        assert seen.reason is Reason.NOT_PERMITTED
        assert asked == []
        earlier = TestWorld(made, at=datetime(2026, 8, 31, 15, 30, tzinfo=UTC))
        [seen] = await look(control, earlier, made.control[0])
        assert asked != []


def test_an_attempt_sends_nothing_that_its_plan_does_not_list() -> None:
    entry = campus(controls=ALLOWED, control=[{"id": "x", "kind": "waf", "url": "http://127.0.0.1:9/"}]).control[0]
    attempt = Attempt(steps_of(entry))
    with pytest.raises(StrayStepError):
        attempt.ask(Request("http://127.0.0.1:9/other"))
    first = next(step.what for step in steps_of(entry) if isinstance(step.what, Request))
    attempt.ask(first)
    attempt.ask(first)
    with pytest.raises(StrayStepError):
        attempt.ask(first)


# ---- the command line ------------------------------------------------------------------------------------------------


def test_the_responder_also_serves_tests_of_safeguards(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    words = ["respond", "--bind", "127.0.0.1", "--port", "0", "--safeguards-port", "0", "--lang", "en"]
    command = [sys.executable, "-m", "auditor.cli", *words, "--secret", f"file:{tmp_path / 'secret'}"]
    responder = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert responder.stderr is not None
        first = responder.stderr.readline()
        port = int(first.removeprefix("serving tests of safeguards on TCP port "))
        responder.stderr.readline()  # it serves throughput as well, and from now on ends as it is asked to
        answer = exchange(Request(f"http://127.0.0.1:{port}{EICAR_PATH}"))
        assert answer.body == eicar()
        assert ask(port, knock.CHALLENGE_PATH) == 200
    finally:
        responder.terminate()
        responder.communicate(timeout=20)
    assert responder.returncode == 0


def test_a_permission_that_has_ended_and_a_recorder_that_is_not_asked_are_warned_of() -> None:
    made = campus(
        controls={"allowed_by": "王校长", "until": date(2026, 8, 31)},
        device=[{"id": "nvr", "role": "recorder", "address": "10.0.0.7"}],
        camera=[{"id": "gate", "recorder": "nvr"}],
    )
    told = "\n".join(map(str, warnings(made, date(2026, 9, 1))))
    assert "permission by 王校长 to test safeguards ended on 2026-08-31" in told
    assert "nothing is known of their recordings: nvr" in told
    assert "permission" not in "\n".join(map(str, warnings(made, date(2026, 8, 31))))
