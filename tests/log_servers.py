"""Stand-ins for OpenSearch and Loki on loopback, which answer only what the documented interfaces define.

Neither server can be had from the package registries, so these were written after the published interface
descriptions (search with composite aggregation and missing; query_range with metric and log queries). They refuse
whatever a real one would refuse, and count the records that they were given themselves.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo


@dataclass
class Fake:
    """What a stand-in holds, and how it may misbehave.

    Attributes:
        records: moment and fields of every record; ``None`` for one without a time.
        answer: replaces every answer: status and body.
        shift_s: Loki: by how much its steps are aligned otherwise than asked.
        asked: method and path of every request.
    """

    records: list[tuple[datetime | None, dict[str, str]]]
    authorization: str | None = None
    answer: tuple[int, bytes] | None = None
    failed_shards: int = 0
    timed_out: bool = False
    shift_s: int = 0
    tenant: str | None = None
    stats: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)


class RefusedError(Exception):
    """A request that the real server would refuse."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def must(holds: object, why: str, status: int = 400) -> None:
    if not holds:
        raise RefusedError(status, why)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: Fake

    def do_GET(self) -> None:
        self._reply(None)

    def do_POST(self) -> None:
        self._reply(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_: Any) -> None:
        pass

    def _reply(self, body: bytes | None) -> None:
        fake = self.fake
        fake.asked.append((self.command, self.path))
        try:
            must(fake.authorization in {None, self.headers["Authorization"]}, "no permission", 401)
            status, data = fake.answer or (200, json.dumps(self._answer(body)).encode())
        except RefusedError as error:
            status, data = error.status, json.dumps({"error": str(error)}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, body: bytes | None) -> Any:
        parts = urlsplit(self.path)
        if parts.path == "/loki/api/v1/query_range":
            return self._loki({name: values[0] for name, values in parse_qs(parts.query).items()})
        if parts.path == "/fw-*/_search":
            must(body is not None and self.headers["Content-Type"] == "application/json", "no JSON", 406)
            asked = json.loads(body or b"")
            return hits(self.fake, asked) if "sort" in asked else search(self.fake, asked)
        must(self.fake.stats and body is None, "no permissions for [indices:monitor/stats]", 403)
        if parts.path == "/fw-*/_stats/store":
            return {"_all": {"total": {"store": {"size_in_bytes": 1_000_000}}}}
        must(parts.path == "/_nodes/stats/fs", "no handler found", 405)
        return {"nodes": {"a": {"fs": {"total": {"available_in_bytes": 9_000_000}}}}}

    def _loki(self, asked: dict[str, str]) -> Any:
        must(self.fake.tenant == self.headers["X-Scope-OrgID"], "no org id", 401)
        must(asked["start"].isdigit() and len(asked["start"]) == 19, "start is no time in nanoseconds")
        begin, end = (int(asked[name]) / 1e9 for name in ("start", "end"))
        must(end - begin <= 30 * 86400 + 3600, "the query time range exceeds the limit (limit: 30d1h)")
        if asked["query"] == '{job="fw"}':
            return self._lines(begin, end, asked)
        if filtered := re.fullmatch(r'\{job="fw"\} \|= ("(?:[^"\\]|\\.)*")', asked["query"]):
            return self._with(json.loads(filtered[1]), asked)
        must(asked["query"] == 'sum(count_over_time({job="fw"}[30m]))', "parse error")
        must(asked["step"] == "1800s", "invalid step")
        must((end - begin) / 1800 <= 11_000, "exceeded maximum resolution")
        counts = Counter(-int(-at.timestamp() // 1800) * 1800 for at, _ in self.fake.records if at is not None)
        steps = range(round(begin), round(end) + 1, 1800)
        values = [[step + self.fake.shift_s, str(counts[step])] for step in steps if counts[step]]
        result = [{"metric": {}, "values": values}] if values else []
        return {"status": "success", "data": {"resultType": "matrix", "result": result, "stats": {}}}

    def _with(self, needle: str, asked: dict[str, str]) -> Any:
        """Lines that hold a needle, from start to before end."""
        must(
            asked["direction"] == "forward" and 0 < int(asked["limit"]) <= 5000, "max entries limit per query exceeded"
        )
        must(int(asked["start"]) < int(asked["end"]), "end timestamp must not be before or equal to start time")
        inside = sorted(
            (round(at.timestamp()) * 1_000_000_000, fields["message"])
            for at, fields in self.fake.records
            if at and needle in fields.get("message", "")
        )
        found = [[str(at), line] for at, line in inside if int(asked["start"]) <= at < int(asked["end"])]
        streams = [{"stream": {"job": "fw"}, "values": found[: int(asked["limit"])]}] if found else []
        return {"status": "success", "data": {"resultType": "streams", "result": streams, "stats": {}}}

    def _lines(self, begin: float, end: float, asked: dict[str, str]) -> Any:
        must(asked["direction"] in {"forward", "backward"} and asked["limit"] == "1", "no such parameters")
        inside = sorted(at.timestamp() for at, _ in self.fake.records if at and begin <= at.timestamp() < end + 1)
        at = inside[0] if asked["direction"] == "forward" else inside[-1]
        values = [[f"{round(at)}000000000", "a line"]]
        streams = [{"stream": {"job": "fw"}, "values": values}]
        return {"status": "success", "data": {"resultType": "streams", "result": streams, "stats": {}}}


def search(fake: Fake, asked: dict[str, Any]) -> Any:
    """A search without hits and its two aggregations."""
    must(set(asked) <= {"size", "track_total_hits", "query", "aggs"} and asked["size"] == 0, "unknown key")
    wanted: dict[str, str] = {}
    for one in asked["query"]["bool"]["filter"]:
        must(set(one) == {"term"} and len(one["term"]) == 1, "parsing_exception")
        wanted |= one["term"]
    found = [at for at, fields in fake.records if wanted.items() <= fields.items()]
    composite = asked["aggs"]["days"]["composite"]
    (source,) = composite["sources"]
    histogram = source["day"]["date_histogram"]
    must(histogram["field"] == asked["aggs"]["undated"]["missing"]["field"] == "@timestamp", "no mapping")
    must(histogram["calendar_interval"] == "1d", "the supplied interval could not be parsed")
    zone = ZoneInfo(histogram["time_zone"])
    by_day: dict[int, list[float]] = {}
    for at in found:
        if at is not None:
            midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            by_day.setdefault(round(midnight.timestamp() * 1000), []).append(at.timestamp() * 1000)
    after = composite.get("after", {"day": float("-inf")})["day"]
    keys = [key for key in sorted(by_day) if key > after][: composite["size"]]
    must(asked["aggs"]["days"]["aggs"].keys() == {"first", "last"}, "no sub-aggregations")
    buckets = [
        {
            "key": {"day": key},
            "doc_count": len(by_day[key]),
            "first": {"value": min(by_day[key])},
            "last": {"value": max(by_day[key])},
        }
        for key in keys
    ]
    days: dict[str, Any] = {"buckets": buckets} | ({"after_key": {"day": keys[-1]}} if keys else {})
    return {
        "took": 3,
        "timed_out": fake.timed_out,
        "_shards": {"total": 5, "successful": 5 - fake.failed_shards, "skipped": 0, "failed": fake.failed_shards},
        "hits": {"max_score": None, "hits": []},
        "aggregations": {"undated": {"doc_count": sum(at is None for at in found)}, "days": days},
    }


def hits(fake: Fake, asked: dict[str, Any]) -> Any:
    """A search for documents, by time: phrases find words of text, patterns whole fields of kind keyword."""
    must(set(asked) == {"size", "track_total_hits", "query", "sort"} and asked["size"] <= 10_000, "unknown key")
    must(asked["sort"] == [{"@timestamp": {"order": "asc", "unmapped_type": "date"}}], "no mapping found for sort")
    wanted: dict[str, str] = {}
    begin, either = float("-inf"), []
    for one in asked["query"]["bool"]["filter"]:
        ((kind, of),) = one.items()
        must(kind in {"term", "bool", "exists", "range"}, "unknown query")
        if kind == "term":
            wanted |= of
        elif kind == "range":
            must(of["@timestamp"]["format"] == "epoch_millis", "failed to parse date field")
            begin = of["@timestamp"]["gte"]
        elif kind == "bool":
            must(of["minimum_should_match"] == 1, "unknown key")
            either = of["should"]
    must(either, "nothing is sought")
    found = [
        (round(at.timestamp() * 1000), number, fields)
        for number, (at, fields) in enumerate(fake.records)
        if at is not None and at.timestamp() * 1000 >= begin and wanted.items() <= fields.items()
        and any(_matches(one, fields) for one in either)
    ]  # fmt: skip
    page = [
        {"_index": "fw-1", "_id": str(number), "_source": fields, "sort": [at]}
        for at, number, fields in sorted(found, key=lambda one: one[:2])[: asked["size"]]
    ]
    return {
        "took": 3,
        "timed_out": fake.timed_out,
        "_shards": {"total": 5, "successful": 5 - fake.failed_shards, "skipped": 0, "failed": fake.failed_shards},
        "hits": {"max_score": None, "hits": page},
    }


def _matches(one: dict[str, Any], fields: dict[str, str]) -> bool:
    ((kind, of),) = one.items()
    must(of["fields"] == ["*"] and of["lenient"] is True, "no fields")
    texts = {name: value for name, value in fields.items() if not name.endswith(".keyword")}
    keywords = [value for name, value in fields.items() if name.endswith(".keyword")]
    if kind == "multi_match":
        must(of["type"] == "phrase", "unknown type")
        phrase = _words(of["query"])
        return any(
            phrase == said[at : at + len(phrase)] for said in map(_words, texts.values()) for at in range(len(said))
        )
    must(kind == "query_string", "unknown query")
    pattern = re.fullmatch(r"\*((?:[^-+=&|><!(){}\[\]^\"~*?:\\/ ]|\\.)*)\*", of["query"])
    must(pattern, "Failed to parse query")
    assert pattern is not None
    needle = re.sub(r"\\(.)", r"\1", pattern[1])
    return any(needle in value for value in keywords)


def _words(said: str) -> list[str]:
    """About what the standard analyser does."""
    return re.findall(r"[0-9a-z\u4e00-\u9fff]+", said.lower())


@contextmanager
def serving(fake: Fake) -> Iterator[str]:
    """The address of a stand-in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": fake}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


READING = re.compile(r"^(GET /(fw-\*/_stats/store|_nodes/stats/fs|loki/api/v1/query_range\?.*)|POST /fw-\*/_search)$")
"""The only requests that may ever be sent."""
