"""What people vouch for: read against the rubric, documents by their hash, nothing earned by what is not there."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from auditor import attestations
from probes.kinds import Attestation, Document
from probes.observation import Method, Reason, Status
from rules.load import load_rubric
from rules.rubric import Rubric

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return load_rubric("jiangsu-2018")


def load(folder: Path, rubric: Rubric, words: str) -> tuple[attestations.Statement, ...]:
    path = folder / "attestations.toml"
    path.write_text(words, encoding="utf-8")
    return attestations.load(path, rubric, NOW, "probe-1")


CLAIM = '[[attestation]]\nindicator = "1.4.1"\nclaim = "met"\nby = "张三"\non = 2026-09-01\n'


def test_a_claim_becomes_an_observation_with_its_documents(tmp_path: Path, rubric: Rubric) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "制度.pdf").write_bytes(b"%PDF " * 100_000)
    words = CLAIM + 'valid_until = 2027-08-31\nnote = "x"\ndocuments = ["documents/制度.pdf"]\n'
    (statement,) = load(tmp_path, rubric, words)
    digest = hashlib.sha256(b"%PDF " * 100_000).hexdigest()
    seen = statement.observation
    assert (seen.kind, seen.subject, seen.status, seen.method) == ("attestation", "1.4.1", Status.OK, Method.ATTESTED)
    assert (seen.probe, seen.vantage, seen.taken_at) == ("attestation", "probe-1", NOW)
    assert seen.value == Attestation(
        claim="met",
        by="张三",
        on=date(2026, 9, 1),
        valid_until=date(2027, 8, 31),
        note="x",
        documents=(Document(name="制度.pdf", sha256=digest),),
    )
    assert seen.id == seen.sealed().id
    assert statement.documents == (attestations.Paper(tmp_path / "documents" / "制度.pdf", digest),)


def test_a_part_of_an_indicator_is_its_own_subject(tmp_path: Path, rubric: Rubric) -> None:
    indicator = rubric.by_id["1.1.3"]
    words = CLAIM.replace("1.4.1", "1.1.3") + f'criterion = "{indicator.criterion[1].id}"\n'
    (statement,) = load(tmp_path, rubric, words)
    assert statement.observation.subject == f"1.1.3/{indicator.criterion[1].id}"
    assert statement.documents == ()


def test_partly_takes_points_or_leaves_them_open(tmp_path: Path, rubric: Rubric) -> None:
    partly = CLAIM.replace('"met"', '"partly"')
    words = partly + "points = 0.3\n" + partly.replace("09-01", "09-02")
    values = [one.observation.value for one in load(tmp_path, rubric, words)]
    assert [value.points for value in values if isinstance(value, Attestation)] == [0.3, None]


LOST = [
    ("gone.pdf", Reason.FILE_NOT_FOUND, "gone.pdf: no such file"),
    (".", Reason.FILE_UNREADABLE, ".: not a file"),
    ("empty.pdf", Reason.EMPTY, "empty.pdf: the file is empty"),
    ("good.pdf/x", Reason.FILE_NOT_FOUND, "good.pdf/x: no such file"),
    ("x" * 300, Reason.FILE_UNREADABLE, "x" * 300 + ": the name is too long"),
]


@pytest.mark.parametrize(("name", "reason", "detail"), LOST, ids=[name[:9] for name, _, _ in LOST])
def test_a_lost_document_earns_nothing_and_stops_nothing(
    tmp_path: Path, rubric: Rubric, name: str, reason: Reason, detail: str
) -> None:
    (tmp_path / "good.pdf").write_bytes(b"x")
    (tmp_path / "empty.pdf").touch()
    words = CLAIM + f'documents = ["good.pdf", "{name}"]\n' + CLAIM.replace("1.4.1", "1.4.3")
    lost, good = load(tmp_path, rubric, words)
    seen = lost.observation
    assert (seen.status, seen.reason, seen.detail, seen.value) == (Status.UNAVAILABLE, reason, detail, None)
    assert lost.documents == ()
    assert good.observation.status is Status.OK


def test_no_file_is_no_mistake(tmp_path: Path, rubric: Rubric) -> None:
    assert attestations.load(tmp_path / "attestations.toml", rubric, NOW, "x") == ()
    assert load(tmp_path, rubric, "# nothing yet\n") == ()


def test_a_directory_in_its_place_is_one(tmp_path: Path, rubric: Rubric) -> None:
    with pytest.raises(attestations.AttestationError, match="this is a directory; name the file in it"):
        attestations.load(tmp_path, rubric, NOW, "x")


PARTLY = CLAIM.replace('"met"', '"partly"')
KEYS = "indicator, criterion, claim, points, by, on, valid_until, note, documents"

# The file, the line, and the sentence after the entry's own name, attestation[0] (indicator "1.4.1").
BAD = [
    (CLAIM.replace('"met"', '"yes"'), 3, '.claim is "yes"; it has to be one of met, partly, not_met'),
    (CLAIM + "points = 0.5\n", 6, ".points: points go with the claim partly; leave them out, or say partly"),
    (PARTLY + "points = 50\n", 6, ".points is 50; 1.4.1 is worth 0.5 at most"),
    (PARTLY + "points = -1\n", 6, ".points is -1; it has to be a number from 0 to 110"),
    (CLAIM.replace("张三", "  "), 4, '.by is "  "; it has to be text in quotes, not empty'),
    (CLAIM.replace('by = "张三"\n', ""), 1, ".by is missing; it has to be text in quotes, not empty"),
    (CLAIM.replace("2026-09-01", "2026-11-25"), 5, ".on is 2026-11-25, which is still to come"),
    (
        CLAIM.replace("2026-09-01", '"last week"'),
        5,
        '.on is "last week"; it has to be a date such as 2026-09-01, without quotes',
    ),
    (CLAIM + "valid_until = 2026-08-31\n", 6, ".valid_until is 2026-08-31; it has to be on 2026-09-01 or later"),
    (
        CLAIM + 'documents = "a.pdf"\n',
        6,
        '.documents is "a.pdf"; it has to be a list in square brackets of: text in quotes, not empty',
    ),
    (CLAIM + 'document = ["a.pdf"]\n', 6, f".document is not known; did you mean documents? Known here are {KEYS}"),
]


@pytest.mark.parametrize(("words", "line", "sentence"), BAD, ids=[sentence[:40] for _, _, sentence in BAD])
def test_mistakes(tmp_path: Path, rubric: Rubric, words: str, line: int, sentence: str) -> None:
    with pytest.raises(attestations.AttestationError) as caught:
        load(tmp_path, rubric, words)
    expected = f'attestation[0] (indicator "1.4.1"){sentence}'
    assert [(one.line, str(one.text)) for one in caught.value.mistakes] == [(line, expected)]
    assert caught.value.exit_code == 2


OTHER = [
    (
        CLAIM.replace("1.4.1", "1.1.9"),
        (
            'a.toml:2: attestation[0] (indicator "1.1.9").indicator is "1.1.9"; the rubric jiangsu-2018 has no such '
            "indicator; there are 1.1.1, 1.1.2, 1.1.3, 1.1.4, 1.1.5, 1.1.6"
        ),
    ),
    (
        CLAIM.replace("1.4.1", "x"),
        (
            'a.toml:2: attestation[0] (indicator "x").indicator is "x"; the rubric jiangsu-2018 has no such indicator; '
            "its ids look like 1.1.1"
        ),
    ),
    (
        CLAIM + CLAIM,
        (
            'a.toml:6: attestation[1] (indicator "1.4.1"): 1.4.1 is attested on 2026-09-01 in line 1 already; '
            "keep one of them"
        ),
    ),
    (
        CLAIM.replace("[[attestation]]", "[attestation]"),
        "a.toml:1: attestation is a list of tables; write [[attestation]], with two pairs of brackets",
    ),
]


@pytest.mark.parametrize(("words", "sentence"), OTHER)
def test_mistakes_about_the_entry_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rubric: Rubric, words: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(words, encoding="utf-8")
    with pytest.raises(attestations.AttestationError) as caught:
        attestations.load(Path("a.toml"), rubric, NOW, "x")
    assert str(caught.value) == sentence


def test_an_unknown_criterion_lists_those_there_are(tmp_path: Path, rubric: Rubric) -> None:
    known = ", ".join(one.id for one in rubric.by_id["1.1.3"].criterion)
    with pytest.raises(attestations.AttestationError) as caught:
        load(tmp_path, rubric, CLAIM.replace("1.4.1", "1.1.3") + 'criterion = "cernt"\n')
    assert str(caught.value.mistakes[0].text) == (
        f'attestation[0] (indicator "1.1.3").criterion is "cernt"; the indicator 1.1.3 has these: {known}'
    )


def test_points_of_a_part_are_held_against_the_part(tmp_path: Path, rubric: Rubric) -> None:
    criterion = rubric.by_id["1.1.3"].criterion[1]
    words = CLAIM.replace("1.4.1", "1.1.3").replace('"met"', '"partly"') + f'criterion = "{criterion.id}"\n'
    with pytest.raises(attestations.AttestationError, match=f"is worth {criterion.points} at most"):
        load(tmp_path, rubric, words + f"points = {criterion.points + Decimal('0.1')}\n")
    assert load(tmp_path, rubric, words + f"points = {criterion.points}\n")[0].observation.status is Status.OK


def test_today_in_china_is_not_the_future_although_it_is_yesterday_in_utc(tmp_path: Path, rubric: Rubric) -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 01:00 of the 24th in Shanghai
    path = tmp_path / "a.toml"
    path.write_text(CLAIM.replace("2026-09-01", "2026-11-24"), encoding="utf-8")
    assert attestations.load(path, rubric, late, "x")[0].observation.status is Status.OK


def test_the_example_fits_the_rubric(rubric: Rubric) -> None:
    found = attestations.load(ROOT / "attestations.example.toml", rubric, NOW, "x")
    assert [one.observation.subject for one in found] == ["1.4.1", "1.1.3/cernet", "2.1.1"]
