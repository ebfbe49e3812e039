"""The kinds of observation and their typed values; units are in the names of the fields.

A new kind is a new class here with a row in ``KINDS``; rubrics may name any field of it. ``None`` always means
*not determined*: the probe looked, and the device did not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]


class Value(BaseModel):
    """What one kind of observation holds. Frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


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
    worse; the jitter after RFC 1889.
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


Band = Literal["2.4", "5", "6"]


class Radio(Value):
    """A wireless network heard at a place. Subject ``place:<id>``.

    Of the school's own networks there is one observation for each radio (BSSID) and scan; those of one scan share
    ``survey``, ``point``, ``scan`` and the time. Of a foreign network there is one a place, its strongest, without its
    name, and with a keyed hash for its BSSID.

    Attributes:
        rssi_dbm: as the driver said it; ``None`` where it only told a percentage.
        quality_percent: likewise; neither is made from the other.
        security: words such as ``open``, ``OWE``, ``WEP``, ``WPA2-PSK``, ``WPA3-SAE``, ``WPA2-802.1X``, joined by ``+``
            where the network offers several; ``TKIP`` stands among them where it still allows that cipher.
        suspicious: why a network with one of our names is not taken for ours: it is secured otherwise, or its BSSID is
            none of those that the school knows.
        age_ms: how long before the scan's end it was heard, where the driver tells.
        station_count, utilisation_ratio: what the access point says of its own load (BSS load).
        x_m, y_m: where on the floor's plan it was heard, from its top left corner, as ``SurveyPoint`` has it.
    """

    ssid: str
    bssid: str
    band_ghz: Band
    channel: int
    rssi_dbm: float | None = None
    noise_dbm: float | None = None
    security: str = ""
    own: bool
    suspicious: Literal["", "security", "bssid"] = ""
    quality_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    frequency_mhz: NonNegative | None = None
    width_mhz: NonNegative | None = None
    age_ms: NonNegative | None = None
    station_count: Annotated[int, Field(ge=0)] | None = None
    utilisation_ratio: Share | None = None
    survey: str = ""
    point: int | None = None
    scan: int | None = None
    floor: str = ""
    x_m: float | None = None
    y_m: float | None = None


class SurveyPoint(Value):
    """One point of a Wi-Fi survey, and what was measured there beside the scans. Subject ``place:<id>``.

    Attributes:
        survey, point: of which survey, and the number of the point within it.
        floor: as the surveyor gave it, else that of the inventory's place.
        x_m, y_m: metres on the floor's plan, from its top left corner to the right and down; ``None`` if not given.
        scans: how many scans were made; ``own_scans`` in how many of them the school's own network was heard.
        own_radios, foreign_radios, suspicious_radios: how many BSSIDs of each were heard at all.
        fresh: whether the system scanned anew each time; ``False`` where it only told what it had heard before.
        join_s, dhcp_s: from association to connection, and to an address, of the network joined there.
        gateway_loss_ratio, gateway_delay_ms: echo requests to the gateway over the wireless card.
        down_mbps, up_mbps: TCP goodput over the wireless card to the responder named.
        adapter, system: the wireless card and the operating system; ``method`` how the system was asked.
    """

    survey: str
    point: int
    floor: str = ""
    x_m: float | None = None
    y_m: float | None = None
    scans: Annotated[int, Field(ge=0)]
    own_scans: Annotated[int, Field(ge=0)]
    own_radios: Annotated[int, Field(ge=0)] = 0
    foreign_radios: Annotated[int, Field(ge=0)] = 0
    suspicious_radios: Annotated[int, Field(ge=0)] = 0
    fresh: bool | None = None
    join_s: NonNegative | None = None
    dhcp_s: NonNegative | None = None
    gateway_loss_ratio: Share | None = None
    gateway_delay_ms: NonNegative | None = None
    down_mbps: NonNegative | None = None
    up_mbps: NonNegative | None = None
    adapter: str = ""
    system: str = ""
    method: str = ""


class FloorPlan(Value):
    """The picture of a floor, as the report shows it. Subject ``floor:<id>``.

    Attributes:
        picture: SHA-256 of it among the raw evidence; a PNG, or an SVG without anything that could run or load.
        width_px, height_px: of the file that the inventory names, by which its scale is meant.
        width_m, height_m: what it shows, by that scale.
    """

    picture: str
    media_type: Literal["image/png", "image/svg+xml"]
    width_px: NonNegative
    height_px: NonNegative
    width_m: NonNegative
    height_m: NonNegative


class AccessPoint(Value):
    """An access point as its controller lists it. Subject ``ap:<name>``."""

    controller: str
    online: bool
    clients: int | None = None
    model: str = ""
    place: str | None = None


class AccessPointCount(Value):
    """How many access points a wireless controller counts by itself. Subject ``<device>``.

    ``listed`` is how many it names one by one; a controller that lists only those online names fewer than there are.
    """

    online: int | None = None
    offline: int | None = None
    total: int | None = None
    listed: int | None = None
    clients: int | None = None


class Egress(Value):
    """The way out of the campus. Subject ``campus``."""

    public_ip: str | None = None
    asn: int | None = None
    network: str | None = None
    hops: tuple[str, ...] = ()
    via_cernet: Literal["yes", "no", "undetermined"] = "undetermined"
    internet: bool | None = None


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


class Safeguard(Value):
    """A security function on a device. Subject ``<device>``."""

    function: Literal["firewall", "ids", "antivirus", "web_filter", "behaviour", "waf", "scanner"]
    running: bool | None = None
    version: str = ""
    signature_age_days: NonNegative | None = None
    licence_days_left: float | None = None
    policy_active: bool | None = None


class Control(Value):
    """A harmless test of a security function. Subject ``control:<id>``.

    ``conclusion`` says whether the function did what it is there for; a test that could not run, or did not decide, is
    an *unavailable* observation. ``sent`` and ``seen`` are what the test did and what came of it, in order.
    """

    what: Literal["url_filter", "malware", "ids_alert", "inbound_deny", "authentication", "waf"]
    blocked: bool | None = None
    detected: bool | None = None
    evidence: str = ""
    conclusion: Literal["works", "does_not_work", "undetermined"] = "undetermined"
    sent: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


class LogCoverage(Value):
    """How far back a log store reaches. Subject ``log:<source>``.

    ``origin`` tells whether the records themselves were read (``content``) or a device's setting (``setting``);
    ``store`` is the kind of store. ``missing_days`` lists the calendar days (school's time zone) between oldest and
    newest without a record.

    The calendar: ``day_counts[n]`` is about the day ``first_day + n``, up to the newest record's. A number above 0 are
    its records, counted; 0: it has none; ``None``: it has records, at least one was seen, but they were not counted.

    ``counted`` is ``exact`` where every record was read, and ``sampled`` where each day was only looked into. Then
    ``records`` is ``None``, ``longest_gap_h`` is the longest gap that was found (``None``: no day-long one), and the
    counts of doubtful records are of those looked at. ``longest_unseen_h`` is the longest time between two records
    that were looked at: no gap is longer.

    Clocks: ``late_records`` stand an hour or more behind a younger one, ``step_back_h`` is the furthest that one does;
    ``future_records`` lie after the time of the audit or of the file's last change, ``misplaced_records`` contradict
    their neighbours, and the records of ``doubted_files`` contradict the other files; these three count for nothing.

    ``forecast_days`` is 36,525 where it would be a hundred years or more.

    Of a setting: ``hosts`` are the log servers that the device is set to send to, ``None`` where it was not asked;
    ``buffer_records`` and ``quota_mb`` are how many records, or how much of them, it keeps itself before the oldest go.
    """

    oldest: AwareDatetime | None = None
    newest: AwareDatetime | None = None
    span_days: NonNegative | None = None
    days_with_records_ratio: Share | None = None
    longest_gap_h: NonNegative | None = None
    longest_gap_from: AwareDatetime | None = None
    longest_unseen_h: NonNegative | None = None
    forecast_days: NonNegative | None = None
    bytes: int | None = None
    records: int | None = None
    unreadable_files: int | None = None
    undated_records: int | None = None
    late_records: int | None = None
    step_back_h: NonNegative | None = None
    future_records: int | None = None
    misplaced_records: int | None = None
    doubted_files: int | None = None
    missing_days: tuple[date, ...] = ()
    first_day: date | None = None
    day_counts: tuple[int | None, ...] = ()
    counted: Literal["exact", "sampled"] | None = None
    store: str = ""
    hosts: tuple[str, ...] | None = None
    buffer_records: Annotated[int, Field(ge=0)] | None = None
    quota_mb: NonNegative | None = None
    origin: Literal["content", "setting"]


class Trace(Value):
    """Whether a marked request was found again in the audit log. Subject ``control:trace``.

    ``delay_s`` is how long after the request the record could be read at the latest; ``fields`` which of ``time``,
    ``user``, ``ip`` and ``mac`` the records hold with the values that are right for this computer.
    """

    found: bool
    delay_s: NonNegative | None = None
    fields: tuple[str, ...] = ()
    sent_at: AwareDatetime | None = None
    drill: str = ""
    place: str | None = None
    log_source: str = ""


class Marker(Value):
    """A signed marker that was sent, to be found in the logs later. Subject ``marker:<channel>``."""

    channel: Literal["syslog", "http"]
    to: str
    sent_at: AwareDatetime
    marker: str


class Canary(Value):
    """The signed markers of former nights that a log store still holds. Subject ``log:<source>``.

    Days are those of the school's calendar. ``missing_days`` are days between the oldest marker found and today on
    which one was sent here and is not there, as far as the log could be read: ``unreadable_files`` could not, or not
    whole. ``forged`` and ``replayed`` are markers that were not believed.
    """

    oldest: AwareDatetime | None = None
    newest: AwareDatetime | None = None
    span_days: NonNegative | None = None
    days_found: int = 0
    days_sent: int | None = None
    missing_days: tuple[date, ...] = ()
    unreadable_files: int | None = None
    forged: int = 0
    replayed: int = 0


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


class Exposure(Value):
    """A weakness of a device's own management. Subject ``<device>``."""

    what: str
    present: bool
    evidence: str = ""


class Recording(Value):
    """How far back a recorder's video reaches. Subject ``camera:<id>``.

    ``keep_days`` is what has to be kept; ``playable`` tells whether the oldest recording gave pictures, ``live``
    whether the camera gives any now. ``channels_ok`` of ``channels`` of the whole recorder are on line.
    ``missing_days`` are days of those to be kept on which nothing was recorded; ``None`` where it is not told.
    """

    oldest: AwareDatetime | None = None
    span_days: NonNegative | None = None
    channels_ok: int | None = None
    channels: int | None = None
    keep_days: int = 30
    playable: bool | None = None
    live: bool | None = None
    missing_days: tuple[date, ...] | None = None


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


class Document(Value):
    """A file that a person put forward, named by its content."""

    name: str
    sha256: str


class Attestation(Value):
    """What a person vouches for. Subject ``<indicator>`` or ``<indicator>/<criterion>``."""

    claim: Literal["met", "partly", "not_met"]
    points: NonNegative | None = None
    by: str
    on: date
    valid_until: date | None = None
    note: str = ""
    documents: tuple[Document, ...] = ()


KINDS: Mapping[str, type[Value]] = MappingProxyType(
    {
        "port": Port,
        "throughput": Throughput,
        "uplink_load": UplinkLoad,
        "neighbour": Neighbour,
        "radio": Radio,
        "survey_point": SurveyPoint,
        "floor_plan": FloorPlan,
        "access_point": AccessPoint,
        "access_point_count": AccessPointCount,
        "egress": Egress,
        "service": Service,
        "host": Host,
        "safeguard": Safeguard,
        "control": Control,
        "log_coverage": LogCoverage,
        "trace": Trace,
        "marker": Marker,
        "canary": Canary,
        "clock": Clock,
        "exposure": Exposure,
        "resources": Resources,
        "power": Power,
        "recording": Recording,
        "website": Website,
        "attestation": Attestation,
    }
)

# The unit of a field is the last part of its name; rubrics and reports read it here.
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "mbps": "Mbit/s",
        "ghz": "GHz",
        "mhz": "MHz",
        "m": "m",
        "px": "px",
        "dbm": "dBm",
        "ms": "ms",
        "s": "s",
        "h": "h",
        "days": "days",
        "ratio": "ratio",
        "percent": "%",
        "months": "months",
        "mb": "MB",
    }
)


def unit_of(field: str) -> str:
    """The unit that a field's name carries, or ``""``.

    >>> unit_of("down_mbps"), unit_of("longest_gap_h"), unit_of("duplex")
    ('Mbit/s', 'h', '')
    >>> unit_of("licence_days_left")
    'days'
    """
    last = field.removesuffix("_left").rsplit("_", 1)
    return UNITS.get(last[-1], "") if len(last) > 1 else ""
