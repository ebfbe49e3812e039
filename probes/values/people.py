"""What people vouch for, and with which documents."""

from __future__ import annotations

from datetime import date
from typing import Literal

from probes.values.base import NonNegative, Value


class Document(Value):
    """A file that a person put forward, named by its content."""

    name: str
    sha256: str


class Attestation(Value):
    """What a person vouches for. Subject ``<indicator>`` or ``<indicator>/<criterion>``."""

    claim: Literal["met", "partly", "not_met"]
    points: NonNegative | None = None
    by: str
    on: date
    valid_until: date | None = None
    note: str = ""
    documents: tuple[Document, ...] = ()
