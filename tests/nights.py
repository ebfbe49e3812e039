"""Bundles of made-up nights for tests: a small school whose portal, switch and papers can be set as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from auditor import inventory
from auditor.bundle import BundleWriter, Header, Planned
from auditor.redact import Redactor
from probes.kinds import Attestation, Document, Port, Value, Website
from probes.observation import Method, Observation, Reason, Status
from rules.load import load_rubric, rubric_source
from rules.rubric import Rubric

FIRST = datetime(2026, 9, 1, 14, tzinfo=UTC)  # 22:00 in Shanghai
INVENTORY = """\
[school]
name = "示例中学"
stages = ["junior"]

[[device]]
id = "sw-1"
role = "access-switch"
address = "127.0.0.1"
name = "A 楼交换机"

[[place]]
id = "A-301"
kind = "classroom"
name = "八(1)班"
port = "sw-1:GE0/0/5"

[[service]]
id = "portal"
what = "website"
url = "http://127.0.0.1:1/"
"""


def saw(kind: str, subject: str, value: Value | None, at: datetime, reason: Reason | None = None) -> Observation:
    probes = {"port": "ports", "website": "website", "attestation": "attestation", "throughput": "throughput"}
    return Observation(
        kind=kind,
        subject=subject,
        status=Status.OK if value is not None else Status.UNAVAILABLE,
        reason=reason,
        taken_at=at,
        duration_s=0.1,
        probe=probes[kind],
        vantage="host",
        method=Method.ATTESTED if kind == "attestation" else Method.READ,
        value=value,
    ).sealed()


def portal(at: datetime, *, days: float | None = 200.0, reason: Reason | None = None) -> Observation:
    value = None if reason else Website(reachable=True, newest_item_age_days=3, https_valid_days=days, http_status=200)
    return saw("website", "service:portal", value, at, reason)


def port(at: datetime, mbps: float | None = 1000, reason: Reason | None = None) -> Observation:
    if reason is not None:
        return saw("port", "sw-1", None, at, reason)
    return saw("port", "sw-1:GE0/0/5", Port(speed_mbps=mbps, duplex="full", admin_up=True, oper_up=True), at)


def paper(indicator: str, at: datetime, on: date, until: date | None = None) -> Observation:
    claim = Attestation(
        claim="met", by="张三", on=on, valid_until=until, documents=(Document(name="制度.pdf", sha256="0" * 64),)
    )
    return saw("attestation", indicator, claim, at)


def night(
    parent: Path,
    number: int,
    observations: Sequence[Observation] | None = None,
    *,
    written: str = INVENTORY,
    finished: bool = True,
    by_hand: bool = False,
    only: tuple[str, ...] = (),
    began: datetime | None = None,
) -> Path:
    """The bundle of the n-th night after the first."""
    at = began or FIRST + timedelta(days=number)
    file = parent / "inventory.toml"
    parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text("utf-8") != written:
        file.write_text(written, encoding="utf-8")
    campus = inventory.load(file)
    rubric = _rubric()
    writer = BundleWriter.create(parent, at, Redactor())
    if not by_hand:
        writer.night({"night": at.astimezone(UTC).date().isoformat()})
    header = Header(
        id=writer.path.name,
        version="1",
        school=campus.school.name,
        rubric=rubric.rubric.id,
        rubric_sha256=rubric.sha256,
        vantage="host",
        started_at=at.isoformat(),
        only=only,
    )
    seen = [portal(at), port(at)] if observations is None else observations
    tasks = [Planned("ports", "sw-1"), Planned("website", "service:portal")]
    writer.begin(header, inventory.snapshot(campus), rubric_source(campus.audit.rubric), tasks)
    for one in seen:
        writer.append(one)
    for task in tasks:
        writer.done(task, 1, 0.1)
    if finished:
        writer.finish(at + timedelta(minutes=10))
    else:
        writer.close()
    return writer.path


@cache
def _rubric() -> Rubric:
    return load_rubric("jiangsu-2018")


def at(number: int) -> datetime:
    """When the n-th night began."""
    return FIRST + timedelta(days=number)
