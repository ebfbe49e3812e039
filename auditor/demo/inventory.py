"""Writes what a technician of the demo's school would have written: inventory, secrets, attestations, documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from auditor.demo import floor, papers
from auditor.demo.air import SSIDS
from auditor.demo.archives import ARCHIVES, PATHS
from auditor.demo.safeguards import AUDITOR, BLOCK_TEXT, BLOCKED_HOST, VIEWER
from auditor.demo.school import DEVICES, ROOMS, SCHOOL, SILENT, SNMP_USER, SSH_USER, UPLINK_PORT

UPLINK = "uplink"
"""Key of the uplink's responder among those of the rooms."""


@dataclass(frozen=True)
class Listening:
    """Ports on loopback where the simulated campus answers.

    Attributes:
        snmp: UDP port by device; ``acc-4``'s swallows every question.
        ssh: TCP port by device.
        responders: TCP port by room, and of the uplink.
        web: TCP port of the website.
        filter: TCP port of the web filter, a proxy.
        gateway: TCP port of the behaviour management, before the website.
        recorder: TCP port of the recorder.
        helper: TCP port of the responder that offers EICAR's test file.
    """

    snmp: Mapping[str, int]
    ssh: Mapping[str, int]
    responders: Mapping[str, int]
    web: int
    filter: int
    gateway: int
    recorder: int
    helper: int


@dataclass(frozen=True)
class Secrets:
    """What the simulated devices take for proof; new for each demo."""

    community: str
    auth_key: str
    privacy_key: str
    password: str
    viewer: str


def write_inventory(directory: Path, listening: Listening, secrets: Secrets, today: date) -> Path:
    """Write all files of the inventory into ``directory``; returns the inventory's path."""
    for name, secret in vars(secrets).items():
        path = directory / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secret, encoding="utf-8")
    (directory / "documents").mkdir(exist_ok=True)
    for paper in papers.PAPERS:
        (directory / "documents" / paper.file).write_text(paper.content(), encoding="utf-8")
    (directory / floor.PLAN).parent.mkdir(exist_ok=True)
    (directory / floor.PLAN).write_text(floor.plan_svg(), encoding="utf-8")
    attestations = {"attestation": [paper.attestation(today) for paper in papers.PAPERS]}
    (directory / "attestations.toml").write_text(toml(attestations), encoding="utf-8")
    path = directory / "inventory.toml"
    path.write_text(toml(_inventory(directory, listening, today)), encoding="utf-8")
    return path


def _inventory(directory: Path, listening: Listening, today: date) -> dict[str, Any]:
    return {
        "school": {
            "name": SCHOOL,
            "stages": ["junior"],
            "district": "示例区",
            "teachers": 96,
            "students": {"junior": 540},
            "largest_class": 46,
        },
        "audit": {"throughput": {"omit_s": 0.2, "seconds": 1.0, "repeats": 1}},
        "credential": _credentials(directory),
        "device": list(_devices(listening)),
        "place": list(_places(listening)),
        "floor": [floor.entry()],
        "uplink": [
            {
                "id": "main",
                "name": "电信千兆专线",
                "port": UPLINK_PORT,
                "contract_mbps": 1000,
                **_responder(listening, UPLINK),
            }
        ],
        "log_source": list(_log_sources(directory)),
        "service": list(_services(listening)),
        "camera": [
            {"id": "gate", "name": "校门", "recorder": "nvr", "channel": 1},
            {"id": "hall", "name": "教学楼门厅", "recorder": "nvr", "channel": 2},
        ],
        "wifi": {"ssids": list(SSIDS), "security": {SSIDS[0]: "enterprise", SSIDS[1]: "personal"}},
        "controls": {"allowed_by": "副校长 李示例", "until": today + timedelta(days=120)},
        "control": list(_controls(listening)),
        "drill": [
            {
                "id": "wired",
                "name": "有线上网溯源",
                "url": f"http://127.0.0.1:{listening.gateway}/",
                "log_sources": ["behaviour"],
                "user": AUDITOR,
                "within_minutes": 1,
            }
        ],
        "protected_system": [{"id": "portal", "name": "学校门户网站", "level": 2}],
        "waiver": [
            {
                "subject": "place:E-2",
                "until": today + timedelta(days=120),
                "why": "操场改造，年内完工后补测",
                "by": "信息中心 陈示例",
            }
        ],
    }


def _credentials(directory: Path) -> list[dict[str, Any]]:
    def secret(name: str) -> str:
        return f"file:{directory / 'secrets' / name}"

    return [
        {"id": "ro", "kind": "snmp-v2c", "community": secret("community")},
        {
            "id": "v3",
            "kind": "snmp-v3",
            "user": SNMP_USER,
            "auth": "SHA256",
            "auth_key": secret("auth_key"),
            "privacy": "AES128",
            "privacy_key": secret("privacy_key"),
        },
        {"id": "ops", "kind": "ssh", "user": SSH_USER, "password": secret("password")},
        {"id": "viewer", "kind": "http", "user": VIEWER, "password": secret("viewer")},
    ]


def _devices(listening: Listening) -> Iterator[dict[str, Any]]:
    for device in DEVICES:
        snmp = {"credential": "v3" if device.secure else "ro", "port": listening.snmp[device.id]}
        ssh = {"credential": "ops", "port": listening.ssh[device.id]} if device.id in listening.ssh else None
        entry = {"id": device.id, "role": device.role, "name": device.title, "address": "127.0.0.1", "snmp": snmp}
        yield entry | ({"ssh": ssh} if ssh else {})
    yield {
        "id": "nvr",
        "role": "recorder",
        "name": "网络录像机",
        "address": "127.0.0.1",
        "video": {"protocol": "isapi", "credential": "viewer", "port": listening.recorder, "rtsp_port": 9},
    }
    yield {
        "id": SILENT.id,
        "role": SILENT.role,
        "name": SILENT.title,
        "address": "127.0.0.1",
        # Each question to a dead switch costs timeout × (retries + 1); the demo is to end within a minute.
        "snmp": {"credential": "ro", "port": listening.snmp[SILENT.id], "timeout_s": 0.5, "retries": 1},
    }


def _controls(listening: Listening) -> Iterator[dict[str, Any]]:
    """The filter works; nothing stops EICAR's test file, which is one of the planted faults."""
    yield {
        "id": "filter",
        "kind": "url_filter",
        "name": "有害网址过滤",
        "url": f"http://{BLOCKED_HOST}/",
        "neutral_url": f"http://127.0.0.1:{listening.web}/",
        "proxy": f"127.0.0.1:{listening.filter}",
        "block_text": BLOCK_TEXT,
    }
    yield {"id": "eicar", "kind": "malware", "name": "查毒", "responder": f"127.0.0.1:{listening.helper}"}


def _places(listening: Listening) -> Iterator[dict[str, Any]]:
    for room in ROOMS:
        entry: dict[str, Any] = {"id": room.id, "kind": room.kind, "name": room.name, "building": room.building}
        if room.port:
            entry["port"] = room.port
        named = [room.access_point] if room.access_point else []
        if named := named + [hung.name for hung in floor.ACCESS_POINTS if room.id in hung.serves]:
            entry["access_points"] = named
        yield entry | _responder(listening, room.id) | {"wifi": room.wifi}


def _responder(listening: Listening, key: str) -> dict[str, str]:
    port = listening.responders.get(key)
    return {"responder": f"127.0.0.1:{port}"} if port else {}


def _log_sources(directory: Path) -> Iterator[dict[str, Any]]:
    for archive in ARCHIVES:
        entry: dict[str, Any] = {"id": archive.id, "name": archive.title, "records": list(archive.records)}
        if archive.device:
            entry["device"] = archive.device
        if archive.setting_days:
            entry["setting_days"] = archive.setting_days
        kind = "table" if archive.heading else "directory"
        yield entry | {"store": {"kind": kind, "path": str(directory / PATHS[archive.id])}}


def _services(listening: Listening) -> Iterator[dict[str, Any]]:
    base = f"http://127.0.0.1:{listening.web}"
    yield {
        "id": "portal",
        "what": "website",
        "name": "学校门户网站",
        "url": f"{base}/",
        "news_url": f"{base}/news/",
    }
    yield {"id": "platform", "what": "platform", "name": "智慧校园平台", "url": f"{base}/platform/"}
    yield {"id": "library", "what": "library", "name": "电子图书馆", "url": f"{base}/library/"}
    yield {"id": "sso", "what": "identity", "name": "统一身份认证", "url": f"{base}/cas/login"}
    for path, name in (("oa", "办公系统"), ("jw", "教务系统"), ("zc", "资产系统")):
        yield {"id": path, "what": "management", "name": name, "url": f"{base}/{path}/"}


def toml(document: Mapping[str, Any]) -> str:
    """A document of tables and arrays of tables as TOML; deeper tables are written inline.

    >>> print(toml({"school": {"name": "示例"}, "place": [{"id": "A", "wifi": True}]}))
    [school]
    name = "示例"
    <BLANKLINE>
    [[place]]
    id = "A"
    wifi = true
    <BLANKLINE>
    """
    blocks: list[str] = []
    for name, content in document.items():
        head = f"[{name}]" if isinstance(content, Mapping) else f"[[{name}]]"
        tables = [content] if isinstance(content, Mapping) else content
        blocks.extend(
            "\n".join([head, *(f"{key} = {_value(value)}" for key, value in table.items())]) + "\n" for table in tables
        )
    return "\n".join(blocks)


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, str):
        # JSON's string escapes are a subset of TOML's, but for DEL, which no text of ours holds.
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    return value.isoformat() if isinstance(value, date) else str(value).lower()
