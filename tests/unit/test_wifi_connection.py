"""The connection at a point, by what three systems print: the router, the join, loss and delay, and what hinders them.

What Windows and macOS print is written after their documentation and what people publish; nobody ran it there.
"""

from __future__ import annotations

import ctypes
import socket
import stat
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from probes.errors import TransportError
from probes.instrument import Nic
from probes.iperf3.outcome import Order, Outcome
from probes.iperf3.peer import Peer
from probes.iperf3.server import responding
from probes.iperf3.session import Limits
from probes.observation import Reason
from probes.text import text
from probes.wifi import adapters_info, connection, join_times, joining, netsh_text, router
from probes.wifi.adapters_info import Card, Info
from probes.wifi.connection import echoed
from probes.wifi.join_times import in_events, in_journal
from probes.wifi.joining import JoinError
from probes.wifi.router import Standing, in_route_print, on_linux, on_macos, on_windows
from probes.wifi.scanner import Adapter

WLAN = Adapter("wlan0")
HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"


@pytest.mark.parametrize(("rows", "rows6", "expected"), [
    (("wlan0 00000000 0101A8C0 0003 0 0 600 00000000 0 0 0",), (), "192.168.1.1"),
    # A cable is plugged in as well, and its route is the better one: it is not the wireless card's.
    (("eth0 00000000 0100000A 0003 0 0 100 00000000 0 0 0", "wlan0 00000000 0101A8C0 0003 0 0 600 00000000 0 0 0"), (),
     "192.168.1.1"),
    (("wlan0 00000000 0201A8C0 0003 0 0 700 00000000 0 0 0", "wlan0 00000000 0101A8C0 0003 0 0 600 00000000 0 0 0"), (),
     "192.168.1.1"),
    # 0.0.0.0/1 of a VPN, and a default without a router.
    (("wlan0 00000000 0101A8C0 0003 0 0 0 00000080 0 0 0", "wlan0 00000000 00000000 0001 0 0 0 00000000 0 0 0"),
     (), None),
    (("wlan0 0001A8C0 00000000 0001 0 0 600 00FFFFFF 0 0 0",),
     (f"{'0' * 32} 00 {'0' * 32} 00 fe80000000000000000000000000000a 00000258 1 0 00000003 wlan0",), "fe80::a%wlan0"),
    ((), (), None),
])  # fmt: skip
def test_the_router_by_the_kernel_s_tables(
    tmp_path: Path, rows: tuple[str, ...], rows6: tuple[str, ...], expected: str | None
) -> None:
    (tmp_path / "route").write_text(HEAD + "".join(one.replace(" ", "\t") + "\n" for one in rows), "ascii")
    (tmp_path / "route6").write_text("".join(one + "\n" for one in rows6), "ascii")
    assert on_linux("wlan0", tmp_path / "route", tmp_path / "route6") == expected
    assert on_linux("wlan0", tmp_path / "none", tmp_path / "none") is None


ROUTE_PRINT = """\
===========================================================================
{list}
 12...70 9c d1 00 00 01 ......Intel(R) Wi-Fi 6 AX201 160MHz
  1...........................Software Loopback Interface 1
===========================================================================

IPv4 {table}
===========================================================================
{active}
          0.0.0.0          0.0.0.0         10.0.0.1        10.0.0.77     25
          0.0.0.0          0.0.0.0     192.168.31.1    192.168.31.20     40
        127.0.0.0        255.0.0.0            {link}         127.0.0.1    331
===========================================================================
{persistent}
          0.0.0.0          0.0.0.0     172.16.0.254  {default}
===========================================================================
"""
WORDS = {
    "en": {"list": "Interface List", "table": "Route Table", "active": "Active Routes:", "link": "On-link",
           "persistent": "Persistent Routes:", "default": "Default"},
    "zh-CN": {"list": "接口列表", "table": "路由表", "active": "活动路由:", "link": "在链路上",
              "persistent": "永久路由:",
              "default": "默认"},
    "zh-TW": {"list": "介面清單", "table": "路由表", "active": "使用中的路由:", "link": "在連結上",
              "persistent": "持續路由:", "default": "預設值"},
}  # fmt: skip


@pytest.mark.parametrize(("language", "encoding"), [
    ("en", "utf-8"), ("zh-CN", "gbk"), ("zh-CN", "utf-8"), ("zh-TW", "big5"), ("zh-TW", "utf-8"),
])  # fmt: skip
def test_route_print_in_every_language(language: str, encoding: str) -> None:
    printed = netsh_text.decoded(ROUTE_PRINT.format(**WORDS[language]).encode(encoding))
    assert list(in_route_print(printed)) == [("10.0.0.1", "10.0.0.77"), ("192.168.31.1", "192.168.31.20")]


@pytest.mark.parametrize(("gateway", "interface", "expected"), [
    ("192.168.1.1", "en0", "192.168.1.1"), ("192.168.1.1", "en5", None), ("link#6", "en0", None),
    ("fe80::1%en0", "en0", "fe80::1%en0"),
])  # fmt: skip
def test_the_router_by_macos(gateway: str, interface: str, expected: str | None) -> None:
    printed = (f"   route to: default\ndestination: default\n       mask: default\n    gateway: {gateway}\n"
               f"  interface: {interface}\n      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>\n")  # fmt: skip
    assert on_macos(printed, "en0") == expected
    assert on_macos("route: writing to routing socket: not in table", "en0") is None


class Iphlpapi:
    """``GetAdaptersInfo`` as iphlpapi.h describes it: a chain of structures in the caller's memory."""

    def __init__(self, *cards: Mapping[str, Any]) -> None:
        self.cards, self.asked = cards, 0

    def GetAdaptersInfo(self, memory: Any, size: Any) -> int:  # noqa: N802  Windows' name
        self.asked += 1
        needed = max(ctypes.sizeof(Info) * len(self.cards), 20_000)
        given = size._obj
        if given.value < needed:
            given.value = needed
            return 111
        if not self.cards:
            return 232
        for number, card in enumerate(self.cards):
            at = ctypes.addressof(memory) + number * ctypes.sizeof(Info)
            info = Info.from_address(at)
            info.next = at + ctypes.sizeof(Info) if number + 1 < len(self.cards) else None
            info.name, info.description = card["name"], card["description"]
            info.kind, info.dhcp, info.leased_at = card.get("kind", 71), card.get("dhcp", 1), card.get("leased_at", 0)
            info.addresses.address, info.gateways.address = card.get("address", b"0.0.0.0"), card.get("gateway", b"")
        return 0


CABLE = {
    "name": b"{AAAA}",
    "description": b"Realtek PCIe GbE",
    "kind": 6,
    "address": b"10.0.0.7",
    "gateway": b"10.0.0.1",
}
WIFI = {"name": b"{11111111-2222-3333-4444-555555555555}", "description": "英特尔 Wi-Fi 6".encode("gbk"),
        "address": b"192.168.31.20", "gateway": b"192.168.31.1", "leased_at": 1_764_000_003}  # fmt: skip
DIRECT = {"name": b"{CCCC}", "description": b"Microsoft Wi-Fi Direct", "address": b"0.0.0.0", "gateway": b"0.0.0.0"}


def test_windows_cards_as_they_lie_in_memory() -> None:
    library = Iphlpapi(CABLE, WIFI, DIRECT)
    cards = adapters_info.cards(library)
    assert library.asked == 2  # the first room was too small
    assert [(one.description, one.wireless, one.gateway) for one in cards] == [
        ("Realtek PCIe GbE", False, "10.0.0.1"), ("英特尔 Wi-Fi 6", True, "192.168.31.1"),
        ("Microsoft Wi-Fi Direct", True, "")]  # fmt: skip
    wanted = Standing("192.168.31.1", "192.168.31.20", 1_764_000_003)
    assert on_windows(Adapter("x", guid="{11111111-2222-3333-4444-555555555555}"), cards) == wanted
    assert on_windows(Adapter("英特尔 Wi-Fi 6"), cards) == wanted
    assert on_windows(Adapter("Wi-Fi"), cards) == wanted  # netsh's name: the only wireless card with a router
    assert adapters_info.cards(Iphlpapi()) == ()


def test_of_two_wireless_cards_none_is_guessed_and_a_named_one_without_router_has_none() -> None:
    two = [Card("{a}", "A", wireless=True, gateway="10.0.0.1"), Card("{b}", "B", wireless=True, gateway="10.0.1.1")]
    assert on_windows(Adapter("Wi-Fi"), two) is None
    assert on_windows(Adapter("B"), two) == Standing("10.0.1.1")
    assert on_windows(Adapter("C", guid="{c}"), [*two, Card("{c}", "C", wireless=True)]) is None


LINUX = """\
PING 10.0.0.1 (10.0.0.1) from 10.0.0.5 wlan0: 56(84) bytes of data.
64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=2.40 ms
64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=3.00 ms
64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=9.00 ms (DUP!)
From 10.0.0.5 icmp_seq=3 Destination Host Unreachable
64 bytes from 10.0.0.1: icmp_seq=4 ttl=64 time=4.10 ms
{more}
--- 10.0.0.1 ping statistics ---
10 packets transmitted, 8 received, 20% packet loss, time 1810ms
rtt min/avg/max/mdev = 2.400/3.000/4.100/0.500 ms
""".format(more="\n".join(f"64 bytes from 10.0.0.1: icmp_seq={n} ttl=64 time=3.00 ms" for n in range(5, 10)))
MACOS = "PING 10.0.0.1 (10.0.0.1): 56 data bytes\n" + "".join(
    f"64 bytes from 10.0.0.1: icmp_seq={n} ttl=64 time=5.{n}00 ms\n" for n in range(10))  # fmt: skip
ENGLISH = (
    "Pinging 10.0.0.1 with 32 bytes of data:\n"
    + "Reply from 10.0.0.1: bytes=32 time<1ms TTL=64\n" * 9
    + ("Request timed out.\n\nPing statistics for 10.0.0.1:\n    Packets: Sent = 10, Received = 9, Lost = 1,\n")
)
CHINESE = "正在 Ping 10.0.0.1 具有 32 字节的数据:\n" + "来自 10.0.0.1 的回复: 字节=32 时间=12ms TTL=64\n" * 10
TAIWAN = "Ping 10.0.0.1 (使用 32 位元組的資料):\n" + "回覆自 10.0.0.1: 位元組=32 時間=7ms TTL=64\n" * 10
ABSENT = "来自 10.0.0.77 的回复: 无法访问目标主机。\n" * 9 + "来自 10.0.0.1 的回复: TTL 传输中过期。\n"
BUSYBOX = "".join(f"64 bytes from 10.0.0.1: seq={n} ttl=64 time=0.5{n} ms\n" for n in range(10))


@pytest.mark.parametrize(("printed", "encoding", "loss", "delay"), [
    (LINUX, "utf-8", 0.2, 3.0), (MACOS, "utf-8", 0.0, 5.45), (ENGLISH, "utf-8", 0.1, 1.0), (CHINESE, "gbk", 0.0, 12.0),
    (CHINESE, "utf-8", 0.0, 12.0), (TAIWAN, "big5", 0.0, 7.0), (BUSYBOX, "utf-8", 0.0, 0.545),
    (ABSENT, "gbk", None, None), ("Request timed out.\n" * 10, "utf-8", None, None), ("", "utf-8", None, None),
])  # fmt: skip
def test_loss_and_delay_in_every_language(printed: str, encoding: str, loss: float | None, delay: float | None) -> None:
    found = echoed(netsh_text.decoded(printed.encode(encoding)))
    assert (found.get("gateway_loss_ratio"), found.get("gateway_delay_ms")) == (loss, delay)


def journal(*lines: tuple[float, str, str]) -> str:
    return "".join(f"{at:.6f} laptop {teller}: {words}\n" for at, teller, words in lines)


def manager(at: float, before: str, after: str, card: str = "wlan0") -> tuple[float, str, str]:
    words = f"<info>  [{at:.4f}] device ({card}): state change: {before} -> {after} (reason 'none')"
    return at, "NetworkManager[812]", words


WPA = "wpa_supplicant[700]"
MANAGED = [
    manager(100.0, "disconnected", "prepare"), manager(100.1, "prepare", "config"),
    manager(100.2, "config", "need-auth"), manager(100.3, "need-auth", "prepare"),
    (100.9, WPA, "wlan0: Trying to associate with 02:00:00:00:00:00 (SSID='a')"),
    (101.9, WPA, "wlan0: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:00 completed [id=0 id_str=]"),
    manager(102.0, "config", "ip-config"), manager(102.5, "ip-config", "ip-check"),
    manager(102.6, "ip-check", "activated"),
    manager(90.0, "ip-config", "ip-check", "eth0"),
]  # fmt: skip
ALONE = [
    (200.0, WPA, "wlan0: SME: Trying to authenticate with 02:00:00:00:00:00 (SSID='校园' freq=5180 MHz)"),
    (200.1, WPA, "wlan0: Trying to associate with 02:00:00:00:00:00 (SSID='校园' freq=5180 MHz)"),
    (200.8, WPA, "wlan0: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:00 completed [id=0 id_str=]"),
]
ROAMED = [
    (900.0, WPA, "wlan0: SME: Trying to authenticate with 02:00:00:00:01:00 (SSID='校园' freq=5220 MHz)"),
    (900.05, WPA, "wlan0: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:01:00 completed [id=0 id_str=]"),
]
ADDRESSED = (
    202.0,
    "systemd-networkd[411]",
    "wlan0: DHCPv4 address 10.0.0.5/24, gateway 10.0.0.1 acquired from 10.0.0.1",
)


@pytest.mark.parametrize(("lines", "join_s", "dhcp_s"), [
    (MANAGED, 1.7, 0.5),
    ([*ALONE, ADDRESSED], 0.7, 1.2),
    ([*ALONE, (201.0, "systemd-networkd[411]", "wlan0: DHCPv4 address 10.0.0.5/24 via 10.0.0.1")], 0.7, 0.2),
    ([*ALONE, (202.8, "dhcpcd[412]", "wlan0: leased 10.0.0.5 for 3600 seconds")], 0.7, 2.0),
    ([*ALONE, (201.0, "dhclient[9]", "DHCPDISCOVER on wlan0 to 255.255.255.255 port 67 interval 3"),
      (201.2, "dhclient[9]", "DHCPREQUEST for 10.0.0.5 on wlan0 to 255.255.255.255 port 67"),
      (201.3, "dhclient[9]", "bound to 10.0.0.5 -- renewal in 1700 seconds.")], 0.7, 0.5),
    # Another card's lease, a renewal half an hour later, and a card of which nothing is said.
    ([*ALONE, (201.0, "dhclient[9]", "DHCPREQUEST for 10.0.0.9 on eth0 to 10.0.0.1 port 67"),
      (201.3, "dhclient[9]", "bound to 10.0.0.9 -- renewal in 1700 seconds.")], 0.7, None),
    ([*ALONE, (2000.0, "dhcpcd[412]", "wlan0: leased 10.0.0.5 for 3600 seconds")], 0.7, None),
    # Walking to the next access point is no join: the one that got the address counts.
    ([*ALONE, ADDRESSED, *ROAMED], 0.7, 1.2),
    ([(7.0, WPA, "wlan1: CTRL-EVENT-CONNECTED - Connection to 02:00:00:00:00:00 completed")], None, None),
    ([ALONE[0], (400.0, *ALONE[2][1:])], None, None),
])  # fmt: skip
def test_the_last_join_by_the_journal(
    lines: list[tuple[float, str, str]], join_s: float | None, dhcp_s: float | None
) -> None:
    found = in_journal(journal(*lines), "wlan0")
    assert (found.get("join_s"), found.get("dhcp_s")) == (join_s, dhcp_s)


def event(number: int, at: str, guid: str = "{11111111-2222-3333-4444-555555555555}") -> str:
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name="
        f"'Microsoft-Windows-WLAN-AutoConfig'/><EventID>{number}</EventID><TimeCreated SystemTime='{at}'/></System>"
        f"<EventData><Data Name='InterfaceGuid'>{guid.upper()}</Data></EventData></Event>\n"
    )


def test_the_last_join_by_windows_events_which_come_newest_first() -> None:
    guid = "{11111111-2222-3333-4444-555555555555}"
    other = event(8001, "2025-11-24T16:00:09.0000000Z", "{00000000-0000-0000-0000-000000000000}")
    events = other + event(8001, "2025-11-24T16:00:02.7500000Z") + event(8000, "2025-11-24T16:00:00.2500000Z")
    at = 1_764_000_002  # 2025-11-24T16:00:02Z
    assert in_events(events, guid, at + 1) == {"join_s": 2.5, "dhcp_s": 0.25}
    assert in_events(events, guid, at) == {"join_s": 2.5, "dhcp_s": 0.0}  # the lease has whole seconds
    assert in_events(events, guid, at + 3600) == {"join_s": 2.5}  # renewed since
    assert in_events(events, guid, None) == {"join_s": 2.5}
    assert in_events("", guid, at) == {}


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text("#!/bin/sh\n" + script, "utf-8")
    (folder / name).chmod(stat.S_IRWXU)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(joining, "LINK_S", 1.0)
    monkeypatch.setattr(joining, "ADDRESS_S", 0.3)
    monkeypatch.setattr(joining, "LEAVE_S", 0.3)
    # A file stands for the address that a DHCP client would have set.
    monkeypatch.setattr(
        joining, "standing", lambda _: Standing("10.0.0.1") if (tmp_path / "addressed").exists() else None
    )
    for absent in ("nmcli", "wpa_cli", "netsh", "networksetup", "ipconfig"):
        put(tmp_path, absent, "exit 8\n")
    return tmp_path


MANAGER = """\
case "$*" in
  *DEVICE,STATE*) echo wlan0:disconnected ;;
  *UUID,TYPE*) printf 'u-1:802-3-ethernet\\nu-2:802-11-wireless\\nu-3:802-11-wireless\\n' ;;
  *"connection show u-2") echo Other ;;
  *"connection show u-3") echo 校园网 ;;
  *disconnect*) rm -f {here}/addressed ;;
  *"up uuid u-3 ifname wlan0") {up} ;;
  *GENERAL.STATE*) cat {here}/state ;;
esac
"""


def managed(folder: Path, up: str) -> None:
    put(folder, "nmcli", MANAGER.format(here=folder, up=up))


def test_networkmanager_joins_by_its_profile_and_is_timed(programs: Path) -> None:
    managed(programs, f"echo '70 (connecting)' > {programs}/state; touch {programs}/addressed")
    (programs / "addressed").touch()
    found = joining.timed(WLAN, "校园网")
    assert found.keys() == {"join_s", "dhcp_s"}
    assert 0 < found["join_s"] < 20
    managed(programs, f"echo '30 (disconnected)' > {programs}/state")
    with pytest.raises(JoinError, match="校园网 was not joined within"):
        joining.timed(WLAN, "校园网")
    managed(programs, f"echo '70 (connecting)' > {programs}/state")
    with pytest.raises(JoinError, match="does its DHCP server run"):
        joining.timed(WLAN, "校园网")


@pytest.mark.parametrize(("up", "part"), [
    ("echo 'Error: Connection activation failed: Not authorized to control networking.' >&2; exit 4", "with sudo"),
    ("echo 'Error: flames' >&2; exit 4", "Error: flames"),
])  # fmt: skip
def test_what_networkmanager_refuses_is_told(programs: Path, up: str, part: str) -> None:
    managed(programs, up)
    with pytest.raises(JoinError) as caught:
        joining.timed(WLAN, "校园网")
    assert part in str(caught.value)
    with pytest.raises(JoinError, match="no profile of Unknown"):
        joining.timed(WLAN, "Unknown")


SUPPLICANT = """\
case "$*" in
  *list_networks) printf 'network id / ssid / bssid / flags\\n0\\tOld\\tany\\t[DISABLED]\\n1\\tHome\\tany\\t\\n'
     printf '2\\t%s\\tany\\t\\n' '{ssid}' ;;
  *select_network*) echo "$*" >> {here}/asked; touch {here}/addressed; echo {answer} ;;
  *enable_network*) echo "$*" >> {here}/asked; echo OK ;;
  *disconnect) rm -f {here}/addressed; echo OK ;;
  *status) printf 'bssid=02:00:00:00:00:00\\nssid=%s\\nwpa_state=COMPLETED\\n' '{ssid}' ;;
esac
"""


def test_wpa_supplicant_alone_joins_and_leaves_its_other_networks_as_they_were(programs: Path) -> None:
    escaped = "".join(f"\\x{octet:02x}" for octet in "校园".encode())
    put(programs, "wpa_cli", SUPPLICANT.format(here=programs, ssid=escaped, answer="OK"))
    assert joining.timed(WLAN, "校园").keys() == {"join_s", "dhcp_s"}
    asked = (programs / "asked").read_text("utf-8").splitlines()
    assert asked == ["-i wlan0 select_network 2", "-i wlan0 enable_network 1"]
    put(programs, "wpa_cli", SUPPLICANT.format(here=programs, ssid=escaped, answer="FAIL"))
    with pytest.raises(JoinError, match="FAIL"):
        joining.timed(WLAN, "校园")


def test_an_address_that_was_never_given_up_tells_no_time_of_dhcp(programs: Path) -> None:
    script = SUPPLICANT.format(here=programs, ssid="Campus", answer="OK").replace(f"rm -f {programs}/addressed; ", "")
    put(programs, "wpa_cli", script)
    (programs / "addressed").touch()
    assert joining.timed(WLAN, "Campus").keys() == {"join_s"}


def test_a_card_that_nobody_runs_or_that_is_closed_to_us(programs: Path) -> None:
    with pytest.raises(JoinError, match="neither by NetworkManager nor by wpa_supplicant"):
        joining.way_here(WLAN)
    put(
        programs,
        "wpa_cli",
        'echo "Failed to connect to non-global ctrl_ifname: wlan0  error: Permission denied" >&2; exit 255',
    )
    with pytest.raises(JoinError, match="usermod -aG netdev"):
        joining.way_here(WLAN)


SHOWN = """\
系统上有 1 个接口:

    名称                   : WLAN
    说明                   : Intel(R) Wi-Fi 6 AX201 160MHz
    GUID                   : 11111111-2222-3333-4444-555555555555
    物理地址               : 70:9c:d1:00:00:01
    状态                   : 已连接
    SSID                   : Campus
    BSSID                  : 00:25:9e:12:30:a0
    网络类型               : 结构
    无线电类型             : 802.11ac
    身份验证               : WPA2 - 个人
    密码                   : CCMP
    连接模式               : 自动连接
    信道                   : 36
    接收速率(Mbps)         : 866.7
    传输速率 (Mbps)        : 866.7
    信号                   : 99%
    配置文件               : Campus

    承载网络状态  : 不可用
"""


def test_windows_joins_by_the_profile(programs: Path) -> None:
    (programs / "shown").write_bytes(SHOWN.encode("gbk"))
    put(
        programs,
        "netsh",
        f"""case "$*" in *interfaces) cat {programs}/shown;; *) echo "$*" >> {programs}/asked;; esac""",
    )
    way = joining.ByNetsh(Adapter("Intel", guid="{11111111-2222-3333-4444-555555555555}"))
    way.leave()
    way.join("Campus")
    assert way.linked("Campus")
    assert not way.linked("Other")
    assert (programs / "asked").read_text("utf-8").splitlines() == [
        "wlan disconnect interface=WLAN", "wlan connect name=Campus ssid=Campus interface=WLAN"]  # fmt: skip
    absent = "接口“WLAN”上没有配置文件“Nope”。".encode("gbk")
    (programs / "absent").write_bytes(absent)
    put(programs, "netsh", f"cat {programs}/absent; exit 1")
    with pytest.raises(JoinError, match="no profile of Nope"):
        way.join("Nope")


def test_macos_joins_a_preferred_network(programs: Path) -> None:
    script = """case "$*" in
      -listpreferred*) printf 'Preferred networks on en0:\\n\\tCampus\\n\\tHome\\n' ;;
      -getairportnetwork*) echo 'Current Wi-Fi Network: {now}' ;;
      -setairportnetwork*) echo '{said}' ;;
    esac"""
    put(programs, "networksetup", script.format(now="Campus", said=""))
    way = joining.ByNetworkSetup(Adapter("en0"))
    way.leave()
    way.join("Campus")
    assert way.linked("Campus")
    assert not way.linked("Home")
    with pytest.raises(JoinError, match="no profile of Other"):
        way.join("Other")
    put(programs, "networksetup", script.format(now="<redacted>", said="Failed to join network Campus.\nError: -3900"))
    with pytest.raises(JoinError, match="-3900"):
        way.join("Campus")
    with pytest.raises(JoinError, match="Location Services"):
        way.linked("Campus")


def test_everything_that_the_system_tells_and_what_keeps_the_rest(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "standing", lambda _: Standing("10.0.0.1"))
    put(programs, "ping", f"cat <<'X'\n{LINUX}\nX\nexit 1\n")
    put(programs, "journalctl", f"cat <<'X'\n{journal(*MANAGED)}\nX\n")
    found = connection.measured(WLAN, None)
    assert found.facts == {"join_s": 1.7, "dhcp_s": 0.5, "gateway_loss_ratio": 0.2, "gateway_delay_ms": 3.0}
    assert found.hindrances == ()
    put(
        programs,
        "ping",
        "echo 'ping: socktype: SOCK_RAW' >&2; echo 'ping: socket: Operation not permitted' >&2; exit 2",
    )
    put(
        programs,
        "journalctl",
        "echo 'Hint: You are currently not seeing messages from other users and the system.' >&2",
    )
    found = connection.measured(WLAN, None)
    assert found.facts == {}
    journal_closed, ping_closed = map(str, found.hindrances)
    assert ("systemd-journal" in journal_closed, "cap_net_raw" in ping_closed) == (True, True)
    put(programs, "ping", "echo '10 packets transmitted, 0 received, 100% packet loss'; exit 1")
    assert "answers no echo request" in str(connection.measured(WLAN, None).hindrances[-1])
    monkeypatch.setattr(connection, "standing", lambda _: None)
    put(programs, "nmcli", "exit 8\n")
    told = connection.measured(WLAN, None, "Campus")
    assert (told.facts, "neither by NetworkManager" in str(told.hindrances[0])) == ({}, True)
    assert connection.measured(WLAN, None) == connection.Connected({})


def test_the_event_log_that_is_closed(monkeypatch: pytest.MonkeyPatch, programs: Path) -> None:
    monkeypatch.setattr(join_times.sys, "platform", "win32")
    put(programs, "wevtutil", "echo 'Access is denied.' >&2; exit 5")
    facts, hindrances = join_times.told(Adapter("x", guid="{1}"), None)
    assert (facts, "Event Log Readers" in str(hindrances[0])) == ({}, True)
    monkeypatch.setattr(router.sys, "platform", "darwin")
    put(programs, "route", "printf '    gateway: 10.9.0.1\\n  interface: en0\\n'")
    assert router.standing(Adapter("en0")) == Standing("10.9.0.1")
    assert join_times.told(Adapter("en0"), None) == ({}, ())


def carried_by(monkeypatch: pytest.MonkeyPatch, *, wireless: bool) -> None:
    """Let the way to the responder lead over such a card, and the test be short."""
    monkeypatch.setattr(connection, "nic_towards", lambda _: Nic("card0", None, "unknown", wireless))
    monkeypatch.setattr(connection, "OMIT_S", 0.0)
    monkeypatch.setattr(connection, "SECONDS", 1.0)


def test_goodput_is_measured_over_the_air_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with responding("127.0.0.1", limits=Limits(mbps=94)) as responder:
        carried_by(monkeypatch, wireless=True)
        facts, hindrance = connection.goodput(f"localhost:{responder.port}")
        assert (sorted(facts), hindrance) == (["down_mbps", "up_mbps"], None)
        assert all(1 < rate < 100 for rate in facts.values())
        carried_by(monkeypatch, wireless=False)
        facts, hindrance = connection.goodput(f"127.0.0.1:{responder.port}")
        assert (facts, "does not lead over the wireless card" in str(hindrance)) == ({}, True)


def test_goodput_that_is_not_had_says_why_and_keeps_what_was(monkeypatch: pytest.MonkeyPatch) -> None:
    carried_by(monkeypatch, wireless=True)
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        facts, hindrance = connection.goodput(f"127.0.0.1:{nobody.getsockname()[1]}")
    assert (facts, str(hindrance).startswith("goodput to 127.0.0.1:")) == ({}, True)
    whole = connection.measure

    def cut_off(peer: Peer, order: Order) -> Outcome:
        if order.course == "up":
            raise TransportError(Reason.INTERRUPTED, text("the responder went away"))
        return whole(peer, order)

    monkeypatch.setattr(connection, "measure", cut_off)
    with responding("127.0.0.1", limits=Limits(mbps=94)) as responder:
        facts, hindrance = connection.goodput(f"127.0.0.1:{responder.port}")
    assert list(facts) == ["down_mbps"]
    assert str(hindrance).endswith("is not measured: the responder went away")
