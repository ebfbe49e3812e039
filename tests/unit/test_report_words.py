"""The words of reports: every code has a name, every reason a remedy, and what cannot be seen is shown."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import pytest

from probes.campus import RecordType, Role, ServiceKind
from probes.kinds import KINDS, Exposure, Instrument, Safeguard
from probes.observation import Method, Observation, Reason, Status
from probes.text import Text, plain, text
from reports import names, wording
from reports.language import say, translator
from reports.pages.evidence import decoded
from reports.polish import cut
from reports.scope import findings_of, sum_up
from reports.visible import visible
from rules.assessment import Interval, Outcome, Truth
from rules.rubric import Criterion, Indicator
from tests.editions import believable


def test_every_reason_has_a_sentence_and_a_remedy() -> None:
    assert set(wording.HINDRANCES) == set(Reason)
    for hindrance in wording.HINDRANCES.values():
        assert str(hindrance.sentence).endswith(".")
        assert str(hindrance.remedy).endswith(".")


def test_every_code_of_judge_and_rubric_has_a_name() -> None:
    assert set(wording.OUTCOMES) == set(Outcome)
    assert set(wording.TRUTHS) == set(Truth)
    assert set(wording.METHODS) == set(Method)
    assert set(wording.CLASSES) == set(get_args(Indicator.model_fields["kind"].annotation))
    assert set(wording.BASES) == set(get_args(Criterion.model_fields["basis"].annotation))


def test_every_kind_and_field_of_an_observation_has_a_name() -> None:
    assert set(names.KINDS) == set(KINDS)
    fields = {field for cls in (*KINDS.values(), Instrument) for field in cls.model_fields}
    assert fields - set(names.FIELDS) == set()
    assert set(names.FIELDS) - fields == set()


def test_everything_that_a_rubric_can_ask_for_has_a_name() -> None:
    functions = get_args(Safeguard.model_fields["function"].annotation)
    asked = {*(one.value for one in (*Role, *RecordType, *ServiceKind)), *functions}
    assert asked - set(names.CODES) == set()


@pytest.mark.parametrize(
    ("low", "high", "shown"), [("1", "1", "1"), ("0.50", "2", "0.5–2"), ("79.999", "80", "79.99–80")]
)
def test_points_are_never_rounded_up(low: str, high: str, shown: str) -> None:
    assert wording.points_between(Interval(Decimal(low), Decimal(high))) == shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("普通文字 plain", "普通文字 plain"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("\x1b[31m\x00\x7f\x85", "⟨U+001B⟩[31m⟨U+0000⟩⟨U+007F⟩⟨U+0085⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("\u2066a\u2069\ufeff\u200b", "⟨U+2066⟩a⟨U+2069⟩⟨U+FEFF⟩⟨U+200B⟩"),
        ("a\rb", "a⟨U+000D⟩b"),
        ("\U000e0041", "⟨U+E0041⟩"),
    ],
)
def test_hidden_characters_are_shown_by_their_code(words: str, shown: str) -> None:
    assert visible(words) == shown


@pytest.mark.parametrize(
    ("data", "words"),
    [("交换机".encode(), "交换机"), ("交换机".encode("gb18030"), "交换机"), (b"\xff\xfe", "\ufffd\ufffd"), (b"", "")],
)
def test_raw_output_is_read_as_utf_8_then_as_devices_in_china_write(data: bytes, words: str) -> None:
    assert decoded(data) == words


def test_long_names_lose_their_middle() -> None:
    assert cut("x" * 50 + "y" * 50, 10) == "xxxxx … yyyyy"


def test_what_is_not_in_the_catalogue_stays_english() -> None:
    assert translator("zh")("no such sentence anywhere") == "no such sentence anywhere"
    assert translator("zh")("") == ""
    assert say(wording.outcome_name(Outcome.MET), "zh") == "达标"
    assert say(wording.outcome_name(Outcome.MET), "en") == "met"


def test_sums_over_everything_are_the_score() -> None:
    edition = believable()
    score, sums = edition.assessment.score, sum_up(findings_of(edition))
    assert (sums.proven, sums.possible, sums.total, sums.attested) == (
        score.proven,
        score.possible,
        score.total,
        score.attested,
    )
    assert sums.measured + sums.attested + sums.to_measure + sums.to_attest + sums.lost == sums.total
    assert sums.weight == 110
    assert min(sums.measured, sums.attested, sums.to_measure, sums.to_attest, sums.lost) >= 0


def _exposed(evidence: str, sentence: Text) -> Observation:
    """As a bundle may hold it: the sentence need not be that of the evidence."""
    return Observation(
        kind="exposure", subject="acc-1", status=Status.OK, taken_at=datetime(2026, 11, 25, tzinfo=UTC), duration_s=1.0,
        probe="exposures", vantage="lab-7", method=Method.READ, told=plain(sentence),
        value=Exposure(what="snmp_v2c", present=True, evidence=evidence),
    )  # fmt: skip


OWN = text("answers to credential {id}", id="ro")


@pytest.mark.parametrize(
    ("evidence", "sentence", "chinese"),
    [
        ("answers to credential ro", OWN, "用凭据 ro 可读取"),
        ("answers to credential rw", OWN, "answers to credential rw"),  # it says something else than what was seen
        ("a {b}", Text("a {{b}}"), "a {b}"),  # none of our sentences
        ("Community name: ******", Text(""), "Community name: ******"),
    ],
)
def test_evidence_of_ours_is_said_in_chinese_and_a_devices_own_stays(
    evidence: str, sentence: Text, chinese: str
) -> None:
    one = _exposed(evidence, sentence)
    assert wording.evidence_of(one, "zh") == chinese
    assert wording.evidence_of(one, "en") == evidence
