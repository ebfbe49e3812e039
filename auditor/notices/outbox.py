"""Messages on their way, kept until every receiver has taken them: a kill or a dead receiver loses none.

``notices.json`` in the directory of the bundles holds up to which night was told, whether the audit is failing, what is
still to be sent to whom, and what was sent. It is written anew under another name and renamed, so that each step is
there as a whole or not at all. A kill between a receiver's answer and the writing sends that one message twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from auditor.notices.words import Message
from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by

FILE = "notices.json"
SENT_KEPT = 100
WAITING_KEPT = 400
"""More than a year of nights; a receiver that was dead for longer hears of the newest."""


class OutboxError(AuditorError):
    """The file of messages cannot be written."""


class Part(BaseModel):
    """A part of the file. Frozen; keys of a newer version are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Waiting(Part):
    """A message and the receivers, by reference, that have not taken it yet."""

    made_at: AwareDatetime
    subject: str
    body: str
    to: tuple[str, ...]


class Sent(Part):
    """What was sent, when."""

    at: AwareDatetime
    subject: str


class Failing(Part):
    """Since when the audit fails, and the sentence (its template) that was told of it."""

    since: AwareDatetime
    template: str


class Outbox(Part):
    """The whole file.

    Attributes:
        until: the last night of which was told.
    """

    until: str | None = None
    failing: Failing | None = None
    waiting: tuple[Waiting, ...] = ()
    sent: tuple[Sent, ...] = ()

    @classmethod
    def load(cls, parent: Path, complain: Callable[[Text], None]) -> Outbox:
        """What the file says; a damaged one is set aside, and all begins anew."""
        path = parent / FILE
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return cls()
        except OSError as error:
            raise _cannot(path, error) from error
        except ValidationError:
            aside = path.with_name(FILE + ".damaged")
            try:
                path.replace(aside)
            except OSError as error:
                raise _cannot(path, error) from error
            complain(text("{path} was damaged; it was set aside as {aside}", path=path, aside=aside))
            return cls()

    def save(self, parent: Path) -> None:
        """Write the file, whole or not at all; only its owner may read it."""
        path = parent / FILE
        partial = path.with_name(FILE + ".partial")
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(self.model_dump_json(indent=1).encode())
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            raise _cannot(path, error) from error

    def with_message(self, message: Message, to: Sequence[str], now: datetime) -> Outbox:
        """The same with one message more."""
        waiting = Waiting(made_at=now, subject=message.subject, body=message.body, to=tuple(to))
        return self.model_copy(update={"waiting": (*self.waiting, waiting)[-WAITING_KEPT:]})


Send = Callable[[str, Message], Text | None]
"""Sends a message to the receiver behind a reference; returns why it did not arrive, or ``None``."""


def deliver(outbox: Outbox, parent: Path, to: Sequence[str], send: Send, now: datetime) -> tuple[Outbox, list[Text]]:
    """Send what waits, the oldest first; returns what still waits, and why.

    A receiver that fails once is left alone until the next night; the others get theirs. One that the inventory no
    longer names gets nothing more.
    """
    troubles: dict[str, Text] = {}
    left: list[Waiting] = []
    queue = list(outbox.waiting)
    for number, waiting in enumerate(queue):
        still: list[str] = []
        receivers = [one for one in waiting.to if one in to]
        for receiver in receivers:
            if receiver not in troubles:
                trouble = send(receiver, Message(waiting.subject, waiting.body))
                if trouble is None:
                    continue
                troubles[receiver] = trouble
            still.append(receiver)
        if still:
            left.append(waiting.model_copy(update={"to": tuple(still)}))
        if len(still) < len(receivers):
            sent = Sent(at=now, subject=waiting.subject)
            outbox = outbox.model_copy(update={"sent": (*outbox.sent, sent)[-SENT_KEPT:]})
        outbox = outbox.model_copy(update={"waiting": (*left, *queue[number + 1 :])})
        outbox.save(parent)
    return outbox, list(troubles.values())


def _cannot(path: Path, error: OSError) -> OutboxError:
    return OutboxError(text("cannot keep messages in {path}: {error}", path=path, error=said_by(error)))
