"""From forwarding tables to the port of a room: the edge where it is clear, and the reason where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from probes.campus import Campus
from probes.interfaces import IF_NAME
from probes.observation import Reason
from probes.switching.edge import Found, NotFound, Wanted, locate
from probes.switching.forwarding import Switch
from probes.switching.heard import Heard, Passes
from probes.switching.mac import mask_evidence
from probes.switching.naming import PortNames
from tests.world import campus

PANEL, OTHER, LAPTOP = "00:19:c6:00:00:01", "00:19:c6:00:00:02", "00:19:c6:00:00:03"
CORE, ACCESS = "58:69:6c:00:00:01", "58:69:6c:00:00:02"
MANY = [f"00:19:c6:00:01:{n:02x}" for n in range(8)]


@dataclass
class Seen:
    """A switch as a test writes it: per port who is learnt, and who is heard."""

    name: str
    learnt: Mapping[str, Sequence[str]]
    heard: Mapping[str, Passes] = field(default_factory=dict)
    own: str | None = None


def school() -> Campus:
    return campus(
        device=[
            {"id": name, "role": "access-switch", "address": "192.0.2.1"} for name in ("core", "acc", "acc2", "acc3")
        ],
        place=[{"id": "A", "kind": "classroom"}, {"id": "B", "kind": "classroom"}],
    )


def switch(seen: Seen, cut: bool = False) -> Switch:  # noqa: FBT001, FBT002  a table entry
    at = school()
    device = at.find_device(seen.name)
    assert device is not None
    ports = sorted({*seen.learnt, *seen.heard})
    return Switch(
        device=device,
        names=PortNames(at, device, {port: {IF_NAME: f"GE{port}".encode()} for port in ports}),
        learnt={port: frozenset(addresses) for port, addresses in seen.learnt.items()},
        heard={port: (Heard(port, "someone", "1", "lldp", passes),) for port, passes in seen.heard.items()},
        listens=True,
        own=seen.own,
        cut=cut,
        evidence="",
    )


def found(*seen: Seen, silent: Sequence[str] = (), taken: Mapping[str, str] | None = None) -> Found | NotFound:
    wanted = [Wanted("place:A", frozenset({PANEL}))]
    (one,) = locate(wanted, [switch(one) for one in seen], silent, taken or {})
    return one


CLEAR: Mapping[str, Sequence[Seen]] = {
    "one switch": [Seen("acc", {"5": [PANEL]})],
    "a panel that speaks LLDP itself": [Seen("acc", {"5": [PANEL]}, {"5": "no"})],
    "the uplink of the core tells by LLDP": [
        Seen("core", {"1": [PANEL]}, {"1": "yes"}),
        Seen("acc", {"5": [PANEL]}),
    ],
    "the uplink of the core tells by the switch behind it": [
        Seen("core", {"1": [PANEL, ACCESS]}, own=CORE),
        Seen("acc", {"5": [PANEL]}, own=ACCESS),
    ],
    "the core has learnt all of the access port, and more": [
        Seen("core", {"1": [PANEL, LAPTOP, OTHER]}),
        Seen("acc", {"5": [PANEL, LAPTOP]}),
    ],
    "another access switch sees it through its uplink": [
        Seen("core", {"1": [PANEL, ACCESS]}, {"1": "yes", "2": "yes"}, own=CORE),
        Seen("acc2", {"24": [PANEL, CORE, OTHER]}, {"24": "yes"}),
        Seen("acc", {"5": [PANEL]}, own=ACCESS),
    ],
    "a room's own small switch": [Seen("acc", {"5": [PANEL, *MANY[:7]]})],
    "a silent switch elsewhere, and nobody beside the panel": [Seen("acc", {"5": [PANEL]})],
}


@pytest.mark.parametrize("case", CLEAR)
def test_the_edge_port_where_it_is_clear(case: str) -> None:
    one = found(*CLEAR[case], silent=["acc3"] if "silent" in case else ())
    assert isinstance(one, Found)
    assert (one.place, one.subject) == ("place:A", "acc:GE5")


UNCLEAR: Mapping[str, tuple[Sequence[Seen], Reason, str]] = {
    "nowhere": ([Seen("acc", {"5": [OTHER]})], Reason.EMPTY, "the panel may be off, or the address wrong"),
    "no tables": ([Seen("acc", {})], Reason.EMPTY, "no switch shows a forwarding table"),
    "only on the core's port to a switch that was not read": (
        [Seen("core", {"1": [PANEL]}, {"1": "yes"})],
        Reason.UNEXPECTED_ANSWER,
        "only learnt on ports that lead to other equipment (core:GE1); the switch next to the room was not read",
    ),
    "behind an unknown neighbour": (
        [Seen("core", {"1": [PANEL]}, {"1": "unknown"})],
        Reason.UNEXPECTED_ANSWER,
        "only learnt on ports that lead to other equipment (core:GE1)",
    ),
    "on two ports alike": (
        [Seen("core", {"1": [PANEL]}), Seen("acc", {"5": [PANEL]})],
        Reason.UNEXPECTED_ANSWER,
        "learnt on several ports: acc:GE5, core:GE1",
    ),
    "beside many": (
        [Seen("acc", {"5": [PANEL, *MANY]})],
        Reason.UNEXPECTED_ANSWER,
        "together with 8 others: a switch that the inventory does not have",
    ),
}


@pytest.mark.parametrize("case", UNCLEAR)
def test_where_it_is_not_clear_the_candidates_are_said_and_none_is_taken(case: str) -> None:
    seen, reason, words = UNCLEAR[case]
    one = found(*seen)
    assert isinstance(one, NotFound)
    assert (one.place, one.reason) == ("place:A", reason)
    assert words in str(one.why)


def test_beside_others_a_switch_that_could_not_be_read_may_stand_between() -> None:
    one = found(Seen("core", {"1": [PANEL, OTHER]}), silent=["acc"])
    assert isinstance(one, NotFound)
    assert "the room may hang on one of the switches that could not be read: acc" in str(one.why)


def test_a_port_that_the_inventory_gives_to_another_is_not_taken() -> None:
    one = found(Seen("acc", {"5": [PANEL]}), taken={"acc:GE5": "place:B"})
    assert isinstance(one, NotFound)
    assert "which the inventory gives to place:B" in str(one.why)


def test_two_rooms_behind_one_port_have_neither_found_its_own() -> None:
    wanted = [Wanted("place:A", frozenset({PANEL})), Wanted("place:B", frozenset({OTHER}))]
    both = list(locate(wanted, [switch(Seen("acc", {"5": [PANEL, OTHER]}))], (), {}))
    assert [type(one) for one in both] == [NotFound, NotFound]
    assert all("several rooms" in str(one.why) for one in both if isinstance(one, NotFound))


def test_a_table_that_was_too_long_decides_nothing() -> None:
    wanted = [Wanted("place:A", frozenset({PANEL}))]
    (one,) = locate(wanted, [switch(Seen("acc", {"5": [PANEL]}), cut=True)], (), {})
    assert isinstance(one, NotFound)


EVIDENCE = """\
# SNMP 2c 192.0.2.1 port 161/udp
1.3.6.1.2.1.17.7.1.2.2.1.2.10.0.25.198.1.14.60 = Integer32: 5
1.3.6.1.2.1.17.4.3.1.1.0.25.198.1.14.60 = OctetString: 00 19 C6 01 0E 3C
1.3.6.1.2.1.17.4.3.1.2.0.25.198.1.14.60 = Integer32: 5
1.3.6.1.2.1.17.1.1.0 = OctetString: "panels"
1.0.8802.1.1.2.1.4.1.1.9.0.5.1 = OctetString: "panel 0019-c601-0e3c"
# quirk: oids_not_increasing at 1.3.6.1.2.1.17.4.3.1.2.0.25.198.1.14.60
"""


def test_evidence_keeps_four_digits_of_an_address_and_no_more() -> None:
    assert mask_evidence(EVIDENCE, {"1.3.6.1.2.1.17.1.1.0"}) == (
        "# SNMP 2c 192.0.2.1 port 161/udp\n"
        "1.3.6.1.2.1.17.7.1.2.2.1.2.10.*.*.*.*.14.60 = Integer32: 5\n"
        "1.3.6.1.2.1.17.4.3.1.1.*.*.*.*.14.60 = OctetString: **:**:**:**:0e:3c\n"
        "1.3.6.1.2.1.17.4.3.1.2.*.*.*.*.14.60 = Integer32: 5\n"
        "1.3.6.1.2.1.17.1.1.0 = OctetString: (address)\n"
        '1.0.8802.1.1.2.1.4.1.1.9.0.5.1 = OctetString: "panel **:**:**:**:0e:3c"\n'
        "# quirk: oids_not_increasing at 1.3.6.1.2.1.17.4.3.1.2.*.*.*.*.14.60\n"
    )


def test_a_snapshot_of_the_inventory_does_not_repeat_an_address() -> None:
    at = campus(place=[{"id": "A", "kind": "classroom", "mac": "0019-C601-0E3C"}])
    assert at.place[0].mac == "00:19:c6:01:0e:3c"
    again = Campus.model_validate_json(at.model_dump_json())
    assert again.place[0].mac == "**:**:**:**:0e:3c"
