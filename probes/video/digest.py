"""Logging in as cameras ask for it, over HTTP and RTSP: Digest of RFC 7616 (MD5, SHA-256), Basic for want of it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence

_PART = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES: dict[str, Callable[[bytes], str]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha-256": lambda data: hashlib.sha256(data).hexdigest(),
}


def authorization(challenges: Sequence[str], method: str, uri: str, user: str, password: str) -> str | None:
    """The header that answers a 401, the strongest of what is offered; ``None`` where nothing of it is known.

    Args:
        challenges: the values of WWW-Authenticate.
        method: of the request.
        uri: as it stands in the request's first line.
        user: login name.
        password: in plain text; it is sent only where the other end offers nothing but Basic.
    """
    digests = [_parts(one) for one in challenges if one.lower().startswith("digest")]
    for name in ("sha-256", "md5"):
        for parts in digests:
            if parts.get("algorithm", "md5").lower() == name and _plain_qop(parts):
                return _digest(parts, name, f"{method}:{uri}", uri, (user, password))
    if any(one.lower().startswith("basic") for one in challenges):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return None


def _parts(challenge: str) -> dict[str, str]:
    return {found[1].lower(): found[2] if found[2] is not None else found[3] for found in _PART.finditer(challenge)}


def _plain_qop(parts: dict[str, str]) -> bool:
    return "qop" not in parts or "auth" in [one.strip() for one in parts["qop"].lower().split(",")]


def _digest(parts: dict[str, str], name: str, request: str, uri: str, login: tuple[str, str]) -> str:
    hash_, (user, password) = _HASHES[name], login
    realm, nonce = parts.get("realm", ""), parts.get("nonce", "")
    first = hash_(f"{user}:{realm}:{password}".encode())
    second = hash_(request.encode())
    fields = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    if "qop" in parts:
        own, count = secrets.token_hex(8), "00000001"
        answer = hash_(f"{first}:{nonce}:{count}:{own}:auth:{second}".encode())
        extra = f', qop=auth, nc={count}, cnonce="{own}"'
    else:
        answer, extra = hash_(f"{first}:{nonce}:{second}".encode()), ""
    if "opaque" in parts:
        extra += f', opaque="{parts["opaque"]}"'
    if "algorithm" in parts:
        extra += f", algorithm={parts['algorithm']}"
    quoted = ", ".join(f'{key}="{value}"' for key, value in fields.items())
    return f'Digest {quoted}, response="{answer}"{extra}'
