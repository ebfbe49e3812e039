"""Which bundle an interrupted night goes on in, what is cut off its end, and what the night has moved so far."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from auditor.bundle import BundleWriter, Header, Planned
from auditor.bundle_reader import open_bundle
from auditor.lock import LockError, alone
from auditor.redact import Redactor
from auditor.resume import spent_mb, unfinished
from probes.kinds import Port
from probes.observation import Method, Observation, Status
from probes.text import text

TEN = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 22:00 in Shanghai
ELEVEN = TEN + timedelta(hours=1)
HEADER = Header("", "1.0", "示例中学", "jiangsu-2018", "abc", "host", ELEVEN.isoformat())
PLAN = [Planned("ports", "sw-1"), Planned("throughput", "place:A-1"), Planned("throughput", "place:A-2")]


def night(
    parent: Path, header: Header = HEADER, plan: list[Planned] | None = None, *, marked: bool = True
) -> BundleWriter:
    """A night's bundle after its first task, as a kill leaves it."""
    writer = BundleWriter.create(parent, datetime.fromisoformat(header.started_at), Redactor())
    if marked:
        writer.night({"night": "2026-11-23"})
    writer.begin(header, "{}", b"rubric", PLAN if plan is None else plan)
    writer.append(seen("sw-1:1"))
    writer.done(PLAN[0], 1, 0.1)
    writer.close()
    return writer


def seen(subject: str) -> Observation:
    return Observation(
        kind="port",
        subject=subject,
        status=Status.OK,
        taken_at=ELEVEN,
        duration_s=0.1,
        probe="ports",
        vantage="host",
        method=Method.READ,
        value=Port(speed_mbps=1000),
    ).sealed()


def found(parent: Path, inventory: str = "{}") -> Path | None:
    bundle = unfinished(parent, replace(HEADER, started_at="", vantage="other"), inventory, PLAN, TEN)
    return None if bundle is None else bundle.path


def test_the_night_that_was_cut_short_goes_on(tmp_path: Path) -> None:
    writer = night(tmp_path)
    assert found(tmp_path) == writer.path


def test_of_several_the_newest_goes_on(tmp_path: Path) -> None:
    for minutes in (20, 40, 30):
        night(tmp_path, replace(HEADER, started_at=(TEN + timedelta(minutes=minutes)).isoformat()))
    assert found(tmp_path) == tmp_path / "20261123T144000Z"


@pytest.mark.parametrize(
    "header",
    [
        replace(HEADER, rubric_sha256="abd"),
        replace(HEADER, version="1.1"),
        replace(HEADER, school="另一所"),
        replace(HEADER, started_at=(TEN - timedelta(seconds=1)).isoformat()),
    ],
)
def test_what_began_before_the_window_or_otherwise_does_not(tmp_path: Path, header: Header) -> None:
    night(tmp_path, header)
    assert found(tmp_path) is None


def test_neither_does_another_plan_or_inventory(tmp_path: Path) -> None:
    night(tmp_path, plan=PLAN[:2])
    assert found(tmp_path) is None
    night(tmp_path)
    assert found(tmp_path, inventory="{ }") is None


def test_nor_a_finished_one(tmp_path: Path) -> None:
    night(tmp_path).finish(ELEVEN)
    assert found(tmp_path) is None


def test_nor_an_audit_by_hand_which_may_still_be_running(tmp_path: Path) -> None:
    night(tmp_path, marked=False)
    assert found(tmp_path) is None


@pytest.mark.parametrize("damage", ["bundle.json", "plan.json", "inventory.json", "rubric.toml"])
def test_nor_a_damaged_one(tmp_path: Path, damage: str) -> None:
    writer = night(tmp_path)
    (writer.path / damage).write_text("{")
    assert found(tmp_path) is None or damage == "rubric.toml"
    (writer.path / damage).unlink()
    assert found(tmp_path) is None


def test_a_folder_that_does_not_exist_has_none(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere") is None
    assert spent_mb(tmp_path / "nowhere", date(2026, 11, 23)) == 0


@pytest.mark.parametrize("half", [b'{"probe": "po', b"\xe4\xbd", b"{"])
def test_half_a_line_is_cut_off_and_the_next_one_is_whole(tmp_path: Path, half: bytes) -> None:
    path = night(tmp_path).path
    for name in ("observations.jsonl", "journal.jsonl", "night.jsonl"):
        with (path / name).open("ab") as file:
            file.write(half)
    writer = BundleWriter.resume(path, Redactor())
    writer.append(seen("sw-1:2"))
    writer.done(PLAN[1], 1, 0.1)
    writer.done(PLAN[2], 0, 0.1)
    writer.night({"at": "later"})
    writer.finish(ELEVEN)
    bundle = open_bundle(path)
    assert bundle.problems == ()
    assert bundle.not_run == ()
    assert [one.subject for one in bundle.observations] == ["sw-1:1", "sw-1:2"]
    assert [json.loads(line) for line in (path / "night.jsonl").read_text().splitlines()] == [
        {"night": "2026-11-23"},
        {"at": "later"},
    ]


def test_a_log_that_is_nothing_but_half_a_line_becomes_empty(tmp_path: Path) -> None:
    path = night(tmp_path).path
    (path / "journal.jsonl").write_bytes(b'{"probe"')
    BundleWriter.resume(path, Redactor())
    assert (path / "journal.jsonl").read_bytes() == b""


def test_all_bundles_of_the_night_count_together_and_other_nights_do_not(tmp_path: Path) -> None:
    for minutes, mb in ((0, 100.5), (1, 200)):
        writer = night(tmp_path, replace(HEADER, started_at=(ELEVEN + timedelta(minutes=minutes)).isoformat()))
        writer.night({"probe": "throughput", "expected_mb": mb})
        writer.night({"probe": "throughput", "refused": "link_busy"})
        writer.night({"probe": "throughput", "moved_mb": mb / 2, "instead_of_mb": mb})
        writer.close()
        with (writer.path / "night.jsonl").open("ab") as file:
            file.write(b'{"expected_mb": 5')
    assert spent_mb(tmp_path, date(2026, 11, 23)) == 150.25
    assert spent_mb(tmp_path, date(2026, 11, 24)) == 0


def test_a_lock_is_held_by_one_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "night.lock"
    with alone(path, text("taken")), pytest.raises(LockError, match="taken"), alone(path, text("taken")):
        pass
    with alone(path, text("taken")):
        pass
