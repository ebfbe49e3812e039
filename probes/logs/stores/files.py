"""Log files in a directory, of this machine or of another one over SFTP."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from threading import Event
from typing import Protocol

from probes.campus import DirectoryStore, LogSource, SftpStore
from probes.logs.coverage import Store, bytes_of, coverage, evidence
from probes.logs.crew import scan_all
from probes.logs.failures import nothing_found, unlisted
from probes.logs.kin import decided
from probes.logs.placing import Calendar
from probes.logs.reading import Reading
from probes.logs.sampling import Sampler
from probes.logs.scan import Scanner
from probes.logs.tree import Listing, list_files
from probes.logs.zone import school_zone
from probes.probe import Context

_LISTINGS = 3


class Shelf(Protocol):
    """A directory with log files; ``about`` is what the evidence says of the machine."""

    kind: str
    about: str

    def listing(self, pattern: str) -> Listing:
        """The files that match; raises ``OSError`` where the directory cannot be listed."""

    def free(self) -> int | None:
        """Bytes that its file system has left; ``None`` if it does not tell."""


@dataclass(frozen=True)
class Wanted:
    """What of a store is looked at, and how.

    Attributes:
        sampled: a look into every day instead of reading every record.
        match: the devices whose lines alone count; all if there are none.
        quota: bytes that the log may take.
    """

    pattern: str = "**/*"
    sampled: bool = False
    match: tuple[str, ...] = ()
    quota: int | None = None


EVERYTHING = Wanted()


class LocalShelf:
    """A directory of this machine."""

    kind = "directory"
    about = "this computer"

    def __init__(self, root: Path) -> None:
        self._root = root

    def listing(self, pattern: str) -> Listing:
        """The files that match."""
        return list_files(self._root, pattern)

    def free(self) -> int | None:
        """Bytes that the file system has left for everybody."""
        return shutil.disk_usage(self._root).free


async def read(ctx: Context, source: LogSource) -> Reading:
    """Look into the files of a directory, or read all of them where the inventory asks for it.

    Raises:
        TransportError: the directory cannot be listed, or the machine not be reached.
    """
    store = source.store
    assert isinstance(store, DirectoryStore | SftpStore)
    zone, now, stop = school_zone(ctx), ctx.now(), Event()

    def look() -> tuple[str, Store]:
        with _shelf(ctx, source) as shelf:
            return shelf.about, read_store(shelf, zone, now, stop.is_set, _wanted(source, store.pattern))

    try:
        # A thread cannot be ended from outside: it asks before every block whether it should go on.
        about, found = await asyncio.to_thread(look)
    except OSError as error:
        raise unlisted(Path(store.path), error) from None
    finally:
        stop.set()
    if (value := coverage(found)) is not None:
        return Reading(value, {"machine": about, **evidence(found)})
    return nothing_found(found, store.path, store.pattern)


def _wanted(source: LogSource, pattern: str) -> Wanted:
    quota = None if source.quota_gb is None else round(source.quota_gb * 1e9)
    return Wanted(pattern, source.count == "sampled", source.match, quota)


def _shelf(ctx: Context, source: LogSource) -> AbstractContextManager[Shelf]:
    if isinstance(source.store, SftpStore):
        from probes.logs.stores.sftp import open_shelf  # noqa: PLC0415  paramiko costs 0.1 s

        return open_shelf(ctx, source.store)
    assert isinstance(source.store, DirectoryStore)
    return nullcontext(LocalShelf(Path(source.store.path)))


def read_store(
    shelf: Shelf, zone: tzinfo, now: datetime, stopped: Callable[[], bool], wanted: Wanted = EVERYTHING
) -> Store:
    """Look into a store, or read every record of it. Blocks for as long as it takes; memory does not grow with it.

    Files that appear meanwhile (rotation renames them) are looked at as well.

    Raises:
        OSError: the directory cannot be listed.
        StoppedError: ``stopped`` said so.
    """
    store = Store(Calendar(zone), now, shelf.free(), kind=shelf.kind)
    scanner = Scanner(store.calendar, now, stopped, match=wanted.match)
    # Which lines are whose shows only when all are read.
    sampler = Sampler(scanner) if wanted.sampled and not wanted.match else None
    read_: set[tuple[int | str, int]] = set()
    for _ in range(_LISTINGS):
        listing = shelf.listing(wanted.pattern)
        store.closed.update(listing.closed)
        new = [file for file in listing.files if file.identity not in read_]
        found = map(sampler.look, new) if sampler else scan_all(scanner, new, stopped)
        for file, reports in zip(new, found, strict=True):
            if reports:
                read_.add(file.identity)
                store.reports += reports
        if not new:
            break
    if wanted.quota is not None:
        left = max(wanted.quota - bytes_of(store), 0)
        store.free = left if store.free is None else min(store.free, left)
    if sampler is not None:
        sampler.settle(store)
    else:
        store.reports = decided(store.reports, scanner)
        store.settle()
    return store
