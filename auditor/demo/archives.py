"""Log archives of the last 200 days, as eight systems of a school would have left them, in seven formats.

Seven are files of a log server, one the daily exports that the behaviour management's web page hands out. Two have a
planted fault: the DHCP log lacks nine days, the NAT log reaches back only 41.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType

from auditor.demo.air import ACCESS_POINTS, SSIDS

DAYS = 200
NAT_DAYS = 41
GAP_DAYS = frozenset(range(86, 95))
"""Days before today on which the DHCP log has nothing: nine of them."""

SCHOOL_TIME = timezone(timedelta(hours=8))
_PLAIN_DAYS = 7
"""Days that are still uncompressed."""

_SITES = ("smartedu.example.cn", "news.example.cn", "video.example.cn", "mail.example.cn", "map.example.cn")


@dataclass(frozen=True)
class Archive:
    """One log source.

    Attributes:
        line: a record, from its time and a running number.
        days: how far back it reaches.
        missing: days ago without a file.
        every_min: minutes between records.
        name: of a day's file, without the suffix of compression.
        heading: first line of an export (CSV as Chinese spreadsheets write it); empty for a log.
    """

    id: str
    title: str
    records: tuple[str, ...]
    line: Callable[[datetime, int], str]
    days: int = DAYS
    missing: frozenset[int] = frozenset()
    every_min: int = 30
    name: str = "%Y/%m/%Y-%m-%d.log"
    heading: str = ""
    device: str | None = None
    setting_days: int | None = None


def _host(number: int) -> str:
    return f"10.20.{number % 7 + 10}.{number * 37 % 240 + 10}"


def _mac(number: int) -> str:
    return f"02:5e:10:{number % 7:02x}:{number * 11 % 256:02x}:{number * 37 % 240 + 10:02x}"


def _session(at: datetime, number: int) -> str:
    return (
        f"<134>{at:%b} {at.day:>2} {at:%H:%M:%S} SYSY-FW-SG6000 flow: session end,"
        f" {_host(number)}:{20000 + number % 40000} -> 198.51.100.{number % 200 + 1}:443,"
        f" protocol TCP, bytes {number * 7919 % 900000 + 400}, policy 3"
    )


def _nat(at: datetime, number: int) -> str:
    return (
        f'date={at:%Y-%m-%d} time={at:%H:%M:%S} devname="SYSY-FW-SG6000" type="nat" action="create"'
        f" srcip={_host(number)} srcport={20000 + number % 40000} natip=192.0.2.10 natport={1024 + number % 60000}"
        f" dstip=198.51.100.{number % 200 + 1} dstport=443 proto=6"
    )


def _dhcp(at: datetime, number: int) -> str:
    return (
        f"{at:%b} {at.day:>2} {at:%H:%M:%S} dhcp-srv dhcpd[812]: DHCPACK on {_host(number)} to {_mac(number)}"
        f" (PC-{number % 180:03d}) via eth0"
    )


def _behaviour(at: datetime, number: int) -> str:
    site = _SITES[number % len(_SITES)]
    return f"{at:%Y-%m-%d %H:%M:%S},t{number % 96:03d},{_host(number)},{_mac(number)},https://{site}/,教育,放行"


def _aaa(at: datetime, number: int) -> str:
    return (
        f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d} INFO portal: user=t{number % 96:03d} ip={_host(number)}"
        f" mac={_mac(number)} result=accept session={number:08d}"
    )


def _controller(at: datetime, number: int) -> str:
    utc, point = at.astimezone(UTC), ACCESS_POINTS[number % len(ACCESS_POINTS)]
    return (
        f"<190>1 {utc:%Y-%m-%dT%H:%M:%S}.{number % 1000:03d}Z SYSY-WX-AC6508 WLAN 1021 STA-ONLINE"
        f' [sta@32473 mac="{_mac(number)}" ap="{point.name}" ssid="{SSIDS[number % 2]}"] station is online'
    )


def _core_switch(at: datetime, number: int) -> str:
    return (
        f"{at:%b} {at.day:>2} {at:%Y %H:%M:%S}+08:00 SYSY-HX-S5731 %%01IFNET/4/IF_STATE(l)[{number}]:Interface "
        f"GigabitEthernet0/0/{number % 24 + 1} has turned into {'UP' if number % 2 else 'DOWN'} state."
    )


def _server(at: datetime, number: int) -> str:
    return (
        f"{at.isoformat(timespec='milliseconds')} portal nginx: {_host(number)} GET /news/{number % 40}.html 200"
        f" {number * 31 % 40000 + 900}"
    )


ARCHIVES: tuple[Archive, ...] = (
    Archive("fw-session", "防火墙会话日志", ("session",), _session, device="fw-1", setting_days=200, every_min=20),
    Archive("fw-nat", "NAT 日志", ("nat",), _nat, days=NAT_DAYS, device="fw-1", setting_days=180, every_min=20),
    Archive("dhcp", "DHCP 服务器日志", ("dhcp",), _dhcp, missing=GAP_DAYS, name="dhcpd.log-%Y%m%d"),
    Archive(
        "behaviour",
        "上网行为管理日志",
        ("behaviour",),
        _behaviour,
        every_min=20,
        name="上网行为-%Y-%m-%d.csv",
        heading="访问时间,用户名,源IP,MAC地址,网址,分类,动作",
    ),
    Archive("aaa", "上网认证日志", ("aaa",), _aaa),
    Archive("wlan", "无线控制器日志", ("controller",), _controller, device="ac-1"),
    Archive("core", "核心交换机日志", ("core-switch",), _core_switch, every_min=45, device="core-1"),
    Archive("servers", "服务器与网站日志", ("server", "website"), _server),
)

PATHS: Mapping[str, str] = MappingProxyType({archive.id: f"logs/{archive.id}" for archive in ARCHIVES})
"""Directory of each archive, relative to the demo's own."""


def write_archives(directory: Path, now: datetime) -> int:
    """Write all archives up to ``now``; returns the number of bytes on disk."""
    return sum(_write(archive, directory / PATHS[archive.id], now.astimezone(SCHOOL_TIME)) for archive in ARCHIVES)


def _write(archive: Archive, directory: Path, now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    size = 0
    for ago in range(archive.days, -1, -1):
        if ago in archive.missing:
            continue
        day = midnight - timedelta(days=ago)
        path = directory / day.strftime(archive.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [archive.heading] if archive.heading else []
        words = "".join(f"{line}\n" for line in (*lines, *_day(archive, day, now)))
        data = words.encode("gb18030" if archive.heading else "utf-8")
        if ago >= _PLAIN_DAYS and not archive.heading:
            path = path.with_name(path.name + ".gz")
            data = gzip.compress(data, compresslevel=1, mtime=0)
        path.write_bytes(data)
        size += len(data)
    return size


def _day(archive: Archive, day: datetime, now: datetime) -> Iterator[str]:
    """The records of one day, at uneven moments, none of them in the future."""
    step = timedelta(minutes=archive.every_min)
    first = day.toordinal() * 1440 // archive.every_min
    for count in range(1440 // archive.every_min):
        number = first + count
        at = day + step * count + timedelta(seconds=number * 17 % 600, milliseconds=number * 7 % 1000)
        if at > now:
            return
        yield archive.line(at, number)
