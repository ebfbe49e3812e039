"""SSH consoles of the simulated switches: banner, prompt, echo, paging; what they say stands in ``manners``."""

from __future__ import annotations

import contextlib
import hmac
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auditor.demo.manners import MANNERS, Manner, command_of
from auditor.demo.school import SSH_USER, SimDevice

if TYPE_CHECKING:
    import paramiko

_ROWS = 24
_IDLE_S = 60.0
_LOGIN_S = 20.0
_LONGEST_LINE = 512
_CTRL_C = "\x03"
_BACKSPACES = ("\x08", "\x7f")


@dataclass
class Consoles:
    """Running consoles and their TCP ports by device."""

    password: str
    key: paramiko.PKey
    ports: dict[str, int] = field(default_factory=dict)
    _listeners: list[socket.socket] = field(default_factory=list)

    def open(self, device: SimDevice) -> None:
        """Listen for one device."""
        listener = socket.create_server(("127.0.0.1", 0))
        self._listeners.append(listener)
        self.ports[device.id] = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener, device), daemon=True).start()

    def close(self) -> None:
        """Stop listening; sessions end with the process."""
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket, device: SimDevice) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, device), daemon=True).start()

    def _serve(self, connection: socket.socket, device: SimDevice) -> None:
        import paramiko  # noqa: PLC0415  costs 0.15 s

        transport = paramiko.Transport(connection)
        transport.add_server_key(self.key)
        # A client that goes away, or was only a port scan, ends its own session and nothing else.
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            transport.start_server(server=_door(self.password))
            channel = transport.accept(_LOGIN_S)
            if channel is not None:
                channel.settimeout(_IDLE_S)
                _Session(channel, device, MANNERS[device.console or ""]).run()
                channel.close()
        transport.close()


def start_consoles(devices: Sequence[SimDevice], password: str) -> Consoles:
    """Open a console for each device that has one."""
    import paramiko  # noqa: PLC0415  costs 0.15 s

    consoles = Consoles(password, paramiko.ECDSAKey.generate())
    for device in devices:
        if device.console:
            consoles.open(device)
    return consoles


def _door(password: str) -> Any:
    """Who may come in: one user by password, for a shell only."""
    import paramiko  # noqa: PLC0415  costs 0.15 s

    class Door(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko ships no types
        def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002  paramiko's signature
            return "password"

        def check_auth_password(self, username: str, given: str) -> int:
            right = username == SSH_USER and hmac.compare_digest(given.encode(), password.encode())
            return int(paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED)

        def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002  paramiko's signature
            allowed = kind == "session"
            return int(paramiko.OPEN_SUCCEEDED if allowed else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)

        def check_channel_pty_request(self, *_: Any) -> bool:
            return True

        def check_channel_shell_request(self, channel: Any) -> bool:  # noqa: ARG002  paramiko's signature
            return True

    return Door()


@dataclass
class _Session:
    """One logged-in user."""

    channel: Any
    device: SimDevice
    manner: Manner
    paged: bool = True
    waiting: str = ""

    def run(self) -> None:
        """Serve lines until ``quit`` or the end of the connection."""
        self._send(self.manner.banner(self.device))
        while (line := self._line()) is not None and self._obey(" ".join(line.split())):
            pass

    def _obey(self, line: str) -> bool:
        commands = self.manner.answers
        command = command_of(line, [*commands, self.manner.unpaged, "quit"])
        if command == "quit":
            return False
        if command == self.manner.unpaged:
            self.paged = False
        elif command is not None:
            self._show(commands[command](self.device))
        elif line:
            self._send(f"{self.manner.unknown}\n")
        return True

    def _line(self) -> str | None:
        """What the user typed, echoed as a terminal would show it; ``None`` at the end of the connection."""
        self._send(f"<{self.device.name}>")
        typed = ""
        while (key := self._key()) not in {"\r", "\n"}:
            if key is None:
                return None
            if key == _CTRL_C:
                typed = ""
            elif key in _BACKSPACES:
                typed = typed[:-1]
            elif len(typed) < _LONGEST_LINE:
                typed += key
                self._send(key)
        self._send("\n")
        return typed

    def _show(self, answer: str) -> None:
        lines = answer.split("\n")
        while lines:
            page = _ROWS if self.paged else len(lines)
            self._send("".join(f"{line}\n" for line in lines[:page]))
            lines = lines[page:]
            if lines:
                self._send(self.manner.more)
                key = self._key()
                self._send(self.manner.erase)
                if key in {None, "q", "Q", _CTRL_C}:
                    return

    def _key(self) -> str | None:
        if not self.waiting:
            received = self.channel.recv(1024)
            if not received:
                return None
            # A client may end a line with CR, LF or both; both are one key.
            self.waiting = received.decode("utf-8", "replace").replace("\r\n", "\n")
        key, self.waiting = self.waiting[0], self.waiting[1:]
        return str(key)

    def _send(self, words: str) -> None:
        self.channel.sendall(words.replace("\n", "\r\n").encode())
