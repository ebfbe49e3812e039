"""The probe against net-snmp's own snmpd on loopback: versions 1, 2c and 3, right and wrong credentials.

What is true of the interfaces is read from the kernel (sysfs), not from SNMP.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probes.errors import SecretError, TransportError
from probes.kinds import Port
from probes.observation import Observation, Reason, Status
from probes.ports import ports
from probes.text import text
from probes.transport.snmp import open_session
from tests.snmp_engines import engine
from tests.snmp_servers import HOST, free_udp_port, have_snmpd, snmpd
from tests.world import TestWorld, campus, look

__all__ = ["engine"]
pytestmark = [pytest.mark.lab, pytest.mark.skipif(not have_snmpd(), reason="snmpd is not installed")]

AUTH, PRIVACY = "auth-pass-1234", "privacy-pass-1234"
USERS = [  # user, auth and privacy in our words, and in snmpd's
    ("md5-des", "MD5", "DES", "MD5", "DES"),
    ("sha-aes128", "SHA", "AES128", "SHA", "AES"),
    ("sha224-aes128", "SHA224", "AES128", "SHA-224", "AES"),
    ("sha256-aes128", "SHA256", "AES128", "SHA-256", "AES"),
    ("sha256-aes192", "SHA256", "AES192", "SHA-256", "AES-192"),
    ("sha384-aes256", "SHA384", "AES256", "SHA-384", "AES-256"),
    ("sha512-aes256", "SHA512", "AES256", "SHA-512", "AES-256"),
    ("sha-aes192", "SHA", "AES192", "SHA", "AES-192"),
    ("sha-aes256-cisco", "SHA", "AES256", "SHA", "AES-256-C"),
    ("sha-only", "SHA", None, "SHA", None),
]


def in_snmpd_conf() -> list[str]:
    lines = [
        "sysName lab",
        "view system included .1.3.6.1.2.1.1",
        "rocommunity narrow default -V system",
    ]
    for user, _, _, auth, privacy in USERS:
        encrypted = f' {privacy} "{PRIVACY}"' if privacy else ""
        lines += [f'createUser {user} {auth} "{AUTH}"{encrypted}', f"rouser {user} {'priv' if privacy else 'auth'}"]
    return lines


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with snmpd(tmp_path_factory.mktemp("snmpd"), *in_snmpd_conf()) as port:
        yield port


def v3(user: str, auth: str | None = None, privacy: str | None = None, **other: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": "snmp-v3", "user": user}
    if auth:
        entry |= {"auth": auth, "auth_key": "env:AUTH"}
    if privacy:
        entry |= {"privacy": privacy, "privacy_key": "env:PRIVACY"}
    return entry | other


def v2c(reference: str = "env:PUBLIC") -> dict[str, Any]:
    return {"kind": "snmp-v2c", "community": reference}


def world_with(credential: dict[str, Any], port: int, **access: Any) -> TestWorld:
    snmp = {"credential": "ro", "port": port, "timeout_s": 0.4, "retries": 1, **access}
    return TestWorld(
        campus(
            credential=[{"id": "ro", **credential}],
            device=[{"id": "lab", "role": "server", "address": HOST, "snmp": snmp}],
        ),
        secrets={
            "env:PUBLIC": "public",
            "env:NARROW": "narrow",
            "env:WRONG": "wrong-pass-9999",
            "env:SHORT": "short",
            "env:AUTH": AUTH,
            "env:PRIVACY": PRIVACY,
        },
    )


async def observed(world: TestWorld) -> list[Observation]:
    return await look(ports, world, world.campus.device[0])


def asked_by(world: TestWorld) -> str:
    """The engine that read the interfaces, as the evidence has it; the second only confirms what is missing."""
    head = b"".join(world.kept.values()).decode().partition("\n")[0]
    return head.partition(", by ")[2].partition(" and ")[0]


async def refusal(credential: dict[str, Any], port: int, **access: Any) -> tuple[Reason | None, str]:
    (observation,) = await observed(world_with(credential, port, **access))
    assert (observation.status, observation.subject) == (Status.UNAVAILABLE, "lab")
    return observation.reason, observation.detail


def kernel_interfaces() -> dict[str, bool]:
    """Interfaces of this host and whether they are administratively up (IFF_UP)."""
    return {
        link.name: bool(int((link / "flags").read_text(), 16) & 1)
        for link in Path("/sys/class/net").iterdir()
        if (link / "flags").exists()
    }


@pytest.mark.parametrize("kind", ["snmp-v1", "snmp-v2c"])
async def test_the_interfaces_of_this_host_by_community(kind: str, agent: int, engine: str) -> None:
    world = world_with({"kind": kind, "community": "env:PUBLIC"}, agent)
    observations = await observed(world)
    assert asked_by(world) == ("pysnmp" if kind == "snmp-v1" else engine)
    seen = {one.subject: one.value for one in observations}
    expected = kernel_interfaces()
    assert set(seen) == {f"lab:{name}" for name in expected}
    for name, up in expected.items():
        port = seen[f"lab:{name}"]
        assert isinstance(port, Port)
        assert port.admin_up is up
    loopback = seen["lab:lo"]
    assert isinstance(loopback, Port)
    assert (loopback.speed_mbps, loopback.oper_up, loopback.physical) == (10, True, False)


@pytest.mark.parametrize(("user", "auth", "privacy"), [row[:3] for row in USERS], ids=[row[0] for row in USERS])
async def test_snmp_v3_with_every_algorithm(user: str, auth: str, privacy: str | None, agent: int, engine: str) -> None:
    world = world_with(v3(user, auth, privacy), agent)
    observations = await observed(world)
    # Keys that are extended after Reeder are tried by pysnmp alone.
    assert asked_by(world) == ("pysnmp" if user.endswith("cisco") else engine)
    assert {one.subject for one in observations} == {f"lab:{name}" for name in kernel_interfaces()}
    evidence = b"".join(world.kept.values())
    assert b'1.3.6.1.2.1.31.1.1.1.1.1 = OctetString: "lo"' in evidence
    assert AUTH.encode() not in evidence
    assert PRIVACY.encode() not in evidence


@pytest.mark.usefixtures("engine")
async def test_a_wrong_community_looks_like_no_answer_and_the_sentence_says_so(agent: int) -> None:
    reason, sentence = await refusal(v2c("env:WRONG"), agent)
    assert reason is Reason.NO_ANSWER
    assert f"127.0.0.1 port {agent}/udp did not answer SNMP v2c (2 tries of 0.4 s)" in sentence
    assert "a wrong community looks exactly like no answer" in sentence
    assert "wrong-pass" not in sentence


@pytest.mark.usefixtures("engine")
async def test_nobody_there() -> None:
    port = free_udp_port()
    reason, sentence = await refusal(v3("sha-aes128", "SHA", "AES128"), port)
    assert reason is Reason.NO_ANSWER
    assert f"127.0.0.1 port {port}/udp did not answer SNMP v3" in sentence


@pytest.mark.parametrize(
    ("credential", "sentence"),
    [
        (v3("nobody", "SHA", "AES128"), "does not know the SNMPv3 user nobody"),
        (v3("sha-aes128", "SHA", "AES128", auth_key="env:WRONG"), "rejects the authentication"),
        (v3("sha-aes128", "SHA256", "AES128"), "rejects the authentication"),
        (v3("sha-aes128", "SHA", "AES128", privacy_key="env:WRONG"), "privacy or privacy_key is most likely not"),
        (v3("sha-aes128", "SHA", "DES"), "privacy or privacy_key is most likely not"),
        (v3("sha-aes256-cisco", "SHA", "AES256", privacy_key="env:WRONG"), "privacy or privacy_key is most likely not"),
        (v3("sha-only", "SHA", "AES128"), "does not allow SNMPv3 user sha-only this security level"),
    ],
    ids=["user", "auth key", "auth protocol", "privacy key", "privacy protocol", "AES-256 key", "level"],
)
@pytest.mark.usefixtures("engine")
async def test_wrong_v3_credentials_are_failed_authentication(
    credential: dict[str, Any], sentence: str, agent: int
) -> None:
    reason, said = await refusal(credential, agent)
    assert (reason, sentence in said) == (Reason.AUTHENTICATION_FAILED, True), said
    assert "ro" in said
    assert "wrong-pass" not in said


@pytest.mark.usefixtures("engine")
async def test_a_context_that_the_device_does_not_have(agent: int) -> None:
    reason, said = await refusal(v3("sha-aes128", "SHA", "AES128"), agent, context="vlan-7")
    assert (reason, "context" in said) == (Reason.AUTHENTICATION_FAILED, True), said


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("credential", [v3("sha-aes128", "SHA"), v3("sha-aes128")], ids=["authNoPriv", "noAuthNoPriv"])
async def test_a_security_level_below_what_the_device_asks_for(credential: dict[str, Any], agent: int) -> None:
    reason, said = await refusal(credential, agent)
    assert (reason, "security level" in said) == (Reason.VIEW_TOO_NARROW, True), said


@pytest.mark.usefixtures("engine")
async def test_a_view_without_the_interfaces(agent: int) -> None:
    reason, said = await refusal(v2c("env:NARROW"), agent)
    assert (reason, "IF-MIB" in said) == (Reason.VIEW_TOO_NARROW, True), said


@pytest.mark.parametrize(
    ("credential", "sentence"),
    [
        (v3("u", "SHA", "AES128", auth_key="env:SHORT"), "auth_key of SNMP credential ro is too short"),
        (v3("u", "SHA", "AES128", privacy_key="env:SHORT"), "privacy_key of SNMP credential ro is too short"),
        ({"kind": "snmp-v3", "user": "u", "auth": "SHA"}, "SNMP credential ro lacks auth_key"),
        ({"kind": "snmp-v3", "user": "u", "privacy": "DES", "privacy_key": "env:PRIVACY"}, "privacy without auth"),
        ({"kind": "ssh", "user": "u"}, "no SNMP credential of that id"),
    ],
)
async def test_credentials_that_cannot_work_are_named_before_anything_is_sent(
    credential: dict[str, Any], sentence: str
) -> None:
    reason, said = await refusal(credential, free_udp_port())
    assert (reason, sentence in said) == (Reason.NO_CREDENTIAL, True), said


async def test_a_secret_that_cannot_be_had() -> None:
    class Forgetful(TestWorld):
        def secret(self, reference: str) -> str:
            raise SecretError(text("environment variable {name} is not set", name=reference[4:]))

    world = Forgetful(world_with(v2c(), free_udp_port()).campus)
    (observation,) = await observed(world)
    assert (observation.reason, observation.detail) == (
        Reason.SECRET_MISSING,
        "environment variable PUBLIC is not set",
    )


@pytest.mark.parametrize(
    ("address", "reason", "sentence"),
    [
        ("no-such-host.invalid", Reason.NAME_NOT_FOUND, "the name no-such-host.invalid of device lab cannot be"),
        ("bad host", Reason.NAME_NOT_FOUND, "the name bad host of device lab"),
        ("255.255.255.255", Reason.UNREACHABLE, "this computer has no route to 255.255.255.255"),
    ],
)
async def test_addresses_that_lead_nowhere(address: str, reason: Reason, sentence: str) -> None:
    world = world_with(v2c(), 161)
    device = world.campus.device[0].model_copy(update={"address": address})
    with pytest.raises(TransportError) as caught:
        async with open_session(world, device):
            pass
    assert (caught.value.reason, sentence in str(caught.value)) == (reason, True), str(caught.value)


@pytest.mark.usefixtures("engine")
async def test_two_devices_with_one_engine_id_are_both_read(tmp_path: Path) -> None:
    configuration = [
        "exactEngineID 0x80001f8804636c6f6e6564",
        f'createUser clone SHA "{AUTH}" AES "{PRIVACY}"',
        "rouser clone priv",
    ]
    young, old = tmp_path / "young", tmp_path / "old"
    young.mkdir()
    old.mkdir()
    with snmpd(old, *configuration):
        pass  # one more boot, so that the two count their boots differently
    with snmpd(old, *configuration) as old_port, snmpd(young, *configuration) as young_port:
        worlds = [world_with(v3("clone", "SHA", "AES128"), port) for port in (old_port, young_port)]
        async with (
            open_session(worlds[0], worlds[0].campus.device[0]) as first,
            open_session(worlds[1], worlds[1].campus.device[0]) as second,
        ):
            answers = [await session.get("1.3.6.1.6.3.10.2.1.2.0") for session in (first, second) * 3]
    boots = [answer["1.3.6.1.6.3.10.2.1.2.0"] for answer in answers]
    assert boots == [2, 1] * 3
