"""How the school stands at this moment: the newest bundle's measurements with what people vouch for today, judged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from socket import gethostname

from auditor import attestations, inventory
from auditor.attestations import Statement
from auditor.bundle_reader import Bundle, NoBundleError, open_bundle
from probes.campus import Campus
from rules.assessment import Assessment
from rules.calendar import local_day
from rules.judge import judge
from rules.load import load_rubric

_NAME = re.compile(r"\d{8}T\d{6}Z(-\d+)?(\.zip)?")


@dataclass(frozen=True)
class Standing:
    """A judgement of this moment.

    Attributes:
        bundle: whose measurements it rests on; ``None`` where nothing was measured yet.
        statements: what people vouch for today, with the documents.
    """

    campus: Campus
    attestations: Path
    bundle: Bundle | None
    assessment: Assessment
    statements: tuple[Statement, ...] = ()

    @property
    def today(self) -> date:
        """At the school."""
        return local_day(self.assessment.now, self.campus.school.timezone)


class Stand:
    """Judges again whenever it is asked; a bundle that was read once is not read again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bundle: Bundle | None = None

    def now(self, moment: datetime | None = None) -> Standing:
        """Inventory, rubric and attestations as they are written now; measurements of the newest whole audit.

        Raises:
            MistakesError: the inventory, the rubric or the attestations have mistakes.
        """
        moment = moment or datetime.now(UTC)
        campus = inventory.load(self.path)
        rubric, written = load_rubric(campus.audit.rubric), Path(campus.audit.attestations)
        statements = attestations.load(written, rubric, moment, gethostname())
        bundle = self._newest(Path(campus.audit.bundles))
        seen = [one for one in bundle.observations if one.kind != "attestation"] if bundle else []
        seen += [one.observation for one in statements]
        return Standing(campus, written, bundle, judge(rubric, seen, campus, moment), statements)

    def _newest(self, parent: Path) -> Bundle | None:
        for path in newest_first(parent):
            if self._bundle is not None and self._bundle.path == path:
                return self._bundle
            if not _may_be_whole(path):
                continue
            try:
                found = open_bundle(path)
            except NoBundleError:
                continue
            if found.finished_at is not None and not found.header.only:
                self._bundle = found
                return found
        return None


def _may_be_whole(path: Path) -> bool:
    """Whether it is worth reading: an audit of single probes, or one that was cut short, is known by small files."""
    if path.is_file():
        return True
    try:
        header = json.loads((path / "bundle.json").read_bytes())
        return (path / "manifest.json").is_file() and not header.get("only")
    except (OSError, ValueError, AttributeError):
        return False


def newest_first(parent: Path) -> Iterator[Path]:
    """The bundles in a folder, by their names, which begin with the time."""
    try:
        found = [path for path in parent.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return
    yield from sorted(found, key=lambda path: path.name, reverse=True)
