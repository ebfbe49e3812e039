"""Harmless tests of what protects the school: each says what it sent, what it saw, and what follows.

The inventory has to allow them (``[controls]``), and only what its plan lists is sent. A test that could not run, or
whose neutral request failed, proves nothing and is *unavailable*.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from threading import Event
from zoneinfo import ZoneInfo

from probes.campus import (
    Campus,
    CanarySettings,
    ControlEntry,
    IdsAlertControl,
    InboundControl,
    MalwareControl,
    PortalControl,
    UrlFilterControl,
    WafControl,
)
from probes.errors import TransportError
from probes.kinds import Control
from probes.logs.placing import Calendar
from probes.logs.search.opening import haystack
from probes.logs.zone import school_zone
from probes.marker import key_of
from probes.observation import Observation, Reason
from probes.probe import Context, probe
from probes.safeguards import ids_alert, inbound, malware, portal, url_filter, waf
from probes.safeguards.ids_alert import Sensor
from probes.safeguards.marker import make
from probes.safeguards.steps import Attempt, Step, Verdict
from probes.text import text

_LONGEST_S = 90.0


def steps_of(entry: ControlEntry, marker: str = ids_alert.PLACEHOLDER) -> list[Step]:
    """What the test of an entry sends."""
    match entry:
        case UrlFilterControl():
            return url_filter.steps(entry)
        case MalwareControl():
            return malware.steps(entry)
        case WafControl():
            return waf.steps(entry)
        case PortalControl():
            return portal.steps(entry)
        case InboundControl():
            return inbound.steps(entry)
        case IdsAlertControl():
            return ids_alert.steps(entry, marker)


def _planned(entry: ControlEntry, _: Campus) -> Sequence[str]:
    return tuple(step.line for step in steps_of(entry))


def _longest_s(campus: Campus) -> float:
    return _LONGEST_S + max((one.within_s for one in campus.control if isinstance(one, IdsAlertControl)), default=0)


@probe(
    yields="control",
    on="control",
    touch="active",
    exclusive=True,
    timeout_s=_longest_s,
    expected_s=3,
    expected_mb=0.02,
    sends=_planned,
)
async def control(ctx: Context, entry: ControlEntry) -> AsyncIterator[Observation]:
    """Carry out the test of one entry."""
    _allowed(ctx)
    marker = make(await asyncio.to_thread(key_of, ctx, ctx.campus.canary or CanarySettings()), "i", ctx.now())
    attempt, stop = Attempt(steps_of(entry, marker)), Event()
    try:
        run = _runner(ctx, entry, attempt, marker, stop)
        verdict = await asyncio.to_thread(run)
    except TransportError as error:
        yield ctx.unavailable(error.reason, error.text, raw=_raw(ctx, attempt))
        return
    finally:
        stop.set()
    if verdict.works is None:
        yield ctx.unavailable(verdict.reason, verdict.why, raw=_raw(ctx, attempt))
        return
    value = Control(
        what=entry.kind,
        blocked=verdict.blocked,
        detected=verdict.detected,
        evidence=str(verdict.evidence),
        conclusion="works" if verdict.works else "does_not_work",
        sent=tuple(sent for sent, _ in attempt.log),
        seen=tuple(seen for _, seen in attempt.log),
    )
    yield ctx.observe(value, raw=_raw(ctx, attempt), told=verdict.evidence)


def _allowed(ctx: Context) -> None:
    """Refuse what nobody allows any more."""
    settings = ctx.campus.controls
    today = ctx.now().astimezone(ZoneInfo(ctx.campus.school.timezone)).date()
    if settings is None:
        raise TransportError(Reason.NOT_PERMITTED, text("nobody allowed it: [controls] is missing in the inventory"))
    if today > settings.until:
        detail = text(
            "the permission by {by} ended on {until}; nothing was sent", by=settings.allowed_by, until=settings.until
        )
        raise TransportError(Reason.NOT_PERMITTED, detail)


def _runner(ctx: Context, entry: ControlEntry, attempt: Attempt, marker: str, stop: Event) -> Callable[[], Verdict]:
    match entry:
        case UrlFilterControl():
            return lambda: url_filter.run(attempt, entry)
        case MalwareControl():
            return lambda: malware.run(attempt, entry)
        case WafControl():
            return lambda: waf.run(attempt, entry)
        case PortalControl():
            return lambda: portal.run(attempt, entry)
        case InboundControl():
            secret = ctx.world.secret(entry.secret)
            return lambda: inbound.run(attempt, entry, secret)
        case IdsAlertControl():
            source = next(one for one in ctx.campus.log_source if one.id == entry.log_source)
            sensor = Sensor(source.id, haystack(ctx, source), marker, Calendar(school_zone(ctx)), ctx.now, stop.is_set)
            return lambda: ids_alert.run(attempt, entry, sensor)


def _raw(ctx: Context, attempt: Attempt) -> tuple[str, ...]:
    return (ctx.keep(attempt.transcript()),)
