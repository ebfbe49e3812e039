"""What may be tested of the safeguards, and who allowed it. Nothing here is sent anywhere unless ``[controls]`` stands.

A test is harmless by its kind: its texts and files are fixed in the program (EICAR, a stock rule's test words), and
the inventory only says where they go. Addresses have to be the school's own, or test pages that a vendor offers.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from pydantic.networks import IPvAnyAddress

from probes.entries.base import Entry, Id, PortNumber, SecretRef

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Url204 = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+/generate_204$")]
HostAndPort = Annotated[str, StringConstraints(min_length=3, max_length=262)]
Words = Annotated[str, StringConstraints(min_length=2, max_length=200)]


class ControlsSettings(Entry):
    """Who allowed that safeguards are tested, and until when."""

    allowed_by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="批准人 / who allowed these tests"
    )
    until: date = Field(description="批准截止日期 / last day on which they are allowed")


class _ControlEntry(Entry):
    """What every test has."""

    id: Id
    name: str = ""


class UrlFilterControl(_ControlEntry):
    """A test domain of the web filter must not open, while a neutral page does."""

    kind: Literal["url_filter"]
    url: Url = Field(description="过滤设备的测试网址，勿填真实违规网站 / the filter's test page, no real bad site")
    neutral_url: Url = Field(description="必须能打开的普通网页 / an ordinary page that must open")
    resolvers: Annotated[tuple[IPvAnyAddress, ...], Field(max_length=4)] = Field(
        (), description="域名服务器，留空用本机设置 / name servers to ask; this machine's own when left out"
    )
    reference_resolvers: Annotated[tuple[IPvAnyAddress, ...], Field(max_length=4)] = Field(
        (), description="不经过滤的域名服务器，用于核对 / name servers beyond the filter, asked where a name is denied"
    )
    proxy: HostAndPort | None = Field(None, description="代理服务器 主机:端口 / HTTP proxy, host:port")
    sinkholes: tuple[IPvAnyAddress, ...] = Field(
        (), description="过滤系统返回的拦截地址 / addresses that the filter answers instead of the real one"
    )
    block_text: Words | None = Field(None, description="拦截页上的文字 / words of the block page")
    expected_text: Words | None = Field(
        None, description="未拦截时网页上的文字 / words that the page has when nothing blocks it"
    )


class MalwareControl(_ControlEntry):
    """The EICAR test file over HTTP must not arrive, while a neutral file from the same server does."""

    kind: Literal["malware"]
    responder: HostAndPort | None = Field(
        None,
        description="提供测试文件的应答端 主机:端口（respond --safeguards-port） / responder that offers the test file",
    )
    url: Url | None = Field(
        None, description="或：学校服务器上 EICAR 文件的网址 / or: address of the EICAR file on a server of the school"
    )
    neutral_url: Url | None = Field(
        None, description="同一服务器上的普通文件 / an ordinary file on the same server, needed with url"
    )
    proxy: HostAndPort | None = None
    block_text: Words | None = None


class IdsAlertControl(_ControlEntry):
    """A request that a stock rule flags (2100498, “id check returned root”) must raise an alert that is then found."""

    kind: Literal["ids_alert"]
    url: Url = Field(description="探针可见路径上的本校服务器 / a server of the school behind the IDS sensor")
    log_source: Id = Field(description="告警所在日志源 / the log source that holds the alerts (EVE JSON or syslog)")
    within_s: Annotated[float, Field(ge=1, le=600)] = Field(60, description="等待告警的秒数 / how long to wait for it")


class WafControl(_ControlEntry):
    """Harmless forms of attacks on the school's own site must be refused, while a neutral request passes."""

    kind: Literal["waf"]
    url: Url = Field(description="本校网站 / a site of the school")
    block_text: Words | None = None


class InboundControl(_ControlEntry):
    """From outside, nothing but what is published may be reached: a helper there tries ports of our own address."""

    kind: Literal["inbound_deny"]
    responder: HostAndPort = Field(
        description="校外应答端 主机:端口（respond --safeguards-port） / responder outside the school, host:port"
    )
    secret: SecretRef = Field(description="与应答端共享的口令引用 / reference to the secret shared with the responder")
    ports: Annotated[tuple[PortNumber, ...], Field(min_length=1, max_length=16)] = Field(
        (22, 23, 80, 135, 139, 443, 445, 1433, 3306, 3389, 5900, 8080),
        description="由外向内试连的端口 / ports to be tried from outside",
    )
    published: tuple[PortNumber, ...] = Field((), description="有意对外开放的端口 / ports that are open on purpose")


class PortalControl(_ControlEntry):
    """A client that has not logged in must be held by the portal. 802.1X is not judged by this."""

    kind: Literal["authentication"]
    urls: Annotated[tuple[Url204, ...], Field(min_length=2, max_length=4)] = Field(
        ("http://connect.rom.miui.com/generate_204", "http://www.gstatic.com/generate_204"),
        description="返回 204 的检测网址，至少两个 / two addresses or more that answer 204 where nobody is held",
    )
    from_address: IPvAnyAddress | None = Field(
        None, description="未认证网段上的本机地址 / this computer's address in the network that asks for a login"
    )


ControlEntry = Annotated[
    UrlFilterControl | MalwareControl | IdsAlertControl | WafControl | InboundControl | PortalControl,
    Field(discriminator="kind"),
]


class SyslogTarget(Entry):
    """A server that receives syslog."""

    address: Annotated[str, StringConstraints(min_length=1)]
    port: PortNumber | None = Field(None, description="留空为 514，tls 时为 6514 / 514 when left out, 6514 with tls")
    protocol: Literal["udp", "tcp", "tls"] = "udp"


class CanarySettings(Entry):
    """Signed markers sent every night; the oldest one found later proves how long logs are kept, day by day."""

    signing_key: SecretRef | None = Field(
        None,
        description="签名密钥引用，留空自动生成 / reference to the key; made and kept beside the bundles by itself",
    )
    syslog: Annotated[tuple[SyslogTarget, ...], Field(max_length=16)] = Field(
        (), description="接收标记的日志服务器，留空为清单中全部 log-server / servers; every log-server when left out"
    )
    url: Url | None = Field(
        None, description="带标记访问的网址，供上网行为管理记录 / a page to ask for, so that the gateway logs it"
    )
    log_sources: tuple[Id, ...] = Field(
        (), description="其中应找到标记的日志源 / the log sources in which the markers must be found"
    )


class Drill(Entry):
    """A marked request, and the audit logs in which it must be found."""

    id: Id
    name: str = ""
    url: Url = Field(description="演练访问的网址 / the page that is asked for")
    log_sources: Annotated[tuple[Id, ...], Field(min_length=1)] = Field(
        description="应记录此次访问的日志源 / the log sources that must hold the request"
    )
    place: Id | None = Field(None, description="本机此时所在场所 / the place where this computer stands")
    from_address: IPvAnyAddress | None = Field(
        None, description="从本机哪个地址发出 / the address of this computer to send from (wired or wireless)"
    )
    user: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        None, description="本机上网账号，用于核对 / the account that is logged in here, to be compared"
    )
    within_minutes: Annotated[float, Field(ge=0.05, le=60)] = 15.0


class ProtectedSystem(Entry):
    """A system graded under 等保 (GB/T 22239), for the pre-check."""

    id: Id
    name: str = ""
    level: Literal[2, 3] = Field(2, description="等保级别 / level of classified protection")
