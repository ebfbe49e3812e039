"""The one root of errors that carry a sentence for the user, and those of the lowest floor."""

from __future__ import annotations

from probes.observation import Reason
from probes.text import Text


class AuditorError(Exception):
    """Something went wrong that a person can put right; ``text`` says what, where and what to do.

    Attributes:
        text: the sentence, ready to be shown in either language.
        exit_code: what the command line ends with: 2 a usage or inventory error, 3 the work could not be done.
    """

    exit_code = 3

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class SecretError(AuditorError):
    """A secret named in the inventory cannot be had (variable not set, file unreadable, no key ring)."""

    exit_code = 2


class TransportError(AuditorError):
    """A device could not be asked. Probes need not catch it: it becomes an *unavailable* observation.

    Attributes:
        reason: the coded reason that the observation will carry.
    """

    def __init__(self, reason: Reason, text: Text) -> None:
        super().__init__(text)
        self.reason = reason
