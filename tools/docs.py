"""Make again what is generated: docs/coverage.md, docs/vendors.md and docs/inventory.schema.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from auditor.inventory import schema
from probes.dialect import load_dialects
from probes.probe import all_probes
from reports.coverage import coverage
from reports.vendors import vendors
from rules.load import load_rubric

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write what has changed, and name it; with ``--check`` write nothing, and fail if anything would change."""
    checking = "--check" in sys.argv[1:]
    files = generated()
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        print(f"{'stale' if checking else 'made'}: {path.relative_to(ROOT)}")
        if not checking:
            path.write_bytes(files[path])
    return int(checking and bool(stale))


def generated() -> dict[Path, bytes]:
    """Content of every generated file."""
    rubric = load_rubric("jiangsu-2018")
    return {
        ROOT / "docs/coverage.md": coverage(rubric, all_probes()).encode(),
        ROOT / "docs/vendors.md": vendors(load_dialects()).encode(),
        ROOT / "docs/inventory.schema.json": (json.dumps(schema(), ensure_ascii=False, indent=2) + "\n").encode(),
    }


if __name__ == "__main__":
    sys.exit(main())
