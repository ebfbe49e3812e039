"""Other traffic on the measuring card: read from its counters, less the test's own, and held against the figure."""

from __future__ import annotations

import socket
import time
from functools import partial
from pathlib import Path

import pytest

from probes.instrument import attachment
from probes.nic_traffic import Counters, TrafficWatch, card_counters, is_disturbed, others_mbps, quiet_mbps

MBIT = 1_000_000 / 8


def test_a_quiet_card_is_judged_by_its_busier_direction() -> None:
    passed = Counters(2.0, bytes_in=3 * MBIT, bytes_out=8 * MBIT, packets_in=1, packets_out=1)
    assert quiet_mbps(passed) == 4.0


@pytest.mark.parametrize(
    ("amount", "packets", "payload", "retransmits", "sending", "ipv6", "expected"),
    [
        pytest.param(1514 * 10_000, 10_000, 1448 * 10_000, 0, True, False, 0, id="the test alone, sent"),
        pytest.param(1514 * 10_000, 10_000, 1448 * 10_000, 0, False, False, 0, id="the test alone, received"),
        pytest.param(1514 * 10_000, 10_000, 1428 * 10_000, 0, True, True, 0, id="over IPv6"),
        pytest.param(1514 * 20_000, 20_000, 1448 * 10_000, 0, True, False, 1448 * 8 / 100, id="as much again"),
        pytest.param(1514 * 10_100, 10_100, 1448 * 10_000, 100, True, False, 0, id="its own, sent again"),
        pytest.param(65_226 * 200, 200, 65_160 * 200, 0, True, False, 0, id="merged packets, merged headers"),
        pytest.param(1_000, 10, 1448 * 10_000, 0, True, False, 0, id="a card that does not count offloaded packets"),
    ],
)
def test_what_is_not_the_tests_own(
    amount: float, packets: float, payload: int, retransmits: int, *, sending: bool, ipv6: bool, expected: float
) -> None:
    passed = Counters(1.0, 0.0, amount, 0.0, packets) if sending else Counters(1.0, amount, 0.0, packets, 0.0)
    assert others_mbps(passed, payload, retransmits, sending=sending, ipv6=ipv6) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("mbps", "nic", "other", "disturbed"),
    [
        (900.0, 1000.0, 50.0, False),
        (900.0, 1000.0, 50.1, True),  # more than 5 % of the card
        (100.0, 1000.0, 20.1, True),  # more than 20 % of the figure
        (100.0, 1000.0, 20.0, False),
        (100.0, None, 20.1, True),
        (900.0, None, 60.0, False),
        (1.0, 10.0, None, False),
    ],
)
def test_a_figure_is_a_lower_bound_where_other_traffic_was_much(
    mbps: float, nic: float | None, other: float | None, *, disturbed: bool
) -> None:
    assert is_disturbed(mbps, nic, other) is disturbed


def test_counters_that_ran_backwards_tell_nothing() -> None:
    assert Counters(2.0, 5, 9, 9, 9).since(Counters(1.0, 6, 0, 0, 0)) is None
    assert Counters(1.0, 6, 9, 9, 9).since(Counters(1.0, 6, 0, 0, 0)) is None
    assert Counters(3.0, 6, 9, 8, 7).since(Counters(1.0, 5, 5, 5, 5)) == Counters(2.0, 1, 4, 3, 2)


def test_a_card_that_is_not_there_has_no_counters() -> None:
    assert card_counters("no-such-card") is None
    with TrafficWatch(partial(card_counters, "no-such-card")) as watch:
        pass
    assert watch.between(0.0, time.monotonic()) is None


def test_a_window_between_readings_is_cut_out_evenly() -> None:
    def reading() -> Counters:
        now = time.monotonic()
        return Counters(now, 1000 * now, 2000 * now, now, 2 * now)

    with TrafficWatch(reading) as watch:
        time.sleep(0.05)
        start = time.monotonic()
        time.sleep(0.35)
        end = time.monotonic()
    seen = watch.between(start, end)
    assert seen is not None
    assert seen.at == pytest.approx(end - start)
    assert seen.bytes_in == pytest.approx(1000 * (end - start))
    assert seen.bytes_out == pytest.approx(2000 * (end - start))
    assert watch.between(start - 60, end) is None
    assert watch.between(start, end + 60) is None


def test_the_loopback_card_counts_what_passes_it() -> None:
    name = next((one for _, one in socket.if_nameindex() if one.startswith("lo")), None)
    if name is None or card_counters(name) is None:
        pytest.skip("no loopback card with counters here")
    before = card_counters(name)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(100):
            sock.sendto(bytes(1000), ("127.0.0.1", 9))
    after = card_counters(name)
    assert before is not None
    assert after is not None
    passed = after.since(before)
    assert passed is not None
    assert passed.bytes_out >= 100_000


def _card(folder: Path, name: str, device: str | None, *marks: str) -> None:
    (folder / name).mkdir(parents=True)
    for mark in marks:
        (folder / name / mark).mkdir()
    if device:
        (folder.parent / device).mkdir(parents=True, exist_ok=True)
        (folder / name / "device").symlink_to(folder.parent / device)


def test_how_a_card_is_attached_is_read_from_the_system(tmp_path: Path) -> None:
    net = tmp_path / "net"
    _card(net, "eth0", "devices/pci0000:00/0000:00:1f.6")
    _card(net, "wlan0", "devices/pci0000:00/0000:00:14.3", "wireless", "phy80211")
    _card(net, "enx1", "devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0")
    _card(net, "wlx1", "devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0", "phy80211")
    _card(net, "veth0", None)
    _card(net, "eth0.7", None)
    (net / "eth0.7" / "lower_enx1").symlink_to(net / "enx1")
    (net.parent / "devices/pci0000:00/0000:00:14.0/usb2/speed").write_text("5000\n")
    (net.parent / "devices/pci0000:00/0000:00:14.0/usb2/2-1/speed").write_text("480\n")
    (net.parent / "devices/pci0000:00/0000:00:14.0/usb1/1-1/speed").write_text("unknown\n")
    found = {name: attachment(name, net) for name in ("eth0", "wlan0", "enx1", "wlx1", "veth0", "eth0.7")}
    assert found == {
        "eth0": (False, False, None),
        "wlan0": (True, False, None),
        "enx1": (False, True, 480.0),
        "wlx1": (True, True, None),
        "veth0": (False, False, None),
        "eth0.7": (False, True, 480.0),
    }


def test_where_the_system_describes_no_cards_only_a_name_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.instrument.sys.platform", "win32")
    assert attachment("Wi-Fi 2", tmp_path / "none") == (True, None, None)
    assert attachment("Ethernet", tmp_path / "none") == (None, None, None)
