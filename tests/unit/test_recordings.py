"""Cameras and recorders in their three ways, honest, broken and hostile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from probes.kinds import Clock, Recording
from probes.observation import Observation, Reason, Status
from probes.recorder_clock import recorder_clock
from probes.recording import recording
from probes.video.digest import authorization
from tests.video_devices import PASSWORD, USER, Answers, Recorder, dahua, daily, isapi, onvif, recorder, rtsp
from tests.web_servers import raw
from tests.world import TestWorld, campus, look

WAYS: dict[str, Answers] = {"isapi": isapi, "dahua": dahua, "onvif": onvif}


def world(protocol: str, port: int, rtsp_port: int, password: str = PASSWORD, **video: Any) -> TestWorld:
    made = campus(
        credential=[{"id": "view", "kind": "http", "user": USER, "password": "env:VIEW"}],
        device=[
            {
                "id": "nvr",
                "role": "recorder",
                "address": "127.0.0.1",
                "video": {
                    "protocol": protocol,
                    "credential": "view",
                    "port": port,
                    "rtsp_port": rtsp_port,
                    "timeout_s": 5,
                    **video,
                },
            }
        ],
        camera=[{"id": "gate", "recorder": "nvr", "channel": 2, "keep_days": 30}],
    )
    return TestWorld(made, secrets={"env:VIEW": password})


async def seen_of(protocol: str, made: Recorder, **settings: Any) -> Observation:
    with recorder(made, WAYS[protocol], login=protocol != "onvif") as port:
        place = world(protocol, port, made.rtsp_port, **settings)
        [seen] = await look(recording, place, place.campus.camera[0])
    assert PASSWORD.encode() not in b"".join(place.kept.values())
    return seen


def value_of(seen: Observation) -> Recording:
    assert isinstance(seen.value, Recording), seen.detail
    return seen.value


@pytest.mark.parametrize("protocol", WAYS)
async def test_the_oldest_recording_is_found_and_plays(protocol: str) -> None:
    made = Recorder(daily(130))
    value = value_of(await seen_of(protocol, made))
    assert value.oldest is not None
    assert abs(value.oldest - made.recordings[0][0]) < timedelta(seconds=2)
    assert value.span_days == pytest.approx(130, abs=0.1)
    assert (value.playable, value.live) == (True, True)
    assert (value.channels_ok, value.channels) == ((None, 2) if protocol == "onvif" else (2, 3))
    assert value.missing_days == (None if protocol == "onvif" else ())


@pytest.mark.parametrize("protocol", ["isapi", "dahua"])
async def test_days_without_recordings_are_named(protocol: str) -> None:
    made = Recorder(daily(100, without=(8, 9, 10)))
    value = value_of(await seen_of(protocol, made))
    today = datetime.now(UTC).astimezone(made.recordings[0][0].tzinfo).date()
    assert value.missing_days is not None
    assert 2 <= len(value.missing_days) <= 3
    assert all(7 <= (today - day).days <= 10 for day in value.missing_days)


@pytest.mark.parametrize("protocol", ["isapi", "dahua"])
async def test_a_channel_without_recordings_has_no_oldest(protocol: str) -> None:
    value = value_of(await seen_of(protocol, Recorder([])))
    assert (value.oldest, value.span_days, value.playable) == (None, None, None)


@pytest.mark.parametrize("protocol", WAYS)
async def test_what_does_not_play_is_not_playable(protocol: str) -> None:
    value = value_of(await seen_of(protocol, Recorder(daily(40), plays=False)))
    assert (value.playable, value.live) == (False, False)
    assert value.span_days is not None


@pytest.mark.parametrize("protocol", WAYS)
async def test_a_wrong_password_is_said(protocol: str) -> None:
    seen = await seen_of(protocol, Recorder(daily(3)), password="wrong")
    assert (seen.status, seen.reason) == (Status.UNAVAILABLE, Reason.AUTHENTICATION_FAILED)


@pytest.mark.parametrize("protocol", WAYS)
async def test_nothing_but_reading_is_asked_of_a_recorder(protocol: str) -> None:
    made = Recorder(daily(40))
    await seen_of(protocol, made)
    calls = [one for one in made.asked if not one.startswith(("RTSP", "PLAY"))]
    assert calls
    changing = ("set", "put ", "delete", "create", "remove", "reboot", "modify")
    allowed = ("factory.create",)  # Dahua's search is an object that is closed again
    assert [one for one in calls if any(word in one.lower() for word in changing) and not one.endswith(allowed)] == []
    if protocol == "dahua":
        assert sum("factory.create" in one for one in calls) == sum("action=destroy" in one for one in calls)
    if protocol == "onvif":
        assert "EndSearch" in calls


@pytest.mark.parametrize("protocol", WAYS)
@pytest.mark.parametrize("ahead_s", [0, 95, -3600])
async def test_the_clock_of_a_recorder_is_read(protocol: str, ahead_s: float) -> None:
    made = Recorder(daily(3), ahead_s=ahead_s)
    with recorder(made, WAYS[protocol], login=protocol != "onvif") as port:
        place = world(protocol, port, made.rtsp_port)
        [seen] = await look(recorder_clock, place, place.campus.device[0])
    assert seen.subject == "nvr"
    assert isinstance(seen.value, Clock)
    assert seen.value.offset_s == pytest.approx(ahead_s, abs=2.5)


async def test_onvif_is_logged_in_to_by_the_devices_own_time() -> None:
    assert value_of(await seen_of("onvif", Recorder(daily(40), ahead_s=7200))).span_days is not None


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Time>&b;</Time>'


@pytest.mark.parametrize(
    ("protocol", "path", "body"),
    [
        ("isapi", "/ISAPI/System/time", BOMB),
        ("isapi", "/ISAPI/System/time", b"<Time>"),
        ("isapi", "/ISAPI/ContentMgmt/search", b"\xff\xfe\x00"),
        ("onvif", "/onvif/device_service", BOMB),
        ("isapi", "/ISAPI/System/time", b"<a>" * 3000),
    ],
)
async def test_hostile_xml_is_refused(protocol: str, path: str, body: bytes) -> None:
    made = Recorder(daily(3), odd={path: lambda _: (200, body)})
    seen = await seen_of(protocol, made)
    assert seen.reason is Reason.UNEXPECTED_ANSWER


async def test_a_search_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.video.door.MOST_REQUESTS", 30)
    begin = datetime.now(UTC) - timedelta(days=50)
    item = (
        f"<searchMatchItem><timeSpan><startTime>{begin:%Y-%m-%dT%H:%M:%SZ}</startTime><endTime>{begin:%Y-%m-%dT%H:%M:%SZ}"
        "</endTime></timeSpan></searchMatchItem>"
    )
    page = f"<R><responseStatusStrg>MORE</responseStatusStrg>{item}</R>".encode()
    made = Recorder([], odd={"/ISAPI/ContentMgmt/search": lambda _: (200, page)})
    seen = await seen_of("isapi", made)
    assert seen.reason is Reason.TIMEOUT
    assert len(made.asked) < 60


async def test_recordings_of_the_future_do_not_count() -> None:
    ahead = datetime.now(UTC) + timedelta(days=400)
    assert value_of(await seen_of("isapi", Recorder([(ahead, ahead)]))).oldest is None


async def test_a_camera_with_nothing_but_rtsp_is_on_line_or_not() -> None:
    for plays in (True, False):
        made = Recorder([], plays=plays)
        with rtsp(made) as port:
            place = world("rtsp", 1, port, rtsp_path="/ch1")
            [seen] = await look(recording, place, place.campus.camera[0])
        value = value_of(seen)
        assert (value.channels, value.channels_ok, value.live, value.oldest) == (1, int(plays), plays, None)


def rtsp_lies(answer: bytes) -> Any:
    return raw(lambda wire: [wire.recv(4096) and wire.sendall(answer) for _ in range(9)] and None)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 200_000, b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n"]
)
async def test_a_server_that_speaks_no_rtsp_is_not_live(answer: bytes) -> None:
    with rtsp_lies(answer) as url:
        place = world("rtsp", 1, int(url.rsplit(":", 1)[1].strip("/")), timeout_s=2)
        [seen] = await look(recording, place, place.campus.camera[0])
    assert value_of(seen).live is False


async def test_nobody_there_and_nothing_named_is_said(tmp_path: Path) -> None:
    place = world("isapi", 1, 1)
    [seen] = await look(recording, place, place.campus.camera[0])
    assert seen.reason is Reason.REFUSED
    bare = TestWorld(campus(camera=[{"id": "gate"}]))
    [seen] = await look(recording, bare, bare.campus.camera[0])
    assert seen.reason is Reason.NOT_CONFIGURED


def test_the_digest_is_that_of_the_rfc() -> None:
    """RFC 2617, 3.5 without its qop, whose cnonce is ours to choose; computed by hand after 3.2.2."""
    offer = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc"'
    header = authorization([offer], "GET", "/dir/index.html", "Mufasa", "Circle Of Life")
    assert header is not None
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in header
    assert 'opaque="5ccc"' in header
    assert authorization(["Negotiate"], "GET", "/", "u", "p") is None
    basic = authorization(
        ['Basic realm="x"', 'Digest realm="x", nonce="y", algorithm=SHA-512-256'], "GET", "/", "u", "p"
    )
    assert basic == "Basic dTpw"


@pytest.mark.parametrize("protocol", WAYS)
@pytest.mark.parametrize("days_wrong", [-60, 200])
async def test_a_wrong_clock_makes_no_recording_older_or_younger(protocol: str, days_wrong: int) -> None:
    wrong_by = timedelta(days=days_wrong)
    made = Recorder([(begin + wrong_by, end + wrong_by) for begin, end in daily(10)], ahead_s=wrong_by.total_seconds())
    value = value_of(await seen_of(protocol, made))
    assert value.span_days == pytest.approx(10, abs=0.1)
    assert value.missing_days == (None if protocol == "onvif" else ())


async def test_recordings_that_ended_long_ago_do_not_reach_to_the_present() -> None:
    old = [(begin - timedelta(days=40), end - timedelta(days=40)) for begin, end in daily(60)]
    value = value_of(await seen_of("onvif", Recorder(old)))
    assert value.missing_days is not None
    assert len(value.missing_days) >= 29


async def test_recordings_of_a_clock_without_battery_are_not_believed() -> None:
    begin = datetime(1970, 1, 2, tzinfo=UTC)
    value = value_of(await seen_of("onvif", Recorder([(begin, datetime.now(UTC))])))
    assert (value.oldest, value.span_days) == (None, None)


LONG_AGO = [datetime(1001, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)]


@pytest.mark.parametrize("protocol", WAYS)
@pytest.mark.parametrize("year", [1, 1900, 9999])
async def test_a_clock_that_shows_no_time_of_this_world_is_not_reckoned_with(protocol: str, year: int) -> None:
    odd = datetime(year, 12, 31, 23, 59, 58, tzinfo=timezone(timedelta(hours=-14)))
    bodies = {
        "isapi": ("/ISAPI/System/time", f"<Time><localTime>{odd.isoformat()}</localTime></Time>"),
        "dahua": ("/cgi-bin/global.cgi", f"result={year:04}-12-31 23:59:58\r\n"),
    }
    made = Recorder(daily(40))
    if protocol == "onvif":
        made.odd["/onvif/device_service"] = lambda body: _onvif_of_year(made, body, year)
    else:
        path, body = bodies[protocol]
        made.odd[path] = lambda _: (200, body.encode())
    value = value_of(await seen_of(protocol, made))
    assert value.span_days == pytest.approx(40, abs=0.1)


def _onvif_of_year(made: Recorder, body: bytes, year: int) -> tuple[int, bytes]:
    status, answer = onvif(made, "/onvif/device_service", body)
    return status, answer.replace(f"<Year>{made.time.year}<".encode(), f"<Year>{year}<".encode())


@pytest.mark.parametrize("protocol", WAYS)
async def test_recordings_outside_of_all_calendars_cost_no_time_and_count_for_nothing(protocol: str) -> None:
    begin, end = LONG_AGO
    made = Recorder([(begin, end)] * 150)
    seen = await seen_of(protocol, made)
    assert value_of(seen).oldest is None
    made = Recorder([*daily(40)[:20], *[(begin, end)] * 150, *daily(40)[20:]])
    value = value_of(await seen_of(protocol, made))
    assert value.span_days == pytest.approx(40, abs=0.1)


async def test_another_server_that_answers_in_xml_is_no_recorder_without_recordings() -> None:
    page = b"<html><body>cameras: 0</body></html>"
    made = Recorder([], odd={"/ISAPI": lambda _: (200, page)})
    assert (await seen_of("isapi", made)).reason is Reason.UNEXPECTED_ANSWER
