"""cron, where there is no systemd: a block of our own in the user's crontab, between two marks.

Other lines stay as they are. cron knows neither time zones, nor random delays, nor missed runs. The start is converted
to the machine's clock, the delay is the program's own, and a look every hour and after each start of the machine does a
night that was missed.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime

from auditor.schedule.jobs import SAMPLE_MINUTES, Job, ScheduleError, called, local_time
from probes.text import Text, text


def enable(job: Job, now: datetime) -> Sequence[Text]:
    """Put the block into the crontab, in the place of an older one."""
    _install(_with(_crontab(), job, block(job, now)))
    return [text("added to your crontab: {name}", name=job.name)]


def disable(job: Job) -> bool:
    """Take the block out; whether there was one."""
    before = _crontab()
    after = _with(before, job, "")
    if after != before:
        _install(after)
    return after != before


def is_enabled(job: Job) -> bool:
    """Whether the crontab has the block."""
    return _marks(job)[0] in _crontab().splitlines()


def block(job: Job, now: datetime) -> str:
    """The lines for the crontab."""
    begin, end = _marks(job)
    hour, minute = local_time(job, now)
    hourly = int(job.name[-2:], 16) % 50 + 5
    lines = [
        begin,
        "# made by campus-auditor schedule enable; changes here are lost when it is run again",
        f"{minute} {hour} * * * {_command(job, (*job.night, '--delay', str(job.delay_minutes)))}",
        f"{hourly} * * * * {_command(job, job.catch_up)}",
        f"@reboot {_command(job, job.catch_up)}",
    ]
    if job.sample:
        lines.append(f"*/{SAMPLE_MINUTES} * * * * {_command(job, job.sampling)}")
    return "\n".join([*lines, end, ""])


def _command(job: Job, command: Sequence[str]) -> str:
    """One line for cron's shell. In a crontab a bare percent sign is a line break."""
    folder, environment, log = (shlex.quote(str(one)) for one in (job.inventory.parent, job.environment, job.log))
    line = (
        f"cd {folder} && {{ if [ -r {environment} ]; then set -a; . {environment}; set +a; fi; "
        f"mkdir -p {shlex.quote(str(job.log.parent))}; {shlex.join(command)} >>{log} 2>&1; }}"
    )
    return line.replace("%", "\\%")


def _marks(job: Job) -> tuple[str, str]:
    return f"# >>> {job.name} >>>", f"# <<< {job.name} <<<"


def _with(crontab: str, job: Job, lines: str) -> str:
    """The crontab with our block replaced; a block whose end is missing is not touched."""
    begin, end = _marks(job)
    rows = crontab.splitlines(keepends=True)
    stripped = [row.rstrip("\r\n") for row in rows]
    if begin in stripped:
        first = stripped.index(begin)
        if end not in stripped[first:]:
            raise ScheduleError(
                text("the crontab has “{begin}” without “{end}”; mend it with crontab -e", begin=begin, end=end)
            )
        last = first + stripped[first:].index(end)
        return "".join([*rows[:first], lines, *rows[last + 1 :]])
    gap = "" if not crontab or crontab.endswith("\n") or not lines else "\n"
    return crontab + gap + lines


def _crontab() -> str:
    code, out, complaint = called(["crontab", "-l"])
    if code == 0:
        return out
    if "no crontab" in complaint.lower():
        return ""
    first = next(iter(complaint.strip().splitlines()), f"exit {code}")
    raise ScheduleError(text("crontab -l: {complaint}", complaint=first))


def _install(content: str) -> None:
    command = ["crontab", "-"] if content.strip() else ["crontab", "-r"]
    code, _, complaint = called(command, given=content)
    if code:
        first = next(iter(complaint.strip().splitlines()), f"exit {code}")
        raise ScheduleError(text("{command}: {complaint}", command=" ".join(command), complaint=first))
