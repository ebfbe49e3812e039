"""The floor plans that the inventory names, kept as evidence: what the maps of coverage are drawn on (1.1.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from probes.campus import School
from probes.errors import TransportError
from probes.kinds import FloorPlan
from probes.observation import Method, Observation
from probes.plans.picture import read_picture
from probes.probe import Context, probe


@probe(yields="floor_plan", on="school", touch="passive", expected_s=0.5, expected_mb=0.0)
async def floor_plans(ctx: Context, school: School) -> AsyncIterator[Observation]:
    """Read each floor's picture; one that cannot be used is *unavailable*, and its map is drawn without it."""
    del school
    for floor in ctx.campus.floor:
        scale = floor.metres_a_pixel
        if floor.plan is None or scale is None:
            continue
        subject = f"floor:{floor.id}"
        try:
            picture = await asyncio.to_thread(read_picture, Path(floor.plan), floor.page)
        except TransportError as error:
            yield ctx.unavailable(error.reason, error.text, subject=subject)
            continue
        kept = ctx.keep(picture.data)
        value = FloorPlan(
            picture=kept,
            media_type=picture.media_type,
            width_px=picture.width_px,
            height_px=picture.height_px,
            width_m=round(picture.width_px * scale, 2),
            height_m=round(picture.height_px * scale, 2),
        )
        yield ctx.observe(value, subject=subject, method=Method.READ, raw=(kept,))
