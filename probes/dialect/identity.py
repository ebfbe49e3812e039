"""Which dialect a device speaks, and what it is: pure functions over what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probes.dialect.dialect import Dialect, load_dialects
from probes.dialect.signs import Identity, What, best, role_of
from probes.entries.devices import Role


@dataclass(frozen=True, slots=True)
class Recognised:
    """What an identity tells.

    Attributes:
        dialect: whose device it is.
        what: what it is there for; ``None`` where its vendor makes many things and the signs do not say which.
        model: as the device names it, or empty.
        by: the words that it was recognised by.
    """

    dialect: Dialect
    what: What | None
    model: str
    by: tuple[str, ...]

    @property
    def role(self) -> Role | None:
        """The role that an inventory would give it; access switch for every switch, since core is a matter of place."""
        return role_of(self.what) if self.what is not None else None


def what_it_is(identity: Identity, dialects: Mapping[str, Dialect] | None = None) -> Recognised | None:
    """The dialect whose signs fit an identity best, and what the device is; ``None`` for a stranger.

    >>> found = what_it_is(Identity(sys_object_id="1.3.6.1.4.1.2011.2.240.6", sys_descr="Huawei AC6605-26-PWR"))
    >>> found.dialect.id, found.role.value, found.model
    ('huawei-vrp', 'wireless-controller', 'AC6605-26-PWR')
    """
    fitting = [
        (seen, dialect)
        for dialect in (load_dialects() if dialects is None else dialects).values()
        if (seen := best(dialect.recognise, identity)) is not None
    ]
    if not fitting:
        return None
    seen, dialect = max(fitting, key=lambda one: one[0].weight)
    return Recognised(dialect, seen.what or dialect.what, seen.model, seen.by)


def recognise(dialects: Mapping[str, Dialect], sys_object_id: str, sys_descr: str) -> Dialect | None:
    """The dialect that a device's SNMP identity speaks for; ``None`` for a stranger."""
    found = what_it_is(Identity(sys_object_id=sys_object_id, sys_descr=sys_descr), dialects)
    return found.dialect if found is not None else None
