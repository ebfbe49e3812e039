"""Scanning through programs that are slow, forbidden, missing or mute: a sentence with the switch, never a hang."""

from __future__ import annotations

import stat
from pathlib import Path
from time import monotonic

import pytest

from probes.observation import Reason
from probes.wifi import linux, macos, scanner, windows
from probes.wifi.linux import IwScanner, NmcliScanner, wireless_card
from probes.wifi.running import run
from probes.wifi.scanner import Adapter, ScanError
from tests.wifi_formats import Air, netsh

DUMP = """\
BSS 00:25:9e:12:30:a0(on wlan9)
\tfreq: 5180
\tsignal: -51.00 dBm
\tlast seen: 20 ms ago
\tcapability: ESS (0x0001)
\tSSID: Campus
BSS 00:25:9e:12:30:a1(on wlan9)
\tfreq: 2412
\tsignal: -40.00 dBm
\tlast seen: 25000 ms ago
\tcapability: ESS (0x0001)
\tSSID: Elsewhere
"""
NOISE = "Survey data from wlan9\n\tfrequency:\t5180 MHz [in use]\n\tnoise:\t-95 dBm\n"
IW = """\
#!/bin/sh
echo "$@" >> {log}
case "$*" in
  event) {event} ;;
  *"scan trigger"*) {trigger} ;;
  *"scan dump -u") {dump} ;;
  *"survey dump") printf '{noise}' ;;
  *link) {link} ;;
  dev) printf 'phy#9\\n\\tInterface wlan9\\n\\t\\ttype managed\\n' ;;
  phy*) printf '\\t* 2412 MHz [1] (20.0 dBm)\\n\\t* 5180 MHz [36] (23 dBm)\\n\\t* 5260 MHz [52] (disabled)\\n' ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(script, "utf-8")
    (folder / name).chmod(stat.S_IRWXU)


def iw(folder: Path, **steps: str) -> None:
    (folder / "dump.txt").write_text(DUMP, "utf-8")
    given = {
        "event": "sleep 0.6; echo 'wlan9 (phy #9): scan finished: 2412 5180'; sleep 20",
        "trigger": "true",
        "dump": f"cat {folder / 'dump.txt'}",
        "link": "echo Not connected.",
        **steps,
    }
    put(folder, "iw", IW.format(log=folder / "log", noise=NOISE.replace("\n", "\\n").replace("\t", "\\t"), **given))


def test_iw_is_triggered_listened_to_and_read(programs: Path) -> None:
    iw(programs)
    sweep = IwScanner(Adapter("wlan9")).scan()
    assert sweep.fresh is True
    # What was heard before this scan is left out: it may have been heard in another room.
    assert [(one.name, one.rssi_dbm, one.noise_dbm, one.age_ms) for one in sweep.networks] == [("Campus", -51, -95, 20)]


def test_network_manager_is_asked_only_while_it_runs(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "wireless_card", lambda _: Adapter("wlan9"))
    put(programs, "nmcli", "#!/bin/sh\necho running\n")
    assert linux.open_nmcli(None).adapter == Adapter("wlan9")
    put(programs, "nmcli", "#!/bin/sh\necho not running\n")
    with pytest.raises(ScanError, match="install iw"):
        linux.open_nmcli(None)


def test_an_end_that_iw_misses_costs_the_time_out_only(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    iw(programs, event="sleep 30")
    monkeypatch.setattr(linux, "SCAN_S", 0.5)
    began = monotonic()
    assert [one.name for one in IwScanner(Adapter("wlan9")).scan().networks] == ["Campus"]
    assert monotonic() - began < 10


def test_while_connected_a_few_channels_at_a_time(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    iw(programs, link="echo 'Connected to 00:25:9e:12:30:a0 (on wlan9)'")
    monkeypatch.setattr(linux, "AT_A_TIME", 1)
    IwScanner(Adapter("wlan9")).scan()
    asked = [line for line in (programs / "log").read_text("utf-8").splitlines() if "trigger" in line]
    assert asked == ["dev wlan9 scan trigger freq 2412", "dev wlan9 scan trigger freq 5180"]


NOT_PERMITTED = "echo 'command failed: Operation not permitted (-1)' >&2; exit 255"


def test_without_the_right_what_the_system_heard_is_read_with_its_age(programs: Path) -> None:
    iw(programs, trigger=NOT_PERMITTED)
    put(programs, "nmcli", "#!/bin/sh\nexit 8\n")
    sweep = IwScanner(Adapter("wlan9")).scan()
    assert (sweep.fresh, [one.age_ms for one in sweep.networks]) == (False, [20, 25000])


def test_without_the_right_networkmanager_scans_and_iw_reads_the_dbm(programs: Path) -> None:
    iw(programs, trigger=NOT_PERMITTED)
    put(programs, "nmcli", f'#!/bin/sh\necho nmcli "$@" >> {programs / "log"}\n')
    sweep = IwScanner(Adapter("wlan9")).scan()
    assert (sweep.fresh, [one.rssi_dbm for one in sweep.networks]) == (True, [-51])


@pytest.mark.parametrize(("steps", "part"), [
    ({"trigger": NOT_PERMITTED, "dump": "true"}, "setcap cap_net_admin+ep"),
    ({"trigger": "echo 'command failed: Network is down (-100)' >&2; exit 156"}, "ip link set wlan9 up"),
    ({"trigger": "echo 'command failed: Operation not possible due to RF-kill (-132)' >&2; exit 1"}, "rfkill unblock"),
    ({"trigger": "echo 'command failed: No such device (-19)' >&2; exit 237"}, "no wireless card"),
    ({"trigger": "echo 'flames' >&2; exit 1"}, "iw cannot scan with wlan9: flames"),
    ({"dump": "echo 'command failed: No such device (-19)' >&2; exit 237"}, "no wireless card"),
])  # fmt: skip
def test_what_hinders_iw_is_named_with_its_switch(programs: Path, steps: dict[str, str], part: str) -> None:
    iw(programs, **steps)
    put(programs, "nmcli", "#!/bin/sh\nexit 8\n")
    with pytest.raises(ScanError) as caught:
        IwScanner(Adapter("wlan9")).scan()
    assert part in str(caught.value)


def test_networkmanager_alone_tells_percentages(programs: Path) -> None:
    row = r"*:00\:25\:9E\:12\:30\:A0:Campus:43616D707573:Infra:36:5180 MHz:70:WPA2:(none):pair_ccmp group_ccmp psk"
    put(programs, "nmcli", f"#!/bin/sh\ncase \"$*\" in *BANDWIDTH*) exit 2;; esac\ncat <<'X'\n{row}\nX\n")
    sweep = NmcliScanner(Adapter("wlan9")).scan()
    assert [(one.name, one.quality_percent, one.rssi_dbm) for one in sweep.networks] == [("Campus", 70, None)]
    put(programs, "nmcli", "#!/bin/sh\necho 'Error: no permission' >&2; exit 1\n")
    with pytest.raises(ScanError, match="no permission"):
        NmcliScanner(Adapter("wlan9")).scan()


def card(system: Path, name: str = "wlan9", **switches: str) -> None:
    switch = system / "class/net" / name / "phy80211" / "rfkill3"
    switch.mkdir(parents=True)
    for key, value in switches.items():
        (switch / key).write_text(value, "ascii")


def test_a_card_that_is_missing_or_switched_off_says_which_switch(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="no wireless card"):
        wireless_card(None, tmp_path)
    card(tmp_path, soft="0", hard="0")
    assert wireless_card(None, tmp_path).name == "wlan9"
    with pytest.raises(ScanError, match="eth0 is no wireless card of this computer; there are: wlan9"):
        wireless_card("eth0", tmp_path)
    card(tmp_path, "wlan1", soft="1", hard="0")
    with pytest.raises(ScanError, match="rfkill unblock wifi"):
        wireless_card("wlan1", tmp_path)
    card(tmp_path, "wlan2", soft="0", hard="1")
    with pytest.raises(ScanError, match="switch or key of the laptop"):
        wireless_card("wlan2", tmp_path)


def test_the_best_way_s_hindrance_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(words: str) -> scanner._Open:
        def open_scanner(_interface: str | None) -> scanner.Scanner:
            raise ScanError(Reason.NOT_SUPPORTED, scanner.text("{words}", words=words))

        return open_scanner

    monkeypatch.setattr(scanner, "_ways", lambda: iter([refuse("first"), refuse("second")]))
    with pytest.raises(ScanError, match="first"):
        scanner.find_scanner()
    monkeypatch.setattr(scanner, "_ways", lambda: iter([refuse("first"), lambda _: NmcliScanner(Adapter("x"))]))
    assert scanner.find_scanner().adapter.name == "x"


def test_a_program_that_hangs_is_stopped_with_its_children(programs: Path) -> None:
    put(programs, "hangs", "#!/bin/sh\nsleep 60 &\nsleep 60\n")
    began = monotonic()
    assert run(("hangs",), 0.3).code is None
    assert monotonic() - began < 10
    assert run(("no-such-program-here",), 1).found is False


@pytest.mark.parametrize(("words", "part"), [
    ("Network shell commands need location permission to access WLAN information.", "Location"),
    ("网络 shell 命令需要位置权限才能访问 WLAN 信息。请在“隐私和安全性”设置的“位置”页面上打开定位服务。", "Location"),
    ("The Wireless AutoConfig Service (wlansvc) is not running.", "net start wlansvc"),
    ("无线自动配置服务(wlansvc)没有运行。", "net start wlansvc"),
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_what_netsh_says_instead_of_a_list(words: str, part: str, encoding: str) -> None:
    with pytest.raises(ScanError) as caught:
        windows.complain_of(words.encode(encoding))
    assert part in str(caught.value)
    windows.complain_of(netsh([Air("位置", "02:00:00:00:00:01", "5", 36, 50, "open")], "zh").encode(encoding))


@pytest.mark.parametrize(("code", "part"), [
    (5, "ms-settings:privacy-location"), (1062, "net start wlansvc"), (1168, "no wireless card"), (87, "error 87"),
])  # fmt: skip
def test_wlanapi_s_codes_in_words(code: int, part: str) -> None:
    windows.check(0)
    with pytest.raises(ScanError) as caught:
        windows.check(code)
    assert part in str(caught.value)


def test_the_cards_in_windows_memory() -> None:
    name = "英特尔 Wi-Fi 6".encode("utf-16-le")
    entry = bytes(range(16)) + name + bytes(512 - len(name)) + b"\x01\x00\x00\x00"
    assert windows.cards_in(bytes(8) + entry, 1) == [(bytes(range(16)), "英特尔 Wi-Fi 6")]


def test_macos_that_keeps_names_back_says_where_to_allow_them(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = '{"_name": "<redacted>", "spairport_network_channel": "36 (5GHz, 80MHz)"}'
    answer = ('{"SPAirPortDataType": [{"spairport_airport_interfaces": [{"_name": "en0",'
              f' "spairport_airport_other_local_wireless_networks": [{network}]}}]}}]}}')  # fmt: skip
    put(programs, "system_profiler", f"#!/bin/sh\necho '{answer}'\n")
    put(programs, "networksetup", "#!/bin/sh\nprintf 'Hardware Port: Ethernet\\nDevice: en5\\n\\n'\n"
                                  "printf 'Hardware Port: Wi-Fi\\nDevice: en0\\n'\n")  # fmt: skip
    monkeypatch.setattr(macos, "AIRPORT", str(programs / "airport"))
    found = macos.open_macos(None)
    assert found.adapter.name == "en0"
    with pytest.raises(ScanError, match="Location Services"):
        found.scan()
    put(programs, "system_profiler", f"#!/bin/sh\necho '{answer.replace('<redacted>', 'Campus')}'\n")
    assert [one.name for one in found.scan().networks] == ["Campus"]
