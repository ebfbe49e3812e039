"""Does the IDS raise an alert for a request that a stock rule flags, and is that alert found in its log?

An alert is ours where it holds this request's marker, or both ends of its connection with their ports. An alert of
the same rule about others is not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from probes.campus import LogSource
from probes.observation import Reason
from probes.safeguards.harmless import IDS_QUERY, IDS_RULE, IDS_RULE_WORDS, with_query
from probes.safeguards.log_search import Line, Marks, lines_with, marks
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
    """What the test needs besides its entry: the log, the marker, and whether to end early."""

    source: LogSource
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
    before = marks(sensor.source)
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
            attempt.note(f"search {sensor.source.id} for rule {IDS_RULE}", line)
            return Verdict(works=True, detected=True, blocked=_dropped(ours[0].data), evidence=line)
        if late or sensor.stop():
            break
        time.sleep(PAUSE_S)
    attempt.note(f"search {sensor.source.id} for rule {IDS_RULE}", f"no alert of ours; {others} of others")
    if answer.fate != "answered":
        why = text(
            "no alert, but no answer from {url} either ({seen}): was the sensor passed?",
            url=entry.url,
            seen=answer.line,
        )
        return undecided(why, Reason.NO_ANSWER)
    evidence = f"no alert of rule {IDS_RULE} within {entry.within_s:g} s in {sensor.source.id}"
    return Verdict(works=False, detected=False, blocked=False, evidence=evidence)


def _request(entry: IdsAlertControl, marker: str) -> Request:
    shown = with_query(entry.url, f"campus-audit={PLACEHOLDER}&{IDS_QUERY}")
    return Request(with_query(entry.url, f"campus-audit={marker}&{IDS_QUERY}"), shown_url=shown)


def _alerts(sensor: Sensor, before: Marks, answer: Answer) -> tuple[list[Line], int]:
    """Alerts of the rule since the marks were taken: ours, and how many about others."""
    found = list(lines_with(sensor.source, _NEEDLES, since=before, stop=sensor.stop))
    ours = [line for line in found if _is_ours(line.data, sensor.marker, answer)]
    return ours, len(found) - len(ours)


def _is_ours(line: bytes, marker: str, answer: Answer) -> bool:
    if not any(needle in line for needle in _NEEDLES):
        return False
    if marker.encode() in line:
        return True
    if answer.local is None or answer.remote is None:
        return False
    event = _event(line)
    if event is not None:
        ends = {(str(event.get(f"{side}_ip")), event.get(f"{side}_port")) for side in ("src", "dest")}
        return ends == {answer.local, answer.remote}
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
