"""The night from end to end: audit, history, messages, retention; what happens when a step fails or is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor import stamp
from auditor.after import LOG_KEPT, _shorten
from auditor.cli import main
from auditor.history.store import DATABASE, History
from auditor.lock import alone
from auditor.notices.outbox import Outbox
from auditor.notices.words import Message
from probes.text import Text, text
from tests.nights import night

LEAST = '[school]\nname = "示例中学"\nstages = ["junior"]\n'
NOTIFY = LEAST + '[notify]\nto = ["env:TO"]\n'


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """Messages that the receiver took."""
    got: list[Message] = []

    def send(_reference: str, words: Message) -> Text | None:
        got.append(words)
        return None

    monkeypatch.setattr("auditor.notices.send.send", send)
    return got


def written(parent: Path, words: str) -> Path:
    file = parent / "inventory.toml"
    file.write_text(words, encoding="utf-8")
    return file


def run(file: Path, *more: str) -> int:
    return main(["--lang", "zh", "audit", str(file), "--night", *more])


def test_a_night_leaves_bundle_report_history_and_stamp(tmp_path: Path, taken: list[Message]) -> None:
    file = written(tmp_path, NOTIFY)
    assert run(file) == 1
    bundles = tmp_path / "bundles"
    last = stamp.load(bundles)
    assert last is not None
    assert (last.code, last.tries) == (1, 1)
    assert (bundles / f"{last.bundle}.html").is_file()
    assert [row["id"] for row in History(bundles).scores()] == [last.bundle]
    assert Outbox.load(bundles, print).until == last.bundle
    assert taken == []  # the first night is no news


def test_a_change_is_told_once(tmp_path: Path, taken: list[Message]) -> None:
    file = written(tmp_path, NOTIFY)
    began = datetime.now(UTC) - timedelta(days=1)
    night(tmp_path / "bundles", 0, began=began)
    assert run(file) == 1
    (told,) = taken
    assert "4.2.1" in told.body
    assert "降至 0 分" in told.body
    assert run(file) == 1
    assert len(taken) == 1


def test_an_audit_that_fails_is_told_once_and_so_is_that_it_works_again(tmp_path: Path, taken: list[Message]) -> None:
    file = written(tmp_path, NOTIFY)
    attestations = tmp_path / "attestations.toml"
    attestations.write_text("nonsense = [")
    assert [run(file), run(file)] == [2, 2]
    assert [one.subject for one in taken] == ["示例中学 · 夜间审计失败"]
    attestations.unlink()
    assert run(file) == 1
    assert [one.subject for one in taken[1:]] == ["示例中学 · 夜间审计恢复正常"]


def test_an_inventory_broken_by_an_edit_is_told_to_those_whom_it_last_named(
    tmp_path: Path, taken: list[Message]
) -> None:
    file = written(tmp_path, NOTIFY)
    assert run(file) == 1
    written(tmp_path, NOTIFY + "[[device]]\nid = 7\n")
    assert [run(file), run(file)] == [2, 2]
    assert len(taken) == 1
    assert "夜间审计失败" in taken[0].subject


def test_a_receiver_that_is_down_neither_stops_the_night_nor_loses_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, NOTIFY)
    night(tmp_path / "bundles", 0, began=datetime.now(UTC) - timedelta(days=1))
    monkeypatch.setattr("auditor.notices.send.send", lambda *_: text("the receiver did not take it."))
    assert run(file) == 1
    assert "接收方未收下" in capsys.readouterr().err
    assert len(Outbox.load(tmp_path / "bundles", print).waiting) == 1
    got: list[Message] = []
    monkeypatch.setattr("auditor.notices.send.send", lambda _, words: got.append(words))
    assert run(file) == 1
    assert len(got) == 1


@pytest.mark.parametrize(
    "step", ["auditor.after._tell", "auditor.after._tidy", "auditor.history.store.History.catch_up"]
)
def test_killed_at_any_step_it_is_made_up_for_the_next_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: list[Message], step: str
) -> None:
    file = written(tmp_path, NOTIFY)
    last = night(tmp_path / "bundles", 0, began=datetime.now(UTC) - timedelta(days=1))
    Outbox(until=last.name).save(last.parent)

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(step, kill)
        with pytest.raises(Killed):
            run(file)
    run(file)
    assert len(taken) == 1
    assert len(History(tmp_path / "bundles").scores()) == 3


def test_what_cannot_be_done_afterwards_does_not_change_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], taken: list[Message]
) -> None:
    file = written(tmp_path, NOTIFY)
    bundles = tmp_path / "bundles"
    (bundles / DATABASE).mkdir(parents=True)  # where the database should lie
    assert run(file) == 1
    assert DATABASE in capsys.readouterr().err
    assert stamp.load(bundles) is not None


def test_two_nights_at_once_are_one_too_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, LEAST)
    with alone(tmp_path / "bundles" / "nightly.lock", text("taken")):
        assert run(file) == 3
        assert "另一个" in capsys.readouterr().err
        assert run(file, "--if-missed") == 0
    assert not list((tmp_path / "bundles").glob("*/bundle.json"))


def test_only_a_missed_night_is_caught_up(tmp_path: Path) -> None:
    file = written(tmp_path, LEAST)
    bundles = tmp_path / "bundles"
    stamp.save(
        bundles, stamp.Stamp(night=datetime(2026, 1, 1, tzinfo=UTC).date(), began=datetime(2026, 1, 1, tzinfo=UTC))
    )
    hour = (datetime.now(UTC) + timedelta(hours=7)).strftime("%H:%M")  # an hour ago in Shanghai
    written(tmp_path, LEAST + f'[schedule]\nat = "{hour}"\n')
    assert run(file, "--if-missed") == 1
    assert run(file, "--if-missed") == 0
    assert len(list(bundles.glob("*/manifest.json"))) == 1
    (bundles / "inventory-is-broken").touch()
    written(tmp_path, LEAST + "[oops]\n")
    assert run(file, "--if-missed") == 2


def test_a_night_that_was_killed_goes_on_in_its_own_bundle(tmp_path: Path) -> None:
    """A real process, killed while it waits for a service that does not answer."""
    import socket  # noqa: PLC0415

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        service = f'[[service]]\nid = "portal"\nwhat = "website"\nurl = "{url}"\n'
        file = written(tmp_path, LEAST + service)
        bundles = tmp_path / "bundles"
        command = [sys.executable, "-m", "auditor.cli", "audit", str(file), "--night"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while not list(bundles.glob("*/plan.json")) and time.monotonic() < deadline:
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGKILL)
        finally:
            process.kill()
            process.wait(60)
    killed = stamp.load(bundles)
    assert killed is not None
    assert killed.ended is None
    assert main(["audit", str(file), "--night"]) in {0, 1}
    (bundle,) = (path.parent for path in bundles.glob("*/bundle.json"))
    again = stamp.load(bundles)
    assert again is not None
    assert (again.tries, again.bundle) == (2, bundle.name)
    assert json.loads((bundle / "manifest.json").read_text())["files"]


def test_the_options_of_the_timer_go_with_the_night(tmp_path: Path) -> None:
    file = written(tmp_path, LEAST)
    assert main(["audit", str(file), "--if-missed"]) == 2
    assert main(["audit", str(file), "--delay", "1"]) == 2


def test_the_log_of_cron_keeps_its_end(tmp_path: Path) -> None:
    log = tmp_path / "night.log"
    log.write_bytes(b"".join(b"line %d\n" % n for n in range(300_000)))
    _shorten(log)
    lines = log.read_bytes().splitlines()
    assert log.stat().st_size <= LOG_KEPT
    assert lines[-1] == b"line 299999"
    assert lines[0].startswith(b"line ")
