"""Why a store of files proves nothing, in a sentence."""

from __future__ import annotations

from pathlib import Path

from probes.errors import TransportError
from probes.logs.coverage import Store, evidence
from probes.logs.reading import Reading
from probes.observation import Reason
from probes.text import text
from probes.trouble import said_by


def unlisted(root: Path, error: OSError) -> TransportError:
    """For a directory that cannot be listed."""
    if isinstance(error, FileNotFoundError):
        return TransportError(Reason.FILE_NOT_FOUND, text("there is no directory {path}", path=root))
    if isinstance(error, NotADirectoryError):
        detail = text("{path} is a file: give its directory as path and its name as pattern", path=root)
        return TransportError(Reason.FILE_UNREADABLE, detail)
    return TransportError(Reason.FILE_UNREADABLE, text("cannot list {path}: {error}", path=root, error=said_by(error)))


def nothing_found(store: Store, root: str, pattern: str) -> Reading:
    """For a store without a record that is believed."""
    shown, files = evidence(store), len(store.reports)
    if not files and not store.closed:
        return Reading(
            None, shown, Reason.EMPTY, text("no file in {path} matches {pattern}", path=root, pattern=pattern)
        )
    unreadable = sum(report.damaged for report in store.reports) + len(store.closed)
    if unreadable and unreadable >= files:
        problems = [report.problem for report in store.reports if report.problem]
        problem = next(iter([*problems, *store.closed.values()]), "")
        detail = text("none of {n} files in {path} can be read: {problem}", n=unreadable, path=root, problem=problem)
        return Reading(None, shown, Reason.FILE_UNREADABLE, detail)
    if unsure := next((report for report in store.reports if report.unsure and report.problem), None):
        detail = text(
            "no record with a credible time in {path}: {file}: {problem}",
            path=root, file=unsure.file.name, problem=unsure.problem,
        )  # fmt: skip
        return Reading(None, shown, Reason.EMPTY, detail)
    detail = text("no record with a credible time in the {n} files of {path}", n=files, path=root)
    return Reading(None, shown, Reason.EMPTY, detail)
