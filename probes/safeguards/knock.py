"""How a helper outside is asked to knock at our own door, and how it answers. Both directions are signed.

The helper gives a challenge to an address; within half a minute, from the same address and once, it can be answered
with a list of ports, signed with the shared secret (HMAC-SHA-256). The helper then tries a TCP connection to those
ports *of the address that asks*, never of another, sends nothing on them, and signs what it saw. So nobody can have it
scan somebody else, and nobody on the way can change its answer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CHALLENGE_PATH = "/campus-audit/challenge"
KNOCK_PATH = "/campus-audit/knock"
SIGNATURE_HEADER = "X-Campus-Auditor-Signature"
MOST_PORTS = 18
NONCE_DIGITS = 32
HIGHEST_PORT = 65535

Door = Literal["open", "refused", "silent"]


@dataclass(frozen=True)
class Doors:
    """What the helper saw: at which address, each port, and whether it can connect to the world at all."""

    address: str
    ports: Mapping[int, Door]
    egress: bool | None


def ask(secret: str, nonce: str, ports: Sequence[int]) -> tuple[bytes, str]:
    """The body of a request and its signature."""
    body = json.dumps({"nonce": nonce, "ports": list(ports)}).encode()
    return body, sign(secret, "knock", nonce, body)


def sign(secret: str, what: Literal["knock", "answer"], nonce: str, body: bytes) -> str:
    """A signature over a body, bound to its direction and its challenge."""
    return hmac.new(secret.encode(), f"{what}|{nonce}|".encode() + body, hashlib.sha256).hexdigest()


def asked(body: bytes) -> tuple[str, tuple[int, ...]] | None:
    """Nonce and ports of a request; ``None`` where it is none.

    >>> asked(b'{"nonce": "00112233445566778899aabbccddeeff", "ports": [22, 70000]}') is None
    True
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    nonce, ports = (data.get("nonce"), data.get("ports")) if isinstance(data, dict) else (None, None)
    if not isinstance(nonce, str) or len(nonce) != NONCE_DIGITS or not isinstance(ports, list):
        return None
    good = all(type(port) is int and 0 < port <= HIGHEST_PORT for port in ports)
    return (nonce, tuple(ports)) if good and 0 < len(set(ports)) == len(ports) <= MOST_PORTS else None


def doors(body: bytes) -> Doors | None:
    """The helper's answer; ``None`` where it is none."""
    try:
        data = json.loads(body)
        ports: dict[int, Door] = {}
        for port, door in data["ports"].items():
            if door not in ("open", "refused", "silent"):
                return None
            ports[int(port)] = door
        egress = data["egress"]
        known = egress is None or isinstance(egress, bool)
        return Doors(str(data["address"]), ports, egress) if known else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
