"""Forms that lists of networks have on older, newer and foreign systems, with invented networks: each field is held.

They were looked for in what people show of their systems, and in the sources of the programs; none of it stands here.
"""

from __future__ import annotations

import plistlib
from base64 import b64encode

import pytest

from probes.wifi import iw_text, netsh_text, saved
from probes.wifi.heard import Heard
from tests.unit.test_wifi_elsewhere import RSN, Told, bss, heard, told

# -- iw ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("suites", "security"), [
    ("SAE-EXT-KEY", "WPA3-SAE"),  # Wi-Fi 7, as iw 6 calls it
    ("FT/SAE-EXT-KEY SAE", "WPA3-SAE"),
    ("FT/PSK/SHA-384", "WPA2-PSK"),
    ("SUITE-OF-TOMORROW", ""),
    ("SUITE-OF-TOMORROW PSK", "WPA2-PSK"),
])  # fmt: skip
def test_suites_that_newer_versions_of_iw_name(suites: str, security: str) -> None:
    (one,) = heard(bss(rest=RSN.format(suites)), "iw")
    assert one.security == security


def test_what_overrides_the_rsn_element_in_wpa3_s_compatibility_mode() -> None:
    override = RSN.format("SAE").replace("RSN:\t * Version: 1", "RSN Element Override:\n\t\t * Version: 1")
    assert "Override" in override
    newer = override.replace("Override:", "Override 2:").replace("SAE", "SAE-EXT-KEY")
    (one,) = heard(bss(rest=RSN.format("PSK") + override + newer), "iw")
    assert one.security == "WPA2-PSK+WPA3-SAE"


def test_an_element_without_its_suites_says_nothing_of_the_way_in() -> None:
    cut = bss(rest="\tRSN:\t * Version: 1\n\t\t * Group cipher: CCMP\n")
    assert [one.security for one in heard(bss(rest="\tRSN: <invalid: no data>\n") + cut, "iw")] == ["", ""]


@pytest.mark.parametrize(("signal", "dbm"), [
    ("-65.00 dBm", -65), ("-65.-50 dBm", -65.5), ("-64.-99 dBm", -64.99), ("-43.01 dBm", -43.01), ("-70 dBm", -70),
    ("0.00 dBm", None), ("-127.00 dBm", None), ("-128.00 dBm", None), ("12.00 dBm", None),
])  # fmt: skip
def test_iw_writes_fractions_with_a_sign_and_drivers_what_they_do_not_know(signal: str, dbm: float | None) -> None:
    (one,) = heard(bss(signal=signal), "iw")
    assert one.rssi_dbm == dbm


def test_a_noise_that_nothing_can_have_makes_no_signal_a_good_one() -> None:
    survey = "Survey data from wlan0\n\tfrequency:\t\t5180 MHz [in use]\n\tnoise:\t\t{} dBm\n"
    assert [iw_text.noise(survey.format(one)) for one in (-95, -127, 0)] == [{5180: -95}, {}, {}]


@pytest.mark.parametrize(("change", "found"), [
    (("capability: ESS ", "capability: IBSS "), (False, True)),
    (("(on wlan0)", "(on wlan0) -- joined"), (True, False)),
    (("(on wlan0)", "(on associated)"), (False, False)),
    (("(on wlan0)", "(on wlan0) -- authenticated"), (False, False)),
    (("SSID: Campus", "SSID: \\x00\n\tMESH ID: Campus"), (False, True)),
])  # fmt: skip
def test_iw_of_what_is_no_access_point_s(change: tuple[str, str], found: tuple[bool, bool]) -> None:
    (one,) = heard(bss().replace(*change), "iw")
    assert (one.joined, one.ad_hoc) == found


def test_iw_s_link_and_its_links() -> None:
    alone = """\
Connected to 00:25:9e:12:30:a0 (on wlan0)
	SSID: \\xe6\\xa0\\xa1 SSID: x
	freq: 5180.0
	signal: -55 dBm
"""
    (one,) = heard(alone, "iw")
    assert (told(one), one.joined) == (("a0", "校 SSID: x", "5", 36, -55, None, ""), True)
    several = """\
Connected to 00:25:9e:12:30:f0 (on wlan0)
        SSID: Campus
        Link 2 BSSID 00:25:9e:12:30:a2
                freq: 2412.0
        Link 0 BSSID 00:25:9e:12:30:f0
                freq: 6615.0
MLD 00:25:9e:12:30:f0 stats:
        signal: -16 dBm
"""
    assert [told(one) for one in heard(several, "iw")] == [
        ("a2", "Campus", "2.4", 1, None, None, ""), ("f0", "Campus", "6", 133, None, None, "")]  # fmt: skip
    assert saved.sweep(b"Not connected.\n") is None


# -- iwlist, iwinfo ------------------------------------------------------------------------------------------------

OLD_IWLIST = """\
eth0      Interface doesn't support scanning.

wlan0     Scan completed :
          Cell 01 - Address: 00:25:9E:12:30:A0
                    ESSID:"Signal level=-10 dBm Encryption key:off"
                    Mode:Master
                    Frequency:2.412 GHz (Channel 1)
                    Quality=42/100  Signal level:-84 dBm  Noise level=-127 dBm
                    Encryption key:on
                    IE: Unknown: 30140100000FAC040100000FAC040100000FAC020000
                    IE: Unknown: 0B0505007F0000
                    IE: Unknown: 3D0301050000
                    Extra: Last beacon: 1840ms ago
          Cell 02 - Address: 00:25:9E:12:30:A1
                    ESSID:"wapi"
                    Mode:Master
                    Frequency:5.745 GHz
                    Quality=70/70  Signal level=0 dBm
                    Encryption key:on
                    IE: Unknown: 44140100010000147202010000147201001472010000
          Cell 03 - Address: 00:25:9E:12:30:A2
                    ESSID:"neighbours"
                    Mode:Ad-Hoc
                    Frequency:2.437 GHz (Channel 6)
                    Quality=58/100  Signal level:-73 dBm  Noise level=-92 dBm
                    Encryption key:off
          Cell 04 - Address: 00:25:9E:12:30:A3
                    Channel:6
                    Frequency:2.437 GHz (Channel 6)
                    Quality=70/70  Signal level=-37 dBm
                    Encryption key:off
                    ESSID:""
                    ESSID:"mesh-of-others"
                    Extra:Mesh Network Path Selection Protocol ID: 0x01
                    Mode:Unknown/bug
          Cell 05 - Address: 00:25:9E:12:30:A4
                    Frequency:2.437 GHz (Channel 6)
                    Quality=30/70  Signal level=-80 dBm
                    Encryption key:on
                    ESSID:"tomorrow"
                    IE: IEEE 802.11i/WPA2 Version 1
                        Group Cipher : CCMP
                        Pairwise Ciphers (1) : CCMP
                        Authentication Suites (1) : unknown (99)

pan0      Interface doesn't support scanning.
"""


def test_iwlist_of_older_systems() -> None:
    found = heard(OLD_IWLIST, "iwlist")
    assert [told(one) for one in found] == [
        ("a0", "Signal level=-10 dBm Encryption key:off", "2.4", 1, -84, None, "WPA2-PSK"),
        ("a1", "wapi", "5", 149, None, None, "WAPI-PSK"), ("a2", "neighbours", "2.4", 6, -73, None, "open"),
        ("a3", "", "2.4", 6, -37, None, "open"), ("a4", "tomorrow", "2.4", 6, -80, None, ""),
    ]  # fmt: skip
    assert [(one.noise_dbm, one.ad_hoc) for one in found] == [
        (None, False), (None, False), (-92, True), (None, True), (None, False)]  # fmt: skip
    assert (found[0].width_mhz, found[0].station_count, found[0].utilisation_ratio) == (40, 5, 0.498)


UCODE_IWINFO = """\
Cell 01 - Address: 00:25:9E:12:30:A0
\t  ESSID: "Encryption: NONE"
\t  Mode: Master  Frequency: 5.180 GHz  Band: 5 GHz  Channel: 36
\t  Signal: -51 dBm  Quality: 59/70
\t  Encryption: {}
\t  HT Operation:
\t\tPrimary Channel: 36
\t\tSecondary Channel Offset: above
\t\tChannel Width: 40 MHz or higher
"""


@pytest.mark.parametrize(("words", "security"), [
    ("WPA PSK (CCMP)", "WPA2-PSK"), ("WPA PSK / SAE (CCMP)", "WPA2-PSK+WPA3-SAE"), ("SAE (CCMP)", "WPA3-SAE"),
    ("WPA PSK / FT PSK (CCMP / TKIP)", "WPA2-PSK+TKIP"), ("WPA PSK2 (CCMP)", "WPA2-PSK"), ("OWE (CCMP)", "OWE"),
    ("802.1x (CCMP)", "WPA2-802.1X"), ("802.1x-192bit (GCMP-256)", "WPA3-802.1X"), ("SAE / FT SAE (CCMP)", "WPA3-SAE"),
    ("802.1x / 802.1x-SHA256 (CCMP)", "WPA2-802.1X"), ("NONE", ""), ("WPA PSK-SHA256 (CCMP)", "WPA2-PSK"),
])  # fmt: skip
def test_what_openwrt_s_newer_iwinfo_says_of_security(words: str, security: str) -> None:
    content = UCODE_IWINFO.format(words)
    for form in (content, content.expandtabs(8)):
        (one,) = heard(form, "iwlist")
        assert told(one) == ("a0", "Encryption: NONE", "5", 36, -51, None, security)


@pytest.mark.parametrize(("words", "security"), [
    ("WPA PSK (TKIP)", "WPA-PSK+TKIP"), ("mixed WPA/WPA2 802.1X (CCMP)", "WPA-802.1X+WPA2-802.1X"), ("none", "open"),
])  # fmt: skip
def test_what_the_older_one_says(words: str, security: str) -> None:
    content = UCODE_IWINFO.format(words).replace("\t\t", " " * 20).replace("\t", " " * 8)
    assert [one.security for one in heard(content, "iwlist")] == [security]


# -- wpa_cli -------------------------------------------------------------------------------------------------------


def test_wpa_cli_copied_from_a_terminal() -> None:
    listing = """\
Selected interface 'wlan0'
> scan_results
bssid / frequency / signal level / flags / ssid
00:25:9e:12:30:a0       5180    -51     [WPA2-PSK-CCMP][WPS][ESS]       Campus  Guest
00:25:9e:12:30:a1       2412    -9999   [ESS]
02:25:9e:12:30:a2       2437    -70     [IBSS]  Campus
02:25:9e:12:30:a3       2437    -70     [RSN-SAE-CCMP][MESH]    backhaul
<3>CTRL-EVENT-SIGNAL-CHANGE above=1 signal=-75 noise=9999 txrate=180000
"""
    assert [(*told(one), one.ad_hoc) for one in heard(listing, "wpa_cli")] == [
        ("a0", "Campus  Guest", "5", 36, -51, None, "WPA2-PSK", False), ("a1", "", "2.4", 1, None, None, "open", False),
        ("a2", "Campus", "2.4", 6, -70, None, "open", True),
        ("a3", "backhaul", "2.4", 6, -70, None, "WPA3-SAE", True),
    ]  # fmt: skip


# -- nmcli ---------------------------------------------------------------------------------------------------------

MAC = "00\\:25\\:9E\\:12\\:30\\:"
OLD_GERMAN = """\
SSID                 BSSID               SIGNAL   FREQUENZ
'Aula'               00:25:9E:12:30:A0   100      2412 MHz
'It's'               00:25:9E:12:30:A1   58       5180 MHz
"""
OLD_SPANISH = """\
SSID      BSSID              MODO             FREC      TASA     SEÑAL  SEGURIDAD        ACTIVO
'Aula 1'  00:25:9E:12:30:A0  Infraestructura  2412 MHz  54 MB/s  100    WPA WPA2         sí
'b'       00:25:9E:12:30:A1  Infraestructura  5180 MHz  54 MB/s  58     WPA2 Enterprise  no
"""
QUOTED = """\
IN-USE  BSSID              SSID      MODE   CHAN  RATE        SIGNAL  BARS  SECURITY
        00:25:9E:12:30:A0  'Campus'  Infra  36    270 Mbit/s  71      ▂▄▆_  WPA2
"""
COLOURED = (
    "IN-USE  BSSID              SSID    MODE   CHAN  RATE        SIGNAL  BARS  SECURITY\n"
    "\x1b[32m*       00:25:9E:12:30:A0  Campus  Infra  36    270 Mbit/s  71      \x1b[0m\x1b[32m▂▄▆_"
    "\x1b[0m  WPA2 WPA3\n"
)
RUSSIAN_ALL = f"""\
AP[1]:Campus:43616D707573:{MAC}A0:Infra:37:6135 МГц:540 Мбит/с:71:▂▄▆_:WPA3:(нет):pair_ccmp sae:wlan0:да:*:/org/1
AP[2]:::{MAC}A1:Infra:6:2437 МГц:130 Мбит/с:33:▂▄__:WPA2 802.1X:(нет):pair_ccmp 802.1X:wlan0:нет: :/org/2
"""
CHINESE_ALL = """\
名称:AP[1]
SSID:校园网
SSID-HEX:E6A0A1E59BADE7BD91
BSSID:00:25:9E:12:30:A0
MODE:Infra
CHAN:36
FREQ:5180 MHz
RATE:270 Mbit/s
SIGNAL:71
BARS:▂▄▆_
SECURITY:
WPA-FLAGS:（无）
RSN-FLAGS:（无）
DEVICE:wlan0
ACTIVE:是
IN-USE:*
DBUS-PATH:/org/freedesktop/NetworkManager/AccessPoint/1
"""


@pytest.mark.parametrize(("content", "expected"), [
    (OLD_GERMAN, [("a0", "Aula", "2.4", 1, None, 100, ""), ("a1", "It's", "5", 36, None, 58, "")]),
    (OLD_SPANISH, [("a0", "Aula 1", "2.4", 1, None, 100, "WPA-PSK+WPA2-PSK"),
                   ("a1", "b", "5", 36, None, 58, "WPA2-802.1X")]),
    # A name that has apostrophes of its own is no name of ours.
    (QUOTED, [("a0", "'Campus'", "5", 36, None, 71, "WPA2-PSK")]),
    (COLOURED, [("a0", "Campus", "5", 36, None, 71, "WPA2-PSK+WPA3-SAE")]),
    (CHINESE_ALL, [("a0", "校园网", "5", 36, None, 71, "open")]),
    (f"*:{MAC}A0:学校:インフラ:36:270 Mbit/s:71:▂▄▆_:WPA2\n :{MAC}A1::インフラ:6:130 Mbit/s:33:▂▄__:\n",
     [("a0", "学校", "5", 36, None, 71, "WPA2-PSK"), ("a1", "", "2.4", 6, None, 33, "open")]),
    (RUSSIAN_ALL,
     [("a0", "Campus", "6", 37, None, 71, "WPA3-SAE"), ("a1", "", "2.4", 6, None, 33, "WPA2-802.1X")]),
    # The open one of two networks, of which the other is encrypted without a password.
    (f" :{MAC}A0:F:Infra:120:5600 MHz:40:OWE-TM::owe\n :{MAC}A1:F:Infra:133:6615 MHz:50:OWE::pair_ccmp owe\n",
     [("a0", "F", "5", 120, None, 40, "open"), ("a1", "F", "6", 133, None, 50, "OWE")]),
    (f"tak:Szkoła:{MAC}A0:Infrastruktura:36:5180\u2009MHz:75:WPA2:(brak):pair_ccmp psk\n",
     [("a0", "Szkoła", "5", 36, None, 75, "WPA2-PSK")]),
])  # fmt: skip
def test_nmcli_of_old_versions_and_in_other_languages(content: str, expected: list[Told]) -> None:
    assert [told(one) for one in heard(content, "nmcli")] == expected


@pytest.mark.parametrize("word", ["да", "oui", "ja", "はい", "是"])
def test_nmcli_says_in_every_language_what_it_is_connected_to(word: str) -> None:
    lines = f"{word}:a:{MAC}A0:Infra:6:2437 MHz:50:WPA2\nno:b:{MAC}A1:Infra:6:2437 MHz:50:WPA2\n"
    assert [one.joined for one in heard(lines, "nmcli")] == [True, False]


@pytest.mark.parametrize("mode", ["Ad-Hoc", "アドホック", "Mesh", "Maschennetz"])
def test_nmcli_tells_what_is_no_access_point_s(mode: str) -> None:
    lines = f" :{MAC}A0:a:{mode}:6:130 Mbit/s:33:▂▄__:\n"
    assert [one.ad_hoc for one in heard(lines, "nmcli")] == [True]


# -- netsh ---------------------------------------------------------------------------------------------------------

SPANISH_7 = """\

Nombre de interfaz : Conexión de red inalámbrica
Actualmente hay 2 redes visibles.

SSID 1 : Aula
    Tipo de red             : Infraestructura
    Autenticación           : WPA-Personal
    Cifrado                 : TKIP
    BSSID 1             : 00:25:9e:12:30:a0
         Señal              : 28%
         Tipo de radio      : 802.11g
         Canal              : 9
  Velocidades básicas (Mbps): 1 2 5.5 11
    Otras velocidades (Mbps): 6

SSID 2 : 00:11:22:33:44:55
    Tipo de red             : Ad hoc
    Autenticación           : Abierta
    Cifrado                 : Ninguna
    BSSID 1             : 02:25:9E:12:30:A1
         Señal              : 0%
         Tipo de radio      : 802.11g
         Canal              : 1
"""
BARE = """\
SSID 1 : weak
    Network type            : Infrastructure
    Authentication          : Open
    Encryption              : None
    BSSIDD 1                : 00:25:9e:12:30:a0
         Signal             : 3%
         Basic rates (Mbps) : 6
         QoS Map Supported  : 1
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "cp1252"])
def test_netsh_of_windows_7_in_spanish(encoding: str) -> None:
    found = heard(SPANISH_7.replace("\n", "\r\n").encode(encoding), "netsh")
    assert [(*told(one), one.ad_hoc) for one in found] == [
        ("a0", "Aula", "2.4", 9, None, 28, "WPA-PSK+TKIP", False),
        ("a1", "00:11:22:33:44:55", "2.4", 1, None, 0, "open", True),
    ]  # fmt: skip


def test_netsh_s_rates_and_flags_are_no_channel() -> None:
    assert [told(one) for one in heard(BARE, "netsh")] == [("a0", "weak", None, None, None, 3, "open")]


HEAD = """\
There is 1 interface on the system:

    Name                   : Wi-Fi 2
    Description            : Some Wi-Fi 7 card
    GUID                   : 11111111-2222-3333-4444-555555555555
    Physical address       : 70:9c:d1:00:00:01
    Interface type         : Primary
    State                  : connected
"""
MULTI_LINK = (
    HEAD
    + """\
    SSID                   : Campus
    MLD AP BSSID           : 00:25:9e:12:30:f0
        LinkID: 0, Local: 02:aa:bb:cc:dd:01, AP: 00:25:9e:12:30:a0, RSSI: -53, Channel: 48, Band: 5 GHz, BW: 80
        LinkID: 1, Local: 02:aa:bb:cc:dd:02, AP: 00:25:9e:12:30:a1, RSSI: -60, Channel: 37, Band: 6 GHz, BW: 320
    Network type           : Infrastructure
    Radio type             : 802.11be
    Authentication         : WPA3-Personal  (H2E)
    Cipher                 : CCMP
    Connection mode        : Auto Connect
    Receive rate (Mbps)    : 72
    Transmit rate (Mbps)   : 72
    Signal                 : 92%
    Profile                : 1
"""
)
COLOCATED = (
    HEAD
    + """\
    SSID                   : Campus
    AP BSSID               : 00:25:9e:12:30:a3
         Colocated APs:    : 2
            BSSID: 00:25:9e:12:30:a4,  Band: 5 GHz,  Channel: 44
            BSSID: 00:25:9e:12:30:a2,  Band: 5 GHz,  Channel: 44
    Band                   : 6 GHz
    Channel                : 197
    Connected Akm-cipher   : [ akm = 00-0f-ac:08, cipher =  00-0f-ac:04 ]
    Network type           : Infrastructure
    Radio type             : 802.11ax
    Authentication         : WPA3-Personal  (H2E)
    Cipher                 : CCMP
    Signal                 : 100%
    Rssi                   : -43
    Profile                : 6
"""
)
FRENCH = """\
    Nom                   : Wi-Fi
    Description            : Carte
    GUID                   : {guid}
    Adresse physique       : 70:9c:d1:00:00:01
    État                  : connecté
    SSID                  : Salle
    Point d'accès d’identificateur SSID (Service Set Identifier) : 00:25:9e:12:30:a0
    Bande                   : 2,4 GHz
    Canal                : 11
    Type de réseau           : Infrastructure
    Type de radio             : 802.11ax
    Authentification         : Ouvrir
    Chiffrement                 : Aucun
    Réception (Mbits/s)    : 103
    Signal                 : 80%
    Profil                : 5
    QoS MSCS configuré : 0
"""


def test_netsh_over_several_links_at_once() -> None:
    first, second = heard(MULTI_LINK, "netsh")
    assert (told(first), first.width_mhz, first.joined) == (
        ("a0", "Campus", "5", 48, -53, None, "WPA3-SAE"), 80, True)  # fmt: skip
    assert (told(second), second.width_mhz, second.joined) == (
        ("a1", "Campus", "6", 37, -60, None, "WPA3-SAE"), 320, True)  # fmt: skip
    without = "".join(line for line in MULTI_LINK.splitlines(keepends=True) if "LinkID" not in line)
    assert [(one.channel, one.quality_percent) for one in heard(without, "netsh")] == [(None, 92)]


@pytest.mark.parametrize(("content", "expected"), [
    (COLOCATED, ("a3", "Campus", "6", 197, -43, 100, "WPA3-SAE")),
    (FRENCH.format(guid="11111111-2222-3333-4444-555555555555"), ("a0", "Salle", "2.4", 11, None, 80, "open")),
    (FRENCH.format(guid="…"), ("a0", "Salle", "2.4", 11, None, 80, "open")),  # taken out by whoever showed it
    (FRENCH[FRENCH.index("    SSID") :].replace("Point d'accès d’identificateur SSID", "AP BSSID").replace(
        " (Service Set Identifier)", ""), ("a0", "Salle", "2.4", 11, None, 80, "open")),
])  # fmt: skip
def test_netsh_s_interfaces_elsewhere(content: str, expected: Told) -> None:
    (one,) = heard(content, "netsh")
    assert (told(one), one.joined) == (expected, True)


def test_a_card_that_is_connected_to_nothing_has_no_network() -> None:
    lines = HEAD.replace(" connected", " disconnected") + "    Radio status           : Hardware On\n"
    assert [one.heard for one in netsh_text.interfaces(lines.encode())] == [None]


# -- macOS ---------------------------------------------------------------------------------------------------------

NETWORK = {
    "_name": "校园", "spairport_network_channel": "149 (5GHz, 80MHz)", "spairport_signal_noise": "-49 dBm / -95 dBm",
    "spairport_security_mode": "spairport_security_mode_wpa2_personal",
}  # fmt: skip


def test_system_profiler_as_a_property_list() -> None:
    adrift = {**NETWORK, "_name": "x", "spairport_network_type": "spairport_network_type_ibss"}
    card = {"_name": "en0", "spairport_airport_other_local_wireless_networks": [NETWORK, adrift]}
    document = [{"_dataType": "SPAirPortDataType", "_items": [{"spairport_airport_interfaces": [card]}]}]
    first, second = heard(plistlib.dumps(document), "system_profiler")
    assert told(first) == ("", "校园", "5", 149, -49, None, "WPA2-PSK")
    assert (first.noise_dbm, first.width_mhz, first.ad_hoc, second.ad_hoc) == (-95, 80, False, True)


def test_airport_as_a_property_list() -> None:
    elements = b"\x00\x06Campus" + b"\x0b\x05\x05\x00\x80\x00\x00"
    elements += b"\x30\x14\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x01\x28\x00"
    network = {"BSSID": "0:25:9e:12:30:a0", "SSID": b"Campus", "RSSI": -62, "NOISE": -92, "CHANNEL": 44, "AGE": 0,
               "CAPABILITIES": 17, "IE": elements}  # fmt: skip
    (one,) = heard(b"$ airport -s -x\n" + plistlib.dumps([network]), "system_profiler")
    assert told(one) == ("a0", "Campus", "5", 44, -62, None, "WPA2-802.1X")
    assert (one.noise_dbm, one.age_ms, one.station_count, one.utilisation_ratio) == (-92, 0, 5, 0.502)


@pytest.mark.parametrize(("flags", "band"), [(0x12, "5"), (0x0A, "2.4"), (0x2800, "6"), (0, "2.4")])
def test_airport_s_flags_tell_the_band(flags: int, band: str) -> None:
    network = {"BSSID": "0:25:9e:12:30:a0", "SSID": b"a", "RSSI": -62, "CHANNEL": 5, "CHANNEL_FLAGS": flags}
    (one,) = heard(plistlib.dumps([network]), "system_profiler")
    assert (one.band_ghz, one.security) == (band, "")


@pytest.mark.parametrize("body", [
    "<dict><key>a</key></dict>", "<integer>x</integer>", "<date>z</date>", "<data>!</data>", "<array><dict/></array>",
    "<string>" + b64encode(b"x").decode() + "</string>", "<array><dict><key>_items</key><string/></dict></array>", "</",
    "<array><dict><key>RSSI</key><string>x</string><key>BSSID</key><true/></dict></array>",
])  # fmt: skip
def test_other_property_lists_break_nothing(body: str) -> None:
    found = saved.sweep(f'<?xml version="1.0"?>\n<plist version="1.0">{body}</plist>'.encode())
    assert found is None or all(isinstance(one, Heard) and one.channel is None for one in found.networks)


@pytest.mark.parametrize(("channel", "expected"), [
    ("1 (20 MHz, Active)", ("a0", "Campus", "2.4", 1, -55, None, "open")),
    ("149 (80 MHz, DFS)", ("a0", "Campus", "5", 149, -55, None, "open")),
])  # fmt: skip
def test_wdutil_of_macos_12(channel: str, expected: Told) -> None:
    content = f"    SSID                 : Campus\n    BSSID                : 00:25:9e:12:30:a0\n    RSSI                 : -55 dBm\n    Noise                : -98 dBm\n    Security             : None\n    Channel              : {channel}\n"  # noqa: E501
    (one,) = heard(content, "wdutil")
    assert told(one) == expected


def test_a_list_in_airport_s_form_with_security_in_words() -> None:
    content = """\
                            SSID BSSID             RSSI CHANNEL HT CC SECURITY (auth/unicast/group)
        小米共享                   -76  4       Y  -- WPA2 Personal
                         EE WiFi                   -70  6,-1    Y  -- Open
"""
    assert [(one.name, one.channel, one.rssi_dbm, one.security) for one in heard(content, "airport")] == [
        ("小米共享", 4, -76, "WPA2-PSK"), ("EE WiFi", 6, -70, "open")]  # fmt: skip


AIRPORT_I = """\
     agrCtlRSSI: -50
    agrCtlNoise: -90
      link auth: wpa2-psk
          BSSID:
           SSID: {}
        channel: 36,80
"""
AIRPORT_S = """\
                            SSID BSSID             RSSI CHANNEL HT CC SECURITY (auth/unicast/group)
{:>32}                   -60  36      Y  CN WPA2(PSK/AES/AES)
"""
PROFILED = """\
          Other Local Wi-Fi Networks:
            {}:
              PHY Mode: 802.11ax
              Channel: 36 (5GHz, 80MHz)
              Security: WPA2 Personal
              Signal / Noise: -50 dBm / -90 dBm
"""


@pytest.mark.parametrize("kept_back", ["<redacted>", "<SSID Redacted>"])
@pytest.mark.parametrize("form", [AIRPORT_I, AIRPORT_S, PROFILED], ids=["airport -I", "airport -s", "words"])
def test_what_macos_writes_instead_of_a_name_is_no_name(form: str, kept_back: str) -> None:
    found = [saved.sweep(form.format(name).encode()) for name in (kept_back, "Campus")]
    names = [[one.name for one in sweep.networks] for sweep in found if sweep is not None]
    assert names == [[""], ["Campus"]]


def test_nor_is_it_one_in_a_document() -> None:
    card = {"spairport_airport_other_local_wireless_networks": [{**NETWORK, "_name": "<SSID Redacted>"}]}
    document = [{"_dataType": "SPAirPortDataType", "_items": [{"spairport_airport_interfaces": [card]}]}]
    assert [one.name for one in heard(plistlib.dumps(document), "system_profiler")] == [""]


# -- what cannot be read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "read", "unread"), [
    (bss() + "BSS 00-25-9e-12-30-a1(on wlan0)\n\tfreq: 5180\n\tBSS Load:\n\t\t * station count: 1\n", 1, 1),
    (OLD_IWLIST + "          Cell 06 - Address: none\n", 5, 1),
    (SPANISH_7 + "    BSSID 2             : ¿?\n", 2, 1),
    ("bssid / frequency / signal level\n00:25:9e:12:30:a0\t5180\t-51\t[ESS]\tx\n0:1\t5180\t-5\t[ESS]\ty\n", 1, 1),
    (f"*:{MAC}A0:a:Infra:36:270 Mbit/s:71:▂▄▆_:WPA2\n*:{MAC}A1:b:Infra\n", 1, 1),
    (OLD_GERMAN + "'c'                  00:25:9E:12:30:A2   -        -\n", 2, 1),
    (bss(), 1, 0), (OLD_IWLIST, 5, 0), (SPANISH_7, 2, 0), (MULTI_LINK, 2, 0), (OLD_SPANISH, 2, 0), (CHINESE_ALL, 1, 0),
])  # fmt: skip
def test_networks_that_cannot_be_read_are_counted(content: str, read: int, unread: int) -> None:
    found = saved.sweep(content.encode())
    assert found is not None
    assert (len(found.networks), found.unread) == (read, unread)


def test_an_address_that_was_made_unknown_loses_no_network() -> None:
    """As people show their lists to others."""
    lists = [
        bss().replace("00:25:9e:12:30:a0", "xx:xx:xx:xx:3e:41"),
        f"{'SSID':>32} {'BSSID':17} RSSI CHANNEL HT CC SECURITY\n{'a':>32} **:**:**:**:3e:41 -60  36      Y  CN NONE\n",
        OLD_IWLIST[: OLD_IWLIST.index("          Cell 02")].replace("00:25:9E:12:30:A0", "XX:XX:XX:XX:3E:41"),
        SPANISH_7[: SPANISH_7.index("SSID 2")].replace("00:25:9e:12:30:a0", "xx:xx:xx:xx:3e:41"),
        "a:XX\\:XX\\:XX\\:XX\\:3E\\:41:Infra:36:270 Mbit/s:71:▂▄▆_:WPA2\n",
        "bssid / frequency / signal level / flags / ssid\nxx:xx:xx:xx:3e:41\t5180\t-51\t[ESS]\tx\n",
    ]
    found = [saved.sweep(one.encode()) for one in lists]
    told = [[one.bssid[-5:] for one in sweep.networks] for sweep in found if sweep is not None]
    assert told == [["3e:41"]] * len(lists)
