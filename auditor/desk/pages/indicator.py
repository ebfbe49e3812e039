"""One indicator: what it asks, how it stands and why, the form to attest it, and who said what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auditor.attesting.answer import name_of, note_of
from auditor.attesting.dates import asked
from auditor.attesting.documents import LARGEST_BYTES, MOST, Kept, from_file, from_stream
from auditor.attesting.draft import Draft, checked, take
from auditor.attesting.errors import AnswerError
from auditor.attesting.journal import Journal
from auditor.attesting.listing import ACTS, THROUGH
from auditor.attesting.questions import can_be_attested, question
from auditor.attesting.standing import Standing
from auditor.desk.office import Office
from auditor.desk.page import form_of, office_of, page, words
from auditor.history.store import History
from probes.errors import AuditorError
from probes.kinds import Attestation
from probes.observation import Status
from probes.text import Text, text
from reports.pages.details import finding_view
from reports.polish import Speaker
from reports.wording import points_between, stamp
from rules.assessment import Finding, Interval

LONGEST = 90
NIGHTS_SHOWN = 12


def show(request: Request) -> Response:
    """The page; ``?done=N`` says that entry N was written."""
    done = request.query_params.get("done", "")
    return _page(request, _finding(request), done=done if done.isdigit() else "")


async def attest(request: Request) -> Response:
    """Take an answer with its documents; what cannot be taken is shown again with what was typed."""
    finding = await run_in_threadpool(_finding, request)
    form = await form_of(request)
    try:
        draft = _draft(finding.indicator.id, form)
        try:
            number = await run_in_threadpool(_taken, office_of(request), draft, form)
        except AuditorError as error:
            return await run_in_threadpool(_page, request, finding, error=error.text, draft=draft)
    finally:
        await form.close()
    return RedirectResponse(f"/i/{finding.indicator.id}?done={number}", 303)


async def withdraw(request: Request) -> Response:
    """Take back what was said about the indicator, or a part of it."""
    finding = await run_in_threadpool(_finding, request)
    form = await form_of(request)
    part = words(form, "criterion")
    subject = f"{finding.indicator.id}/{part}" if part else finding.indicator.id
    try:
        number = await run_in_threadpool(_withdrawn, office_of(request), subject, form)
    except AuditorError as error:
        return await run_in_threadpool(_page, request, finding, error=error.text)
    return RedirectResponse(f"/i/{finding.indicator.id}?done={number}", 303)


def _finding(request: Request) -> Finding:
    standing = office_of(request).standing()
    try:
        return standing.assessment.finding(request.path_params["id"])
    except KeyError as error:
        raise HTTPException(404) from error


def _page(
    request: Request, finding: Finding, *, error: Text | None = None, draft: Draft | None = None, done: str = ""
) -> Response:
    office = office_of(request)
    standing = office.standing()
    finding = standing.assessment.finding(finding.indicator.id)
    indicator = finding.indicator
    speaker = Speaker(office.language, LONGEST)
    every = [one.id for one in standing.assessment.rubric.indicator]
    here = every.index(indicator.id)
    journal = office.ledger().journal()
    claims = _claims(standing, finding)
    return page(
        request,
        "indicator.html.j2",
        status=200 if error is None else 422,
        standing=standing,
        indicator=indicator,
        finding=finding,
        view=finding_view(finding, office.language, speaker),
        question=question(finding),
        attestable=any(can_be_attested(part) for part in finding.parts),
        dates=asked(standing.assessment.rubric, indicator.id, None),
        draft=draft or _first_draft(office, finding, claims, journal),
        claims=claims,
        history=journal.about(indicator.id),
        problems=journal.problems,
        nights=_nights(standing, indicator.id),
        acts=ACTS,
        through=THROUGH,
        error=error,
        done=done,
        most_mb=LARGEST_BYTES // 1024**2,
        most_files=MOST,
        zone=standing.campus.school.timezone,
        before=every[here - 1] if here else None,
        after=every[here + 1] if here + 1 < len(every) else None,
    )


def _nights(standing: Standing, indicator: str) -> list[tuple[str, str]]:
    """The day and the points of each audit after which the indicator stood otherwise, the newest first."""
    history = History(Path(standing.campus.audit.bundles))
    if not history.path.is_file():
        return []
    try:
        rows = [row for row in history.trend(indicator) if row["whole"]]
    except AuditorError:
        return []  # a view that can be made anew; the page is worth showing without it
    found: list[tuple[str, str]] = []
    for row in rows:
        shown = points_between(Interval(Decimal(row["proven"]), Decimal(row["possible"])))
        if not found or found[-1][1] != shown:
            found.append((stamp(datetime.fromisoformat(row["began"]), standing.campus.school.timezone)[:10], shown))
    return found[::-1][:NIGHTS_SHOWN]


def _claims(standing: Standing, finding: Finding) -> Mapping[str, Attestation | None]:
    """What is attested about the indicator and its parts; ``None`` where its documents are lost."""
    own = {one.observation.subject: one.observation for one in standing.statements}
    subjects = [finding.indicator.id, *(f"{finding.indicator.id}/{one.id}" for one in finding.indicator.criterion)]
    return {
        subject: cast("Attestation | None", own[subject].value if own[subject].status is Status.OK else None)
        for subject in subjects
        if subject in own
    }


def _first_draft(office: Office, finding: Finding, claims: Mapping[str, Attestation | None], journal: Journal) -> Draft:
    """The form as it is first shown: what was said of the whole before, or nothing."""
    known = claims.get(finding.indicator.id)
    draft = Draft(finding.indicator.id, "", office.by)
    if known is None:
        return draft
    points = "" if known.points is None else f"{known.points:g}"
    said = next((one for one in journal.about(finding.indicator.id) if one.subject == finding.indicator.id), None)
    dates = {} if said is None else {name: day.partition(" @") for name, day in said.dates.items()}
    return replace(
        draft,
        claim=known.claim,
        by=office.by or known.by,
        points=points,
        note=known.note,
        dates={name: day for name, (day, _, _) in dates.items()},
        levels={name: level for name, (_, _, level) in dates.items()},
    )


def _draft(indicator: str, form: FormData) -> Draft:
    prefixed = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return Draft(
        indicator=indicator,
        claim=words(form, "claim"),
        by=words(form, "by"),
        criterion=words(form, "criterion"),
        points=words(form, "points"),
        on=words(form, "on"),
        valid_until=words(form, "valid_until"),
        note=words(form, "note"),
        dates={name[5:]: value for name, value in prefixed if name.startswith("date-")},
        levels={name[6:]: value for name, value in prefixed if name.startswith("level-")},
    )


def _taken(office: Office, draft: Draft, form: FormData) -> int:
    """Write the answer; the number of its entry."""
    standing, ledger = office.standing(), office.ledger()
    if not draft.claim:
        raise AnswerError(text("choose met, partly met or not met"))
    draft = _of_its_part(draft, standing)
    checked(draft, ledger.rubric, standing.today)
    parent = ledger.folder
    subject = f"{draft.indicator}/{draft.criterion}" if draft.criterion else draft.indicator
    there = {paper.sha256: paper.path for one in standing.statements for paper in one.documents
             if one.observation.subject == subject}  # fmt: skip
    kept: list[Kept] = [
        from_file(there[given], parent, draft.indicator)
        for given in form.getlist("keep")
        if isinstance(given, str) and given in there
    ]
    uploads = [one for one in form.getlist("documents") if isinstance(one, UploadFile) and one.filename]
    kept += [from_stream(one.file, one.filename or "", parent, draft.indicator) for one in uploads]
    entry = take(draft, tuple(kept), ledger, standing.today, through="desk", now=datetime.now(UTC))
    office.by = entry.by
    return entry.number


def _of_its_part(draft: Draft, standing: Standing) -> Draft:
    """Dates of parts that the claim is not about are not asked for, whatever the form held."""
    names = {one.id for one in asked(standing.assessment.rubric, draft.indicator, draft.criterion or None)}
    return replace(draft, dates={name: day for name, day in draft.dates.items() if name in names})


def _withdrawn(office: Office, subject: str, form: FormData) -> int:
    by = name_of(words(form, "by"))
    entry = office.ledger().withdraw(subject, by, note_of(words(form, "why")), through="desk", now=datetime.now(UTC))
    office.by = by
    return entry.number
