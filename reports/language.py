"""Sentences in the reader's language, through a gettext catalogue whose source strings are English.

The catalogue is ``locale/zh/LC_MESSAGES/campus_auditor.po`` with the compiled ``.mo`` beside it; ``tools/catalogue.py``
brings both up to date.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

from probes.text import Text

if TYPE_CHECKING:
    from reports.edition import Language

CATALOGUE = Path(__file__).with_name("locale") / "zh" / "LC_MESSAGES" / "campus_auditor.mo"


@cache
def translator(language: Language) -> Callable[[str], str]:
    """The function from English templates to those of a language; what is not in the catalogue stays English."""
    if language == "en" or not CATALOGUE.is_file():
        return _unchanged
    with CATALOGUE.open("rb") as file:
        catalogue = GNUTranslations(file)

    def translate(template: str) -> str:
        # gettext answers the empty string with the catalogue's own header.
        return catalogue.gettext(template) if template else ""

    return translate


def knows(template: str) -> bool:
    """Whether a template is one of the program's own, that is, in the catalogue."""
    return bool(template) and _strict()(template) != ""


class _Unknown(NullTranslations):
    """Answers what a catalogue does not have with nothing."""

    def gettext(self, message: str) -> str:
        """Nothing, whatever is asked."""
        del message
        return ""


@cache
def _strict() -> Callable[[str], str]:
    if not CATALOGUE.is_file():
        return _Unknown().gettext
    with CATALOGUE.open("rb") as file:
        catalogue = GNUTranslations(file)
    catalogue.add_fallback(_Unknown())
    return catalogue.gettext


def say(text: Text, language: Language) -> str:
    """A sentence in a language.

    >>> say(Text("{n} rooms", {"n": 3}), "en")
    '3 rooms'
    """
    return text.render(translator(language))


def _unchanged(template: str) -> str:
    return template
