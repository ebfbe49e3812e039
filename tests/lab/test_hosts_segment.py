"""A real segment of namespaces, searched by the real command: what is found, what is believed, and how much is sent."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.namespaces import NoNamespacesError
from tests.segment import Segment, segment

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

AUDITOR = str(Path(sys.executable).with_name("campus-auditor"))
ALLOWED = '[discovery]\nauthorised_by = "测试"\nuntil = 2999-01-01\nlisten_s = 1\n'
SCHOOL = '[school]\nname = "示例中学"\nstages = ["junior"]\n'
AGENT = """agentAddress udp:10.66.0.20:161
rocommunity campusro
sysDescr Huawei Versatile Routing Platform Software VRP (R) software, Version 5.170 (S5720 V200R011C10SPC600)
sysObjectID 1.3.6.1.4.1.2011.2.23.460
sysName acc-1
"""


@pytest.fixture(scope="module")
def school() -> Iterator[Segment]:
    try:
        with segment() as net:
            for number, kind in (
                (10, "camera"),
                (11, "printer"),
                (12, "computer"),
                (13, "controller"),
                (14, "hostile"),
            ):
                address = f"10.66.0.{number}"
                net.add(kind, f"{address}/24", mac="04:03:12:aa:bb:01" if kind == "camera" else None)
                net.python(kind, "tests.segment_hosts", kind, address)
            net.add("twin1", "10.66.0.15/24")
            net.add("twin2", "10.66.0.15/24")
            net.add("proxy", "10.66.0.16/24")
            proxying = "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv4/conf/eth0/proxy_arp"
            far = "ip link add d0 type veth peer name d1; ip link set d0 up; ip route add 10.66.0.192/26 dev d0"
            behind = "ip address add 10.67.0.9/32 dev lo; ip address add 10.68.0.1/27 dev lo"
            net.run_in("proxy", ["sh", "-c", f"{proxying}; {far}; {behind}"])
            net.run_in("near", ["ip", "route", "add", "default", "via", "10.66.0.16"])
            yield net
    except NoNamespacesError as error:
        pytest.skip(str(error))


def search(net: Segment, folder: Path, tables: str) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The values by subject, and all observations."""
    inventory = folder / "inventory.toml"
    inventory.write_text(SCHOOL + tables, encoding="utf-8")
    done = net.run_in("near", [AUDITOR, "probe", "hosts", "--inventory", str(inventory)], 200)
    assert done.returncode == 0, done.stderr
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    return {one["subject"]: one["value"] for one in seen if one["value"]}, seen


@pytest.fixture(scope="module")
def found(school: Segment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("search")
    cidrs = {"all": "10.66.0.0/24", "far": "10.67.0.0/28", "trap": "10.68.0.0/27"}
    subnets = "".join(f'[[subnet]]\nid = "{id_}"\ncidr = "{cidr}"\nuse = "office"\n' for id_, cidr in cidrs.items())
    return search(school, folder, ALLOWED + subnets)[0]


@pytest.mark.parametrize(
    ("address", "what", "sign"),
    [
        ("10.66.0.10", "camera", "wsd NetworkVideoTransmitter"),
        ("10.66.0.11", "printer", "mdns _ipp._tcp"),
        ("10.66.0.12", "computer", "door 3389 rdp"),
        ("10.66.0.13", "unknown", None),
    ],
)
def test_each_host_is_classed_with_the_sign_that_tells(
    found: dict[str, dict[str, Any]], address: str, what: str, sign: str | None
) -> None:
    assert found[address]["what"] == what
    assert found[address]["subnet"] == "all"
    assert sign is None or sign in found[address]["why"]


def test_a_card_is_kept_as_a_hash_and_four_digits(found: dict[str, dict[str, Any]]) -> None:
    camera = found["10.66.0.10"]
    assert camera["mac_tail"] == "bb:01"
    assert len(camera["mac_hash"]) == 16
    assert "04:03:12" not in json.dumps(found)
    assert camera["vendor"].startswith("Hangzhou Hikvision")


def test_ipv6_hosts_answer_one_echo_request_to_all_of_them(school: Segment) -> None:
    asking = """if True:
        from time import monotonic
        from probes.discovery import reach
        from probes.discovery.pace import Ledger, Pacer
        sent, until, answered = Ledger(), monotonic() + 20, 0
        while answered < 8 and monotonic() < until:  # a card that has just come up has no IPv6 address for seconds
            reach.ask_ipv6("eth0", Pacer(200, 5, sent))
            answered = len(reach.ipv6_neighbours("eth0"))
        print(answered, *sent.hosts)"""
    done = school.run_in("near", [sys.executable, "-c", asking])
    answered, sent = done.stdout.split(maxsplit=1)
    assert int(answered) >= 8, done.stderr
    assert sent == "ff02::1\n"


def test_an_address_given_twice_is_nobodys(found: dict[str, dict[str, Any]]) -> None:
    twin = found["10.66.0.15"]
    assert twin["why"][0] == "2 cards claim this address"
    assert twin["mac_hash"] is None


def test_who_answers_for_others_is_one_machine(found: dict[str, dict[str, Any]]) -> None:
    stood_in_for = [one for address, one in found.items() if int(address.rpartition(".")[2]) >= 192]
    assert len(stood_in_for) >= 60
    assert {one["mac_hash"] for one in stood_in_for} == {found["10.66.0.16"]["mac_hash"]}
    assert all("answers for" in one["why"][0] for one in stood_in_for)
    assert {one["what"] for one in stood_in_for} == {"unknown"}, "a router's class is its own"


def test_behind_a_router_hosts_are_found_and_one_that_answers_for_all_is_not_believed(
    found: dict[str, dict[str, Any]],
) -> None:
    assert [address for address in found if address.startswith("10.67.")] == ["10.67.0.9"]
    assert found["10.67.0.9"]["subnet"] == "far"
    trap = [one for address, one in found.items() if address.startswith("10.68.")]
    assert len(trap) == 30
    assert {one["what"] for one in trap} == {"unknown"}
    assert all(one["why"][0] == "something answers for 30 addresses" for one in trap)


def test_a_hostile_host_is_quoted_shortly_and_costs_nothing(found: dict[str, dict[str, Any]]) -> None:
    told = json.dumps(found["10.66.0.14"], ensure_ascii=False)
    assert len(told) < 3000
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert {"22/tcp", "23/tcp", "80/tcp"} <= {one.split()[0] for one in found["10.66.0.14"]["services"]}


@pytest.mark.alone
def test_no_more_is_sent_than_allowed_and_only_where_it_is(school: Segment, tmp_path: Path) -> None:
    capture = school.python("near", "tests.capture", "eth0", str(tmp_path / "sent.jsonl"))
    ranges = 'ranges = ["10.66.0.0/26"]\nleave_out = ["10.66.0.11/32"]\n'
    _, seen = search(school, tmp_path, ALLOWED + ranges)
    capture.terminate()
    capture.wait(10)
    sent = [json.loads(line) for line in (tmp_path / "sent.jsonl").read_text("utf-8").splitlines()]
    groups = {"224.0.0.251", "239.255.255.250"}
    asked = [one for one in sent if (one["what"] == "arp" and one["asked"]) or one["what"] in {"syn", "udp", "icmp"}]
    inside = {f"10.66.0.{n}" for n in range(1, 63)} - {"10.66.0.11"}
    assert {one["to"] for one in asked} <= inside | groups
    assert not [one for one in asked if one.get("port") in {502, 9100, 47808, 4370, 1883}]
    assert most_in_a_second([one["at"] for one in asked if one["what"] == "arp"]) <= 1000
    others = [one for one in asked if one["what"] != "arp"]
    assert most_in_a_second([one["at"] for one in others]) <= 200
    for host in {one["to"] for one in others}:
        # Connections of the second stage are counted as requests, a handshake and its request as one.
        assert most_in_a_second([one["at"] for one in others if one["to"] == host]) <= 5, host
    told = seen[0]["raw"]
    assert told
    counted = Counter(one["what"] for one in others)
    assert counted["syn"] > 20


def most_in_a_second(times: list[float]) -> int:
    times = sorted(times)
    assert all(earlier <= later for earlier, later in pairwise(times))
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_inspect_audits_an_unknown_network_and_init_writes_it_down(school: Segment, tmp_path: Path) -> None:
    if shutil.which("snmpd") is None:
        pytest.skip("snmpd is not installed")
    (tmp_path / "snmpd.conf").write_text(AGENT, encoding="utf-8")
    school.add("agent", "10.66.0.20/24")
    environment = ["env", "MIBS=", f"SNMP_PERSISTENT_DIR={tmp_path}"]
    command = ["snmpd", "-f", "-Lo", "-C", "-c", f"{tmp_path}/snmpd.conf", "-p", f"{tmp_path}/pid"]
    school.start("agent", [*environment, *command], "NET-SNMP")
    options = ["--authorised", "信息中心 张三，2999-12-31", "--range", "10.66.0.8/29", "--range", "10.66.0.20/31"]
    secret = ["env", "LAB_COMMUNITY=campusro"]
    given = ["--snmp", "env:LAB_COMMUNITY", "--listen", "1", "--out", str(tmp_path / "out"), "--json"]
    done = school.run_in("near", [*secret, AUDITOR, "inspect", *options, *given], 200)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["score"]["proven"] == 0  # nothing is proven by looking around
    assert "GA/T" not in done.stderr
    assert "Ctrl-C" in done.stderr  # the warning came first
    bundle = Path(result["bundle"])
    observations = [json.loads(line) for line in (bundle / "observations.jsonl").read_text("utf-8").splitlines()]
    agent = next(one for one in observations if one["subject"] == "10.66.0.20" and one["kind"] == "host")["value"]
    assert (agent["dialect"], agent["opened_by"]) == ("huawei-vrp", ["snmp-1"])
    assert any(one["kind"] == "port" and one["value"] for one in observations)  # asked with the credential given
    everything = b"".join(path.read_bytes() for path in bundle.rglob("*") if path.is_file())
    assert b"campusro" not in everything
    assert (tmp_path / "out" / "mac-hash.key").read_bytes() not in everything
    inventory = tmp_path / "inventory.toml"
    drawn = school.run_in("near", [AUDITOR, "init", str(bundle), "--to", str(inventory)])
    assert drawn.returncode == 0, drawn.stderr
    assert 'address = "10.66.0.20"' in inventory.read_text("utf-8")
    checked = school.run_in("near", [*secret, AUDITOR, "check", str(inventory)])
    assert checked.returncode == 0, checked.stderr
    again = school.run_in("near", [AUDITOR, "init", str(bundle), "--to", str(inventory)])
    assert again.returncode == 2
    assert "Traceback" not in again.stderr
