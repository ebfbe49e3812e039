"""Whose networks the points of surveys heard, decided over all of them at once, by what the inventory says now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probes.wifi.ownership import FOREIGN, Known, Owner, looks_like, owners
from probes.wifi.settings import WifiSettings
from probes.wifi.survey_file import Network, Point


@dataclass(frozen=True, slots=True)
class Told:
    """What one point heard: ours scan by scan; of the others, the suspicious ones among them, each at its strongest."""

    own: tuple[tuple[Network, ...], ...]
    others: tuple[Network, ...]


_Key = tuple[str, str, str, bool]


def decided(points: Sequence[Point], settings: WifiSettings) -> Mapping[int, Told]:
    """By ``id()`` of each point, what it heard.

    A network that was foreign when it was heard stays so: its address is no longer known. What bore one of our names is
    held against what the inventory says now, together with all the others of that name: a twin that was heard alone in
    one place is known by the genuine one that was heard in another.
    """
    named = {
        _key(one): Known(
            one.bssid,
            one.ssid if one.ssid in settings.ssids else "",
            one.security,
            one.ssid not in settings.ssids and looks_like(one.ssid, settings.ssids),
            one.ad_hoc,
        )
        for point in points
        for scan in point.scans
        for one in scan.networks
        if one.own or one.suspicious
    }
    whose = dict(zip(named, owners(list(named.values()), settings), strict=True))
    return {id(point): _told(point, whose, settings) for point in points}


def _key(one: Network) -> _Key:
    return one.bssid, one.ssid, one.security, one.ad_hoc


def _told(point: Point, whose: Mapping[_Key, Owner], settings: WifiSettings) -> Told:
    own: list[tuple[Network, ...]] = []
    others: list[Network] = []
    for scan in point.scans:
        ours = []
        for one in scan.networks:
            owner = whose.get(_key(one), FOREIGN)
            # A hidden network of ours is known by the list of BSSIDs only, which a later inventory may lack.
            if owner.own and (one.ssid or settings.bssids):
                ours.append(one)
            else:
                others.append(one.model_copy(update={"suspicious": owner.suspicious}))
        own.append(tuple(ours))
    return Told(tuple(own), strongest(others))


def strongest(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Each network once, as it was heard best."""
    best: dict[str, Network] = {}
    for one in networks:
        if one.bssid not in best or _strength(one) > _strength(best[one.bssid]):
            best[one.bssid] = one
    return tuple(best.values())


def _strength(one: Network) -> tuple[float, float]:
    return (-1e3 if one.rssi_dbm is None else one.rssi_dbm, one.quality_percent or 0.0)
