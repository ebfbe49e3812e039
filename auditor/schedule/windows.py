"""The Task Scheduler of Windows: tasks as XML, given to schtasks. Elements and their order after [MS-TSCH] 2.5.

Never run on a real Windows so far: the XML is checked against the documented schema only.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from auditor.schedule.jobs import SAMPLE_MINUTES, Job, ScheduleError, called
from probes.text import Text, text

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"


def tasks(job: Job, now: datetime) -> Mapping[str, str]:
    """The XML of each task by its name."""
    hour, minute = map(int, job.at.split(":"))
    start = now.astimezone(ZoneInfo(job.timezone)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    nightly, hourly, sampling = _trigger(start), _trigger(start, every="PT1H"), _trigger(start, f"PT{SAMPLE_MINUTES}M")
    _in(nightly, "RandomDelay", f"PT{job.delay_minutes}M")
    found = {
        job.name: _task(job, job.night, nightly, "PT12H"),
        # A night that a restart cut short: for StartWhenAvailable it was started, and so not missed.
        f"{job.name}-missed": _task(job, job.catch_up, hourly, "PT12H"),
    }
    if job.sample:
        found[f"{job.name}-sample"] = _task(job, job.sampling, sampling, "PT2M")
    return found


def enable(job: Job, now: datetime) -> Sequence[Text]:
    """Register the tasks, in the place of older ones."""
    wanted = tasks(job, now)
    with tempfile.TemporaryDirectory() as folder:
        for name, xml in wanted.items():
            file = Path(folder) / f"{name}.xml"
            # schtasks reads UTF-16 with a byte order mark.
            file.write_text(xml, encoding="utf-16")
            _schtasks("/Create", "/TN", name, "/XML", str(file), "/F")
    if f"{job.name}-sample" not in wanted:
        called(["schtasks", "/Delete", "/TN", f"{job.name}-sample", "/F"])
    return [
        text("installed: {units}", units=", ".join(wanted)),
        text("the tasks run while you are logged in; to run always, set that in the Task Scheduler (taskschd.msc)"),
    ]


def disable(job: Job) -> bool:
    """Remove the tasks; whether there were any."""
    names = (job.name, f"{job.name}-missed", f"{job.name}-sample")
    removed = [called(["schtasks", "/Delete", "/TN", name, "/F"])[0] == 0 for name in names]
    return any(removed)


def is_enabled(job: Job) -> bool:
    """Whether the nightly task is registered."""
    return called(["schtasks", "/Query", "/TN", job.name])[0] == 0


def _schtasks(*words: str) -> None:
    code, out, complaint = called(["schtasks", *words])
    if code:
        first = next(iter((complaint or out).strip().splitlines()), f"exit {code}")
        raise ScheduleError(text("schtasks: {complaint}", complaint=first))


def _trigger(start: datetime, every: str | None = None) -> ET.Element:
    """A trigger for every day from a time on, within it every so often; its delay and days are still to come."""
    trigger = ET.Element(f"{{{NAMESPACE}}}CalendarTrigger")
    _in(trigger, "Enabled", "true")
    _in(trigger, "StartBoundary", start.isoformat())
    if every is not None:
        repetition = _in(trigger, "Repetition")
        _in(repetition, "Interval", every)
        _in(repetition, "Duration", "P1D")
    return trigger


def _task(job: Job, command: Sequence[str], trigger: ET.Element, limit: str) -> str:
    """One task. ``StartWhenAvailable`` does a missed run; ``IgnoreNew`` keeps two from running at once."""
    ET.register_namespace("", NAMESPACE)
    task = ET.Element(f"{{{NAMESPACE}}}Task", version="1.2")
    information = _in(task, "RegistrationInfo")
    _in(information, "Description", f"campus-auditor {job.inventory}")
    _in(_in(trigger, "ScheduleByDay"), "DaysInterval", "1")
    _in(task, "Triggers").append(trigger)
    principal = _in(_in(task, "Principals"), "Principal")
    principal.set("id", "Author")
    _in(principal, "LogonType", "InteractiveToken")
    _in(principal, "RunLevel", "LeastPrivilege")
    settings = _in(task, "Settings")
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("StartWhenAvailable", "true"),
        ("RunOnlyIfNetworkAvailable", "true"),
        ("Enabled", "true"),
        ("ExecutionTimeLimit", limit),
        ("Priority", "7"),
    ):
        _in(settings, name, value)
    actions = _in(task, "Actions")
    actions.set("Context", "Author")
    action = _in(actions, "Exec")
    # A task keeps no output; cmd writes it where cron's goes.
    line = f'{subprocess.list2cmdline(command)} >> "{job.log}" 2>&1'
    _in(action, "Command", "cmd.exe")
    _in(action, "Arguments", f'/d /s /c "{line}"')
    _in(action, "WorkingDirectory", str(job.inventory.parent))
    return '<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(task, encoding="unicode") + "\n"


def _in(parent: ET.Element, name: str, words: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = words
    return child
