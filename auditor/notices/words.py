"""Changes put into words: a short subject and one paragraph, the most important first, of bounded length.

A message leaves the school through other people's computers. It names indicators, and devices by the names that the
inventory gives them; whatever looks like a secret, or like the address of a machine, is masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from auditor.notices.changes import Change, Expiring, Moved, Silent
from probes.campus import Camera, Campus, Device, LogSource, NotifySettings, Place, Service, Uplink, subject_of
from probes.observation import PHRASES
from probes.text import Text, listed, text
from reports.edition import Language
from reports.language import say
from reports.polish import Speaker
from reports.visible import visible
from reports.wording import points
from rules.assessment import Assessment, Finding

LONGEST = 900
"""Characters of a paragraph; WeCom's robots take 2048 bytes, which is some 680 of Chinese: see ``LONGEST_BYTES``."""

LONGEST_BYTES = 1800
NAMES_SHOWN = 4
LABEL_SHOWN = 24
REASON_SHOWN = 80

_ADDRESSES = re.compile(
    r"(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b"  # MAC, 00:11:22:33:44:55 and 00-11-…
    r"|\b(?:[0-9a-f]{4}[.-]){2}[0-9a-f]{4}\b"  # MAC as Cisco and Huawei write it
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"  # IPv4
    r"|(?<![0-9a-f:])(?:[0-9a-f]{1,4}:){2,7}(?::|[0-9a-f]{1,4})(?:[0-9a-f:]*)"  # IPv6
    r"|(?<![0-9a-f:])(?:[0-9a-f]{1,4})?::[0-9a-f:]{1,39}"
)

_WHAT: Mapping[str, Text] = {
    "certificate": text("certificate"),
    "licence": text("licence"),
    "signature": text("signatures"),
    "survey": text("Wi-Fi survey"),
    "attestation": text("attestation"),
    "waiver": text("waiver"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a subject of a few words, and one paragraph."""

    subject: str
    body: str


def message(
    found: Sequence[Change],
    settings: NotifySettings,
    assessment: Assessment,
) -> Message | None:
    """The message about changes, or ``None`` where none of them is to be told.

    Args:
        found: what changed.
        settings: what is to be told, and in which language.
        assessment: of the newest night, for reasons and names.
    """
    told = [one for one in found if _wanted(one, settings)]
    if not told:
        return None
    writer = _Writer(settings.language, assessment)
    score, before = assessment.score, _total(told)
    head = text(
        "{school}: {proven} of {total} points proven ({line} needed){change}",
        school=assessment.campus.school.name,
        proven=points(score.proven),
        total=points(score.total),
        line=points(score.pass_line),
        change=text(", {points} since the last message", points=_signed(before))
        if before
        else text("{nothing}", nothing=""),
    )
    clauses = [writer.said(head), *writer.clauses(told)]
    mask = _mask(assessment.campus)
    subject = mask(_titled(assessment.campus.school.name, _subject(told), settings.language))
    return Message(subject[:120], _bounded([mask(one) for one in clauses], settings.language))


def failure(sentence: Text, school: str, language: Language) -> Message:
    """The message that the audit itself failed."""
    why = visible(_masked(" ".join(say(sentence, language).split()), frozenset()))[:400]
    body = text(
        "{school}: the nightly audit could not be done: {why} Nothing was lost; it is tried again the next night. "
        "“campus-auditor schedule status” says more.",
        school=school,
        why=why if why.endswith((".", "。", "！", "!")) else why + ("。" if language == "zh" else "."),
    )
    return Message(_titled(school, text("the nightly audit failed"), language), say(body, language))


def recovered(school: str, since: str, language: Language) -> Message:
    """The message that the audit works again."""
    body = text("{school}: the nightly audit works again; it had failed since {since}.", school=school, since=since)
    return Message(_titled(school, text("the nightly audit works again"), language), say(body, language))


def trial(school: str, language: Language) -> Message:
    """The message of ``notify test``."""
    body = text(
        "{school}: this is a test message of campus-auditor. From now on you hear from it only when something changed.",
        school=school,
    )
    return Message(_titled(school, text("test message"), language), say(body, language))


def _titled(school: str, what: Text, language: Language) -> str:
    return f"{visible(school)[:40]} · {visible(say(what, language))}"


def _wanted(change: Change, settings: NotifySettings) -> bool:
    match change:
        case Moved(gain=gain):
            topic = "rose" if gain > 0 else "fell"
            return topic in settings.about and abs(gain) >= Decimal(str(settings.least_points))
        case Silent():
            return "silent" in settings.about
        case Expiring():
            return "expiring" in settings.about


def _total(told: Iterable[Change]) -> Decimal:
    return sum((one.gain for one in told if isinstance(one, Moved)), Decimal(0))


def _signed(number: Decimal) -> str:
    return f"+{points(number)}" if number > 0 else f"−{points(-number)}"


def _subject(told: Sequence[Change]) -> Text:
    """The gravest kind of change first; the others counted."""
    fell = sum(isinstance(one, Moved) and one.gain < 0 for one in told)
    rose = sum(isinstance(one, Moved) and one.gain > 0 for one in told)
    silent = len({one.subject for one in told if isinstance(one, Silent)})
    expiring = sum(isinstance(one, Expiring) for one in told)
    parts = [
        text("{n} indicators fell", n=fell) if fell else None,
        text("{n} things no longer answer", n=silent) if silent else None,
        text("{n} things run out", n=expiring) if expiring else None,
        text("{n} indicators rose", n=rose) if rose else None,
    ]
    return listed([one for one in parts if one is not None])


class _Writer:
    """Says changes in a language, with names and reasons from the newest assessment."""

    def __init__(self, language: Language, assessment: Assessment) -> None:
        self._language = language
        self._assessment = assessment
        self._findings = {one.indicator.id: one for one in assessment.findings}
        self._names = _names(assessment.campus)

    def said(self, sentence: Text) -> str:
        """A sentence, with nothing in it that hides or turns what stands around it."""
        return visible(" ".join(say(sentence, self._language).split()))

    def clauses(self, told: Sequence[Change]) -> Iterator[str]:
        """One clause a change, the gravest first."""
        moved = [one for one in told if isinstance(one, Moved)]
        for one in (one for one in moved if one.gain < 0):
            yield self.said(self._fell(one))
        yield from (self.said(one) for one in self._silent([one for one in told if isinstance(one, Silent)]))
        for change in (one for one in told if isinstance(one, Expiring)):
            yield self.said(self._expiring(change))
        for one in sorted((one for one in moved if one.gain > 0), key=lambda one: (-one.gain, one.indicator)):
            yield self.said(
                text(
                    "{id} {label} rose from {before} to {after}",
                    id=one.indicator,
                    label=self._label(one.indicator),
                    before=points(one.before),
                    after=points(one.after),
                )
            )

    def _fell(self, one: Moved) -> Text:
        finding = self._findings.get(one.indicator)
        why = None if finding is None else next(iter(self._why(finding)), None)
        sentence = text(
            "{id} {label} fell from {before} to {after}",
            id=one.indicator,
            label=self._label(one.indicator),
            before=points(one.before),
            after=points(one.after),
        )
        return sentence if why is None else text("{change} ({why})", change=sentence, why=_cut(why, REASON_SHOWN))

    def _why(self, finding: Finding) -> Sequence[str]:
        return Speaker(self._language, longest=30).reasons(finding)

    def _label(self, indicator: str) -> str:
        finding = self._findings.get(indicator)
        if finding is None:
            return ""
        words = finding.indicator.text if self._language == "zh" else finding.indicator.text_en
        return f"“{_cut(words.rstrip('。.'), LABEL_SHOWN)}”"

    def _silent(self, silent: Sequence[Silent]) -> Iterator[Text]:
        """One clause for each reason, with the things that it is true of."""
        by_reason: dict[str, dict[str, None]] = {}
        for one in silent:
            by_reason.setdefault(one.reason, {})[self._name(one.subject)] = None
        for reason, names in by_reason.items():
            phrase = next(words for code, words in PHRASES.items() if code == reason)
            yield text("nothing more is seen of {names} ({reason})", names=_some(list(names)), reason=phrase)

    def _expiring(self, change: Expiring) -> Text:
        subject, _, function = change.expiry.subject.partition(" ")
        name = self._name(subject) + (f" {function}" if function else "")
        what = _WHAT[change.expiry.what]
        if change.expiry.what == "survey":
            name = ""
        on, days = change.expiry.on.isoformat(), change.days_left
        if days < 0:
            return text("{what} {name} ended on {on}", what=what, name=name, on=on)
        if days == 0:
            return text("{what} {name} ends today", what=what, name=name)
        return text("{what} {name} ends in {days} days ({on})", what=what, name=name, days=days, on=on)

    def _name(self, subject: str) -> str:
        return _cut(self._names.get(subject, subject), 40)


def _names(campus: Campus) -> Mapping[str, str]:
    named: tuple[Device | Place | Uplink | LogSource | Service | Camera, ...] = (
        *campus.device,
        *campus.place,
        *campus.uplink,
        *campus.log_source,
        *campus.service,
        *campus.camera,
    )
    return {subject_of(one): one.name or one.id for one in named}


def _some(names: Sequence[str]) -> Text:
    listed = ", ".join(names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    return text("{list} and {n} more", list=listed, n=more) if more > 0 else text("{list}", list=listed)


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"


def _mask(campus: Campus) -> Callable[[str], str]:
    own = frozenset(one.id for one in campus.device) | frozenset(one.name for one in campus.device)
    return lambda words: _masked(words, own)


def _masked(words: str, own: frozenset[str]) -> str:
    """Addresses masked, except where the inventory itself calls a device so.

    >>> _masked("10.20.8.21 and 00:19:c6:01:0e:3c at 2026-11-23 10:00:00, sw 10.0.0.1", frozenset({"10.0.0.1"}))
    '*.*.*.* and *:* at 2026-11-23 10:00:00, sw 10.0.0.1'
    """
    return _ADDRESSES.sub(
        lambda found: found[0] if found[0] in own or _is_time(found[0]) else ("*.*.*.*" if "." in found[0] else "*:*"),
        words,
    )


def _is_time(words: str) -> bool:
    return re.fullmatch(r"\d{1,2}:\d{2}:\d{2}", words) is not None


def _bounded(clauses: Sequence[str], language: Language) -> str:
    """The clauses as one paragraph; those that no longer fit are counted."""
    joint, end = ("；", "。") if language == "zh" else ("; ", ".")
    kept: list[str] = []
    for number, clause in enumerate(clauses):
        whole = joint.join([*kept, clause])
        if number and (len(whole) > LONGEST or len(whole.encode()) > LONGEST_BYTES):
            more = say(text("and {n} more changes: see the report", n=len(clauses) - number), language)
            return joint.join([*kept, more]) + end
        kept.append(_cut(clause, LONGEST // 3))
    return joint.join(kept) + end
