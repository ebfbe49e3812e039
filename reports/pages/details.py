"""Every indicator in detail: its criteria, the members behind them, what was said and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probes.kinds import Attestation
from probes.observation import Status
from reports.edition import Language
from reports.names import member_name
from reports.polish import Speaker, cut
from reports.wording import TRUTHS, label_of
from rules.assessment import Finding, Part, Truth, Verdict

ROWS_SHOWN = 200
"""Members shown of a criterion; the failing ones come first and the rest is counted."""
OPEN_UP_TO = 12
LINKS_SHOWN = 4
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member: what it is called, what decided, and the observations behind it."""

    name: str
    subject: str
    shown: str
    links: tuple[str, ...]
    conflict: bool


@dataclass(frozen=True, slots=True)
class MemberGroup:
    """The members that fail, that are unknown, or that pass; ``more`` of them are not shown."""

    truth: Truth
    title: str
    count: int
    rows: tuple[MemberRow, ...]
    more: int
    unfolded: bool


@dataclass(frozen=True, slots=True)
class PartView:
    """A criterion as it stands on the page."""

    part: Part
    label: str
    basis_why: str
    why: tuple[str, ...]
    waived: tuple[str, ...]
    groups: tuple[MemberGroup, ...]
    links: tuple[str, ...]
    more_links: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person vouched for, with the documents put forward."""

    claim: str
    by: str
    on: str
    note: str
    documents: tuple[tuple[str, str], ...]
    link: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """An indicator as it stands on the page; ``remark`` is the one sentence for the table."""

    finding: Finding
    text: str
    evidence: str
    remark: str
    remarks: tuple[str, ...]
    parts: tuple[PartView, ...]
    statement: Statement | None
    need: str


def finding_view(finding: Finding, language: Language, speaker: Speaker) -> FindingView:
    """Gather what the page says of a finding."""
    indicator = finding.indicator
    said = speaker.reasons(finding)
    return FindingView(
        finding,
        label_of(indicator, language),
        indicator.evidence if language == "zh" else indicator.evidence_en,
        said[0] if said else "",
        tuple(speaker.sentence(finding, one) for one in finding.why),
        tuple(_part(finding, part, language, speaker) for part in finding.parts),
        _statement(finding),
        "" if finding.next is None else speaker.sentence(finding, finding.next.need),
    )


def _part(finding: Finding, part: Part, language: Language, speaker: Speaker) -> PartView:
    criterion = part.criterion
    tabled = part.verdicts if len(part.verdicts) > 1 else ()
    attested = finding.attestation.id if finding.attestation else None
    links = () if tabled else tuple(one for one in part.observations if one != attested)
    return PartView(
        part,
        label_of(criterion, language),
        criterion.why if language == "zh" else criterion.why_en,
        speaker.part_reasons(finding, part),
        tuple(speaker.plain(one) for one in part.waived),
        _member_groups(finding, tabled, speaker),
        links[: 2 * LINKS_SHOWN],
        max(0, len(links) - 2 * LINKS_SHOWN),
    )


def _member_groups(finding: Finding, verdicts: Sequence[Verdict], speaker: Speaker) -> tuple[MemberGroup, ...]:
    """Failing, unknown, passing; together no more rows than a page can bear."""
    left, found = ROWS_SHOWN, []
    for truth in (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE):
        alike = sorted((one for one in verdicts if one.truth is truth), key=lambda one: not one.conflict)
        if not alike:
            continue
        rows = tuple(_row(finding, one, speaker) for one in alike[:left])
        left -= len(rows)
        unfolded = truth is not Truth.TRUE and len(alike) <= OPEN_UP_TO
        title = speaker.plain(TRUTHS[truth])
        found.append(MemberGroup(truth, title, len(alike), rows, len(alike) - len(rows), unfolded))
    return tuple(found)


def _row(finding: Finding, verdict: Verdict, speaker: Speaker) -> MemberRow:
    return MemberRow(
        cut(speaker.plain(member_name(verdict.member, verdict.label)), LONGEST_NAME),
        cut(verdict.member, LONGEST_NAME),
        speaker.sentence(finding, verdict.shown),
        verdict.observations[:LINKS_SHOWN],
        verdict.conflict,
    )


def _statement(finding: Finding) -> Statement | None:
    one = finding.attestation
    if one is None or one.status is not Status.OK or not isinstance(one.value, Attestation):
        return None
    claim = one.value
    documents = tuple((cut(document.name, LONGEST_NAME), document.sha256[:12]) for document in claim.documents)
    return Statement(claim.claim, cut(claim.by, LONGEST_NAME), str(claim.on), claim.note[:400], documents, one.id)
