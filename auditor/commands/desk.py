"""``desk INVENTORY``: attesting, audits and reports in the browser of this computer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.lock import alone
from auditor.present import QuestionError
from probes.text import text
from reports.edition import Language
from reports.language import say

LONGEST_H = 24 * 7


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or until nobody has used it for hours; pages are Chinese unless ``--lang en`` is given."""
    from auditor.desk.office import Office  # noqa: PLC0415  brings the web framework
    from auditor.desk.serve import serve  # noqa: PLC0415

    if not 0 < options.idle_hours <= LONGEST_H:
        raise QuestionError(text("--idle-hours goes up to {most}", most=LONGEST_H))
    path, pages = Path(options.inventory), _pages(options.lang)
    office = Office(path, pages)
    office.standing()  # mistakes in what people wrote show here, not in the browser
    finished = office.ledger().settle()
    if finished is not None:
        sys.stderr.write(say(finished, options.language) + "\n")

    def announce(address: str) -> None:
        sys.stdout.write(say(text("Open in a browser of this computer (works once):"), options.language))
        sys.stdout.write(f"\n{address}\n")
        sys.stdout.write(say(text("Enter: another address. Ctrl-C: end."), options.language) + "\n")
        sys.stdout.flush()

    taken = text("a desk for {path} is open already", path=path.name)
    with alone(path.absolute().with_suffix(".desk.lock"), taken):
        why = serve(office, options.port, options.idle_hours, announce)
    sys.stderr.write(say(why, options.language) + "\n")
    return 0


def _pages(asked: str | None) -> Language:
    return "en" if asked == "en" else "zh"
