"""What a search learned of the network as a whole, in a few lines: where this computer sits, and who is there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.bundle_reader import Bundle
from probes.kinds import Host
from probes.text import Text, text


def overview(bundle: Bundle) -> Iterator[Text]:
    """Sentences for people."""
    hosts = [one for one in bundle.observations if isinstance(one.value, Host)]
    evidence = next((found for one in hosts for digest in one.raw if (found := _evidence(bundle, digest))), None)
    if evidence is not None:
        yield from _place(evidence)
    classes = Counter(one.value.what for one in hosts if isinstance(one.value, Host))
    counted = ", ".join(f"{what} {n}" for what, n in classes.most_common())
    yield text("{n} hosts: {classes}", n=len(hosts), classes=counted or "-")


def _evidence(bundle: Bundle, digest: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(bundle.raw[digest])
    except (KeyError, ValueError):
        return None
    return found if isinstance(found, dict) and "interfaces" in found else None


def _place(evidence: Mapping[str, Any]) -> Iterator[Text]:
    """The card, what gave it its address, and who is at the other end of the cable."""
    for one in evidence["interfaces"][:1]:
        lease = evidence["dhcp_lease"]["server"] or next(iter((evidence["heard"] or {}).get("dhcp_servers", {})), None)
        yield text(
            "this computer: {card} {address}, gateway {gateway}, DHCP server {dhcp}, name servers {dns}",
            card=one["name"],
            address=one["address"],
            gateway=one["gateway"] or "-",
            dhcp=lease or "-",
            dns=", ".join(evidence["name_servers"]) or "-",
        )
    for one in (evidence["heard"] or {}).get("neighbours", [])[:4]:
        yield text(
            "heard over {protocol}: {name}, port {port}",
            protocol=one["protocol"].upper(),
            name=one["name"] or "-",
            port=one["port"] or "-",
        )
    if evidence["duplicate_addresses"]:
        yield text("given to two hosts at once: {addresses}", addresses=", ".join(evidence["duplicate_addresses"][:16]))
    if evidence.get("ipv6_hosts"):
        yield text(
            "{n} IPv6 addresses were heard or answered an echo request; these are not swept, and not among the hosts",
            n=len(evidence["ipv6_hosts"]),
        )
    for mac, count in list(evidence["answers_for_others"].items())[:4]:
        yield text("{mac} answers for {n} addresses, so these are not counted as hosts of their own", mac=mac, n=count)
    sent = ", ".join(f"{kind} {n}" for kind, n in evidence["traffic"]["sent"].items())
    yield text("sent: {counts}", counts=sent or "0")
