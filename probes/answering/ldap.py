"""LDAP (RFC 4511): the root DSE, which every directory shows to anybody. Nothing is bound to, no entry is read."""

from __future__ import annotations

import re
import ssl
from time import monotonic

from probes.answering.answer import Answer, failed, other, since, tcp
from probes.discovery.words import said
from probes.text import in_its_words
from probes.transport.certificate import lenient

PORT, PORT_TLS = 389, 636
_CONTEXT = re.compile(rb"(?i)((?:dc|o|ou|c|cn)=[^\x00-\x1f\x80-\xff]{1,80})")
_MOST = 16_384
_SEARCH_ENTRY, _SEARCH_DONE = 0x64, 0x65


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _question() -> bytes:
    wanted = _tlv(
        0x30, b"".join(_tlv(0x04, name) for name in (b"namingContexts", b"vendorName", b"supportedLDAPVersion"))
    )
    limits = _tlv(0x0A, b"\0") + _tlv(0x0A, b"\0") + _tlv(0x02, b"\1") + _tlv(0x02, b"\5") + _tlv(0x01, b"\0")
    search = _tlv(0x63, _tlv(0x04, b"") + limits + _tlv(0x87, b"objectClass") + wanted)
    return _tlv(0x30, _tlv(0x02, b"\1") + search)


def ask(host: str, port: int | None, *, tls: bool = False) -> Answer:
    """An entry, or a refusal in LDAP: both are a directory's."""
    name = "ldaps" if tls else "ldap"
    began = monotonic()
    try:
        with tcp(host, port or (PORT_TLS if tls else PORT)) as plain:
            wire = lenient().wrap_socket(plain, server_hostname=host) if tls else plain
            wire.sendall(_question())
            answer = wire.recv(_MOST)
            latency = since(began)
    except (OSError, ssl.SSLError) as error:
        return failed(name, error)
    # SEQUENCE, INTEGER 1, then the operation
    spoken = re.match(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...|\x84....)\x02\x01\x01(.)", answer, re.DOTALL)
    if spoken is None or spoken[1][0] not in {_SEARCH_ENTRY, _SEARCH_DONE}:
        return other(name)
    contexts = ", ".join(dict.fromkeys(said(one, 80) for one in _CONTEXT.findall(answer)[:4]))
    return Answer(
        reachable=True, protocol=name, evidence=in_its_words(f"root DSE {contexts}".rstrip()), latency_ms=latency
    )
