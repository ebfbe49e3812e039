"""What is seen of machines: systems, hosts, clocks, load and power."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from probes.values.base import NonNegative, Share, Value


class Service(Value):
    """A system of the school that ought to answer. Subject ``service:<id>``.

    ``protocol`` is what it spoke, ``sso`` where it sent us on to log in elsewhere; ``identity`` is then the host of
    that identity provider and ``identity_protocol`` what it speaks (CAS, OAuth 2 or OpenID Connect, SAML 2).
    """

    what: str
    reachable: bool
    protocol: str
    latency_ms: NonNegative | None = None
    evidence: str = ""
    identity: str = ""
    identity_protocol: Literal["", "cas", "oauth2", "oidc", "saml2"] = ""


class Website(Value):
    """The school's website. Subject ``service:<id>``."""

    reachable: bool
    newest_item_age_days: float | None = None
    https_valid_days: float | None = None
    http_status: int | None = None
    latency_ms: NonNegative | None = None
    newest_item: str = ""
    icp_number: str = ""
    certificate_problem: str = ""


class Host(Value):
    """A host seen on the network; its MAC address only as a keyed hash. Subject ``<ip>``.

    Attributes:
        mac_hash: the same for the same card at this school, and for no other; the key stays with the school.
        mac_tail: the last four hexadecimal digits, for the person who stands before the machine.
        what: its class, ``unknown`` where the signs do not tell.
        confidence: how surely, from 0 to 1.
        why: the signs that it was classed by, in the words of protocols (``mDNS _ipp._tcp``, ``554/tcp rtsp``).
        services: what answered, as ``<port>/<transport> <protocol> <what it said>``.
        name: what it calls itself.
        about: what it says of itself: sysDescr, a page's title.
        opened_by: ids of the credentials to which it answered.
        subnet: id of the inventory's range it lies in, else the range asked.
        first_seen, last_seen: over all nights of which this school's computer has kept a record.
    """

    mac_hash: str | None = None
    mac_tail: str = ""
    vendor: str = ""
    what: str = "unknown"
    confidence: Share | None = None
    why: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    name: str = ""
    about: str = ""
    dialect: str = ""
    opened_by: tuple[str, ...] = ()
    subnet: str | None = None
    first_seen: AwareDatetime | None = None
    last_seen: AwareDatetime | None = None


class Clock(Value):
    """A device's clock against the auditor's. Subject ``<device>``; ``offset_s`` is device minus auditor."""

    synchronised: bool | None = None
    offset_s: float | None = None
    source: str = ""


class Disk(Value):
    """A volume of a device: how full it is."""

    name: str
    percent: NonNegative | None = None
    free_mb: NonNegative | None = None
    total_mb: NonNegative | None = None


class Resources(Value):
    """How much of its means a device uses. Subject ``<device>``.

    Of several processors, memories and disks the fullest: ``disk_percent`` and ``disk_free_mb`` are those of the
    fullest of ``disks``.
    """

    cpu_percent: NonNegative | None = None
    memory_percent: NonNegative | None = None
    disk_percent: NonNegative | None = None
    disk_free_mb: NonNegative | None = None
    disks: tuple[Disk, ...] = ()


class Power(Value):
    """What an uninterruptible power supply says of itself (UPS-MIB, RFC 1628). Subject ``<device>``.

    ``load_percent`` is that of the busiest phase; ``minutes_left`` how long the battery would last at this load.
    """

    battery: Literal["normal", "low", "depleted", "faulty"] | None = None
    source: Literal["mains", "battery", "bypass", "none"] | None = None
    charge_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    load_percent: NonNegative | None = None
    minutes_left: NonNegative | None = None
