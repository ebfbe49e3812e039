"""The trace drill: found, not found, found late, killed in between; and what a record must hold."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from auditor.cli import main
from probes.kinds import Trace
from probes.observation import Observation, Reason
from probes.trace import trace
from tests.logtrees import SCHOOL
from tests.web_servers import Answer, Answering, page, refusing, serving
from tests.world import TestWorld, campus, look

MAC = "00:1e:c2:a1:b2:c3"


class Gateway(Answering):
    """A site, and the gateway before it that logs its visitors with ``write``."""

    def __init__(self, log: Path, write: Callable[[str], str]) -> None:
        super().__init__(self.logged)
        self.log = log
        self.write = write
        self.asked: list[str] = []

    def logged(self, path: str) -> Answer:
        self.asked.append(path)
        with self.log.open("a", encoding="utf-8") as file:
            file.write(self.write(path))
        return page("x")


def full(path: str) -> str:
    now = datetime.now(SCHOOL)
    return f"{now:%Y-%m-%d %H:%M:%S} gw user=auditor src=127.0.0.1 mac={MAC} url={path}\n"


def world(folder: Path, url: str, minutes: float = 0.05, **settings: Any) -> TestWorld:
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    made = campus(
        log_source=[{"id": "gw", "records": ["behaviour"], "store": {"kind": "directory", "path": str(logs)}}],
        drill=[{"id": "wired", "url": url, "log_sources": ["gw"], "within_minutes": minutes, **settings}],
        audit={"bundles": str(folder / "bundles")},
    )
    return TestWorld(made)


async def drilled(made: TestWorld) -> Observation:
    [seen] = await look(trace, made, made.campus.drill[0])
    assert seen.subject == "control:trace"
    return seen


def value_of(seen: Observation) -> Trace:
    assert isinstance(seen.value, Trace)
    return seen.value


@pytest.fixture
def own_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    card = [
        SimpleNamespace(family=socket.AF_INET, address="127.0.0.1"),
        SimpleNamespace(family=psutil.AF_LINK, address=MAC),
    ]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth0": card})


async def test_a_record_is_found_at_once_with_all_four_fields(tmp_path: Path, own_mac: None) -> None:
    (tmp_path / "logs").mkdir()
    gateway = Gateway(tmp_path / "logs" / "gw.log", full)
    with serving(gateway) as site:
        made = world(tmp_path, f"{site}/page", minutes=15, user="auditor")
        seen = await drilled(made)
    value = value_of(seen)
    assert value.found
    assert value.delay_s is not None
    assert value.delay_s < 60
    assert value.fields == ("time", "user", "ip", "mac")
    assert value.log_source == "gw"
    assert not list((tmp_path / "bundles").glob("drill-*"))
    assert MAC.encode() not in made.kept[seen.raw[0]]


RECORDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "another's address and card": (
        "{now} gw user=li src=127.0.0.10 mac=00-1e-c2-00-00-00 url={path}\n", ("time",),
    ),
    "dotted MAC": ("{now} gw 用户名：auditor 源IP=127.0.0.1 001e.c2a1.b2c3 {path}\n", ("time", "user", "ip", "mac")),
    "an old time": ("2026-01-01 00:00:00 gw usr=auditor src=127.0.0.1:4711 url={path}\n", ("user", "ip")),
    "nobody": ("{now} gw user=- src=127.0.0.1 url={path}\n", ("time", "ip")),
    "nobody, as an object": ('{now} gw {{"user": {{}}, "src": "127.0.0.1", "url": "{path}"}}\n', ("time", "ip")),
    "an object": ('{now} gw {{"user": {{"id": 7, "name": "li"}}, "url": "{path}"}}\n', ("time", "user")),
    "a column of its own name": ('{now} gw src_user="li" user_agent="x" url={path}\n', ("time", "user")),
    "only the program that asked": ("{now} gw user_agent=campus-auditor superuser=li url={path}\n", ("time",)),
}  # fmt: skip


@pytest.mark.parametrize("case", RECORDS)
async def test_only_fields_that_are_right_for_this_computer_count(case: str, tmp_path: Path, own_mac: None) -> None:
    template, expected = RECORDS[case]
    (tmp_path / "logs").mkdir()

    def write(path: str) -> str:
        return template.format(now=f"{datetime.now(SCHOOL):%Y-%m-%d %H:%M:%S}", path=path)

    with serving(Gateway(tmp_path / "logs" / "gw.log", write)) as site:
        settings = {"user": "auditor"} if "another" in case else {}
        seen = await drilled(world(tmp_path, f"{site}/page", minutes=1, **settings))
    assert value_of(seen).fields == expected


async def test_a_request_that_no_log_holds_is_not_found_when_the_time_is_up(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with serving(Gateway(tmp_path / "logs" / "gw.log", lambda _: "2026-11-25 12:00:00 gw url=/other\n")) as site:
        seen = await drilled(world(tmp_path, f"{site}/page"))
    assert value_of(seen).found is False
    assert value_of(seen).delay_s is None


async def test_a_drill_that_cannot_run_proves_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with refusing() as url:
        assert (await drilled(world(tmp_path, url))).reason is Reason.NO_ANSWER
    made = world(tmp_path, "http://127.0.0.1:9/")
    (tmp_path / "logs").rmdir()
    assert (await drilled(made)).reason is Reason.FILE_NOT_FOUND
    assert not list((tmp_path / "bundles").glob("drill-*"))


async def killed(made: TestWorld, folder: Path) -> Path:
    """Begin a drill and end it as soon as its request is out; gives the file in which it stands."""
    begun = asyncio.create_task(drilled(made))
    state = folder / "bundles" / "drill-wired.json"
    until = time.monotonic() + 30
    while not state.exists():
        assert time.monotonic() < until
        await asyncio.sleep(0.02)
    begun.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await begun
    return state


async def test_a_drill_that_was_killed_goes_on_with_its_own_request(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "gw.log"
    gateway = Gateway(log, lambda _: "")
    with serving(gateway) as site:
        made = world(tmp_path, f"{site}/page", minutes=10)
        state = await killed(made, tmp_path)
        assert state.stat().st_mode & 0o077 == 0
        log.write_text(full(gateway.asked[0]))
        seen = await drilled(made)
    assert len(gateway.asked) == 1
    assert value_of(seen).found
    assert not state.exists()


@pytest.mark.parametrize(("written_after_s", "delay_s"), [(120, 120), (3600, 3600)])
async def test_coming_back_late_the_time_of_the_file_tells_when_the_record_was_there(
    tmp_path: Path, written_after_s: int, delay_s: int
) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "gw.log"
    gateway = Gateway(log, lambda _: "")
    with serving(gateway) as site:
        made = world(tmp_path, f"{site}/page", minutes=15)
        await killed(made, tmp_path)
    sent = datetime.now(UTC)
    log.write_text(full(gateway.asked[0]))
    os.utime(log, (sent.timestamp() + written_after_s,) * 2)
    made.at = sent + timedelta(hours=5)
    value = value_of(await drilled(made))
    assert value.found
    assert value.delay_s == pytest.approx(delay_s, abs=15)


def inventory(folder: Path, url: str) -> Path:
    (folder / "logs").mkdir(exist_ok=True)
    path = folder / "inventory.toml"
    path.write_text(
        f"""
[school]
name = "示例中学"
stages = ["junior"]

[[log_source]]
id = "gw"
records = ["behaviour"]
store = {{ kind = "directory", path = "logs" }}

[[drill]]
id = "wired"
url = "{url}"
log_sources = ["gw"]
within_minutes = 0.05
""",
        "utf-8",
    )
    return path


def test_the_command_says_what_came_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "logs").mkdir()
    with serving(Gateway(tmp_path / "logs" / "gw.log", full)) as site:
        path = str(inventory(tmp_path, f"{site}/page"))
        assert main(["drill", path, "--lang", "en"]) == 0
        assert "drill:wired: found in gw after" in capsys.readouterr().out
        (tmp_path / "logs" / "gw.log").unlink()
        assert main(["audit", path, "--only", "trace", "--dry-run", "--lang", "en"]) == 0
        assert f"trace drill:wired: GET {site}/page?campus-audit=<marker>" in capsys.readouterr().out
    assert main(["drill", path, "--lang", "zh"]) == 3
    assert main(["drill", path, "--id", "nowhere", "--lang", "en"]) == 2


def test_the_command_ends_with_1_where_the_request_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with serving(Gateway(tmp_path / "logs" / "gw.log", lambda _: "")) as site:
        assert main(["drill", str(inventory(tmp_path, f"{site}/page")), "--json"]) == 1
