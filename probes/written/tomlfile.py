"""TOML files that people write by hand: read with care, and every mistake named with its line and key.

A reader collects ``Mistake`` values and raises one ``MistakesError`` with all of them; ``probes.written.mistakes``
makes them from what pydantic refuses.
"""

from __future__ import annotations

import codecs
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path as FilePath
from typing import Any

from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by
from probes.written.tomlscan import Path, scan
from probes.written.tomlsyntax import explain_syntax

# The largest inventories of real schools have some 100 kB; what is far larger is another file named by mistake.
LARGEST_BYTES = 16 * 1024 * 1024
DEEPEST = 24
SHOWN = 60

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_USERINFO = re.compile(r"(?<=//)[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to put right.

    Attributes:
        file: the file as the user named it.
        line: the line, from 1; ``None`` where the file as a whole is meant.
        key: the key as it is written in TOML, ``device[3] (id "sw-4").snmp.port``; empty for the whole file.
        text: the whole sentence: the key, what stands there, and what is allowed.
    """

    file: str
    line: int | None
    key: str
    text: Text

    @property
    def sentence(self) -> Text:
        """The sentence with file and line before it."""
        if self.line is None:
            return text("{file}: {sentence}", file=self.file, sentence=self.text)
        return text("{file}:{line}: {sentence}", file=self.file, line=self.line, sentence=self.text)


class MistakesError(AuditorError):
    """A file has mistakes; all of them are in ``mistakes``, sorted by line, and in the sentence, one a line."""

    exit_code = 2

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda one: one.line or 0))
        super().__init__(_listed(self.mistakes))


def _listed(mistakes: Sequence[Mistake]) -> Text:
    if len(mistakes) == 1:
        return mistakes[0].sentence
    head = text("{n} mistakes in {file}:", n=len(mistakes), file=mistakes[0].file if mistakes else "")
    sentences: dict[str, object] = {f"m{number}": one.sentence for number, one in enumerate(mistakes)}
    return Text("\n".join(["{head}", *(f"  {{{name}}}" for name in sentences)]), {"head": head, **sentences})


@dataclass(frozen=True)
class Document:
    """A TOML file that could be parsed: its data, and the line of every key."""

    file: str
    data: dict[str, Any]
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """The line of a path; of the deepest part of it that the file has."""
        return next(self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines)

    def at(self, path: Path) -> Any:
        """What stands at a path, or ``None``."""
        found: Any = self.data
        for part in path:
            try:
                found = found[part]
            except (LookupError, TypeError):
                return None
        return found

    def key(self, path: Path) -> str:
        """The path as it is written in TOML, list entries with their id.

        >>> Document("", {"device": [{"id": "sw-1"}]}, {}).key(("device", 0, "snmp", "port"))
        'device[0] (id "sw-1").snmp.port'
        """
        written = ""
        for depth, part in enumerate(path):
            if isinstance(part, int):
                written += f"[{part}]{self._called(path[: depth + 1])}"
            else:
                name = part if _BARE_KEY.fullmatch(part) else quoted(part)
                written += f".{name}" if written else name
        return written

    def _called(self, path: Path) -> str:
        entry = self.at(path)
        if isinstance(entry, Mapping):
            for name in ("id", "indicator"):
                if isinstance(entry.get(name), str):
                    return f" ({name} {quoted(entry[name])})"
        return ""

    def mistake(self, path: Path, sentence: Text) -> Mistake:
        """A mistake at a path."""
        return Mistake(self.file, self.line(path), self.key(path), sentence)


def quoted(value: str) -> str:
    r"""Text as a person may see it: in quotes, control characters escaped, logins in addresses hidden, not too long.

    >>> quoted("a\x1b[31m"), quoted("http://me:secret@host/")
    ('"a\\u001b[31m"', '"http://…@host/"')
    """
    hidden = _USERINFO.sub("…@", value)
    short = hidden if len(hidden) <= SHOWN else hidden[: SHOWN - 1] + "…"
    plain = json.dumps(short, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in plain)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"  # noqa: PLR2004  what \u can hold


def shown(value: object) -> str | Text:
    """A value for a sentence; of tables and lists only what they are."""
    match value:
        case str():
            return quoted(value)
        case bool():
            return str(value).lower()
        case date() | datetime() | time():
            return value.isoformat()
        case Mapping():
            return text("a table")
        case list():
            return text("a list of {n}", n=len(value)) if value else text("an empty list")
        case _:
            number = str(value)
            return number if len(number) <= SHOWN else number[: SHOWN - 1] + "…"


def read(path: FilePath, failure: type[MistakesError] = MistakesError) -> Document:
    """Read a TOML file.

    Raises:
        MistakesError: of the class ``failure``, when the file cannot be read or is no TOML.
    """
    return parse(read_bytes(path, failure), str(path), failure)


def read_bytes(path: FilePath, failure: type[MistakesError] = MistakesError) -> bytes:
    """The content of a file that a user named; raises ``failure`` with one sentence if it cannot be had."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise _whole(failure, path, text("there is no such file; check the name and the directory")) from error
    except IsADirectoryError as error:
        raise _whole(failure, path, text("this is a directory; name the file in it")) from error
    except PermissionError as error:
        raise _whole(failure, path, text("no permission to read this file; allow it to the current user")) from error
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the name.
        raise _whole(failure, path, text("this file cannot be read: {reason}", reason=said_by(error))) from error
    if len(content) > LARGEST_BYTES:
        raise _whole(failure, path, text("this file is larger than {n} MB; is it the right one?", n=16))
    return content


def _whole(failure: type[MistakesError], path: FilePath, sentence: Text) -> MistakesError:
    return failure([Mistake(str(path), None, "", sentence)])


def parse(content: bytes, file: str, failure: type[MistakesError] = MistakesError) -> Document:
    """Parse the content of a TOML file; numbers with a point become ``Decimal``.

    Raises:
        MistakesError: of the class ``failure``: wrong encoding, a mistake of syntax, an infinite number, a control
            character in a string, tables nested beyond reason.
    """
    words = _decoded(content, file, failure).replace("\r\n", "\n")
    try:
        data = tomllib.loads(words, parse_float=Decimal)
        document = Document(file, data, scan(words))
    except tomllib.TOMLDecodeError as error:
        line, sentence = explain_syntax(words, str(error))
        raise failure([Mistake(file, line, "", sentence)]) from error
    except RecursionError as error:
        raise failure([Mistake(file, None, "", _too_deep())]) from error
    except ValueError as error:
        # A whole number of thousands of digits.
        raise failure([Mistake(file, None, "", text("a number in this file is too long"))]) from error
    odd = [document.mistake(path, sentence) for path, sentence in _odd(document)]
    if odd:
        raise failure(odd)
    return document


def _decoded(content: bytes, file: str, failure: type[MistakesError]) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        sentence = text("this file is encoded in UTF-16 (“Unicode”); save it as UTF-8")
        raise failure([Mistake(file, None, "", sentence)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        try:
            content.decode("gb18030")
        except UnicodeDecodeError:
            sentence = text("this line is not UTF-8; save the file as UTF-8")
        else:
            sentence = text("this file is encoded in GBK (“ANSI”); save it as UTF-8")
        raise failure([Mistake(file, line, "", sentence)]) from error


def _too_deep() -> Text:
    return text("tables and lists are nested more than {n} deep", n=DEEPEST)


def _odd(document: Document) -> Iterator[tuple[Path, Text]]:
    """What TOML allows and no file of ours can mean."""
    waiting: list[tuple[Path, Any]] = [((), document.data)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > DEEPEST:
            yield path, _too_deep()
        elif isinstance(value, dict):
            waiting += [((*path, name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, number), inner) for number, inner in enumerate(value)]
        elif isinstance(value, Decimal | float) and not isfinite(value):
            yield (
                path,
                text(
                    "{key} is {value}; it has to be a finite number", key=document.key(path), value=str(value).lower()
                ),
            )
        elif isinstance(value, str) and any(_is_control(char) for char in value):
            yield path, text("{key} contains a control character; remove it", key=document.key(path))


def _is_control(char: str) -> bool:
    return (char < " " and char not in "\t\r\n") or "\x7f" <= char <= "\x9f"
