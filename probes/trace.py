"""The trace drill: can the school find, within 15 minutes, who asked for a page?

The request goes out from this computer, so what is traced is nobody's but the auditor's own. It is sought in the logs
that the drill names; each record must hold its marker, which only this installation can have made.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from probes.campus import Campus, CanarySettings, Drill
from probes.errors import TransportError
from probes.kinds import Trace
from probes.logs.search.lines import Haystack
from probes.logs.search.opening import haystack
from probes.marker import key_of
from probes.observation import Observation, Reason
from probes.probe import Context, probe
from probes.safeguards import drill as drills
from probes.safeguards.drill import Hit, Pending
from probes.safeguards.marker import make
from probes.safeguards.steps import Attempt
from probes.text import text
from probes.trouble import said_by

SUBJECT = "control:trace"


def _longest_s(campus: Campus) -> float:
    return max((one.within_minutes for one in campus.drill), default=0) * 60 + 120


@probe(
    yields="trace",
    on="drill",
    touch="active",
    timeout_s=_longest_s,
    expected_s=20,
    expected_mb=0.01,
    sends=lambda drill, _: tuple(step.line for step in drills.steps(drill)),
)
async def trace(ctx: Context, drill: Drill) -> AsyncIterator[Observation]:
    """Send the request, unless one is under way, and look for it until it is found or the time is up."""
    path = drills.path_of(Path(ctx.campus.audit.bundles), drill)
    try:
        stores = {one.id: haystack(ctx, one) for one in ctx.campus.log_source if one.id in drill.log_sources}
        pending = await asyncio.to_thread(drills.load, path, drill) or await _begin(ctx, drill, stores, path)
        yield await _sought(ctx, drill, stores, pending)
    except TransportError as error:
        yield ctx.unavailable(error.reason, error.text, subject=SUBJECT)
        return
    path.unlink(missing_ok=True)


async def _begin(ctx: Context, drill: Drill, stores: Mapping[str, Haystack], path: Path) -> Pending:
    """Send the request and remember it. The logs are looked at first: what cannot be read needs no request."""
    before = {name: dict(await asyncio.to_thread(store.marks)) for name, store in stores.items()}
    key = await asyncio.to_thread(key_of, ctx, ctx.campus.canary or CanarySettings())
    sent_at = ctx.now()
    words = make(key, "t", sent_at)
    attempt = Attempt(drills.steps(drill, words))
    pending = Pending(
        marker=words,
        url=drill.url,
        sent_at=sent_at,
        until=sent_at + timedelta(minutes=drill.within_minutes),
        ip="",
        marks=before,
    )
    answer = await asyncio.to_thread(attempt.visit, drills.request(drill, words))
    if not answer.delivered or answer.local is None:
        detail = text("{url}: the request did not get there ({seen})", url=drill.url, seen=answer.said)
        raise TransportError(Reason.NO_ANSWER, detail)
    pending = pending.model_copy(
        update={"ip": answer.local[0].removeprefix("::ffff:"), "transcript": attempt.transcript()}
    )
    try:
        await asyncio.to_thread(drills.save, path, pending)
    except OSError as error:
        detail = text("cannot write {path}: {error}", path=path, error=said_by(error))
        raise TransportError(Reason.FILE_UNREADABLE, detail) from None
    return pending


async def _sought(ctx: Context, drill: Drill, stores: Mapping[str, Haystack], pending: Pending) -> Observation:
    pause_s = max((store.pause_s for store in stores.values()), default=0.0)
    while True:
        now = ctx.now()
        hits = await asyncio.to_thread(drills.search, pending, stores, now)
        if hits or now >= pending.until:
            return _told(ctx, drill, pending, hits)
        left = (pending.until - now).total_seconds()
        wait = max(pause_s, drills.wait_s((now - pending.sent_at).total_seconds()))
        await asyncio.sleep(min(wait, max(0.05, left)))


def _told(ctx: Context, drill: Drill, pending: Pending, hits: list[Hit]) -> Observation:
    zone = ZoneInfo(ctx.campus.school.timezone)
    first = min(hits, key=lambda hit: hit.seen_at, default=None)
    value = Trace(
        found=first is not None,
        delay_s=None if first is None else round(max(0.0, (first.seen_at - pending.sent_at).total_seconds()), 1),
        fields=drills.fields_of(hits, pending, drill, zone),
        sent_at=pending.sent_at,
        drill=drill.id,
        place=drill.place,
        log_source=first.source if first is not None else ", ".join(drill.log_sources),
    )
    records = "\n".join(f"{hit.source} {hit.line.file}: {drills.masked(hit.line.data, pending.ip)}" for hit in hits)
    raw = ctx.keep(f"{pending.transcript}\n\n{records or 'no record with the marker'}\n")
    return ctx.observe(value, subject=SUBJECT, raw=(raw,))
