"""From a rubric's TOML to the rubric, or to all of its mistakes with file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from probes.errors import AuditorError
from probes.kinds import KINDS, UNITS, unit_of
from probes.text import Text, text
from probes.written.allowed import closest
from probes.written.mistakes import Coded, Vocabulary, check
from probes.written.tomlfile import Mistake, MistakesError, parse, read_bytes
from rules.lint import lint
from rules.rubric import Rubric

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class RubricError(MistakesError):
    """A rubric has mistakes, or cannot be read."""


class NoRubricError(AuditorError):
    """There is no rubric of that name."""

    exit_code = 2


def load_rubric(name_or_path: str) -> Rubric:
    """Load a rubric by its name (``jiangsu-2018``) or from a file.

    Returns:
        The rubric, with the SHA-256 of the file's bytes in ``sha256``.

    Raises:
        NoRubricError: for a name that is none; the sentence lists those there are.
        RubricError: with every mistake.
    """
    return parse_rubric(rubric_source(name_or_path), _shown(name_or_path))


def rubric_source(name_or_path: str) -> bytes:
    """The bytes of a rubric's file; raises like ``load_rubric`` when there is none."""
    if not _NAME.fullmatch(name_or_path):
        return read_bytes(Path(name_or_path), RubricError)
    known = rubric_names()
    if name_or_path in known:
        return resources.files("rules").joinpath(f"{name_or_path}.toml").read_bytes()
    if Path(name_or_path).is_file():
        return read_bytes(Path(name_or_path), RubricError)
    guess = closest(name_or_path, known)
    names = ", ".join(known)
    raise NoRubricError(
        text("there is no rubric “{name}”; there are: {names}, or name a file", name=name_or_path, names=names)
        if guess is None
        else text(
            "there is no rubric “{name}”; did you mean {guess}? There are: {names}, or name a file",
            name=name_or_path,
            guess=guess,
            names=names,
        )
    )


def rubric_names() -> tuple[str, ...]:
    """The rubrics that come with the program."""
    names = (one.name for one in resources.files("rules").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def parse_rubric(content: bytes, path: Path | str) -> Rubric:
    """Read a rubric from the bytes of its file.

    Args:
        content: the file.
        path: what it is called in sentences.

    Raises:
        RubricError: with every mistake.
    """
    document = parse(content, str(path), RubricError)
    if not document.data:
        raise RubricError([Mistake(document.file, None, "", text("this rubric is empty"))])
    found, mistakes = check(document, Rubric, _VOCABULARY)
    if not isinstance(found, Rubric):
        raise RubricError(mistakes)
    slips = lint(found)
    if slips:
        raise RubricError(
            document.mistake(where, text("{key}: {sentence}", key=document.key(where), sentence=sentence))
            for where, sentence in slips
        )
    return found.model_copy(update={"sha256": hashlib.sha256(content).hexdigest()})


def _shown(name_or_path: str) -> str:
    is_name = _NAME.fullmatch(name_or_path) and name_or_path in rubric_names()
    return f"rules/{name_or_path}.toml" if is_name else name_or_path


def _unknown_kind(key: str, parts: Sequence[str]) -> Text:
    return _unknown(key, parts[0], tuple(KINDS))


def _unknown_field(key: str, parts: Sequence[str]) -> Text:
    kind, field = parts[0], ":".join(parts[1:])
    fields = tuple(KINDS[kind].model_fields)
    return text(
        "{key}: {sentence}",
        key=key,
        sentence=text(
            "observations of kind “{kind}” have no field “{field}”; they have {fields}",
            kind=kind,
            field=field,
            fields=", ".join(fields),
        )
        if (guess := closest(field, fields)) is None
        else text(
            "observations of kind “{kind}” have no field “{field}”; did you mean {guess}? They have {fields}",
            kind=kind,
            field=field,
            guess=guess,
            fields=", ".join(fields),
        ),
    )


def _unknown_unit(key: str, parts: Sequence[str]) -> Text:
    return _unknown(f"{key}.unit", ":".join(parts), tuple(UNITS.values()))


def _unknown(key: str, word: str, known: tuple[str, ...]) -> Text:
    guess = closest(word, known)
    if guess is None:
        return text("{key} is “{word}”; it has to be one of {known}", key=key, word=word, known=", ".join(known))
    return text(
        "{key} is “{word}”; did you mean {guess}? It has to be one of {known}",
        key=key,
        word=word,
        guess=guess,
        known=", ".join(known),
    )


def _wrong_unit(key: str, parts: Sequence[str]) -> Text:
    field, unit = parts[0], ":".join(parts[1:])
    if unit_of(field):
        return text(
            "{key}.unit is “{unit}”, but the field “{field}” is in {right}",
            key=key,
            unit=unit,
            field=field,
            right=unit_of(field),
        )
    return text("{key}.unit is “{unit}”, but the field “{field}” has no unit", key=key, unit=unit, field=field)


def _fixed(sentence: Text) -> Coded:
    return lambda key, _: text("{key}: {sentence}", key=key, sentence=sentence)


_CODES: Mapping[str, Coded] = MappingProxyType(
    {
        "unknown_kind": _unknown_kind,
        "unknown_field": _unknown_field,
        "unknown_unit": _unknown_unit,
        "wrong_unit": _wrong_unit,
        "fact_shape": _fixed(text("a fact has either a kind of its own, or all_of, or any_of")),
        "fact_incomplete": _fixed(text("each condition needs a kind, and a field to compare or a test")),
        "fact_comparison": _fixed(
            text(
                "to reduce to a share or a count takes one of at_least, at_most, equals, one_of, test in each condition"
            )
        ),
        "fact_number": _fixed(
            text("to reduce to min, max, median or latest takes a field and no comparison; the ladder compares")
        ),
        "fact_best": _fixed(
            text(
                "best stands with a share or a count of one kind of observation, and with one max_age_days or "
                "max_age_school_days of the fact"
            )
        ),
        "rung_direction": _fixed(text("a rung has either at_least or at_most")),
    }
)

_VOCABULARY = Vocabulary(
    patterns=MappingProxyType(
        {
            r"^[a-z0-9][a-z0-9-]*$": text("a name of small letters a to z, digits and hyphens"),
            r"^\d+\.\d+\.\d+$": text("three numbers with points between, such as 1.4.2"),
        }
    ),
    codes=_CODES,
)
