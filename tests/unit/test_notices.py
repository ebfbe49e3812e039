"""What is worth a message: changes between nights, told once, in words that give nothing away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.bundle_reader import open_bundle
from auditor.history.night import Expiry, Look, Night, Standing
from auditor.history.record import judged
from auditor.notices.changes import PATIENCE, Change, Expiring, Moved, Silent, changes
from auditor.notices.outbox import FILE, Outbox, deliver
from auditor.notices.words import LONGEST_BYTES, Message, failure, message
from probes.campus import NotifySettings
from probes.observation import Reason
from probes.text import Text, text
from tests import nights
from tests.nights import at

ZERO, ONE, TWO = Decimal(0), Decimal(1), Decimal(2)


def made(
    number: int,
    proven: Decimal = ONE,
    possible: Decimal | None = None,
    *,
    postponed: bool = False,
    looks: Sequence[Look] = (),
    expiries: Sequence[Expiry] = (),
    **rest: object,
) -> Night:
    standing = Standing(
        indicator="1.1.1",
        outcome="partly",
        points=TWO,
        proven=proven,
        possible=proven if possible is None else possible,
        postponed=postponed,
    )
    fields = {
        "id": f"n{number:03}",
        "began": at(number),
        "ended": at(number) + timedelta(minutes=5),
        "night": at(number).date(),
        "whole": True,
        "rubric": "r",
        "rubric_sha256": "a",
        "proven": proven,
        "possible": proven,
        "total": TWO,
        "pass_line": ONE,
        "standings": (standing,),
        "looks": tuple(looks),
        "expiries": tuple(expiries),
        **rest,
    }
    return Night.model_validate(fields)


def told(history: Sequence[Night], after: str | None = "n000") -> list[Change]:
    return list(changes(history, after, (30, 7, 0), "Asia/Shanghai"))


def test_nothing_changed_is_nothing_told() -> None:
    assert told([made(0), made(1), made(2)]) == []


def test_the_very_first_night_is_no_news() -> None:
    assert told([made(0)], None) == []


def test_a_rise_and_a_fall_are_told() -> None:
    assert told([made(0), made(1, TWO)]) == [Moved("1.1.1", ONE, TWO)]
    assert told([made(0), made(1, ZERO)]) == [Moved("1.1.1", ONE, ZERO)]


def test_what_was_told_is_not_told_again() -> None:
    assert told([made(0), made(1, ZERO), made(2, ZERO)], "n001") == []


def test_nights_not_yet_told_are_told_together_and_what_came_back_is_no_news() -> None:
    assert told([made(0), made(1, ZERO), made(2, TWO)]) == [Moved("1.1.1", ONE, TWO)]
    assert told([made(0), made(1, ZERO), made(2, ONE)]) == []


def test_a_test_that_was_put_off_is_no_fall_for_some_nights() -> None:
    put_off = [made(n, ZERO, TWO, postponed=True) for n in range(1, PATIENCE)]
    assert told([made(0), *put_off]) == []
    assert told([made(0), *put_off, made(PATIENCE)]) == []
    longer = [*put_off, made(PATIENCE, ZERO, TWO, postponed=True)]
    assert told([made(0), *longer]) == [Moved("1.1.1", ONE, ZERO)]


def test_what_is_surely_lost_is_told_although_something_was_put_off() -> None:
    assert told([made(0), made(1, ZERO, Decimal("0.5"), postponed=True)]) == [Moved("1.1.1", ONE, ZERO)]


@pytest.mark.parametrize("rest", [{"whole": False}, {"night": None}])
def test_cut_short_partial_and_daytime_audits_do_not_count(rest: dict[str, object]) -> None:
    assert told([made(0), made(1, ZERO, **rest)]) == []
    assert told([made(0), made(1, ZERO, **rest), made(2)]) == []


def test_points_under_another_rubric_are_no_change() -> None:
    assert told([made(0), made(1, ZERO, rubric_sha256="b")]) == []
    assert told([made(0), made(1, ZERO, rubric_sha256="b"), made(2, ONE, rubric_sha256="b")]) == [
        Moved("1.1.1", ZERO, ONE)
    ]


def test_a_probe_that_goes_silent_is_told_once_and_again_only_after_it_answered() -> None:
    answers, silent = Look(probe="ports", subject="sw-1"), Look(probe="ports", subject="sw-1", reason=Reason.NO_ANSWER)
    put_off = Look(probe="ports", subject="sw-1", reason=Reason.LINK_BUSY)
    change = Silent("ports", "sw-1", Reason.NO_ANSWER)
    one, two, three = made(0, looks=[answers]), made(1, looks=[silent]), made(2, looks=[silent])
    assert told([one, two]) == [change]
    assert told([one, two, three], "n001") == []
    assert told([one, two, made(2, looks=[answers]), made(3, looks=[silent])], "n002") == [change]
    assert told([one, made(1, looks=[put_off])]) == []
    assert told([made(0), two]) == []  # it never answered
    assert told([one, two, made(2, looks=[answers])]) == []  # silent and back between two messages


def test_an_expiry_is_told_once_at_each_threshold_and_again_after_a_renewal() -> None:
    end = at(40).date()
    history = [made(n, expiries=[Expiry(what="certificate", subject="service:portal", on=end)]) for n in range(45)]
    days = [number for number in range(1, 45) if told(history[: number + 1], f"n{number - 1:03}")]
    left = [(end - (at(number) + timedelta(hours=8)).date()).days for number in days]
    assert left == [30, 7, 0]
    renewed = [
        made(n, expiries=[Expiry(what="certificate", subject="service:portal", on=at(145).date())])
        for n in range(45, 117)
    ]
    (change,) = told([*history, *renewed], "n044")
    assert isinstance(change, Expiring)
    assert change.days_left in {29, 30}


def test_signatures_that_are_updated_daily_never_ring() -> None:
    history = [made(n, expiries=[Expiry(what="signature", subject="ips ids", on=at(n + 29).date())]) for n in range(40)]
    assert [n for n in range(1, 40) if told(history[: n + 1], f"n{n - 1:03}")] == []


def test_what_had_ended_before_the_first_night_is_no_news_and_what_ends_soon_is() -> None:
    ended = Expiry(what="waiver", subject="1.1.1", on=at(-5).date())
    soon = Expiry(what="waiver", subject="1.1.2", on=at(5).date())
    assert [one.expiry for one in told([made(0, expiries=[ended, soon])], None) if isinstance(one, Expiring)] == [soon]


def settings(**rest: object) -> NotifySettings:
    return NotifySettings.model_validate({"to": ("env:A",), **rest})


def written(parent: Path, found: Sequence[Change], seen: object = None, **rest: object) -> Message | None:
    assessment = judged(open_bundle(nights.night(parent, 0, seen)))  # type: ignore[arg-type]
    return message(found, settings(**rest), assessment)


def test_the_message_is_one_chinese_paragraph_the_gravest_first(tmp_path: Path) -> None:
    found = [
        Moved("4.2.1", ONE, TWO),
        Expiring(Expiry(what="certificate", subject="service:portal", on=date(2026, 9, 8)), 7),
        Silent("ports", "sw-1", Reason.NO_ANSWER),
        Moved("1.1.1", ONE, ZERO),
    ]
    words = written(tmp_path, found)
    assert words is not None
    order = ["示例中学：已证实", "1.1.1", "A 楼交换机 已探测不到（无应答）", "证书 portal 还有 7 天到期", "4.2.1"]
    assert [words.body.index(one) for one in order] == sorted(words.body.index(one) for one in order)
    assert "\n" not in words.body
    assert "由 1 分降至 0 分" in words.body
    assert words.subject == "示例中学 · 1 项指标下降、1 个对象不再应答、1 项即将到期、1 项指标上升"


def test_what_is_not_wanted_is_not_told(tmp_path: Path) -> None:
    found = [Moved("4.2.1", ONE, TWO)]
    assert written(tmp_path, found, about=("fell",)) is None
    assert written(tmp_path, found, least_points=1.5) is None
    assert written(tmp_path, found, language="en") is not None


def test_addresses_are_masked_but_not_times_and_not_names_of_our_own(tmp_path: Path) -> None:
    subjects = ["10.20.8.21", "00:19:c6:01:0e:3c", "0019-c601-0e3c", "fe80::21:1", "2001:db8::5"]
    words = written(tmp_path, [Silent("hosts", subject, Reason.NO_ANSWER) for subject in subjects])
    assert words is not None
    assert not any(one in words.body for one in subjects)
    assert "0e3c" not in words.body


def test_it_is_bounded_and_hostile_names_stay_text(tmp_path: Path) -> None:
    names = [f"{'长' * 500}\n\u202e{n}" for n in range(300)]
    words = written(tmp_path, [Silent("p", name, reason) for name in names for reason in (Reason.BUSY, Reason.REFUSED)])
    assert words is not None
    assert len(words.body.encode()) <= LONGEST_BYTES + 100
    assert "\u202e" not in words.body
    assert "\n" not in words.body
    many = [Moved(f"9.9.{n}", ONE, ZERO) for n in range(200)]
    words = written(tmp_path, many)
    assert words is not None
    assert "项变化，见报告" in words.body


def test_a_failure_says_what_and_where_to_look() -> None:
    words = failure(text("cannot write {path}: {error}", path="/x", error="disk full"), "示例中学", "zh")
    assert "disk full" in words.body
    assert "schedule status" in words.body


class Receivers:
    """Takes messages, except for those who are down."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.down: set[str] = set()

    def __call__(self, reference: str, words: Message) -> Text | None:
        if reference in self.down:
            return text("down")
        self.taken.append((reference, words.subject))
        return None


def test_a_receiver_that_is_down_gets_its_messages_in_order_when_it_is_back(tmp_path: Path) -> None:
    receivers, to = Receivers(), ("env:A", "env:B")
    receivers.down.add("env:B")
    outbox = Outbox()
    for number in range(3):
        outbox = Outbox.load(tmp_path, print).with_message(Message(f"m{number}", ""), to, at(number))
        outbox, troubles = deliver(outbox, tmp_path, to, receivers, at(number))
        assert len(troubles) == 1
    assert receivers.taken == [("env:A", f"m{n}") for n in range(3)]
    receivers.down.clear()
    outbox, troubles = deliver(Outbox.load(tmp_path, print), tmp_path, to, receivers, at(4))
    assert receivers.taken[3:] == [("env:B", f"m{n}") for n in range(3)]
    assert not outbox.waiting
    assert not troubles
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_kill_while_sending_loses_nothing(tmp_path: Path) -> None:
    to = ("env:A",)
    outbox = Outbox().with_message(Message("m0", ""), to, at(0)).with_message(Message("m1", ""), to, at(0))
    outbox.save(tmp_path)
    receivers = Receivers()

    def killed(reference: str, words: Message) -> Text | None:
        if words.subject == "m1":
            raise KeyboardInterrupt
        return receivers(reference, words)

    with pytest.raises(KeyboardInterrupt):
        deliver(outbox, tmp_path, to, killed, at(0))
    deliver(Outbox.load(tmp_path, print), tmp_path, to, receivers, at(1))
    assert [subject for _, subject in receivers.taken] == ["m0", "m1"]


def test_who_left_the_inventory_gets_nothing_more(tmp_path: Path) -> None:
    receivers = Receivers()
    outbox = Outbox().with_message(Message("m", ""), ("env:OLD",), at(0))
    outbox, _ = deliver(outbox, tmp_path, ("env:NEW",), receivers, at(0))
    assert not receivers.taken
    assert not outbox.waiting


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{half")
    said: list[Text] = []
    assert Outbox.load(tmp_path, said.append) == Outbox()
    assert len(said) == 1
    assert (tmp_path / f"{FILE}.damaged").read_text() == "{half"
