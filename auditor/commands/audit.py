"""``audit INVENTORY``: plan, probe, judge, report."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from auditor.audit import Brief, Outcome, conduct, prepare
from auditor.bundle import open_bundle
from auditor.present import edition, moment, write_report
from probes.text import text
from reports.edition import Edition, Language
from reports.html import render
from reports.json import document
from reports.language import say
from reports.summary import plan_lines, summary


def run(options: argparse.Namespace) -> int:
    """Audit; exit code 0 at or above the pass line, 1 below it, 3 when it was cut short."""
    moment(options.now)  # a mistake in the time must show before an hour of measuring, not after
    brief = prepare(Path(options.inventory), [name for name in options.only.split(",") if name.strip()])
    if options.dry_run:
        show_plan(brief, options.language, as_json=options.json)
        return 0
    outcome = conduct(brief, Path(options.out) if options.out else None, options.language)
    result = deliver(outcome, options, now=options.now)
    if outcome.cut_short is not None:
        return 3
    score = result.assessment.score
    return 0 if score.proven >= score.pass_line else 1


def deliver(outcome: Outcome, options: argparse.Namespace, *, now: str | None = None) -> Edition:
    """Judge the bundle, write the HTML report beside it and print the result; also for an audit cut short.

    Messages follow the locale, but reports are Chinese unless ``--lang en`` asks for English.
    """
    language: Language = options.language
    report_language: Language = "en" if options.lang == "en" else "zh"
    bundle = open_bundle(outcome.bundle)
    judged = edition(bundle, language, now=now)
    report = outcome.bundle.with_suffix(".html")
    write_report(render(replace(judged, language=report_language)), report)
    if outcome.cut_short is not None:
        sys.stderr.write(say(outcome.cut_short, language) + "\n")
    if options.json:
        found = document(judged, bundle=str(outcome.bundle), report=str(report))
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(summary(judged, str(outcome.bundle), str(report)) + "\n")
    return judged


def show_plan(brief: Brief, language: Language, *, as_json: bool) -> None:
    """Print what would be done."""
    plan = brief.plan
    if as_json:
        tasks = [
            {
                "probe": task.probe.name,
                "subject": task.subject,
                "touch": task.probe.touch,
                "exclusive": task.probe.exclusive,
                "expected_s": task.expected_s,
                "expected_mb": task.expected_mb,
            }
            for task in plan.tasks
        ]
        found = {"tasks": tasks, "expected_s": round(plan.expected_s, 1), "expected_mb": round(plan.expected_mb, 1)}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    rows = [(task.probe.name, task.subject, task.probe.touch, task.probe.exclusive) for task in plan.tasks]
    sys.stdout.write("\n".join(plan_lines(rows, plan.expected_s, plan.expected_mb, language)) + "\n")
    if not plan.tasks:
        sys.stderr.write(say(text("the inventory names nothing that a probe could look at"), language) + "\n")
