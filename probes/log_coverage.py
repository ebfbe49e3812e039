"""Log coverage: how far back a log store reaches, on which days it has nothing, and how long it will hold."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta, timezone, tzinfo
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from probes.campus import DirectoryStore, LogSource
from probes.errors import TransportError
from probes.kinds import LogCoverage
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text
from probes.trouble import said_by

_HOURS = 3600.0


@probe(yields="log_coverage", on="log_source", touch="passive", timeout_s=6 * _HOURS, expected_s=10.0, expected_mb=0.0)
async def log_coverage(ctx: Context, source: LogSource) -> AsyncIterator[Observation]:
    """Read every record of a store and count; a retention that is only set on a device stands beside it.

    Yields one observation with ``origin="content"``, measured or unavailable, and one with ``origin="setting"``,
    declared, if the inventory gives ``setting_days``. Touches no network.
    """
    try:
        yield await _content(ctx, source)
    except TransportError as error:
        yield ctx.unavailable(error.reason, error.text)
    if source.setting_days is not None:
        setting = LogCoverage(span_days=source.setting_days, origin="setting")
        yield ctx.observe(setting, method=Method.DECLARED)


async def _content(ctx: Context, source: LogSource) -> Observation:
    from probes.logs.coverage import coverage, evidence, read_store  # noqa: PLC0415  only when logs are read

    if not isinstance(source.store, DirectoryStore):
        detail = text("this version does not read stores of kind {kind}", kind=source.store.kind)
        raise TransportError(Reason.NOT_CONFIGURED, detail)
    root, pattern = Path(source.store.path), source.store.pattern
    stop = Event()
    try:
        # A thread cannot be ended from outside: it asks before every block whether it should go on.
        store = await asyncio.to_thread(read_store, root, pattern, _zone(ctx), ctx.now(), stop.is_set)
    except OSError as error:
        raise _no_directory(root, error) from None
    finally:
        stop.set()
    raw = ctx.keep(json.dumps(evidence(store), ensure_ascii=False, indent=1))
    value = coverage(store)
    if value is not None:
        return ctx.observe(value, raw=(raw,))
    files = len(store.reports)
    if not files and not store.closed:
        detail = text("no file in {path} matches {pattern}", path=root, pattern=pattern)
        return ctx.unavailable(Reason.EMPTY, detail, raw=(raw,))
    unreadable = sum(report.damaged for report in store.reports) + len(store.closed)
    if unreadable and unreadable >= files:
        problems = [report.problem for report in store.reports if report.problem]
        problem = next(iter([*problems, *store.closed.values()]), "")
        detail = text("none of {n} files in {path} can be read: {problem}", n=unreadable, path=root, problem=problem)
        return ctx.unavailable(Reason.FILE_UNREADABLE, detail, raw=(raw,))
    detail = text("no record with a credible time in the {n} files of {path}", n=files, path=root)
    return ctx.unavailable(Reason.EMPTY, detail, raw=(raw,))


def _no_directory(root: Path, error: OSError) -> TransportError:
    if isinstance(error, FileNotFoundError):
        return TransportError(Reason.FILE_NOT_FOUND, text("there is no directory {path}", path=root))
    if isinstance(error, NotADirectoryError):
        detail = text("{path} is a file: give its directory as path and its name as pattern", path=root)
        return TransportError(Reason.FILE_UNREADABLE, detail)
    return TransportError(Reason.FILE_UNREADABLE, text("cannot list {path}: {error}", path=root, error=said_by(error)))


def _zone(ctx: Context) -> tzinfo:
    name = ctx.campus.school.timezone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name == "Asia/Shanghai":
            return timezone(timedelta(hours=8))  # Windows brings no zone data along
        detail = text("time zone {zone} is not known to this computer", zone=name)
        raise TransportError(Reason.NOT_CONFIGURED, detail) from None
