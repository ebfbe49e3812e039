"""The trace drill: one marked request, sought in the audit logs until it is found or its time is up.

What is under way stands in ``drill-<id>.json`` beside the bundles, so a drill that was killed goes on with the request
it had sent: it neither sends another nor starts its minutes anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated

import psutil
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from probes.campus import Drill
from probes.logs.placing import Calendar
from probes.logs.search.lines import Haystack, Line, Wanted
from probes.safeguards.canary_find import time_of
from probes.safeguards.harmless import with_query
from probes.safeguards.marker import PARAMETER
from probes.safeguards.steps import Step, visit_steps
from probes.transport.exchange import Request

PLACEHOLDER = "<marker>"
SAME_TIME = timedelta(minutes=15)
_USER = re.compile(
    r"(?:(?<![A-Za-z])(?:user|usr|username|usrname|user_name|suser|duser|srcuser|account|login)|用户名?|账号|账户|登录名)"
    # Behind a nested object ({"user": {"name": …}}) or none; what begins with no letter or digit names nobody.
    r"\"?\s*[=:：]\s*(?:\{[^{}]{0,200}?\"name\"\s*:\s*)?\"?(\w[^\s\",;|}]*)",
    re.IGNORECASE,
)
_NOBODY = frozenset({"-", "unknown", "n/a", "none", "null", "anonymous", "匿名", "未知", "0"})


class Pending(BaseModel):
    """A request that was sent and is being sought."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    marker: str
    url: str
    sent_at: AwareDatetime
    until: AwareDatetime
    ip: str
    marks: dict[str, dict[str, Annotated[int, Field(ge=0)]]]
    transcript: str = ""


@dataclass(frozen=True)
class Hit:
    """A record of our request: which log, the line, and when it could be read at the latest."""

    source: str
    line: Line
    seen_at: datetime


def request(drill: Drill, marker: str = PLACEHOLDER) -> Request:
    """What the drill sends."""
    shown = with_query(drill.url, f"{PARAMETER}={PLACEHOLDER}")
    source = str(drill.from_address) if drill.from_address else None
    return Request(with_query(drill.url, f"{PARAMETER}={marker}"), from_address=source, shown_url=shown)


def steps(drill: Drill, marker: str = PLACEHOLDER) -> list[Step]:
    """The steps of that."""
    return visit_steps(request(drill, marker))


def path_of(folder: Path, drill: Drill) -> Path:
    """Where the state of a drill stands."""
    return folder / f"drill-{drill.id}.json"


def load(path: Path, drill: Drill) -> Pending | None:
    """The drill under way; ``None`` where there is none, or it was about another address or other logs."""
    try:
        found = Pending.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.url == drill.url and set(found.marks) == set(drill.log_sources) else None


def save(path: Path, pending: Pending) -> None:
    """Write it whole or not at all, for the owner only.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(pending.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def search(pending: Pending, stores: Mapping[str, Haystack], now: datetime) -> list[Hit]:
    """The records that hold the marker, in stores by log source. Blocking.

    A record in a file that was last written before now was there by then; so a drill that comes back late can still
    tell that the record was in time.

    Raises:
        TransportError: a log cannot be read.
    """
    hits = []
    for source, store in stores.items():
        for line in store.find(Wanted((pending.marker.encode(),), since=pending.marks[source])):
            written = datetime.fromtimestamp(line.modified, now.tzinfo)
            hits.append(Hit(source, line, now if now <= pending.until else min(now, written)))
    return hits


def fields_of(hits: Sequence[Hit], pending: Pending, drill: Drill, zone: tzinfo) -> tuple[str, ...]:
    """Which of time, user, ip and mac the records hold, right for this computer; any of the records may hold it."""
    own_mac = mac_of(pending.ip)
    found = set()
    for hit in hits:
        words = _words(hit.line.data.replace(pending.marker.encode(), b" "))
        stamped = time_of(hit.line.data, pending.sent_at, Calendar(zone))
        if stamped is not None and abs(stamped - pending.sent_at) <= SAME_TIME:
            found.add("time")
        if _holds_address(words, pending.ip):
            found.add("ip")
        if own_mac is not None and own_mac in re.sub(r"[:.\-]", "", words).lower():
            found.add("mac")
        if _holds_user(words, drill.user):
            found.add("user")
    return tuple(name for name in ("time", "user", "ip", "mac") if name in found)


def mac_of(ip: str) -> str | None:
    """The MAC address, as 12 hex digits, of the card of this computer that has an address."""
    for addresses in psutil.net_if_addrs().values():
        if any(one.address.partition("%")[0] == ip for one in addresses):
            macs = [one.address for one in addresses if one.family == psutil.AF_LINK]
            digits = re.sub(r"[:.\-]", "", macs[0]).lower() if macs else ""
            return digits if re.fullmatch(r"[0-9a-f]{12}", digits) and set(digits) != {"0"} else None
    return None


def _words(data: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def _holds_address(words: str, ip: str) -> bool:
    return re.search(rf"(?<![\d.a-fA-F:]){re.escape(ip)}(?![\d.a-fA-F]|:[\da-fA-F]*:)", words) is not None


def _holds_user(words: str, user: str | None) -> bool:
    if user is not None:
        return re.search(rf"(?<!\w){re.escape(user)}(?!\w)", words) is not None
    return any(one.lower() not in _NOBODY for one in _USER.findall(words))


def masked(line: bytes, ip: str) -> str:
    """A record for the evidence, the MAC address of this computer shortened to its last four digits."""
    words, own = _words(line), mac_of(ip)
    if own is None:
        return words
    spelt = "[:.\\-]?".join(own)
    return re.sub(spelt, f"…{own[-4:]}", words, flags=re.IGNORECASE)


def wait_s(since_s: float) -> float:
    """How long to wait before the next look, by how long ago the request was sent: gateways write in batches."""
    return 0.5 if since_s < 10 else 3.0 if since_s < 120 else 10.0  # noqa: PLR2004  seconds
