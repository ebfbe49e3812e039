"""``ids_alert`` whose alerts are read on the device itself, through a real OpenSSH server that plays its console."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from probes.control import control
from probes.dialect import load_dialects
from probes.kinds import Control
from probes.logs.search.buffer import DeviceHaystack
from probes.observation import Observation, Reason, Status
from tests.recorded_consoles import SSHD, Recorded, openssh
from tests.web_servers import Answering, serving
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(SSHD is None, reason="no OpenSSH server (sshd) here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd with its own host keys and users wants root"),
]

SCHOOL = ZoneInfo("Asia/Shanghai")
PROMPTS = {
    "huawei-usg": "<USG>",
    "h3c-secpath": "<H3C>",
    "cisco-ios": "Router#",
    "hillstone": "SG-6000# ",
    "paloalto-panos": "auditor@PA-440(active)> ",
}
UNKNOWN = "% Unrecognized command found at '^' position. Unknown command\r\n"
Ends = tuple[str, int, str, int]


def huawei(at: datetime, ends: Ends) -> str:
    src, sport, dst, dport = ends
    return (
        f'{at:%b %d %Y %H:%M:%S} USG %%01IPS/4/DETECT(l)[12]:An intrusion was detected. (SyslogId=5, VSys="public",'
        f' Policy="out", SrcIp={src}, DstIp={dst}, SrcPort={sport}, DstPort={dport}, SrcZone=trust, Protocol=TCP,'
        ' Profile="ids", SignName="Unix id command output", SignId=1021030, Action=Alert)'
    )


def h3c(at: datetime, ends: Ends) -> str:
    src, sport, dst, dport = ends
    return (
        f"%{at:%b %d %H:%M:%S}:123 {at:%Y} H3C IPS/4/IPS_IPV4_INTERZONE: Protocol(1001)=TCP; Application(1002)=http;"
        f" SrcIPAddr(1003)={src}; SrcPort(1004)={sport}; DstIPAddr(1007)={dst}; DstPort(1008)={dport};"
    )


def cisco(at: datetime, ends: Ends) -> str:
    src, sport, dst, dport = ends
    return f"{at:%b %d %Y %H:%M:%S}.047: %IPS-4-SIGNATURE: Sig:5123 Sev:5 id check [{src}:{sport} -> {dst}:{dport}]"


def hillstone(at: datetime, ends: Ends) -> str:
    src, sport, dst, dport = ends
    return (
        f"{at:%Y-%m-%d %H:%M:%S}, INFO@Threat@IPS: From {src}:{sport}(eth0/1) to {dst}:{dport}(ethernet0/2), threat"
        " name: INDICATOR id check returned root, threat type: Attack, threat subtype: Web Attack, App/Protocol: HTTP,"
        " action: log-only, defender: IPS, signature ID: 310021, profile: predef_default, threat severity: Low"
    )


def palo_alto(at: datetime, ends: Ends) -> str:
    src, sport, dst, dport = ends
    when = f"{at:%Y/%m/%d %H:%M:%S}"
    return (
        f"1,{when},012345678901234,THREAT,vulnerability,2560,{when},{src},{dst},0.0.0.0,0.0.0.0,rule1,,,web-browsing,vsys1,"
        f'trust,untrust,eth1/2,eth1/1,fwd,{when},54321,1,{sport},{dport},0,0,0x2000,tcp,alert,"x",id check(30),any'
    )


VENDORS: dict[str, tuple[str, Callable[[datetime, Ends], str]]] = {
    "huawei-usg": ("display logbuffer", huawei),
    "h3c-secpath": ("display logbuffer", h3c),
    "cisco-ios": ("show logging", cisco),
    "hillstone": ("show logging threat", hillstone),
    "paloalto-panos": ("show log threat direction equal backward csv-output equal yes", palo_alto),
}


def now() -> datetime:
    return datetime.now(UTC).astimezone(SCHOOL)


def raised(write: Callable[[Ends], str], shown: Path, after_s: float = 0.0) -> Answering:
    """A site beside which the device raises alerts."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        own = request.connection.getsockname()
        line = write((*request.client_address[:2], *own[:2])) + "\n"

        def raise_it() -> None:
            with shown.open("a") as file:
                file.write(line)

        later = threading.Timer(after_s, raise_it)
        later.daemon = True
        if after_s:
            later.start()
        else:
            raise_it()
        request.send_response(200)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return Answering(lambda _: answer)


async def outcome(
    folder: Path, dialect: str, write: Callable[[Ends], str], *, within_s: float = 1.0, after_s: float = 0.0
) -> Observation:
    """The test against a site, and a console that shows what the device has raised so far."""
    shown = folder / "alerts.txt"
    shown.write_text(VENDORS[dialect][1](now() - timedelta(days=1), ("10.1.1.1", 40000, "10.2.2.2", 80)) + "\n")
    known = load_dialects()[dialect].console
    assert known is not None
    quiet = {line: [f"{line}\r\n{PROMPTS[dialect]}"] for line in known.paging}
    console = Recorded(PROMPTS[dialect], quiet, {VENDORS[dialect][0]: str(shown)})
    with (
        openssh(folder, console, UNKNOWN) as (port, key, typed),
        serving(raised(write, shown, after_s)) as site,
    ):
        ops: dict[str, Any] = {"id": "ops", "kind": "ssh", "user": "root", "key_file": str(key)}
        ssh = {"credential": "ops", "port": port, "timeout_s": 20}
        made = campus(
            credential=[ops],
            device=[{"id": "fw", "role": "firewall", "address": "127.0.0.1", "dialect": dialect, "ssh": ssh}],
            log_source=[{"id": "ids", "device": "fw", "records": ["ids"], "store": {"kind": "device"}}],
            controls={"allowed_by": "王校长", "until": "2099-12-31"},
            control=[{"id": "ids", "kind": "ids_alert", "url": f"{site}/", "log_source": "ids", "within_s": within_s}],
            canary={"signing_key": "env:KEY"},
        )
        world = TestWorld(made, secrets={"env:KEY": "k" * 40})
        [seen] = await look(control, world, made.control[0])
        sent = {line.strip() for line in typed.read_text().split("\n") if line.strip()}
    assert sent <= {*load_dialects()[dialect].sent, *known.paging}
    return seen


@pytest.mark.parametrize("dialect", VENDORS)
async def test_the_alert_about_our_request_is_found_on_the_device(dialect: str, tmp_path: Path) -> None:
    seen = await outcome(tmp_path, dialect, lambda ends: VENDORS[dialect][1](now(), ends))
    assert isinstance(seen.value, Control), seen.detail
    assert (seen.value.conclusion, seen.value.detected) == ("works", True)


async def test_an_alert_that_comes_within_the_window_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeviceHaystack, "pause_s", 0.5)
    seen = await outcome(tmp_path, "hillstone", lambda ends: hillstone(now(), ends), within_s=60, after_s=3)
    assert isinstance(seen.value, Control), seen.detail
    assert seen.value.conclusion == "works"


async def test_one_that_comes_after_it_is_not(tmp_path: Path) -> None:
    seen = await outcome(tmp_path, "hillstone", lambda ends: hillstone(now(), ends), after_s=60)
    assert isinstance(seen.value, Control), seen.detail
    assert (seen.value.conclusion, seen.value.detected) == ("does_not_work", False)


@pytest.mark.parametrize("dialect", ["huawei-usg", "paloalto-panos"])
async def test_the_same_ends_at_another_time_prove_nothing(dialect: str, tmp_path: Path) -> None:
    write = VENDORS[dialect][1]
    seen = await outcome(tmp_path, dialect, lambda ends: write(now() - timedelta(hours=3), ends))
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, Reason.UNEXPECTED_ANSWER)
    assert "with the same ends is dated" in seen.detail


async def test_an_alert_about_somebody_else_is_none_of_ours(tmp_path: Path) -> None:
    seen = await outcome(tmp_path, "hillstone", lambda ends: hillstone(now(), (ends[0], ends[1] + 1, *ends[2:])))
    assert isinstance(seen.value, Control), seen.detail
    assert seen.value.conclusion == "does_not_work"
