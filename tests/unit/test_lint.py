"""Each rule of the rubric's lint: one change to a sound rubric, and the mistakes it must name, no more and no fewer."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rules.lint import lint
from rules.measures import MEASURES
from rules.predicates import PREDICATES
from rules.rubric import Rubric

SOUND = (Path(__file__).parent / "rubrics" / "sound.toml").read_text(encoding="utf-8")

GONE = object()
ROLES = (
    "core-switch, aggregation-switch, access-switch, router, wireless-controller, access-point, firewall, ids, "
    "behaviour, waf, antivirus, scanner, authentication, log-server, recorder, server, ups, other"
)
RECORDS = "session, nat, behaviour, dhcp, aaa, controller, core-switch, server, website, ids, waf, antivirus, system"
KNOWN_MEASURES, KNOWN_PREDICATES = ", ".join(sorted(MEASURES)), ", ".join(sorted(PREDICATES))
CONTROLS = "url_filter, malware, ids_alert, inbound_deny, authentication, waf"
Keys = tuple[str | int, ...]


def changed(changes: Mapping[Keys, Any]) -> Rubric:
    """The sound rubric with other values at these paths; ``GONE`` takes the key out, an index past the end adds."""
    data = tomllib.loads(SOUND, parse_float=Decimal)
    for path, value in changes.items():
        *way, last = path
        table: Any = data
        for part in way:
            table = table[part]
        if value is GONE:
            del table[last]
        elif isinstance(table, list) and last == len(table):
            table.append(copy.deepcopy(value))
        else:
            table[last] = copy.deepcopy(value)
    return Rubric.model_validate(data)


def mistakes(changes: Mapping[Keys, Any]) -> list[tuple[Keys, str]]:
    return [(path, str(sentence)) for path, sentence in lint(changed(changes))]


def test_the_sound_rubric_has_no_mistake() -> None:
    assert mistakes({}) == []


PORTS: Keys = ("indicator", 0, "criterion", 0)
UPLINK: Keys = ("indicator", 0, "criterion", 1)
ANSWERS: Keys = ("indicator", 1, "criterion", 0)
USE: Keys = ("indicator", 1, "criterion", 1)
RULES: Keys = ("indicator", 2, "criterion", 0)


def rung(points: str, **threshold: str) -> dict[str, Decimal]:
    return {"points": Decimal(points), **{name: Decimal(value) for name, value in threshold.items()}}


def fact(**keys: Any) -> dict[str, Any]:
    """The fact of a criterion that counts one classroom's port speed, with other keys."""
    plain = {"kind": "port", "population": "classrooms", "field": "speed_mbps", "at_least": Decimal(100)}
    return {name: value for name, value in {**plain, **keys}.items() if value is not GONE}


WHOLE = {
    "id": "more", "label": "另", "label_en": "more", "points": Decimal(0), "by": "attested", "basis": "seed",
    "why": "原文", "why_en": "text",
}  # fmt: skip

SUMS = [
    ("header counts indicators", {("rubric", "indicators"): 73},
     [(("rubric", "indicators"), "the header says 73 indicators; there are 3")]),
    ("header counts categories", {("rubric", "categories"): 21},
     [(("rubric", "categories"), "the header says 21 categories; there are 2")]),
    ("header counts points", {("rubric", "points"): Decimal(110)},
     [(("rubric", "points"), "the header says 110 points; the indicators add up to 6")]),
    ("pass line above the points", {("rubric", "pass_line"): Decimal("6.5")},
     [(("rubric", "pass_line"), "the pass line of 6.5 points is above the 6 points there are")]),
    ("section adds up", {("section", 0, "points"): Decimal("7.50")},
     [(("section", 0, "points"), "“1” has 7.5 points; its indicators add up to 6")]),
    ("category adds up", {("category", 1, "points"): Decimal(1)},
     [(("category", 1, "points"), "“1.2” has 1 points; its indicators add up to 2")]),
    ("criteria add up", {(*RULES, "points"): Decimal("1.5")},
     [(("indicator", 2, "criterion"), "the indicator has 2 points; its criteria add up to 1.5")]),
    ("criteria add up for every set of stages", {(*USE, "unless_stages"): ["primary"]},
     [(("indicator", 1, "criterion"),
       "the indicator has 2 points; for a school of the stages primary its criteria add up to 1")]),
    ("criteria add up for mixed schools", {(*USE, "stages"): ["primary", "junior"], (*USE, "unless_stages"): GONE},
     [(("indicator", 1, "criterion"),
       "the indicator has 2 points; for a school of the stages primary, senior its criteria add up to 3")]),
    ("an indicator may apply to some schools only", {(*RULES, "stages"): ["senior"]}, []),
    ("an indicator applies to some school", {(*RULES, "stages"): ["senior"], (*RULES, "unless_stages"): ["senior"]},
     [(("indicator", 2, "criterion"), "no criterion applies to any school")]),
]  # fmt: skip

IDS = [
    ("section id has one number", {("section", 1): {"id": "1.x", "title": "无", "title_en": "none", "points": 0}},
     [(("section", 1, "id"), "“1.x” is no id of this table; it has the form 1")]),
    ("category id has two numbers", {("rubric", "categories"): 3,
      ("category", 2): {"id": "1", "title": "无", "title_en": "none", "points": 6}},
     [(("category", 2, "id"), "“1” is no id of this table; it has the form 1.1")]),
    ("sections climb", {("section", 1): {"id": "0", "title": "无", "title_en": "none", "points": 0}},
     [(("section", 1, "id"), "“0” stands after “1”; ids have to climb")]),
    ("categories are unique", {("rubric", "categories"): 3,
      ("category", 2): {"id": "1.2", "title": "无", "title_en": "none", "points": 2}},
     [(("category", 2, "id"), "“1.2” is already there; each id may be given once")]),
    ("category belongs to a section", {("rubric", "categories"): 3,
      ("category", 2): {"id": "2.1", "title": "无", "title_en": "none", "points": 0}},
     [(("category", 2, "id"), "there is no section “2”")]),
    ("indicators are unique", {("indicator", 1, "id"): "1.1.1"},
     [(("indicator", 1, "id"), "“1.1.1” is already there; each id may be given once")]),
    ("indicators climb", {("indicator", 0, "id"): "1.1.3"},
     [(("indicator", 1, "id"), "“1.1.2” stands after “1.1.3”; ids have to climb")]),
    ("ids climb as numbers, not as words", {("indicator", 1, "id"): "1.1.10", ("indicator", 0, "id"): "1.1.9"}, []),
    ("indicator belongs to a category",
     {("indicator", 2, "id"): "1.3.1", ("category", 1, "points"): Decimal(0)},
     [(("indicator", 2, "id"), "there is no category “1.3”")]),
    ("indicator belongs to a section",
     {("indicator", 2, "id"): "2.1.1", ("category", 1, "points"): Decimal(0), ("section", 0, "points"): Decimal(4)},
     [(("indicator", 2, "id"), "there is no section “2”"), (("indicator", 2, "id"), "there is no category “2.1”")]),
    ("criteria are unique", {("indicator", 2, "criterion", 1): {**WHOLE, "id": "rules"}},
     [(("indicator", 2, "criterion", 1, "id"), "“rules” is already there; each id may be given once")]),
]  # fmt: skip

CLASSES = [
    ("auto without attested criteria", {("indicator", 0, "criterion", 2): WHOLE},
     [(("indicator", 0, "class"), "class “auto” is measured throughout, but people vouch for: more")]),
    ("attest without measured criteria", {("indicator", 1, "class"): "attest"},
     [(("indicator", 1, "class"), "class “attest” rests on people throughout, but these are measured: answers")]),
    ("partial with something measured", {("indicator", 2, "class"): "partial"},
     [(("indicator", 2, "class"), "class “partial” is measured in part, but no criterion has a fact or a measure")]),
]  # fmt: skip

REFERENCES = [
    ("requires an existing criterion", {(*UPLINK, "requires"): ["port"]},
     [((*UPLINK, "requires"), "this indicator has no criterion “port”; it has: ports, uplink")]),
    ("requires without a circle", {(*PORTS, "requires"): ["uplink"]},
     [((*PORTS, "requires"), "“ports” requires itself: ports → uplink → ports")]),
    ("requires another, not itself", {(*PORTS, "requires"): ["ports"]},
     [((*PORTS, "requires"), "“ports” requires itself: ports → ports")]),
    ("cap by an existing criterion", {("indicator", 0, "cap", 0, "unless"): "answers"},
     [(("indicator", 0, "cap", 0, "unless"), "this indicator has no criterion “answers”; it has: ports, uplink")]),
    ("cap below the points", {("indicator", 0, "cap", 0, "at_most"): Decimal(2)},
     [(("indicator", 0, "cap", 0, "at_most"),
       "a cap of 2 points holds nothing back; it has to be below the indicator's 2")]),
    ("measure exists", {(*PORTS, "fact"): GONE, (*PORTS, "measure"): "tablets"},
     [((*PORTS, "measure"), f"there is no measure “tablets”; there are: {KNOWN_MEASURES}")]),
    ("predicate exists", {(*UPLINK, "fact", "all_of", 1, "test"): "full_duplex"},
     [((*UPLINK, "fact", "all_of", 1, "test"),
       f"there is no predicate “full_duplex”; there are: {KNOWN_PREDICATES}")]),
    ("predicate of the fact itself", {(*PORTS, "fact"): {"population": "classrooms", "kind": "port", "test": "fast"}},
     [((*PORTS, "fact", "test"),
       f"there is no predicate “fast”; there are: {KNOWN_PREDICATES}")]),
]  # fmt: skip

SOURCES = [
    ("measured needs a fact or a measure", {(*PORTS, "fact"): GONE},
     [(PORTS, "a criterion by “measured” needs a fact or a measure")]),
    ("either needs a fact or a measure", {(*ANSWERS, "fact"): GONE},
     [(ANSWERS, "a criterion by “either” needs a fact or a measure")]),
    ("not both", {(*PORTS, "measure"): "tablets_per_class_set"},
     [((*PORTS, "measure"), "a criterion has a fact or a measure, not both")]),
    ("measured needs a ladder", {(*PORTS, "ladder"): GONE}, [(PORTS, "a criterion by “measured” needs a ladder")]),
    ("attested has no fact", {(*USE, "fact"): fact()},
     [((*USE, "fact"), "a criterion by “attested” rests on people alone; remove “fact”")]),
    ("attested has no measure", {(*USE, "measure"): "tablets_per_class_set"},
     [((*USE, "measure"), "a criterion by “attested” rests on people alone; remove “measure”")]),
    ("attested has no ladder", {(*USE, "ladder"): [rung("1", at_least="1")]},
     [((*USE, "ladder"), "a criterion by “attested” rests on people alone; remove “ladder”")]),
    ("attested has nothing to confirm", {(*USE, "confirm"): True},
     [((*USE, "confirm"), "there is nothing measured here that a person could confirm")]),
]  # fmt: skip

LADDERS = [
    ("points go down", {(*PORTS, "ladder", 1, "points"): Decimal("1.5")},
     [((*PORTS, "ladder", 1, "points"),
       "this rung has 1.5 points and the one above it 1.5; rungs go from the most points down")]),
    ("thresholds go down", {(*PORTS, "ladder", 1, "at_least"): Decimal("0.98")},
     [((*PORTS, "ladder", 1, "at_least"), "0.98 is not easier to reach than 0.98 on the rung above it")]),
    ("at_most goes up", {(*PORTS, "ladder"): [rung("1.5", at_most="0.1"), rung("1", at_most="0.05")]},
     [((*PORTS, "ladder", 1, "at_most"), "0.05 is not easier to reach than 0.1 on the rung above it")]),
    ("at_most that goes up is sound", {(*PORTS, "ladder"): [rung("1.5", at_most="0.1"), rung("1", at_most="0.2")]},
     []),
    ("one direction", {(*PORTS, "ladder", 1): rung("0.5", at_most="0.5")},
     [((*PORTS, "ladder", 1), "all rungs of a ladder look the same way: “at_least” or “at_most”, not both")]),
    ("top rung earns everything", {(*PORTS, "ladder", 0, "points"): Decimal(1)},
     [((*PORTS, "ladder", 0, "points"), "the top rung has 1 points; the criterion has 1.5")]),
    ("no rung above the criterion", {(*PORTS, "ladder", 1, "points"): Decimal(2)},
     [((*PORTS, "ladder", 1, "points"),
       "this rung has 2 points and the one above it 1.5; rungs go from the most points down"),
      ((*PORTS, "ladder", 1, "points"), "this rung has 2 points; the whole criterion has 1.5")]),
    ("share up to 1", {(*PORTS, "ladder", 0, "at_least"): Decimal(98)},
     [((*PORTS, "ladder", 0, "at_least"), "a share lies between 0 and 1; here stands 98")]),
    ("share from 0", {(*PORTS, "ladder", 1, "at_least"): Decimal("-0.1")},
     [((*PORTS, "ladder", 1, "at_least"), "a share lies between 0 and 1; here stands -0.1")]),
    ("no share for nothing", {(*PORTS, "ladder", 1, "at_least"): Decimal(0)},
     [((*PORTS, "ladder", 1, "at_least"), "at least 0 is reached by nothing at all")]),
    ("no count for nothing", {(*UPLINK, "ladder", 0, "at_least"): Decimal(0)},
     [((*UPLINK, "ladder", 0, "at_least"), "at least 0 is reached by nothing at all")]),
    ("count within reach", {(*ANSWERS, "ladder", 0, "at_least"): Decimal(3)},
     [((*ANSWERS, "ladder", 0, "at_least"), "3 of 2 can never be reached")]),
]  # fmt: skip

FACTS = [
    ("devices need of", {(*PORTS, "fact"): fact(population="devices", kind="clock", field="offset_s")},
     [((*PORTS, "fact"), f"“devices” needs “of”: {ROLES}")]),
    ("a role", {(*PORTS, "fact"): fact(population="devices", of=["fire-wall"], kind="clock", field="offset_s")},
     [((*PORTS, "fact", "of", 0), f"“fire-wall” is none of: {ROLES}")]),
    ("a record type", {(*PORTS, "fact"): fact(population="logs", of=["nat", "vpn"], kind="log_coverage",
      field="span_days")}, [((*PORTS, "fact", "of", 1), f"“vpn” is none of: {RECORDS}")]),
    ("a kind of control", {(*PORTS, "fact"): {"population": "controls", "of": ["ddos"], "kind": "control",
      "field": "blocked", "equals": True}}, [((*PORTS, "fact", "of", 0), f"“ddos” is none of: {CONTROLS}")]),
    ("named once", {(*ANSWERS, "fact", "of"): ["website", "website"]},
     [((*ANSWERS, "fact", "of", 1), "“website” is already there and would count twice")]),
    ("of with nothing else", {(*PORTS, "fact"): fact(of=["firewall"])},
     [((*PORTS, "fact", "of"),
       "“of” stands only with the populations devices, logs, services, controls, equipment, systems")]),
    ("each only with of", {(*PORTS, "fact"): fact(each=True)},
     [((*PORTS, "fact", "each"), "“each” stands only where members named in “of” are counted")]),
    ("a kind that the population shows", {(*PORTS, "fact"): fact(kind="website", field="latency_ms")},
     [((*PORTS, "fact", "kind"),
       "“website” is never observed of “classrooms”; possible are: host, port, radio, throughput")]),
    ("a kind in all_of", {(*UPLINK, "fact", "all_of", 0, "kind"): "egress",
      (*UPLINK, "fact", "all_of", 0, "field"): "public_ip"},
     [((*UPLINK, "fact", "all_of", 0, "kind"),
       "“egress” is never observed of “uplinks”; possible are: port, throughput")]),
    ("a possible value", {(*UPLINK, "fact", "all_of", 0, "equals"): "Full"},
     [((*UPLINK, "fact", "all_of", 0, "equals"), "“duplex” never has the value Full")]),
    ("possible values", {(*UPLINK, "fact", "all_of", 0): {"kind": "port", "field": "duplex", "one_of": ["full", "on"]}},
     [((*UPLINK, "fact", "all_of", 0, "one_of", 1), "“duplex” never has the value on")]),
    ("a possible value in where", {(*ANSWERS, "fact", "where"): {"protocol": True}},
     [((*ANSWERS, "fact", "where", "protocol"), "“protocol” never has the value true")]),
    ("a number to equal", {(*PORTS, "fact"): fact(at_least=GONE, field="oper_up", equals=Decimal(1))},
     [((*PORTS, "fact", "equals"), "“oper_up” never has the value 1")]),
    ("a number to compare", {(*PORTS, "fact", "field"): "oper_up"},
     [((*PORTS, "fact", "at_least"), "“oper_up” is no number")]),
    ("a number to reduce", {(*PORTS, "fact"): fact(at_least=GONE, field="alias", reduce="max"),
      (*PORTS, "ladder"): [rung("1.5", at_least="100")]}, [((*PORTS, "fact", "field"), "“alias” is no number")]),
    ("a reduced number may exceed 1", {(*PORTS, "fact"): fact(at_least=GONE, reduce="median"),
      (*PORTS, "ladder"): [rung("1.5", at_least="100")]}, []),
]  # fmt: skip

TABLE = [*SUMS, *IDS, *CLASSES, *REFERENCES, *SOURCES, *LADDERS, *FACTS]


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in TABLE], ids=[case[0] for case in TABLE])
def test_a_mistake_is_named_with_its_place(changes: Mapping[Keys, Any], expected: list[tuple[Keys, str]]) -> None:
    assert mistakes(changes) == expected


def test_all_mistakes_are_named_at_once() -> None:
    together = {("rubric", "indicators"): 4, (*PORTS, "ladder", 1, "at_least"): Decimal(1), (*USE, "confirm"): True}
    assert [path for path, _ in mistakes(together)] == [
        ("rubric", "indicators"),
        (*PORTS, "ladder", 1, "at_least"),
        (*USE, "confirm"),
    ]
