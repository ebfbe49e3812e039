"""Files that are handed out: documents that people put forward, by their hash, and the report's own style."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from auditor.desk.page import office_of
from reports.html import TEMPLATES

OWN_STYLE = Path(__file__).parents[1] / "static" / "desk.css"


def document(request: Request) -> Response:
    """A document of an attestation; always to be saved, never shown as a page of ours."""
    wanted = request.path_params["sha256"]
    for statement in office_of(request).standing().statements:
        for paper in statement.documents:
            if paper.sha256 == wanted:
                return FileResponse(paper.path, media_type="application/octet-stream", filename=paper.path.name)
    raise HTTPException(404)


def style(request: Request) -> Response:
    """The style of the report with what the desk adds to it."""
    del request
    content = "".join(
        path.read_text("utf-8") for path in (TEMPLATES / "style.css", TEMPLATES / "exhibits.css", OWN_STYLE)
    )
    return Response(content, media_type="text/css", headers={"cache-control": "private, max-age=60"})
