"""Recorded sessions of real devices behind a real OpenSSH server: what is read, and that nothing else is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probes.dialect import Command, Dialect, load_dialects
from probes.exposures import exposures
from probes.kinds import Exposure, Safeguard
from probes.observation import Status
from probes.safeguard_state import safeguards
from probes.transport.console import Console, Login
from probes.transport.gate import Gate, GateError
from probes.transport.known_hosts import KnownHosts
from probes.transport.ssh import open_session
from tests.recorded_consoles import SSHD, Recorded, openssh
from tests.world import TestWorld, campus, look

pytestmark = [
    pytest.mark.lab,
    pytest.mark.recordings,
    pytest.mark.skipif(SSHD is None, reason="no OpenSSH server (sshd) here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="sshd with its own host keys and users wants root"),
]

H3C = "h3c__5130-48G_7.1.070__simulation"
FORTIGATE = "fortigate__FortiGate-91G_7.4.7__simulation"
FORTIGATE_HA = "fortigate__FortiGate-501E_vdomHAdown__simulation"
CISCO = "ios__C9200L-24P-4G_17.09.04a__simulation"
UNKNOWN = {
    "hp-comware": "% Unrecognized command found at '^' position.\r\n",
    "fortinet": "Unknown action 0\r\n\r\n",
    "cisco-ios": "% Invalid input detected at '^' marker.\r\n\r\n",
}
DENIED = (
    "system-view",
    "configure terminal",
    "config system console",
    "set output standard",
    "reboot",
    "execute reboot",
    "save force",
    "write erase",
    "reset saved-configuration",
    "show version > flash:/x",
    "display clock >> flash:/x",
    "show version; reboot",
    "show version | redirect flash:/x",
    "show `reboot`",
    "display clock\nreboot",
    "show tech-support",
    "execute time 12:00:00",
    "show tech",
    "display diag",
    "display version | no-more > flash:/a",
    "show version | tee flash:/a",
    "show running-config | append flash:/a",
    "show version tftp://192.0.2.1/a",
    "display clock\rreboot",
    "display clock\x03reboot",
    "display clock\x1b[A",
    "display\tclock",
    "display clock\N{FULLWIDTH SEMICOLON}reboot",
    "get system status | grep x",
    "display clock " + "x" * 500,
    "dis clock",
    "SHOW version",
    "do show version",
    "debugging all",
    "terminal monitor",
    "start shell",
    "diagnose sys kill 9 1",
    "execute backup config tftp a 192.0.2.1",
    "show version?",
)


def recorded(name: str) -> Recorded:
    session = Recorded.load(name)
    if session is None:
        pytest.skip(f"recording not there: {name}")
    return session


def world_at(port: int, key: Path, dialect: str, role: str = "firewall") -> TestWorld:
    ops: dict[str, Any] = {"id": "ops", "kind": "ssh", "user": "root", "key_file": str(key)}
    ssh = {"credential": "ops", "port": port, "timeout_s": 15}
    device = {"id": "dev", "role": role, "address": "127.0.0.1", "dialect": dialect, "ssh": ssh}
    return TestWorld(campus(credential=[ops], device=[device]))


@pytest.fixture(params=[(H3C, "hp-comware"), (FORTIGATE, "fortinet"), (CISCO, "cisco-ios")], ids=lambda one: one[1])
def played(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, Path, Path, str]]:
    name, dialect = request.param
    with openssh(tmp_path, recorded(name), UNKNOWN[dialect]) as (port, key, log):
        yield port, key, log, dialect


async def test_everything_that_a_dialect_asks_and_nothing_else_is_sent(played: tuple[int, Path, Path, str]) -> None:
    port, key, log, name = played
    world, dialect = world_at(port, key, name), load_dialects()[name]
    async with open_session(world, world.campus.device[0]) as session:
        for line in dict.fromkeys(dialect.sent):
            await session.run(line)
        for line in DENIED:
            with pytest.raises(GateError):
                await session.run(line)
        said = session.raw()
    keys = log.read_text()
    assert keys.count("\n") > 3
    assert dialect.console is not None
    allowed = {*dialect.sent, *dialect.console.paging, dialect.console.enable or ""}
    for typed in keys.split("\n"):
        assert not typed.strip(" ") or typed.strip(" ") in allowed, typed
    for line in keys.split("\n"):
        assert not line.strip() or f"# sent: {line.strip()}" in said, "what was sent stands in the evidence"


def test_a_dialect_that_asks_for_changes_cannot_have_them_sent(played: tuple[int, Path, Path, str]) -> None:
    """Also one that was never loaded from a file, and so never looked at by the loader."""
    port, key, log, name = played
    honest = load_dialects()[name]
    assert honest.console is not None
    greedy = Dialect.model_construct(
        **{
            **{field: getattr(honest, field) for field in Dialect.model_fields},
            "verbs": ("display", "show", "get", "reboot", "save", "system-view", "config", "execute", "set"),
            "lines": DENIED,
        }
    )
    assert isinstance(greedy.gate, Gate)
    console = Console(Login("dev", "127.0.0.1", port, "root", 15, None, str(key), None, None), greedy, KnownHosts())
    console.open()
    try:
        for line in DENIED:
            with pytest.raises(GateError):
                console.run(line)
    finally:
        console.close()
    sent = [line.strip() for line in log.read_text().split("\n") if line.strip()]
    assert sent == [*honest.console.paging]


async def test_a_probe_whose_dialect_asks_for_changes_has_nothing_typed(
    played: tuple[int, Path, Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the loader and into a consultation: whatever a reading asks, the console is only sent the whitelist."""
    port, key, log, name = played
    honest = load_dialects()[name]
    fields = {field: getattr(honest, field) for field in Dialect.model_fields}
    world = world_at(port, key, name)
    for line in DENIED[::9]:
        asked = Command.model_construct(
            **{**dict(honest.command[0]), "send": line, "purpose": "exposure", "constant": {"what": "telnet"}}
        )
        words = {"verbs": ("display", "show", "get", "do", "execute", "reboot"), "lines": DENIED, "command": (asked,)}
        greedy = Dialect.model_construct(**{**fields, **words})
        monkeypatch.setattr("probes.transport.identity.load_dialects", lambda greedy=greedy: {name: greedy})
        with pytest.raises(GateError):
            await look(exposures, world, world.campus.device[0])
    assert honest.console is not None
    typed = {line.strip() for line in log.read_text().split("\n") if line.strip()}
    assert typed <= set(honest.console.paging)


async def test_the_banner_of_a_fortigate_is_accepted_and_nothing_else(tmp_path: Path) -> None:
    greeting = "\r\nAuthorised persons only.\r\n(Press 'a' to accept):"
    with openssh(tmp_path, recorded(FORTIGATE), UNKNOWN["fortinet"], greeting) as (port, key, log):
        world = world_at(port, key, "fortinet")
        async with open_session(world, world.campus.device[0]) as session:
            answer = await session.run("get system status")
            said = session.raw()
            assert session.declined == ()
    assert answer.startswith("Version: FortiGate-91G")
    assert "# accepted the banner with: 'a'" in said
    assert log.read_text().startswith("a\nget system status\n")


async def test_the_paging_of_a_fortigate_is_answered_and_never_changed(tmp_path: Path) -> None:
    with openssh(tmp_path, recorded(FORTIGATE_HA), UNKNOWN["fortinet"]) as (port, key, log):
        world = world_at(port, key, "fortinet")
        async with open_session(world, world.campus.device[0]) as session:
            answer = await session.run("get system status")
    assert answer.startswith("Version: FortiGate-501E v7.4.8,build2795,250523 (GA.M)\n")
    assert "\nBIOS version: 05000006\nSystem Part-Number: P21592-09\n" in answer, "the next page joins without a seam"
    assert "More" not in answer
    assert answer.rstrip().endswith("Last reboot reason: warm reboot")
    assert set(log.read_text().replace("get system status\n", "")) == {" "}


async def test_safeguards_of_a_fortigate_over_its_console(tmp_path: Path) -> None:
    with openssh(tmp_path, recorded(FORTIGATE), UNKNOWN["fortinet"]) as (port, key, _):
        world = world_at(port, key, "fortinet")
        device = world.campus.device[0]
        seen = [one.value for one in await look(safeguards, world, device)]
        weak = [one.value for one in await look(exposures, world, device) if one.status is Status.OK]
    found = {one.function: one for one in seen if isinstance(one, Safeguard)}
    assert found["firewall"].version == "FortiGate-91G v7.4.7,build2731"
    assert found["antivirus"].version == "1.00000"
    assert found["antivirus"].signature_age_days is not None
    assert found["antivirus"].signature_age_days > 2000, "the signatures that it left the factory with"
    assert found["ids"].version == "6.00741"
    assert {one.what: one.present for one in weak if isinstance(one, Exposure)}["legacy_crypto"] is False


async def test_a_password_that_is_due_is_declined_and_reported(tmp_path: Path) -> None:
    greeting = "\r\nYour password has expired.\r\nDo you want to change your password? [Y/N]:"
    with openssh(tmp_path, recorded(H3C), UNKNOWN["hp-comware"], greeting) as (port, key, log):
        world = world_at(port, key, "hp-comware", "access-switch")
        weak = [one.value for one in await look(exposures, world, world.campus.device[0])]
    assert log.read_text().startswith("N\n")
    due = [one for one in weak if isinstance(one, Exposure) and one.what == "password_change_due"]
    assert [(one.present, one.evidence) for one in due] == [(True, "Do you want to change your password? [Y/N]:")]
