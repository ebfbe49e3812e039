"""Markers, requests and alerts found in every kind of store; of files and databases the lab's tests tell more."""

from __future__ import annotations

import asyncio
import csv
import tarfile
import zipfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from probes.canary import canary
from probes.control import control
from probes.dialect import load_dialects
from probes.kinds import Canary
from probes.logs.search import lines as sought
from probes.logs.search.lines import Line, Wanted
from probes.logs.search.opening import haystack
from probes.observation import Observation, Reason, Status
from probes.probe import Context
from probes.safeguards.canary_send import remember
from probes.safeguards.ids_alert import _is_ours
from probes.safeguards.marker import PREFIX, make
from probes.transport.exchange import Answer
from tests.log_servers import Fake, serving
from tests.logtrees import SCHOOL
from tests.world import TestWorld, campus, look

KEY = b"k" * 40
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
NIGHTS = [NOW - timedelta(days=n) for n in range(1, 200) if n not in {17, 18}]
LOST = (NOW - timedelta(days=18)).date(), (NOW - timedelta(days=17)).date()


def school(folder: Path, store: dict[str, Any], **tables: Any) -> TestWorld:
    for at in (NOW - timedelta(days=n) for n in range(1, 200)):
        remember(folder, at, "http", "gw", "m")
    made = campus(
        canary={"signing_key": "env:KEY", "log_sources": ["gw"]},
        log_source=[{"id": "gw", "records": ["behaviour"], "store": store, **tables.pop("source", {})}],
        audit={"bundles": str(folder)},
        **tables,
    )
    return TestWorld(made, at=NOW, secrets={"env:KEY": KEY.decode()})


async def markers(world: TestWorld) -> Observation:
    [seen] = await look(canary, world, world.campus.canary)
    return seen


def proves_all_but_two_days(seen: Observation) -> None:
    value = seen.value
    assert isinstance(value, Canary), seen.detail
    assert (value.oldest, value.newest, value.days_found) == (NIGHTS[-1], NIGHTS[0], len(NIGHTS))
    assert (value.missing_days, value.forged, value.replayed, value.unreadable_files) == (LOST, 0, 0, 0)


def url(at: datetime) -> str:
    return f"http://x/?campus-audit={make(KEY, 'h', at)}"


# ---- exports ---------------------------------------------------------------------------------------------------------


async def test_markers_in_exports_of_a_gateway(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    with (logs / "a.csv").open("w", encoding="gbk", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["序号", "用户名", "访问时间", "网址"])
        for at in NIGHTS[::2]:
            writer.writerow([1, "审计", f"{at.astimezone(SCHOOL):%Y-%m-%d %H:%M:%S}", url(at)])
            writer.writerow([2, "别人", f"{at.astimezone(SCHOOL):%Y-%m-%d %H:%M:%S}", "http://elsewhere.example/"])
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["网址", "访问时间"])
    for at in NIGHTS[1::2]:
        page.append([url(at), at.astimezone(SCHOOL).replace(tzinfo=None)])
    book.save(logs / "b.xlsx")
    world = school(tmp_path / "bundles", {"kind": "table", "path": str(logs)})
    proves_all_but_two_days(await markers(world))
    assert not any("别人".encode() in raw for raw in world.kept.values())


async def test_an_export_that_is_written_anew_with_the_same_length_is_looked_at_again(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    export = logs / "behaviour.csv"
    export.write_text(f"访问时间,网址\n2026-11-25 19:00:00,http://x/?m={PREFIX.decode()}old\n", "utf-8")
    world = school(tmp_path / "bundles", {"kind": "table", "path": str(logs)})
    store = haystack(Context(world, canary, world.campus.canary), world.campus.log_source[0])
    since = await asyncio.to_thread(store.marks)
    wanted = Wanted((PREFIX,), since)
    assert await asyncio.to_thread(lambda: list(store.find(wanted))) == []
    export.write_text(export.read_text("utf-8").replace("old", "new"), "utf-8")
    [line] = await asyncio.to_thread(lambda: list(store.find(wanted)))
    assert line.data.endswith(b'new"')


async def test_an_export_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100)
    seen = await markers(school(tmp_path / "bundles", {"kind": "table", "path": str(tmp_path / "logs")}))
    assert isinstance(seen.value, Canary)
    assert (seen.value.oldest, seen.value.unreadable_files) == (None, 1)


# ---- archives --------------------------------------------------------------------------------------------------------


async def test_markers_within_zip_and_tar_archives(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    halves = [
        "".join(f"{at.astimezone(SCHOOL):%Y-%m-%dT%H:%M:%S%z} gw {url(at)}\n" for at in part)
        for part in (NIGHTS[100:], NIGHTS[:100])
    ]
    with zipfile.ZipFile(logs / "old.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gw.log", halves[0])
    (tmp_path / "gw.log").write_text(halves[1])
    with tarfile.open(logs / "new.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "gw.log", "gw.log")
    proves_all_but_two_days(await markers(school(tmp_path / "bundles", {"kind": "directory", "path": str(logs)})))


# ---- search engines --------------------------------------------------------------------------------------------------

STORES = {"os": {"kind": "opensearch", "index": "fw-*"}, "loki": {"kind": "loki", "selector": '{job="fw"}'}}


def documents(field: str) -> list[tuple[datetime | None, dict[str, str]]]:
    found: list[tuple[datetime | None, dict[str, str]]] = [
        (at, {field: f"GET {url(at)}", "user": "x"}) for at in NIGHTS
    ]
    others: list[tuple[datetime | None, dict[str, str]]] = [(at, {field: "GET http://y/"}) for at in NIGHTS]
    return [*others, *found]


@pytest.mark.parametrize(("name", "field"), [("os", "message"), ("os", "url.keyword"), ("loki", "message")])
async def test_markers_in_search_engines(tmp_path: Path, name: str, field: str) -> None:
    fake = Fake(documents(field))
    with serving(fake) as address:
        proves_all_but_two_days(await markers(school(tmp_path, STORES[name] | {"url": address})))
    assert all(("_search" in path) or ("query_range" in path) for _, path in fake.asked), fake.asked


@pytest.mark.parametrize("name", STORES)
async def test_more_hits_than_a_page_all_come(tmp_path: Path, name: str) -> None:
    records = [(NOW - timedelta(minutes=n), {"message": f"cac1-{n}"}) for n in range(2500)]
    with serving(Fake([*records])) as address:
        world = school(tmp_path, STORES[name] | {"url": address})
        store = haystack(Context(world, canary, world.campus.canary), world.campus.log_source[0])
        found = await asyncio.to_thread(lambda: list(store.find(Wanted((PREFIX,)))))
    assert len({line.data for line in found}) == len(found) == 2500


@pytest.mark.parametrize("name", STORES)
async def test_only_what_came_since_and_a_day_before(tmp_path: Path, name: str) -> None:
    records = [(NOW - timedelta(hours=n), {"message": f"cac1-{n}"}) for n in (1, 25, 30)]
    with serving(Fake([*records])) as address:
        world = school(tmp_path, STORES[name] | {"url": address})
        store = haystack(Context(world, canary, world.campus.canary), world.campus.log_source[0])
        since = await asyncio.to_thread(store.marks)
        found = await asyncio.to_thread(lambda: list(store.find(Wanted((PREFIX,), since))))
    assert [line.data.count(b"cac1-1") + line.data.count(b"cac1-25") for line in found] == [1, 1]


@pytest.mark.parametrize("needle", ['a"} | drop', 'x"*) OR (*', "a\\", "\\", "100%_!", "`"])
@pytest.mark.parametrize("name", STORES)
async def test_a_needle_is_no_query(tmp_path: Path, name: str, needle: str) -> None:
    with serving(Fake([(NOW, {"message": needle, "url.keyword": needle}), (NOW, {"message": "harmless"})])) as address:
        world = school(tmp_path, STORES[name] | {"url": address})
        store = haystack(Context(world, canary, world.campus.canary), world.campus.log_source[0])
        found = await asyncio.to_thread(lambda: list(store.find(Wanted((needle.encode(),)))))
    assert all(b"harmless" not in line.data for line in found)


async def test_parts_of_an_answer_prove_no_missing_marker(tmp_path: Path) -> None:
    with serving(Fake(documents("message"), failed_shards=1)) as address:
        seen = await markers(school(tmp_path, STORES["os"] | {"url": address}))
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, Reason.UNEXPECTED_ANSWER)
    with serving(Fake([], answer=(200, b'{"status": "success", "data": 5}'))) as address:
        seen = await markers(school(tmp_path, STORES["loki"] | {"url": address}))
    assert seen.status is Status.UNAVAILABLE


async def test_too_many_hits_are_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.logs.search.loki.MOST_LINES", 5)
    monkeypatch.setattr("probes.logs.search.search_index.MOST_LINES", 5)
    monkeypatch.setattr(sought, "MOST_LINES", 5)
    records = [(NOW - timedelta(minutes=n), {"message": f"cac1-{n}"}) for n in range(2500)]
    for store in STORES.values():
        with serving(Fake([*records])) as address:
            seen = await markers(school(tmp_path, store | {"url": address}))
        assert "not all looked at" in seen.detail


# ---- devices ---------------------------------------------------------------------------------------------------------


class Console:
    """What the probe sees of a console."""

    def __init__(self, dialect: str, answers: dict[str, str]) -> None:
        self.dialect = load_dialects()[dialect]
        self.answers = answers

    async def run(self, line: str) -> str:
        self.dialect.gate.check(line)
        return self.answers.get(line, "Error: Unrecognized command found at '^' position.\n% Invalid input")


def with_console(monkeypatch: pytest.MonkeyPatch, console: Console) -> None:
    @asynccontextmanager
    async def opened(_: Context, __: object) -> Any:
        yield console

    monkeypatch.setattr(Context, "ssh", opened)


DEVICE = {"device": [{"id": "fw", "role": "firewall", "address": "127.0.0.1"}], "source": {"device": "fw"}}

HUAWEI = (
    "<190>Nov 25 2026 11:59:58+00:00 USG %%01SHELL/5/CMDRECORD(s)[7]:Recorded command information. (Task=VT0)\n"
    '<188>Nov 25 2026 11:59:59+00:00 USG %%01IPS/4/DETECT(l)[0]:An intrusion was detected. (SyslogId=5, VSys="public",'
    ' Policy="out", SrcIp=10.1.2.3, DstIp=10.9.9.9, SrcPort=51834, DstPort=80, SrcZone=trust, Protocol=TCP,'
    ' Profile="ids", SignName="Unix id command output", Action=Alert)\n'
    "<190>Nov 25 2026 12:00:00+00:00 USG %%01SECLOG/6/SESSION(l)[9]:SrcIp=10.1.2.3, SrcPort=51834, DstIp=10.9.9.9,"
    " DstPort=80\n"
)
H3C = (
    "%Nov 25 19:59:58:123 2026 H3C IPS/4/IPS_IPV4_INTERZONE: Protocol(1001)=TCP; Application(1002)=http;"
    " SrcIPAddr(1003)=10.1.2.3; SrcPort(1004)=51834; DstIPAddr(1007)=10.9.9.9; DstPort(1008)=80; AttackName(1088)=x;\n"
)
CISCO = (
    "*Nov 25 11:59:59.047: %IPS-4-SIGNATURE: Sig:5123 Subsig:0 Sev:5 id check [10.1.2.3:51834 -> 10.9.9.9:80]\n"
    "*Nov 25 11:59:59.047: %SEC-6-IPACCESSLOGP: list 1 permitted tcp 10.1.2.3(51834) -> 10.9.9.9(80), 1 packet\n"
)
SHOWN = {
    "huawei-usg": ("display logbuffer", HUAWEI),
    "h3c-secpath": ("display logbuffer", H3C),
    "cisco-ios": ("show logging", CISCO),
}
OURS = Answer("answered", local=("10.1.2.3", 51834), remote=("10.9.9.9", 80))
OTHERS = (
    Answer("answered", local=("10.1.2.3", 5183), remote=("10.9.9.9", 80)),
    Answer("answered", local=("10.1.2.33", 51834), remote=("10.9.9.9", 80)),
    Answer("answered", local=("10.1.2.3", 51834), remote=("10.9.9.9", 8)),
    Answer("answered", local=("10.1.2.3", 51834), remote=("9.9.9.9", 80)),
)


@pytest.mark.parametrize("dialect", SHOWN)
async def test_of_what_a_device_shows_only_its_alerts_are_alerts(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, shown = SHOWN[dialect]
    with_console(monkeypatch, Console(dialect, {command: shown}))
    world = school(tmp_path, {"kind": "device"}, **DEVICE)
    store = haystack(Context(world, canary, world.campus.canary), world.campus.log_source[0])
    found = await asyncio.to_thread(lambda: list(store.find(Wanted((b"10.1.2.3",)))))
    [alert] = [line for line in found if line.alert]
    assert b"IPS" in alert.data
    assert len(found) == shown.count("10.1.2.3")
    assert _is_ours(alert, "cac1-none", OURS)
    assert not any(_is_ours(alert, "cac1-none", other) for other in OTHERS)


async def test_what_a_device_showed_before_is_no_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"display logbuffer": HUAWEI}
    with_console(monkeypatch, Console("huawei-usg", answers))
    world = school(tmp_path, {"kind": "device"}, **DEVICE)
    store = haystack(Context(world, canary, world.campus.canary), world.campus.log_source[0])
    since = await asyncio.to_thread(store.marks)
    assert store.tells_alerts is True
    news = Wanted((b"10.1.2.3",), since)
    assert await asyncio.to_thread(lambda: list(store.find(news))) == []
    answers["display logbuffer"] += HUAWEI.splitlines()[1].replace("11:59:59", "12:00:01") + "\n"
    [line] = await asyncio.to_thread(lambda: list(store.find(news)))
    assert line.alert
    assert b"12:00:01" in line.data


@pytest.mark.parametrize(("dialect", "answers"), [("huawei-vrp", {"display logbuffer": HUAWEI}), ("huawei-usg", {})])
async def test_a_device_that_shows_no_alerts_to_anybody_is_not_tested(
    dialect: str, answers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_console(monkeypatch, Console(dialect, answers))
    allowed = {"allowed_by": "王校长", "until": "2099-12-31"}
    entry = {"id": "ids", "kind": "ids_alert", "url": "http://127.0.0.1:1/", "log_source": "gw", "within_s": 1.0}
    world = school(tmp_path, {"kind": "device"}, **DEVICE, controls=allowed, control=[entry])
    [seen] = await look(control, world, world.campus.control[0])
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, Reason.NOT_SUPPORTED)
    assert "syslog" in seen.detail
    assert world.kept[seen.raw[0]] == b"[]", "nothing was sent"


async def test_markers_in_a_devices_buffer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = "".join(f"{at.astimezone(SCHOOL):%b %d %Y %H:%M:%S} USG %%01HTTP/6/URL(l)[1]:{url(at)}\n" for at in NIGHTS)
    with_console(monkeypatch, Console("huawei-usg", {"display logbuffer": "Current messages : 9\n" + shown}))
    proves_all_but_two_days(await markers(school(tmp_path, {"kind": "device"}, **DEVICE)))


async def test_a_source_without_its_device_is_told(tmp_path: Path) -> None:
    seen = await markers(school(tmp_path, {"kind": "device"}))
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, Reason.NOT_CONFIGURED)


def test_an_alert_over_ipv6() -> None:
    line = b"%%01IPS/4/DETECT(l): (SrcIp=fd00::1, DstIp=fd00::2, SrcPort=51834, DstPort=80, SrcZone=trust)"
    ours = Answer("answered", local=("fd00::1", 51834), remote=("fd00::2", 80))
    assert _is_ours(Line(line, "fw", 0.0, alert=True), "x", ours)
    assert not _is_ours(Line(line.replace(b"51834", b"5183"), "fw", 0.0, alert=True), "x", ours)
