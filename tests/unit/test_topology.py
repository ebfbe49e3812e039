"""Links between the inventory's devices out of what each of them hears."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

from probes.campus import Device
from probes.kinds import Neighbour
from probes.observation import Method, Observation, Status
from probes.switching.topology import End, Link, links

DEVICES = [
    Device(id="core", role="core-switch", address="10.0.0.1", name="HX-1"),
    Device(id="acc-1", role="access-switch", address="10.0.0.2", name="JR-1"),
    Device(id="acc-2", role="access-switch", address="10.0.0.3", name="JR-2"),
]
NAMES = {"core": "HX-CORE.school.cn"}


def heard(port: str, name: str, remote: str, protocol: str = "lldp") -> Observation:
    return Observation(
        kind="neighbour",
        subject=port,
        status=Status.OK,
        taken_at=datetime(2026, 11, 25, tzinfo=UTC),
        duration_s=0.1,
        probe="neighbours",
        vantage="test",
        method=Method.READ,
        value=Neighbour(remote_name=name, remote_port=remote, protocol=protocol),
    ).sealed()


BOTH = [
    heard("core:GE0/0/1", "JR-1", "GigabitEthernet0/0/24"),
    heard("acc-1:GigabitEthernet0/0/24", "hx-core", "GE0/0/1"),
]
CONFIRMED = Link(End("acc-1", "GigabitEthernet0/0/24"), End("core", "GE0/0/1"), confirmed=True)


def test_both_ends_are_one_link_under_their_own_names() -> None:
    for order in permutations(BOTH):
        assert links(order, DEVICES, NAMES) == [CONFIRMED]


def test_one_end_alone_is_a_link_that_nobody_confirms() -> None:
    assert links(BOTH[:1], DEVICES, NAMES) == [
        Link(End("acc-1", "GigabitEthernet0/0/24"), End("core", "GE0/0/1"), confirmed=False)
    ]


def test_two_cables_between_the_same_devices_are_two_links() -> None:
    second = [heard("core:GE0/0/2", "JR-1", "GE0/0/23"), heard("acc-1:GE0/0/23", "HX-1", "GigabitEthernet0/0/2")]
    found = links([*BOTH, *second], DEVICES, NAMES)
    assert [link.confirmed for link in found] == [True, True]


def test_strangers_computers_rooms_and_oneself_join_nothing() -> None:
    seen = [
        heard("core:GE0/0/3", "SEP001122334455", "Port 1"),
        heard("core:GE0/0/4", "place:A-301", "", "fdb"),
        heard("core:GE0/0/5", "core", "GE0/0/6"),
    ]
    assert links(seen, DEVICES, NAMES) == []


def test_a_name_that_two_devices_share_joins_nothing() -> None:
    twins = [*DEVICES, Device(id="acc-3", role="access-switch", address="10.0.0.4", name="JR-1")]
    assert links(BOTH[:1], twins, {}) == []


def test_a_serial_number_behind_the_name_does_not_hide_it() -> None:
    (link,) = links([heard("core:Gi1/0/1", "JR-2(FOC1234X0YZ)", "Gi0/1", "cdp")], DEVICES, {})
    assert {link.one.device, link.other.device} == {"core", "acc-2"}


def test_a_device_is_known_by_what_it_calls_itself() -> None:
    """No inventory needs to repeat the names on the devices: each carries its own in what it hears."""
    said = [heard("core:GE0/0/1", "ACC-1.school.cn", "GE0/0/24"), heard("acc-1:GE0/0/24", "HX-CORE", "GE0/0/1")]
    names = {"core": "HX-CORE.school.cn", "acc-1": "ACC-1"}
    told = [
        one.model_copy(
            update={"value": one.value.model_copy(update={"local_name": names[one.subject.partition(":")[0]]})}
        )
        for one in said
        if isinstance(one.value, Neighbour)
    ]
    assert links(told, DEVICES) == [Link(End("acc-1", "GE0/0/24"), End("core", "GE0/0/1"), confirmed=True)]
    assert links(said, DEVICES) == [Link(End("acc-1", "GE0/0/24"), End("core", "GE0/0/1"), confirmed=False)]
