"""SNMP agents for tests: net-snmp's snmpd and snmpsim on ephemeral loopback ports, ended by their process id."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "recordings" / "snmp"
MIB_2 = b"1.3.6.1.2.1."
# LLDP-MIB, CISCO-CDP-MIB, HUAWEI-LLDP-MIB, TPLINK-LLDPINFO-MIB
NEIGHBOUR_MIBS = (b"1.0.8802.", b"1.3.6.1.4.1.9.9.23.", b"1.3.6.1.4.1.2011.5.25.134.", b"1.3.6.1.4.1.11863.6.35.")
SYS_UP_TIME = bytes.fromhex("06082b06010201010300")


def recording(name: str) -> Path:
    """A recording of a real device, by folder and name; it may be absent."""
    return RECORDINGS / f"{name}.snmprec"


def have_snmpd() -> bool:
    return shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None


def have_snmpsim() -> bool:
    return _snmpsim().exists()


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


@contextmanager
def snmpd(folder: Path, *lines: str) -> Iterator[int]:
    """A real snmpd with community ``public`` and these lines of configuration; yields its UDP port."""
    port = free_udp_port()
    # Not snmpd.conf: that is the name of the persistent file, and snmpd would write over it.
    (folder / "agent.conf").write_text("\n".join([f"agentAddress udp:{HOST}:{port}", "rocommunity public", *lines, ""]))
    (folder / "persistent").mkdir(exist_ok=True)
    program = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert program
    command = [program, "-f", "-Lf", str(folder / "log"), "-c", str(folder / "agent.conf"), "-I", "-smux"]
    # The persistent file must be read for boots to be counted, and it is only read where SNMPCONFPATH has it.
    persistent = str(folder / "persistent")
    environment = {"SNMP_PERSISTENT_DIR": persistent, "SNMPCONFPATH": persistent, "MIBS": ""}
    with _running(command, {**os.environ, **environment}):
        wait_for_answer(port, "public")
        yield port


@contextmanager
def snmpsim(folder: Path, recordings: Mapping[str, Path], also: tuple[bytes, ...] = ()) -> Iterator[int]:
    """One snmpsim responder that plays each recording under the community it is listed by; yields its UDP port.

    Only the standard MIBs below 1.3.6.1.2.1 are played, and those of which ``also`` has the beginning.
    """
    port = free_udp_port()
    data = folder / "data"
    data.mkdir()
    for community, file in recordings.items():
        # Only the standard MIBs: indexing the vendors' own takes longer than the tests themselves. (A copy in any case,
        # for a link would be played under the name of its target.)
        lines = [line for line in file.read_bytes().splitlines(keepends=True) if line.startswith((MIB_2, *also))]
        (data / f"{community}.snmprec").write_bytes(b"".join(lines))
    command = [
        sys.executable,
        str(_snmpsim()),
        *(["--process-user=root", "--process-group=root"] if os.geteuid() == 0 else []),
        f"--data-dir={data}",
        f"--cache-dir={folder / 'cache'}",
        "--logging-method=null",
        f"--agent-udpv4-endpoint={HOST}:{port}",
    ]
    with _running(command, dict(os.environ)):
        for community in recordings:
            wait_for_answer(port, community)
        yield port


def _snmpsim() -> Path:
    return Path(sys.executable).parent / "snmpsim-command-responder"


@contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_answer(port: int, community: str, seconds: float = 90) -> None:
    """Ask for the up time, in SNMPv2c by hand, until something comes back."""
    variable = _tlv(0x30, SYS_UP_TIME + _tlv(0x05, b""))
    pdu = _tlv(0xA0, _tlv(2, b"\x01") + _tlv(2, b"\0") + _tlv(2, b"\0") + _tlv(0x30, variable))
    message = _tlv(0x30, _tlv(2, b"\x01") + _tlv(4, community.encode()) + pdu)
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((HOST, port))
        sock.settimeout(0.2)
        while time.monotonic() < deadline:
            try:
                sock.send(message)
                sock.recv(65535)
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                return
    message_text = f"no SNMP agent answered on port {port} for community {community}"
    raise TimeoutError(message_text)


def _tlv(tag: int, body: bytes) -> bytes:
    length = bytes([len(body)]) if len(body) < 0x80 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + length + body
