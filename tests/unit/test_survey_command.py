"""``survey``: a walk that can be stopped, killed, gone on with and merged, and keeps nothing of other people."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from auditor.cli import main
from auditor.commands import survey as command
from probes.observation import Reason
from probes.text import text
from probes.wifi import surveying
from probes.wifi.heard import Heard, Sweep
from probes.wifi.scanner import Adapter, ScanError
from probes.wifi.survey_file import Point, files_in, read
from tests.wifi_formats import IW

INVENTORY = """\
[school]
name = "示例中学"
stages = ["junior"]

[wifi]
ssids = ["Campus"]
points = 2
scans = 5

[[place]]
id = "A-301"
kind = "classroom"
name = "七(1)班"
floor = "3"

[[place]]
id = "A-302"
kind = "office"

[[place]]
id = "E-2"
kind = "outdoor"
wifi = false
"""


class Air:
    """A scanner that hears the school and a passer-by's telephone."""

    adapter = Adapter("wlan9", "test")

    def scan(self) -> Sweep:
        ours = Heard("00:25:9e:12:30:a0", b"Campus", "5", 36, 5180, 80, -51, security="WPA2-PSK", age_ms=5)
        phone = Heard("12:34:56:78:9a:bc", "张三的iPhone".encode(), "2.4", 6, 2437, 20, -40, security="WPA3-SAE")
        elsewhere = Heard("00:25:9e:12:30:b0", b"Campus", "5", 44, 5220, 80, -88, security="WPA2-PSK", age_ms=9e6)
        return Sweep((ours, phone, elsewhere), "iw", fresh=True)


@pytest.fixture
def inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "find_scanner", lambda _: Air())
    (tmp_path / "inventory.toml").write_text(INVENTORY, "utf-8")
    return tmp_path / "inventory.toml"


def survey(inventory: Path, *words: str, answers: str = "") -> int:
    before, sys.stdin = sys.stdin, io.StringIO(answers)
    try:
        return main(["--lang", "en", "survey", str(inventory), *words])
    finally:
        sys.stdin = before


def points(inventory: Path) -> tuple[Point, ...]:
    return read(files_in(inventory.parent / "surveys")).points


def test_a_walk_goes_from_place_to_place_and_on_where_it_ended(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert survey(inventory, "--by", "li", answers="\n\nq\n") == 0
    assert [one.place for one in points(inventory)] == ["A-301", "A-301"]
    assert survey(inventory, "--by", "li", answers="\nB-9\ns\n") == 0
    found = points(inventory)
    assert [(one.place, one.number, len(one.scans)) for one in found] == [
        ("A-301", 1, 5), ("A-301", 2, 5), ("A-302", 3, 5), ("B-9", 4, 5)]  # fmt: skip
    assert len({one.survey for one in found}) == 1
    said = capsys.readouterr().err
    assert "next: A-302 , point 1 of 2" in said
    assert "add a [[place]] for: B-9" in said
    assert "A-301 · 1/2  5/5  own 1, foreign 1, suspicious 0; best own signal -51 dBm" in said


def test_what_the_system_did_not_hear_anew_is_no_further_scan(inventory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        """A card that may not scan: it tells two beacons, of which one comes again, and the other got ever older."""

        adapter = Adapter("wlan9", "test")
        heard_at = monotonic()

        def scan(self) -> Sweep:
            age = (monotonic() - self.heard_at) * 1000
            again = Heard("00:25:9e:12:30:a0", b"Campus", "5", 36, 5180, 80, -51, security="WPA2-PSK", age_ms=5)
            once = Heard("00:25:9e:12:30:b0", b"Campus", "5", 44, 5220, 80, -40, security="WPA2-PSK", age_ms=age)
            return Sweep((again, once), "iw", fresh=False)

    monkeypatch.setattr(command, "find_scanner", lambda _: Deaf())
    monkeypatch.setattr(surveying, "SLACK_MS", 20.0)
    monkeypatch.setattr(surveying, "LISTEN_S", 0.4)
    Deaf.heard_at = monotonic()
    survey(inventory, "--place", "A-301")
    (point,) = points(inventory)
    heard = [{one.bssid[-2:] for one in scan.networks} for scan in point.scans]
    assert heard[2:] == [{"a0"}] * 3


def test_nothing_of_a_passer_by_is_kept_nor_what_was_heard_elsewhere(inventory: Path) -> None:
    survey(inventory, "--place", "A-301", "--floor", "3", "--point", "2.5,4", "--by", "li")
    (file,) = files_in(inventory.parent / "surveys")
    words = file.read_text("utf-8")
    assert not [one for one in ("iPhone", "12:34", "9a:bc", "30:b0") if one in words]
    (point,) = points(inventory)
    assert (point.floor, point.x_m, point.y_m) == ("3", 2.5, 4)
    own, foreign = point.scans[0].networks
    assert (own.bssid, own.ssid, own.own) == ("00:25:9e:12:30:a0", "Campus", True)
    assert foreign.bssid.startswith("#")
    assert (foreign.ssid, foreign.own) == ("", False)


@pytest.mark.parametrize(("at", "odd"), [("4.5,3.8", False), ("-0.5,8", False), ("450,380", True), ("4,9", True)])
def test_a_position_outside_its_place_is_kept_and_doubted(
    inventory: Path,
    capsys: pytest.CaptureFixture[str],
    at: str,
    odd: bool,  # noqa: FBT001  pytest's
) -> None:
    room = 'place = [{ id = "A-301", outline = [[0, 0], [9, 0], [9, 7.5], [0, 7.5]] }]'
    inventory.write_text(f'{INVENTORY}\n[[floor]]\nid = "3"\nwidth_m = 40\nheight_m = 20\n{room}\n', "utf-8")
    assert survey(inventory, "--place", "A-301", f"--point={at}") == 0
    assert ("lies outside the outline of A-301" in capsys.readouterr().err) == odd
    assert len(points(inventory)) == 1


def test_measured_anew_counts_anew(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    survey(inventory, answers="\n\n\n\n")
    assert "every place has its points" in capsys.readouterr().err
    survey(inventory, "--place", "A-301", "--again")
    survey(inventory, answers="q\n")
    assert "next: A-301 七(1)班, point 2 of 2" in capsys.readouterr().err


def test_two_people_s_files_make_one(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    survey(inventory, "--place", "A-301", "--by", "li")
    survey(inventory, "--place", "A-302", "--by", "wang")
    a, b = map(str, files_in(inventory.parent / "surveys"))
    one, two = inventory.parent / "one.jsonl", inventory.parent / "two.jsonl"
    assert survey(inventory, "--merge", a, b, "--file", str(one)) == 0
    assert survey(inventory, "--merge", b, a, a, "--file", str(two)) == 0
    assert one.read_bytes() == two.read_bytes()
    assert "2 points of 2 surveys" in capsys.readouterr().out


def test_a_point_from_a_scan_that_was_saved_elsewhere(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan, other = inventory.parent / "scan.txt", inventory.parent / "other.txt"
    listed = IW.replace("\\xe5\\xae\\x9e\\xe9\\xaa\\x8c Lab\\x20", "Campus")
    scan.write_text(listed, "utf-8")
    other.write_text(listed.replace("signal: -", "signal: -1"), "utf-8")
    assert survey(inventory, "--place", "A-301", "--from", str(scan), str(other), str(scan), "--by", "li") == 0
    (point,) = points(inventory)
    assert [(one.method, sum(network.own for network in one.networks)) for one in point.scans] == [("iw", 1)] * 2
    said = capsys.readouterr().err
    assert "1 of 3 files hold the same scan as another" in said
    assert "it has 2 scans, and 5 are needed" in said


def test_a_saved_scan_is_of_one_point_only(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = inventory.parent / "scan.txt"
    scan.write_text(ONE_BSS.format(signal="-51.00", age="40"), "utf-8")
    assert survey(inventory, "--place", "A-301", "--from", str(scan)) == 0
    assert survey(inventory, "--place", "A-301", "--from", str(scan)) == 2
    assert "scan.txt is a scan of point 1 already" in capsys.readouterr().err
    assert len(points(inventory)) == 1
    assert survey(inventory, "--place", "A-302", "--from", str(scan)) == 0  # the first place was a slip
    assert survey(inventory, "--place", "A-301", "--again", "--from", str(scan)) == 0
    assert [one.place for one in points(inventory)] == ["A-301", "A-302", "A-301"]


ONE_BSS = """\
BSS 00:25:9e:12:30:a0(on wlan0)
	freq: 5180
	signal: {signal} dBm
	last seen: {age} ms ago
	SSID: Campus
"""


@pytest.mark.parametrize(("signal", "age", "kept"), [
    ("-51.00", "40", [-51.0]),
    ("-51.00", "90000", []),  # the list of a scan that was made elsewhere
    ("0.00", "40", [None]), ("31.00", "40", [None]),  # a driver that does not know
    ("-99999.00", "40", [None]),  # heard, however loud
])  # fmt: skip
def test_a_saved_scan_is_taken_for_what_was_heard_then(
    inventory: Path, signal: str, age: str, kept: list[float | None]
) -> None:
    scan = inventory.parent / "scan.txt"
    scan.write_text(ONE_BSS.format(signal=signal, age=age), "utf-8")
    assert survey(inventory, "--place", "A-301", "--from", str(scan)) == 0
    assert [one.rssi_dbm for one in points(inventory)[0].scans[0].networks] == kept


@pytest.mark.parametrize("address", ["00:25:9e:12:30:zz", "00:25:9e:12:30:a0a0", "\udcff0:25:9e:12:30:a0"])
def test_an_address_that_none_can_have_is_told_and_left_out(
    inventory: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    scan = inventory.parent / "scan.txt"
    channel = "<CWChannel: 0x0> [channelNumber=36(5GHz), channelWidth={{80MHz}}]"
    one = f"<CWNetwork: 0x0> [ssid=Campus, bssid={{}}, security=WPA2 Personal, rssi=-51, channel={channel}, ibss=0]\n"
    words = one.format("00:25:9e:12:30:a0") + one.format(address)
    scan.write_bytes(words.encode("utf-8", "surrogateescape"))
    assert survey(inventory, "--place", "A-301", "--from", str(scan)) == 0
    assert [one.bssid for one in points(inventory)[0].scans[0].networks] == ["00:25:9e:12:30:a0"]
    assert "1 of 2 networks do not count" in capsys.readouterr().err


def test_letters_count_whatever_their_case_and_a_point_with_too_few_scans_does_not(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert survey(inventory, "--scans", "1", answers="\nS\nQ\n") == 0
    said = capsys.readouterr().err
    assert [one.place for one in points(inventory)] == ["A-301"]
    assert "it has 1 scans, and 5 are needed" in said
    assert said.count("next: A-301 七(1)班, point 1 of 2") == 2
    assert "next: A-302 , point 1 of 2" in said


def test_a_walk_that_asks_less_than_the_rubric_says_so(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert survey(inventory, answers="\n" * 4) == 0
    assert "but the rubric asks for 3 points of 5 scans in each" in capsys.readouterr().err
    inventory.write_text(INVENTORY.replace("points = 2", "points = 3"), "utf-8")
    assert survey(inventory, answers="\n" * 2) == 0
    assert "every place has its points; the next audit counts them" in capsys.readouterr().err


def test_a_connection_elsewhere_does_not_say_that_ours_is_missing(
    inventory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = inventory.parent / "link.txt"
    words = "Connected to 00:25:9e:12:30:a0 (on wlan0)\n\tSSID: {}\n\tfreq: 5180\n\tsignal: -55 dBm\n"
    link.write_text(words.format("Cafe"), "utf-8")
    assert survey(inventory, "--place", "A-301", "--from", str(link)) == 2
    assert "only tells which network its computer was connected to" in capsys.readouterr().err
    assert points(inventory) == ()
    link.write_text(words.format("Campus"), "utf-8")
    assert survey(inventory, "--place", "A-301", "--from", str(link)) == 0
    assert [one.rssi_dbm for one in points(inventory)[0].scans[0].networks] == [-55]


def test_what_is_left_out_of_a_saved_scan_is_said(inventory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = inventory.parent / "scan.txt"
    more = "BSS none-of-ours(on wlp2s0)\nBSS 12:34:56:78:9a:bf(on wlp2s0)\n\tfreq: 60480\n"
    scan.write_text(IW.replace("4460 ms ago", "44600 ms ago") + more, "utf-8")
    assert survey(inventory, "--place", "A-301", "--from", str(scan), "--by", "li") == 0
    assert (
        "scan.txt: 3 of 7 networks do not count: 1 could not be read, 1 were heard more than 15 s before, and 1 tell"
        " no channel that is known, or what cannot be" in capsys.readouterr().err
    )


@pytest.mark.parametrize(("words", "code", "part"), [
    (("--place", "A 301"), 2, "“A 301” is no id of a place"),
    (("--place", ""), 2, "is no id of a place"),
    (("--place", "A" * 65), 2, "64 characters at most"),
    (("--place", "A\udcff"), 2, "is no id of a place"),
    (("--place", "A-301", "--floor", "3" * 201), 2, "is no name of a floor"),
    (("--place", "A-301", "--from", *("x",) * 201), 2, "one point has 200 scans at most"),
    (("--place", "A-301", "--from", "/dev/zero"), 3, "cannot read /dev/zero"),
    (("--file", "{inventory}"), 3, "is no file of a survey"),
    (("--merge", "{inventory}"), 3, "is no file of a survey"),
    (("--place", "A-301", "--point", "2;4"), 2, "two numbers in metres"),
    (("--place", "A-301", "--point", "1e9,4"), 2, "no place within a school"),
    (("--point", "2,4"), 2, "belong to one place: name it with --place"),
    (("--again",), 2, "belong to one place: name it with --place"),
    (("--place", "A-301", "--from", "{inventory}"), 2, "no list of wireless networks"),
    (("--place", "A-301", "--from", "{folder}/names.txt"), 2, "tells no channels"),
    (("--place", "A-301", "--from", "{folder}/redacted.txt"), 2, "Location Services"),
    (("--place", "A-301", "--from", "{folder}/nameless.txt"), 2, "tells no names of networks: save what iw scan tells"),
    (("--place", "A-301", "--join", "Elsewhere"), 2, "--join Elsewhere is none of wifi.ssids: Campus"),
    (("--place", "A-301", "--from", "missing.txt"), 3, "cannot read missing.txt"),
    (("--merge", "missing.jsonl"), 3, "cannot read missing.jsonl"),
])  # fmt: skip
def test_mistakes_get_a_sentence(
    inventory: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, part: str
) -> None:
    folder = inventory.parent
    (folder / "names.txt").write_text("00\\:25\\:9E\\:12\\:30\\:A0:Campus:71\n", "utf-8")
    nameless = "Cell 01 - Address: 00:25:9E:12:30:A0\n\t  Mode: Master  Channel: 6\n"
    (folder / "nameless.txt").write_text(nameless, "utf-8")
    (folder / "redacted.txt").write_text("  SSID : <redacted>\n  RSSI : -60 dBm\n  Channel : 5g44/40\n", "utf-8")
    assert survey(inventory, *(one.format(inventory=inventory, folder=folder) for one in words)) == code
    assert part in capsys.readouterr().err


def test_without_names_of_networks_or_a_card_nothing_begins(
    inventory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_interface: str | None) -> Air:
        raise ScanError(Reason.NOT_SUPPORTED, text("this computer has no wireless card"))

    monkeypatch.setattr(command, "find_scanner", nothing)
    assert survey(inventory) == 3
    assert "no wireless card" in capsys.readouterr().err
    inventory.write_text('[school]\nname = "a"\nstages = ["junior"]\n', "utf-8")
    assert survey(inventory) == 2
    assert "add [wifi] with ssids" in capsys.readouterr().err


WALKER = """
import sys
from auditor.cli import main
from auditor.commands import survey
sys.path.insert(0, {tests!r})
from tests.unit.test_survey_command import Air
survey.find_scanner = lambda _: Air()
sys.exit(main(["--lang", "en", "survey", {inventory!r}, "--by", "li"]))
"""


def test_a_survey_killed_at_any_moment_loses_at_most_its_point(tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.toml"
    inventory.write_text(INVENTORY.replace("points = 2", "points = 50").replace("scans = 5", "scans = 1"), "utf-8")
    root = str(Path(__file__).parents[2])
    kept = 0
    for delay in (0.05, 0.02, 0.11):
        walker = subprocess.Popen(
            [sys.executable, "-c", WALKER.format(tests=root, inventory=str(inventory))],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root,
        )  # fmt: skip
        try:
            assert walker.stdin is not None
            assert walker.stderr is not None
            walker.stdin.write(b"\n" * 40)
            walker.stdin.flush()
            began, told = monotonic(), 0
            while told < 3 and monotonic() - began < 60:
                told += b"kept:" in walker.stderr.readline()
            sleep(delay)
        finally:
            os.kill(walker.pid, signal.SIGKILL)
            rest = walker.communicate()[1]
        told += rest.count(b"kept:")
        found = points(inventory)
        # Every point that was said to be kept is there, and no other was begun but the one being measured.
        assert kept + told <= len(found) <= kept + told + 1
        assert read(files_in(tmp_path / "surveys")).damaged == 0
        kept = len(found)
    assert [one.number for one in points(inventory)] == list(range(1, kept + 1))
