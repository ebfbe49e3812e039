"""TOML written by hand: where every key stands, and one sentence for whatever cannot be read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from probes.text import text
from probes.written.mistakes import Vocabulary, check
from probes.written.tomlfile import Mistake, MistakesError, parse, quoted, read, shown
from probes.written.tomlscan import scan

ROOT = Path(__file__).parents[2]

TRICKY = r'''# a comment with [brackets] and "quotes"
title = "a # that is no comment, [nor] a table"
"quoted key" = 1
a.b."c.d" = { e = 1, "f g" = { h = [1, { i = 2 }] } }
list = [
  1,   # one ]
  [2, 3],
  { x = "}", y = ']' },
]
long = """
[[no.table]]
key = "no key" \"""
"""
raw = §
'' [no] §
after = true

[one]   # first
k = 1

[[many]]
id = "a"
[many.sub]
deep = 1
[[many.sub.list]]
n = 1
[[many.sub.list]]
n = 2

[[many]]
id = "b"
sub.deep = 2
[x.y.z]
date = 2026-09-01T10:00:00+08:00
'''.replace("§", "'''")

LINES = [
    ((), 1),
    (("title",), 2),
    (("quoted key",), 3),
    (("a", "b", "c.d"), 4),
    (("a", "b", "c.d", "f g", "h", 1, "i"), 4),
    (("list",), 5),
    (("list", 0), 6),
    (("list", 1, 1), 7),
    (("list", 2, "y"), 8),
    (("long",), 10),
    (("raw",), 14),
    (("after",), 16),
    (("one",), 18),
    (("one", "k"), 19),
    (("many",), 21),
    (("many", 0), 21),
    (("many", 0, "sub", "deep"), 24),
    (("many", 0, "sub", "list", 0, "n"), 26),
    (("many", 0, "sub", "list", 1), 27),
    (("many", 1, "id"), 31),
    (("many", 1, "sub", "deep"), 32),
    (("x",), 33),
    (("x", "y", "z", "date"), 34),
    # what the file does not have stands where the deepest part does that it has
    (("many", 1, "sub", "missing"), 32),
    (("many", 0, "missing", "deeper"), 21),
    (("nothing", "at", "all"), 1),
]


@pytest.mark.parametrize(("path", "line"), LINES, ids=[".".join(map(str, path)) for path, _ in LINES])
def test_every_key_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert parse(TRICKY.encode(), "f").line(path) == line


def test_line_ends_of_windows_and_a_bom_do_not_matter() -> None:
    document = parse(b"\xef\xbb\xbf" + TRICKY.replace("\n", "\r\n").encode(), "f")
    assert [document.line(path) for path, _ in LINES] == [line for _, line in LINES]


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _paths(one, (*path, key))


FILES = [ROOT / name for name in ("inventory.example.toml", "attestations.example.toml", "pyproject.toml")]
FILES += sorted((ROOT / "rules").glob("*.toml")) + sorted((ROOT / "probes" / "dialects").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_scanner_finds_exactly_what_tomllib_finds(path: Path) -> None:
    words = path.read_text(encoding="utf-8")
    assert set(scan(words)) == set(_paths(tomllib.loads(words)))


def test_the_scanner_finds_exactly_what_tomllib_finds_in_the_tricky_text() -> None:
    assert set(scan(TRICKY)) == set(_paths(tomllib.loads(TRICKY)))


UNREADABLE = [
    ("a = 1\nb = “x”", 2, 'column 5: “ is a full-width character; write "'),
    ("a＝1", 1, "column 2: ＝ is a full-width character; write ="),
    ('a = ["x"， "y"]', 1, "column 9: ， is a full-width character; write ,"),
    ('a = "x', 1, "column 7: the closing quote is missing"),
    ('a = "x\nb = 1', 1, "column 7: the closing quote is missing on this line"),
    ("a = 'x", 1, "column 7: the closing quote is missing"),
    ('a = """x\n', 1, "column 9: the closing quote is missing"),
    ('a = "C:\\log"', 1, "column 10: a backslash in double quotes has to be doubled; or use single quotes"),
    ("a == 1", 1, "column 4: this is no value; text stands in double quotes, true and false in small letters"),
    ("a = True", 1, "column 5: this is no value; text stands in double quotes, true and false in small letters"),
    ("a = 1 b = 2", 1, "column 7: something follows the value; one key stands on one line"),
    ("a = 1\na = 2", 2, "column 6: this key is already there; each may be given once"),
    ("[a]\n[a]", 2, "column 3: this table is already there; a list of tables is written [[…]]"),
    ("[a\nb = 1", 1, "column 3: “]” is missing after the name of the table"),
    ("[[a]\nb = 1", 1, "column 4: “]]” is missing after the name of the table"),
    ("a = [1,\n2\n", 2, "column 2: “]” or a comma is missing in a list"),
    ("a = {x = 1", 1, "column 11: “}” or a comma is missing; what stands in braces has to stand on one line"),
    ("a = {x = 1,\ny = 2}", 1, "column 12: a key is missing here; what stands in braces has to stand on one line"),
    ("名字 = 1", 1, "column 1: a key has to stand here: letters a to z, digits, - and _; any other in quotes"),
    ("a 1", 1, "column 3: “=” is missing after the key, or the key needs quotes"),
    ("a = 2027-02-30", 1, "column 5: there is no such date"),
    ('a = "\x01"', 1, "column 6: a control character stands here; remove it"),
    ('a = "x\\u001b[2J"', 1, "a contains a control character; remove it"),
    ("a = nan", 1, "a is nan; it has to be a finite number"),
    ("a = [1.0, -inf]", 1, "a[1] is -infinity; it has to be a finite number"),
    ("a = 1e999", 1, "a is 1e+999; it has to be a finite number"),
    ("a = " + "9" * 5000, None, "a number in this file is too long"),
    ("a = " + "[" * 30 + "]" * 30, 1, "tables and lists are nested more than 24 deep"),
    ("a = " + "[" * 5000 + "]" * 5000, None, "tables and lists are nested more than 24 deep"),
]


@pytest.mark.parametrize(("words", "line", "sentence"), UNREADABLE, ids=[words[:16] for words, _, _ in UNREADABLE])
def test_what_is_no_toml_is_named_with_line_and_column(words: str, line: int | None, sentence: str) -> None:
    with pytest.raises(MistakesError) as caught:
        parse(words.encode(), "f.toml")
    assert [(one.line, str(one.text)) for one in caught.value.mistakes] == [(line, sentence)]


ENCODINGS = [
    ("gbk", 2, "this file is encoded in GBK (“ANSI”); save it as UTF-8"),
    ("utf-16", None, "this file is encoded in UTF-16 (“Unicode”); save it as UTF-8"),
]


@pytest.mark.parametrize(("encoding", "line", "sentence"), ENCODINGS)
def test_a_wrong_encoding_is_named(encoding: str, line: int | None, sentence: str) -> None:
    with pytest.raises(MistakesError) as caught:
        parse('[school]\nname = "江苏省示例中学"\n'.encode(encoding), "f.toml")
    assert [(one.line, str(one.text)) for one in caught.value.mistakes] == [(line, sentence)]


def test_bytes_of_no_encoding_are_named_with_their_line() -> None:
    with pytest.raises(MistakesError) as caught:
        parse(b"a = 1\nb = '\xff\xff\x81'", "f.toml")
    assert str(caught.value) == "f.toml:2: this line is not UTF-8; save the file as UTF-8"


class _SpecialError(MistakesError):
    pass


def test_files_that_cannot_be_read_get_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"#" * (17 * 1024 * 1024))
    cases = {
        "nothing": "there is no such file; check the name and the directory",
        "": "this is a directory; name the file in it",
        "log": "this file is larger than 16 MB; is it the right one?",
        "log/x": "this file cannot be read: it is not a directory",
        "\0": "this file cannot be read: embedded null byte",
    }
    for name, sentence in cases.items():
        with pytest.raises(_SpecialError) as caught:
            read(tmp_path / name, _SpecialError)
        assert [(one.line, str(one.text)) for one in caught.value.mistakes] == [(None, sentence)]
        assert caught.value.exit_code == 2


def test_mistakes_are_listed_by_line_under_one_head() -> None:
    mistakes = [Mistake("f", 9, "b", text("b is wrong")), Mistake("f", 2, "a", text("a is {x}", x="{odd}"))]
    assert str(MistakesError(mistakes)) == "2 mistakes in f:\n  f:2: a is {odd}\n  f:9: b is wrong"
    assert str(MistakesError(mistakes[:1])) == "f:9: b is wrong"


SHOWN = [
    ("plain 中文", '"plain 中文"'),
    ("\x1b[31mred\x07", '"\\u001b[31mred\\u0007"'),
    ("right\u202eleft", '"right\\u202eleft"'),
    ('say "hi"', '"say \\"hi\\""'),
    ("x" * 100, '"' + "x" * 59 + '…"'),
    ("https://me:pass@host/x", '"https://…@host/x"'),
]


@pytest.mark.parametrize(("value", "expected"), SHOWN)
def test_values_are_shown_harmless_and_short(value: str, expected: str) -> None:
    assert quoted(value) == expected


def test_values_that_are_no_text() -> None:
    values: list[object] = [True, 161, {"password": "x"}, ["x"], [], 10**80]
    assert [str(shown(one)) for one in values] == [
        "true",
        "161",
        "a table",
        "a list of 1",
        "an empty list",
        "1" + "0" * 58 + "…",
    ]


class _Login(BaseModel):
    model_config = ConfigDict(extra="forbid")
    password: str
    port: int = Field(1, ge=1, le=9)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    login: tuple[_Login, ...] = ()


LEAKS = [
    "[[login]]\npassword = 4711",
    '[[login]]\npassword = ["hunter2"]',
    '[[login]]\npassword = { x = "hunter2" }',
    '[[login]]\npassword = "x"\npasswort = "hunter2"',
    'login = "hunter2"',
    'login = ["hunter2"]',
    'hunter = "hunter2"',
]


@pytest.mark.parametrize("words", LEAKS)
def test_what_may_be_a_secret_is_never_repeated(words: str) -> None:
    found, mistakes = check(parse(words.encode(), "f"), _Form, Vocabulary())
    assert found is None
    assert len(mistakes) == 1
    assert "hunter2" not in str(mistakes[0].sentence)
    assert "4711" not in str(mistakes[0].sentence)


def test_every_mistake_is_found_at_once_and_each_once() -> None:
    words = '[[login]]\npassword = 1\nport = 10\n[[login]]\nprot = 2\n[[login]]\npassword = "x"\nport = "3"\n'
    _, mistakes = check(parse(words.encode(), "f"), _Form, Vocabulary())
    assert [str(one) for one in str(MistakesError(mistakes)).splitlines()] == [
        "5 mistakes in f:",
        "  f:2: login[0].password is not what it has to be (its value is not shown); it has to be text in quotes",
        "  f:3: login[0].port is 10; it has to be a whole number from 1 to 9",
        "  f:4: login[1].password is missing; it has to be text in quotes",
        "  f:5: login[1].prot is not known; did you mean port? Known here are password, port",
        '  f:8: login[2].port is "3"; it has to be a whole number from 1 to 9',
    ]


def test_a_good_document_becomes_the_model() -> None:
    found, mistakes = check(parse(b'[[login]]\npassword = "x"\nport = 3', "f"), _Form, Vocabulary())
    assert (found, mistakes) == (_Form(login=(_Login(password="x", port=3),)), [])
