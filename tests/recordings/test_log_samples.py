"""Lines that real devices wrote: which of them bear a stamp, and which moment it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from probes.logs.placing import Calendar
from probes.logs.stamps import stamp_of

pytestmark = pytest.mark.recordings

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "recordings"
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))


def recorded(path: str) -> Path:
    found = RECORDINGS / path
    if not found.exists():
        pytest.skip(f"no recording {path}")
    return found


def local_moment(line: str) -> datetime | None:
    """The moment by the school's clock; year 2026 where the line has none."""
    stamp = stamp_of(line.encode())
    if stamp is None:
        return None
    minute = CALENDAR.minute_of(stamp, CALENDAR.minute_at(datetime(2026, 6, 1, tzinfo=UTC)))
    assert minute is not None
    return CALENDAR.instant(minute * 60 + stamp.second).astimezone(CALENDAR.zone).replace(tzinfo=None)


def syslog_lines() -> Iterator[tuple[str, str | None]]:
    """Lines beside the date that the collection expects in them."""
    lines = [one for one in recorded("logs/jc/generic_syslog-3164.out").read_text().splitlines() if one.strip()]
    expected = json.loads(recorded("expected/logs/jc/generic_syslog-3164.json").read_text())
    assert len(lines) == len(expected)
    yield from ((line, one.get("date")) for line, one in zip(lines, expected, strict=True))


def test_every_dated_line_of_the_syslog_sample_is_dated_as_expected() -> None:
    checked = 0
    for line, date in syslog_lines():
        found = local_moment(line)
        if line.startswith("<3444>"):
            # No such priority, but the time of the record is plain to see.
            assert found == datetime(2026, 10, 11, 22, 14, 15)  # noqa: DTZ001  local
        elif date is None:
            assert found is None, line
        else:
            assert found == datetime.strptime(f"2026 {date}", "%Y %b %d %H:%M:%S"), line  # noqa: DTZ007  local
        checked += 1
    assert checked == 32


def test_huawei_lines_are_dated_by_the_device() -> None:
    entries = json.loads(recorded("logs/chronicle_huawei_vrp/default_log.json").read_text())["raw_logs"]["entries"]
    lines = [json.loads(one["data"]) for one in entries]
    assert [local_moment(line) for line in lines] == [
        datetime(2026, 7, 12, 11, 3, 11),  # noqa: DTZ001  local
        datetime(2026, 7, 12, 11, 57, 11),  # noqa: DTZ001
        datetime(2026, 7, 12, 11, 51, 11),  # noqa: DTZ001
        datetime(2026, 7, 12, 11, 45, 11),  # noqa: DTZ001
        datetime(2026, 7, 12, 11, 43, 11),  # noqa: DTZ001
        datetime(2026, 7, 13, 6, 16, 14),  # noqa: DTZ001
    ]


def test_cef_lines_with_a_time_of_their_own() -> None:
    """In the head, in ``date= time=``, in words, in milliseconds; a place-holder or "null" is no time."""
    lines = [one for one in recorded("logs/jc/generic_cef.out").read_text().splitlines() if one.strip()]
    assert {number: str(found) for number, line in enumerate(lines) if (found := local_moment(line))} == {
        0: "2020-12-08 16:59:33",
        1: "2020-12-08 16:59:33",
        5: "2020-11-08 20:30:00",
        6: "2016-01-20 19:42:01",
        7: "2016-01-20 19:42:01",
        8: "2016-01-20 19:42:01",
        10: "2021-06-18 18:55:50",
        11: "2017-12-03 16:31:28",
        13: "2017-11-19 18:22:40",
    }
