"""What goes wrong when people attest."""

from __future__ import annotations

from probes.errors import AuditorError


class AnswerError(AuditorError):
    """An answer, a date or a document that cannot be taken; the sentence says what to do."""

    exit_code = 2
