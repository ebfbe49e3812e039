"""A school where everything that a report can draw has been observed: access points, neighbours, safeguards, nights."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from probes.campus import Campus
from probes.kinds import (
    AccessPoint,
    Clock,
    Control,
    Instrument,
    LogCoverage,
    Neighbour,
    Port,
    Radio,
    Recording,
    Safeguard,
    Throughput,
    Trace,
)
from probes.observation import Method, Reason
from reports.edition import Edition, Language, TrendPoint
from tests.editions import NOW, Log, edition_of, observed, school


def furnished(language: Language = "zh", section: str | None = None, *, nights: int = 40) -> Edition:
    """The believable school after a year with the program."""
    log = Log()
    school_ = _enlarged(school())
    observed(log, school_)
    _switches(log)
    _neighbours(log)
    _wireless(log)
    _safeguards(log)
    _measured(log)
    return edition_of(log, school_, language, section, trend=_nights(nights))


def _enlarged(school_: Campus) -> Campus:
    plain = school_.model_dump(mode="json")
    plain["device"] += [
        {"id": "ac-1", "role": "wireless-controller", "address": "10.0.0.20", "name": "无线控制器"},
        {"id": "bh-1", "role": "behaviour", "address": "10.0.0.253", "name": "上网行为管理"},
        {"id": "ids-1", "role": "ids", "address": "10.0.0.252", "name": "入侵检测"},
        {"id": "log-1", "role": "log-server", "address": "10.0.0.30", "name": "日志服务器"},
        {"id": "nvr-1", "role": "recorder", "address": "10.0.0.40", "name": "门卫录像机"},
    ]
    plain["protected_system"] = [{"id": "grades-7", "name": "教务成绩系统", "level": 2}]
    plain["camera"] = [
        {"id": f"cam-{n}", "name": name, "recorder": "nvr-1"} for n, name in enumerate(("校门", "食堂", "操场"))
    ]
    return Campus.model_validate(plain)


def _switches(log: Log) -> None:
    for device, uplinks in {"core-1": 24, "sw-a3": 48, "sw-b1": 48}.items():
        for n in range(1, uplinks + 1):
            value = Port(
                speed_mbps=10_000.0 if n > 46 else 1_000.0 if n % 3 else 100.0,
                duplex="half" if n == 17 else "full",
                admin_up=n % 11 != 0,
                oper_up=n % 4 != 0 and n % 11 != 0,
                fcs_error_ratio=0.0 if n != 19 else 0.00021,
                physical=True,
            )
            age = timedelta(minutes=30)
            log.saw(f"{device}:GigabitEthernet1/0/{n}", value, "ports", method=Method.READ, age=age)


def _neighbours(log: Log) -> None:
    heard = (
        ("core-1:XGigabitEthernet0/0/1", "sw-a3", "GigabitEthernet1/0/48"),
        ("sw-a3:GigabitEthernet1/0/48", "core-1", "XGigabitEthernet0/0/1"),
        ("core-1:XGigabitEthernet0/0/2", "sw-b1", "GigabitEthernet1/0/48"),
        ("core-1:GigabitEthernet0/0/3", "sw-c1", "GigabitEthernet0/0/24"),
        ("core-1:GigabitEthernet0/0/4", "sw-c1", "GigabitEthernet0/0/23"),
        ("core-1:GigabitEthernet0/0/24", "fw-1", "ethernet0/1"),
        ("core-1:GigabitEthernet0/0/10", "ac-1", "GE0/0/1"),
        ("core-1:GigabitEthernet0/0/11", "log-1", "eth0"),
        ("sw-a3:GigabitEthernet1/0/3", "printer-3f", "1"),
    )
    for subject, name, port in heard:
        log.saw(subject, Neighbour(remote_name=name, remote_port=port, protocol="lldp"), "neighbours")


def _wireless(log: Log) -> None:
    for n in range(1, 37):
        value = AccessPoint(
            controller="ac-1",
            online=n not in {7, 23},
            clients=None if n in {7, 23} else n * 7 % 31,
            model="AirEngine 5761",
            place="A-301" if n == 7 else None,
        )
        log.saw(f"ap:AP-{n:02}", value, "access_points", method=Method.READ, raw=f"AP-{n:02} normal\n" * 20)
    for band, channel, dbm in (("2.4", 6, -49.0), ("6", 37, -71.0)):
        value_ = Radio(ssid="school", bssid=f"02:00:00:00:01:{channel:02}", band_ghz=band, channel=channel,
                       rssi_dbm=dbm, own=True)  # fmt: skip
        log.saw("place:A-301", value_, "radio")


def _safeguards(log: Log) -> None:
    log.saw("fw-1", Safeguard(function="firewall", running=True, version="SG-6000 5.5R9", licence_days_left=212,
                              policy_active=True), "safeguards", raw="show version\nStoneOS 5.5R9\n")  # fmt: skip
    log.saw("fw-1", Safeguard(function="antivirus", running=True, version="2026.11.20", signature_age_days=3,
                              licence_days_left=-12), "safeguards")  # fmt: skip
    log.saw("bh-1", Safeguard(function="behaviour", running=True, policy_active=True), "safeguards")
    log.saw("ids-1", Safeguard(function="ids", running=False), "safeguards")
    log.failed("bh-1", "safeguard", "safeguards", Reason.NO_ANSWER, "10.0.0.253 port 9999/tcp")
    log.saw(
        "control:url", Control(what="url_filter", blocked=True, evidence="302 到阻断页", conclusion="works"), "controls"
    )
    log.saw(
        "control:av",
        Control(what="malware", blocked=False, evidence="EICAR 68 字节完整收到", conclusion="does_not_work"),
        "controls",
    )
    log.saw("control:ids", Control(what="ids_alert", detected=None), "controls")
    log.saw("control:trace", Trace(found=True, delay_s=41, fields=("time", "user", "ip", "mac", "url")), "trace")
    log.saw("core-1", Clock(synchronised=True, offset_s=0.004, source="10.0.0.30"), "clock", method=Method.READ)


def _measured(log: Log) -> None:
    slow_card = Instrument(nic_mbps=100.0, limited=True)
    limited = Throughput(down_mbps=71.0, up_mbps=69.5, streams=1, seconds=10, instrument=slow_card)
    log.saw("place:A-304", limited, "throughput", age=timedelta(minutes=1))
    gigabit = Throughput(down_mbps=941.0, up_mbps=938.0, streams=1, seconds=10)
    log.saw("place:B-102", gigabit, "throughput", age=timedelta(minutes=1))
    days = tuple((NOW - timedelta(days=n)).date() for n in (60, 59, 58, 12))
    holed = LogCoverage(
        oldest=NOW - timedelta(days=300),
        newest=NOW - timedelta(minutes=3),
        span_days=300,
        days_with_records_ratio=0.98,
        longest_gap_h=72,
        missing_days=tuple(sorted(days)),
        forecast_days=420,
        records=12_000_000,
        bytes=9_000_000_000,
        origin="content",
    )
    log.saw("log:bh", holed, "log_coverage", age=timedelta(minutes=1))
    for n, kept in enumerate((92.0, 31.0, 12.0)):
        log.saw(f"camera:cam-{n}", Recording(span_days=kept, channels=4, channels_ok=4 - (n == 2)), "recordings")


def _nights(nights: int) -> tuple[TrendPoint, ...]:
    begun = Decimal("41.5")
    return tuple(
        TrendPoint(
            audit_id=f"night-{n}",
            at=NOW - timedelta(days=nights - n),
            proven=min(begun + Decimal(n) / 4, Decimal(60)),
            possible=Decimal(96) - n % 7,
            total=Decimal(108),
        )
        for n in range(nights)
    )
