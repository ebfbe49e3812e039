"""How hard an audit may work, where its bundles go, and what is waived."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from probes.entries.base import Entry, Id, SecretRef
from probes.night.settings import NightSettings


class Waiver(Entry):
    """An exception that somebody answers for, until a date: a whole indicator, or one subject of it."""

    indicator: str | None = None
    subject: str | None = Field(None, description="如 place:A-301 / for example place:A-301")
    until: date
    why: Annotated[str, StringConstraints(min_length=1)]
    by: Annotated[str, StringConstraints(min_length=1)]


class ThroughputSettings(Entry):
    """How long and how often goodput is measured (YD/T 2400: the first five seconds are left out)."""

    omit_s: Annotated[float, Field(ge=0, le=60)] = 5.0
    seconds: Annotated[float, Field(ge=1, le=60)] = 10.0
    repeats: Annotated[int, Field(ge=1, le=9)] = 3
    streams: Annotated[int, Field(ge=1, le=32)] = 1
    bidirectional: bool = Field(
        default=False, description="另测双向同时收发 / also measure both directions at the same time"
    )
    responder_secret: SecretRef | None = Field(
        None, description="测速应答端的共享口令（引用） / secret shared with the responders: env:NAME or file:PATH"
    )
    udp_mbps: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        None, description="另以此速率测 UDP 丢包与抖动 / also measure loss and jitter of UDP at this rate"
    )


class AuditSettings(Entry):
    """How hard the audit may work, and where it keeps its bundles."""

    rubric: str = "jiangsu-2018"
    parallel: Annotated[int, Field(ge=1, le=256)] = 32
    per_device: Annotated[int, Field(ge=1, le=16)] = 2
    bundles: str = Field("bundles", description="证据包目录，相对于本清单 / where bundles go, relative to this file")
    attestations: str = Field("attestations.toml", description="佐证清单 / attestations, relative to this file")
    throughput: ThroughputSettings = ThroughputSettings()
    night: NightSettings = NightSettings()
    here: Id | None = Field(
        None, description="本机网线所插的场所 / the place into whose socket this computer is plugged, to find its port"
    )
