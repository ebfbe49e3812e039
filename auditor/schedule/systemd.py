"""systemd timers: of the system where root installs them, else of the user (systemd.timer(5), systemd.exec(5))."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.schedule.jobs import SAMPLE_MINUTES, Job, ScheduleError, called, write
from probes.text import Text, text

SYSTEM = Path("/etc/systemd/system")
PARTS = ("", "-missed", "-sample")

# Raw sockets for traceroute; everything else an audit needs is plain reading and connecting.
_HARDENING = """\
NoNewPrivileges=yes
UMask=0077
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
"""
_HARDENING_OF_THE_SYSTEM = """\
ProtectSystem=full
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
CapabilityBoundingSet=CAP_NET_RAW CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE CAP_FOWNER CAP_CHOWN
"""


@dataclass(frozen=True)
class Systemd:
    """The timers of one machine or user.

    Args:
        user: whether they are the user's own.
        folder: where unit files lie.
    """

    user: bool
    folder: Path

    @classmethod
    def here(cls, *, user: bool | None = None) -> Systemd:
        """That of root for root, that of the user for others."""
        own = os.geteuid() != 0 if user is None else user
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return cls(own, config / "systemd" / "user" if own else SYSTEM)

    @staticmethod
    def runs() -> bool:
        """Whether systemd is what this machine was started with."""
        return Path("/run/systemd/system").is_dir()

    def files(self, job: Job) -> Mapping[Path, str]:
        """The unit files of a job."""
        units = {
            f"{job.name}.service": _service(job, "audit", job.night, user=self.user),
            f"{job.name}.timer": _nightly_timer(job),
            f"{job.name}-missed.service": _service(job, "audit", job.catch_up, user=self.user),
            f"{job.name}-missed.timer": _missed_timer(job),
        }
        if job.sample:
            units[f"{job.name}-sample.service"] = _service(job, "sample", job.sampling, user=self.user)
            units[f"{job.name}-sample.timer"] = _sample_timer(job)
        return {self.folder / name: content for name, content in units.items()}

    def enable(self, job: Job) -> Sequence[Text]:
        """Write the units and start the timers; what was there of this job before is replaced."""
        self._remove_other(job)
        for path, content in self.files(job).items():
            write(path, content)
        self._do("daemon-reload")
        timers = [path.name for path in self.files(job) if path.suffix == ".timer"]
        self._do("enable", "--now", *timers)
        told = [text("installed: {units}", units=", ".join(timers))]
        if self.user:
            told.append(
                text("these are timers of your own: to run while you are logged out they need: loginctl enable-linger")
            )
        return told

    def disable(self, job: Job) -> bool:
        """Stop and remove the timers; whether there were any. A run under way comes to its end."""
        there = [path for path in self._possible(job) if path.exists()]
        timers = [path.name for path in there if path.suffix == ".timer"]
        if timers:
            self._do("disable", "--now", *timers)
        for path in there:
            path.unlink(missing_ok=True)
        if there:
            self._do("daemon-reload")
        return bool(there)

    def status(self, job: Job) -> Mapping[str, str]:
        """What systemd says of timer and service, by its own names; empty where the timer is not installed."""
        if not (self.folder / f"{job.name}.timer").exists():
            return {}
        wanted = "ActiveState,NextElapseUSecRealtime,LastTriggerUSec,Result,ExecMainStatus,ExecMainExitTimestamp"
        found: dict[str, str] = {}
        for unit in (f"{job.name}.service", f"{job.name}.timer"):
            code, out, _ = called([*self._systemctl(), "show", unit, f"--property={wanted}"])
            if code == 0:
                lines = (line.partition("=") for line in out.splitlines())
                found |= {f"{unit.rpartition('.')[2]}.{key}": value for key, _, value in lines}
        return found

    def log(self, job: Job) -> str:
        """The command that shows the log."""
        return " ".join(["journalctl", *(["--user"] if self.user else []), "-u", f"{job.name}.service"])

    def _possible(self, job: Job) -> list[Path]:
        return [self.folder / f"{job.name}{part}.{kind}" for part in PARTS for kind in ("timer", "service")]

    def _remove_other(self, job: Job) -> None:
        """The sampling timer of an inventory whose uplinks no longer name ports."""
        for path in self._possible(job):
            if path not in self.files(job) and path.exists():
                if path.suffix == ".timer":
                    self._do("disable", "--now", path.name)
                path.unlink(missing_ok=True)

    def _systemctl(self) -> list[str]:
        return ["systemctl", *(["--user"] if self.user else [])]

    def _do(self, *words: str) -> None:
        code, _, complaint = called([*self._systemctl(), *words])
        if code:
            first = next(iter(complaint.strip().splitlines()), f"exit {code}")
            raise ScheduleError(text("systemctl {words}: {complaint}", words=" ".join(words), complaint=first))


def _service(job: Job, what: str, command: Sequence[str], *, user: bool) -> str:
    # The audit may be at work for hours; exit code 1 says “below the pass line”, which is a result and no failure.
    nightly = what == "audit"
    lines = [
        "[Unit]",
        f"Description=campus-auditor {what} {_escaped(str(job.inventory))}",
        *([] if user else ["Wants=network-online.target", "After=network-online.target time-sync.target"]),
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(_quoted(word) for word in command)}",
        f"WorkingDirectory={_escaped(str(job.inventory.parent))}",
        f"EnvironmentFile=-{_escaped(str(job.environment))}",
        *(["SuccessExitStatus=1", "TimeoutStartSec=12h", "Nice=10"] if nightly else ["TimeoutStartSec=2min"]),
        "KillSignal=SIGTERM",
        "TimeoutStopSec=60",
        # Also where the bundles lie below /etc or /usr, which are read-only to the service.
        *([] if user else [f"ReadWritePaths=-{_quoted(str(job.log.parent))}"]),
        _HARDENING + ("" if user else _HARDENING_OF_THE_SYSTEM),
    ]
    return "\n".join(lines)


def _nightly_timer(job: Job) -> str:
    return _timer(
        f"Nightly audit of {_escaped(str(job.inventory))}",
        f"OnCalendar=*-*-* {job.at}:00 {job.timezone}",
        f"RandomizedDelaySec={job.delay_minutes}min",
        "AccuracySec=1min",
        "# A night for which the machine was off is done when it is on again.",
        "Persistent=true",
    )


def _missed_timer(job: Job) -> str:
    """Looks for a night that was begun and cut short: to ``Persistent=`` its timer has done its work."""
    return _timer(
        f"Look for a night of {_escaped(str(job.inventory))} that was cut short",
        "OnBootSec=10min",
        "OnUnitInactiveSec=1h",
        "AccuracySec=1min",
    )


def _sample_timer(job: Job) -> str:
    return _timer(
        f"Uplink counters of {_escaped(str(job.inventory))} every {SAMPLE_MINUTES} minutes",
        f"OnCalendar=*:0/{SAMPLE_MINUTES}",
        "RandomizedDelaySec=20",
        "FixedRandomDelay=true",
        "AccuracySec=5",
    )


def _timer(description: str, *lines: str) -> str:
    head = ("[Unit]", f"Description={description}", "", "[Timer]")
    return "\n".join([*head, *lines, "", "[Install]", "WantedBy=timers.target", ""])


def _escaped(words: str) -> str:
    """Percent signs are specifiers in unit files."""
    return words.replace("%", "%%")


def _quoted(word: str) -> str:
    """A word of a command line as systemd.service(5) reads it."""
    escaped = _escaped(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{escaped}"'
