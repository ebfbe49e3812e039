"""What ``inspect`` and ``init`` share: a campus of which only the ranges are known, and the plan that fills it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from auditor import logins
from auditor.audit import Brief
from auditor.permission import permitted
from auditor.plan import make_plan
from probes.campus import AuditSettings, Campus, School, Stage
from probes.probe import all_probes
from probes.text import text
from reports.edition import Language
from reports.language import say
from rules.load import load_rubric, rubric_source

HOSTS = "hosts"


@dataclass(frozen=True)
class Scout:
    """A search about to be made, and where its bundle goes."""

    brief: Brief
    bundles: Path


def scout(options: argparse.Namespace, out: Path, language: Language) -> Scout:
    """Everything that can be decided before anything is sent: permission, ranges, secrets, the rubric.

    Raises:
        AuditorError: with the sentence against it.
    """
    credentials = logins.credentials(options)
    discovery = permitted(options, language)
    bundles = out.absolute() / "bundles"
    campus = Campus(
        school=School(
            name=options.school or say(text("unnamed school"), language),
            stages=tuple(dict.fromkeys(Stage(one) for one in options.stage)) or (Stage.JUNIOR,),
        ),
        audit=AuditSettings(bundles=str(bundles), attestations=str(out.absolute() / "attestations.toml")),
        discovery=discovery,
        credential=credentials,
    )
    rubric = load_rubric(campus.audit.rubric)
    plan = make_plan(campus, all_probes(), only=[HOSTS])
    source, known_hosts = rubric_source(campus.audit.rubric), out.absolute() / "inspection.known_hosts"
    return Scout(Brief(campus, rubric, source, (), plan, known_hosts), bundles)
