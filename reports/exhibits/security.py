"""What keeps the network safe: functions, tests of them, the trace drill, clocks and weaknesses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from probes.kinds import Clock, Control, Exposure, Safeguard, Trace
from probes.observation import Observation
from probes.text import Text, text
from reports.exhibits.exhibit import Exhibit, Grid, Material, Row, limited
from reports.names import code_name, fields_in_words
from reports.polish import cut
from reports.wording import evidence_of

LONGEST_WORDS = 120
LINKS_SHOWN = 6


def _yes_no(material: Material, known: bool | None) -> str:  # noqa: FBT001  it is the value that is shown
    return material.say(text("not determined") if known is None else text("yes") if known else text("no"))


def _grid(material: Material, names: Sequence[Text], rows: Sequence[Row]) -> Grid:
    shown, more = limited(rows)
    return Grid(tuple(material.say(one) for one in names), shown, more)


def safeguards(material: Material) -> Exhibit | None:
    """Every security function with its version, signatures and licence."""
    latest = list(material.latest("safeguard", lambda value: getattr(value, "function", "")).values())
    if not latest:
        return None
    names = [text("Device"), text("Function"), text("running"), text("version"), text("age of signatures")]
    names += [text("licence left"), text("policy in force")]
    running = sum(isinstance(one.value, Safeguard) and one.value.running is True for one in latest)
    return Exhibit(
        "safeguards",
        material.say(text("Security functions")),
        (material.say(text("{n} of {total} functions are known to run.", n=running, total=len(latest))),),
        grid=_grid(material, names, [_safeguard(material, one) for one in latest]),
    )


def _safeguard(material: Material, one: Observation) -> Row:
    value, name = one.value, material.device(one.subject)
    if not isinstance(value, Safeguard):
        return Row((name, "–", material.failure(one), "–", "–", "–", "–"), (one.id,), "doubt")
    days = tuple(
        "–" if n is None else material.say(text("{n} days", n=f"{n:.0f}"))
        for n in (value.signature_age_days, value.licence_days_left)
    )
    ended = value.licence_days_left is not None and value.licence_days_left <= 0
    tone = "bad" if value.running is False or ended or value.policy_active is False else ""
    cells = (
        name,
        material.say(code_name(value.function)),
        _yes_no(material, value.running),
        cut(value.version, LONGEST_WORDS) or "–",
        *days,
        _yes_no(material, value.policy_active),
    )
    return Row(cells, (one.id,), tone or ("doubt" if value.running is None else ""))


def controls(material: Material) -> Exhibit | None:
    """The harmless tests, and what came of them."""
    latest = list(material.latest("control", lambda value: getattr(value, "what", "")).values())
    if not latest:
        return None
    names = text("Test"), text("Result"), text("blocked"), text("detected"), text("evidence"), text("When")
    return Exhibit(
        "controls",
        material.say(text("Tests of security functions")),
        (material.say(text("Harmless test objects only: no attack was made and no illegal site was opened.")),),
        grid=_grid(material, names, [_control(material, one) for one in latest]),
    )


def _control(material: Material, one: Observation) -> Row:
    value = one.value
    if not isinstance(value, Control):
        name = material.say(code_name(one.subject.partition(":")[2]))
        return Row((name, material.failure(one), "–", "–", "–", material.when(one)), (one.id,), "doubt")
    cells = (
        material.say(code_name(value.what)),
        material.say(code_name(value.conclusion)),
        _yes_no(material, value.blocked),
        _yes_no(material, value.detected),
        cut(evidence_of(one, material.edition.language), LONGEST_WORDS) or "–",
        material.when(one),
    )
    tones = {"works": "", "does_not_work": "bad", "undetermined": "doubt"}
    return Row(cells, (one.id,), tones[value.conclusion])


def trace(material: Material) -> Exhibit | None:
    """The trace drill: a marked request, looked for in the audit log."""
    latest = list(material.latest("trace").values())
    if not latest:
        return None
    names = text("Drill"), text("found"), text("delay"), text("What the log holds of it")
    return Exhibit(
        "trace",
        material.say(text("Trace drill")),
        (
            material.say(
                text("A marked request was sent from here, and the audit log was searched for who sent it and when.")
            ),
        ),
        grid=_grid(material, names, [_trace(material, one) for one in latest]),
    )


def _trace(material: Material, one: Observation) -> Row:
    value = one.value
    if not isinstance(value, Trace):
        return Row((material.when(one), "–", "–", material.failure(one)), (one.id,), "doubt")
    delay = "–" if value.delay_s is None else material.say(text("{n} s", n=f"{value.delay_s:.0f}"))
    fields = cut(material.say(fields_in_words(value.fields)), LONGEST_WORDS) if value.found else "–"
    cells = material.when(one), _yes_no(material, value.found), delay, fields
    return Row(cells, (one.id,), "" if value.found else "bad")


def clocks(material: Material) -> Exhibit | None:
    """How far every clock is off."""
    latest = list(material.latest("clock").values())
    if not latest:
        return None
    told = [one.value for one in latest if isinstance(one.value, Clock)]
    synchronised = sum(value.synchronised is True for value in told)
    names = text("Device"), text("synchronised"), text("offset"), text("time source")
    return Exhibit(
        "clocks",
        material.say(text("Clocks")),
        (material.say(text("{n} of {total} devices are synchronised.", n=synchronised, total=len(latest))),),
        grid=_grid(material, names, [_clock(material, one) for one in latest]),
    )


def _clock(material: Material, one: Observation) -> Row:
    value, name = one.value, material.device(one.subject)
    if not isinstance(value, Clock):
        return Row((name, "–", "–", material.failure(one)), (one.id,), "doubt")
    offset = "–" if value.offset_s is None else material.say(text("{n} s", n=f"{value.offset_s:+.3g}"))
    cells = name, _yes_no(material, value.synchronised), offset, cut(value.source, LONGEST_WORDS) or "–"
    return Row(cells, (one.id,), "bad" if value.synchronised is False else "")


def exposures(material: Material) -> Exhibit | None:
    """Weaknesses of the management itself: which, and on which devices."""
    latest = material.latest("exposure", lambda value: getattr(value, "what", ""))
    present: dict[str, list[Observation]] = defaultdict(list)
    for one in latest.values():
        if isinstance(one.value, Exposure) and one.value.present:
            present[one.value.what].append(one)
    if not latest:
        return None
    names = text("Weakness"), text("Devices"), text("evidence")
    return Exhibit(
        "exposures",
        material.say(text("Weaknesses of management access")),
        (
            material.say(text("{n} kinds of weakness were found.", n=len(present)) if present else
                         text("None of the weaknesses looked for was found.")),
        ),
        grid=_grid(material, names, [_exposure(material, what, own) for what, own in present.items()]),
    )  # fmt: skip


def _exposure(material: Material, what: str, seen: Sequence[Observation]) -> Row:
    devices = material.listed([material.device(one.subject) for one in seen])
    said = evidence_of(seen[0], material.edition.language)
    links = tuple(one.id for one in seen[:LINKS_SHOWN])
    return Row((material.say(code_name(what)), devices, cut(said, LONGEST_WORDS) or "–"), links, "bad")
