"""What is seen of wires: ports, goodput, load, neighbours and the way out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from probes.values.base import NonNegative, Share, Value


class Port(Value):
    """A switch port as IF-MIB and EtherLike-MIB describe it. Subject ``<device>:<ifName>``.

    ``fcs_error_ratio`` is damaged frames to received ones, and ``late_collisions`` counts since the device's start: the
    first betrays a bad cable or, at a full-duplex port, a neighbour at half duplex; the second, at a half-duplex port,
    one at full duplex. ``physical`` tells sockets for cables from VLAN, loopback, tunnel and other interfaces that
    exist only in software.
    """

    speed_mbps: NonNegative | None = None
    duplex: Literal["full", "half", "unknown"] = "unknown"
    admin_up: bool | None = None
    oper_up: bool | None = None
    fcs_error_ratio: Share | None = None
    late_collisions: Annotated[int, Field(ge=0)] | None = None
    in_mbps: NonNegative | None = None
    out_mbps: NonNegative | None = None
    alias: str = ""
    place: str | None = None
    uplink: str | None = None
    physical: bool | None = None


Limit = Literal["card", "half_duplex", "usb", "wireless", "processor", "responder", "responder_limit", "other_traffic"]
"""What of a measuring machine may be the bound; ``responder`` is the processor at the other end."""


class Instrument(Value):
    """How fit the measuring machine itself was; ``limited`` tells that it, not the network, was the bound.

    ``limited_down`` and ``limited_up`` tell it of each direction, and ``limits`` by what. ``other_mbps`` is what else
    passed its card, just before or beside the test; ``wireless`` and ``usb`` tell how that card is attached, and
    ``usb_mbps`` how fast the USB is. Each is ``None`` where the system does not tell.
    """

    nic_mbps: NonNegative | None = None
    duplex: Literal["full", "half", "unknown"] = "unknown"
    cpu_percent: NonNegative | None = None
    other_mbps: NonNegative | None = None
    wireless: bool | None = None
    usb: bool | None = None
    usb_mbps: NonNegative | None = None
    limited: bool = False
    limited_down: bool | None = None
    limited_up: bool | None = None
    limits: tuple[Limit, ...] = ()

    def limits_field(self, field: str) -> bool:
        """Whether a field of the throughput beside it is a lower bound only."""
        own = {"down_mbps": self.limited_down, "up_mbps": self.limited_up}.get(field)
        return self.limited if own is None else own


class Throughput(Value):
    """TCP payload goodput counted at the receiver. Subject ``place:<id>`` or ``uplink:<id>``.

    ``both_down_mbps`` and ``both_up_mbps`` are those of a test that moved data in both directions at the same time.
    ``udp_loss_ratio`` and ``jitter_ms`` are those of UDP at a rate that the inventory asks for, of both directions the
    worse; the jitter after RFC 1889. ``moved_mb`` is what all its tests moved, ramps included.
    """

    down_mbps: NonNegative | None = None
    up_mbps: NonNegative | None = None
    both_down_mbps: NonNegative | None = None
    both_up_mbps: NonNegative | None = None
    streams: int
    seconds: NonNegative
    rtt_ms: NonNegative | None = None
    retransmits: int | None = None
    udp_loss_ratio: Share | None = None
    jitter_ms: NonNegative | None = None
    moved_mb: NonNegative | None = None
    instrument: Instrument = Instrument()


class UplinkLoad(Value):
    """How busy an uplink's port was over the last 24 hours, from readings of its counters. Subject ``uplink:<id>``.

    Peaks are those of means between two readings in a row, so shorter bursts do not show. ``peak_share`` is the higher
    of both directions against the port's speed; ``hours_covered`` how long the counted intervals are together.
    """

    peak_in_mbps: NonNegative
    peak_out_mbps: NonNegative
    mean_in_mbps: NonNegative
    mean_out_mbps: NonNegative
    speed_mbps: NonNegative | None = None
    peak_share: Share | None = None
    hours_covered: NonNegative


class Neighbour(Value):
    """A device heard on a port. Subject ``<device>:<ifName>``.

    ``remote_duplex`` is what the neighbour says of its own end; ``duplex_mismatch`` tells whether the port here speaks
    otherwise, and is ``None`` unless both are known. ``local_name`` is what the device that hears calls itself
    (sysName), so that others that hear it can be told to mean this one.
    """

    remote_name: str
    remote_port: str
    protocol: Literal["lldp", "cdp", "fdb"]
    remote_duplex: Literal["full", "half", "unknown"] = "unknown"
    duplex_mismatch: bool | None = None
    local_name: str = ""


class Egress(Value):
    """The way out of the campus. Subject ``campus``."""

    public_ip: str | None = None
    asn: int | None = None
    network: str | None = None
    hops: tuple[str, ...] = ()
    via_cernet: Literal["yes", "no", "undetermined"] = "undetermined"
    internet: bool | None = None
