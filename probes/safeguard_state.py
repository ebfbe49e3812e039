"""Security functions of a device: running, of which version, with signatures and a licence of what age, and in force.

Read from what the device says of itself; whether it really stops something is for the tests of ``control`` to show.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from probes.campus import Device, Role
from probes.consult import consult
from probes.dialect.amounts import DateOrder, as_date, as_number
from probes.kinds import Safeguard
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text

ROLES = frozenset({Role.FIREWALL, Role.IDS, Role.BEHAVIOUR, Role.WAF, Role.ANTIVIRUS, Role.SCANNER})
SECONDS_A_DAY = 86_400
# A date further ahead than a clock can be wrong is no date of a signature.
AHEAD_DAYS = 2


def _guards(device: Device) -> bool:
    return device.role in ROLES


@probe(yields="safeguard", on="device", only=_guards, touch="read", timeout_s=180.0, expected_s=3.0, expected_mb=0.1)
async def safeguards(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Ask for every security function that the device's dialect knows of, and report each."""
    async with consult(ctx, device) as asked:
        answer = await asked.ask("safeguard")
        raw = asked.keep()
    for row in answer.rows:
        value = safeguard(row.groups, ctx.now())
        if value is not None:
            yield ctx.observe(value, method=Method.READ, raw=raw)
    if answer.rows:
        return
    for failure in answer.failures[:1]:
        yield ctx.unavailable(failure.reason, failure.text, raw=raw)
        return
    detail = text(
        "device {device} ({title}) tells nothing of its security functions: look whether its SNMP view, or the rights"
        " of its login, hide them",
        device=device.id,
        title=asked.dialect.title,
    )
    yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, detail, raw=raw)


def safeguard(said: Mapping[str, str], now: datetime, order: DateOrder = "ymd") -> Safeguard | None:
    """What a row says of one function; ``None`` for a row that does not say of which.

    Sessions that are under way show that it runs; that there are none at this moment shows nothing.
    """
    if "function" not in said:
        return None
    running = _yes(said.get("running"))
    if running is None and (as_number(said.get("sessions", "")) or 0) > 0:
        running = True
    function: Any = said["function"]
    return Safeguard(
        function=function,
        running=running,
        version=said.get("version", ""),
        signature_age_days=_age(said, now, order),
        licence_days_left=_left(said, now, order),
        policy_active=_yes(said.get("policy")),
    )


def _yes(said: str | None) -> bool | None:
    return None if said is None else said == "yes"


def _age(said: Mapping[str, str], now: datetime, order: DateOrder) -> float | None:
    made = as_date(said.get("signature_date", ""), order)
    if made is None:
        age = as_number(said.get("signature_age_days", ""))
        return age if age is not None and age >= 0 else None
    age = (now - made).total_seconds() / SECONDS_A_DAY
    return None if age < -AHEAD_DAYS else round(max(age, 0.0), 2)


def _left(said: Mapping[str, str], now: datetime, order: DateOrder) -> float | None:
    until = as_date(said.get("licence_until", ""), order)
    if until is not None:
        return round((until - now).total_seconds() / SECONDS_A_DAY, 2)
    return as_number(said.get("licence_days", ""))
