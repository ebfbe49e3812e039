"""Does the school's own site refuse harmless forms of attacks, while an ordinary request passes?"""

from __future__ import annotations

from probes.observation import Reason
from probes.safeguards.harmless import ATTACKS, attack_url, with_query
from probes.safeguards.settings import WafControl
from probes.safeguards.steps import Attempt, Step, Verdict, blocked, passed, undecided, visit_steps
from probes.safeguards.url_filter import CUT, not_open, opens
from probes.text import COMMA, SEMICOLON, Text, listed, text
from probes.transport.exchange import Answer, Request

# What web application firewalls answer with; 404 and 5xx may be the site itself.
REFUSALS = frozenset({403, 406, 418, 429, 444, 493})
_LOWEST_ERROR = 400


def steps(entry: WafControl) -> list[Step]:
    """What the test sends."""
    attacks = [step for _, request in _attacks(entry) for step in visit_steps(request)]
    planned = [*visit_steps(_neutral(entry), times=2), *attacks]
    return list(dict.fromkeys(planned))


def run(attempt: Attempt, entry: WafControl) -> Verdict:
    """Carry it out."""
    neutral = _neutral(entry)
    first = attempt.visit(neutral)
    if not opens(first, neutral, entry.block_text):
        return not_open(neutral, first)
    if first.status // 100 == 3:  # noqa: PLR2004  a redirect would be all that the attacks get, too
        why = text(
            "{url} leads on to {location}; name that address instead", url=entry.url, location=first.header("location")
        )
        return undecided(why, Reason.NOT_CONFIGURED)
    fates = [(name, _fate(answer, entry), answer) for name, answer in _asked(attempt, entry)]
    still = attempt.visit(neutral)
    if not opens(still, neutral, entry.block_text):
        # Blocking the asker altogether is a reaction, but it is also what an outage looks like.
        return not_open(neutral, still)
    seen = listed([text("{what}: {seen}", what=name, seen=answer.said) for name, _, answer in fates], SEMICOLON)
    through = [name for name, fate, _ in fates if fate is False]
    if through:
        return passed(text("passed: {attacks} ({seen})", attacks=listed(through, COMMA), seen=seen))
    if all(fate for _, fate, _ in fates):
        return blocked(seen)
    return undecided(text("some answers are neither a refusal nor the page: {seen}", seen=seen))


def _neutral(entry: WafControl) -> Request:
    return Request(with_query(entry.url, "campus-audit=ordinary"))


def _attacks(entry: WafControl) -> list[tuple[Text, Request]]:
    return [(name, Request(attack_url(entry.url, words))) for name, words in ATTACKS]


def _asked(attempt: Attempt, entry: WafControl) -> list[tuple[Text, Answer]]:
    return [(name, attempt.visit(request)) for name, request in _attacks(entry)]


def _fate(answer: Answer, entry: WafControl) -> bool | None:
    """Whether an attack was stopped; ``None`` where the answer does not tell."""
    if answer.fate in CUT and answer.delivered:
        return True
    if answer.fate != "answered":
        return None
    if answer.status in REFUSALS or (entry.block_text and entry.block_text in answer.words):
        return True
    return False if answer.status < _LOWEST_ERROR else None
