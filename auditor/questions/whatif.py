"""What would it earn? The same judge on observations that are changed by hand; nothing is written anywhere.

A change reads ``KIND:SUBJECT.FIELD=VALUE``. Where several facts are known of one subject (the IPS and the antivirus of
one firewall) the one meant stands in square brackets: ``safeguard:fw[ids].running=true``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from probes.campus import Campus, Target, subject_of
from probes.errors import AuditorError
from probes.kinds import KINDS, Attestation, Value
from probes.observation import Method, Observation, Status
from probes.port_names import find_port
from probes.text import Text, text
from probes.written.allowed import Allowed, closest
from rules.evidence import facet
from rules.rubric import Rubric

_SHAPE = re.compile(r"(?P<kind>[a-z_]+):(?P<left>[^=]+)=(?P<value>.*)", re.DOTALL)
_FACET = re.compile(r"(?P<subject>.+)\[(?P<facet>[^\[\]]+)\]")
_FACETS = {"safeguard": "function", "exposure": "what", "control": "what", "log_coverage": "origin"}
SHOWN = 8


class WhatIfError(AuditorError):
    """A change that was asked for makes no sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Setting:
    """One change asked for: as it was written, and taken apart."""

    written: str
    kind: str
    subject: str
    facet: str
    field: str
    value: Any


def parse(written: str) -> Setting:
    """Take a change apart.

    >>> parse("port:sw-1:GE0/0/5.speed_mbps=1000").subject, parse("attestation:1.4.1=met").field
    ('sw-1:GE0/0/5', 'claim')

    Raises:
        WhatIfError: for what has not this form, an unknown kind or an unknown field.
    """
    found = _SHAPE.fullmatch(written.strip())
    if found is None:
        raise WhatIfError(
            text(
                "“{written}” is not of the form KIND:SUBJECT.FIELD=VALUE, such as port:sw-1:GE0/0/5.speed_mbps=1000",
                written=written,
            )
        )
    kind, left = found["kind"], found["left"].strip()
    if kind not in KINDS:
        raise WhatIfError(_unknown(text("there is no kind of observation “{name}”", name=kind), kind, tuple(KINDS)))
    fields = tuple(KINDS[kind].model_fields)
    subject, _, field = left.rpartition(".")
    if kind == "attestation" and field not in fields:
        subject, field = left, "claim"
    if not subject or field not in fields:
        raise WhatIfError(_unknown(text("{kind} has no field “{name}”", kind=kind, name=field), field, fields))
    within = _FACET.fullmatch(subject)
    if within is not None and kind in _FACETS:
        return Setting(written, kind, within["subject"], within["facet"], field, _read(found["value"]))
    return Setting(written, kind, subject, "", field, _read(found["value"]))


def changed(
    observations: Iterable[Observation], campus: Campus, rubric: Rubric, settings: Sequence[Setting], now: datetime
) -> tuple[Observation, ...]:
    """The observations as if the changes had been seen at the present time.

    Raises:
        WhatIfError: for a subject that neither the inventory nor the bundle knows, or a value that cannot be.
    """
    result = list(observations)
    for group in _grouped(settings):
        result = _apply(result, campus, rubric, group, now)
    return tuple(result)


def _grouped(settings: Sequence[Setting]) -> list[list[Setting]]:
    """Changes of one fact belong together: a new one may need several fields at once."""
    groups: dict[tuple[str, str, str], list[Setting]] = {}
    for one in settings:
        groups.setdefault((one.kind, one.subject, one.facet), []).append(one)
    return list(groups.values())


def _apply(
    observations: list[Observation], campus: Campus, rubric: Rubric, group: Sequence[Setting], now: datetime
) -> list[Observation]:
    first = group[0]
    fields = {one.field: one.value for one in group}
    subject = _subject(observations, campus, rubric, first)
    if first.kind == "attestation":
        return [*observations, _claim(subject, fields, campus, now, first)]
    of_subject = [one for one in observations if one.kind == first.kind and one.subject == subject]
    seen = [one for one in of_subject if one.status is Status.OK and one.value is not None]
    facets = sorted({facet(one) for one in seen} - {""})
    if not first.facet and len(facets) > 1:
        raise WhatIfError(
            text(
                "several facts are known of {subject}; name one of them: {choices}",
                subject=subject,
                choices=", ".join(f"{first.kind}:{subject}[{one}]" for one in facets),
            )
        )
    meant = [one for one in seen if not first.facet or facet(one) == first.facet]
    if not meant:
        given = {**({_FACETS[first.kind]: first.facet} if first.facet else {}), **fields}
        return [*observations, _seen(first, subject, _value(first, given), now)]
    # Every source is taken to say so, or the change would only make two sources disagree.
    ids = {one.id for one in meant}
    altered = [_altered(one, first, fields, now) for one in meant]
    return [*(one for one in observations if one.id not in ids), *altered]


def _altered(one: Observation, setting: Setting, fields: dict[str, Any], now: datetime) -> Observation:
    plain = {} if one.value is None else one.value.model_dump()
    value = _value(setting, {**plain, **fields})
    return one.model_copy(update={"value": value, "taken_at": now}).sealed()


def _seen(setting: Setting, subject: str, value: Value, now: datetime, method: Method = Method.MEASURED) -> Observation:
    return Observation(
        kind=setting.kind,
        subject=subject,
        status=Status.OK,
        taken_at=now,
        duration_s=0.0,
        probe="whatif",
        vantage="whatif",
        method=method,
        value=value,
    ).sealed()


def _claim(subject: str, fields: dict[str, Any], campus: Campus, now: datetime, setting: Setting) -> Observation:
    """A claim as if papers had been put forward for it today."""
    today = now.astimezone(ZoneInfo(campus.school.timezone)).date()
    papers = ({"name": "whatif", "sha256": "0" * 64},)
    given = {"claim": "met", "by": "whatif", "on": today, "documents": papers, **fields}
    value = _value(setting, given)
    if isinstance(value, Attestation) and value.points is not None and "claim" not in fields:
        value = value.model_copy(update={"claim": "partly"})
    return _seen(setting, subject, value, now, Method.ATTESTED)


def _value(setting: Setting, fields: dict[str, Any]) -> Value:
    try:
        value = KINDS[setting.kind].model_validate(fields)
        # JSON has no word for infinity; a value that cannot be written could not have been seen.
        json.dumps(value.model_dump(mode="python"), allow_nan=False, default=str)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            lacking = ", ".join(str(one["loc"][0]) for one in error.errors() if one["type"] == "missing")
            raise WhatIfError(
                text(
                    "{written}: nothing was seen of it so far, so it needs these fields as well: {fields}",
                    written=setting.written,
                    fields=lacking,
                )
            ) from error
        stands = json.dumps(fields.get(field, setting.value), ensure_ascii=False, default=str)
        raise WhatIfError(_impossible(setting, field or setting.field, stands)) from error
    except ValueError as error:
        raise WhatIfError(_impossible(setting, setting.field, str(setting.value))) from error
    return value


def _impossible(setting: Setting, field: str, stands: str) -> Text:
    allowed = Allowed(KINDS[setting.kind], {})
    node = allowed.at((field.partition(".")[0],), {})
    return text(
        "{written}: {field} cannot be {value}; allowed: {allowed}",
        written=setting.written,
        field=field,
        value=stands,
        allowed=text("another value") if node is None else allowed.words(node),
    )


def _subject(observations: Sequence[Observation], campus: Campus, rubric: Rubric, setting: Setting) -> str:
    """The subject as the bundle writes it; another spelling of a port's name is understood."""
    known = dict.fromkeys(one.subject for one in observations if one.kind == setting.kind)
    if setting.kind == "attestation":
        known = dict.fromkeys(
            [*rubric.by_id, *(f"{one.id}/{part.id}" for one in rubric.indicator for part in one.criterion)]
        )
    else:
        known |= dict.fromkeys(_named(campus))
    if setting.subject in known:
        return setting.subject
    device, _, port = setting.subject.partition(":")
    ports = {one: [one.partition(":")[2]] for one in known if one.partition(":")[0] == device}
    spelt = find_port(port, ports) if port else []
    if len(spelt) == 1:
        return spelt[0]
    if setting.kind == "control" and device == "control" and port:
        return setting.subject
    sentence = text(
        "{written}: neither inventory nor bundle knows “{subject}”", written=setting.written, subject=setting.subject
    )
    raise WhatIfError(_unknown(sentence, setting.subject, tuple(known)))


def _named(campus: Campus) -> list[str]:
    """Every subject that the inventory names."""
    things: tuple[Target, ...] = (
        *campus.device,
        *campus.place,
        *campus.uplink,
        *campus.log_source,
        *campus.service,
        *campus.camera,
    )
    ports = [one.port for one in campus.place if one.port] + [one.port for one in campus.uplink if one.port]
    return ["campus", "control:trace", *(subject_of(one) for one in things), *ports]


def _unknown(sentence: Text, name: str, known: tuple[str, ...]) -> Text:
    guess = closest(name, known)
    if guess is not None:
        return text("{sentence}; did you mean {guess}?", sentence=sentence, guess=guess)
    shown = ", ".join(known[:SHOWN]) + (" …" if len(known) > SHOWN else "")
    return text("{sentence}; there are: {known}", sentence=sentence, known=shown)


def _read(value: str) -> Any:
    """A number, true or false where it is one; words otherwise."""
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return value if isinstance(found, float) and not math.isfinite(found) else found
