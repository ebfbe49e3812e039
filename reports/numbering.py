"""The numbers under which evidence is filed: 1.1.1-01, 1.1.1-02, … in the rubric's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probes.observation import Observation
from reports.edition import Edition
from reports.scope import findings_of
from rules.assessment import Finding


@dataclass(frozen=True, slots=True)
class Exhibited:
    """One observation as evidence for one indicator; who serves several indicators has several numbers."""

    number: str
    finding: Finding
    observation: Observation


def numbered(edition: Edition) -> Iterator[Exhibited]:
    """The evidence of all findings that the edition covers; the same edition always gives the same numbers."""
    seen = edition.assessment.observations
    for finding in findings_of(edition):
        attested = () if finding.attestation is None else (finding.attestation.id,)
        ids = dict.fromkeys((*attested, *finding.observations))
        known = [seen[id_] for id_ in ids if id_ in seen]
        width = max(2, len(str(len(known))))
        for n, one in enumerate(known, 1):
            yield Exhibited(f"{finding.indicator.id}-{n:0{width}}", finding, one)
