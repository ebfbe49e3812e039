"""A school, two ways out and an Internet of a few servers, as network namespaces that exist for one ``with`` block.

    client 10.20.1.10 ── gateway (NAT) ──┬── carrier 61.155.1.1 ──┬── servers
                                         └── CERNET 202.119.32.1 ─┘

The addresses are of the real networks, so that the shipped ranges apply; nothing leaves the namespaces.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.namespaces import NoNamespacesError
from tests.web_servers import Authority

GATEWAY, CARRIER, CERNET = "10.20.1.1", "61.155.1.1", "202.119.32.1"
OUTSIDE = {"carrier": "61.155.1.2", "cernet": "202.119.32.2"}
"""The gateway's own address on either line: what the world sees of the school."""

RESOLVER = "114.114.114.114"
SITES = {
    "www.search.cn": "180.101.50.242",
    "www.chat.cn": "120.53.50.1",
    "www.teach.edu.cn": "211.68.123.9",
    "ip.tells.cn": "180.101.50.250",
    "dead.search.cn": "180.101.50.13",
    "dead.chat.cn": "120.53.50.13",
    "portal.school.cn": "10.20.1.1",
}
DEAD = frozenset({"180.101.50.13", "120.53.50.13"})
"""Addresses at which nobody listens."""


@dataclass(frozen=True)
class WayOut:
    """The namespaces by role, and where the files of the run lie."""

    names: Mapping[str, str]
    folder: Path
    roots: Path

    def command(self, where: str, words: Sequence[str]) -> list[str]:
        """The command line that runs ``words`` in a namespace."""
        return ["ip", "netns", "exec", self.names[where], *words]

    def run(self, where: str, *words: str, given: str | None = None) -> str:
        """Run a program to its end in a namespace; its output."""
        environment = {**os.environ, "SSL_CERT_FILE": str(self.roots)}
        done = subprocess.run(
            self.command(where, words),
            capture_output=True,
            text=True,
            check=False,
            input=given,
            env=environment,
            timeout=90,
        )
        if done.returncode:
            raise NoNamespacesError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def leave_through(self, line: str, *rules: str) -> None:
        """Let the gateway send everything through one line, and filter by further rules of nftables."""
        self.run("gateway", "ip", "route", "replace", "default", "via", CARRIER if line == "carrier" else CERNET)
        caught = "\n".join(rule for rule in rules if "redirect" in rule)
        stopped = "\n".join(rule for rule in rules if "redirect" not in rule)
        table = f"""
            flush ruleset
            table ip gate {{
                chain out {{ type nat hook postrouting priority 100; oifname {{ "telecom", "edu" }} masquerade; }}
                chain arriving {{ type nat hook prerouting priority -100;
                    {caught}
                }}
                chain through {{ type filter hook forward priority 0;
                    {stopped}
                }}
            }}
            """
        self.run("gateway", "nft", "-f", "-", given=table)

    def egress(self, **settings: Any) -> dict[str, Any]:
        """What ``probe egress`` sees from the client with these settings: its one observation."""
        inventory = self.folder / f"inventory-{secrets.token_hex(4)}.toml"
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        inventory.write_text("\n".join(['[school]\nname = "x"\nstages = ["junior"]\n[egress]', *lines, ""]))
        program = [sys.executable, "-m", "auditor.cli"]
        output = self.run("client", *program, "probe", "egress", "--inventory", str(inventory))
        (line,) = output.splitlines()
        found = json.loads(line)
        assert isinstance(found, dict)
        return found


@contextmanager
def way_out(folder: Path) -> Iterator[WayOut]:
    """Build it all and start the servers.

    Raises:
        NoNamespacesError: not root, no nft, or a kernel or container that does not let us.
    """
    if os.name != "posix" or os.geteuid() != 0:
        raise NoNamespacesError("only root may make network namespaces")
    if shutil.which("nft") is None:
        raise NoNamespacesError("nft is not installed")
    run = f"{os.getpid():x}{secrets.token_hex(3)}"
    authority = Authority(folder)
    names = {role: f"{role}-{run}" for role in ("client", "gateway", "carrier", "cernet", "servers")}
    made = WayOut(names, folder, authority.roots)
    resolv = Path("/etc/netns") / made.names["client"]
    with ExitStack() as cleaning:
        for name in made.names.values():
            _ip("netns", "add", name)
            cleaning.callback(subprocess.run, ["ip", "netns", "delete", name], capture_output=True, check=False)
        resolv.mkdir(parents=True)
        cleaning.callback(shutil.rmtree, resolv)
        (resolv / "resolv.conf").write_text(f"nameserver {RESOLVER}\noptions timeout:2 attempts:2\n")
        _plug(made)
        _route(made)
        made.leave_through("carrier")
        for where, words in _servers(authority, folder):
            cleaning.enter_context(_running(made.command(where, words)))
        yield made


def _plug(made: WayOut) -> None:
    """The cables: each end with its interface and address."""
    for near, interface, address, far, far_interface, far_address in (
        ("client", "eth0", "10.20.1.10/24", "gateway", "inside", "10.20.1.1/24"),
        ("gateway", "telecom", "61.155.1.2/30", "carrier", "school", "61.155.1.1/30"),
        ("gateway", "edu", "202.119.32.2/30", "cernet", "school", "202.119.32.1/30"),
        ("carrier", "world", "61.155.2.1/30", "servers", "telecom", "61.155.2.2/30"),
        ("cernet", "world", "202.112.1.1/30", "servers", "edu", "202.112.1.2/30"),
    ):
        a, b = made.names[near], made.names[far]
        _ip("link", "add", interface, "netns", a, "type", "veth", "peer", "name", far_interface, "netns", b)
        for name, port, own in ((a, interface, address), (b, far_interface, far_address)):
            _ip("-n", name, "address", "add", own, "dev", port)
            _ip("-n", name, "link", "set", port, "up")
            _ip("-n", name, "link", "set", "lo", "up")
    for address in (RESOLVER, *SITES.values()):
        if not address.startswith("10."):
            _ip("-n", made.names["servers"], "address", "add", f"{address}/32", "dev", "lo")


def _route(made: WayOut) -> None:
    for role in ("gateway", "carrier", "cernet", "servers"):
        # Routers tell a client of an expired packet once a second at most; several traces follow each other here.
        off = ("icmp_ratelimit", "conf/all/rp_filter")
        settings = "; ".join(
            ["echo 1 > /proc/sys/net/ipv4/ip_forward", *(f"echo 0 > /proc/sys/net/ipv4/{one}" for one in off)]
        )
        made.run(role, "sh", "-c", settings)
    for role, words in (
        ("client", "default via 10.20.1.1"),
        ("carrier", "default via 61.155.2.2"),
        ("cernet", "default via 202.112.1.2"),
        ("servers", "61.155.1.0/30 via 61.155.2.1"),
        ("servers", "202.119.32.0/30 via 202.112.1.1"),
    ):
        _ip("-n", made.names[role], "route", "add", *words.split())


def _servers(authority: Authority, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """The programs: names, sites under their own certificates, and a login page at the gateway under another."""
    here = Path(__file__)
    pairs = [f"{name}={address}" for name, address in SITES.items()]
    yield "servers", [sys.executable, str(here.with_name("name_server.py")), RESOLVER, "53", *pairs]
    for role, names, addresses in (
        ("servers", tuple(SITES), [one for one in SITES.values() if one not in DEAD and not one.startswith("10.")]),
        ("gateway", ("portal.school.cn",), ["10.20.1.1"]),
    ):
        before = set(folder.glob("*.pem"))
        authority.context(names=names)
        (pem,) = set(folder.glob("*.pem")) - before
        yield role, [sys.executable, str(here.with_name("site_server.py")), str(pem), *addresses]


@contextmanager
def _running(command: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        if first != "ready\n":
            raise NoNamespacesError(f"{command}: {first}{process.stdout.read()}")
        yield
    finally:
        process.terminate()
        process.wait(10)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNamespacesError(f"ip {' '.join(words)}: {done.stderr.strip()}")
