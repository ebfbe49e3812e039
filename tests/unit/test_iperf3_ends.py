"""Our client against our responder on loopback, held to rates that a loaded machine still reaches."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from probes.errors import SecretError, TransportError
from probes.iperf3.client import Terms, measure, measure_all, measure_patiently
from probes.iperf3.outcome import Course, Direction, Order
from probes.iperf3.peer import Peer
from probes.iperf3.secret import is_proof, proof
from probes.iperf3.server import ListenError, Responder, responding
from probes.iperf3.session import LimitError, Limits
from probes.observation import Reason
from probes.text import Text

LOOPBACK = "127.0.0.1"
QUICK = Limits(mbps=94)


def quick(direction: Direction = "up", seconds: float = 1.0, streams: int = 1) -> Order:
    return Order(direction, streams, omit_s=0, seconds=seconds, interval_s=0.25)


@pytest.mark.parametrize("streams", [1, 4])
@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("mbps", [9.4, 94.0])
def test_the_figure_is_the_rate_that_the_responder_holds(direction: Direction, streams: int, mbps: float) -> None:
    with responding(LOOPBACK, limits=Limits(mbps=mbps)) as responder:
        outcome = measure(Peer(LOOPBACK, responder.port), quick(direction, streams=streams))
    assert outcome.mbps == pytest.approx(mbps, rel=0.05)
    assert outcome.mbps == outcome.bytes * 8 / outcome.seconds / 1e6
    assert outcome.seconds == pytest.approx(1.0, abs=0.2)
    assert (outcome.direction, outcome.streams, outcome.address) == (direction, streams, LOOPBACK)


def test_the_ramp_is_left_out_of_the_window_and_kept_in_the_curve() -> None:
    with responding(LOOPBACK, limits=QUICK) as responder:
        order = Order("down", omit_s=0.5, seconds=1.0, interval_s=0.25)
        outcome = measure(Peer(LOOPBACK, responder.port), order)
    assert [piece.omitted for piece in outcome.intervals] == [True] * 2 + [False] * 4
    assert outcome.intervals[-1].to_s == pytest.approx(1.5, abs=0.2)
    assert outcome.seconds == pytest.approx(1.0, abs=0.2)
    assert [piece.mbps for piece in outcome.intervals] == [pytest.approx(94, rel=0.3)] * 6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="TCP_INFO is read on Linux only")
def test_the_sender_knows_round_trip_time_and_retransmits() -> None:
    with responding(LOOPBACK, limits=QUICK) as responder:
        up = measure(Peer(LOOPBACK, responder.port), quick("up"))
        down = measure(Peer(LOOPBACK, responder.port), quick("down"))
    assert up.rtt_ms is not None
    assert up.min_rtt_ms is not None
    assert 0 < up.min_rtt_ms < 50
    assert (up.retransmits, down.retransmits) != (None, None)
    assert down.rtt_ms is None  # this end only received


def test_ipv6_and_ipv4_on_one_socket() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no dual-stack sockets here")
    with responding(None, limits=QUICK) as responder:
        for host in ("::1", LOOPBACK, "localhost"):
            assert measure(Peer(host, responder.port), quick(seconds=0.3)).bytes > 0


def test_a_second_client_is_told_that_it_is_busy_and_disturbs_nobody() -> None:
    said: list[Text] = []
    with responding(LOOPBACK, limits=QUICK, tell=said.append) as responder, ThreadPoolExecutor() as pool:
        peer = Peer(LOOPBACK, responder.port)
        first = pool.submit(measure, peer, quick(seconds=1.5))
        time.sleep(0.4)
        with pytest.raises(TransportError) as caught:
            measure(peer, quick())
        assert caught.value.reason is Reason.BUSY
        assert first.result().mbps == pytest.approx(94, rel=0.05)
    assert sum("another test is under way" in str(sentence) for sentence in said) == 1
    assert "in its queue we would be number 1" in str(caught.value)


def test_who_waits_is_served_after_the_other() -> None:
    with responding(LOOPBACK, limits=QUICK) as responder, ThreadPoolExecutor() as pool:
        peer = Peer(LOOPBACK, responder.port)
        first = pool.submit(measure, peer, quick(seconds=1.0))
        time.sleep(0.3)
        (second,) = measure_patiently(peer, quick(seconds=0.3), Event(), Terms(queue_s=30))
        assert first.done()
        assert second.bytes > 0
        assert 0.3 < second.waited_s < 20


def test_the_queue_is_served_in_its_order() -> None:
    served: list[int] = []

    def wait_and_measure(number: int) -> None:
        measure(peer, quick(seconds=0.2), None, Terms(queue_s=60))
        served.append(number)

    with responding(LOOPBACK, limits=QUICK) as responder, ThreadPoolExecutor() as pool:
        peer = Peer(LOOPBACK, responder.port)
        first = pool.submit(measure, peer, quick(seconds=2.0))
        time.sleep(0.4)
        waiting = []
        for number in range(3):
            waiting.append(pool.submit(wait_and_measure, number))
            time.sleep(0.3)
        for one in (first, *waiting):
            one.result(timeout=60)
    assert served == [0, 1, 2]


def test_who_goes_away_makes_room_in_the_queue() -> None:
    said: list[Text] = []
    with responding(LOOPBACK, limits=QUICK, tell=said.append) as responder, ThreadPoolExecutor() as pool:
        peer = Peer(LOOPBACK, responder.port)
        first = pool.submit(measure, peer, quick(seconds=1.5))
        time.sleep(0.3)
        with pytest.raises(TransportError) as impatient:
            measure(peer, quick())
        assert str(impatient.value) == f"{peer} is busy; in its queue we would be number 1"
        second = measure(peer, quick(seconds=0.2), None, Terms(queue_s=30))
        assert first.done()
        assert second.bytes > 0
    assert sum("waits as number 1" in str(sentence) for sentence in said) == 2
    assert sum("waits no longer" in str(sentence) for sentence in said) == 1


def test_whoever_waits_at_a_responder_that_ends_is_told() -> None:
    with ThreadPoolExecutor() as pool:
        with responding(LOOPBACK, limits=QUICK) as responder:
            peer = Peer(LOOPBACK, responder.port)
            first = pool.submit(measure, peer, quick(seconds=5))
            time.sleep(0.3)
            second = pool.submit(measure, peer, quick(), None, Terms(queue_s=30))
            time.sleep(0.3)
        for one in (first, second):
            assert isinstance(one.exception(timeout=20), TransportError)


@pytest.mark.parametrize("streams", [1, 3])
def test_both_directions_at_once(streams: int) -> None:
    with responding(LOOPBACK, limits=Limits(mbps=47)) as responder:
        up, down = measure_all(
            Peer(LOOPBACK, responder.port), Order("both", streams, omit_s=0.25, seconds=1, interval_s=0.25)
        )
    assert (up.direction, down.direction, up.at_once, down.at_once) == ("up", "down", True, True)
    assert (up.streams, down.streams) == (streams, streams)
    for one in (up, down):
        assert one.mbps == pytest.approx(47, rel=0.07)
        assert [piece.omitted for piece in one.intervals] == [True] + [False] * 4
        assert one.seconds == pytest.approx(1.0, abs=0.2)
    assert down.sent_bytes is None
    assert up.sent_bytes is not None


SECRET = "a secret of a bureau"


@pytest.mark.parametrize("course", ["up", "down", "both"])
def test_who_knows_the_secret_is_served(course: Course) -> None:
    with responding(LOOPBACK, limits=Limits(mbps=47, secret=SECRET)) as responder:
        order = Order(course, omit_s=0, seconds=0.3, interval_s=0.1)
        assert all(one.bytes for one in measure_all(Peer(LOOPBACK, responder.port), order, None, Terms(SECRET)))


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        (None, "asks for a shared secret: name it as responder_secret in the inventory"),
        ("a secret of a bureaU", "does not accept the shared secret: both ends need the same"),
        ("密码密码密码密码密码密码", "does not accept the shared secret: both ends need the same"),
    ],
)
def test_who_does_not_is_refused_with_the_reason(secret: str | None, sentence: str) -> None:
    said: list[Text] = []
    with responding(LOOPBACK, limits=Limits(mbps=94, secret=SECRET), tell=said.append) as responder:
        peer = Peer(LOOPBACK, responder.port)
        with pytest.raises(TransportError) as caught:
            measure(peer, quick(), None, Terms(secret))
        assert (caught.value.reason, str(caught.value)) == (Reason.AUTHENTICATION_FAILED, f"{peer} {sentence}")
        assert measure(peer, quick(seconds=0.2), None, Terms(SECRET)).bytes > 0
    everything = " ".join(map(str, said))
    assert "refused" in everything
    assert SECRET not in everything
    assert SECRET not in repr(Limits(secret=SECRET)) + repr(Terms(SECRET))


def test_a_client_with_a_secret_may_meet_a_responder_without_one() -> None:
    with responding(LOOPBACK, limits=QUICK) as responder:
        assert measure(Peer(LOOPBACK, responder.port), quick(seconds=0.2), None, Terms(SECRET)).bytes > 0


def test_a_secret_that_can_be_guessed_is_not_taken() -> None:
    with pytest.raises(SecretError, match="at least 12 characters") as caught:
        Limits(secret="hunter2")
    assert "hunter2" not in str(caught.value)


def test_an_overheard_proof_serves_nobody_else() -> None:
    asked = {"tcp": True, "time": 10}
    good = proof(SECRET, "ab" * 16, b"cookie", asked)
    assert is_proof(good, SECRET, "ab" * 16, b"cookie", asked)
    for nonce, cookie, other in (
        ("cd" * 16, b"cookie", asked),
        ("ab" * 16, b"biscuit", asked),
        ("ab" * 16, b"cookie", {**asked, "time": 60}),
    ):
        assert not is_proof(good, SECRET, nonce, cookie, other)
    for nonsense in (None, 7, "", "\ud800", [good]):
        assert not is_proof(nonsense, SECRET, "ab" * 16, b"cookie", asked)


def test_tests_follow_each_other_without_a_pause() -> None:
    with responding(LOOPBACK, limits=QUICK) as responder:
        for _ in range(8):
            assert measure(Peer(LOOPBACK, responder.port), quick(seconds=0.1)).bytes > 0


def test_a_test_longer_than_allowed_is_refused_with_the_reason() -> None:
    with responding(LOOPBACK, limits=Limits(seconds=2)) as responder:
        with pytest.raises(TransportError) as caught:
            measure(Peer(LOOPBACK, responder.port), quick(seconds=3))
        assert caught.value.reason is Reason.NOT_PERMITTED
        assert measure(Peer(LOOPBACK, responder.port), quick(seconds=0.2)).bytes > 0


def test_more_streams_than_allowed_are_refused() -> None:
    with responding(LOOPBACK, limits=Limits(streams=2)) as responder, pytest.raises(TransportError) as caught:
        measure(Peer(LOOPBACK, responder.port), quick(streams=3))
    assert caught.value.reason is Reason.NOT_PERMITTED


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_cancelled_test_ends_at_once_and_leaves_the_responder_free(direction: Direction) -> None:
    said: list[Text] = []
    with responding(LOOPBACK, limits=QUICK, tell=said.append) as responder, ThreadPoolExecutor() as pool:
        peer, cancelled = Peer(LOOPBACK, responder.port), Event()
        running = pool.submit(measure, peer, quick(direction, seconds=30), cancelled)
        time.sleep(0.4)
        began = time.monotonic()
        cancelled.set()
        with pytest.raises(TransportError) as caught:
            running.result(timeout=5)
        assert caught.value.reason is Reason.INTERRUPTED
        assert time.monotonic() - began < 2
        assert measure_patiently(peer, quick(seconds=0.2), Event(), Terms(queue_s=30))[0].bytes > 0
    assert any("the client gave up" in str(sentence) for sentence in said)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_responder_that_is_stopped_says_so_to_its_client(direction: Direction) -> None:
    with Responder(LOOPBACK, 0, QUICK) as responder, ThreadPoolExecutor() as pool:
        serving = Thread(target=responder.serve)
        serving.start()
        running = pool.submit(measure, Peer(LOOPBACK, responder.port), quick(direction, seconds=30))
        time.sleep(0.4)
        responder.stop()
        serving.join(5)
        assert not serving.is_alive()
        responder.close()
        with pytest.raises(TransportError) as caught:
            running.result(timeout=5)
    assert caught.value.reason is Reason.INTERRUPTED


def test_once_means_one_test_that_came_to_its_end() -> None:
    with Responder(LOOPBACK, 0, QUICK) as responder:
        serving = Thread(target=responder.serve, kwargs={"once": True})
        serving.start()
        socket.create_connection((LOOPBACK, responder.port)).close()
        assert measure(Peer(LOOPBACK, responder.port), quick(seconds=0.2)).bytes > 0
        serving.join(5)
        assert not serving.is_alive()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    code = (
        "import sys; from auditor.commands.respond import answer as run;"
        "sys.exit(run('127.0.0.1', 0, tell=lambda said: print(said, flush=True)))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on 127.0.0.1, TCP port ")
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")
    finally:
        process.kill()
        process.wait()


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with responding(LOOPBACK) as responder, pytest.raises(ListenError) as caught:
        Responder(LOOPBACK, responder.port)
    assert str(caught.value) == f"cannot listen on {LOOPBACK}, TCP port {responder.port}: Address already in use"


@pytest.mark.parametrize(("address", "port"), [("192.0.2.1", 0), ("no.such.name.invalid", 0), (LOOPBACK, 70_000)])
def test_an_address_or_port_that_does_not_exist_is_one_sentence(address: str, port: int) -> None:
    with pytest.raises(ListenError, match="cannot listen on"):
        Responder(address, port)


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"mbps": -1}, {"idle_s": float("nan")}, {"mbps": float("inf")}])
def test_limits_under_which_nothing_could_be_measured_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(LimitError, match="must be above 0"):
        Limits(**limits)  # type: ignore[arg-type]
