"""``judge BUNDLE``: score again, without network."""

from __future__ import annotations

import argparse
import json
import sys

from auditor.present import edition, opened
from reports.json import document
from reports.summary import summary


def run(options: argparse.Namespace) -> int:
    """Print the score; with ``--json`` the same bytes for the same bundle, rubric, time and language."""
    bundle = opened(options.bundle, options.language)
    judged = edition(bundle, options.language, rubric=options.rubric, now=options.now)
    if options.json:
        found = document(judged, bundle=str(bundle.path), report=None)
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(summary(judged, str(bundle.path), None) + "\n")
    return 0
