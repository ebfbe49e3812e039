"""Where a device sends its logs, and how much of them it keeps: ``log_coverage`` of origin *setting*.

A setting proves nothing by itself: the records themselves decide, and where they reach another way back than the
setting says, the judge tells a conflict.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from probes.campus import Device, LogSource, subject_of
from probes.consult import Answer, Consultation, consult
from probes.dialect import Purpose, Said
from probes.dialect.amounts import as_number
from probes.errors import TransportError
from probes.kinds import LogCoverage
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import Text, text

NOWHERE = frozenset({"0.0.0.0", "::", "none", "-", "255.255.255.255"})  # noqa: S104  what devices print


def _can_be_asked(device: Device) -> bool:
    return any((device.snmp, device.ssh, device.http))


@probe(
    yields="log_coverage",
    on="device",
    only=_can_be_asked,
    touch="read",
    timeout_s=180.0,
    expected_s=2.0,
    expected_mb=0.05,
)
async def log_settings(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Read log servers and retention of a device; reported under each of its log sources, or else under the device."""
    async with consult(ctx, device) as asked:
        hosts, problem = await _asked(asked, "log_host")
        kept, other = await _asked(asked, "log_setting")
        raw = asked.keep()
    if not hosts.understood and not kept.understood:
        failure = problem or other or TransportError(Reason.UNEXPECTED_ANSWER, _unreadable(device))
        yield ctx.unavailable(failure.reason, failure.text, raw=raw)
        return
    servers = _servers(hosts)
    sources = [source for source in ctx.campus.log_source if source.device == device.id]
    wanted: Sequence[LogSource | None] = sources or [None]
    for source in wanted:
        records = _least(kept.rows, source, "buffer_records")
        value = LogCoverage(
            span_days=_least(kept.rows, source, "retention_days"),
            hosts=servers,
            buffer_records=None if records is None else int(records),
            quota_mb=_least(kept.rows, source, "quota_mb"),
            origin="setting",
        )
        subject = subject_of(source) if source is not None else device.id
        yield ctx.observe(value, subject=subject, method=Method.READ, raw=raw)


def _unreadable(device: Device) -> Text:
    return text("neither log servers nor retention of device {device} could be read", device=device.id)


async def _asked(asked: Consultation, purpose: Purpose) -> tuple[Answer, TransportError | None]:
    try:
        return await asked.ask(purpose), None
    except TransportError as error:
        return Answer(), error


def _servers(answer: Answer) -> tuple[str, ...] | None:
    """The log servers that are in use; ``None`` where that was not told."""
    if not answer.understood:
        return None
    used = [row.groups for row in answer.rows if row.groups.get("enabled") != "no"]
    named = (said.get("address", "") for said in used)
    return tuple(dict.fromkeys(one for one in named if one and one.lower() not in NOWHERE))


def _least(rows: Sequence[Said], source: LogSource | None, group: str) -> float | None:
    """The least that is set for the records of a source; a setting without records is for all of them."""
    wanted = {str(one) for one in source.records} if source is not None else set()
    told = [row.groups for row in rows if _concerns(row.groups, wanted)]
    numbers = [number for said in told if (number := as_number(said.get(group, ""))) is not None]
    return min((one for one in numbers if one >= 0), default=None)


def _concerns(said: Mapping[str, str], wanted: set[str]) -> bool:
    records = said.get("records")
    return records is None or not wanted or records in wanted
