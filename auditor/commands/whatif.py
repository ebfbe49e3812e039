"""``whatif BUNDLE``: what a change would earn, and the cheapest way to a number of points."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from auditor import inventory
from auditor.history.record import own_rubric
from auditor.present import QuestionError, moment, opened
from auditor.questions import whatif
from auditor.questions.cheapest import Plan, Step, Way, cheapest
from auditor.questions.difference import Difference, difference
from auditor.questions.effort import load_efforts
from probes.text import text
from reports.edition import Language
from reports.json import number
from reports.language import say
from reports.polish import Speaker
from reports.visible import visible
from reports.wording import label_of, points, points_between
from rules.judge import judge


def run(options: argparse.Namespace) -> int:
    """Judge the bundle as it is and as it would be; with ``--target``, the cheapest way from there."""
    settings = [whatif.parse(one) for one in options.settings]
    target = None if options.target is None else _points(options.target)
    if not settings and target is None:
        raise QuestionError(text("say what to change with --set, or how many points you want with --target"))
    bundle, now = opened(options.bundle, options.language), moment(options.now)
    campus = inventory.restore(bundle.inventory)
    rubric = own_rubric(bundle)
    before = judge(rubric, bundle.observations, campus, now)
    after = judge(rubric, whatif.changed(bundle.observations, campus, rubric, settings, now), campus, now)
    compared = difference(before, after)
    plan = None if target is None else cheapest(after, target, load_efforts())
    if options.json:
        document = _document(compared, plan, str(bundle.path), options)
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        lines = [*(_earned(compared, options.language) if settings else ())]
        lines += _way(plan, options.language) if plan is not None else ()
        sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _points(written: str) -> Decimal:
    try:
        found = Decimal(written)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found <= 1000:  # noqa: PLR2004  no rubric has more
        raise QuestionError(text("“{written}” is no number of points", written=written))
    return found


def _earned(found: Difference, language: Language) -> Iterator[str]:
    gain = found.after.score.proven - found.before.score.proven
    yield say(
        text(
            "it would earn {gain}: {before} → {after} of {total} points proven",
            gain=f"+{points(gain)}" if gain >= 0 else f"−{points(-gain)}",
            before=points(found.before.score.proven),
            after=points(found.after.score.proven),
            total=points(found.after.score.total),
        ),
        language,
    )
    for shift in found.shifts:
        name = f"{shift.indicator.id} {label_of(shift.indicator, language)}"
        span = f"{points_between(shift.before)} → {points_between(shift.after)}"
        yield f"  {say(text('{name}: {what}', name=name, what=span), language)}"


def _way(plan: Plan, language: Language) -> Iterator[str]:
    now, target = points(plan.proven), points(plan.target)
    if plan.is_enough and not plan.ways:
        yield say(text("{target} points are proven already: {now}", target=target, now=now), language)
        return
    if not plan.is_enough:
        sentence = text(
            "{target} points cannot be reached: at most {reached}, with all that follows",
            target=target,
            reached=points(plan.reached),
        )
    else:
        sentence = text(
            "the cheapest way from {now} to {target} points: about {hours} hours of work, then {reached}",
            now=now,
            target=target,
            hours=plan.hours,
            reached=points(plan.reached),
        )
    yield say(sentence, language)
    for way in plan.ways:
        hours = say(text("about {n} h", n=way.hours), language)
        indicator = way.finding.indicator
        yield f"  +{points(way.gain):5} {hours:>8}  {indicator.id} {label_of(indicator, language)}"
        for step in way.steps:
            yield f"        · {_step(step, way, language)}"
    if any(way.uncertain for way in plan.ways):
        yield say(text("* only the measurement tells whether these points are really there"), language)
    yield say(
        text("hours compare the ways with each other; they are no quotation (auditor/questions/effort.toml)"), language
    )


def _step(step: Step, way: Way, language: Language) -> str:
    need = visible(Speaker(language, longest=60).sentence(way.finding, step.need))
    work = step.work.why if language == "zh" else step.work.why_en
    times = f" × {step.times}" if step.times > 1 else ""
    sentence = text(
        "{criterion}: {need} ({work})", criterion=label_of(step.criterion, language), need=need, work=f"{work}{times}"
    )
    return f"{say(sentence, language)}{'' if step.certain else ' *'}"


def _document(found: Difference, plan: Plan | None, bundle: str, options: argparse.Namespace) -> dict[str, Any]:
    language: Language = options.language
    document: dict[str, Any] = {
        "bundle": bundle,
        "set": options.settings,
        "before": _score(found.before.score),
        "after": _score(found.after.score),
        "gain": number(found.after.score.proven - found.before.score.proven),
        "changes": [
            {
                "indicator": one.indicator.id,
                "gain": number(one.gain),
                "before": {"proven": number(one.before.low), "possible": number(one.before.high)},
                "after": {"proven": number(one.after.low), "possible": number(one.after.high)},
            }
            for one in found.shifts
        ],
    }
    if plan is not None:
        document["plan"] = {
            "target": number(plan.target),
            "reachable": plan.is_enough,
            "reached": number(plan.reached),
            "hours": plan.hours,
            "ways": [
                {
                    "indicator": way.finding.indicator.id,
                    "gain": number(way.gain),
                    "hours": way.hours,
                    "steps": [
                        {
                            "criterion": step.criterion.id,
                            "need": Speaker(language, longest=200).sentence(way.finding, step.need),
                            "hours": step.hours,
                            "times": step.times,
                            "work": step.work.why if language == "zh" else step.work.why_en,
                            "certain": step.certain,
                        }
                        for step in way.steps
                    ],
                }
                for way in plan.ways
            ],
        }
    return document


def _score(score: Any) -> dict[str, float]:
    return {name: number(getattr(score, name)) for name in ("proven", "possible", "total", "pass_line")}
