"""The history's database: a view of the bundles beside it, brought up to date and rebuilt from them at any time.

``history.sqlite`` lies in the directory of the bundles. Nothing stands only in it: what retention removed left its
record in ``history.jsonl``. A database that is damaged is set aside as ``history.sqlite.damaged`` and made anew.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from auditor.history.night import Night
from auditor.lock import alone
from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by

DATABASE = "history.sqlite"
REMOVED = "history.jsonl"
VERSION = 1
PACKED = re.compile(r"\d{8}T\d{6}Z(-\d+)?")

if TYPE_CHECKING:
    from rules.rubric import Rubric

T = TypeVar("T")

_SCHEMA = """
CREATE TABLE night (
    id TEXT PRIMARY KEY, stamp INTEGER NOT NULL, began TEXT NOT NULL, whole INTEGER NOT NULL, record BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX night_began ON night (began);
CREATE TABLE standing (
    indicator TEXT NOT NULL, began TEXT NOT NULL, id TEXT NOT NULL, outcome TEXT NOT NULL,
    points TEXT NOT NULL, proven TEXT NOT NULL, possible TEXT NOT NULL,
    PRIMARY KEY (indicator, began, id)
) WITHOUT ROWID;
CREATE INDEX standing_id ON standing (id);
CREATE TABLE score (
    began TEXT NOT NULL, id TEXT NOT NULL, night TEXT, whole INTEGER NOT NULL, rubric_sha256 TEXT NOT NULL,
    proven TEXT NOT NULL, possible TEXT NOT NULL, total TEXT NOT NULL, pass_line TEXT NOT NULL, unavailable INTEGER,
    PRIMARY KEY (began, id)
) WITHOUT ROWID;
"""


class HistoryError(AuditorError):
    """The history cannot be kept: disk full, no permission."""


class History:
    """The history of one directory of bundles.

    Args:
        parent: the directory.
        complain: is told what is wrong with single bundles and with the database; neither stops the rest.
    """

    def __init__(self, parent: Path, complain: Callable[[Text], None] = lambda _: None) -> None:
        self.parent = parent
        self.path = parent / DATABASE
        self._complain = complain

    def catch_up(self) -> int:
        """Take in every bundle that is not in yet, or has gone on since; returns how many.

        Raises:
            HistoryError: if the database cannot be written.
            LockError: if another process is at it.
        """
        with self._alone():
            return self._safely(self._catch_up)

    def rebuild(self) -> int:
        """Forget the database and take in every bundle again; returns how many."""
        with self._alone():
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                raise self._cannot(error) from error
            return self._safely(self._catch_up)

    def _alone(self) -> AbstractContextManager[None]:
        taken = text("another process is writing the history in {path}; try again", path=self.parent)
        return alone(self.parent / "history.lock", taken)

    def scores(self) -> Sequence[sqlite3.Row]:
        """One row an audit, the oldest first: ``began, id, night, whole, proven, possible, total, pass_line, …``."""
        return self._safely(lambda db: db.execute("SELECT * FROM score ORDER BY began, id").fetchall())

    def trend(self, indicator: str) -> Sequence[sqlite3.Row]:
        """One row an audit that knew the indicator, the oldest first."""
        query = (
            "SELECT standing.*, score.whole, score.night FROM standing JOIN score USING (began, id) "
            "WHERE indicator = ? ORDER BY began, id"
        )
        return self._safely(lambda db: db.execute(query, (indicator,)).fetchall())

    def standings(self) -> Mapping[str, Mapping[str, tuple[Decimal, Decimal]]]:
        """For each audit, by its name, the points of each indicator: proven and possible."""
        rows = self._safely(lambda db: db.execute("SELECT id, indicator, proven, possible FROM standing").fetchall())
        found: dict[str, dict[str, tuple[Decimal, Decimal]]] = {}
        for name, indicator, proven, possible in rows:
            found.setdefault(name, {})[indicator] = Decimal(proven), Decimal(possible)
        return found

    def nights(self) -> Iterator[Night]:
        """Every record, the oldest first."""
        rows = self._safely(lambda db: db.execute("SELECT id, record FROM night ORDER BY began, id").fetchall())
        for row in rows:
            try:
                yield Night.model_validate_json(zlib.decompress(row["record"]))
            except (zlib.error, ValidationError):
                self._complain(text("the history's record of {id} is damaged; run: history --rebuild", id=row["id"]))

    def _safely(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work on the database; a damaged one is set aside, made anew from the bundles, and the work done on that."""
        try:
            with closing(self._open()) as db:
                return work(db)
        except sqlite3.DatabaseError as error:
            # Busy, full, read-only and the like are no damage; a table or column that is not there is.
            if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname != "SQLITE_ERROR":
                raise self._cannot(error) from error
            self._set_aside()
        try:
            with closing(self._open()) as db:
                self._catch_up(db)
                return work(db)
        except sqlite3.DatabaseError as error:
            raise self._cannot(error) from error

    def _open(self) -> sqlite3.Connection:
        try:
            self.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._cannot(error) from error
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version != VERSION:
                # Of another version, or of a process that was killed while it made it: everything can be made again.
                tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                db.execute("BEGIN IMMEDIATE")
                for table in tables:
                    db.execute(f'DROP TABLE IF EXISTS "{table["name"]}"')
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {VERSION}")
                db.execute("COMMIT")
        except BaseException:
            db.close()
            raise
        return db

    def _set_aside(self) -> None:
        aside = self.path.with_name(self.path.name + ".damaged")
        try:
            for suffix in ("-journal", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            self.path.replace(aside)
        except OSError as error:
            raise self._cannot(error) from error
        self._complain(text("the history's database was damaged; it was set aside as {path} and made anew", path=aside))

    def _catch_up(self, db: sqlite3.Connection) -> int:
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError
        known = {row["id"]: row["stamp"] for row in db.execute("SELECT id, stamp FROM night")}
        taken = 0
        rubrics: dict[bytes, Rubric] = {}
        for path, name, stamp in self._bundles():
            if known.get(name) == stamp:
                continue
            night = self._recorded(path, rubrics)
            if night is not None:
                _put(db, name, stamp, night)
                taken += 1
        for night in self.removed():
            if night.id not in known and not (self.parent / night.id).exists():
                _put(db, night.id, 0, night)
                taken += 1
        return taken

    def _bundles(self) -> Iterator[tuple[Path, str, int]]:
        """Every bundle with its name and a number that changes when it was written to."""
        for path in sorted(self.parent.glob("*/bundle.json")):
            folder = path.parent
            if folder.name.startswith("."):
                continue
            seal = folder / "manifest.json"
            yield folder, folder.name, _changed(seal if seal.exists() else folder / "journal.jsonl")
        for path in sorted(self.parent.glob("*.zip")):
            # Others, such as a report's evidence, are no bundles.
            if PACKED.fullmatch(path.stem) and not (self.parent / path.stem / "bundle.json").exists():
                yield path, path.stem, _changed(path)

    def _recorded(self, path: Path, rubrics: dict[bytes, Rubric]) -> Night | None:
        """The record of one bundle; reading a rubric takes longer than all the rest, and most nights share theirs."""
        from auditor.bundle_reader import open_bundle  # noqa: PLC0415  the judge is not needed to read the history
        from auditor.history.record import own_rubric, record  # noqa: PLC0415

        try:
            bundle = open_bundle(path)
            if bundle.rubric not in rubrics:
                rubrics[bundle.rubric] = own_rubric(bundle)
            found = record(bundle, rubrics[bundle.rubric])
        except AuditorError as error:
            self._complain(text("left out of the history: {why}", why=error.text))
            return None
        return found.model_copy(update={"id": path.stem if path.suffix == ".zip" else path.name})

    def removed(self) -> Iterator[Night]:
        """The records of bundles that retention removed."""
        try:
            lines = (self.parent / REMOVED).read_bytes().splitlines()
        except OSError:
            return
        for line in lines:
            try:
                yield Night.model_validate_json(line)
            except ValidationError:
                continue

    def _cannot(self, error: Exception) -> HistoryError:
        why = said_by(error) if isinstance(error, OSError) else str(error)
        return HistoryError(text("the history {path} cannot be used: {why}", path=self.path, why=why))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _put(db: sqlite3.Connection, name: str, stamp: int, night: Night) -> None:
    """One audit in one transaction, in the place of what was known of it."""
    began = iso(night.began)
    blind = sum(look.reason is not None for look in night.looks)
    db.execute("BEGIN IMMEDIATE")
    try:
        for table in ("night", "score", "standing"):
            db.execute(f"DELETE FROM {table} WHERE id = ?", (name,))  # noqa: S608  a name of ours
        packed = zlib.compress(night.model_dump_json().encode())
        db.execute("INSERT INTO night VALUES (?, ?, ?, ?, ?)", (name, stamp, began, night.whole, packed))
        db.execute(
            "INSERT INTO score VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                began,
                name,
                None if night.night is None else night.night.isoformat(),
                night.whole,
                night.rubric_sha256,
                *map(str, (night.proven, night.possible, night.total, night.pass_line)),
                blind,
            ),
        )
        db.executemany(
            "INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (one.indicator, began, name, one.outcome, str(one.points), str(one.proven), str(one.possible))
                for one in night.standings
            ],
        )
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def iso(moment: datetime) -> str:
    """A time in a form whose order is that of time."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
