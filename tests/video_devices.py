"""Recorders on loopback, written from the interfaces: HTTP with digest login, SOAP, and RTSP that sends RTP."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

USER, PASSWORD = "viewer", "look-only"
SHANGHAI = timezone(timedelta(hours=8))


@dataclass
class Recorder:
    """What a recorder holds, and how it behaves.

    Attributes:
        recordings: begin and end of each, the oldest first.
        ahead_s: how far its clock runs ahead.
        online: state of each channel.
        asked: requests that it answered, in order.
        odd: replaces its answer to paths that begin so.
    """

    recordings: list[tuple[datetime, datetime]]
    ahead_s: float = 0.0
    online: tuple[bool, ...] = (True, True, False)
    plays: bool = True
    asked: list[str] = field(default_factory=list)
    odd: dict[str, Callable[[bytes], tuple[int, bytes]]] = field(default_factory=dict)
    rtsp_port: int = 0
    searches: int = 0

    @property
    def time(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)


def daily(days: int, *, without: tuple[int, ...] = ()) -> list[tuple[datetime, datetime]]:
    """Recordings of whole days back from now, but for those so many days ago."""
    now = datetime.now(UTC).replace(microsecond=0)
    return [
        (now - timedelta(days=ago), now - timedelta(days=ago - 1)) for ago in range(days, 0, -1) if ago not in without
    ]


def md5(words: str) -> str:
    return hashlib.md5(words.encode()).hexdigest()


def digest_is_right(header: str, method: str) -> bool:
    parts = dict(re.findall(r'(\w+)="?([^",]+)"?', header.removeprefix("Digest ")))
    first = md5(f"{USER}:{parts.get('realm')}:{PASSWORD}")
    second = md5(f"{method}:{parts.get('uri')}")
    if "qop" in parts:
        expected = md5(f"{first}:{parts['nonce']}:{parts['nc']}:{parts['cnonce']}:{parts['qop']}:{second}")
    else:
        expected = md5(f"{first}:{parts.get('nonce')}:{second}")
    return parts.get("username") == USER and parts.get("response") == expected


Answers = Callable[[Recorder, str, bytes], tuple[int, bytes]]


@contextmanager
def recorder(made: Recorder, answers: Answers, *, login: bool = True) -> Iterator[int]:
    """A recorder's web port; its RTSP port stands in ``made.rtsp_port`` meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            proof = self.headers.get("Authorization", "")
            if login and not digest_is_right(proof, self.command):
                self._send(401, b"", 'Digest realm="rec", nonce="n1", qop="auth", algorithm=MD5')
                return
            made.asked.append(f"{self.command} {self.path}")
            odd = next((answer for path, answer in made.odd.items() if self.path.startswith(path)), None)
            self._send(*(odd(body) if odd else answers(made, self.path, body)))

        def do_POST(self) -> None:
            self.do_GET()

        def _send(self, status: int, body: bytes, challenge: str = "") -> None:
            self.send_response(status)
            if challenge:
                self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            pass

    with ExitStack() as stack:
        made.rtsp_port = stack.enter_context(rtsp(made))
        server = Server(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


# ---- ISAPI -----------------------------------------------------------------------------------------------------------


def isapi(made: Recorder, path: str, body: bytes) -> tuple[int, bytes]:
    if path == "/ISAPI/System/time":
        local = made.time.astimezone(SHANGHAI)
        return (
            200,
            f"<Time><timeMode>NTP</timeMode><localTime>{local:%Y-%m-%dT%H:%M:%S}+08:00</localTime></Time>".encode(),
        )
    if path == "/ISAPI/ContentMgmt/InputProxy/channels/status":
        rows = "".join(
            f"<InputProxyChannelStatus><id>{number}</id><online>{str(on).lower()}</online></InputProxyChannelStatus>"
            for number, on in enumerate(made.online, 1)
        )
        return 200, f'<List xmlns="http://www.hikvision.com/ver20/XMLSchema">{rows}</List>'.encode()
    if path == "/ISAPI/ContentMgmt/search":
        return 200, _isapi_page(made, ET.fromstring(body))
    return 404, b""


def _isapi_page(made: Recorder, asked: ET.Element) -> bytes:
    def told(name: str) -> str:
        return next((one.text or "") for one in asked.iter() if one.tag == name)

    begin = datetime.fromisoformat(told("startTime"))
    found = [one for one in made.recordings if one[1] >= begin] if told("trackID") == "201" else []
    at, most = int(told("searchResultPostion")), int(told("maxResults"))
    page = found[at : at + most]
    items = "".join(
        f"<searchMatchItem><timeSpan><startTime>{begin:%Y-%m-%dT%H:%M:%SZ}</startTime><endTime>{end:%Y-%m-%dT%H:%M:%SZ}"
        "</endTime></timeSpan><mediaSegmentDescriptor><playbackURI>rtsp://192.0.2.1/Streaming/tracks/201?starttime="
        f"{begin:%Y%m%dT%H%M%SZ}&amp;name=x</playbackURI></mediaSegmentDescriptor></searchMatchItem>"
        for begin, end in page
    )
    state = "NO MATCHES" if not found else "MORE" if at + most < len(found) else "OK"
    told_state = f"<responseStatusStrg>{state}</responseStatusStrg>"
    return f"<CMSearchResult>{told_state}<matchList>{items}</matchList></CMSearchResult>".encode()


# ---- Dahua -----------------------------------------------------------------------------------------------------------


def dahua(made: Recorder, path: str, body: bytes) -> tuple[int, bytes]:
    parts = urlsplit(path)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    action = query.get("action", "")
    if action == "getCurrentTime":
        return 200, f"result={made.time.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}\r\n".encode()
    if action == "getCameraState":
        states = [
            f"states[{n}].connectionState={'Connected' if on else 'Unconnect'}" for n, on in enumerate(made.online)
        ]
        return 200, "\r\n".join(states).encode()
    if action == "factory.create":
        made.searches = 0
        return 200, b"result=08137\r\n"
    if action == "findFile":
        return (200, b"OK\r\n") if query["condition.Channel"] == "2" else (400, b"Error\r\n")
    if action == "findNextFile":
        page = made.recordings[made.searches : made.searches + int(query["count"])]
        made.searches += len(page)
        lines = [f"found={len(page)}"]
        for number, (begin, end) in enumerate(page):
            lines.append(f"items[{number}].StartTime={begin.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
            lines.append(f"items[{number}].EndTime={end.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}")
        return 200, "\r\n".join(lines).encode()
    return (200, b"OK\r\n") if action in ("close", "destroy") else (404, b"")


# ---- ONVIF -----------------------------------------------------------------------------------------------------------


def onvif(made: Recorder, path: str, body: bytes) -> tuple[int, bytes]:
    tree = ET.fromstring(body)
    call = next(one for one in tree.iter() if one.tag.endswith("}Body"))[0].tag.rpartition("}")[2]
    made.asked.append(call)
    if call == "GetSystemDateAndTime":
        now = made.time
        date = f"<Date><Year>{now.year}</Year><Month>{now.month}</Month><Day>{now.day}</Day></Date>"
        time = f"<Time><Hour>{now.hour}</Hour><Minute>{now.minute}</Minute><Second>{now.second}</Second></Time>"
        return 200, _soap(f"<SystemDateAndTime><UTCDateTime>{time}{date}</UTCDateTime></SystemDateAndTime>")
    if not _token_is_right(tree, made):
        return 400, _soap("<Fault><Code><Value>ter:NotAuthorized</Value></Code></Fault>")
    return 200, _soap(_onvif_answer(made, call, tree))


def _onvif_answer(made: Recorder, call: str, tree: ET.Element) -> str:
    oldest, newest = made.recordings[0][0], made.recordings[-1][1]
    services = "".join(
        f"<Service><Namespace>http://www.onvif.org/ver10/{name}/wsdl</Namespace><XAddr>http://192.0.2.7/onvif/{name}</XAddr>"
        "</Service>"
        for name in ("media", "search", "replay")
    )
    answers = {
        "GetServices": services,
        "GetProfiles": "".join(
            f'<Profiles token="p{n}"><VideoSourceConfiguration><SourceToken>s{n // 2}</SourceToken>'
            "</VideoSourceConfiguration></Profiles>"
            for n in range(4)
        ),
        "GetStreamUri": "<MediaUri><Uri>rtsp://192.0.2.7:554/live/s1</Uri></MediaUri>",
        "GetReplayUri": "<Uri>rtsp://192.0.2.7:554/replay/r1</Uri>",
        "FindRecordings": "<SearchToken>t1</SearchToken>",
        "GetRecordingSearchResults": "<ResultList><SearchState>Completed</SearchState>"
        + "".join(
            f"<RecordingInformation><RecordingToken>r{n}</RecordingToken><Source><SourceId>s{n}</SourceId></Source>"
            f"<EarliestRecording>{oldest + timedelta(days=(1 - n) * 5):%Y-%m-%dT%H:%M:%SZ}</EarliestRecording>"
            f"<LatestRecording>{newest:%Y-%m-%dT%H:%M:%SZ}</LatestRecording></RecordingInformation>"
            for n in range(2)
        )
        + "</ResultList>",
    }
    return answers.get(call, "")


def _soap(inner: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{inner}</s:Body></s:Envelope>'.encode()
    )


def _token_is_right(tree: ET.Element, made: Recorder) -> bool:
    """WS-Security UsernameToken; as devices do, only with a time within five seconds of their own."""
    told = {one.tag.rpartition("}")[2]: one.text or "" for one in tree.iter()}
    if told.get("Username") != USER:
        return False
    created = datetime.fromisoformat(told["Created"])
    data = base64.b64decode(told["Nonce"]) + told["Created"].encode() + PASSWORD.encode()
    right = base64.b64encode(hashlib.sha1(data).digest()).decode() == told["Password"]
    return right and abs((created - made.time).total_seconds()) < 5


# ---- RTSP ------------------------------------------------------------------------------------------------------------

SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:t0\r\n"
    "m=video 0 RTP/AVP 96\r\na=control:t1\r\n"
)


@contextmanager
def rtsp(made: Recorder) -> Iterator[int]:
    """A server of RTSP with digest login that sends RTP over the same connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(wire: socket.socket) -> None:
        with wire, wire.makefile("rb") as lines:
            while first := lines.readline().decode().split():
                headers = {}
                while line := lines.readline().decode().strip():
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                _rtsp_answer(made, wire, first[0], first[1], headers)

    def accept() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_quietly, args=(talk, wire), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _quietly(talk: Callable[[socket.socket], None], wire: socket.socket) -> None:
    try:
        talk(wire)
    except OSError:
        return


def _rtsp_answer(made: Recorder, wire: socket.socket, method: str, url: str, headers: dict[str, str]) -> None:
    def answer(status: str, more: str = "", body: str = "") -> None:
        wire.sendall(f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '')}\r\n{more}\r\n{body}".encode())

    if method == "OPTIONS":
        answer("200 OK", "Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n")
    elif not digest_is_right(headers.get("authorization", ""), method):
        answer("401 Unauthorized", 'WWW-Authenticate: Digest realm="rec", nonce="n2"\r\n')
    elif method == "DESCRIBE":
        made.asked.append(f"RTSP {urlsplit(url).path}")
        answer("200 OK", f"Content-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n", SDP)
    elif method == "SETUP":
        answer("200 OK", "Session: 42;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")
    elif method == "PLAY":
        made.asked.append(f"PLAY {headers.get('range', '')}")
        answer("200 OK" if made.plays else "404 Not Found", "Session: 42\r\n")
        for number in range(5 if made.plays else 0):
            packet = b"\x80\x60" + number.to_bytes(2, "big") + bytes(8) + b"picture"
            wire.sendall(b"$\0" + len(packet).to_bytes(2, "big") + packet)
    else:
        answer("200 OK")
