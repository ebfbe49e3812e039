"""The audit as an OSCAL assessment-results document (NIST OSCAL 1.1, JSON).

An indicator is a control (``i-1.1.1``), a finding has it as its target, and the observations that it rests on are
related to it. UUIDs are version 5 over what they name, so the same audit always gives the same document.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from probes.observation import Method, Observation, Status
from probes.text import text
from reports.edition import Edition
from reports.json import iso, number
from reports.language import say
from reports.names import KINDS, subject_names
from reports.pages.evidence import found_in_words
from reports.polish import Speaker, cut
from reports.scope import findings_of, sum_up
from reports.visible import visible
from reports.wording import OUTCOMES, label_of
from rules.assessment import Finding, Outcome

OSCAL_VERSION = "1.1.3"
NAMESPACE = "https://campus-auditor.invalid/ns/oscal"
"""Of our own properties; the reserved top-level domain says that there is no such site."""
ROOT = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)

METHODS = {Method.MEASURED: "TEST", Method.READ: "EXAMINE", Method.DECLARED: "EXAMINE", Method.ATTESTED: "INTERVIEW"}
LONGEST = 300
LONGEST_WORDS = 4_000


def document(edition: Edition) -> dict[str, Any]:
    """The document as plain values."""
    assessment, findings = edition.assessment, findings_of(edition)
    header = assessment.rubric.rubric
    seen = assessment.observations
    used = dict.fromkeys(id_ for one in findings for id_ in _ids(one) if id_ in seen)
    school = _plain(assessment.campus.school.name)
    return {
        "assessment-results": {
            "uuid": _uuid(edition, "results"),
            "metadata": {
                "title": f"{school} · {header.title if edition.language == 'zh' else header.title_en}",
                "last-modified": iso(assessment.now),
                "version": edition.audit_id,
                "oscal-version": OSCAL_VERSION,
                "props": [_prop("generator", f"campus-auditor {edition.version}")],
                "roles": [{"id": "assessed", "title": say(text("School"), edition.language)}],
                "parties": [{"uuid": _uuid(edition, "school"), "type": "organization", "name": school}],
                "responsible-parties": [{"role-id": "assessed", "party-uuids": [_uuid(edition, "school")]}],
            },
            "import-ap": {"href": f"#{_uuid(edition, 'plan')}"},
            "results": [_result(edition, findings, [seen[id_] for id_ in used])],
            "back-matter": {"resources": list(_resources(edition, [seen[id_] for id_ in used]))},
        }
    }


def _ids(finding: Finding) -> Iterable[str]:
    attested = () if finding.attestation is None else (finding.attestation.id,)
    return (*attested, *finding.observations)


def _uuid(edition: Edition, *names: str) -> str:
    """An identifier of something within this audit, judged at this moment."""
    return str(uuid.uuid5(ROOT, "/".join((edition.audit_id, iso(edition.assessment.now), *names))))


def _prop(name: str, value: object) -> dict[str, str]:
    # A property's value may neither be empty nor begin or end with a blank.
    return {"name": name, "ns": NAMESPACE, "value": _plain(str(value)).strip() or "-"}


def _plain(words: str) -> str:
    return " ".join(visible(cut(words, LONGEST)).split()) or "-"


def _result(edition: Edition, findings: Iterable[Finding], observations: Iterable[Observation]) -> dict[str, Any]:
    assessment, language = edition.assessment, edition.language
    sums = sum_up(findings_of(edition))
    result: dict[str, Any] = {
        "uuid": _uuid(edition, "result"),
        "title": say(text("Smart campus audit report"), language),
        "description": say(
            text(
                "Proven {proven} points, at most {possible} points of {total}",
                proven=number(sums.proven),
                possible=number(sums.possible),
                total=number(sums.total),
            ),
            language,
        ),
        "start": iso(edition.started_at),
        **({} if edition.finished_at is None else {"end": iso(edition.finished_at)}),
        "props": [
            _prop("rubric", assessment.rubric.rubric.id),
            _prop("proven-points", number(sums.proven)),
            _prop("possible-points", number(sums.possible)),
            _prop("total-points", number(sums.total)),
            _prop("vantage", edition.vantage),
        ],
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": _control(one)} for one in findings]}]
        },
    }
    names = subject_names(assessment.campus)
    seen = [_observation(edition, one, names.get(one.subject, "")) for one in observations]
    if seen:
        result["observations"] = seen
    result["findings"] = [_finding(edition, one) for one in findings]
    return result


def _control(finding: Finding) -> str:
    """An OSCAL identifier begins with a letter."""
    return f"i-{finding.indicator.id}"


def _observation(edition: Edition, one: Observation, name: str) -> dict[str, Any]:
    language = edition.language
    found = "; ".join(f"{what}: {words}" for what, words in found_in_words(edition, one))
    evidence = [{"href": f"#{_raw(digest)}", "description": digest} for digest in one.raw]
    return {
        "uuid": _uuid(edition, "observation", one.id),
        "title": _plain(f"{say(KINDS[one.kind], language)} {one.subject} {name}"),
        "description": visible(cut(found, LONGEST_WORDS)).strip() or "-",
        "props": [
            _prop("id", one.id),
            _prop("kind", one.kind),
            _prop("subject", one.subject),
            _prop("status", one.status.value),
            _prop("probe", one.probe),
            *([_prop("reason", one.reason.value)] if one.reason is not None else []),
        ],
        "methods": ["UNKNOWN" if one.status is not Status.OK else METHODS[one.method]],
        "types": ["finding"],
        **({"relevant-evidence": evidence} if evidence else {}),
        "collected": iso(one.taken_at),
    }


def _finding(edition: Edition, finding: Finding) -> dict[str, Any]:
    language, indicator = edition.language, finding.indicator
    reasons = [visible(one) for one in Speaker(language, LONGEST).reasons(finding)]
    words = cut("\n".join(reasons), LONGEST_WORDS).strip()
    related = [
        {"observation-uuid": _uuid(edition, "observation", id_)}
        for id_ in dict.fromkeys(_ids(finding))
        if id_ in edition.assessment.observations
    ]
    met = finding.outcome in {Outcome.MET, Outcome.NOT_APPLICABLE}
    reason = {Outcome.MET: "pass", Outcome.NOT_MET: "fail", Outcome.PARTLY: "fail"}.get(finding.outcome, "other")
    return {
        "uuid": _uuid(edition, "finding", indicator.id),
        "title": f"{indicator.id} {label_of(indicator, language)}",
        "description": words or say(OUTCOMES[finding.outcome], language),
        "props": [
            _prop("outcome", finding.outcome.value),
            _prop("proven-points", number(finding.points.low)),
            _prop("possible-points", number(finding.points.high)),
            _prop("points", number(indicator.points)),
        ],
        "target": {
            "type": "objective-id",
            "target-id": _control(finding),
            "status": {
                "state": "satisfied" if met else "not-satisfied",
                "reason": reason,
                "remarks": say(OUTCOMES[finding.outcome], language),
            },
        },
        **({"related-observations": related} if related else {}),
    }


def _raw(digest: str) -> str:
    return str(uuid.uuid5(ROOT, f"raw/{digest}"))


def _resources(edition: Edition, observations: Iterable[Observation]) -> Iterator[dict[str, Any]]:
    """The plan, the rubric and the raw outputs, each named by its hash."""
    rubric = edition.assessment.rubric
    yield {
        "uuid": _uuid(edition, "plan"),
        "title": "plan.json",
        "description": say(text("What the audit was going to measure; kept in the bundle"), edition.language),
        "rlinks": [{"href": "plan.json", "media-type": "application/json"}],
    }
    yield {
        "uuid": _uuid(edition, "rubric"),
        "title": rubric.rubric.title,
        "rlinks": [{"href": "rubric.toml", "media-type": "application/toml", **_hashes(rubric.sha256)}],
    }
    for digest in dict.fromkeys(digest for one in observations for digest in one.raw):
        rlink = {"href": f"raw/{digest}", "media-type": "text/plain", **_hashes(digest)}
        yield {"uuid": _raw(digest), "rlinks": [rlink]}


def _hashes(digest: str) -> dict[str, Any]:
    return {"hashes": [{"algorithm": "SHA-256", "value": digest}]} if digest else {}
