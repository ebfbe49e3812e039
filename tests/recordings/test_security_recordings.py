"""Firewalls and their like, as recorded: what each dialect reads out of what the device said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from probes.dialect import Command, Rows, command_rows, load_dialects, snmp_rows, what_it_is
from probes.dialect.signs import Identity
from tests.snmp_servers import recording

pytestmark = pytest.mark.recordings

SYS_DESCR, SYS_OBJECT_ID = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"
CONSOLES = Path(__file__).parents[3] / "shared" / "recordings" / "cli"


def objects(name: str) -> Mapping[str, object]:
    """What a device answered, by OID."""
    file = recording(name)
    if not file.is_file():
        pytest.skip(f"recording not there: {name}")
    found: dict[str, object] = {}
    for line in file.read_bytes().splitlines():
        oid, kind, value = line.split(b"|", 2)
        data = bytes.fromhex(value.decode()) if kind.endswith(b"x") else value
        number = data.lstrip(b"-").isdigit() and not kind.startswith((b"4", b"6|"))
        text: object = data if kind.startswith(b"4") else data.decode("latin-1")
        found[oid.decode().lstrip(".")] = int(data) if number and kind != b"6" else text
    return found


def read(name: str, purpose: str) -> list[dict[str, str]]:
    """All rows that the device's dialect reads for a purpose over SNMP."""
    said = objects(name)
    described = said.get(SYS_DESCR, b"")
    assert isinstance(described, bytes)
    seen = what_it_is(Identity(sys_object_id=str(said[SYS_OBJECT_ID]), sys_descr=described.decode("utf-8", "replace")))
    assert seen is not None
    rows: list[dict[str, str]] = []
    for reading in seen.dialect.snmp:
        if reading.purpose != purpose:
            continue
        table: dict[str, dict[str, object]] = {}
        for oid in reading.get.values():
            if oid in said:
                table.setdefault("", {})[oid] = said[oid]
        for column in reading.columns.values():
            for oid, value in said.items():
                if oid.startswith(f"{column}."):
                    table.setdefault(oid[len(column) + 1 :], {})[column] = value
        rows += [dict(row.groups) for row in snmp_rows(reading, table).rows]
    return rows


@pytest.mark.parametrize(
    ("name", "dialect", "what", "model"),
    [
        ("campus/dptech-dpx800-a5", "dptech", None, ""),
        ("campus/netentsec-ngfw", "netentsec", "firewall", "NGFW"),
        ("campus/nsfocus-osms", "nsfocus", None, "OSMS"),
        ("campus/sangfor-ac-m5400", "sangfor", "behaviour", ""),
        ("campus/sangfor-ad1800-fp2", "sangfor", "load-balancer", "AD-1800-FP2"),
        ("campus/sangfor-wac-2", "sangfor", "wireless-controller", ""),
        ("campus/topsec-ngfw4000-uf", "topsec", "firewall", "NGFW4000-UF(TG-72282)"),
        ("campus/venus-unknown-001", "venustech", "firewall", ""),
        ("campus/venus-vsos-v070060600", "venustech", "firewall", "VSOS-V0700R0600"),
        ("librenms/fortiap_fap231g", "fortinet", "access-point", ""),
        ("librenms/fortigate", "fortinet", "firewall", ""),
        ("librenms/fortigate_60fospfv3", "fortinet", "firewall", ""),
        ("librenms/fortiswitch_148f-fpoe", "fortinet", "switch", ""),
        ("librenms/panos", "paloalto-panos", "firewall", "PA-3000"),
        ("librenms/panos_440", "paloalto-panos", "firewall", "PA-400"),
        ("librenms/pfsense", "pfsense", "firewall", "pfSense"),
        ("librenms/stoneos", "hillstone", "firewall", "SG-6000-E3965"),
    ],
)
def test_whose_it_is_and_what(name: str, dialect: str, what: str | None, model: str) -> None:
    said = objects(name)
    described = said.get(SYS_DESCR, b"")
    assert isinstance(described, bytes)
    seen = what_it_is(Identity(sys_object_id=str(said[SYS_OBJECT_ID]), sys_descr=described.decode("utf-8", "replace")))
    assert seen is not None
    assert (seen.dialect.id, seen.what, seen.model) == (dialect, what, model)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("campus/dptech-dpx800-a5", [{"function": "firewall"}] * 2),
        ("campus/netentsec-ngfw", [{"function": "firewall"}]),
        ("campus/nsfocus-osms", [{"version": "V5.6R10F00SP10"}]),  # an administrators' gateway: no function of ours
        ("campus/sangfor-ac-m5400", [{"function": "behaviour", "version": "SG-6.1.1"}]),
        ("campus/sangfor-ad1800-fp2", []),
        ("campus/sangfor-wac-2", []),
        ("campus/topsec-ngfw4000-uf", [{"function": "firewall", "version": "V3.2073N.2060N_NGFW.1"}]),
        ("campus/venus-unknown-001", [{"function": "firewall", "version": "V2.6"}]),
        ("campus/venus-vsos-v070060600", [{"function": "firewall", "version": "V0700R0600", "sessions": "62"}]),
        ("librenms/fortiap_fap231g", []),
        (
            "librenms/fortigate",
            [{"function": "firewall", "version": "v5.6.4,build1575,180425 (GA)", "sessions": "541"}],
        ),
        (
            "librenms/panos_440",
            [
                {"function": "firewall", "version": "10.1.14-h6", "sessions": "241"},
                {"function": "antivirus", "version": "5078-5597"},
                {"function": "ids", "version": "8870-8836"},
            ],
        ),
        ("librenms/panos", [{"function": "firewall", "version": "9.0.7", "sessions": "38"}]),
        ("librenms/pfsense", [{"function": "firewall", "version": "2.3.2-RELEASE", "sessions": "140"}]),
        ("librenms/stoneos", [{"function": "firewall", "version": "5.5 SG6000-M-2-5.5R3P7.bin"}]),
    ],
)
def test_what_it_guards_with(name: str, rows: list[dict[str, str]]) -> None:
    assert read(name, "safeguard") == rows


def test_the_disk_that_holds_the_logs_of_a_sangfor_ac() -> None:
    rows = read("campus/sangfor-ac-m5400", "resources")
    disks = {row["part"]: row["disk_percent"] for row in rows if "disk_percent" in row}
    assert disks["/dev/sda9"] == "87%"
    assert set(disks) == {f"/dev/sda{n}" for n in (1, 2, 5, 6, 7, 8, 9)}
    assert {"part": "cpu", "cpu_percent": "29"} in rows


def test_load_of_a_venustech_and_of_a_fortigate() -> None:
    assert read("campus/venus-vsos-v070060600", "resources") == [
        {"cpu_percent": "4.477612", "memory_percent": "59.6", "memory_total_mb": "7907.234375"}
    ]
    assert read("librenms/fortigate_webfilter", "resources") == [
        {"cpu_percent": "2", "memory_percent": "47", "memory_total_mb": "3039.4609375"}
    ]


def _fortigate(send: str, answer: str) -> list[dict[str, str]]:
    commands: list[Command] = [one for one in load_dialects()["fortinet"].command if one.send == send]
    found: list[Rows] = [command_rows(one, answer) for one in commands if one.purpose == "safeguard"]
    return [dict(row.groups) for rows in found for row in rows.rows]


def test_a_fortigate_of_its_own_words() -> None:
    file = CONSOLES / "ntc-templates/fortinet/get_system_status/fortinet_get_system_status.raw"
    if not file.is_file():
        pytest.skip("recording not there")
    assert _fortigate("get system status", file.read_text()) == [
        {"function": "firewall", "version": "FortiGate-1500D v6.0.7,build0302"},
        {"function": "antivirus", "version": "16.00560", "signature_date": "2012-10-19 08:31"},
        {"function": "ids", "version": "6.00741", "signature_date": "2015-12-01 02:30"},
    ]


def test_the_licences_of_a_fortigate() -> None:
    name = "fortigate__FortiGate-91G_7.4.7_autoupdate__custom_simulation.yaml"
    file = CONSOLES / "oxidized-sessions" / name
    if not file.is_file():
        pytest.skip("recording not there")
    said = yaml.safe_load(file.read_text())["commands"]["diagnose autoupdate version\n"]
    answer = said.replace("\\r", "").replace("\\x20", " ")
    assert _fortigate("diagnose autoupdate versions", answer) == [
        {"function": "antivirus", "version": "1.00000", "licence_until": "Thu Oct 12 2099"},
        {"function": "ids", "version": "6.00741", "licence_until": "Thu Oct 12 2099"},
    ]
