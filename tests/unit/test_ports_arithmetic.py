"""What the rows of IF-MIB and EtherLike-MIB mean, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from probes import interfaces as column
from probes.interfaces import Interface, fcs_error_ratio, is_physical, speed_mbps

MORE_THAN_I_CAN_SAY = 4294967295
UP, DOWN = True, False


@pytest.mark.parametrize(
    ("speed", "high_speed", "oper_up", "expected", "why"),
    [
        (1_000_000_000, 1000, UP, 1000, "both agree"),
        (None, 1000, UP, 1000, "only ifHighSpeed"),
        (1_000_000_000, None, UP, 1000, "only ifSpeed"),
        (100_000_000, 0, UP, 100, "ifHighSpeed 0 says nothing when ifSpeed does"),
        (1_000_000_000, 0, DOWN, 1000, "also while the port is down"),
        (MORE_THAN_I_CAN_SAY, 10_000, UP, 10_000, "the 32 bits are full and ifHighSpeed has the figure"),
        (MORE_THAN_I_CAN_SAY, None, UP, None, "full and no ifHighSpeed"),
        (MORE_THAN_I_CAN_SAY, 0, UP, None, "full and ifHighSpeed 0"),
        (1_410_065_408, 10_000, UP, 10_000, "10 Gbit/s overflown, ifHighSpeed is right"),
        (1_410_065_408, None, UP, None, "10 Gbit/s overflown, nobody to say so"),
        (1_345_294_336, None, UP, None, "40 Gbit/s overflown"),
        (2_500_000_000, 2500, UP, 2500, "2.5 Gbit/s fits"),
        (2_500_000_000, None, UP, 2500, "2.5 Gbit/s fits"),
        (1_000_000_000, 10_000, UP, 1000, "a contradiction: the lower counts"),
        (1_000_000_000, 100, UP, 100, "a contradiction the other way: the lower counts"),
        (1_544_000, 2, UP, 2, "rounding is no contradiction"),
        (0, 2000, UP, 2000, "ifSpeed 0 is no figure"),
        (0, 0, DOWN, 0, "down, without speed"),
        (0, None, DOWN, 0, "down, without speed"),
        (None, 0, DOWN, 0, "down, without speed"),
        (0, 0, UP, None, "up at 0: it does not know"),
        (0, 0, None, 0, "state unknown, as the device says"),
        (None, None, UP, None, "nothing said"),
        (-1, None, UP, None, "negative"),
        (-1, -1, UP, None, "negative"),
        (-1, 100, UP, 100, "one is garbage"),
        (b"fast", b"1000", UP, None, "strings"),
        (None, 4_294_901_759, DOWN, None, "beyond any Ethernet"),
        (1_000_000_000, 4_294_901_759, UP, 1000, "beyond any Ethernet, but ifSpeed is sane"),
        (1000, None, UP, None, "Mbit/s in the place of bit/s: no Ethernet is that slow"),
    ],
)
def test_speed_of_a_physical_port(speed: Any, high_speed: Any, oper_up: Any, expected: float | None, why: str) -> None:
    assert speed_mbps(speed, high_speed, oper_up=oper_up, physical=True) == expected, why


@pytest.mark.parametrize(
    ("speed", "high_speed", "expected"), [(0, 0, 0), (64_000, 0, 0.064), (None, 0, 0), (None, None, None)]
)
def test_interfaces_of_software_may_be_up_at_no_speed(speed: Any, high_speed: Any, expected: float | None) -> None:
    assert speed_mbps(speed, high_speed, oper_up=True, physical=False) == expected


@pytest.mark.parametrize(
    ("value", "up"),
    [
        (1, True),
        (2, False),
        (3, False),
        (4, None),
        (5, False),
        (6, False),
        (7, False),
        (0, None),
        (8, None),
        (-1, None),
    ],
)
def test_operational_state(value: int, up: bool | None) -> None:  # noqa: FBT001  a column of the table
    assert Interface.read("1", {column.IF_OPER: value}).port.oper_up is up


@pytest.mark.parametrize(("value", "up"), [(1, True), (2, False), (3, False), (None, None), (b"up", None)])
def test_administrative_state(value: Any, up: bool | None) -> None:  # noqa: FBT001  a column of the table
    assert Interface.read("1", {column.IF_ADMIN: value}).port.admin_up is up


@pytest.mark.parametrize(
    ("value", "duplex"),
    [(1, "unknown"), (2, "half"), (3, "full"), (0, "unknown"), (None, "unknown"), (b"3", "unknown"), (-3, "unknown")],
)
def test_duplex(value: Any, duplex: str) -> None:
    assert Interface.read("1", {column.DOT3_DUPLEX: value}).port.duplex == duplex


@pytest.mark.parametrize(
    ("row", "ratio"),
    [
        ({"DOT3_FCS": 3, "IF_HC_UCAST": 1000, "IF_HC_MULTICAST": 400, "IF_HC_BROADCAST": 100}, 0.002),
        ({"DOT3_FCS": 3, "IF_HC_UCAST": 1500}, 0.002),
        ({"DOT3_FCS": 3, "IF_IN_UCAST": 1000, "IF_IN_NUCAST": 500}, 0.002),
        ({"DOT3_FCS": 3, "IF_HC_UCAST": 0, "IF_HC_MULTICAST": 0, "IF_IN_UCAST": 1500}, 0.002),
        ({"DOT3_FCS": 3, "IF_HC_UCAST": 1500, "IF_IN_UCAST": 7}, 0.002),
        ({"DOT3_FCS": 0, "IF_HC_UCAST": 1500}, 0.0),
        ({"DOT3_FCS": 0, "IF_HC_UCAST": 0, "IF_IN_UCAST": 0}, None),
        ({"DOT3_FCS": 5}, None),
        ({"IF_HC_UCAST": 1500}, None),
        ({"DOT3_FCS": -5, "IF_HC_UCAST": 1500}, None),
        ({"DOT3_FCS": 5, "IF_HC_UCAST": -1500}, None),
        ({"DOT3_FCS": 500, "IF_HC_UCAST": 100}, 1.0),
    ],
    ids=str,
)
def test_ratio_of_broken_frames(row: dict[str, int], ratio: float | None) -> None:
    assert fcs_error_ratio({getattr(column, name): value for name, value in row.items()}) == ratio


@pytest.mark.parametrize(
    ("if_type", "connector", "name", "physical"),
    [
        (6, 1, "GigabitEthernet0/0/1", True),
        (6, None, "ge0/1", True),
        (117, 1, "gigabitEthernet 1/0/13 : copper", True),
        (62, 1, "Fa0/1", True),
        (6, 2, "eth0.41", False),
        (6, 1, "Vlan-interface254", False),
        (53, 1, "Vlan10", False),
        (24, 2, "LoopBack0", False),
        (1, 2, "NULL0", False),
        (161, 2, "Eth-Trunk1", False),
        (None, None, "port 1", None),
        (b"6", None, "port 1", None),
    ],
)
def test_what_a_cable_can_be_put_into(if_type: Any, connector: Any, name: str, physical: bool | None) -> None:  # noqa: FBT001  a column of the table
    assert is_physical(if_type, connector, name) is physical


def test_an_interface_goes_by_its_if_name_and_else_by_its_description() -> None:
    named = Interface.read("7", {column.IF_NAME: b"Gi0/7", column.IF_DESCR: b"GigabitEthernet0/7"})
    described = Interface.read("7", {column.IF_NAME: b"\0", column.IF_DESCR: b"GigabitEthernet0/7"})
    assert (named.name, named.descr, described.name) == ("Gi0/7", "GigabitEthernet0/7", "GigabitEthernet0/7")


def test_a_row_without_anything_is_an_interface_of_which_nothing_is_known() -> None:
    assert Interface.read("7", {}).port.model_dump(exclude_defaults=True) == {}
