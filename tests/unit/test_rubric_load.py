"""Loading rubrics: the one that comes with the program, and every way in which one can be wrong."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from rules.load import NoRubricError, RubricError, load_rubric, parse_rubric, rubric_names, rubric_source

HEAD = """
[rubric]
id = "small"
title = "小"
title_en = "small"
source = "ours"
indicators = 1
categories = 1
points = 2
pass_line = 1

[[section]]
id = "1"
title = "智慧环境"
title_en = "Environment"
points = 2

[[category]]
id = "1.1"
title = "校园网络"
title_en = "Network"
points = 2

[[indicator]]
id = "1.1.1"
text = "百兆进班"
text_en = "100 Mbit/s"
points = 2
class = "auto"
evidence = "表"
evidence_en = "table"

[[indicator.criterion]]
id = "classroom"
label = "教室"
label_en = "classrooms"
points = 2
ladder = [{ at_least = 0.98, points = 2 }, { at_least = 0.8, points = 1 }]
basis = "seed"
why = "原文"
why_en = "its text"
[indicator.criterion.fact]
kind = "port"
population = "classrooms"
field = "speed_mbps"
at_least = 100
reduce = "share"
"""

C = 'indicator[0] (id "1.1.1").criterion[0] (id "classroom")'
FACT = "[indicator.criterion.fact]"
UNITS = "Mbit/s, GHz, MHz, m, px, dBm, ms, s, h, days, ratio, %, months, MB"


# What is replaced, by what, the line that is named, and how the sentence begins.
BROKEN = [
    ('kind = "port"', 'kind = "prt"', 'kind = "prt"', f"{C}.fact.kind is “prt”; did you mean port? It has to be one"),
    (
        'field = "speed_mbps"',
        'field = "sped_mbps"',
        FACT,
        f"{C}.fact: observations of kind “port” have no field “sped_mbps”; did you mean speed_mbps? They have speed_",
    ),
    (
        "at_least = 100",
        'at_least = 100\nunit = "Gbit/s"',
        FACT,
        f"{C}.fact.unit is “Gbit/s”; did you mean Mbit/s? It has to be one of {UNITS}",
    ),
    (
        "at_least = 100",
        'at_least = 100\nunit = "days"',
        FACT,
        f"{C}.fact.unit is “days”, but the field “speed_mbps” is in Mbit/s",
    ),
    ("at_least = 100", "at_least = 100\nat_most = 1000", FACT, f"{C}.fact: to reduce to a share or a count takes one"),
    (
        'reduce = "share"',
        'reduce = "share"\nbest = true',
        FACT,
        f"{C}.fact: best stands with a share or a count of one",
    ),
    ('reduce = "share"', 'reduce = "median"', FACT, f"{C}.fact: to reduce to min, max, median or latest takes a field"),
    (
        'reduce = "share"',
        'reduce = "shares"',
        'reduce = "shares"',
        f'{C}.fact.reduce is "shares"; did you mean share? It has to be one of share, count, min, max, median, latest',
    ),
    ('kind = "port"\n', "", FACT, f"{C}.fact: a fact has either a kind of its own, or all_of, or any_of"),
    (
        "at_least = 0.8, points",
        "at_least = 0.8, at_most = 1, points",
        "ladder = [{ at_least = 0.98, points = 2 }, { at_least = 0.8, at_most = 1, points = 1 }]",
        f"{C}.ladder[1]: a rung has either at_least or at_most",
    ),
    (
        "at_least = 0.8, points",
        'at_least = "0.8", points',
        'ladder = [{ at_least = 0.98, points = 2 }, { at_least = "0.8", points = 1 }]',
        f'{C}.ladder[1].at_least is "0.8"; it has to be a number',
    ),
    (
        'basis = "seed"',
        'basis = "custom"',
        'basis = "custom"',
        f'{C}.basis is "custom"; it has to be one of seed, law, standard, proposal',
    ),
    ('why = "原文"\n', "", "[[indicator.criterion]]", f"{C}.why is missing; it has to be text in quotes, not empty"),
    (
        'id = "1.1.1"',
        'id = "1.1.1.1"',
        'id = "1.1.1.1"',
        'indicator[0] (id "1.1.1.1").id is "1.1.1.1"; it has to be three numbers with points between, such as 1.4.2',
    ),
    ("at_least = 100", "at_least = 100\nlimit = 5", "limit = 5", f"{C}.fact.limit is not known; did you mean limits? "),
    (
        'class = "auto"',
        "class = true",
        "class = true",
        'indicator[0] (id "1.1.1").class is true; it has to be one of auto, partial, attest',
    ),
    (
        "points = 2\npass_line",
        "points = true\npass_line",
        "points = true",
        "rubric.points is true; it has to be a number from 0 to 110",
    ),
    ("[rubric]", "[rubrik]", "[rubrik]", "rubrik is not known; did you mean rubric? Known here are rubric, section, "),
    (
        "[[section]]",
        "[section]",
        "[section]",
        "section is a list of tables; write [[section]], with two pairs of brackets",
    ),
    # what lint says, with its line
    (
        "points = 2\npass_line",
        "points = 3\npass_line",
        "points = 3",
        "rubric.points: the header says 3 points; the indicators add up to 2",
    ),
    (
        "indicators = 1",
        "indicators = 73",
        "indicators = 73",
        "rubric.indicators: the header says 73 indicators; there are 1",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "sentence"), BROKEN, ids=[new[:30] or old for old, new, _, _ in BROKEN])
def test_every_mistake_is_named_with_line_key_value_and_what_is_allowed(
    old: str, new: str, line: str, sentence: str
) -> None:
    assert HEAD.count(old) >= 1
    words = HEAD.replace(old, new, 1)
    with pytest.raises(RubricError) as caught:
        parse_rubric(words.encode(), "small.toml")
    (mistake,) = caught.value.mistakes
    assert str(mistake.text).startswith(sentence)
    assert words.splitlines()[(mistake.line or 0) - 1] == line
    assert mistake.file == "small.toml"


def test_a_good_rubric_is_loaded_exactly() -> None:
    rubric = parse_rubric(HEAD.encode(), "small.toml")
    assert rubric.sha256 == hashlib.sha256(HEAD.encode()).hexdigest()
    assert rubric.indicator[0].criterion[0].ladder[0].at_least == Decimal("0.98")


def test_text_that_looks_like_a_number_stays_text_where_either_may_stand() -> None:
    words = HEAD.replace('kind = "port"', 'kind = "radio"').replace('field = "speed_mbps"', 'field = "band_ghz"')
    fact = parse_rubric(words.replace("at_least = 100", 'equals = "2.4"').encode(), "f").indicator[0].criterion[0].fact
    assert fact is not None
    assert fact.equals == "2.4"


def test_what_is_no_scalar_is_one_mistake_and_not_three() -> None:
    with pytest.raises(RubricError) as caught:
        parse_rubric(HEAD.replace("at_least = 100", "equals = [1]").encode(), "f")
    assert [str(one.text) for one in caught.value.mistakes] == [
        f"{C}.fact.equals is a list of 1; it has to be true or false, without quotes or a number or text in quotes"
    ]


def test_all_mistakes_come_at_once_by_line() -> None:
    words = HEAD.replace("pass_line = 1", "pass_line = 200").replace('"seed"', '"x"').replace('"port"', '"prt"')
    with pytest.raises(RubricError) as caught:
        parse_rubric(words.encode(), "f")
    assert [one.key for one in caught.value.mistakes] == ["rubric.pass_line", f"{C}.basis", f"{C}.fact.kind"]
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("content", [b"", b"# nothing\n"])
def test_an_empty_rubric(content: bytes) -> None:
    with pytest.raises(RubricError, match=r"^f: this rubric is empty$"):
        parse_rubric(content, "f")


def test_the_rubric_of_the_program_by_name_and_by_file(tmp_path: Path) -> None:
    source = rubric_source("jiangsu-2018")
    (tmp_path / "own.toml").write_bytes(source)
    by_name, by_file = load_rubric("jiangsu-2018"), load_rubric(str(tmp_path / "own.toml"))
    assert by_name == by_file
    assert by_name.sha256 == hashlib.sha256(source).hexdigest()
    assert (len(by_name.indicator), len(by_name.category), sum(one.points for one in by_name.indicator)) == (
        73,
        21,
        110,
    )


def test_a_name_that_is_none_lists_those_there_are() -> None:
    with pytest.raises(NoRubricError) as caught:
        load_rubric("jiangsu-2081")
    names = ", ".join(rubric_names())
    assert str(caught.value) == (
        f"there is no rubric “jiangsu-2081”; did you mean jiangsu-2018? There are: {names}, or name a file"
    )
    assert caught.value.exit_code == 2
    with pytest.raises(NoRubricError, match="there is no rubric “x”; there are: "):
        load_rubric("x")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match="there is no such file"):
        load_rubric(str(tmp_path / "no.toml"))
    with pytest.raises(RubricError, match="this is a directory"):
        load_rubric(str(tmp_path))
