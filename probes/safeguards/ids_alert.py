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

from probes.logs.search.lines import Haystack, Line, Marks, Wanted
from probes.observation import Reason
from probes.safeguards.harmless import IDS_QUERY, IDS_RULE, IDS_RULE_WORDS, with_query
from probes.safeguards.settings import IdsAlertControl
from probes.safeguards.steps import Attempt, Step, Verdict, undecided, visit_steps
from probes.text import text
from probes.transport.exchange import Answer, Request

PLACEHOLDER = "<marker>"
PAUSE_S = 0.5
SHOWN = 500
_NEEDLES = (IDS_RULE.encode(), IDS_RULE_WORDS.encode())


@dataclass(frozen=True)
class Sensor:
    """What the test needs besides its entry: the log's id and store, the marker, and whether to end early."""

    source: str
    store: Haystack
    marker: str
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
    answer = attempt.visit(_request(entry, sensor.marker))
    if not answer.delivered:
        why = text("the request did not reach {url} ({seen}), so nothing follows", url=entry.url, seen=answer.line)
        return undecided(why, Reason.NO_ANSWER)
    until = time.monotonic() + entry.within_s
    while True:
        late = time.monotonic() >= until
        ours, others = _alerts(sensor, before, answer)
        if ours:
            line = ours[0].data.decode("utf-8", "replace")[:SHOWN]
            attempt.note(f"search {sensor.source} for rule {IDS_RULE}", line)
            return Verdict(works=True, detected=True, blocked=_dropped(ours[0].data), evidence=line)
        if late or sensor.stop():
            break
        time.sleep(max(PAUSE_S, min(sensor.store.pause_s, until - time.monotonic())))
    attempt.note(f"search {sensor.source} for rule {IDS_RULE}", f"no alert of ours; {others} of others")
    if answer.fate != "answered":
        why = text(
            "no alert, but no answer from {url} either ({seen}): was the sensor passed?",
            url=entry.url,
            seen=answer.line,
        )
        return undecided(why, Reason.NO_ANSWER)
    evidence = f"no alert of rule {IDS_RULE} within {entry.within_s:g} s in {sensor.source}"
    return Verdict(works=False, detected=False, blocked=False, evidence=evidence)


def _request(entry: IdsAlertControl, marker: str) -> Request:
    shown = with_query(entry.url, f"campus-audit={PLACEHOLDER}&{IDS_QUERY}")
    return Request(with_query(entry.url, f"campus-audit={marker}&{IDS_QUERY}"), shown_url=shown)


def _alerts(sensor: Sensor, before: Marks, answer: Answer) -> tuple[list[Line], int]:
    """Alerts of the rule since the marks were taken: ours, and how many about others."""
    own = () if answer.local is None else (answer.local[0].encode(),)
    wanted = Wanted((*_NEEDLES, *(own if sensor.store.tells_alerts else ())), before, sensor.stop)
    found = [line for line in sensor.store.find(wanted) if line.alert or _of_rule(line.data)]
    ours = [line for line in found if _is_ours(line, sensor.marker, answer)]
    return ours, len(found) - len(ours)


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
    if found.alert:
        # SrcIp=10.1.2.3, …, SrcPort=51834: a vendor's own order, so each is sought by itself.
        words = set(re.split(rb"[^0-9A-Fa-f.:]+", line.replace(b"->", b" ")))
        joined = {word.rpartition(b":")[::2] for word in words if b":" in word}
        parts = words | {part for pair in joined for part in pair}
        return all({address.encode(), str(port).encode()} <= parts for address, port in (answer.local, answer.remote))
    return all(f"{address}:{port}".encode() in line for address, port in (answer.local, answer.remote))


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
