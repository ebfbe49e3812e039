"""Time stamps in lines of logs: which bytes of a line are one, and what they say.

``stamp_of`` looks where a record's own stamp stands: at the head of the line (RFC 3164, RFC 5424, ISO 8601 and their
variants on switches and gateways), or in a field that holds the time (JSON, CEF, LEEF, key=value, Apache). A relay
writes the time of receipt first, so the first stamp of a line is the one that counts. Loose forms (a bare number at the
head, a field that only its name gives away, a date anywhere in the line) are tried only where the file is written so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Flag, auto
from types import MappingProxyType

MONTHS: Mapping[bytes, int] = MappingProxyType(
    {name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
)
MAX_OFFSET_MIN = 14 * 60
_IMPOSSIBLE = 24 * 60
_NOON, _LAST_HOUR, _LAST_MINUTE, _LEAP_SECOND = 12, 23, 59, 60
_WINDOW = 1024
"""Bytes of a line in which a stamp is looked for; a message's own dates further on are of no interest."""


class Forms(Flag):
    """The loose forms, which need the file's consent."""

    STRICT = 0
    EPOCH = auto()
    EMBEDDED = auto()
    LOOSE_KEY = auto()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp as it is written.

    Attributes:
        form: the name of its format, for the evidence.
        year: ``None`` where the format has none.
        offset_min: minutes east of UTC; ``None`` where the line does not say.
        epoch: seconds since 1970 for epoch stamps; the calendar's fields are then meaningless.
        start: position of its first byte.
        minute_end: position behind the digits of the minute; for epoch behind those of a hundred seconds.
        second_end: position behind the seconds; that of ``minute_end`` if there are none.
        second_digits: how many they are; for epoch those of a hundred seconds.
        tail: span of everything else that the instant depends on (zone, a year behind the time); may be empty.
        half: whether the hour is one of half a day (上午, 下午).
        anchor: constant bytes directly before the stamp by which it can be found again, for stamps within the line.
    """

    form: str
    year: int | None
    month: int
    day: int
    minute: int
    second: int
    start: int
    minute_end: int
    second_end: int
    second_digits: int
    tail: tuple[int, int]
    offset_min: int | None = None
    epoch: int | None = None
    half: bool = False
    anchor: bytes = b""

    @property
    def yearless(self) -> bool:
        """Whether the year must be inferred."""
        return self.year is None and self.epoch is None


_TIME = rb"(?P<H>\d{1,2}):(?P<M>\d\d)"
_FRACTION = rb"(?:\.\d{1,9}\.\d{1,3}(?=\s)|[.,:]\d{1,9}(?![\d.]))?"
_ZONE = (
    rb"(?P<zone>Z(?!\w)|\s?(?:UTC|GMT)(?:(?P<z1>[+-]\d{1,2}(?::?\d\d)?))?(?!\w)"
    rb"|\s?(?P<z2>[+-]\d\d:?\d\d)(?![\w:-])|(?P<z3>[+-]\d\d)(?![\w:.-]))?"
)
_TAIL = rb":(?P<S>\d\d)" + _FRACTION + _ZONE
_MONTH = rb"(?P<mon>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))[a-z]{0,6}"
_YEAR_SIGN = rb"(?:\xe5\xb9\xb4|\xc4\xea)"  # 年 in UTF-8, in GBK; likewise below
_MONTH_SIGN = rb"(?:\xe6\x9c\x88|\xd4\xc2)"
_DAY_SIGN = rb"(?:\xe6\x97\xa5|\xc8\xd5)"
_HOUR_SIGN = rb"(?:\xe6\x97\xb6|\xca\xb1)"
_MINUTE_SIGN = rb"(?:\xe5\x88\x86|\xb7\xd6)"
_MORNING, _AFTERNOON = (
    (rb"\xe4\xb8\x8a\xe5\x8d\x88", rb"\xc9\xcf\xce\xe7"),
    (rb"\xe4\xb8\x8b\xe5\x8d\x88", rb"\xcf\xc2\xce\xe7"),
)
_HALF = rb"(?:(?P<am>" + b"|".join(_MORNING) + rb")|(?P<pm>" + b"|".join(_AFTERNOON) + rb"))"
"""上午 and 下午, as Chinese Windows and Excel write the time of day."""

_ISO = re.compile(
    rb"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})[T _:]{1,2}"
    + _TIME
    + rb"(?:"
    + _TAIL
    + rb"|(?![:\d]))"
)
_HALF_DAY = re.compile(
    rb"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})\s" + _HALF + rb"\s?" + _TIME
    + rb"(?::(?P<S>\d\d))?(?![:\d])"
)  # fmt: skip
_COMPACT = re.compile(
    rb"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)[T _-]?(?P<H>\d\d):?(?P<M>\d\d):?(?P<S>\d\d)(?!\d)" + _FRACTION + _ZONE
)
_CHINESE = re.compile(
    rb"(?P<y>\d{4})\s?" + _YEAR_SIGN + rb"\s?(?P<m>\d{1,2})\s?" + _MONTH_SIGN + rb"\s?(?P<d>\d{1,2})\s?" + _DAY_SIGN
    + rb"\s*" + _HALF + rb"?\s?(?P<H>\d{1,2})\s?(?::|" + _HOUR_SIGN + rb")\s?(?P<M>\d{1,2})(?!\d)"
    + rb"(?:\s?(?::|" + _MINUTE_SIGN + rb")\s?(?P<S>\d{1,2}))?" + _ZONE
)  # fmt: skip
_BSD = re.compile(
    rb"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?" + _MONTH + rb"\.?\s{1,2}"
    + rb"(?P<d>\d{1,2})(?:,?\s(?P<y>\d{4}))?,?\s{1,2}" + _TIME + rb":(?P<S>\d\d)" + _FRACTION + rb"(?P<last>" + _ZONE
    + rb"(?:\s(?:[A-Z]{3,4}\s)?(?P<y2>20\d\d)(?=[\s\],:]|$))?)"
)  # fmt: skip
_CISCO_YEAR = re.compile(rb"(?P<y>20\d\d)\s" + _MONTH + rb"\s{1,2}(?P<d>\d{1,2})\s" + _TIME + _TAIL)
_DAY_FIRST = re.compile(rb"(?P<d>\d{1,2})[-/ ]" + _MONTH + rb"[-/ ](?P<y>\d{4})[:T ]{1,2}" + _TIME + _TAIL)
_FAST_LOG = re.compile(
    rb"(?P<m>\d\d)/(?P<d>\d\d)/(?P<y>20\d\d)-" + _TIME + rb":(?P<S>\d\d)(?=\.\d{6})" + _FRACTION + _ZONE
)
_WINDOWS_DHCP = re.compile(rb"\d{1,5},(?P<m>\d\d)/(?P<d>\d\d)/(?P<yy>\d\d),(?P<H>\d\d):(?P<M>\d\d):(?P<S>\d\d),")
_EPOCH = re.compile(rb"(?P<epoch>[12]\d{9})(?P<sub>\d{9}|\d{6}|\d{3})?(?:[.,]\d{1,9})?(?=[\s,;|:)\]}\"']|$)")
_DATE_AND_TIME_KEYS = re.compile(
    rb"(?<![\w-])date=[\"']?(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})[\"']?[\s,;|]{1,3}time=[\"']?"
    + _TIME
    + rb":(?P<S>\d\d)"
)
_TZ_KEY = re.compile(rb"(?<![\w-])tz=[\"']?(?P<zone>(?P<z2>[+-]\d\d:?\d\d))")
_APACHE = re.compile(rb"\S+ \S+ \S[^\[\]]{0,80} ?\[(?=\d{1,2}/)")
_AUDIT = re.compile(rb"(?:\S+ ){0,3}msg=audit\((?=\d{10})")

_HEAD = re.compile(
    rb"[\s\x00]*(?:\xef\xbb\xbf)?(?:<\d{1,4}>)?:?\s*(?:\d{1,2}\s(?=\d{4}-\d))?(?:\d{1,12}:\s+)?(?:[A-Za-z][\w.-]{0,63}:\s)?"
    rb"(?:%@\d+%)?[\[\"'(*.%#@|]{0,3}\s?"
)
"""What may stand before a stamp at the head: priority, RFC 5424's version, a sequence number, marks of a vendor."""

_PLAUSIBLE = re.compile(rb"\d:\d\d|\d{10}|\d\s?" + _HOUR_SIGN)
_RFC_5424 = re.compile(rb"<\d{1,3}>[1-9]\d? \d{4}-")
_PRIORITY = re.compile(rb"[\s\x00]*(?:<\d{1,4}>)?\s*")
_KEYS = (
    rb"__REALTIME_TIMESTAMP|@timestamp|timestamp|eventtime|event_time|receive_time|recvtime|logtime|log_time|datetime"
    rb"|date_time|record_time|occur_time|happen_time|create_time|created_at|devtime|time_local|time_iso8601|time|rt|ts"
    rb"|start_time|starttime|start|\$date|date"
)
_JSON_KEY = re.compile(rb'"(?P<key>(?i:' + _KEYS + rb'))"\s*:\s*(?:\{\s*"\$date"\s*:\s*)?"?(?=[\dA-Z])')
_LOOSE_KEY = re.compile(rb"(?<![\w.-])(?P<key>(?i:" + _KEYS + rb"))\s?[=:]\s?[\"']?(?=[\dA-Z])")
_ALL_FIELDS = re.compile(rb"(?:[\w.-]{1,64}\s)?[A-Za-z_][\w.-]{0,31}=[\"'\w]")
"""A line of nothing but fields, after a host's name perhaps: ``id=tos time="…" fw=…`` of Topsec."""

_QUOTED_TIME = re.compile(rb"(?<![\w.-])time=[\"'](?=\d{4}[-/.])")
_CEF = re.compile(rb"(?:CEF|LEEF):\s?\d")
_ANYWHERE = re.compile(
    rb"(?<![\d.])(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[T _]|\d{4}\s?(?:\xe5\xb9\xb4|\xc4\xea)"
    rb"|\d{1,2}[-/ ][A-Z][a-z]{2}[-/ ]\d{4}[: ])"
    rb"|(?<![A-Za-z])(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d? "
)
_BY_DIGIT = (
    ("iso8601", _ISO),
    ("chinese", _CHINESE),
    ("half-day", _HALF_DAY),
    ("day-first", _DAY_FIRST),
    ("compact", _COMPACT),
    ("fast-log", _FAST_LOG),
    ("cisco-year-first", _CISCO_YEAR),
    ("windows-dhcp", _WINDOWS_DHCP),
)


def stamp_of(line: bytes, loose: Forms = Forms.STRICT) -> Stamp | None:
    """The stamp of the record that begins on this line, or ``None`` if none begins here.

    >>> stamp_of(b"<134>Nov  3 01:02:03 fw-1 session end").minute
    62
    >>> stamp_of(b"    at Database.open (2026-11-03 01:02:03)") is None
    True
    """
    if len(line) > _WINDOW and not line.startswith(b"{"):
        line = line[:_WINDOW]
    if not _PLAUSIBLE.search(line):
        return None
    head = _end_of_head(line)
    stamp = _read(line, head, "") or _in_fields(line, loose)
    if stamp is None and Forms.EPOCH in loose:
        stamp = _epoch(line, head)
    if stamp is None and Forms.EMBEDDED in loose:
        stamp = _anywhere(line)
    if stamp is not None and not stamp.anchor and line.startswith(b"<") and 0 < line.find(b">", 0, 7) < stamp.start:
        form = "rfc5424" if _RFC_5424.match(line) else stamp.form
        return replace(stamp, anchor=b">", form=form)
    return stamp


def loose_form_of(line: bytes) -> Forms:
    """Which loose form would date a line that has no strict stamp; ``STRICT`` if none."""
    if _epoch(line, _end_of_head(line)):
        return Forms.EPOCH
    if _keyed(line, _LOOSE_KEY):
        return Forms.LOOSE_KEY
    return Forms.EMBEDDED if _anywhere(line[:_WINDOW]) else Forms.STRICT


def _end_of_head(line: bytes) -> int:
    head = _HEAD.match(line)
    return head.end() if head else 0


def _in_fields(line: bytes, loose: Forms) -> Stamp | None:
    """The stamp of a line that keeps its time in a field."""
    start = _PRIORITY.match(line)
    body = start.end() if start else 0
    if line[body : body + 1] == b"{":
        return _keyed(line, _JSON_KEY, "json:")
    if found := _DATE_AND_TIME_KEYS.search(line):
        return _with_zone_key(line, found)
    if found := _APACHE.match(line, body):
        return _read(line, found.end(), "apache", anchor=b"[")
    if found := _AUDIT.match(line, body):
        return _epoch(line, found.end(), "audit", anchor=b"msg=audit(")
    if _ALL_FIELDS.match(line, body) and (stamp := _quoted_time(line, body)):
        return stamp
    named = Forms.LOOSE_KEY in loose or _CEF.search(line, body, body + 256)
    return _keyed(line, _LOOSE_KEY) if named else None


def _quoted_time(line: bytes, begin: int) -> Stamp | None:
    found = _QUOTED_TIME.search(line, begin)
    if found is None:
        return None
    anchor = found[0] if line.find(found[0]) == found.start() else b""
    return _read(line, found.end(), "field:time", anchor)


def _read(line: bytes, at: int, form: str, anchor: bytes = b"") -> Stamp | None:
    """A stamp in calendar form that begins exactly at ``at``."""
    if line[at : at + 1].isdigit():
        for name, pattern in _BY_DIGIT:
            if (found := pattern.match(line, at)) and (stamp := _stamp(form or name, found, anchor)):
                return stamp
        return None
    found = _BSD.match(line, at)
    return _stamp(form or "rfc3164", found, anchor) if found else None


def _stamp(form: str, found: re.Match[bytes], anchor: bytes) -> Stamp | None:
    """The stamp that a pattern found; ``None`` if its fields are no possible time or zone."""
    part = found.groupdict()
    name = part.get("mon")
    month = MONTHS[name.lower()] if name else int(part["m"])
    hour, minute, second = int(part["H"]), int(part["M"]), int(part.get("S") or 0)
    year = next((int(part[key]) for key in ("y", "y2") if part.get(key)), None)
    if part.get("yy"):
        year = 2000 + int(part["yy"])
    offset = _offset(part)
    half = bool(part.get("am") or part.get("pm"))
    if half and hour <= _NOON:
        hour = hour % _NOON + (_NOON if part.get("pm") else 0)
    if hour > _LAST_HOUR or minute > _LAST_MINUTE or second > _LEAP_SECOND or offset is _IMPOSSIBLE:
        return None
    if not _is_day(year, month, int(part["d"])):
        return None
    if "last" in part:
        tail = found.span("last")
    else:
        tail = found.span("zone") if part.get("zone") else (found.end(), found.end())
    return Stamp(
        form=form,
        year=year,
        month=month,
        day=int(part["d"]),
        minute=hour * 60 + minute,
        second=min(second, _LAST_MINUTE),
        start=found.start(),
        minute_end=found.end("M"),
        second_end=found.end("S") if part.get("S") else found.end("M"),
        second_digits=len(part.get("S") or b""),
        tail=tail,
        offset_min=offset,
        half=half,
        anchor=anchor,
    )


def _offset(part: Mapping[str, bytes | None]) -> int | None:
    """Minutes east of UTC; ``None`` where the stamp has no zone, ``_IMPOSSIBLE`` where it has a wrong one."""
    if not part.get("zone"):
        return None
    digits = next((value for key in ("z1", "z2", "z3") if (value := part.get(key))), b"+00").replace(b":", b"")
    offset = int(digits[1:3]) * 60 + int(digits[3:5] or 0)
    if offset > MAX_OFFSET_MIN:
        return _IMPOSSIBLE
    return -offset if digits.startswith(b"-") else offset


def _is_day(year: int | None, month: int, day: int) -> bool:
    """Whether there is such a day, in a leap year where no year is given."""
    try:
        date(2024 if year is None else year, month, day)
    except ValueError:
        return False
    return True


def _epoch(line: bytes, at: int, form: str = "epoch", anchor: bytes = b"") -> Stamp | None:
    """Seconds since 1970, also with milli-, micro- or nanoseconds behind them."""
    found = _EPOCH.match(line, at)
    if not found:
        return None
    end, seconds = found.end("epoch"), int(found["epoch"])
    return Stamp(
        form=form,
        year=None,
        month=1,
        day=1,
        minute=0,
        second=seconds % 60,
        start=at,
        minute_end=end - 2,
        second_end=end,
        second_digits=2,
        tail=(found.end(), found.end()),
        epoch=seconds,
        anchor=anchor,
    )


def _anywhere(line: bytes) -> Stamp | None:
    """The first stamp anywhere in the line."""
    readings = (_read(line, found.start(), "embedded") for found in _ANYWHERE.finditer(line))
    return next((stamp for stamp in readings if stamp), None)


def _keyed(line: bytes, keys: re.Pattern[bytes], prefix: str = "field:") -> Stamp | None:
    """The stamp in the field that is the likeliest to hold the record's time: the outermost, then by name."""
    found_all = sorted(keys.finditer(line), key=lambda found: (_depth(line, found), _rank(found["key"]), found.start()))
    for found in found_all:
        form = prefix + found["key"].decode()
        # Found again by its anchor only if no other field of that name stands before it.
        anchor = found[0] if line.find(found[0]) == found.start() else b""
        if stamp := _read(line, found.end(), form, anchor) or _epoch(line, found.end(), form, anchor):
            return stamp
    return None


def _depth(line: bytes, found: re.Match[bytes]) -> int:
    return line.count(b"{", 0, found.start()) - line.count(b"}", 0, found.start())


def _rank(key: bytes) -> int:
    names = _KEYS.replace(rb"\$", b"$").split(b"|")
    return names.index(key) if key in names else names.index(key.lower())


def _with_zone_key(line: bytes, found: re.Match[bytes]) -> Stamp | None:
    """``date= time=`` as FortiGate writes it, with the device's zone in ``tz=``."""
    stamp = _stamp("key=value", found, b"date=")
    zone = _TZ_KEY.search(line, found.end(), found.end() + 400)
    if stamp is None or zone is None or (offset := _offset(zone.groupdict())) is _IMPOSSIBLE:
        return stamp
    return replace(stamp, offset_min=offset, tail=zone.span("zone"))
