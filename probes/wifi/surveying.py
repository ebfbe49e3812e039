"""Measuring one point of a survey: scans, made into what may be kept of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from time import monotonic, sleep

from pydantic import ValidationError

from probes.discovery.memory import keyed_hash
from probes.observation import Reason
from probes.wifi.heard import Heard, Sweep, signal_told, strongest_first
from probes.wifi.ownership import Owner, known, owners
from probes.wifi.scanner import NO_ADDRESSES, ScanError, Scanner
from probes.wifi.settings import WifiSettings
from probes.wifi.survey_file import Network, Scan

MOST_NETWORKS = 500
LISTEN_S = 2.0
"""In which the beacons of networks that the card listens to are heard some twenty times."""
SLACK_MS = 500.0
"""Systems count ages from ticks of their own; within half a second nobody walks into another room."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One scan as it may be kept, and as it is shown to the surveyor at that moment."""

    scan: Scan
    shown: tuple[tuple[Heard, Owner], ...]


class Keeper:
    """Tells a school's own networks from others in a scan, and hashes what belongs to others.

    Access points are equipment, but a telephone's hotspot is a person's: of networks that do not bear one of the
    school's names neither the name nor the address is kept.
    """

    def __init__(self, settings: WifiSettings, key: bytes) -> None:
        self._settings = settings
        self._key = key

    def kept(self, sweep: Sweep, at: datetime, duration_s: float) -> Taken:
        """What may be kept of a scan.

        Raises:
            ScanError: it tells no addresses, by which alone the inventory knows what is ours.
        """
        if self._settings.bssids and sweep.networks and not any(one.bssid for one in sweep.networks):
            raise ScanError(Reason.NOT_PERMITTED, NO_ADDRESSES)
        networks = strongest_first(sweep.networks)
        whose = owners([known(one, self._settings) for one in networks], self._settings)
        # However many strangers send, what bears our name is kept.
        counted = sorted(range(len(networks)), key=lambda at: not (whose[at].own or whose[at].suspicious))
        shown = tuple((networks[at], whose[at]) for at in sorted(counted[:MOST_NETWORKS]))
        kept = [one for heard, owner in shown if (one := self._network(heard, owner)) is not None]
        scan = Scan(
            taken_at=at,
            duration_s=round(duration_s, 3),
            method=sweep.method,
            fresh=sweep.fresh,
            networks=tuple(sorted(kept, key=lambda one: (not one.own, one.bssid, one.ssid, one.channel))),
        )
        return Taken(scan, shown)

    def _network(self, heard: Heard, owner: Owner) -> Network | None:
        if heard.band_ghz is None or heard.channel is None:
            return None
        name = known(heard, self._settings).name
        ours = owner.own or bool(owner.suspicious) or bool(name)
        kept = {
            **asdict(heard),
            "bssid": heard.bssid if ours else self._hashed(heard),
            "ssid": (name or heard.name) if ours else "",
            "own": owner.own,
            "suspicious": owner.suspicious,
            "rssi_dbm": signal_told(heard.rssi_dbm),
        }
        try:
            return Network.model_validate(kept)
        except ValidationError:
            return None  # numbers that nobody hears, as a saved file may hold

    def _hashed(self, heard: Heard) -> str:
        # Without an address, as macOS has it, the name and channel are what tells networks apart.
        told = heard.bssid.encode() or heard.ssid + bytes([(heard.channel or 0) % 256])
        return "#" + keyed_hash(self._key, told)


class Surveyor(Keeper):
    """Scans, and keeps what may be kept."""

    def __init__(self, scanner: Scanner, settings: WifiSettings, key: bytes) -> None:
        super().__init__(settings, key)
        self.scanner = scanner

    def take(self, began: float) -> Taken:
        """Scan once.

        Args:
            began: ``monotonic()`` when the surveyor came to the point; what was heard before was heard elsewhere.

        Raises:
            ScanError: the system does not scan.
        """
        at, started = datetime.now(UTC), monotonic()
        sweep = self.scanner.scan()
        ended = monotonic()
        return self.kept(since_arrival(sweep, (ended - began) * 1000), at, ended - started)


def since_arrival(sweep: Sweep, within_ms: float) -> Sweep:
    """A scan without what was heard before so long, as far as the system tells ages."""
    return replace(
        sweep, networks=tuple(one for one in sweep.networks if one.age_ms is None or one.age_ms <= within_ms + SLACK_MS)
    )


def scans(surveyor: Surveyor, count: int, told: Callable[[int, Taken], None]) -> Sequence[Scan]:
    """So many scans at one point; ``told`` hears of each. Raises ``ScanError``.

    Where the system does not scan anew, each reads what was heard since the one before: one reading of a beacon is not
    five.
    """
    began, found = monotonic(), []
    for number in range(1, count + 1):
        taken = surveyor.take(began)
        found.append(taken.scan)
        told(number, taken)
        if taken.scan.fresh is False and number < count:
            began = monotonic()
            sleep(LISTEN_S)
    return found
