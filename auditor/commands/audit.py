"""``audit INVENTORY``: plan, probe, judge, report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from auditor import after, nightly
from auditor.audit import Brief, Outcome, conduct, prepare
from auditor.bundle import BundleError
from auditor.bundle_reader import NoBundleError, open_bundle
from auditor.complaints import complaining
from auditor.history.trend import with_trend
from auditor.present import QuestionError, edition, moment, write_report
from auditor.window import Window
from probes.errors import AuditorError
from probes.text import Text, text
from reports.edition import Edition, Language
from reports.html import render
from reports.json import document
from reports.language import say
from reports.summary import plan_lines, summary


def run(options: argparse.Namespace) -> int:
    """Audit; exit code 0 at or above the pass line, 1 below it, 3 when it was cut short."""
    moment(options.now)  # a mistake in the time must show before an hour of measuring, not after
    if not options.night and (options.if_missed or options.delay is not None):
        raise QuestionError(text("--if-missed and --delay go with --night"))
    if options.night and not options.dry_run:
        return nightly.run(options, lambda outcome: _delivered(outcome, options))
    only = [name for name in options.only.split(",") if name.strip()]
    brief = prepare(Path(options.inventory), only, count_logs=options.count_logs)
    if options.dry_run:
        show_plan(brief, options.language, as_json=options.json, night=options.night)
        return 0
    outcome = conduct(brief, Path(options.out) if options.out else None, options.language)
    return nightly.finish(outcome, lambda outcome: _delivered(outcome, options))


def _delivered(outcome: Outcome, options: argparse.Namespace) -> Edition:
    if outcome.resumed:
        sys.stderr.write(say(text("went on in this night's bundle, which had been cut short"), options.language) + "\n")
    return deliver(outcome, options, now=options.now)


def deliver(outcome: Outcome, options: argparse.Namespace, *, now: str | None = None) -> Edition:
    """Judge the bundle, write the HTML report beside it and print the result; also for an audit cut short.

    Messages follow the locale, but reports are Chinese unless ``--lang en`` asks for English.
    """
    language: Language = options.language
    report_language: Language = "en" if options.lang == "en" else "zh"
    try:
        bundle = open_bundle(outcome.bundle)
    except NoBundleError:
        if outcome.cut_short is not None:  # cut short before there was anything to judge
            raise BundleError(outcome.cut_short) from None
        raise
    after.remember(outcome.bundle.parent, complaining(language))
    judged = with_trend(edition(bundle, language, now=now), bundle)
    report = _written(render(replace(judged, language=report_language)), outcome.bundle.with_suffix(".html"), language)
    if outcome.cut_short is not None:
        sys.stderr.write(say(outcome.cut_short, language) + "\n")
    if options.json:
        found = document(judged, bundle=str(outcome.bundle), report=report)
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(summary(judged, str(outcome.bundle), report) + "\n")
    return judged


def _written(content: str, target: Path, language: Language) -> str | None:
    """The report's path once it is written; a report that cannot be written must not swallow the result."""
    try:
        write_report(content, target)
    except AuditorError as error:
        sys.stderr.write(say(error.text, language) + "\n")
        return None
    return str(target)


def show_plan(brief: Brief, language: Language, *, as_json: bool, night: bool = False) -> None:
    """Print what would be done, what tonight's sample leaves out, and for a measuring night its limits."""
    plan = brief.plan
    if as_json:
        sys.stdout.write(json.dumps(_plan_document(brief, night=night), ensure_ascii=False) + "\n")
        return
    rows = [(task.probe.name, task.subject, task.probe.touch, task.probe.exclusive) for task in plan.tasks]
    lines = list(plan_lines(rows, plan.expected_s, plan.expected_mb, language))
    lines += _sent(brief, language)
    if plan.left_out:
        left_out = dict.fromkeys(task.subject for task in plan.left_out)
        sentence = text(
            "not in tonight's sample of classrooms: {n} ({subjects})", n=len(left_out), subjects=", ".join(left_out)
        )
        lines.append(say(sentence, language))
    if night:
        lines += [say(sentence, language) for sentence in _limits(brief)]
    sys.stdout.write("\n".join(lines) + "\n")
    if not plan.tasks:
        sys.stderr.write(say(text("the inventory names nothing that a probe could look at"), language) + "\n")


def _sent(brief: Brief, language: Language) -> Iterator[str]:
    """The test traffic that the plan lists request by request."""
    listed = [(task, task.probe.sends(task.target, brief.campus)) for task in brief.plan.tasks]
    if any(lines for _, lines in listed):
        yield say(text("test traffic, request by request:"), language)
    for task, lines in listed:
        yield from (f"  {task.probe.name} {task.subject}: {line}" for line in lines)


def _plan_document(brief: Brief, *, night: bool) -> dict[str, object]:
    plan = brief.plan
    tasks = [
        {
            "probe": task.probe.name,
            "subject": task.subject,
            "touch": task.probe.touch,
            "exclusive": task.probe.exclusive,
            "expected_s": task.expected_s,
            "expected_mb": task.expected_mb,
            "sends": list(task.probe.sends(task.target, brief.campus)),
        }
        for task in plan.tasks
    ]
    document: dict[str, object] = {
        "tasks": tasks,
        "expected_s": round(plan.expected_s, 1),
        "expected_mb": round(plan.expected_mb, 1),
        "left_out": [{"probe": task.probe.name, "subject": task.subject} for task in plan.left_out],
    }
    if night:
        window, now = Window.of(brief.campus), datetime.now(UTC)
        opens = window.opens(now)
        closes = None if opens is None else window.open_until(opens)
        document["night"] = {
            "date": window.night(now).isoformat(),
            "opens": None if opens is None else opens.isoformat(),
            "closes": None if closes is None else closes.isoformat(),
            "budget_gb": brief.campus.audit.night.budget_gb,
            "busy_share": brief.campus.audit.night.busy_share,
        }
    return document


def _limits(brief: Brief) -> Iterator[Text]:
    """When the tests of a measuring night may run, and how much they may move."""
    settings, window = brief.campus.audit.night, Window.of(brief.campus)
    opens = window.opens(datetime.now(UTC))
    closes = None if opens is None else window.open_until(opens)
    if opens is None or closes is None:
        yield text("the calendar in [audit.night] leaves no time for tests within a year")
    else:
        yield text(
            "tests from {opens} to {closes} (school time)", opens=window.local(opens), closes=window.local(closes)
        )
    tests = [task for task in brief.plan.tasks if task.probe.exclusive and task.probe.touch == "active"]
    yield text(
        "{n} tests, one at a time, about {minutes} minutes and {gb} GB of the {budget} GB that a night may move",
        n=len(tests),
        minutes=round(sum(task.expected_s for task in tests) / 60, 1),
        gb=round(sum(task.expected_mb for task in tests) / 1000, 2),
        budget=f"{settings.budget_gb:g}",
    )
