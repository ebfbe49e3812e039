"""Services: whether each system that the inventory names answers, in its own protocol, and where one logs in to it.

One question a system, the least that the protocol has. What must not be touched unasked (controllers, door controllers,
printers: ``probes/discovery/ports.toml``) is asked only where the inventory's ``protocol`` says what stands there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from urllib.parse import urlsplit

from probes import kinds
from probes.answering import bacnet, coap, connection, http, ldap, modbus, mqtt, multicast, rtsp, sip
from probes.answering.answer import Answer
from probes.campus import Campus, Service, ServiceKind
from probes.discovery.doors import fragile
from probes.entries.services import ServiceProtocol
from probes.errors import TransportError
from probes.observation import Observation, Reason
from probes.probe import Context, probe
from probes.text import text

_BY_PORT: Mapping[int, ServiceProtocol] = MappingProxyType(
    {
        80: ServiceProtocol.HTTP,
        8080: ServiceProtocol.HTTP,
        443: ServiceProtocol.HTTPS,
        8443: ServiceProtocol.HTTPS,
        5060: ServiceProtocol.SIP,
        554: ServiceProtocol.RTSP,
        389: ServiceProtocol.LDAP,
        636: ServiceProtocol.LDAPS,
    }
)

_ASKERS: Mapping[ServiceProtocol, Callable[[str, int | None], Answer]] = MappingProxyType(
    {
        ServiceProtocol.SIP: sip.ask,
        ServiceProtocol.RTSP: rtsp.ask,
        ServiceProtocol.MQTT: mqtt.ask,
        ServiceProtocol.COAP: coap.ask,
        ServiceProtocol.BACNET: bacnet.ask,
        ServiceProtocol.MODBUS: modbus.ask,
        ServiceProtocol.LDAP: ldap.ask,
        ServiceProtocol.LDAPS: lambda host, port: ldap.ask(host, port, tls=True),
        ServiceProtocol.MULTICAST: multicast.ask,
    }
)


@probe(yields="service", on="service", touch="read", timeout_s=60.0, expected_s=1.0, expected_mb=0.1)
async def services(ctx: Context, service: Service) -> AsyncIterator[Observation]:
    """Ask one system; a refusal or a silence is a measurement, a name that does not resolve is none."""
    answer = await asyncio.to_thread(_ask, service)
    value = kinds.Service(
        what=service.what,
        reachable=answer.reachable,
        protocol="sso" if _is_single_sign_on(answer, service, ctx.campus) else answer.protocol,
        latency_ms=answer.latency_ms,
        evidence=str(answer.evidence),
        identity=answer.identity,
        identity_protocol=answer.identity_protocol,
    )
    evidence = {
        "asked": service.url or f"{service.address}:{service.port or ''}",
        **asdict(answer),
        "evidence": str(answer.evidence),
    }
    yield ctx.observe(value, raw=(ctx.keep(json.dumps(evidence, ensure_ascii=False, indent=1)),), told=answer.evidence)


def _ask(service: Service) -> Answer:
    """The question that fits; blocking."""
    if service.url is not None and service.protocol is None:
        return http.ask(service.url)
    host, port = service.address or urlsplit(service.url or "").hostname or "", service.port
    protocol = service.protocol or _BY_PORT.get(port or 0)
    if protocol in {ServiceProtocol.HTTP, ServiceProtocol.HTTPS}:
        shown = f"[{host}]" if ":" in host else host
        return http.ask(service.url or f"{protocol}://{shown}{f':{port}' if port else ''}/")
    if protocol is not None and protocol in _ASKERS:
        return _ASKERS[protocol](host, port)
    if port is None:
        raise TransportError(
            Reason.NOT_CONFIGURED, text("{id} has an address but no port: add port, or url", id=service.id)
        )
    if protocol is None:
        _refuse_fragile(service.id, port)
    return connection.ask(host, port)


def _refuse_fragile(id_: str, port: int) -> None:
    why = next((one.why for one in fragile() if port in one.ports), None)
    if why is not None:
        raise TransportError(
            Reason.NOT_PERMITTED,
            text(
                "port {port} of {id} is touched only where protocol in the inventory says what stands there: {why}",
                port=port,
                id=id_,
                why=why,
            ),
        )


def _is_single_sign_on(answer: Answer, service: Service, campus: Campus) -> bool:
    """Whether one logs in to it at the school's identity provider.

    Where the inventory names that (``what = "identity"``), only its hosts count; else any provider that is asked in a
    protocol of single sign-on and is another host than the system itself.
    """
    if not answer.identity or service.what is ServiceKind.IDENTITY:
        return False
    named = {_place(one) for one in campus.service if one.what is ServiceKind.IDENTITY}
    if named:
        return _plain(answer.identity) in named
    return bool(answer.identity_protocol) and _plain(answer.identity) != _place(service)


def _place(service: Service) -> str:
    if service.url is not None:
        parts = urlsplit(service.url)
        return _plain(parts.netloc.rpartition("@")[2], parts.scheme)
    return _plain(f"{service.address}:{service.port}" if service.port else str(service.address))


def _plain(host: str, scheme: str = "") -> str:
    """A host with its port, without the port that goes without saying."""
    host = host.lower()
    return host.removesuffix(":443") if scheme != "http" else host.removesuffix(":80")
