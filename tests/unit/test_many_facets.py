"""One device shows several things of one kind: weaknesses, security functions. None may hide another."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from probes.campus import Stage
from probes.observation import Observation
from rules.assessment import Part
from rules.judge import judge
from rules.load import load_rubric
from tests.criterion_evidence import NOW, observe, school

RUBRIC = load_rubric("jiangsu-2018")


def part(indicator: str, criterion: str, seen: list[Observation]) -> Part:
    """One criterion of a school that has just the things that were seen."""
    names = {one.subject for one in seen}
    everything = school(Stage.JUNIOR)
    devices = tuple(device for device in everything.device if device.id in names)
    parts = judge(RUBRIC, seen, everything.model_copy(update={"device": devices}), NOW).finding(indicator).parts
    return next(one for one in parts if one.criterion.id == criterion)


def weakness(device: str, what: str, *, present: bool, seconds: int = 3600) -> Observation:
    return observe("exposure", device, {"what": what, "present": present}, age=timedelta(seconds=seconds))


def test_a_weakness_is_not_hidden_by_what_else_was_looked_for() -> None:
    for ages in (*permutations((10, 20, 30)), (10, 10, 10)):
        seen = [
            weakness("core-switch", "telnet", present=True, seconds=ages[0]),
            weakness("core-switch", "ssh_v1", present=False, seconds=ages[1]),
            weakness("core-switch", "snmp_v2c", present=False, seconds=ages[2]),
        ]
        found = part("1.4.3", "pre-check", seen)
        assert (found.points.low, found.points.high) == (0, 0), [str(one) for one in found.why]


def test_a_weakness_that_was_mended_no_longer_counts() -> None:
    seen = [
        weakness("core-switch", "telnet", present=True, seconds=7200),
        weakness("core-switch", "telnet", present=False),
        weakness("core-switch", "ssh_v1", present=False, seconds=7000),
    ]
    assert part("1.4.3", "pre-check", seen).points.low == part("1.4.3", "pre-check", seen).criterion.points


def test_weaknesses_of_switches_say_nothing_of_the_website() -> None:
    seen = [
        weakness("core-switch", "telnet", present=True),
        weakness("access-switch", "telnet", present=False),
        weakness("service:website", "website_tampering", present=False),
    ]
    found = part("1.4.4", "website-intact", seen)
    assert found.points.low == found.criterion.points


def test_one_function_of_a_device_does_not_hide_the_outdated_signatures_of_another() -> None:
    fresh = {"running": True, "signature_age_days": 3, "licence_days_left": 20}
    old = {"running": True, "signature_age_days": 300, "licence_days_left": 20}
    for first, second in ((fresh, old), (old, fresh)):
        seen = [
            observe("safeguard", "firewall", {"function": "antivirus", **first}, age=timedelta(hours=2)),
            observe("safeguard", "firewall", {"function": "ids", **second}),
        ]
        found = part("1.4.2", "signatures", seen)
        assert (found.points.low, found.points.high) == (0, 0), [str(one) for one in found.why]


def test_a_function_that_has_no_signatures_does_not_stand_in_the_way_of_those_that_have() -> None:
    seen = [
        observe("safeguard", "firewall", {"function": "firewall", "running": True}),
        observe("safeguard", "ids", {"function": "ids", "signature_age_days": 3, "licence_days_left": 20}),
    ]
    found = part("1.4.2", "signatures", seen)
    assert found.points.low == found.criterion.points, [str(one) for one in found.why]
