"""Video recordings: how far back a camera's pictures reach, on which days there are none, and whether they play."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

from probes.campus import Camera, HttpCredential
from probes.errors import TransportError
from probes.kinds import Clock, Recording
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text
from probes.video.door import Door, Login
from probes.video.looking import Wish, look
from probes.video.settings import VideoAccess


def login_of(ctx: Context, access: VideoAccess) -> Login:
    """The login that an access names; none where it names none."""
    if access.credential is None:
        return Login()
    found = ctx.campus.find_credential(access.credential)
    if not isinstance(found, HttpCredential) or found.user is None or found.password is None:
        detail = text("{id} is no credential with user and password", id=access.credential)
        raise TransportError(Reason.NO_CREDENTIAL, detail)
    return Login(found.user, ctx.world.secret(found.password))


def wish_of(ctx: Context, channel: int = 1, keep_days: int = 30) -> Wish:
    """What is asked of a channel."""
    return Wish(channel, keep_days, ZoneInfo(ctx.campus.school.timezone), ctx.now())


@probe(yields="recording", on="camera", touch="read", timeout_s=240, expected_s=8, expected_mb=0.5)
async def recording(ctx: Context, camera: Camera) -> AsyncIterator[Observation]:
    """Ask the camera's recorder, or the camera itself; a camera that records by itself also tells its clock."""
    address, access = _reached(ctx, camera)
    door = Door(address, access, login_of(ctx, access))
    try:
        seen = await asyncio.to_thread(look, door, wish_of(ctx, camera.channel, camera.keep_days))
    except TransportError as error:
        yield ctx.unavailable(error.reason, error.text, raw=(ctx.keep("\n".join(door.log)),))
        return
    raw = (ctx.keep("\n".join(door.log)),)
    if camera.recorder is None and seen.offset_s is not None:
        yield ctx.observe(Clock(offset_s=seen.offset_s), method=Method.READ, raw=raw)
    if seen.oldest is None and seen.live is None and seen.channels.all is None:
        yield ctx.unavailable(Reason.NOT_SUPPORTED, text("it tells nothing of its recordings"), raw=raw)
        return
    age = None if seen.oldest is None else (ctx.now() - seen.oldest).total_seconds() / 86400
    value = Recording(
        oldest=seen.oldest,
        span_days=None if age is None else round(max(0.0, age), 2),
        channels_ok=seen.channels.on_line,
        channels=seen.channels.all,
        keep_days=camera.keep_days,
        missing_days=seen.missing,
        playable=seen.playable,
        live=seen.live,
    )
    yield ctx.observe(value, method=Method.READ, raw=raw)


def _reached(ctx: Context, camera: Camera) -> tuple[str, VideoAccess]:
    if camera.recorder is not None and camera.video is None:
        recorder = ctx.campus.find_device(camera.recorder)
        if recorder is not None and recorder.video is not None:
            return recorder.address, recorder.video
        detail = text("its recorder {id} has no “video” in the inventory", id=camera.recorder)
        raise TransportError(Reason.NOT_CONFIGURED, detail)
    if camera.video is None or camera.address is None:
        detail = text("it has neither a recorder nor address and “video” of its own in the inventory")
        raise TransportError(Reason.NOT_CONFIGURED, detail)
    return camera.address, camera.video
