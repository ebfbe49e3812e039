"""``report BUNDLE``: render a bundle."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

from auditor.bundle_reader import Bundle, attested_document
from auditor.history.trend import with_trend
from auditor.present import edition, opened, write_report
from auditor.retention import cite
from probes.text import text
from reports.edition import Edition, Language
from reports.language import say

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        "html": ".html",
        "pdf": ".pdf",
        "xlsx": ".xlsx",
        # Not just .zip: that may be the bundle itself.
        "zip": "-evidence.zip",
        "json": ".json",
        "oscal": "-oscal.json",
        "junit": "-junit.xml",
        "openmetrics": ".prom",
    }
)
"""How a report is called after its bundle."""


def run(options: argparse.Namespace) -> int:
    """Write the report and print its path; reports are Chinese unless ``--lang en`` is given."""
    bundle = opened(options.bundle, options.language)
    language: Language = "en" if options.lang == "en" else "zh"
    judged = edition(bundle, language, rubric=options.rubric, now=options.now, section=options.section)
    judged = with_trend(judged, bundle)
    if options.redacted:
        from reports.redaction import redacted  # noqa: PLC0415

        judged = redacted(judged)
    content = WRITERS[options.format](judged, bundle, options.reviewer)
    if options.out == "-":
        sys.stdout.buffer.write(content)
        return 0
    target = (
        Path(options.out)
        if options.out
        else bundle.path.with_name(file_name(judged, bundle, options.format, reviewer=options.reviewer))
    )
    write_report(content, target)
    cite(bundle.path, target.name, datetime.now(UTC))
    sys.stdout.write(f"{target}\n")
    return 0


def file_name(judged: Edition, bundle: Bundle, format_: str, *, reviewer: bool) -> str:
    """How a report is called: after its bundle, its section and whom it is for."""
    section = "" if judged.section is None else f"-{judged.section.title}"
    kinds = [text("for publication")] * judged.redacted + [text("for review")] * reviewer
    return bundle.path.stem + section + "".join(f"-{say(kind, judged.language)}" for kind in kinds) + SUFFIXES[format_]


def _html(judged: Edition, reviewer: bool) -> str:  # noqa: FBT001  as the option is
    from reports.html import render  # noqa: PLC0415

    return render(judged, reviewer=reviewer)


def _as_html(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    del bundle
    return _html(judged, reviewer).encode()


def _as_pdf(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    del bundle
    from reports.pdf import printed  # noqa: PLC0415

    return printed(_html(judged, reviewer), judged.assessment.now)


def _as_xlsx(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    del bundle
    from reports.xlsx import workbook  # noqa: PLC0415

    return workbook(judged, reviewer=reviewer)


def _as_zip(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    from reports.evidence_zip import archive  # noqa: PLC0415

    return archive(judged, partial(attested_document, bundle), reviewer=reviewer)


def _as_json(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    del reviewer
    from reports.json import document  # noqa: PLC0415

    return _written(document(judged, bundle=str(bundle.path), report=None))


def _as_oscal(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    del bundle, reviewer
    from reports.oscal import document  # noqa: PLC0415

    return _written(document(judged))


def _as_junit(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    del bundle, reviewer
    from reports.junit import document  # noqa: PLC0415

    return document(judged)


def _as_openmetrics(judged: Edition, bundle: Bundle, reviewer: bool) -> bytes:  # noqa: FBT001
    del bundle, reviewer
    from reports.openmetrics import document  # noqa: PLC0415

    return document(judged).encode()


def _written(document: object) -> bytes:
    # Half a surrogate pair that a device sent cannot be written as UTF-8.
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


WRITERS: Mapping[str, Callable[[Edition, Bundle, bool], bytes]] = MappingProxyType(
    {
        "html": _as_html,
        "pdf": _as_pdf,
        "xlsx": _as_xlsx,
        "zip": _as_zip,
        "json": _as_json,
        "oscal": _as_oscal,
        "junit": _as_junit,
        "openmetrics": _as_openmetrics,
    }
)
"""What makes each format; the last argument asks for the columns of a review."""
