"""Whose network it is: the shipped ranges, and when what was seen proves, rules out, or does neither."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_network

import pytest

from probes.wayout.education import Seen, judge_education
from probes.wayout.path import Path, better, path
from probes.wayout.prefixes import is_public, shipped
from probes.wayout.router import Clue, Router, names_education

CERNET, CARRIER, BAIDU, EDU = "202.119.32.7", "61.155.1.1", "180.101.50.242", "211.68.123.9"
SHIPPED = shipped()


@pytest.mark.parametrize(
    ("address", "asn", "name"),
    [
        ("202.112.0.35", 4538, "CERNET"),
        ("166.111.8.28", 4538, "CERNET"),
        ("::ffff:166.111.8.28", 4538, "CERNET"),
        ("223.3.0.1", 24361, "CNGI-NJ-IX"),
        ("223.2.255.255", 4538, "CERNET"),
        ("2001:da8:8000::1", 23910, "CERNET2"),
        ("2001:da8:1002::1", 24361, "CNGI-NJ-IX"),
        ("2402:f000::1", 4538, "CERNET"),
    ],
)
def test_the_networks_by_their_narrowest_range(address: str, asn: int, name: str) -> None:
    found = SHIPPED.find(address)
    assert found is not None
    assert (found.asn, found.name) == (asn, name)


@pytest.mark.parametrize(
    "address",
    ["202.97.1.1", "202.111.255.255", "202.128.0.0", "223.5.5.5", "10.0.0.1", "2408::1", "*", "", "www.edu.cn",
     "2001:da8::200:5efe:0a00:0001"],
)  # fmt: skip
def test_what_is_not_known_to_be_the_education_networks(address: str) -> None:
    assert SHIPPED.find(address) is None


def test_the_shipped_data_is_dated_sourced_aggregated_and_public() -> None:
    assert SHIPPED.date >= date(2026, 1, 1)
    assert len(SHIPPED.sources) == 2
    assert len({one.prefix for one in SHIPPED.ranges}) == len(SHIPPED.ranges)
    for one in SHIPPED.ranges:
        assert is_public(one.prefix.network_address)
        wider = [
            o for o in SHIPPED.ranges if o is not one and o.asn == one.asn and o.prefix.version == one.prefix.version
        ]
        assert not any(one.prefix.subnet_of(other.prefix) for other in wider), one  # type: ignore[arg-type]


def test_the_exchange_in_nanjing_only_names_parts_of_the_other_two() -> None:
    others = [one.prefix for one in SHIPPED.ranges if one.asn != 24361]
    for one in (one.prefix for one in SHIPPED.ranges if one.asn == 24361):
        same = [other for other in others if other.version == one.version]
        assert any(one.subnet_of(other) for other in same), one  # type: ignore[arg-type]


def way(destination: str, *hops: str) -> Path:
    return path(destination, [None if hop == "*" else hop for hop in hops], "icmp")


ASKED = Router("fw")
MUTE = Router("fw", problem="no answer")
CLUE = Router("fw", clues=(Clue("port fw:ge1 is up and labelled “至教育网”"),))

VERDICTS = [
    ("nothing seen", Seen(), "undetermined"),
    ("public address", Seen(addresses=[CERNET]), "yes"),
    ("one of two public addresses", Seen(addresses=[CARRIER, CERNET]), "yes"),
    ("IPv6 address only", Seen(addresses=[CARRIER, "2001:da8:1002::1"]), "yes"),
    ("carrier's address, as behind the district's NAT", Seen(addresses=[CARRIER]), "undetermined"),
    ("hop before any carrier", Seen(paths=[way(BAIDU, "192.168.1.1", "*", CERNET, CARRIER, BAIDU)]), "yes"),
    ("hop behind a carrier", Seen(paths=[way(BAIDU, "192.168.1.1", CARRIER, CERNET, BAIDU)]), "undetermined"),
    ("destination itself, reached over silence", Seen(paths=[way(EDU, "192.168.1.1", "*", EDU)]), "undetermined"),
    ("router near a destination inside", Seen(paths=[way(EDU, "192.168.1.1", "*", CERNET, EDU)]), "undetermined"),
    ("edge router", Seen(addresses=[CARRIER], routers=[CLUE]), "yes"),
    ("page for insiders opens", Seen(inside_only=True), "yes"),
    ("page for insiders does not open", Seen(inside_only=False, addresses=[CARRIER]), "undetermined"),
    ("complete list, address outside, path inward unknown", Seen(addresses=[CARRIER], complete=True), "undetermined"),
    ("complete list, both outside",
     Seen(addresses=[CARRIER], paths=[way(EDU, "10.0.0.1", CARRIER, EDU)], complete=True, routers=[ASKED]), "no"),
    ("complete list, both outside, no address", Seen(paths=[way(EDU, CARRIER, EDU)], complete=True), "undetermined"),
    ("list not said to be complete", Seen(addresses=[CARRIER], paths=[way(EDU, CARRIER, EDU)]), "undetermined"),
    ("complete list, edge router mute",
     Seen(addresses=[CARRIER], paths=[way(EDU, CARRIER, EDU)], complete=True, routers=[MUTE]), "undetermined"),
    ("complete list, but the path inward stays inside",
     Seen(addresses=[CARRIER], paths=[way(EDU, "10.0.0.1", CERNET, EDU)], complete=True), "undetermined"),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "verdict"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS])
def test_the_verdict_and_that_it_has_a_reason(seen: Seen, verdict: str) -> None:
    finding = judge_education(seen, SHIPPED)
    assert finding.verdict == verdict
    assert finding.because


def test_the_bureaus_own_list_counts_and_names_its_address() -> None:
    bureau = SHIPPED.with_bureau([ip_network("61.155.0.0/22")])
    finding = judge_education(Seen(addresses=[CARRIER]), bureau)
    assert (finding.verdict, finding.address) == ("yes", CARRIER)
    found = bureau.find(CARRIER)
    assert found is not None
    assert (found.asn, found.name) == (None, "bureau")


@pytest.mark.parametrize(
    "alias", ["CERNET", "to_JSERNET_10G", "CERNET2-v6", "至南京教育城域网", "教育网出口", "无锡教育网"]
)
def test_labels_that_name_it(alias: str) -> None:
    assert names_education(alias)


@pytest.mark.parametrize(
    "alias",
    [
        "",
        "ChinaNet",
        "concernet",
        "CERNET old",
        "原CERNET",
        "教育网(停用)",
        "旧教育网",
        "预留教育网",
        "CERNET not used",
        "教育局",
    ],
)
def test_labels_that_do_not(alias: str) -> None:
    assert not names_education(alias)


def test_a_path_ends_at_its_destination_and_without_silence() -> None:
    assert way(BAIDU, "10.0.0.1", "*", BAIDU, BAIDU).hops == ("10.0.0.1", "*", BAIDU)
    assert way(BAIDU, "10.0.0.1", "*", "*").hops == ("10.0.0.1",)
    assert not way(BAIDU, "10.0.0.1").reached


def test_the_path_that_names_a_public_router_is_better_than_one_that_only_arrived() -> None:
    # A firewall that answers TCP in the destination's stead makes the way look short.
    short, long = way(BAIDU, "10.0.0.1", BAIDU), way(BAIDU, "10.0.0.1", "*", CARRIER)
    assert better([short, long], BAIDU) is long
    assert better([], BAIDU).hops == ()
