"""The timer: what it installs for systemd, cron and Windows, whose lines it leaves alone, what it says of secrets."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from auditor import inventory, stamp
from auditor.cli import main
from auditor.schedule import cron, windows
from auditor.schedule.jobs import Job, ScheduleError, advice, job_of
from auditor.schedule.systemd import Systemd
from probes.campus import Campus
from tests.nights import INVENTORY

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
UPLINK = """
[[credential]]
id = "ro"
kind = "snmp-v2c"
community = "env:CAMPUS_SNMP"

[[uplink]]
id = "main"
port = "sw-1:GE0/0/24"
"""


def job(folder: Path, more: str = UPLINK, name: str = "inventory.toml") -> tuple[Job, Campus]:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(INVENTORY + more, encoding="utf-8")
    campus = inventory.load(file)
    return job_of(file, campus), campus


def units(parent: Path, made: Job, *, user: bool = False) -> dict[str, str]:
    return {path.name: content for path, content in Systemd(user, parent).files(made).items()}


def test_the_timer_starts_when_the_window_opens_later_by_chance_and_catches_up(tmp_path: Path) -> None:
    made, _ = job(tmp_path)
    files = units(tmp_path, made)
    timer, service = files[f"{made.name}.timer"], files[f"{made.name}.service"]
    assert "OnCalendar=*-*-* 22:00:00 Asia/Shanghai" in timer
    assert "RandomizedDelaySec=20min" in timer
    assert "Persistent=true" in timer
    assert f'"audit" "{made.inventory}" "--night"' in service
    assert "SuccessExitStatus=1" in service
    assert f"{made.name}-sample.timer" in files
    assert "OnCalendar=*:0/5" in files[f"{made.name}-sample.timer"]


def test_a_night_that_a_restart_cut_short_is_looked_for_every_hour(tmp_path: Path) -> None:
    made, _ = job(tmp_path)
    files = units(tmp_path, made)
    timer, service = files[f"{made.name}-missed.timer"], files[f"{made.name}-missed.service"]
    assert "OnBootSec=10min" in timer
    assert "OnUnitInactiveSec=1h" in timer
    assert '"--night" "--if-missed"' in service
    task = windows.tasks(made, NOW)[f"{made.name}-missed"]
    assert "<Interval>PT1H</Interval>" in task
    assert "--if-missed" in task


def test_without_ports_or_where_it_is_not_wanted_nothing_samples(tmp_path: Path) -> None:
    for more in ("", UPLINK + "[schedule]\nsample = false\n"):
        made, _ = job(tmp_path, more)
        assert len(units(tmp_path, made)) == 4


@pytest.mark.parametrize("folder", ["plain", "学校 一", "100% $HOME", 'quo"te', "it's"])
@pytest.mark.parametrize("user", [True, False])
def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path: Path, folder: str, user: bool) -> None:  # noqa: FBT001
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    made, _ = job(tmp_path / folder)
    place = tmp_path / "units"
    place.mkdir()
    for name, content in units(place, made, user=user).items():
        (place / name).write_text(content, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", *(["--user"] if user else []), "verify", "--man=no", *sorted(map(str, place.iterdir()))],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_LOG_TARGET": "console"},
    )  # fmt: skip
    ours = [line for line in (done.stdout + done.stderr).splitlines() if made.name in line or str(place) in line]
    assert ours == []
    if not user:
        assert done.returncode == 0


def test_systemd_reads_the_calendar_as_we_mean_it(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    made, _ = job(tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "calendar", f"*-*-* {made.at}:00 {made.timezone}"],
        capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "TZ": "UTC"},
    )  # fmt: skip
    assert "14:00:00 UTC" in done.stdout


def test_enabling_twice_and_disabling_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    monkeypatch.setattr("auditor.schedule.systemd.called", lambda command: (calls.append(command), (0, "", ""))[1])
    made, _ = job(tmp_path)
    systemd = Systemd(user=True, folder=tmp_path / "units")
    systemd.enable(made)
    assert len(list((tmp_path / "units").iterdir())) == 6
    smaller, _ = job(tmp_path, "")
    systemd.enable(smaller)
    assert len(list((tmp_path / "units").iterdir())) == 4
    assert ["systemctl", "--user", "enable", "--now", f"{made.name}.timer", f"{made.name}-missed.timer"] in calls
    assert systemd.disable(made)
    assert not list((tmp_path / "units").iterdir())
    assert not systemd.disable(made)


def test_what_systemctl_complains_about_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.schedule.systemd.called", lambda _: (1, "", "Failed to connect to bus\nmore"))
    with pytest.raises(ScheduleError, match="Failed to connect to bus"):
        Systemd(user=True, folder=tmp_path / "u").enable(job(tmp_path)[0])


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crontab of our own: the real file format, kept by a program that does as crontab does."""
    kept = tmp_path / "the-crontab"
    program = tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(
        f"""#!/bin/sh
case "$1" in
-l) [ -f {kept} ] && cat {kept} || {{ echo "no crontab for me" >&2; exit 1; }} ;;
-r) rm -f {kept} ;;
-) cat > {kept} ;;
esac
"""
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return kept


@pytest.mark.parametrize(
    "before",
    ["", "0 3 * * * backup\n", "# mine\n\nMAILTO=it@school\n0 3 * * * backup 100\\%\n", "0 3 * * * no newline at end"],
)
def test_only_our_own_lines_of_the_crontab_are_touched(tmp_path: Path, crontab: Path, before: str) -> None:
    if before:
        crontab.write_text(before)
    first, second = job(tmp_path)[0], job(tmp_path, name="other.toml")[0]
    for _ in range(2):
        for made in (first, second):
            cron.enable(made, NOW)
    words = crontab.read_text()
    assert words.startswith(before)
    assert words.count(f"# >>> {first.name} >>>") == words.count(f"# >>> {second.name} >>>") == 1
    assert cron.is_enabled(first)
    assert cron.disable(first)
    assert cron.is_enabled(second)
    assert not cron.disable(first)
    cron.disable(second)
    left = crontab.read_text() if crontab.exists() else ""
    assert left.rstrip("\n") == before.rstrip("\n")


def test_a_block_without_its_end_is_not_touched(tmp_path: Path, crontab: Path) -> None:
    made, _ = job(tmp_path)
    crontab.write_text(f"# >>> {made.name} >>>\n0 3 * * * backup\n")
    with pytest.raises(ScheduleError, match="mend it"):
        cron.enable(made, NOW)
    assert "backup" in crontab.read_text()


@pytest.mark.parametrize("folder", ["plain", "学校 一", "100% $HOME", 'quo"te', "it's; touch x"])
def test_the_line_for_cron_runs_in_a_shell_with_its_variables(tmp_path: Path, folder: str) -> None:
    made, _ = job(tmp_path / folder)
    teller = tmp_path / "teller"
    teller.write_text('#!/bin/sh\necho "$CAMPUS_SNMP" "$@"\n')
    teller.chmod(0o755)
    made.environment.write_text("CAMPUS_SNMP='pub lic'\n")
    told = Job(**{name: getattr(made, name) for name in Job.__slots__} | {"program": (str(teller),)})
    line = next(one for one in cron.block(told, NOW).splitlines() if "--delay" in one)
    minute, hour, *_, command = line.split(" ", 5)
    assert (int(hour), int(minute)) == cron.local_time(told, NOW)
    subprocess.run(["/bin/sh", "-c", command.replace("\\%", "%")], check=True, timeout=60)
    assert told.log.read_text() == f"pub lic audit {made.inventory} --night --delay 20\n"


def test_the_start_is_put_on_the_machines_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time  # noqa: PLC0415

    made, _ = job(tmp_path)
    for zone, expected in (("UTC", (14, 0)), ("Asia/Shanghai", (22, 0)), ("Asia/Kolkata", (19, 30))):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert cron.local_time(made, NOW) == expected
    monkeypatch.undo()
    time.tzset()


def test_windows_tasks_follow_the_documented_schema(tmp_path: Path) -> None:
    """Elements and their order after [MS-TSCH] 2.5; sequences must be in order, the rest may not repeat."""
    made, _ = job(tmp_path)
    sequences = {
        "Task": ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"],
        "CalendarTrigger": ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit",
                            "RandomDelay", "ScheduleByDay"],
        "Exec": ["Command", "Arguments", "WorkingDirectory"],
    }  # fmt: skip
    settings = {
        "AllowStartOnDemand", "MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries",
        "AllowHardTerminate", "StartWhenAvailable", "NetworkProfileName", "RunOnlyIfNetworkAvailable", "WakeToRun",
        "Enabled", "Hidden", "DeleteExpiredTaskAfter", "IdleSettings", "ExecutionTimeLimit", "Priority",
        "RunOnlyIfIdle", "RestartOnFailure",
    }  # fmt: skip
    for name, xml in windows.tasks(made, NOW).items():
        task = ET.fromstring(xml.partition("\n")[2])
        for element in task.iter():
            kind = element.tag.removeprefix(f"{{{windows.NAMESPACE}}}")
            children = [child.tag.removeprefix(f"{{{windows.NAMESPACE}}}") for child in element]
            assert len(children) == len(set(children))
            if kind in sequences:
                assert children == [one for one in sequences[kind] if one in children]
            if kind == "Settings":
                assert set(children) <= settings
        found = {child.tag.partition("}")[2]: child.text for child in task.iter()}
        assert found["StartBoundary"] == "2026-11-25T22:00:00+08:00"
        assert found["StartWhenAvailable"] == "true"
        assert found["MultipleInstancesPolicy"] == "IgnoreNew"
        every = {"sample": "PT5M", "missed": "PT1H"}.get(name.rpartition("-")[2])
        assert found.get("Interval") == every
        assert found.get("RandomDelay") == (None if every else "PT20M")


def test_secrets_from_the_environment_are_warned_of_until_they_are_in_the_file(tmp_path: Path) -> None:
    made, campus = job(tmp_path)
    (warning,) = advice(made, campus)
    assert "CAMPUS_SNMP" in str(warning)
    made.environment.write_text("# secrets\nCAMPUS_SNMP='public'\n")
    made.environment.chmod(0o644)
    (warning,) = advice(made, campus)
    assert "chmod 600" in str(warning)
    assert "public" not in str(warning)
    made.environment.chmod(0o600)
    assert list(advice(made, campus)) == []


def test_a_missed_night_is_known_by_the_stamp(tmp_path: Path) -> None:
    _, campus = job(tmp_path)
    due = datetime(2026, 11, 25, 14, tzinfo=UTC)
    assert stamp.due(campus, due) == due
    assert stamp.due(campus, due - timedelta(seconds=1)) == due - timedelta(days=1)
    assert stamp.upcoming(campus, due) == due + timedelta(days=1)
    done = stamp.Stamp(night=due.date(), began=due + timedelta(minutes=5), ended=due + timedelta(hours=1), code=1)
    assert not stamp.is_missed(campus, due + timedelta(hours=2), done)
    assert not stamp.is_missed(campus, due + timedelta(days=1, minutes=20), done)  # its delay is not over
    assert stamp.is_missed(campus, due + timedelta(days=1, minutes=22), done)
    assert stamp.is_missed(campus, due + timedelta(hours=2), None)
    killed = done.model_copy(update={"ended": None})
    assert stamp.is_missed(campus, due + timedelta(hours=2), killed)
    assert not stamp.is_missed(campus, due + timedelta(hours=2), killed.model_copy(update={"tries": stamp.TRIES}))


def test_status_tells_timer_last_run_and_next_on_one_screen(
    tmp_path: Path, crontab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, _ = job(tmp_path, "")
    assert main(["--lang", "en", "schedule", "status", str(made.inventory), "--with", "cron"]) == 1
    assert "timer: none" in capsys.readouterr().out
    assert main(["--lang", "en", "schedule", "enable", str(made.inventory), "--with", "cron"]) == 0
    assert "every night at 22:00" in capsys.readouterr().out
    assert main(["--lang", "en", "audit", str(made.inventory), "--night"]) == 1
    capsys.readouterr()
    assert main(["--lang", "en", "schedule", "status", str(made.inventory), "--with", "cron"]) == 0
    words = capsys.readouterr().out
    assert len(words.splitlines()) < 20
    for expected in ("timer: campus-auditor-", "last run: 20", "result: below the pass line", "next: 20", "score: 0"):
        assert expected in words
    assert main(["schedule", "disable", str(made.inventory), "--with", "cron"]) == 0
    assert not crontab.exists() or made.name not in crontab.read_text()
