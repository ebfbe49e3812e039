"""The edition for publication: nothing in it tells who, where or what exactly, and what was judged stays as it is.

Not the finished document is searched for names: everything that it is made from is rebuilt, and only what is known to
be harmless is let through: numbers, dates, points, the rubric's own words, and other names for the campus's things.
A string that nobody knows is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from probes.campus import Campus, Place, Waiver, subject_of
from probes.kinds import UNITS, Document, Neighbour, Value
from probes.observation import Observation
from probes.text import Text, text
from reports.edition import Edition
from reports.floors import floors_of_places, floors_without_names
from reports.language import say
from reports.names import CODES, FIELDS, KINDS
from reports.pseudonyms import Pseudonyms, pseudonyms
from rules.assessment import Assessment, Finding, Next, Part, Verdict

HARMLESS = re.compile(r"[-+]?\d{1,12}(?:\.\d{1,6})?|\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?")
"""Plain numbers and dates. No address has this form."""
CODE = re.compile(r"[a-z][a-z0-9_-]{1,40}")
CODED = frozenset({"what", "fields", "protocol"})
"""Fields in which probes write words of their own, and never those of a device."""
LEFT_OUT = "…"
# Where the inventory or a device names one of the campus's own things, and under which prefix.
REFERENCES: Mapping[str, str] = MappingProxyType(
    {"place": "place:", "uplink": "uplink:", "controller": "", "log_source": "log:"}
)


def redacted(edition: Edition) -> Edition:
    """The same audit for people outside the school."""
    assessment = edition.assessment
    names = pseudonyms(assessment.campus, assessment.observations.values(), edition.language)
    mask = _Mask(edition, names)
    faults = text("The bundle's files have {n} faults; the internal edition names them.", n=len(edition.problems))
    return replace(
        edition,
        assessment=mask.assessment(assessment),
        vantage=say(text("auditing computer"), edition.language),
        raw={},
        problems=(faults,) if edition.problems else (),
        not_run=tuple((probe, names.subject(subject)) for probe, subject in edition.not_run),
        recalled=dict.fromkeys(edition.recalled, LEFT_OUT),
        redacted=True,
    )


@dataclass(frozen=True)
class _Mask:
    edition: Edition
    names: Pseudonyms

    def assessment(self, whole: Assessment) -> Assessment:
        seen = {id_: self.observation(one) for id_, one in whole.observations.items()}
        return replace(
            whole,
            campus=self.campus(whole.campus),
            findings=tuple(self._finding(one, seen) for one in whole.findings),
            observations=seen,
        )

    def _finding(self, one: Finding, seen: Mapping[str, Observation]) -> Finding:
        return replace(
            one,
            why=self._sentences(one.why),
            next=self._next(one.next),
            parts=tuple(self._part(part) for part in one.parts),
            attestation=None if one.attestation is None else seen[one.attestation.id],
        )

    def _part(self, part: Part) -> Part:
        return replace(
            part,
            why=self._sentences(part.why),
            waived=self._sentences(part.waived),
            verdicts=tuple(self._verdict(one) for one in part.verdicts),
            next=self._next(part.next),
        )

    def _verdict(self, one: Verdict) -> Verdict:
        member = self.names.subject(one.member)
        return replace(one, member=member, label=self.word(one.label), shown=self.sentence(one.shown))

    def _next(self, step: Next | None) -> Next | None:
        return None if step is None else replace(step, need=self.sentence(step.need))

    def _sentences(self, several: tuple[Text, ...]) -> tuple[Text, ...]:
        return tuple(self.sentence(one) for one in several)

    def sentence(self, one: Text) -> Text:
        """A sentence of ours with its parameters replaced; the template never holds a name."""
        return Text(one.template, {key: self._parameter(value) for key, value in one.params.items()})

    def _parameter(self, value: object) -> object:
        if isinstance(value, Text):
            return self.sentence(value)
        if isinstance(value, str):
            return self.word(value)
        return value if isinstance(value, int | float | date) or value is None else self.word(str(value))

    def word(self, word: str) -> str:
        """A word that is harmless as it is, the other name of one that is known, or nothing."""
        if word in self.names.words:
            return self.names.words[word]
        if word in self.names.ports:
            return self.names.ports[word]
        if not word or word in self._vocabulary or HARMLESS.fullmatch(word):
            return word
        if ", " in word:
            return ", ".join(self.word(one) for one in word.split(", "))
        return LEFT_OUT

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        return _vocabulary(self.edition)

    def observation(self, one: Observation) -> Observation:
        """An observation without what a device or a person said in words of their own; its number stays."""
        value = None if one.value is None else self.value(one.value)
        # An attestation's subject is an indicator or a criterion, which the rubric names.
        subject = one.subject if one.kind == "attestation" else self.names.subject(one.subject)
        return one.model_copy(
            update={"subject": subject, "detail": "", "told": None, "vantage": "", "raw": (), "value": value}
        )

    def value(self, value: Value) -> Value:
        """A value with numbers, codes and dates as they are, references under their other names, no other words."""
        if isinstance(value, Neighbour):
            return self._neighbour(value)
        fields = type(value).model_fields
        return value.model_copy(
            update={
                name: self._field(name, getattr(value, name), closed=_is_closed(field.annotation))
                for name, field in fields.items()
            }
        )

    def _neighbour(self, value: Neighbour) -> Neighbour:
        """A neighbour of the inventory by its other name and port, so that both ends still tell of one link."""
        known = self.edition.assessment.campus.device
        same = value.remote_name.casefold()
        called = ((one.id, {one.id.casefold(), one.name.casefold(), one.address.casefold()}) for one in known)
        device = next((id_ for id_, words in called if same in words), None)
        port = self.names.ports.get(f"{device}:{value.remote_port}", "") if device is not None else ""
        name = LEFT_OUT if device is None else self.names.words[device]
        return value.model_copy(update={"remote_name": name, "remote_port": port.partition(":")[2]})

    def _field(self, name: str, content: Any, *, closed: bool) -> Any:
        if isinstance(content, Value):
            return self._document(content) if isinstance(content, Document) else self.value(content)
        if isinstance(content, dict):
            return None
        if isinstance(content, tuple):
            kept = tuple(self._field(name, one, closed=closed) for one in content)
            return tuple(one for one in kept if one not in {"", LEFT_OUT})
        if not isinstance(content, str) or closed or (name in CODED and CODE.fullmatch(content)):
            return content
        if name in REFERENCES:
            prefix = REFERENCES[name]
            return self.names.ids.get((prefix, content), LEFT_OUT)
        known = self.word(content)
        return "" if known == LEFT_OUT else known

    def _document(self, document: Document) -> Document:
        return Document(name=self.word(document.name), sha256=document.sha256)

    def campus(self, campus: Campus) -> Campus:
        """The campus as its inventory would describe it under other names, with no way to reach anything."""
        names, words, language = self.names, self.names.words, self.edition.language
        handled = {
            "school",
            "device",
            "place",
            "floor",
            "uplink",
            "log_source",
            "service",
            "camera",
            "waiver",
            "protected_system",
        }
        # Whatever else an inventory holds, now or in a later version, is set back to what it is without one.
        rest = {key: one.get_default() for key, one in type(campus).model_fields.items() if key not in handled}
        system = say(text("system"), language)
        bare = {"snmp": None, "ssh": None, "http": None, "dialect": None, "address": "-"}
        return campus.model_copy(
            update={
                **rest,
                "school": campus.school.model_copy(update={"district": ""}),
                "protected_system": tuple(
                    one.model_copy(update={"id": f"g{n:02}", "name": f"{system} {n:02}"})
                    for n, one in enumerate(campus.protected_system, 1)
                ),
                "device": tuple(
                    one.model_copy(
                        update={
                            **{key: value for key, value in bare.items() if key in type(one).model_fields},
                            "id": names.ids["", one.id],
                            "name": words[one.id],
                        }
                    )
                    for one in campus.device
                ),
                "place": self._places(campus.place),
                "floor": floors_without_names(self.edition.assessment, names, language),
                "uplink": self._renamed(campus.uplink, responder=None),
                "log_source": self._renamed(campus.log_source, device=None),
                "service": self._renamed(campus.service, url=None, news_url=None, address=None, port=None),
                "camera": self._renamed(campus.camera, address=None, recorder=None, place=None),
                "waiver": tuple(self._waiver(one) for one in campus.waiver),
            }
        )

    def _renamed(self, several: tuple[Any, ...], **cleared: Any) -> tuple[Any, ...]:
        """Entries under their other ids and names; a port that serves one keeps its other name."""
        renamed = []
        for one in several:
            subject = subject_of(one)
            update = {**cleared, "id": self.names.subject(subject).partition(":")[2], "name": self.names.words[subject]}
            if "port" in type(one).model_fields and "port" not in cleared:
                update["port"] = None if one.port is None else self.names.ports.get(one.port)
            renamed.append(one.model_copy(update=update))
        return tuple(renamed)

    def _places(self, places: tuple[Place, ...]) -> tuple[Place, ...]:
        """Places under other names; of the floor only on which one of the maps they are."""
        floors = floors_of_places(self.edition.assessment)
        renamed = self._renamed(places, mac=None, responder=None, terminals=(), building="")
        others = {name: other for (prefix, name), other in self.names.ids.items() if prefix == "ap:"}
        return tuple(
            one.model_copy(
                update={
                    "floor": floors.get(place.id, ""),
                    "access_points": tuple(others[name] for name in place.access_points if name in others),
                }
            )
            for place, one in zip(places, renamed, strict=True)
        )

    def _waiver(self, one: Waiver) -> Waiver:
        why = say(text("The internal edition gives the reason."), self.edition.language)
        subject = None if one.subject is None else self.names.subject(one.subject)
        return one.model_copy(update={"why": why, "by": self.names.words[one.by], "subject": subject})


def _is_closed(annotation: Any) -> bool:
    """Whether a field can only hold words of a closed list."""
    if get_origin(annotation) is Literal:
        return True
    inner = [one for one in get_args(annotation) if one is not type(None)]
    return bool(inner) and all(_is_closed(one) for one in inner)


def _vocabulary(edition: Edition) -> frozenset[str]:
    """The words of the program and of the rubric, which name nothing of the campus."""
    rubric = edition.assessment.rubric
    criteria = [one for indicator in rubric.indicator for one in indicator.criterion]
    return frozenset(
        (
            *CODES,
            *KINDS,
            *FIELDS,
            *UNITS.values(),
            *rubric.by_id,
            *(one.id for one in (*rubric.section, *rubric.category)),
            *(one.id for one in criteria),
            *(one.label for one in criteria),
            *(one.label_en for one in criteria),
            *(words for one in rubric.indicator for words in (one.evidence, one.evidence_en)),
            *(words for one in rubric.indicator for cap in one.cap for words in (cap.why, cap.why_en)),
            rubric.rubric.id,
        )
    )
