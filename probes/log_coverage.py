"""Log coverage: how far back a log store reaches, on which days it has nothing, and how long it will hold."""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

from probes.campus import LogSource
from probes.errors import TransportError
from probes.kinds import LogCoverage
from probes.observation import Method, Observation
from probes.probe import Context, probe

_HOURS = 3600.0

READERS: Mapping[str, str] = MappingProxyType(
    {
        "directory": "files",
        "sftp": "files",
        "table": "exports",
        "opensearch": "search_index",
        "elasticsearch": "search_index",
        "loki": "loki",
        "postgresql": "database",
        "mysql": "database",
        "device": "buffer",
    }
)
"""The module of ``probes.logs.stores`` that looks at each kind of store."""


@probe(yields="log_coverage", on="log_source", touch="read", timeout_s=6 * _HOURS, expected_s=10.0, expected_mb=0.0)
async def log_coverage(ctx: Context, source: LogSource) -> AsyncIterator[Observation]:
    """Look into every day of a store, or count its records; a retention that is only set on a device stands beside it.

    Yields one observation with ``origin="content"``, measured or unavailable, and one with ``origin="setting"``,
    declared, if the inventory gives ``setting_days``.
    """
    try:
        yield await _content(ctx, source)
    except TransportError as error:
        yield ctx.unavailable(error.reason, error.text)
    if source.setting_days is not None:
        setting = LogCoverage(span_days=source.setting_days, origin="setting")
        yield ctx.observe(setting, method=Method.DECLARED)


async def _content(ctx: Context, source: LogSource) -> Observation:
    # Drivers of databases and workbooks are heavy: only those that are asked for are imported.
    module = importlib.import_module(f"probes.logs.stores.{READERS[source.store.kind]}")
    reading = await module.read(ctx, source)
    raw = ctx.keep(json.dumps(reading.evidence, ensure_ascii=False, indent=1))
    if reading.value is None:
        return ctx.unavailable(reading.reason, reading.why, raw=(raw,))
    return ctx.observe(reading.value, raw=(raw,))
