"""Named numbers that no reduction of one field gives: ratios of what was counted to what the school declares.

What a sweep of the network counts is a lower bound of what the school owns, since switched-off machines are not seen;
so these numbers are bounded on one side only, and the school's own register decides the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

from probes.campus import Campus, Stage
from probes.kinds import Host
from probes.text import Text, text
from rules.evidence import Evidence
from rules.reduction import UNKNOWN, Bounds

# A machine counts when it was seen within the last 30 days (1.2.1: "over 30 days", a proposal).
SEEN_WITHIN_DAYS = Decimal(30)
# 1.2.2, the rubric's own text: students per computer at most.
STUDENTS_PER_COMPUTER = {Stage.PRIMARY: 10, Stage.JUNIOR: 8, Stage.SENIOR: 6}


@dataclass(frozen=True, slots=True)
class Measured:
    """A number within bounds, with the sentence that says how it came about."""

    bounds: Bounds
    shown: Text
    observations: tuple[str, ...] = ()


Measure = Callable[[Evidence, Campus], Measured]


def computers_per_teacher(evidence: Evidence, campus: Campus) -> Measured:
    """Computers seen in office ranges for each teacher (1.2.1)."""
    teachers = campus.school.teachers
    seen = _seen(evidence, campus, "computer", "office")
    if not teachers or not seen:
        return Measured(UNKNOWN, text("needs the number of teachers and a look at the office address ranges"))
    shown = text("at least {n} computers for {teachers} teachers", n=len(seen), teachers=teachers)
    return Measured(Bounds(Fraction(len(seen), teachers), None), shown, tuple(seen))


def students_per_computer_ratio(evidence: Evidence, campus: Campus) -> Measured:
    """Students per computer over what the stage allows; the worst stage counts, 1 is just within (1.2.2)."""
    worst: Bounds = Bounds(None, Fraction(0))
    ids: list[str] = []
    for stage in campus.school.stages:
        students = campus.school.students.get(stage)
        seen = _seen(evidence, campus, "computer", "student", stage)
        if students is None or not seen:
            return Measured(UNKNOWN, text("needs the students of every stage and a look at their address ranges"))
        ratio = Fraction(students, len(seen)) / STUDENTS_PER_COMPUTER[stage]
        worst = Bounds(None, max(ratio, worst.high or Fraction(0)))
        ids += seen
    shown = text("at most {ratio} of the students per computer allowed", ratio=round(float(worst.high or 0), 2))
    return Measured(worst, shown, tuple(ids))


def tablets_per_class_set(evidence: Evidence, campus: Campus) -> Measured:
    """Tablets seen over the size of the largest class (1.2.3; the number is our proposal)."""
    size = campus.school.largest_class
    seen = _seen(evidence, campus, "tablet", None)
    if not size or not seen:
        return Measured(UNKNOWN, text("needs the size of the largest class and a look at the wireless clients"))
    shown = text("at least {n} tablets, the largest class has {size} pupils", n=len(seen), size=size)
    return Measured(Bounds(Fraction(len(seen), size), None), shown, tuple(seen))


def _seen(
    evidence: Evidence,
    campus: Campus,
    what: str,
    use: Literal["office", "student"] | None,
    stage: Stage | None = None,
) -> list[str]:
    """Ids of the hosts of a class in the ranges of a use; a range without a stage serves a school's only stage."""
    only_stage = len(campus.school.stages) == 1
    ranges = [
        subnet.cidr
        for subnet in campus.subnet
        if subnet.use == use and (stage is None or subnet.stage == stage or (subnet.stage is None and only_stage))
    ]
    found = [
        one
        for one in evidence.of_kind("host", SEEN_WITHIN_DAYS)
        if isinstance(one.value, Host)
        and one.value.what == what
        and evidence.now - (one.value.last_seen or one.taken_at) <= timedelta(days=int(SEEN_WITHIN_DAYS))
        and (
            use is None
            or any((address := _address(one.subject)) is not None and address in range_ for range_ in ranges)
        )
    ]
    # One machine under two addresses, or under another address than last week, is still one machine.
    return list({one.value.mac_hash or one.subject: one.id for one in found if isinstance(one.value, Host)}.values())


def _address(subject: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(subject)
    except ValueError:
        return None


MEASURES: dict[str, Measure] = {
    "computers_per_teacher": computers_per_teacher,
    "students_per_computer_ratio": students_per_computer_ratio,
    "tablets_per_class_set": tablets_per_class_set,
}
