"""What writes logs, and where they are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from probes.entries.base import Entry, Id


class DirectoryStore(Entry):
    """Log files in a directory of this machine, compressed or not."""

    kind: Literal["directory"]
    path: str
    pattern: str = "**/*"


class RecordType(StrEnum):
    """What a log holds records of."""

    SESSION = "session"
    NAT = "nat"
    BEHAVIOUR = "behaviour"
    DHCP = "dhcp"
    AAA = "aaa"
    CONTROLLER = "controller"
    CORE_SWITCH = "core-switch"
    SERVER = "server"
    WEBSITE = "website"
    IDS = "ids"
    WAF = "waf"
    ANTIVIRUS = "antivirus"
    SYSTEM = "system"


class LogSource(Entry):
    """Something that writes a log, and where the log is kept."""

    id: Id
    name: str = ""
    records: tuple[RecordType, ...] = Field(min_length=1)
    device: Id | None = Field(None, description="产生日志的设备 / the device that writes it")
    store: DirectoryStore
    setting_days: Annotated[int, Field(ge=0)] | None = Field(
        None, description="设备上设置的保存天数（仅供核对） / retention set on the device, for comparison only"
    )
