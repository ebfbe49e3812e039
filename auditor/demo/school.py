"""The demo's school: its switches, rooms and faults, all of it invented.

Nothing here is copied from a real device or a real school: names, serials and addresses are made up (192.0.2.0/24 and
198.51.100.0/24 are reserved for documentation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probes.text import Text, text

SCHOOL = "示例实验中学"
SNMP_USER = "auditor"
SSH_USER = "auditor"


@dataclass(frozen=True)
class SimPort:
    """A port of a simulated switch.

    Attributes:
        load: share of the line rate that flows in and out on average.
        fcs_ratio: received frames with a wrong check sum, as a share of all received.
    """

    name: str
    speed_mbps: int = 1000
    up: bool = True
    half_duplex: bool = False
    alias: str = ""
    load: tuple[float, float] = (0.004, 0.021)
    fcs_ratio: float = 0.0


@dataclass(frozen=True)
class SimDevice:
    """A simulated device.

    Attributes:
        secure: it speaks SNMPv3 only.
        console: the console's manner, a key of ``auditor.demo.consoles.MANNERS``, or ``None``.
        clock_error_s: by how much its clock is fast.
        synchronised: whether it says that NTP is in step.
        lldp: whether it sends LLDP and tells over SNMP whom it hears.
    """

    id: str
    role: str
    name: str
    title: str
    description: str
    object_id: str
    location: str
    ports: tuple[SimPort, ...]
    uptime_days: float
    secure: bool = False
    console: str | None = None
    version: str = ""
    clock_error_s: float = 0.0
    synchronised: bool = True
    lldp: bool = True


@dataclass(frozen=True)
class Cable:
    """A cable between two devices, seen from one of them; ports are counted from 1."""

    device: str
    port: int
    peer: str
    peer_port: int

    def turned(self) -> Cable:
        """The same cable seen from the other end."""
        return Cable(self.peer, self.peer_port, self.device, self.port)


@dataclass(frozen=True)
class Room:
    """A place.

    Attributes:
        line_mbps: what goes through its responder; ``None`` means that it has none.
        access_point: the name of its own, where that does not tell the place; the inventory then does.
    """

    id: str
    kind: str
    name: str
    building: str
    port: str | None = None
    line_mbps: float | None = None
    wifi: bool = True
    access_point: str = ""


FALLEN = "ap-b105"
"""The access point that has gone off since the survey; three rooms of the drawn floor live on it."""

PLANTED: tuple[Text, ...] = (
    text("The socket of classroom {name} negotiated 10 Mbit/s.", name="八(2)班"),
    text("The socket of classroom {name} runs at half duplex and receives damaged frames.", name="七(3)班"),
    text("The access switch {name} does not answer; four rooms hang on it.", name="acc-4"),
    text("The DHCP log lacks nine days."),
    text("The NAT log begins 41 days ago, although its device is set to keep 180."),
    text("The certificate that vouches for indicator {indicator} has expired.", indicator="5.2.2"),
    text("The clock of the access switch {name} is not synchronised and 97 seconds fast.", name="acc-2"),
    text("Nothing stops the harmless test file of EICAR."),
    text("The recorder keeps the pictures of the entrance hall for 17 days only."),
    text(
        "The access point {name} has gone offline since the survey: its three rooms no longer count as covered.",
        name=FALLEN,
    ),
)
"""What is wrong at this school, for the demo's closing words. Everything else is in order or not simulated."""

# Place, kind, name, building, device, port number, speed of the socket, what its responder lets through.
_SOCKETS: tuple[tuple[str, str, str, str, str, int, int, float | None], ...] = (
    ("A-101", "classroom", "七(1)班", "教学楼A", "acc-1", 1, 100, 94.1),
    ("A-102", "classroom", "七(2)班", "教学楼A", "acc-1", 2, 100, 94.1),
    ("A-103", "classroom", "七(3)班", "教学楼A", "acc-1", 3, 100, 38.0),
    ("A-104", "classroom", "七(4)班", "教学楼A", "acc-1", 4, 1000, 941.0),
    ("A-105", "office", "七年级办公室", "教学楼A", "acc-1", 5, 1000, None),
    ("A-106", "activity", "心理辅导室", "教学楼A", "acc-1", 6, 1000, None),
    ("B-101", "classroom", "八(1)班", "教学楼B", "acc-2", 1, 100, 94.1),
    ("B-102", "classroom", "八(2)班", "教学楼B", "acc-2", 2, 10, 9.41),
    ("B-103", "classroom", "八(3)班", "教学楼B", "acc-2", 3, 100, 94.1),
    ("B-104", "classroom", "八(4)班", "教学楼B", "acc-2", 4, 1000, 941.0),
    ("B-105", "office", "八年级办公室", "教学楼B", "acc-2", 5, 1000, None),
    ("B-106", "recording-room", "录播教室", "教学楼B", "acc-2", 6, 1000, None),
    ("C-101", "classroom", "九(1)班", "教学楼C", "acc-3", 1, 100, 94.1),
    ("C-102", "classroom", "九(2)班", "教学楼C", "acc-3", 2, 100, 94.1),
    ("C-103", "classroom", "九(3)班", "教学楼C", "acc-3", 3, 1000, None),
    ("C-104", "classroom", "九(4)班", "教学楼C", "acc-3", 4, 1000, None),
    ("C-105", "office", "九年级办公室", "教学楼C", "acc-3", 5, 1000, None),
    ("C-201", "computer-room", "计算机教室", "教学楼C", "acc-3", 7, 1000, None),
    ("C-202", "laboratory", "物理实验室", "教学楼C", "acc-3", 8, 1000, None),
    ("C-203", "library", "图书馆", "教学楼C", "acc-3", 9, 1000, None),
    ("C-301", "administration", "校长办公室", "教学楼C", "acc-3", 10, 1000, None),
    ("C-302", "meeting", "会议室", "教学楼C", "acc-3", 11, 1000, None),
)

# Names of the ports of each access switch: stem and number of the first, then those of the four on the right.
_PORT_NAMES = {
    "core-1": ("GigabitEthernet0/0/{}", "XGigabitEthernet0/0/{}", 1, 10000),
    "acc-1": ("GigabitEthernet0/0/{}", "GigabitEthernet0/0/{}", 25, 1000),
    "acc-2": ("GigabitEthernet1/0/{}", "Ten-GigabitEthernet1/0/{}", 25, 10000),
    "acc-3": ("GigabitEthernet 0/{}", "TenGigabitEthernet 0/{}", 25, 10000),
    "acc-4": ("GigabitEthernet0/0/{}", "GigabitEthernet0/0/{}", 25, 1000),
}
_PORTS_LEFT = 24
_PORTS_RIGHT = 4


def port_name(device: str, number: int) -> str:
    """The ifName of a device's port, counted from 1 over both groups."""
    left, right, first, _ = _PORT_NAMES[device]
    return left.format(number) if number <= _PORTS_LEFT else right.format(number - _PORTS_LEFT - 1 + first)


ROOMS: tuple[Room, ...] = (
    *(
        Room(id_, kind, name, building, f"{device}:{port_name(device, number)}", line)
        for id_, kind, name, building, device, number, _, line in _SOCKETS
    ),
    Room("D-101", "classroom", "走班教室一", "综合楼", f"acc-4:{port_name('acc-4', 1)}"),
    Room("D-102", "classroom", "走班教室二", "综合楼", f"acc-4:{port_name('acc-4', 2)}"),
    Room("D-201", "canteen", "食堂", "综合楼", f"acc-4:{port_name('acc-4', 3)}"),
    Room("D-301", "hall", "报告厅", "综合楼", f"acc-4:{port_name('acc-4', 4)}"),
    Room("E-1", "gym", "体育馆", "体育馆", access_point="ap-tyg-1"),
    Room("E-2", "outdoor", "操场", "室外", wifi=False),
    Room("C-001", "machine-room", "网络中心", "教学楼C", f"core-1:{port_name('core-1', 1)}", wifi=False),
)


def _sockets(device: str) -> tuple[SimPort, ...]:
    """The 24 ports to rooms: as the rooms say, one more in use without a room, the rest dark."""
    known = {number: (name, speed) for _, _, name, _, on, number, speed, _ in _SOCKETS if on == device}
    ports = []
    for number in range(1, _PORTS_LEFT + 1):
        alias, speed = known.get(number, ("", 1000))
        damaged = (device, number) == ("acc-1", 3)
        ports.append(
            SimPort(
                port_name(device, number),
                speed,
                up=number in known or number == _PORTS_LEFT,
                half_duplex=damaged,
                alias=alias,
                fcs_ratio=0.004 if damaged else 0.0,
            )
        )
    return tuple(ports)


def _right(device: str, used: dict[int, str], gigabit: Sequence[int] = ()) -> tuple[SimPort, ...]:
    """The four fast ports: ``used`` gives the alias of those that are up, ``gigabit`` those with a slow transceiver."""
    fastest = _PORT_NAMES[device][3]
    numbers = range(_PORTS_LEFT + 1, _PORTS_LEFT + _PORTS_RIGHT + 1)
    return tuple(
        SimPort(
            port_name(device, n),
            1000 if n in gigabit else fastest,
            up=n in used,
            alias=used.get(n, ""),
            load=(0.03, 0.008),
        )
        for n in numbers
    )


def _core_ports() -> tuple[SimPort, ...]:
    aliases = {1: "网络中心服务器", 2: "日志服务器", 3: "上网行为管理", 23: "无线控制器", 24: "上联防火墙"}
    left = (
        SimPort(port_name("core-1", n), up=n in aliases, alias=aliases.get(n, ""), load=(0.19, 0.03))
        for n in range(1, _PORTS_LEFT + 1)
    )
    access = {25: "acc-1 教学楼A", 26: "acc-2 教学楼B", 27: "acc-3 教学楼C", 28: "acc-4 综合楼"}
    return (*left, *_right("core-1", access, gigabit=(25, 28)))


def _firewall_ports() -> tuple[SimPort, ...]:
    aliases = {0: "untrust-电信", 1: "trust-core-1", 2: "dmz"}
    return tuple(
        SimPort(f"ethernet0/{n}", up=n in aliases, alias=aliases.get(n, ""), load=(0.18, 0.03)) for n in range(8)
    )


def _controller_ports() -> tuple[SimPort, ...]:
    gigabit = (
        SimPort(f"GigabitEthernet0/0/{n}", up=n == 1, alias="上联 core-1" if n == 1 else "", load=(0.06, 0.02))
        for n in range(1, 11)
    )
    return (*gigabit, *(SimPort(f"XGigabitEthernet0/0/{n}", 10000, up=False) for n in (1, 2)))


_VRP = (
    "{model}\r\nHuawei Versatile Routing Platform Software\r\nVRP (R) software, Version 5.170 ({family} {release})\r\n"
    "Copyright (C) 2000-2021 HUAWEI TECH Co., Ltd."
)

DEVICES: tuple[SimDevice, ...] = (
    SimDevice(
        id="core-1",
        role="core-switch",
        name="SYSY-HX-S5731",
        title="核心交换机",
        description=_VRP.format(model="S5731-S24T4X", family="S5731", release="V200R021C00SPC100"),
        object_id="1.3.6.1.4.1.2011.2.23.757",
        location="教学楼C 网络中心",
        ports=_core_ports(),
        uptime_days=143.2,
        console="vrp",
        version="V200R021C00SPC100",
    ),
    SimDevice(
        id="acc-1",
        role="access-switch",
        name="SYSY-JXA-S5735",
        title="教学楼A接入交换机",
        description=_VRP.format(model="S5735-L24T4S-A1", family="S5735", release="V200R020C10SPC500"),
        object_id="1.3.6.1.4.1.2011.2.23.634",
        location="教学楼A 一层弱电间",
        ports=(*_sockets("acc-1"), *_right("acc-1", {25: "上联 core-1"})),
        uptime_days=143.1,
        console="vrp",
        version="V200R020C10SPC500",
    ),
    SimDevice(
        id="acc-2",
        role="access-switch",
        name="SYSY-JXB-S5130",
        title="教学楼B接入交换机",
        description=(
            "H3C Comware Platform Software, Software Version 7.1.070, Release 6318P01\r\n"
            "H3C S5130S-28S-EI\r\nCopyright (c) 2004-2020 New H3C Technologies Co., Ltd. All rights reserved."
        ),
        object_id="1.3.6.1.4.1.25506.1.2301",
        location="教学楼B 一层弱电间",
        ports=(*_sockets("acc-2"), *_right("acc-2", {25: "上联 core-1"})),
        uptime_days=61.7,
        console="comware",
        version="Release 6318P01",
        clock_error_s=97.0,
        synchronised=False,
    ),
    SimDevice(
        id="acc-3",
        role="access-switch",
        name="SYSY-JXC-S2910",
        title="教学楼C接入交换机",
        description="Ruijie Gigabit Security & Intelligence Access Switch (RG-S2910-24GT4XS-E) By Ruijie Networks",
        object_id="1.3.6.1.4.1.4881.1.1.10.1.175",
        location="教学楼C 一层弱电间",
        ports=(*_sockets("acc-3"), *_right("acc-3", {25: "上联 core-1"})),
        uptime_days=20.4,
    ),
    SimDevice(
        id="fw-1",
        role="firewall",
        name="SYSY-FW-SG6000",
        title="出口防火墙",
        description="Hillstone Networks SG-6000-E1700, StoneOS 5.5R8",
        object_id="1.3.6.1.4.1.28557.1.210",
        location="教学楼C 网络中心",
        ports=_firewall_ports(),
        uptime_days=210.9,
        secure=True,
        lldp=False,
    ),
    SimDevice(
        id="ac-1",
        role="wireless-controller",
        name="SYSY-WX-AC6508",
        title="无线控制器",
        description=_VRP.format(model="AC6508", family="AC6508", release="V200R021C00SPC200"),
        object_id="1.3.6.1.4.1.2011.2.240.17",
        location="教学楼C 网络中心",
        ports=_controller_ports(),
        uptime_days=88.6,
        console="vrp-controller",
        version="V200R021C00SPC200",
    ),
)

SILENT = SimDevice(
    id="acc-4",
    role="access-switch",
    name="SYSY-ZHL-S5735",
    title="综合楼接入交换机",
    description=_VRP.format(model="S5735-L24T4S-A1", family="S5735", release="V200R020C10SPC500"),
    object_id="1.3.6.1.4.1.2011.2.23.634",
    location="综合楼 一层弱电间",
    ports=(*_sockets("acc-4"), *_right("acc-4", {25: "上联 core-1"})),
    uptime_days=33.5,
)
"""The switch that answers no question: the core hears its LLDP, so that it has power and its cable is sound."""

CABLES: tuple[Cable, ...] = (
    *(
        Cable("core-1", port, access, _PORTS_LEFT + 1)
        for port, access in ((25, "acc-1"), (26, "acc-2"), (27, "acc-3"), (28, "acc-4"))
    ),
    Cable("core-1", 23, "ac-1", 1),
)
"""The cables whose two ends speak LLDP; the firewall does not."""

UPLINK_PORT = f"core-1:{port_name('core-1', 24)}"
UPLINK_MBPS = 941.0
