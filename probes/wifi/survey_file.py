"""Files of Wi-Fi surveys: one line of JSON for each survey begun, and one for each point measured.

::

    {"format": "campus-auditor-survey/1", "survey": {"id": "20261125T0910Z-lab7-zhang", "school": "…", "by": "…", …},
     "check": "5c9e…"}
    {"format": "campus-auditor-survey/1", "point": {"survey": "…", "number": 1, "place": "A-301", "scans": […], …},
     "check": "77ab…"}

``check`` is the start of the SHA-256 over everything else in the line, so that a line that was cut off, or altered, is
known. A file grows by whole lines only, each on the disk before the next point begins: whatever ends the survey, all
but the point being measured are kept. Lines have no order, so that two files are merged by sorting them.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from probes.entries.base import Id
from probes.kinds import Band, NonNegative, Share
from probes.values.wifi import Connection

FORMAT = "campus-auditor-survey/1"
SUFFIX = ".jsonl"
MOST_OCTETS = 64 * 1024 * 1024
"""A survey of a thousand points has about 10 MB."""
MOST_SCANS = 200

_CHECKED = 16
_BEGINS = b'{"check":"'

Words = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Dbm = Annotated[float, Field(ge=-200, le=60)]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Network(_Line):
    """A network that one scan heard; a foreign one without its name, and with a keyed hash for its BSSID."""

    bssid: Words
    ssid: Words = ""
    own: bool = False
    suspicious: Annotated[str, Field(pattern="^(security|bssid|name)?$")] = ""
    band_ghz: Band
    channel: Annotated[int, Field(ge=0, le=300)]
    frequency_mhz: NonNegative | None = None
    width_mhz: NonNegative | None = None
    rssi_dbm: Dbm | None = None
    noise_dbm: Dbm | None = None
    quality_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    security: Words = ""
    age_ms: NonNegative | None = None
    station_count: Count | None = None
    utilisation_ratio: Share | None = None
    ad_hoc: bool = False


class Scan(_Line):
    """One scan; ``fresh`` tells whether the system scanned anew."""

    taken_at: AwareDatetime
    duration_s: NonNegative = 0.0
    method: Words = ""
    fresh: bool | None = None
    networks: Annotated[tuple[Network, ...], Field(max_length=2000)] = ()


class Point(Connection, _Line):
    """One point: where, when, its scans, and what was measured beside them.

    ``again`` tells that the place is measured anew: what was measured there before no longer counts.
    """

    survey: Words
    number: Annotated[int, Field(ge=1, le=100_000)]
    place: Id
    floor: Words = ""
    x_m: Annotated[float, Field(ge=-10_000, le=10_000)] | None = None
    y_m: Annotated[float, Field(ge=-10_000, le=10_000)] | None = None
    taken_at: AwareDatetime
    again: bool = False
    scans: Annotated[tuple[Scan, ...], Field(min_length=1, max_length=MOST_SCANS)]


class Survey(_Line):
    """Who surveyed, when it was begun, and with what."""

    id: Words
    school: Words
    started_at: AwareDatetime
    by: Words = ""
    host: Words = ""
    system: Words = ""
    adapter: Words = ""
    driver: Words = ""
    version: Words = ""


@dataclass(frozen=True)
class Surveyed:
    """What files of surveys hold.

    Attributes:
        surveys: by their ids.
        points: in the order of time.
        damaged: how many lines could not be understood.
    """

    surveys: Mapping[str, Survey]
    points: tuple[Point, ...]
    damaged: int = 0


def written(line: Survey | Point) -> bytes:
    """A line as it stands in a file, with its end."""
    about = "survey" if isinstance(line, Survey) else "point"
    content = {"format": FORMAT, about: line.model_dump(mode="json", exclude_defaults=True)}
    return (_plain({**content, "check": _check(content)}) + "\n").encode()


def append(path: Path, line: Survey | Point) -> None:
    """Put a line at the end of a file, and wait until it is on the disk; what a killed survey left half is cut off.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("ab+", buffering=0) as file:
        before = _cut_off_half_a_line(file)
        try:
            left = memoryview(written(line))
            while left:
                left = left[file.write(left) or 0 :]
            os.fsync(file.fileno())
        except OSError:
            # A full disk takes half a line; what stands in the file stays whole.
            file.truncate(before)
            raise
    if new:
        keep_entry(path)


def keep_entry(path: Path) -> None:
    """Wait until a new file's name is on the disk too, where the system can be asked for that."""
    if os.name != "posix":
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(paths: Iterable[Path]) -> Surveyed:
    """All surveys and points of some files, each once, in the order in which they were measured.

    Raises:
        OSError: a file cannot be read, or is larger than a survey can be.
    """
    surveys: dict[str, Survey] = {}
    points: dict[bytes, Point] = {}
    damaged = 0
    for path in paths:
        for line in _lines(path):
            found = parse(line)
            match found:
                case Survey():
                    surveys[found.id] = min(found, surveys.get(found.id, found), key=written)
                case Point():
                    points.setdefault(written(found), found)
                case None:
                    damaged += 1
    return Surveyed(dict(sorted(surveys.items())), tuple(_in_order(points)), damaged)


def is_survey(path: Path) -> bool:
    """Whether a file holds a survey, if only the beginning of its first line, or nothing yet.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        begins = file.read(len(_BEGINS))
    # A power cut may leave zeros where the first line should be.
    return _BEGINS.startswith(begins) or not begins.strip(b"\0") or any(map(parse, _lines(path)))


def _in_order(points: Mapping[bytes, Point]) -> Iterator[Point]:
    """Points by time, but those of one survey by their numbers, as a clock may be set back while somebody walks."""
    latest: dict[str, datetime] = {}
    ordered: list[tuple[datetime, str, int, Point]] = []
    for _, one in sorted(points.items(), key=lambda item: (item[1].number, item[1].taken_at, item[0])):
        latest[one.survey] = max(one.taken_at, latest.get(one.survey, one.taken_at))
        ordered.append((latest[one.survey], one.survey, one.number, one))
    yield from (one for *_, one in sorted(ordered, key=itemgetter(0, 1, 2)))


def numbered(points: Sequence[Point]) -> Iterator[Point]:
    """The same points, each survey's with numbers of their own.

    Where a copy of a file was gone on with elsewhere, two points bear one number: then the later one gets a new one.
    """
    last: dict[str, int] = {}
    for one in points:
        last[one.survey] = max(one.number, last.get(one.survey, 0))
    taken: set[tuple[str, int]] = set()
    for one in points:
        number = one.number
        if (one.survey, number) in taken:
            number = last[one.survey] = last[one.survey] + 1
        taken.add((one.survey, number))
        yield one.model_copy(update={"number": number})


def since_anew(points: Iterable[Point]) -> dict[str, list[Point]]:
    """By place, the points since it was last measured anew; of points in their order."""
    by_place: dict[str, list[Point]] = {}
    for one in points:
        if one.again:
            by_place[one.place] = []
        by_place.setdefault(one.place, []).append(one)
    return by_place


def parse(line: bytes) -> Survey | Point | None:
    """What a line says, or ``None`` if it is damaged, altered, or of a format that this version does not know."""
    try:
        content = json.loads(line)
        check = content.pop("check")
        if content.get("format") != FORMAT or check != _check(content):
            return None
        if "survey" in content:
            return Survey.model_validate(content["survey"])
        return Point.model_validate(content["point"])
    except (ValueError, ValidationError, KeyError, AttributeError, TypeError, RecursionError):
        return None


def merged(found: Surveyed) -> Iterator[bytes]:
    """The lines of one file that holds what several held, the same in whatever order they were given."""
    yield from (written(one) for one in found.surveys.values())
    yield from (written(one) for one in found.points)


def files_in(folder: Path) -> list[Path]:
    """The survey files of a folder, sorted; none where there is no folder."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file()) if folder.is_dir() else []


def octets_of(path: Path) -> bytes:
    """All of a file. Raises ``OSError``, also where it is larger than a survey can be."""
    with path.open("rb") as file:
        content = file.read(MOST_OCTETS + 1)
    if len(content) > MOST_OCTETS:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content


def _lines(path: Path) -> Iterator[bytes]:
    # The last piece has no end of line: either it is empty, or a line that was being written when the survey ended.
    yield from (line for line in octets_of(path).split(b"\n")[:-1] if line.strip())


def _cut_off_half_a_line(file: FileIO) -> int:
    """Leave whole lines only; gives where the next one begins."""
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    whole = file.readall().rfind(b"\n") + 1
    if whole != end:
        file.truncate(whole)
    return file.seek(0, os.SEEK_END)


def _check(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_plain(content).encode("utf-8", "surrogatepass")).hexdigest()[:_CHECKED]


def _plain(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
