"""HTTPS sites for tests, as a program: ``site_server.py CERTIFICATE ADDRESS …`` listens on port 443 of each."""

from __future__ import annotations

import socketserver
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler


class Site(BaseHTTPRequestHandler):
    """Tells the caller's address at ``/ip``; ``/members`` refuses all but the education network."""

    def do_GET(self) -> None:
        caller = str(self.client_address[0])
        refused = self.path == "/members" and not caller.startswith("202.")
        self.send_response(403 if refused else 200)
        self.end_headers()
        self.wfile.write(caller.encode() if self.path == "/ip" else b"welcome")

    def log_message(self, *_: object) -> None:
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass  # who does not trust the certificate hangs up


def main(certificate: str, *addresses: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    threads = []
    for address in addresses:
        server = Server((address, 443), Site)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threads.append(threading.Thread(target=server.serve_forever))
        threads[-1].start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
