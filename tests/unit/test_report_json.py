"""The JSON document: its keys are a contract with programs outside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reports.json import document
from rules.load import load_rubric
from tests.editions import believable, hostile

CONTRACT = {"rubric", "now", "score", "findings", "bundle", "report"}
FINDING = {"indicator", "outcome", "points", "proven", "possible", "why", "observations", "next"}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return document(believable(), bundle="bundles/x", report=None)


def finding(found: dict[str, Any], indicator: str) -> dict[str, Any]:
    return next(one for one in found["findings"] if one["indicator"] == indicator)


def test_it_has_the_keys_of_the_contract(found: dict[str, Any]) -> None:
    assert set(found) >= CONTRACT
    assert set(found["score"]) >= {"proven", "possible", "total", "pass_line"}
    for one in found["findings"]:
        assert set(one) >= FINDING
        assert one["next"] is None or set(one["next"]) >= {"gain", "need"}


def test_it_says_what_was_judged_and_when(found: dict[str, Any]) -> None:
    assert found["rubric"] == "jiangsu-2018"
    assert found["now"] == "2026-11-23T12:41:00Z"
    assert (found["bundle"], found["report"]) == ("bundles/x", None)
    assert found["score"]["total"] == 108
    assert found["score"]["pass_line"] == 80
    assert [one["indicator"] for one in found["findings"]] == [one.id for one in load_rubric("jiangsu-2018").indicator]


def test_the_score_is_the_sum_of_the_findings(found: dict[str, Any]) -> None:
    for key in ("proven", "possible"):
        assert found["score"][key] == pytest.approx(sum(one[key] for one in found["findings"]))
    score = believable().assessment.score
    assert (found["score"]["proven"], found["score"]["attested"]) == (float(score.proven), float(score.attested))


def test_reasons_are_sentences_with_names_for_people(found: dict[str, Any]) -> None:
    assert finding(found, "1.1.6")["why"] == ["张敏（信息中心主任）于 2026-10-12 佐证：达标"]
    why = finding(found, "1.1.1")["why"][0]
    assert why.startswith(
        "百兆进班：教室接入端口：共 9 项，6 项达标；未达标：初一（3）班（10 Mbit/s）、初二（2）班（半双工）"
    )
    assert "oper_up" not in " ".join(sentence for one in found["findings"] for sentence in one["why"])


def test_a_sentence_about_all_criteria_is_said_once(found: dict[str, Any]) -> None:
    why = finding(found, "2.3.1")["why"]
    assert why.count("张敏（信息中心主任）于 2026-10-20 佐证：达标") == 1


def test_criteria_carry_their_own_points_and_members(found: dict[str, Any]) -> None:
    ports = next(one for one in finding(found, "1.1.1")["criteria"] if one["criterion"] == "classroom-port")
    assert ports["members"] == {"true": 6, "false": 2, "unknown": 1}
    assert (ports["basis"], ports["points"], ports["proven"], ports["possible"]) == ("seed", 0.5, 0.0, 0.0)
    assert len(ports["observations"]) == 9


def test_numbers_are_plain_and_the_document_is_json(found: dict[str, Any]) -> None:
    again = json.loads(json.dumps(found, ensure_ascii=False))
    assert again == found
    assert all(isinstance(one[key], float) for one in found["findings"] for key in ("points", "proven", "possible"))


def test_the_same_audit_gives_the_same_document() -> None:
    first, second = (json.dumps(document(believable(), bundle="b", report="r")) for _ in range(2))
    assert first == second


def test_a_section_limits_findings_and_score() -> None:
    found = document(believable(section="信息安全"), bundle="b", report=None)
    assert [one["indicator"] for one in found["findings"]] == ["1.4.1", "1.4.2", "1.4.3", "1.4.4"]
    assert found["score"]["total"] == 3
    assert found["section"] == "1.4"


def test_english_sentences_on_request() -> None:
    found = document(believable("en"), bundle="b", report=None)
    assert finding(found, "1.1.6")["why"] == ["attested as met by 张敏（信息中心主任） on 2026-10-12"]


def test_hostile_names_are_whole_and_stay_values() -> None:
    plain = json.dumps(document(hostile(), bundle="b", report=None), ensure_ascii=False)
    assert json.loads(plain)["audit"]["school"].startswith("<script>")


def test_an_audit_cut_short_names_the_tasks_that_did_not_run() -> None:
    audit = document(believable(cut_short=True), bundle="b", report=None)["audit"]
    assert audit["finished_at"] is None
    assert audit["not_run"][0] == {"probe": "clock", "subject": "core-1"}
