"""Secrets by reference: found where they lie, and never in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from auditor import secrets
from probes.errors import SecretError
from tests.world import campus


class _Ring(KeyringBackend):
    priority = -1  # never chosen by itself

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("hunter2")
        return {("campus/net", "ops"): "hunter2"}.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _own_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPUS_SNMP", " hunter2 ")
    assert secrets.resolve("env:CAMPUS_SNMP") == " hunter2 "


FILES = [
    (b"hunter2\n", "hunter2"),
    (b"hunter2", "hunter2"),
    (b"hunter2\r\nsecond line\n", "hunter2"),
    (b"\xef\xbb\xbfhunter2\r\n", "hunter2"),
    ("口令 2 \n".encode(), "口令 2 "),
]


@pytest.mark.parametrize(("content", "secret"), FILES)
def test_from_the_first_line_of_a_file(tmp_path: Path, content: bytes, secret: str) -> None:
    (tmp_path / "s").write_bytes(content)
    assert secrets.resolve(f"file:{tmp_path}/s") == secret


def test_from_the_key_ring_the_user_being_what_follows_the_last_slash() -> None:
    keyring.set_keyring(_Ring())
    assert secrets.resolve("keyring:campus/net/ops") == "hunter2"


def refused(reference: str) -> str:
    with pytest.raises(SecretError) as caught:
        secrets.resolve(reference)
    assert caught.value.exit_code == 2
    assert "hunter2" not in str(caught.value)
    return str(caught.value)


def test_a_variable_that_is_not_set_or_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAMPUS_SNMP", raising=False)
    expected = "the environment variable CAMPUS_SNMP is not set; set it before the audit (env:CAMPUS_SNMP)"
    assert refused("env:CAMPUS_SNMP") == expected
    monkeypatch.setenv("CAMPUS_SNMP", "")
    assert refused("env:CAMPUS_SNMP") == expected


def test_a_variable_that_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPUS_SNMP", "hunter2\udcff")
    assert refused("env:CAMPUS_SNMP") == "the environment variable CAMPUS_SNMP is no UTF-8 text"


def test_files_that_hold_no_secret(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "later").write_text("\nhunter2\n")
    (tmp_path / "gbk").write_bytes("hunter2口令".encode("gbk"))
    (tmp_path / "huge").write_bytes(b"hunter2" * 100_000)
    for name in ("empty", "later", "gbk", "huge"):
        path = tmp_path / name
        expected = f"the file of the secret file:{path} has no text in its first line; write the secret there"
        assert refused(f"file:{path}") == expected
    assert refused(f"file:{tmp_path}/no") == f"the file of the secret file:{tmp_path}/no does not exist; make it"
    assert refused(f"file:{tmp_path}") == f"the file of the secret file:{tmp_path} cannot be read: it is a directory"


def test_a_machine_without_key_ring() -> None:
    keyring.set_keyring(NoKeyring())
    assert refused("keyring:a/b") == "this machine has no key ring for keyring:a/b; use env:NAME or file:PATH"


def test_a_key_ring_that_is_locked_or_holds_nothing() -> None:
    keyring.set_keyring(_Ring(locked=True))
    assert refused("keyring:a/b") == "the key ring does not answer for keyring:a/b; unlock it, or use file:PATH"
    keyring.set_keyring(_Ring())
    assert refused("keyring:a/b") == ("the key ring holds nothing for keyring:a/b; store it with: keyring set a b")


def test_what_is_no_reference_is_not_repeated() -> None:
    assert refused("hunter2") == "a secret is written env:NAME, file:PATH or keyring:SERVICE/USER"


def test_warnings_tell_what_is_missing_and_what_others_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAMPUS_A", raising=False)
    monkeypatch.setenv("CAMPUS_B", "hunter2")
    for name, mode in (("open", 0o644), ("closed", 0o600)):
        (tmp_path / name).write_text("hunter2")
        (tmp_path / name).chmod(mode)
    references = ["env:CAMPUS_A", "env:CAMPUS_B", f"file:{tmp_path}/open", f"file:{tmp_path}/closed", "keyring:a/b"]
    references += [f"file:{tmp_path}/gone", "env:CAMPUS_A"]
    school = campus(
        credential=[{"id": f"c{n}", "kind": "snmp-v2c", "community": one} for n, one in enumerate(references)]
    )
    assert secrets.references(school) == tuple(references[:-1])
    assert [str(one) for one in secrets.warnings(school)] == [
        f"secrets that are not there at present: env:CAMPUS_A, file:{tmp_path}/gone",
        f"any user of this machine may read file:{tmp_path}/open; chmod 600",
    ]
