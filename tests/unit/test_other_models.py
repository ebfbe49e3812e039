"""Consoles of models that no recording is of: tables and lists written row by row, and read back without loss.

Each case gives the head that the firmware prints, the form of a row, and for each row what is printed in it and what
that means; a row that is missed, misread or invented fails.
"""

# ruff: noqa: E501  consoles print wide tables

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from probes.dialect import NOTHING, Purpose, Rows, command_rows, load_dialects
from probes.interfaces import told_on_console

UP, DOWN, NONE = True, False, None


class Told(NamedTuple):
    """A port as it should be understood."""

    name: str
    admin: bool | None = UP
    oper: bool | None = UP
    mbps: float | None = None
    duplex: str = "unknown"


def understood(dialect: str, purpose: Purpose, send: str, answer: str) -> Rows:
    """What the first reading of that line which understands the answer finds, as a consultation would have it."""
    readings = [one for one in load_dialects()[dialect].commands(purpose) if one.send == send]
    assert readings
    return next((found for one in readings if (found := command_rows(one, answer)).understood), NOTHING)


def ports(dialect: str, send: str, answer: str) -> list[Told]:
    """The ports that an answer tells of."""
    told = []
    for row in understood(dialect, "port", send, answer).rows:
        port = told_on_console(row.groups).port
        told.append(Told(row.groups["name"], port.admin_up, port.oper_up, port.speed_mbps, port.duplex))
    return told


VRP_HEAD = """PHY: Physical
*down: administratively down
^down: standby
(l): loopback
(e): ETHOAM down
InUti/OutUti: input utility/output utility
Interface                   PHY   Protocol InUti OutUti   inErrors  outErrors
"""
VRP_ROW = "{:<27} {:<5} {:<8} 0.01%  0.01%          0          0"
VRP = [
    (("100GE1/0/1", "down", "down"), Told("100GE1/0/1", oper=DOWN)),
    (("10GE1/0/1", "up", "up"), Told("10GE1/0/1")),
    (("10GE1/0/2(1G)", "up", "up"), Told("10GE1/0/2", mbps=1000)),
    (("10GE1/0/3", "*down", "down"), Told("10GE1/0/3", DOWN, DOWN)),
    (("25GE1/0/1(10G)", "up", "up"), Told("25GE1/0/1", mbps=10000)),
    (("40GE1/0/1", "!down", "down"), Told("40GE1/0/1", oper=DOWN)),
    (("40GE1/0/2:1", "#down", "down"), Told("40GE1/0/2:1", oper=DOWN)),
    (("Eth-Trunk1", "up", "up"), Told("Eth-Trunk1")),
    (("  10GE1/0/5", "up", "up"), Told("10GE1/0/5")),
    (("GE1/0/1(10M)", "up", "up"), Told("GE1/0/1", mbps=10)),
    (("GigabitEthernet0/0/1", "up(l)", "up"), Told("GigabitEthernet0/0/1")),
    (("GigabitEthernet0/0/2(100M)", "up", "up"), Told("GigabitEthernet0/0/2", mbps=100)),
    (("GigabitEthernet0/0/5(v)", "up", "down"), Told("GigabitEthernet0/0/5")),
    (("MEth0/0/0", "up(e)", "up"), Told("MEth0/0/0")),
    (("MultiGE0/0/1(2.5G)", "up", "up"), Told("MultiGE0/0/1", mbps=2500)),
    (("Vlanif1", "up", "up"), Told("Vlanif1")),
    (("Wlan-Radio0/0/1", "up", "up(s)"), Told("Wlan-Radio0/0/1")),
    (("XGigabitEthernet0/0/1", "^down", "down"), Told("XGigabitEthernet0/0/1", oper=DOWN)),
]
ROUTED_HEAD = """Brief information on interfaces in route mode:
Link: ADM - administratively down; Stby - standby
Protocol: (s) - spoofing
Interface            Link Protocol Primary IP      Description
"""
ROUTED_ROW = "{:<20} {:<4} {:<8} {:<15} {}"
ROUTED = [
    (("InLoop0", "UP", "UP(s)", "--", ""), Told("InLoop0")),
    (("M-GE0/0/0", "UP", "UP", "192.168.0.1", "out of band"), Told("M-GE0/0/0")),
    (("REG0", "UP", "--", "--", ""), Told("REG0")),
    (("XGE0/0/10", "DOWN", "DOWN", "--", ""), Told("XGE0/0/10", oper=DOWN)),
    (("Vlan4094", "Stby", "DOWN", "--", "UP 10G"), Told("Vlan4094", oper=DOWN)),
]
BRIDGED_HEAD = """
Brief information on interfaces in bridge mode:
Link: ADM - administratively down; Stby - standby
Speed: (a) - auto
Duplex: (a)/A - auto; H - half; F - full
Type: A - access; T - trunk; H - hybrid
Interface            Link Speed     Duplex Type PVID Description
"""
BRIDGED_ROW = "{:<20} {:<4} {:<9} {:<6} {:<4} {:<4} {}"
BRIDGED = [
    (("BAGG1", "UP", "20G(a)", "F(a)", "T", "1", "to core 1 UP 10G"), Told("BAGG1", mbps=20000, duplex="full")),
    (("Eth1/0/1", "UP", "100M(a)", "H(a)", "A", "10", ""), Told("Eth1/0/1", mbps=100, duplex="half")),
    (("FGE1/0/53", "UP", "40G", "F", "T", "1", ""), Told("FGE1/0/53", mbps=40000, duplex="full")),
    (("GE1/0/1", "UP", "1G(a)", "F(a)", "A", "10", "教学楼 A301"), Told("GE1/0/1", mbps=1000, duplex="full")),
    (("GE1/0/2", "UP", "10M", "F", "H", "10", ""), Told("GE1/0/2", mbps=10, duplex="full")),
    (("GE1/0/3", "DOWN", "auto", "A", "A", "10", ""), Told("GE1/0/3", oper=DOWN)),
    (("GE1/0/4", "ADM", "auto", "A", "A", "10", "spare"), Told("GE1/0/4", DOWN, DOWN)),
    (("GE1/0/5", "DOWN", "A", "A", "A", "10", ""), Told("GE1/0/5", oper=DOWN)),
    (("HGE1/0/55", "DOWN", "100G", "F", "A", "1", ""), Told("HGE1/0/55", oper=DOWN, duplex="full")),
    (("MGE1/0/1", "UP", "2.5G(a)", "F(a)", "A", "1", ""), Told("MGE1/0/1", mbps=2500, duplex="full")),
    (("WGE1/0/49", "UP", "25G", "F", "T", "1", ""), Told("WGE1/0/49", mbps=25000, duplex="full")),
    (("XGE1/0/49", "UP", "10G(a)", "F(a)", "T", "1", ""), Told("XGE1/0/49", mbps=10000, duplex="full")),
]
RGOS_HEAD = """Interface                                Status    Vlan   Duplex   Speed     Type
---------------------------------------- --------  ----   -------  --------- ------
"""
RGOS_ROW = "{:<40} {:<9} {:<6} {:<8} {:<9} {}"
RGOS = [
    (("GigabitEthernet 0/1", "up", "10", "Full", "1000M", "copper"), Told("GigabitEthernet 0/1", UP, UP, 1000, "full")),
    (
        ("GigabitEthernet 0/2", "up", "trunk", "Half", "100M", "copper"),
        Told("GigabitEthernet 0/2", UP, UP, 100, "half"),
    ),
    (("GigabitEthernet 0/3", "down", "1", "Unknown", "Unknown", "copper"), Told("GigabitEthernet 0/3", UP, DOWN)),
    (("GigabitEthernet 0/4", "disabled", "1", "Unknown", "Unknown", "copper"), Told("GigabitEthernet 0/4", DOWN, DOWN)),
    (("GigabitEthernet 0/5", "strange", "1", "Unknown", "Unknown", "copper"), Told("GigabitEthernet 0/5", NONE, NONE)),
    (
        ("TwentyFiveGigE 1/0/1", "up", "routed", "Full", "25G", "fiber"),
        Told("TwentyFiveGigE 1/0/1", UP, UP, 25000, "full"),
    ),
    (("2.5GigabitEthernet 0/1", "up", "1", "Full", "2500M", "x"), Told("2.5GigabitEthernet 0/1", UP, UP, 2500, "full")),
    (("AggregatePort 1", "up", "trunk", "Full", "2000M", "copper"), Told("AggregatePort 1", UP, UP, 2000, "full")),
    (("Mgmt 0", "up", "routed", "Full", "1000M", "copper"), Told("Mgmt 0", UP, UP, 1000, "full")),
]
IOS_HEAD = "\nPort      Name               Status       Vlan       Duplex  Speed Type\n"
IOS_ROW = "{:<9} {:<18} {:<12} {:<10} {:>7} {:>6} {}"
IOS = [
    (("Gi1/0/1", "is connected there", "connected", "10", "a-full", "a-1000", "1000T"), Told("Gi1/0/1", UP, UP, 1000, "full")),
    (("Gi1/0/2", "not connected", "notconnect", "1", "auto", "auto", "1000T"), Told("Gi1/0/2", UP, DOWN)),
    (("Gi1/0/3", "spare", "disabled", "1", "auto", "auto", "Not Present"), Told("Gi1/0/3", DOWN, DOWN)),
    (("Gi1/0/4", "", "err-disabled", "1", "auto", "auto", ""), Told("Gi1/0/4", UP, DOWN)),
    (("Gi1/0/5", "", "connected", "10", "a-half", "a-100", ""), Told("Gi1/0/5", UP, UP, 100, "half")),
    (("Gi1/0/6", "", "inactive", "99", "a-full", "a-1000", ""), Told("Gi1/0/6", UP, NONE, 1000, "full")),
    (("Tw1/0/37", "ap", "connected", "20", "a-full", "a-2500", ""), Told("Tw1/0/37", UP, UP, 2500, "full")),
    (("Te1/1/1", "uplink", "connected", "trunk", "full", "10G", "SFP-10GBase-SR"), Told("Te1/1/1", UP, UP, 10000, "full")),
    (("Po1", "", "connected", "routed", "a-full", "20G", "N/A"), Told("Po1", UP, UP, 20000, "full")),
]  # fmt: skip
PROCURVE_HEAD = """ Status and Counters - Port Status

                          | Intrusion                           MDI  Flow Bcast
  Port         Type       | Alert     Enabled Status Mode       Mode Ctrl Limit
  ------------ ---------- + --------- ------- ------ ---------- ---- ---- -----
"""
PROCURVE_ROW = "  {:<12} {:<10} | No        {:<7} {:<6} {:<10} Auto off  0"
PROCURVE = [
    (("1", "100/1000T", "Yes", "Up", "1000FDx"), Told("1", UP, UP, 1000, "full")),
    (("2", "100/1000T", "Yes", "Down", "1000FDx"), Told("2", UP, DOWN, NONE, "full")),
    (("3", "100/1000T", "No", "Down", "1000FDx"), Told("3", DOWN, DOWN, NONE, "full")),
    (("4", "100/1000T", "Yes", "Up", "100HDx"), Told("4", UP, UP, 100, "half")),
    (("A1", "SFP+SR", "Yes", "Up", "10GigFD"), Told("A1", UP, UP, 10000, "full")),
]
DCN_HEAD = """Codes: A-Down - administratively down, a - auto, f - force, G - Gigabit

Interface  Link/Protocol  Speed    Duplex  Vlan   Type            Alias Name
"""
DCN_ROW = "{:<10} {:<14} {:<8} {:<7} {:<6} G-TX"
DCN = [
    (("1/0/1", "UP/UP", "a-1000M", "a-FULL", "10"), Told("1/0/1", UP, UP, 1000, "full")),
    (("1/0/2", "DOWN/DOWN", "auto", "auto", "1"), Told("1/0/2", UP, DOWN)),
    (("1/0/3", "A-DOWN/DOWN", "auto", "auto", "1"), Told("1/0/3", DOWN, DOWN)),
    (("1/0/25", "UP/UP", "f-10G", "f-FULL", "trunk"), Told("1/0/25", UP, UP, 10000, "full")),
    (("Ethernet1/0/26", "UP/UP", "a-100M", "f-HALF", "1"), Told("Ethernet1/0/26", UP, UP, 100, "half")),
]
TPLINK_HEAD = "\nPort      Status    Speed     Duplex    FlowCtrl  Jumbo     Active-Medium\n"
TPLINK_ROW = "{:<9} {:<9} {:<9} {:<9} Disable   Disable   Copper"
TPLINK = [
    (("Gi1/0/1", "LinkUp", "1000M", "Full"), Told("Gi1/0/1", UP, UP, 1000, "full")),
    (("Gi1/0/2", "LinkDown", "N/A", "N/A"), Told("Gi1/0/2", UP, DOWN)),
    (("Gi1/0/3", "Disable", "N/A", "N/A"), Told("Gi1/0/3", DOWN, DOWN)),
    (("Te1/0/25", "LinkUp", "10G", "Full"), Told("Te1/0/25", UP, UP, 10000, "full")),
]
ZTE_HEAD = "Interface               Attribute  Mode         BW    Admin Phy   Prot  Description\n"
ZTE_ROW = "{:<23} electric   {:<12} {:<5} {:<5} {:<5} {:<5} {}"
ZTE = [
    (("gei-0/1/1/1", "Duplex/full", "1G", "up", "up", "up", "to A301"), Told("gei-0/1/1/1", UP, UP, 1000, "full")),
    (("gei-0/1/1/2", "Duplex/half", "100M", "up", "up", "up", ""), Told("gei-0/1/1/2", UP, UP, 100, "half")),
    (("gei-0/1/1/3", "Duplex/full", "1G", "up", "down", "down", ""), Told("gei-0/1/1/3", UP, DOWN, NONE, "full")),
    (
        ("xgei-0/2/1/1", "Duplex/full", "10G", "down", "down", "down", ""),
        Told("xgei-0/2/1/1", DOWN, DOWN, NONE, "full"),
    ),
    (("smartgroup1", "N/A", "N/A", "up", "up", "up", ""), Told("smartgroup1")),
]
ROS_HEAD = "Flags: D - DYNAMIC; X - DISABLED, R - RUNNING; S - SLAVE \n"
ROS_ROW = (
    '{:>2} {:<4} name="{}" type="ether" mtu=1500 actual-mtu=1500\n        l2mtu=1592 mac-address=48:8F:5A:00:00:01'
)
ROS = [
    (("0", "  RS ;;; up\n       ", "ether1"), Told("ether1")),
    (("1", "  S", "ether2"), Told("ether2", oper=DOWN)),
    (("2", " X ", "ether3"), Told("ether3", DOWN, DOWN)),
    (("10", "D R", "<l2tp-a>"), Told("<l2tp-a>")),
    (("11", "  R", "bridge 1"), Told("bridge 1")),
    (("12", "  I  ;;; no SIM\n       ", "lte1"), Told("lte1", oper=DOWN)),
]
TABLES: list[tuple[str, str, str, str, Sequence[tuple[tuple[str, ...], Told]]]] = [
    ("huawei-vrp", "display interface brief", VRP_HEAD, VRP_ROW, VRP),
    ("hp-comware", "display interface brief", ROUTED_HEAD, ROUTED_ROW, ROUTED),
    ("hp-comware", "display interface brief", BRIDGED_HEAD, BRIDGED_ROW, BRIDGED),
    ("ruijie-os", "show interfaces status", RGOS_HEAD, RGOS_ROW, RGOS),
    ("cisco-ios", "show interfaces status", IOS_HEAD, IOS_ROW, IOS),
    ("hp-procurve", "show interfaces brief", PROCURVE_HEAD, PROCURVE_ROW, PROCURVE),
    ("dcn", "show interface ethernet status", DCN_HEAD, DCN_ROW, DCN),
    ("tp-link", "show interface status", TPLINK_HEAD, TPLINK_ROW, TPLINK),
    ("zte-zxros", "show interface brief", ZTE_HEAD, ZTE_ROW, ZTE),
    ("mikrotik-routeros", "/interface print detail without-paging", ROS_HEAD, ROS_ROW, ROS),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "send", "head", "form", "rows"), TABLES)
def test_every_row_of_a_table_of_ports(dialect: str, send: str, head: str, form: str, rows: Any) -> None:
    printed = head + "\n".join(form.format(*row) for row, _ in rows) + "\n"
    assert ports(dialect, send, printed) == [told for _, told in rows]


def test_both_tables_of_comware_in_one_answer() -> None:
    routed = ROUTED_HEAD + "\n".join(ROUTED_ROW.format(*row) for row, _ in ROUTED)
    bridged = BRIDGED_HEAD + "\n".join(BRIDGED_ROW.format(*row) for row, _ in BRIDGED)
    found = ports("hp-comware", "display interface brief", f"{routed}\n{bridged}\n")
    assert found == [told for _, told in (*ROUTED, *BRIDGED)]


# -- blocks of lines, some of which no template knows ------------------------------------------------------------------

VRP5 = """{name} current state : {state}
Line protocol current state : UP
Description:To A-301: Speed : 10, Duplex: HALF
Switch Port, Link-type : access(configured),
PVID :   10, TPID : 8100(Hex), The Maximum Frame Length is 9216
Last physical up time   : 2026-11-20 08:01:12 UTC+08:00
Port Mode: COMMON COPPER, Something: NEW
Speed : {speed},  Loopback: NONE
Duplex: {duplex},  Negotiation: ENABLE
a line of a later version
Input:  1000 packets, 100000 bytes

"""
VRP8 = """{name} current state : {state} (ifindex: 5)
Line protocol current state : UP
Description:
Port Mode:           COMMON FIBER,           Port Split/Aggregate:           -
Speed:                      {speed:>5},           Loopback:                    NONE
Duplex:                      {duplex},           Negotiation:              DISABLE
Input Flow-control:       DISABLE,           Output Flow-control:      DISABLE

"""
TRUNK = """Eth-Trunk1 current state : UP
Line protocol current state : UP
Description:
Switch Port, Link-type : trunk(configured),
PVID :    1, Hash arithmetic : According to SIP-XOR-DIP,Maximal BW: 4G, Current BW: 2G, The Maximum Frame Length is 9216
-----------------------------------------------------
PortName                      Status      Weight
GigabitEthernet0/0/23         UP          1
"""
STATES = [
    ("GigabitEthernet0/0/1", "UP", 100, "HALF", Told("GigabitEthernet0/0/1", UP, UP, 100, "half")),
    ("MultiGE0/0/1", "UP", 2500, "FULL", Told("MultiGE0/0/1", UP, UP, 2500, "full")),
    ("GigabitEthernet0/0/2", "Administratively DOWN", 1000, "FULL", Told("GigabitEthernet0/0/2", DOWN, DOWN, NONE, "full")),
    ("40GE1/0/1", "DOWN(Transceiver is not installed)", 40000, "FULL", Told("40GE1/0/1", UP, DOWN, NONE, "full")),
    ("10GE1/0/1", "UP", 10000, "FULL", Told("10GE1/0/1", UP, UP, 10000, "full")),
]  # fmt: skip


@pytest.mark.parametrize("form", [VRP5, VRP8], ids=["VRP 5", "VRP 8"])
def test_interfaces_of_vrp_one_after_the_other(form: str) -> None:
    printed = "".join(
        form.format(name=name, state=state, speed=speed, duplex=duplex) for name, state, speed, duplex, _ in STATES
    )
    expected = [*(one[-1] for one in STATES), Told("Eth-Trunk1", mbps=2000)]
    assert ports("huawei-vrp", "display interface", printed + TRUNK) == expected


CATALYST = """{name} is {state}, line protocol is {line} ({why})
  Hardware is Gigabit Ethernet, address is 00a1.b2c3.d401 (bia 00a1.b2c3.d401)
  Description: panel A-301
  {duplex}, {speed}, media type is 10/100/1000BaseTX
{strange}  input flow-control is off, output flow-control is unsupported
"""


@pytest.mark.parametrize("strange", ["", "%%% a line that no template knows\n"])
def test_interfaces_of_a_catalyst(strange: str) -> None:
    rows = [
        ("GigabitEthernet1/0/1", "up", "up", "connected", "Full-duplex", "1000Mb/s"),
        ("GigabitEthernet1/0/2", "down", "down", "notconnect", "Auto-duplex", "Auto-speed"),
        ("GigabitEthernet1/0/3", "administratively down", "down", "disabled", "Auto-duplex", "Auto-speed"),
        ("TwoGigabitEthernet1/0/37", "up", "up", "connected", "Full-duplex", "2500Mb/s"),
        ("TenGigabitEthernet1/1/1", "up", "up", "connected", "Full-duplex", "10Gb/s"),
        ("FastEthernet0/1", "up", "up", "connected", "Half-duplex", "10Mb/s"),
    ]
    names = ("name", "state", "line", "why", "duplex", "speed")
    printed = "".join(CATALYST.format(**dict(zip(names, row, strict=True)), strange=strange) for row in rows)
    assert ports("cisco-ios", "show interfaces", printed) == [
        Told("GigabitEthernet1/0/1", UP, UP, 1000, "full"),
        Told("GigabitEthernet1/0/2", UP, DOWN),
        Told("GigabitEthernet1/0/3", DOWN, DOWN),
        Told("TwoGigabitEthernet1/0/37", UP, UP, 2500, "full"),
        Told("TenGigabitEthernet1/1/1", UP, UP, 10000, "full"),
        Told("FastEthernet0/1", UP, UP, 10, "half"),
    ]


def test_interfaces_of_an_aruba_cx() -> None:
    printed = """Interface 1/1/1 is up
 Admin state is up
 Link state: up for 2 days (since Mon Nov 23 10:00:00 CST 2026)
 Description: to A-301
 Type 1GbT
 Full-duplex
 Speed 1000 Mb/s
 A line of a later version: 3

Interface 1/1/2 is down
 Admin state is up
 Speed 0 Mb/s

Interface 1/1/3 is down (Administratively down)
 Admin state is down

Aggregate lag1 is up
 Admin state is up
 Speed                       : 20000 Mb/s
"""
    assert ports("aruba-cx", "show interface", printed) == [
        Told("1/1/1", UP, UP, 1000, "full"),
        Told("1/1/2", UP, DOWN),
        Told("1/1/3", DOWN, DOWN),
        Told("lag1", UP, UP, 20000),
    ]


# -- neighbours --------------------------------------------------------------------------------------------------------

VRP_LLDP = """10GE1/0/1 has 2 neighbor(s):

Neighbor index                     :1
Chassis ID                         :4c1f-cc01-0203
Port ID                            :10GE1/0/48
System name                        :CORE-1
Something new                      :x

Neighbor index                     :2
Chassis ID                         :4c1f-cc01-0299
Port ID                            :eth0
System name                        :
MEth0/0/0 has 1 neighbor(s):

Neighbor index :1
Chassis ID     :4c1f-cc01-0300
Port ID        :GigabitEthernet0/0/7
System name    :教学楼-2F-SW
GigabitEthernet0/0/9 has 0 neighbor(s)
"""
VRP_LLDP_FOUND = [
    ("10GE1/0/1", "CORE-1", "10GE1/0/48"),
    ("10GE1/0/1", "4c1f-cc01-0299", "eth0"),
    ("MEth0/0/0", "教学楼-2F-SW", "GigabitEthernet0/0/7"),
]
VRP_BRIEF = """Local Intf       Neighbor Dev             Neighbor Intf             Exptime (sec)
GE0/0/1          S5735-2F                 GE0/0/24                  104
10GE0/0/1        CORE 1                   XGE0/0/3                  113
"""
CE_BRIEF = """Local Interface         Exptime(s) Neighbor Interface      Neighbor Device
-------------------------------------------------------------------------------
10GE1/0/1                     111  00e0-fc11-2233          localhost.localdomain
MEth0/0/0                     119  GigabitEthernet1/0/42   MGMT SW 1
"""
COMWARE_LIST = """Chassis ID : * -- -- Nearest nontpmr bridge neighbor
System Name          Local Interface Chassis ID      Port ID
CORE-S7506           XGE1/0/49       3c8c-4000-0001  Ten-GigabitEthernet2/0/1
Front Desk SW        GE1/0/3         3c8c-4000-0004  Port 1
-                    GE1/0/2         3c8c-4000-0003  3c8c-4000-0003
                     GE1/0/4         3c8c-4000-0005  eth0
"""
COMWARE_TURNED = """Local Interface Chassis ID      Port ID                    System Name
XGE1/0/0/1      bcea-fa00-0033  Ten-GigabitEthernet1/0/47  CORE 01
"""
COMWARE5 = """LLDP neighbor-information of port 1[GigabitEthernet1/0/1]:
  Neighbor index   : 1
  Update time      : 0 days,0 hours,1 minutes,1 seconds
  Chassis type     : MAC address
  Chassis ID       : 000f-0055-0002
  Port ID type     : Interface name
  Port ID          : GigabitEthernet1/0/24
  System name      : CORE-1

LLDP neighbor-information of port 2[GigabitEthernet1/0/2]:
LLDP agent nearest-bridge:
 LLDP neighbor index : 1
 Chassis ID/subtype  : 000f-0055-0003/MAC address
 Port ID/subtype     : GigabitEthernet1/0/7/Interface name
"""
CX_LLDP = """LLDP Neighbor Information
=========================

Total Neighbor Entries          : 3

--------------------------------------------------------------------------------
Port                           : 1/1/17
Neighbor Entries               : 2
Neighbor System-Name           : IDF17-SW01.example.net
Neighbor System-Description    : Cisco IOS Software
Technical Support: http://www.example.com
Neighbor Chassis-ID            : e4:8e:bb:00:00:01
Neighbor Port-ID               : Gi1/1

Neighbor Chassis-Name          : AP 2
Neighbor Chassis-ID            : e4:8e:bb:00:00:02
Neighbor Port-ID               : eth0
--------------------------------------------------------------------------------
Port                           : 1/1/18
Neighbor System-Name           :
Neighbor Chassis-ID            : e4:8e:bb:00:00:03
Neighbor Port-ID               : e4:8e:bb:00:00:03
"""
RGOS_LLDP = """Capability codes:
    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device

System Name            Local Intf           Port ID                Capability     Aging-time
Ruijie-Core            Te0/25               TenGigabitEthernet 1/1 B, R           1minutes 45seconds
教学楼 2F              Gi0/2                GigabitEthernet 0/24   B              1minutes 30seconds

Total entries displayed: 2
"""
ROS_NEIGHBOURS = """ 0 interface=ether1,bridge address=10.1.1.1 mac-address=48:8F:5A:00:00:02 identity="CORE-1" platform="MikroTik"
   interface-name="bridge/ether3" discovered-by=cdp,lldp,mndp

 1 interface=ether2 mac-address=48:8F:5A:00:00:03 identity="教学楼 AP" platform="" age=3s discovered-by=lldp
"""
HEARD = [
    ("huawei-vrp", "display lldp neighbor", VRP_LLDP, VRP_LLDP_FOUND),
    ("huawei-vrp", "display lldp neighbor", "GE0/0/1 has 0 neighbor(s)\nGE0/0/2 has 0 neighbor(s)\n", []),
    (
        "huawei-vrp",
        "display lldp neighbor brief",
        VRP_BRIEF,
        [("GE0/0/1", "S5735-2F", "GE0/0/24"), ("10GE0/0/1", "CORE 1", "XGE0/0/3")],
    ),
    (
        "huawei-vrp",
        "display lldp neighbor brief",
        CE_BRIEF,
        [
            ("10GE1/0/1", "localhost.localdomain", "00e0-fc11-2233"),
            ("MEth0/0/0", "MGMT SW 1", "GigabitEthernet1/0/42"),
        ],
    ),
    (
        "hp-comware",
        "display lldp neighbor-information list",
        COMWARE_LIST,
        [
            ("XGE1/0/49", "CORE-S7506", "Ten-GigabitEthernet2/0/1"),
            ("GE1/0/3", "Front Desk SW", "Port 1"),
            ("GE1/0/2", "-", "3c8c-4000-0003"),
            ("GE1/0/4", "3c8c-4000-0005", "eth0"),
        ],
    ),
    (
        "hp-comware",
        "display lldp neighbor-information list",
        COMWARE_TURNED,
        [("XGE1/0/0/1", "CORE 01", "Ten-GigabitEthernet1/0/47")],
    ),
    (
        "hp-comware",
        "display lldp neighbor-information",
        COMWARE5,
        [
            ("GigabitEthernet1/0/1", "CORE-1", "GigabitEthernet1/0/24"),
            ("GigabitEthernet1/0/2", "000f-0055-0003", "GigabitEthernet1/0/7"),
        ],
    ),
    (
        "hp-comware",
        "display lldp neighbor-information verbose",
        COMWARE5.replace("Chassis ID/sub", "ChassisID/sub"),
        [
            ("GigabitEthernet1/0/1", "CORE-1", "GigabitEthernet1/0/24"),
            ("GigabitEthernet1/0/2", "000f-0055-0003", "GigabitEthernet1/0/7"),
        ],
    ),
    (
        "aruba-cx",
        "show lldp neighbor-info detail",
        CX_LLDP,
        [
            ("1/1/17", "IDF17-SW01.example.net", "Gi1/1"),
            ("1/1/17", "AP 2", "eth0"),
            ("1/1/18", "e4:8e:bb:00:00:03", "e4:8e:bb:00:00:03"),
        ],
    ),
    (
        "ruijie-os",
        "show lldp neighbors",
        RGOS_LLDP,
        [("Te0/25", "Ruijie-Core", "TenGigabitEthernet 1/1"), ("Gi0/2", "教学楼 2F", "GigabitEthernet 0/24")],
    ),
    (
        "mikrotik-routeros",
        "/ip neighbor print detail without-paging",
        ROS_NEIGHBOURS,
        [("ether1,bridge", "CORE-1", "bridge/ether3"), ("ether2", "教学楼 AP", "")],
    ),
]


@pytest.mark.parametrize(("dialect", "send", "answer", "expected"), HEARD)
def test_every_neighbour_of_a_list(dialect: str, send: str, answer: str, expected: list[tuple[str, ...]]) -> None:
    found = understood(dialect, "neighbour", send, answer)
    names = ("local_port", "remote_name", "remote_port")
    assert found.understood
    assert [tuple(row.groups.get(name, "") for name in names) for row in found.rows] == expected


@pytest.mark.parametrize(
    ("dialect", "purpose", "send", "answer"),
    [
        ("huawei-vrp", "neighbour", "display lldp neighbor", "GE0/0/1 has 1 neighbor(s):\n\nsomething else altogether\n"),
        ("huawei-vrp", "neighbour", "display lldp neighbor brief", CE_BRIEF.replace("     111  ", " hours ")[:200]),
        ("hp-comware", "neighbour", "display lldp neighbor-information list", COMWARE_LIST[:120] + "\nstrange\n"),
        ("cisco-ios", "neighbour", "show lldp neighbors detail", "%%%\n\nTotal entries displayed: 2\n"),
        ("ruijie-os", "access_points", "show ap-config summary", "Online AP number: 3\nOffline AP number: 0\n\n???\n"),
        ("huawei-vrp", "access_points", "display ap all", "Total AP information:\nnor : normal [2]\n\n???\nTotal: 2\n"),
        ("hp-comware", "access_points", "display wlan ap all", "Total number of APs: 4\n\n???\n"),
        ("aruba-os", "access_points", "show ap database", "AP Database\n\n???\nTotal APs:3\n"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_is_not_an_empty_one(dialect: str, purpose: Purpose, send: str, answer: str) -> None:
    assert understood(dialect, purpose, send, answer) == NOTHING


# -- access points -----------------------------------------------------------------------------------------------------

VRP_APS = """Total AP information:
nor  : normal          [3]
fault: fault           [1]
P  : insufficient power supply
-----------------------------------------------------------------------------------------------------------------
ID   MAC            Name               Group   IP            Type            State STA Uptime      ExtraInfo
-----------------------------------------------------------------------------------------------------------------
0    00e0-fc76-e360 教学楼 A301        ap-group1 10.23.100.254 AirEngine5760-10 nor   12   15D:2H:30M:11S -
1    00e0-fc76-e361 AP 2 of hall       default 10.23.100.253 AP4050DN        nor   0   15D:2H:30M:11S P
12   00E0-FC76-E362 lib-2              default -             AP4050DN        fault 0   -           -
13   00e0-fc76-e363 00e0-fc76-e363     default -             -               idle  0   -           -
100  00e0-fc76-e364 x                  default 2001:db8::1   AP4050DN        nor   3   1H:2M:3S    -
-----------------------------------------------------------------------------------------------------------------
Total: 5
"""
COMWARE_APS = """Total number of APs: 4
Total number of connected APs: 2

                                  AP information
 State : I = Idle,      J  = Join,       JA = JoinAck,    IL = ImageLoad
         C = Config,    DC = DataCheck,  R  = Run,   M = Master,  B = Backup

AP name                        APID  State Model           Serial ID
教学楼A301                     1     R/M   WA6320          219801A1XXXX
ap two                         2     R     WA4320-ACN-SI   219801A1XXXX
lib-1                          3     I     WA6320          219801A1XXXX
lib-2                          4     IL/M  WA6320-C        Not Configured
"""
COMWARE5_APS = """ Total Number of APs configured           : 2
 Total Number of configured APs connected : 1
 Total Number of auto APs connected       : 0
                                 AP Profiles
 State : I = Idle,  J  = Join,  JA = JoinAck,    IL = ImageLoad
         C = Config,    R  = Run,    KU = KeyUpdate,  KC = KeyCfm
         M = Master,    B = Backup
--------------------------------------------------------------------------------
 AP Name                       State  Model                Serial-ID
--------------------------------------------------------------------------------
 ap1                           R/M    WA2620-AGN           219801A0A89112G03396
 ap2                           KU/M   WA2620-AGN           219801A0A89112G03397
"""
RGOS_APS = """========= show ap status =========
Radio: Radio ID or Band: 2.4G = 1#, 5G = 2#

Online AP number: 3
Offline AP number: 2

AP Name                                  IP Address      Mac Address    Radio               Radio             Up/Off time State
---------------------------------------- --------------- -------------- ------------------- ----------------- ----------- -----
教学楼A301                               10.1.1.3        0011.2233.4455 1 E   5   1*  100   2 E   8 149*  100  0:05:12:33 Run
行政楼 2F 东                             10.1.1.4        0011.2233.4456 1 E   0   6*  100   2 E   0 153*  100 10:05:12:33 Run
0011.2233.4457                           2001:db8::7     0011.2233.4457 1 E   0   6*  100   2 E   0 153*  100  0:00:12:33 Run
lib-1                                    10.1.1.6        0011.2233.4458 1 E   0   6*  100   2 E   0 153*  100 10:05:12:33 Quit
lib-2                                    -               0011.2233.4459 1 N   0   0   0     2 N   0   0   0   10:05:12:33 Quit
"""
ARUBA_APS = """
AP Database
-----------
Name               Group    AP Type  IP Address   Status                Flags  Switch IP    Standby IP
----               -----    -------  ----------   ------                -----  ---------    ----------
A301               default  315      10.1.1.11    Up 27d:4h:5m:10s      2      10.1.1.2     0.0.0.0
70:3a:0e:c0:00:01  default  303H     10.1.1.12    Down                         10.1.1.2     0.0.0.0
教学楼 A303        school   535      10.1.1.13    Up 4h:5m:10s          I2     10.1.1.2     0.0.0.0

Total APs:3
"""
WLC_APS = """Number of APs: 2

AP Name                          Slots AP Model             Ethernet MAC   Radio MAC      CC   RD   IP Address      State        Location
------------------------------------------------------------------------------------------------------------------------------------------
教学楼A302                       3     C9130AXI-H           c4b3.6a00.0002 c4b3.6a00.1002 CN   -H   10.1.1.12       Registered   教学楼 A302
AP-A303                          2     AIR-AP1815I-H-K9     c4b3.6a00.0003 c4b3.6a00.1003 CN   -H   2001:db8::13    Downloading  default location
"""
AIREOS_APS = """Number of APs.................................... 2

Global AP User Name.............................. x
Global AP Dot1x User Name........................ Not Configured

AP Name             Slots  AP Model              Ethernet MAC       Location          Port  Country  Priority
------------------  -----  --------------------  -----------------  ----------------  ----  -------  ------
WAP05                2     AIR-CAP2602I-A-K9     c0:00:ee:c0:00:11  default location  LAG      CN       1
WAP 11               2     AIR-CAP2602I-A-K9     c0:00:ee:c0:00:22  教学楼 A301       LAG      CN       1
"""
LISTED = [
    (
        "huawei-vrp",
        "display ap all",
        VRP_APS,
        {"教学楼 A301": UP, "AP 2 of hall": UP, "lib-2": DOWN, "00e0-fc76-e363": DOWN, "x": UP},
    ),
    ("huawei-vrp", "display ap all", "Total: 0\n", {}),
    ("hp-comware", "display wlan ap all", COMWARE_APS, {"教学楼A301": UP, "ap two": UP, "lib-1": DOWN, "lib-2": DOWN}),
    ("hp-comware", "display wlan ap all", COMWARE5_APS, {"ap1": UP, "ap2": DOWN}),
    (
        "ruijie-os",
        "show ap-config summary",
        RGOS_APS,
        {"教学楼A301": UP, "行政楼 2F 东": UP, "0011.2233.4457": UP, "lib-1": DOWN, "lib-2": DOWN},
    ),
    ("ruijie-os", "show ap-config summary", "Online AP number: 0\nOffline AP number: 0\n", {}),
    ("aruba-os", "show ap database", ARUBA_APS, {"A301": UP, "70:3a:0e:c0:00:01": DOWN, "教学楼 A303": UP}),
    ("cisco-wlc", "show ap summary", AIREOS_APS, {"WAP05": UP, "WAP 11": UP}),
    ("cisco-ios", "show ap summary", WLC_APS, {"教学楼A302": UP, "AP-A303": DOWN}),
    ("cisco-ios", "show ap summary", WLC_APS.replace("AP-A303", "AP A303"), {"教学楼A302": UP, "AP A303": DOWN}),
]


@pytest.mark.parametrize(("dialect", "send", "answer", "expected"), LISTED)
def test_every_access_point_of_a_controller(dialect: str, send: str, answer: str, expected: dict[str, bool]) -> None:
    found = understood(dialect, "access_points", send, answer)
    assert found.understood
    assert {row.groups["name"]: row.groups.get("state") == "online" for row in found.rows} == expected


def test_counters_of_old_and_new_comware() -> None:
    send = "display wlan ap all"
    new, old = (understood("hp-comware", "access_point_count", send, one).rows for one in (COMWARE_APS, COMWARE5_APS))
    assert [dict(row.groups) for row in (*new, *old)] == [{"online": "2", "total": "4"}, {"online": "1", "total": "2"}]
