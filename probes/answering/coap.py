"""CoAP (RFC 7252): GET /.well-known/core (RFC 6690), the list of what a thing offers."""

from __future__ import annotations

import secrets

from probes.answering.answer import Answer, ask_over_udp, failed, other
from probes.discovery.words import said
from probes.text import in_its_words

PORT = 5683
_GET, _CONFIRMABLE = 0x01, 0x40
_PATH = b"\xbb.well-known\x04core"
_PAYLOAD = b"\xff"


def ask(host: str, port: int | None) -> Answer:
    """Any answer with our token, or an acknowledgement of our message, is a CoAP server's."""
    number, token = secrets.token_bytes(2), secrets.token_bytes(2)
    question = bytes([_CONFIRMABLE | len(token), _GET]) + number + token + _PATH
    try:
        answer, latency = ask_over_udp(host, port or PORT, question)
    except OSError as error:
        return failed("coap", error)
    ours = answer[4:6] == token or answer[2:4] == number
    if len(answer) < 4 or answer[0] >> 6 != 1 or not ours:  # noqa: PLR2004  the header, the version
        return other("coap")
    code = f"{answer[1] >> 5}.{answer[1] & 0x1F:02d}"
    links = said(answer.partition(_PAYLOAD)[2], 160)
    return Answer(
        reachable=True, protocol="coap", evidence=in_its_words(f"{code} {links}".rstrip()), latency_ms=latency
    )
