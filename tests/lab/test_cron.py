"""A real cron daemon in a mount namespace of its own starts the line that we would give it.

cron looks for work once a minute, so the test waits for at most two of its rounds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor import inventory
from auditor.schedule import cron
from auditor.schedule.jobs import Job, job_of

pytestmark = pytest.mark.lab


@pytest.mark.timeout(240)
def test_the_real_cron_starts_our_line(tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("cron") is None or shutil.which("unshare") is None:
        pytest.skip("needs root, cron and unshare (util-linux)")
    folder = tmp_path / "学校 100%"
    folder.mkdir()
    file = folder / "inventory.toml"
    file.write_text('[school]\nname = "x"\nstages = ["junior"]\ntimezone = "UTC"\n', encoding="utf-8")
    made = job_of(file, inventory.load(file))
    teller = tmp_path / "teller"
    teller.write_text(f'#!/bin/sh\necho "$CAMPUS_SNMP" "$@" >> {tmp_path}/told\n')
    teller.chmod(0o755)
    made.environment.write_text("CAMPUS_SNMP='public'\n")
    soon = datetime.now(UTC) + timedelta(seconds=65)
    fields = {name: getattr(made, name) for name in Job.__slots__}
    told = Job(**{**fields, "program": (str(teller),), "at": f"{soon:%H:%M}", "delay_minutes": 0})
    tabs = tmp_path / "crontabs"
    tabs.mkdir(mode=0o1730)
    (tabs / "root").write_text(cron.block(told, datetime.now(UTC)))
    (tabs / "root").chmod(0o600)
    # Only this process tree sees our directory as cron's, and none of the machine's own jobs.
    script = (
        f"mount --bind {tabs} /var/spool/cron/crontabs && mount -t tmpfs none /etc/cron.d && "
        "mount -t tmpfs none /run && mount --bind /dev/null /etc/crontab && exec cron -f"
    )
    process = subprocess.Popen(["unshare", "--mount", "--fork", "--kill-child", "sh", "-c", script])
    try:
        deadline = time.monotonic() + 150
        expected = f"public audit {file} --night --delay 0"
        while time.monotonic() < deadline and expected not in _read(tmp_path / "told"):
            assert process.poll() is None, "cron ended"
            time.sleep(0.5)
        lines = _read(tmp_path / "told").splitlines()
        assert expected in lines
        assert f"public audit {file} --night --if-missed" in lines  # @reboot
    finally:
        process.kill()  # with --kill-child, cron goes with it
        process.wait(60)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
