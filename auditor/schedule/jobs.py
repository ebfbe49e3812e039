"""What is to be run and when, before any scheduler is thought of."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor import secrets, stamp
from auditor.after import LOG
from probes.campus import Campus
from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by

SAMPLE_MINUTES = 5


class ScheduleError(AuditorError):
    """The timer cannot be installed, removed or asked."""


@dataclass(frozen=True, slots=True)
class Job:
    """The nightly run of one inventory.

    Attributes:
        name: of units, tasks and blocks; of letters, digits and dashes only.
        program: how this program is started, without its arguments.
        inventory: absolute.
        at: ``HH:MM`` in ``timezone``.
        delay_minutes: started up to so much later.
        sample: whether the uplinks' counters are read every five minutes as well.
        environment: file with the variables that ``env:`` references name.
        log: where the output goes where the system keeps none itself.
    """

    name: str
    program: tuple[str, ...]
    inventory: Path
    at: str
    timezone: str
    delay_minutes: int
    sample: bool
    environment: Path
    log: Path

    @property
    def night(self) -> tuple[str, ...]:
        """The command of the nightly run."""
        return (*self.program, "audit", str(self.inventory), "--night")

    @property
    def catch_up(self) -> tuple[str, ...]:
        """The command that does a night only if it was missed."""
        return (*self.night, "--if-missed")

    @property
    def sampling(self) -> tuple[str, ...]:
        """The command that reads the uplinks' counters."""
        return (*self.program, "sample", str(self.inventory))


def job_of(inventory: Path, campus: Campus) -> Job:
    """The job that an inventory asks for.

    Raises:
        ScheduleError: for a path that no scheduler could be given.
    """
    path = inventory.absolute()
    if any(sign in str(path) for sign in "\n\r\0"):
        raise ScheduleError(text("{path} has a line break in its name; rename it", path=path))
    return Job(
        name=name_of(path),
        program=program(),
        inventory=path,
        at=stamp.starts(campus),
        timezone=campus.school.timezone,
        delay_minutes=campus.schedule.delay_minutes,
        sample=campus.schedule.sample and any(uplink.port for uplink in campus.uplink),
        environment=path.parent / "campus-auditor.env",
        log=Path(campus.audit.bundles) / LOG,
    )


def name_of(path: Path) -> str:
    """A name that is the inventory's own, also beside others of the same file name.

    >>> name_of(Path("/srv/学校/inventory.toml"))
    'campus-auditor-inventory-2c7cae62'
    """
    stem = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:32] or "inventory"
    return f"campus-auditor-{stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def program() -> tuple[str, ...]:
    """How to start this very installation, whatever PATH a timer has."""
    script = Path(sys.executable).with_name("campus-auditor.exe" if os.name == "nt" else "campus-auditor")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "auditor.cli")


def local_time(job: Job, now: datetime) -> tuple[int, int]:
    """Hour and minute of the start on this machine's clock, for schedulers that know no time zones."""
    hour, minute = map(int, job.at.split(":"))
    there = now.astimezone(ZoneInfo(job.timezone)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    here = there.astimezone(now.astimezone().tzinfo)
    return here.hour, here.minute


def advice(job: Job, campus: Campus) -> Iterator[Text]:
    """What will not work under a timer, and how it does: secrets from the environment, files that others may read."""
    names = [one.removeprefix("env:") for one in secrets.references(campus) if one.startswith("env:")]
    if names:
        missing = [name for name in names if name not in variables_in(job.environment)]
        if missing:
            yield text(
                "a timer does not have the variables of your shell: write {names} into {file}, one NAME='value' a "
                "line, and chmod 600 it; or use file: or keyring: in the inventory",
                names=", ".join(missing),
                file=job.environment,
            )
    if others_may_read(job.environment):
        yield text("others may read {file}, which holds secrets: chmod 600 {file}", file=job.environment)
    if any(one.startswith("keyring:") for one in secrets.references(campus)):
        yield text("a key ring of the desktop is locked while nobody is logged in; file: works at night as well")


def variables_in(path: Path) -> frozenset[str]:
    """The names that an environment file sets; none where there is no such file."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return frozenset()
    found = (re.match(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=.", line) for line in lines)
    return frozenset(one[1] for one in found if one)


def others_may_read(path: Path) -> bool:
    """Whether group or others have any right to a file; never on Windows, which keeps rights elsewhere."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return False


def write(path: Path, content: str, mode: int = 0o644) -> None:
    """Write a file of a scheduler, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(content, encoding="utf-8")
        partial.chmod(mode)
        partial.replace(path)
    except OSError as error:
        raise ScheduleError(text("cannot write {path}: {error}", path=path, error=said_by(error))) from error


def called(command: Sequence[str], *, given: str | None = None) -> tuple[int, str, str]:
    """Call a program of the system; its exit code, output and complaint.

    Raises:
        ScheduleError: where there is no such program, or it does not come back.
    """
    import subprocess  # noqa: PLC0415

    try:
        done = subprocess.run(  # noqa: S603  the programs are named in this package
            command, input=given, capture_output=True, text=True, timeout=30, check=False, errors="replace"
        )
    except OSError as error:
        raise ScheduleError(
            text("{program} cannot be called: {error}", program=command[0], error=said_by(error))
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ScheduleError(text("{program} does not answer", program=command[0])) from error
    return done.returncode, done.stdout, done.stderr
