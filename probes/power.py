"""Uninterruptible power supplies: battery, what feeds the load, and for how long it would last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from probes.campus import Device, Role
from probes.consult import consult
from probes.dialect.amounts import as_number
from probes.kinds import Power
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text

WHOLE = 100


def _is_ups(device: Device) -> bool:
    return device.role is Role.UPS and device.snmp is not None


@probe(yields="power", on="device", only=_is_ups, touch="read", timeout_s=60.0, expected_s=1.0, expected_mb=0.01)
async def power(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Report what a UPS says of its battery and its load, by UPS-MIB or its vendor's own."""
    async with consult(ctx, device) as asked:
        answer = await asked.ask("power")
        raw = asked.keep()
    value = put_together([row.groups for row in answer.rows])
    if value == Power():
        detail = text("device {device} tells nothing of its battery", device=device.id)
        yield ctx.unavailable(Reason.NOT_SUPPORTED, detail, raw=raw)
    else:
        yield ctx.observe(value, method=Method.READ, raw=raw)


def put_together(rows: Iterable[Mapping[str, str]]) -> Power:
    """The rows of a UPS and of its phases as one value: of the loads the highest, of the rest what was said first."""
    said = list(rows)

    def first(group: str) -> Any:
        return next((row[group] for row in said if row.get(group)), None)

    loads = [load for row in said if (load := as_number(row.get("load_percent", ""))) is not None and load >= 0]
    charge, minutes = as_number(first("charge_percent") or ""), as_number(first("minutes_left") or "")
    return Power(
        battery=first("battery"),
        source=first("source"),
        charge_percent=charge if charge is not None and 0 <= charge <= WHOLE else None,
        load_percent=max(loads, default=None),
        minutes_left=minutes if minutes is not None and minutes >= 0 else None,
    )
