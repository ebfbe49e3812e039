"""Lists of wireless networks recorded on other computers: every network is there, and means what it meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probes.wifi import saved
from probes.wifi.heard import Heard
from probes.wifi.ownership import known, owners
from probes.wifi.settings import WifiSettings

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings"
WIFI, EXPECTED = RECORDINGS / "wifi", RECORDINGS / "expected" / "wifi"
pytestmark = [pytest.mark.recordings, pytest.mark.skipif(not WIFI.is_dir(), reason="the recordings are not here")]


def heard(name: str) -> list[Heard]:
    found = saved.sweep((WIFI / name).read_bytes())
    assert found is not None, name
    return list(found.networks)


@pytest.mark.parametrize(("name", "count"), [
    ("hwsim/iw-scan.txt", 5), ("hwsim/walk/walk1-scan.txt", 5), ("hwsim/walk/walk3-scan.txt", 6),
    ("jc/centos-7.7_iw-scan0.out", 2), ("jc/centos-7.7_iw-scan1.out", 26), ("jc/osx-10.14.6_airport-s.out", 14),
    ("hwsim/nmcli-dev-wifi.txt", 5), ("hwsim/nmcli-t-dev-wifi.txt", 5), ("hwsim/nmcli-t-f-dev-wifi.txt", 5),
    ("hwsim/nmcli-t-dev-wifi-connected.txt", 5), ("wifi-heatmapper/linux-nmcli-dev-wifi-list.txt", 11),
    ("wifi-heatmapper/mac-sp_10.15.7.json", 18), ("wifi-heatmapper/mac-sp_15.5.json", 6),
    ("wifi-heatmapper/win-netsh-networks-de.txt", 9), ("wifi-heatmapper/win-netsh-networks-en.txt", 8),
    ("wifi-heatmapper/win-netsh-networks-es.txt", 7),
])  # fmt: skip
def test_every_network_of_a_list_is_there(name: str, count: int) -> None:
    found = heard(name)
    assert len(found) == count
    assert all(one.band_ghz is not None and one.channel is not None and one.security for one in found)
    assert all((one.rssi_dbm is None) != (one.quality_percent is None) for one in found if "mac-sp" not in name)


@pytest.mark.parametrize("name", ["centos-7.7_iw-scan0", "centos-7.7_iw-scan1"])
def test_iw_as_others_read_it(name: str) -> None:
    theirs = json.loads((EXPECTED / "jc" / f"{name}.json").read_text("utf-8"))
    mine = heard(f"jc/{name}.out")
    assert [one.bssid for one in mine] == [one["bssid"] for one in theirs]
    # Of some networks the other parser says little; what it says has to agree.
    for one, other in zip(mine, theirs, strict=True):
        told = {"ssid": one.name, "signal_dbm": one.rssi_dbm, "last_seen_ms": one.age_ms, "freq": one.frequency_mhz}
        assert told.items() >= {key: value for key, value in other.items() if key in told}.items()


def test_airport_as_others_read_it() -> None:
    theirs = json.loads((EXPECTED / "jc" / "osx-10.14.6_airport-s.json").read_text("utf-8"))
    assert [(one.name, one.bssid, one.rssi_dbm) for one in heard("jc/osx-10.14.6_airport-s.out")] == [
        (one["ssid"], one["bssid"], one["rssi"]) for one in theirs
    ]


@pytest.mark.parametrize("name", ["hwsim/walk/walk1-scan.txt", "hwsim/walk/walk3-scan.txt"])
def test_the_evil_twin_is_not_taken_for_ours(name: str) -> None:
    settings = WifiSettings(ssids=("Campus-WiFi",))
    found = heard(name)
    whose = owners([known(one, settings) for one in found], settings)
    told = {one.bssid: (owner.own, owner.suspicious) for one, owner in zip(found, whose, strict=True)}
    assert told["02:00:00:00:06:00"] == (False, "security")
    assert [bssid for bssid, (own, _) in sorted(told.items()) if own] == ["02:00:00:00:00:00", "02:00:00:00:01:00"]
