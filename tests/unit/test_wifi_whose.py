"""Whose a network is: what somebody would try who wants to be taken for the school, and what only looks alike."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probes.kinds import Radio, SurveyPoint
from probes.observation import Reason
from probes.survey import survey as probe
from probes.wifi import saved
from probes.wifi.heard import Heard, Sweep
from probes.wifi.ownership import Owner, known, owners
from probes.wifi.scanner import ScanError
from probes.wifi.settings import WifiSettings
from probes.wifi.survey_file import append
from probes.wifi.surveying import MOST_NETWORKS, Surveyor
from tests.unit.test_survey_command import Air
from tests.unit.test_survey_file import WALK, heard, point, school
from tests.wifi_formats import AIRPORT
from tests.world import campus, look

OURS = Heard("00:25:9e:12:30:a0", b"Campus", "5", 36, 5180, rssi_dbm=-60, security="WPA2-PSK")
BLOCK, EXACT, MAKER = "00:25:9e:12:30:00/40", "00:25:9e:12:30:a0", "00:25:9e:00:00:00/24"
STRANGERS = "00:25:9e:77:00:01"  # an access point of the same maker, next door


def whose(one: Heard, *bssids: str, **settings: object) -> Owner:
    given = WifiSettings.model_validate({"ssids": ("Campus", "Café"), "bssids": bssids, **settings})
    (found,) = owners([known(one, given)], given)
    return found


@pytest.mark.parametrize(("change", "bssids", "owner"), [
    ({}, (), (True, "")),
    ({}, (EXACT,), (True, "")),
    ({"bssid": "00:25:9e:12:30:a1"}, (EXACT,), (False, "bssid")),  # off by one bit
    ({"bssid": "02:25:9e:12:30:a0"}, (EXACT, BLOCK), (False, "bssid")),  # locally administered, as hotspots are
    ({"bssid": "XX:XX:XX:XX:30:A0".lower()}, (BLOCK,), (False, "bssid")),  # made unknown by whoever handed it in
    ({"bssid": STRANGERS}, (MAKER,), (True, "")),  # the inventory says that all of that maker's are ours
    # A maker's range is no list of ours: beside another name, or none, it proves nothing.
    ({"bssid": STRANGERS, "ssid": b"ChinaNet-x1"}, (MAKER,), (False, "")),
    ({"bssid": STRANGERS, "ssid": b""}, (MAKER,), (False, "")),
    ({"bssid": STRANGERS, "ssid": b"campus"}, (MAKER,), (False, "name")),
    ({"ssid": b""}, (BLOCK,), (True, "")),
    ({"ssid": b""}, (MAKER, EXACT), (True, "")),
    # Stations among themselves are no access point's, whatever they call themselves.
    ({"ad_hoc": True}, (), (False, "bssid")),
    ({"ad_hoc": True}, (BLOCK,), (False, "bssid")),
    ({"ad_hoc": True, "ssid": b""}, (BLOCK,), (False, "")),
    ({"ad_hoc": True, "ssid": b"Printer"}, (), (False, "")),
    ({"ssid": b"Campus\0"}, (), (False, "name")),
    ({"ssid": b"Campus "}, (), (False, "name")),
    ({"ssid": b"CAMPUS"}, (), (False, "name")),
    ({"ssid": unicodedata.normalize("NFD", "Café").encode()}, (), (False, "name")),
    ({"ssid": "Café".encode("latin-1")}, (), (False, "")),
    ({"ssid": b"Campus-5G"}, (), (False, "")),
])  # fmt: skip
def test_only_what_is_ours_is_taken_for_ours(
    change: dict[str, object], bssids: tuple[str, ...], owner: tuple[bool, str]
) -> None:
    found = whose(replace(OURS, **change), *bssids)
    assert (found.own, found.suspicious) == owner


def test_an_ad_hoc_twin_that_is_secured_better_does_not_oust_ours() -> None:
    settings = WifiSettings(ssids=("Campus",))
    twin = replace(OURS, bssid="02:00:00:00:00:01", security="WPA2-802.1X", ad_hoc=True)
    found = owners([known(one, settings) for one in (OURS, twin)], settings)
    assert [(one.own, one.suspicious) for one in found] == [(True, ""), (False, "bssid")]


@pytest.mark.parametrize("blank", [" ", "  "])
def test_blanks_at_the_end_of_a_name_are_read_where_a_system_prints_them(blank: str) -> None:
    name, escaped = "Campus" + blank, "Campus" + "\\x20" * len(blank)
    airport = f"{'SSID':>32} {'BSSID':17} RSSI CHANNEL HT CC SECURITY (auth/unicast/group)\n"
    for address in ("00:25:9e:12:30:a0", "0:25:9e:12:30:a0", ""):
        airport += f"{name:>32} {address:17} -60  36      Y  CN WPA2(PSK/AES/AES)\n"
    lists = [
        airport,
        f"    SSID                 : {name}\n    RSSI                 : -60 dBm\n    Channel : 5g36/80\n",
        f"BSS 00:25:9e:12:30:a0(on wlan0)\n\tfreq: 5180\n\tSSID: {escaped}\n",
        f"Connected to 00:25:9e:12:30:a0 (on wlan0)\n\tSSID: {escaped}\n\tfreq: 5180\n\tsignal: -60 dBm\n",
        f"bssid / frequency / signal level / flags / ssid\n00:25:9e:12:30:a0\t5180\t-60\t[ESS]\t{name}\n",
        f" :00\\:25\\:9E\\:12\\:30\\:A0:{name}:Infra:36:270 Mbit/s:71:▂▄▆_:WPA2\n",
        f"SSID 1 : {name}\n    a : b\n    c : Open\n    d : None\n    BSSID 1 : 00:25:9e:12:30:a0\n  s : 9%\n",
    ]
    for one in lists:
        sweep = saved.sweep(one.encode())
        assert sweep is not None
        assert [network.ssid for network in sweep.networks] == [name.encode()] * len(sweep.networks)
        assert sweep.networks
    found = saved.sweep(AIRPORT.encode())
    assert found is not None
    assert [network.name for network in found.networks] == ["校园 网", "-55", "guest"]


AT = datetime(2026, 11, 26, tzinfo=UTC)


def test_a_system_that_keeps_addresses_back_says_so_instead_of_finding_nothing_of_ours() -> None:
    nameless = Sweep((replace(OURS, bssid=""),), "system_profiler")
    listed = Surveyor(Air(), WifiSettings(ssids=("Campus",), bssids=(BLOCK,)), b"key")
    with pytest.raises(ScanError, match="keeps the addresses") as refused:
        listed.kept(nameless, AT, 0.0)
    assert refused.value.reason is Reason.NOT_PERMITTED
    unlisted = Surveyor(Air(), WifiSettings(ssids=("Campus",)), b"key")
    assert [one.own for one in unlisted.kept(nameless, AT, 0.0).scan.networks] == [True]
    assert listed.kept(Sweep((), "iw"), AT, 0.0).scan.networks == ()


async def test_points_without_addresses_do_not_count_once_the_inventory_lists_ours(tmp_path: Path) -> None:
    append(tmp_path / "w.jsonl", WALK)
    append(tmp_path / "w.jsonl", point(1, (heard(""),)))
    append(tmp_path / "w.jsonl", point(2, (heard(),)))
    seen = await look(probe, school(tmp_path, bssids=[BLOCK]), campus().school)
    assert [one.value.point for one in seen if isinstance(one.value, SurveyPoint)] == [2]
    (lost,) = (str(one.detail) for one in seen if one.value is None)
    assert lost.startswith("1 points there were measured by a system that keeps the addresses of networks back")
    seen = await look(probe, school(tmp_path), campus().school)
    assert [one.value.point for one in seen if isinstance(one.value, SurveyPoint)] == [1, 2]


async def test_an_ad_hoc_network_stays_no_access_point_s_in_the_file(tmp_path: Path) -> None:
    twin = replace(OURS, bssid="02:00:00:00:00:01", ad_hoc=True)
    taken = Surveyor(Air(), WifiSettings(ssids=("Campus",)), b"key").kept(Sweep((OURS, twin), "iw"), AT, 0.0)
    append(tmp_path / "w.jsonl", WALK)
    append(tmp_path / "w.jsonl", point(1, taken.scan.networks))
    seen = await look(probe, school(tmp_path), campus().school)
    radios = {one.value.bssid: (one.value.own, one.value.suspicious) for one in seen if isinstance(one.value, Radio)}
    assert radios == {OURS.bssid: (True, ""), twin.bssid: (False, "bssid")}


def test_however_many_strangers_send_ours_is_kept() -> None:
    flood = tuple(Heard(f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}", b"x", "2.4", 6, rssi_dbm=-20) for n in range(1500))
    taken = Surveyor(Air(), WifiSettings(ssids=("Campus",)), b"key").kept(Sweep((*flood, OURS), "iw"), AT, 0.0)
    assert [one.bssid for one in taken.scan.networks if one.own] == [OURS.bssid]
    assert len(taken.scan.networks) == MOST_NETWORKS
    assert taken.shown[-1][0] == OURS  # as weak as it is
