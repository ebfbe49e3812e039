"""What an inventory may say of the school's wireless networks: its table ``[wifi]``. Without it nothing is surveyed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from probes.entries.base import Entry
from probes.wifi import bssid

Ssid = Annotated[str, StringConstraints(min_length=1, max_length=32)]
"""The name of a network: at most 32 octets (IEEE 802.11, 9.4.2.2), which are fewer characters in Chinese."""

Bssid = Annotated[str, StringConstraints(pattern=bssid.SPELLING), AfterValidator(bssid.canonical)]

Family = Literal["open", "owe", "wep", "personal", "enterprise"]
"""How one gets in: freely, freely but encrypted, with the old or a new password, with an account of one's own."""


class WifiSettings(Entry):
    """Which wireless networks are the school's own, and where its surveys lie."""

    ssids: Annotated[tuple[Ssid, ...], Field(min_length=1, max_length=32)] = Field(
        description="本校无线网络名称 / names of the school's own networks"
    )
    bssids: Annotated[tuple[Bssid, ...], Field(max_length=4096)] = Field(
        (),
        description="本校 AP 的 BSSID 或前缀；填写后其余同名网络不算本校 / BSSIDs of our access points, or ranges;"
        " once there are any, no other network of the same name counts",
    )
    security: dict[Ssid, Family] = Field(
        default_factory=dict,
        description="各网络的接入方式，不符者可疑 / how one gets into each network; what differs is suspicious",
    )
    surveys: str = Field(
        "surveys", description="踏勘文件目录，相对于本清单 / where survey files lie, relative to this file"
    )
    interface: str | None = Field(None, description="踏勘用的无线网卡 / the wireless card to survey with")
    points: Annotated[int, Field(ge=1, le=50)] = Field(3, description="每个场所的测点数 / points for each place")
    scans: Annotated[int, Field(ge=1, le=50)] = Field(5, description="每个测点的扫描次数 / scans for each point")
    responder: str | None = Field(
        None, description="无线测速应答端 主机:端口 / throughput peer for the survey, host:port"
    )
