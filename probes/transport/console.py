"""A device's console over SSH, line by line; blocking, used by ``probes.transport.ssh`` in threads.

netmiko brings the connection and each platform's control sequences; its login and clean-up routines are not used.
They type what nobody asked for (the Huawei driver answers ``Y`` and saves the configuration when a device says that
its configuration has security risks; the Fortinet driver changes the console's settings), and the clean-up costs
two seconds a device. Everything that is typed passes the gate, also if netmiko should want to type something.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from probes.dialect import Console as Manners
from probes.dialect import Dialect
from probes.errors import TransportError
from probes.observation import Reason
from probes.text import Text, in_its_words, text
from probes.transport.gate import ACCEPT
from probes.transport.known_hosts import KnownHosts, fingerprint

ANSWER_LIMIT = 4_000_000
PATIENCE = 6  # times the timeout, for answers that keep coming
SETTLE_S = 0.15
LOGIN_STEPS = 8
TAIL = 512
PASSWORD_ASKED = re.compile(r"(?i)password\s*:\s*$")
ERASED = re.compile(r"(?:\x1b\[\d*D *\x1b\[\d*D|\x1b\[\d*[DK]|\r +\r|\x08[\x08 ]*)")


@dataclass(frozen=True)
class Login:
    """Where and as whom; secrets resolved."""

    device: str
    host: str
    port: int
    user: str
    timeout_s: float
    password: str | None = field(repr=False)
    key_file: str | None
    passphrase: str | None = field(repr=False)
    enable: str | None = field(repr=False)


class Console:
    """An open console.

    Attributes:
        transcript: what was typed and what came, without the login's secrets.
        server: what the server calls itself, ``SSH-2.0-…`` (``SSH-1.99-…`` where it speaks SSHv1 too).
        legacy: the weak algorithms without which there would have been no session.
        declined: what the console asked at login and was answered with no.
    """

    def __init__(self, login: Login, dialect: Dialect, known_hosts: KnownHosts) -> None:
        self.login = login
        self.dialect = dialect
        self.server = ""
        self.legacy: tuple[str, ...] = ()
        self.declined: tuple[str, ...] = ()
        self._known_hosts = known_hosts
        self._spoken = _spoken(login, dialect)
        self.transcript: list[str] = [f"# SSH {login.host} port {login.port}/tcp, dialect {dialect.id}"]
        self._socket: socket.socket | None = None
        self._connection: Any = None
        self._prompt = ""
        self._closed = False

    def open(self) -> None:
        """Connect, log in, decline what is asked, switch paging off; raises ``TransportError``."""
        self._socket = self._reach()
        if self._closed:  # given up from another thread meanwhile
            self.close()
            raise self._failed(Reason.INTERRUPTED, "closed")
        self._connection = self._log_in(self._socket)
        self._note_server()
        self._first_prompt()
        if self._spoken.enable and self._prompt.endswith(">"):
            self._enable(self._spoken.enable)
        for line in self._spoken.paging:
            self.run(line)

    def run(self, line: str) -> str:
        """Type a line and return what it prints.

        Raises:
            GateError: before anything is sent.
            TransportError: the device went silent or ended the session.
        """
        sent = self.dialect.gate.check(line)
        self.transcript.append(f"# sent: {sent}")
        self._type(sent + "\n")
        answer = _without_echo(self._until_prompt(), sent, self._prompt)
        self.transcript.append(answer)
        return answer

    def abandon(self) -> None:
        """Cut the connection, at once and from any thread: whoever waits for the device gets an error."""
        self._closed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):  # the device was quicker
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection. There is no farewell: it would cost two seconds and frees nothing sooner."""
        self.abandon()
        if self._connection is not None:
            self._connection.disconnect()
        if self._socket is not None:
            self._socket.close()

    def _reach(self) -> socket.socket:
        where = (self.login.host, self.login.port)
        try:
            return socket.create_connection(where, timeout=self.login.timeout_s)
        except (socket.gaierror, UnicodeError) as error:
            raise self._failed(Reason.NAME_NOT_FOUND, error) from None
        except ConnectionRefusedError as error:
            raise self._failed(Reason.REFUSED, error) from None
        except TimeoutError as error:
            raise self._failed(Reason.TIMEOUT, error) from None
        except OSError as error:
            raise self._failed(Reason.UNREACHABLE, error) from None

    def _log_in(self, connected: socket.socket) -> Any:
        from netmiko import NetmikoAuthenticationException, NetmikoTimeoutException  # noqa: PLC0415  costs 0.2 s
        from paramiko import SSHException  # noqa: PLC0415  comes with it

        login, timeout = self.login, self.login.timeout_s
        # What fails is raised; paramiko's threads would print its traceback as well.
        logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)
        try:
            return self._driver()(
                device_type=self._spoken.driver,
                host=login.host,
                port=login.port,
                username=login.user,
                password=login.password,
                use_keys=login.key_file is not None,
                key_file=login.key_file,
                passphrase=login.passphrase,
                sock=connected,
                conn_timeout=timeout,
                auth_timeout=timeout,
                banner_timeout=timeout,
                encoding="latin-1",  # bytes as they are; ``decode`` decides for each answer
            )
        except TransportError:  # the host key
            connected.close()
            raise
        except NetmikoAuthenticationException:
            connected.close()
            raise self._failed(Reason.AUTHENTICATION_FAILED, _refused(login)) from None
        except (NetmikoTimeoutException, SSHException, EOFError, OSError, ValueError) as error:
            connected.close()
            said = " ".join(str(error.__context__ or error).split()) or type(error).__name__
            raise self._failed(*_no_session(said)) from None

    def _driver(self) -> Any:
        """Netmiko's driver with everything of its own that types taken out."""
        from netmiko.ssh_dispatcher import CLASS_MAPPER  # noqa: PLC0415  loaded already
        from paramiko import MissingHostKeyPolicy  # noqa: PLC0415  loaded already

        from probes.transport.ssh_link import Client  # noqa: PLC0415  the same

        meet, gate = self._meet, self.dialect.gate
        known = self._known_hosts.key_types(self.login.host, self.login.port)
        platform: Any = CLASS_MAPPER[self._spoken.driver]

        class Met(MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko ships no types
            def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:  # noqa: ARG002  paramiko's signature
                meet(key)

        class Gated(platform):  # type: ignore[misc]  # the same of netmiko
            def _get_ssh_client_instance(self) -> Any:
                return Client(known)

            def _build_ssh_client(self) -> Any:
                client = super()._build_ssh_client()
                client.set_missing_host_key_policy(Met())
                return client

            def special_login_handler(self, delay_factor: float = 1.0) -> None:
                pass

            def _try_session_preparation(self, force_data: bool = True) -> None:  # noqa: FBT001, FBT002  netmiko's signature
                pass

            def cleanup(self, command: str = "") -> None:
                pass

            def write_channel(self, out_data: str) -> None:
                gate.check(out_data.removesuffix("\n"))
                super().write_channel(out_data)

        return Gated

    def _meet(self, key: Any) -> None:
        """Compare the server's key with the remembered one, before anything secret is sent."""
        self.transcript.append(f"# host key: {fingerprint(key)}")
        said = self._known_hosts.meet(self.login.host, self.login.port, key)
        self.transcript[-1] += f" ({said})"

    def _note_server(self) -> None:
        link = self._channel.get_transport()
        self.server, self.legacy = _printable(link.remote_version), link.weak
        self.transcript.append(f"# server: {self.server}")
        self.transcript.append(f"# algorithms: {' '.join(link.agreed)}")
        if self.legacy:
            self.transcript.append(f"# weak, but it offers nothing better: {' '.join(self.legacy)}")

    @property
    def _channel(self) -> Any:
        return self._connection.remote_conn

    def _first_prompt(self) -> None:
        """Wait for the prompt; decline what is asked before it."""
        console = self._spoken
        asks = re.compile("|".join(f"(?:{_local(one.asks)})" for one in console.question) or r"(?!)")
        shown = ""
        for _ in range(LOGIN_STEPS):
            shown += self._until(lambda so_far: bool(asks.search(so_far[-TAIL:]) or self._prompt_in(so_far)))
            question = next((one for one in console.question if re.search(one.asks, shown[-TAIL:])), None)
            if question is None:
                self._prompt = self._prompt_in(shown)
                self.transcript.append(shown)
                return
            asked = shown.rstrip().rpartition("\n")[2][-TAIL:]
            self._decline(question.answer + "\n", asked)
            done = "accepted the banner" if question.answer == ACCEPT else "declined"
            self.transcript += [shown, f"# {done} with: {question.answer!r}"]
            self.declined += (asked,) if question.answer != ACCEPT else ()
            shown = ""
        raise self._failed(Reason.UNEXPECTED_ANSWER, "questions without end")

    def _prompt_in(self, so_far: str) -> str:
        last = re.split(r"[\r\n]", so_far[-TAIL:].rstrip(" "))[-1]
        return last if re.fullmatch(self._spoken.prompt, last) else ""

    def _enable(self, line: str) -> None:
        """Ask for more rights; without the password, go on with those there are."""
        self._type(self.dialect.gate.check(line) + "\n")
        self.transcript.append(f"# sent: {line}")
        shown = self._until(lambda so_far: bool(PASSWORD_ASKED.search(so_far) or self._prompt_in(so_far)))
        if PASSWORD_ASKED.search(shown):
            # The one thing that is typed past the gate: a secret, into a password's blank, and never recorded.
            self._channel.sendall(((self.login.enable or "") + "\n").encode())
            self.transcript.append("# sent: (the enable password)")
            for _ in range(3):
                shown = self._until(lambda so_far: bool(PASSWORD_ASKED.search(so_far) or self._prompt_in(so_far)))
                if not PASSWORD_ASKED.search(shown):
                    break
                self._decline("\n")
        self._prompt = self._prompt_in(shown)
        self.transcript.append(shown)
        if not self._prompt:
            raise self._failed(Reason.AUTHENTICATION_FAILED, "enable")

    def _type(self, line: str) -> None:
        try:
            self._connection.write_channel(line)
        except OSError as error:
            raise self._failed(Reason.NO_ANSWER, error) from None

    def _decline(self, answer: str, asked: str = "") -> None:
        self.dialect.gate.answer(answer.removesuffix("\n"), asked)
        try:
            self._channel.sendall(answer.encode())
        except OSError as error:
            raise self._failed(Reason.NO_ANSWER, error) from None

    def _until_prompt(self) -> str:
        """What comes up to the prompt, page marks answered with a blank and taken out."""
        more = re.compile(f"(?:{self._spoken.more})$") if self._spoken.more else None
        pages, at_prompt = [], re.compile(rf"(?:^|[\r\n]){re.escape(self._prompt)} *$")
        while True:
            page = self._until(
                lambda so_far: bool(at_prompt.search(so_far[-TAIL:]) or (more and more.search(so_far[-TAIL:])))
            )
            mark = more.search(page) if more else None
            pages.append(page[: mark.start()] if mark else page)
            if mark is None:
                return "".join(pages)
            if sum(map(len, pages)) > ANSWER_LIMIT:
                raise self._failed(Reason.UNEXPECTED_ANSWER, "an answer without end")
            self._decline(" ")

    def _until(self, done: Callable[[str], bool]) -> str:
        """What comes until ``done`` says so of the end of the text; before the prompt is known, until it settles."""
        began, received = monotonic(), bytearray()
        while True:
            tail = self._plain(bytes(received[-2 * TAIL :]))
            there = bool(received) and done(tail)
            if there and self._prompt:
                return self._plain(bytes(received))
            self._channel.settimeout(SETTLE_S if there else self.login.timeout_s)
            try:
                chunk = self._channel.recv(65_536)
            except TimeoutError:
                if there:
                    return self._plain(bytes(received))
                raise self._failed(Reason.TIMEOUT, tail[-80:]) from None
            except OSError as error:
                raise self._failed(Reason.NO_ANSWER, error) from None
            if not chunk:
                raise self._failed(Reason.NO_ANSWER, "the device ended the session")
            received += chunk
            late = monotonic() - began > PATIENCE * self.login.timeout_s
            if late or len(received) > ANSWER_LIMIT:
                raise self._failed(Reason.UNEXPECTED_ANSWER, "an answer without end")

    def _plain(self, received: bytes) -> str:
        """Text without the terminal's control sequences."""
        stripped = self._connection.strip_ansi_escape_codes(ERASED.sub("", received.decode("latin-1")))
        return _printable(decode(stripped.encode("latin-1", "replace")))

    def _failed(self, reason: Reason, detail: object) -> TransportError:
        return TransportError(
            reason,
            text(
                "SSH to {device} ({host} port {port}) failed: {detail}",
                device=self.login.device,
                host=self.login.host,
                port=self.login.port,
                detail=str(detail) or str(reason),
            ),
        )


def _refused(login: Login) -> Text:
    return text(
        "the device refuses the login of {user}: check user and password or key, and whether the account may use SSH",
        user=login.user,
    )


def _no_session(said: str) -> tuple[Reason, Text]:
    """Why paramiko could not agree with the server, and what to do about it."""
    if "Incompatible ssh" in said:  # "… peer (no acceptable host key)"
        return Reason.NOT_SUPPORTED, text(
            "it and this program have no algorithm in common ({what}): make an RSA key of 2048 bits or more on the"
            " device, or update its software",
            what=said.partition("(")[2].rstrip(")"),
        )
    if "Incompatible version" in said:
        return Reason.NOT_SUPPORTED, text(
            "it speaks only SSH version 1, which is broken: switch version 2 on at the device ({what})", what=said
        )
    reason = Reason.TIMEOUT if "timed out" in said.lower() else Reason.UNEXPECTED_ANSWER
    return reason, in_its_words(said)


def _spoken(login: Login, dialect: Dialect) -> Manners:
    if dialect.console is None:
        raise TransportError(
            Reason.NOT_SUPPORTED,
            text(
                "{title} has no console that is known here, so device {device} cannot be asked over SSH",
                title=dialect.title,
                device=login.device,
            ),
        )
    return dialect.console


def decode(data: bytes) -> str:
    """A console's bytes as text: UTF-8, else GBK, else what is ASCII of it."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("ascii", "backslashreplace")


def _printable(shown: str) -> str:
    r"""Text with line breaks as ``\n`` and no other control characters."""
    lines = re.sub(r"\r*\n|\r+", "\n", shown)
    return "".join(char for char in lines if char in "\n\t" or char.isprintable())


def _local(pattern: str) -> str:
    """A pattern with flags in front, so that it can stand inside another.

    >>> _local("(?i)change now")
    '(?i:change now)'
    """
    flags = re.match(r"\(\?([aimsx]+)\)", pattern)
    return f"(?{flags[1]}:{pattern[flags.end() :]})" if flags else pattern


def _without_echo(shown: str, sent: str, prompt: str) -> str:
    body = shown.rstrip(" ").removesuffix(prompt).strip("\n")
    first, _, rest = body.partition("\n")
    return rest if " ".join(first.split()).endswith(sent) else body
