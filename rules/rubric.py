"""The shape of a rubric file: Rubric → Section → Category → Indicator → Criterion, a closed vocabulary of facts.

``rules.load`` reads the TOML and names mistakes with their line; this file only says what may stand there. Points and
thresholds are ``Decimal``, so that 0.3 + 0.2 + 0.2 + 0.3 is 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from probes.campus import Stage
from probes.kinds import KINDS, UNITS, unit_of

Points = Annotated[Decimal, Field(ge=0, le=110)]
Sentence = Annotated[str, StringConstraints(min_length=1)]
Scalar = bool | Decimal | str

Population = Literal[
    "campus",
    "classrooms",
    "smart_classrooms",
    "wifi_places",
    "public_areas",
    "uplinks",
    "devices",
    "logs",
    "services",
    "cameras",
    "controls",
    "equipment",
    "systems",
]
Reduce = Literal["share", "count", "min", "max", "median", "latest"]


class Table(BaseModel):
    """A table of the rubric. Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(Table):
    """What must hold of one subject's observation: one comparison, or a named Python predicate.

    Attributes:
        kind: the kind of observation (``probes.kinds.KINDS``).
        where: other fields that must have this value, or one of these, for an observation to count at all.
        field: the field compared.
        at_least, at_most, equals, one_of: the comparison; exactly one of them unless ``test`` is given or a number is
            reduced.
        test: a predicate of ``rules.predicates``, for what no comparison says.
        limits: numbers and words that the predicate asks for, by the names that it knows.
        unit: may repeat the unit that the field's name carries; any other is refused.
        max_age_days: older observations count as not measured.
    """

    kind: str | None = None
    where: dict[str, Scalar | tuple[Scalar, ...]] = Field(default_factory=dict)
    field: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    equals: Scalar | None = None
    one_of: tuple[Scalar, ...] | None = None
    test: str | None = None
    limits: dict[str, Decimal | tuple[str, ...]] = Field(default_factory=dict)
    unit: str | None = None
    max_age_days: Annotated[Decimal, Field(gt=0)] | None = None

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str | None) -> str | None:
        if kind is not None and kind not in KINDS:
            msg = f"unknown_kind:{kind}"
            raise ValueError(msg)
        return kind

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        if self.kind is not None:
            fields = KINDS[self.kind].model_fields
            for name in (*self.where, *((self.field,) if self.field else ())):
                if name not in fields:
                    msg = f"unknown_field:{self.kind}:{name}"
                    raise ValueError(msg)
        if self.unit is not None:
            if self.unit not in UNITS and self.unit not in UNITS.values():
                msg = f"unknown_unit:{self.unit}"
                raise ValueError(msg)
            if UNITS.get(self.unit, self.unit) != unit_of(self.field or ""):
                msg = f"wrong_unit:{self.field}:{self.unit}"
                raise ValueError(msg)
        return self

    @property
    def accepted(self) -> dict[str, tuple[Scalar, ...]]:
        """For each field of ``where`` the values that it may have."""
        return {name: value if isinstance(value, tuple) else (value,) for name, value in self.where.items()}

    @property
    def comparisons(self) -> tuple[str, ...]:
        """Which of the comparisons are given."""
        names = ("at_least", "at_most", "equals", "one_of")
        return tuple(name for name in names if getattr(self, name) is not None)


class Sample(Table):
    """How many members must be known: all up to ``all_up_to``, else the greater of it and ``share`` of them."""

    all_up_to: Annotated[int, Field(ge=1)]
    share: Annotated[Decimal, Field(gt=0, le=1)]

    def size(self, population: int) -> int:
        """The number of members to be measured out of ``population``.

        >>> Sample(all_up_to=10, share=Decimal("0.1")).size(8), Sample(all_up_to=10, share=Decimal("0.1")).size(145)
        (8, 15)
        """
        return min(population, max(self.all_up_to, math.ceil(population * self.share)))


class Fact(Condition):
    """Facts of a population reduced to one number, on which the ladder stands.

    Either the comparison stands in the fact itself, or in ``all_of`` / ``any_of``, which are judged for each member.
    ``share`` and ``count`` reduce members for which the condition holds; ``min``, ``max``, ``median`` and ``latest``
    reduce the numbers in ``field``.

    Attributes:
        of: for ``devices``, ``logs``, ``services``, ``controls``: the roles, record types, kinds of service or of
            control that are asked for; each is one member, also when the inventory has none (then not measured). For
            ``equipment`` and ``systems``, whose members are the inventory's devices and services one by one: those
            of these roles or kinds only, or all of them.
        each: everything that the inventory names for a member must hold, not just one of them.
        sample: a sample of the population suffices.
        best: each member is judged by its best look within the greatest age instead of by its latest, for what sleeps:
            a panel that is off leaves its port at 10 Mbit/s or down. All conditions are judged on the same look.
        max_age_school_days: as ``max_age_days``, but by the school's calendar: the last so many days with lessons.
    """

    population: Population
    of: tuple[str, ...] = ()
    reduce: Reduce = "share"
    each: bool = False
    all_of: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()
    sample: Sample | None = None
    best: bool = False
    max_age_school_days: Annotated[int, Field(gt=0, le=100)] | None = None

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        nested = bool(self.all_of) + bool(self.any_of)
        if nested > 1 or (nested and self.kind is not None) or (not nested and self.kind is None):
            msg = "fact_shape"
            raise ValueError(msg)
        counting = self.reduce in {"share", "count"}
        for condition in self.conditions:
            if condition.kind is None or (condition.test is None and condition.field is None):
                msg = "fact_incomplete"
                raise ValueError(msg)
            given = len(condition.comparisons) + (condition.test is not None)
            if given != (1 if counting else 0):
                msg = "fact_comparison" if counting else "fact_number"
                raise ValueError(msg)
        if not counting and nested:
            msg = "fact_number"
            raise ValueError(msg)
        ages = {condition.max_age_days for condition in self.all_of or self.any_of}
        one_kind = len({condition.kind for condition in self.conditions}) == 1
        aged = (self.max_age_days is None) != (self.max_age_school_days is None)
        if self.best and not (counting and one_kind and aged and ages <= {None}):
            msg = "fact_best"
            raise ValueError(msg)
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions judged for each member; the fact itself where none are nested."""
        return self.all_of or self.any_of or (self,)


class Rung(Table):
    """A step of a ladder: reach the number, earn the points. At each criterion all rungs look the same way."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None
    points: Points

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            msg = "rung_direction"
            raise ValueError(msg)
        return self


class Criterion(Table):
    """A part of an indicator that earns points of its own.

    Attributes:
        by: ``measured`` (an attestation stands beside and can contradict, but earns nothing), ``either`` (an
            attestation stands in where nothing was measured) or ``attested`` (people vouch for it; no fact).
        fact, measure: the facts to reduce, or a named function of ``rules.measures`` that yields a number.
        confirm: measured points count as proven only once a person has confirmed the use (class *partial*).
        requires: ids of criteria of the same indicator without which this one earns nothing.
        stages, unless_stages: the criterion applies if the school has any / none of these stages.
        basis: where the threshold comes from; a ``proposal`` is ours and is shown as such.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    label: Sentence
    label_en: Sentence
    points: Points
    by: Literal["measured", "either", "attested"] = "measured"
    fact: Fact | None = None
    measure: str | None = None
    confirm: bool = False
    ladder: tuple[Rung, ...] = ()
    requires: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    unless_stages: tuple[Stage, ...] = ()
    basis: Literal["seed", "law", "standard", "proposal"]
    why: Sentence
    why_en: Sentence

    def applies_to(self, stages: Iterable[Stage]) -> bool:
        """Whether a school of these stages is judged by the criterion."""
        own = set(stages)
        return (not self.stages or bool(own & set(self.stages))) and not own & set(self.unless_stages)


class Cap(Table):
    """A lid on an indicator: as long as the criterion is not met in full, no more than ``at_most`` points."""

    unless: str
    at_most: Points
    why: Sentence
    why_en: Sentence


class Indicator(Table):
    """One of the rubric's smallest items, with its official text."""

    id: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    text: Sentence
    text_en: Sentence
    points: Points
    kind: Literal["auto", "partial", "attest"] = Field(alias="class")
    evidence: Sentence
    evidence_en: Sentence
    valid_months: Annotated[int, Field(ge=1)] | None = None
    criterion: tuple[Criterion, ...] = Field(min_length=1)
    cap: tuple[Cap, ...] = ()

    @property
    def category(self) -> str:
        """The id of the category the indicator belongs to: ``1.4.2`` → ``1.4``."""
        return self.id.rpartition(".")[0]

    @property
    def section(self) -> str:
        """The id of its section: ``1.4.2`` → ``1``."""
        return self.id.partition(".")[0]


class Heading(Table):
    """A section or a category with the points it must add up to."""

    id: str
    title: Sentence
    title_en: Sentence
    points: Points


class Header(Table):
    """What a rubric says of itself; ``lint`` holds the rest of the file to these numbers."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Sentence
    title_en: Sentence
    source: Sentence
    indicators: int
    categories: int
    points: Points
    pass_line: Points
    attestation_valid_months: Annotated[int, Field(ge=1)] = 12


class Rubric(Table):
    """A whole rubric."""

    rubric: Header
    section: tuple[Heading, ...]
    category: tuple[Heading, ...]
    indicator: tuple[Indicator, ...]
    sha256: str = ""

    @cached_property
    def by_id(self) -> dict[str, Indicator]:
        """Indicators by their id."""
        return {one.id: one for one in self.indicator}

    def within(self, heading: Heading) -> Iterator[Indicator]:
        """The indicators of a section or category, in the rubric's order."""
        return (one for one in self.indicator if heading.id in {one.section, one.category})

    def heading(self, title: str) -> Heading | None:
        """The section or category with this id or title in either language, or ``None``."""
        wanted = title.strip()
        return next((h for h in (*self.section, *self.category) if wanted in {h.id, h.title, h.title_en}), None)
