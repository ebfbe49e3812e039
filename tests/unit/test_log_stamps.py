"""Which bytes of a line are its time stamp, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from probes.logs.lines import Bounds, LineReader
from probes.logs.placing import DAY, SLOT, Calendar
from probes.logs.stamps import Forms, loose_form_of, stamp_of

CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
NEAR = CALENDAR.minute_at(datetime(2026, 10, 1, tzinfo=UTC))

# All of these mean 3 November 2026, 01:02:03, in Shanghai.
SAME_MOMENT = {
    "rfc 3164": b"Nov  3 01:02:03 fw-1 flow: x",
    "rfc 3164 with priority": b"<134>Nov  3 01:02:03 fw-1 flow: x",
    "rfc 3164 with two-digit day": b"<34>Nov 03 01:02:03 fw-1 CEF:0|v|p|1|1|n|5|rt=1712345678123",
    "a relay's head before the device's stamp": b"Nov  3 01:02:03 relay Nov  2 23:59:59 fw-1 x",
    "rfc 3164 with fraction": b"Nov  3 01:02:03.123 fw-1 x",
    "huawei": b"<189>Nov  3 2026 01:02:03 HX %%01IFNET/4/IF_STATE(l)[1]:x",
    "huawei with zone": b"Nov  3 2026 01:02:03+08:00 HX %%01IFNET/4/IF_STATE(l)[1]:x",
    "huawei with two fractions": b"<189>Nov  3 2026 01:02:03.50.3 HX 5.1.1.1 %%01SNMP/5/SNMP_IP_LOCK(l)[4207]:x",
    "huawei, date in figures": b"2026-11-3 01:02:03 HX %%01x",
    "h3c": b"%Nov  3 01:02:03:123 2026 H3C SHELL/5/SHELL_LOGIN: x",
    "h3c with slot": b"%@5%Nov  3 01:02:03:123 2026 H3C IFNET/3/x",
    "cisco and ruijie": b"*Nov  3 01:02:03.123: %LINEPROTO-5-UPDOWN: x",
    "cisco with number and year": b"<189>45: SW1: *Nov  3 2026 01:02:03.123: %SYS-5-CONFIG_I: x",
    "nexus": b"<187>: 2026 Nov  3 01:02:03 CST: %ETHPORT-5-IF_UP: x",
    "rfc 5424 in utc": b"<34>1 2026-11-02T17:02:03.003Z ac-1 su - ID47 - x",
    "rfc 5424 with offset": b'<165>1 2026-11-03T01:02:03.000003+08:00 ac-1 evntslog - ID47 [a@1 b="c"] x',
    "iso": b"2026-11-03T01:02:03 x",
    "iso with blank": b"2026-11-03 01:02:03 x",
    "iso with comma": b"2026-11-03 01:02:03,123 INFO x",
    "iso, then a comma and an address": b"2026-11-03 01:02:03,10.0.0.1,x",
    "iso in brackets": b"[2026-11-03 01:02:03] x",
    "iso in utc": b"2026-11-02 17:02:03 UTC x",
    "iso with short offset": b"2026-11-02 17:02:03.123+00 x",
    "iso with offset across midnight": b"2026-11-02T12:02:03-0500 x",
    "slashes": b"2026/11/03 01:02:03 x",
    "chinese": "2026年11月03日 01:02:03 x".encode(),
    "chinese in gbk": "2026年11月3日 01时02分03秒 x".encode("gbk"),
    "chinese, morning": "2026年11月3日 上午1:02:03 x".encode(),
    "chinese, after midnight": "2026年11月03日 上午 01:02:03 x".encode("gbk"),
    "half a day": "2026/11/3 上午1:02:03 x".encode(),
    "half a day in gbk": "2026-11-03 上午 01:02:03,x".encode("gbk"),
    "fourteen digits": b"20261103010203 x",
    "apache": b'10.1.2.3 - - [03/Nov/2026:01:02:03 +0800] "GET / HTTP/1.1" 200 1',
    "apache, bare": b"[03/Nov/2026:01:02:03 +0800] x",
    "apache errors": b"[Tue Nov 03 01:02:03.123456 2026] [core:error] x",
    "bind": b"03-Nov-2026 01:02:03.123 queries: info: x",
    "windows dhcp": b"10,11/03/26,01:02:03,Assign,10.1.1.1,pc-1",
    "suricata fast.log": b"11/03/2026-01:02:03.123456  [**] [1:1:1] x",
    "eve": b'{"timestamp":"2026-11-03T01:02:03.123456+0800","flow":{"start":"2026-11-03T01:00:00.1+0800"}}',
    "json, time not first": b'{"msg":"at \\"time\\": \\"2020-01-01 00:00:00\\"","time":"2026-11-03 01:02:03"}',
    "json, the outer time counts": b'{"inner":{"time":"2020-01-01T00:00:00Z"},"eventTime":"2026-11-02T17:02:03Z"}',
    "json, seconds": b'{"a":1,"timestamp": 1793638923.123}',
    "json, milliseconds as text": b'{"@timestamp":"1793638923123"}',
    "json of journald": b'{"__REALTIME_TIMESTAMP":"1793638923123456","MESSAGE":"x"}',
    "fortinet": b'date=2026-11-03 time=01:02:03 devname="FG" type="traffic"',
    "fortinet, device in utc": b'<188>date=2026-11-02 time=17:02:03 devname="FG" eventtime=1793638923123 tz="+0000"',
    "cef": b"CEF:0|v|p|1|1|n|5|src=1.2.3.4 rt=1793638923123 dst=5.6.7.8",
    "cef in words": b"CEF:0|v|p|1|1|n|5|src=1.2.3.4 start=Nov 02 2026 17:02:03.111 UTC act=deny",
    "leef": b"LEEF:1.0|v|p|1|n|devTime=Nov 03 2026 01:02:03\tsrc=1.2.3.4",
    "key=value": b'level=info time="2026-11-03 01:02:03" msg=x',
    "audit": b"type=SYSCALL msg=audit(1793638923.123:456): x",
}  # fmt: skip

LOOSE = {
    "squid": (b"1793638923.123     45 10.20.1.2 TCP_MISS/200 1234", Forms.EPOCH),
    "microseconds": (b"1793638923123456 x", Forms.EPOCH),
    "key": (b"it was time=2026-11-03 01:02:03 msg=x", Forms.LOOSE_KEY),
    "logfmt": (b"ts=1793638923.1 level=info", Forms.LOOSE_KEY),
    "csv": ("张三,10.20.1.2,http://example.cn/,2026-11-03 01:02:03,放行".encode("gbk"), Forms.EMBEDDED),
    "level first": (b"[INFO] 2026-11-03 01:02:03 x", Forms.EMBEDDED),
}

UNDATED = [
    b"",
    b"    at Database.open(Database.java:123)",
    b"    from 2026-11-03 01:02:03 on",
    b"Caused by: timeout after 10:15 minutes",
    b"Feb 30 01:02:03 fw-1 x",
    b"2026-13-03 01:02:03 x",
    b"2026-11-03 25:02:03 x",
    b"2026-11-03T01:02:03+25:00 x",
    b"Nov  3 01:02",
    b"192.168.1.10 is up",
    b"<7>unparsable line",
    b"1793638923 is a number",
    bytes(range(256)),
]


def moment(line: bytes, loose: Forms = Forms.STRICT) -> datetime:
    stamp = stamp_of(line, loose)
    assert stamp is not None
    minute = CALENDAR.minute_of(stamp, NEAR)
    assert minute is not None
    return CALENDAR.instant(minute * 60 + stamp.second)


@pytest.mark.parametrize("line", SAME_MOMENT.values(), ids=SAME_MOMENT.keys())
def test_every_format_gives_the_same_moment(line: bytes) -> None:
    assert moment(line) == datetime(2026, 11, 2, 17, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "hour"),
    [
        ("2026/11/25 上午12:30:00", 0),
        ("2026/11/25 上午9:00", 9),
        ("2026/11/25 下午12:05:09", 12),
        ("2026年11月25日 下午11:59:59", 23),
        ("2026年11月25日 下午3时05分", 15),
        ("2026年11月25日 下午15:05", 15),
        ("2026年11月25日 09:30", 9),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_halves_of_the_day(line: str, hour: int, encoding: str) -> None:
    found = [
        stamp.minute // 60 if (stamp := stamp_of(f"{head}{line} 用户 张三".encode(encoding))) else None
        for head in ("", "<134>", "[")
    ]
    assert found == [hour] * 3


@pytest.mark.parametrize(("line", "form"), LOOSE.values(), ids=LOOSE.keys())
def test_loose_forms_need_consent(line: bytes, form: Forms) -> None:
    assert stamp_of(line) is None
    assert loose_form_of(line) == form
    assert moment(line, form) == datetime(2026, 11, 2, 17, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("line", UNDATED)
def test_what_is_no_stamp(line: bytes) -> None:
    assert stamp_of(line) is None


def read(*lines: bytes) -> LineReader:
    reader = LineReader(CALENDAR, Bounds(NEAR - 3650 * DAY, NEAR + 60 * DAY, NEAR))
    feed(reader, lines)
    return reader


def feed(reader: LineReader, lines: Sequence[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    reader.read(data, len(data))


def seconds(reader: LineReader) -> list[tuple[datetime, datetime]]:
    """First and last second of every slot on the timeline."""
    reader.finish(b"")
    return [
        (CALENDAR.instant(begin + first), CALENDAR.instant(begin + last))
        for strand in reader.timeline.strands()
        for number, day in sorted(strand.days.items())
        for slot, first, last in day.slots()
        for begin in [(number * DAY + slot * SLOT) * 60]
    ]


@pytest.mark.parametrize("line", SAME_MOMENT.values(), ids=SAME_MOMENT.keys())
def test_counting_runs_of_lines_agrees_with_looking_at_each(line: bytes) -> None:
    reader = read(*[line] * 50)
    assert reader.counts.dated == 50
    assert seconds(reader) == [(datetime(2026, 11, 2, 17, 2, 3, tzinfo=UTC),) * 2]


def test_same_minute_with_and_without_zone_is_not_one_run() -> None:
    """The bytes up to the minute are equal in all of these; what follows tells two moments."""
    local, zulu = b"2026-11-03 01:02:03 fw1 x", b"2026-11-03 01:02:05Z fw1 x"
    fraction, both = b"2026-11-03 01:02:03.123 fw1 x", b"2026-11-03 01:02:05.123Z fw1"
    for lines in ([local, zulu], [zulu, local], [fraction, zulu], [both, fraction, local, zulu]):
        found = seconds(read(*[*lines] * 40))
        assert [first for first, _ in found] == [
            datetime(2026, 11, 2, 17, 2, 3, tzinfo=UTC),
            datetime(2026, 11, 3, 1, 2, 5, tzinfo=UTC),
        ]


def test_priorities_of_different_length_are_one_run() -> None:
    reader = read(*[b"<%d>Nov  3 01:02:%02d fw x" % (n * 7 % 190, n % 60) for n in range(300)])
    assert reader.counts.dated == 300
    assert seconds(reader)[0][0] == datetime(2026, 11, 2, 17, 2, 0, tzinfo=UTC)


def test_lines_without_a_stamp_belong_to_the_record_before() -> None:
    lines = [b"2026-11-03 01:02:03 failed", b"Traceback:", b"  File 1", b"", b"2026-11-03 01:02:04 next"]
    reader = read(*lines * 20)
    assert (reader.counts.dated, reader.counts.undated) == (40, 40)


def test_a_format_that_changes_within_the_file() -> None:
    old = [b"2026-11-03 01:02:03 x %d" % n for n in range(3000)]
    new = [b"1793638923.%03d x" % (n % 1000) for n in range(3000)]
    reader = read(*old)
    for begin in range(0, 3000, 500):
        feed(reader, new[begin : begin + 500])
    assert reader.counts.dated >= 5500
    assert reader.counts.dated + reader.counts.undated == 6000
