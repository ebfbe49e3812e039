"""``report BUNDLE``: render a bundle."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from auditor.history.trend import with_trend
from auditor.present import edition, opened, write_report
from auditor.retention import cite
from reports.edition import Edition, Language


def run(options: argparse.Namespace) -> int:
    """Write the report and print its path; reports are Chinese unless ``--lang en`` is given."""
    bundle = opened(options.bundle, options.language)
    language: Language = "en" if options.lang == "en" else "zh"
    judged = edition(bundle, language, rubric=options.rubric, now=options.now, section=options.section)
    judged = with_trend(judged, bundle)
    content = _render(judged, options.format, str(bundle.path))
    if options.out == "-":
        sys.stdout.write(content)
        return 0
    suffix = f".{options.format}" if judged.section is None else f"-{judged.section.title}.{options.format}"
    target = Path(options.out) if options.out else bundle.path.with_name(bundle.path.stem + suffix)
    write_report(content, target)
    cite(bundle.path, target.name, datetime.now(UTC))
    sys.stdout.write(f"{target}\n")
    return 0


def _render(judged: Edition, wanted: str, bundle: str) -> str:
    if wanted == "json":
        from reports.json import document  # noqa: PLC0415

        return json.dumps(document(judged, bundle=bundle, report=None), ensure_ascii=False, indent=1) + "\n"
    from reports.html import render  # noqa: PLC0415

    return render(judged)
