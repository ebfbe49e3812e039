"""What all pages share: the school, how it stands at this moment, and the audit that may be running."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic

from auditor.attesting.ledger import Ledger
from auditor.attesting.standing import Stand, Standing
from auditor.desk.work import Work
from probes.text import Text
from reports.edition import Language
from reports.language import say

FRESH_S = 15.0


@dataclass(frozen=True)
class _Known:
    stamps: tuple[object, ...]
    at: float
    standing: Standing


class Office:
    """One inventory's desk.

    Args:
        path: the inventory.
        language: of all pages.
    """

    def __init__(self, path: Path, language: Language) -> None:
        self.path = path.absolute()
        self.language: Language = language
        self.work = Work(self.path, language)
        self._stand = Stand(self.path)
        self._known: _Known | None = None
        self._lock = Lock()
        self._key = secrets.token_bytes(32)
        self.by = ""

    def standing(self) -> Standing:
        """How the school stands; judged anew when a file has changed, and every few seconds."""
        with self._lock:
            known = self._known
            if known is not None:
                fresh = monotonic() - known.at < FRESH_S
                if fresh and known.stamps == self._stamps(known.standing):
                    return known.standing
            standing = self._stand.now()
            self._known = _Known(self._stamps(standing), monotonic(), standing)
            return standing

    def ledger(self) -> Ledger:
        """Where answers go."""
        standing = self.standing()
        return Ledger(standing.attestations, standing.assessment.rubric)

    def csrf(self, session: str) -> str:
        """What every form of a session has to bring back."""
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()

    def say(self, sentence: Text) -> str:
        """A sentence in the desk's language."""
        return say(sentence, self.language)

    def _stamps(self, standing: Standing) -> tuple[object, ...]:
        bundles = Path(standing.campus.audit.bundles)
        return tuple(_stamp(path) for path in (self.path, standing.attestations, bundles))


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
