"""Lines as the vendors in Chinese schools write them: each dated for itself, and where it stands rare among others."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from probes.logs.lines import Bounds, LineReader
from probes.logs.placing import DAY, Calendar
from probes.logs.stamps import stamp_of

CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
MOMENT = datetime(2026, 11, 2, 17, 2, 3, tzinfo=UTC)
NEAR = CALENDAR.minute_at(MOMENT)

# All of these mean 3 November 2026, 01:02:03, in Shanghai. Forms: the vendors' log references.
LINES: dict[str, list[bytes]] = {
    "cef": [
        b"CEF:0|Trend Micro|DS|20|4000000|Eicar|6|cn1=1 rt=1793638923000 src=10.1.2.3",
        b"<134>CEF:0|Security|tm|1.0|100|worm|10|src=10.0.0.1 rt=Nov 03 2026 01:02:03 dst=2.1.2.2",
        b"Nov  3 01:02:03 host CEF:0|Check Point|VPN-1|1|Log|https|3|act=Accept rt=1793638900000",
        b"2026-11-03T01:02:03.5+08:00 host CEF:0|v|p|1|1|n|5|start=1793638900000",
    ],
    "leef": [
        b"LEEF:1.0|Palo Alto|PAN-OS|8|trojan|devTime=Nov 03 2026 01:02:03\tsrc=10.0.0.1",
        b"<13>Nov  3 01:02:03 fw LEEF:2.0|Lancope|SW|1.0|41|^|src=10.0.1.8^dst=10.0.0.5",
        b"LEEF:1.0|v|p|1|n|devTimeFormat=yyyy-MM-dd HH:mm:ss\tdevTime=2026-11-03 01:02:03\tsrc=1.2.3.4",
    ],
    "hillstone": [
        b'2026-11-03 01:02:03, WARNING@LOGIN: Admin user "hillstone" logged in through console from localhost.',
        b"<190>Nov  3 01:02:03 2802234143002130(root) 44243624 Traffic@FLOW: SESSION: 10.1.2.3:51834->1.2.3.4:80(TCP)",
        b"<134>2026-11-03 01:02:03, INFO@FLOW: NAT: 10.1.2.3:51834->1.2.3.4:80(TCP), snat to 218.2.3.4:1024",
    ],
    "sangfor": [
        b"<134>Nov  3 01:02:03 localhost fwlog: \xe6\x97\xa5\xe5\xbf\x97\xe7\xb1\xbb\xe5\x9e\x8b:IPS, src:10.1.2.3",
        b"<14>Nov  3 01:02:03 AC nat_log: user=zhang(10.1.2.3),time:1793638000,url=http://example.cn/",
        "2026-11-03 01:02:03 日志类型:上网行为, 用户:张三, 源IP:10.1.2.3".encode("gbk"),
    ],
    "topsec": [
        b'id=tos time="2026-11-03 01:02:03" fw=TopsecOS pri=6 type=conn src=10.1.2.3 dst=1.2.3.4',
        b'<134>id=tos time="2026-11-03 01:02:03" fw=FW-1  pri=6 type=ac recorder=FW-NAT src=10.1.2.3',
        b'<134>topsec id=tos time="2026-11-03 01:02:03" fw=FW-1 starttime="2026-11-03 01:00:00" proto=tcp',
        b'<134>id=FW-1 starttime="2026-11-03 01:00:00" time="2026-11-03 01:02:03" pri=6 type=pf',
        b'<134>Nov  3 01:02:03 FW-1 id=tos time="2026-11-03 01:01:00" fw=FW-1 pri=6',
    ],
    "ruijie": [
        b"<189>Nov  3 01:02:03 RG-S5750 %SYS-5-CONFIG_I: Configured from console by vty0 (10.1.2.3)",
        b"*Nov  3 01:02:03: %LINK-3-UPDOWN: Interface GigabitEthernet 0/5, changed state to up.",
        b"2026-11-03T01:02:03.123456+08:00 RG-EG %NAT-6-LOG: src 10.1.2.3:51834",
        b"<190>*Nov  3 2026 01:02:03.118: EG2000 %FPM-6-SESSION: TCP 10.1.2.3",
    ],
    "huawei": [
        b"<189>Nov  3 2026 01:02:03 USG %%01IPS/4/DETECT(l)[0]:An intrusion was detected. (SyslogId=5, SrcIp=10.1.2.3)",
        b"Nov  3 2026 01:02:03+08:00 S5735 %%01IFNET/4/LINK_STATE(l)[3]:The line protocol IP went into UP.",
        b"<188>2026-11-2 17:02:03 AC6508 %%01WLAN/4/AP(l):x".replace(b"2026-11-2 17", b"2026-11-3 1"),
        b"<190>Nov  3 2026 01:02:03 HW DST %%01SECLOG/6/SESSION_TEARDOWN(l):IPVer=4,Protocol=tcp",
    ],
    "h3c": [
        b"<189>Nov  3 01:02:03 2026 H3C %%10SHELL/5/SHELL_LOGIN: VTY logged in from 10.1.2.3.",
        b"%Nov  3 01:02:03:123 2026 H3C IPS/4/IPS_IPV4_INTERZONE: Protocol(1001)=TCP; SrcIPAddr(1003)=10.1.2.3;",
        b"<190>Nov  3 01:02:03 2026 SecPath %%10FILTER/6/FILTER_ZONE_IPV4_EXECUTION: SrcZoneName(1025)=Trust",
        b"<190>Nov  3 01:02:03:118 2026 WX5540 %%10STAMGR/6/STAMGR_CLIENT_ONLINE: Client came online.",
    ],
    "fortinet": [
        b'date=2026-11-03 time=01:02:03 devname="FG-1" devid="FG100E" logid="0000000013" type="traffic" srcip=10.1.2.3',
        b'<189>date=2026-11-03 time=01:02:03 devname="FG-1" eventtime=1793638923123456789 tz="+0800" logid="1"',
        b'<189>logver=700 date=2026-11-03 time=01:02:03 devname="FG-1" type="utm" subtype="ips"',
        b'<189>date=2026-11-02 time=17:02:03 devname="FG-1" eventtime=1793638923 tz="+0000" type="event"',
    ],
}  # fmt: skip
EVERY = [pytest.param(line, id=f"{vendor}-{n}") for vendor, lines in LINES.items() for n, line in enumerate(lines)]
OTHER = b"Nov  3 00:59:59 sw-1 port up"


def reading(lines: list[bytes]) -> LineReader:
    reader = LineReader(CALENDAR, Bounds(NEAR - 3650 * DAY, NEAR + 60 * DAY, NEAR))
    data = b"".join(line + b"\n" for line in lines)
    reader.read(data, len(data))
    reader.finish(b"")
    return reader


@pytest.mark.parametrize("line", EVERY)
def test_each_line_tells_its_moment(line: bytes) -> None:
    stamp = stamp_of(line)
    assert stamp is not None
    minute = CALENDAR.minute_of(stamp, NEAR)
    assert minute is not None
    assert CALENDAR.instant(minute * 60 + stamp.second) == MOMENT


@pytest.mark.parametrize("line", EVERY)
def test_a_rare_line_among_others_is_dated_as_well(line: bytes) -> None:
    """One of another device in a file of thousands: too few for the file to be read in its form."""
    counts = reading([*[OTHER] * 4000, line, *[OTHER] * 4000]).counts
    assert (counts.dated, counts.undated) == (8001, 0)


def test_all_of_them_in_one_file() -> None:
    lines = [line for lines in LINES.values() for line in lines] * 40
    reader = reading(lines)
    assert (reader.counts.dated, reader.counts.undated) == (len(lines), 0)
    assert reader.timeline.count == len(lines)


@pytest.mark.parametrize(
    "line",
    [
        b'the job began at time="2026-11-03 01:02:03" and ended',
        b'  File "x.py", line 3, in f: time="2026-11-03 01:02:03"',
        b'id=tos lifetime="2026-11-03 01:02:03" fw=FW-1',
        b'id=tos time="2026-13-03 01:02:03" fw=FW-1',
    ],
)
def test_what_is_no_field_of_a_record(line: bytes) -> None:
    assert stamp_of(line) is None
