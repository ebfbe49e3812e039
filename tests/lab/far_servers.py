"""Servers that the lab runs in a namespace of their own: helpers, and a gateway that scans through a real clamd.

    python far_servers.py CLAMD_SOCKET

prints ``ready`` once all listen, and ends when its standard input does.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from probes.safeguards.helper import Manners, helping
from probes.transport.exchange import Request, exchange

ON, OFF = "10.99.0.2", "10.99.0.3"
FILES, KNOCKS, PORTAL = 8081, 5210, 8204
SECRET = "between-the-two-of-us"


def infected(data: bytes, clamd: str) -> bool:
    """What clamd says of the data (INSTREAM, clamd(8))."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(clamd)
        wire.sendall(b"zINSTREAM\0" + struct.pack(">I", len(data)) + data + struct.pack(">I", 0))
        return b"FOUND" in wire.recv(4096)


class Gateway(BaseHTTPRequestHandler):
    """Fetches from the helper beyond it, and lets pass what clamd finds clean."""

    clamd = ""

    def do_GET(self) -> None:
        answer = exchange(Request(f"http://{OFF}:{FILES}{self.path}"))
        if infected(answer.body, self.clamd):
            self.send_error(403, "Virus found")
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *args: object) -> None:
        pass


def main() -> None:
    Gateway.clamd = sys.argv[1]
    with ExitStack() as stack:
        for address in (ON, OFF):
            stack.enter_context(helping(address, KNOCKS, Manners(SECRET, neutral=(ON, 80))))
            stack.enter_context(helping(address, PORTAL, Manners()))
        stack.enter_context(helping(OFF, FILES, Manners()))
        gateway = ThreadingHTTPServer((ON, FILES), Gateway)
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
