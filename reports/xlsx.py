"""The 自评表 as a workbook: the official columns to be filled in, sums as formulas, and the list of the evidence.

Device text stays text: every cell that is not a number or one of our formulas is stored as a string and marked to be
quoted, so that ``=cmd|…`` is never computed, also after somebody saves the sheet as CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from probes.text import text
from reports.archive import repacked
from reports.edition import Edition
from reports.language import say
from reports.names import KINDS, subject_names
from reports.numbering import numbered
from reports.pages.evidence import found_in_words
from reports.pages.front import Group, groups
from reports.polish import Speaker, cut
from reports.scope import claimed_points, findings_of, sum_up
from reports.sheets import Column, dress, listed, put
from reports.visible import visible
from reports.wording import METHODS, OUTCOMES, label_of, stamp
from rules.assessment import Finding, Outcome

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST_REMARK = 240
EVIDENCE_SHOWN = 20_000
SHORT_HASH = 16


# The order of 江苏省中小学智慧校园申报自评表; what is ours stands behind it.
OFFICIAL = (
    Column(text("Level 1"), 10),
    Column(text("Level 2"), 12),
    Column(text("Level 3: indicator"), 42),
    Column(text("Weight"), 7, scored=True),
    Column(text("Self-assessed"), 9, scored=True),
)
REVIEWED = (Column(text("Reviewed"), 9, scored=True), Column(text("Assessed"), 9, scored=True))
OURS = (
    Column(text("Remarks"), 44),
    Column(text("Suggested score"), 9, scored=True),
    Column(text("At most"), 9, scored=True),
    Column(text("State"), 10),
    Column(text("Evidence"), 20),
)


def workbook(edition: Edition, *, reviewer: bool = False) -> bytes:
    """The workbook as a file.

    Args:
        edition: what was judged; a section limits the sheets to it.
        reviewer: with the columns of the county's review and the city's assessment beside the self-assessment.
    """
    from openpyxl import Workbook as New  # noqa: PLC0415  only where a workbook is asked for

    book = New()
    language = edition.language
    first = book.active
    assert first is not None
    first.title = say(text("Self-assessment"), language)
    _assessment(first, edition, (*OFFICIAL, *(REVIEWED if reviewer else ()), *OURS))
    _evidence(book.create_sheet(say(text("List of evidence"), language)), edition)
    _about(book.create_sheet(say(text("About"), language)), edition)
    book.properties.title = visible(cut(edition.assessment.campus.school.name, 100))
    book.properties.creator = f"campus-auditor {edition.version}"
    return _saved(book, edition)


def _saved(book: Workbook, edition: Edition) -> bytes:
    file = BytesIO()
    book.save(file)
    return repacked(file.getvalue(), edition.assessment.now)


def _assessment(sheet: Worksheet, edition: Edition, columns: Sequence[Column]) -> None:
    _heads(sheet, edition, [say(one.title, edition.language) for one in columns])
    row, subtotals = 3, []
    evidence = _numbers(edition)
    for group in groups(edition):
        first = row
        for finding in group.findings:
            cells = _cells(edition, group, finding, evidence.get(finding.indicator.id, ""))
            for column, one in enumerate(columns, 1):
                if cells.get(one.title.template, "") != "":
                    put(sheet, row, column, cells[one.title.template])
            row += 1
        for column in (1, 2):
            sheet.merge_cells(start_row=first, end_row=row - 1, start_column=column, end_column=column)
        label = say(text("Sum of {id}", id=group.category.id), edition.language)
        _sum_row(sheet, row, label, columns, _sum_of(first, row - 1))
        subtotals.append(row)
        row += 1
    total = say(text("Sum"), edition.language)
    _sum_row(sheet, row, total, columns, lambda letter: "=" + "+".join(f"{letter}{n}" for n in subtotals))
    _exempt(sheet, row + 1, edition, columns)
    dress(sheet, columns, row)


def _heads(sheet: Worksheet, edition: Edition, titles: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    school = edition.assessment.campus.school.name
    part = "" if edition.section is None else f" · {edition.section.id} {label_of(edition.section, edition.language)}"
    head = put(sheet, 1, 1, f"{cut(school, 120)} · {_rubric_title(edition)}{part}")
    head.font, head.alignment = Font(bold=True, size=14), Alignment(horizontal="center", vertical="center")
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(titles))
    for column, title in enumerate(titles, 1):
        put(sheet, 2, column, title)


def _rubric_title(edition: Edition) -> str:
    header = edition.assessment.rubric.rubric
    return header.title if edition.language == "zh" else header.title_en


def _sum_of(first: int, last: int) -> Callable[[str], str]:
    return lambda letter: f"=SUM({letter}{first}:{letter}{last})"


def _cells(edition: Edition, group: Group, finding: Finding, evidence: str) -> dict[str, object]:
    """What stands in a row, by the English title of the column."""
    language, indicator = edition.language, finding.indicator
    applies = finding.outcome is not Outcome.NOT_APPLICABLE
    claimed = claimed_points(finding)
    return {
        "Level 1": f"{group.section.id} {label_of(group.section, language)}",
        "Level 2": f"{group.category.id} {label_of(group.category, language)}",
        "Level 3: indicator": f"{indicator.id} {label_of(indicator, language)}",
        "Weight": indicator.points,
        "Self-assessed": "" if claimed is None else claimed,
        "Remarks": cut(" ".join(Speaker(language, 90).reasons(finding)), LONGEST_REMARK),
        "Suggested score": finding.points.low if applies else "",
        "At most": finding.points.high if applies else "",
        "State": say(OUTCOMES[finding.outcome], language),
        "Evidence": evidence,
    }


def _sum_row(sheet: Worksheet, row: int, label: str, columns: Sequence[Column], formula: Callable[[str], str]) -> None:
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    put(sheet, row, 3, label)
    for column, one in enumerate(columns, 1):
        cell = sheet.cell(row=row, column=column)
        if one.scored:
            cell.value = formula(get_column_letter(column))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="EEF2F6")


def _exempt(sheet: Worksheet, row: int, edition: Edition, columns: Sequence[Column]) -> None:
    sums = sum_up(findings_of(edition))
    if not sums.exempt:
        return
    sentence = text("{points} points do not apply; the total is {total}", points=sums.exempt, total=sums.total)
    put(sheet, row, 3, say(sentence, edition.language))
    sheet.merge_cells(start_row=row, end_row=row, start_column=3, end_column=len(columns))


def _numbers(edition: Edition) -> dict[str, str]:
    """For each indicator its evidence numbers, as a range."""
    found: dict[str, list[str]] = {}
    for one in numbered(edition):
        found.setdefault(one.finding.indicator.id, []).append(one.number)
    return {id_: several[0] if len(several) == 1 else f"{several[0]} … {several[-1]}" for id_, several in found.items()}


def _evidence(sheet: Worksheet, edition: Edition) -> None:
    language, zone = edition.language, edition.assessment.campus.school.timezone
    names = subject_names(edition.assessment.campus)
    titles = [text("No."), text("Indicator"), text("Kind"), text("What"), text("Found"), text("When"), text("How")]
    titles += [text("Observation"), text("Raw output (SHA-256)")]
    rows = [[say(one, language) for one in titles]]
    for one in list(numbered(edition))[:EVIDENCE_SHOWN]:
        seen = one.observation
        rows.append(
            [
                one.number,
                one.finding.indicator.id,
                say(KINDS[seen.kind], language),
                f"{names.get(seen.subject, '')} {seen.subject}".strip(),
                " · ".join(f"{name} {words}" for name, words in found_in_words(edition, seen)),
                stamp(seen.taken_at, zone),
                f"{say(METHODS[seen.method], language)} · {seen.probe}",
                seen.id,
                " ".join(digest[:SHORT_HASH] for digest in seen.raw),
            ]
        )
    listed(sheet, rows, (12, 9, 14, 28, 60, 20, 18, 18, 20))


def _about(sheet: Worksheet, edition: Edition) -> None:
    listed(sheet, [[say(text("What"), edition.language), ""], *_facts(edition)], (24, 80))


def _facts(edition: Edition) -> Iterator[list[str]]:
    language, zone = edition.language, edition.assessment.campus.school.timezone
    rubric = edition.assessment.rubric
    marking = text("Edition for publication") if edition.redacted else text("Internal document")
    for name, value in (
        (text("Marking"), say(marking, language)),
        (text("School"), edition.assessment.campus.school.name),
        (text("Audited"), stamp(edition.started_at, zone)),
        (text("Judged"), stamp(edition.assessment.now, zone)),
        (text("Rubric"), f"{rubric.rubric.id} {rubric.sha256}"),
        (text("Bundle"), edition.audit_id),
        (
            text("Suggested score"),
            say(text("what is proven; what to claim is for the school to decide"), language),
        ),
        (text("Self-assessed"), say(text("empty, or what an attestation of the whole indicator claims"), language)),
    ):
        yield [say(name, language), value]
