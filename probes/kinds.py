"""The kinds of observation and their typed values; units are in the names of the fields.

A new kind is a new class in ``probes/values/`` with a row in ``KINDS``; rubrics may name any field of it. ``None``
always means *not determined*: the probe looked, and the device did not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from probes.values.base import NonNegative, Share, Value
from probes.values.logs import Canary, LogCoverage, Marker, Trace
from probes.values.machines import Clock, Disk, Host, Power, Resources, Service, Website
from probes.values.people import Attestation, Document
from probes.values.security import Control, Exposure, Recording, Safeguard
from probes.values.wifi import AccessPoint, AccessPointCount, Band, FloorPlan, Radio, SurveyPoint
from probes.values.wires import Egress, Instrument, Limit, Neighbour, Port, Throughput, UplinkLoad

__all__ = [
    "KINDS",
    "UNITS",
    "AccessPoint",
    "AccessPointCount",
    "Attestation",
    "Band",
    "Canary",
    "Clock",
    "Control",
    "Disk",
    "Document",
    "Egress",
    "Exposure",
    "FloorPlan",
    "Host",
    "Instrument",
    "Limit",
    "LogCoverage",
    "Marker",
    "Neighbour",
    "NonNegative",
    "Port",
    "Power",
    "Radio",
    "Recording",
    "Resources",
    "Safeguard",
    "Service",
    "Share",
    "SurveyPoint",
    "Throughput",
    "Trace",
    "UplinkLoad",
    "Value",
    "Website",
    "unit_of",
]

KINDS: Mapping[str, type[Value]] = MappingProxyType(
    {
        "port": Port,
        "throughput": Throughput,
        "uplink_load": UplinkLoad,
        "neighbour": Neighbour,
        "radio": Radio,
        "survey_point": SurveyPoint,
        "floor_plan": FloorPlan,
        "access_point": AccessPoint,
        "access_point_count": AccessPointCount,
        "egress": Egress,
        "service": Service,
        "host": Host,
        "safeguard": Safeguard,
        "control": Control,
        "log_coverage": LogCoverage,
        "trace": Trace,
        "marker": Marker,
        "canary": Canary,
        "clock": Clock,
        "exposure": Exposure,
        "resources": Resources,
        "power": Power,
        "recording": Recording,
        "website": Website,
        "attestation": Attestation,
    }
)

# The unit of a field is the last part of its name; rubrics and reports read it here.
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "mbps": "Mbit/s",
        "ghz": "GHz",
        "mhz": "MHz",
        "m": "m",
        "px": "px",
        "dbm": "dBm",
        "ms": "ms",
        "s": "s",
        "h": "h",
        "days": "days",
        "ratio": "ratio",
        "percent": "%",
        "months": "months",
        "mb": "MB",
    }
)


def unit_of(field: str) -> str:
    """The unit that a field's name carries, or ``""``.

    >>> unit_of("down_mbps"), unit_of("longest_gap_h"), unit_of("duplex")
    ('Mbit/s', 'h', '')
    >>> unit_of("licence_days_left")
    'days'
    """
    last = field.removesuffix("_left").rsplit("_", 1)
    return UNITS.get(last[-1], "") if len(last) > 1 else ""
