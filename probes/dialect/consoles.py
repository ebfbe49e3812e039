"""How consoles and web interfaces are spoken to, vendor by vendor."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from probes.dialect.base import Pattern, Table
from probes.transport.gate import ACCEPT, ANSWERS


class Question(Table):
    """Something that a console may ask at login, and the declining answer; ``a`` only accepts a banner."""

    asks: Pattern
    answer: str

    @model_validator(mode="after")
    def _declines(self) -> Self:
        if self.answer not in ANSWERS | {ACCEPT}:
            msg = "not_declining"
            raise ValueError(msg)
        return self


class Console(Table):
    """How the console is spoken to.

    Attributes:
        driver: netmiko's name for the platform; it strips the platform's control sequences.
        prompt: the whole prompt, as it stands alone in the last line.
        paging: lines that switch paging off for this session only.
        more: the mark at the end of a page, for consoles whose paging stays on.
        unknown: what the console says to a command that it does not know or does not allow.
        enable: the line that asks for more rights, where reading needs them.
    """

    driver: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    prompt: Pattern
    paging: tuple[str, ...] = ()
    more: Pattern | None = None
    unknown: Pattern
    enable: str | None = None
    question: tuple[Question, ...] = ()


class Web(Table):
    """How the web interface's programming side (REST) is logged in to; the secret is the inventory's credential.

    Attributes:
        auth: ``none``; ``basic`` and ``digest`` (RFC 7617, 7616) with user and password; ``bearer`` (RFC 6750) with
            the token; ``header`` with the token in the header that ``header`` names; ``sangfor`` with the token as the
            shared key of Sangfor's AC: parameters ``random`` and ``md5`` = MD5(key + random).
    """

    auth: Literal["none", "basic", "digest", "bearer", "header", "sangfor"] = "none"
    header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")] | None = None

    @model_validator(mode="after")
    def _names_the_header(self) -> Self:
        if (self.auth == "header") != (self.header is not None):
            msg = "no_header"
            raise ValueError(msg)
        return self
