"""Every recording of a device there is: whose it is, what it is, and every figure that LibreNMS found in the same data.

A figure for the whole is printed at the end (``pytest -rP``); nothing that the truth does not have may be reported.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from probes.access_points import access_points
from probes.clock import clock
from probes.dialect import what_it_is
from probes.kinds import AccessPoint, AccessPointCount, Clock, LogCoverage, Neighbour, Port, Power, Resources
from probes.log_settings import log_settings
from probes.neighbours import neighbours
from probes.observation import Observation
from probes.ports import ports
from probes.power import power
from probes.resources import resources
from probes.transport.identity import snmp_identity
from tests.played_snmp import RECORDINGS, all_recordings, play, playing
from tests.world import TestWorld, campus, look

pytestmark = pytest.mark.recordings

NAMES = all_recordings()
if not NAMES:
    pytest.skip("the recordings are not at hand (../shared/recordings)", allow_module_level=True)

# By the beginning of the recording's name: the dialect, what it is. Security vendors have tests of their own.
KNOWN: Mapping[str, tuple[str, str | None]] = {
    "campus/bdcom": ("bdcom", "switch"),
    "campus/dcrs": ("dcn", "switch"),
    "campus/h3c-e528": ("hp-comware", "switch"),
    "campus/h3c-wx": ("hp-comware", "wireless-controller"),
    "campus/hikvision": ("hikvision", "recorder"),
    "campus/huawei-s": ("huawei-vrp", "switch"),
    "campus/maipu": ("maipu", "switch"),
    "campus/ruijie-m18000": ("ruijie-os", "wireless-controller"),
    "campus/ruijie-s": ("ruijie-os", "switch"),
    "campus/zte": ("zte-zxros", "switch"),
    "librenms/apc": ("ups", "ups"),
    "librenms/aruba-instant": ("aruba-instant", "wireless-controller"),
    "librenms/arubaos-cx": ("aruba-cx", "switch"),
    "librenms/arubaos_": ("aruba-os", "wireless-controller"),
    "librenms/asa": ("cisco-asa", "firewall"),
    "librenms/axis": ("axis", "camera"),
    "librenms/ciscosb": ("cisco-business", "switch"),
    "librenms/ciscowlc": ("cisco-wlc", "wireless-controller"),
    "librenms/comware_1": ("hp-comware", None),  # a sysDescr that names no model
    "librenms/comware": ("hp-comware", "switch"),
    "librenms/dcn": ("dcn", "switch"),
    "librenms/dlink": ("d-link", "switch"),
    "librenms/dsm": ("linux", "server"),  # its agent calls itself a plain Linux
    "librenms/eaton": ("ups", "ups"),
    "librenms/edgeswitch": ("ubiquiti", "switch"),
    "librenms/fiberhome": ("fiberhome", "switch"),
    "librenms/fs-": ("fs-os", "switch"),
    "librenms/hikvision-nvr": ("hikvision", "recorder"),
    "librenms/huaweiups": ("ups", "ups"),
    "librenms/ibmc": ("huawei-ibmc", "server"),
    "librenms/ios_": ("cisco-ios", "switch"),
    "librenms/iosxe_c9": ("cisco-ios", "switch"),
    "librenms/iosxe_ct": ("cisco-ios", "wireless-controller"),
    "librenms/jetstream": ("tp-link", "switch"),
    "librenms/linux": ("linux", "server"),
    "librenms/procurve": ("hp-procurve", "switch"),
    "librenms/qnap": ("storage", "storage"),
    "librenms/routeros_crs": ("mikrotik-routeros", "switch"),
    "librenms/routeros": ("mikrotik-routeros", "router"),
    "librenms/ruckus": ("ruckus", "wireless-controller"),
    "librenms/ruijie": ("ruijie-os", "switch"),
    "librenms/swos": ("mikrotik-routeros", "switch"),
    "librenms/tplink": ("tp-link", "switch"),
    "librenms/unifi": ("ubiquiti", "access-point"),
    "librenms/vrp_ac": ("huawei-vrp", "wireless-controller"),
    "librenms/vrp_ar": ("huawei-vrp", "router"),
    "librenms/vrp": ("huawei-vrp", "switch"),
    "librenms/windows": ("windows", "server"),
    "librenms/yunshan": ("huawei-vrp", "switch"),
    "librenms/zxr10": ("zte-zxros", "switch"),
    "librenms/zyxel": ("zyxel", "wireless-controller"),
}
STATES = {"up": True, "down": False}


def known(name: str) -> tuple[str, str | None] | None:
    fitting = [beginning for beginning in KNOWN if name.startswith(beginning)]
    return KNOWN[max(fitting, key=len)] if fitting else None


def truth(name: str) -> dict[str, Any]:
    file = RECORDINGS / "expected" / "snmp" / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else {}


async def seen(monkeypatch: pytest.MonkeyPatch, probe: Any, name: str, role: str = "other") -> list[Observation]:
    playing(monkeypatch, name)
    device = {"id": "sw", "role": role, "address": "127.0.0.1", "snmp": {"credential": "ro"}}
    community = {"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}
    world = TestWorld(campus(credential=[community], device=[device]), secrets={"env:RO": "Zufall-17"})
    return await look(probe, world, world.campus.device[0])


@pytest.mark.parametrize("name", [name for name in NAMES if known(name)])
async def test_whose_device_it_is_and_what(name: str) -> None:
    found = what_it_is(await snmp_identity(play(name)))  # type: ignore[arg-type]  # a session in all that it asks
    assert found is not None
    assert (found.dialect.id, found.what) == known(name)


async def test_a_device_that_says_nothing_of_itself_is_a_stranger() -> None:
    if "librenms/hikvision-cam" not in NAMES:
        pytest.skip("recording not there: librenms/hikvision-cam")
    assert what_it_is(await snmp_identity(play("librenms/hikvision-cam"))) is None  # type: ignore[arg-type]


# Where LibreNMS itself is wrong: without ifXTable 10 Gbit/s stand there as what is left of them in 32 bits.
TRUNCATED = 4294.967295


async def test_ports_and_neighbours_of_all_recordings_as_librenms_found_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right: Counter[str] = Counter()
    wrong: list[str] = []
    for name in NAMES:
        expected = truth(name)
        if not expected.get("ports"):
            continue
        own = {
            one.subject.removeprefix("sw:"): one.value
            for one in await seen(monkeypatch, ports, name)
            if isinstance(one.value, Port)
        }
        if len(own) != len(expected["ports"]):
            wrong.append(f"{name}: {len(own)} ports instead of {len(expected['ports'])}")
        for port in expected["ports"]:
            label = port.get("ifName") or port.get("ifDescr")
            mine = own.get(label) or own.get(f"{label}#{port['ifIndex']}") or own.get(port.get("ifDescr"))
            for fact, holds in _compared(port, mine).items():
                right[fact] += holds
                wrong += [] if holds else [f"{name} {label}: {fact}"]
        heard = await seen(monkeypatch, neighbours, name)
        pairs = {(one.subject[3:], one.value.remote_name) for one in heard if isinstance(one.value, Neighbour)}
        for link in expected.get("links", ()):
            if link.get("ifName"):
                holds = (link["ifName"], link["remote_hostname"]) in pairs
                right["neighbour"] += holds
                wrong += [] if holds else [f"{name} {link['ifName']}: {link['remote_hostname']} not heard"]
    facts = right.total() + len(wrong)
    with capsys.disabled():
        sys.stdout.write(f"\n  {right.total()} of {facts} facts about ports and neighbours are right\n")
    assert right.total() / facts >= 0.99, wrong[:20]
    assert right["neighbour"] > 60


def _compared(port: dict[str, Any], mine: Port | None) -> dict[str, bool]:
    if mine is None:
        return {"there": False}
    speed = port.get("ifSpeed")
    mbps = None if speed is None else speed / 1e6
    alike = mbps is None or (mine.speed_mbps is None and mbps in {0, TRUNCATED})
    state = port.get("ifOperStatus")
    return {
        "there": True,
        "speed": alike or (mine.speed_mbps is not None and mbps is not None and abs(mine.speed_mbps - mbps) < 1),
        "state": state not in STATES or mine.oper_up is STATES[state],
    }


# LibreNMS counts the processor's load otherwise, or counts memory that only caches files.
OTHER_CPU = frozenset({"librenms/ruckuswireless-sz"})
OTHER_MEMORY = frozenset({"librenms/linux_powermon", "librenms/qnap"})


@pytest.mark.parametrize(
    "name", [name for name in NAMES if truth(name).get("processors") or truth(name).get("mempools")]
)
async def test_load_and_room_as_librenms_found_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure is one of those there are, or their mean; a vendor that is not read yet is silent."""
    (observation,) = await seen(monkeypatch, resources, name)
    value = observation.value
    if not isinstance(value, Resources):
        assert known(name) is None or known(name) in {("fiberhome", "switch"), ("ruckus", "wireless-controller")}
        return
    expected = truth(name)
    loads = [float(one["processor_usage"]) for one in expected.get("processors", ())]
    if value.cpu_percent is not None and loads and name not in OTHER_CPU:
        assert any(abs(value.cpu_percent - load) <= 1 for load in (*loads, sum(loads) / len(loads)))
    pools = [float(one["mempool_perc"]) for one in expected.get("mempools", ()) if one["mempool_perc"] is not None]
    if value.memory_percent is not None and pools and name not in OTHER_MEMORY:
        assert any(abs(value.memory_percent - pool) <= 1.5 for pool in pools)
    shares = {one["storage_descr"]: one["storage_perc"] for one in expected.get("storage", ())}
    for disk in value.disks:
        if disk.name in shares and disk.percent is not None:
            assert abs(disk.percent - float(shares[disk.name])) <= 1, disk


CONTROLLERS: Mapping[str, tuple[Counter[bool], tuple[int | None, int | None, int | None] | None]] = {
    # 3,247 configured; the recording was cut, so that none stands in the list
    "campus/ruijie-m18000": (Counter(), (3239, 8, 3247)),
    # private tables under 2011.10; a stand-by controller with nothing connected
    "campus/h3c-wx6103": (Counter(), (0, 349, 349)),
    "librenms/vrp_ac6605-26": (Counter({True: 1}), (1, None, None)),
    "librenms/aruba-instant": (Counter({True: 3}), None),
    "librenms/ciscowlc_cbw240ac": (Counter({True: 4}), (4, None, None)),
    "librenms/ruckuswireless_zd1200": (Counter(), (4, 4, 8)),
    "librenms/ruckuswireless-sz": (Counter(), (36, 4, 40)),
    "librenms/fortigate_webfilter": (Counter(), (0, None, None)),
    "librenms/arubaos_vmc": (Counter(), (0, None, None)),
    "librenms/zyxelwlc_nxc2500": (Counter(), (35, None, None)),
}


@pytest.mark.parametrize("name", CONTROLLERS)
async def test_access_points_and_their_counters(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name not in NAMES:
        pytest.skip(f"recording not there: {name}")
    listed, counters = CONTROLLERS[name]
    observations = await seen(monkeypatch, access_points, name, "wireless-controller")
    assert Counter(one.value.online for one in observations if isinstance(one.value, AccessPoint)) == listed
    counted = [one.value for one in observations if isinstance(one.value, AccessPointCount)]
    assert [(one.online, one.offline, one.total) for one in counted] == ([] if counters is None else [counters])


async def test_clients_are_those_of_the_access_point(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "librenms/ciscowlc_cbw240ac"
    if name not in NAMES:
        pytest.skip(f"recording not there: {name}")
    observations = await seen(monkeypatch, access_points, name, "wireless-controller")
    points = [one.value for one in observations if isinstance(one.value, AccessPoint)]
    assert sum(one.clients or 0 for one in points) == 23


@pytest.mark.parametrize(
    ("name", "hosts"), [("campus/h3c-wx6103", ("10.254.36.1",)), ("campus/huawei-s5720", ("10.3.9.25",))]
)
async def test_log_servers(name: str, hosts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    if name not in NAMES:
        pytest.skip(f"recording not there: {name}")
    (observation,) = await seen(monkeypatch, log_settings, name)
    assert isinstance(observation.value, LogCoverage)
    assert (observation.value.hosts, observation.value.span_days, observation.value.origin) == (hosts, None, "setting")


async def test_a_clock_over_snmp(monkeypatch: pytest.MonkeyPatch) -> None:
    if "campus/h3c-e528-2" not in NAMES:
        pytest.skip("recording not there: campus/h3c-e528-2")
    (observation,) = await seen(monkeypatch, clock, "campus/h3c-e528-2")
    assert isinstance(observation.value, Clock)
    assert observation.value.synchronised is True


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apc_smt750x-nmc2", Power(source="mains", charge_percent=100, load_percent=0, minutes_left=10976200 / 6000)),
        (
            "eaton-mgeups_5px",
            Power(battery="normal", source="mains", charge_percent=100, load_percent=59, minutes_left=43),
        ),
        ("huaweiups_ups2000", Power(battery="normal", source="mains", charge_percent=100, load_percent=27)),
    ],
)
async def test_uninterruptible_power_supplies(name: str, expected: Power, monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = await seen(monkeypatch, power, f"librenms/{name}", role="ups")
    assert isinstance(one.value, Power)
    assert one.value.model_dump() == pytest.approx(expected.model_dump())
