"""The bundle: written as things come, opened whatever happened."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.bundle import BundleError, BundleWriter, Header, Planned
from auditor.bundle_reader import NoBundleError, open_bundle
from auditor.redact import Redactor
from probes.kinds import Port
from probes.observation import Observation, Reason, Status, content_id

AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
HEADER = Header("b", "0.1.0", "示例中学", "jiangsu-2018", "0" * 64, "here", AT.isoformat())
PLAN = [Planned("ports", "sw-1"), Planned("ports", "sw-2")]


def port(subject: str, **value: object) -> Observation:
    return Observation(
        kind="port", subject=subject, status=Status.OK, taken_at=AT, duration_s=0.1, probe="ports", vantage="here",
        method="measured", value=Port(**value),  # type: ignore[arg-type]
    ).sealed()  # fmt: skip


def begun(parent: Path, redactor: Redactor | None = None) -> BundleWriter:
    writer = BundleWriter.create(parent, AT, redactor or Redactor())
    writer.begin(HEADER, "{}", b"", PLAN)
    return writer


def finished(parent: Path) -> Path:
    writer = begun(parent)
    for task in PLAN:
        writer.append(port(f"{task.subject}:1", speed_mbps=1000, alias="教学楼"))
        writer.done(task, 1, 0.5)
    writer.finish(AT)
    return writer.path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    bundle = open_bundle(finished(tmp_path))
    assert [one.subject for one in bundle.observations] == ["sw-1:1", "sw-2:1"]
    assert bundle.finished_at == AT
    assert bundle.not_run == ()
    assert bundle.problems == ()
    assert bundle.header.school == "示例中学"


def test_a_zip_of_it_reads_the_same(tmp_path: Path) -> None:
    path = finished(tmp_path)
    for archive in (
        shutil.make_archive(str(tmp_path / "flat"), "zip", path),
        shutil.make_archive(str(tmp_path / "nested"), "zip", path.parent, path.name),
    ):
        assert open_bundle(Path(archive)).observations == open_bundle(path).observations


def test_a_directory_of_bundles_means_its_newest(tmp_path: Path) -> None:
    finished(tmp_path)
    second = finished(tmp_path)
    assert open_bundle(tmp_path).path == second


def test_cut_short_it_says_what_is_missing(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    writer.append(port("sw-1:1"))
    writer.done(PLAN[0], 1, 0.1)
    with (writer.path / "observations.jsonl").open("ab") as file:
        file.write(b'{"id":"half a li')
    bundle = open_bundle(writer.path)
    assert bundle.finished_at is None
    assert bundle.not_run == (PLAN[1],)
    assert len(bundle.observations) == 1
    assert [str(one) for one in bundle.problems] == ["1 damaged lines left out of observations.jsonl: 2"]


def test_an_altered_observation_does_not_count(tmp_path: Path) -> None:
    path = finished(tmp_path)
    file = path / "observations.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"speed_mbps":1000.0', b'"speed_mbps":9999.0', 1))
    bundle = open_bundle(path)
    assert [one.subject for one in bundle.observations] == ["sw-2:1"]
    assert [str(one) for one in bundle.problems] == [
        "1 lines of observations.jsonl were altered since they were written and are left out: 1",
        "observations.jsonl was altered since the audit",
    ]


def test_raw_output_is_kept_once_under_its_hash_without_secrets(tmp_path: Path) -> None:
    redactor = Redactor()
    redactor.learn("Sch00l-Secret")
    writer = begun(tmp_path, redactor)
    digest = writer.keep(b"snmp-agent community read cipher %^%#x\nlogin Sch00l-Secret ok")
    assert writer.keep(b"snmp-agent community read cipher %^%#x\nlogin Sch00l-Secret ok") == digest
    writer.append(port("sw-1:1", alias="pw Sch00l-Secret").model_copy(update={"raw": (digest,)}).sealed())
    writer.finish(AT)
    everything = b"".join(path.read_bytes() for path in writer.path.rglob("*") if path.is_file())
    assert b"Sch00l-Secret" not in everything
    assert b"%^%#x" not in everything
    bundle = open_bundle(writer.path)
    assert bundle.raw[digest] == b"snmp-agent community read cipher ******\nlogin ****** ok"
    assert bundle.problems == ()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": 1}'])
def test_no_bundle_is_said_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bundle.json").write_bytes(content)
    with pytest.raises(NoBundleError, match="is no bundle"):
        open_bundle(tmp_path)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoBundleError, match="does not exist"):
        open_bundle(tmp_path / "nothing")
    (tmp_path / "x.zip").write_bytes(b"PK not really")
    with pytest.raises(NoBundleError, match="is no bundle"):
        open_bundle(tmp_path / "x.zip")


def test_a_newer_format_is_not_guessed_at(tmp_path: Path) -> None:
    path = finished(tmp_path)
    header = json.loads((path / "bundle.json").read_text())
    (path / "bundle.json").write_text(json.dumps({**header, "format": 2, "version": "9.0"}))
    with pytest.raises(NoBundleError, match="newer version"):
        open_bundle(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BundleError, match="cannot write"):
        BundleWriter.create(tmp_path / "file", AT, Redactor())


def test_a_full_disk_keeps_what_was_measured() -> None:
    """/dev/full stands in for the full disk: every write to it fails with ENOSPC."""
    parent = Path("/dev/shm")
    if not Path("/dev/full").exists() or not parent.is_dir():
        pytest.skip("no /dev/full on this system")
    writer = begun(parent / f"campus-auditor-test-{id(parent)}")
    try:
        writer.append(port("sw-1:1"))
        writer.close()
        (writer.path / "observations.jsonl").rename(writer.path / "kept")
        (writer.path / "observations.jsonl").symlink_to("/dev/full")
        with pytest.raises(BundleError, match="the disk is full"):
            writer.append(port("sw-1:2"))
        (writer.path / "observations.jsonl").unlink()
        (writer.path / "kept").rename(writer.path / "observations.jsonl")
        assert [one.subject for one in open_bundle(writer.path).observations] == ["sw-1:1"]
    finally:
        shutil.rmtree(writer.path.parent)


def test_an_unavailable_observation_survives_the_round_trip(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    failed = (
        port("sw-1")
        .model_copy(
            update={"status": Status.UNAVAILABLE, "reason": Reason.NO_ANSWER, "value": None, "detail": "10.0.0.1:161"}
        )
        .sealed()
    )
    writer.append(failed)
    writer.finish(AT)
    assert open_bundle(writer.path).observations == (failed,)


def test_a_bundle_of_an_older_version_without_a_newer_field_stays_whole(tmp_path: Path) -> None:
    path = finished(tmp_path)
    file = path / "observations.jsonl"
    older = []
    for line in file.read_text().splitlines():
        written = json.loads(line)
        del written["value"]["physical"], written["told"]
        written["id"] = content_id(written)
        older.append(json.dumps(written))
    file.write_text("\n".join(older) + "\n")
    assert [one.subject for one in open_bundle(path).observations] == ["sw-1:1", "sw-2:1"]


def test_a_hostile_bundle_reads_no_file_outside_of_itself(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("private")
    path = finished(tmp_path)
    hostile = port("sw-9:1").model_copy(update={"raw": ("../../secret", "/etc/hostname")}).sealed()
    with (path / "observations.jsonl").open("a") as file:
        file.write(hostile.model_dump_json() + "\n")
    bundle = open_bundle(path)
    assert hostile in bundle.observations
    assert bundle.raw == {}


def test_raw_output_that_was_altered_is_no_evidence(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    digest = writer.keep(b"ifSpeed = 10")
    writer.append(port("sw-1:1").model_copy(update={"raw": (digest,)}).sealed())
    writer.finish(AT)
    (writer.path / "raw" / digest).write_bytes(b"ifSpeed = 1000")
    bundle = open_bundle(writer.path)
    assert bundle.raw == {}
    assert [str(one) for one in bundle.problems] == [f"raw/{digest} was altered since the audit"]
