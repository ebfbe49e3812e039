"""Tonight's signed markers: sent by syslog and by HTTP, to be found in the logs for as long as these are kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from probes.campus import CanarySettings
from probes.errors import TransportError
from probes.kinds import Marker
from probes.observation import Observation, Reason
from probes.probe import Context, probe
from probes.safeguards import canary_send
from probes.safeguards.canary_send import SyslogLine
from probes.safeguards.marker import Channel, make, own_key
from probes.safeguards.steps import Attempt, needs_lookup
from probes.text import text
from probes.trouble import said_by
from probes.wayout.names import NoNameError, resolver


def key_of(ctx: Context, settings: CanarySettings) -> bytes:
    """The key that markers are signed with: the school's own, or one made beside the bundles."""
    if settings.signing_key is not None:
        return ctx.world.secret(settings.signing_key).encode()
    return own_key(Path(ctx.campus.audit.bundles))


@probe(
    yields="marker",
    on="canary",
    touch="active",
    timeout_s=180,
    expected_s=1,
    expected_mb=0.01,
    sends=canary_send.planned,
)
async def marker(ctx: Context, settings: CanarySettings) -> AsyncIterator[Observation]:
    """Send one marker on every channel; one observation each. Nothing is sent that was not in the plan."""
    key = await asyncio.to_thread(key_of, ctx, settings)
    lines = canary_send.syslog_lines(settings, ctx.campus)
    if not lines and settings.url is None:
        detail = text("[canary] has neither url nor syslog, and the inventory names no log-server")
        yield ctx.unavailable(Reason.NOT_CONFIGURED, detail)
    for line in lines:
        yield await _by_syslog(ctx, line, key)
    if settings.url is not None:
        yield await _by_http(ctx, settings, key)


async def _by_syslog(ctx: Context, line: SyslogLine, key: bytes) -> Observation:
    subject = f"marker:syslog:{line.to}"
    try:
        address = line.target.address
        if needs_lookup(address):
            address = (await asyncio.to_thread(resolver(()), address, 4))[0]
        at = ctx.now()
        words = make(key, "s", at)
        await asyncio.to_thread(canary_send.send_syslog, line, address, words, at)
    except NoNameError as error:
        detail = text("{name}: {detail}", name=line.target.address, detail=error.detail)
        return ctx.unavailable(Reason.NAME_NOT_FOUND, detail, subject=subject)
    except OSError as error:
        refused = isinstance(error, ConnectionRefusedError)
        detail = text("{to}: {error}", to=line.to, error=said_by(error))
        return ctx.unavailable(Reason.REFUSED if refused else Reason.NO_ANSWER, detail, subject=subject)
    return _sent(ctx, Marker(channel="syslog", to=line.to, sent_at=at, marker=words), subject, line.line)


async def _by_http(ctx: Context, settings: CanarySettings, key: bytes) -> Observation:
    at = ctx.now()
    channel: Channel = "h"
    words = make(key, channel, at)
    request = canary_send.web_request(settings, words)
    assert request is not None
    subject = f"marker:http:{request.host}"
    attempt = Attempt(canary_send.web_steps(settings, words))
    answer = await asyncio.to_thread(attempt.visit, request)
    if not answer.delivered:
        detail = text("{url}: the request did not get there ({seen})", url=settings.url, seen=answer.said)
        return ctx.unavailable(Reason.NO_ANSWER, detail, subject=subject, raw=(ctx.keep(attempt.transcript()),))
    value = Marker(channel="http", to=settings.url or "", sent_at=at, marker=words)
    return _sent(ctx, value, subject, attempt.transcript())


def _sent(ctx: Context, value: Marker, subject: str, transcript: str) -> Observation:
    folder = Path(ctx.campus.audit.bundles)
    try:
        canary_send.remember(folder, value.sent_at, value.channel, value.to, value.marker)
    except OSError as error:
        detail = text(
            "sent, but {path} cannot be written: {error}", path=folder / canary_send.LEDGER, error=said_by(error)
        )
        raise TransportError(Reason.FILE_UNREADABLE, detail) from None
    return ctx.observe(value, subject=subject, raw=(ctx.keep(transcript),))
