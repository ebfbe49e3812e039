"""Hosts for a segment, as programs: ``python -m tests.segment_hosts KIND ADDRESS``. Each prints ``ready``."""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Callable

from scapy.layers.dns import DNS, DNSRR, DNSRRSRV

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e=cmd|" + "x" * 10_000


def say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def tcp(address: str, port: int, talk: Callable[[socket.socket], None]) -> None:
    """Talk to everybody who connects, each in a thread."""
    server = socket.create_server((address, port), backlog=64)

    def accept() -> None:
        while True:
            wire, _ = server.accept()
            threading.Thread(target=_fenced, args=(talk, wire), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def _fenced(talk: Callable[[socket.socket], None], wire: socket.socket) -> None:
    with wire:
        try:
            talk(wire)
        except OSError:
            return


def group(port: int, address: str, member: str, answer: Callable[[bytes], bytes | None]) -> None:
    """Answer what is asked of a multicast group."""
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    wire.bind(("", port))
    wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(member) + socket.inet_aton(address))

    def serve() -> None:
        while True:
            packet, peer = wire.recvfrom(9000)
            reply = answer(packet)
            if reply is not None:
                wire.sendto(reply, peer)

    threading.Thread(target=serve, daemon=True).start()


def page(head: str, title: str) -> Callable[[socket.socket], None]:
    def talk(wire: socket.socket) -> None:
        wire.recv(4096)
        body = f"<html><title>{title}</title></html>".encode()
        wire.sendall(f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return talk


def rtsp(wire: socket.socket) -> None:
    wire.recv(4096)
    wire.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Hikvision RTSP\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n")


def mdns(service: str, name: str) -> Callable[[bytes], bytes]:
    def answer(_: bytes) -> bytes:
        full = f"{name}.{service}.local."
        records = [DNSRR(rrname=f"{service}.local.", type="PTR", rdata=full), DNSRRSRV(rrname=full, target="x.local.")]
        return bytes(DNS(qr=1, aa=1, qd=[], an=records))

    return answer


def camera(address: str) -> None:
    """An ONVIF camera: WS-Discovery, RTSP and a web page."""
    tcp(address, 554, rtsp)
    tcp(address, 80, page("Server: App-webs/\r\n", "Network Camera"))
    match = (
        b'<?xml version="1.0"?><e:Envelope><e:Body><d:ProbeMatches><d:ProbeMatch><d:Types>dn:NetworkVideoTransmitter'
        b"</d:Types><d:Scopes>onvif://www.onvif.org/name/IPC-Gate onvif://www.onvif.org/hardware/DS-2CD2T47</d:Scopes>"
        b"</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    )
    group(3702, address, "239.255.255.250", lambda packet: match if b"Probe" in packet else None)


def printer(address: str) -> None:
    """A printer that prints, so to speak, whatever comes to its port 9100."""
    group(5353, address, "224.0.0.251", mdns("_ipp._tcp", "办公室打印机"))
    tcp(address, 9100, printed)


def printed(wire: socket.socket) -> None:
    sys.stdout.write("printed\n")
    sys.stdout.flush()


def computer(address: str) -> None:
    """A Windows desktop, as its open ports show it."""
    for port in (135, 445, 3389):
        tcp(address, port, lambda _: None)


def controller(address: str) -> None:
    """A Modbus controller that says so whenever it is touched."""
    tcp(address, 502, printed)


def hostile(address: str) -> None:
    """Says everything that a host must not be believed: scripts, controls, lengths, circles, foreign addresses."""
    tcp(address, 22, lambda wire: wire.sendall(b"SSH-2.0-" + HOSTILE.encode() + b"\r\n"))
    tcp(address, 23, lambda _: threading.Event().wait(60))
    tcp(address, 80, page(f"Server: {HOSTILE}\r\n", HOSTILE))
    tcp(address, 443, lambda wire: wire.sendall(b"\x15\x03\x01" + b"\xff" * 5000))
    tcp(address, 8080, drip)
    circle = struct.pack(">HHHHHH", 0, 0x8400, 0, 9999, 0, 0) + b"\xc0\x0c" + b"\0\x0c\0\1\0\0\0\1\0\2\xc0\x0c"
    group(5353, address, "224.0.0.251", lambda _: circle)
    device = f"urn:x:device:{'A' * 3000}:1"
    location = f"HTTP/1.1 200 OK\r\nST: {device}\r\nSERVER: {HOSTILE}\r\nLOCATION: http://8.8.8.8/\r\n\r\n"
    group(1900, address, "239.255.255.250", lambda _: location.encode()[:8000])


def drip(wire: socket.socket) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        wire.sendall(b"X")
        threading.Event().wait(0.4)


if __name__ == "__main__":
    for kind in sys.argv[1].split(","):
        globals()[kind](sys.argv[2])
    say_ready()
    threading.Event().wait()
