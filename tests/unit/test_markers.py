"""Signed markers: sent, found again, and not believed where they are forged or copied."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from probes.canary import canary
from probes.errors import SecretError
from probes.kinds import Canary, Marker
from probes.logs.placing import Calendar
from probes.logs.search.files import FileHaystack
from probes.logs.search.lines import Line, Marks, Wanted
from probes.logs.stores.files import LocalShelf
from probes.marker import marker
from probes.observation import Reason
from probes.safeguards.canary_find import time_of
from probes.safeguards.canary_send import LEDGER, planned, remember, remembered
from probes.safeguards.marker import KEY_FILE, PREFIX, make, markers_in, own_key
from tests.logtrees import SCHOOL
from tests.web_servers import Answering, Authority, page, raw, refusing, serving
from tests.world import TestWorld, campus, look

KEY = b"k" * 40
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def store(folder: Path) -> dict[str, Any]:
    return {"id": "gw", "records": ["behaviour"], "store": {"kind": "directory", "path": str(folder)}}


def world(folder: Path, at: datetime | None = None, **settings: Any) -> TestWorld:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    made = campus(
        canary={"signing_key": "env:KEY", "log_sources": ["gw"], **settings},
        log_source=[store(logs)],
        audit={"bundles": str(folder / "bundles")},
    )
    return TestWorld(made, at=at, secrets={"env:KEY": KEY.decode()})


async def found(folder: Path, at: datetime = NOW) -> Canary:
    made = world(folder, at)
    [seen] = await look(canary, made, made.campus.canary)
    assert seen.subject == "log:gw"
    assert isinstance(seen.value, Canary)
    return seen.value


def line(at: datetime, words: str) -> str:
    return f"{at.astimezone(SCHOOL):%Y-%m-%dT%H:%M:%S%z} gw url=http://x/?campus-audit={words} user=auditor\n"


def nights(count: int) -> list[datetime]:
    return [NOW - timedelta(days=ago, hours=-1) for ago in range(count, 0, -1)]


# ---- the marker itself -----------------------------------------------------------------------------------------------


@given(
    key=st.binary(min_size=16),
    at=st.integers(0, 4_000_000_000),
    around=st.binary(),
)
def test_a_marker_is_found_in_any_surroundings_and_only_with_its_key(key: bytes, at: int, around: bytes) -> None:
    words = make(key, "s", datetime.fromtimestamp(at, UTC)).encode()
    [one] = [marker for marker in markers_in(key, around + b" " + words + b" " + around) if marker.genuine]
    assert one.at.timestamp() == at
    assert not any(marker.genuine for marker in markers_in(key + b"x", words))


@given(place=st.integers(0, 70), char=st.sampled_from("0123456789abcdefT-Zshti"))
def test_a_marker_that_was_changed_anywhere_is_not_genuine(place: int, char: str) -> None:
    words = make(KEY, "h", NOW)
    place %= len(words)
    changed = words[:place] + char + words[place + 1 :]
    assert changed == words or not any(one.genuine for one in markers_in(KEY, changed.encode()))


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = own_key(tmp_path / "bundles")
    path = tmp_path / "bundles" / KEY_FILE
    assert own_key(tmp_path / "bundles") == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == [KEY_FILE]
    path.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600"):
        own_key(tmp_path / "bundles")
    path.chmod(0o600)
    path.write_text("\n")
    with pytest.raises(SecretError, match="damaged"):
        own_key(tmp_path / "bundles")


# ---- sent ------------------------------------------------------------------------------------------------------------


async def test_markers_go_out_by_udp_tcp_and_http_as_rfc_5424_asks(tmp_path: Path) -> None:
    asked: list[str] = []

    site_of = Answering(lambda path: asked.append(path) or page("x"))
    with (
        socket.socket(type=socket.SOCK_DGRAM) as udp,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        serving(site_of) as site,
    ):
        udp.bind(("127.0.0.1", 0))
        made = world(
            tmp_path,
            url=f"{site}/page",
            syslog=[
                {"address": "127.0.0.1", "port": udp.getsockname()[1]},
                {"address": "127.0.0.1", "port": tcp.getsockname()[1], "protocol": "tcp"},
            ],
        )
        seen = await look(marker, made, made.campus.canary)
        datagram = udp.recv(4096)
        connection, _ = tcp.accept()
        with connection:
            stream = connection.recv(4096)
    sent = [one.value.marker for one in seen if isinstance(one.value, Marker)]
    assert len(sent) == 3
    assert datagram.startswith(b"<110>1 20")
    assert datagram.endswith(f"campus-auditor - canary - {sent[0]}".encode())
    assert stream.endswith(f"{sent[1]}\n".encode())
    assert asked == [f"/page?campus-audit={sent[2]}"]
    assert len(remembered(tmp_path / "bundles") or ()) == 3


async def test_a_marker_goes_out_over_tls_with_its_length_before_it(tmp_path: Path) -> None:
    """RFC 5425; what a server that signed its own certificate gets is what it keeps."""
    got = bytearray()

    def keep(wire: ssl.SSLSocket) -> None:
        wire.settimeout(20)
        with contextlib.suppress(OSError):
            while part := wire.recv(4096):
                got.extend(part)

    with accepting(keep, Authority(tmp_path).context(self_signed=True)) as port:
        made = world(tmp_path, syslog=[{"address": "127.0.0.1", "port": port, "protocol": "tls"}])
        [seen] = await look(marker, made, made.campus.canary)
    assert isinstance(seen.value, Marker), seen.detail
    assert seen.subject == f"marker:syslog:127.0.0.1:{port}/tls"
    length, _, line = bytes(got).partition(b" ")
    assert int(length) == len(line)
    assert line.startswith(b"<110>1 20")
    assert line.endswith(seen.value.marker.encode())


def test_syslog_goes_to_the_usual_port_of_its_transport() -> None:
    made = campus(canary={"syslog": [{"address": "10.0.0.5", "protocol": one} for one in ("udp", "tcp", "tls")]})
    assert made.canary is not None
    assert [line.split(": ")[0] for line in planned(made.canary, made)] == [
        "syslog to 10.0.0.5:514/udp",
        "syslog to 10.0.0.5:514/tcp",
        "syslog to 10.0.0.5:6514/tls",
    ]


@pytest.mark.parametrize("talk", [lambda wire: wire.close(), lambda wire: wire.sendall(b"HTTP/1.1 200 OK\r\n\r\n")])
async def test_a_server_that_cannot_agree_on_tls_was_sent_nothing(tmp_path: Path, talk: Any) -> None:
    with raw(talk) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        made = world(tmp_path, syslog=[{"address": "127.0.0.1", "port": port, "protocol": "tls"}])
        [seen] = await look(marker, made, made.campus.canary)
    assert seen.reason is Reason.NO_ANSWER
    assert remembered(tmp_path / "bundles") is None


async def test_a_server_that_never_answers_the_handshake_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.safeguards.canary_send.SEND_S", 0.5)
    with raw(lambda wire: wire.recv(4096) and time.sleep(20)) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        made = world(tmp_path, syslog=[{"address": "127.0.0.1", "port": port, "protocol": "tls"}])
        [seen] = await look(marker, made, made.campus.canary)
    assert seen.reason is Reason.NO_ANSWER


@contextlib.contextmanager
def accepting(talk: Any, tls: ssl.SSLContext) -> Iterator[int]:
    """The port of a TLS server that serves one connection; it is done when the ``with`` ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, tls.wrap_socket(connection, server_side=True) as wire:
                talk(wire)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(30)


async def test_a_channel_that_refuses_is_said_and_the_others_go_on(tmp_path: Path) -> None:
    with refusing() as url, socket.socket(type=socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        made = world(tmp_path, url=url, syslog=[{"address": "127.0.0.1", "port": port}])
        seen = await look(marker, made, made.campus.canary)
    assert [one.reason for one in seen] == [Reason.REFUSED, Reason.NO_ANSWER]
    assert remembered(tmp_path / "bundles") is None


async def test_log_servers_of_the_inventory_are_the_default(tmp_path: Path) -> None:
    log, switch = {"role": "log-server", "address": "10.0.0.5"}, {"role": "core-switch", "address": "10.0.0.6"}
    made = campus(canary={}, device=[{"id": "log", **log}, {"id": "sw", **switch}])
    assert made.canary is not None
    [only] = planned(made.canary, made)
    assert only.startswith("syslog to 10.0.0.5:514/udp: <110>1 <time>")


# ---- found again -----------------------------------------------------------------------------------------------------


async def test_the_oldest_marker_tells_how_far_the_log_reaches_and_which_day_was_lost(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    sent = nights(200)
    for at in sent:
        remember(tmp_path / "bundles", at, "http", "x", "m")
    kept = [at for number, at in enumerate(sent) if number >= 10 and number not in (50, 51)]
    half = len(kept) // 2
    with gzip.open(logs / "gw.log.1.gz", "wt") as file:
        file.writelines(line(at, make(KEY, "h", at)) for at in kept[:half])
    (logs / "gw.log").write_text("".join(line(at, make(KEY, "h", at)) for at in kept[half:]))
    value = await found(tmp_path)
    assert value.oldest == kept[0]
    assert value.newest == kept[-1]
    assert (value.days_found, value.days_sent) == (188, 200)
    assert value.missing_days == tuple(sent[n].astimezone(SCHOOL).date() for n in (50, 51))
    assert (value.forged, value.replayed) == (0, 0)


async def test_forged_copied_future_and_undated_markers_are_not_believed(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    old, recent = NOW - timedelta(days=190), NOW - timedelta(days=1)
    lines = [
        line(old, make(b"another key" * 3, "h", old)),
        line(recent, make(KEY, "h", old)),
        line(NOW + timedelta(days=3), make(KEY, "h", NOW + timedelta(days=3))),
        f"no time at all {make(KEY, 's', old)}\n",
        line(old, make(KEY, "t", old)),
        line(recent, good := make(KEY, "s", recent)),
        line(recent, good),
    ]
    (logs / "gw.log").write_text("".join(lines))
    value = await found(tmp_path)
    assert value.oldest == recent
    assert (value.days_found, value.forged, value.replayed) == (1, 2, 2)
    assert value.days_sent is None


async def test_a_log_without_markers_proves_nothing_but_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "gw.log").write_text("2026-11-25T01:00:00+0800 gw hello\n")
    value = await found(tmp_path)
    assert (value.oldest, value.span_days, value.days_found) == (None, None, 0)


def test_a_damaged_ledger_costs_only_its_damaged_lines(tmp_path: Path) -> None:
    remember(tmp_path, NOW, "http", "x", "m")
    with (tmp_path / LEDGER).open("a") as file:
        file.write('{"at": 5}\nnull\n{"at": "2026-01-01"}\n{"a')
    assert remembered(tmp_path) == (NOW,)


# ---- searching -------------------------------------------------------------------------------------------------------


def haystack(folder: Path) -> FileHaystack:
    return FileHaystack(lambda: nullcontext(LocalShelf(folder)), str(folder), "**/*")


def lines_with(folder: Path, needle: bytes, since: Marks | None = None) -> list[Line]:
    return list(haystack(folder).find(Wanted((needle,), since)))


@given(
    lines=st.lists(st.binary(max_size=300).map(lambda data: data.replace(b"\n", b"").replace(b"\r", b"")), max_size=40),
    hits=st.sets(st.integers(0, 39)),
)
def test_exactly_the_lines_with_the_needle_are_found(lines: list[bytes], hits: set[int], tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("log")
    marked = [one + (PREFIX if number in hits else b"") for number, one in enumerate(lines)]
    (folder / "a.log").write_bytes(b"\n".join(marked))
    got = [one.data for one in lines_with(folder, PREFIX)]
    whole = b"\n".join(marked)
    assume(not whole.startswith((b"\x1f\x8b", b"BZh", b"\xff\xfe", b"\xfe\xff", b"\x04\x22\x4d\x18", b"\x1f\x9d")))
    assert got == [one for one in whole.split(b"\n") if PREFIX in one]


def test_only_what_was_added_since_is_searched_also_after_rotation(tmp_path: Path) -> None:
    log = tmp_path / "gw.log"
    log.write_bytes(b"cac1-old\n" + b"x" * 200_000 + b"\n")
    before = haystack(tmp_path).marks()
    assert lines_with(tmp_path, PREFIX, before) == []
    with log.open("ab") as file:
        file.write(b"cac1-new\n")
    assert [one.data for one in lines_with(tmp_path, PREFIX, before)] == [b"cac1-new"]
    log.rename(tmp_path / "gw.log.1")
    log.write_bytes(b"cac1-after rotation\n")
    got = {one.data for one in lines_with(tmp_path, PREFIX, before)}
    assert {b"cac1-new", b"cac1-after rotation"} <= got


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"y" * 30_000_000 + b"cac1-x" + b"z" * 1_000_000)
    [one] = lines_with(tmp_path, PREFIX)
    assert len(one.data) <= 64 * 1024


def test_the_time_of_a_line_is_that_of_its_own_stamp() -> None:
    near = datetime(2026, 1, 2, tzinfo=UTC)
    calendar = Calendar(SCHOOL)
    assert time_of(b"Dec 31 23:30:00 gw x", near, calendar) == datetime(2025, 12, 31, 15, 30, tzinfo=UTC)
    assert time_of(b"1767225600 x", near, calendar) == datetime(2026, 1, 1, tzinfo=UTC)
    assert time_of(b"nothing", near, calendar) is None
