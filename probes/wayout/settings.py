"""What an inventory may say about the way out: its table ``[egress]``. Everything has a default."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.networks import IPvAnyAddress, IPvAnyNetwork


def _is_outside(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    # An address plan such as 10.0.0.0/8 also holds the school's own addresses, and would make any of them a proof.
    if not network.is_global or network.prefixlen < (8 if network.version == 4 else 16):  # noqa: PLR2004  IP version
        msg = "not_a_public_range"
        raise ValueError(msg)
    return network


PublicNetwork = Annotated[IPvAnyNetwork, AfterValidator(_is_outside)]


def _independent(addresses: tuple[str, ...]) -> tuple[str, ...]:
    hosts = [urlsplit(address).hostname for address in addresses]
    if None in hosts or len(set(hosts)) < len(hosts):
        msg = "hosts_not_distinct"
        raise ValueError(msg)
    return addresses


HttpsAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s/@]+(/[^\s]*)?$")]


class EgressSettings(BaseModel):
    """What is asked about the way out. Nothing outside the school is contacted unless this table is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sites: Annotated[tuple[HttpsAddress, ...], AfterValidator(_independent)] = Field(
        ("https://www.baidu.com/", "https://www.qq.com/", "https://www.edu.cn/"),
        min_length=2,
        max_length=9,
        description="判断是否接入互联网的独立网站，两个应答即为接入 / independent sites; two that answer prove it",
    )
    address_services: Annotated[tuple[HttpsAddress, ...], Field(max_length=9)] = Field(
        (
            "https://myip.ipip.net/",
            "https://4.ipw.cn/",
            "https://6.ipw.cn/",
            "https://test.ustc.edu.cn/backend/getIP.php",
            "https://test6.ustc.edu.cn/backend/getIP.php",
        ),
        description="查询本校公网地址的网站，写 [] 则不查 / sites that tell the caller's public address; [] asks none",
    )
    education_networks: tuple[PublicNetwork, ...] = Field(
        (),
        description="主管部门给出的教育网公网地址段 / public ranges of the education network, as the bureau lists them",
    )
    education_networks_complete: bool = Field(
        default=False,
        description="上述地址段是否完整，完整才可能判为否 / whether that list is complete; only then can it say no",
    )
    education_only: HttpsAddress | None = Field(
        None,
        description="只有教育网内能打开的网页，由主管部门给出 / a page that opens only inside the education network",
    )
    resolvers: Annotated[tuple[IPvAnyAddress, ...], Field(max_length=4)] = Field(
        (), description="域名服务器，留空用本机设置 / name servers to ask; this machine's own when left out"
    )
    trace: bool = Field(default=True, description="是否跟踪路由 / whether to trace the path")
