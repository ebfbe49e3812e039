"""The inventory that is in order: what it becomes, what is worth saying of it, how it travels in a bundle."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from auditor import inventory
from probes.campus import Campus, PlaceKind, SnmpV2cCredential, SshCredential
from probes.written.tomlfile import Document

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "inventory.example.toml"

LEAST = """
[school]
name = "示例中学"
stages = ["junior"]

[[credential]]
id = "ro"
kind = "snmp-v2c"
community = "env:CAMPUS_SNMP"

[[credential]]
id = "v3"
kind = "snmp-v3"
user = "auditor"
auth = "SHA256"
auth_key = "env:CAMPUS_AUTH"
privacy = "AES128"
privacy_key = "env:CAMPUS_PRIV"

[[credential]]
id = "ops"
kind = "ssh"
user = "auditor"
password = "keyring:campus/ops"

[[device]]
id = "sw-1"
role = "access-switch"
address = "127.0.0.1"
snmp = { credential = "ro", port = 1161 }
ssh = { credential = "ops", port = 2222 }

[[place]]
id = "A-301"
kind = "classroom"
port = "sw-1:GigabitEthernet0/0/5"
responder = "127.0.0.1:5201"

[[uplink]]
id = "main"
port = "sw-1:GigabitEthernet0/0/24"
contract_mbps = 1000
responder = "127.0.0.1:5202"

[[log_source]]
id = "firewall"
records = ["session", "nat"]
store = { kind = "directory", path = "/var/log/campus/fw", pattern = "**/*" }

[[service]]
id = "portal"
what = "website"
url = "http://127.0.0.1:8080/"
"""


def load(folder: Path, words: str) -> Campus:
    path = folder / "inventory.toml"
    path.write_text(words, encoding="utf-8")
    return inventory.load(path)


def said(campus: Campus, today: date = date(2026, 11, 23)) -> list[str]:
    return [str(one) for one in inventory.warnings(campus, today)]


def test_the_least_inventory_of_the_contract_is_read(tmp_path: Path) -> None:
    campus = load(tmp_path, LEAST)
    device = campus.device[0]
    assert (device.id, device.snmp and device.snmp.port, device.ssh and device.ssh.port) == ("sw-1", 1161, 2222)
    assert campus.place[0].port == "sw-1:GigabitEthernet0/0/5"
    assert campus.uplink[0].contract_mbps == 1000.0
    assert campus.school.timezone == "Asia/Shanghai"


def test_a_name_and_stages_suffice(tmp_path: Path) -> None:
    campus = load(tmp_path, '\ufeff[school]\r\nname = "x"\r\nstages = ["primary"]\r\n')
    assert campus.school.name == "x"
    assert campus.device == ()


ALLOWED = [
    'responder = "10.0.8.21:5201"',
    'responder = "[fd00::21]:5201"',
    'responder = "panel-301.school.example:65535"',
    'port = "sw-1:ethernet 1/0/1:2"',
    'terminals = ["10.0.8.21", "fd00::21"]',
]


@pytest.mark.parametrize("line", ALLOWED)
def test_forms_of_a_place_that_are_allowed(tmp_path: Path, line: str) -> None:
    key = line.partition(" ")[0]
    lines = [one for one in LEAST.splitlines() if not (one.startswith(f"{key} = ") and "A-301" not in one)]
    words = "\n".join(lines).replace('kind = "classroom"', f'kind = "classroom"\n{line}')
    assert load(tmp_path, words).place[0].model_dump(mode="json")[key] == tomllib.loads(line)[key]


def test_two_rooms_may_hang_on_one_port(tmp_path: Path) -> None:
    second = '\n[[place]]\nid = "A-302"\nkind = "classroom"\nport = "sw-1:GigabitEthernet0/0/5"\n'
    assert len(load(tmp_path, LEAST + second).place) == 2


WAIVED = [
    "campus", "place:A-301", "uplink:main", "log:firewall", "service:portal", "role:firewall", "records:nat",
    "service-kind:website", "control:url_filter", "sw-1", "sw-1:GigabitEthernet0/0/5", "ap:AP-1",
]  # fmt: skip


@pytest.mark.parametrize("subject", WAIVED)
def test_subjects_that_a_waiver_may_name(tmp_path: Path, subject: str) -> None:
    waiver = f'\n[[waiver]]\nsubject = "{subject}"\nuntil = 2027-08-31\nwhy = "x"\nby = "y"\n'
    assert load(tmp_path, LEAST + waiver).waiver[0].subject == subject


def test_relative_paths_start_from_the_inventory_and_the_tilde_from_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/auditor")
    words = """
[school]
name = "x"
stages = ["junior"]
[audit]
rubric = "rules/own.toml"
bundles = "kept"
[[credential]]
id = "ops"
kind = "ssh"
user = "a"
key_file = "~/.ssh/id"
key_passphrase = "file:secrets/passphrase"
[[credential]]
id = "ro"
kind = "snmp-v2c"
community = "file:/etc/campus/community"
[[log_source]]
id = "fw"
records = ["nat"]
store = { kind = "directory", path = "../logs" }
"""
    campus = load(tmp_path, words)
    ssh, snmp = campus.credential
    assert isinstance(ssh, SshCredential)
    assert isinstance(snmp, SnmpV2cCredential)
    assert ssh.key_file == "/home/auditor/.ssh/id"
    assert ssh.key_passphrase == f"file:{tmp_path}/secrets/passphrase"
    assert snmp.community == "file:/etc/campus/community"
    assert campus.log_source[0].store.path == f"{tmp_path}/../logs"
    assert campus.audit.bundles == f"{tmp_path}/kept"
    assert campus.audit.rubric == f"{tmp_path}/rules/own.toml"
    assert campus.audit.attestations == f"{tmp_path}/attestations.toml"


def test_a_rubric_by_name_stays_a_name(tmp_path: Path) -> None:
    assert load(tmp_path, LEAST).audit.rubric == "jiangsu-2018"


def test_files_that_are_no_inventory_get_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "gbk.toml").write_bytes('[school]\nname = "示例中学"\n'.encode("gbk"))
    cases = {
        "missing.toml": "there is no such file; check the name and the directory",
        ".": "this is a directory; name the file in it",
        "gbk.toml": "this file is encoded in GBK (“ANSI”); save it as UTF-8",
    }
    for name, sentence in cases.items():
        with pytest.raises(inventory.InventoryError) as caught:
            inventory.load(tmp_path / name)
        assert [str(one.text) for one in caught.value.mistakes] == [sentence]


def test_a_misspelt_table_is_one_mistake_and_not_one_for_each_reference(tmp_path: Path) -> None:
    with pytest.raises(inventory.InventoryError) as caught:
        load(tmp_path, LEAST.replace("[[device]]", "[[devices]]"))
    assert [one.key for one in caught.value.mistakes] == ["devices"]


def test_a_large_inventory_with_a_mistake_in_each_entry_is_read_in_time(tmp_path: Path) -> None:
    places = "".join(f'\n[[place]]\nid = "P-{n}"\nkind = "clasroom"\nport = "sw-1:G{n}"\n' for n in range(1000))
    with pytest.raises(inventory.InventoryError) as caught:
        load(tmp_path, LEAST + places)
    assert len(caught.value.mistakes) == 1000


ODD: list[Any] = ["", "x", "env:", "http://[", -1, True, 10**30, Decimal("0.5"), date(2026, 1, 1), [], [1], {}, [{}]]


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from _places(one, (*path, key))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_whatever_stands_anywhere_is_a_mistake_or_fine_and_never_a_crash(odd: Any) -> None:
    more = '[[waiver]]\nsubject = "sw-1"\nuntil = 2027-08-31\nwhy = "x"\nby = "y"\n'
    whole = tomllib.loads(LEAST + more + '[egress]\nsites = ["https://a.cn/", "https://b.cn/"]\n')
    for place in _places(whole):
        data = copy.deepcopy(whole)
        *above, last = place
        table = reduce(lambda value, part: value[part], above, data)
        table[last] = odd
        campus, mistakes = inventory.examine(Document("f", data, {(): 1}))
        assert (campus is None) == bool(mistakes)
        for mistake in mistakes:
            assert str(mistake.sentence).startswith("f:1: ")


# ---- the example -----------------------------------------------------------------------------------------------------


def test_the_example_is_a_complete_school_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CAMPUS_SNMP_AUTH", "CAMPUS_SNMP_PRIV", "CAMPUS_SSH", "CAMPUS_WEB"):
        monkeypatch.delenv(name, raising=False)
    campus = inventory.load(EXAMPLE)
    rooms = [place for place in campus.place if place.kind is PlaceKind.CLASSROOM]
    assert len(rooms) == 24
    assert all(place.port for place in rooms)
    assert [stage.value for stage in campus.school.stages] == ["junior", "senior"]
    roles = [device.role.value for device in campus.device]
    assert {*roles} >= {"core-switch", "wireless-controller", "firewall", "behaviour", "ids", "log-server", "ups"}
    assert roles.count("access-switch") == 6
    assert len(campus.uplink) == 2
    assert len(campus.log_source) == 8
    assert {record.value for log in campus.log_source for record in log.records} >= {
        "session", "nat", "behaviour", "dhcp", "aaa", "controller", "core-switch", "server",
    }  # fmt: skip
    assert len({service.what for service in campus.service}) == 21
    assert all((campus.camera, campus.subnet, campus.waiver))


def test_every_line_of_the_example_says_what_it_is_for_in_both_languages() -> None:
    words = EXAMPLE.read_text("utf-8")
    assert words.startswith("#:schema ./docs/inventory.schema.json\n")
    for table in ("school", "audit", "credential", "device", "place", "uplink", "subnet", "log_source", "service"):
        assert f"[{table}]" in words
    assert all(len(line) <= 120 for line in words.splitlines())


# ---- snapshot and schema ---------------------------------------------------------------------------------------------


def test_a_snapshot_restores_to_the_same_campus() -> None:
    campus = inventory.load(EXAMPLE)
    assert inventory.restore(inventory.snapshot(campus)) == campus
    assert inventory.snapshot(inventory.restore(inventory.snapshot(campus))) == inventory.snapshot(campus)


def test_a_snapshot_holds_references_and_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPUS_SNMP", "hunter2")
    words = inventory.snapshot(load(tmp_path, LEAST))
    assert "hunter2" not in words
    assert json.loads(words)["credential"][0]["community"] == "env:CAMPUS_SNMP"


@pytest.mark.parametrize("words", ["", "{", "[]", '{"school": {}}', '{"school": {"name": "x", "stages": ["x"]}}'])
def test_a_damaged_snapshot_is_a_mistake_and_no_crash(words: str) -> None:
    with pytest.raises(inventory.InventoryError, match="damaged"):
        inventory.restore(words)


def test_the_committed_schema_is_up_to_date() -> None:
    committed = json.loads((ROOT / "docs" / "inventory.schema.json").read_text("utf-8"))
    assert committed == inventory.schema(), "run: campus-auditor schema > docs/inventory.schema.json"


def _described(schema: dict[str, Any]) -> list[str]:
    tables = {"Campus": schema, **schema["$defs"]}
    keys = {
        f"{name}.{key}": node for name, table in tables.items() for key, node in table.get("properties", {}).items()
    }
    return [name for name, node in {**tables, **keys}.items() if " / " not in node.get("description", "")]


def test_the_schema_describes_every_table_and_key_in_both_languages() -> None:
    assert _described(inventory.schema()) == []


def test_the_schema_is_one_and_accepts_the_example_but_no_secret() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="the package jsonschema is not installed")
    schema = inventory.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    # JSON has no dates; editors hold TOML's against the text form.
    data = json.loads(json.dumps(tomllib.loads(EXAMPLE.read_text("utf-8")), default=str))
    assert list(validator.iter_errors(data)) == []
    data["credential"][0]["auth_key"] = "hunter2"
    data["device"][0]["rôle"] = "x"
    assert {tuple(error.absolute_path)[:2] for error in validator.iter_errors(data)} == {
        ("credential", 0),
        ("device", 0),
    }


# ---- warnings --------------------------------------------------------------------------------------------------------


def test_what_is_worth_saying_of_an_inventory_that_is_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMPUS_SNMP", raising=False)
    monkeypatch.setenv("CAMPUS_AUTH", "a")
    monkeypatch.setenv("CAMPUS_PRIV", "b")
    assert said(load(tmp_path, LEAST.replace("/var/log/campus/fw", "nowhere"))) == [
        "the responder is this very computer, which shows nothing of the network, for: main, A-301",
        "SNMP v1 and v2c send the community in clear text; use snmp-v3 where the device can, instead of: ro",
        "used by no device, the credentials: v3",
        "secrets that are not there at present: env:CAMPUS_SNMP",
        f"log directories that are not on this machine: {tmp_path}/nowhere",
    ]


def test_what_will_not_be_measured_is_said(tmp_path: Path) -> None:
    assert said(load(tmp_path, '[school]\nname = "x"\nstages = ["junior"]\n')) == [
        "no classroom is named: the network to the classrooms cannot be measured",
        "no uplink is named: the line out of the school cannot be measured",
        "no log source is named: how long logs are kept cannot be measured",
    ]


UPS = '[[device]]\nid = "s"\nrole = "ups"\naddress = "a"\n'
SAID = [
    (
        '[[place]]\nid = "r"\nkind = "classroom"',
        "no classroom has a port: their speed cannot be read from the switches",
    ),
    (
        UPS + '[[place]]\nid = "r"\nkind = "classroom"\nport = "s:1"\n[[place]]\nid = "q"\nkind = "classroom"',
        "classrooms without a port: q",
    ),
    (
        '[[device]]\nid = "s"\nrole = "ups"\naddress = "a"',
        "no access (snmp, ssh, http), so nothing can be asked, for the devices: s",
    ),
    (
        '[[device]]\nid = "s"\nrole = "ups"\naddress = "a"\n[[uplink]]\nid = "u"\nport = "s:1"',
        "ports hang on these devices, which have no snmp to read them with: s",
    ),
    ('[[uplink]]\nid = "u"', "neither port nor responder, so nothing to measure, for the uplinks: u"),
    (
        '[[waiver]]\nindicator = "1.1.2"\nuntil = 2026-11-22\nwhy = "x"\nby = "王五"',
        "the waiver for 1.1.2 by 王五 ended on 2026-11-22 and no longer counts",
    ),
    (
        '[[credential]]\nid = "c"\nkind = "snmp-v3"\nuser = "u"',
        "SNMPv3 without privacy sends its answers in clear text: c",
    ),
    (
        '[[subnet]]\nid = "n"\ncidr = "10.0.0.0/24"\nuse = "student"',
        "no stage, so their machines count for none, for the student ranges: n",
    ),
]


@pytest.mark.parametrize(("tables", "sentence"), SAID, ids=[sentence for _, sentence in SAID])
def test_warnings(tmp_path: Path, tables: str, sentence: str) -> None:
    assert sentence in said(load(tmp_path, f'[school]\nname = "x"\nstages = ["junior", "senior"]\n{tables}\n'))


def test_a_waiver_counts_through_its_last_day(tmp_path: Path) -> None:
    waiver = '[[waiver]]\nindicator = "1.1.2"\nuntil = 2026-11-23\nwhy = "x"\nby = "y"\n'
    campus = load(tmp_path, f'[school]\nname = "x"\nstages = ["junior"]\n{waiver}')
    assert not any("waiver" in one for one in said(campus))


def test_an_attestations_file_is_missed_only_where_it_was_named(tmp_path: Path) -> None:
    school = '[school]\nname = "x"\nstages = ["junior"]\n'
    assert not any("attestations" in one for one in said(load(tmp_path, school)))
    named = load(tmp_path, school + '[audit]\nattestations = "mine.toml"\n')
    assert f"the attestations file does not exist: {tmp_path}/mine.toml" in said(named)
    (tmp_path / "mine.toml").touch()
    assert not any("attestations" in one for one in said(named))
