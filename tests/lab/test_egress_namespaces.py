"""The way out through real routers with real address translation, names, certificates and packets that expire."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.namespaces import NoNamespacesError
from tests.way_out import CARRIER, CERNET, GATEWAY, OUTSIDE, RESOLVER, SITES, WayOut, way_out

pytestmark = pytest.mark.lab

SEARCH, CHAT, TEACH = (f"https://{name}/" for name in ("www.search.cn", "www.chat.cn", "www.teach.edu.cn"))
TELLS = "https://ip.tells.cn/ip"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WayOut]:
    try:
        with way_out(tmp_path_factory.mktemp("way-out")) as made:
            yield made
    except NoNamespacesError as error:
        pytest.skip(f"no namespaces here: {error}")


def seen(lab: WayOut, **settings: Any) -> dict[str, Any]:
    """The value that the probe reports."""
    defaults = {"sites": [SEARCH, CHAT, TEACH], "address_services": [TELLS]}
    observation = lab.egress(**{**defaults, **settings})
    assert observation["status"] == "ok", observation
    value = observation["value"]
    assert isinstance(value, dict)
    return value


def traced(lab: WayOut, port: int) -> dict[str, Any]:
    """The path from the client to a site, by packets of our own that wait no longer than they need to here."""
    script = (
        "import json; from probes.wayout import trace; trace.WAIT_S = 0.2;"
        f"print(json.dumps(trace.trace({SITES['www.chat.cn']!r}, {port}).facts()))"
    )
    found = json.loads(lab.run("client", sys.executable, "-c", script))
    assert isinstance(found, dict)
    return found


def test_through_the_education_network(lab: WayOut) -> None:
    lab.leave_through("cernet")
    assert seen(lab) == {
        "public_ip": OUTSIDE["cernet"],
        "asn": 4538,
        "network": "CERNET",
        "hops": [GATEWAY, CERNET, SITES["www.search.cn"]],
        "via_cernet": "yes",
        "internet": True,
    }


def test_the_path_alone_proves_it(lab: WayOut) -> None:
    lab.leave_through("cernet")
    value = seen(lab, address_services=[], resolvers=[RESOLVER])
    assert (value["public_ip"], value["via_cernet"], value["asn"]) == (None, "yes", 4538)


def test_through_a_carrier_it_is_undetermined(lab: WayOut) -> None:
    lab.leave_through("carrier")
    assert seen(lab) == {
        "public_ip": OUTSIDE["carrier"],
        "asn": None,
        "network": None,
        "hops": [GATEWAY, CARRIER, SITES["www.search.cn"]],
        "via_cernet": "undetermined",
        "internet": True,
    }


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        ({"education_networks": ["61.155.1.0/24"]}, "yes"),
        ({"education_networks_complete": True}, "no"),
        ({"education_networks_complete": True, "sites": [SEARCH, CHAT]}, "undetermined"),
        ({"education_networks_complete": True, "trace": False}, "undetermined"),
        ({"education_only": "https://www.teach.edu.cn/members"}, "undetermined"),
    ],
)
def test_through_a_carrier_the_inventory_knows_better(lab: WayOut, settings: dict[str, Any], verdict: str) -> None:
    lab.leave_through("carrier")
    assert seen(lab, **settings)["via_cernet"] == verdict


def test_a_page_for_insiders_proves_it(lab: WayOut) -> None:
    lab.leave_through("cernet")
    value = seen(lab, address_services=[], trace=False, education_only="https://www.teach.edu.cn/members")
    assert (value["via_cernet"], value["asn"], value["hops"]) == ("yes", None, [])


def test_one_site_of_three_is_no_internet_and_two_are(lab: WayOut) -> None:
    lab.leave_through("carrier")
    dead = ["https://dead.search.cn/", "https://no-such-name.cn/"]
    assert seen(lab, sites=[SEARCH, *dead])["internet"] is False
    assert seen(lab, sites=[SEARCH, CHAT, *dead])["internet"] is True


def test_behind_a_login_page_nothing_is_known_of_the_internet(lab: WayOut) -> None:
    lab.leave_through("carrier", 'iifname "inside" tcp dport 443 redirect to :443')
    value = seen(lab)
    assert (value["internet"], value["public_ip"], value["via_cernet"]) == (None, None, "undetermined")


@pytest.mark.parametrize(
    ("rules", "method"),
    [
        (["icmp type echo-request drop"], "tcp"),
        (["icmp type echo-request drop", "tcp dport 8443 drop"], "udp"),
        ([], "icmp"),
    ],
)
def test_each_kind_of_packet_finds_the_way(lab: WayOut, rules: list[str], method: str) -> None:
    lab.leave_through("carrier", *rules)
    port = 8443 if method == "udp" else 443
    assert traced(lab, port) == {
        "to": SITES["www.chat.cn"],
        "by": method,
        "hops": [GATEWAY, CARRIER, SITES["www.chat.cn"]],
        "reached": True,
    }


def test_silent_routers_are_stars(lab: WayOut) -> None:
    lab.leave_through("carrier")
    mute = "table ip mute {\nchain out {\ntype filter hook output priority 0; policy drop;\n}\n}\n"
    lab.run("carrier", "nft", "-f", "-", given=mute)
    try:
        assert traced(lab, 443)["hops"] == [GATEWAY, "*", SITES["www.chat.cn"]]
    finally:
        lab.run("carrier", "nft", "delete", "table", "ip", "mute")


def test_nobody_else_answers_behind_a_cut_line(lab: WayOut) -> None:
    lab.leave_through("carrier", "ip daddr 120.53.50.1 drop")
    found = traced(lab, 443)
    assert (found["hops"], found["reached"]) == ([GATEWAY], False)


@pytest.mark.parametrize("program", ["traceroute", "tracepath"])
def test_the_systems_own_program(lab: WayOut, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    lab.leave_through("carrier")
    script = (
        "from probes.wayout import system_trace as s;"
        f"s.PROGRAMS = [one for one in s.PROGRAMS if one.name == {program!r}];"
        f"print(s.trace({SITES['www.chat.cn']!r}).routers)"
    )
    assert lab.run("client", sys.executable, "-c", script).strip() == f"('{GATEWAY}', '{CARRIER}')"
