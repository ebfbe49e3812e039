"""The probe ``clock`` and the SSH session under it, against consoles on loopback."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from probes.campus import Campus
from probes.clock import clock
from probes.errors import TransportError
from probes.kinds import Clock
from probes.observation import Method, Observation, Reason, Status
from probes.transport.gate import GateError
from probes.transport.ssh import open_session
from tests.snmp_agent import Agent, serving, string
from tests.ssh_consoles import PASSWORD, USER, Switch, playing, silence
from tests.world import TestWorld, campus, look

BEIJING = timedelta(hours=8)
COMWARE_OID = bytes.fromhex("2b0601040181c722 0101")  # BER of 1.3.6.1.4.1.25506.1.1


def world_of(port: int, *, dialect: str | None = "huawei-vrp", timeout_s: float = 5, **credential: Any) -> TestWorld:
    entry = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P", "enable": "env:E", **credential}
    device = {
        "id": "sw-1",
        "role": "core-switch",
        "address": "127.0.0.1",
        "ssh": {"credential": "ops", "port": port, "timeout_s": timeout_s},
        **({"dialect": dialect} if dialect else {}),
    }
    secrets = {"env:P": PASSWORD, "env:E": "enable-Geheimnis-2", "env:WRONG": "wrong"}
    return TestWorld(campus(credential=[entry], device=[device]), secrets=secrets)


async def observe(world: TestWorld) -> tuple[Observation, str]:
    (observation,) = await look(clock, world, world.campus.device[0])
    return observation, "".join(world.kept[digest].decode() for digest in observation.raw)


def vrp_time(error_s: float = 0) -> Callable[[], str]:
    def answer() -> str:
        there = datetime.now(UTC) + BEIJING + timedelta(seconds=error_s)
        return f"{there:%Y-%m-%d %H:%M:%S}+08:00\n{there:%A}\nTime Zone(Beijing) : UTC+08:00"

    return answer


def ntp(state: str, source: str) -> str:
    return f" clock status: {state} \n clock stratum: 3 \n reference clock ID: {source}\n nominal frequency: 60.0 Hz"


@pytest.mark.parametrize("error_s", [0, 125.0, -86400.0])
async def test_a_switch_with_ntp(error_s: float) -> None:
    switch = Switch(
        {"display ntp-service status": ntp("synchronized", "192.0.2.5"), "display clock": vrp_time(error_s)}
    )
    with playing(switch) as port:
        observation, raw = await observe(world_of(port))
    value = observation.value
    assert isinstance(value, Clock)
    assert (observation.subject, observation.method) == ("sw-1", Method.READ)
    assert (value.synchronised, value.source) == (True, "192.0.2.5")
    assert value.offset_s == pytest.approx(error_s, abs=0.8)
    assert switch.typed == ["screen-length 0 temporary", "display ntp-service status", "display clock"]
    assert "# sent: display clock" in raw
    assert "# host key: ecdsa-sha2-nistp256 SHA256:" in raw
    assert "# server: SSH-2.0-HUAWEI-1.5" in raw
    assert PASSWORD not in raw
    assert "enable-Geheimnis-2" not in raw


@pytest.mark.parametrize(
    ("state", "source", "synchronised", "shown"),
    [
        ("unsynchronized", "none", False, ""),
        ("synchronized", "LOCAL(0)", False, "LOCAL(0)"),
        ("synchronized", "127.127.1.0", False, "127.127.1.0"),
        ("synchronized", "10.0.0.1", True, "10.0.0.1"),
        ("weird", "10.0.0.1", None, ""),
    ],
)
async def test_ntp_states(state: str, source: str, synchronised: object, shown: str) -> None:
    switch = Switch({"display ntp-service status": ntp(state, source), "display clock": vrp_time()})
    with playing(switch) as port:
        observation, _ = await observe(world_of(port))
    assert isinstance(observation.value, Clock)
    assert (observation.value.synchronised, observation.value.source) == (synchronised, shown)


async def test_the_second_command_is_asked_where_the_first_is_unknown() -> None:
    switch = Switch({"display ntp status": ntp("synchronized", "10.0.0.1"), "display clock": vrp_time()})
    with playing(switch) as port:
        observation, _ = await observe(world_of(port))
    assert isinstance(observation.value, Clock)
    assert observation.value.synchronised is True


async def test_a_console_that_tells_nothing_is_unavailable() -> None:
    with playing(Switch({})) as port:
        observation, raw = await observe(world_of(port))
    assert (observation.status, observation.reason) == (Status.UNAVAILABLE, Reason.UNEXPECTED_ANSWER)
    assert "Unrecognized command" in raw


async def test_pages_that_stay_on_are_turned() -> None:
    listing = "\n".join(f"line {number}" for number in range(100))
    switch = Switch({"display version": listing}, unpaged="never")
    with playing(switch) as port:
        world = world_of(port)
        async with open_session(world, world.campus.device[0]) as session:
            assert await session.run("display version") == listing


async def test_a_long_answer_with_lines_that_look_like_prompts() -> None:
    listing = "\n".join(f"<CORE-SW-{number}>" + "x" * number for number in range(2000))
    with playing(Switch({"display this": listing})) as port:
        world = world_of(port)
        async with open_session(world, world.campus.device[0]) as session:
            assert await session.run("display this") == listing
            assert await session.run("display this") == listing


async def test_names_in_gbk() -> None:
    switch = Switch({"display this": "description 教学楼三层"}, prompt="<教学楼>", encoding="gbk")
    with playing(switch) as port:
        world = world_of(port)
        async with open_session(world, world.campus.device[0]) as session:
            assert await session.run("display this") == "description 教学楼三层"


@pytest.mark.parametrize(
    "question",
    [
        "Warning: The initial password poses security risks.\r\nThe password needs to be changed. Change now? [Y/N]: ",
        "There are security risks in the configuration file. Do you want to save now? [Y/N]:",
    ],
)
async def test_every_question_is_declined(question: str) -> None:
    switch = Switch({"display clock": vrp_time()}, questions=(question,))
    with playing(switch) as port:
        _, raw = await observe(world_of(port))
    assert switch.typed[0] == "N"
    assert "Y" not in switch.typed
    assert "declined with: 'N'" in raw


@pytest.mark.parametrize(
    "command", ["system-view", "display clock > flash:/x", "display clock\nreboot", "reboot", "display clock | save x"]
)
async def test_nothing_that_the_gate_refuses_is_sent(command: str) -> None:
    switch = Switch({})
    with playing(switch) as port:
        world = world_of(port)
        async with open_session(world, world.campus.device[0]) as session:
            with pytest.raises(GateError):
                await session.run(command)
    assert bytes(switch.received) == b"screen-length 0 temporary\n"


RUIJIE: dict[str, Any] = {
    "prompt": "RG-S5750>",
    "banner": "\r\n",
    "unknown": "% Invalid input detected at '^' marker.",
    "unpaged": "terminal length 0",
    "more": " --More-- ",
    "erase": "\b" * 10 + " " * 10 + "\b" * 10,
    "version": "SSH-2.0-RGOS_SSH",
}


def rgos_answers(zone: str) -> dict[str, Any]:
    def clock_now() -> str:
        return f"{datetime.now(UTC):%H:%M:%S} {zone} {datetime.now(UTC):%a, %b %d, %Y}"

    return {
        "terminal width 256": "",
        "show ntp status": "Clock is synchronized, stratum 4, reference is 10.1.1.1",
        "show clock": clock_now,
    }


async def test_ruijie_with_its_enable_password() -> None:
    switch = Switch(rgos_answers("UTC"), enable_password="enable-Geheimnis-2", **RUIJIE)
    with playing(switch) as port:
        observation, raw = await observe(world_of(port, dialect="ruijie-os"))
    value = observation.value
    assert isinstance(value, Clock)
    assert (value.synchronised, value.source) == (True, "10.1.1.1")
    assert value.offset_s == pytest.approx(0, abs=0.8)
    assert switch.typed == ["enable", "terminal length 0", "terminal width 256", "show ntp status", "show clock"]
    assert "enable-Geheimnis-2" not in raw


async def test_a_zone_by_name_only_leaves_the_offset_undecided() -> None:
    switch = Switch(rgos_answers("beijing"), enable_password="another", **RUIJIE)
    with playing(switch) as port:
        observation, _ = await observe(world_of(port, dialect="ruijie-os"))
    assert isinstance(observation.value, Clock)
    assert observation.value.offset_s is None
    assert observation.value.synchronised is True


async def test_wrong_password() -> None:
    with playing(Switch({})) as port:
        observation, _ = await observe(world_of(port, password="env:WRONG"))
    assert (observation.status, observation.reason) == (Status.UNAVAILABLE, Reason.AUTHENTICATION_FAILED)
    assert "wrong" not in observation.detail


async def test_nobody_there() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        observation, _ = await observe(world_of(bound.getsockname()[1]))
    assert observation.reason is Reason.REFUSED


async def test_a_port_that_is_no_ssh() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        observation, _ = await observe(world_of(listener.getsockname()[1], timeout_s=0.5))
    assert observation.reason in {Reason.UNEXPECTED_ANSWER, Reason.TIMEOUT}


async def test_a_device_that_falls_silent() -> None:
    switch = Switch({"display ntp-service status": silence})
    with playing(switch) as port:
        began = time.monotonic()
        observation, raw = await observe(world_of(port, timeout_s=1))
    assert observation.reason is Reason.TIMEOUT
    assert time.monotonic() - began < 10
    assert "# sent: display ntp-service status" in raw


async def test_giving_up_frees_the_thread() -> None:
    switch = Switch({"display ntp-service status": silence})
    with playing(switch) as port:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(observe(world_of(port, timeout_s=60)), 1.5)
    assert time.monotonic() - began < 6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"password": None}, Reason.NO_CREDENTIAL),
        ({"password": None, "key_file": "/no/such/key"}, Reason.SECRET_MISSING),
    ],
)
async def test_credentials_that_cannot_serve(change: dict[str, Any], reason: Reason) -> None:
    observation, _ = await observe(world_of(1, **change))
    assert observation.reason is reason


@pytest.mark.parametrize("dialect", ["no-such", None])
async def test_an_unknown_dialect_names_those_there_are(dialect: str | None) -> None:
    observation, _ = await observe(world_of(1, dialect=dialect))
    assert observation.reason is Reason.NOT_CONFIGURED
    assert "huawei-vrp" in observation.detail


async def test_the_dialect_is_recognised_over_snmp() -> None:
    agent = Agent(
        {
            "1.3.6.1.2.1.1.1.0": string("H3C Comware"),
            "1.3.6.1.2.1.1.2.0": (6, COMWARE_OID),
        }
    )
    switch = Switch({}, prompt="<H3C>", unpaged="screen-length disable")
    with playing(switch) as port:
        async with serving(agent) as snmp_port:
            world = world_of(port, dialect=None)
            access = {"credential": "ro", "port": snmp_port, "timeout_s": 1, "retries": 0}
            tables = world.campus.model_dump(exclude_unset=True)
            tables["device"][0]["snmp"] = access
            tables["credential"] += ({"id": "ro", "kind": "snmp-v2c", "community": "env:C"},)
            world.campus, world.secrets["env:C"] = Campus.model_validate(tables), "public"
            async with open_session(world, world.campus.device[0]) as session:
                assert session.dialect.id == "hp-comware"
    assert switch.typed == ["screen-length disable"]


async def test_a_session_raises_transport_errors_with_a_reason() -> None:
    world = world_of(1, password="env:WRONG")
    with pytest.raises(TransportError) as caught:
        async with open_session(world, world.campus.device[0]):
            pytest.fail("there is nobody on port 1")
    assert caught.value.reason is Reason.REFUSED
