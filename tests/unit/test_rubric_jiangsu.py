"""The rubric that comes with the program, against the official document and the survey of its indicators."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from rules.lint import lint
from rules.rubric import Rubric

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT.parent / "shared" / "domain"
SURVEY = DOMAIN / "indicators.csv"
OFFICIAL = DOMAIN / "rubric-source.txt"

CONTENT = (ROOT / "rules" / "jiangsu-2018.toml").read_text(encoding="utf-8")
RUBRIC = Rubric.model_validate(tomllib.loads(CONTENT, parse_float=Decimal))

surveyed = pytest.mark.skipif(not SURVEY.is_file(), reason="the survey of the indicators is not beside the checkout")
documented = pytest.mark.skipif(not OFFICIAL.is_file(), reason="the official text is not beside the checkout")


def survey() -> list[dict[str, str]]:
    with SURVEY.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def bare(words: str) -> str:
    """Without blanks, and full-width signs as their half-width twins: how the document was typeset does not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", words))


def test_it_has_73_indicators_in_21_categories_for_110_points() -> None:
    assert (len(RUBRIC.indicator), len(RUBRIC.category), len(RUBRIC.section)) == (73, 21, 6)
    assert sum(one.points for one in RUBRIC.indicator) == RUBRIC.rubric.points == 110
    assert RUBRIC.rubric.pass_line == 80


def test_lint_finds_nothing() -> None:
    assert [(path, str(sentence)) for path, sentence in lint(RUBRIC)] == []


def test_four_indicators_are_measured_and_47_attested() -> None:
    assert Counter(one.kind for one in RUBRIC.indicator) == {"auto": 4, "partial": 22, "attest": 47}


@surveyed
def test_texts_weights_and_classes_are_those_of_the_survey() -> None:
    expected = [
        (row["id"], row["text_zh"], row["text_en"], Decimal(row["weight"]), row["class"].lower()) for row in survey()
    ]
    assert [(one.id, one.text, one.text_en, one.points, one.kind) for one in RUBRIC.indicator] == expected


@surveyed
def test_headings_are_those_of_the_survey() -> None:
    titles = {row["id"].rpartition(".")[0]: row["section"].split("/") for row in survey()}
    assert {one.id: one.title for one in RUBRIC.category} == {id_: titles[id_][1] for id_ in titles}
    assert {one.id: one.title for one in RUBRIC.section} == {id_[0]: title[0] for id_, title in titles.items()}


@documented
def test_every_text_stands_in_the_official_document() -> None:
    official = bare(OFFICIAL.read_text(encoding="utf-8"))
    assert [one.id for one in RUBRIC.indicator if bare(one.text) not in official] == []


@documented
def test_the_texts_stand_in_the_official_order() -> None:
    official = bare(OFFICIAL.read_text(encoding="utf-8"))
    at = 0
    for one in RUBRIC.indicator:
        found = official.find(bare(one.text), at)
        assert found >= 0, f"{one.id} does not follow its predecessor in the document"
        at = found + 1


def test_what_is_not_the_rubrics_own_text_is_marked_as_a_proposal() -> None:
    """Six months of logs (law) and 30 days of video (law) are the only thresholds from elsewhere that are not ours."""
    bases = {(one.id, part.id): part.basis for one in RUBRIC.indicator for part in one.criterion}
    assert {key for key, basis in bases.items() if basis == "law"} == {("1.4.2", "retention"), ("1.5.1", "video")}
    assert set(bases.values()) <= {"seed", "law", "standard", "proposal"}
