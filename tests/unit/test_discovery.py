"""Looking for hosts, without a network: ranges, rates, what is heard, what is told, and what a host is."""

from __future__ import annotations

import json
import socket
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.lldp import (
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUManagementAddress,
    LLDPDUPortID,
    LLDPDUSystemCapabilities,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

from probes.discovery import arp, doors
from probes.discovery.classify import Seen, classify, load, read
from probes.discovery.doors import Door
from probes.discovery.heard import Heard, igmp_joins, read_frame
from probes.discovery.interface import Interface, Settings
from probes.discovery.memory import KEY_FILE, RECORD_FILE, Memory, Remembered
from probes.discovery.multicast import mdns_signs
from probes.discovery.pace import Ledger, Pacer
from probes.discovery.ranges import Area, fault_of, read_range
from probes.discovery.search import Findings
from probes.discovery.vendors import RANDOMISED, vendor_of
from probes.errors import TransportError
from probes.hosts import _unknown_dhcp, hosts
from probes.observation import Reason, Status
from probes.text import Text
from tests.world import TestWorld, campus, look

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HERE = Interface("eth0", bytes.fromhex("020000000001"), "10.0.0.1", IPv4Network("10.0.0.0/24"))
SERVER = "02:00:00:00:00:02"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("10.20.16.0/22", None),
        ("192.168.1.0/24", None),
        ("100.64.0.0/24", None),
        ("10.0.0.0/19", "large"),
        ("202.119.32.0/24", "public"),
        ("0.0.0.0/0", "public"),
        ("172.0.0.0/8", "public"),
    ],
)
def test_only_private_ranges_of_bounded_size_are_searched(written: str, fault: str | None) -> None:
    assert fault_of(IPv4Network(written)) == fault
    assert isinstance(read_range(written), Text) is (fault is not None)


@pytest.mark.parametrize("words", ["", "10.0.0", "10.0.0.0/33", "fd00::/64", "eth0", "10.0.0.0/8 # all"])
def test_what_is_no_range_gets_a_sentence(words: str) -> None:
    assert isinstance(read_range(words), Text)


def test_an_area_holds_its_ranges_and_nothing_else() -> None:
    area = Area.of([IPv4Network("10.0.0.0/29"), IPv4Network("10.0.0.0/30")], [IPv4Network("10.0.0.2/32")])
    assert list(area.addresses()) == ["10.0.0.1", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]
    for outside in ("10.0.0.0", "10.0.0.7", "10.0.0.8", "10.0.0.2", "8.8.8.8", "fe80::1", "nonsense"):
        assert outside not in area


def test_the_pacer_keeps_both_rates_in_every_second() -> None:
    ledger = Ledger()
    pacer = Pacer(per_s=200, host_per_s=5, ledger=ledger)
    began = monotonic()
    for number in range(60):
        pacer.take(f"10.0.0.{number % 30}", "tcp")
    assert monotonic() - began >= 59 / 200
    assert ledger.sent == {"tcp": 60}
    assert ledger.peak["other"] <= 200
    assert ledger.host_peak <= 5
    assert max(ledger.hosts.values()) == 2


def test_one_host_is_asked_five_times_a_second_at_most() -> None:
    pacer = Pacer(per_s=200, host_per_s=5, ledger=Ledger())
    began = monotonic()
    for _ in range(7):
        pacer.take("10.0.0.9", "tcp")
    assert monotonic() - began >= 6 / 5


@pytest.mark.parametrize(
    ("yields", "missing"), [([300, 0], 0), ([270, 27], 2), ([0, 0], 0), ([0, 8], 2), ([0, 1, 0, 0, 0, 0], 0)]
)
def test_what_is_still_missing_is_told_by_the_yields(yields: list[int], missing: int) -> None:
    assert round(arp.missing(yields)) == missing


def test_no_door_that_is_knocked_at_is_a_fragile_one() -> None:
    knocked = {door.port for door in doors.doors()}
    assert not knocked & doors.fragile_ports()
    assert {502, 9100, 47808, 102, 4370} <= doors.fragile_ports()
    assert all("/" in one.why for one in doors.fragile())  # why, in both languages


def frame(**layers: object) -> bytes:
    return bytes(Ether(src=SERVER, dst="ff:ff:ff:ff:ff:ff") / layers["body"])


def test_lldp_tells_the_switch_at_the_other_end() -> None:
    body = (
        LLDPDUChassisID(subtype=4, id="00:e0:fc:11:22:33")
        / LLDPDUPortID(subtype=5, id="GigabitEthernet0/0/7")
        / LLDPDUTimeToLive(ttl=120)
        / LLDPDUSystemName(system_name="acc-3")
        / LLDPDUSystemCapabilities(mac_bridge_available=1, mac_bridge_enabled=1)
        / LLDPDUManagementAddress(management_address_subtype=1, management_address=bytes([10, 0, 0, 2]))
        / LLDPDUEndOfLLDPDU()
    )
    heard = Heard()
    read_frame(bytes(Ether(src=SERVER, dst="01:80:c2:00:00:0e", type=0x88CC) / body), heard, HERE)
    (one,) = heard.neighbours
    assert (one.protocol, one.name, one.port, one.address) == ("lldp", "acc-3", "GigabitEthernet0/0/7", "10.0.0.2")
    assert one.can == ("bridge",)


def test_cdp_is_read_with_its_capabilities() -> None:
    def tlv(kind: int, value: bytes) -> bytes:
        return kind.to_bytes(2, "big") + (len(value) + 4).to_bytes(2, "big") + value

    address = b"\0\0\0\1\1\1\xcc\0\4" + bytes([10, 0, 0, 3])
    body = (
        b"\2\xb4\0\0" + tlv(1, b"sw-2") + tlv(3, b"Fa0/1") + tlv(2, address) + tlv(4, b"\0\0\0\x28") + tlv(6, b"C2960")
    )
    heard = Heard()
    read_frame(bytes.fromhex("01000ccccccc") + bytes(6) + b"\0\x80" + bytes(8) + body, heard, HERE)
    (one,) = heard.neighbours
    assert (one.name, one.port, one.address, one.can, one.about) == ("sw-2", "Fa0/1", "10.0.0.3", ("bridge",), "C2960")


def test_dhcp_tells_servers_leases_and_names() -> None:
    heard = Heard()
    offer = BOOTP(op=2, chaddr=bytes(6)) / DHCP(
        options=[("message-type", "ack"), ("server_id", "10.0.0.254"), ("lease_time", 3600), "end"]
    )
    read_frame(frame(body=IP(src="10.0.0.254", dst="10.0.0.9") / UDP(sport=67, dport=68) / offer), heard, HERE)
    ask = BOOTP(op=1, chaddr=bytes.fromhex("020000000009")) / DHCP(
        options=[("message-type", "request"), ("hostname", b"iPad-7"), ("vendor_class_id", b"MSFT 5.0"), "end"]
    )
    read_frame(frame(body=IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67) / ask), heard, HERE)
    assert heard.dhcp == {"10.0.0.254": 3600}
    assert heard.names == {bytes.fromhex("020000000009"): ("iPad-7", "MSFT 5.0")}


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ({"10.0.0.254", "10.0.0.66"}, [("10.0.0.66", "10.0.0.254")]),  # beside the gateway
        ({"10.0.0.5", "10.0.0.66", "10.0.0.67"}, [("10.0.0.66", "10.0.0.5"), ("10.0.0.67", "10.0.0.5")]),
        ({"10.0.0.254", "10.0.0.5"}, []),
        ({"10.0.0.66"}, []),  # the school's own, most likely, which nobody has entered
        (set(), []),
    ],
)
def test_a_dhcp_server_is_suspicious_only_beside_one_that_is_entered(
    heard: set[str], told: list[tuple[str, str]]
) -> None:
    listened = Heard(dhcp=dict.fromkeys(heard, 3600))
    card = Interface("eth0", bytes(6), "10.0.0.9", IPv4Network("10.0.0.0/24"), "10.0.0.254")
    found = Findings([card], Settings(), listened, {}, Ledger())
    entered = campus(device=[{"id": "srv", "role": "server", "address": "10.0.0.5"}])
    assert _unknown_dhcp(found, entered) == told
    assert _unknown_dhcp(Findings([card], Settings(), None, {}, Ledger()), entered) == []


def test_arp_tells_who_has_an_address() -> None:
    heard = Heard()
    read_frame(frame(body=ARP(op=1, hwsrc=SERVER, psrc="10.0.0.7", pdst="10.0.0.8")), heard, HERE)
    read_frame(frame(body=ARP(op=1, hwsrc=SERVER, psrc="0.0.0.0", pdst="10.0.0.8")), heard, HERE)
    assert heard.macs == {"10.0.0.7": bytes.fromhex(SERVER.replace(":", ""))}


def test_igmp_reports_name_the_groups_that_are_joined() -> None:
    v2 = bytes([0x16, 0, 0, 0, 239, 1, 1, 7])
    v3 = bytes([0x22, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, 239, 1, 1, 8, 3, 0, 0, 0, 239, 1, 1, 9])
    assert list(igmp_joins(v2)) == ["239.1.1.7"]
    assert list(igmp_joins(v3)) == ["239.1.1.8"]  # the other record leaves its group
    assert list(igmp_joins(bytes([0x16, 0, 0, 0, 224, 0, 0, 251]))) == []


@given(st.binary(max_size=400), st.sampled_from([0x88CC, 0x0800, 0x0806, 0x86DD, 0x8100, 0x0040]))
def test_no_frame_can_break_the_listening(body: bytes, kind: int) -> None:
    for target in (bytes(6), bytes.fromhex("01000ccccccc")):
        read_frame(target + b"\2\0\0\0\0\7" + kind.to_bytes(2, "big") + body, Heard(), HERE)


def test_mdns_tells_services_names_and_models() -> None:
    full = "办公室打印机._ipp._tcp.local."
    reply = DNS(
        qr=1,
        qd=[],
        an=[
            DNSRR(rrname="_ipp._tcp.local.", type="PTR", rdata=full),
            DNSRR(rrname=full, type="TXT", rdata=[b"ty=HP LaserJet M404", b"note="]),
        ],
    )
    assert set(mdns_signs(bytes(reply))) == {
        ("mdns", "_ipp._tcp"),
        ("name", "办公室打印机"),
        ("model", "HP LaserJet M404"),
    }


@given(st.binary(max_size=300), st.integers(0, 65535))
def test_no_mdns_reply_leads_in_a_circle(body: bytes, records: int) -> None:
    for prefix in (b"", b"\xc0\x0c", b"\xc0\x0e\xc0\x0c"):
        packet = bytes(6) + records.to_bytes(2, "big") + bytes(4) + prefix + body
        assert len(list(mdns_signs(packet))) < 1000


CLASSED = [
    ("camera", [("wsd", "NetworkVideoTransmitter")]),
    ("camera", [("vendor", "Hangzhou Hikvision Digital Technology Co.,Ltd."), ("door", "554 rtsp")]),
    ("recorder", [("vendor", "Hangzhou Hikvision Digital Technology Co.,Ltd."), ("words", "DS-7816N NVR")]),
    ("printer", [("mdns", "_ipp._tcp")]),
    ("computer", [("door", "135 msrpc"), ("door", "445 smb"), ("door", "3389 rdp")]),
    ("computer", [("words", "DESKTOP-4F2K9QX")]),
    ("tablet", [("words", "iPad"), ("door", "62078 lockdownd")]),
    ("panel", [("words", "seewo-A301")]),
    ("switch", [("lldp", "bridge")]),
    ("access-point", [("lldp", "bridge"), ("lldp", "access point")]),
    ("router", [("fact", "gateway")]),
    ("switch", [("fact", "agent of 25506"), ("door", "23 telnet")]),
    ("unknown", []),
    ("unknown", [("vendor", RANDOMISED)]),
    ("unknown", [("door", "22 ssh")]),  # a server, or anything else
    ("unknown", [("door", "62078 lockdownd")]),  # a phone or a tablet
]


@pytest.mark.parametrize(("what", "signs"), CLASSED)
def test_a_host_is_classed_by_its_signs(what: str, signs: list[tuple[str, str]]) -> None:
    seen = Seen()
    for on, told in signs:
        seen.add(on, told)  # type: ignore[arg-type]
    classed = classify(seen)
    assert classed.what == what
    assert classed.why or what == "unknown"
    assert 0 <= classed.confidence <= 1


def test_saying_it_a_hundred_times_makes_it_no_surer() -> None:
    once, often = Seen(), Seen()
    once.add("words", "ubuntu")
    often.add("words", *(f"ubuntu {n}" for n in range(100)))
    assert classify(often).confidence == classify(once).confidence


@pytest.mark.parametrize(
    "sign",
    [
        {"class": "camera", "on": "smell", "match": "x", "weight": 0.5},
        {"class": "camera", "on": "words", "match": "x", "weight": 1.0},
        {"class": "camera", "on": "words", "match": "x"},
    ],
)
def test_a_sign_that_is_none_is_refused(sign: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="sign 1"):
        read({"enough": 0.5, "ahead": 0.1, "sign": [sign]})


def test_the_shipped_signs_are_in_order() -> None:
    assert {sign.what for sign in load().signs} >= {"camera", "computer", "tablet", "panel", "switch", "printer", "ups"}


def test_a_made_up_address_names_no_vendor() -> None:
    assert vendor_of(bytes.fromhex("020000000001")) == RANDOMISED
    assert "Hikvision" in vendor_of(bytes.fromhex("040312aabb01"))
    assert vendor_of(b"") == ""


def remembered(hours_ago: float, what: str = "computer") -> Remembered:
    stamp = (NOW - timedelta(hours=hours_ago)).isoformat()
    return Remembered(stamp, stamp, "10.0.0.9", what)


def test_cards_are_remembered_by_keyed_hash_for_a_month(tmp_path: Path) -> None:
    school = campus(audit={"bundles": str(tmp_path / "bundles")})
    mac = bytes.fromhex("040312aabb01")
    memory = Memory(school)
    hashed = memory.hash_of(mac)
    memory.note(hashed, remembered(40 * 24))
    memory.note("tablet-1", remembered(24, "tablet"))
    memory.save(NOW)
    kept = (tmp_path / "bundles" / RECORD_FILE).read_text("utf-8")
    assert "040312aabb01" not in kept
    assert hashed not in kept  # seen more than a month ago
    for private in (tmp_path / KEY_FILE, tmp_path / "bundles" / RECORD_FILE):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    again = Memory(school)
    assert again.hash_of(mac) == hashed
    assert list(again.absent([], NOW)) == ["tablet-1"]
    assert again.note("tablet-1", remembered(0, "unknown")).what == "tablet"  # it did not change, it only slept
    (tmp_path / KEY_FILE).unlink()
    assert Memory(school).hash_of(mac) != hashed  # another school's key tells nothing


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": {}}', b"\xff", b'{"a": {"first": "x"}}'])
def test_a_damaged_record_is_forgotten_not_fatal(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bundles").mkdir()
    (tmp_path / "bundles" / RECORD_FILE).write_bytes(content)
    assert Memory(campus(audit={"bundles": str(tmp_path / "bundles")})).cards == {}


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(TransportError, match="damaged"):
        Memory(campus(audit={"bundles": str(tmp_path / "bundles")}))


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ({}, Reason.NOT_CONFIGURED),
        ({"discovery": {"authorised_by": "x", "until": "2020-01-01"}}, Reason.NOT_PERMITTED),
        ({"discovery": {"authorised_by": "x", "until": "2999-01-01"}}, Reason.NOT_CONFIGURED),
    ],
)
async def test_nobody_is_looked_for_without_permission_or_range(
    tmp_path: Path, tables: dict[str, object], reason: Reason
) -> None:
    world = TestWorld(campus(audit={"bundles": str(tmp_path / "bundles")}, **tables))
    (seen,) = await look(hosts, world, world.campus.school)
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, reason)
    assert not (tmp_path / KEY_FILE).exists()


async def test_a_subnet_that_may_not_be_swept_is_named(tmp_path: Path) -> None:
    subnets = [
        {"id": "all", "cidr": "10.0.0.0/8", "use": "office"},
        {"id": "out", "cidr": "8.8.8.0/24", "use": "other"},
    ]
    allowed = {"authorised_by": "x", "until": "2999-01-01"}
    world = TestWorld(campus(audit={"bundles": str(tmp_path)}, discovery=allowed, subnet=subnets))
    seen = await look(hosts, world, world.campus.school)
    assert {one.subject for one in seen} == {"range:10.0.0.0/8", "range:8.8.8.0/24", "campus"}
    assert all(one.status is Status.UNAVAILABLE for one in seen)
    assert json.loads(seen[0].model_dump_json())["told"] is not None


def test_a_camera_that_asks_for_a_login_is_known_by_its_realm() -> None:
    refusal = (
        b'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="IP Camera(C2345)", nonce="1"\r\n\r\n'
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asked = Thread(target=lambda: _answer_once(server, refusal))
        asked.start()
        (stands,) = doors.talk({"127.0.0.1": [Door(port, "rtsp", "rtsp")]}, Pacer(200, 5, Ledger()))
        asked.join(10)
    assert (stands.name, stands.words) == ("rtsp", "IP Camera(C2345)")
    seen = Seen()
    seen.add("door", "554 rtsp")
    seen.add("words", stands.words)
    assert classify(seen).what == "camera"


def _answer_once(server: socket.socket, answer: bytes) -> None:
    wire, _ = server.accept()
    with wire:
        wire.recv(4096)
        wire.sendall(answer)
