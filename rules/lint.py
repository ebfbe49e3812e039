"""What a rubric must hold to beyond its shape: it adds up, its ids are in order, and every reference leads somewhere.

``rules.rubric`` refuses a wrong shape; this names what is wrong in a well-shaped rubric, all of it at once, each with
its path into the TOML and with the numbers found and expected. ``rules.lint_criterion`` looks into the criteria.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations

from probes.campus import Stage
from probes.text import Text, text
from rules.lint_criterion import Path, Slip, criterion_slips, plain
from rules.rubric import Criterion, Heading, Indicator, Rubric

STAGE_SETS = tuple(chosen for size in (1, 2, 3) for chosen in combinations(Stage, size))
"""The 7 sets of stages that a school can have."""


def lint(rubric: Rubric) -> list[Slip]:
    """Everything that is wrong with a rubric, each with its path into the TOML; empty for a sound rubric.

    A path looks like ``("indicator", 3, "criterion", 0, "ladder")``.
    """
    found = [*_header(rubric), *_headings(rubric), *_ids(rubric)]
    for number, indicator in enumerate(rubric.indicator):
        path: Path = ("indicator", number)
        found += [*_home(rubric, indicator, path), *_indicator(indicator, path)]
        for at, criterion in enumerate(indicator.criterion):
            found += criterion_slips(criterion, (*path, "criterion", at))
    return found


def _header(rubric: Rubric) -> Iterator[Slip]:
    """The header's numbers against those of the file."""
    header = rubric.rubric
    if len(rubric.indicator) != header.indicators:
        yield (
            ("rubric", "indicators"),
            text(
                "the header says {expected} indicators; there are {found}",
                expected=header.indicators,
                found=len(rubric.indicator),
            ),
        )
    if len(rubric.category) != header.categories:
        yield (
            ("rubric", "categories"),
            text(
                "the header says {expected} categories; there are {found}",
                expected=header.categories,
                found=len(rubric.category),
            ),
        )
    found = _sum(rubric.indicator)
    if found != header.points:
        yield (
            ("rubric", "points"),
            text(
                "the header says {expected} points; the indicators add up to {found}",
                expected=plain(header.points),
                found=plain(found),
            ),
        )
    if header.pass_line > header.points:
        yield (
            ("rubric", "pass_line"),
            text(
                "the pass line of {found} points is above the {expected} points there are",
                found=plain(header.pass_line),
                expected=plain(header.points),
            ),
        )


def _sum(items: Iterable[Indicator | Criterion]) -> Decimal:
    return sum((one.points for one in items), Decimal(0))


def _headings(rubric: Rubric) -> Iterator[Slip]:
    """Sections and categories: the points of their indicators, and the section above each category."""
    for table, headings in (("section", rubric.section), ("category", rubric.category)):
        for number, heading in enumerate(headings):
            found = _sum(rubric.within(heading))
            if found != heading.points:
                yield (
                    (table, number, "points"),
                    text(
                        "“{id}” has {expected} points; its indicators add up to {found}",
                        id=heading.id,
                        expected=plain(heading.points),
                        found=plain(found),
                    ),
                )
    for number, category in enumerate(rubric.category):
        section = category.id.partition(".")[0]
        if section not in _names(rubric.section):
            yield ("category", number, "id"), text("there is no section “{section}”", section=section)


def _names(headings: Iterable[Heading]) -> set[str]:
    return {one.id for one in headings}


def _ids(rubric: Rubric) -> Iterator[Slip]:
    """Ids have as many numbers as their table asks for, climb, and none comes again."""
    tables: Sequence[tuple[str, int, Sequence[Heading | Indicator]]] = (
        ("section", 1, rubric.section),
        ("category", 2, rubric.category),
        ("indicator", 3, rubric.indicator),
    )
    for table, size, entries in tables:
        yield from _climbing(table, size, [one.id for one in entries])


def _climbing(table: str, size: int, ids: Sequence[str]) -> Iterator[Slip]:
    before: str | None = None
    for number, id_ in enumerate(ids):
        path: Path = (table, number, "id")
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", id_) or id_.count(".") != size - 1:
            example = ".".join("1" * size)
            yield path, text("“{id}” is no id of this table; it has the form {form}", id=id_, form=example)
            continue
        if id_ in ids[:number]:
            yield path, text("“{id}” is already there; each id may be given once", id=id_)
        elif before is not None and _numbers(id_) <= _numbers(before):
            yield path, text("“{id}” stands after “{before}”; ids have to climb", id=id_, before=before)
        before = id_


def _numbers(id_: str) -> tuple[int, ...]:
    return tuple(int(part) for part in id_.split("."))


def _home(rubric: Rubric, indicator: Indicator, path: Path) -> Iterator[Slip]:
    if indicator.section not in _names(rubric.section):
        yield (*path, "id"), text("there is no section “{section}”", section=indicator.section)
    if indicator.category not in _names(rubric.category):
        yield (*path, "id"), text("there is no category “{category}”", category=indicator.category)


def _indicator(indicator: Indicator, path: Path) -> Iterator[Slip]:
    yield from _criterion_ids(indicator, path)
    yield from _adds_up(indicator, path)
    yield from _class(indicator, path)
    yield from _requires(indicator, path)
    yield from _caps(indicator, path)


def _criterion_ids(indicator: Indicator, path: Path) -> Iterator[Slip]:
    seen: set[str] = set()
    for at, criterion in enumerate(indicator.criterion):
        if criterion.id in seen:
            sentence = text("“{id}” is already there; each id may be given once", id=criterion.id)
            yield (*path, "criterion", at, "id"), sentence
        seen.add(criterion.id)


def _adds_up(indicator: Indicator, path: Path) -> Iterator[Slip]:
    """The criteria that apply add up to the indicator's points, whatever stages the school has.

    Where none applies, the indicator does not: that is allowed.
    """
    wrong: dict[tuple[Stage, ...], Decimal] = {}
    for stages in STAGE_SETS:
        applicable = [one for one in indicator.criterion if one.applies_to(stages)]
        if applicable and _sum(applicable) != indicator.points:
            wrong[stages] = _sum(applicable)
    if not wrong:
        if not any(one.applies_to(stages) for one in indicator.criterion for stages in STAGE_SETS):
            yield (*path, "criterion"), text("no criterion applies to any school")
        return
    stages, found = next(iter(wrong.items()))
    everywhere = len(wrong) == len(STAGE_SETS) and len(set(wrong.values())) == 1
    if everywhere:
        sentence = text(
            "the indicator has {expected} points; its criteria add up to {found}",
            expected=plain(indicator.points),
            found=plain(found),
        )
    else:
        sentence = text(
            "the indicator has {expected} points; for a school of the stages {stages} its criteria add up to {found}",
            expected=plain(indicator.points),
            stages=", ".join(stages),
            found=plain(found),
        )
    yield (*path, "criterion"), sentence


def _class(indicator: Indicator, path: Path) -> Iterator[Slip]:
    """What the class promises: auto, nothing that only people know; attest, nothing else; partial, some of both."""
    attested = [one.id for one in indicator.criterion if one.by == "attested"]
    measured = [one.id for one in indicator.criterion if one.by != "attested"]
    at = (*path, "class")
    if indicator.kind == "auto" and attested:
        names = ", ".join(attested)
        yield at, text("class “auto” is measured throughout, but people vouch for: {names}", names=names)
    if indicator.kind == "attest" and measured:
        names = ", ".join(measured)
        yield at, text("class “attest” rests on people throughout, but these are measured: {names}", names=names)
    if indicator.kind == "partial" and not measured:
        yield at, text("class “partial” is measured in part, but no criterion has a fact or a measure")


def _requires(indicator: Indicator, path: Path) -> Iterator[Slip]:
    known = {one.id: one for one in indicator.criterion}
    closed: set[str] = set()
    for at, criterion in enumerate(indicator.criterion):
        where = (*path, "criterion", at, "requires")
        for name in criterion.requires:
            if name not in known:
                yield where, _no_such(name, known)
        circle = _circle(criterion.id, known)
        if circle and not closed & set(circle):
            closed |= set(circle)
            yield where, text("“{id}” requires itself: {circle}", id=criterion.id, circle=" → ".join(circle))


def _no_such(name: str, known: Iterable[str]) -> Text:
    return text("this indicator has no criterion “{name}”; it has: {known}", name=name, known=", ".join(sorted(known)))


def _circle(start: str, known: Mapping[str, Criterion]) -> tuple[str, ...]:
    """The shortest way from a criterion through what it requires back to itself; empty if there is none."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in waiting:  # grows while it is walked
        for name in known[way[-1]].requires:
            if name == start:
                return (*way, start)
            if name in known and name not in seen:
                seen.add(name)
                waiting.append((*way, name))
    return ()


def _caps(indicator: Indicator, path: Path) -> Iterator[Slip]:
    known = {one.id for one in indicator.criterion}
    for at, cap in enumerate(indicator.cap):
        if cap.unless not in known:
            yield (*path, "cap", at, "unless"), _no_such(cap.unless, known)
        if cap.at_most >= indicator.points:
            yield (
                (*path, "cap", at, "at_most"),
                text(
                    "a cap of {found} points holds nothing back; it has to be below the indicator's {expected}",
                    found=plain(cap.at_most),
                    expected=plain(indicator.points),
                ),
            )
