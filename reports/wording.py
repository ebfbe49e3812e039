"""What codes are called in reports: outcomes, methods, classes, reasons with their remedies, points, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from probes.observation import PHRASES, Method, Observation, Reason
from probes.text import Text, text
from reports.edition import Language
from reports.language import knows, translator
from rules.assessment import Interval, Outcome, Truth
from rules.rubric import Criterion, Heading, Indicator

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a probe could not look, as a sentence, and what a person can do about it."""

    sentence: Text
    remedy: Text


HINDRANCES: Mapping[Reason, Hindrance] = MappingProxyType(
    {
        Reason.NO_ANSWER: Hindrance(
            text("The device did not answer."),
            text(
                "Check that it is switched on and that its address and port in the inventory are right. SNMP keeps "
                "silent on a wrong community as well: check the credential and the device's list of allowed managers."
            ),
        ),
        Reason.REFUSED: Hindrance(
            text("The device refused the connection."),
            text("Switch the service on at the device, or correct the port in the inventory."),
        ),
        Reason.UNREACHABLE: Hindrance(
            text("There is no route to the device."),
            text("Run the audit from a network that reaches the management addresses, or correct the address."),
        ),
        Reason.TIMEOUT: Hindrance(
            text("It took longer than the probe may wait."),
            text("Look at the load of the device; measure again, or raise the time limit in the inventory."),
        ),
        Reason.NAME_NOT_FOUND: Hindrance(
            text("The name could not be resolved."),
            text("Correct the name, or write the IP address into the inventory."),
        ),
        Reason.NO_CREDENTIAL: Hindrance(
            text("The inventory names no credential for it."),
            text("Add a read-only credential to the inventory and name it at the device."),
        ),
        Reason.SECRET_MISSING: Hindrance(
            text("The secret that the inventory refers to is not available."),
            text("Set the environment variable, the file or the key ring entry that the inventory names."),
        ),
        Reason.AUTHENTICATION_FAILED: Hindrance(
            text("The device did not accept the login."),
            text("Check user, password or keys of the credential against those set on the device."),
        ),
        Reason.HOST_KEY_CHANGED: Hindrance(
            text("The device shows another SSH host key than before, so nobody logged in."),
            text(
                "If it was replaced, reset or given new keys, delete its line from the file of remembered host keys "
                "and measure again. If not, find out what answers at its address before anybody types a password."
            ),
        ),
        Reason.NOT_PERMITTED: Hindrance(
            text("The login is not allowed to read this."),
            text("Give the read-only account the right to see it on the device."),
        ),
        Reason.VIEW_TOO_NARROW: Hindrance(
            text("The device's MIB view hides what was asked for."),
            text("Widen the SNMP view of the read-only user on the device."),
        ),
        Reason.NOT_SUPPORTED: Hindrance(
            text("The device does not offer this."),
            text("Put documents forward instead, or name another way of access in the inventory."),
        ),
        Reason.UNEXPECTED_ANSWER: Hindrance(
            text("The device answered something that could not be understood."),
            text("Look at the raw output below; please report it if the device is healthy."),
        ),
        Reason.BUSY: Hindrance(
            text("The other end was busy with another test."),
            text("Measure again when nobody else is testing."),
        ),
        Reason.FILE_NOT_FOUND: Hindrance(
            text("The file or directory does not exist."),
            text("Correct the path in the inventory, or mount the log store on this computer."),
        ),
        Reason.FILE_UNREADABLE: Hindrance(
            text("The file or directory could not be read."),
            text("Let the user who runs the audit read it; replace damaged files."),
        ),
        Reason.EMPTY: Hindrance(
            text("There was nothing in it."),
            text("Check that the device really writes there, and that path and pattern in the inventory are right."),
        ),
        Reason.NOT_SURVEYED: Hindrance(
            text("The survey of Wi-Fi has not been to these places yet; those that it has been to are measured."),
            text("Walk there with campus-auditor survey."),
        ),
        Reason.NOT_CONFIGURED: Hindrance(
            text("The inventory lacks what this measurement needs."),
            text("Complete the entry in the inventory."),
        ),
        Reason.INTERRUPTED: Hindrance(
            text("The audit was stopped before this was done."),
            text("Run the audit again and let it finish."),
        ),
        Reason.OUTSIDE_WINDOW: Hindrance(
            text("Tests that load the network were not allowed at that hour."),
            text("Run the night's audit within the window, or change [audit.night] in the inventory."),
        ),
        Reason.LINK_BUSY: Hindrance(
            text("The way out was in use, so it was left alone."),
            text("Measure again in a quieter night, or raise busy_share under [audit.night] in the inventory."),
        ),
        Reason.OVER_BUDGET: Hindrance(
            text("The data that the tests of one night may move was used up."),
            text("Measure the rest in another night, or raise budget_gb under [audit.night] in the inventory."),
        ),
        Reason.DIALECT_FAULTY: Hindrance(
            text("A file that describes a vendor's devices has a mistake, so no device could be understood."),
            text("Correct the line named in the detail (probes/dialects), or install the program again."),
        ),
        Reason.PROBE_CRASHED: Hindrance(
            text("A fault in the probe itself."),
            text("This is a mistake of the program, not of the school; please report it with the detail given."),
        ),
    }
)
"""Sentence and remedy for every reason."""

OUTCOMES: Mapping[Outcome, Text] = MappingProxyType(
    {
        Outcome.MET: text("met"),
        Outcome.PARTLY: text("partly met"),
        Outcome.NOT_MET: text("not met"),
        Outcome.NOT_MEASURED: text("not measured"),
        Outcome.NOT_APPLICABLE: text("not applicable"),
        Outcome.CONFLICT: text("conflict"),
    }
)
TRUTHS: Mapping[Truth, Text] = MappingProxyType(
    {Truth.TRUE: text("met"), Truth.FALSE: text("not met"), Truth.UNKNOWN: text("not known")}
)
METHODS: Mapping[Method, Text] = MappingProxyType(
    {
        Method.MEASURED: text("measured"),
        Method.READ: text("read from the device"),
        Method.DECLARED: text("stated in the inventory"),
        Method.ATTESTED: text("attested by a person"),
    }
)
CLASSES: Mapping[str, Text] = MappingProxyType(
    {
        "auto": text("measured automatically"),
        "partial": text("measured in part, confirmed by people"),
        "attest": text("attested by people with documents"),
    }
)
BASES: Mapping[str, Text] = MappingProxyType(
    {
        "seed": text("from the rubric's own text"),
        "law": text("required by law"),
        "standard": text("from a standard"),
        "proposal": text("proposed threshold, not official"),
    }
)
SOURCES: Mapping[str, Text] = MappingProxyType(
    {"measured": text("measured"), "attested": text("attested"), "none": text("no evidence yet")}
)
CLAIMS: Mapping[str, Text] = MappingProxyType(
    {"met": text("met"), "partly": text("partly met"), "not_met": text("not met")}
)


def outcome_name(outcome: Outcome) -> Text:
    """How an outcome is called."""
    return OUTCOMES[outcome]


def reason_phrase(reason: Reason) -> Text:
    """Why a probe could not look, in a few words."""
    return PHRASES[reason]


def label_of(one: Criterion | Indicator | Heading, language: Language) -> str:
    """A criterion's label, an indicator's text or a heading's title; the rubric holds both languages itself."""
    match one:
        case Criterion():
            return one.label if language == "zh" else one.label_en
        case Indicator():
            return one.text if language == "zh" else one.text_en
        case Heading():
            return one.title if language == "zh" else one.title_en


def points(number: Decimal) -> str:
    """Points for people: two decimals at most, none that are not needed; never rounded up to a line not reached.

    >>> points(Decimal("0.50")), points(Decimal(20)), points(Decimal("0.333333"))
    ('0.5', '20', '0.33')
    """
    return f"{number.quantize(CENT, ROUND_FLOOR).normalize():f}"


def points_between(interval: Interval) -> str:
    """An interval of points; one number where nothing is open.

    >>> points_between(Interval(Decimal("0.5"), Decimal(2)))
    '0.5–2'
    """
    low, high = points(interval.low), points(interval.high)
    return low if low == high else f"{low}–{high}"


def day_and_time(moment: datetime, timezone: str) -> Text:
    """A moment in the school's time zone, to the minute."""
    local = moment.astimezone(ZoneInfo(timezone))
    return text(
        "{year}-{month}-{day} {time}", year=f"{local:%Y}", month=f"{local:%m}", day=f"{local:%d}", time=f"{local:%H:%M}"
    )


def stamp(moment: datetime, timezone: str) -> str:
    """A moment in the school's time zone for tables, to the second.

    >>> from datetime import UTC
    >>> stamp(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), "Asia/Shanghai")
    '2026-11-23 20:00:00'
    """
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M:%S}"


def detail_of(one: Observation, language: Language) -> str:
    """The particulars of a failure in a language; English where the catalogue does not know the sentence.

    The sentence comes out of a bundle, so only a template that is our own is ever filled in.
    """
    return _told(one.told, language) or one.detail


def evidence_of(one: Observation, language: Language) -> str:
    """The particulars that a value rests on; as they are stored where no sentence of ours says the same."""
    stored = str(getattr(one.value, "evidence", ""))
    same = _told(one.told, "en") == stored
    return (_told(one.told, language) if same else None) or stored


def _told(told: object, language: Language) -> str | None:
    """The sentence filled in, or ``None`` where it, or a sentence within it, is none of ours."""
    if not isinstance(told, dict):
        return None
    template, params = told.get("template"), told.get("params")
    if not isinstance(template, str) or not isinstance(params, dict) or not knows(template):
        return None
    filled = {key: _told(value, language) if isinstance(value, dict) else value for key, value in params.items()}
    if None in filled.values():
        return None
    try:
        return translator(language)(template).format(**filled)
    except (KeyError, IndexError, ValueError, AttributeError):
        return None
