"""Whose device it is, and what it is there for: recognised by what it says of itself, before any login.

SNMP's sysObjectID is the surest sign and outweighs every banner; of two that fit the longer prefix wins, then the one
that also knows the description, then the order in the files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import model_validator

from probes.dialect.base import Oid, Pattern, Table
from probes.entries.devices import Role

What = Literal[
    "switch",
    "router",
    "wireless-controller",
    "access-point",
    "firewall",
    "ids",
    "behaviour",
    "waf",
    "antivirus",
    "scanner",
    "load-balancer",
    "authentication",
    "log-server",
    "server",
    "computer",
    "storage",
    "camera",
    "recorder",
    "ups",
    "printer",
    "phone",
    "panel",
]

# Whether a switch is core or access is told by what hangs on it, not by what it says of itself.
_ROLES: dict[str, Role] = {
    "switch": Role.ACCESS_SWITCH,
    "load-balancer": Role.OTHER,
    "computer": Role.OTHER,
    "storage": Role.SERVER,
    "camera": Role.OTHER,
    "printer": Role.OTHER,
    "phone": Role.OTHER,
    "panel": Role.OTHER,
}

BANNERS = ("ssh", "http", "telnet")
_LONGEST_SEARCHED = 4096


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself to anybody; empty is what it was not asked, or did not say.

    Attributes:
        sys_object_id, sys_descr: SNMP's.
        ssh: the identification string, ``SSH-2.0-…``.
        http: the Server header, the realm of a login and the title of the first page, in lines.
        telnet: the greeting.
    """

    sys_object_id: str = ""
    sys_descr: str = ""
    ssh: str = ""
    http: str = ""
    telnet: str = ""


class Sign(Table):
    """A sign of the vendor; all that is given must hold.

    Attributes:
        sys_object_id: a prefix of SNMP's sysObjectID, in whole arcs.
        sys_descr, ssh, http, telnet: patterns found in the parts of ``Identity``; a group ``model`` names the model.
        what: what such a device is, where the sign tells it; else the dialect's own ``what`` holds.
    """

    sys_object_id: Oid | None = None
    sys_descr: Pattern | None = None
    ssh: Pattern | None = None
    http: Pattern | None = None
    telnet: Pattern | None = None
    what: What | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.sys_object_id, self.sys_descr, self.ssh, self.http, self.telnet)):
            msg = "empty_sign"
            raise ValueError(msg)
        return self

    def seen(self, identity: Identity) -> Seen | None:
        """How well the sign fits, or ``None``."""
        weight, by, model = 0, [], ""
        if self.sys_object_id is not None:
            oid = identity.sys_object_id.strip().lstrip(".")
            if not f"{oid}.".startswith(f"{self.sys_object_id}."):
                return None
            weight, by = 10 * len(self.sys_object_id), [f"sysObjectID {oid}"]
        for name in ("sys_descr", *BANNERS):
            pattern = getattr(self, name)
            if pattern is None:
                continue
            hit = re.search(pattern, getattr(identity, name)[:_LONGEST_SEARCHED])
            if hit is None:
                return None
            weight += 2 if name == "sys_descr" else 1
            by.append(f"{'sysDescr' if name == 'sys_descr' else name}: {' '.join(hit[0].split())[:80]}")
            model = model or (hit.groupdict().get("model") or "")
        return Seen(weight, tuple(by), " ".join(model.split())[:64], self.what)


@dataclass(frozen=True, slots=True)
class Seen:
    """A sign that fits: how surely, by which words, and what they tell of the device."""

    weight: int
    by: tuple[str, ...]
    model: str
    what: What | None


def best(signs: Iterable[Sign], identity: Identity) -> Seen | None:
    """Of several signs the one that fits best, the first of equals; what it leaves open the others may fill in."""
    found = [seen for sign in signs if (seen := sign.seen(identity)) is not None]
    if not found:
        return None
    first, *others = sorted(found, key=lambda one: -one.weight)
    model = first.model or next((one.model for one in others if one.model), "")
    return replace(first, model=model, what=first.what or next((one.what for one in others if one.what), None))


def role_of(what: What) -> Role:
    """The role that an inventory would give such a device."""
    return _ROLES[what] if what in _ROLES else Role(what)
