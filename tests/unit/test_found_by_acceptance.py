"""Faults that an acceptance test from outside found: they fail until each is mended."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.bundle import BundleWriter, Header, Planned
from auditor.bundle_reader import NoBundleError, open_bundle
from auditor.redact import Redactor
from probes.kinds import LogCoverage, Port
from probes.observation import Observation, Status
from rules.assessment import Truth
from rules.predicates import Question, kept_six_months
from tests.world import campus

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def port(subject: str = "sw-1:GigabitEthernet0/0/1") -> Observation:
    return Observation(
        kind="port", subject=subject, status=Status.OK, taken_at=AT, duration_s=0.1, probe="ports", vantage="here",
        method="read", value=Port(speed_mbps=1000, duplex="full"),
    ).sealed()  # fmt: skip


@pytest.mark.parametrize("secret", ["read", "full", "port", "ports", "sw-1", "here", "Gigabit"])
def test_a_secret_that_is_also_a_word_of_ours_costs_no_fact(secret: str) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    kept = redactor.observation(port())
    assert (kept.kind, kept.subject, kept.method, kept.value) == ("port", port().subject, "read", port().value)


def finished(parent: Path) -> Path:
    writer = BundleWriter.create(parent, AT, Redactor())
    writer.begin(Header("b", "0.1.0", "学校", "jiangsu-2018", "0" * 64, "here", AT.isoformat()), "{}", b"", [])
    writer.append(port())
    writer.done(Planned("ports", "sw-1"), 1, 0.1)
    writer.finish(AT)
    return writer.path


@pytest.mark.parametrize("manifest", [[], 5, None, {"finished_at": 5, "files": 3}, {"finished_at": None, "files": []}])
def test_a_manifest_of_another_shape_is_a_problem_and_no_crash(tmp_path: Path, manifest: object) -> None:
    path = finished(tmp_path)
    (path / "manifest.json").write_text(json.dumps(manifest))
    bundle = open_bundle(path)
    assert bundle.finished_at is None
    assert bundle.problems


@pytest.mark.parametrize("begun", ["yesterday", 5, None])
def test_a_header_whose_time_is_none_is_no_bundle(tmp_path: Path, begun: object) -> None:
    path = finished(tmp_path)
    header = json.loads((path / "bundle.json").read_text())
    (path / "bundle.json").write_text(json.dumps(header | {"started_at": begun}))
    with pytest.raises(NoBundleError):
        open_bundle(path)


def test_an_unreadable_file_may_hold_what_is_missing() -> None:
    """Five months could be read; a file that could not be opened may be the sixth: unknown, not a failure."""
    seen = LogCoverage(
        oldest=AT - timedelta(days=150), newest=AT, span_days=150, days_with_records_ratio=1, longest_gap_h=1,
        longest_gap_from=AT - timedelta(days=1), records=9000, unreadable_files=1, origin="content",
    )  # fmt: skip
    one = Observation(
        kind="log_coverage", subject="log:x", status=Status.OK, taken_at=AT, duration_s=0.1, probe="log_coverage",
        vantage="here", method="measured", value=seen,
    ).sealed()  # fmt: skip
    judged = kept_six_months([one], Question(campus=campus(), now=AT, member="log:x"))
    assert judged.truth is Truth.UNKNOWN


def test_a_reader_that_goes_away_gets_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    inventory = tmp_path / "i.toml"
    inventory.write_text(
        '[school]\nname = "x"\nstages = ["junior"]\n[[log_source]]\nid = "a"\nrecords = ["session"]\n'
        'store = { kind = "directory", path = "logs" }\n'
    )
    command = [sys.executable, "-m", "auditor.cli", "probe", "log_coverage", "--inventory", str(inventory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_terminal_without_our_signs_gets_no_traceback(tmp_path: Path, encoding: str) -> None:
    """Windows redirects in its own code page; LANG=C knows no Chinese at all."""
    inventory = tmp_path / "i.toml"
    inventory.write_text('[school]\nname = "示例中学 ✓é"\nstages = ["junior"]\n', encoding="utf-8")
    command = [sys.executable, "-m", "auditor.cli", "check", "--lang", "zh", str(inventory)]
    run = subprocess.run(
        command, check=False, capture_output=True, env={"PYTHONIOENCODING": encoding, "PATH": ""}, timeout=60
    )
    assert run.returncode == 0, run.stderr
    assert b"Traceback" not in run.stderr


PRESSED = """
import signal, sys, time
from auditor import cli

signal.signal(signal.SIGINT, signal.default_int_handler)  # shells ignore it for what they run in the background

class Compiled:
    def __del__(self):
        raise KeyboardInterrupt

def dropped(options):
    Compiled()
    time.sleep(40)

def among_imports(*_):
    raise KeyboardInterrupt

if sys.argv[1] == "dropped":
    import auditor.commands.check
    auditor.commands.check.run = dropped
else:
    cli._options = among_imports
sys.exit(cli.main(["--lang", "en", "check", "no.toml"]))
"""


@pytest.mark.parametrize("where", ["dropped", "among the imports"])
def test_ctrl_c_while_it_starts_is_one_sentence(where: str) -> None:
    """Compiled code (pydantic's, while it builds a model) drops an interrupt with a traceback and goes on."""
    command = [sys.executable, "-c", PRESSED, where]
    run = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert (run.returncode, run.stderr) == (3, b"campus-auditor: stopped on request\n")
