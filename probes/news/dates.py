"""Dates as Chinese sites print them, and the rule that tells the date of an item from a date in its words.

A date stamps an item when it stands alone in its piece of text, or in brackets, or at the edge of it with nothing but
labels and counters around: ``2026-11-20``, ``[11-20]``, ``发布时间：2026年11月20日 点击：33``. A date inside a sentence
(``定于2026年11月22日举行``), a deadline, a weekday clock (``今天是2026年11月23日 星期一``) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

CLOCK_TOLERANCE = timedelta(minutes=5)
OLDEST_YEAR = 1990

FULL = re.compile(
    r"(?<![\d./\-])(?P<year>(?:19|20)\d\d)\s?(?:(?P<mark>[-/.])\s?(?P<m1>\d{1,2})\s?(?P=mark)\s?(?P<d1>\d{1,2})"
    r"|年\s?(?P<m2>\d{1,2})\s?月\s?(?P<d2>\d{1,2})\s?[日号]?)(?=T\d\d:|[^\d]|$)(?![-/.:]\d)"
)
SHORT = re.compile(
    r"(?<![\d./年\-])(?<!\d:)(?:(?P<m1>\d{1,2})(?P<mark>[-/])(?P<d1>\d{1,2})|(?P<m2>\d{1,2})\s?月\s?(?P<d2>\d{1,2})\s?日)"
    r"(?![\d/:\-]|\.\d)"
)
TIME = re.compile(r"^\s?T?\s?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|\s?[+-]\d\d:?\d\d)?")
YEAR_MONTH = re.compile(r"^((?:19|20)\d\d)\s?[-/.年]\s?(\d{1,2})\s?月?$")
MONTH_DAY = re.compile(r"^(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?$")
YEAR_ALONE = re.compile(r"^((?:19|20)\d\d)\s?年?$")
DAY_ALONE = re.compile(r"^(\d{1,2})\s?日?$")
YEAR_IN_ADDRESS = re.compile(r"(?:/|[t_=-])((?:19|20)\d\d)(?=[/_-]\d{1,2}(?!\d)|[01]\d[0-3]\d|/)")

OPENING, CLOSING = "[({<【〔〖《「", "])}>】〕〗》」"
NEAR = 8
RANGE = frozenset("至到~")
BLANK = r"\s\-–—|·•:：,，;；、/~"
LABEL = re.compile(
    r"(?:发布|更新|发表|录入|添加|创建|上传|编辑|刊登|投稿|修改|posted|published|updated|date|time)?"
    r"(?:日期|时间|于|on|at)?$",
    re.IGNORECASE,
)
COUNTERS = re.compile(
    r"(?:作者|来源|编辑|发布人|发布者|发布单位|供稿|摄影|责任编辑|审核|浏览|点击|阅读|访问|查看|人气|评论|次数|人次|view|hit|by)",
    re.IGNORECASE,
)
WEEKDAY = re.compile(r"星期|礼拜|周[一二三四五六日]|(?:mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE)
# Words near a date which say that it is simply today, or a copyright.
TODAY = re.compile(
    rf"{WEEKDAY.pattern}|今天|今日|现在|当前|本日|系统时间|北京时间|欢迎|农历|阴历|天气|节气|版权|©|copyright|since|today|now\b",
    re.IGNORECASE,
)
# Words right beside a date which say that it is an appointment or an anniversary.
EVENTS = (
    r"截止|截至|止于|到期|有效期?|起始|开始|结束|举行|举办|召开|开幕|报名|考试|放假|开学|倒计时|距离?|定于|将于|拟于|活动"
    r"|生日|出生|成立|建校|创办|deadline|until"
)
EVENT_BEFORE = re.compile(rf"(?:{EVENTS})(?:时间|日期|于|是|为|在|至|到)?[\s:]*$", re.IGNORECASE)
EVENT_BEHIND = re.compile(rf"^[\s,]*(?:之?前|以前|起|{EVENTS})", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Item:
    """Something published: its day, its title, and where it was found (``page``, ``rss``, ``sitemap``, …)."""

    on: date
    title: str
    source: str


@dataclass(frozen=True)
class Stamp:
    """A date that stands as a stamp; ``year`` is ``None`` where the site prints none.

    Attributes:
        time: hour and minute (and second) printed behind it, or ``None``.
    """

    year: int | None
    month: int
    day: int
    time: tuple[int, int, int] | None = None

    def resolve(self, today: date, address: str = "") -> date | None:
        """The day meant; without a year that of the item's address, else the nearest past one.

        >>> Stamp(None, 11, 24).resolve(date(2026, 11, 23)), Stamp(2026, 2, 30).resolve(date(2026, 11, 23))
        (datetime.date(2025, 11, 24), None)
        """
        if self.year is not None:
            return _date(self.year, self.month, self.day)
        told = YEAR_IN_ADDRESS.search(address)
        if told is not None:
            return _date(int(told[1]), self.month, self.day)
        past = (_date(year, self.month, self.day) for year in range(today.year, today.year - 8, -1))
        return next((day for day in past if day is not None and day <= today), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year >= OLDEST_YEAR else None
    except ValueError:
        return None


def is_clock(moment: datetime, now: datetime) -> bool:
    """Whether a time is but the present, as a template prints it, and so says nothing of any item."""
    return abs(moment - now) <= CLOCK_TOLERANCE


def stamps(string: str, *, before: str = "", after: str = "", in_link: bool = False) -> Iterator[Stamp]:
    """The stamps in one piece of text.

    Args:
        string: NFKC-normalised text between two tags.
        before: the piece of text before it, for a label such as ``截止时间：``.
        after: the piece behind it, for a weekday.
        in_link: it is (part of) a link's text, where dates are mostly part of a title.
    """
    for pattern in (FULL, SHORT):
        for found in pattern.finditer(string):
            time = TIME.match(string[found.end() :])
            end = found.end() + (time.end() if time else 0)
            if _stands_alone(string[: found.start()], string[end:], found, around=(before, after), in_link=in_link):
                clock = (int(time[1]), int(time[2]), int(time[3] or 0)) if time else None
                year = int(found["year"]) if pattern is FULL else None
                yield Stamp(year, int(found["m1"] or found["m2"]), int(found["d1"] or found["d2"]), clock)


def _stands_alone(head: str, tail: str, found: re.Match[str], *, around: tuple[str, str], in_link: bool) -> bool:
    left, right = head.rstrip(), tail.lstrip()
    bracketed = left[-1:] and left[-1] in OPENING and right[:1] and right[0] in CLOSING
    lead, trail = left or around[0].rstrip(), right or around[1].lstrip()
    if TODAY.search(lead[-NEAR:]) or WEEKDAY.search(trail[:NEAR]) or EVENT_BEFORE.search(lead):
        return False
    if bracketed:
        return True
    if left[-1:] in RANGE or right[:1] in RANGE or TODAY.search(trail[:NEAR]) or EVENT_BEHIND.search(trail):
        return False
    left_free, right_free = _is_free_left(left), _is_free_right(right)
    if left_free and right_free:
        return True
    if "year" not in found.re.groupindex or found["mark"] is None:
        return False  # 11-20 or 2026年11月20日 with words beside it is part of a sentence
    # 2026-11-20 at the edge of the words, parted from them: 「· 关于…的通知 2026-11-20」
    at_end = right_free and (head != left or not in_link)
    at_start = left_free and tail != right
    return at_end or at_start


def _is_free_left(left: str) -> bool:
    """Nothing before the date but blanks, counters and a label."""
    bare = re.sub(rf"[{BLANK}{re.escape(OPENING)}{re.escape(CLOSING)}]", "", left)
    return LABEL.fullmatch(bare) is not None or COUNTERS.match(bare) is not None


def _is_free_right(right: str) -> bool:
    """Nothing behind the date but blanks and counters."""
    bare = re.sub(rf"[{BLANK}{re.escape(OPENING)}{re.escape(CLOSING)}]", "", right)
    return not bare or bare in {"发布", "更新", "发表"} or COUNTERS.match(bare) is not None


def split_stamp(first: str, second: str) -> Stamp | None:
    """A stamp spread over two neighbouring pieces of text: ``20`` + ``2026-11``, ``11-20`` + ``2026`` or reversed.

    >>> split_stamp("20", "2026.11")
    Stamp(year=2026, month=11, day=20, time=None)
    """
    for one, other in ((first.strip(), second.strip()), (second.strip(), first.strip())):
        year_month, day = YEAR_MONTH.match(one), DAY_ALONE.match(other)
        if year_month and day:
            return Stamp(int(year_month[1]), int(year_month[2]), int(day[1]))
        year, month_day = YEAR_ALONE.match(one), MONTH_DAY.match(other)
        if year and month_day:
            return Stamp(int(year[1]), int(month_day[1]), int(month_day[2]))
    return None
