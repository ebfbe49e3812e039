"""Lists of networks as each system prints them: nothing is lost, and nothing is taken for what it is not."""

from __future__ import annotations

import json
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.wifi import iw_text, macos_text, netsh_text, nmcli_text, saved, wlan_list
from probes.wifi.elements import read
from probes.wifi.heard import Heard, is_called, ssid_text
from probes.wifi.security import from_elements
from tests.wifi_formats import AIRPORT, IW, SECURITIES, Air, netsh

CHANNELS = {"2.4": (1, 6, 11, 13), "5": (36, 44, 149, 165), "6": (1, 37, 69, 233)}
NAMES = st.text(st.characters(codec="gbk", exclude_categories=("C", "Z")), max_size=12).filter(
    lambda one: len(one.encode()) <= 32
)


@st.composite
def air(draw: st.DrawFn) -> list[Air]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        band = draw(st.sampled_from(sorted(CHANNELS)))
        found.append(Air(
            draw(NAMES), f"02:00:00:00:00:{number:02x}", band, draw(st.sampled_from(CHANNELS[band])),
            draw(st.integers(0, 100)), draw(st.sampled_from(sorted(SECURITIES["en"]))),
            draw(st.none() | st.integers(0, 60)), draw(st.integers(0, 255)),
        ))  # fmt: skip
    return found


@given(air(), st.sampled_from(sorted(SECURITIES)), st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "gbk")),
       st.sampled_from((" : ", "：", " ：")))  # fmt: skip
def test_netsh_comes_back_in_every_language_and_encoding(
    networks: list[Air], language: str, encoding: str, colon: str
) -> None:
    output = netsh(networks, language, colon=colon).encode(encoding, "replace")
    found = {one.bssid: one for one in netsh_text.networks(output)}
    assert set(found) == {one.bssid for one in networks}
    for one in networks:
        heard = found[one.bssid]
        assert (heard.band_ghz, heard.channel, heard.quality_percent, heard.rssi_dbm) == (
            one.band, one.channel, one.percent, None)  # fmt: skip
        assert heard.security == one.security
        assert heard.station_count == one.stations
        assert heard.utilisation_ratio == (None if one.stations is None else round(one.used / 255, 4))
        assert is_called(heard.ssid, one.ssid)


def test_netsh_without_a_line_for_the_band_knows_no_6_ghz() -> None:
    old = netsh([Air("a", "02:00:00:00:00:01", "5", 149, 50, "WPA2-PSK")], "zh", bands=False)
    (heard,) = netsh_text.networks(old.encode("gbk"))
    assert (heard.band_ghz, heard.channel, heard.frequency_mhz) == ("5", 149, 5745)


def test_a_name_that_looks_like_a_label_stays_a_name() -> None:
    tricks = ["BSSID 1 : 02:00:00:00:00:ff", "SSID 2 : x", "Signal : 99%", "  "]
    for trick in tricks:
        (heard,) = netsh_text.networks(netsh([Air(trick, "02:00:00:00:00:01", "5", 36, 50, "open")], "en").encode())
        assert (heard.name, heard.quality_percent, heard.bssid) == (trick, 50, "02:00:00:00:00:01")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8))
def test_nmcli_s_escaping_comes_back(fields: list[str]) -> None:
    assert nmcli_text.escaped_fields(nmcli_text.written(fields)) == fields


SHOWN = st.sampled_from(["校园:网", "a\\b", " : ", "Infra", "11", "--", ""])


@given(st.binary(max_size=32), st.integers(0, 100), SHOWN)
def test_nmcli_s_list_comes_back_octet_for_octet(ssid: bytes, signal: int, shown: str) -> None:
    head = ["*", "02:00:00:00:00:0A", shown, ssid.hex().upper(), "Infra", "149", "5745 MHz"]
    tail = [str(signal), "WPA2", "(none)", "pair_ccmp group_ccmp psk sae"]
    # Without the octets there is only what nmcli shows, and "--" is how it shows a name that is hidden.
    name = (ssid if ssid.strip(b"\0") else b"") if ssid else b"" if shown == "--" else shown.encode()
    expected = Heard("02:00:00:00:00:0a", name, "5", 149, 5745, 80,
                     quality_percent=signal, security="WPA2-PSK+WPA3-SAE", joined=True)  # fmt: skip
    assert nmcli_text.networks(nmcli_text.written([*head, "80 MHz", *tail])) == (expected,)
    assert nmcli_text.networks(nmcli_text.written([*head, *tail])) == (replace(expected, width_mhz=None),)


@pytest.mark.parametrize(("line", "ssid", "channel", "percent", "security"), [
    (r" :FE\:DC\:BA\:09\:87\:02:S-\\foo\:bar:Infra:6:130 Mbit/s:100:▂▄▆█:WPA2", r"S-\foo:bar", 6, 100, "WPA2-PSK"),
    ("*:guest:Infra:11:54 Mbit/s:42:▂▄__:", "guest", 11, 42, "open"),
    (r"yes:校园:02\:00\:00\:00\:00\:01:基础架构:36:5180 MHz:9 Mbit/s:70:▂:WPA2 802.1X", "校园", 36, 70, "WPA2-802.1X"),
    (r" :02\:00\:00\:00\:00\:01:12345:Infra:1:54 Mbit/s:20:*   :WPA1 WPA2", "12345", 1, 20, "WPA-PSK+WPA2-PSK"),
    (r" :02\:00\:00\:00\:00\:01::Infra:1:2412 MHz:54 Mbit/s:20:OWE:(none):pair_ccmp group_ccmp owe", "", 1, 20, "OWE"),
    (r"AP[3]:lab:6C6162:02\:00\:00\:00\:00\:01:Infra:6:2437 MHz:54 Mbit/s:33:▂▄__:WPA2:(none):sae:wlan0:no",
     "lab", 6, 33, "WPA3-SAE"),
])  # fmt: skip
def test_nmcli_with_other_fields(line: str, ssid: str, channel: int, percent: int, security: str) -> None:
    (heard,) = nmcli_text.networks(line)
    assert heard.name == ssid
    assert (heard.channel, heard.quality_percent, heard.security) == (channel, percent, security)


def test_nmcli_s_table_keeps_names_with_blanks() -> None:
    table = (
        "IN-USE  BSSID              SSID            MODE   CHAN  RATE        SIGNAL  BARS  SECURITY  \n"
        "*       02:00:00:00:00:01  my  own net     Infra  1     130 Mbit/s  97      ****  WPA2      \n"
        "        02:00:00:00:03:00  校园网-5G       Infra  36    270 Mbit/s  47      **    WPA2 WPA3 \n"
    )
    names = [(one.name, one.channel, one.quality_percent, one.joined) for one in nmcli_text.networks(table)]
    assert names == [("my  own net", 1, 97, True), ("校园网-5G", 36, 47, False)]


def test_iw_says_it_all() -> None:
    found = iw_text.scan(IW)
    assert [one.name for one in found] == ["实验 Lab ", "", "", "caf\\xe9 \\ RSN:", ""]
    assert [(one.band_ghz, one.channel) for one in found] == [("5", 36), ("6", 37), ("2.4", 14), ("2.4", 6), ("2.4", 6)]
    assert [one.security for one in found] == [
        "WPA2-PSK+WPA3-SAE", "WPA3-802.1X", "WEP", "OWE", "WPA-802.1X+WPA2-802.1X+TKIP"]  # fmt: skip
    assert [(one.rssi_dbm, one.quality_percent) for one in found[:3]] == [(-51, None), (-67, None), (None, 60)]
    first = found[0]
    assert (first.age_ms, first.joined, first.width_mhz, first.station_count, first.utilisation_ratio) == (
        120, True, 160, 17, 0.2)  # fmt: skip


@given(st.integers(0, len(IW)))
def test_iw_cut_off_anywhere_keeps_what_stands_before(cut: int) -> None:
    whole, found = iw_text.scan(IW), iw_text.scan(IW[:cut])
    assert found[:-1] == whole[: max(len(found) - 1, 0)]


@given(st.text() | st.binary().map(lambda one: one.decode("latin-1")))
def test_nothing_breaks_a_parser(words: str) -> None:
    for parse in (iw_text.scan, iw_text.noise, iw_text.usable, iw_text.joined, nmcli_text.networks, macos_text.listed):
        parse(words)
    netsh_text.networks(words.encode("utf-8", "surrogatepass"))
    saved.sweep(words.encode("utf-8", "surrogatepass"))
    macos_text.profiled(words)


def test_airport_with_chinese_names_and_without_addresses() -> None:
    found = macos_text.listed(AIRPORT)
    assert [one.name for one in found] == ["校园 网", "-55", "guest"]
    assert [one.bssid for one in found] == ["00:25:9e:12:30:a0", "12:34:56:78:9a:bc", ""]
    assert [one.security for one in found] == ["WPA2-PSK+WPA3-SAE", "WPA2-802.1X", "open"]
    assert [(one.channel, one.width_mhz, one.rssi_dbm) for one in found] == [
        (44, 80, -52),
        (149, 40, -71),
        (11, None, -80),
    ]


@pytest.mark.parametrize(("mode", "words"), [
    ("spairport_security_mode_wpa2_personal_mixed", "WPA-PSK+WPA2-PSK"),
    ("spairport_security_mode_wpa3_transition", "WPA2-PSK+WPA3-SAE"),
    ("spairport_security_mode_wpa3_personal", "WPA3-SAE"),
    ("spairport_security_mode_wpa2_enterprise", "WPA2-802.1X"),
    ("spairport_security_mode_none", "open"),
    ("spairport_security_mode_wep", "WEP"),
    ("WPA2/WPA3 Personal", "WPA2-PSK+WPA3-SAE"),
    ("spairport_security_mode_of_tomorrow", ""),
])  # fmt: skip
def test_how_macos_calls_security(mode: str, words: str) -> None:
    network = {"_name": "a", "spairport_network_channel": "37 (6GHz, 160MHz)", "spairport_security_mode": mode,
               "spairport_signal_noise": "-61 dBm / 0 dBm"}  # fmt: skip
    card = {"_name": "en0", "spairport_airport_other_local_wireless_networks": [network]}
    (heard,) = macos_text.profiled(json.dumps({"SPAirPortDataType": [{"spairport_airport_interfaces": [card]}]}))
    assert (heard.security, heard.band_ghz, heard.channel, heard.width_mhz) == (words, "6", 37, 160)
    assert (heard.rssi_dbm, heard.noise_dbm) == (-61, None)


def _element(number: int, content: bytes) -> bytes:
    return bytes([number, len(content)]) + content


RSN = b"\x01\x00\x00\x0f\xac\x04\x01\x00\x00\x0f\xac\x04"


@pytest.mark.parametrize(("elements", "privacy", "words"), [
    (b"", False, "open"),
    (b"", True, "WEP"),
    (_element(48, RSN + b"\x02\x00\x00\x0f\xac\x02\x00\x0f\xac\x08\x80\x00"), True, "WPA2-PSK+WPA3-SAE"),
    (_element(48, RSN + b"\x01\x00\x00\x0f\xac\x12"), True, "OWE"),
    (_element(48, RSN + b"\x01\x00\x00\x0f\xac\x0c"), True, "WPA3-802.1X"),
    (_element(48, RSN + b"\x01\x00\x00\x0f\xac\x02") + _element(221, b"\x50\x6f\x9a\x29" + RSN
     + b"\x01\x00\x00\x0f\xac\x08\xc0\x00") + _element(221, b"\x50\x6f\x9a\x2b\x20"), True, "WPA2-PSK+WPA3-SAE"),
    (_element(48, RSN), True, "WPA2-802.1X"),  # no key management named: the default
    (_element(221, b"\x00\x50\xf2\x01\x01\x00\x00\x50\xf2\x02\x01\x00\x00\x50\xf2\x02\x01\x00\x00\x50\xf2\x02"), True,
     "WPA-PSK+TKIP"),
    (_element(48, RSN + b"\x01\x00\x00\x0f\xac\x02")[:-3], True, "WEP"),  # cut off: as if it were not there
])  # fmt: skip
def test_security_from_information_elements(elements: bytes, privacy: bool, words: str) -> None:  # noqa: FBT001
    assert from_elements(elements, privacy=privacy) == words


@given(st.binary(max_size=400))
def test_no_element_breaks_the_reader(octets: bytes) -> None:
    read(octets, privacy=True)


def _bss(ssid: bytes, bssid: bytes, *, rssi: int, khz: int, elements: bytes = b"", seen: int = 0, at: int = 0) -> bytes:
    return struct.pack(
        "<I32sI6s2xIIiIBxH4xQQH2xII252sII", len(ssid), ssid, 0, bssid, 1, 7, rssi, 80, 1, 100, 1, seen, 0x11, khz, 0,
        b"", at, len(elements))  # fmt: skip


def test_the_list_in_windows_memory() -> None:
    """The layout of wlanapi.h: entries of 360 octets behind eight, the elements wherever the entry says."""
    load = _element(11, b"\x05\x00\x80\x00\x00")
    elements = _element(0, b"lab") + load + _element(48, RSN + b"\x01\x00\x00\x0f\xac\x02")
    now = 133_000_000_000_000_000
    entries = [
        _bss(
            b"lab",
            bytes.fromhex("00259e1230a0"),
            rssi=-57,
            khz=5_180_000,
            elements=elements,
            seen=now - 25_000_000,
            at=720,
        ),
        _bss(bytes(4), bytes.fromhex("00259e1230a1"), rssi=-127, khz=2_437_000),
    ]
    memory = struct.pack("<II", 8 + 720 + len(elements), 2) + b"".join(entries) + elements
    assert len(entries[0]) == 360
    first, second = wlan_list.networks(memory, now)
    assert (first.name, first.bssid, first.rssi_dbm, first.quality_percent) == ("lab", "00:25:9e:12:30:a0", -57, 80)
    assert (first.band_ghz, first.channel, first.security, first.age_ms) == ("5", 36, "WPA2-PSK", 2500)
    assert (first.station_count, first.utilisation_ratio) == (5, 0.502)
    assert (second.name, second.rssi_dbm, second.age_ms, second.security) == ("", None, None, "WEP")
    for cut in range(0, len(memory), 13):
        wlan_list.networks(memory[:cut], now)


def test_names_as_people_read_them_and_as_nobody_can_disguise() -> None:
    assert ssid_text("一年级".encode("gbk")) == "一年级"
    assert ssid_text("evil\u202egnp".encode()) == "evil\\xe2\\x80\\xaegnp"
    assert ssid_text(b"\x80\x81\x00") == "\\x80\\x81\\x00"
    assert not is_called(b"", "x")


@pytest.mark.parametrize(("content", "method", "count"), [
    (IW.encode(), "iw", 5), (AIRPORT.encode(), "airport", 3),
    (netsh([Air("a", "02:00:00:00:00:01", "6", 37, 50, "OWE")], "zh-new").encode("utf-16"), "netsh", 1),
    (rb" :FE\:DC\:BA\:09\:87\:02:x:Infra:6:130 Mbit/s:100:****:WPA2", "nmcli", 1),
    (b'{"SPAirPortDataType": []}', "system_profiler", 0),
])  # fmt: skip
def test_a_saved_scan_is_known_by_its_form(content: bytes, method: str, count: int) -> None:
    found = saved.sweep(content)
    assert found is not None
    assert (found.method, len(found.networks)) == (method, count)
    assert saved.sweep(b"Not connected.\n") is None
