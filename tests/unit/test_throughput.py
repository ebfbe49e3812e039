"""The probe: which runs count, what it says of the instrument, and what becomes of a peer that cannot be measured."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from probes import throughput as module
from probes.campus import Campus
from probes.errors import TransportError
from probes.instrument import Figure, Nic, ProcessorWatch, limits_of, nic_towards
from probes.iperf3.outcome import Direction, Order, Outcome
from probes.iperf3.server import responding
from probes.iperf3.session import Limits
from probes.kinds import Throughput
from probes.observation import Observation, Reason, Status
from probes.probe import all_probes
from probes.text import text
from probes.throughput import throughput
from tests.world import TestWorld, campus, look

QUICK = {"omit_s": 0, "seconds": 1, "repeats": 1}


def school(responder: str, **settings: Any) -> Campus:
    return campus(
        place=[{"id": "A-301", "kind": "classroom", "responder": responder}, {"id": "A-302", "kind": "classroom"}],
        uplink=[{"id": "main", "contract_mbps": 300, "responder": responder}, {"id": "spare"}],
        audit={"throughput": {**QUICK, **settings}},
    )


async def one(world: TestWorld, target: Any) -> Observation:
    (seen,) = await look(throughput, world, target)
    return seen


def test_it_is_declared_for_places_and_uplinks_that_have_a_responder() -> None:
    assert all_probes()["throughput"] is throughput
    assert (throughput.on, throughput.needs) == (("place", "uplink"), ("responder",))
    assert (throughput.touch, throughput.exclusive, throughput.yields) == ("active", True, "throughput")
    described = school("127.0.0.1")
    assert [throughput.applies_to(place) for place in described.place] == [True, False]
    assert [throughput.applies_to(uplink) for uplink in described.uplink] == [True, False]


def test_what_it_expects_to_cost_follows_the_inventory() -> None:
    described = school("127.0.0.1", omit_s=5, seconds=10, repeats=3)
    # 3 x 2 tests of 15 s; a place at 1000 Mbit/s and an uplink of 300.
    assert 90 <= throughput.expected_s(described) <= 100
    assert throughput.expected_mb(described) == pytest.approx(650 / 8 * 15 * 6)
    assert throughput.timeout_s(described) > 2 * throughput.expected_s(described)


async def test_both_directions_are_measured_and_every_run_is_kept() -> None:
    with responding("127.0.0.1", 0, Limits(mbps=94)) as responder:
        world = TestWorld(school(f"127.0.0.1:{responder.port}", repeats=2, streams=2))
        seen = await one(world, world.campus.place[0])
    assert (seen.kind, seen.subject, seen.status, seen.method) == ("throughput", "place:A-301", "ok", "measured")
    value = seen.value
    assert isinstance(value, Throughput)
    assert value.down_mbps == pytest.approx(94, rel=0.05)
    assert value.up_mbps == pytest.approx(94, rel=0.05)
    assert value.streams == 2
    assert value.seconds == pytest.approx(1, abs=0.2)
    assert (value.instrument.nic_mbps, value.instrument.duplex) == (None, "unknown")
    (sha,) = seen.raw
    evidence = json.loads(world.kept[sha])
    assert [run["direction"] for run in evidence["runs"]] == ["down", "up", "down", "up"]
    assert [len(run["intervals"]) for run in evidence["runs"]] == [4, 4, 4, 4]
    downs = [run["mbps"] for run in evidence["runs"] if run["direction"] == "down"]
    assert value.down_mbps == round(min(downs), 3)  # of two, the lower


async def test_an_uplink_is_a_subject_of_its_own() -> None:
    with responding("127.0.0.1", 0, Limits(mbps=94)) as responder:
        world = TestWorld(school(f"127.0.0.1:{responder.port}"))
        seen = await one(world, world.campus.uplink[0])
    assert (seen.subject, seen.status) == ("uplink:main", Status.OK)


@pytest.mark.parametrize(("tells", "limited"), [(True, True), (False, False)])
async def test_a_rate_that_the_responder_allows_is_not_the_networks(*, tells: bool, limited: bool) -> None:
    """A responder with ``--max-mbps 50`` in a good classroom must not fail it."""
    with responding("127.0.0.1", 0, Limits(mbps=50, tells_mbps=tells)) as responder:
        world = TestWorld(school(f"127.0.0.1:{responder.port}"))
        seen = await one(world, world.campus.place[0])
    assert isinstance(seen.value, Throughput)
    assert ("responder_limit" in seen.value.instrument.limits) is limited


@pytest.mark.parametrize(
    ("responder", "reason"),
    [("no.such.name.invalid", Reason.NAME_NOT_FOUND), ("host:port", Reason.NOT_CONFIGURED)],
)
async def test_a_responder_that_cannot_be_reached_is_unavailable(responder: str, reason: Reason) -> None:
    world = TestWorld(school(responder))
    seen = await one(world, world.campus.place[0])
    assert (seen.kind, seen.status, seen.reason, seen.value, seen.raw) == (
        "throughput",
        Status.UNAVAILABLE,
        reason,
        None,
        (),
    )


async def test_nobody_listening_is_refused_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    world = TestWorld(school(f"127.0.0.1:{port}"))
    began = time.monotonic()
    seen = await one(world, world.campus.place[0])
    assert (seen.reason, seen.detail) == (Reason.REFUSED, f"127.0.0.1:{port} refuses the connection")
    assert time.monotonic() - began < 2


async def test_a_look_that_is_cancelled_lets_go_of_the_responder() -> None:
    with responding("127.0.0.1", 0, Limits(mbps=94)) as responder:
        world = TestWorld(school(f"127.0.0.1:{responder.port}", seconds=30))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(one(world, world.campus.place[0]), 0.5)
        short = TestWorld(school(f"127.0.0.1:{responder.port}"))
        assert (await one(short, short.campus.place[0])).status is Status.OK


def outcome(direction: Direction, mbps: float, **changes: Any) -> Outcome:
    facts: dict[str, Any] = {
        "peer": "p:5201",
        "address": "192.0.2.1",
        "streams": 1,
        "bytes": int(mbps * 1e6 / 8 * 10),
        "seconds": 10.0,
        "sent_bytes": None,
        "retransmits": 1,
        "rtt_ms": 2.0 if direction == "up" else None,
        "min_rtt_ms": None,
        "intervals": (),
        "cpu_share": 0.1,
        "peer_cpu_percent": 5.0,
    }
    return Outcome(direction=direction, mbps=mbps, **{**facts, **changes})


@pytest.fixture
def tests_that_give(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put outcomes or errors, in order, in the place of real tests; and a card in the place of the real one."""

    def give(*outcomes: Outcome | TransportError, nic: Nic | None = None) -> None:
        waiting = list(outcomes)

        def measured(peer: object, order: Order, *_: object, **__: object) -> list[Outcome]:
            result = waiting.pop(0)
            if isinstance(result, TransportError):
                raise result
            assert result.direction == order.course
            return [result]

        monkeypatch.setattr(module, "measure_patiently", measured)
        monkeypatch.setattr(module, "nic_towards", lambda _: nic)
        monkeypatch.setattr(module, "card_counters", lambda _: None)  # this machine may have a card of that name
        monkeypatch.setattr(module, "ProcessorWatch", lambda: SimpleNamespace(busiest_percent=lambda: 30.0))

    return give


async def test_the_middle_of_three_counts_for_each_direction(tests_that_give: Any) -> None:
    tests_that_give(
        outcome("down", 90),
        outcome("up", 10, retransmits=7),
        outcome("down", 50, retransmits=5),
        outcome("up", 20, retransmits=2),
        outcome("down", 40),
        outcome("up", 30, retransmits=8),
    )
    world = TestWorld(school("p", repeats=3))
    value = (await one(world, world.campus.place[0])).value
    assert isinstance(value, Throughput)
    assert (value.down_mbps, value.up_mbps, value.retransmits, value.rtt_ms) == (50, 20, 7, 2.0)


async def test_what_is_known_of_one_direction_only_is_not_a_number(tests_that_give: Any) -> None:
    tests_that_give(outcome("down", 90, retransmits=None), outcome("up", 10, rtt_ms=None))
    world = TestWorld(school("p"))
    value = (await one(world, world.campus.place[0])).value
    assert isinstance(value, Throughput)
    assert (value.retransmits, value.rtt_ms) == (None, None)


async def test_a_peer_lost_halfway_is_unavailable_with_what_was_seen_so_far(tests_that_give: Any) -> None:
    lost = TransportError(Reason.BUSY, text("p:5201 is busy with another test"))
    tests_that_give(outcome("down", 90), lost)
    world = TestWorld(school("p"))
    seen = await one(world, world.campus.place[0])
    assert (seen.status, seen.reason, seen.detail) == (
        Status.UNAVAILABLE,
        Reason.BUSY,
        "p:5201 is busy with another test",
    )
    assert [run["mbps"] for run in json.loads(world.kept[seen.raw[0]])["runs"]] == [90]


@pytest.mark.parametrize(
    ("target", "nic", "mbps", "limited"),
    [
        pytest.param("uplink", 100.0, 94.1, True, id="100M card before a line of 300"),
        pytest.param("uplink", 100.0, 60.0, False, id="the card had room left"),
        pytest.param("uplink", 1000.0, 94.1, False, id="the card was fast enough"),
        pytest.param("uplink", None, 94.1, False, id="speed not known"),
        pytest.param("place", 100.0, 94.1, False, id="100M is what a classroom is asked for"),
        pytest.param("place", 10.0, 9.4, True, id="10M card in a classroom"),
    ],
)
async def test_the_card_is_held_against_what_was_to_be_shown(
    tests_that_give: Any, target: str, nic: float | None, mbps: float, *, limited: bool
) -> None:
    tests_that_give(outcome("down", mbps), outcome("up", mbps), nic=Nic("eth0", nic, "full"))
    world = TestWorld(school("p"))
    value = (await one(world, getattr(world.campus, target)[0])).value
    assert isinstance(value, Throughput)
    instrument = value.instrument
    assert (instrument.nic_mbps, instrument.duplex, instrument.limited) == (nic, "full", limited)
    assert instrument.cpu_percent == 30


@pytest.mark.parametrize(
    ("wireless", "usb", "limited"), [(True, False, True), (False, True, False), (None, None, False)]
)
async def test_wireless_makes_a_lower_bound_and_usb_is_told(
    tests_that_give: Any, *, wireless: bool | None, usb: bool | None, limited: bool
) -> None:
    tests_that_give(outcome("down", 94), outcome("up", 94), nic=Nic("eth0", 1000.0, "full", wireless, usb))
    world = TestWorld(school("p"))
    value = (await one(world, world.campus.place[0])).value
    assert isinstance(value, Throughput)
    instrument = value.instrument
    assert (instrument.wireless, instrument.usb, instrument.limited) == (wireless, usb, limited)
    assert instrument.other_mbps is None


@pytest.mark.parametrize(
    ("changes", "limited", "percent"),
    [
        ({"cpu_share": 0.97}, True, 97.0),
        ({"cpu_share": 0.94}, False, 94.0),
        ({"peer_cpu_percent": 98.0}, True, 30.0),
        ({"peer_cpu_percent": 150.0, "streams": 4}, False, 30.0),
        ({"peer_cpu_percent": None}, False, 30.0),
    ],
)
async def test_a_full_processor_at_either_end_is_the_instruments_limit(
    tests_that_give: Any, changes: dict[str, Any], percent: float, *, limited: bool
) -> None:
    tests_that_give(outcome("down", 200), outcome("up", 200, **changes))
    world = TestWorld(school("p"))
    value = (await one(world, world.campus.uplink[0])).value
    assert isinstance(value, Throughput)
    assert (value.instrument.limited, value.instrument.cpu_percent) == (limited, percent)
    assert (value.instrument.limited_down, value.instrument.limited_up) == (False, limited)


GIGABIT = Nic("eth0", 1000.0, "full")


@pytest.mark.parametrize(
    ("figure", "nic", "limits"),
    [
        (Figure(90.0, 1000), Nic("eth0", 100.0, "full"), ["card"]),
        (Figure(89.9, 1000), Nic("eth0", 100.0, "full"), []),
        (Figure(800.0, 1000), Nic("tun0", 10.0, "full"), []),  # faster than the card: its speed is made up
        (Figure(800.0, 1000), GIGABIT, []),
        (Figure(800.0, 1000), Nic("eth0", 1000.0, "half"), ["half_duplex"]),
        (Figure(290.0, 1000), Nic("eth0", 1000.0, "full", wireless=False, usb=True, usb_mbps=480.0), ["usb"]),
        (Figure(200.0, 1000), Nic("eth0", 1000.0, "full", wireless=False, usb=True, usb_mbps=480.0), []),
        (Figure(800.0, 1000), Nic("eth0", 1000.0, "full", wireless=False, usb=True, usb_mbps=5000.0), []),
        (Figure(800.0, 1000, core_percent=95.0, stream_percent=30.0), None, ["processor"]),
        (Figure(800.0, 1000, core_percent=94.9, stream_percent=94.9), None, []),
        (Figure(800.0, 1000, stream_percent=95.0), None, ["processor"]),
        (Figure(9.4, 100, core_percent=100.0, stream_percent=1.0), None, []),  # others are busy, and leave it enough
        (Figure(800.0, 1000, peer_percent=96.0), None, ["responder"]),
        (Figure(48.0, 100, peer_mbps=50.0), GIGABIT, ["responder_limit"]),
        (Figure(9.5, 100, peer_mbps=50.0), GIGABIT, []),
        (Figure(94.0, 100, peer_mbps=100.0), GIGABIT, []),
        (Figure(800.0, 1000, other_mbps=200.0), GIGABIT, ["other_traffic"]),
        (Figure(94.0, 1000, core_percent=99.0, stream_percent=30.0), Nic("eth0", 100.0, "full"), ["card", "processor"]),
        (Figure(940.0, 1000, core_percent=99.0, stream_percent=99.0, peer_percent=99.0, other_mbps=300.0), GIGABIT, []),
        (Figure(899.9, 1000, stream_percent=99.0), GIGABIT, ["processor"]),
        (Figure(940.0, 1000), Nic("wlan0", None, "unknown", wireless=True), ["wireless"]),
    ],
)
def test_what_of_the_instrument_was_the_bound(figure: Figure, nic: Nic | None, limits: list[str]) -> None:
    assert list(limits_of(figure, nic)) == limits


async def test_both_at_once_is_a_test_of_its_own_beside_the_single_ones() -> None:
    with responding("127.0.0.1", 0, Limits(mbps=47)) as responder:
        world = TestWorld(school(f"127.0.0.1:{responder.port}", bidirectional=True))
        seen = await one(world, world.campus.place[0])
    value = seen.value
    assert isinstance(value, Throughput)
    for mbps in (value.down_mbps, value.up_mbps, value.both_down_mbps, value.both_up_mbps):
        assert mbps == pytest.approx(47, rel=0.05)
    runs = json.loads(world.kept[seen.raw[0]])["runs"]
    assert [(run["direction"], run["at_once"]) for run in runs] == [
        ("down", False),
        ("up", False),
        ("up", True),
        ("down", True),
    ]


async def test_the_secret_of_the_place_goes_before_that_of_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"env:OURS": "correct horse battery", "env:THEIRS": "another one entirely"}
    monkeypatch.setattr(TestWorld, "secret", lambda _, reference: secrets[reference])
    with responding("127.0.0.1", 0, Limits(mbps=94, secret=secrets["env:THEIRS"])) as responder:
        at = f"127.0.0.1:{responder.port}"
        described = campus(
            place=[
                {"id": "A-301", "kind": "classroom", "responder": at, "responder_secret": "env:THEIRS"},
                {"id": "A-302", "kind": "classroom", "responder": at},
            ],
            audit={"throughput": {**QUICK, "responder_secret": "env:OURS"}},
        )
        world = TestWorld(described)
        right, wrong = [await one(world, place) for place in described.place]
    assert right.status is Status.OK
    assert (wrong.status, wrong.reason) == (Status.UNAVAILABLE, Reason.AUTHENTICATION_FAILED)
    assert wrong.detail == f"{at} does not accept the shared secret: both ends need the same"
    assert not any(secret.encode() in data for data in world.kept.values() for secret in secrets.values())


def test_the_way_to_this_machine_itself_has_no_card() -> None:
    assert nic_towards("127.0.0.1") == Nic("loopback", None, "unknown")
    assert nic_towards("::1") in {Nic("loopback", None, "unknown"), None}  # None: no IPv6 here
    assert nic_towards("not an address") is None


@pytest.mark.parametrize(
    ("speed", "duplex", "expected"),
    [
        (1000, psutil.NIC_DUPLEX_FULL, Nic("eth7", 1000.0, "full")),
        (10, psutil.NIC_DUPLEX_HALF, Nic("eth7", 10.0, "half")),
        (0, psutil.NIC_DUPLEX_UNKNOWN, Nic("eth7", None, "unknown")),
        (65535, psutil.NIC_DUPLEX_UNKNOWN, Nic("eth7", None, "unknown")),
        (2**32 - 1, psutil.NIC_DUPLEX_UNKNOWN, Nic("eth7", None, "unknown")),
    ],
)
def test_the_card_is_the_one_that_bears_the_source_address(
    monkeypatch: pytest.MonkeyPatch, speed: int, duplex: int, expected: Nic
) -> None:
    monkeypatch.setattr("probes.instrument._source_address", lambda _: "192.0.2.9")
    addresses = {"lo": "127.0.0.1", "eth7": "192.0.2.9"}
    monkeypatch.setattr(
        psutil, "net_if_addrs", lambda: {name: [SimpleNamespace(address=it)] for name, it in addresses.items()}
    )
    stats = {"lo": (0, 0), "eth7": (speed, duplex)}
    monkeypatch.setattr(
        psutil, "net_if_stats", lambda: {name: SimpleNamespace(speed=s, duplex=d) for name, (s, d) in stats.items()}
    )
    assert nic_towards("192.0.2.1") == expected


def test_the_busiest_core_is_named_not_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [[(0.0, 0.0), (0.0, 0.0)], [(1.0, 10.0), (9.0, 10.0)]]
    monkeypatch.setattr("probes.instrument._times", lambda: seconds.pop(0))
    assert ProcessorWatch().busiest_percent() == 90
