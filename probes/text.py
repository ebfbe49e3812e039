"""Sentences for people, kept apart from the language they are shown in.

Code writes the English sentence where it arises; ``reports.language`` turns it into Chinese through the gettext
catalogue. Values travel as parameters, so a device's own words are never part of a template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """An English template with its parameters; ``str()`` gives the English sentence.

    Parameters may be ``Text`` themselves and are then translated with the sentence around them.

    >>> str(Text("{n} of {total} rooms", {"n": 3, "total": 5}))
    '3 of 5 rooms'
    """

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.render(lambda template: template)

    def render(self, translate: Callable[[str], str]) -> str:
        """The sentence with its template, and those of its parameters, passed through ``translate``."""
        shown = {
            key: value.render(translate) if isinstance(value, Text) else value for key, value in self.params.items()
        }
        return translate(self.template).format(**shown)


def plain(sentence: Text) -> dict[str, object]:
    """A sentence as JSON can hold it: ``template`` and ``params``, nested sentences likewise, other values as words."""
    params = {
        key: plain(value) if isinstance(value, Text) else value if isinstance(value, int | float) else str(value)
        for key, value in sentence.params.items()
    }
    return {"template": sentence.template, "params": params}


def unplain(told: Mapping[str, object]) -> Text:
    """The sentence that ``plain`` wrote; only for what this program itself wrote a moment ago."""
    params = told.get("params")
    nested = params.items() if isinstance(params, Mapping) else ()
    return Text(
        str(told.get("template", "")),
        {key: unplain(value) if isinstance(value, Mapping) else value for key, value in nested},
    )


def text(template: str, /, **params: object) -> Text:
    """Shorthand for ``Text(template, params)``; gettext extraction looks for calls of this name."""
    return Text(template, params)


def in_its_words(words: object) -> Text:
    """What a device, a system or a library says, in its own words; nobody translates them."""
    return text("{words}", words=words)


COMMA = text("{list}, {item}")
SEMICOLON = text("{list}; {item}")


def listed(sentences: Sequence[Text], parted: Text = COMMA, *, most: int | None = None) -> Text:
    """Sentences as one, parted as the language parts them: all, or the first ``most`` and how many more there are.

    >>> names = [text("a"), text("b"), text("c")]
    >>> str(listed(names, SEMICOLON)), str(listed(names, most=2))
    ('a; b; c', 'a, b and 1 more')
    """
    together = sentences[0] if sentences else Text("")
    for item in sentences[1:most]:
        together = Text(parted.template, {"list": together, "item": item})
    if most is not None and len(sentences) > most:
        together = text("{list} and {n} more", list=together, n=len(sentences) - most)
    return together
