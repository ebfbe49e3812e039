"""docs/coverage.md is what reports.coverage makes of the rubric and the probes of today."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from probes.probe import all_probes
from reports.coverage import coverage
from rules.load import load_rubric

ROOT = Path(__file__).parents[2]
RUBRIC = load_rubric("jiangsu-2018")


def rows(page: str) -> dict[str, list[str]]:
    """The cells of each indicator's row, by its id."""
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in page.splitlines() if re.match(r"\| \d", line)]
    return {row[0].strip(): [cell.strip() for cell in row] for row in cells}


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage(RUBRIC, all_probes()), "run: make docs"


def test_every_indicator_has_its_row_with_its_points() -> None:
    found = rows(coverage(RUBRIC, {}))
    assert {id_: Decimal(row[2]) for id_, row in found.items()} == {one.id: one.points for one in RUBRIC.indicator}
    assert {len(row) for row in found.values()} == {7}


def test_the_opening_counts_indicators_and_points_by_class() -> None:
    opening = coverage(RUBRIC, {}).partition("## ")[0]
    assert "自动 4 项 6 分，部分自动 22 项 30.5 分，佐证 47 项 73.5 分" in opening
    assert "4 automated (6 points), 22 partly automated (30.5 points), 47 attested (73.5 points)" in opening


def test_a_kind_that_no_probe_yields_is_marked_as_planned() -> None:
    ports = all_probes()["ports"]
    assert rows(coverage(RUBRIC, {}))["1.1.1"][4] == "`port`（规划中 / planned）<br>`throughput`（规划中 / planned）"
    assert rows(coverage(RUBRIC, {"ports": ports}))["1.1.1"][4] == "`ports`<br>`throughput`（规划中 / planned）"
    both = {"ports": ports, "ports_by_ssh": replace(ports, name="ports_by_ssh")}
    assert rows(coverage(RUBRIC, both))["1.1.1"][4] == "`ports`, `ports_by_ssh`<br>`throughput`（规划中 / planned）"


def test_named_measures_count_hosts() -> None:
    assert rows(coverage(RUBRIC, {}))["1.2.1"][4] == "`host`（规划中 / planned）"


def test_what_only_people_know_is_measured_by_nothing() -> None:
    row = rows(coverage(RUBRIC, all_probes()))["6.3.1"]
    assert row[4] == "—"
    assert row[5].startswith("**由人佐证 / vouched for**<br>材料 / documents：")
    assert row[6] == "—"


def test_thresholds_are_shown_with_unit_ladder_and_basis() -> None:
    thresholds = rows(coverage(RUBRIC, {}))["4.2.1"][6].split("<br>")
    assert thresholds[1].endswith(
        "（1）：min, services (website): `website.newest_item_age_days`；"
        "≤ 30 days → 1，≤ 60 days → 0.5；建议值 / our proposal"
    )
