"""Is a client that has not logged in held by the portal? As phones find out: by pages that answer 204 and nothing else.

Held is: another answer than 204 in its place, at least once, while none of the pages answers 204. No answer at all
decides nothing, and neither 802.1X nor a cut cable can be told by this.
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from probes.observation import Reason
from probes.safeguards.settings import PortalControl
from probes.safeguards.steps import Attempt, Step, Verdict, blocked, passed, undecided, visit_steps
from probes.text import SEMICOLON, listed, text
from probes.transport.exchange import Answer, Request

_NO_CONTENT = 204
_LOGIN_REQUIRED = 511  # RFC 6585, 6
_LOWEST_ERROR = 400


def steps(entry: PortalControl) -> list[Step]:
    """What the test sends."""
    return list(dict.fromkeys(step for request in _requests(entry) for step in visit_steps(request)))


def run(attempt: Attempt, entry: PortalControl) -> Verdict:
    """Carry it out."""
    answers = [(request, attempt.visit(request)) for request in _requests(entry)]
    seen = listed(
        [text("{what}: {seen}", what=request.host, seen=answer.said) for request, answer in answers], SEMICOLON
    )
    if any(answer.fate == "answered" and answer.status == _NO_CONTENT for _, answer in answers):
        return passed(seen)
    if any(_holds(answer, request) for request, answer in answers):
        return blocked(seen)
    return undecided(text("none of the pages gave an answer that tells anything: {seen}", seen=seen), Reason.NO_ANSWER)


def _requests(entry: PortalControl) -> list[Request]:
    source = str(entry.from_address) if entry.from_address else None
    return [Request(url, from_address=source) for url in entry.urls]


def _holds(answer: Answer, request: Request) -> bool:
    """Whether somebody answered in the page's place: with a login page, or the way to one."""
    if answer.fate != "answered":
        return False
    if answer.status == _LOGIN_REQUIRED:
        return True
    if answer.status // 100 == 3:  # noqa: PLR2004  a redirect
        return _leads_away(request.url, answer.header("location"))
    return answer.status < _LOWEST_ERROR and bool(answer.body)


def _leads_away(url: str, location: str) -> bool:
    """Whether a redirect leads to another page than the same one over HTTPS, as sites do that allow nothing else.

    >>> _leads_away("http://a.example/generate_204", "https://a.example/generate_204")
    False
    """
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:
        return False
    return bool(location) and (there.hostname, there.path) != (here.hostname, here.path)
