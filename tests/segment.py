"""One Ethernet segment: a namespace for each host, all on a bridge, for one ``with`` block."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.namespaces import NoNamespacesError, _ip

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Segment:
    """A bridge and what hangs on it. The looking host is ``near``; every host's card is ``eth0``.

    Attributes:
        run: suffix of all names.
        started: programs that ``start`` began and that end with the block.
    """

    run: str
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def name(self, host: str) -> str:
        return f"{host}-{self.run}"

    def add(self, host: str, *addresses: str, mac: str | None = None) -> str:
        """A host with its addresses (``10.66.0.2/24``); the name of its namespace."""
        name = self.name(host)
        wire = f"w{len(self.hosts()):x}{self.run}"[:15]
        _ip("netns", "add", name)
        _ip("-n", self.name("lan"), "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("-n", self.name("lan"), "link", "set", wire, "master", "br0", "up")
        if mac is not None:
            _ip("-n", name, "link", "set", "eth0", "address", mac)
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "link", "set", "eth0", "up")
        for address in addresses:
            _ip("-n", name, "address", "add", address, "dev", "eth0")
        _ip("-n", name, "route", "add", "224.0.0.0/4", "dev", "eth0")
        return name

    def hosts(self) -> list[str]:
        shown = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
        return [line.split()[0] for line in shown.splitlines() if line.split()[0].endswith(f"-{self.run}")]

    def start(self, host: str, words: Sequence[str], ready: str = "") -> subprocess.Popen[bytes]:
        """A program on a host; waits for the line that says that it is ready, if one is named."""
        command = ["ip", "netns", "exec", self.name(host), *words]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.started.append(program)
        assert program.stdout is not None
        while ready:
            line = program.stdout.readline()
            if ready.encode() in line:
                break
            assert line, f"{words[0]} ended before it was ready"
        return program

    def python(self, host: str, module: str, *words: str) -> subprocess.Popen[bytes]:
        """One of the tests' own programs, which prints ``ready``."""
        return self.start(host, [sys.executable, "-m", module, *words], "ready")

    def run_in(self, host: str, words: Sequence[str], timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """A program on a host, to its end."""
        command = ["ip", "netns", "exec", self.name(host), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=ROOT)


@contextmanager
def segment(address: str = "10.66.0.1/24") -> Iterator[Segment]:
    """The bridge with the looking host ``near``.

    Raises:
        NoNamespacesError: not root, or a kernel or container that does not let us.
    """
    if os.name != "posix" or os.geteuid() != 0:
        raise NoNamespacesError("only root may make network namespaces")
    made = Segment(f"{os.getpid():x}{secrets.token_hex(2)}")
    try:
        _ip("netns", "add", made.name("lan"))
        _ip("-n", made.name("lan"), "link", "add", "br0", "type", "bridge")
        _ip("-n", made.name("lan"), "link", "set", "br0", "up")
        made.add("near", address)
        yield made
    finally:
        for program in made.started:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)
            program.wait(10)
            if program.stdout is not None:
                program.stdout.close()
        for name in made.hosts():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
