"""Which credentials would earn the most further points, computed from the judge's own findings.

For each kind of login and each kind of device that was found without it: the probes that such a login would let look,
the kinds of observation they give, and the points of the criteria that wait for these. An upper bound, since what they
would find is not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal

from probes.campus import Device, HttpAccess, SnmpAccess, SshAccess
from probes.observation import Observation, Status
from probes.probe import Probe
from probes.text import Text, text
from rules.assessment import ZERO, Assessment, Part
from rules.populations import PLACES

_ACCESSES = {
    "snmp": SnmpAccess(credential="wanted"),
    "ssh": SshAccess(credential="wanted"),
    "http": HttpAccess(credential="wanted"),
}
_CALLED = {"snmp": text("SNMP, read-only"), "ssh": text("SSH, read-only"), "http": text("HTTP, read-only")}
MOST_SHOWN = 5
ADDRESSES_SHOWN = 4


@dataclass(frozen=True)
class Earning:
    """A login for the devices of one role, and the points that wait for it."""

    points: Decimal
    access: str
    role: str
    indicators: tuple[str, ...]
    sentence: Text


def earnings(
    assessment: Assessment, probes: Mapping[str, Probe], observations: Iterable[Observation] = ()
) -> list[Earning]:
    """The logins by the points that wait for them, the most first; none where nothing would be gained.

    Args:
        assessment: the judge's own findings.
        probes: all that could look.
        observations: what was seen; a probe that looked in vain with the login that there is may need another one.
    """
    vain = {(one.subject, one.probe) for one in observations if one.status is Status.UNAVAILABLE}
    lacking: dict[tuple[str, str], list[Device]] = defaultdict(list)
    for device in assessment.campus.device:
        for access in _ACCESSES:
            if getattr(device, access) is None:
                lacking[access, str(device.role)].append(device)
    found = [
        one for (access, _), devices in lacking.items() if (one := _earning(assessment, probes, access, devices, vain))
    ]
    return sorted(found, key=lambda one: (-one.points, one.access, one.role))[:MOST_SHOWN]


def _earning(
    assessment: Assessment,
    probes: Mapping[str, Probe],
    access: str,
    devices: Sequence[Device],
    vain: AbstractSet[tuple[str, str]],
) -> Earning | None:
    opened = devices[0].model_copy(update={access: _ACCESSES[access]})
    alone = devices[0].model_copy(update={one: wanted if one == access else None for one, wanted in _ACCESSES.items()})

    def gains(probe: Probe) -> bool:
        if not probe.applies_to(devices[0]):
            return probe.applies_to(opened)
        return probe.applies_to(alone) and any((one.id, probe.name) in vain for one in devices)

    kinds = {probe.yields for probe in probes.values() if "device" in probe.on and gains(probe)}
    waiting = list(_waiting(assessment, kinds, str(devices[0].role)))
    points = sum((part.points.high - part.points.low for _, part in waiting), ZERO)
    if not points:
        return None
    indicators = tuple(dict.fromkeys(indicator for indicator, _ in waiting))
    shown = ", ".join(one.address for one in devices[:ADDRESSES_SHOWN])
    sentence = text(
        "{access} for {n} devices of role {role} ({addresses}): {indicators}",
        access=_CALLED[access],
        n=len(devices),
        role=text(str(devices[0].role)),
        addresses=shown + (" …" if len(devices) > ADDRESSES_SHOWN else ""),
        indicators=", ".join(indicators),
    )
    if any(part.criterion.fact is not None and part.criterion.fact.population in PLACES for _, part in waiting):
        sentence = text("{sentence}; for rooms also their ports in the inventory", sentence=sentence)
    return Earning(points, access, str(devices[0].role), indicators, sentence)


def _waiting(assessment: Assessment, kinds: set[str], role: str) -> Iterator[tuple[str, Part]]:
    """The criteria that are open and rest on such observations, of such devices where they ask for roles."""
    for finding in assessment.findings:
        for part in finding.parts:
            fact = part.criterion.fact
            if fact is None or part.points.decided:
                continue
            of_role = fact.population not in {"devices", "equipment"} or not fact.of or role in fact.of
            if of_role and kinds & {condition.kind for condition in fact.conditions}:
                yield finding.indicator.id, part
