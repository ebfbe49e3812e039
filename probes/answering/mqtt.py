"""MQTT 3.1.1 (OASIS): CONNECT without credentials, the code of the CONNACK, and good-bye. Platforms of things."""

from __future__ import annotations

import secrets
from time import monotonic

from probes.answering.answer import Answer, failed, other, read_exactly, since, tcp
from probes.text import text

PORT = 1883
_CODES = (
    text("accepted without a login"),
    text("protocol version refused"),
    text("client name refused"),
    text("server unavailable"),
)
_LOGIN_CODES = {4: text("user or password wanted"), 5: text("not authorised without a login")}
_CONNACK, _DISCONNECT = 0x20, b"\xe0\x00"


def ask(host: str, port: int | None) -> Answer:
    """Any CONNACK is a broker's; nothing is subscribed to and nothing published."""
    client = f"auditor-{secrets.token_hex(4)}".encode()
    # A clean session of ten seconds, no user, no password, no will.
    body = b"\x00\x04MQTT\x04\x02\x00\x0a" + len(client).to_bytes(2, "big") + client
    began = monotonic()
    try:
        with tcp(host, port or PORT) as wire:
            wire.sendall(bytes([0x10, len(body)]) + body)
            head = read_exactly(wire, 4)
            latency = since(began)
            wire.sendall(_DISCONNECT)
    except OSError as error:
        return failed("mqtt", error)
    if head[0] != _CONNACK or head[1] != 2:  # noqa: PLR2004  the length of a CONNACK
        return other("mqtt")
    code = head[3]
    words = _LOGIN_CODES.get(code) or (_CODES[code] if code < len(_CODES) else text("refused"))
    evidence = text("CONNACK {code}: {words}", code=code, words=words)
    return Answer(reachable=True, protocol="mqtt", evidence=evidence, latency_ms=latency)
