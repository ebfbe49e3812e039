"""The text of an attestations file with one entry put in, put right or taken out; every other byte stays as it is.

What people wrote around the entries (comments, blank lines, order) is theirs. So entries are cut and put in as lines,
at the places where the TOML scanner saw them, and the result is read again: it has to say what was meant, no more.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from auditor.attesting.answer import Answer
from auditor.attesting.errors import AnswerError
from probes.text import text
from probes.written.tomlscan import scan

_HEADER = re.compile(r"[ \t]*\[\[[ \t]*(attestation|\"attestation\"|'attestation')[ \t]*\]\]")


def subjects(content: str) -> tuple[str, ...]:
    """What the entries are about, each an indicator or ``<indicator>/<criterion>``."""
    return tuple(_subject(one) for one in _entries(content))


def stated(content: str, answer: Answer) -> str:
    """The text with an answer in the place of whatever was said about its subject before, or at the end.

    Raises:
        AnswerError: the file is written in a way that cannot be edited line by line.
    """
    before, entry = _entries(content), answer.toml()
    end = "\r\n" if "\r\n" in content else "\n"
    if any(_subject(one) == answer.subject for one in before):
        changed = _without(content, before, answer.subject, entry.replace("\n", end))
    else:
        gap = "" if not content.strip() else end if content.endswith("\n") else 2 * end
        changed = content + gap + entry.replace("\n", end)
    kept = [one for one in before if _subject(one) != answer.subject]
    return _proven(changed, [*kept, tomllib.loads(entry)["attestation"][0]])


def withdrawn(content: str, subject: str) -> str:
    """The text without what was said about a subject.

    Raises:
        AnswerError: nothing was, or the file is written in a way that cannot be edited line by line.
    """
    before = _entries(content)
    kept = [one for one in before if _subject(one) != subject]
    if len(kept) == len(before):
        raise AnswerError(text("nothing is attested about {subject}, so there is nothing to withdraw", subject=subject))
    return _proven(_without(content, before, subject), kept)


def _without(content: str, entries: list[dict[str, Any]], subject: str, instead: str = "") -> str:
    """The text with the entries about a subject cut out, and something else in the place of the last of them."""
    # Not splitlines: TOML knows no other line ends than these.
    lines = re.split(r"(?<=\n)", content)
    blocks = _blocks(content, lines, len(entries))
    for number in reversed(range(len(entries))):
        if _subject(entries[number]) == subject:
            lines[slice(*blocks[number])] = [*_comments(lines, blocks[number]), instead]
            instead = ""
    return "".join(lines)


def _entries(content: str) -> list[dict[str, Any]]:
    found = tomllib.loads(content).get("attestation", [])
    return list(found)


def _subject(entry: dict[str, Any]) -> str:
    criterion = entry.get("criterion")
    return str(entry.get("indicator")) if criterion is None else f"{entry.get('indicator')}/{criterion}"


def _blocks(content: str, lines: list[str], count: int) -> list[tuple[int, int]]:
    """First and last line (from 0, the last excluded) of each entry, without the comments and blanks that follow."""
    where = scan(content)
    starts = [where[("attestation", number)] - 1 for number in range(count)]
    if any(not _HEADER.match(lines[start]) for start in starts):
        raise AnswerError(
            text("the attestations are not written as [[attestation]] tables, so they have to be edited by hand")
        )
    blocks = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        last = end
        while last > start + 1 and _is_aside(lines[last - 1]):
            last -= 1
        blocks.append((start, last))
    return blocks


def _comments(lines: list[str], block: tuple[int, int]) -> list[str]:
    """The comments that stand between the keys of an entry."""
    return [line for line in lines[slice(*block)] if line.lstrip().startswith("#")]


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _proven(content: str, wanted: list[dict[str, Any]]) -> str:
    """The changed text, if it says what it is meant to say."""
    try:
        found = _entries(content)
    except tomllib.TOMLDecodeError:
        found = []
    if sorted(map(repr, found)) != sorted(map(repr, wanted)):
        raise AnswerError(text("this attestations file cannot be edited safely; edit it by hand"))
    return content
