"""What every table of an inventory rests on: names, references to secrets, and the strictness of all of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from probes.switching import mac

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\s:/\\]+$")]
"""A short name: no blanks, no colon, no slash, because subjects are written ``<kind>:<id>``."""

PortNumber = Annotated[int, Field(ge=1, le=65535)]


def _is_reference(value: str) -> str:
    scheme, _, rest = value.partition(":")
    if scheme not in {"env", "file", "keyring"} or not rest:
        # The value itself may be a password that somebody typed here: it must not be repeated.
        msg = "secret_reference"
        raise ValueError(msg)
    return value


SecretRef = Annotated[str, AfterValidator(_is_reference)]
"""Where a secret lies: ``env:NAME``, ``file:PATH`` or ``keyring:SERVICE/USER``; never the secret itself."""

MacAddress = Annotated[
    str, StringConstraints(pattern=mac.SPELLING), AfterValidator(mac.canonical), PlainSerializer(mac.masked)
]
"""A MAC address, which no snapshot repeats: it is written out masked, and read back so."""


class Entry(BaseModel):
    """A table of the inventory. Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
