"""Clients as controllers list them: how many, how strong, by access point; and nobody's address is kept."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probes.access_points import access_points
from probes.dialect import Said, command_rows, load_dialects
from probes.kinds import AccessPoint
from probes.wireless.stations import Clients, by_access_point
from tests.snmp_agent import Agent, Typed, integer, serving, string
from tests.ssh_consoles import PASSWORD, USER, Switch, playing
from tests.world import TestWorld, campus, look

HUAWEI, AIRESPACE = "1.3.6.1.4.1.2011.6.139.", "1.3.6.1.4.1.14179.2."
COMWARE, RUIJIE = "1.3.6.1.4.1.25506.2.75.", "1.3.6.1.4.1.4881.1.1.10.2.56."
AP, OTHER = "0.37.158.18.48.160", "0.37.158.18.48.176"
MAC, OTHER_MAC = bytes.fromhex("00259e1230a0"), bytes.fromhex("00259e1230b0")
CLIENTS = ("20.207.146.2.19.220", "20.207.146.2.19.221", "20.207.146.2.19.222")
SIGNALS = (-52, -61, -90)


def listed(columns: Mapping[str, Mapping[str, Typed]]) -> dict[str, Typed]:
    return {f"{column}.{index}": value for column, rows in columns.items() for index, value in rows.items()}


VENDORS = {
    "huawei-vrp": listed({
        f"{HUAWEI}13.3.3.1.4": {AP: string("AP-301"), OTHER: string("AP-302")},
        f"{HUAWEI}13.3.3.1.6": {AP: integer(8), OTHER: integer(8)},
        f"{HUAWEI}13.3.3.1.44": {AP: integer(3), OTHER: integer(0)},
        f"{HUAWEI}18.1.2.1.4": {one: string("AP-301") for one in CLIENTS},
        f"{HUAWEI}18.1.2.1.42": {one: integer(dbm) for one, dbm in zip(CLIENTS, SIGNALS, strict=True)},
    }),
    "hp-comware": listed({
        f"{COMWARE}2.1.1.1.4": {"3.65.80.49": integer(5), "3.65.80.50": integer(5)},
        f"{COMWARE}2.1.2.1.8": {"3.65.80.49": string("AP-301"), "3.65.80.50": string("AP-302")},
        f"{COMWARE}2.1.2.1.3": {"3.65.80.49": string(MAC), "3.65.80.50": string(OTHER_MAC)},
        f"{COMWARE}2.1.2.1.7": {"3.65.80.49": integer(3), "3.65.80.50": integer(0)},
        f"{COMWARE}3.1.1.1.40": {one: string(MAC) for one in CLIENTS},
        f"{COMWARE}3.1.1.1.6": {one: integer(dbm) for one, dbm in zip(CLIENTS, SIGNALS, strict=True)},
    }),
    "ruijie-os": listed({
        f"{RUIJIE}2.1.1.1.1": {AP: string(MAC), OTHER: string(OTHER_MAC)},
        f"{RUIJIE}2.1.1.1.2": {AP: string("AP-301"), OTHER: string("AP-302")},
        f"{RUIJIE}2.1.1.1.48": {AP: integer(1), OTHER: integer(1)},
        f"{RUIJIE}2.1.1.1.34": {AP: integer(3), OTHER: integer(0)},
        f"{RUIJIE}5.1.1.1.2": {one: string(MAC) for one in CLIENTS},
        f"{RUIJIE}5.1.1.1.21": {one: integer(dbm) for one, dbm in zip(CLIENTS, SIGNALS, strict=True)},
    }),
    "cisco-wlc": listed({
        f"{AIRESPACE}2.1.1.3": {AP: string("AP-301"), OTHER: string("AP-302")},
        f"{AIRESPACE}2.1.1.6": {AP: integer(1), OTHER: integer(1)},
        f"{AIRESPACE}1.4.1.4": {one: string(MAC) for one in CLIENTS},
        f"{AIRESPACE}1.6.1.1": {one: integer(dbm) for one, dbm in zip(CLIENTS, SIGNALS, strict=True)},
    }),
}  # fmt: skip


async def over_snmp(dialect: str, values: Mapping[str, Typed]) -> tuple[dict[str, AccessPoint], str]:
    async with serving(Agent(values)) as port:
        access = {"credential": "ro", "port": port, "timeout_s": 10}
        role = "wireless-controller"
        device = {"id": "ac", "role": role, "address": "127.0.0.1", "dialect": dialect, "snmp": access}
        community = {"id": "ro", "kind": "snmp-v2c", "community": "env:RO"}
        world = TestWorld(campus(credential=[community], device=[device]), secrets={"env:RO": "public"})
        seen = await look(access_points, world, world.campus.device[0])
    found = {one.subject: one.value for one in seen if isinstance(one.value, AccessPoint)}
    written = "".join(one.model_dump_json() for one in seen) + b"".join(world.kept.values()).decode()
    return found, written


@pytest.mark.parametrize("dialect", sorted(VENDORS))
async def test_each_vendor_s_clients_are_counted_and_their_signal_is_the_median(dialect: str) -> None:
    found, written = await over_snmp(dialect, VENDORS[dialect])
    assert set(found) == {"ap:AP-301", "ap:AP-302"}
    busy, idle = found["ap:AP-301"], found["ap:AP-302"]
    assert (busy.clients, busy.clients_heard, busy.client_rssi_dbm) == (3, 3, -61)
    assert (idle.clients_heard, idle.client_rssi_dbm) == (None, None)
    # Neither a client's address, nor the index that holds it, reaches an observation or the evidence.
    assert not [one for one in (*CLIENTS, "14:cf:92", "14cf92") if one in written]


@pytest.mark.parametrize("dialect", sorted(VENDORS))
async def test_without_a_list_of_clients_the_access_points_are_there_as_before(dialect: str) -> None:
    values = {oid: value for oid, value in VENDORS[dialect].items() if not oid.endswith(CLIENTS)}
    found, _ = await over_snmp(dialect, values)
    assert {name: (one.online, one.client_rssi_dbm) for name, one in found.items()} == {
        "ap:AP-301": (True, None), "ap:AP-302": (True, None)}  # fmt: skip


STATIONS = {
    "huawei-vrp": ("display station all", """\
Rf/WLAN: Radio ID/WLAN ID
Rx/Tx: link receive rate/link transmit rate(Mbps)
------------------------------------------------------------------------------------------------------------
STA MAC          AP ID Ap name        Rf/WLAN  Band  Type  Rx/Tx      RSSI  VLAN  IP address       SSID
------------------------------------------------------------------------------------------------------------
14cf-9202-13dc   0     JXL A-301      0/2      2.4G  11n   46/59      -57   101   10.23.101.254    校园网
14cf-9202-13dd   0     JXL A-301      1/2      5G    11ac  156/173    -71   101   10.23.101.253    校园网
14cf-9202-13de   1     area_2         1/2      5G    11ax  -/-        -     101   -                校园网
------------------------------------------------------------------------------------------------------------
Total: 3 2.4G: 1 5G: 2
"""),
    "hp-comware": ("display wlan client verbose", """\
Total number of clients: 3

 MAC address                        : 14cf-9202-13dc
 IPv4 address                       : 10.23.101.254
 Username                           : N/A
 AP ID                              : 1
 AP name                            : JXL A-301
 Radio ID                           : 1
 SSID                               : campus
 RSSI                               : -57
 Rx/Tx rate                         : 130/11

 MAC address                        : 14cf-9202-13dd
 AP name                            : JXL A-301
 SSID                               : campus
 RSSI                               : -71

 MAC address                        : 14cf-9202-13de
 AP name                            : area_2
 RSSI                               : 38
"""),
    "ruijie-os": ("show ac-config client", """\
========= show sta status =========
AP    : ap name/radio id
Total Sta Num : 3
STA MAC        IPV4 Address    AP              Wlan Vlan Status      Asso Auth   Net Auth    Up time
-------------- --------------- --------------- ---- ---- ----------- ----------- ----------- -------------
14cf.9202.13dc 10.10.10.2      JXL-A-301/1     1    10   65.0M/E/bgn OPEN        OPEN        0:00:12:01
14cf.9202.13dd 10.10.10.3      JXL-A-301/2     1    10   65.0M/E/bgn OPEN        OPEN        0:00:12:01
14cf.9202.13de                 area_2/1        1    10   65.0M/E/bgn OPEN        OPEN        0:00:12:01
"""),
}  # fmt: skip


@pytest.mark.parametrize("dialect", sorted(STATIONS))
def test_what_consoles_list(dialect: str) -> None:
    send, answer = STATIONS[dialect]
    (command,) = (one for one in load_dialects()[dialect].readings("stations") if getattr(one, "send", "") == send)
    found = command_rows(command, answer)
    clients = by_access_point(found.rows)
    signal = None if dialect == "ruijie-os" else -64.0
    room = "JXL-A-301" if dialect == "ruijie-os" else "JXL A-301"
    assert clients == {
        room: Clients(2, 0 if signal is None else 2, signal),
        "area_2": Clients(1, 0, None),  # no signal told, or one on a scale of the vendor's own
    }
    nobody = command_rows(command, answer.splitlines()[0 if dialect == "hp-comware" else -1] if dialect != "ruijie-os"
                          else "Total Sta Num : 0\n")  # fmt: skip
    assert (nobody.rows, nobody.understood) == ((), True)


async def test_a_console_s_clients_are_asked_for_behind_what_is_kept() -> None:
    listing = """\
Total AP information:
nor  : normal          [1]
--------------------------------------------------------------------------------------------
ID   MAC            Name      Group   IP            Type            State  STA Uptime
--------------------------------------------------------------------------------------------
0    00e0-fc76-e360 JXL A-301 ap-g1   10.23.100.254 AP5030DN        nor    2   17H:9M:33S
--------------------------------------------------------------------------------------------
Total: 1
"""
    answers = {"display ap all": listing, "display station all": STATIONS["huawei-vrp"][1]}
    with playing(Switch(answers=answers)) as port:
        ssh = {"credential": "ops", "port": port, "timeout_s": 20}
        device = {
            "id": "ac",
            "role": "wireless-controller",
            "address": "127.0.0.1",
            "dialect": "huawei-vrp",
            "ssh": ssh,
        }
        ops = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}
        world = TestWorld(campus(credential=[ops], device=[device]), secrets={"env:P": PASSWORD})
        seen = await look(access_points, world, world.campus.device[0])
    (value,) = (one.value for one in seen if isinstance(one.value, AccessPoint))
    assert (value.clients, value.clients_heard, value.client_rssi_dbm) == (2, 2, -64)
    written = "".join(one.model_dump_json() for one in seen) + b"".join(world.kept.values()).decode()
    assert "00e0-fc76-e360" in written
    assert "14cf-9202" not in written


@pytest.mark.parametrize(("said", "expected"), [
    ([("AP-1", "-50"), ("AP-1", "-60"), ("AP-1", "0")], Clients(3, 2, -55)),
    ([("AP-1", "45")], Clients(1, 0, None)),
    ([("AP-1", "-200")], Clients(1, 0, None)),
    ([("AP-1", "<script>")], Clients(1, 0, None)),
])  # fmt: skip
def test_what_is_no_signal_in_dbm_counts_as_none(said: list[tuple[str, str]], expected: Clients) -> None:
    rows = [Said({"ap": name, "rssi_dbm": dbm}, "") for name, dbm in said]
    assert by_access_point(rows) == {"AP-1": expected}
