"""Consoles to talk to: an SSH server (paramiko's) on loopback that plays a switch and notes every byte it is sent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import paramiko

USER, PASSWORD = "auditor", "geheim-Passwort-1"
Answer = str | Callable[[], str]


@dataclass
class Switch:
    """How the console behaves; the default is a VRP switch.

    Attributes:
        answers: what it says to whole lines.
        questions: asked one after the other before the prompt.
        algorithms: what its SSH server can do, where that is not what paramiko can: kex, ciphers, digests, key_types.
        key: its host key.
        typed: every line that arrived, in order, questions' answers included.
        received: every byte.
    """

    answers: Mapping[str, Answer]
    prompt: str = "<CORE-SW>"
    banner: str = "\r\nInfo: The max number of VTY users is 15, <do not disturb>.\r\n"
    unknown: str = "Error: Unrecognized command found at '^' position."
    unpaged: str = "screen-length 0 temporary"
    rows: int = 24
    more: str = "  ---- More ----"
    erase: str = "\x1b[42D" + " " * 42 + "\x1b[42D"
    questions: tuple[str, ...] = ()
    enable_password: str | None = None
    encoding: str = "utf-8"
    version: str = "SSH-2.0-HUAWEI-1.5"
    algorithms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: Any = field(default_factory=paramiko.ECDSAKey.generate)
    typed: list[str] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)


class _Door(paramiko.ServerInterface):
    def get_allowed_auths(self, *_: Any) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else paramiko.AUTH_FAILED

    def check_channel_request(self, *_: Any) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_: Any) -> bool:
        return True

    def check_channel_shell_request(self, *_: Any) -> bool:
        return True


class _Session:
    def __init__(self, channel: Any, switch: Switch) -> None:
        self.channel, self.switch = channel, switch
        self.paged, self.keys, self.prompt = True, "", switch.prompt

    def run(self) -> None:
        self.send(self.switch.banner)
        for question in self.switch.questions:
            self.send(question)
            self.switch.typed.append(self.line())
        while True:
            self.send(self.prompt)
            line = self.line()
            if line:
                self.switch.typed.append(line)
            self.obey(line)

    def obey(self, line: str) -> None:
        switch = self.switch
        if line == switch.unpaged:
            self.paged = False
        elif line == "enable" and switch.enable_password is not None:
            self.send("\r\nPassword:")
            right = self.line(echo=False) == switch.enable_password
            self.prompt = switch.prompt.rstrip(">") + "#" if right else self.prompt
            self.send("" if right else "\r\n% Access denied\r\n")
        elif line in switch.answers:
            answer = switch.answers[line]
            self.show(answer if isinstance(answer, str) else answer())
        elif line:
            self.send(switch.unknown + "\r\n")

    def show(self, answer: str) -> None:
        lines = answer.split("\n")
        while lines:
            rows = self.switch.rows if self.paged else len(lines)
            self.send("".join(f"{line}\r\n" for line in lines[:rows]))
            lines = lines[rows:]
            if lines:
                self.send(self.switch.more)
                key = self.key()
                self.send(self.switch.erase)
                if key != " ":
                    return

    def line(self, *, echo: bool = True) -> str:
        typed = ""
        while (key := self.key()) not in "\r\n":
            typed += key
            self.send(key if echo else "")
        self.send("\r\n")
        return typed

    def key(self) -> str:
        if not self.keys:
            got = self.channel.recv(1024)
            if not got:
                raise EOFError
            self.switch.received.extend(got)
            self.keys = got.decode().replace("\r\n", "\n")
        key, self.keys = self.keys[0], self.keys[1:]
        return str(key)

    def send(self, words: str) -> None:
        self.channel.sendall(words.encode(self.switch.encoding))


@contextmanager
def playing(switch: Switch) -> Iterator[int]:
    """The port of a console that behaves so."""
    listener = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def serve(connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transports.append(transport)
        transport.local_version = switch.version
        transport.add_server_key(switch.key)
        for kind, names in switch.algorithms.items():
            setattr(transport.get_security_options(), kind, names)
        with suppress(paramiko.SSHException, OSError, EOFError):
            transport.start_server(server=_Door())
            channel = transport.accept(20)
            if channel is not None:
                _Session(channel, switch).run()
        transport.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for transport in transports:
            transport.close()


def silence() -> str:
    """An answer that never comes."""
    time.sleep(30)
    return ""
