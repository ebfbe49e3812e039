"""The hours of a measuring night: past midnight, around lessons, not on blocked dates, in the school's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.window import Window
from probes.night.settings import NightSettings

SHANGHAI = ZoneInfo("Asia/Shanghai")


def window(zone: str = "Asia/Shanghai", **settings: Any) -> Window:
    return Window(NightSettings.model_validate(settings), zone)


def at(words: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A local time such as ``11-23 22:00`` (a Monday), as UTC."""
    return datetime.strptime(f"2026-{words}", "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)


EXAMS = {"blocked": ["2026-11-24"]}
EVENING = {"lessons": [{"days": ["mon"], "from": "18:30", "to": "22:40"}]}
LATE = {"lessons": [{"days": ["mon"], "from": "23:30", "to": "00:30"}]}
DAWN = {"lessons": [{"days": ["tue"], "from": "05:30", "to": "06:10"}]}
SMALL_HOURS = {"from": "01:00", "to": "05:00"}


@pytest.mark.parametrize(
    ("settings", "now", "until"),
    [
        ({}, "11-23 21:59", None),
        ({}, "11-23 22:00", "11-24 06:00"),
        ({}, "11-23 23:59", "11-24 06:00"),
        ({}, "11-24 00:00", "11-24 06:00"),
        ({}, "11-24 05:59", "11-24 06:00"),
        ({}, "11-24 06:00", None),
        ({}, "11-24 12:00", None),
        (SMALL_HOURS, "11-24 00:59", None),
        (SMALL_HOURS, "11-24 01:00", "11-24 05:00"),
        (SMALL_HOURS, "11-24 05:00", None),
        # exams on the 24th: not from midnight on, and not in the night that begins on it
        (EXAMS, "11-23 22:30", "11-24 00:00"),
        (EXAMS, "11-24 00:00", None),
        (EXAMS, "11-24 22:30", None),
        (EXAMS, "11-25 03:00", None),
        (EXAMS, "11-25 22:00", "11-26 06:00"),
        # lessons narrow the window at either end, or cut it in two
        (EVENING, "11-23 22:30", None),
        (EVENING, "11-23 22:40", "11-24 06:00"),
        (EVENING, "11-24 22:00", "11-25 06:00"),
        (LATE, "11-23 22:00", "11-23 23:30"),
        (LATE, "11-24 00:10", None),
        (LATE, "11-24 00:30", "11-24 06:00"),
        (DAWN, "11-24 03:00", "11-24 05:30"),
        (DAWN, "11-25 03:00", "11-25 06:00"),
    ],
)
def test_tests_are_allowed_until(settings: dict[str, Any], now: str, until: str | None) -> None:
    assert window(**settings).open_until(at(now)) == (None if until is None else at(until))


@pytest.mark.parametrize(
    ("settings", "now", "minutes", "opens"),
    [
        ({}, "11-23 12:00", 0, "11-23 22:00"),
        ({}, "11-23 23:00", 30, "11-23 23:00"),
        ({}, "11-24 05:45", 30, "11-24 22:00"),
        (EXAMS, "11-23 23:45", 30, "11-25 22:00"),
        (EVENING, "11-23 12:00", 0, "11-23 22:40"),
        (LATE, "11-23 23:15", 30, "11-24 00:30"),
    ],
)
def test_the_next_time_that_is_long_enough(settings: dict[str, Any], now: str, minutes: int, opens: str) -> None:
    assert window(**settings).opens(at(now), timedelta(minutes=minutes)) == at(opens)


def test_a_calendar_without_a_gap_never_opens() -> None:
    always = window(
        lessons=[{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "21:00", "to": "07:00"}]
    )
    assert always.opens(at("11-23 12:00")) is None
    assert always.open_until(at("11-23 23:00")) is None


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("11-23 21:59", date(2026, 11, 22)),
        ("11-23 22:00", date(2026, 11, 23)),
        ("11-24 05:00", date(2026, 11, 23)),
        ("11-24 21:59", date(2026, 11, 23)),
    ],
)
def test_a_night_is_called_after_the_day_on_which_it_begins(now: str, night: date) -> None:
    assert window().night(at(now)) == night
    assert window().began(at(now)) == datetime.combine(night, datetime.min.time(), SHANGHAI) + timedelta(hours=22)


@pytest.mark.parametrize(
    ("now", "blocked"),
    [
        ("11-23 23:59", False),
        ("11-24 00:00", True),
        ("11-24 12:00", True),
        ("11-24 23:00", True),
        ("11-25 05:59", True),
        ("11-25 06:00", False),
    ],
)
def test_a_blocked_date_goes_from_midnight_to_the_end_of_its_night(now: str, blocked: bool) -> None:  # noqa: FBT001
    assert window(**EXAMS).is_blocked(at(now)) is blocked


def test_the_night_in_which_clocks_change_is_an_hour_longer() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = at("10-24 22:00", berlin)
    until = window("Europe/Berlin").open_until(now)
    assert until == at("10-25 06:00", berlin)
    assert until - now == timedelta(hours=9)


@given(
    minute=st.integers(0, 60 * 24 * 14),
    from_=st.integers(0, 1439),
    length=st.integers(1, 1439),
    lasting=st.integers(0, 300),
)
def test_the_next_opening_is_open_and_long_enough(minute: int, from_: int, length: int, lasting: int) -> None:
    def clock(minutes: int) -> str:
        return f"{minutes // 60 % 24:02}:{minutes % 60:02}"

    settings = {"from": clock(from_), "to": clock(from_ + length), **EXAMS, **EVENING}
    one, now, need = window(**settings), at("11-16 00:00") + timedelta(minutes=minute), timedelta(minutes=lasting)
    opens = one.opens(now, need)
    if opens is None:
        assert lasting > min(length, 1440) or length < 300
        return
    until = one.open_until(opens)
    assert opens >= now
    assert until is not None
    assert until - opens >= need
    assert not one.is_blocked(opens)
    if opens > now and need == timedelta():
        assert one.open_until(opens - timedelta(seconds=1)) is None or one.is_blocked(opens - timedelta(seconds=1))
