"""Attesting without an editor: nothing half written, nothing taken on trust, and who said what stays to be read."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import attestations
from auditor.attesting import documents, journal
from auditor.attesting.answer import Answer, name_of, note_of, restored
from auditor.attesting.dates import Given, asked, every, last_day
from auditor.attesting.documents import from_file, from_stream, safe_name
from auditor.attesting.draft import Draft, checked, level_of, take
from auditor.attesting.errors import AnswerError
from auditor.attesting.ledger import Ledger
from auditor.attesting.questions import open_questions
from auditor.attesting.standing import Stand
from auditor.attesting.tomltext import stated, withdrawn
from auditor.cli import main
from rules.load import load_rubric
from rules.rubric import Rubric

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
LEAST = '[school]\nname = "示例中学"\nstages = ["junior"]\n'


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return load_rubric("jiangsu-2018")


@pytest.fixture
def ledger(tmp_path: Path, rubric: Rubric) -> Ledger:
    return Ledger(tmp_path / "attestations.toml", rubric)


def says(indicator: str = "5.1.1", claim: str = "met", by: str = "张三", **more: object) -> Answer:
    return replace(Answer(indicator, claim, by, TODAY), **more)  # type: ignore[arg-type]


# ---- the text of the file


WRITTEN = """\
# 学校自己的说明
[[attestation]]   # 第一项
indicator = "5.1.1"
claim = "met"
# 王主任口头确认过
by = "王"
on = 2026-09-01
documents = [
  "a.pdf",  # 原件在档案室
]

# ---- 第二项 ----
[[ "attestation" ]]
indicator = "5.1.2"
claim = "met"
by = "李"
on = 2026-09-01
note = '''
[[attestation]]
# no comment
'''
# 结尾
"""


def test_an_answer_takes_the_place_of_the_old_one_and_comments_stay() -> None:
    changed = stated(WRITTEN, says("5.1.1", "not_met"))
    assert changed == WRITTEN.replace(
        WRITTEN[WRITTEN.index("[[attestation]]") : WRITTEN.index("\n# ---- 第二项")],
        '# 王主任口头确认过\n[[attestation]]\nindicator = "5.1.1"\nclaim = "not_met"\nby = "张三"\non = 2026-11-25\n',
    )


def test_a_new_answer_comes_last_and_nothing_else_moves() -> None:
    changed = stated(WRITTEN, says("5.1.3"))
    assert changed.startswith(WRITTEN + "\n[[attestation]]\nindicator = ")
    assert stated("", says()).startswith("[[attestation]]")
    assert stated("# nothing", says()).startswith("# nothing\n\n[[attestation]]")


def test_what_is_withdrawn_is_gone_with_its_own_lines_only() -> None:
    assert "5.1.2" not in withdrawn(WRITTEN, "5.1.2")
    assert withdrawn(WRITTEN, "5.1.2").endswith("# ---- 第二项 ----\n# no comment\n# 结尾\n")
    with pytest.raises(AnswerError, match=r"nothing is attested about 9\.9\.9"):
        withdrawn(WRITTEN, "9.9.9")


def test_windows_line_ends_stay(rubric: Rubric) -> None:
    changed = stated(WRITTEN.replace("\n", "\r\n"), says("5.1.3"))
    assert "\n" not in changed.replace("\r\n", "")


def test_inline_tables_are_left_to_people() -> None:
    inline = 'attestation = [{ indicator = "5.1.1", claim = "met", by = "x", on = 2026-09-01 }]\n'
    with pytest.raises(AnswerError, match="by hand"):
        stated(inline, says("5.1.1"))
    with pytest.raises(AnswerError, match="by hand"):
        stated(inline, says("5.1.2"))


@given(
    by=st.text(min_size=1, max_size=30).filter(str.strip),
    note=st.text(max_size=80),
    names=st.lists(st.text(max_size=60), max_size=3),
)
def test_whatever_is_typed_comes_back_as_it_was(by: str, note: str, names: list[str]) -> None:
    try:
        answer = says(by=name_of(by), note=note_of(note), documents=tuple(safe_name(one) for one in names))
    except AnswerError:
        return  # nothing but hidden characters
    content = stated(stated(WRITTEN, answer), says("5.1.2"))
    assert restored(json.loads(json.dumps(answer.plain()))) == answer
    assert withdrawn(stated("", answer), "5.1.1").strip() == ""
    assert content.count("# 结尾") == 1


# ---- file names


HOSTILE = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("/etc/shadow", "shadow"),
    ("C:\\制度.pdf", "制度.pdf"),
    ("..", "document"),
    ("", "document"),
    (".bashrc", "bashrc"),
    ("-rf", "rf"),
    ("=cmd|' /C calc'!A0.xlsx", "C calc__A0.xlsx"),
    ("<script>alert(1)</script>.pdf", "script_.pdf"),
    ("a\x00b\n\x1b[31m.pdf", "ab [31m.pdf"),
    ("\u202egnp.exe", "gnp.exe"),
    ("CON", "_CON"),
    ("lpt1.txt", "_lpt1.txt"),
    ("report.pdf. . .", "report.pdf"),
    ("制" * 300 + ".pdf", "制" * 48 + ".pdf"),
    ("x." + "y" * 300, None),
    ("a/b/", "document"),
]


@pytest.mark.parametrize(("hostile", "harmless"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_file_names(tmp_path: Path, hostile: str, harmless: str | None) -> None:
    if harmless is not None:
        assert safe_name(hostile) == harmless
    kept = from_stream(io.BytesIO(b"x"), hostile, tmp_path, "5.1.1")
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [tmp_path / kept.path]
    assert (tmp_path / kept.path).parent == tmp_path / "documents" / "5.1.1"


@given(st.text(max_size=400))
def test_no_name_leaves_its_folder_or_breaks_a_file_system(name: str) -> None:
    good = safe_name(name)
    assert good
    assert not set(good) & set('/\\\x00<>:"|?*\n\r')
    assert good not in {".", ".."}
    assert len(good.encode()) <= documents.LONGEST_NAME_BYTES
    assert safe_name(good) == good


def test_the_same_name_with_other_content_is_another_document(tmp_path: Path) -> None:
    first, same, other, nameless = (
        from_stream(io.BytesIO(data), name, tmp_path, "5.1.1")
        for data, name in ((b"1", "a.pdf"), (b"1", "a.pdf"), (b"2", "a.pdf"), (b"3", "a"))
    )
    assert [one.path for one in (first, same, other, nameless)] == [
        f"documents/5.1.1/{name}" for name in ("a.pdf", "a.pdf", "a-2.pdf", "a")
    ]
    assert first.sha256 == same.sha256 != other.sha256


def test_what_cannot_be_put_forward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST_BYTES", 10)
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * 11)
    os.mkfifo(tmp_path / "pipe")
    for name, sentence in (("gone", "no such file"), ("empty", "is empty"), ("large", "larger"), ("pipe", "no file")):
        with pytest.raises(AnswerError, match=sentence):
            from_file(tmp_path / name, tmp_path, "5.1.1")
    assert not any(one.is_file() for one in (tmp_path / "documents").rglob("*"))


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "in" / "documents").mkdir(parents=True)
    (tmp_path / "in" / "documents" / "5.1.1").symlink_to(outside)
    with pytest.raises(AnswerError, match="leads out"):
        from_stream(io.BytesIO(b"x"), "a.pdf", tmp_path / "in", "5.1.1")
    assert list(outside.iterdir()) == []


def test_a_document_that_is_there_already_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.pdf").write_bytes(b"x")
    assert from_file(tmp_path / "documents" / "a.pdf", tmp_path, "5.1.1").path == "documents/a.pdf"


# ---- dates


def test_every_date_belongs_to_the_rubric(rubric: Rubric) -> None:
    for one in every():
        assert one in asked(rubric, one.indicator, one.criterion)
    assert asked(rubric, "1.4.1", "rules") == ()
    assert asked(rubric, "1.1.1", None) == ()


DATES = [
    ("1.4.1", "drill", "met", {"drill": Given(date(2025, 11, 25))}, date(2026, 11, 25)),
    ("1.4.1", "drill", "met", {"drill": Given(date(2025, 11, 24))}, "held until 2026-11-24"),
    ("1.4.1", None, "met", {}, "a date is missing"),
    ("1.4.1", None, "partly", {}, None),
    ("1.4.1", "drill", "partly", {}, "a date is missing"),
    ("1.4.1", None, "not_met", {}, None),
    ("1.4.1", "rules", "met", {}, None),
    ("1.4.1", "rules", "met", {"drill": Given(TODAY)}, "no such date"),
    ("1.4.1", "drill", "met", {"drill": Given(date(2026, 11, 26))}, "still to come"),
    ("1.4.3", "report", "met", {"report": Given(date(2025, 2, 28), 2)}, date(2027, 2, 28)),
    ("1.4.3", "report", "met", {"report": Given(date(2025, 2, 28), 3)}, "held until 2026-02-28"),
    ("1.4.3", "report", "met", {"report": Given(date(2026, 2, 28), 9)}, "level"),
    ("1.4.3", "report", "met", {"report": Given(date(2026, 2, 28))}, "level"),
    ("1.4.3", "report", "met", {"report": Given(date(2026, 2, 28), level_of("9" * 5000))}, "level"),
    ("5.2.2", None, "met", {"certificate": Given(date(2027, 1, 1))}, date(2027, 1, 1)),
    ("5.2.2", None, "met", {"certificate": Given(date(2026, 11, 24))}, "held until 2026-11-24"),
    ("5.2.2", None, "met", {}, None),
]


@pytest.mark.parametrize("case", DATES, ids=range(len(DATES)))
def test_dates_on_documents(rubric: Rubric, case: tuple[str, str | None, str, dict[str, Given], object]) -> None:
    indicator, criterion, claim, dates, expected = case
    questions = asked(rubric, indicator, criterion)
    if isinstance(expected, str):
        with pytest.raises(AnswerError, match=expected):
            last_day(questions, dates, criterion, claim, TODAY)
    else:
        assert last_day(questions, dates, criterion, claim, TODAY) == expected


REFUSED = [
    (Draft("9.9.9", "met", "x"), "no indicator “9.9.9”"),
    (Draft("5.1.1", "yes", "x"), "one of met, partly, not_met"),
    (Draft("5.1.1", "met", " \u200b "), "who vouches"),
    (Draft("5.1.1", "met", "x", criterion="y"), "no part “y”"),
    (Draft("5.1.1", "partly", "x", points="50"), "more than"),
    (Draft("5.1.1", "partly", "x", points="-1"), "a number such as"),
    (Draft("5.1.1", "partly", "x", points="NaN"), "a number such as"),
    (Draft("5.1.1", "partly", "x", points="1e999999999"), "a number such as"),
    (Draft("5.1.1", "partly", "x", points="0." + "1" * 99), "a number such as"),
    (Draft("5.1.1", "met", "x", on="0001-01-01"), "ended on 0002-01-01"),
    (Draft("5.1.1", "met", "x", on="2026-11-26"), "still to come"),
    (Draft("5.1.1", "met", "x", on="yesterday"), "no date such as"),
    (Draft("5.1.1", "met", "x", valid_until="2026-11-24"), "newer evidence"),
    (Draft("5.1.1", "met", "x" * 101), "longer than"),
]


@pytest.mark.parametrize(("draft", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_what_is_refused_leaves_no_trace(ledger: Ledger, draft: Draft, sentence: str) -> None:
    with pytest.raises(AnswerError, match=sentence):
        take(draft, (), ledger, TODAY, through="flags", now=NOW)
    assert not ledger.path.exists()
    assert ledger.journal().entries == ()


def test_the_evidence_ends_with_what_ends_first(rubric: Rubric) -> None:
    draft = Draft("1.4.1", "met", "x", valid_until="2027-06-01", dates={"drill": "2026-03-01"})
    assert checked(draft, rubric, TODAY)[0].valid_until == date(2027, 3, 1)
    assert checked(replace(draft, valid_until="2027-01-01"), rubric, TODAY)[0].valid_until == date(2027, 1, 1)


# ---- file and journal together


def test_who_said_what_stays(ledger: Ledger, rubric: Rubric) -> None:
    paper = from_stream(io.BytesIO(b"x"), "a.pdf", ledger.path.parent, "5.1.1")
    ledger.put(replace(says(), documents=(paper.path,)), (paper,), through="flags", now=NOW)
    ledger.put(says(claim="partly", by="李", points=Decimal("0.5")), through="desk", now=NOW)
    ledger.put(says("5.1.2"), through="terminal", now=NOW)
    ledger.withdraw("5.1.1", "王", "误报", through="flags", now=NOW)
    found = ledger.journal()
    assert [(one.number, one.act, one.subject, one.by) for one in found.entries] == [
        (1, "claim", "5.1.1", "张三"),
        (2, "correct", "5.1.1", "李"),
        (3, "claim", "5.1.2", "张三"),
        (4, "withdraw", "5.1.1", "王"),
    ]
    assert found.problems == ()
    assert found.entries[0].documents[0]["sha256"] == paper.sha256
    (left,) = attestations.load(ledger.path, rubric, NOW, "x")
    assert left.observation.subject == "5.1.2"


def three(ledger: Ledger) -> Path:
    for indicator in ("5.1.1", "5.1.2", "5.1.3"):
        ledger.put(says(indicator), through="flags", now=NOW)
    return journal.journal_of(ledger.path)


def problems(ledger: Ledger) -> str:
    return "; ".join(map(str, ledger.journal().problems))


def test_removal_and_change_show(ledger: Ledger) -> None:
    path = three(ledger)
    lines = path.read_bytes().splitlines(keepends=True)
    assert problems(ledger) == ""
    for spoilt, sentence in (
        (lines[1:], "entries are missing before line 1"),
        ([lines[0], lines[2]], "entries are missing before line 2"),
        (lines[:2], "later entries are missing"),
        ([lines[0], lines[1].replace("张三".encode(), "李四".encode()), lines[2]], "line 2 .* altered"),
        ([lines[0], b"[" * 100_000 + b"\n", *lines[1:]], "line 2 .* damaged"),
        ([lines[1], lines[0], lines[2]], "entries are missing before line 1"),
    ):
        path.write_bytes(b"".join(spoilt))
        assert re.search(sentence, problems(ledger)), problems(ledger)


def test_an_edit_by_hand_counts_and_is_told(ledger: Ledger) -> None:
    three(ledger)
    ledger.path.write_text(ledger.path.read_text("utf-8").replace("张三", "赵六"), "utf-8")
    assert "edited by hand" in problems(ledger)
    ledger.put(says("5.2.1"), through="flags", now=NOW)
    assert problems(ledger) == ""
    assert ledger.path.read_text("utf-8").count("赵六") == 3


@pytest.mark.parametrize("act", ["claim", "withdraw"])
def test_a_kill_between_journal_and_file_is_made_good(ledger: Ledger, act: str) -> None:
    ledger.put(says("5.1.1"), through="flags", now=NOW)
    before = ledger.path.read_bytes()
    late = datetime.now(UTC)
    if act == "claim":
        ledger.put(says("5.1.2"), through="flags", now=late)
    else:
        ledger.withdraw("5.1.1", "x", "", through="flags", now=late)
    after = ledger.path.read_bytes()
    ledger.path.write_bytes(before)
    os.utime(ledger.path, (late.timestamp() - 60, late.timestamp() - 60))
    assert "had not reached" in str(ledger.settle())
    assert ledger.path.read_bytes() == after
    assert ledger.settle() is None


def test_an_earlier_file_that_was_put_back_on_purpose_stays(ledger: Ledger) -> None:
    ledger.put(says("5.1.1"), through="flags", now=NOW)
    before = ledger.path.read_bytes()
    ledger.put(says("5.1.2"), through="flags", now=NOW)
    ledger.path.write_bytes(before)  # now, a while after the entry
    assert ledger.settle() is None
    assert ledger.path.read_bytes() == before


def test_a_torn_line_spoils_no_other(ledger: Ledger) -> None:
    path = three(ledger)
    path.write_bytes(path.read_bytes() + b'{"number":4,"at"')
    ledger.put(says("5.2.1"), through="flags", now=NOW)
    assert [one.number for one in ledger.journal().entries] == [1, 2, 3, 4]
    assert problems(ledger) == "line 4 of attestations.journal.jsonl is damaged or was altered"


def test_a_linked_file_stays_a_link_and_its_documents_are_found(tmp_path: Path, rubric: Rubric) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "attestations.toml").write_text("# ours\n", "utf-8")
    (tmp_path / "attestations.toml").symlink_to(tmp_path / "real" / "attestations.toml")
    ledger = Ledger(tmp_path / "attestations.toml", rubric)
    paper = from_stream(io.BytesIO(b"x"), "a.pdf", ledger.folder, "5.1.1")
    ledger.put(replace(says(), documents=(paper.path,)), (paper,), through="flags", now=NOW)
    assert (tmp_path / "attestations.toml").is_symlink()
    (found,) = attestations.load(tmp_path / "attestations.toml", rubric, NOW, "x")
    assert found.observation.reason is None


def test_a_file_with_mistakes_is_left_alone(ledger: Ledger) -> None:
    for broken in ("[[attestation]\n", '[[attestation]]\nindicator = "5.1.1"\n'):
        ledger.path.write_text(broken, "utf-8")
        with pytest.raises(attestations.AttestationError):
            ledger.put(says("5.1.2"), through="flags", now=NOW)
        assert ledger.path.read_text("utf-8") == broken
        assert not journal.journal_of(ledger.path).exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, rubric: Rubric) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="cannot write"):
        Ledger(tmp_path / "file" / "attestations.toml", rubric).put(says(), through="flags", now=NOW)


# ---- what is open


def test_what_is_open_shrinks_with_every_answer(tmp_path: Path) -> None:
    (tmp_path / "inventory.toml").write_text(LEAST, "utf-8")
    (tmp_path / "a.pdf").write_bytes(b"x")
    stand = Stand(tmp_path / "inventory.toml")
    before = stand.now(NOW)
    questions = open_questions(before.assessment)
    gains = [one.gain for one in questions]
    assert gains == sorted(gains, reverse=True)
    assert "1.1.1" not in {one.indicator for one in questions}  # only a measurement helps there
    ledger = Ledger(before.attestations, before.assessment.rubric)
    first = questions[0]
    paper = from_file(tmp_path / "a.pdf", tmp_path, first.indicator)
    take(Draft(first.indicator, "met", "张三"), (paper,), ledger, TODAY, through="desk", now=NOW)
    after = stand.now(NOW)
    assert first.indicator not in {one.indicator for one in open_questions(after.assessment)}
    assert after.assessment.score.proven == before.assessment.score.proven + first.gain


def test_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inventory.toml").write_text(LEAST, "utf-8")
    (tmp_path / "a.pdf").write_bytes(b"x")
    inventory = str(tmp_path / "inventory.toml")

    def attest(*options: str) -> tuple[int, str, str]:
        code = main(["--lang", "en", "attest", inventory, *options])
        return code, *capsys.readouterr()

    assert attest()[0] == 2
    code, _, said = attest("--indicator", "1.4.1", "--claim", "met", "--by", "张三")
    assert (code, said) == (2, "campus-auditor: a date is missing: 应急演练日期 / Day of the incident drill\n")
    today = datetime.now(UTC).date().isoformat()
    code, out, said = attest(
        "--indicator", "1.4.1", "--claim", "met", "--by", "张三", "--dated", f"drill={today}",
        "--document", str(tmp_path / "a.pdf"),
    )  # fmt: skip
    assert (code, out, said) == (0, "written to attestations.toml; entry 1 of attestations.journal.jsonl\n", "")
    code, out, _ = attest("--list", "--json")
    assert (code, json.loads(out)["score"]["proven"]) == (0, 0.5)
    code, out, _ = attest("--withdraw", "--indicator", "1.4.1", "--by", "李四", "--why", "误报")
    assert code == 0
    code, out, _ = attest("--history", "--json")
    assert [(one["act"], one["by"]) for one in json.loads(out)["entries"]] == [("claim", "张三"), ("withdraw", "李四")]
    journal.journal_of(tmp_path / "attestations.toml").write_text("{}\n", "utf-8")
    assert attest("--history")[0] == 3
