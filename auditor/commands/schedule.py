"""``schedule enable|disable|status INVENTORY``: the timer of the nightly run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory
from auditor.schedule.jobs import Job, ScheduleError, advice, job_of
from auditor.schedule.status import status_lines
from auditor.schedule.systemd import Systemd
from probes.campus import Campus
from probes.text import Text, text
from reports.language import say


def run(options: argparse.Namespace) -> int:
    """Install, remove or tell; ``status`` ends with 1 where no timer is installed, or the last run failed."""
    path = Path(options.inventory)
    campus = inventory.load(path)
    job = job_of(path, campus)
    scheduler = options.scheduler or _here()
    if options.action == "status":
        lines, fine = status_lines(job, campus, scheduler, user=options.user or None, now=datetime.now(UTC))
        sys.stdout.write("\n".join(say(line, options.language) for line in lines) + "\n")
        return 0 if fine else 1
    if options.dry_run:
        sys.stdout.write(_preview(job, scheduler, options))
        return 0
    done = _enable(job, campus, scheduler, options) if options.action == "enable" else _disable(job, scheduler, options)
    sys.stdout.write("\n".join(say(line, options.language) for line in done) + "\n")
    return 0


def _here() -> str:
    """The scheduler that this machine runs."""
    if sys.platform == "win32":
        return "windows"
    from shutil import which  # noqa: PLC0415

    if Systemd.runs():
        return "systemd"
    if which("crontab"):
        return "cron"
    raise ScheduleError(
        text(
            "neither systemd nor cron runs on this machine; install cron, or let another scheduler run: "
            "campus-auditor audit INVENTORY --night"
        )
    )


def _enable(job: Job, campus: Campus, scheduler: str, options: argparse.Namespace) -> Iterator[Text]:
    now = datetime.now(UTC)
    if scheduler == "systemd":
        yield from Systemd.here(user=options.user or None).enable(job)
    elif scheduler == "cron":
        from auditor.schedule import cron  # noqa: PLC0415

        yield from cron.enable(job, now)
    else:
        from auditor.schedule import windows  # noqa: PLC0415

        yield from windows.enable(job, now)
    yield text(
        "every night at {at} ({zone}), up to {minutes} minutes later by chance; a missed night is caught up",
        at=job.at,
        zone=job.timezone,
        minutes=job.delay_minutes,
    )
    if job.sample:
        yield text("every 5 minutes the uplinks' counters are read")
    yield from (text("note: {advice}", advice=one) for one in advice(job, campus))


def _disable(job: Job, scheduler: str, options: argparse.Namespace) -> Iterator[Text]:
    if scheduler == "systemd":
        there = Systemd.here(user=options.user or None).disable(job)
    elif scheduler == "cron":
        from auditor.schedule import cron  # noqa: PLC0415

        there = cron.disable(job)
    else:
        from auditor.schedule import windows  # noqa: PLC0415

        there = windows.disable(job)
    yield text("removed: {name}", name=job.name) if there else text("there was no timer {name}", name=job.name)


def _preview(job: Job, scheduler: str, options: argparse.Namespace) -> str:
    now = datetime.now(UTC)
    if scheduler == "systemd":
        files = Systemd.here(user=options.user or None).files(job)
        return "\n".join(f"# {path}\n{content}" for path, content in files.items())
    if scheduler == "cron":
        from auditor.schedule import cron  # noqa: PLC0415

        return cron.block(job, now)
    from auditor.schedule import windows  # noqa: PLC0415

    return "".join(windows.tasks(job, now).values())
