"""A campus in network namespaces: core, two access switches, classrooms, server, gateway, and a server outside.

Switches are bridges with a real snmpd each, whose forwarding tables come from ``switch_mib.py`` and whose neighbours
come from a real lldpd through AgentX. Links are veth pairs shaped to their nominal rate; one classroom hangs on a TAP
cable at half duplex.

    outside -- gateway -- core ----- access-1: room-1 at 1 Gbit/s, room-2 at 100 Mbit/s
                  server --'  '----- access-2: room-3 at 10 Mbit/s, room-4 at 100 Mbit/s half duplex
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.tap_cable import tap_cable

PROGRAMS = ("ip", "tc", "ethtool", "unshare", "bash", "snmpd", "snmpget", "lldpd")
SEARCH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
SWITCH_MIB = f"{sys.executable} -u {Path(__file__).with_name('switch_mib.py')}"

COMMUNITY, NARROW = "k7-all-4417", "k7-internet-4417"
"""The second shows everything below 1.3.6.1, as default views do, and so no LLDP-MIB."""

SWITCHES: Mapping[str, int] = {"core": 2, "access-1": 3, "access-2": 4}
HOSTS: Mapping[str, int] = {"gateway": 1, "server": 10, "room-1": 101, "room-2": 102, "room-3": 103, "room-4": 104}
OUTSIDE = "203.0.113.2"
VLAN: Mapping[str, str] = {"access-2": "10"}
"""Switches that keep their forwarding table by VLAN (Q-BRIDGE-MIB)."""


@dataclass(frozen=True)
class Link:
    """A cable: the switch and its port, who is at the other end, and the rate in Mbit/s."""

    switch: str
    port: str
    far: str
    far_port: str
    mbps: int


LINKS = (
    Link("core", "ge24", "gateway", "eth0", 1000),
    Link("core", "ge23", "server", "eth0", 1000),
    Link("core", "ge1", "access-1", "ge24", 1000),
    Link("core", "ge2", "access-2", "ge24", 1000),
    Link("access-1", "ge1", "room-1", "eth0", 1000),
    Link("access-1", "ge2", "room-2", "eth0", 100),
    Link("access-2", "ge1", "room-3", "eth0", 10),
)
HALF_DUPLEX = Link("access-2", "ge2", "room-4", "eth0", 100)


@dataclass
class CampusNet:
    """The campus while it stands."""

    run_id: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def namespace(self, name: str) -> str:
        return f"{name}-{self.run_id}"

    def address(self, name: str) -> str:
        return OUTSIDE if name == "outside" else f"10.77.0.{(SWITCHES | HOSTS)[name]}"

    def mac(self, name: str) -> str:
        return self.run(name, "cat", "/sys/class/net/eth0/address").strip()

    def command(self, name: str, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.namespace(name), *words]

    def run(self, name: str, *words: str, timeout_s: float = 30) -> str:
        """Run a program at a place of the campus; what it wrote to stdout."""
        done = subprocess.run(
            self.command(name, *words),
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return done.stdout

    def settle(self) -> None:
        """Wait until all is as it was at the beginning, for switches tell of a port some seconds later."""
        _wait(self, 60)

    def switch_forgets(self, switch: str, ports: Sequence[str], within_s: float = 40) -> None:
        """Wait until a switch says that these ports are down; agents look at their ports every few seconds."""
        deadline = time.monotonic() + within_s
        for port in ports:
            index = self.run(switch, "cat", f"/sys/class/net/{port}/ifindex").strip()
            _until(self, deadline, switch, f".1.3.6.1.2.1.2.2.1.8.{index}", "INTEGER: down(2)", "INTEGER: 2")

    def start(self, name: str, *words: str, log: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a program that is ended with the campus."""
        with (self.folder / log).open("wb") as out:
            self.processes.append(
                subprocess.Popen(
                    self.command(name, *words),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, "PATH": SEARCH, **(environment or {})},
                )
            )


def missing() -> str | None:
    """Why there can be no campus here, or ``None``."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    absent = [program for program in PROGRAMS if shutil.which(program, path=SEARCH) is None]
    if not Path("/dev/net/tun").exists():
        absent.append("/dev/net/tun")
    return f"not installed: {', '.join(absent)} (tools/system-packages.sh)" if absent else None


@contextmanager
def campus_net() -> Iterator[CampusNet]:
    """Build the campus, wait until it answers, and take it down again whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="campus-"))
    folder.chmod(0o755)  # lldpd goes to its control socket as another user
    net = CampusNet(secrets.token_hex(3), folder)
    names = [*SWITCHES, *HOSTS, "outside"]
    try:
        for name in names:
            _ip("netns", "add", net.namespace(name))
            _ip("-n", net.namespace(name), "link", "set", "lo", "up")
        with ExitStack() as cables:
            _wire(net, cables)
            _serve(net)
            _wait(net)
            yield net
    finally:
        _end(net.processes)
        for name in names:
            subprocess.run(["ip", "netns", "delete", net.namespace(name)], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def _wire(net: CampusNet, cables: ExitStack) -> None:
    for switch, last in SWITCHES.items():
        inside = net.namespace(switch)
        _ip("-n", inside, "link", "add", "br0", "type", "bridge", "stp_state", "0", "forward_delay", "0")
        _ip("-n", inside, "address", "add", f"10.77.0.{last}/24", "dev", "br0")
    for link in LINKS:
        near, far = net.namespace(link.switch), net.namespace(link.far)
        _ip("link", "add", link.port, "netns", near, "type", "veth", "peer", "name", link.far_port, "netns", far)
        for namespace, port in ((near, link.port), (far, link.far_port)):
            _shape(namespace, port, link.mbps)
            _ip("-n", namespace, "link", "set", port, "up")
    half = HALF_DUPLEX
    cables.enter_context(
        tap_cable(
            (net.namespace(half.switch), half.port),
            (net.namespace(half.far), half.far_port),
            speed=half.mbps,
            duplex="half",
        )
    )
    for link in (*LINKS, half):
        _ip("-n", net.namespace(link.switch), "link", "set", link.port, "master", "br0")
        if link.far in SWITCHES:
            _ip("-n", net.namespace(link.far), "link", "set", link.far_port, "master", "br0")
    for switch in SWITCHES:
        _ip("-n", net.namespace(switch), "link", "set", "br0", "up")
    for host, last in HOSTS.items():
        _ip("-n", net.namespace(host), "address", "add", f"10.77.0.{last}/24", "dev", "eth0")
        if host != "gateway":
            _ip("-n", net.namespace(host), "route", "add", "default", "via", net.address("gateway"))
    _wire_outside(net)


def _wire_outside(net: CampusNet) -> None:
    inside, outside = net.namespace("gateway"), net.namespace("outside")
    _ip("link", "add", "wan0", "netns", inside, "type", "veth", "peer", "name", "eth0", "netns", outside)
    for namespace, port, address in ((inside, "wan0", "203.0.113.1/30"), (outside, "eth0", f"{OUTSIDE}/30")):
        _shape(namespace, port, 1000)
        _ip("-n", namespace, "address", "add", address, "dev", port)
        _ip("-n", namespace, "link", "set", port, "up")
    _ip("-n", outside, "route", "add", "10.77.0.0/24", "via", "203.0.113.1")
    net.run("gateway", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")


def _shape(namespace: str, port: str, mbps: int) -> None:
    burst = "256kb" if mbps >= 1000 else "64kb" if mbps >= 100 else "32kb"
    shaping = f"qdisc replace dev {port} root tbf rate {mbps}mbit burst {burst} latency 50ms".split()
    subprocess.run(["tc", "-n", namespace, *shaping], check=True, capture_output=True, text=True)


def _serve(net: CampusNet) -> None:
    """An snmpd and an lldpd in each switch, and an lldpd in the first classroom, whose panel announces itself."""
    Path("/run/lldpd").mkdir(exist_ok=True)  # the directory into which lldpd locks itself
    for switch in SWITCHES:
        _snmpd(net, switch)
    deadline = time.monotonic() + 10
    for switch in SWITCHES:
        while not _agentx(net, switch).exists():
            assert time.monotonic() < deadline, f"snmpd of {switch} does not start: {_logs(net)}"
            time.sleep(0.02)
    for switch in SWITCHES:
        _lldpd(net, switch, "-x", "-X", str(_agentx(net, switch)))
    net.run("room-1", "sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward")
    _lldpd(net, "room-1")


def _agentx(net: CampusNet, switch: str) -> Path:
    return net.folder / f"{switch}.agentx"


def _snmpd(net: CampusNet, switch: str) -> None:
    persistent = net.folder / f"{switch}.persistent"
    persistent.mkdir()
    speeds = [(link.port, link.mbps) for link in LINKS if link.switch == switch]
    speeds += [(link.far_port, link.mbps) for link in LINKS if link.far == switch]
    lines = [
        f"agentAddress udp:{net.address(switch)}:161",
        f"sysName {switch}",
        f"rocommunity {COMMUNITY}",
        "view internet included .1.3.6.1",
        f"rocommunity {NARROW} default -V internet",
        *(f"interface {port} 6 {mbps * 10**6}" for port, mbps in speeds),
        "master agentx",
        f"agentXSocket {_agentx(net, switch)}",
        "agentXPerms 0777 0777",
        f"pass_persist .1.3.6.1.2.1.17 {SWITCH_MIB} forwarding br0 {VLAN.get(switch, '')}",
        f"pass_persist .1.3.6.1.2.1.10.7 {SWITCH_MIB} duplex",
        "",
    ]
    configuration = net.folder / f"{switch}.agent.conf"
    configuration.write_text("\n".join(lines))
    words = [
        "snmpd",
        "-f",
        "-Lo",
        "-C",
        "-c",
        str(configuration),
        "-I",
        "-smux,mteTrigger,mteTriggerConf,dot3StatsTable",
    ]
    environment = {"SNMP_PERSISTENT_DIR": str(persistent), "SNMPCONFPATH": str(persistent), "MIBS": ""}
    net.start(switch, *words, log=f"{switch}.snmpd.log", environment=environment)


def _lldpd(net: CampusNet, name: str, *options: str) -> None:
    """With a host name of its own, and a hosts file that knows it: lldpd would wait for the DNS."""
    hosts, configuration = net.folder / f"{name}.hosts", net.folder / f"{name}.lldpd.conf"
    hosts.write_text(f"127.0.0.1 localhost\n127.0.1.1 {name}\n")
    configuration.write_text("configure lldp tx-interval 1\nconfigure lldp portidsubtype ifname\n")
    inside = 'hostname "$0" && mount --bind "$1" /etc/hosts && shift && exec lldpd -d "$@"'
    words = ["-O", str(configuration), "-u", str(net.folder / f"{name}.lldpd"), *options]
    net.start(name, "unshare", "-u", "sh", "-c", inside, name, str(hosts), *words, log=f"{name}.lldpd.log")


def _wait(net: CampusNet, seconds: float = 20) -> None:
    """Until all have been heard from, the ports are up at the overridden speeds, and the switches know each other."""
    for room in (name for name in HOSTS if name.startswith("room")):
        net.run(room, "bash", "-c", f"echo here > /dev/udp/{net.address('server')}/9")
    told = [(link.switch, link.port, link.mbps) for link in LINKS]
    deadline = time.monotonic() + seconds
    for switch, port, mbps in told:
        index = net.run(switch, "cat", f"/sys/class/net/{port}/ifindex").strip()
        _until(net, deadline, switch, f".1.3.6.1.2.1.31.1.1.1.15.{index}", f"Gauge32: {mbps}")
        _until(net, deadline, switch, f".1.3.6.1.2.1.2.2.1.8.{index}", "INTEGER: up(1)", "INTEGER: 1")
    names = {"core": ["access-1", "access-2"], "access-1": ["core", "room-1"], "access-2": ["core"]}
    for switch, heard in names.items():
        for name in heard:
            _until(net, deadline, switch, ".1.0.8802.1.1.2.1.4.1.1.9", f'"{name}"', walk=True)


def _until(net: CampusNet, deadline: float, switch: str, oid: str, *words: str, walk: bool = False) -> None:
    program = "snmpwalk" if walk else "snmpget"
    command = net.command(switch, program, "-v2c", "-c", COMMUNITY, "-On", "-r1", "-t1", net.address(switch), oid)
    while True:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": SEARCH, "MIBS": ""}
        )
        if any(line.endswith(words) for line in done.stdout.splitlines()):  # 1000 is not 10000
            return
        assert time.monotonic() < deadline, f"{switch} does not say {words} at {oid}: {done.stdout[-500:]}{_logs(net)}"
        time.sleep(0.1)


def _logs(net: CampusNet) -> str:
    return "".join(f"\n{log.name}: {log.read_text(errors='replace')[-600:]}" for log in net.folder.glob("*.log"))


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
