"""What real consoles printed, read by the dialects: every row and what it says, against the collection's truth."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from probes.dialect import NOTHING, Command, Rows, command_rows, load_dialects
from probes.dialect.amounts import as_mbps
from probes.interfaces import told_on_console
from probes.struck import struck

pytestmark = pytest.mark.recordings

RECORDINGS = Path(__file__).resolve().parents[3] / "shared" / "recordings"
RAW = RECORDINGS / "cli" / "ntc-templates"
TRUTH = RECORDINGS / "expected" / "cli" / "ntc-templates"
if not RAW.exists():
    pytest.skip("the recordings are not at hand (../shared/recordings)", allow_module_level=True)

PLATFORMS: Mapping[str, str] = {
    "huawei_vrp": "huawei-vrp",
    "hp_comware": "hp-comware",
    "cisco_ios": "cisco-ios",
    "cisco_wlc_ssh": "cisco-wlc",
    "aruba_os": "aruba-os",
    "aruba_aoscx": "aruba-cx",
    "hp_procurve": "hp-procurve",
    "zte_zxros": "zte-zxros",
    "mikrotik_routeros": "mikrotik-routeros",
}
LISTS = ("port", "neighbour", "access_points")


def cases() -> Iterator[Any]:
    """Every recorded answer to a command that a dialect sends."""
    for platform, dialect in PLATFORMS.items():
        for command in load_dialects()[dialect].command:
            sent = command.send.lstrip("/").replace(" ", "_")
            folder = next(
                (one for one in (sent, sent.removesuffix("_without-paging")) if (RAW / platform / one).exists()), None
            )
            for raw in sorted((RAW / platform / folder).glob("*.raw")) if folder else ():
                yield pytest.param(command, raw, id=f"{dialect}-{command.purpose}-{raw.stem}")


CASES = list(cases())


def truth(raw: Path) -> list[dict[str, Any]]:
    file = TRUTH / raw.parent.parent.name / raw.parent.name / f"{raw.stem}.yml"
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text())["parsed_sample"] if file.exists() else []
    return found


def understood(command: Command, answer: str) -> Rows:
    """What the first reading of that line and purpose that understands the answer finds, as a consultation would."""
    said = (one for dialect in load_dialects().values() if command in dialect.command for one in dialect.command)
    alike = (one for one in said if (one.purpose, one.send) == (command.purpose, command.send))
    return next((found for one in alike if (found := command_rows(one, answer)).understood), NOTHING)


def test_enough_is_recorded() -> None:
    assert len(CASES) > 45


@pytest.mark.parametrize(("command", "raw"), [case for case in CASES if case.values[0].purpose in LISTS])
def test_every_row_is_read_and_none_invented(command: Command, raw: Path) -> None:
    expected = truth(raw)
    rows = understood(command, raw.read_text())
    assert rows.understood
    assert len(rows.rows) == len(expected)
    for row, wanted in zip(rows.rows, expected, strict=True):
        checked = {
            "port": _port,
            "neighbour": _neighbour,
            "access_points": _access_point,
        }[command.purpose](dict(row.groups), wanted)
        assert checked, (dict(row.groups), wanted)


def _port(mine: dict[str, str], wanted: dict[str, Any]) -> bool:
    name = wanted.get("interface") or wanted.get("port") or wanted.get("name")
    told = told_on_console(mine).port
    speed = as_mbps(str(wanted.get("speed") or wanted.get("bw") or ""))
    columns = ("link_status", "link", "phy", "physical")
    link = next((str(wanted[one]).lower() for one in columns if wanted.get(one)), "")
    up = {"down": False, "adm": False, "*down": False, "administratively down": False}.get(link)
    same_speed = not told.oper_up or speed is None or told.speed_mbps == speed
    return mine["name"] == str(name).partition("(")[0] and same_speed and (up is None or told.oper_up is up)


def _neighbour(mine: dict[str, str], wanted: dict[str, Any]) -> bool:
    name = wanted.get("neighbor_name") or wanted.get("identity") or wanted.get("chassis_id")
    port = wanted.get("local_interface") or wanted.get("interface")
    return mine.get("remote_name", "-") == name and mine.get("local_port", "") == (port or "")


def _access_point(mine: dict[str, str], wanted: dict[str, Any]) -> bool:
    said = str(wanted.get("state") or wanted.get("status") or "registered").lower()
    online = said in {"nor", "stdby", "registered"} or said.startswith("up")
    return mine["name"] == (wanted.get("name") or wanted.get("ap_name")) and (mine["state"] == "online") is online


SETTINGS: Mapping[str, dict[str, str]] = {
    "huawei_vrp_display_http_server": {"what": "http_admin", "present": "no"},
    "cisco_ios_show_ip_http_server_status": {"what": "http_admin", "present": "yes"},
    "mikrotik_routeros_snmp_community_print_without-paging": {"what": "default_community", "present": "no"},
    "mikrotik_routeros_user_print": {"what": "default_account", "present": "yes"},
    "huawei_vrp_display_ntp_status": {"state": "synchronised", "source": "LOCAL(0)"},
    "huawei_vrp_display_ap_all": {"online": "1", "total": "4"},
}


@pytest.mark.parametrize(
    ("command", "raw"),
    [case for case in CASES if case.values[0].purpose not in LISTS and case.values[1].stem in SETTINGS],
)
def test_settings(command: Command, raw: Path) -> None:
    (row,) = command_rows(command, raw.read_text()).rows
    assert dict(row.groups) == SETTINGS[raw.stem]


@pytest.mark.parametrize("raw", sorted(RAW.glob("cisco_ios/show_logging/*.raw")), ids=lambda raw: raw.stem)
def test_log_servers_of_ios(raw: Path) -> None:
    (command,) = load_dialects()["cisco-ios"].commands("log_host")
    found = [row.groups["address"] for row in command_rows(command, raw.read_text()).rows]
    assert found == re.findall(r"(?m)^\s*Logging to (\d+\.\d+\.\d+\.\d+)", raw.read_text())


def test_other_vendors_answers_are_not_understood() -> None:
    """Each command is given every other platform's answers: what it reads there would be invented."""
    answers = {raw: raw.read_text(errors="replace") for raw in sorted(RAW.glob("*/*/*.raw"))[::7]}
    for platform, dialect in PLATFORMS.items():
        for command in load_dialects()[dialect].command:
            if command.purpose not in {"exposure", "safeguard", "log_setting"}:
                continue
            for raw, answer in answers.items():
                if raw.parent.parent.name != platform:
                    rows = command_rows(command, answer).rows
                    assert not rows, (dialect, command.send, raw.name, rows)


def test_no_secret_of_a_whole_configuration_is_kept() -> None:
    """The collection's secrets are rows of one letter; certificates and serial numbers are none."""
    files = sorted((RECORDINGS / "cli" / "oxidized-sessions").glob("*.yaml"))
    if not files:
        pytest.skip("recordings not there: cli/oxidized-sessions")
    for file in files:
        for line in struck(re.sub(r"\\r", "", file.read_text())).splitlines():
            secret = re.search(r"(?:A{10}B{6,}|X{16,})", line)
            spoken = re.search(r"(?i)passw|secret|communit|pre-share|\bpsk\b|cipher|snmp-server host|^\s*key ", line)
            assert not (secret and spoken), (file.name, line[:120])
