"""Mistakes of TOML syntax in plain words: what ``tomllib`` says in its own, with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from probes.text import Text, text

_POSITION = re.compile(r"\s*\((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$")

# What Chinese input methods put in the place of TOML's own signs.
_FULL_WIDTH: Mapping[str, str] = MappingProxyType(
    dict(zip("“”‘’＂＇＝，．［］【】｛｝＃　：", "\"\"''\"'=,.[][]{}# :", strict=True))
)

_DOUBLED = text("a backslash in double quotes has to be doubled; or use single quotes")
_OPEN = text("the closing quote is missing")
_TWICE = text("this key is already there; each may be given once")

_SENTENCES: Mapping[str, Text] = MappingProxyType(
    {
        "Expected '=' after a key": text("“=” is missing after the key, or the key needs quotes"),
        "Invalid value": text("this is no value; text stands in double quotes, true and false in small letters"),
        "Invalid statement": text("a key has to stand here: letters a to z, digits, - and _; any other in quotes"),
        "Illegal character '\\n'": text("the closing quote is missing on this line"),
        "Unterminated string": _OPEN,
        'Expected "\'"': _OPEN,
        "Expected \"'''\"": _OPEN,
        "Unclosed array": text("“]” or a comma is missing in a list"),
        "Unclosed inline table": text("“}}” or a comma is missing; what stands in braces has to stand on one line"),
        "Expected newline or end of document": text("something follows the value; one key stands on one line"),
        "Unescaped '\\' in a string": _DOUBLED,
        "Invalid hex value": _DOUBLED,
        "Cannot declare": text("this table is already there; a list of tables is written [[…]]"),
        "Cannot overwrite": _TWICE,
        "Duplicate inline table key": _TWICE,
        "Cannot mutate": text("this adds to a table in braces that is already complete; write it inside them"),
        "Cannot redefine": text("this adds to a table that is already complete"),
        "Invalid initial character for a key part": text(
            "a key is missing here; what stands in braces has to stand on one line"
        ),
        "Expected ']' at the end of a table declaration": text("“]” is missing after the name of the table"),
        "Expected ']]' at the end of an array declaration": text("“]]” is missing after the name of the table"),
        "Invalid date or datetime": text("there is no such date"),
        "Illegal character": text("a control character stands here; remove it"),
    }
)
"""By the beginning of ``tomllib``'s message; of two that fit the longer stands first."""


def explain_syntax(words: str, message: str) -> tuple[int, Text]:
    """The line and the sentence for the mistake at which ``tomllib`` stopped.

    Args:
        words: the file's text.
        message: of ``tomllib.TOMLDecodeError``.
    """
    found = _POSITION.search(message)
    reason = message[: found.start()] if found else message
    lines = words.split("\n")
    if found and found["line"]:
        line, column = int(found["line"]), int(found["column"])
    else:
        line = len(words.rstrip().split("\n"))
        column = len(lines[line - 1]) + 1
    unknown = text("this is no TOML: {reason}", reason=reason)
    sentence = next((words for start, words in _SENTENCES.items() if reason.startswith(start)), unknown)
    here = lines[line - 1][column - 1 : column] if line <= len(lines) else ""
    if here in _FULL_WIDTH:
        sentence = text("{wide} is a full-width character; write {narrow}", wide=here, narrow=_FULL_WIDTH[here])
    return line, text("column {column}: {sentence}", column=column, sentence=sentence)
