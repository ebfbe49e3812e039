"""Scans that other computers would hand in: whole, in every form, language and encoding that their systems have.

Written after the programs' documentation and source, not after the recordings: invented networks in real forms.
"""

from __future__ import annotations

import struct

import pytest

from probes.wifi import netsh_text, saved
from probes.wifi.heard import Heard
from probes.wifi.ownership import known, owners
from probes.wifi.settings import WifiSettings


def heard(content: str | bytes, method: str) -> list[Heard]:
    found = saved.sweep(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
    assert found is not None
    assert found.method == method
    return list(found.networks)


Told = tuple[str, str, str | None, int | None, float | None, float | None, str]


def told(one: Heard) -> Told:
    return one.bssid[-2:], one.name, one.band_ghz, one.channel, one.rssi_dbm, one.quality_percent, one.security


# -- iw ------------------------------------------------------------------------------------------------------------

BSS = """\
BSS 00:25:9e:12:30:{n}(on wlan0)
	last seen: 171.852s [boottime]
	TSF: 171852 usec (0d, 00:00:00)
	freq: {freq}
	beacon interval: 100 TUs
	capability: ESS {privacy}ShortSlotTime (0x0411)
	signal: {signal}
	last seen: {age} ms ago
	Information elements from Probe Response frame:
	SSID: {ssid}
{rest}"""
RSN = "\tRSN:\t * Version: 1\n\t\t * Pairwise ciphers: CCMP\n\t\t * Authentication suites: {}\n"
HE6 = """\
	HE Operation:
		HE Operation Parameters: (0x063ff4)
			Default PE Duration: 4
			6 GHz Operation Information Present
		BSS Color: 0x19
		6 GHz Operation Information: 0x25
			Primary Channel: 37
			Channel Width: 80+80 or 160 MHz
			Regulatory Info: 0
"""
EHT = "\tEHT Operation:\n\t\t\tChannel Width: 320 MHz\n\tMulti-Link:\n\t\tMLD MAC: 00:25:9e:12:30:ff\n\t\tSSID: inner\n"


def bss(n: str = "a0", ssid: str = "Campus", *, freq: str = "5180", signal: str = "-65.00 dBm", privacy: bool = True,
        age: int = 12, rest: str = "") -> str:  # fmt: skip
    word = "Privacy " if privacy else ""
    return BSS.format(n=n, ssid=ssid, freq=freq, signal=signal, privacy=word, age=age, rest=rest)


@pytest.mark.parametrize(("entry", "expected"), [
    (bss(rest=RSN.format("PSK")), ("a0", "Campus", "5", 36, -65, None, "WPA2-PSK")),
    (bss(rest=RSN.format("PSK SAE FT/PSK FT/SAE")), ("a0", "Campus", "5", 36, -65, None, "WPA2-PSK+WPA3-SAE")),
    (bss(rest=RSN.format("SAE 00-0f-ac:24")), ("a0", "Campus", "5", 36, -65, None, "WPA3-SAE")),
    (bss(rest=RSN.format("IEEE 802.1X IEEE 802.1X/SHA-256 FT/IEEE 802.1X")),
     ("a0", "Campus", "5", 36, -65, None, "WPA2-802.1X")),
    (bss(rest=RSN.format("FILS/SHA-256 IEEE 802.1X")), ("a0", "Campus", "5", 36, -65, None, "WPA2-802.1X")),
    (bss(rest=RSN.format("IEEE 802.1X/SUITE-B-192")), ("a0", "Campus", "5", 36, -65, None, "WPA3-802.1X")),
    (bss(rest=RSN.format("OWE")), ("a0", "Campus", "5", 36, -65, None, "OWE")),
    (bss(rest="\tOWE Transition Mode:\n\t\tBSSID: 00:25:9e:12:30:a1\n\t\tSSID: OWE-inner\n", privacy=False),
     ("a0", "Campus", "5", 36, -65, None, "open")),
    (bss(), ("a0", "Campus", "5", 36, -65, None, "WEP")),
    (bss(rest="\tUnknown IE (68): 01 00 01 00 00 14 72 02 01 00 00 14 72 01 00 14 72 01 00 00\n"),
     ("a0", "Campus", "5", 36, -65, None, "WAPI-PSK")),
    (bss(freq="6135.0", rest=RSN.format("SAE") + HE6), ("a0", "Campus", "6", 37, -65, None, "WPA3-SAE")),
    (bss(freq="5935", rest=RSN.format("SAE")), ("a0", "Campus", "6", 2, -65, None, "WPA3-SAE")),
    (bss(freq="5500", rest=RSN.format("PSK")), ("a0", "Campus", "5", 100, -65, None, "WPA2-PSK")),
    (bss(freq="5885", rest=RSN.format("PSK")), ("a0", "Campus", "5", 177, -65, None, "WPA2-PSK")),
    (bss(signal="-- dBm", rest=RSN.format("PSK")), ("a0", "Campus", "5", 36, None, None, "WPA2-PSK")),
    (bss(signal="53/100", rest=RSN.format("PSK")), ("a0", "Campus", "5", 36, None, 53, "WPA2-PSK")),
    (bss(ssid="", rest=RSN.format("PSK")), ("a0", "", "5", 36, -65, None, "WPA2-PSK")),
    (bss(ssid="\\x00\\x00", rest=RSN.format("PSK")), ("a0", "", "5", 36, -65, None, "WPA2-PSK")),
    (bss(ssid="  lead\\x20", privacy=False), ("a0", "  lead ", "5", 36, -65, None, "open")),
    (bss(ssid="a:b\\x5cc \\xf0\\x9f\\x8f\\xab", privacy=False), ("a0", "a:b\\c 🏫", "5", 36, -65, None, "open")),
    (bss(ssid="\\xd0\\xa3\\xd4\\xb0", privacy=False), ("a0", "校园", "5", 36, -65, None, "open")),  # GBK
    (bss(ssid="RSN:", privacy=False), ("a0", "RSN:", "5", 36, -65, None, "open")),
    (bss(ssid="signal: -1 dBm", privacy=False), ("a0", "signal: -1 dBm", "5", 36, -65, None, "open")),
    (bss().replace("\t", "        "), ("a0", "Campus", "5", 36, -65, None, "WEP")),
    ("\n".join("    " + line for line in bss().splitlines()), ("a0", "Campus", "5", 36, -65, None, "WEP")),
    (bss().replace("\n", "\r\n"), ("a0", "Campus", "5", 36, -65, None, "WEP")),
])  # fmt: skip
def test_iw(entry: str, expected: Told) -> None:
    first, last = bss("a1", "Before"), bss("a2", "After")
    found = heard(first + entry + "\n" + last, "iw")
    assert [told(one) for one in found[1:2]] == [expected]
    assert [one.name for one in (found[0], found[2])] == ["Before", "After"]
    assert [one.age_ms for one in found] == [12, 12, 12]


def test_iw_tells_widths_of_every_standard_and_the_names_within_stay_within() -> None:
    vht = "\tVHT operation:\n\t\t * channel width: 1 (80 MHz)\n\t\t * center freq segment 1: 42\n"
    cases = [HE6, HE6 + EHT, vht, "\tHT operation:\n\t\t * secondary channel offset: no secondary\n", ""]
    found = heard("".join(bss(f"b{n}", rest=RSN.format("SAE") + one) for n, one in enumerate(cases)), "iw")
    assert [one.width_mhz for one in found] == [160, 320, 80, 20, None]
    assert {one.name for one in found} == {"Campus"}


def test_iw_with_a_survey_of_channels_behind_it_has_its_noise() -> None:
    survey = "Survey data from wlan0\n\tfrequency:\t\t\t{} MHz [in use]\n"
    noise = survey.format(5180) + "\tnoise:\t\t\t\t-96 dBm\n" + survey.format(2412)
    first, second = heard(bss() + bss("a1", freq="2412") + noise, "iw")
    assert (first.noise_dbm, second.noise_dbm) == (-96, None)


def test_iw_joined_and_loaded() -> None:
    load = "\tBSS Load:\n\t\t * station count: 31\n\t\t * channel utilisation: 255/255\n"
    (one,) = heard(bss(rest=load).replace("(on wlan0)", "(on wlan0) -- associated"), "iw")
    assert (one.joined, one.station_count, one.utilisation_ratio) == (True, 31, 1.0)


# -- iwlist, iwinfo ------------------------------------------------------------------------------------------------

IWLIST = """\
wlan0     Scan completed :
          Cell 01 - Address: 00:25:9E:12:30:A0
                    Channel:36
                    Frequency:5.18 GHz (Channel 36)
                    Quality=59/70  Signal level=-51 dBm  Noise level=-95 dBm
                    Encryption key:on
                    ESSID:"\\xE6\\xA0\\xA1 \"x\" Net"
                    Mode:Master
                    Extra:tsf=0000000000000000
                    Extra: Last beacon: 1234ms ago
                    IE: Unknown: 000643616D707573
                    IE: IEEE 802.11i/WPA2 Version 1
                        Group Cipher : CCMP
                        Pairwise Ciphers (1) : CCMP
                        Authentication Suites (2) : PSK unknown (8)
          Cell 02 - Address: 00:25:9E:12:30:A1
                    Frequency:2.437 GHz (Channel 6)
                    Quality=30/100  Signal level=45/100
                    Encryption key:off
                    ESSID:""
          Cell 03 - Address: 00:25:9E:12:30:A2
                    Frequency:2.412 GHz (Channel 1)
                    Quality=30/70  Signal level=-80 dBm
                    Encryption key:on
                    ESSID:"\\x00\\x00"
                    IE: WPA Version 1
                        Group Cipher : TKIP
                        Pairwise Ciphers (2) : CCMP TKIP
                        Authentication Suites (1) : 802.1x
                    IE: IEEE 802.11i/WPA2 Version 1
                        Pairwise Ciphers (1) : CCMP
                        Authentication Suites (1) : 802.1x
"""
IWINFO = """\
Cell 01 - Address: 00:25:9E:12:30:A0
          ESSID: "Campus"
          Mode: Master  Frequency: 5.180 GHz  Band: 5 GHz  Channel: 36
          Signal: -51 dBm  Quality: 59/70
          Encryption: mixed WPA2/WPA3 PSK/SAE (CCMP)
          HT Operation:
                    Primary Channel: 36

Cell 02 - Address: 00:25:9E:12:30:A1
          ESSID: unknown
          Mode: Master  Frequency: 6.135 GHz  Band: 6 GHz  Channel: 37
          Signal: -70 dBm  Quality: 40/70
          Encryption: WPA3 OWE (CCMP)

Cell 03 - Address: 00:25:9E:12:30:A2
          ESSID: "g"
          Mode: Master  Channel: 1
          Signal: -70 dBm  Quality: 40/70
          Encryption: none
"""


def test_cells_of_wireless_tools_and_of_openwrt() -> None:
    found = heard(IWLIST, "iwlist")
    assert [told(one) for one in found] == [
        ("a0", '校 "x" Net', "5", 36, -51, None, "WPA2-PSK+WPA3-SAE"), ("a1", "", "2.4", 6, None, 45, "open"),
        ("a2", "", "2.4", 1, -80, None, "WPA-802.1X+WPA2-802.1X+TKIP")]  # fmt: skip
    assert (found[0].noise_dbm, found[0].age_ms) == (-95, 1234)
    assert [told(one) for one in heard(IWINFO, "iwlist")] == [
        ("a0", "Campus", "5", 36, -51, None, "WPA2-PSK+WPA3-SAE"), ("a1", "", "6", 37, -70, None, "OWE"),
        ("a2", "g", "2.4", 1, -70, None, "open")]  # fmt: skip


# -- wpa_cli -------------------------------------------------------------------------------------------------------


def test_wpa_cli() -> None:
    listing = "bssid / frequency / signal level / flags / ssid\n" + "".join(
        f"00:25:9e:12:30:{n:02x}\t{freq}\t{level}\t{flags}\t{name}\n"
        for n, (freq, level, flags, name) in enumerate([
            (5180, -51, "[WPA2-PSK-CCMP][WPS][ESS]", "Campus"), (2412, -60, "[WPA2-SAE-CCMP][SAE-H2E][ESS]", ""),
            (6135, -70, "[RSN-OWE-CCMP][ESS]", "\\xe6\\xa0\\xa1"), (2462, -71, "[ESS]", "Campus Guest"),
            (2437, -72, "[WPA-PSK-TKIP][WPA2-PSK+SAE-CCMP+TKIP][ESS]", "mixed"), (2437, -73, "[WEP][ESS]", "old"),
            (5500, -74, "[WPA2-EAP-CCMP][ESS]", "x"), (5500, -75, "[WPA2-EAP-SUITE-B-192-GCMP-256][ESS]", "y"),
            (2412, -76, "[ESS][OWE-TRANS]", "moving"), (5500, -77, "[WPA2-EAP+FT/EAP-CCMP][ESS]", "ft"),
        ])
    )  # fmt: skip
    assert [(one.name, one.band_ghz, one.rssi_dbm, one.security) for one in heard(listing, "wpa_cli")] == [
        ("Campus", "5", -51, "WPA2-PSK"), ("", "2.4", -60, "WPA3-SAE"), ("校", "6", -70, "OWE"),
        ("Campus Guest", "2.4", -71, "open"), ("mixed", "2.4", -72, "WPA-PSK+WPA2-PSK+WPA3-SAE+TKIP"),
        ("old", "2.4", -73, "WEP"), ("x", "5", -74, "WPA2-802.1X"), ("y", "5", -75, "WPA3-802.1X"),
        ("moving", "2.4", -76, "open"), ("ft", "5", -77, "WPA2-802.1X"),
    ]  # fmt: skip


# -- nmcli ---------------------------------------------------------------------------------------------------------

MULTILINE = """\
IN-USE:                                 *
BSSID:                                  00:25:9E:12:30:A0
SSID:                                   Campus
MODE:                                   Infra
CHAN:                                   36
RATE:                                   270 Mbit/s
SIGNAL:                                 71
BARS:                                   ▂▄▆_
SECURITY:                               WPA2 WPA3
IN-USE:                                  
BSSID:                                  00:25:9E:12:30:A1
SSID:                                     lead: x
MODE:                                   Infra
CHAN:                                   6
RATE:                                   130 Mbit/s
SIGNAL:                                 33
BARS:                                   ▂▄__
SECURITY:                               --
"""  # noqa: W291  as nmcli pads it
CHINESE = """\
IN-USE:                                 *
BSSID:                                  00:25:9E:12:30:A0
SSID:                                   校园网
模式:                                   Infra
频道:                                   36
速率:                                   270 Mbit/s
信号:                                   71
BARS:                                   ▂▄▆_
安全性:                                 WPA2 802.1X
"""
EVERYTHING = """\
AP[1].IN-USE:                           *
AP[1].SSID:                             Campus
AP[1].SSID-HEX:                         43616D707573
AP[1].BSSID:                            00:25:9E:12:30:A0
AP[1].MODE:                             Infra
AP[1].CHAN:                             37
AP[1].FREQ:                             6135 MHz
AP[1].RATE:                             540 Mbit/s
AP[1].BANDWIDTH:                        160 MHz
AP[1].SIGNAL:                           60
AP[1].SECURITY:                         WPA3
AP[1].WPA-FLAGS:                        (none)
AP[1].RSN-FLAGS:                        pair_ccmp group_ccmp sae
"""
TABLE_ZH = """\
IN-USE  BSSID              SSID     模式   CHAN  速率        信号  BARS  安全性
*       00:25:9E:12:30:A0  校园网   Infra  36    270 Mbit/s  71    ▂▄▆_  WPA2 802.1X
        00:25:9E:12:30:A1  --       Infra  6     130 Mbit/s  33    ▂▄__  --
"""


EVERY_COLUMN = """\
NAME   SSID        SSID-HEX              BSSID              MODE   CHAN  FREQ      RATE        BANDWIDTH  SIGNAL  \
BARS  SECURITY     WPA-FLAGS  RSN-FLAGS                    DEVICE  ACTIVE  IN-USE  DBUS-PATH
AP[1]  Campus Net  43616D707573204E6574  00:25:9E:12:30:A0  Infra  36    5180 MHz  540 Mbit/s  80 MHz     71      \
▂▄▆_  WPA2         (none)     pair_ccmp group_ccmp psk     wlan0   yes     *       /org/freedesktop/NetworkManager/1
AP[2]  --          --                    00:25:9E:12:30:A1  Infra  6     2437 MHz  130 Mbit/s  20 MHz     33      \
▂▄__  WPA2 802.1X  (none)     pair_ccmp group_ccmp 802.1X  wlan0   no              /org/freedesktop/NetworkManager/2
"""
OLD_TABLE = """\
*  SSID          MODE   CHAN  RATE       SIGNAL  BARS  SECURITY
   Guest         Infra  6     54 Mbit/s  40      ▂▄__  --
*  校园网  2 楼  Infra  11    54 Mbit/s  80      ▂▄▆_  WPA1 WPA2
     lead 🏫     Infra  1     54 Mbit/s  9       ▂___  WPA3
"""
MISALIGNED = """\
IN-USE  BSSID              SSID    MODE   CHAN  RATE        SIGNAL  BARS  SECURITY
  *  00:25:9E:12:30:A0  my  net  Infra  36  270 Mbit/s  71  ▂▄▆_  WPA2
"""


@pytest.mark.parametrize(("content", "expected"), [
    (EVERY_COLUMN, [("a0", "Campus Net", "5", 36, None, 71, "WPA2-PSK"),
                    ("a1", "", "2.4", 6, None, 33, "WPA2-802.1X")]),
    (OLD_TABLE, [("", "Guest", "2.4", 6, None, 40, "open"),
                 ("", "校园网  2 楼", "2.4", 11, None, 80, "WPA-PSK+WPA2-PSK"),
                 ("", "  lead 🏫", "2.4", 1, None, 9, "WPA3-SAE")]),
    (MISALIGNED, [("a0", "my  net", "5", 36, None, 71, "WPA2-PSK")]),
    (MULTILINE, [("a0", "Campus", "5", 36, None, 71, "WPA2-PSK+WPA3-SAE"),
                 ("a1", "  lead: x", "2.4", 6, None, 33, "open")]),
    (CHINESE, [("a0", "校园网", "5", 36, None, 71, "WPA2-802.1X")]),
    (EVERYTHING, [("a0", "Campus", "6", 37, None, 60, "WPA3-SAE")]),
    ("IN-USE:*\nBSSID:00:25:9E:12:30:A0\nSSID:a:b\\c\nMODE:Infra\nCHAN:36\nSIGNAL:71\nSECURITY:\n",
     [("a0", "a:b\\c", "5", 36, None, 71, "open")]),
    (TABLE_ZH, [("a0", "校园网", "5", 36, None, 71, "WPA2-802.1X"), ("a1", "", "2.4", 6, None, 33, "open")]),
    # Terse lists with whatever fields somebody thought of.
    ("Campus:00\\:25\\:9E\\:12\\:30\\:A0:36:5180 MHz:71:WPA2\n:00\\:25\\:9E\\:12\\:30\\:A1:6:2437 MHz:33:\n",
     [("a0", "Campus", "5", 36, None, 71, "WPA2-PSK"), ("a1", "", "2.4", 6, None, 33, "open")]),
    ("00\\:25\\:9E\\:12\\:30\\:A0:2024\\:校园:6135 MHz:71:WPA3\n00\\:25\\:9E\\:12\\:30\\:A1:x:2437 MHz:33:WPA1 WPA2\n",
     [("a0", "2024:校园", "6", 37, None, 71, "WPA3-SAE"), ("a1", "x", "2.4", 6, None, 33, "WPA-PSK+WPA2-PSK")]),
    ("*:00\\:25\\:9E\\:12\\:30\\:A0:Campus:36:71\n :00\\:25\\:9E\\:12\\:30\\:A1:guest:6:33\n",
     [("a0", "Campus", "5", 36, None, 71, ""), ("a1", "guest", "2.4", 6, None, 33, "")]),
    ("yes:71:36:Campus:WPA2 802.1X:00\\:25\\:9E\\:12\\:30\\:A0\nno:100:149:guest:OWE:00\\:25\\:9E\\:12\\:30\\:A1\n",
     [("a0", "Campus", "5", 36, None, 71, "WPA2-802.1X"), ("a1", "guest", "5", 149, None, 100, "OWE")]),
])  # fmt: skip
def test_nmcli(content: str, expected: list[Told]) -> None:
    assert [told(one) for one in heard(content, "nmcli")] == expected


# -- netsh ---------------------------------------------------------------------------------------------------------

ENGLISH_24H2 = """\

Interface name : Wi-Fi
There are 3 networks currently visible.

SSID 1 : Campus
    Network type            : Infrastructure
    Authentication          : WPA2-Enterprise
    Encryption              : CCMP
    BSSID 1                 : 00:25:9e:12:30:a0
         Signal             : 88%
         Radio type         : 802.11be
         Band               : 6 GHz
         Channel            : 37
         Hash-to-Element:   : Supported
         Bss Load:
             Connected Stations:         11
             Channel Utilization:        34 (13 %)
             Medium Available Capacity:  31250 (1000000 us/s)
         Colocated APs:     : 3
             BSSID: 00:25:9e:12:30:f1, Band: 2.4 GHz, Channel: 6
             BSSID: 00:25:9e:12:30:f2, Band: 5 GHz, Channel: 36
         MLD Address        : 00:25:9e:12:30:f0
         QoS MSCS Supported : 0
         QoS Map Supported  : 1
         Rssi               : -54
         Basic rates (Mbps) : 6 12 24
         Other rates (Mbps) : 9 18 36 48 54
    BSSID 2                 : 00:25:9e:12:30:a1
         Signal             : 40%
         Radio type         : 802.11ax
         Band               : 2.4 GHz
         Channel            : 6
         Basic rates (Mbps) : 1 2 5.5 11

SSID 2 :
    Network type            : Infrastructure
    Authentication          : WPA3-Personal
    Encryption              : CCMP
    BSSID 1                 : 00:25:9e:12:30:a2
         Signal             : 7%
         Radio type         : 802.11ac
         Band               : 5 GHz
         Channel            : 100

SSID 3 :   x: BSSID 1 : y
    Network type            : Infrastructure
    Authentication          : Open
    Encryption              : None
    BSSID 1                 : 00:25:9e:12:30:a3
         Signal             : 100%
         Radio type         : 802.11n
         Band               : 2.4 GHz
         Channel            : 13
"""
SIMPLIFIED = """\

接口名称 : WLAN
当前有 2 个网络可见。

SSID 1 : 一中校园网
    Network type            : 结构
    身份验证                : WPA2 - 企业
    加密                    : CCMP
    BSSID 1               : 00:25:9e:12:30:a0
         信号               : 71%
         无线电类型         : 802.11ac
         频道               : 149
         基本速率(Mbps)     : 6 12 24
         其他速率(Mbps)     : 9 18 36 48 54

SSID 2 : TP-LINK_开放
    Network type            : 结构
    身份验证                : 开放式
    加密                    : 无
    BSSID 1               : 00:25:9e:12:30:a1
         信号               : 20%
         无线电类型         : 802.11n
         频道               : 11
"""
TRADITIONAL = """\

介面名稱 : Wi-Fi
目前有 2 個可見的網路。

SSID 1 : 國中校園網
    網路類型            : 基礎結構
    驗證                : WPA2 - 個人
    加密                : CCMP
    BSSID 1             : 00:25:9e:12:30:a0
         訊號           : 71%
         無線電類型     : 802.11ac
         波段           : 5 GHz
         通道           : 149
         基本速率 (Mbps): 6 12 24

SSID 2 : 訪客
    網路類型            : 基礎結構
    驗證                : 開放
    加密                : 無
    BSSID 1             : 00:25:9e:12:30:a1
         訊號           : 20%
         無線電類型     : 802.11n
         波段           : 2.4 GHz
         通道           : 11
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gbk", "gb18030"])
def test_netsh_in_simplified_chinese(encoding: str) -> None:
    assert [told(one) for one in heard(SIMPLIFIED.replace("\n", "\r\n").encode(encoding), "netsh")] == [
        ("a0", "一中校园网", "5", 149, None, 71, "WPA2-802.1X"), ("a1", "TP-LINK_开放", "2.4", 11, None, 20, "open"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "big5", "cp950"])
def test_netsh_in_traditional_chinese(encoding: str) -> None:
    assert [told(one) for one in heard(TRADITIONAL.replace("\n", "\r\n").encode(encoding), "netsh")] == [
        ("a0", "國中校園網", "5", 149, None, 71, "WPA2-PSK"), ("a1", "訪客", "2.4", 11, None, 20, "open"),
    ]  # fmt: skip


def test_netsh_of_windows_11_24h2() -> None:
    found = heard(ENGLISH_24H2, "netsh")
    assert [told(one) for one in found] == [
        ("a0", "Campus", "6", 37, -54, 88, "WPA2-802.1X"), ("a1", "Campus", "2.4", 6, None, 40, "WPA2-802.1X"),
        ("a2", "", "5", 100, None, 7, "WPA3-SAE"), ("a3", "  x: BSSID 1 : y", "2.4", 13, None, 100, "open"),
    ]  # fmt: skip
    assert (found[0].station_count, found[0].utilisation_ratio) == (11, round(34 / 255, 4))


@pytest.mark.parametrize(("authentication", "cipher", "words"), [
    ("WPA2-Personal", "CCMP", "WPA2-PSK"), ("WPA3-Personal", "CCMP", "WPA3-SAE"), ("WPA3-Personal", "GCMP", "WPA3-SAE"),
    ("WPA3-Enterprise", "CCMP", "WPA3-802.1X"), ("WPA3-Enterprise 192 Bits", "GCMP-256", "WPA3-802.1X"),
    ("Enhanced Open", "CCMP", "OWE"), ("OWE", "CCMP", "OWE"), ("增强型开放", "CCMP", "OWE"), ("Open", "WEP", "WEP"),
    ("Shared", "WEP", "WEP"), ("WPA-Enterprise", "TKIP", "WPA-802.1X+TKIP"), ("WPA3 - 個人", "CCMP", "WPA3-SAE"),
    ("WPA3 - 企業", "CCMP", "WPA3-802.1X"), ("WAPI-PSK", "WPI-SMS4", "WAPI-PSK"),
    ("WAPI-CERT", "WPI-SMS4", "WAPI-certificate"), ("Unknown", "CCMP", ""),
])  # fmt: skip
def test_how_netsh_calls_security(authentication: str, cipher: str, words: str) -> None:
    listing = ENGLISH_24H2.replace("WPA2-Enterprise", authentication).replace("Encryption              : CCMP",
                                                                              f"Encryption : {cipher}", 1)  # fmt: skip
    assert heard(listing, "netsh")[0].security == words


INTERFACE = """\

There is 1 interface on the system:

    Name                   : Wi-Fi
    Description            : Intel(R) Wi-Fi 7 BE200 320MHz
    GUID                   : 11111111-2222-3333-4444-555555555555
    Physical address       : 70:9c:d1:00:00:01
    Interface type         : Primary
    State                  : connected
    SSID                   : Campus
    AP BSSID               : 00:25:9e:12:30:a0
    Band                   : 5 GHz
    Channel                : 36
    Connected Akm-cipher   : [ akm = 00-0f-ac:01, cipher = 00-0f-ac:04 ]
    Network type           : Infrastructure
    Radio type             : 802.11be
    Authentication         : WPA2-Enterprise
    Cipher                 : CCMP
    Connection mode        : Auto Connect
    Receive rate (Mbps)    : 1201
    Transmit rate (Mbps)   : 1201
    Signal                 : 92%
    Rssi                   : -47
    Profile                : Campus
    QoS MSCS Configured    : 0
"""
GERMAN = (
    INTERFACE.replace("Authentication", "Authentifizierung")
    .replace("Enterprise", "Enterprise")
    .replace("State", "Status")
)
CHINESE_10 = """\

系统上有 1 个接口:

    名称                   : WLAN
    说明                   : Realtek 8822CE Wireless LAN 802.11ac PCI-E NIC
    GUID                   : 11111111-2222-3333-4444-555555555555
    物理地址               : 70:9c:d1:00:00:01
    状态                   : 已连接
    SSID                   : 一中校园网
    BSSID                  : 00:25:9e:12:30:a0
    网络类型               : 结构
    无线电类型             : 802.11ac
    身份验证               : WPA2 - 个人
    密码                   : CCMP
    连接模式               : 自动连接
    信道                   : 44
    接收速率(Mbps)         : 866.7
    传输速率 (Mbps)        : 866.7
    信号                   : 99%
    配置文件               : 一中校园网

    承载网络状态  : 不可用
"""


@pytest.mark.parametrize(("content", "encoding", "expected"), [
    (INTERFACE, "utf-8", ("a0", "Campus", "5", 36, -47, 92, "WPA2-802.1X")),
    (GERMAN, "cp1252", ("a0", "Campus", "5", 36, -47, 92, "WPA2-802.1X")),
    (CHINESE_10, "gbk", ("a0", "一中校园网", "5", 44, None, 99, "WPA2-PSK")),
    (CHINESE_10, "utf-16", ("a0", "一中校园网", "5", 44, None, 99, "WPA2-PSK")),
])  # fmt: skip
def test_netsh_s_interfaces(content: str, encoding: str, expected: Told) -> None:
    (one,) = heard(content.encode(encoding), "netsh")
    assert (told(one), one.joined) == (expected, True)
    (card,) = netsh_text.interfaces(content.encode(encoding))
    assert card.guid == "{11111111-2222-3333-4444-555555555555}"
    lines = content.splitlines()
    alone = "\n".join(lines[: next(at for at, line in enumerate(lines) if line.startswith("    SSID"))])
    assert [one.heard for one in netsh_text.interfaces(alone.encode(encoding))] == [None]


# -- wlanapi -------------------------------------------------------------------------------------------------------


def element(number: int, content: bytes) -> bytes:
    return bytes([number, len(content)]) + content


SAE = element(48, b"\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x08\xcc\x00")
HE_6 = element(255, b"\x24" + b"\x00\x00\x02" + b"\x19" + b"\xfc\xff" + bytes([37, 3, 39, 47, 6]))
EHT_320 = element(255, b"\x6a" + b"\x01" + bytes(4) + bytes([4, 47, 63]))


def test_a_list_of_wlanapi_as_it_lay_in_memory() -> None:
    networks = [
        ("一中".encode(), 5_180_000, -48, SAE + element(61, bytes([36, 5]) + bytes(20))),
        (b"", 6_135_000, -70, SAE + HE_6),
        ("校园".encode("gbk"), 6_135_000, -71, SAE + HE_6 + EHT_320),
    ]
    entries, elements = b"", b""
    for n, (ssid, khz, rssi, one) in enumerate(networks):
        at = (len(networks) - n) * 360 + len(elements)
        entries += struct.pack(
            "<I32sI6s2xIIiIBxH4xQQH2xII252sII", len(ssid), ssid, 0, bytes.fromhex(f"00259e1230{n:02x}"), 1, 10, rssi,
            2 * (rssi + 100), 1, 100, 5, 0, 0x11, khz, 0, b"", at, len(one))  # fmt: skip
        elements += one
    memory = struct.pack("<II", 8 + len(entries) + len(elements), len(networks)) + entries + elements
    found = heard(memory, "wlanapi")
    assert [told(one) for one in found] == [
        ("00", "一中", "5", 36, -48, 100, "WPA3-SAE"), ("01", "", "6", 37, -70, 60, "WPA3-SAE"),
        ("02", "校园", "6", 37, -71, 58, "WPA3-SAE"),
    ]  # fmt: skip
    assert [one.width_mhz for one in found] == [40, 160, 320]
    assert saved.sweep(memory[:-1]) is None


# -- macOS ---------------------------------------------------------------------------------------------------------

PROFILER = """\
Wi-Fi:

      Software Versions:
          CoreWLAN: 16.0 (1657)
          CoreWLANKit: 16.0 (1657)
      Interfaces:
        en0:
          Card Type: Wi-Fi  (0x14E4, 0x4387)
          MAC Address: 00:25:9e:00:00:01
          Supported Channels: 1 (2GHz), 2 (2GHz), 36 (5GHz), 37 (6GHz)
          Status: Connected
          Current Network Information:
            Campus:
              PHY Mode: 802.11ax
              BSSID: 0:25:9e:12:30:a0
              Channel: 36 (5GHz, 80MHz)
              Country Code: CN
              Network Type: Infrastructure
              Security: WPA2/WPA3 Personal
              Signal / Noise: -50 dBm / -93 dBm
              Transmit Rate: 866
              MCS Index: 9
          Other Local Wi-Fi Networks:
            Guest: 2 :
              PHY Mode: 802.11
              Channel: 6 (2GHz, 20MHz)
              Network Type: Infrastructure
              Security: None
              Signal / Noise: -70 dBm / -90 dBm
              lead:
              PHY Mode: 802.11ax
              Channel: 37 (6GHz, 160MHz)
              Security: WPA3 Personal
            Office:
              PHY Mode: 802.11ax
              Channel: 149 (5GHz, 40MHz)
              Security: WPA2 Enterprise
        awdl0:
          MAC Address: 00:25:9e:00:00:02
          Current Network Information:
            Network Type: Infrastructure
"""
PROFILER_ZH = """\
Wi-Fi:

      接口：
        en0：
          卡类型：Wi-Fi  (0x14E4, 0x4387)
          状态：已连接
          当前网络信息：
            校园网：
              PHY模式：802.11ax
              频道：36 (5GHz, 80MHz)
              网络类型：基础架构
              安全性：WPA2个人级
              信号/噪声：-50 dBm / -93 dBm
          其他本地Wi-Fi网络：
            访客：
              PHY模式：802.11
              频道：6 (2GHz, 20MHz)
              安全性：无
              信号/噪声：-70 dBm / -90 dBm
"""


def test_system_profiler_in_words() -> None:
    found = heard(PROFILER, "system_profiler")
    assert [told(one) for one in found] == [
        ("a0", "Campus", "5", 36, -50, None, "WPA2-PSK+WPA3-SAE"), ("", "Guest: 2 ", "2.4", 6, -70, None, "open"),
        ("", "  lead", "6", 37, None, None, "WPA3-SAE"), ("", "Office", "5", 149, None, None, "WPA2-802.1X"),
    ]  # fmt: skip
    assert [(one.joined, one.noise_dbm) for one in found] == [(True, -93), (False, -90), (False, None), (False, None)]
    assert [(one.name, one.channel, one.rssi_dbm, one.security, one.joined) for one in
            heard(PROFILER_ZH, "system_profiler")] == [
        ("校园网", 36, -50, "WPA2-PSK", True), ("访客", 6, -70, "open", False)]  # fmt: skip


WDUTIL = """\
————————————————————————————————————————————————————————————————————
WIFI
————————————————————————————————————————————————————————————————————
    MAC Address          : <redacted> (hw=<redacted>)
    Interface Name       : en0
    SSID                 : {ssid}
    BSSID                : {bssid}
    RSSI                 : -63 dBm
    CCA                  : 18 %
    Noise                : -97 dBm
    Security             : WPA2 Enterprise
    Channel              : {channel}
    Country Code         : CN
    Supported Channels   : 2g1/20,2g2/20
"""
CURRENT = """\
     agrCtlRSSI: -66
     agrExtRSSI: 0
    agrCtlNoise: -90
          state: running
    802.11 auth: open
      link auth: {auth}
          BSSID: 0:25:9e:12:30:a0
           SSID: Campus
        channel: {channel}
"""


@pytest.mark.parametrize(("content", "expected", "width"), [
    (WDUTIL.format(ssid="Campus", bssid="00:25:9e:12:30:a0", channel="5g44/40"),
     ("a0", "Campus", "5", 44, -63, None, "WPA2-802.1X"), 40),
    (WDUTIL.format(ssid="<redacted>", bssid="<redacted>", channel="6g37/160"),
     ("", "", "6", 37, -63, None, "WPA2-802.1X"), 160),
    (WDUTIL.format(ssid="校园", bssid="<redacted>", channel="2g11/20"),
     ("", "校园", "2.4", 11, -63, None, "WPA2-802.1X"), 20),
    (CURRENT.format(auth="wpa2-psk", channel="48,80"), ("a0", "Campus", "5", 48, -66, None, "WPA2-PSK"), 80),
    (CURRENT.format(auth="wpa2", channel="6"), ("a0", "Campus", "2.4", 6, -66, None, "WPA2-802.1X"), None),
    (CURRENT.format(auth="none", channel="149,1"), ("a0", "Campus", "5", 149, -66, None, "open"), 40),
])  # fmt: skip
def test_what_macos_is_connected_to(content: str, expected: Told, width: float | None) -> None:
    (one,) = heard(content, "wdutil")
    assert (told(one), one.width_mhz, one.joined) == (expected, width, True)
    assert one.noise_dbm in {-97, -90}


def test_corewlan_s_descriptions() -> None:
    network = ("<CWNetwork: 0x600003a1c2d0> [ssid={}, bssid={}, security={}, rssi={}, channel=<CWChannel: 0x600003>"
               " [channelNumber={}, channelWidth={{{}MHz}}], ibss=0]")  # fmt: skip
    content = "{(\n    " + ",\n    ".join([
        network.format("Campus, 2 [x]", "00:25:9e:12:30:a0", "WPA2 Personal", -45, "36(5GHz)", 80),
        network.format("(null)", "(null)", "WPA3 Enterprise", -70, "37(6GHz)", 160),
        network.format("Open", "0:25:9e:12:30:a2", "None", -80, "6(2GHz)", 20),
    ]) + "\n)}\n"  # fmt: skip
    found = heard(content, "corewlan")
    assert [told(one) for one in found] == [
        ("a0", "Campus, 2 [x]", "5", 36, -45, None, "WPA2-PSK"), ("", "", "6", 37, -70, None, "WPA3-802.1X"),
        ("a2", "Open", "2.4", 6, -80, None, "open")]  # fmt: skip
    assert [one.width_mhz for one in found] == [80, 160, 20]


@pytest.mark.parametrize("content", [
    "", "Not connected.\n", "a:b:c\n1:2:3\n", "\x00" * 64, "SSID: x\nRSSI: none\n", "Wi-Fi:\n  Status: Off\n",
    '{"SPAirPortDataType": "no"}'[1:], "name,mac\nx,00:25:9e:12:30:a0\n",
])  # fmt: skip
def test_what_is_no_scan_is_taken_for_none(content: str) -> None:
    found = saved.sweep(content.encode())
    assert found is None or not found.networks


# -- whose network it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ssid", "security", "bssid", "owner"), [
    ("Campus", "WPA2-PSK", "a0", (True, "")),
    ("Campus", "WPA2-PSK+WPA3-SAE", "a1", (True, "")),
    ("Campus", "open", "a0", (False, "security")),
    ("Campus", "WEP", "a0", (False, "security")),
    ("Campus", "WPA2-802.1X", "a0", (False, "security")),
    ("Campus", "", "a0", (True, "")),  # listed, though the system does not tell its security
    ("Campus", "WPA2-PSK", "other", (False, "bssid")),
    ("Campus", "", "", (False, "bssid")),  # a system that keeps addresses back, where they are what counts
    ("campus", "WPA2-PSK", "other", (False, "name")),
    ("Campus ", "WPA2-PSK", "other", (False, "name")),
    ("Саmpus", "WPA2-PSK", "other", (False, "name")),  # Cyrillic С and а
    ("Ｃａｍｐｕｓ", "WPA2-PSK", "other", (False, "name")),
    ("Cam\u200bpus", "open", "other", (False, "name")),
    ("Campus-2", "WPA2-PSK", "other", (False, "")),
    ("", "WPA2-PSK", "other", (False, "")),
    ("", "WPA2-PSK", "a0", (True, "")),
    ("Printer", "WPA2-PSK", "a0", (True, "")),
    ("校园网", "WPA2-PSK", "a0", (True, "")),
    ("校園网", "WPA2-PSK", "other", (False, "")),
])  # fmt: skip
def test_whose_network_it_is(ssid: str, security: str, bssid: str, owner: tuple[bool, str]) -> None:
    settings = WifiSettings(
        ssids=("Campus", "校园网"), bssids=("00:25:9e:12:30:00/40",), security={"Campus": "personal"}
    )
    address = {"": "", "other": "12:34:56:78:9a:bc"}.get(bssid, f"00:25:9e:12:30:{bssid}")
    for encoding in ("utf-8", "gbk"):
        try:
            one = Heard(address, ssid.encode(encoding), "5", 36, security=security)
        except UnicodeEncodeError:
            continue
        (found,) = owners([known(one, settings)], settings)
        assert (found.own, found.suspicious) == owner
