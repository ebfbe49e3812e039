"""What earlier audits saw of rooms that sleep tonight, brought into the new bundle as it was."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.bundle import BundleWriter, Header, Planned
from auditor.bundle_reader import open_bundle
from auditor.plan import Plan, make_plan
from auditor.recall import recall
from auditor.redact import Redactor
from probes.campus import Campus
from probes.kinds import KINDS
from probes.observation import Observation, Status
from probes.probe import all_probes
from rules.judge import judge
from rules.load import load_rubric
from tests.world import campus

NIGHT = datetime(2026, 11, 25, 22, 30, tzinfo=UTC)  # a Thursday morning in the school's time zone
PANEL = "sw-1:GE0/0/5"
ROOM = {"id": "A-301", "kind": "classroom"}
RAW = b"ifHighSpeed.5 = 1000"


def school(**tables: Any) -> Campus:
    return campus(
        credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:X"}],
        device=[{"id": "sw-1", "role": "access-switch", "address": "192.0.2.1", "snmp": {"credential": "ro"}}],
        **{"place": [{**ROOM, "port": PANEL}], **tables},
    )


def planned(where: Campus, only: str = "ports") -> Plan:
    return make_plan(where, all_probes(), only=[only])


def observed(
    at: datetime, kind: str = "port", subject: str = PANEL, raw: tuple[str, ...] = (), **value: Any
) -> Observation:
    return Observation(
        kind=kind,
        subject=subject,
        status=Status.OK,
        taken_at=at,
        duration_s=0.1,
        probe="rooms" if kind == "neighbour" else "ports",
        vantage="here",
        method="read",  # type: ignore[arg-type]
        raw=raw,
        value=KINDS[kind].model_validate(value),
    ).sealed()


def awake(at: datetime, mbps: float = 1000, **value: Any) -> Observation:
    return observed(at, speed_mbps=mbps, oper_up=True, duplex="full", **value)


def asleep(at: datetime) -> Observation:
    return observed(at, speed_mbps=10, oper_up=True, duplex="full")


def dead(at: datetime) -> Observation:
    return observed(at, oper_up=False)


def audited(parent: Path, at: datetime, *seen: Observation, name: str = "示例中学", sealed: bool = True) -> Path:
    writer = tonight(parent, at, *seen, name=name)
    if sealed:
        writer.finish(at + timedelta(minutes=1))
    else:
        writer.close()
    return writer.path


def tonight(parent: Path, at: datetime, *seen: Observation, name: str = "示例中学") -> BundleWriter:
    writer = BundleWriter.create(parent, at, Redactor())
    header = Header(writer.path.name, "0.1.0", name, "jiangsu-2018", "0" * 64, "here", at.isoformat())
    writer.begin(header, school().model_dump_json(), b"", [Planned("ports", "sw-1")])
    for one in seen:
        writer.append(one)
    return writer


def brought(parent: Path, *seen: Observation, where: Campus | None = None, only: str = "ports") -> list[Observation]:
    """What the bundle of tonight holds once it is sealed; the observations of tonight left out."""
    where = where or school()
    writer = tonight(parent, NIGHT, *seen)
    number = recall(writer, where, planned(where, only), NIGHT)
    writer.finish(NIGHT)
    bundle = open_bundle(writer.path)
    assert not bundle.problems
    found = [one for one in bundle.observations if one.id not in {own.id for own in seen}]
    assert (len(found), {one.id for one in found}) == (number, set(bundle.recalled))
    return found


def ago(days: float) -> datetime:
    return NIGHT - timedelta(days=days)


def test_a_panel_that_sleeps_tonight_is_known_by_the_best_of_the_last_days(tmp_path: Path) -> None:
    audited(tmp_path, ago(3), awake(ago(3), 100))
    best = awake(ago(2), 1000)
    audited(tmp_path, ago(2), best)
    audited(tmp_path, ago(1), asleep(ago(1)))
    assert brought(tmp_path, asleep(NIGHT)) == [best]


@pytest.mark.parametrize("own", [[], [dead(NIGHT)], [asleep(NIGHT)]])
def test_it_counts_as_it_was_seen_and_the_judge_says_when(tmp_path: Path, own: list[Observation]) -> None:
    audited(tmp_path, ago(2), awake(ago(2)))
    seen = [*own, *brought(tmp_path, *own)]
    finding = next(
        one for one in judge(load_rubric("jiangsu-2018"), seen, school(), NIGHT).findings if one.indicator.id == "1.1.1"
    )
    part = next(one for one in finding.parts if one.criterion.id == "classroom-port")
    assert (part.points.low, part.points.high) == (part.criterion.points, part.criterion.points)
    if len(seen) > 1 and own[0].value != dead(NIGHT).value:
        assert "on 2026-11-24, the best of 2 looks" in str(part.verdicts[0].shown)


@pytest.mark.parametrize("nights", [7, 12])
def test_a_port_that_was_dead_all_the_days_is_not_saved(tmp_path: Path, nights: int) -> None:
    for night in range(1, nights):
        audited(tmp_path, ago(night), dead(ago(night)))
    assert brought(tmp_path, dead(NIGHT)) == []


@pytest.mark.parametrize(
    ("days", "calendar", "kept"),
    [
        (8, {}, True),  # Wednesday of the week before: six school days back
        (9.5, {}, False),
        (9.5, {"holidays": [{"from": "2026-11-24", "to": "2026-11-25"}]}, True),
        (40, {"holidays": [{"from": "2026-10-20", "to": "2026-11-24"}]}, True),
        (8, {"make_up": ["2026-11-21", "2026-11-22"]}, False),
        (8, {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, False),
    ],
)
def test_school_days_are_counted_not_days(tmp_path: Path, days: float, calendar: dict[str, Any], *, kept: bool) -> None:
    where = school(school={"name": "示例中学", "stages": ["junior"], "calendar": calendar})
    old = awake(ago(days))
    audited(tmp_path, ago(days), old)
    found = brought(tmp_path, dead(NIGHT), where=where)
    assert found == ([old] if kept else [])
    seen = [dead(NIGHT), old]
    finding = next(
        one for one in judge(load_rubric("jiangsu-2018"), seen, where, NIGHT).findings if one.indicator.id == "1.1.1"
    )
    part = next(one for one in finding.parts if one.criterion.id == "classroom-port")
    assert (part.points.low > 0) is kept, "the judge counts the same days"


def test_a_reading_that_is_no_better_is_not_brought(tmp_path: Path) -> None:
    audited(tmp_path, ago(1), awake(ago(1)))
    assert brought(tmp_path, awake(NIGHT)) == []


def test_full_duplex_goes_before_speed(tmp_path: Path) -> None:
    half = observed(ago(1), speed_mbps=1000, oper_up=True, duplex="half")
    full = awake(ago(2), 100)
    audited(tmp_path, ago(1), half)
    audited(tmp_path, ago(2), full)
    assert brought(tmp_path, asleep(NIGHT)) == [full]


def test_the_raw_output_comes_along_and_no_bundle_is_needed_any_more(tmp_path: Path) -> None:
    digest = hashlib.sha256(RAW).hexdigest()
    old = awake(ago(1), raw=(digest,))
    writer = tonight(tmp_path, ago(1), old)
    assert writer.keep(RAW) == digest
    writer.finish(ago(1))
    assert brought(tmp_path, dead(NIGHT)) == [old]
    newest = open_bundle(tmp_path)
    assert newest.raw[digest] == RAW
    assert newest.recalled == {old.id: writer.path.name}


def test_a_room_whose_port_only_forwarding_tables_tell_is_found_again(tmp_path: Path) -> None:
    where = school(place=[{**ROOM, "mac": "00:19:c6:01:0e:3c"}])
    heard = observed(ago(1), "neighbour", remote_name="place:A-301", remote_port="", protocol="fdb")
    best = awake(ago(1))
    audited(tmp_path, ago(1), heard, best)
    assert brought(tmp_path, dead(NIGHT), where=where) == [heard, best]


def test_a_neighbour_that_calls_itself_a_place_is_not_believed(tmp_path: Path) -> None:
    where = school(place=[{**ROOM, "mac": "00:19:c6:01:0e:3c"}])
    liar = observed(ago(1), "neighbour", remote_name="place:A-301", remote_port="", protocol="lldp")
    audited(tmp_path, ago(1), liar, awake(ago(1)))
    assert brought(tmp_path, dead(NIGHT), where=where) == []


def test_other_schools_altered_files_and_torn_lines_are_not_believed(tmp_path: Path) -> None:
    audited(tmp_path, ago(1), awake(ago(1)), name="别的学校")
    altered = audited(tmp_path, ago(1.1), awake(ago(1.1)))
    with (altered / "observations.jsonl").open("ab") as file:
        file.write(awake(ago(1.05)).model_dump_json().encode() + b"\n")
    forged = audited(tmp_path, ago(1.2), asleep(ago(1.2)), sealed=False)
    lines = (forged / "observations.jsonl").read_text().replace('"speed_mbps":10.0', '"speed_mbps":1000.0')
    (forged / "observations.jsonl").write_text(lines + '{"kind":"port","subject":"' + PANEL + '"\n[' + "[" * 5000)
    (tmp_path / "20261125T2Z").mkdir()
    (tmp_path / "20261125T101010Z").write_text("no bundle")
    assert brought(tmp_path, asleep(NIGHT)) == []


def test_an_audit_that_was_cut_short_may_have_seen_it(tmp_path: Path) -> None:
    best = awake(ago(1))
    audited(tmp_path, ago(1), best, sealed=False)
    assert brought(tmp_path, asleep(NIGHT)) == [best]


def test_what_was_brought_yesterday_is_not_taken_for_a_look_of_yesterday(tmp_path: Path) -> None:
    first = awake(ago(3))
    source = audited(tmp_path, ago(3), first)
    writer = tonight(tmp_path, ago(1), asleep(ago(1)))
    recall(writer, school(), planned(school()), ago(1))
    writer.finish(ago(1))
    assert brought(tmp_path, asleep(NIGHT)) == [first]
    assert open_bundle(tmp_path).recalled == {first.id: source.name}


def test_where_ports_were_not_asked_for_nothing_is_answered_from_memory(tmp_path: Path) -> None:
    audited(tmp_path, ago(1), awake(ago(1)))
    assert brought(tmp_path, only="neighbours") == []


def test_a_bundle_that_is_gone_on_with_does_not_get_it_twice(tmp_path: Path) -> None:
    audited(tmp_path, ago(1), awake(ago(1)))
    writer = tonight(tmp_path, NIGHT, asleep(NIGHT))
    assert recall(writer, school(), planned(school()), NIGHT) == 1
    assert recall(writer, school(), planned(school()), NIGHT) == 0
    writer.close()


def test_only_bundles_of_these_days_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(20, 320, 3):
        audited(tmp_path, ago(days), awake(ago(days)))
    audited(tmp_path, ago(2), awake(ago(2)))
    opened: list[Path] = []
    read = Path.read_bytes

    def noted(path: Path) -> bytes:
        opened.append(path)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    writer = tonight(tmp_path, NIGHT, asleep(NIGHT))
    assert recall(writer, school(), planned(school()), NIGHT) == 1
    writer.close()
    assert {path.parent.name for path in opened} == {f"{ago(2):%Y%m%dT%H%M%SZ}", writer.path.name}


def test_hostile_digests_become_no_paths(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    audited(tmp_path, ago(1), awake(ago(1), raw=("../../secret", "a" * 64)))
    found = brought(tmp_path, asleep(NIGHT))
    assert len(found) == 1
    assert json.loads((open_bundle(tmp_path).path / "manifest.json").read_text())["files"].keys() >= {"recalled.jsonl"}
    assert not list(open_bundle(tmp_path).path.glob("**/secret"))
