"""A recorder's clock: pictures prove little where their time is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from probes.campus import Device
from probes.errors import TransportError
from probes.kinds import Clock
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.recording import login_of, wish_of
from probes.text import text
from probes.video.door import Door
from probes.video.looking import dialect_of, offset_s


@probe(yields="clock", on="device", needs=("video",), touch="read", timeout_s=60, expected_s=1, expected_mb=0.01)
async def recorder_clock(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Ask for the time, with the vendor's own question. Whether it follows a time server is not told by that."""
    assert device.video is not None
    door = Door(device.address, device.video, login_of(ctx, device.video))
    dialect = dialect_of(door, wish_of(ctx))
    if dialect is None:
        raise TransportError(Reason.NOT_SUPPORTED, text("RTSP tells no time"))
    offset = await asyncio.to_thread(offset_s, dialect, ctx.now())
    raw = (ctx.keep("\n".join(door.log)),)
    if offset is None:
        yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, text("its time cannot be read"), raw=raw)
    else:
        yield ctx.observe(Clock(offset_s=offset), method=Method.READ, raw=raw)
