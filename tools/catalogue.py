#!/usr/bin/env python3
"""Bring the Chinese catalogue up to date: extract the sentences of code and templates, merge them, compile.

Run it after a sentence was added or changed, then fill in the translations that it names and run it again. What is
no longer in the code leaves the catalogue.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "reports" / "locale" / "zh" / "LC_MESSAGES" / "campus_auditor.po"
MO = PO.with_suffix(".mo")
FLOORS = ("probes", "rules", "reports", "auditor")
KEYWORDS = {"text": None, "_": None}
SOURCES = [("**.py", "python"), ("**.j2", "jinja2")]
# gettext writes the time of extraction into the file; a fixed one keeps the file equal when no sentence changed.
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def extracted() -> Catalog:
    """Every sentence in code and templates, with the files it stands in."""
    found = _empty()
    for floor in FLOORS:
        options = {"**.j2": {"trimmed": "true", "silent": "false"}}
        for file, _line, message, _comments, _context in extract_from_dir(
            ROOT / floor, SOURCES, options_map=options, keywords=KEYWORDS
        ):
            found.add(message, locations=[(f"{floor}/{file}", 0)])
    return found


def merged() -> Catalog:
    """The catalogue with the translations there are and the sentences of today."""
    catalogue = _empty()
    if PO.is_file():
        with PO.open("rb") as file:
            for message in read_po(file, locale="zh"):
                if message.id:
                    catalogue.add(message.id, message.string, flags=message.flags)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    """The ``.mo`` of a catalogue."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def written(catalogue: Catalog) -> bytes:
    """The ``.po`` of a catalogue."""
    file = BytesIO()
    write_po(file, catalogue, width=110, sort_output=True, include_lineno=False)
    return file.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """The sentences that have no translation."""
    return [str(message.id) for message in catalogue if message.id and not message.string]


def _empty() -> Catalog:
    return Catalog(
        locale="zh",
        project="campus-auditor",
        version="",
        copyright_holder="campus-auditor contributors",
        last_translator="campus-auditor contributors",
        language_team="Chinese",
        creation_date=EPOCH,
        revision_date=EPOCH,
        fuzzy=False,
    )


def main() -> int:
    """Update both files; names what is not translated and then ends with 1."""
    catalogue = merged()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(written(catalogue))
    MO.write_bytes(compiled(catalogue))
    missing = untranslated(catalogue)
    print(f"{len(catalogue)} sentences, {len(missing)} without a translation")
    for sentence in missing:
        print(f"  {sentence}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
