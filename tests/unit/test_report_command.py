"""``report``: every format from a bundle on disk, under a name that tells what it is and never over the bundle."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from auditor import inventory
from auditor.arguments.bundles import FORMATS
from auditor.bundle import BundleWriter, Header
from auditor.cli import main
from auditor.commands.report import SUFFIXES, WRITERS
from auditor.redact import Redactor
from rules import load
from tests.editions import STARTED, Log, observed, school

PLAN_PDF = "智慧校园建设规划2026.pdf"
NOW = "2026-11-23T12:41:00Z"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    log, campus = Log(), school()
    observed(log, campus)
    writer = BundleWriter.create(tmp_path, STARTED, Redactor())
    rubric = (Path(load.__file__).parent / "jiangsu-2018.toml").read_bytes()
    header = Header("b", "0.1.0", "示例", "jiangsu-2018", "0" * 64, "here", STARTED.isoformat())
    writer.begin(header, inventory.snapshot(campus), rubric, [])
    for data in log.raw.values():
        writer.keep(data)
    for one in log.observations:
        writer.append(one)
    (tmp_path / "plan.pdf").write_bytes(b"plan")
    writer.attach(tmp_path / "plan.pdf", hashlib.sha256(b"plan").hexdigest())
    writer.finish(STARTED)
    return writer.path


def test_every_format_that_is_offered_can_be_written() -> None:
    assert set(FORMATS) == set(SUFFIXES) == set(WRITERS)
    assert len(set(SUFFIXES.values())) == len(SUFFIXES)


@pytest.mark.parametrize("wanted", [one for one in FORMATS if one != "pdf"])  # a browser prints that in the lab tests
def test_a_report_stands_beside_its_bundle(bundle: Path, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(bundle), "--format", wanted, "--now", NOW]) == 0
    target = Path(capsys.readouterr().out.strip())
    assert target == bundle.with_name(bundle.stem + SUFFIXES[wanted])
    first = target.read_bytes()
    assert main(["report", str(bundle), "--format", wanted, "--now", NOW]) == 0
    assert target.read_bytes() == first


@pytest.mark.parametrize("command", ["judge", "report"])
def test_a_bundle_whose_rubric_no_longer_fits_names_the_way_out(
    bundle: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A year of bundles outlives a version of the program."""
    rubric = bundle / "rubric.toml"
    rubric.write_text(rubric.read_text("utf-8").replace("at_least", "no_less_than"), "utf-8")
    assert main(["--lang", "en", command, str(bundle)]) == 2
    said = capsys.readouterr().err
    assert len([line for line in said.splitlines() if line.startswith("campus-auditor: ")]) == 1
    assert "--rubric jiangsu-2018" in said
    assert main([command, str(bundle), "--rubric", "jiangsu-2018", "--now", NOW]) in {0, 1}


def test_the_evidence_never_overwrites_a_bundle_that_is_a_zip(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = Path(shutil.make_archive(str(bundle), "zip", bundle))
    before = packed.read_bytes()
    assert main(["report", str(packed), "--format", "zip", "--now", NOW]) == 0
    written = Path(capsys.readouterr().out.strip())
    assert packed.read_bytes() == before
    with zipfile.ZipFile(written) as evidence:
        (document,) = {evidence.read(name) for name in evidence.namelist() if name.endswith(PLAN_PDF)}
    assert document == b"plan"  # attested documents come out of a packed bundle too


def test_sections_editions_and_reviews_have_names_of_their_own(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--section", "信息安全", "--redacted", "--reviewer", "--format", "xlsx", "--now", NOW]
    assert main(["report", str(bundle), *options]) == 0
    assert Path(capsys.readouterr().out.strip()).name == f"{bundle.stem}-信息安全-公开版-评审用.xlsx"


def test_a_public_report_of_a_bundle_holds_no_address(bundle: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["report", str(bundle), "--redacted", "--now", NOW, "--out", "-"]) == 0
    shown = capfdbinary.readouterr().out.decode()
    assert "公开版" in shown
    assert "10.0.0." not in shown
    assert "张敏" not in shown
