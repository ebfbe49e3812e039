"""A real desk for tests: the program's own process on a free port of loopback, ended by its id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# Two switches that never answer, so that an audit of their ports lasts until it is stopped; a portal that refuses.
INVENTORY = """\
[school]
name = "江苏省示例实验中学"
stages = ["junior"]

[[credential]]
id = "ro"
kind = "snmp-v2c"
community = "env:CAMPUS_SNMP"

[[device]]
id = "sw-1"
role = "access-switch"
address = "127.0.0.1"
snmp = {{ credential = "ro", port = {port} }}

[[device]]
id = "sw-2"
role = "access-switch"
address = "127.0.0.1"
snmp = {{ credential = "ro", port = {port} }}

[[service]]
id = "portal"
what = "website"
url = "http://127.0.0.1:1/"
"""
PDF = b"%PDF-1.4 made up for a test"


@dataclass
class Desk:
    """A desk that runs."""

    folder: Path
    address: str
    process: subprocess.Popen[str]

    @property
    def base(self) -> str:
        """Its address without path and token."""
        return self.address.partition("/enter")[0]

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.address).port or 0

    @property
    def attestations(self) -> str:
        """What the file says; nothing where there is none."""
        path = self.folder / "attestations.toml"
        return path.read_text("utf-8") if path.exists() else ""

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, Mapping[str, str], str]:
        """One request with exactly these headers beside ``Host``, which they may replace."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            every = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
            if method == "POST":
                every.setdefault("Content-Length", str(len(body)))
            for name, value in every.items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode("utf-8", "replace")
        finally:
            connection.close()


@contextmanager
def opened(folder: Path, language: str = "zh", *options: str) -> Iterator[Desk]:
    """A desk for a small school in a folder."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    (folder / "inventory.toml").write_text(INVENTORY.format(port=silent.getsockname()[1]), "utf-8")
    command = [
        sys.executable,
        "-m",
        "auditor.cli",
        "--lang",
        language,
        "desk",
        str(folder / "inventory.toml"),
        *options,
    ]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(folder / "stderr").open("w"),
        text=True,
        env={**os.environ, "CAMPUS_SNMP": "made-up-for-this-test", "PYTHONUTF8": "1"},
    )
    assert process.stdout is not None
    try:
        address = next((line.strip() for line in process.stdout if "/enter?token=" in line), None)
        assert address is not None, (folder / "stderr").read_text("utf-8")
        yield Desk(folder, address, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        silent.close()
