"""Where every key of a TOML text stands: a scanner that notes lines and leaves the values to ``tomllib``.

``tomllib`` gives values without lines. This scanner runs over a text that ``tomllib`` has accepted, so it need not
refuse anything; it only has to keep its place through tables, dotted keys, inline tables, arrays and strings.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""A way down into a TOML document: ``("device", 3, "snmp", "port")``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[^\s.=\[\]{}\"'#,]*")
_SCALAR = re.compile(r"[^,\]}#\n]*")
# The closing quotes of a multi-line string may follow one or two quotes that belong to it.
_STRINGS = {
    '"""': re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL),
    "'''": re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'[^'\n]*'"),
}


def scan(text: str) -> Mapping[Path, int]:
    r"""The line (from 1) of every table, key and array element of a valid TOML text.

    >>> scan('[school]\nname = "x"\n[[device]]\nsnmp = { port = 1 }')[("device", 0, "snmp", "port")]
    4
    """
    return _Scanner(text).run()


class _Scanner:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [at for at, char in enumerate(text) if char == "\n"]
        self._lines: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}

    def run(self) -> Mapping[Path, int]:
        """Note everything."""
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            table = self._header() if self._peek() == "[" else self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _peek(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        # A text that tomllib accepts always matches; one character at least keeps any other from looping.
        end = found.end() if found else self._at + 1
        skipped = self._text[self._at : end]
        self._at = end
        return skipped

    def _line(self) -> int:
        return bisect_left(self._breaks, self._at) + 1

    def _header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``; returns the table that the following keys belong to."""
        line = self._line()
        brackets = 2 if self._peek(2) == "[[" else 1
        self._at += brackets
        parts = self._key()
        self._at += brackets
        path: Path = ()
        for part in parts[:-1]:
            path = self._last((*path, part))
            self._lines.setdefault(path, line)
        path = (*path, parts[-1])
        if brackets == 1:
            self._lines[path] = line
            return path
        self._lines.setdefault(path, line)
        number = self._counts.get(path, 0)
        self._counts[path] = number + 1
        path = (*path, number)
        self._lines[path] = line
        return path

    def _last(self, path: Path) -> Path:
        """The last element of an array of tables, or the path itself."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, table: Path) -> Path:
        """``a.b = value``; returns the table, which stays the same."""
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self._lines.setdefault(path, line)
        self._at += 1
        self._skip(_SPACE)
        self._value(path)
        return table

    def _key(self) -> list[str]:
        """A dotted key, up to the character after it."""
        parts = []
        while True:
            self._skip(_SPACE)
            quote = self._peek()
            if quote in {'"', "'"}:
                parts.append(str(tomllib.loads(f"key = {self._skip(_STRINGS[quote])}")["key"]))
            else:
                parts.append(self._skip(_BARE))
            self._skip(_SPACE)
            if self._peek() != ".":
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._peek()
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        elif first in {'"', "'"}:
            triple = self._peek(3)
            self._skip(_STRINGS[triple if triple in _STRINGS else first])
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        self._skip(_BLANK)
        while self._peek() not in {"]", ""}:
            self._lines[(*path, number)] = self._line()
            self._value((*path, number))
            number += 1
            self._skip_comma()
        self._at += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        self._skip(_BLANK)
        while self._peek() not in {"}", ""}:
            self._pair(path)
            self._skip_comma()
        self._at += 1

    def _skip_comma(self) -> None:
        self._skip(_BLANK)
        if self._peek() == ",":
            self._at += 1
        self._skip(_BLANK)
