"""Where the network ends: places and what serves them, lines out of the school, ranges of addresses."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field
from pydantic.networks import IPvAnyNetwork

from probes.entries.base import Entry, Id, MacAddress, SecretRef
from probes.entries.school import Stage


class PlaceKind(StrEnum):
    """What a place (场所) is used for."""

    CLASSROOM = "classroom"
    SMART_CLASSROOM = "smart-classroom"
    COMPUTER_ROOM = "computer-room"
    LABORATORY = "laboratory"
    RECORDING_ROOM = "recording-room"
    OFFICE = "office"
    ADMINISTRATION = "administration"
    MEETING = "meeting"
    ACTIVITY = "activity"
    LIBRARY = "library"
    CANTEEN = "canteen"
    DORMITORY = "dormitory"
    HALL = "hall"
    GYM = "gym"
    OUTDOOR = "outdoor"
    MACHINE_ROOM = "machine-room"
    OTHER = "other"


class Place(Entry):
    """A place of the school, and the switch port that serves it."""

    id: Id
    kind: PlaceKind
    name: str = ""
    building: str = ""
    floor: str = ""
    port: str | None = Field(None, description="接入端口 <设备>:<端口> / access port, <device>:<ifName>")
    mac: MacAddress | None = Field(
        None,
        description="大屏等固定设备的 MAC，用于查找端口 / MAC of the panel there, by which the port is found",
    )
    responder: str | None = Field(None, description="测速应答端 主机:端口 / throughput peer standing there, host:port")
    responder_secret: SecretRef | None = Field(
        None, description="该应答端的共享口令（引用） / its own shared secret; else that of [audit.throughput]"
    )
    wifi: bool | None = Field(None, description="是否属于无线覆盖主要场所 / counts for Wi-Fi coverage (1.1.2)")
    access_points: tuple[str, ...] = Field((), description="该处 AP 的名称 / names of the access points there")
    terminals: tuple[str, ...] = Field((), description="公用终端地址 / addresses of shared terminals there (1.2.4)")


class Uplink(Entry):
    """A line out of the school."""

    id: Id
    name: str = ""
    port: str | None = Field(None, description="出口端口 <设备>:<端口> / port, <device>:<ifName>")
    contract_mbps: Annotated[float, Field(gt=0)] | None = Field(None, description="合同带宽 / bandwidth bought")
    network: Literal["internet", "cernet", "district"] = "internet"
    responder: str | None = Field(None, description="校外参考服务器 主机:端口 / reference server outside, host:port")
    responder_secret: SecretRef | None = Field(
        None, description="该应答端的共享口令（引用） / its own shared secret; else that of [audit.throughput]"
    )


class Subnet(Entry):
    """A range of addresses and who sits in it; hosts found there are counted for the ratios of 1.2.1 to 1.2.3."""

    id: Id
    cidr: IPvAnyNetwork
    use: Literal["office", "student", "server", "management", "security", "guest", "other"]
    stage: Stage | None = Field(None, description="学生网段所属学段 / stage that a student range belongs to (1.2.2)")
