"""What is seen of Wi-Fi: radios, points of a survey, floors, access points."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from probes.values.base import NonNegative, Share, Value

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
        suspicious: why a network with one of our names is not taken for ours: it is secured otherwise, its BSSID is
            none of those that the school knows or no access point's, or the name only looks like ours.
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
    suspicious: Literal["", "security", "bssid", "name"] = ""
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


class Connection(BaseModel):
    """What the connection was like where somebody stood; the file of a survey and its observations hold the same.

    Attributes:
        join_s, dhcp_s: from association to connection, and to an address, of the network joined there.
        gateway_loss_ratio, gateway_delay_ms: echo requests to the gateway over the wireless card.
        down_mbps, up_mbps: TCP goodput over the wireless card to the responder named.
    """

    join_s: NonNegative | None = None
    dhcp_s: NonNegative | None = None
    gateway_loss_ratio: Share | None = None
    gateway_delay_ms: NonNegative | None = None
    down_mbps: NonNegative | None = None
    up_mbps: NonNegative | None = None


class SurveyPoint(Connection, Value):
    """One point of a Wi-Fi survey, and what was measured there beside the scans. Subject ``place:<id>``.

    Attributes:
        survey, point: of which survey, and the number of the point within it.
        floor: as the surveyor gave it, else that of the inventory's place.
        x_m, y_m: metres on the floor's plan, from its top left corner to the right and down; ``None`` if not given.
        scans: how many scans were made; ``own_scans`` in how many of them the school's own network was heard.
        own_radios, foreign_radios, suspicious_radios: how many BSSIDs of each were heard at all.
        fresh: whether the system scanned anew each time; ``False`` where it only told what it had heard before.
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
    """An access point as its controller lists it. Subject ``ap:<name>``.

    Attributes:
        clients: how many devices are associated with it.
        client_rssi_dbm: the median of how strong it hears them, of ``clients_heard`` of them. It supports a survey and
            replaces none: where nobody sits, nobody is heard.
    """

    controller: str
    online: bool
    clients: int | None = None
    clients_heard: int | None = None
    client_rssi_dbm: float | None = None
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
