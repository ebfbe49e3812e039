"""The systems of a school as programs that schools really run: broker, SIP, directory, RTSP, identity provider."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from probes.kinds import Service
from probes.services import services
from tests.world import TestWorld, campus, look

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


@contextmanager
def running(words: list[str], port: int | None = None, **options: Any) -> Iterator[None]:
    """A program until the block ends; waits until its TCP port accepts, if it has one."""
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        until = time.monotonic() + 30
        while port is not None and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert program.poll() is None, f"{words[0]} ended"
                time.sleep(0.1)
        yield
    finally:
        program.terminate()
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait(10)


async def value(**service: Any) -> Service:
    world = TestWorld(campus(service=[{"id": "one", "what": "iot", **service}]))
    (seen,) = await look(services, world, world.campus.service[0])
    assert isinstance(seen.value, Service), seen.detail
    return seen.value


@pytest.mark.parametrize(("anonymous", "code"), [("true", "CONNACK 0"), ("false", "CONNACK 5")])
async def test_mosquitto(tmp_path: Path, anonymous: str, code: str) -> None:
    needs("mosquitto")
    port = free_port()
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous {anonymous}\n", encoding="utf-8")
    with running(["mosquitto", "-c", str(configuration)], port):
        found = await value(address="127.0.0.1", port=port, protocol="mqtt")
    assert (found.reachable, found.evidence.partition(":")[0]) == (True, code)


async def test_sipp_as_a_conference_server(tmp_path: Path) -> None:
    needs("sipp")
    scenario = tmp_path / "options.xml"
    scenario.write_text(
        textwrap.dedent("""\
        <?xml version="1.0"?><scenario name="uas"><recv request="OPTIONS"/><send><![CDATA[

        SIP/2.0 200 OK
        [last_Via:]
        [last_From:]
        [last_To:];tag=1
        [last_Call-ID:]
        [last_CSeq:]
        Server: Conference
        Content-Length: 0

        ]]></send></scenario>
        """),
        encoding="utf-8",
    )
    port = free_port(socket.SOCK_DGRAM)
    with running(["sipp", "-sf", str(scenario), "-i", "127.0.0.1", "-p", str(port), "-nostdin"], cwd=tmp_path):
        for _ in range(50):  # sipp has no port that tells when it listens
            found = await value(what="conference", address="127.0.0.1", port=port, protocol="sip")
            if found.reachable:
                break
            time.sleep(0.2)
    assert (found.reachable, found.evidence) == (True, "200 OK, Conference")


async def test_slapd_shows_its_root_dse(tmp_path: Path) -> None:
    needs("slapd")
    port = free_port()
    (tmp_path / "slapd.conf").write_text(
        "include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_ldif\n"
        f'database ldif\nsuffix "dc=school,dc=example"\ndirectory {tmp_path}\n',
        encoding="utf-8",
    )
    with running(["slapd", "-d", "0", "-f", str(tmp_path / "slapd.conf"), "-h", f"ldap://127.0.0.1:{port}"], port):
        found = await value(what="identity", address="127.0.0.1", port=port, protocol="ldap")
    assert found.reachable
    assert "dc=school,dc=example" in found.evidence


RTSP = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(); server.set_address("127.0.0.1"); server.set_service(sys.argv[1])
server.attach(None); GLib.MainLoop().run()
"""


async def test_gstreamers_rtsp_server() -> None:
    python = "/usr/bin/python3"
    wanted = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if not Path(python).exists() or subprocess.run([python, "-c", wanted], capture_output=True, check=False).returncode:
        pytest.skip("gir1.2-gst-rtsp-server-1.0 is not installed")
    port = free_port()
    with running([python, "-c", RTSP, str(port)], port):
        found = await value(what="recording", address="127.0.0.1", port=port, protocol="rtsp")
    assert found.reachable
    assert "GStreamer" in found.evidence


async def test_three_systems_that_log_in_at_a_real_openid_provider() -> None:
    if find_spec("oidc_provider_mock") is None:
        pytest.skip("oidc-provider-mock is not installed")
    port = free_port()
    with running([sys.executable, "-m", "oidc_provider_mock", "--port", str(port)], port):
        asked = "response_type=code&client_id=oa&scope=openid&redirect_uri=http%3A%2F%2F127.0.0.1%2F&state=x"
        target = f"http://127.0.0.1:{port}/oauth2/authorize?{asked}"

        class System(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), System)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            base = f"http://127.0.0.1:{server.server_port}"
            found = [await value(what="management", url=f"{base}/{name}") for name in ("oa", "jw", "zc")]
        finally:
            server.shutdown()
            server.server_close()
    assert {(one.reachable, one.protocol, one.identity, one.identity_protocol) for one in found} == {
        (True, "sso", f"127.0.0.1:{port}", "oidc")
    }
