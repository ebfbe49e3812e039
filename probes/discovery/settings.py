"""What an inventory may say about looking for hosts: its table ``[discovery]``. Without it nobody is looked for."""

from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic.networks import IPvAnyNetwork

from probes.discovery.ranges import fault_of
from probes.entries.base import Entry


def _may_be_swept(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    fault = fault_of(network)
    if fault is not None:
        msg = f"range_refused:{fault}"
        raise ValueError(msg)
    return network


SweptNetwork = Annotated[IPvAnyNetwork, AfterValidator(_may_be_swept)]


class DiscoverySettings(Entry):
    """Who allowed the search for hosts and until when, where, and how fast it may go at most."""

    authorised_by: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="授权人（姓名、职务） / who allowed it: name and office"
    )
    until: date = Field(description="授权截止日期 / the last day on which it is allowed")
    ranges: Annotated[tuple[SweptNetwork, ...], Field(max_length=64)] = Field(
        (), description="扫描的地址段，留空则为各 subnet / ranges to look in; those of the subnets when left out"
    )
    leave_out: Annotated[tuple[IPvAnyNetwork, ...], Field(max_length=256)] = Field(
        (), description="不得访问的地址或地址段 / addresses or ranges that must not be asked"
    )
    interface: str | None = Field(None, description="使用的网卡，留空自动选择 / the card to use; chosen when left out")
    arp_per_s: Annotated[int, Field(ge=1, le=1000)] = Field(1000, description="每秒 ARP 帧数上限 / ARP frames a second")
    probes_per_s: Annotated[int, Field(ge=1, le=200)] = Field(
        200, description="每秒其他探测数上限 / everything else, a second, to all hosts together"
    )
    host_probes_per_s: Annotated[int, Field(ge=1, le=5)] = Field(
        5, description="每台主机每秒探测数上限 / everything else, a second, to one host"
    )
    listen_s: Annotated[float, Field(ge=0, le=120)] = Field(
        10.0, description="扫描前静听秒数 / seconds of listening before anything is sent"
    )
