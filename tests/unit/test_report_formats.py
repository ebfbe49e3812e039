"""The other formats: valid by their standards, the same bytes for the same edition, and text stays text."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from probes.observation import Observation, Status
from reports import junit, openmetrics, oscal
from reports.edition import Edition
from reports.evidence_zip import archive, file_name
from reports.numbering import numbered
from reports.xlsx import workbook
from tests.editions import BACKWARDS, FORMULA, SCRIPT, believable, hostile
from tests.furnished import furnished

EDITIONS: dict[str, Callable[[], Edition]] = {
    "furnished": cache(furnished),
    "hostile": cache(hostile),
    "section": cache(lambda: furnished(section="信息安全")),
}
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def nothing(_: str) -> None:
    """A bundle without documents."""


FORMATS: dict[str, Callable[[Edition], bytes]] = {
    "xlsx": workbook,
    "zip": lambda edition: archive(edition, nothing),
    "oscal": lambda edition: json.dumps(oscal.document(edition), ensure_ascii=False).encode(),
    "junit": junit.document,
    "openmetrics": lambda edition: openmetrics.document(edition).encode(),
}


@pytest.fixture(scope="module")
def edition() -> Edition:
    return EDITIONS["furnished"]()


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_the_same_edition_gives_the_same_bytes(make: Callable[[Edition], bytes], edition: Edition) -> None:
    assert make(edition) == make(furnished())


@pytest.mark.parametrize("name", ["oscal", "junit", "openmetrics"])
def test_hostile_text_stays_text(name: str) -> None:
    words = FORMATS[name](EDITIONS["hostile"]()).decode()
    assert not HIDDEN.search(words)
    assert BACKWARDS not in words
    assert "⟨U+202E⟩gnp.exe" in words
    assert max(map(len, re.findall("长+", words)), default=0) < 400


# ---- JUnit


@pytest.mark.parametrize("make", EDITIONS.values(), ids=EDITIONS)
def test_junit_has_a_suite_for_each_category_and_a_case_for_each_indicator(make: Callable[[], Edition]) -> None:
    judged = make()
    root = ET.fromstring(junit.document(judged))
    suites = root.findall("testsuite")
    assert len(suites) == (1 if judged.section else 21)
    cases = root.findall(".//testcase")
    assert int(root.attrib["tests"]) == len(cases) == (4 if judged.section else 73)
    for counted, inside in (("failures", "failure"), ("skipped", "skipped")):
        assert int(root.attrib[counted]) == len(root.findall(f".//{inside}"))
        assert int(root.attrib[counted]) == sum(int(suite.attrib[counted]) for suite in suites)


def test_junit_says_what_failed_and_what_was_not_measured(edition: Edition) -> None:
    root = ET.fromstring(junit.document(edition))
    by_id = {case.attrib["name"].split()[0]: case for case in root.iter("testcase")}
    assert by_id["6.1.1"].find("failure").attrib["type"] == "not_met"  # type: ignore[union-attr]
    assert by_id["1.1.2"].find("failure").attrib["type"] == "conflict"  # type: ignore[union-attr]
    assert by_id["1.2.4"].find("skipped") is not None  # waived
    assert by_id["2.2.2"].find("skipped") is not None  # nobody looked
    assert [one.tag for one in by_id["1.1.6"]] == ["properties", "system-out"]
    points = {one.attrib["name"]: one.attrib["value"] for one in by_id["1.1.6"].iter("property")}
    assert points == {"proven": "1.0", "possible": "1.0", "points": "1.0"}


# ---- OpenMetrics


def samples(judged: Edition) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser", reason="prometheus_client is not installed")
    families = list(parser.text_string_to_metric_families(openmetrics.document(judged)))
    assert len({one.name for one in families}) == len(families)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


@pytest.mark.parametrize("make", EDITIONS.values(), ids=EDITIONS)
def test_openmetrics_is_what_a_scraper_can_read(make: Callable[[], Edition]) -> None:
    judged = make()
    found = samples(judged)
    proven = [value for (name, _), value in found.items() if name == "campus_auditor_indicator_proven_points"]
    assert len(proven) == (4 if judged.section else 73)
    assert round(sum(proven), 2) == round(found["campus_auditor_score_proven_points", ()], 2)


def test_openmetrics_gives_what_was_measured(edition: Edition) -> None:
    found = samples(edition)
    assert found["campus_auditor_throughput_down_mbps", (("subject", "uplink:main"),)] == 938.2
    licence = (("function", "antivirus"), ("subject", "fw-1"))
    assert found["campus_auditor_licence_left_days", licence] == -12
    assert found["campus_auditor_log_span_days", (("subject", "log:fw-nat"),)] == 41  # by content, not by the setting
    assert found["campus_auditor_audit_complete", ()] == 1
    assert found["campus_auditor_pass_line_points", ()] == 80


# ---- OSCAL


@pytest.mark.parametrize("make", EDITIONS.values(), ids=EDITIONS)
def test_oscal_is_valid_assessment_results(make: Callable[[], Edition]) -> None:
    models = pytest.importorskip("oscal_bindings.v1.models", reason="oscal-bindings is not installed")
    models.AssessmentResultsDocument.model_validate_json(json.dumps(oscal.document(make())))


def test_oscal_findings_lead_to_their_observations_and_those_to_the_raw_output(edition: Edition) -> None:
    results = oscal.document(edition)["assessment-results"]
    (result,) = results["results"]
    observations = {one["uuid"]: one for one in result["observations"]}
    resources = {one["uuid"] for one in results["back-matter"]["resources"]}
    assert results["import-ap"]["href"].removeprefix("#") in resources
    related = [
        one["observation-uuid"] for finding in result["findings"] for one in finding.get("related-observations", ())
    ]
    assert related
    assert set(related) == set(observations)
    links = [proof["href"] for one in observations.values() for proof in one.get("relevant-evidence", ())]
    assert links
    assert {link.removeprefix("#") for link in links} <= resources
    uuids = [*observations, *(one["uuid"] for one in result["findings"]), *resources, result["uuid"], results["uuid"]]
    assert len(set(uuids)) == len(uuids)


def test_oscal_never_calls_satisfied_what_is_not_met(edition: Edition) -> None:
    (result,) = oscal.document(edition)["assessment-results"]["results"]
    states = {one["target"]["target-id"]: one["target"]["status"]["state"] for one in result["findings"]}
    met = {
        f"i-{one.indicator.id}" for one in edition.assessment.findings if one.outcome.value in {"met", "not_applicable"}
    }
    assert {target for target, state in states.items() if state == "satisfied"} == met


# ---- the workbook


def opened(data: bytes) -> object:
    return pytest.importorskip("openpyxl").load_workbook(io.BytesIO(data))


def test_the_workbook_has_the_official_columns_in_their_order(edition: Edition) -> None:
    book = opened(workbook(edition))
    sheet = book.worksheets[0]  # type: ignore[attr-defined]
    heads = [cell.value for cell in sheet[2]]
    assert heads == ["一级指标", "二级指标", "三级指标", "权重", "自评分", "备注", "建议分", "最多", "结论", "证据"]
    ids = [cell.value.split()[0] for cell in sheet["C"][2:] if cell.value and re.match(r"\d+\.\d+\.\d+ ", cell.value)]
    assert ids == [one.id for one in edition.assessment.rubric.indicator]
    assert sheet.freeze_panes == "D3"
    assert sheet.print_title_rows == "$2:$2"
    assert sheet.page_setup.paperSize == 9  # A4


def test_the_reviewers_workbook_has_three_scores_side_by_side(edition: Edition) -> None:
    sheet = opened(workbook(edition, reviewer=True)).worksheets[0]  # type: ignore[attr-defined]
    heads = [cell.value for cell in sheet[2]]
    assert heads[3:8] == ["权重", "自评分", "审核分", "评估分", "备注"]
    rows = {str(row[2].value).split()[0]: row for row in sheet.iter_rows(min_row=3) if row[2].value}
    assert rows["5.1.2"][4].value == 1  # attested as met: that is what the school claims
    assert rows["4.1.1"][4].value == 1  # attested in part, with points
    assert rows["1.1.1"][4].value is None  # nobody claimed anything
    assert {rows["5.1.2"][5].value, rows["5.1.2"][6].value} == {None}


def test_only_our_own_sums_are_computed() -> None:
    book = opened(workbook(EDITIONS["hostile"]()))
    formulas = [
        cell.value
        for sheet in book.worksheets  # type: ignore[attr-defined]
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert formulas
    assert all(re.fullmatch(r"=SUM\([A-Z]\d+:[A-Z]\d+\)|=[A-Z]\d+(\+[A-Z]\d+)*", one) for one in formulas)
    words = "\n".join(
        str(cell.value)
        for sheet in book.worksheets  # type: ignore[attr-defined]
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
    )
    assert FORMULA in words
    assert SCRIPT in words
    assert not HIDDEN.search(words)


def test_text_that_looks_like_a_formula_is_marked_as_quoted() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from reports.sheets import put  # noqa: PLC0415

    sheet = openpyxl.Workbook().active
    for row, word in enumerate(("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", FORMULA), 1):
        cell = put(sheet, row, 1, word)
        assert cell.data_type == "s"
        assert cell.quotePrefix
    assert put(sheet, 9, 1, Decimal("0.5")).value == 0.5


# ---- the evidence zip


def test_evidence_lies_in_the_folder_of_its_indicator(edition: Edition) -> None:
    held: dict[str, bytes] = {hashlib.sha256(b"plan").hexdigest(): b"plan"}
    with zipfile.ZipFile(io.BytesIO(archive(edition, held.get))) as packed:
        names = packed.namelist()
        numbers = [one.number for one in numbered(edition)]
        assert numbers
        for number in numbers:
            assert f"{number.rpartition('-')[0]}/{number}.json" in names
        raw = [name for name in names if "-raw-" in name]
        assert raw
        for name in raw:
            assert (
                hashlib.sha256(packed.read(name)).hexdigest().startswith(name.rpartition("-")[2].removesuffix(".txt"))
            )
        plans = [name for name in names if name.endswith("智慧校园建设规划2026.pdf")]
        assert plans
        assert packed.read(plans[0]) == b"plan"
        sums = dict(reversed(line.split("  ")) for line in packed.read("SHA256SUMS").decode().splitlines())
        assert sums == {name: hashlib.sha256(packed.read(name)).hexdigest() for name in names if name != "SHA256SUMS"}
        assert len(set(names)) == len(names)


def test_the_list_of_evidence_names_every_file_and_computes_nothing() -> None:
    with zipfile.ZipFile(io.BytesIO(archive(EDITIONS["hostile"](), nothing))) as packed:
        rows = list(csv.reader(io.StringIO(packed.read("证据目录.csv").decode("utf-8-sig"))))
        names = set(packed.namelist())
        index = packed.read("index.html").decode()
    assert rows[0][0] == "编号"
    listed = {name for row in rows[1:] for name in row[-1].split(" ") if name}
    assert listed == names - {"SHA256SUMS", "index.html", "证据目录.csv", "自评表.xlsx"}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)
    assert SCRIPT not in index
    assert not HIDDEN.search(index)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\windows\\报告.pdf", "报告.pdf"),
        ("a" * 300 + ".docx", "a" * 60 + ".docx"),
        ("nul", "_nul"),
        ("", "document"),
        ("..", "document"),
        ("x\x00\n<y>.pdf", "x-U+0000-y-.pdf"),
        (BACKWARDS, "U+202E-gnp.exe"),
    ],
)
def test_no_name_of_a_document_leads_anywhere(given: str, safe: str) -> None:
    name = file_name(given)
    assert "/" not in name
    assert "\\" not in name
    assert name.lstrip("-") == safe


def test_every_number_belongs_to_one_piece_of_evidence(edition: Edition) -> None:
    found = list(numbered(edition))
    assert len({one.number for one in found}) == len(found)
    assert [one.number for one in found] == [one.number for one in numbered(furnished())]
    assert all(isinstance(one.observation, Observation) for one in found)
    assert {one.observation.status for one in found} <= set(Status)


def test_a_section_is_all_that_a_sections_files_hold() -> None:
    judged = believable(section="信息安全")
    assert {one.finding.indicator.category for one in numbered(judged)} == {"1.4"}
    sheet = opened(workbook(judged)).worksheets[0]  # type: ignore[attr-defined]
    ids = [str(cell.value).split()[0] for cell in sheet["C"][2:] if cell.value and str(cell.value)[:1].isdigit()]
    assert ids[:4] == ["1.4.1", "1.4.2", "1.4.3", "1.4.4"]
