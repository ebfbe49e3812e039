"""The closed vocabulary of dialects: for what something may be asked, and what may be read out of the answer.

A *purpose* is a question that a probe puts to any device; its *groups* are the parts of an answer. A group is free
text, a number, a speed, a date, or one of a few words; a dialect says which of the vendor's words mean which of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Literal

Purpose = Literal[
    "clock",
    "ntp",
    "access_points",
    "access_point_count",
    "stations",
    "safeguard",
    "log_host",
    "log_setting",
    "log_buffer",
    "recent_alerts",
    "exposure",
    "resources",
    "port",
    "neighbour",
    "default_route",
    "power",
]


class Form(Enum):
    """What a group's text is made into; ``probes.dialect.amounts`` does it."""

    TEXT = "text"
    NUMBER = "number"
    SPEED = "speed"
    DATE = "date"


Words = frozenset[str]
YES_NO: Words = frozenset({"yes", "no"})
UP_DOWN: Words = frozenset({"up", "down"})
FUNCTIONS: Words = frozenset({"firewall", "ids", "antivirus", "web_filter", "behaviour", "waf", "scanner"})
RECORDS: Words = frozenset(
    {"session", "nat", "behaviour", "dhcp", "aaa", "controller", "core-switch", "server", "website", "ids", "waf"}
    | {"antivirus", "system"}
)
EXPOSURES: Words = frozenset(
    {
        "telnet",
        "ftp",
        "tftp",
        "ssh_v1",
        "snmp_v1",
        "snmp_v2c",
        "snmp_writable",
        "default_community",
        "legacy_crypto",
        "http_admin",
        "default_account",
        "plain_password",
        "any_any_policy",
        "no_idle_timeout",
        "smart_install",
        "password_change_due",
        "weak_password_policy",
    }
)
"""Weaknesses that a device's own configuration shows; ``probes/exposures.py`` says what each of them means."""

_CLOCK = (
    *("date_and_time", "epoch", "year", "month", "day", "hour", "minute", "second"),
    *("zone", "shown_zone", "zone_name", "zone_sign", "zone_offset", "summer"),
)
_TEXT, _NUMBER, _SPEED, _DATE = Form.TEXT, Form.NUMBER, Form.SPEED, Form.DATE

GROUPS: Mapping[str, Mapping[str, Form | Words]] = MappingProxyType(
    {
        "clock": dict.fromkeys(
            _CLOCK,
            _TEXT,
        ),
        "ntp": {"state": frozenset({"synchronised", "unsynchronised"}), "source": _TEXT},
        "access_points": {
            "name": _TEXT,
            "state": frozenset({"online", "offline"}),
            "clients": _NUMBER,
            "model": _TEXT,
            "location": _TEXT,
            "mac": _TEXT,
        },
        "stations": {"ap": _TEXT, "ap_mac": _TEXT, "rssi_dbm": _NUMBER},
        "access_point_count": {"online": _NUMBER, "offline": _NUMBER, "total": _NUMBER, "clients": _NUMBER},
        "safeguard": {
            "function": FUNCTIONS,
            "running": YES_NO,
            "sessions": _NUMBER,
            "version": _TEXT,
            "signature_date": _DATE,
            "signature_age_days": _NUMBER,
            "licence_until": _DATE,
            "licence_days": _NUMBER,
            "policy": YES_NO,
        },
        "log_host": {"address": _TEXT, "enabled": YES_NO},
        "log_setting": {
            "retention_days": _NUMBER,
            "buffer_records": _NUMBER,
            "quota_mb": _NUMBER,
            "records": RECORDS,
        },
        "log_buffer": {"line": _TEXT},
        "recent_alerts": {"line": _TEXT},
        "exposure": {"what": EXPOSURES, "present": YES_NO},
        "resources": {
            "part": _TEXT,
            "cpu_percent": _NUMBER,
            "cpu_idle_percent": _NUMBER,
            "memory_percent": _NUMBER,
            "memory_total_mb": _NUMBER,
            "memory_used_mb": _NUMBER,
            "memory_free_mb": _NUMBER,
            "disk_percent": _NUMBER,
            "disk_total_mb": _NUMBER,
            "disk_used_mb": _NUMBER,
            "disk_free_mb": _NUMBER,
        },
        "port": {
            "name": _TEXT,
            "alias": _TEXT,
            "admin": UP_DOWN,
            "oper": UP_DOWN,
            "speed_mbps": _SPEED,
            "duplex": frozenset({"full", "half"}),
        },
        "neighbour": {
            "local_port": _TEXT,
            "remote_name": _TEXT,
            "remote_port": _TEXT,
            "protocol": frozenset({"lldp", "cdp"}),
        },
        "default_route": {"next_hop": _TEXT},
        "power": {
            "battery": frozenset({"normal", "low", "depleted", "faulty"}),
            "source": frozenset({"mains", "battery", "bypass", "none"}),
            "charge_percent": _NUMBER,
            "load_percent": _NUMBER,
            "minutes_left": _NUMBER,
            "phase": _TEXT,
        },
    }
)
"""By purpose, what an answer may hold. Groups of ``clock``: ``probes.device_time`` says what they mean."""

ONE_WAY: frozenset[str] = frozenset(
    {"clock", "ntp", "access_points", "access_point_count", "stations", "port", "neighbour", "log_host", "log_buffer"}
    | {"recent_alerts", "default_route"}
)
"""Purposes whose readings are several ways to the same answer: the first that is understood counts.

Those of the others complete each other; an answer's ``KEY`` tells what it speaks of."""

KEY: Mapping[str, str] = MappingProxyType(
    {"safeguard": "function", "exposure": "what", "resources": "part", "log_setting": "records", "power": "phase"}
)
