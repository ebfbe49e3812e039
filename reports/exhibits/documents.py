"""Documents that people put forward, with the day on which each stops counting; and what was waived."""

from __future__ import annotations

from datetime import date

from probes.kinds import Attestation
from probes.observation import Observation
from probes.text import text
from reports.exhibits.exhibit import LONGEST_NAME, Exhibit, Grid, Material, Row, limited
from reports.polish import cut
from reports.wording import CLAIMS, label_of
from rules.calendar import local_day, months_after
from rules.rubric import Heading, Indicator

SHORT_HASH = 12
SOON_DAYS = 60


def documents(material: Material, category: Heading) -> Exhibit | None:
    """The documents behind a category's indicators, also of those that nobody has vouched for yet."""
    indicators = [one for one in material.edition.assessment.rubric.indicator if one.category == category.id]
    latest = _newest(material)
    rows = []
    for indicator in indicators:
        if all(criterion.by == "measured" and not criterion.confirm for criterion in indicator.criterion):
            continue
        own = [one for subject, one in latest.items() if subject.partition("/")[0] == indicator.id]
        rows += [_row(material, indicator, one) for one in own] or [_nothing(material, indicator)]
    if not rows:
        return None
    shown, more = limited(rows)
    names = text("Indicator"), text("Documents"), text("claim"), text("By and on"), text("Valid until")
    return Exhibit(
        f"documents-{category.id.replace('.', '-')}",
        material.say(text("Documents and how long they count")),
        (),
        grid=Grid(tuple(material.say(one) for one in names), shown, more),
    )


def _newest(material: Material) -> dict[str, Observation]:
    """By subject the attestation that was made last."""
    newest: dict[str, Observation] = {}
    for one in material.by_kind.get("attestation", ()):
        earlier = newest.get(one.subject)
        if earlier is None or _made_on(one) >= _made_on(earlier):
            newest[one.subject] = one
    return newest


def _made_on(one: Observation) -> date:
    return one.value.on if isinstance(one.value, Attestation) else date.min


def valid_until(claim: Attestation, indicator: Indicator, months: int) -> date:
    """The last day on which a claim counts: its own, or as many months as the rubric lets it."""
    return claim.valid_until or months_after(claim.on, indicator.valid_months or months)


def _row(material: Material, indicator: Indicator, one: Observation) -> Row:
    say, name = material.say, _label(material, indicator)
    claim = one.value
    if not isinstance(claim, Attestation):
        return Row((name, material.failure(one), "–", "–", "–"), (one.id,), "doubt")
    rubric, campus = material.edition.assessment.rubric.rubric, material.campus
    end = valid_until(claim, indicator, rubric.attestation_valid_months)
    left = (end - local_day(material.edition.assessment.now, campus.school.timezone)).days
    ends = text("{day}, expired", day=str(end)) if left < 0 else text("{day}, in {n} days", day=str(end), n=left)
    papers = " · ".join(f"{cut(paper.name, LONGEST_NAME)} {paper.sha256[:SHORT_HASH]}" for paper in claim.documents)
    cells = (
        name,
        papers or say(text("no document")),
        say(CLAIMS[claim.claim]),
        f"{cut(claim.by, LONGEST_NAME)} {claim.on}",
        say(ends if left <= SOON_DAYS else text("{day}", day=str(end))),
    )
    return Row(cells, (one.id,), "bad" if left < 0 or not papers else "doubt" if left <= SOON_DAYS else "")


def _nothing(material: Material, indicator: Indicator) -> Row:
    return Row((_label(material, indicator), material.say(text("nothing put forward yet")), "–", "–", "–"), (), "doubt")


def _label(material: Material, indicator: Indicator) -> str:
    return f"{indicator.id} {cut(label_of(indicator, material.edition.language), LONGEST_NAME)}"
