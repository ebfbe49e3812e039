"""What earlier audits saw of rooms that sleep tonight: the best of the last school days, brought into the new bundle.

A panel that is switched off leaves its port at 10 Mbit/s or down, and is not found in any forwarding table. So the best
reading of each room's port within the last ``SCHOOL_DAYS`` school days is copied into the bundle: as it was written,
with its own time, id and raw output, and with a note of where it comes from. The bundle stays whole in itself, and the
judge a pure function of it. A port that was dead on all of these days has no better reading, and nothing is brought.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.bundle import FORMAT, BundleWriter
from auditor.bundle_reader import DIGEST, recalled_of
from auditor.plan import Plan
from probes.campus import Campus, subject_of
from probes.kinds import Neighbour, Port
from probes.observation import Observation, Status, content_id
from rules.calendar import school_days_ago

SCHOOL_DAYS = 7
"""As long as the rubric lets the best reading of a classroom's port count."""

SUBJECT = re.compile(rb'"subject":("(?:[^"\\]|\\.)*")')
"""As the bundle's writer puts it; most lines speak of other ports and need not be parsed."""

STAMP = "%Y%m%dT%H%M%SZ"
LONGEST_AUDIT = timedelta(days=1)
"""A bundle is named for the moment at which it was begun, which may lie before its readings by so much."""


Best = dict[object, tuple[bool, bool, float]]
"""How good the best reading so far of each subject is; what is no better, and older, need not be looked at closely."""


@dataclass(frozen=True)
class Seen:
    """An observation, the line it was written as, and the bundle it stands in."""

    one: Observation
    line: bytes
    bundle: Path

    @property
    def rank(self) -> tuple[bool, bool, float, datetime]:
        """How good a reading of a port is: up, not half duplex, fast, new."""
        return (*_quality(self.one.value.model_dump() if self.one.value else {}), self.one.taken_at)


def recall(writer: BundleWriter, campus: Campus, plan: Plan, now: datetime) -> int:
    """Bring what is better than what was seen tonight; gives how many observations were brought.

    Only where this audit has itself looked at ports: what was not asked for is not answered from memory.

    Args:
        writer: of the bundle, not sealed yet.
        campus: whose places and calendar count.
        plan: what the audit has done.
        now: the end of the audit.

    Raises:
        BundleError: the bundle cannot be written.
    """
    if not any(task.probe.yields == "port" for task in plan.tasks):
        return 0
    since = school_days_ago(now, campus.school, SCHOOL_DAYS).astimezone(UTC)
    earlier = [path for path in bundles_since(writer.path.parent, since) if path != writer.path]
    own = list(_read(writer.path, campus, since, {}))
    best: Best = {}
    seen = [one for path in earlier if is_of(path, campus.school.name) for one in _read(path, campus, since, best)]
    there = recalled_of(writer.path)
    brought = [one for one in _better(campus, own, seen) if one.one.id not in there]
    for one in brought:
        note = {"observation": one.one.id, "bundle": one.bundle.name, "taken_at": one.one.taken_at.isoformat()}
        writer.recall(one.line, note, raw_of(one))
    return len(brought)


def _better(campus: Campus, own: Sequence[Seen], seen: Sequence[Seen]) -> Iterator[Seen]:
    """For each place the neighbour that tells its port, if tonight none does, and the best reading of that port."""
    ports: dict[str, None] = {}
    for place in campus.place:
        if place.port is not None:
            ports[place.port] = None
            continue
        tonight, before = _finder(own, subject_of(place)), _finder(seen, subject_of(place))
        found = tonight or before
        if found is not None:
            ports[found.one.subject] = None
        if tonight is None and before is not None:
            yield before
    for port in ports:
        best = max((one for one in seen if _reads(one, port)), key=lambda one: one.rank, default=None)
        now = max((one for one in own if _reads(one, port)), key=lambda one: one.rank, default=None)
        if best is not None and best.rank[0] and (now is None or best.rank[:3] > now.rank[:3]):
            yield best


def _finder(seen: Iterable[Seen], place: str) -> Seen | None:
    """The latest look into forwarding tables that found a place."""
    looks = [
        one
        for one in seen
        # A device may call itself what it likes over LLDP; a forwarding table is our own reading.
        if isinstance(one.one.value, Neighbour)
        and (one.one.value.protocol, one.one.value.remote_name) == ("fdb", place)
    ]
    return max(looks, key=lambda one: one.one.taken_at, default=None)


def _reads(one: Seen, port: str) -> bool:
    return isinstance(one.one.value, Port) and one.one.subject == port


def bundles_since(parent: Path, since: datetime) -> Iterator[Path]:
    """The bundles that may hold readings so young, by their names; the newest first."""
    for path in sorted(parent.glob("*Z*"), reverse=True):
        try:
            begun = datetime.strptime(path.name.partition("-")[0], STAMP).replace(tzinfo=UTC)
        except ValueError:
            continue
        if begun < since - LONGEST_AUDIT:
            return
        if path.is_dir():
            yield path


def is_of(path: Path, school: str) -> bool:
    """Whether a bundle is this school's, and its observations are as they were sealed, if they were."""
    try:
        header = json.loads((path / "bundle.json").read_bytes())
        if header["school"] != school or header["format"] > FORMAT:
            return False
        sealed = json.loads((path / "manifest.json").read_bytes())["files"]["observations.jsonl"]
        with (path / "observations.jsonl").open("rb") as file:
            return bool(hashlib.file_digest(file, "sha256").hexdigest() == sealed)
    except FileNotFoundError as error:
        # An audit that was cut short has no manifest; each of its lines still bears its own seal.
        return Path(error.filename).name == "manifest.json"
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _read(path: Path, campus: Campus, since: datetime, best: Best) -> Iterator[Seen]:
    """What a bundle says of the ports that places may hang on, as far as it is better than what newer bundles say.

    Lines that are damaged or altered are left out.
    """
    named = {json.dumps(place.port, ensure_ascii=False).encode() for place in campus.place if place.port}
    sought = any(place.port is None for place in campus.place)
    brought = recalled_of(path)
    try:
        lines = (path / "observations.jsonl").read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        if b'"fdb"' not in line and b'"kind":"port"' not in line:
            continue
        subject = SUBJECT.search(line)
        if not sought and (subject is None or subject[1] not in named):
            continue
        one = _observation(line, best)
        if one is None or one.taken_at < since or one.id in brought:
            continue
        seen = Seen(one, line, path)
        best[_about(one.kind, one.subject, one.value.model_dump() if one.value else {})] = seen.rank[:3]
        yield seen


def _observation(line: bytes, best: Best) -> Observation | None:
    """What a line says, if it is whole, as it was sealed, and better than the best so far."""
    try:
        written = json.loads(line)
        value = written["value"] or {}
        known = best.get(_about(written["kind"], written["subject"], value))
        if known is not None and _quality(value) <= known:
            return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    one = whole(line)
    return one if one is not None and isinstance(one.value, Port | Neighbour) else None


def whole(line: bytes) -> Observation | None:
    """The observation that a line holds, if that is ok, whole, and as it was sealed."""
    try:
        written = json.loads(line)
        one = Observation.model_validate(written)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return one if one.status is Status.OK and one.id == content_id(written) else None


def _about(kind: str, subject: str, value: Mapping[str, object]) -> object:
    """A port under its name; a look into forwarding tables under the place that it found."""
    return (kind, value.get("remote_name")) if kind == "neighbour" else (kind, subject)


def _quality(value: Mapping[str, object]) -> tuple[bool, bool, float]:
    """As of a port: up, not half duplex, fast; of anything else nothing is better than what is newer."""
    speed = value.get("speed_mbps")
    return (
        value.get("oper_up") is True,
        value.get("duplex", "half") != "half",
        speed if isinstance(speed, float | int) else 0.0,
    )


def raw_of(seen: Seen) -> Mapping[str, bytes]:
    """The raw outputs behind an observation, as far as they are there and are what their hashes say."""
    found = {}
    for digest in seen.one.raw:
        if not DIGEST.fullmatch(digest):
            continue
        try:
            data = (seen.bundle / "raw" / digest).read_bytes()
        except OSError:
            continue
        if hashlib.sha256(data).hexdigest() == digest:
            found[digest] = data
    return found
