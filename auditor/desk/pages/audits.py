"""Start an audit, watch it, stop it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from auditor.attesting.errors import AnswerError
from auditor.desk.page import form_of, office_of, page, words
from auditor.desk.work import Run, Work
from auditor.plan import make_plan
from auditor.window import Window
from probes.probe import all_probes
from probes.text import text


def show(request: Request) -> Response:
    """The page, with everything the audit has said so far."""
    office = office_of(request)
    standing = office.standing()
    window = Window.of(standing.campus)
    plan = make_plan(standing.campus, all_probes(), only=(), night=window.night(standing.assessment.now))
    tasks: dict[str, int] = {}
    for task in plan.tasks:
        tasks[task.probe.name] = tasks.get(task.probe.name, 0) + 1
    return page(
        request,
        "audit.html.j2",
        standing=standing,
        run=office.work.run,
        tasks=tasks,
        minutes=round(plan.expected_s / 60, 1),
        mb=round(plan.expected_mb),
        zone=standing.campus.school.timezone,
    )


async def start(request: Request) -> Response:
    """Start; then the page shows it."""
    office = office_of(request)
    form = await form_of(request)
    known = set(all_probes())
    chosen = [one for one in form.getlist("probe") if isinstance(one, str)]
    if set(chosen) - known:
        raise AnswerError(text("there is no such probe"))
    if words(form, "which") == "some" and not chosen:
        raise AnswerError(text("choose at least one probe, or all of them"))
    standing = await run_in_threadpool(office.standing)
    probes = chosen if words(form, "which") == "some" else []
    await office.work.start(probes, Path(standing.campus.audit.bundles), night=words(form, "night") == "1")
    return RedirectResponse("/audit", 303)


async def stop(request: Request) -> Response:
    """As Ctrl-C: what was measured is kept."""
    await form_of(request)
    await office_of(request).work.stop()
    return RedirectResponse("/audit", 303)


async def events(request: Request) -> Response:
    """What the audit says, as server-sent events; ``Last-Event-ID`` or ``?after=`` goes on where a page left off."""
    given = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    after = int(given) if given.isdigit() else 0
    return StreamingResponse(
        _events(office_of(request).work, after), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _events(work: Work, after: int) -> AsyncIterator[str]:
    running = False
    async for run, lines in work.follow(after):
        running = run.is_running
        yield _event(run, lines)
    if not running:  # otherwise it is the desk that ends
        yield "event: over\ndata: {}\n\n"


def _event(run: Run, lines: list[str]) -> str:
    data = json.dumps({"lines": lines, "done": run.done, "total": run.total, "over": not run.is_running})
    return f"id: {run.count}\ndata: {data}\n\n"
