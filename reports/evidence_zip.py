"""The evidence as a zip: a folder for each indicator, numbered as in the workbook, with a list and hashes of all of it.

The same edition gives the same bytes. Names that people or devices gave never become paths.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from probes.kinds import Attestation
from probes.observation import Observation
from probes.text import text
from reports.archive import packed
from reports.edition import Edition
from reports.language import say
from reports.names import KINDS, subject_names
from reports.numbering import Exhibited, numbered
from reports.pages.evidence import found_in_words
from reports.polish import cut
from reports.visible import visible
from reports.wording import METHODS, label_of, stamp
from reports.xlsx import workbook

READABLE = 60
LONGEST = 400
SHORT_HASH = 12
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*⟨⟩]+')
"""What some file system does not allow in a name."""
RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))})
COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that a spreadsheet would compute."""

Documents = Callable[[str], bytes | None]
"""Gives the attested document of a SHA-256, or ``None`` where the bundle does not hold it."""


@dataclass(frozen=True, slots=True)
class Filed:
    """One piece of evidence with the files that hold it."""

    exhibited: Exhibited
    files: tuple[str, ...]


def archive(edition: Edition, documents: Documents, *, reviewer: bool = False) -> bytes:
    """The whole zip."""
    return packed(_entries(edition, documents, reviewer=reviewer))


def _entries(edition: Edition, documents: Documents, *, reviewer: bool) -> Iterator[tuple[str, bytes]]:
    filed: list[Filed] = []
    sums: dict[str, str] = {}
    raw: dict[tuple[str, str], str] = {}
    for one in numbered(edition):
        names = []
        for name, data in _files(edition, one, documents, raw):
            if data is not None:
                sums[name] = hashlib.sha256(data).hexdigest()
                yield name, data
            names.append(name)
        filed.append(Filed(one, tuple(names)))
    for name, data in (
        (say(text("list of evidence"), edition.language) + ".csv", _list(edition, filed)),
        (say(text("self-assessment"), edition.language) + ".xlsx", workbook(edition, reviewer=reviewer)),
        ("index.html", _index(edition, filed)),
    ):
        sums[name] = hashlib.sha256(data).hexdigest()
        yield name, data
    yield "SHA256SUMS", "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()


def _files(
    edition: Edition, one: Exhibited, documents: Documents, raw: dict[tuple[str, str], str]
) -> Iterator[tuple[str, bytes | None]]:
    """The files of one piece of evidence; raw output that an earlier number brought is only named again."""
    folder = one.finding.indicator.id
    yield f"{folder}/{one.number}.json", _as_json(one.observation)
    for digest in one.observation.raw:
        data = edition.raw.get(digest)
        if data is None:
            continue
        earlier = raw.get((folder, digest))
        name = earlier or f"{folder}/{one.number}-raw-{digest[:SHORT_HASH]}.txt"
        raw[folder, digest] = name
        yield name, None if earlier else data
    if isinstance(one.observation.value, Attestation) and not edition.redacted:
        for n, document in enumerate(one.observation.value.documents, 1):
            data = documents(document.sha256)
            if data is not None:
                yield f"{folder}/{one.number}-{n}-{file_name(document.name)}", data


def _as_json(one: Observation) -> bytes:
    words = json.dumps(one.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
    return visible(words).encode() + b"\n"


def file_name(given: str) -> str:
    """A name that every file system takes, from one that a person gave.

    >>> file_name("../../等保:报告?.pdf"), file_name("CON.txt"), file_name(" ... ")
    ('等保-报告-.pdf', '_CON.txt', 'document')
    """
    last = re.split(r"[/\\]", given)[-1]
    clean = FORBIDDEN.sub("-", visible(last)).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot or len(suffix) > 8:  # noqa: PLR2004  longer than any suffix that tells a program what to do
        stem, suffix = clean, ""
    stem = stem[:READABLE].strip(" .") or "document"
    safe = f"_{stem}" if stem.casefold() in RESERVED else stem
    return f"{safe}.{suffix}" if suffix else safe


def _rows(edition: Edition, filed: list[Filed]) -> Iterator[tuple[str, ...]]:
    language, zone = edition.language, edition.assessment.campus.school.timezone
    names = subject_names(edition.assessment.campus)
    for one in filed:
        seen = one.exhibited.observation
        yield (
            one.exhibited.number,
            f"{one.exhibited.finding.indicator.id} {label_of(one.exhibited.finding.indicator, language)}",
            say(KINDS[seen.kind], language),
            cut(f"{names.get(seen.subject, '')} {seen.subject}".strip(), LONGEST),
            cut(" · ".join(f"{name} {words}" for name, words in found_in_words(edition, seen)), LONGEST),
            stamp(seen.taken_at, zone),
            say(METHODS[seen.method], language),
            " ".join(one.files),
        )


def _titles(edition: Edition) -> list[str]:
    titles = (text("No."), text("Indicator"), text("Kind"), text("What"), text("Found"), text("When"), text("How"))
    return [say(one, edition.language) for one in (*titles, text("Files"))]


def _list(edition: Edition, filed: list[Filed]) -> bytes:
    """The list for spreadsheets: UTF-8 with a mark, as Excel wants it, and nothing that it would compute."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_titles(edition))
    writer.writerows([uncomputed(visible(cell)) for cell in row] for row in _rows(edition, filed))
    return file.getvalue().encode("utf-8-sig")


def uncomputed(words: str) -> str:
    """Words that a spreadsheet takes as they are.

    >>> uncomputed("=1+1"), uncomputed("1.1.1-01")
    ("'=1+1", '1.1.1-01')
    """
    return f"'{words}" if words.startswith(COMPUTED) else words


def _index(edition: Edition, filed: list[Filed]) -> bytes:
    from reports.html import environment  # noqa: PLC0415  only where a page is asked for

    rows = [(*row[:-1], one.files) for row, one in zip(_rows(edition, filed), filed, strict=True)]
    template = environment(edition.language).get_template("archive.html.j2")
    return template.render(
        edition=edition, campus=edition.assessment.campus, titles=_titles(edition), rows=rows
    ).encode()
