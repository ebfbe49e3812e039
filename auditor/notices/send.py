"""One message to one receiver, through apprise; what goes wrong becomes a sentence without the receiver's address."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from auditor import secrets
from auditor.notices.words import Message
from probes.errors import SecretError
from probes.text import Text, text
from reports.visible import visible

LONGEST_REASON = 160
LONGEST_ANSWER = 64 * 1024
ROBOTS = frozenset({"wecombot", "dingtalk", "feishu", "lark"})


def send(reference: str, message: Message) -> Text | None:
    """Send; returns why the message did not arrive, or ``None``.

    apprise gives up each connection after some seconds, so that a receiver that is down cannot hold up the night.
    """
    try:
        address = secrets.resolve(reference)
    except SecretError as error:
        return error.text
    from apprise import Apprise, NotifyFormat  # noqa: PLC0415  300 ms, and only where something is sent

    with _heard() as heard, _answered() as answers:
        receiver = Apprise()
        if not receiver.add(address):
            return text(
                "what {reference} holds is no address that apprise knows; see docs/how-to/run-every-night.md",
                reference=reference,
            )
        try:
            arrived = bool(receiver.notify(title=message.subject, body=message.body, body_format=NotifyFormat.TEXT))
        except (OSError, ValueError, TypeError) as error:
            heard.append(type(error).__name__)
            arrived = False
    refusals = [why for answer in answers if (why := _refusal(answer))] if _is_robot(address) else []
    if arrived and not refusals:
        return None
    heard += refusals
    why = _without(address, heard[-1]) if heard else ""
    return text(
        "the message could not be given to {reference}: {why}",
        reference=reference,
        why=f"{why.rstrip('.')}." if why else text("the receiver did not take it."),
    )


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What apprise complains about in the meantime; it would otherwise write to stderr, addresses included."""
    heard: list[str] = []

    class _Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    logger, ear = logging.getLogger("apprise"), _Ear(logging.DEBUG)
    before, passing = logger.level, logger.propagate
    logger.addHandler(ear)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.setLevel(before)
        logger.propagate = passing


@contextmanager
def _answered() -> Iterator[list[bytes]]:
    """The bodies of the answers that come in the meantime, which apprise does not show."""
    import requests  # noqa: PLC0415  apprise brings it anyway

    answers: list[bytes] = []
    send_really = requests.Session.send

    def listening(session: requests.Session, request: requests.PreparedRequest, **rest: Any) -> requests.Response:
        response = send_really(session, request, **rest)
        answers.append(response.content[:LONGEST_ANSWER])
        return response

    requests.Session.send = listening  # type: ignore[assignment, method-assign]
    try:
        yield answers
    finally:
        requests.Session.send = send_really  # type: ignore[method-assign]


def _is_robot(address: str) -> bool:
    return address.partition("://")[0].lower() in ROBOTS


def _refusal(answer: bytes) -> str:
    """Why a robot did not take a message.

    WeCom and DingTalk answer a wrong key with HTTP 200 and ``errcode``, Feishu with ``code``; apprise takes the first
    two for a success.
    """
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    code = said.get("errcode") or said.get("code") or said.get("StatusCode")
    return f"{code} {said.get('errmsg') or said.get('msg') or ''}".strip() if code else ""


def _without(address: str, words: str) -> str:
    """The words without any part of the address that may be a token or a password."""
    for part in sorted(set(re.split(r"[:/@?&=,+%]+", address)), key=len, reverse=True):
        if len(part) >= 4:  # noqa: PLR2004  shorter parts occur by chance
            words = words.replace(part, "***")
    return visible(words)[:LONGEST_REASON]
