"""A TLS server's certificate, examined apart from any page: what a browser would mind, and until when it is valid.

Trust is that of a browser: the public roots that come with ``requests`` (or those of ``SSL_CERT_FILE``), so a
school's own authority is ``unknown-issuer`` to its visitors also where the auditor's machine knows it.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

CONNECT_S = 10.0

# https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
SELF_SIGNED = frozenset({18, 19})
NO_ISSUER = frozenset({2, 20, 21, 27})
OUT_OF_TIME = frozenset({9, 10})
WRONG_HOST = frozenset({62, 64})

Code = str
"""``self-signed``, ``unknown-issuer``, ``expired``, ``not-yet-valid``, ``wrong-host``, ``untrusted``, ``old-tls``,
``no-tls``; several are joined by commas."""


@dataclass(frozen=True)
class Certificate:
    """A server's certificate as it was presented, trusted or not.

    Attributes:
        problem: codes of what is wrong with it, joined by commas; ``""`` when a visitor's browser would be content.
        valid_days: days until ``notAfter``, negative once it is past; ``None`` without a certificate.
        facts: subject, issuer, names, dates, fingerprint, TLS version, for the evidence.
    """

    problem: Code
    valid_days: float | None
    facts: Mapping[str, str]


def lenient() -> ssl.SSLContext:
    """A context that talks to anybody, old TLS included, and trusts whatever is shown."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def certificate_of(host: str, port: int, now: datetime) -> Certificate:
    """The certificate of a TLS server; blocking, three handshakes of at most ten seconds each."""
    from cryptography import x509  # noqa: PLC0415  costs 20 ms
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    leaf, version, error = _handshake(host, port, lenient())
    if leaf is None:
        return Certificate("no-tls", None, {"error": str(error)})
    problems = [*_chain_problems(host, port, leaf), *(["old-tls"] if version in {"SSLv3", "TLSv1", "TLSv1.1"} else [])]
    try:
        shown = x509.load_der_x509_certificate(leaf)
        begins, ends = shown.not_valid_before_utc, shown.not_valid_after_utc
        facts = {"subject": shown.subject.rfc4514_string(), "issuer": shown.issuer.rfc4514_string()}
        facts["names"] = _names(shown)
        fingerprint = shown.fingerprint(SHA256()).hex()
    except ValueError as broken:
        return Certificate("untrusted", None, {"error": str(broken), "tls": version})
    if now > ends:
        problems.insert(0, "expired")
    if now < begins:
        problems.insert(0, "not-yet-valid")
    facts |= {"not_before": begins.isoformat(), "not_after": ends.isoformat(), "sha256": fingerprint, "tls": version}
    return Certificate(",".join(problems), round((ends - now).total_seconds() / 86_400, 2), facts)


def _names(shown: Any) -> str:
    from cryptography import x509  # noqa: PLC0415  loaded already

    try:
        extension = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return ""
    return ", ".join(str(getattr(name, "value", name)) for name in extension.value)


def _chain_problems(host: str, port: int, leaf: bytes) -> Iterator[Code]:
    """What OpenSSL minds, apart from the dates: asked once about the issuer, once about the name."""
    import certifi  # noqa: PLC0415  comes with requests

    own = os.environ.get("SSL_CERT_FILE", "")
    roots = ssl.create_default_context(cafile=own if Path(own).is_file() else certifi.where())
    name = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(leaf))  # the leaf as its own anchor
    for context in (roots, name):
        # Browsers do not insist on RFC 5280 to the letter, as Python 3.13 does by default.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    roots.check_hostname = False
    name.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    _, _, about_issuer = _handshake(host, port, roots)
    _, _, about_name = _handshake(host, port, name)
    issuer, host_name = _verify_code(about_issuer), _verify_code(about_name)
    if issuer in SELF_SIGNED:
        yield "self-signed"
    elif issuer in NO_ISSUER:
        yield "unknown-issuer"
    if host_name in WRONG_HOST:
        yield "wrong-host"
    # Too weak a key for anybody's defaults, or it broke off: not to be called good.
    known = SELF_SIGNED | NO_ISSUER | WRONG_HOST | OUT_OF_TIME | {0}
    if not {issuer, host_name} <= known:
        yield "untrusted"


def _verify_code(error: Exception | None) -> int:
    """OpenSSL's code for what it minds; 0 when content, -1 for a handshake that failed otherwise."""
    if error is None:
        return 0
    return error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else -1


def _handshake(host: str, port: int, context: ssl.SSLContext) -> tuple[bytes | None, str, Exception | None]:
    """The leaf certificate (DER) and TLS version, or the error."""
    try:
        with (
            socket.create_connection((host, port), timeout=CONNECT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            return secured.getpeercert(binary_form=True), secured.version() or "", None
    except (OSError, ValueError) as error:
        return None, "", error
