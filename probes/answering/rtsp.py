"""RTSP (RFC 2326): OPTIONS, which opens no stream and needs no login. Cameras, recorders, television."""

from __future__ import annotations

import re
from time import monotonic

from probes.answering.answer import Answer, failed, other, since, tcp
from probes.discovery.words import said
from probes.text import in_its_words

PORT = 554
_STATUS = re.compile(rb"^RTSP/[12]\.0 (\d{3}) ?([^\r\n]{0,80})")
_SERVER = re.compile(rb"(?im)^Server:[ \t]*([^\r\n]{1,100})")


def ask(host: str, port: int | None) -> Answer:
    """Any answer, also one that asks for a login, is an RTSP server's."""
    where = f"[{host}]" if ":" in host else host
    question = f"OPTIONS rtsp://{where}:{port or PORT}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: campus-auditor\r\n\r\n"
    began = monotonic()
    try:
        with tcp(host, port or PORT) as wire:
            wire.sendall(question.encode())
            answer = wire.recv(4096)
    except OSError as error:
        return failed("rtsp", error)
    latency, status = since(began), _STATUS.match(answer)
    if status is None:
        return other("rtsp")
    server = _SERVER.search(answer)
    shown = f"{status[1].decode()} {said(status[2], 80)}" + (f", {said(server[1], 80)}" if server else "")
    return Answer(reachable=True, protocol="rtsp", evidence=in_its_words(shown), latency_ms=latency)
