"""What was seen: an envelope that says how, around a typed value that says what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, SerializeAsAny, model_validator

from probes.kinds import KINDS, Value
from probes.text import Text, text


class Status(StrEnum):
    """Whether the probe could look."""

    OK = "ok"
    UNAVAILABLE = "unavailable"


class Method(StrEnum):
    """Where the knowledge comes from, the strongest first."""

    MEASURED = "measured"
    READ = "read"
    DECLARED = "declared"
    ATTESTED = "attested"


class Reason(StrEnum):
    """Why a probe could not look. The sentence and the remedy for each stand in ``reports/wording.py``."""

    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NAME_NOT_FOUND = "name_not_found"
    NO_CREDENTIAL = "no_credential"
    SECRET_MISSING = "secret_missing"  # noqa: S105  a code, not a secret
    AUTHENTICATION_FAILED = "authentication_failed"
    HOST_KEY_CHANGED = "host_key_changed"
    NOT_PERMITTED = "not_permitted"
    VIEW_TOO_NARROW = "view_too_narrow"
    NOT_SUPPORTED = "not_supported"
    UNEXPECTED_ANSWER = "unexpected_answer"
    BUSY = "busy"
    FILE_NOT_FOUND = "file_not_found"
    FILE_UNREADABLE = "file_unreadable"
    EMPTY = "empty"
    NOT_SURVEYED = "not_surveyed"
    NOT_CONFIGURED = "not_configured"
    INTERRUPTED = "interrupted"
    OUTSIDE_WINDOW = "outside_window"
    LINK_BUSY = "link_busy"
    OVER_BUDGET = "over_budget"
    DIALECT_FAULTY = "dialect_faulty"
    PROBE_CRASHED = "probe_crashed"


PHRASES: Mapping[Reason, Text] = MappingProxyType(
    {
        Reason.NO_ANSWER: text("no answer"),
        Reason.REFUSED: text("connection refused"),
        Reason.UNREACHABLE: text("no route to it"),
        Reason.TIMEOUT: text("took too long"),
        Reason.NAME_NOT_FOUND: text("name not found"),
        Reason.NO_CREDENTIAL: text("no credential in the inventory"),
        Reason.SECRET_MISSING: text("secret not available"),
        Reason.AUTHENTICATION_FAILED: text("login refused"),
        Reason.HOST_KEY_CHANGED: text("another host key than before"),
        Reason.NOT_PERMITTED: text("not permitted"),
        Reason.VIEW_TOO_NARROW: text("the device's MIB view hides it"),
        Reason.NOT_SUPPORTED: text("not supported by the device"),
        Reason.UNEXPECTED_ANSWER: text("unexpected answer"),
        Reason.BUSY: text("busy"),
        Reason.FILE_NOT_FOUND: text("file or directory not found"),
        Reason.FILE_UNREADABLE: text("file or directory not readable"),
        Reason.EMPTY: text("nothing there"),
        Reason.NOT_SURVEYED: text("no survey has been there"),
        Reason.NOT_CONFIGURED: text("not configured"),
        Reason.INTERRUPTED: text("interrupted"),
        Reason.OUTSIDE_WINDOW: text("outside the hours for tests"),
        Reason.LINK_BUSY: text("uplink busy"),
        Reason.OVER_BUDGET: text("data budget used up"),
        Reason.DIALECT_FAULTY: text("mistake in a dialect file"),
        Reason.PROBE_CRASHED: text("fault in the probe"),
    }
)
"""The reason in a few words, for tables."""


class Observation(BaseModel):
    """One fact, or the fact that it could not be had.

    Attributes:
        id: first 16 hex digits of the SHA-256 over everything else; equal observations have equal ids.
        kind: a key of ``probes.kinds.KINDS``.
        subject: what was looked at, in the form that the kind's class documents.
        status: ``ok`` or ``unavailable``; the latter has a ``reason`` and no ``value``.
        detail: the technical particulars of a failure (address, error of the system), in English.
        told: the same, or the value's ``evidence``, as template and parameters, so that a report can say it in the
            reader's language.
        taken_at: UTC.
        duration_s: seconds that the look took.
        vantage: the host that looked.
        method: measured, read (a device said so), declared (the inventory said so) or attested.
        raw: SHA-256 of the raw outputs kept in the bundle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = ""
    kind: str
    subject: str
    status: Status
    reason: Reason | None = None
    detail: str = ""
    told: dict[str, Any] | None = None
    taken_at: AwareDatetime
    duration_s: float
    probe: str
    vantage: str
    method: Method
    raw: tuple[str, ...] = ()
    value: SerializeAsAny[Value] | None = None

    @model_validator(mode="before")
    @classmethod
    def _type_the_value(cls, data: Any) -> Any:
        """Turn a plain mapping under ``value`` into the class that the kind names."""
        if isinstance(data, Mapping) and isinstance(data.get("value"), Mapping):
            kind = KINDS.get(str(data.get("kind")))
            if kind is not None:
                return {**data, "value": kind.model_validate(data["value"])}
        return data

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        expected = KINDS.get(self.kind)
        if expected is None:
            msg = f"unknown kind of observation: {self.kind!r}"
            raise ValueError(msg)
        if self.status is Status.OK and not isinstance(self.value, expected):
            msg = f"a {self.kind} observation that is ok holds a {expected.__name__}"
            raise ValueError(msg)
        if self.status is Status.UNAVAILABLE and (self.reason is None or self.value is not None):
            msg = "an unavailable observation has a reason and no value"
            raise ValueError(msg)
        return self

    def sealed(self) -> Self:
        """The same observation under the id that its content gives it."""
        return self.model_copy(update={"id": content_id(self.model_dump(mode="json"))})


def content_id(written: Mapping[str, Any]) -> str:
    """The id that an observation's JSON, as it was written, gives it.

    Taken over what was written and not over what this version would write, so that an old bundle stays whole when a
    kind gains a field.
    """
    content = {key: value for key, value in written.items() if key != "id"}
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]
