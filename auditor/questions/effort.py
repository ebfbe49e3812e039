"""How much work a step is, from ``effort.toml``: hours by its nature, or for each thing that has to change."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from probes.kinds import KINDS


class Work(BaseModel):
    """A number of hours, and what they go into."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Annotated[int, Field(ge=1, le=1000)]
    why: Annotated[str, Field(min_length=1)]
    why_en: Annotated[str, Field(min_length=1)]


class Classes(BaseModel):
    """Every nature of a step; none may be missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inventory: Work
    measure: Work
    confirm: Work
    attest: Work
    build: Work


class Efforts(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classes: Annotated[Classes, Field(alias="class")]
    kind: Mapping[str, Work]


def load_efforts() -> Efforts:
    """Read the file that comes with the program; a kind that there is not is refused."""
    written = resources.files("auditor.questions").joinpath("effort.toml").read_text("utf-8")
    efforts = Efforts.model_validate(tomllib.loads(written))
    unknown = set(efforts.kind) - set(KINDS)
    if unknown:
        msg = f"effort.toml: no such kind: {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    return efforts
