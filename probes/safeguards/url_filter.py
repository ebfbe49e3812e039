"""Does the web filter stop its test domain? Told apart from a site that is merely down.

Stopped is: a sinkhole's address instead of the name's; a name denied here that other resolvers know; a block page
(403, 451, its words, or the page's own words missing); a redirect to the filter; a connection cut off after the
request, twice. Every one of these counts only while an ordinary page opens. A refused connection, silence or a name
that nobody knows decides nothing.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from probes.observation import Reason
from probes.safeguards.settings import UrlFilterControl
from probes.safeguards.steps import (
    Attempt,
    Lookup,
    Step,
    Verdict,
    blocked,
    host_and_port,
    needs_lookup,
    passed,
    undecided,
    visit_steps,
)
from probes.text import Text, text
from probes.transport.exchange import TOO_LONG, Answer, Request
from probes.wayout.names import NoNameError

REFUSALS = frozenset({403, 451})
CUT = frozenset({"reset", "closed"})
_LOWEST_ERROR = 400
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Words that block pages use; a page with them whose own words are not known decides nothing.
_SUSPICIOUS = (
    "拦截",
    "阻止访问",
    "禁止访问",
    "访问被拒绝",
    "已被屏蔽",
    "access denied",
    "has been blocked",
    "url filter",
)


def steps(entry: UrlFilterControl) -> list[Step]:
    """What the test sends."""
    neutral, test = _requests(entry)
    servers = _servers(entry)
    planned = [
        *visit_steps(neutral, servers, times=2),
        *visit_steps(test, servers, times=2),
    ]
    reference = tuple(str(one) for one in entry.reference_resolvers)
    if reference and needs_lookup(test.host) and test.proxy is None:
        planned.append(Step(Lookup(test.host, reference), 1, "the name is denied here"))
    return planned


def run(attempt: Attempt, entry: UrlFilterControl) -> Verdict:
    """Carry it out."""
    neutral, test = _requests(entry)
    servers = _servers(entry)
    first = attempt.visit(neutral, servers)
    if not opens(first, neutral, entry.block_text):
        return not_open(neutral, first)
    if test.proxy is None and needs_lookup(test.host):
        by_name = _by_name(attempt, entry, test, servers, first)
        if by_name is not None:
            return by_name
    answer = attempt.visit(test, servers)
    if was_cut(answer):
        again = attempt.visit(test, servers)
        still = attempt.visit(neutral, servers)
        if was_cut(again) and opens(still, neutral, entry.block_text):
            return blocked(
                text("{name}: connection cut off after the request, twice ({seen})", name=test.host, seen=again.said)
            )
        return undecided(
            text("the test page was cut off, but not reliably: {first}; {second}", first=answer.said, second=again.said)
        )
    return _of_page(answer, test, entry, first)


def opens(answer: Answer, request: Request, block_text: str | None) -> bool:
    """Whether an ordinary page opened: a whole page, or a redirect within its own site."""
    if answer.fate != "answered" or (block_text and block_text in answer.words):
        return False
    if answer.status in _REDIRECTS:
        return _same_site(urlsplit(answer.header("location")).hostname, request.host)
    whole = answer.complete or answer.broken_by == TOO_LONG
    return answer.status < _LOWEST_ERROR and whole


def was_cut(answer: Answer) -> bool:
    """Whether a connection that stood was broken off without an answer; filters of HTTPS do so at its first words."""
    return answer.fate in CUT and answer.connected


def not_open(request: Request, answer: Answer) -> Verdict:
    """The verdict where the neutral page failed."""
    why = text("the neutral page {url} did not open ({seen}), so nothing follows", url=request.url, seen=answer.said)
    return undecided(why, Reason.NO_ANSWER)


def _requests(entry: UrlFilterControl) -> tuple[Request, Request]:
    proxy = host_and_port(entry.proxy) if entry.proxy else None
    return Request(entry.neutral_url, proxy=proxy), Request(entry.url, proxy=proxy)


def _servers(entry: UrlFilterControl) -> tuple[str, ...]:
    return tuple(str(one) for one in entry.resolvers)


def _by_name(
    attempt: Attempt, entry: UrlFilterControl, test: Request, servers: tuple[str, ...], neutral: Answer
) -> Verdict | None:
    """What the name's own answer says; ``None`` where it says nothing and the page has to be asked for."""
    try:
        found = attempt.look_up(Lookup(test.host, servers))
    except NoNameError as error:
        return _denied(attempt, entry, test, error)
    sinkholes = {str(one) for one in entry.sinkholes}
    caught = [one for one in found if one in sinkholes or _is_nowhere(one, neutral)]
    if caught and len(caught) == len(found):
        return blocked(text("DNS: {name} has the address {addresses} here", name=test.host, addresses=", ".join(found)))
    return None


def _leads_inside(address: str, neutral: Answer) -> bool:
    """Whether a page came from an inside address although ordinary pages stand outside."""
    outside = neutral.remote is not None and ip_address(neutral.remote[0]).is_global
    return outside and not ip_address(address).is_global


def _denied(attempt: Attempt, entry: UrlFilterControl, test: Request, error: NoNameError) -> Verdict:
    reference = tuple(str(one) for one in entry.reference_resolvers)
    if error.code == "dns":
        why = text("the name servers gave no answer for {name}: {detail}", name=test.host, detail=error.detail)
        return undecided(why, Reason.NO_ANSWER)
    if not reference:
        why = text(
            "{name} has no address here; whether it has one elsewhere is not known. Name reference_resolvers outside "
            "the filter, or another test page",
            name=test.host,
        )
        return undecided(why, Reason.NAME_NOT_FOUND)
    try:
        elsewhere = attempt.look_up(Lookup(test.host, reference))
    except NoNameError as other:
        why = text("{name} has no address here nor elsewhere ({detail})", name=test.host, detail=other.detail)
        return undecided(why, Reason.NAME_NOT_FOUND)
    return blocked(
        text("DNS: {name} is denied here, elsewhere it has {addresses}", name=test.host, addresses=", ".join(elsewhere))
    )


def _is_nowhere(address: str, neutral: Answer) -> bool:
    """Whether no site can stand there: 0.0.0.0, or this computer itself while ordinary pages stand elsewhere."""
    here = ip_address(address)
    neutral_is_here = neutral.remote is not None and ip_address(neutral.remote[0]).is_loopback
    return here.is_unspecified or (here.is_loopback and not neutral_is_here)


def _of_page(answer: Answer, test: Request, entry: UrlFilterControl, neutral: Answer) -> Verdict:
    if answer.fate != "answered":
        why = text("the test page gave no answer ({seen}): a filter, or only a site that is down", seen=answer.said)
        return undecided(why, Reason.NO_ANSWER)
    words, seen = answer.words, text("{what}: {seen}", what=test.host, seen=answer.said)
    if answer.status in REFUSALS or (entry.block_text and entry.block_text in words):
        return blocked(seen)
    if answer.status in _REDIRECTS:
        return _of_redirect(answer, test, entry, seen)
    if answer.status >= _LOWEST_ERROR or not answer.complete:
        return undecided(text("the test page answered neither itself nor a block page: {seen}", seen=seen))
    return _of_words(answer, entry, seen, neutral)


def _of_words(answer: Answer, entry: UrlFilterControl, seen: Text, neutral: Answer) -> Verdict:
    """Of a page that came with a good status: is it the test page itself?"""
    words = answer.words
    if answer.remote is not None and _leads_inside(answer.remote[0], neutral):
        why = text(
            "{name} leads to {address}, an inside address; if that is the filter's, name it in sinkholes ({seen})",
            name=urlsplit(entry.url).hostname,
            address=answer.remote[0],
            seen=seen,
        )
        return undecided(why)
    if entry.expected_text:
        return (
            passed(seen)
            if entry.expected_text in words
            else blocked(text("{seen}, without the page's own words", seen=seen))
        )
    if any(one in words.lower() for one in _SUSPICIOUS):
        why = text("the answer may be a block page; name its words as block_text in the inventory ({seen})", seen=seen)
        return undecided(why)
    return passed(seen)


def _of_redirect(answer: Answer, test: Request, entry: UrlFilterControl, seen: Text) -> Verdict:
    location = answer.header("location")
    host = urlsplit(location).hostname
    if _same_site(host, test.host):
        return passed(seen)
    inside = host is not None and not needs_lookup(host) and (ip_address(host).is_private or host in _sinks(entry))
    if inside or (entry.block_text and entry.block_text in location):
        return blocked(seen)
    return undecided(text("the test page leads elsewhere; name the filter's page as block_text ({seen})", seen=seen))


def _sinks(entry: UrlFilterControl) -> set[str]:
    return {str(one) for one in entry.sinkholes}


def _same_site(host: str | None, own: str) -> bool:
    """Whether a redirect stays within a site; one without a host does."""
    if host is None:
        return True
    bare, other = host.removeprefix("www."), own.removeprefix("www.")
    return bare == other or bare.endswith("." + other)
