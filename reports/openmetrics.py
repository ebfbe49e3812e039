"""The score and what was measured as OpenMetrics text (version 1.0.0), for a scraper's textfile or a push gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from probes.kinds import LogCoverage, Safeguard, Throughput, Website
from probes.observation import Observation, Status
from reports.edition import Edition
from reports.json import number
from reports.names import KINDS
from reports.pages.evidence import kinds_asked
from reports.polish import cut
from reports.scope import findings_of, sum_up
from reports.visible import visible

LONGEST_LABEL = 120
PREFIX = "campus_auditor"

Labels = dict[str, str]
Samples = list[tuple[Labels, float]]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A family of measurements; the name ends in the unit where there is one, as OpenMetrics asks."""

    name: str
    help: str
    samples: Samples
    unit: str = ""


def document(edition: Edition) -> str:
    """The exposition, with ``# EOF`` at its end."""
    lines = [line for gauge in _gauges(edition) if gauge.samples for line in _written(gauge)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _written(gauge: Gauge) -> Iterator[str]:
    name = f"{PREFIX}_{gauge.name}" + (f"_{gauge.unit}" if gauge.unit else "")
    yield f"# TYPE {name} gauge"
    if gauge.unit:
        yield f"# UNIT {name} {gauge.unit}"
    yield f"# HELP {name} {_escaped(gauge.help)}"
    for labels, value in gauge.samples:
        written = ",".join(f'{key}="{_escaped(cut(visible(words), LONGEST_LABEL))}"' for key, words in labels.items())
        yield f"{name}{{{written}}} {value!r}" if written else f"{name} {value!r}"


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _gauges(edition: Edition) -> Iterator[Gauge]:
    assessment, findings = edition.assessment, findings_of(edition)
    sums = sum_up(findings)
    about = {
        "school": assessment.campus.school.name,
        "rubric": assessment.rubric.rubric.id,
        "bundle": edition.audit_id,
        "version": edition.version,
        "section": "" if edition.section is None else edition.section.id,
    }
    yield Gauge("audit_info", "The audit that the other figures are of.", [(about, 1.0)])
    yield Gauge("audit_started", "When it began.", [({}, edition.started_at.timestamp())], "seconds")
    yield Gauge(
        "audit_complete", "1 where every planned task ran and nothing was altered since.", [({}, _whole(edition))]
    )
    yield Gauge("score_proven_points", "Points that are proven.", [({}, number(sums.proven))])
    yield Gauge(
        "score_possible_points", "Points that can still be reached as things stand.", [({}, number(sums.possible))]
    )
    yield Gauge("score_total_points", "Points of all indicators that apply.", [({}, number(sums.total))])
    yield Gauge(
        "score_attested_points", "Of the proven points those that rest on documents.", [({}, number(sums.attested))]
    )
    if edition.section is None:
        line = number(assessment.score.pass_line)
        yield Gauge("pass_line_points", "Points at which the school passes.", [({}, line)])
    for name, words in (("proven", "Points proven"), ("possible", "Points possible"), ("weight", "Points at stake")):
        samples: Samples = [
            (
                {"indicator": one.indicator.id},
                number({"proven": one.points.low, "possible": one.points.high, "weight": one.indicator.points}[name]),
            )
            for one in findings
        ]
        yield Gauge(f"indicator_{name}_points", f"{words}, by indicator.", samples)
    outcomes: Samples = [({"indicator": one.indicator.id, "outcome": one.outcome.value}, 1.0) for one in findings]
    yield Gauge("indicator_outcome", "1 for the outcome that the indicator has.", outcomes)
    yield from _observed(edition)


def _whole(edition: Edition) -> float:
    return float(edition.finished_at is not None and not edition.not_run and not edition.problems)


def _observed(edition: Edition) -> Iterator[Gauge]:
    kinds = kinds_asked(edition)
    seen = [one for one in edition.assessment.observations.values() if one.kind in kinds]
    yield Gauge(
        "observations",
        "Looks by kind and whether they succeeded.",
        [
            ({"kind": kind, "status": status.value}, float(n))
            for kind in KINDS
            for status in Status
            if (n := sum(one.kind == kind and one.status is status for one in seen))
        ],
    )
    newest = {(one.kind, one.subject, _facet(one)): one for one in sorted(seen, key=lambda one: (one.taken_at, one.id))}
    yield from _measured(newest.values())


def _facet(one: Observation) -> str:
    value = one.value
    if isinstance(value, Safeguard):
        return value.function
    return value.origin if isinstance(value, LogCoverage) else ""


def _measured(newest: Iterable[Observation]) -> Iterator[Gauge]:
    down: Samples = []
    up: Samples = []
    span: Samples = []
    gap: Samples = []
    licence: Samples = []
    signatures: Samples = []
    certificate: Samples = []
    for one in newest:
        labels, value = {"subject": one.subject}, one.value
        if isinstance(value, Throughput):
            _add(down, labels, value.down_mbps)
            _add(up, labels, value.up_mbps)
        elif isinstance(value, LogCoverage) and value.origin == "content":
            _add(span, labels, value.span_days)
            _add(gap, labels, value.longest_gap_h)
        elif isinstance(value, Safeguard):
            _add(licence, {**labels, "function": value.function}, value.licence_days_left)
            _add(signatures, {**labels, "function": value.function}, value.signature_age_days)
        elif isinstance(value, Website):
            _add(certificate, labels, value.https_valid_days)
    yield Gauge("throughput_down_mbps", "Goodput received there, in Mbit/s.", down)
    yield Gauge("throughput_up_mbps", "Goodput sent from there, in Mbit/s.", up)
    yield Gauge("log_span_days", "How far the records themselves reach back, in days.", span)
    yield Gauge("log_longest_gap_hours", "The longest gap between records, in hours.", gap)
    yield Gauge("licence_left_days", "How long the licence lasts, in days.", licence)
    yield Gauge("signature_age_days", "How old the signatures are, in days.", signatures)
    yield Gauge("certificate_valid_days", "How long the website's certificate is valid, in days.", certificate)


def _add(samples: Samples, labels: Labels, value: float | None) -> None:
    if value is not None:
        samples.append((labels, round(float(value), 3)))
