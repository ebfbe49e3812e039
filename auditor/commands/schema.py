"""``schema``: the JSON Schema of the inventory."""

from __future__ import annotations

import argparse
import json
import sys

from auditor.inventory import schema


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    del options
    sys.stdout.write(json.dumps(schema(), ensure_ascii=False, indent=2) + "\n")
    return 0
