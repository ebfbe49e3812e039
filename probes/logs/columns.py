"""The column of a table that holds the time of each record, found by its heading or by what stands in it; its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from probes.logs.stamps import Forms, Stamp, stamp_of

HEADINGS: tuple[str, ...] = (
    *("记录时间", "日志时间", "访问时间", "发生时间", "产生时间", "事件时间", "上网时间", "行为时间", "采集时间"),
    *("接收时间", "生成时间", "创建时间", "开始时间", "起始时间", "登录时间", "上线时间", "操作时间", "会话开始时间"),
    *("日期时间", "时间戳", "时间", "日期/时间"),
    *(
        "record time",
        "log time",
        "event time",
        "access time",
        "receive time",
        "create time",
        "start time",
        "login time",
    ),
    *("date time", "date/time", "timestamp", "datetime", "time", "ts"),
)
"""Headings of gateways' exports, the likeliest to mean the record itself first; compared without blanks and units."""

DATES: tuple[str, ...] = ("日期", "记录日期", "访问日期", "date")
"""Headings of columns with the day only; the time of day then stands in a column of its own, or nowhere."""

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  Excel's serial dates have no zone
_SERIAL = (20_000.0, 80_000.0)
"""Serial dates of 1954 to 2119; smaller and larger numbers are something else."""

_ASIDE = re.compile(r"[（(【\[].*?[)）】\]]|[\s_\-:：*]+")
_AFTERNOON = re.compile(r"(?i)下午|晚上|\bpm\b|(?<=\d)pm\b")
_MORNING = re.compile(r"(?i)上午|凌晨|早上|中午|\b[ap]m\b|(?<=\d)[ap]m\b|下午|晚上|(?:星期|周)[一二三四五六日天]")
_DAY_ONLY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_NOON = 12
_HEADING_LENGTH = 40

Cell = object


class TimeColumn:
    """Where the time stands: one column, or one for the day and one for the time of day."""

    def __init__(self, day: int, clock: int | None = None) -> None:
        self.day = day
        self.clock = clock

    def stamp(self, row: Sequence[Cell]) -> Stamp | None:
        """The stamp of a row; ``None`` where it has none."""
        if self.day >= len(row):
            return None
        cell = row[self.day]
        if self.clock is None or self.clock >= len(row):
            return cell_stamp(cell)
        clock = row[self.clock]
        of_day = f"{cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell or "").strip()
        return cell_stamp(f"{of_day} {clock}".strip()) or cell_stamp(cell)


def heading_column(row: Sequence[Cell], wanted: str | None) -> TimeColumn | None:
    """The time's column if a row is the heading; ``wanted`` is the heading that the inventory names."""
    names = [_plain(cell) for cell in row]
    if wanted is not None:
        return TimeColumn(names.index(_plain(wanted))) if _plain(wanted) in names else None
    known = [_plain(one) for one in HEADINGS]
    ranked = [(known.index(name), at) for at, name in enumerate(names) if name in known]
    days = [at for at, name in enumerate(names) if name in {_plain(one) for one in DATES}]
    if ranked:
        at = min(ranked)[1]
        clockwork = names[at] in {"时间", "time"}
        return TimeColumn(days[0], at) if days and clockwork else TimeColumn(at)
    return TimeColumn(days[0]) if days else None


def guessed_column(rows: Sequence[Sequence[Cell]]) -> TimeColumn | None:
    """For a table without a heading: the first column in which nearly every row has a stamp."""
    width = max(map(len, rows), default=0)
    for at in range(width):
        cells = [row[at] for row in rows if at < len(row) and row[at] not in (None, "")]
        stamped = sum(cell_stamp(cell, serial=False) is not None for cell in cells)
        if cells and 10 * stamped >= 9 * len(cells):
            return TimeColumn(at)
    return None


def cell_stamp(cell: Cell, *, serial: bool = True) -> Stamp | None:
    """What a cell says: a date of the spreadsheet, text in any of the log forms, a serial date, an epoch number."""
    if isinstance(cell, datetime):
        return _from_datetime(cell)
    if isinstance(cell, date):
        return _from_datetime(datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001  local, as the table is
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return _from_number(float(cell)) if serial else None
    shown = str(cell).strip().strip("'\"\t ")
    if not shown or len(shown) > 200:  # noqa: PLR2004  no time is that long
        return None
    return _from_text(shown, serial=serial)


def _from_text(shown: str, *, serial: bool) -> Stamp | None:
    afternoon = bool(_AFTERNOON.search(shown))
    bare = " ".join(_MORNING.sub(" ", shown).split()) if _MORNING.search(shown) else shown
    stamp = stamp_of(bare.encode(), Forms.EPOCH)
    if stamp is None and (day := _DAY_ONLY.fullmatch(bare)):
        stamp = stamp_of(f"{int(day[1]):04}-{int(day[2]):02}-{int(day[3]):02} 00:00:00".encode())
    if stamp is None and serial and re.fullmatch(r"\d{5}(?:\.\d+)?", bare):
        return _from_number(float(bare))
    if stamp is not None and afternoon and stamp.epoch is None and stamp.minute < _NOON * 60:
        return _shifted(stamp, _NOON * 60)
    if (
        stamp is not None
        and not afternoon
        and re.search(r"(?i)凌晨|上午|\bam\b|(?<=\d)am\b", shown)
        and stamp.minute >= _NOON * 60
    ):
        return _shifted(stamp, -_NOON * 60) if stamp.minute < (_NOON + 1) * 60 else stamp
    return stamp


def _shifted(stamp: Stamp, minutes: int) -> Stamp:
    return replace(stamp, minute=stamp.minute + minutes)


def _from_number(number: float) -> Stamp | None:
    if _SERIAL[0] <= number <= _SERIAL[1]:
        # Serial dates are floating point: a second is 1.2e-5 of a day.
        return _from_datetime(_EPOCH + timedelta(seconds=round(number * 86400)))
    return stamp_of(f"{number:.0f}".encode(), Forms.EPOCH) if number >= 10**9 else None


def _from_datetime(at: datetime) -> Stamp:
    offset = at.utcoffset()
    return Stamp(
        form="cell",
        year=at.year,
        month=at.month,
        day=at.day,
        minute=at.hour * 60 + at.minute,
        second=at.second,
        start=0,
        minute_end=0,
        second_end=0,
        second_digits=0,
        tail=(0, 0),
        offset_min=None if offset is None else round(offset.total_seconds() / 60),
    )


def _plain(cell: Cell) -> str:
    return _ASIDE.sub("", str(cell).lstrip("\ufeff"))[:_HEADING_LENGTH].casefold() if cell is not None else ""
