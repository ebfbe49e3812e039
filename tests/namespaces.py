"""Two hosts and a cable between them, as network namespaces that exist for one ``with`` block."""

from __future__ import annotations

import itertools
import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

_COUNT = itertools.count()


class NoNamespacesError(Exception):
    """This machine or user may not make network namespaces."""


@dataclass(frozen=True)
class Cable:
    """Two namespaces joined by a veth pair.

    Attributes:
        near: name of the namespace where the measuring end is.
        far: name of the other.
        near_address: IPv4 address in ``near``; the interface is ``eth0`` on both sides.
        far_address: IPv4 address in ``far``.
        far_address6: IPv6 address in ``far``.
    """

    near: str
    far: str
    near_address: str = "10.99.0.1"
    far_address: str = "10.99.0.2"
    far_address6: str = "fd00:99::2"

    def command(self, where: str, words: Sequence[str]) -> list[str]:
        """The command line that runs ``words`` in a namespace."""
        return ["ip", "netns", "exec", where, *words]

    def start(self, where: str, words: Sequence[str]) -> subprocess.Popen[str]:
        """Start a program in a namespace, with its output piped; the caller ends it by its id."""
        return subprocess.Popen(self.command(where, words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, where: str, words: Sequence[str], timeout_s: float = 30.0) -> str:
        """Run a program in a namespace to its end; its output."""
        return subprocess.run(
            self.command(where, words), check=True, capture_output=True, text=True, timeout=timeout_s
        ).stdout


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNamespacesError(f"ip {' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def cable(rate_mbit: float | None = None) -> Iterator[Cable]:
    """Two namespaces and the cable, in both directions limited to a rate of the wire (headers included).

    Raises:
        NoNamespacesError: not root, or a kernel or container that does not let us.
    """
    if os.name != "posix" or os.geteuid() != 0:
        raise NoNamespacesError("only root may make network namespaces")
    run = f"{os.getpid():x}{next(_COUNT):x}{secrets.token_hex(2)}"
    made = Cable(f"near-{run}", f"far-{run}")
    try:
        for name in (made.near, made.far):
            _ip("netns", "add", name)
        _ip("link", "add", "eth0", "netns", made.near, "type", "veth", "peer", "name", "eth0", "netns", made.far)
        for name, address, address6 in (
            (made.near, made.near_address, "fd00:99::1"),
            (made.far, made.far_address, made.far_address6),
        ):
            _ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
            _ip("-n", name, "address", "add", f"{address6}/64", "dev", "eth0", "nodad")
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "link", "set", "eth0", "up")
            if rate_mbit is not None:
                _shape(name, rate_mbit)
        yield made
    finally:
        for name in (made.near, made.far):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def _shape(namespace: str, rate_mbit: float) -> None:
    burst_kb = 64 if rate_mbit <= 100 else 256 if rate_mbit <= 1000 else 1024
    shaping = ["tbf", "rate", f"{rate_mbit:g}mbit", "burst", f"{burst_kb}kb", "latency", "50ms"]
    done = subprocess.run(
        ["tc", "-n", namespace, "qdisc", "replace", "dev", "eth0", "root", *shaping],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoNamespacesError(f"tc: {done.stderr.strip()}")
