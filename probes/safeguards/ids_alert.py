"""Does the IDS raise an alert for a request that a stock rule flags, and is that alert found in its log?

An alert is ours where it holds this request's marker, or both ends of its connection with their ports. An alert of
the same rule about others is not. What the device itself calls an alert may be of any rule of its own: vendors number
them differently.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from probes.logs.placing import Calendar
from probes.logs.search.lines import Haystack, Line, Marks, Wanted
from probes.observation import Reason
from probes.safeguards.canary_find import time_of
from probes.safeguards.harmless import IDS_QUERY, IDS_RULE, IDS_RULE_WORDS, with_query
from probes.safeguards.settings import IdsAlertControl
from probes.safeguards.steps import Attempt, Step, Verdict, undecided, visit_steps
from probes.text import text
from probes.transport.exchange import Answer, Request

PLACEHOLDER = "<marker>"
PAUSE_S = 0.5
SHOWN = 500
SAME_TIME = timedelta(minutes=15)
_NEEDLES = (IDS_RULE.encode(), IDS_RULE_WORDS.encode())


@dataclass(frozen=True)
class Sensor:
    """What the test needs besides its entry: where it looks, for what, the school's hours, and whether to end early."""

    source: str
    store: Haystack
    marker: str
    calendar: Calendar
    now: Callable[[], datetime]
    stop: Callable[[], bool] = lambda: False


def steps(entry: IdsAlertControl, marker: str = PLACEHOLDER) -> list[Step]:
    """What the test sends."""
    return visit_steps(_request(entry, marker))


def run(attempt: Attempt, entry: IdsAlertControl, sensor: Sensor) -> Verdict:
    """Carry it out.

    Raises:
        TransportError: the log of the IDS cannot be read.
    """
    before = sensor.store.marks()
    if sensor.store.tells_alerts is None:
        why = text(
            "{source} is a device, and no command is known here that shows its alerts: have it send them by syslog and "
            "name that log as log_source",
            source=sensor.source,
        )
        return undecided(why, Reason.NOT_SUPPORTED)
    sent_at = sensor.now()
    answer = attempt.visit(_request(entry, sensor.marker))
    if not answer.delivered:
        why = text("the request did not reach {url} ({seen}), so nothing follows", url=entry.url, seen=answer.said)
        return undecided(why, Reason.NO_ANSWER)
    until = time.monotonic() + entry.within_s
    while True:
        late = time.monotonic() >= until
        found = _alerts(sensor, before, answer, sent_at)
        if found.ours:
            line = found.ours[0].data.decode("utf-8", "replace")[:SHOWN]
            attempt.note(f"search {sensor.source} for rule {IDS_RULE}", line)
            evidence = text("{line}", line=line)
            return Verdict(works=True, detected=True, blocked=_dropped(found.ours[0].data), evidence=evidence)
        if late or sensor.stop():
            break
        time.sleep(max(PAUSE_S, min(sensor.store.pause_s, until - time.monotonic())))
    attempt.note(f"search {sensor.source} for rule {IDS_RULE}", f"no alert of ours; {found.others} of others")
    if found.astray:
        return _astray(attempt, sensor, *found.astray[0], sent_at)
    if answer.fate != "answered":
        why = text(
            "no alert, but no answer from {url} either ({seen}): was the sensor passed?",
            url=entry.url,
            seen=answer.said,
        )
        return undecided(why, Reason.NO_ANSWER)
    evidence = text(
        "no alert of rule {rule} within {seconds} s in {source}",
        rule=IDS_RULE,
        seconds=f"{entry.within_s:g}",
        source=sensor.source,
    )
    return Verdict(works=False, detected=False, blocked=False, evidence=evidence)


def _request(entry: IdsAlertControl, marker: str) -> Request:
    shown = with_query(entry.url, f"campus-audit={PLACEHOLDER}&{IDS_QUERY}")
    return Request(with_query(entry.url, f"campus-audit={marker}&{IDS_QUERY}"), shown_url=shown)


@dataclass(frozen=True)
class _Found:
    """Alerts of the rule since the marks were taken.

    Attributes:
        ours: about this request.
        astray: about a connection with the same ends, with their own times, which are not those of this request.
        others: how many are about others.
    """

    ours: tuple[Line, ...]
    astray: tuple[tuple[Line, datetime], ...]
    others: int


def _alerts(sensor: Sensor, before: Marks, answer: Answer, sent_at: datetime) -> _Found:
    own = () if answer.local is None else (answer.local[0].encode(),)
    wanted = Wanted((*_NEEDLES, *(own if sensor.store.tells_alerts else ())), before, sensor.stop)
    found = [line for line in sensor.store.find(wanted) if line.alert or _of_rule(line.data)]
    same = [
        (line, _other_time(line, sensor, wanted, sent_at)) for line in found if _is_ours(line, sensor.marker, answer)
    ]
    ours = tuple(line for line, other in same if other is None)
    astray = tuple((line, other) for line, other in same if other is not None)
    return _Found(ours, astray, len(found) - len(same))


def _other_time(line: Line, sensor: Sensor, wanted: Wanted, sent_at: datetime) -> datetime | None:
    """An alert's own time where that is another than the request's: ports are used again.

    Only of stores that do not tell by themselves what is new. Files do, so that the clock of a sensor, which may be
    wrong or of another zone, has no say in it.
    """
    if wanted.begin is None or sensor.marker.encode() in line.data:
        return None
    stamped = time_of(line.data, sent_at, sensor.calendar)
    return stamped if stamped is not None and abs(stamped - sent_at) > SAME_TIME else None


def _astray(attempt: Attempt, sensor: Sensor, line: Line, stamped: datetime, sent_at: datetime) -> Verdict:
    """The verdict where the only alert about a connection like ours bears another time."""
    attempt.note(f"search {sensor.source}: an alert of another time", line.data.decode("utf-8", "replace")[:SHOWN])
    why = text(
        "an alert about a connection with the same ends is dated {stamped}, but the request was sent at {sent}: it is "
        "of an older connection, or the clock or time zone of {source} is wrong",
        stamped=f"{stamped.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
        sent=f"{sent_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
        source=sensor.source,
    )
    return undecided(why)


def _of_rule(line: bytes) -> bool:
    return any(needle in line for needle in _NEEDLES)


def _is_ours(found: Line, marker: str, answer: Answer) -> bool:
    line = found.data
    if marker.encode() in line:
        return True
    if answer.local is None or answer.remote is None:
        return False
    event = _event(line)
    if event is not None:
        ends = {(str(event.get(f"{side}_ip")), event.get(f"{side}_port")) for side in ("src", "dest")}
        return ends == {answer.local, answer.remote}
    # SrcIp=10.1.2.3, …, SrcPort=51834, or columns of a table: everybody's own order, so each is sought by itself.
    words = {word.rstrip(b".") for word in re.split(rb"[^0-9A-Fa-f.:]+", line.replace(b"->", b" "))}
    joined = {word.rpartition(b":")[::2] for word in words if b":" in word}
    parts = words | {part for pair in joined for part in pair}
    return all({address.encode(), str(port).encode()} <= parts for address, port in (answer.local, answer.remote))


def _event(line: bytes) -> dict[str, object] | None:
    """An EVE JSON alert, also behind the head of a syslog line."""
    begin = line.find(b"{")
    try:
        event = json.loads(line[begin:]) if begin >= 0 else None
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and event.get("event_type") == "alert" else None


def _dropped(line: bytes) -> bool | None:
    """Whether an inline sensor also stopped the request, as EVE tells it."""
    alert = (_event(line) or {}).get("alert")
    action = alert.get("action") if isinstance(alert, dict) else None
    return {"blocked": True, "allowed": False}.get(str(action))
