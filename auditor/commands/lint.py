"""``lint RUBRIC``: every mistake of a rubric with file and line."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal

from probes.text import text
from reports.language import say
from reports.wording import points
from rules.load import load_rubric


def run(options: argparse.Namespace) -> int:
    """Print what the rubric holds; mistakes end it with code 2."""
    rubric = load_rubric(options.rubric)
    counted = text(
        "{id}: in order; {indicators} indicators, {categories} categories, {points} points, pass line {pass_line}",
        id=rubric.rubric.id,
        indicators=len(rubric.indicator),
        categories=len(rubric.category),
        points=points(sum((one.points for one in rubric.indicator), Decimal(0))),
        pass_line=points(rubric.rubric.pass_line),
    )
    sys.stdout.write(say(counted, options.language) + "\n")
    return 0
