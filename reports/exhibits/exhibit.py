"""An exhibit: what was observed of one thing, as a drawing, a table and the sentence that sums it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup

from probes.campus import Campus
from probes.kinds import Value
from probes.observation import Observation, Status
from probes.text import Text
from reports.edition import Edition
from reports.language import say
from reports.names import subject_names
from reports.polish import cut
from reports.wording import detail_of, reason_phrase, stamp
from rules.rubric import Heading

LONGEST_NAME = 60
ROWS_SHOWN = 200
"""Rows of one exhibit's table; those that need attention come first and the rest is counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; ``links`` are the observations it rests on, ``tone`` is ``bad`` or ``doubt`` or nothing."""

    cells: tuple[str, ...]
    links: tuple[str, ...] = ()
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; its first column names the rows. ``more`` rows are not shown."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Plate:
    """One drawing with what stands above and below it."""

    title: str
    drawing: Markup
    said: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend: the class of its swatch, and what it means."""

    swatch: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What stands on the page.

    Attributes:
        id: of the heading, and the class by which the style sheet knows the exhibit.
        said: sentences that sum it up, also for who cannot see the drawing.
        folded: the table is closed on the screen, because the drawings already say the essence.
    """

    id: str
    title: str
    said: tuple[str, ...]
    plates: tuple[Plate, ...] = ()
    grid: Grid | None = None
    keys: tuple[Key, ...] = ()
    note: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Material:
    """What exhibits are made from: an edition's observations by kind, and the words for them."""

    edition: Edition
    _names: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def campus(self) -> Campus:
        """The campus as its inventory describes it."""
        return self.edition.assessment.campus

    @cached_property
    def by_kind(self) -> Mapping[str, tuple[Observation, ...]]:
        """All observations by kind, the oldest first."""
        found: dict[str, list[Observation]] = {}
        for one in sorted(self.edition.assessment.observations.values(), key=lambda one: (one.taken_at, one.id)):
            found.setdefault(one.kind, []).append(one)
        return {kind: tuple(several) for kind, several in found.items()}

    @cached_property
    def _subjects(self) -> Mapping[str, str]:
        return subject_names(self.campus)

    def latest(self, kind: str, facet: Callable[[Value], object] = lambda _: None) -> dict[str, Observation]:
        """The newest observation of every subject (and facet of it), those that succeeded before those that failed.

        In the order of the subjects as they were first seen.
        """
        newest: dict[tuple[str, object], Observation] = {}
        for one in self.by_kind.get(kind, ()):
            key = (one.subject, None if one.value is None else facet(one.value))
            if one.status is Status.OK or key not in newest:
                newest[key] = one
        succeeded = {subject for (subject, _), one in newest.items() if one.status is Status.OK}
        return {
            one.id: one for (subject, _), one in newest.items() if one.status is Status.OK or subject not in succeeded
        }

    def say(self, sentence: Text) -> str:
        """A sentence in the edition's language."""
        return say(sentence, self.edition.language)

    def name(self, subject: str) -> str:
        """What the inventory calls a subject; else the subject without its prefix."""
        named = self._subjects.get(subject)
        return cut(named or subject.partition(":")[2] or subject, LONGEST_NAME)

    def device(self, device_id: str) -> str:
        """What the inventory calls a device."""
        return cut(self._subjects.get(device_id, device_id), LONGEST_NAME)

    def when(self, one: Observation) -> str:
        """When it was seen, to the minute."""
        return stamp(one.taken_at, self.campus.school.timezone)[:16]

    def listed(self, words: Sequence[str]) -> str:
        """Words one after the other, as the language separates them."""
        return ("、" if self.edition.language == "zh" else ", ").join(words)

    def failure(self, one: Observation) -> str:
        """Why there is no value, in a few words."""
        said = "" if one.reason is None else self.say(reason_phrase(one.reason))
        detail = cut(detail_of(one, self.edition.language), LONGEST_NAME)
        return f"{said} · {detail}" if detail and said else said or detail


Maker = Callable[[Material], Exhibit | None]
"""Makes an exhibit, or nothing where nothing of its kind was seen or asked for."""


def home_of(edition: Edition, kinds: Sequence[str]) -> Heading | None:
    """The category under which an exhibit stands: the first whose criteria ask for one of the kinds."""
    rubric = edition.assessment.rubric
    for kind in kinds:
        for indicator in rubric.indicator:
            asked = (
                condition.kind
                for criterion in indicator.criterion
                if criterion.fact is not None
                for condition in criterion.fact.conditions
            )
            if kind in asked:
                return next((one for one in rubric.category if one.id == indicator.category), None)
    return None


def limited(rows: Sequence[Row], most: int = ROWS_SHOWN) -> tuple[tuple[Row, ...], int]:
    """At most so many rows, those with a tone first where some have to go; and how many went."""
    if len(rows) <= most:
        return tuple(rows), 0
    kept = set(sorted(range(len(rows)), key=lambda n: (rows[n].tone == "", n))[:most])
    return tuple(row for n, row in enumerate(rows) if n in kept), len(rows) - most
