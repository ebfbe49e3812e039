"""The signed markers that logs still hold: the oldest one proves how long a log is kept, day by day."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from probes.campus import CanarySettings, LogSource, subject_of
from probes.errors import TransportError
from probes.logs.search.lines import Wanted
from probes.logs.search.opening import haystack
from probes.marker import key_of
from probes.observation import Observation
from probes.probe import Context, probe
from probes.safeguards.canary_find import canary as value_of
from probes.safeguards.canary_find import evidence, gather
from probes.safeguards.canary_send import remembered
from probes.safeguards.marker import PREFIX


@probe(
    yields="canary",
    on="canary",
    only=lambda settings: bool(settings.log_sources),
    touch="read",
    timeout_s=3 * 3600.0,
    expected_s=5,
    expected_mb=0,
)
async def canary(ctx: Context, settings: CanarySettings) -> AsyncIterator[Observation]:
    """Search the logs that ``[canary]`` names; one observation each. Reads only."""
    key = await asyncio.to_thread(key_of, ctx, settings)
    sources = {one.id: one for one in ctx.campus.log_source}
    for name in settings.log_sources:
        if name in sources:
            yield await _of_source(ctx, sources[name], key)


async def _of_source(ctx: Context, source: LogSource, key: bytes) -> Observation:
    zone, now, stop = ZoneInfo(ctx.campus.school.timezone), ctx.now(), Event()

    wanted = Wanted((PREFIX,), stop=stop.is_set)

    try:
        store = haystack(ctx, source)
        finds = await asyncio.to_thread(lambda: gather(store.find(wanted), key, now, zone))
    except TransportError as error:
        return ctx.unavailable(error.reason, error.text, subject=subject_of(source))
    finally:
        stop.set()
    finds.unread = tuple(sorted(wanted.unread))
    raw = ctx.keep(json.dumps(evidence(finds), ensure_ascii=False, indent=1))
    value = value_of(finds, remembered(Path(ctx.campus.audit.bundles)), now, zone)
    return ctx.observe(value, subject=subject_of(source), raw=(raw,))
