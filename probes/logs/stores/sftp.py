"""A directory of another machine, over SFTP: listed and read, and nothing else.

Host keys are remembered and compared like those of consoles, before anybody logs in.
"""

from __future__ import annotations

import logging
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from probes.campus import SecretRef, SftpStore, SshCredential
from probes.errors import SecretError, TransportError
from probes.logs.tree import MOST_DEEP, Listing, LogFile, pattern_of
from probes.observation import Reason
from probes.probe import Context
from probes.text import Text, text
from probes.transport.known_hosts import fingerprint
from probes.trouble import said_by

_READ_AHEAD = 1 << 18


@contextmanager
def open_shelf(ctx: Context, store: SftpStore) -> Iterator[SftpShelf]:
    """The directory, as long as the connection lasts.

    Raises:
        TransportError: no login, not reachable, refused, or no SFTP there.
    """
    import paramiko  # noqa: PLC0415  costs 0.1 s

    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    credential = ctx.campus.find_credential(store.credential)
    if not isinstance(credential, SshCredential):
        raise TransportError(Reason.NO_CREDENTIAL, _failed(store, text("it names no credential of kind ssh")))
    connected = _reach(store)
    link = None
    try:
        link = paramiko.Transport(connected)
        link.banner_timeout = link.auth_timeout = link.handshake_timeout = store.timeout_s
        known = ctx.world.known_hosts
        options = link.get_security_options()
        met = known.key_types(store.address, store.port)
        # The kinds of key that are remembered first: another kind of the same machine would look like another machine.
        options.key_types = sorted(options.key_types, key=lambda kind: kind not in met)
        link.start_client(timeout=store.timeout_s)
        key = link.get_remote_server_key()
        said = known.meet(store.address, store.port, key)
        _log_in(ctx, link, credential)
        client = paramiko.SFTPClient.from_transport(link)
        if client is None:
            raise TransportError(Reason.NOT_SUPPORTED, _failed(store, text("it offers no SFTP")))
        client.get_channel().settimeout(store.timeout_s)
        yield SftpShelf(client, store, f"{fingerprint(key)} ({said})")
    except paramiko.AuthenticationException:
        raise TransportError(Reason.AUTHENTICATION_FAILED, _failed(store, text("login refused"))) from None
    except (paramiko.SSHException, EOFError) as error:
        shown = " ".join(str(error).split())[:200] or type(error).__name__
        raise TransportError(Reason.UNEXPECTED_ANSWER, _failed(store, shown)) from None
    finally:
        if link is not None:
            link.close()
        connected.close()


class SftpShelf:
    """A directory of another machine.

    Attributes:
        about: for the evidence, the machine's key and whether it was met before.
    """

    kind = "sftp"

    def __init__(self, client: Any, store: SftpStore, about: str) -> None:
        self._client = client
        self._store = store
        self.about = about

    def listing(self, pattern: str) -> Listing:
        """The files that match; raises ``OSError`` where the directory cannot be listed."""
        wanted = pattern_of(pattern)
        closed: list[tuple[str, str]] = []
        found = {file.name: file for file in self._walk(closed) if wanted.fullmatch(file.name)}
        return Listing(tuple(found[name] for name in sorted(found)), tuple(closed))

    def free(self) -> int | None:
        """Not told: the protocol's version 3 has no question for it, and its extension is not everywhere."""
        return None

    def _walk(self, closed: list[tuple[str, str]]) -> Iterator[LogFile]:
        root = self._store.path.rstrip("/") or "/"
        if not stat.S_ISDIR(self._client.stat(root).st_mode or 0):
            raise NotADirectoryError(root)
        waiting, been = [(root, "")], set()
        while waiting:
            directory, prefix = waiting.pop()
            try:
                true = self._client.normalize(directory)
                if true in been or prefix.count("/") > MOST_DEEP:
                    continue
                been.add(true)
                entries = self._client.listdir_attr(directory)
            except OSError as error:
                if not prefix:
                    raise
                closed.append((prefix, str(said_by(error))))
                continue
            for entry in entries:
                path = f"{directory.rstrip('/')}/{entry.filename}"
                about = entry
                if stat.S_ISLNK(entry.st_mode or 0):
                    with suppress(OSError):  # a link that leads nowhere stays what it is
                        about = self._client.stat(path)
                if stat.S_ISDIR(about.st_mode or 0):
                    waiting.append((path, f"{prefix}{entry.filename}/"))
                elif stat.S_ISREG(about.st_mode or 0):
                    yield self._file(path, prefix + entry.filename, about)

    def _file(self, path: str, name: str, about: Any) -> LogFile:
        # The protocol knows no inodes. A file that is rotated meanwhile keeps its time and size: that is its identity.
        identity = (f"{about.st_mtime}:{name if about.st_size == 0 else ''}", about.st_size or 0)
        return LogFile(path, name, identity, about.st_size or 0, float(about.st_mtime or 0), self._open)

    def _open(self, file: LogFile) -> BinaryIO:
        stream = self._client.open(file.path, "rb", bufsize=0)
        try:
            now = stream.stat()
            if (now.st_size or 0) < file.size:
                raise FileNotFoundError(file.name)  # rotated away meanwhile
        except OSError:
            stream.close()
            raise
        return cast("BinaryIO", _Reading(stream, file.size))


class _Reading:
    """A remote file; whoever reads it in order is served ahead, so that each block does not cost a journey."""

    def __init__(self, inner: Any, size: int) -> None:
        self._inner = inner
        self._size = size
        self._read = 0
        self._ahead = False

    def read(self, size: int = -1) -> bytes:
        if not self._ahead and self._read > _READ_AHEAD:
            # Only what a reading from end to end will need anyway.
            self._inner.prefetch(self._size)
            self._ahead = True
        data: bytes = self._inner.read(size)
        self._read += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._inner.seek(offset, whence)
        return int(self._inner.tell())

    def tell(self) -> int:
        return int(self._inner.tell())

    def seekable(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._inner.close()


def _reach(store: SftpStore) -> socket.socket:
    try:
        return socket.create_connection((store.address, store.port), timeout=store.timeout_s)
    except (socket.gaierror, UnicodeError) as error:
        reason, said = Reason.NAME_NOT_FOUND, str(error)
    except ConnectionRefusedError as error:
        reason, said = Reason.REFUSED, str(said_by(error))
    except TimeoutError as error:
        reason, said = Reason.TIMEOUT, str(error) or "timed out"
    except OSError as error:
        reason, said = Reason.UNREACHABLE, str(said_by(error))
    raise TransportError(reason, _failed(store, said))


def _log_in(ctx: Context, link: Any, credential: SshCredential) -> None:
    import paramiko  # noqa: PLC0415  loaded already

    if credential.key_file is not None:
        try:
            key = paramiko.PKey.from_path(
                Path(credential.key_file).expanduser(), _secret(ctx, credential.key_passphrase)
            )
        except (OSError, ValueError, TypeError, paramiko.SSHException, paramiko.UnknownKeyType) as error:
            detail = text(
                "the key file {file} cannot be used: {error}", file=credential.key_file, error=str(error)[:200]
            )
            raise TransportError(Reason.SECRET_MISSING, detail) from None
        link.auth_publickey(credential.user, key)
    else:
        link.auth_password(credential.user, _secret(ctx, credential.password) or "")


def _secret(ctx: Context, reference: SecretRef | None) -> str | None:
    try:
        return None if reference is None else ctx.world.secret(reference)
    except SecretError as error:
        raise TransportError(Reason.SECRET_MISSING, error.text) from None


def _failed(store: SftpStore, said: Text | str) -> Text:
    return text("SFTP to {host} port {port}: {said}", host=store.address, port=store.port, said=said)
