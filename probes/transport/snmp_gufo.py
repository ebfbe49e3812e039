"""SNMP carried by gufo-snmp (Rust): the fast lane for devices that behave, where its wheels exist.

It takes a third (v2c) to a twentieth (v3) of the CPU that pysnmp does, but it does not tell an error-status from an
end, knows no SNMPv3 context and has one column in a request. So it never has the last word: whatever is not plainly in
order (``Detour``) is asked again through the careful engine, which goes on where the lane stopped. What it is not used
for at all stands in ``fitting``.

The sockets of its module ``_fast`` are used, for only they tell a column's end (``None`` behind the last row) from an
answer that holds nothing; ``pyproject.toml`` keeps to the minor version whose sockets these are.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Self, TypeVar

from probes.campus import SnmpV3Credential
from probes.transport.snmp_engine import Peer, SilenceError, Value
from probes.transport.snmp_shape import well_formed

if TYPE_CHECKING:
    from gufo.snmp import User

T = TypeVar("T")
Row = tuple[str, Value]

_KINDS: Mapping[type, str] = {int: "Number", bytes: "OctetString", str: "Dotted"}

_LONGEST_DATAGRAM = 65_536

_REFRESH_S = 100.0
"""An SNMPv3 peer's clock is asked for again after so long: its window is 150 s (RFC 3414, 2.2.3)."""


class Detour(Exception):  # noqa: N818  not an error: the careful engine takes over
    """What came is not plainly in order."""


def fitting(peer: Peer) -> bool:
    """Whether the lane can carry questions to this peer.

    SNMPv1 has no GETBULK, and pysnmp asks many columns at once; 3DES and contexts gufo-snmp does not know; and it
    needs an event loop that watches file descriptors, which that of Windows does not.
    """
    if peer.version == "1" or peer.context:
        return False
    if isinstance(peer.credential, SnmpV3Credential) and peer.credential.privacy == "3DES":
        return False
    if type(asyncio.get_running_loop()).add_reader is asyncio.AbstractEventLoop.add_reader:
        return False
    try:
        import gufo.snmp._fast  # noqa: F401, PLC0415  absent where there is no wheel
    except ImportError:
        return False
    return True


class GufoLane:
    """One peer's socket; one question at a time."""

    def __init__(self, peer: Peer, tries: int) -> None:
        self._peer = peer
        self._tries = tries
        self._loop = asyncio.get_running_loop()
        self._one_at_a_time = asyncio.Lock()
        self._closed = False
        self._user: User | None = None
        self._fresh_until = 0.0
        self._socket = self._opened()
        self._view = socket.socket(fileno=os.dup(self._socket.get_fd()))
        self._buffer = bytearray(_LONGEST_DATAGRAM)

    @classmethod
    def open(cls, peer: Peer, tries: int) -> Self | None:
        """The lane to a peer, or ``None`` where it does not fit or the system refuses a socket; sends nothing."""
        if not fitting(peer):
            return None
        try:
            return cls(peer, tries)
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Give back the socket, or let whoever is waiting at it do so."""
        self._closed = True
        if not self._one_at_a_time.locked():
            self._release_if_closed()

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """Those of the variables that the peer has; one that is missing may be missing for any reason.

        Raises:
            SilenceError: nothing came back.
            Detour: something else than an answer did.
        """
        wanted = list(oids)
        return await self._ask(lambda: self._socket.send_get_many(wanted), self._socket.recv_get_many)

    def column(self, oid: str, repetitions: int) -> Column:
        """A column to be read from its head, so many rows a request."""
        from gufo.snmp._fast import GetIter  # noqa: PLC0415  see ``fitting``

        return Column(self, GetIter(oid, repetitions))

    async def rows(self, place: Any) -> list[Row | None]:
        """The next rows of a column; raises as ``get`` does."""
        return await self._ask(lambda: self._socket.send_get_bulk(place), lambda: self._socket.recv_get_bulk(place))

    def _release_if_closed(self) -> None:
        if self._closed:
            self._view.close()
            self._socket = None

    def _opened(self) -> Any:
        from gufo.snmp import _fast  # noqa: PLC0415  see ``fitting``
        from gufo.snmp.utils import format_sock_addr  # noqa: PLC0415  the same

        where = format_sock_addr(self._peer.address, self._peer.port)
        if self._peer.version == "2c":
            return _fast.SnmpV2cClientSocket(where, self._peer.community, 0, 0, 0, 0)
        self._user = _user(self._peer)
        return _fast.SnmpV3ClientSocket(where, b"", "", 0, b"", 0, b"", 0, 0, 0, 0)

    async def _ask(self, send: Callable[[], None], receive: Callable[[], T]) -> T:
        async with self._one_at_a_time:
            if self._closed:  # by somebody who waited before us
                raise Detour
            try:
                if self._user is not None and monotonic() >= self._fresh_until:
                    await self._introduce(self._user)
                return await self._exchange(send, receive)
            finally:
                self._release_if_closed()

    async def _introduce(self, user: User) -> None:
        """SNMPv3's discovery: the peer's engine id, then its boots and time under the user's keys."""
        here = self._socket
        if not self._fresh_until:
            await self._exchange(here.send_refresh, here.recv_refresh)
            keys = (user.get_auth_alg(), user.get_auth_key(), user.get_priv_alg(), user.get_priv_key())
            _decoded(lambda: here.set_keys(user.name, *keys))
        try:
            await self._exchange(here.send_refresh, here.recv_refresh)
        except SilenceError:
            raise Detour from None  # it did answer the discovery: what the silence means the careful engine finds out
        self._fresh_until = monotonic() + _REFRESH_S

    async def _exchange(self, send: Callable[[], None], receive: Callable[[], T]) -> T:
        for _ in range(self._tries):
            try:
                _decoded(send)
                return await self._received(receive)
            except TimeoutError:
                continue
            except (OSError, ValueError) as error:
                raise Detour from error
        raise SilenceError

    async def _received(self, receive: Callable[[], T]) -> T:
        """What the socket makes of the datagrams until one of them is the answer."""
        descriptor, deadline = self._socket.get_fd(), self._loop.time() + self._peer.timeout_s
        while self._loop.time() < deadline:
            came: asyncio.Future[None] = self._loop.create_future()
            timer = self._loop.call_at(deadline, _settle, came, TimeoutError())
            # Only while somebody waits: a late answer would otherwise wake the loop without end.
            self._loop.add_reader(descriptor, _settle, came)
            try:
                await came
                if self._dropped():
                    continue
                return _decoded(receive)
            except BlockingIOError:  # an answer to an earlier question
                continue
            finally:
                timer.cancel()
                self._loop.remove_reader(descriptor)
        raise TimeoutError

    def _dropped(self) -> bool:
        """Look at the datagram that waits, and take it away if it is not plainly in order."""
        size = self._view.recv_into(self._buffer, 0, socket.MSG_PEEK)
        if size < len(self._buffer) and well_formed(bytes(self._buffer[:size]), plain=True):
            return False
        self._view.recv_into(self._buffer)
        return True


class Column:
    """A column under way, rows at a time from its head to its end."""

    def __init__(self, lane: GufoLane, place: Any) -> None:
        self._lane = lane
        self._place = place
        self.ended = False

    async def rows(self) -> Sequence[Row]:
        """The next rows; with the last of them ``ended`` is set. Raises as ``GufoLane.get`` does."""
        rows = await self._lane.rows(self._place)
        if not rows:
            raise Detour
        self.ended = rows[-1] is None
        return [row for row in rows if row is not None]


def _decoded(work: Callable[[], T]) -> T:
    """What gufo-snmp makes of it; its errors are detours."""
    from gufo.snmp import SnmpError  # noqa: PLC0415  see ``fitting``

    try:
        return work()
    except (SnmpError, StopAsyncIteration) as error:
        raise Detour from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # PyO3's, which cannot be imported; what ``well_formed`` missed
            raise
        raise Detour from error


def kind_of(value: Value) -> str:
    """What the evidence calls a value of the lane's, which does not say more: SMI's types are behind it."""
    return _KINDS.get(type(value), "Null")


def _settle(came: asyncio.Future[None], error: Exception | None = None) -> None:
    if came.done():
        return
    if error is None:
        came.set_result(None)
    else:
        came.set_exception(error)


def _user(peer: Peer) -> User:
    """The peer's user as gufo-snmp describes it.

    Keys for AES-192 and AES-256 are extended after Blumenthal, as net-snmp does; pysnmp tries Reeder's way as well.
    """
    import gufo.snmp as gufo  # noqa: PLC0415  see ``fitting``

    credential = peer.credential
    assert isinstance(credential, SnmpV3Credential)
    auth = {
        "MD5": gufo.Md5Key,
        "SHA": gufo.Sha1Key,
        "SHA224": gufo.Sha224Key,
        "SHA256": gufo.Sha256Key,
        "SHA384": gufo.Sha384Key,
        "SHA512": gufo.Sha512Key,
    }
    privacy = {"DES": gufo.DesKey, "AES128": gufo.Aes128Key, "AES192": gufo.Aes192Key, "AES256": gufo.Aes256Key}
    return gufo.User(
        credential.user,
        auth_key=auth[credential.auth]((peer.auth_key or "").encode()) if credential.auth else None,
        priv_key=privacy[credential.privacy]((peer.privacy_key or "").encode()) if credential.privacy else None,
    )
