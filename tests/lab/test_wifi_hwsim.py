"""Real radios: mac80211_hwsim in an emulated machine, hostapd's access points, the product's own scanner and survey.

The longer stratum: ``make test-long``. What one run recorded lies in ``tests/fixtures/wifi`` for the quick stratum.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from probes.wifi.survey_file import files_in, read
from tests.lab import wifi_guest
from tests.wifi_recorded import EXPECTED, HIDDEN, beacons

pytestmark = [
    pytest.mark.lab,
    pytest.mark.long,
    pytest.mark.skipif(os.environ.get("CAMPUS_AUDITOR_LONG") != "1", reason="the longer stratum: make test-long"),
    pytest.mark.timeout(700),
]

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if lacking := wifi_guest.missing():
        pytest.skip(lacking)
    out, scratch = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("scratch")
    # The machine sees this one's files, but for /tmp, so the scenario has to lie elsewhere: it is read by its own path.
    scenario = out / "scenario.sh"
    words = (HERE / "wifi_air.sh").read_text("utf-8")
    words = words.replace("@PYTHON@", str(wifi_guest.ROOT / ".venv/bin/python"))
    scenario.write_text(words.replace("@STATION@", str(HERE / "wifi_station.py")), "utf-8")
    said = wifi_guest.run(Path("/tmp/out/scenario.sh"), out, scratch, radios=10)
    log = out / "station.log"
    assert "station ended with 0" in said, said[-3000:] + (log.read_text("utf-8") if log.exists() else "")
    log = out / "joins.log"
    assert "joins ended with 0" in said, said[-3000:] + (log.read_text("utf-8") if log.exists() else "")
    return out


def test_every_network_is_heard_as_it_was_sent(air: Path) -> None:
    for sweep in json.loads((air / "scans.json").read_text("utf-8")):
        heard = {one["bssid"]: SimpleNamespace(**one) for one in sweep["networks"]}
        found = {
            bssid: (bytes.fromhex(one.ssid).decode(), one.rssi_dbm, one.band_ghz, one.channel, one.security)
            for bssid, one in heard.items()
        }
        # The hidden one sends on a channel that is only listened to, so that a busy machine may miss it.
        assert found.items() >= {key: one for key, one in EXPECTED.items() if key != HIDDEN}.items()
        assert found.items() <= EXPECTED.items()
        assert (sweep["fresh"], sweep["method"]) == (True, "iw")
        assert sweep["took_s"] < 30
        assert heard["02:00:00:00:00:00"].station_count == 12
        assert heard["02:00:00:00:05:00"].width_mhz == 80
        assert {one.noise_dbm for one in heard.values()} <= {-92, None}


def test_the_survey_counts_ours_and_not_the_twin(air: Path) -> None:
    found = read(files_in(air / "surveys"))
    (point,) = (one for one in found.points if one.place == "A-301")
    assert len(point.scans) == 2
    for scan in point.scans:
        whose = {one.bssid: (one.own, one.suspicious) for one in scan.networks if not one.bssid.startswith("#")}
        assert whose == {
            "02:00:00:00:00:00": (True, ""),
            "02:00:00:00:01:00": (True, ""),
            "02:00:00:00:02:00": (True, ""),
            "02:00:00:00:03:00": (False, "security"),
            "02:00:00:00:05:00": (True, ""),
            "02:00:00:00:08:00": (True, ""),
        }
        # The hidden one, if it was heard: nobody says that it is ours.
        assert sum(one.bssid.startswith("#") for one in scan.networks) <= 1


def test_beacons_say_the_same_as_the_scan(air: Path) -> None:
    found = dict(beacons((air / "beacons.pcap").read_bytes()))
    ours = found["02:00:00:00:00:00"]
    assert (ours.ssid, ours.channel, ours.security, ours.station_count) == (b"Campus", 1, "WPA2-PSK", 12)


@pytest.mark.parametrize("place", ["A-302", "A-303"])
def test_a_join_by_password_and_one_with_an_account_are_timed(air: Path, place: str) -> None:
    found = read(files_in(air / "surveys"))
    (point,) = (one for one in found.points if one.place == place)
    assert point.join_s is not None, (air / "supplicant.log").read_text("utf-8", "replace")[-6000:]
    assert 0.1 < point.join_s < 40
    assert point.dhcp_s is not None
    assert 0 < point.dhcp_s < 30
    assert point.gateway_loss_ratio is not None
    assert point.gateway_loss_ratio < 0.5
    assert point.gateway_delay_ms is not None
    assert 0 < point.gateway_delay_ms < 2000
    # The second one is surveyed while connected: a few channels at a time.
    assert "02:00:00:00:00:00" in {one.bssid for one in point.scans[0].networks}
