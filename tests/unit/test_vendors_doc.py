"""docs/vendors.md is what reports.vendors makes of the dialects of today, and claims nothing that is not there."""

from __future__ import annotations

from pathlib import Path

from probes.dialect import load_dialects
from reports.vendors import vendors

PAGE = Path(__file__).parents[2] / "docs" / "vendors.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == vendors(load_dialects()), "run: make docs"


def test_every_object_and_command_of_every_dialect_stands_there_once_for_each_reading() -> None:
    page = vendors(load_dialects())
    lines = [line for line in page.splitlines() if line.startswith("| ") and ("| SNMP |" in line or "| SSH |" in line)]
    extended = [one for one in load_dialects().values() if one.extends]
    taken = sum(
        len(load_dialects()[one.extends].snmp) + len(load_dialects()[one.extends].command)
        for one in extended
        if one.extends
    )
    assert len(lines) == sum(len(one.snmp) + len(one.command) for one in load_dialects().values()) - taken
    for dialect in load_dialects().values():
        for reading in dialect.snmp:
            assert all(f"`{oid}`" in page for oid in (*reading.get.values(), *reading.columns.values()))


def test_a_reading_without_confirmation_says_so() -> None:
    section = vendors(load_dialects()).partition("## topsec")[2].partition("\n## ")[0]
    route = next(line for line in section.splitlines() if "network route show" in line)
    assert route.endswith("| — |")
