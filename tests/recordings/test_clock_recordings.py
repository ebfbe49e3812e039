"""``clock`` on consoles that play what real devices said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from probes.clock import clock
from probes.kinds import Clock
from tests.ssh_consoles import PASSWORD, USER, Switch, playing
from tests.world import TestWorld, campus, look

pytestmark = pytest.mark.recordings

FOLDER = Path(__file__).parents[3] / "shared" / "recordings" / "cli" / "ntc-templates"


def said(name: str) -> str:
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"recording not there: {name}")
    return path.read_text().strip("\n")


async def clock_of(dialect: str, at: datetime | None = None, **switch: Any) -> Clock:
    with playing(Switch(**switch)) as port:
        device = {
            "id": "sw",
            "role": "core-switch",
            "address": "127.0.0.1",
            "dialect": dialect,
            "ssh": {"credential": "ops", "port": port},
        }
        ops = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}
        world = TestWorld(campus(credential=[ops], device=[device]), at=at, secrets={"env:P": PASSWORD})
        (observation,) = await look(clock, world, world.campus.device[0])
    assert isinstance(observation.value, Clock), observation.detail
    return observation.value


async def test_huawei_that_follows_its_own_oscillator() -> None:
    status = said("huawei_vrp/display_ntp_status/huawei_vrp_display_ntp_status.raw")
    value = await clock_of("huawei-vrp", answers={"display ntp status": status})
    assert (value.synchronised, value.source, value.offset_s) == (False, "LOCAL(0)", None)


@pytest.mark.parametrize(
    ("recording", "at"),
    [
        ("hp_comware_display_clock.raw", datetime(2011, 1, 8, 19, 35, 1, 500000, tzinfo=UTC)),
        ("hp_comware_display_clock_2.raw", datetime(2015, 3, 16, 10, 9, 30, 500000, tzinfo=UTC)),
    ],
)
async def test_comware_half_a_minute_ahead(recording: str, at: datetime) -> None:
    answers = {"display clock": said(f"hp_comware/display_clock/{recording}")}
    value = await clock_of("hp-comware", at, answers=answers, prompt="<H3C>", unpaged="screen-length disable")
    assert (value.synchronised, value.offset_s) == (None, 30.0)
