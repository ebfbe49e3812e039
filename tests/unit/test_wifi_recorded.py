"""What the lab with real radios recorded once (``make test-long``): kernel, hostapd, iw, and beacons from the air."""

from __future__ import annotations

from pathlib import Path

from probes.wifi import iw_text, saved
from probes.wifi.ownership import known, owners
from probes.wifi.settings import WifiSettings
from tests.wifi_recorded import EXPECTED, beacons

RECORDED = Path(__file__).parents[1] / "fixtures" / "wifi"


def test_iw_s_scan_says_what_was_sent() -> None:
    found = iw_text.scan((RECORDED / "iw-scan.txt").read_text("utf-8"))
    told = {one.bssid: (one.name, one.rssi_dbm, one.band_ghz, one.channel, one.security) for one in found}
    assert told == EXPECTED
    by_name = {one.name: one for one in found}
    assert by_name["校园网-5G"].width_mhz == 80
    assert saved.sweep((RECORDED / "iw-scan.txt").read_bytes()) is not None


def test_the_twin_and_the_hidden_one_are_not_ours() -> None:
    found = iw_text.scan((RECORDED / "iw-scan.txt").read_text("utf-8"))
    settings = WifiSettings(ssids=("Campus", "校园网-5G"))
    whose = owners([known(one, settings) for one in found], settings)
    own = [one.bssid for one, owner in zip(found, whose, strict=True) if owner.own]
    assert sorted(own) == ["02:00:00:00:00:00", "02:00:00:00:05:00"]
    assert [one.bssid for one, owner in zip(found, whose, strict=True) if owner.suspicious] == ["02:00:00:00:03:00"]
    listed = WifiSettings(ssids=("Campus",), bssids=("02:00:00:00:04:00",))
    hidden = [owner.own for owner in owners([known(one, listed) for one in found if not one.ssid], listed)]
    assert hidden == [True]


def test_beacons_from_the_air_say_the_same() -> None:
    heard = list(beacons((RECORDED / "beacons.pcap").read_bytes()))
    assert len(heard) >= 20
    for bssid, said in heard:
        assert bssid == "02:00:00:00:00:00"
        assert (said.ssid, said.channel, said.width_mhz, said.security) == (b"Campus", 1, 20, "WPA2-PSK")
        assert (said.station_count, said.utilisation_ratio) == (12, 0.3137)
