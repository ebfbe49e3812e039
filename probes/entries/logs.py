"""What writes logs, and where they are kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from probes.entries.base import Entry, Id
from probes.entries.log_stores import LogStore


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
    store: LogStore
    match: tuple[Annotated[str, StringConstraints(min_length=1, max_length=253)], ...] = Field(
        (),
        description="多台设备共用的文件中，只取这些主机名或地址的行 / of files that several devices share, "
        "only the lines of these host names or addresses",
    )
    count: Literal["sampled", "exact"] = Field(
        "sampled", description="sampled 逐日抽查，exact 逐行计数 / look into every day, or count every record"
    )
    quota_gb: Annotated[float, Field(gt=0)] | None = Field(
        None, description="此日志可用的空间（GB），用于预测 / space that this log may take, for the forecast"
    )
    setting_days: Annotated[int, Field(ge=0)] | None = Field(
        None, description="设备上设置的保存天数（仅供核对） / retention set on the device, for comparison only"
    )
