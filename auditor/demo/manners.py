"""How the consoles of two vendors behave and what they say, written by us after the vendors' published references."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from auditor.demo import air
from auditor.demo.archives import SCHOOL_TIME
from auditor.demo.school import SimDevice

Answer = Callable[[SimDevice], str]


@dataclass(frozen=True)
class Manner:
    """How a vendor's console behaves.

    Attributes:
        unpaged: the command that switches paging off.
        more: what stands at the end of a full page; ``erase`` takes it away again.
    """

    banner: Answer
    unpaged: str
    more: str
    erase: str
    unknown: str
    answers: Mapping[str, Answer]


def _now(device: SimDevice) -> datetime:
    return datetime.now(SCHOOL_TIME) + timedelta(seconds=device.clock_error_s)


def _vrp_banner(device: SimDevice) -> str:
    return (
        "\nInfo: The max number of VTY users is 15, and the number\n      of current VTY users on line is 1.\n"
        f"      The current login time is {_now(device):%Y-%m-%d %H:%M:%S}+08:00.\n"
    )


def _vrp_clock(device: SimDevice) -> str:
    return f"{_now(device):%Y-%m-%d %H:%M:%S}+08:00\n{_now(device):%A}\nTime Zone(Beijing) : UTC+08:00"


def _vrp_ntp(device: SimDevice) -> str:
    if not device.synchronised:
        return " clock status: unsynchronized \n clock stratum: 16 \n reference clock ID: none"
    set_at = _now(device).astimezone(UTC) - timedelta(seconds=37)
    return (
        " clock status: synchronized \n clock stratum: 3 \n reference clock ID: 192.0.2.123\n"
        " nominal frequency: 100.0000 Hz \n actual frequency: 99.9988 Hz \n clock precision: 2^17\n"
        " clock offset: 0.3719 ms \n root delay: 12.44 ms \n root dispersion: 3.81 ms \n peer dispersion: 1.02 ms \n"
        f" reference time: {set_at:%H:%M:%S}.412 UTC {set_at:%b} {set_at.day} {set_at:%Y}"
    )


def _vrp_version(device: SimDevice) -> str:
    model = device.description.partition("\r\n")[0]
    what = "Wireless Access Controller" if device.role == air.CONTROLLER else "Routing Switch"
    return (
        "Huawei Versatile Routing Platform Software\n"
        f"VRP (R) software, Version 5.170 ({model.partition('-')[0]} {device.version})\n"
        "Copyright (C) 2000-2021 HUAWEI TECH Co., Ltd.\n"
        f"HUAWEI {model} {what} uptime is {_uptime(device)}"
    )


def _vrp_interfaces(device: SimDevice) -> str:
    head = (
        "PHY: Physical\n*down: administratively down\n(l): loopback\nInUti/OutUti: input utility/output utility\n"
        "Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors\n"
    )
    return head + "\n".join(
        f"{port.name:<28}{'up' if port.up else 'down':<6}{'up' if port.up else 'down':<9}"
        f"{port.load[0] * port.up:>6.2%}{port.load[1] * port.up:>7.2%}{0:>11}{0:>11}"
        for port in device.ports
    )


def _comware_banner(_device: SimDevice) -> str:
    rule = "*" * 78
    return (
        f"\n{rule}\n* Copyright (c) 2004-2020 New H3C Technologies Co., Ltd. All rights reserved.*\n"
        "* Without the owner's prior written consent,                                 *\n"
        f"* no decompiling or reverse-engineering shall be allowed.                    *\n{rule}\n\n"
    )


def _comware_clock(device: SimDevice) -> str:
    return f"{_now(device):%H:%M:%S}.512 Beijing {_now(device):%a %m/%d/%Y}\nTime Zone : Beijing add 08:00:00"


def _comware_ntp(device: SimDevice) -> str:
    if not device.synchronised:
        return (
            " Clock status: unsynchronized \n Clock stratum: 16 \n Reference clock ID: none \n"
            " Clock jitter: 0.000000 s \n Stability: 0.000 pps \n Clock precision: 2^-19 \n"
            " Root delay: 0.00000 ms \n Root dispersion: 0.00000 ms \n"
            " Reference time: 00000000.00000000  Thu, Feb  7 2036  6:28:16.000"
        )
    return (
        " Clock status: synchronized \n Clock stratum: 3 \n System peer: 192.0.2.123 \n Local mode: client \n"
        " Reference clock ID: 192.0.2.123 \n Leap indicator: 00 \n Clock jitter: 0.000412 s \n Stability: 0.000 pps \n"
        " Clock precision: 2^-19 \n Root delay: 1.31226 ms \n Root dispersion: 7.92313 ms"
    )


def _comware_version(device: SimDevice) -> str:
    model = device.description.split("\r\n")[1]
    return (
        f"H3C Comware Software, Version 7.1.070, {device.version}\n"
        "Copyright (c) 2004-2020 New H3C Technologies Co., Ltd. All rights reserved.\n"
        f"{model} uptime is {_uptime(device)}\nLast reboot reason : User reboot"
    )


def _comware_interfaces(device: SimDevice) -> str:
    head = (
        "Brief information on interfaces in bridge mode:\nLink: ADM - administratively down; Stby - standby\n"
        "Interface            Link Speed     Duplex Type PVID Description\n"
    )
    return head + "\n".join(
        f"{port.name.replace('Ten-GigabitEthernet', 'XGE').replace('GigabitEthernet', 'GE'):<21}"
        f"{'UP' if port.up else 'DOWN':<5}{f'{port.speed_mbps}M(a)' if port.up else 'auto':<10}"
        f"{('H(a)' if port.half_duplex else 'F(a)') if port.up else 'A':<7}A    20"
        for port in device.ports
    )


def _uptime(device: SimDevice) -> str:
    weeks, days = divmod(int(device.uptime_days), 7)
    hours = int(device.uptime_days % 1 * 24)
    return f"{weeks} weeks, {days} days, {hours} hours, 8 minutes"


_MORE_WIDTH = 42

_VRP = Manner(
    banner=_vrp_banner,
    unpaged="screen-length 0 temporary",
    more="  ---- More ----",
    erase=f"\x1b[{_MORE_WIDTH}D{' ' * _MORE_WIDTH}\x1b[{_MORE_WIDTH}D",
    unknown="                ^\nError: Unrecognized command found at '^' position.",
    answers=MappingProxyType(
        {
            "display version": _vrp_version,
            "display clock": _vrp_clock,
            "display ntp-service status": _vrp_ntp,
            "display interface brief": _vrp_interfaces,
        }
    ),
)
_AIR: Mapping[str, Answer] = {
    "display ap all": lambda _: air.ap_all(),
    "display station all": lambda _: air.station_all(),
}

MANNERS: Mapping[str, Manner] = MappingProxyType(
    {
        "vrp": _VRP,
        "vrp-controller": replace(_VRP, answers=MappingProxyType({**_VRP.answers, **_AIR})),
        "comware": Manner(
            banner=_comware_banner,
            unpaged="screen-length disable",
            more="---- More ----",
            erase=f"\r{' ' * 16}\r",
            unknown="                ^\n % Unrecognized command found at '^' position.",
            answers=MappingProxyType(
                {
                    "display version": _comware_version,
                    "display clock": _comware_clock,
                    "display ntp-service status": _comware_ntp,
                    "display interface brief": _comware_interfaces,
                }
            ),
        ),
    }
)


def command_of(line: str, known: Sequence[str]) -> str | None:
    """The one known command that the words abbreviate, as consoles allow it.

    >>> command_of("dis clo", ["display clock", "display version"])
    'display clock'
    """
    words = line.lower().split()
    if not words:
        return None
    fits = [
        command
        for command in known
        if len(words) == len(command.split())
        and all(full.startswith(word) for word, full in zip(words, command.split(), strict=True))
    ]
    return fits[0] if len(fits) == 1 else None
