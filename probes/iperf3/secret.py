"""A secret that both ends share: whoever asks for a test has to prove that he knows it, without saying it.

iperf3's own way (``--rsa-private-key-path``) wants a pair of keys, a list of users and two clocks that agree within ten
seconds, which a laptop in a school's network seldom offers. Here the responder draws a number, and the client answers
with its HMAC (RFC 2104, SHA-256) over the number, the test's cookie and its parameters: nothing that was overheard can
be used again. A stock client, which cannot answer, is told that the authorisation failed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping

from probes.errors import SecretError
from probes.text import text

OFFER = "campus_auditor_proof"
"""The parameter by which a client says that it can answer; iperf3 servers skip what they do not know."""

METHOD = "hmac-sha256"
NONCE_BYTES = 16
SHORTEST = 12
"""Characters: an overheard answer lets anybody try secrets at leisure, so a short one would not stay one."""

_PURPOSE = b"campus-auditor throughput test\0"


def checked(secret: str) -> str:
    """The secret, if it is long enough; otherwise ``SecretError``, which does not tell it."""
    if len(secret) < SHORTEST:
        raise SecretError(text("the shared secret is too short: take at least {n} characters", n=SHORTEST))
    return secret


def offers(document: Mapping[str, object]) -> bool:
    """Whether a client's parameters say that it can prove a secret."""
    return document.get(OFFER) == METHOD


def draw_nonce() -> str:
    """A number that nobody has seen before, in hexadecimal."""
    return secrets.token_hex(NONCE_BYTES)


def proof(secret: str, nonce: str, cookie: bytes, parameters: Mapping[str, object]) -> str:
    """What only somebody who knows the secret can say of this number and test, in hexadecimal."""
    asked = json.dumps(parameters, sort_keys=True, separators=(",", ":")).encode()
    said = b"\0".join((nonce.encode("utf-8", "replace"), cookie, hashlib.sha256(asked).digest()))
    return hmac.new(secret.encode(), _PURPOSE + said, hashlib.sha256).hexdigest()


def is_proof(said: object, secret: str, nonce: str, cookie: bytes, parameters: Mapping[str, object]) -> bool:
    """Whether an answer is right; takes as long for a wrong one."""
    answer = said if isinstance(said, str) else ""
    return hmac.compare_digest(answer.encode("utf-8", "replace"), proof(secret, nonce, cookie, parameters).encode())
