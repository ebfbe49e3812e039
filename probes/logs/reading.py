"""What a look into a log store gives, whatever kind of store it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.kinds import LogCoverage
from probes.observation import Reason
from probes.text import Text


@dataclass(frozen=True)
class Reading:
    """One store, looked at.

    Attributes:
        value: the coverage; ``None`` where the store has no record that proves anything.
        evidence: what the figures rest on, for the bundle.
        reason, why: for ``None``, the code and the sentence.
    """

    value: LogCoverage | None
    evidence: Mapping[str, object] = field(default_factory=dict)
    reason: Reason = Reason.EMPTY
    why: Text = field(default_factory=lambda: Text(""))
