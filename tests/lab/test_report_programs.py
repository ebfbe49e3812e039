"""The report in other people's programs: the workbook in LibreOffice, the PDF by a browser that is installed."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports import pdf
from reports.html import render
from reports.pdf import PrintError, find_browser, printed
from reports.xlsx import workbook
from tests.editions import FORMULA, believable, hostile
from tests.furnished import furnished

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("browser")]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def recomputed(data: bytes, folder: Path) -> list[list[str]]:
    """The first sheet as LibreOffice computes it."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    (folder / "form.xlsx").write_bytes(data)
    subprocess.run(
        [office, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to",
         "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "--outdir", str(folder),
         str(folder / "form.xlsx")],
        check=True, capture_output=True, timeout=110, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    with (folder / "form.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_libreoffice_computes_the_sums_that_the_judge_found(tmp_path: Path) -> None:
    edition = furnished()
    rows = recomputed(workbook(edition, reviewer=True), tmp_path)
    heads = rows[1]
    weight, suggested, most = (heads.index(one) for one in ("权重", "建议分", "最多"))
    total = next(row for row in rows if row[2] == "合计")
    score = edition.assessment.score
    assert float(total[weight]) == 110
    assert float(total[suggested]) == pytest.approx(float(score.proven), abs=0.006)
    assert float(total[most]) == pytest.approx(float(score.possible), abs=0.006)
    for category in edition.assessment.rubric.category:
        row = next(one for one in rows if one[2] == f"{category.id} 小计")
        assert float(row[weight]) == float(category.points)


def test_libreoffice_takes_a_formula_of_a_device_as_text(tmp_path: Path) -> None:
    words = "\n".join(cell for row in recomputed(workbook(hostile()), tmp_path) for cell in row)
    assert FORMULA[:20] in words
    assert "#NAME?" not in words
    assert "Err:" not in words


def test_a_browser_prints_it_on_a4_with_text_that_can_be_searched(tmp_path: Path) -> None:
    if find_browser() is None:
        pytest.skip("no browser is installed")
    data = printed(render(believable(section="信息安全")), NOW)
    assert data.startswith(b"%PDF")
    assert b"(D:20261123120000" in data  # the judge's moment, not that of printing
    reader = shutil.which("pdftotext")
    if reader is not None:
        (tmp_path / "report.pdf").write_bytes(data)
        done = subprocess.run([reader, str(tmp_path / "report.pdf"), "-"], capture_output=True, check=True, timeout=60)
        words = done.stdout.decode()
        assert "南京市示例初级中学" in words
        assert "签字页" in words
        assert "内部资料" in words  # in the corner of every page


def test_no_browser_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pdf.CHOSEN, "/nowhere/chromium")
    with pytest.raises(PrintError, match="install Chromium, Chrome or Edge"):
        printed("<p>", NOW)


def test_no_chinese_font_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(pdf.CHOSEN, str(program(tmp_path, "browser", "exit 0")))
    monkeypatch.setattr(pdf, "lacks_chinese_fonts", lambda: True)
    with pytest.raises(PrintError, match="no font with Chinese characters"):
        printed("<p>", NOW)


def program(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo cannot open display >&2; exit 1", "made no PDF: cannot open display"),
        ("exit 0", "made no PDF"),
        ("exec sleep 60", "did not finish the PDF within 1 s"),
    ],
)
def test_a_browser_that_fails_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    monkeypatch.setenv(pdf.CHOSEN, str(program(tmp_path, "browser", script)))
    monkeypatch.setattr(pdf, "lacks_chinese_fonts", lambda: False)
    with pytest.raises(PrintError, match=sentence):
        printed("<p>", NOW, timeout_s=1.0)


@pytest.mark.parametrize(
    ("platform", "variable", "inside"),
    [
        ("win32", "PROGRAMFILES(X86)", "Microsoft/Edge/Application/msedge.exe"),
        ("win32", "LOCALAPPDATA", "Google/Chrome/Application/chrome.exe"),
        ("darwin", "HOME", "Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("linux", "PATH", "chromium"),
        ("linux", "PATH", "microsoft-edge"),
    ],
)
def test_browsers_are_found_where_each_system_keeps_them(
    tmp_path: Path, platform: str, variable: str, inside: str
) -> None:
    if platform == "win32" and os.name != "nt":
        assert os.sep == "/"
    file = tmp_path / inside
    file.parent.mkdir(parents=True, exist_ok=True)
    program(file.parent, file.name, "exit 0")
    environment = {"PATH": str(tmp_path / "empty"), variable: str(tmp_path)}
    assert find_browser(environment, platform) == file
    assert find_browser({"PATH": str(tmp_path / "empty")}, "linux") is None
