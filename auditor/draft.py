"""An inventory written from what a search found, with comments in Chinese and English that say what to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from auditor.demo.inventory import toml
from probes.campus import Campus, Credential, Device, Service

HEAD = """\
# 由 campus-auditor init 生成：请逐段核对，删去多余的，补上缺少的；“campus-auditor check 本文件”会指出全部错误。
# Written by campus-auditor init: read every part, delete what is not wanted, add what is missing; "campus-auditor check
# FILE" names every mistake. What each key means: inventory.example.toml.
"""

SCHOOL = """\
# 学校：请填写名称、学段，以及师生数（1.2.1–1.2.3 用）。
# The school: fill in its name and stages, and the numbers that 1.2.1 to 1.2.3 need.
# teachers = 96
# students = { junior = 540 }
# largest_class = 46
"""

DISCOVERY = """\
# 主机发现：写明授权人与截止日期；到期后不再扫描。
# Looking for hosts: who allows it and until when; after that day nobody is looked for.
"""

SUBNET = """\
# 地址段：use 请改为 office | student | server | management | security | guest | other，学生网段写明 stage。
# Ranges: set use, and for student ranges stage; their hosts are then counted for 1.2.1 to 1.2.3.
"""

CREDENTIAL = """\
# 登录方式：只写引用，不写密钥本身；请用只读账号。
# Credentials: references only, never the secret itself; use read-only accounts.
# [[credential]]
# id = "snmp-ro"
# kind = "snmp-v2c"
# community = "env:CAMPUS_SNMP"
"""

DEVICE = """\
# 设备：交换机一律先记为 access-switch，核心与汇聚请自行更改；没有 snmp 或 ssh 的，补上后才能测量。
# Devices: every switch is called access-switch at first, so change the core; add snmp or ssh where it is missing.
# 例 / such as: snmp = { credential = "snmp-ro" }
"""

PLACE = """\
# 场所：教室与公共区域各写一段，port 为接入端口，terminals 为公用终端或大屏地址（1.1.1、1.1.2、1.2.4、1.3.1）。
# Places: one for each classroom and public area, with its port and the addresses of its terminals or panel.
# [[place]]
# id = "A-301"
# kind = "classroom"
# name = "初一(1)班"
# port = "<设备 id>:GigabitEthernet0/0/1"
"""

UPLINK = """\
# 出口：校外参考服务器 responder 必须在校外。
# Lines out of the school; the responder has to stand outside it.
# [[uplink]]
# id = "main"
# port = "<设备 id>:GigabitEthernet0/0/24"
# contract_mbps = 1000
"""

SERVICE = """\
# 应用系统：由网页标题推测，请核对 what；未发现的系统请补上。
# Systems: guessed from the titles of their pages, so check "what"; add those that were not found.
"""

CAMERA = """\
# 摄像机：请写明所在场所与录像机。
# Cameras: say in which place each is, and on which recorder.
"""


def draft(campus: Campus) -> str:
    """The inventory as TOML. It passes ``check`` as it is."""
    blocks = [
        HEAD,
        SCHOOL + toml({"school": {"name": campus.school.name, "stages": [str(one) for one in campus.school.stages]}}),
        *_discovery(campus),
        SUBNET + _tables("subnet", [{"id": one.id, "cidr": str(one.cidr), "use": one.use} for one in campus.subnet]),
        CREDENTIAL + _tables("credential", [_credential(one) for one in campus.credential]),
        DEVICE + _tables("device", [_device(one) for one in campus.device]),
        PLACE,
        UPLINK,
        SERVICE + _tables("service", [_service(one) for one in campus.service]),
        CAMERA + _tables("camera", [_plain(one, "id", "name", "address") for one in campus.camera]),
    ]
    return "\n".join(block.rstrip() + "\n" for block in blocks)


def _discovery(campus: Campus) -> Iterator[str]:
    settings = campus.discovery
    if settings is not None:
        written: dict[str, Any] = {"authorised_by": settings.authorised_by, "until": settings.until}
        if settings.leave_out:
            written["leave_out"] = [str(one) for one in settings.leave_out]
        yield DISCOVERY + toml({"discovery": written})


def _tables(name: str, entries: Sequence[dict[str, Any]]) -> str:
    return toml({name: entries}) if entries else ""


def _credential(one: Credential) -> dict[str, Any]:
    return {key: value for key, value in one.model_dump(mode="json").items() if value is not None}


def _device(one: Device) -> dict[str, Any]:
    written = _plain(one, "id", "role", "address", "name", "dialect")
    for access in ("snmp", "ssh"):
        settings = getattr(one, access)
        if settings is not None:
            written[access] = {"credential": settings.credential}
    return written


def _service(one: Service) -> dict[str, Any]:
    return _plain(one, "id", "what", "name", "url")


def _plain(one: Any, *keys: str) -> dict[str, Any]:
    """The fields that say something."""
    return {key: str(value) for key in keys if (value := getattr(one, key))}
