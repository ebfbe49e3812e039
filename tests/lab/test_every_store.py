"""The drill and the IDS test, from the request to the verdict, on every kind of store: the same record in each.

PostgreSQL, sshd and the consoles are real; OpenSearch and Loki are the strict stand-ins of ``tests.log_servers``.
"""

from __future__ import annotations

import contextlib
import csv
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import psutil
import pytest

from probes.control import control
from probes.kinds import Control, Trace
from probes.trace import trace
from tests.lab.test_log_databases import PASSWORD, postgresql  # noqa: F401  a fixture
from tests.lab.test_log_sftp import sshd
from tests.log_servers import Fake
from tests.log_servers import serving as search_engine
from tests.logtrees import SCHOOL
from tests.recorded_consoles import SSHD, Recorded, openssh
from tests.web_servers import Answering, serving
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(SSHD is None, reason="no OpenSSH server (sshd) here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="servers of its own want root"),
]

MAC = "00:1e:c2:a1:b2:c3"
ALERT = "[1:2100498:7] GPL ATTACK_RESPONSE id check returned root"
COLUMNS = {"at": "访问时间", "user": "用户名", "src": "源IP", "mac": "MAC地址", "url": "网址", "note": "备注"}


@dataclass
class Place:
    """A store, what the inventory says of it, and the way to put a record there."""

    store: dict[str, Any]
    put: Callable[[dict[str, str]], None]
    credential: dict[str, Any] | None = None
    device: dict[str, Any] | None = None


def line_of(record: dict[str, str]) -> str:
    return " ".join([record["at"], "gw", *(f'{name}="{value}"' for name, value in record.items() if name != "at")])


def files(folder: Path) -> Place:
    def put(record: dict[str, str]) -> None:
        with (folder / "gw.log").open("a") as file:
            file.write(line_of(record) + "\n")

    return Place({"kind": "directory", "path": str(folder)}, put)


@contextlib.contextmanager
def sftp(folder: Path) -> Iterator[Place]:
    (folder / "logs").mkdir()
    with sshd(folder, "Subsystem sftp internal-sftp -R\n") as server:
        store = {"kind": "sftp", "address": "127.0.0.1", "port": server.port, "credential": "ops"}
        login = {"id": "ops", "kind": "ssh", "user": "root", "key_file": str(server.key)}
        yield Place({**store, "path": str(folder / "logs")}, files(folder / "logs").put, login)


def csv_export(folder: Path) -> Place:
    def put(record: dict[str, str]) -> None:
        with (folder / "behaviour.csv").open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS.values())
            writer.writerow([record.get(name, "") for name in COLUMNS])

    return Place({"kind": "table", "path": str(folder)}, put)


def xlsx_export(folder: Path) -> Place:
    def put(record: dict[str, str]) -> None:
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.append(list(COLUMNS.values()))
        page.append([record.get(name, "") for name in COLUMNS])
        book.save(folder / "behaviour.xlsx")

    return Place({"kind": "table", "path": str(folder)}, put)


def moment(record: dict[str, str]) -> datetime:
    return datetime.strptime(record["at"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SCHOOL).astimezone(UTC)


@contextlib.contextmanager
def opensearch(_: Path) -> Iterator[Place]:
    fake = Fake([])
    with search_engine(fake) as url:
        yield Place(
            {"kind": "opensearch", "url": url, "index": "fw-*"},
            lambda record: fake.records.append((moment(record), {key: record[key] for key in record if key != "at"})),
        )


@contextlib.contextmanager
def loki(_: Path) -> Iterator[Place]:
    fake = Fake([])
    with search_engine(fake) as url:
        yield Place(
            {"kind": "loki", "url": url, "selector": '{job="fw"}'},
            lambda record: fake.records.append((moment(record), {"message": line_of(record)})),
        )


@contextlib.contextmanager
def device(folder: Path) -> Iterator[Place]:
    """An IOS console whose buffer holds the records."""
    shown = folder / "buffer.txt"
    shown.touch()
    quiet = {line: [f"{line}\r\nR1#"] for line in ("terminal length 0", "terminal width 256")}
    console = Recorded("R1#", quiet, {"show logging": str(shown)})

    def put(record: dict[str, str]) -> None:
        with shown.open("a") as file:
            file.write(f"{line_of(record).replace(' gw ', ': %IPS-4-SIGNATURE: ', 1)}\n")

    with openssh(folder, console, "% Invalid input detected at '^' marker.\r\n") as (port, key, _):
        yield Place(
            {"kind": "device"},
            put,
            {"id": "ops", "kind": "ssh", "user": "root", "key_file": str(key)},
            {
                "id": "r1",
                "role": "router",
                "address": "127.0.0.1",
                "dialect": "cisco-ios",
                "ssh": {"credential": "ops", "port": port, "timeout_s": 20},
            },
        )


def database(server: Any) -> Place:
    server.run(
        "DROP TABLE IF EXISTS gateway.visits",
        'CREATE TABLE gateway.visits (at timestamp, "user" text, src text, mac text, url text, note text)',
        "GRANT SELECT ON gateway.visits TO auditor",
    )

    def put(record: dict[str, str]) -> None:
        names = ", ".join(f'"{name}"' for name in record)
        server.run(f"INSERT INTO gateway.visits ({names}) VALUES ({', '.join(repr(one) for one in record.values())})")

    store = {"kind": "postgresql", "address": "127.0.0.1", "port": server.port, "database": "postgres"}
    login = {"id": "ops", "kind": "database", "user": "auditor", "password": "env:DB"}
    return Place({**store, "table": "gateway.visits", "time_column": "at", "credential": "ops"}, put, login)


PLACES: dict[str, Callable[[Path], Any]] = {
    "directory": lambda folder: contextlib.nullcontext(files(folder)),
    "sftp": sftp,
    "csv": lambda folder: contextlib.nullcontext(csv_export(folder)),
    "xlsx": lambda folder: contextlib.nullcontext(xlsx_export(folder)),
    "opensearch": opensearch,
    "loki": loki,
    "device": device,
}


@pytest.fixture(params=[*PLACES, "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    card = [
        SimpleNamespace(family=socket.AF_INET, address="127.0.0.1"),
        SimpleNamespace(family=psutil.AF_LINK, address=MAC),
    ]
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth0": card})
    (tmp_path / "store").mkdir()
    if request.param == "postgresql":
        yield database(request.getfixturevalue("postgresql"))
        return
    with PLACES[request.param](tmp_path / "store") as found:
        yield found


def gateway(place: Place, what: Callable[..., dict[str, str]]) -> Answering:
    """A site, and what stands before it and records who asks for what."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        now = f"{datetime.now(SCHOOL):%Y-%m-%d %H:%M:%S}"
        place.put(
            {"at": now, **what(*request.client_address[:2], *request.connection.getsockname()[:2], url=request.path)}
        )
        request.send_response(200)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return Answering(lambda _: answer)


def world(place: Place, folder: Path, **tables: Any) -> TestWorld:
    source = {"id": "gw", "records": ["behaviour"], "store": place.store}
    made = campus(
        log_source=[{**source, "device": "r1"} if place.device else source],
        credential=[place.credential] if place.credential else [],
        device=[place.device] if place.device else [],
        audit={"bundles": str(folder / "bundles")},
        canary={"signing_key": "env:KEY"},
        **tables,
    )
    return TestWorld(made, secrets={"env:KEY": "k" * 40, "env:DB": PASSWORD})


RECORDS: dict[str, tuple[Callable[..., dict[str, str]], tuple[str, ...]]] = {
    "all four": (
        lambda ip, *_, url: {"user": "auditor", "src": ip, "mac": MAC.replace(":", "-").upper(), "url": url},
        ("time", "user", "ip", "mac"),
    ),
    "no user, no MAC": (lambda ip, *_, url: {"src": ip, "url": url}, ("time", "ip")),
}


@pytest.mark.parametrize("case", RECORDS)
async def test_the_drill_finds_its_request_and_tells_what_the_record_lacks(
    place: Place, case: str, tmp_path: Path
) -> None:
    what, fields = RECORDS[case]
    with serving(gateway(place, what)) as site:
        drill = {"id": "wired", "url": f"{site}/page", "log_sources": ["gw"], "user": "auditor", "within_minutes": 15}
        made = world(place, tmp_path, drill=[drill])
        [seen] = await look(trace, made, made.campus.drill[0])
    assert isinstance(seen.value, Trace), seen.detail
    assert seen.value.found
    assert seen.value.delay_s is not None
    assert seen.value.delay_s < 120
    assert seen.value.fields == fields


ALERTS: dict[str, tuple[Callable[..., dict[str, str]], bool]] = {
    "with the address asked for": (lambda ip, *_, url: {"src": ip, "url": url, "note": ALERT}, True),
    "with both ends": (
        lambda ip, port, to, at, **_: {"src": ip, "note": f"{ALERT} sport={port} dip={to} dport={at}"},
        True,
    ),
    "of somebody else": (lambda ip, port, to, at, **_: {"note": f"{ALERT} {ip}:{port + 1} -> {to}:{at}"}, False),
}


@pytest.mark.parametrize("case", ALERTS)
async def test_the_alert_about_the_request_is_found_and_no_other(place: Place, case: str, tmp_path: Path) -> None:
    raised, on = ALERTS[case]

    with serving(gateway(place, raised)) as site:
        entry = {"id": "ids", "kind": "ids_alert", "url": f"{site}/", "log_source": "gw", "within_s": 1.0}
        allowed = {"allowed_by": "王校长", "until": "2099-12-31"}
        made = world(place, tmp_path, controls=allowed, control=[entry])
        [seen] = await look(control, made, made.campus.control[0])
    assert isinstance(seen.value, Control), seen.detail
    assert (seen.value.conclusion == "works", seen.value.detected) == (on, on)
