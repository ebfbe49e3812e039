"""Secrets by reference: ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/USER``. They are fetched when they are used.

No sentence made here holds a secret, or any part of what was found where one was looked for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from probes.campus import Campus, SecretRef
from probes.errors import SecretError
from probes.text import Text, text
from probes.trouble import said_by

SECRET_FIELDS = ("community", "auth_key", "privacy_key", "password", "key_passphrase", "enable", "token")
"""The keys of credentials that hold references to secrets."""

# A secret file holds one line; what is longer is something else, such as a log named by mistake.
_LONGEST = 64 * 1024


def resolve(reference: SecretRef) -> str:
    """Fetch the secret behind a reference.

    Raises:
        SecretError: with what to do; it names the reference, never a value.
    """
    scheme, _, name = reference.partition(":")
    match scheme:
        case "env":
            return _from_environment(name)
        case "file":
            return _from_file(Path(name))
        case "keyring":
            return _from_keyring(name)
        case _:
            # What is no reference may be the secret itself.
            raise SecretError(text("a secret is written env:NAME, file:PATH or keyring:SERVICE/USER"))


def _from_environment(name: str) -> str:
    found = os.environ.get(name)
    if not found:
        raise SecretError(
            text("the environment variable {name} is not set; set it before the audit (env:{name})", name=name)
        )
    try:
        found.encode()
    except UnicodeEncodeError:
        # Not chained: the error would carry the value into a traceback.
        raise SecretError(text("the environment variable {name} is no UTF-8 text", name=name)) from None
    return found


def _from_file(path: Path) -> str:
    """The first line of a file, without its end of line."""
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST + 1)
    except FileNotFoundError as error:
        raise SecretError(text("the file of the secret file:{path} does not exist; make it", path=path)) from error
    except (OSError, ValueError) as error:
        raise SecretError(
            text("the file of the secret file:{path} cannot be read: {reason}", path=path, reason=said_by(error))
        ) from error
    try:
        found = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        found = ""
    if not found or len(line) > _LONGEST:
        raise SecretError(
            text("the file of the secret file:{path} has no text in its first line; write the secret there", path=path)
        )
    return found


def _from_keyring(name: str) -> str:
    import keyring  # noqa: PLC0415  80 ms, and only few schools use it
    from keyring.errors import KeyringError, NoKeyringError  # noqa: PLC0415

    service, _, user = name.rpartition("/")
    try:
        found = keyring.get_password(service, user)
    except NoKeyringError as error:
        raise SecretError(
            text("this machine has no key ring for keyring:{name}; use env:NAME or file:PATH", name=name)
        ) from error
    except (KeyringError, OSError, RuntimeError) as error:
        raise SecretError(
            text("the key ring does not answer for keyring:{name}; unlock it, or use file:PATH", name=name)
        ) from error
    if not found:
        raise SecretError(
            text(
                "the key ring holds nothing for keyring:{name}; store it with: keyring set {service} {user}",
                name=name,
                service=service,
                user=user,
            )
        )
    return found


def references(campus: Campus) -> tuple[SecretRef, ...]:
    """All references of an inventory, each once, in its order."""
    found = [getattr(credential, name, None) for credential in campus.credential for name in SECRET_FIELDS]
    found += [getattr(control, "secret", None) for control in campus.control]
    found += [campus.canary.signing_key] if campus.canary is not None else []
    measuring = (campus.audit.throughput, *campus.place, *campus.uplink)
    found += [getattr(one, "responder_secret", None) for one in measuring]
    found += campus.notify.to if campus.notify is not None else ()
    return tuple(dict.fromkeys(one for one in found if one is not None))


def warnings(campus: Campus) -> Iterable[Text]:
    """What can be said of the references without fetching anything: what is not there, what others may read."""
    missing = [one for one in references(campus) if _is_missing(one)]
    if missing:
        yield text("secrets that are not there at present: {references}", references=", ".join(missing))
    open_ = [one for one in references(campus) if one.startswith("file:") and _others_may_read(Path(one[5:]))]
    if open_:
        yield text("any user of this machine may read {references}; chmod 600", references=", ".join(open_))


def _is_missing(reference: SecretRef) -> bool:
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        return not os.environ.get(name)
    return scheme == "file" and not Path(name).is_file()


def _others_may_read(path: Path) -> bool:
    try:
        # Windows keeps rights elsewhere and always shows these bits.
        return os.name == "posix" and bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
