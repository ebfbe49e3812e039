"""One page: the template with what every page needs, and the forms that come back, held to their token."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from auditor.attesting.documents import MOST
from auditor.desk.office import Office
from reports.edition import Language
from reports.wording import CLAIMS

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.datastructures import FormData

TEMPLATES = Path(__file__).with_name("templates")
LONGEST_FIELD = 32 * 1024


def office_of(request: Request) -> Office:
    """The desk that a request is put to."""
    return cast("Office", request.app.state.office)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page in the desk's language."""
    office = office_of(request)
    session = request.scope.get("state", {}).get("session", "")
    run = office.work.run
    content = (
        _environment(office.language)
        .get_template(template)
        .render(
            language=office.language,
            path=request.url.path,
            csrf=office.csrf(session),
            running=run is not None and run.is_running,
            claims_words=CLAIMS,
            **values,
        )
    )
    return HTMLResponse(content.encode("utf-8", "backslashreplace"), status_code=status)


async def form_of(request: Request) -> FormData:
    """What was posted, held to its token and its bounds; files lie on the disk, not in memory.

    Raises:
        HTTPException: it is not from one of our forms.
    """
    form = await request.form(max_files=MOST, max_fields=100, max_part_size=LONGEST_FIELD)
    session = request.scope.get("state", {}).get("session", "")
    given = form.get("csrf")
    if not isinstance(given, str) or not secrets.compare_digest(
        given.encode(), office_of(request).csrf(session).encode()
    ):
        await form.close()
        raise HTTPException(403)
    return form


def words(form: FormData, name: str) -> str:
    """A field's words; empty where there are none."""
    found = form.get(name)
    return found if isinstance(found, str) else ""


@cache
def _environment(language: Language) -> Environment:
    from jinja2 import ChoiceLoader, FileSystemLoader  # noqa: PLC0415  heavy

    from reports.html import TEMPLATES as REPORTS  # noqa: PLC0415
    from reports.html import environment  # noqa: PLC0415

    made = environment(language)
    made.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(REPORTS)])
    return made
