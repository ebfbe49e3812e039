"""What an SSH session agrees upon: modern algorithms first, weak ones recorded, host keys remembered and compared."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import paramiko
import pytest

from probes.errors import TransportError
from probes.observation import Reason
from probes.transport.known_hosts import KnownHosts, fingerprint
from probes.transport.ssh import SshSession, open_session
from probes.transport.ssh_link import WEAK, Link
from tests.ssh_consoles import PASSWORD, USER, Switch, playing
from tests.world import TestWorld, campus

OLD: dict[str, tuple[str, ...]] = {
    "kex": ("diffie-hellman-group1-sha1",),
    "key_types": ("ssh-rsa",),
    "ciphers": ("3des-cbc",),
    "digests": ("hmac-md5",),
}


@pytest.fixture(scope="module")
def rsa() -> Any:
    return paramiko.RSAKey.generate(2048)


@asynccontextmanager
async def session_at(port: int, known: KnownHosts | None = None) -> AsyncIterator[SshSession]:
    entry = {"id": "ops", "kind": "ssh", "user": USER, "password": "env:P"}
    ssh = {"credential": "ops", "port": port, "timeout_s": 10}
    device = {"id": "sw-1", "role": "core-switch", "address": "127.0.0.1", "dialect": "huawei-vrp", "ssh": ssh}
    described = campus(credential=[entry], device=[device])
    world = TestWorld(described, secrets={"env:P": PASSWORD}, known_hosts=known or KnownHosts())
    async with open_session(world, described.device[0]) as session:
        yield session


def ours() -> dict[str, tuple[str, ...]]:
    """What a client of ours offers, in its order."""
    import socket  # noqa: PLC0415  a pair of ends that lead nowhere

    left, right = socket.socketpair()
    with left, right:
        offered = Link(left).get_security_options()
        return {kind: getattr(offered, kind) for kind in ("kex", "key_types", "ciphers", "digests")}


def test_every_modern_algorithm_stands_before_every_weak_one() -> None:
    for kind, names in ours().items():
        weak = [name in WEAK for name in names]
        assert weak == sorted(weak), kind
        assert not weak[0], kind
        assert weak[-1], f"{kind}: old switches know nothing else"


async def test_a_switch_that_knows_only_what_is_old_is_reached_and_that_is_recorded(rsa: Any) -> None:
    with playing(Switch({}, algorithms=OLD, key=rsa)) as port:
        async with session_at(port) as session:
            assert session.legacy == ("diffie-hellman-group1-sha1", "ssh-rsa", "3des-cbc", "hmac-md5")
            assert "# weak, but it offers nothing better: diffie-hellman-group1-sha1 ssh-rsa" in session.raw()


async def test_a_switch_that_can_do_both_is_spoken_to_in_the_modern_way(rsa: Any) -> None:
    both = {kind: tuple(reversed(names)) for kind, names in ours().items()}  # the server's wish does not count
    with playing(Switch({}, algorithms=both, key=rsa)) as port:
        async with session_at(port) as session:
            assert session.legacy == ()
            assert session.server == "SSH-2.0-HUAWEI-1.5"


@pytest.mark.parametrize(
    ("kind", "names", "weak"),
    [
        ("ciphers", ("aes128-cbc", "aes128-gcm@openssh.com"), ()),  # which paramiko alone would get wrong
        ("ciphers", ("aes256-cbc",), ("aes256-cbc",)),
        ("digests", ("hmac-sha1-96", "hmac-sha1"), ()),
        ("digests", ("hmac-sha1-96",), ("hmac-sha1-96",)),
        ("kex", ("diffie-hellman-group14-sha1", "diffie-hellman-group14-sha256"), ()),
        ("kex", ("diffie-hellman-group14-sha1",), ("diffie-hellman-group14-sha1",)),
    ],
)
async def test_only_what_there_was_no_way_around_is_recorded(
    kind: str, names: tuple[str, ...], weak: tuple[str, ...]
) -> None:
    with playing(Switch({}, algorithms={kind: names})) as port:
        async with session_at(port) as session:
            assert session.legacy == weak


async def test_a_server_of_version_1_says_what_to_do() -> None:
    with (
        playing(Switch({}, version="SSH-1.5-Cisco-1.25")) as port,
        pytest.raises(TransportError, match="only SSH version 1") as caught,
    ):
        async with session_at(port):
            pytest.fail("it speaks no SSH 2")
    assert caught.value.reason is Reason.NOT_SUPPORTED


async def test_a_key_is_remembered_at_the_first_visit_and_compared_at_the_next(tmp_path: Path) -> None:
    file = tmp_path / "school.known_hosts"
    switch = Switch({})
    with playing(switch) as port:
        async with session_at(port, KnownHosts(file)) as session:
            assert f"# host key: {fingerprint(switch.key)} (met for the first time and remembered)" in session.raw()
        assert file.read_text() == f"[127.0.0.1]:{port} {switch.key.get_name()} {switch.key.get_base64()}\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        async with session_at(port, KnownHosts(file)) as session:
            assert f"# host key: {fingerprint(switch.key)} (as remembered)" in session.raw()
    assert len(file.read_text().splitlines()) == 1


async def test_another_key_is_refused_before_the_password_is_sent(tmp_path: Path, rsa: Any) -> None:
    file, switch = tmp_path / "school.known_hosts", Switch({})
    with playing(switch) as port:
        other = paramiko.ECDSAKey.generate()
        for impostor in (other, rsa):  # also one of another kind
            before = f"[127.0.0.1]:{port} {impostor.get_name()} {impostor.get_base64()}\n"
            file.write_text(before)
            with pytest.raises(TransportError) as caught:
                async with session_at(port, KnownHosts(file)):
                    pytest.fail("nobody may log in")
            assert caught.value.reason is Reason.HOST_KEY_CHANGED
            sentence = str(caught.value.text)
            for part in (
                fingerprint(switch.key),
                fingerprint(impostor),
                f"begins with [127.0.0.1]:{port}",
                str(file),
                "nobody logged in",
            ):
                assert part in sentence
            assert file.read_text() == before
    assert not switch.received


async def test_a_check_compares_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "school.known_hosts"
    with playing(Switch({})) as port:
        async with session_at(port, KnownHosts(file, remembers=False)) as session:
            assert "met for the first time, not remembered by a check" in session.raw()
    assert not file.exists()


async def test_the_kind_of_key_that_is_known_is_asked_for(tmp_path: Path, rsa: Any) -> None:
    """A device that has been given an ed25519 key besides must not look like an impostor."""
    file = tmp_path / "school.known_hosts"
    with playing(Switch({}, key=rsa)) as port:
        file.write_text(f"[127.0.0.1]:{port} {rsa.get_name()} {rsa.get_base64()}\n")
        async with session_at(port, KnownHosts(file)) as session:
            assert "rsa-sha2-512" in session.raw(), "the known key, and signed in the modern way"
            assert session.legacy == ()


async def test_a_folder_that_cannot_be_written_to_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    with playing(Switch({})) as port:
        async with session_at(port, KnownHosts(tmp_path / "a-file" / "known_hosts")) as session:
            assert "it could not be remembered" in session.raw()


async def test_a_file_of_remembered_keys_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    with playing(Switch({})) as port, pytest.raises(TransportError, match="cannot be read") as caught:
        async with session_at(port, KnownHosts(tmp_path)):
            pytest.fail("nothing could be compared")
    assert caught.value.reason is Reason.FILE_UNREADABLE


async def test_garbage_between_remembered_keys_is_passed_over(tmp_path: Path) -> None:
    file, switch = tmp_path / "school.known_hosts", Switch({})
    with playing(switch) as port:
        right = f"[127.0.0.1]:{port} {switch.key.get_name()} {switch.key.get_base64()}"
        file.write_text(f"# by hand\n\nnonsense\n* ssh-rsa !!!\n{right}\n")
        async with session_at(port, KnownHosts(file)) as session:
            assert "(as remembered)" in session.raw()


async def test_what_was_asked_at_login_and_answered_with_no_can_be_seen() -> None:
    question = "\r\nWarning: The initial password poses security risks.\r\n"
    switch = Switch({}, questions=(question + "The password needs to be changed. Change now? [Y/N]:",))
    with playing(switch) as port:
        async with session_at(port) as session:
            assert session.declined == ("The password needs to be changed. Change now? [Y/N]:",)
    assert switch.typed[0] == "N"
