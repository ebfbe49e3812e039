"""End to end in a campus of namespaces: ports, neighbours and the rooms' ports, as ``campus-auditor`` reports them.

The probes run inside the campus, in the namespace of its server or of a classroom, against real snmpd and lldpd.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lab.campus_net import COMMUNITY, NARROW, OUTSIDE, SWITCHES, CampusNet, campus_net, missing

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(missing() is not None, reason=f"no campus of namespaces: {missing()}"),
]

PROGRAM = str(Path(sys.executable).with_name("campus-auditor"))
NOBODY = "02:00:5e:00:53:01"


@pytest.fixture(scope="module")
def net() -> Iterator[CampusNet]:
    with campus_net() as built:
        yield built


def inventory(
    net: CampusNet, folder: Path, places: Sequence[dict[str, str]], *, narrow: str = "", here: str = ""
) -> Path:
    """An inventory of the campus; the device ``narrow`` is asked with the community that hides LLDP-MIB."""
    lines = ['[school]\nname = "示例中学"\nstages = ["junior"]']
    if here:
        lines.append(f'[audit]\nhere = "{here}"')
    for credential, community in (("all", COMMUNITY), ("internet", NARROW)):
        lines.append(f'[[credential]]\nid = "{credential}"\nkind = "snmp-v2c"\ncommunity = "file:{credential}.txt"')
        (folder / f"{credential}.txt").write_text(community)
    for name in SWITCHES:
        role = "core-switch" if name == "core" else "access-switch"
        credential = "internet" if name == narrow else "all"
        snmp = f'{{ credential = "{credential}", timeout_s = 5 }}'
        lines.append(f'[[device]]\nid = "{name}"\nrole = "{role}"\naddress = "{net.address(name)}"\nsnmp = {snmp}')
    for place in places:
        lines += ['[[place]]\nkind = "classroom"', *(f'{key} = "{value}"' for key, value in place.items())]
    file = folder / "inventory.toml"
    file.write_text("\n".join(lines))
    return file


def probed(net: CampusNet, at: str, probe: str, file: Path, *options: str) -> list[dict[str, Any]]:
    lines = net.run(at, PROGRAM, "probe", probe, "--inventory", str(file), *options).splitlines()
    return [json.loads(line) for line in lines]


def test_ports_tell_1000_100_10_and_half_duplex(net: CampusNet, tmp_path: Path) -> None:
    seen = {one["subject"]: one["value"] for one in probed(net, "server", "ports", inventory(net, tmp_path, []))}
    ports = {
        name: (seen[name]["speed_mbps"], seen[name]["duplex"], seen[name]["oper_up"])
        for name in ("access-1:ge1", "access-1:ge2", "access-2:ge1", "access-2:ge2", "core:ge24")
    }
    assert ports == {
        "access-1:ge1": (1000, "full", True),
        "access-1:ge2": (100, "full", True),
        "access-2:ge1": (10, "full", True),
        "access-2:ge2": (100, "half", True),
        "core:ge24": (1000, "full", True),
    }


def test_switches_and_a_panel_hear_each_other(net: CampusNet, tmp_path: Path) -> None:
    seen = probed(net, "server", "neighbours", inventory(net, tmp_path, []))
    assert {(one["subject"], *list(one["value"].values())[:3]) for one in seen} == {
        ("core:ge1", "access-1", "ge24", "lldp"),
        ("core:ge2", "access-2", "ge24", "lldp"),
        ("access-1:ge24", "core", "ge1", "lldp"),
        ("access-2:ge24", "core", "ge2", "lldp"),
        ("access-1:ge1", "room-1", "eth0", "lldp"),
    }


def test_a_view_that_hides_lldp_is_not_taken_for_silence(net: CampusNet, tmp_path: Path) -> None:
    file = inventory(net, tmp_path, [], narrow="core")
    (one,) = probed(net, "server", "neighbours", file, "--subject", "core")
    assert (one["subject"], one["status"], one["reason"]) == ("core", "unavailable", "view_too_narrow")
    assert "the SNMP view hides LLDP-MIB: include 1.0.8802.1.1.2" in one["detail"]


def test_the_ports_of_rooms_are_found_by_the_addresses_of_their_panels(net: CampusNet, tmp_path: Path) -> None:
    places = [{"id": room, "mac": net.mac(room)} for room in ("room-1", "room-2", "room-3")]
    file = inventory(net, tmp_path, [*places, {"id": "lost", "mac": NOBODY}])
    seen = probed(net, "server", "rooms", file)
    assert {(one["subject"], (one["value"] or {}).get("remote_name"), one["reason"]) for one in seen} == {
        ("access-1:ge1", "place:room-1", None),
        ("access-1:ge2", "place:room-2", None),
        ("access-2:ge1", "place:room-3", None),
        ("place:lost", None, "empty"),
    }
    assert not any(place["mac"] in json.dumps(seen) for place in places)


def test_without_lldp_the_switch_behind_a_port_still_tells_it_for_an_uplink(net: CampusNet, tmp_path: Path) -> None:
    file = inventory(net, tmp_path, [{"id": "room-2", "mac": net.mac("room-2")}], narrow="core")
    (one,) = probed(net, "server", "rooms", file)
    assert (one["subject"], one["value"]["remote_name"]) == ("access-1:ge2", "place:room-2")


def test_a_computer_in_the_rooms_socket_finds_the_port_by_its_own_address(net: CampusNet, tmp_path: Path) -> None:
    file = inventory(net, tmp_path, [{"id": "room-2"}], here="room-2")
    (one,) = probed(net, "room-2", "rooms", file)
    assert (one["subject"], one["value"]["remote_name"]) == ("access-1:ge2", "place:room-2")


def test_each_classroom_is_judged_by_its_port_or_said_to_have_none(net: CampusNet, tmp_path: Path) -> None:
    places = [
        {"id": "room-1", "mac": net.mac("room-1")},
        {"id": "room-2", "port": "access-1:ge2"},
        {"id": "room-3", "mac": net.mac("room-3")},
        {"id": "room-4", "port": "access-2:ge2"},
        {"id": "room-5"},
        {"id": "room-6", "mac": NOBODY},
    ]
    file, bundle = inventory(net, tmp_path, places), tmp_path / "bundle"
    command = [PROGRAM, "audit", str(file), "--only", "ports,rooms", "--json", "--lang", "en", "--out", str(bundle)]
    done = json.loads(net.run("server", "sh", "-c", '"$@" || test $? = 1', "audit", *command))
    (finding,) = (one for one in done["findings"] if one["indicator"] == "1.1.1")
    why = " ".join(finding["why"])
    assert "2 of 6 meet it" in why, why
    assert "not met: room-3 (10 Mbit/s), room-4 (half duplex)" in why
    assert (
        "not known: room-5 (the inventory does not say where it is connected), room-6 (the inventory does not say where"
        " it is connected, and forwarding tables do not tell: nothing there)" in why
    )
    kept = b"".join(
        file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and file.name != "inventory.toml"
    )
    assert b"place:room-3" in kept
    for room in ("room-1", "room-3"):
        octets = bytes.fromhex(net.mac(room).replace(":", ""))
        spelt = [octets.hex(":"), octets.hex(" ").upper(), ".".join(map(str, octets))]
        assert not [one for one in spelt if one.encode() in kept]


def test_a_panel_that_is_switched_off_is_judged_by_the_best_of_the_last_school_days(
    net: CampusNet, tmp_path: Path
) -> None:
    places = [{"id": "room-1", "mac": net.mac("room-1")}, {"id": "room-2", "port": "access-1:ge2"}]
    file, bundles = inventory(net, tmp_path, places), tmp_path / "bundles"
    command = [PROGRAM, "audit", str(file), "--only", "ports,rooms", "--json", "--lang", "en", "--out", str(bundles)]

    def audited() -> tuple[str, Path]:
        done = json.loads(net.run("server", "sh", "-c", '"$@" || test $? = 1', "audit", *command, timeout_s=90))
        (finding,) = (one for one in done["findings"] if one["indicator"] == "1.1.1")
        return " ".join(finding["why"]), Path(done["bundle"])

    awake, first = audited()
    assert "2 of 2 meet it" in awake
    try:
        for room in ("room-1", "room-2"):
            net.run(room, "ip", "link", "set", "eth0", "down")
        net.switch_forgets("access-1", ["ge1", "ge2"])
        asleep, second = audited()
    finally:
        for room in ("room-1", "room-2"):
            net.run(room, "ip", "link", "set", "eth0", "up")
            net.run(room, "ip", "route", "replace", "default", "via", net.address("gateway"))
        net.settle()
    assert "2 of 2 meet it" in asleep
    assert "the best of 2 looks" in asleep
    notes = [json.loads(line) for line in (second / "recalled.jsonl").read_text().splitlines()]
    assert {note["bundle"] for note in notes} == {first.name}
    then, now = ((bundle / "observations.jsonl").read_text().splitlines() for bundle in (first, second))
    assert {note["observation"] for note in notes} == {json.loads(line)["id"] for line in set(then) & set(now)}
    assert (
        "brought from the earlier audit" in second.with_suffix(".html").read_text()
        or "取自此前的检测" in second.with_suffix(".html").read_text()
    )


ASK_GATE = """
import asyncio, json, sys
from auditor import night
from auditor.inventory import load
from auditor.plan import make_plan
from probes.probe import all_probes
from probes.uplinks.meter import UplinkMeter
from tests.world import TestWorld
from pathlib import Path
night.LOOKS = 1  # one look at real counters takes long enough
described = load(Path(sys.argv[1]))
world = TestWorld(described, secrets={"file:" + sys.argv[2]: Path(sys.argv[2]).read_text()})
task = make_plan(described, all_probes(), only=["throughput"]).tasks[0]
gate = night.NightGate(described, loads=UplinkMeter(world), note=lambda _: None)
refusal = asyncio.run(gate.why_not(task))
print(json.dumps(None if refusal is None else [refusal.reason.value, str(refusal.text)]))
"""

LOAD = """
import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    due = time.monotonic()
    while True:
        for _ in range(10):
            sock.sendto(bytes(1400), (sys.argv[1], 9))
        due += 10 * 1428 * 8 / 30e6
        time.sleep(max(due - time.monotonic(), 0))
"""


def test_an_uplink_that_is_busy_at_sixty_per_cent_is_left_alone(net: CampusNet, tmp_path: Path) -> None:
    """30 Mbit/s through an uplink of which 50 were bought, counted by the core's real agent."""
    file = inventory(net, tmp_path, [{"id": "room-1", "responder": net.address("room-1") + ":5201"}])
    now = datetime.now(UTC)
    hours = f'from = "{now - timedelta(hours=2):%H:%M}"\nto = "{now + timedelta(hours=3):%H:%M}"'
    uplink = '[[uplink]]\nid = "main"\nport = "core:ge24"\ncontract_mbps = 50'
    written = file.read_text().replace('stages = ["junior"]', 'stages = ["junior"]\ntimezone = "UTC"')
    file.write_text(f"{written}\n[audit.night]\n{hours}\n{uplink}\n")
    sender = subprocess.Popen(net.command("server", sys.executable, "-c", LOAD, OUTSIDE))
    try:
        words = [sys.executable, "-c", ASK_GATE, str(file), str(tmp_path / "all.txt")]
        refused = json.loads(net.run("server", *words, timeout_s=120))
    finally:
        sender.kill()
        sender.wait()
    assert refused is not None
    reason, sentence = refused
    assert reason == "link_busy"
    assert re.search(r"uplink main carried \d\d\.?\d* Mbit/s, (5[5-9]|6\d|7\d) % of what it can", sentence), sentence
    assert "above 50 % it is left alone" in sentence
