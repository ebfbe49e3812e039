"""Credentials given on the command line, by reference: ``--snmp env:NAME``, ``--snmp-v3 …``, ``--ssh …``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from pydantic import TypeAdapter, ValidationError

from auditor import secrets
from probes.campus import Credential
from probes.errors import AuditorError
from probes.text import Text, text

_CREDENTIAL: TypeAdapter[Credential] = TypeAdapter(Credential)


class LoginError(AuditorError):
    """A credential on the command line is not written as it has to be.

    Its words are never repeated: they may hold a secret.
    """

    exit_code = 2


def credentials(options: argparse.Namespace) -> tuple[Credential, ...]:
    """The credentials of the options; every secret is fetched once, so that a missing one shows at once.

    Raises:
        LoginError: for a form that is none.
        SecretError: for a secret that cannot be had.
    """
    found = [*_communities(options.snmp), *_v3(options.snmp_v3), *_ssh(options.ssh)]
    for one in found:
        for field in secrets.SECRET_FIELDS:
            reference = getattr(one, field, None)
            if reference is not None:
                secrets.resolve(reference)
    return tuple(found)


def _communities(given: Sequence[str]) -> Iterator[Credential]:
    wanted = text("--snmp takes a reference to the community: env:NAME, file:PATH or keyring:SERVICE/USER")
    for number, reference in enumerate(given, 1):
        yield _made(wanted, id=f"snmp-{number}", kind="snmp-v2c", community=reference)


def _v3(given: Sequence[str]) -> Iterator[Credential]:
    wanted = text(
        "--snmp-v3 takes USER, or USER,AUTH,env:KEY, or USER,AUTH,env:KEY,PRIVACY,env:KEY; such as "
        "auditor,SHA256,env:AUTH,AES128,env:PRIV"
    )
    names = ("user", "auth", "auth_key", "privacy", "privacy_key")
    for number, words in enumerate(given, 1):
        parts = words.split(",")
        if len(parts) not in {1, 3, 5}:
            raise LoginError(wanted)
        yield _made(wanted, id=f"snmp-v3-{number}", kind="snmp-v3", **dict(zip(names, parts, strict=False)))


def _ssh(given: Sequence[str]) -> Iterator[Credential]:
    wanted = text("--ssh takes USER,env:PASSWORD, with a reference to the password, never the password itself")
    for number, words in enumerate(given, 1):
        user, comma, reference = words.partition(",")
        if not comma:
            raise LoginError(wanted)
        yield _made(wanted, id=f"ssh-{number}", kind="ssh", user=user, password=reference)


def _made(wanted: Text, **fields: str) -> Credential:
    try:
        return _CREDENTIAL.validate_python(fields)
    except ValidationError:
        # Not chained: the error would carry what was typed, perhaps a password.
        raise LoginError(wanted) from None
