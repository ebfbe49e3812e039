"""``recording`` of a camera that offers nothing but RTSP: GStreamer's server, with digest login."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.kinds import Recording
from probes.observation import Observation, Reason
from probes.recording import recording
from tests.lab.security_net import until
from tests.world import TestWorld, campus, look

pytestmark = pytest.mark.lab

USER, PASSWORD = "viewer", "look-only"
# The system's Python has GStreamer's bindings; ours may be another.
PYTHON = "/usr/bin/python3"
WANTED = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer
Gst.init(None)
sys.exit(not all(map(Gst.ElementFactory.find, ("videotestsrc", "jpegenc", "rtpjpegpay"))))
"""
CAMERA = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(); server.set_address("127.0.0.1"); server.set_service(sys.argv[1])
token = GstRtspServer.RTSPToken(); token.set_string("media.factory.role", "viewer")
auth = GstRtspServer.RTSPAuth(); auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
auth.add_digest(sys.argv[2], sys.argv[3], token); server.set_auth(auth)
allowed = GstRtspServer.RTSPPermissions()
for right in ("access", "construct"):
    allowed.add_permission_for_role("viewer", "media.factory." + right, True)
camera = GstRtspServer.RTSPMediaFactory(); camera.set_permissions(allowed)
camera.set_launch("( videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=120,framerate=10/1"
                  " ! jpegenc ! rtpjpegpay name=pay0 )")
server.get_mount_points().add_factory("/ch1", camera); server.attach(None)
GLib.MainLoop().run()
"""


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    python = PYTHON if Path(PYTHON).exists() else sys.executable
    if subprocess.run([python, "-c", WANTED], capture_output=True, check=False).returncode:
        pytest.skip("GStreamer's RTSP server and plugins (base, good) are not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with (tmp_path_factory.mktemp("camera") / "log").open("wb") as log:
        server = subprocess.Popen([python, "-c", CAMERA, str(port), USER, PASSWORD], stdout=log, stderr=log)
    try:
        until("the camera listens", lambda: answers(port))
        yield port
    finally:
        server.terminate()
        server.wait(20)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


async def seen_of(port: int, password: str = PASSWORD, path: str = "/ch1", user: str | None = USER) -> Observation:
    access = {"protocol": "rtsp", "rtsp_port": port, "rtsp_path": path, "timeout_s": 20}
    login = {"id": "view", "kind": "http", "user": USER, "password": "env:VIEW"}
    video = {**access, **({"credential": "view"} if user else {})}
    made = campus(credential=[login], camera=[{"id": "gate", "address": "127.0.0.1", "video": video}])
    [seen] = await look(recording, TestWorld(made, secrets={"env:VIEW": password}), made.camera[0])
    return seen


@pytest.mark.parametrize(("path", "live"), [("/ch1", True), ("/no-such-channel", False)])
async def test_a_camera_is_on_line_where_pictures_come(camera: int, path: str, live: bool) -> None:  # noqa: FBT001
    value = (await seen_of(camera, path=path)).value
    assert isinstance(value, Recording)
    assert (value.channels, value.channels_ok, value.live, value.oldest) == (1, int(live), live, None)


async def test_who_may_not_look_is_told_so_and_nothing_is_concluded(camera: int) -> None:
    assert (await seen_of(camera, password="wrong")).reason is Reason.AUTHENTICATION_FAILED
    assert (await seen_of(camera, user=None)).reason is Reason.NO_CREDENTIAL


async def test_where_nobody_is_nothing_is_concluded() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        seen = await seen_of(int(free.getsockname()[1]))
    assert seen.reason is Reason.REFUSED
