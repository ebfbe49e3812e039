"""Searching files of a directory, of this machine or over SFTP, members of archives included; and tables in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from probes.campus import TableStore
from probes.logs.archive import DamagedError, blocks, packing_of
from probes.logs.failures import unlisted
from probes.logs.members import open_archive
from probes.logs.placing import Calendar
from probes.logs.search.lines import Line, Marks, Wanted, as_fields, matching, record
from probes.logs.stamps import Stamp
from probes.logs.stores.exports import HEADING_WITHIN, column_of, sheets
from probes.logs.stores.files import Shelf
from probes.logs.tree import LogFile, list_files

_BEFORE = 64 * 1024
"""How far before the former end of a file a new search begins: a line may have been written in two parts."""


class FileHaystack:
    """Log files; ``shelf`` opens their directory, for each search anew."""

    pause_s = 0.5
    tells_alerts = False

    def __init__(self, shelf: Callable[[], AbstractContextManager[Shelf]], root: str, pattern: str) -> None:
        self._shelf = shelf
        self._root = root
        self._pattern = pattern

    def marks(self) -> Marks:
        """Lengths by path."""
        with self._shelf() as shelf:
            return {file.name: file.size for file in self._files(shelf, set())}

    def find(self, wanted: Wanted) -> Iterator[Line]:
        """File by file; of a damaged one what can be read."""
        with self._shelf() as shelf:
            for file in self._files(shelf, wanted.unread):
                if wanted.since is None or wanted.since.get(file.name) != file.size:
                    yield from _of_file(file, wanted)

    def _files(self, shelf: Shelf, unread: set[str]) -> tuple[LogFile, ...]:
        try:
            listing = shelf.listing(self._pattern)
        except OSError as error:
            raise unlisted(Path(self._root), error) from None
        unread.update(name for name, _ in listing.closed)
        return listing.files


class SftpHaystack(FileHaystack):
    """The same on another machine: every search is a login there."""

    pause_s = 5.0


def _of_file(file: LogFile, wanted: Wanted) -> Iterator[Line]:
    try:
        with open_archive(file) as archive:
            if archive is not None:
                for member in archive.members():
                    yield from _of_file(member, wanted)
                return
        yield from _of_plain(file, wanted)
    except FileNotFoundError:
        return  # rotated away meanwhile
    except (DamagedError, OSError):
        wanted.unread.add(file.name)


def _of_plain(file: LogFile, wanted: Wanted) -> Iterator[Line]:
    before = 0 if wanted.since is None else wanted.since.get(file.name, 0)
    with file.open() as opened:
        packed = packing_of(opened.read(6)) is not None
        start = 0 if packed or before > file.size else max(0, before - _BEFORE)
        opened.seek(start)
        for line in matching(blocks(opened, file.name, file.size - start), wanted.needles, wanted.stop):
            yield Line(line, file.name, file.modified)


def _written_us(file: LogFile) -> int:
    """Microseconds since 1970."""
    return max(0, round(file.modified * 1e6))


class TableHaystack:
    """CSV and XLSX exports; of one that was written anew, every row is looked at."""

    pause_s = 2.0
    tells_alerts = False

    def __init__(self, store: TableStore, calendar: Calendar, now: Callable[[], datetime]) -> None:
        self._store = store
        self._calendar = calendar
        self._now = now

    def marks(self) -> Marks:
        """When they were written, by path: one that is written anew may be as long as it was."""
        return {file.name: _written_us(file) for file in self._files(set())}

    def find(self, wanted: Wanted) -> Iterator[Line]:
        """Export by export; of a damaged one what can be read."""
        for file in self._files(wanted.unread):
            if wanted.since is not None and wanted.since.get(file.name) == _written_us(file):
                continue
            try:
                yield from self._of_export(file, wanted)
            except FileNotFoundError:
                continue  # gone meanwhile
            except (DamagedError, OSError):
                wanted.unread.add(file.name)

    def _files(self, unread: set[str]) -> tuple[LogFile, ...]:
        root = Path(self._store.path)
        try:
            listing = list_files(root, self._store.pattern)
        except OSError as error:
            raise unlisted(root, error) from None
        unread.update(name for name, _ in listing.closed)
        return listing.files

    def _of_export(self, file: LogFile, wanted: Wanted) -> Iterator[Line]:
        with file.open() as stream:
            for rows in sheets(stream, file, self._store.sheet):
                first = [list(row) for row in islice(rows, HEADING_WITHIN)]
                if not any(any(cell not in (None, "") for cell in row) for row in first):
                    continue
                column, begin = column_of(first, self._store.time_column)
                names = [str(cell or "") for cell in first[begin - 1]] if begin else []
                for row in chain(first[begin:], rows):
                    if wanted.stop():
                        return
                    headings = [names[at] if at < len(names) else f"c{at + 1}" for at in range(len(row))]
                    data = record(None, as_fields(headings, row))
                    if wanted.hit(data):
                        yield Line(self._dated(column.stamp(row), data), file.name, file.modified)

    def _dated(self, stamp: Stamp | None, data: bytes) -> bytes:
        """A row with its time before it."""
        minute = self._calendar.minute_of(stamp, self._calendar.minute_at(self._now())) if stamp else None
        return data if minute is None else record(self._calendar.instant(minute * 60), "") + data
