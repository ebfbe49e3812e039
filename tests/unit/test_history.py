"""The history: what it keeps of a night, that it can be made again from the bundles, and that damage costs nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.bundle import BundleWriter
from auditor.bundle_reader import open_bundle
from auditor.cli import main
from auditor.history.night import Night
from auditor.history.record import record, thing
from auditor.history.store import DATABASE, REMOVED, History
from auditor.history.trend import trend
from auditor.redact import Redactor
from probes.observation import Reason
from probes.text import Text
from tests import nights
from tests.nights import at, night


def everything(history: History) -> list[str]:
    return [one.model_dump_json() for one in history.nights()]


def test_a_record_holds_score_standings_looks_and_expiries(tmp_path: Path) -> None:
    seen = [nights.portal(at(0)), nights.port(at(0), reason=Reason.NO_ANSWER)]
    seen.append(nights.paper("1.4.1", at(0), date(2026, 8, 1)))
    kept = record(open_bundle(night(tmp_path, 0, seen)))
    assert (kept.night, kept.whole, kept.rubric) == (date(2026, 9, 1), True, "jiangsu-2018")
    assert sum((one.proven for one in kept.standings), Decimal(0)) == kept.proven > 0
    assert len(kept.standings) == 73
    assert [(one.probe, one.subject, one.reason) for one in kept.looks if one.probe != "attestation"] == [
        ("ports", "sw-1", Reason.NO_ANSWER),
        ("website", "service:portal", None),
    ]
    assert [(one.what, one.subject, one.on) for one in kept.expiries] == [
        ("certificate", "service:portal", date(2027, 3, 20)),
        ("attestation", "1.4.1", date(2027, 8, 1)),
    ]
    assert Night.model_validate_json(kept.model_dump_json()) == kept


def test_a_device_that_answered_for_one_port_has_answered() -> None:
    assert [thing(one) for one in ("sw-1:GE0/0/5", "fw", "place:A-1", "control:trace", "fe80::1", "10.0.0.1")] == [
        "sw-1",
        "fw",
        "place:A-1",
        "control:trace",
        "fe80::1",
        "10.0.0.1",
    ]


def test_it_grows_night_by_night_to_what_a_rebuild_gives(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number in range(3):
        night(tmp_path, number)
        assert history.catch_up() == 1
    grown = everything(history)
    assert history.catch_up() == 0
    assert history.rebuild() == 3
    assert everything(history) == grown


def test_an_unfinished_bundle_is_taken_in_again_when_it_went_on(tmp_path: Path) -> None:

    path = night(tmp_path, 0, finished=False)
    history = History(tmp_path)
    history.catch_up()
    assert [bool(row["whole"]) for row in history.scores()] == [False]
    BundleWriter.resume(path, Redactor()).finish(at(0))
    assert history.catch_up() == 1
    assert [bool(row["whole"]) for row in history.scores()] == [True]


@pytest.mark.parametrize("damage", ["garbage", "middle", "empty-table", "truncated", "nothing"])
def test_a_damaged_database_is_set_aside_and_made_anew(tmp_path: Path, damage: str) -> None:
    for number in range(4):
        night(tmp_path, number)
    said: list[Text] = []
    history = History(tmp_path, said.append)
    history.catch_up()
    whole = everything(history)
    database = tmp_path / DATABASE
    data = bytearray(database.read_bytes())
    match damage:
        case "garbage":
            database.write_bytes(b"this is no database" * 1000)
        case "middle":
            data[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
            database.write_bytes(data)
        case "empty-table":
            with sqlite3.connect(database) as db:
                db.execute("DROP TABLE score")
        case "truncated":
            database.write_bytes(data[: len(data) // 2 + 100])
        case _:
            database.write_bytes(b"")
    history.catch_up()
    assert everything(history) == whole
    assert len(history.scores()) == 4
    assert (tmp_path / f"{DATABASE}.damaged").exists() == (damage != "nothing")
    assert bool(said) == (damage != "nothing")


def test_a_damaged_bundle_is_told_and_left_out(tmp_path: Path) -> None:
    (night(tmp_path, 0) / "bundle.json").write_text("{")
    night(tmp_path, 1)
    said: list[Text] = []
    history = History(tmp_path, said.append)
    assert history.catch_up() == 1
    assert len(said) == 1
    assert "left out" in str(said[0])


def test_what_retention_removed_survives_a_rebuild(tmp_path: Path) -> None:
    paths = [night(tmp_path, number) for number in range(2)]
    history = History(tmp_path)
    history.catch_up()
    before = everything(history)
    kept = record(open_bundle(paths[0])).model_copy(update={"id": paths[0].name})
    (tmp_path / REMOVED).write_text(kept.model_dump_json() + "\nhalf a line {")
    shutil.rmtree(paths[0])
    history.rebuild()
    assert everything(history) == before


def test_the_trend_of_a_report_are_the_whole_audits_before_it(tmp_path: Path) -> None:
    night(tmp_path, 0)
    night(tmp_path, 1, only=("ports",))
    night(tmp_path, 2, finished=False)
    last = night(tmp_path, 3)
    assert trend(open_bundle(last)) == ()
    History(tmp_path).catch_up()
    (point,) = trend(open_bundle(last))
    assert (point.audit_id, point.at) == ("20260901T140000Z", at(0))
    assert sum((one.low for one in point.indicators.values()), Decimal(0)) == point.proven


def test_the_command_answers_for_all_and_for_one_indicator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    night(tmp_path, 0)
    night(tmp_path, 1, [nights.port(at(1)), nights.portal(at(1), reason=Reason.REFUSED)])
    assert main(["history", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["night"] for one in found["nights"]] == ["2026-09-01", "2026-09-02"]
    assert found["nights"][1]["unavailable"] == 1
    assert found["nights"][1]["proven"] < found["nights"][0]["proven"]
    assert main(["history", str(tmp_path), "--indicator", "4.2.1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["outcome"] for one in found["nights"]][-1] == "not_measured"
    assert main(["--lang", "zh", "history", str(tmp_path)]) == 0
    words = capsys.readouterr().out
    assert "1 项探测未取得结果" in words
    assert "−" in words
    assert main(["history", str(tmp_path), "--indicator", "9.9.9"]) == 2
    assert main(["history", str(tmp_path / "nowhere")]) == 2
    (tmp_path / "empty").mkdir()
    assert main(["history", str(tmp_path / "empty")]) == 2
