"""From a bundle to what people and programs read: the edition, the summary on the terminal, the JSON document."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory
from auditor.bundle_reader import Bundle, open_bundle
from probes.errors import AuditorError
from probes.text import text
from probes.trouble import said_by
from reports.edition import Edition, Language
from reports.language import say
from rules.judge import judge
from rules.load import RubricError, load_rubric, parse_rubric
from rules.rubric import Heading, Rubric


class QuestionError(AuditorError):
    """A time, section or file that was asked for makes no sense."""

    exit_code = 2


def edition(
    bundle: Bundle,
    language: Language,
    *,
    rubric: str | None = None,
    now: str | None = None,
    section: str | None = None,
) -> Edition:
    """Judge a bundle and prepare it for rendering; touches no network.

    Args:
        bundle: what was measured.
        language: of the document.
        rubric: another rubric than the one in the bundle: a name or a file.
        now: ISO 8601 time to judge at; the present where it is ``None``.
        section: limit to a section or category, by id or title.
    """
    campus = inventory.restore(bundle.inventory)
    judged_by = load_rubric(rubric) if rubric else _own_rubric(bundle)
    assessment = judge(judged_by, bundle.observations, campus, moment(now))
    return Edition(
        assessment=assessment,
        audit_id=bundle.header.id,
        version=bundle.header.version,
        vantage=bundle.header.vantage,
        started_at=datetime.fromisoformat(bundle.header.started_at),
        finished_at=bundle.finished_at,
        raw=bundle.raw,
        recalled=bundle.recalled,
        problems=bundle.problems,
        not_run=tuple((task.probe, task.subject) for task in bundle.not_run),
        language=language,
        section=None if section is None else _heading(judged_by, section),
    )


def opened(path: str, language: Language) -> Bundle:
    """Open a bundle and say on stderr what is wrong with it, if anything."""
    bundle = open_bundle(Path(path))
    if bundle.path != Path(path):
        newest = text(
            "{path} holds bundles; this is about the newest of them, {name}", path=path, name=bundle.path.name
        )
        sys.stderr.write(say(newest, language) + "\n")
    for problem in bundle.problems:
        sys.stderr.write(say(problem, language) + "\n")
    if bundle.finished_at is None:
        unfinished = text(
            "the audit {id} was cut short; {n} tasks are missing", id=bundle.header.id, n=len(bundle.not_run)
        )
        sys.stderr.write(say(unfinished, language) + "\n")
    return bundle


def moment(iso: str | None) -> datetime:
    """A time given on the command line, UTC where it names no zone; the present where there is none."""
    if iso is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(iso)
    except ValueError as error:
        raise QuestionError(text("“{iso}” is no ISO 8601 time, such as 2026-11-23T08:00:00Z", iso=iso)) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _own_rubric(bundle: Bundle) -> Rubric:
    try:
        return parse_rubric(bundle.rubric, bundle.path / "rubric.toml")
    except RubricError as error:
        unfit = text(
            "the rubric in {bundle} does not fit this version of the program ({n} mistakes, the first: {first}); "
            "judge by another one with --rubric {rubric}",
            bundle=bundle.path,
            n=len(error.mistakes),
            first=error.mistakes[0].sentence,
            rubric=bundle.header.rubric,
        )
        raise QuestionError(unfit) from error


def _heading(rubric: Rubric, section: str) -> Heading:
    found = rubric.heading(section)
    if found is None:
        names = ", ".join(heading.title for heading in (*rubric.section, *rubric.category))
        raise QuestionError(text("there is no section “{section}”; there are: {names}", section=section, names=names))
    return found


def write_report(content: str | bytes, target: Path) -> None:
    """Write a report under its name only once it is whole."""
    data = content if isinstance(content, bytes) else content.encode()
    partial = target.with_name(target.name + ".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise AuditorError(
            text("cannot write {path}: {error}; choose another place with --out", path=target, error=said_by(error))
        ) from error
