"""How busy the lines out of the school were over the last 24 hours, from readings that were collected before.

``campus-auditor sample``, run every 5 minutes by a timer, collects them; this probe only reads its file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from probes.campus import Uplink
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text
from probes.trouble import said_by
from probes.uplinks.samples import FILE, intervals, load_of, of_day, parse


@probe(
    yields="uplink_load", on="uplink", needs=("port",), touch="passive", timeout_s=60.0, expected_s=0.1, expected_mb=0.0
)
async def uplink_load(ctx: Context, uplink: Uplink) -> AsyncIterator[Observation]:
    """Peak and mean of the last 24 hours; *unavailable* where no two readings in a row can be compared."""
    path = Path(ctx.campus.audit.bundles) / FILE
    try:
        lines = (await asyncio.to_thread(path.read_bytes)).splitlines()
    except FileNotFoundError:
        lines = []
    except OSError as error:
        told = text("cannot read {path}: {error}", path=path, error=said_by(error))
        yield ctx.unavailable(Reason.FILE_UNREADABLE, told)
        return
    samples = of_day(parse(lines), uplink.id, ctx.now())
    counted = intervals(samples)
    if not counted:
        told = text(
            "of the last 24 hours there are {n} readings of its counters, of which no two can be compared: let a timer "
            "run “campus-auditor sample” with this inventory every 5 minutes",
            n=len(samples),
        )
        yield ctx.unavailable(Reason.EMPTY, told)
        return
    raw = ctx.keep("".join(one.model_dump_json() + "\n" for one in samples))
    yield ctx.observe(load_of(counted), method=Method.READ, raw=(raw,))
