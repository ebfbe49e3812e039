"""The bundles there are: their reports in every format, the score from night to night, what changed between two."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from auditor.attesting.standing import newest_first
from auditor.bundle_reader import Bundle, open_bundle
from auditor.commands.diff import lines as diff_lines
from auditor.commands.report import WRITERS, file_name
from auditor.desk.page import office_of, page
from auditor.history.record import judged
from auditor.history.store import History
from auditor.history.trend import with_trend
from auditor.present import edition
from auditor.questions.difference import difference
from auditor.recall import STAMP
from auditor.retention import cite
from probes.errors import AuditorError
from reports.exhibits.trend import trend

SHOWN = 60
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "html": "text/html; charset=utf-8",
        "pdf": "application/pdf",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "zip": "application/zip",
        "json": "application/json",
        "oscal": "application/json",
        "junit": "application/xml",
        "openmetrics": "text/plain; charset=utf-8",
    }
)
# The report needs no more than its own styles. Sandboxed, not even a mistake in it could act as a page of the desk.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Row:
    """One bundle; without ``score`` where the history does not know it."""

    id: str
    at: datetime
    whole: bool | None
    score: Mapping[str, str] | None


def show(request: Request) -> Response:
    """The list with the trend."""
    office = office_of(request)
    standing = office.standing()
    parent = Path(standing.campus.audit.bundles)
    known = _history(parent)
    rows = [_row(path, known) for path in list(newest_first(parent))[:SHOWN]]
    drawn = None
    if standing.bundle is not None:
        # A bundle whose rubric this version cannot read hides the drawing, not the list.
        with suppress(AuditorError):
            drawn = trend(with_trend(edition(standing.bundle, office.language), standing.bundle))
    return page(
        request,
        "reports.html.j2",
        standing=standing,
        rows=rows,
        trend=drawn,
        formats=tuple(WRITERS),
        zone=standing.campus.school.timezone,
    )


def made(request: Request) -> Response:
    """A report. All but the page that every night makes by itself are cited, so their bundle stays."""
    office, wanted = office_of(request), request.path_params["format"]
    if wanted not in WRITERS:
        raise HTTPException(404)
    bundle = _bundle(request, request.path_params["bundle"])
    found = with_trend(edition(bundle, office.language), bundle)
    if request.query_params.get("for") == "publication":
        from reports.redaction import redacted  # noqa: PLC0415  only where it is asked for

        found = redacted(found)
    reviewer = request.query_params.get("for") == "review"
    content = WRITERS[wanted](found, bundle, reviewer)
    name = file_name(found, bundle, wanted, reviewer=reviewer)
    headers = {"content-disposition": f"inline; filename*=utf-8''{quote(name)}"}
    if wanted == "html":
        headers["content-security-policy"] = REPORT_POLICY
    else:
        headers["content-disposition"] = f"attachment; filename*=utf-8''{quote(name)}"
        cite(bundle.path, name, datetime.now(UTC))
    return Response(content, media_type=TYPES[wanted], headers=headers)


def diff(request: Request) -> Response:
    """What changed between two audits, each judged by its own rubric at its own end."""
    office = office_of(request)
    given = sorted(request.query_params.get(name, "") for name in ("a", "b"))
    before, after = (_bundle(request, one) for one in given)
    found = difference(judged(before), judged(after))
    return page(
        request,
        "diff.html.j2",
        standing=office.standing(),
        before=before.header.id,
        after=after.header.id,
        found=found,
        lines=list(diff_lines(found, office.language)),
    )


def _bundle(request: Request, name: str) -> Bundle:
    """A bundle of ours by its name; a name is only ever compared, never made into a path."""
    parent = Path(office_of(request).standing().campus.audit.bundles)
    for path in newest_first(parent):
        if name in {path.name, path.stem}:
            return open_bundle(path)
    raise HTTPException(404)


def _history(parent: Path) -> Mapping[str, sqlite3.Row]:
    history = History(parent)
    if not history.path.is_file():
        return {}
    try:
        return {row["id"]: row for row in history.scores()}
    except AuditorError:
        return {}


def _row(path: Path, known: Mapping[str, sqlite3.Row]) -> Row:
    name = path.name.removesuffix(".zip")
    at = datetime.strptime(name.partition("-")[0], STAMP).replace(tzinfo=UTC)
    found = known.get(name)
    if found is None:
        return Row(name, at, None, None)
    score = {key: _short(found[key]) for key in ("proven", "possible", "total")}
    return Row(name, at, bool(found["whole"]), score)


def _short(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
