"""Editions for tests of reports: a believable school, a hostile one, and a very large one, judged by the real judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from probes.campus import Campus
from probes.kinds import (
    KINDS,
    Attestation,
    Clock,
    Document,
    Egress,
    Exposure,
    LogCoverage,
    Port,
    Radio,
    Service,
    Throughput,
    Value,
    Website,
)
from probes.observation import Method, Observation, Reason, Status
from reports.edition import Edition, Language, TrendPoint
from rules.judge import judge
from rules.load import load_rubric
from rules.rubric import Heading
from tests.world import campus

NOW = datetime(2026, 11, 23, 12, 41, tzinfo=UTC)
STARTED = NOW - timedelta(minutes=9)
SECOND = timedelta(seconds=1)

SCRIPT = "<script>alert('1')</script>"
FORMULA = "=cmd|' /C calc'!A0"
BACKWARDS = "\u202egnp.exe"
ENDLESS = "长" * 10_000
HOSTILE = (SCRIPT, FORMULA, BACKWARDS, ENDLESS, "\x1b[31mred\x00\x07", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}")


class Log:
    """Collects observations and raw output as a bundle would."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.raw: dict[str, bytes] = {}

    def keep(self, data: str | bytes) -> tuple[str, ...]:
        plain = data.encode() if isinstance(data, str) else data
        digest = hashlib.sha256(plain).hexdigest()
        self.raw[digest] = plain
        return (digest,)

    def saw(
        self,
        subject: str,
        value: Value,
        probe: str,
        *,
        method: Method = Method.MEASURED,
        raw: str | bytes = "",
        age: timedelta = timedelta(minutes=5),
    ) -> Observation:
        kind = next(name for name, cls in KINDS.items() if cls is type(value))
        return self._add(kind, subject, probe, method, raw, age, status=Status.OK, value=value)

    def failed(self, subject: str, kind: str, probe: str, reason: Reason, detail: str, *, raw: str = "") -> Observation:
        rest: dict[str, Any] = {"status": Status.UNAVAILABLE, "reason": reason, "detail": detail}
        return self._add(kind, subject, probe, Method.MEASURED, raw, timedelta(minutes=5), **rest)

    def _add(  # noqa: PLR0917  the envelope has so many parts
        self, kind: str, subject: str, probe: str, method: Method, raw: str | bytes, age: timedelta, **rest: Any
    ) -> Observation:
        one = Observation(
            kind=kind,
            subject=subject,
            taken_at=NOW - age,
            duration_s=0.42,
            probe=probe,
            vantage="监测机-01",
            method=method,
            raw=self.keep(raw) if raw else (),
            **rest,
        ).sealed()
        self.observations.append(one)
        return one


ROOMS = {
    "A-301": ("初一（1）班", "classroom"),
    "A-302": ("初一（2）班", "classroom"),
    "A-303": ("初一（3）班", "classroom"),
    "A-304": ("初二（1）班", "classroom"),
    "A-305": ("初二（2）班", "classroom"),
    "A-306": ("初二（3）班", "classroom"),
    "B-101": ("初三（1）班", "classroom"),
    "B-102": ("初三（2）班", "classroom"),
    "B-103": ("未来教室", "smart-classroom"),
    "LIB": ("图书馆", "library"),
    "ACT": ("学生活动中心", "activity"),
    "XZL": ("行政楼大厅", "administration"),
}


def school() -> Campus:
    """A junior school of twelve rooms with a waiver and a switch that will not answer."""
    switch = {"A": "sw-a3", "B": "sw-b1", "L": "sw-c1", "X": "sw-c1"}
    ports = {room: f"{switch.get(room[0], 'sw-a3')}:GigabitEthernet0/0/{n}" for n, room in enumerate(ROOMS, 1)}
    ports["ACT"] = "sw-c1:GigabitEthernet0/0/20"
    return campus(
        school={"name": "南京市示例初级中学", "stages": ["junior"], "district": "示例区", "teachers": 96},
        credential=[{"id": "ro", "kind": "snmp-v2c", "community": "env:CAMPUS_SNMP"}],
        device=[
            {"id": "core-1", "role": "core-switch", "address": "10.0.0.1", "name": "核心交换机"},
            {"id": "sw-a3", "role": "access-switch", "address": "10.0.0.11", "name": "教学楼 A 三层"},
            {"id": "sw-b1", "role": "access-switch", "address": "10.0.0.12", "name": "教学楼 B 一层"},
            {"id": "sw-c1", "role": "access-switch", "address": "10.0.0.13", "name": "综合楼"},
            {"id": "fw-1", "role": "firewall", "address": "10.0.0.254", "name": "出口防火墙"},
        ],
        place=[{"id": room, "name": name, "kind": kind, "port": ports[room]} for room, (name, kind) in ROOMS.items()],
        uplink=[{"id": "main", "name": "电信 1000M", "port": "core-1:GigabitEthernet0/0/24", "contract_mbps": 1000}],
        log_source=[
            {"id": "fw-session", "name": "防火墙会话日志", "records": ["session"], "store": _logs("session")},
            {"id": "fw-nat", "name": "防火墙 NAT 日志", "records": ["nat"], "store": _logs("nat"), "setting_days": 180},
            {"id": "bh", "name": "上网行为日志", "records": ["behaviour"], "store": _logs("behaviour")},
            {"id": "dhcp", "name": "DHCP 日志", "records": ["dhcp"], "store": _logs("dhcp")},
        ],
        service=[
            {"id": "portal", "what": "website", "name": "学校网站", "url": "http://127.0.0.1:8080/"},
            {"id": "radio", "what": "broadcast", "name": "数字广播"},
            {"id": "video", "what": "conference", "name": "视频会议"},
        ],
        waiver=[
            {
                "indicator": "1.2.4",
                "until": "2027-06-30",
                "why": "行政楼改造，公用终端暂停使用",
                "by": "王校长",
            },
            {
                "indicator": "1.1.2",
                "subject": "place:XZL",
                "until": "2027-01-31",
                "why": "施工期间关闭无线",
                "by": "信息中心李老师",
            },
        ],
    )


def _logs(name: str) -> dict[str, str]:
    return {"kind": "directory", "path": f"/var/log/campus/{name}"}


WALK = """\
IF-MIB::ifName.{n} = STRING: {name}
IF-MIB::ifHighSpeed.{n} = Gauge32: {speed}
IF-MIB::ifOperStatus.{n} = INTEGER: up(1)
EtherLike-MIB::dot3StatsDuplexStatus.{n} = INTEGER: fullDuplex(3)
"""


def _ports(log: Log, school_: Campus) -> None:
    speeds = {"A-303": 10.0, "B-102": 1000.0}
    walk = "".join(
        WALK.format(n=n, name=f"GigabitEthernet0/0/{n}", speed=round(speeds.get(room, 100)))
        for n, room in enumerate(ROOMS, 1)
    )
    for place in school_.place:
        if place.id in {"LIB", "ACT", "XZL"} or place.port is None:
            continue
        value = Port(
            speed_mbps=speeds.get(place.id, 100.0),
            duplex="half" if place.id == "A-305" else "full",
            admin_up=True,
            oper_up=place.id != "A-306",
            fcs_error_ratio=0.0021 if place.id == "A-305" else 0.0,
            place=place.id,
            physical=True,
        )
        log.saw(place.port, value, "ports", method=Method.READ, raw=walk)
    uplink = Port(speed_mbps=1000.0, duplex="full", admin_up=True, oper_up=True, uplink="main", physical=True)
    log.saw("core-1:GigabitEthernet0/0/24", uplink, "ports", method=Method.READ, raw=walk)
    log.failed("sw-c1", "port", "ports", Reason.NO_ANSWER, "10.0.0.13 port 161/udp: 3 tries of 2 s")


def _rooms(log: Log) -> None:
    for n, room in enumerate(ROOMS):
        subject = f"place:{room}"
        if n < 8:
            down = 9.4 if room == "A-303" else 93.6 + n / 10
            value = Throughput(down_mbps=down, up_mbps=down - 1, streams=1, seconds=10, rtt_ms=1.2, retransmits=3)
            log.saw(subject, value, "throughput", raw=f'{{"end": {{"sum_received": {{"bits_per_second": {down}e6}}}}}}')
        else:
            log.failed(subject, "throughput", "throughput", Reason.REFUSED, "127.0.0.1:5201: connection refused")
        signal = {"A-306": -78.0, "LIB": -66.0}.get(room, -58.0)
        heard = Radio(
            ssid="school-wifi", bssid="02:00:00:00:00:01", band_ghz="5", channel=44, rssi_dbm=signal, own=True
        )
        log.saw(subject, heard, "radio")
    log.saw(
        "uplink:main",
        Throughput(down_mbps=938.2, up_mbps=931.7, streams=4, seconds=10, rtt_ms=4.1, retransmits=17),
        "throughput",
    )


def _logs_seen(log: Log) -> None:
    for source, days in {"fw-session": 212, "fw-nat": 41, "bh": 260}.items():
        value = LogCoverage(
            oldest=NOW - timedelta(days=days),
            newest=NOW - timedelta(minutes=6),
            span_days=days,
            days_with_records_ratio=1.0,
            longest_gap_h=1.5,
            bytes=days * 10_000_000,
            records=days * 120_000,
            origin="content",
        )
        log.saw(f"log:{source}", value, "log_coverage", raw=f"{source}: {days} files\n" + "2026-11-23 …\n" * 400)
    log.saw("log:fw-nat", LogCoverage(span_days=180, origin="setting"), "log_setting", method=Method.DECLARED)
    log.failed("log:dhcp", "log_coverage", "log_coverage", Reason.FILE_NOT_FOUND, "/var/log/campus/dhcp")


def _systems(log: Log) -> None:
    website = Website(reachable=True, newest_item_age_days=12.0, https_valid_days=46.0, http_status=200)
    log.saw("service:portal", website, "website", raw="<html><title>南京市示例初级中学</title>…</html>")
    for service, what in (("radio", "broadcast"), ("video", "conference")):
        log.saw(
            f"service:{service}",
            Service(what=what, reachable=True, protocol="sip", evidence="SIP/2.0 200 OK"),
            "service",
        )
    log.saw("campus", Egress(internet=True, via_cernet="undetermined", public_ip="203.0.113.7"), "egress")
    log.saw("sw-a3", Clock(synchronised=False, offset_s=97.0), "clock", method=Method.READ)
    log.saw("sw-b1", Exposure(what="telnet", present=True, evidence="23/tcp open"), "exposure")


def _attestations(log: Log) -> None:
    def attest(indicator: str, **claim: Any) -> None:
        value = Attestation(by="张敏（信息中心主任）", **claim)
        log.saw(indicator, value, "attestations", method=Method.ATTESTED)

    plan = Document(name="智慧校园建设规划2026.pdf", sha256=hashlib.sha256(b"plan").hexdigest())
    photo = Document(name="校园文化环境照片.zip", sha256=hashlib.sha256(b"photo").hexdigest())
    attest("1.1.6", claim="met", on="2026-10-12", documents=(photo,))
    attest("5.1.2", claim="met", on="2026-09-01", documents=(plan,), note="校长办公会 2026 年第 7 次会议通过")
    attest("4.1.1", claim="partly", points=1, on="2026-10-20", documents=(plan,))
    for indicator in load_rubric("jiangsu-2018").indicator:
        # Sections 3 to 5 are well documented, the others only begun.
        if indicator.kind == "attest" and indicator.id[0] in "345" and indicator.id not in {"5.1.2", "4.1.1"}:
            attest(indicator.id, claim="met", on="2026-10-20", documents=(plan,))
    attest("2.1.1", claim="met", on="2024-05-20", documents=(plan,))
    attest("2.3.1", claim="met", on="2026-10-20")
    attest("6.1.1", claim="not_met", on="2026-10-20")
    attest("1.1.2", claim="not_met", on="2026-10-20")
    attest("1.1.4", claim="met", on="2026-10-20", documents=(plan,))


def believable(language: Language = "zh", section: str | None = None, *, cut_short: bool = False) -> Edition:
    """The school above on a day when one switch was silent and one log source too short."""
    log, school_ = Log(), school()
    observed(log, school_)
    not_run = (("clock", "core-1"), ("clock", "sw-b1"), ("trace", "campus")) if cut_short else ()
    return edition_of(log, school_, language, section, finished=not cut_short, not_run=not_run)


def observed(log: Log, school_: Campus) -> None:
    """What was seen in the school above on that day."""
    _ports(log, school_)
    _rooms(log)
    _logs_seen(log)
    _systems(log)
    _attestations(log)


def hostile(language: Language = "zh") -> Edition:
    """Names, descriptions and raw output as an attacker or a broken device would have them."""
    log = Log()
    places = [
        {"id": f"H-{n}", "name": name, "kind": "classroom", "port": f"sw-1:{n}"} for n, name in enumerate(HOSTILE)
    ]
    school_ = campus(
        school={"name": SCRIPT + BACKWARDS, "stages": ["primary", "senior"]},
        device=[{"id": "sw-1", "role": "access-switch", "address": "10.0.0.1", "name": ENDLESS}],
        place=places,
    )
    for n, name in enumerate(HOSTILE):
        value = Port(speed_mbps=10.0, oper_up=True, alias=name)
        log.saw(f"sw-1:{n}", value, "ports", raw=name + "\n" + "\ufeff\u200b\u2028raw " * 2000)
        log.failed(f"place:H-{n}", "throughput", "throughput", Reason.UNEXPECTED_ANSWER, name, raw=name)
    log.saw("campus", Egress(internet=True, network=SCRIPT), "egress", raw=bytes(range(256)))
    return edition_of(log, school_, language, None, vantage=SCRIPT)


def large(devices: int = 500, ports: int = 50, places: int = 200) -> Edition:
    """Five hundred switches with fifty ports each and two hundred places, of which every ninth fails."""
    log = Log()
    names = [f"sw-{n:03}" for n in range(devices)]
    ports_of_places = {f"P-{n:03}": f"{names[n % devices]}:GigabitEthernet0/0/1" for n in range(places)}
    by_port = {port: place for place, port in ports_of_places.items()}
    for name in names:
        walk = "".join(WALK.format(n=n, name=f"GigabitEthernet0/0/{n}", speed=1000) for n in range(1, ports + 1)) + name
        for n in range(1, ports + 1):
            subject = f"{name}:GigabitEthernet0/0/{n}"
            slow = subject in by_port and int(by_port[subject][2:]) % 9 == 0
            value = Port(
                speed_mbps=10.0 if slow else 1000.0,
                duplex="full",
                admin_up=True,
                oper_up=n % 3 != 0,
                place=by_port.get(subject),
                physical=True,
            )
            log.saw(subject, value, "ports", method=Method.READ, raw=walk)
    for place in ports_of_places:
        value_ = Throughput(down_mbps=94.1, up_mbps=93.0, streams=1, seconds=10)
        log.saw(f"place:{place}", value_, "throughput", raw=f"{place} " + "interval " * 400)
        log.saw(
            f"place:{place}", Radio(ssid="s", bssid="b", band_ghz="5", channel=36, rssi_dbm=-60.0, own=True), "radio"
        )
    school_ = campus(
        device=[{"id": name, "role": "access-switch", "address": "10.0.0.1"} for name in names],
        place=[
            {"id": place, "name": f"教室 {place}", "kind": "classroom", "port": port}
            for place, port in ports_of_places.items()
        ],
    )
    return edition_of(log, school_, "zh", None)


def edition_of(
    log: Log,
    school_: Campus,
    language: Language,
    section: str | None,
    *,
    finished: bool = True,
    not_run: Iterable[tuple[str, str]] = (),
    vantage: str = "监测机-01",
    trend: tuple[TrendPoint, ...] = (),
) -> Edition:
    """What was logged, judged by the real judge."""
    rubric = load_rubric("jiangsu-2018")
    heading: Heading | None = None if section is None else rubric.heading(section)
    assert section is None or heading is not None
    return Edition(
        assessment=judge(rubric, log.observations, school_, NOW),
        audit_id="20261123T123200Z-3f2a",
        version="0.1.0",
        vantage=vantage,
        started_at=STARTED,
        finished_at=NOW - 30 * SECOND if finished else None,
        raw=log.raw,
        not_run=tuple(not_run),
        language=language,
        section=heading,
        trend=trend,
    )
