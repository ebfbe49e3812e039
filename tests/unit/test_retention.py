"""Which bundles stay, which are packed and which go; and that nothing is lost on the way."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor import inventory, retention
from auditor.bundle_reader import open_bundle
from auditor.cli import main
from auditor.history.store import History
from probes.campus import Campus
from probes.text import Text
from tests.nights import INVENTORY, at, night

YEAR = 365


def campus(parent: Path, settings: str = "") -> Campus:
    file = parent / "settings.toml"
    file.write_text(INVENTORY + "[retention]\n" + settings, encoding="utf-8")
    return inventory.load(file)


def fates(parent: Path, now: datetime, settings: str = "monthly = false", *writings: Path) -> dict[str, str]:
    return {one.id: one.fate for one in retention.fates(parent, campus(parent, settings), now, writings)}


def test_a_year_is_kept_and_what_is_older_goes(tmp_path: Path) -> None:
    for number in range(4):
        night(tmp_path, number)
    now = at(YEAR + 1) + timedelta(hours=1)
    assert list(fates(tmp_path, now).values()) == ["remove", "remove", "keep", "keep"]
    assert list(fates(tmp_path, now, "days = 7\nmonthly = false").values()) == ["remove", "remove", "remove", "keep"]


def test_the_last_whole_night_of_each_month_stays(tmp_path: Path) -> None:
    for number in (0, 10, 20):
        night(tmp_path, number)
    night(tmp_path, 25, finished=False)
    night(tmp_path, 40)
    night(tmp_path, 41)
    assert list(fates(tmp_path, at(1000), "").values()) == ["remove", "remove", "keep", "remove", "remove", "keep"]


def test_the_one_being_written_and_what_is_no_bundle_is_never_touched(tmp_path: Path) -> None:
    young = night(tmp_path, 0, finished=False)
    night(tmp_path, -1)
    (tmp_path / "20200101T000000Z").mkdir()
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "bundle.json").write_text("{}")
    assert fates(tmp_path, at(0) + timedelta(days=1), "days = 7")[young.name] == "keep"
    assert set(fates(tmp_path, at(5000), "days = 7")) == {young.name, "20260831T140000Z"}


@pytest.mark.parametrize("how", ["report", "file beside", "attestation", "longer name is another bundle", "own report"])
def test_what_a_report_cites_stays(tmp_path: Path, how: str) -> None:
    cited, _other, newest = (night(tmp_path, number) for number in range(3))
    papers = tmp_path / "attestations.toml"
    papers.write_text("")
    match how:
        case "report":
            retention.cite(cited, "自评报告.html", at(3))
        case "file beside":
            (tmp_path / f"{cited.name}-信息安全.pdf").write_text("")
        case "attestation":
            papers.write_text(f'note = "见证据包 {cited.name}"')
        case "longer name is another bundle":
            papers.write_text(f'note = "{cited.name}-2"')
        case _:
            (tmp_path / f"{cited.name}.html").write_text("")
    found = fates(tmp_path, at(1000), "monthly = false", papers)
    stays = how in {"report", "file beside", "attestation"}
    assert found[cited.name] == ("keep" if stays else "remove")
    assert [found[newest.name], len([one for one in found.values() if one == "remove"])] == ["keep", 2 - stays]


def test_the_report_command_cites_its_bundle(tmp_path: Path) -> None:
    cited = night(tmp_path, 0)
    night(tmp_path, 1)
    assert main(["report", str(cited), "--out", str(tmp_path / "elsewhere.html")]) == 0
    assert list(fates(tmp_path, at(1000)).values()) == ["keep", "keep"]


def test_removing_leaves_the_history_as_it_was(tmp_path: Path) -> None:
    paths = [night(tmp_path, number) for number in range(3)]
    (tmp_path / f"{paths[0].name}.html").write_text("")
    history = History(tmp_path)
    history.catch_up()
    before = [one.model_dump_json() for one in history.nights()]
    said: list[Text] = []
    fated = retention.fates(tmp_path, campus(tmp_path, "monthly = false"), at(1000))
    assert retention.carry_out(fated, tmp_path, said.append) == (0, 2)
    assert said == []
    assert [path.exists() for path in paths] == [False, False, True]
    assert not (tmp_path / f"{paths[0].name}.html").exists()
    history.rebuild()
    assert [one.model_dump_json() for one in history.nights()] == before


def test_a_packed_bundle_opens_and_says_the_same(tmp_path: Path) -> None:
    paths = [night(tmp_path, number) for number in range(2)]
    history = History(tmp_path)
    history.catch_up()
    before = [one.model_dump_json() for one in history.nights()]
    unpacked = open_bundle(paths[0])
    fated = retention.fates(tmp_path, campus(tmp_path, "zip_after_days = 30"), at(31) + timedelta(hours=1))
    assert retention.carry_out(fated, tmp_path, print) == (2, 0)
    packed = open_bundle(tmp_path / f"{paths[0].name}.zip")
    assert packed.observations == unpacked.observations
    assert packed.problems == ()
    assert packed.night == unpacked.night
    history.rebuild()
    assert [one.model_dump_json() for one in history.nights()] == before
    assert list(fates(tmp_path, at(1000)).values()) == ["remove", "keep"]


def test_a_copy_that_cannot_be_written_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = night(tmp_path, 0)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    said: list[Text] = []
    fated = retention.fates(tmp_path, campus(tmp_path, "zip_after_days = 1"), at(31))
    assert retention.carry_out(fated, tmp_path, said.append) == (0, 0)
    assert open_bundle(path).problems == ()
    assert path.name in str(said[0])


def test_what_a_kill_left_half_removed_goes_next_time_and_never_counts(tmp_path: Path) -> None:
    path = night(tmp_path, 0)
    night(tmp_path, 1)
    path.rename(tmp_path / f"{retention.LEAVING}{path.name}")
    history = History(tmp_path)
    assert history.catch_up() == 1
    retention.carry_out((), tmp_path, print)
    assert not list(tmp_path.glob(".leaving-*"))


def test_the_command_tells_and_touches_nothing_with_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        night(tmp_path / "bundles", number, began=datetime.now(UTC) - timedelta(days=20 - number))
    file = tmp_path / "inventory.toml"
    file.write_text(INVENTORY + "[retention]\ndays = 7\nmonthly = false\n", encoding="utf-8")
    assert main(["--lang", "en", "prune", str(file), "--dry-run"]) == 0
    assert "to be removed 1" in capsys.readouterr().out
    assert len(list((tmp_path / "bundles").glob("*/manifest.json"))) == 2
    assert main(["--lang", "en", "prune", str(file)]) == 0
    assert "1 removed" in capsys.readouterr().out
    assert len(list((tmp_path / "bundles").glob("*/manifest.json"))) == 1
