"""From the hosts that a search found to a campus that the other probes can look at: a pure function."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from ipaddress import ip_address

from probes.campus import (
    Camera,
    Campus,
    Device,
    Role,
    Service,
    ServiceKind,
    SnmpAccess,
    SnmpV3Credential,
    SshAccess,
    SshCredential,
    Subnet,
)
from probes.kinds import Host
from probes.observation import Observation

# Worth an entry of its own is equipment that can be asked something; of servers only those that answer to a login.
_ROLES = {
    "switch": Role.ACCESS_SWITCH,
    "router": Role.ROUTER,
    "wireless-controller": Role.WIRELESS_CONTROLLER,
    "access-point": Role.ACCESS_POINT,
    "firewall": Role.FIREWALL,
    "ids": Role.IDS,
    "behaviour": Role.BEHAVIOUR,
    "waf": Role.WAF,
    "antivirus": Role.ANTIVIRUS,
    "scanner": Role.SCANNER,
    "authentication": Role.AUTHENTICATION,
    "log-server": Role.LOG_SERVER,
    "recorder": Role.RECORDER,
    "ups": Role.UPS,
}
_WITH_LOGIN = {"server": Role.SERVER, "storage": Role.SERVER, "load-balancer": Role.OTHER, "unknown": Role.OTHER}
_DOOR = re.compile(r"^(\d+)/tcp (http|https)\b")
LONGEST_NAME = 80


def grown(campus: Campus, seen: Iterable[Observation]) -> Campus:
    """The campus with the devices, systems and cameras among the hosts, each with the credentials that open it."""
    hosts = {one.subject: one.value for one in seen if isinstance(one.value, Host) and _is_address(one.subject)}
    present = {address: host for address, host in hosts.items() if "remembered" not in host.why}
    return campus.model_copy(
        update={
            "device": tuple(_devices(present, campus)),
            "service": tuple(_services(present)),
            "camera": tuple(
                Camera(id=_id("camera", address), name=_name(host), address=address)
                for address, host in present.items()
                if host.what == "camera"
            ),
            "subnet": tuple(
                Subnet(id=f"range-{number}", cidr=one, use="other")
                for number, one in enumerate(campus.discovery.ranges if campus.discovery else (), 1)
            ),
        }
    )


def _devices(hosts: dict[str, Host], campus: Campus) -> Iterator[Device]:
    ssh = next((one.id for one in campus.credential if isinstance(one, SshCredential)), None)
    for address, host in hosts.items():
        role = _ROLES.get(host.what) or (_WITH_LOGIN.get(host.what) if host.opened_by else None)
        if role is None:
            continue
        # A password is only sent to what is known to be equipment of a vendor whose console is understood.
        console = ssh is not None and host.dialect and any(one.startswith("22/tcp ssh") for one in host.services)
        yield Device(
            id=_id(host.what, address),
            role=role,
            address=address,
            name=_name(host),
            dialect=host.dialect or None,
            snmp=_snmp(host.opened_by[0], campus) if host.opened_by else None,
            ssh=SshAccess(credential=ssh) if console and ssh is not None else None,
        )


def _snmp(credential: str, campus: Campus) -> SnmpAccess:
    """Asked no faster than the search was allowed to; SNMPv3 begins a conversation with two packets more."""
    if campus.discovery is None:
        return SnmpAccess(credential=credential)
    asked = 2 if isinstance(campus.find_credential(credential), SnmpV3Credential) else 1
    return SnmpAccess(credential=credential, per_s=campus.discovery.host_probes_per_s / asked)


def _services(hosts: dict[str, Host]) -> Iterator[Service]:
    """Web pages whose title says what the system is for; one for each system, however many pages it has."""
    for address, host in hosts.items():
        kinds = _kinds()
        what = next((kind for kind, pattern in kinds if pattern.search(f"{host.about} {host.name}")), None)
        door = next((hit for one in host.services if (hit := _DOOR.match(one)) is not None), None)
        if what is not None and door is not None and host.what not in {"camera", "printer"}:
            port = "" if (door[2], door[1]) in {("http", "80"), ("https", "443")} else f":{door[1]}"
            yield Service(
                id=_id(what, address), what=what, name=host.about[:LONGEST_NAME], url=f"{door[2]}://{address}{port}/"
            )


@cache
def _kinds() -> tuple[tuple[ServiceKind, re.Pattern[str]], ...]:
    """What titles call each kind of system, as data."""
    table = tomllib.loads((files("auditor") / "systems.toml").read_text("utf-8"))["system"]
    return tuple((ServiceKind(one["what"]), re.compile(one["title"], re.IGNORECASE)) for one in table)


def _id(what: str, address: str) -> str:
    return f"{what}-{address.replace('.', '-').replace(':', '-')}"


def _name(host: Host) -> str:
    return (host.name or host.about)[:LONGEST_NAME]


def _is_address(subject: str) -> bool:
    try:
        ip_address(subject)
    except ValueError:
        return False
    return True
