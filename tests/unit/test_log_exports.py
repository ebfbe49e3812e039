"""Exports of gateways: CSV and XLSX as they come, their time column found, every cell form dated."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from probes.kinds import LogCoverage
from probes.log_coverage import log_coverage
from probes.logs.columns import cell_stamp, heading_column
from probes.observation import Observation, Reason, Status
from tests.logtrees import NOW, SCHOOL, days_ago, moments
from tests.world import TestWorld, campus, look

GONE = days_ago(50)[0]
AT = [one for day in sorted(days_ago(*range(1, 100))) if day != GONE for one in moments(day, 240)]
EXCEL = datetime(1899, 12, 30)  # noqa: DTZ001  its serial dates have no zone
HEADING = ["序号", "用户名", "源IP", "访问时间", "网站"]


def rows(write: Any = lambda at: f"{at:%Y-%m-%d %H:%M:%S}") -> list[list[Any]]:
    return [[n, f"张{n % 7}", "10.20.1.9", write(at), "示例.cn"] for n, at in enumerate(AT)]


def as_csv(body: list[list[Any]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(body)
    return text.getvalue()


def as_xlsx(path: Path, *sheets: list[list[Any]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    for number, body in enumerate(sheets):
        sheet = book.create_sheet(f"表{number}")
        for row in body:
            sheet.append(row)
    book.save(path)


async def export(root: Path, **more: Any) -> Observation:
    school = campus(
        log_source=[{"id": "ac", "records": ["behaviour"], "store": {"kind": "table", "path": str(root)} | more}]
    )
    (observation,) = await look(log_coverage, TestWorld(school, at=NOW), school.log_source[0])
    return observation


async def all_found(root: Path, **more: Any) -> LogCoverage:
    observation = await export(root, **more)
    found = observation.value
    assert isinstance(found, LogCoverage), observation.detail
    assert (found.oldest, found.newest, found.records) == (AT[0], AT[-1], len(AT))
    assert found.missing_days == (GONE,)
    assert (found.counted, found.store, found.undated_records) == ("exact", "table", 0)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
async def test_csv_in_every_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    title = [["上网行为日志导出"], ["导出时间：2026-11-23 09:00:00", "管理员"], [], HEADING]
    (tmp_path / "导出.csv").write_bytes(as_csv([*title, *rows()], delimiter).encode(encoding))
    await all_found(tmp_path)


WRITTEN = {
    "iso": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "slashes": lambda at: f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M:%S}",
    "chinese": lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}",
    "afternoon": lambda at: f"{at:%Y-%m-%d} {'下午' if at.hour > 11 else '上午'} {(at.hour - 1) % 12 + 1}:{at:%M:%S}",
    "pm": lambda at: f"{at:%Y-%m-%d %I:%M:%S %p}",
    "weekday": lambda at: f"{at:%Y-%m-%d} 星期一 {at:%H:%M:%S}",
    "epoch": lambda at: f"{at.timestamp():.0f}",
    "millis": lambda at: f"{at.timestamp() * 1000:.0f}",
    "serial": lambda at: f"{(at.replace(tzinfo=None) - EXCEL) / timedelta(days=1):.10f}",
    "zone": lambda at: (at - timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "quoted": lambda at: f"\t{at:%Y-%m-%d %H:%M:%S}",
}


@pytest.mark.parametrize("written", WRITTEN)
async def test_every_form_of_a_cell(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.csv").write_text(as_csv([HEADING, *rows(WRITTEN[written])]))
    await all_found(tmp_path)


@pytest.mark.parametrize("kind", ["datetime", "serial", "text"])
async def test_workbooks(tmp_path: Path, kind: str) -> None:
    write = {
        "datetime": lambda at: at.replace(tzinfo=None),
        "serial": lambda at: (at.replace(tzinfo=None) - EXCEL) / timedelta(days=1),
        "text": WRITTEN["slashes"],
    }[kind]
    body = rows(write)
    as_xlsx(tmp_path / "a.xlsx", [["标题"], HEADING, *body[:100]], [HEADING, *body[100:]])
    await all_found(tmp_path)


async def test_the_day_and_the_time_in_two_columns(tmp_path: Path) -> None:
    body = [[f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", "t01"] for at in AT]
    (tmp_path / "a.csv").write_text(as_csv([["日期", "时间", "用户"], *body]))
    await all_found(tmp_path)


async def test_without_a_heading_the_column_of_times_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(as_csv(rows()))
    await all_found(tmp_path)


async def test_a_line_break_and_a_formula_within_a_field(tmp_path: Path) -> None:
    body = [[*row[:4], "第一行\n2001-01-01 00:00:00\n=cmd|' /C calc'!A0"] for row in rows()]
    (tmp_path / "a.csv").write_text(as_csv([HEADING, *body]))
    await all_found(tmp_path)


async def test_the_column_that_the_inventory_names(tmp_path: Path) -> None:
    body = [[f"{at - timedelta(days=400):%Y-%m-%d %H:%M:%S}", f"{at:%Y-%m-%d %H:%M:%S}"] for at in AT]
    (tmp_path / "a.csv").write_text(as_csv([["开始时间", "入库"], *body]))
    await all_found(tmp_path, time_column="入库")
    missing = await export(tmp_path, time_column="出库")
    assert missing.reason is Reason.FILE_UNREADABLE
    assert "has no column 出库; there are: 开始时间, 入库" in missing.detail


async def test_rows_without_a_time_and_of_the_future_are_told_apart(tmp_path: Path) -> None:
    extra = [[1, "u", "i", "", "s"], [1, "u", "i", "合计", "s"], [1, "u", "i", "2031-01-01 00:00:00", "s"]]
    (tmp_path / "a.csv").write_text(as_csv([HEADING, *rows(), *extra]))
    found = (await export(tmp_path)).value
    assert isinstance(found, LogCoverage)
    assert (found.newest, found.undated_records, found.future_records) == (AT[-1], 2, 1)


async def test_the_newest_on_top(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(as_csv([HEADING, *rows()[::-1]]))
    found = await all_found(tmp_path)
    assert found.late_records == 0


def bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        for _ in range(450):
            part.write(bytes(1_000_000))
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "save it as .xlsx or CSV"),
        (b"PK\x03\x04" + bytes(50), "cut off"),
        (bomb(), "unpacks to more than is read"),
        ("姓名,年龄\n张三,12\n李四,13\n".encode("gbk"), "no column that looks like a time"),
        (b'a,"' + b"x" * 3_000_000, "no column"),
    ],
)
async def test_what_is_no_export_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a").write_bytes(content)
    observation = await export(tmp_path)
    assert observation.status is Status.UNAVAILABLE
    assert said in observation.detail or "is no table" in observation.detail


async def test_a_half_workbook_does_not_hide_the_whole_one(tmp_path: Path) -> None:
    as_xlsx(tmp_path / "a.xlsx", [HEADING, *rows()])
    (tmp_path / "b.xlsx").write_bytes((tmp_path / "a.xlsx").read_bytes()[:-300])
    found = (await export(tmp_path)).value
    assert isinstance(found, LogCoverage)
    assert (found.records, found.unreadable_files) == (len(AT), 1)


@pytest.mark.parametrize(
    ("row", "day", "clock"),
    [
        (["序号", "时间"], 1, None),
        (["记录时间（北京）", "开始时间"], 0, None),
        (["Start Time", "Log_Time"], 1, None),
        (["日期", "时间"], 0, 1),
        (["时 间"], 0, None),
        (["Date"], 0, None),
    ],
)
def test_headings(row: list[str], day: int, clock: int | None) -> None:
    found = heading_column(row, None)
    assert found is not None
    assert (found.day, found.clock) == (day, clock)


@pytest.mark.parametrize(
    "cell", ["", None, True, "张三", "10.20.1.9", 12, 13.5, "2026-13-45 00:00:00", "x" * 10_000, "12345678901234567890"]
)
def test_what_is_no_time(cell: object) -> None:
    assert cell_stamp(cell) is None


def test_a_day_alone_is_its_midnight() -> None:
    stamp = cell_stamp(date(2026, 11, 3))
    assert stamp is not None
    assert (stamp.year, stamp.month, stamp.day, stamp.minute) == (2026, 11, 3, 0)
    assert cell_stamp("2026/11/3") is not None
    assert AT[0].tzinfo is SCHOOL
