"""Questions to a bundle: what changed, what would it earn, which way to a number of points is the cheapest."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.bundle_reader import open_bundle
from auditor.cli import main
from auditor.history.record import judged, record
from auditor.questions import whatif
from auditor.questions.cheapest import _ways, cheapest
from auditor.questions.difference import difference
from auditor.questions.effort import load_efforts
from auditor.questions.whatif import WhatIfError
from probes.observation import Observation, Reason
from rules.assessment import Assessment, Outcome
from rules.judge import judge
from tests import nights
from tests.nights import at, night


def assessed(parent: Path, number: int = 0, seen: list[Observation] | None = None) -> Assessment:
    return judged(open_bundle(night(parent, number, seen)))


def supposed(before: Assessment, *settings: str) -> Assessment:
    parsed = [whatif.parse(one) for one in settings]
    seen = whatif.changed(before.observations.values(), before.campus, before.rubric, parsed, before.now)
    return judge(before.rubric, seen, before.campus, before.now)


def test_the_same_audit_twice_differs_in_nothing(tmp_path: Path) -> None:
    before = assessed(tmp_path)
    assert difference(before, before).shifts == ()


def test_a_slower_port_is_named_with_room_and_speeds(tmp_path: Path) -> None:
    before = assessed(tmp_path)
    after = assessed(tmp_path, 1, [nights.portal(at(1)), nights.port(at(1), 10)])
    (shift,) = difference(before, after).shifts
    assert (shift.indicator.id, shift.gain < 0) == ("1.1.1", True)
    (turn,) = shift.turns
    assert (turn.label, str(turn.before), str(turn.after)) == ("八(1)班", "1000 Mbit/s; full duplex", "10 Mbit/s")
    facts = {one.subject: (one.before, one.after) for one in shift.facts}
    assert facts["sw-1:GE0/0/5"] == ({"speed_mbps": 1000.0}, {"speed_mbps": 10.0})
    assert len(facts) == 1


def test_a_device_that_fell_silent_and_a_paper_that_came_are_told(tmp_path: Path) -> None:
    before = assessed(tmp_path)
    seen = [nights.port(at(1)), nights.portal(at(1), reason=Reason.REFUSED)]
    after = assessed(tmp_path, 1, [*seen, nights.paper("1.4.1", at(1), date(2026, 9, 1))])
    shifts = {one.indicator.id: one for one in difference(before, after).shifts}
    assert shifts["1.4.1"].gain == Decimal("0.5")
    assert shifts["4.2.1"].gain < 0
    assert Reason.REFUSED in [one.after for one in shifts["4.2.1"].facts]


def test_diff_takes_paths_names_and_dates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = night(tmp_path, 0)
    two = night(tmp_path, 1, [nights.portal(at(1)), nights.port(at(1), 10)])
    answers = []
    for pair in ((str(one), str(two)), (one.name, two.name), ("2026-09-01", "2026-09-02")):
        assert main(["--lang", "en", "diff", *pair, "--dir", str(tmp_path), "--json"]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1] == answers[2]
    (change,) = json.loads(answers[0])["changes"]
    assert change["why"] == ["八(1)班: 1000 Mbit/s; full duplex → 10 Mbit/s"]
    assert main(["--lang", "zh", "diff", str(one), str(two)]) == 0
    assert "八(1)班" in capsys.readouterr().out
    assert main(["diff", "2026-01-01", two.name, "--dir", str(tmp_path)]) == 2


def test_what_if_gives_what_the_audit_itself_would_have_given(tmp_path: Path) -> None:
    slow = assessed(tmp_path, 0, [nights.portal(at(0)), nights.port(at(0), 10)])
    fast = assessed(tmp_path / "fast", 0)
    for spelling in ("port:sw-1:GE0/0/5", "port:sw-1:GigabitEthernet0/0/5"):
        supposed_fast = supposed(slow, f"{spelling}.speed_mbps=1000")
        assert supposed_fast.score == fast.score
        assert [one.points for one in supposed_fast.findings] == [one.points for one in fast.findings]


def test_what_was_never_seen_can_be_supposed(tmp_path: Path) -> None:
    before = assessed(tmp_path, 0, [])
    port = [f"port:sw-1:GE0/0/5.{one}" for one in ("speed_mbps=1000", "duplex=full", "oper_up=true", "admin_up=true")]
    assert supposed(before, *port).score.proven > before.score.proven
    assert supposed(before, "attestation:1.4.1=met").score.proven == before.score.proven + Decimal("0.5")
    assert supposed(before, "attestation:1.4.1=not_met").score.possible < before.score.possible
    both = supposed(before, "website:service:portal.reachable=true", "website:service:portal.newest_item_age_days=3")
    assert both.finding("4.2.1").points.low > 0


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("port:sw-1:GE0/0/5.speed_mbps", "not of the form"),
        ("", "not of the form"),
        ("prot:sw-1:GE0/0/5.speed_mbps=1", "did you mean port?"),
        ("port:sw-1:GE0/0/5.speed=1", "did you mean speed_mbps?"),
        ("port:sw-9:GE0/0/5.speed_mbps=1", "did you mean sw-1:GE0/0/5?"),
        ("port:sw-1:GE0/0/5.speed_mbps=fast", "cannot be"),
        ("port:sw-1:GE0/0/5.speed_mbps=-1", "cannot be"),
        ("port:sw-1:GE0/0/5.speed_mbps=NaN", "cannot be"),
        ("port:sw-1:GE0/0/5.speed_mbps=1e999", "cannot be"),
        ("port:sw-1:GE0/0/5.duplex=both", "cannot be"),
        ("attestation:1.4.9=met", "did you mean"),
        ("attestation:1.4.1=maybe", "cannot be"),
        ("attestation:1.4.1/nothing=met", "did you mean"),
        ("throughput:place:A-301.down_mbps=900", "needs these fields as well"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_was_meant(tmp_path: Path, written: str, said: str) -> None:
    before = assessed(tmp_path)
    with pytest.raises(WhatIfError, match=said.replace("?", r"\?")):
        supposed(before, written)


def test_nothing_is_written_by_a_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = night(tmp_path, 0)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert main(["whatif", str(path), "--set", "attestation:1.4.1=met", "--target", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["gain"] == 0.5
    assert found["plan"]["reached"] >= 20
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert main(["whatif", str(path)]) == 2
    assert main(["whatif", str(path), "--target", "many"]) == 2


def test_the_plan_is_exact(tmp_path: Path) -> None:
    """Against trying everything, on a few indicators."""
    whole, efforts = assessed(tmp_path), load_efforts()
    few = [one for one in whole.findings if one.indicator.id in {"1.1.1", "1.1.4", "1.4.1", "1.3.1", "2.2.2", "4.2.1"}]
    small = Assessment(whole.rubric, whole.campus, whole.now, whole.score, tuple(few), whole.observations)
    offers = [list(_ways(one, efforts)) for one in few]
    for more in ("0.5", "1", "2.5", "4", "6"):
        target = whole.score.proven + Decimal(more)
        choices = [
            sum(way.hours for way in picked if way is not None)
            for picked in itertools.product(*[[None, *ways] for ways in offers])
            if sum((way.gain for way in picked if way is not None), Decimal(0)) >= Decimal(more)
        ]
        plan = cheapest(small, target, efforts)
        assert plan.is_enough == bool(choices)
        assert not choices or plan.hours == min(choices)
        assert plan == cheapest(small, target, efforts)


def test_what_cannot_be_reached_is_said_with_the_most_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = assessed(tmp_path)
    plan = cheapest(before, Decimal(500), load_efforts())
    assert not plan.is_enough
    assert before.score.proven < plan.reached <= before.score.total
    assert main(["--lang", "zh", "whatif", str(tmp_path), "--target", "500"]) == 0
    assert "达不到 500 分" in capsys.readouterr().out
    reached = cheapest(before, before.score.proven, load_efforts())
    assert (reached.is_enough, reached.ways, reached.hours) == (True, (), 0)


def test_following_the_plan_earns_what_it_promises(tmp_path: Path) -> None:
    """For the steps that people vouch for, whose result is certain."""
    before = assessed(tmp_path)
    plan = cheapest(before, Decimal(60), load_efforts())
    sure = [way for way in plan.ways if all(step.criterion.by == "attested" for step in way.steps)]
    assert sure
    claims = [f"attestation:{way.finding.indicator.id}/{step.criterion.id}=met" for way in sure for step in way.steps]
    after = supposed(before, *claims)
    assert after.score.proven == before.score.proven + sum((way.gain for way in sure), Decimal(0))


def _kinds(assessment: Assessment) -> Iterator[str]:
    for indicator in assessment.rubric.indicator:
        for criterion in indicator.criterion:
            if criterion.fact is not None:
                yield from (one.kind for one in criterion.fact.conditions if one.kind)


def test_every_kind_that_can_fail_has_an_effort(tmp_path: Path) -> None:
    known = {*load_efforts().kind, "host"}
    assert set(_kinds(assessed(tmp_path))) - known == set()


def test_what_does_not_apply_is_in_no_plan(tmp_path: Path) -> None:
    before = assessed(tmp_path)
    applies = {one.indicator.id for one in before.findings if one.outcome is not Outcome.NOT_APPLICABLE}
    plan = cheapest(before, Decimal(500), load_efforts())
    assert {way.finding.indicator.id for way in plan.ways} <= applies
    assert record(open_bundle(tmp_path)).proven == before.score.proven
