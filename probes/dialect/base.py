"""What every table of a dialect file rests on."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Table(BaseModel):
    """A table of a dialect file. Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _is_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        msg = f"bad_pattern:{error}"
        raise ValueError(msg) from error
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1, max_length=1000), AfterValidator(_is_pattern)]
"""A regular expression of Python's ``re``."""

Oid = Annotated[str, StringConstraints(pattern=r"^1(\.\d+)+$")]
"""An object identifier in numbers, without a dot in front."""
