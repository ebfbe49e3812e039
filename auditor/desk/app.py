"""The desk's pages and what they can do, as one application."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from auditor.desk.office import Office
from auditor.desk.page import page
from auditor.desk.pages import audits, journal, overview, papers, reports
from auditor.desk.pages import indicator as indicators
from probes.errors import AuditorError
from probes.text import text

STATIC = Path(__file__).with_name("static")


def application(office: Office) -> Starlette:
    """The application behind the door."""
    app = Starlette(
        routes=[
            Route("/", overview.show),
            Route("/i/{id}", indicators.show),
            Route("/i/{id}/attest", indicators.attest, methods=["POST"]),
            Route("/i/{id}/withdraw", indicators.withdraw, methods=["POST"]),
            Route("/document/{sha256}", papers.document),
            Route("/audit", audits.show),
            Route("/audit/start", audits.start, methods=["POST"]),
            Route("/audit/stop", audits.stop, methods=["POST"]),
            Route("/audit/events", audits.events),
            Route("/reports", reports.show),
            Route("/reports/{bundle}/{format}", reports.made),
            Route("/diff", reports.diff),
            Route("/journal", journal.show),
            Route("/style.css", papers.style),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        exception_handlers={AuditorError: _sorry, HTTPException: _not_here},
    )
    app.router.redirect_slashes = False
    app.state.office = office
    return app


def _sorry(request: Request, error: Exception) -> Response:
    """What a person can put right, in its one sentence."""
    assert isinstance(error, AuditorError)
    return page(request, "sorry.html.j2", status=422, sentence=error.text)


def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = text("There is no such page.") if error.status_code == 404 else text("This is not done here.")  # noqa: PLR2004
    return page(request, "sorry.html.j2", status=error.status_code, sentence=sentence)
