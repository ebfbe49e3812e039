"""OpenSearch and Loki: their own counts by day, checked against stand-ins that take only documented requests."""

from __future__ import annotations

import base64
import socket
from datetime import datetime, timedelta
from typing import Any

import pytest

from probes.kinds import LogCoverage
from probes.log_coverage import log_coverage
from probes.observation import Observation, Reason, Status
from tests.log_servers import READING, Fake, serving
from tests.logtrees import NOW, SCHOOL, days_ago, moments
from tests.world import TestWorld, campus, look

GONE = tuple(sorted(days_ago(30, 31, 77)))
AT = [one for day in sorted(days_ago(*range(1, 190))) if day not in GONE for one in moments(day, 240)]
LOKI = {"kind": "loki", "selector": '{job="fw"}'}
OPENSEARCH = {"kind": "opensearch", "index": "fw-*"}


def records(*more: datetime | None) -> list[tuple[datetime | None, dict[str, str]]]:
    return [(at, {"host.keyword": f"fw-{n % 2}"}) for n, at in enumerate([*AT, *more])]


async def ask(fake: Fake, store: dict[str, Any], **more: Any) -> Observation:
    with serving(fake) as url:
        observation = await at(store | {"url": url}, **more)
    assert all(READING.match(" ".join(one)) for one in fake.asked), fake.asked
    return observation


async def at(store: dict[str, Any], **more: Any) -> Observation:
    login = {"id": "web", "kind": "http", "user": "审计", "password": "env:X", **more.pop("login", {})}
    source = {"id": "fw", "records": ["session"], "store": store, **more}
    school = campus(credential=[login], log_source=[source])
    world = TestWorld(school, at=NOW, secrets={"env:X": "s3cret", "env:T": "t0ken"})
    (observation,) = await look(log_coverage, world, school.log_source[0])
    assert "s3cret" not in observation.detail
    assert not any(b"s3cret" in raw or b"t0ken" in raw for raw in world.kept.values())
    return observation


@pytest.mark.parametrize("store", [OPENSEARCH, OPENSEARCH | {"kind": "elasticsearch"}, LOKI], ids=["os", "es", "loki"])
async def test_days_are_counted_in_the_schools_calendar(store: dict[str, Any]) -> None:
    found = (await ask(Fake(records()), store)).value
    assert isinstance(found, LogCoverage)
    assert (found.oldest, found.newest, found.records) == (AT[0], AT[-1], len(AT))
    assert found.missing_days == GONE
    assert found.day_counts == tuple(0 if day in GONE else 6 for day in sorted(days_ago(*range(1, 190))))
    assert (found.counted, found.store) == ("exact", store["kind"])
    assert found.longest_gap_h == pytest.approx(52, abs=1)


async def test_undated_future_and_absurd_documents(tmp_path: object) -> None:
    ahead, ancient = NOW + timedelta(days=400), datetime(1999, 1, 1, tzinfo=SCHOOL)
    found = (await ask(Fake(records(None, None, ahead, ancient)), OPENSEARCH)).value
    assert isinstance(found, LogCoverage)
    assert (found.undated_records, found.future_records, found.misplaced_records) == (2, 1, 1)
    assert (found.oldest, found.newest) == (AT[0], AT[-1])


async def test_only_some_documents() -> None:
    found = (await ask(Fake(records()), OPENSEARCH | {"where": {"host.keyword": "fw-1"}})).value
    assert isinstance(found, LogCoverage)
    assert found.records == len(AT) // 2


async def test_many_years_of_a_wrong_clock_come_page_by_page() -> None:
    wrong = [datetime(2001, 1, 1, 12, tzinfo=SCHOOL) + timedelta(days=n) for n in range(2500)]
    fake = Fake(records(*wrong))
    found = (await ask(fake, OPENSEARCH)).value
    assert isinstance(found, LogCoverage)
    assert (found.oldest, found.misplaced_records) == (AT[0], 2500)
    assert sum(path.endswith("_search") for _, path in fake.asked) == 3


async def test_room_and_forecast() -> None:
    found = (await ask(Fake(records()), OPENSEARCH)).value
    assert isinstance(found, LogCoverage)
    assert (found.bytes, found.forecast_days) == (1_000_000, pytest.approx(1890, rel=0.1))
    tight = (await ask(Fake(records()), OPENSEARCH, quota_gb=0.0015)).value
    assert tight.forecast_days == pytest.approx(283, rel=0.1)  # type: ignore[union-attr]
    closed = (await ask(Fake(records(), stats=False), OPENSEARCH)).value
    assert (closed.bytes, closed.forecast_days) == (None, None)  # type: ignore[union-attr]


@pytest.mark.parametrize("store", [OPENSEARCH, LOKI], ids=["os", "loki"])
async def test_logins(store: dict[str, Any]) -> None:
    pair = "Basic " + base64.b64encode("审计:s3cret".encode()).decode()
    assert (await ask(Fake(records(), authorization=pair), store | {"credential": "web"})).status is Status.OK
    token = {"user": None, "password": None, "token": "env:T"}
    held = Fake(records(), authorization="Bearer t0ken")
    assert (await ask(held, store | {"credential": "web"}, login=token)).status is Status.OK
    refused = await ask(Fake(records(), authorization=pair), store)
    assert (refused.status, refused.reason) == (Status.UNAVAILABLE, Reason.AUTHENTICATION_FAILED)


async def test_a_tenant_of_loki() -> None:
    assert (await ask(Fake(records(), tenant="school"), LOKI | {"tenant": "school"})).status is Status.OK
    assert (await ask(Fake(records(), tenant="school"), LOKI)).reason is Reason.AUTHENTICATION_FAILED


@pytest.mark.parametrize(
    ("fake", "said"),
    [
        (Fake(records(), failed_shards=2), "2 of 5 shards failed"),
        (Fake(records(), timed_out=True), "not complete"),
        (Fake([], answer=(200, b"<html>login</html>")), "no JSON"),
        (Fake([], answer=(200, b"[]")), "not what this server should say"),
        (Fake([], answer=(200, b'{"_shards": {"total": 0, "failed": 0}}')), "no index of that name"),
        (Fake([], answer=(200, b'{"_shards": {"total": 1}, "aggregations": {"days": 3}}')), "not what this server"),
        (Fake([], answer=(302, b"")), "HTTP 302"),
        (Fake([], answer=(500, b"<script>\x00\x1b[31m" + b"x" * 5000)), "HTTP 500"),
        (Fake([]), "no document with a credible time"),
    ],
)
async def test_what_opensearch_does_not_tell_is_not_guessed(fake: Fake, said: str) -> None:
    observation = await ask(fake, OPENSEARCH)
    assert observation.status is Status.UNAVAILABLE
    assert said in observation.detail
    assert len(observation.detail) < 600
    assert "\x1b" not in observation.detail


@pytest.mark.parametrize(
    ("fake", "said"),
    [
        (Fake(records(), shift_s=900), "not what this server should say"),
        (Fake([], answer=(200, b'{"status": "error", "data": {}}')), "not what this server should say"),
        (Fake([], answer=(200, b'{"status": "success"}')), "not what this server should say"),
        (Fake([], answer=(400, b"the query time range exceeds the limit")), "exceeds the limit"),
        (Fake([]), "has no line in the last 400 days"),
    ],
)
async def test_what_loki_does_not_tell_is_not_guessed(fake: Fake, said: str) -> None:
    observation = await ask(fake, LOKI)
    assert observation.status is Status.UNAVAILABLE
    assert said in observation.detail


async def test_nobody_there_and_somebody_mute() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        assert (await at(LOKI | {"url": url})).reason is Reason.REFUSED
        mute.listen()
        assert (await at(LOKI | {"url": url, "timeout_s": 0.5})).reason is Reason.TIMEOUT
