"""The desk's pages and what they can do, as one application."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from auditor.attesting.documents import MOST
from auditor.desk.office import Office
from auditor.desk.page import LONGEST_FIELD, page
from auditor.desk.pages import audits, journal, overview, papers, reports
from auditor.desk.pages import indicator as indicators
from probes.errors import AuditorError
from probes.text import text

_WORDS = MappingProxyType(
    {
        400: text(
            "What was sent is no form, or more than is taken: {n} files, and {kb} KB in one field.",
            n=MOST,
            kb=LONGEST_FIELD // 1024,
        ),
        403: text("The form is not from this desk, or from before it was opened; load the page again."),
        404: text("There is no such page."),
    }
)
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
        exception_handlers={AuditorError: _sorry, HTTPException: _not_here, 500: _fault},
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
    sentence = _WORDS.get(error.status_code, text("This is not done here."))
    return page(request, "sorry.html.j2", status=error.status_code, sentence=sentence)


def _fault(request: Request, error: Exception) -> Response:
    """A mistake of ours: the page says so, and the desk's window where it is."""
    del error
    sentence = text("This is a mistake of the program, not of yours; please report what the desk's window says.")
    return page(request, "sorry.html.j2", status=500, sentence=sentence)
