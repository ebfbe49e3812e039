"""Named rules that no single comparison says. Each answers for one entity from its fresh observations.

A predicate must answer *unknown* rather than guess, and must not answer differently when an observation that it does
not use is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from probes.kinds import Host, Neighbour, Port, Recording, Safeguard
from probes.observation import Observation
from probes.text import Text, text
from rules.assessment import Truth
from rules.calendar import local_day
from rules.conditions import Judged, Predicate, Question
from rules.log_retention import kept_six_months
from rules.wifi import NUMBERS, OPTIONAL, WORDS, wifi_covered


def not_half_duplex(observations: Sequence[Observation], question: Question) -> Judged:
    """The latest look at the port does not say half duplex.

    Full duplex is not in the rubric, and many switches do not tell; a port known to be half duplex, though, cannot
    deliver its nominal rate, and less still where its two ends disagree, as the neighbour's own word may show.
    """
    latest = max(observations, key=lambda one: one.taken_at)
    port = latest.value if isinstance(latest.value, Port) else Port()
    for heard in question.heard:
        value = heard.value
        if isinstance(value, Neighbour) and value.duplex_mismatch and "half" in {value.remote_duplex, port.duplex}:
            shown = text(
                "duplex mismatch: {here} here, {there} at {neighbour}",
                here=_DUPLEXES[port.duplex],
                there=_DUPLEXES[value.remote_duplex],
                neighbour=value.remote_name,
            )
            return Judged(Truth.FALSE, shown, (latest.id, heard.id))
    return Judged(Truth.FALSE if port.duplex == "half" else Truth.TRUE, _duplex(port), (latest.id,))


MANY_DAMAGED = 0.001
"""A sound copper cable damages fewer than one frame in 10,000 (IEEE 802.3: 10^-8 of the bits); a proposal."""


def _duplex(port: Port) -> Text:
    """How a port speaks, and what betrays that the other end does otherwise."""
    if port.duplex == "half" and port.late_collisions:
        return text("half duplex, {n} late collisions: the other end speaks full duplex", n=port.late_collisions)
    damaged = port.fcs_error_ratio or 0.0
    if damaged >= MANY_DAMAGED and port.duplex != "half":
        return text(
            "{duplex}, {percent} % of the frames damaged: a bad cable, or the other end speaks half duplex",
            duplex=_DUPLEXES[port.duplex],
            percent=f"{100 * damaged:.2g}",
        )
    return _DUPLEXES[port.duplex]


_DUPLEXES: Mapping[str, Text] = MappingProxyType(
    {"full": text("full duplex"), "half": text("half duplex"), "unknown": text("duplex not told")}
)


SEEN_WITHIN = timedelta(days=7)  # a proposal, as in the rubric's max_age_days


def seen(observations: Sequence[Observation], question: Question) -> Judged:
    """It was seen at all; what was not seen may be switched off, so this never fails."""

    def moment(one: Observation) -> datetime:
        # A host that is remembered from other nights is told tonight, but was not seen tonight.
        return (one.value.last_seen if isinstance(one.value, Host) else None) or one.taken_at

    latest = max(observations, key=moment)
    day = local_day(moment(latest), question.campus.school.timezone).isoformat()
    if question.now - moment(latest) > SEEN_WITHIN:
        return Judged(Truth.UNKNOWN, text("last measured on {date}, too long ago", date=day), (latest.id,))
    return Judged(Truth.TRUE, text("seen on {day}", day=day), (latest.id,))


SIGNATURES_WITHIN_DAYS = 30  # a proposal
# These are blind without fresh signatures; a plain firewall has none that could age.
NEEDS_SIGNATURES = frozenset({"ids", "antivirus", "web_filter", "waf", "scanner"})


def signatures_current(observations: Sequence[Observation], question: Question) -> Judged:
    """Every safeguard on the device has signatures of the last 30 days and a licence that runs.

    A licence that the device does not tell is no fault; signatures whose age it does not tell are not proven.
    """
    del question
    newest: dict[str, tuple[Observation, Safeguard]] = {}
    for one in sorted(observations, key=lambda one: one.taken_at):
        if isinstance(one.value, Safeguard):
            newest[one.value.function] = (one, one.value)
    ids = tuple(one.id for one, _ in newest.values())
    judged = [_currency(value) for _, (_, value) in sorted(newest.items())]
    decisive = min(judged, key=lambda one: (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE).index(one[0]))
    return Judged(*decisive, ids)


def _currency(value: Safeguard) -> tuple[Truth, Text]:
    age, left = value.signature_age_days, value.licence_days_left
    function = text(value.function)
    if age is not None and age > SIGNATURES_WITHIN_DAYS:
        return Truth.FALSE, text("{function}: signatures {days} days old", function=function, days=round(age))
    if left is not None and left < 0:
        return Truth.FALSE, text("{function}: licence ended {days} days ago", function=function, days=round(-left))
    if age is None and value.function in NEEDS_SIGNATURES:
        return Truth.UNKNOWN, text("{function}: age of the signatures not known", function=function)
    return Truth.TRUE, text("{function}: signatures and licence current", function=function)


# A proposal: a day without pictures (a power cut, a repair) is no shorter retention, several are.
VIDEO_DAYS_MISSING = Decimal("0.04")


def video_kept(observations: Sequence[Observation], question: Question) -> Judged:
    """The oldest recording is as old as the camera's have to be, plays, and hardly a day since then is without one.

    Whether it plays is held against it only where that was tried; what a recorder does not list stays unknown only
    where nothing else decides.
    """
    del question
    newest = max(observations, key=lambda one: one.taken_at)
    value = newest.value
    if not isinstance(value, Recording) or value.span_days is None:
        return Judged(Truth.UNKNOWN, text("how far back the recordings reach is not known"), (newest.id,))
    shown, ids = text("{n} of {days} days", n=int(value.span_days), days=value.keep_days), (newest.id,)
    missing = len(value.missing_days or ())
    if value.span_days < value.keep_days:
        return Judged(Truth.FALSE, shown, ids)
    if Decimal(missing) > VIDEO_DAYS_MISSING * value.keep_days:
        return Judged(Truth.FALSE, text("{shown}, {n} of them without a recording", shown=shown, n=missing), ids)
    if value.playable is False:
        return Judged(Truth.FALSE, text("{shown}, but the oldest recording does not play", shown=shown), ids)
    return Judged(Truth.TRUE, shown, ids)


PREDICATES: dict[str, Predicate] = {
    "kept_six_months": kept_six_months,
    "not_half_duplex": not_half_duplex,
    "seen": seen,
    "signatures_current": signatures_current,
    "video_kept": video_kept,
    "wifi_covered": wifi_covered,
}

LIMITS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType({"wifi_covered": (NUMBERS, WORDS)})
MAY_LIMIT: Mapping[str, tuple[str, ...]] = MappingProxyType({"wifi_covered": OPTIONAL})
"""The limits that a predicate needs from the rubric: numbers, and lists of kinds of places."""
