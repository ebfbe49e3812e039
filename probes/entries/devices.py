"""The equipment, and how each piece is reached."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from probes.entries.base import Entry, Id, PortNumber
from probes.video.settings import VideoAccess


class SnmpAccess(Entry):
    """How a device is reached over SNMP."""

    credential: Id
    port: PortNumber = 161
    context: str = Field("", description="SNMPv3 上下文 / context name")
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 2.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    max_repetitions: Annotated[int, Field(ge=1, le=100)] = 60
    at_once: Annotated[int, Field(ge=1, le=16)] = Field(2, description="同时询问数 / questions under way at once")
    per_s: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        None, description="每秒询问数上限 / questions a second at most"
    )


class SshAccess(Entry):
    """How a device is reached over SSH."""

    credential: Id
    port: PortNumber = 22
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 20.0


class HttpAccess(Entry):
    """How a device's web interface is reached."""

    credential: Id
    port: PortNumber = 443
    tls: bool = True
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 10.0


class Role(StrEnum):
    """What a device is there for."""

    CORE_SWITCH = "core-switch"
    AGGREGATION_SWITCH = "aggregation-switch"
    ACCESS_SWITCH = "access-switch"
    ROUTER = "router"
    WIRELESS_CONTROLLER = "wireless-controller"
    ACCESS_POINT = "access-point"
    FIREWALL = "firewall"
    IDS = "ids"
    BEHAVIOUR = "behaviour"
    WAF = "waf"
    ANTIVIRUS = "antivirus"
    SCANNER = "scanner"
    AUTHENTICATION = "authentication"
    LOG_SERVER = "log-server"
    RECORDER = "recorder"
    SERVER = "server"
    UPS = "ups"
    OTHER = "other"


class Device(Entry):
    """A piece of equipment that can be asked."""

    id: Id
    role: Role
    address: Annotated[str, StringConstraints(min_length=1)] = Field(
        description="IP 地址或主机名 / address or host name"
    )
    name: str = ""
    dialect: str | None = Field(None, description="厂商方言，留空则自动识别 / vendor dialect; recognised when left out")
    snmp: SnmpAccess | None = None
    ssh: SshAccess | None = None
    http: HttpAccess | None = None
    video: VideoAccess | None = None
