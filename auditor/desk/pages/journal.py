"""Who said what and when: the whole journal, and whether it is as it was written."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from auditor.attesting.listing import ACTS, THROUGH
from auditor.desk.page import office_of, page

SHOWN = 500


def show(request: Request) -> Response:
    """The newest entries first."""
    office = office_of(request)
    standing, journal = office.standing(), office.ledger().journal()
    return page(
        request,
        "journal.html.j2",
        standing=standing,
        entries=journal.entries[::-1][:SHOWN],
        more=max(0, len(journal.entries) - SHOWN),
        problems=journal.problems,
        acts=ACTS,
        through=THROUGH,
        zone=standing.campus.school.timezone,
    )
