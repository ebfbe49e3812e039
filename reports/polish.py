"""The judge's sentences made ready for readers: ids become names, and no name is longer than a page can bear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from probes.text import Text, in_its_words, listed, text
from reports.edition import Language
from reports.language import say
from reports.names import ASKED_FOR, FIELDS, code_name, member_name
from reports.wording import label_of
from rules.assessment import Finding, Outcome, Part


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says a finding's sentences in a language.

    Attributes:
        longest: parameters longer than so many characters lose their middle; ``None`` leaves them whole.
    """

    language: Language
    longest: int | None = None

    def reasons(self, finding: Finding) -> tuple[str, ...]:
        """Why the finding is as it is: conflicts, then criteria that cost points, then what is said of all of them."""
        parts = sorted(finding.parts, key=_urgency)
        said = {part.criterion.id: self.part_reasons(finding, part) for part in parts}
        often = Counter(one for sentences in said.values() for one in dict.fromkeys(sentences))
        return (
            *(
                self._labelled(part, one) if len(parts) > 1 else one
                for part in parts
                for one in said[part.criterion.id]
                if often[one] == 1
            ),
            *(one for one, times in often.items() if times > 1),
            *(self.sentence(finding, one) for one in finding.why),
        )

    def part_reasons(self, finding: Finding, part: Part) -> tuple[str, ...]:
        """The sentences of one criterion, without its label; where people contradict what was measured, that first."""
        why = part.why
        if part.outcome is Outcome.CONFLICT and not any(one.conflict for one in part.verdicts):
            why = (why[-1], *why[:-1])
        return tuple(self.sentence(finding, one) for one in why)

    def sentence(self, finding: Finding, sentence: Text) -> str:
        """One sentence about a finding."""
        return say(_polished(sentence, _known_names(finding, self.language), self.longest), self.language)

    def plain(self, sentence: Text) -> str:
        """A sentence that names no ids; only its parameters are cut."""
        return say(_polished(sentence, {}, self.longest), self.language)

    def _labelled(self, part: Part, sentence: str) -> str:
        label = label_of(part.criterion, self.language)
        return say(text("{label}: {sentence}", label=label, sentence=sentence), self.language)


def _urgency(part: Part) -> tuple[bool, bool]:
    return part.outcome is not Outcome.CONFLICT, part.points.low == part.criterion.points


VALUES = ("undetermined", "unknown", "full", "half", "yes", "no")
"""Coded values that sentences show."""

Names = Mapping[tuple[str, str], Text]
"""What stands for a parameter's key and value."""


def _known_names(finding: Finding, language: Language) -> Names:
    """What ids and codes stand for: criteria, members that the rubric asks for, and fields of observations."""
    names: dict[tuple[str, str], Text] = {("field", field): name for field, name in FIELDS.items()}
    names["member", "campus"] = code_name("campus")
    names.update({("value", code): code_name(code) for code in VALUES})
    for part in finding.parts:
        for one in part.verdicts:
            if one.member.startswith(ASKED_FOR):
                called = member_name(one.member, one.label)
                names["member", one.label] = called
                # Where it is to be written into the inventory, the word to write stands behind.
                names["name", one.label] = text("{name} ({code})", name=called, code=one.label)
        if part.criterion.fact is not None:
            names.update({("member", code): code_name(code) for code in part.criterion.fact.of})
    for criterion in finding.indicator.criterion:
        label = in_its_words(label_of(criterion, language))
        names.update({(key, criterion.id): label for key in ("criterion", "other")})
    return names


def _polished(sentence: Text, names: Names, longest: int | None) -> Text:
    params = {key: _parameter(key, value, names, longest) for key, value in sentence.params.items()}
    return Text(sentence.template, params)


def _parameter(key: str, value: object, names: Names, longest: int | None) -> object:
    if isinstance(value, Text):
        return _polished(value, names, longest)
    if not isinstance(value, str):
        return value
    ids = [(key, one) for one in value.split(", ")]
    if all(one in names for one in ids):
        return listed([names[one] for one in ids])
    return value if longest is None else cut(value, longest)


def cut(words: str, longest: int) -> str:
    """Words of at most about so many characters, the middle left out.

    >>> cut("abcdefghij", 4), cut("abcd", 4)
    ('ab … ij', 'abcd')
    """
    if len(words) <= longest:
        return words
    half = longest // 2
    return f"{words[:half]} … {words[-half:]}"
