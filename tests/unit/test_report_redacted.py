"""The edition for publication: no address, name, port or person of the campus in any format, and the same points."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from probes.campus import Campus
from probes.observation import Observation
from probes.text import text
from reports import junit, openmetrics, oscal
from reports.edition import Edition
from reports.evidence_zip import archive
from reports.exhibits import gather
from reports.html import render
from reports.json import document
from reports.redaction import redacted
from reports.xlsx import workbook
from rules.precheck import load_table, precheck
from tests.editions import HOSTILE, hostile
from tests.furnished import furnished

ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
MAC = re.compile(r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b")


@cache
def internal() -> Edition:
    edition = furnished()
    return replace(
        edition,
        vantage="audit-host-17",
        problems=(text("{name} was altered since the audit", name="raw/secret-name"),),
        not_run=(("clock", "core-1"), ("throughput", "place:B-103")),
    )


@cache
def public() -> Edition:
    return redacted(internal())


def unpacked(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = list(packed.namelist())
        for name in packed.namelist():
            inside = packed.read(name)
            parts.append(unpacked(inside) if name.endswith(".xlsx") else inside.decode("utf-8-sig"))
    return "\n".join(parts)


FORMATS: dict[str, Callable[[Edition], str]] = {
    "html": render,
    "html, reviewed": lambda edition: render(edition, reviewer=True),
    "json": lambda edition: json.dumps(document(edition, bundle="", report=None), ensure_ascii=False),
    "xlsx": lambda edition: unpacked(workbook(edition)),
    "zip": lambda edition: unpacked(archive(edition, lambda _: b"the document")),
    "oscal": lambda edition: json.dumps(oscal.document(edition), ensure_ascii=False),
    "junit": lambda edition: junit.document(edition).decode(),
    "openmetrics": openmetrics.document,
}


def recognisable(campus: Campus, observations: Iterator[Observation]) -> Iterator[str]:
    """Every word by which something or somebody of this campus could be recognised."""
    for device in campus.device:
        yield from (device.id, device.name, device.address)
    for one in (*campus.place, *campus.uplink, *campus.log_source, *campus.service, *campus.camera):
        yield one.name
        yield from (one.id,) if re.search(r"\d", one.id) else ()
    for serving in (*campus.place, *campus.uplink):
        yield from () if serving.port is None else (serving.port, serving.port.partition(":")[2])
    for source in campus.log_source:
        yield getattr(source.store, "path", "")
    for waiver in campus.waiver:
        yield from (waiver.by, waiver.why)
    for system in campus.protected_system:
        yield from (system.id, system.name)
    for seen in observations:
        yield from (seen.detail, seen.vantage)
        yield from (word for word in words_of(seen.model_dump(mode="json")["value"]) if not word.isascii())
    yield from ("203.0.113.7", "AirEngine", "SG-6000", "printer-3f", "school-wifi", "EICAR 68")
    yield from ("张敏", "李老师", "王校长", "audit-host-17", "secret-name", "23/tcp open", "GigabitEthernet")


def words_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from words_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from words_of(one)


# Names that say what a thing is and nothing else; the other names are made of the same words, with a number.
ORDINARY = {
    *("核心交换机", "无线控制器", "日志服务器", "入侵检测", "上网行为管理"),
    *("DHCP 日志", "数字广播", "视频会议", "图书馆", "学校网站"),
}


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_nothing_of_the_campus_is_left(make: Callable[[Edition], str]) -> None:
    assessment = internal().assessment
    words = {one for one in recognisable(assessment.campus, iter(assessment.observations.values())) if len(one) > 1}
    assert len(words) > 60
    shown = make(public())
    assert {one for one in words - ORDINARY if one in shown} == set()
    clauses = {clause.split()[0] for item in load_table().item for clause in item.clause.values()}
    assert set(ADDRESS.findall(re.sub(r"(SHA-256|sha256)[^<]*", "", shown))) - clauses == set()
    assert MAC.findall(shown) == []


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_the_internal_edition_does_hold_them(make: Callable[[Edition], str]) -> None:
    """Without this the test above would pass for a report that is empty."""
    shown = make(internal())
    assert "fw-1" in shown or "出口防火墙" in shown


def test_the_points_are_the_same() -> None:
    before, after = internal().assessment, public().assessment
    assert after.score == before.score
    for ours, theirs in zip(before.findings, after.findings, strict=True):
        assert (ours.outcome, ours.points, ours.observations) == (theirs.outcome, theirs.points, theirs.observations)
        assert [part.points for part in ours.parts] == [part.points for part in theirs.parts]


@pytest.mark.parametrize("level", [2, 3])
def test_the_pre_check_comes_to_the_same_result(level: int) -> None:
    table = load_table()
    before, after = (
        precheck(table, edition.assessment.observations.values(), level, edition.assessment.now)
        for edition in (internal(), public())
    )
    assert [(one.item.id, one.result) for one in after] == [(one.item.id, one.result) for one in before]


def test_the_same_thing_is_called_the_same_everywhere() -> None:
    campus = public().assessment.campus
    assert len({one.id for one in campus.device}) == len(campus.device)
    assert len({one.name for one in campus.place}) == len(campus.place)
    subjects = {one.subject for one in public().assessment.observations.values() if one.kind == "throughput"}
    assert subjects <= {f"place:{one.id}" for one in campus.place} | {f"uplink:{one.id}" for one in campus.uplink}
    ports = {one.subject for one in public().assessment.observations.values() if one.kind == "port"}
    serving = {one.port for one in campus.place if one.port}
    assert serving & ports
    shown = render(public())
    for place in campus.place[:5]:
        assert place.name in shown


def test_both_ends_still_tell_of_one_link() -> None:
    topology = next(one for one in gather(public())["1.1"] if one.id == "topology")
    assert topology.grid is not None
    assert len(topology.grid.rows) == 7
    assert sum(len(row.links) for row in topology.grid.rows) == 8


def test_it_says_that_it_is_the_edition_for_publication() -> None:
    shown = render(public())
    assert "公开版（已脱敏）" in shown
    assert "内部资料" not in shown
    assert "公开版不含原始输出" in shown
    assert '<pre id="r-' not in shown


def test_numbers_of_evidence_are_those_of_the_internal_edition() -> None:
    assert set(public().assessment.observations) == set(internal().assessment.observations)


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_what_an_attacker_wrote_is_not_published(make: Callable[[Edition], str]) -> None:
    edition = hostile()
    # The school's own name is on the page of every edition; here it is not what is attacked.
    campus = edition.assessment.campus
    plain = campus.model_copy(update={"school": campus.school.model_copy(update={"name": "示例中学"})})
    shown = make(redacted(replace(edition, assessment=replace(edition.assessment, campus=plain))))
    for words in HOSTILE:
        assert words[:40] not in shown
    assert "onerror" not in shown
    assert "长长长" not in shown
