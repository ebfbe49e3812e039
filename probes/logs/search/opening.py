"""The way to search a log source, by the kind of its store."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path

from probes.campus import (
    DeviceStore,
    DirectoryStore,
    LogSource,
    LokiStore,
    OpenSearchStore,
    SftpStore,
    TableStore,
)
from probes.logs.placing import Calendar
from probes.logs.search.lines import Haystack
from probes.logs.zone import school_zone
from probes.probe import Context


def haystack(ctx: Context, source: LogSource) -> Haystack:
    """The store of a source, to be searched in a thread. Call it where an event loop runs; it reaches for nothing yet.

    Raises:
        TransportError: the inventory lacks what is needed to reach it.
    """
    store = source.store
    if isinstance(store, DirectoryStore | SftpStore | TableStore):
        return _of_files(ctx, store)
    if isinstance(store, DeviceStore):
        from probes.logs.search.buffer import DeviceHaystack  # noqa: PLC0415  each only where it is needed
        from probes.logs.stores.buffer import device_of  # noqa: PLC0415

        return DeviceHaystack(ctx, device_of(ctx, source), asyncio.get_running_loop())
    if isinstance(store, OpenSearchStore):
        from probes.logs.search.search_index import IndexHaystack  # noqa: PLC0415

        return IndexHaystack(ctx, store)
    if isinstance(store, LokiStore):
        from probes.logs.search.loki import LokiHaystack  # noqa: PLC0415

        return LokiHaystack(ctx, store)
    from probes.logs.search.database import DatabaseHaystack  # noqa: PLC0415
    from probes.logs.stores.database_session import login_of  # noqa: PLC0415

    return DatabaseHaystack(lambda: login_of(ctx, source))


def _of_files(ctx: Context, store: DirectoryStore | SftpStore | TableStore) -> Haystack:
    from probes.logs.search.files import FileHaystack, SftpHaystack, TableHaystack  # noqa: PLC0415

    if isinstance(store, TableStore):
        return TableHaystack(store, Calendar(school_zone(ctx)), ctx.now)
    if isinstance(store, SftpStore):
        from probes.logs.stores.sftp import open_shelf  # noqa: PLC0415  paramiko costs 0.1 s

        return SftpHaystack(lambda: open_shelf(ctx, store), store.path, store.pattern)
    from probes.logs.stores.files import LocalShelf  # noqa: PLC0415

    return FileHaystack(lambda: nullcontext(LocalShelf(Path(store.path))), store.path, store.pattern)
