"""The questions at a real terminal: one answer at a time, each on the disk at once, Ctrl-C loses only what is typed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="no terminals of this kind on this system")

INVENTORY = '[school]\nname = "示例中学"\nstages = ["junior"]\n'
PATIENCE_S = 90


class Terminal:
    """A terminal with the command in it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        (folder / "inventory.toml").write_text(INVENTORY, "utf-8")
        self._master, slave = pty.openpty()
        command = [
            sys.executable,
            "-m",
            "auditor.cli",
            "--lang",
            "en",
            "attest",
            str(folder / "inventory.toml"),
            *options,
        ]
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "120", "PYTHONUTF8": "1"}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment
        )
        os.close(slave)
        self._bytes = b""
        self._read = 0

    def until(self, words: str) -> None:
        """Read on until some words have appeared; what comes after them is kept for the next time."""
        end = time.monotonic() + PATIENCE_S
        while words not in self._unread():
            assert time.monotonic() < end, f"{words!r} never came: {self._unread()[-2000:]}"
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    self._bytes += os.read(self._master, 4096)
                except OSError:  # the other end is closed
                    break
        unread = self._unread()
        assert words in unread, unread[-2000:]
        self._read += unread.index(words) + len(words)

    def _unread(self) -> str:
        return self._bytes.decode("utf-8", "replace")[self._read :]

    def type(self, words: str) -> None:
        """As a person does, with Enter."""
        os.write(self._master, words.encode() + b"\n")

    def close(self) -> None:
        """End it by its id."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    (tmp_path / "制度.pdf").write_bytes(b"%PDF")
    found = Terminal(tmp_path)
    yield found
    found.close()


def answer(terminal: Terminal, claim: str = "m") -> None:
    terminal.until("[q] quit")
    terminal.type(claim)
    terminal.until("document, its path")
    terminal.type(f"'{terminal.folder / '制度.pdf'}'")
    terminal.until("✓ documents/")
    terminal.type("")
    terminal.until("note")
    terminal.type("")
    terminal.until("who vouches")


def test_an_answer_is_written_and_ctrl_c_loses_only_the_next(terminal: Terminal) -> None:
    answer(terminal)
    terminal.type("张三 [bold]x[/bold]")
    terminal.until("written: proven 0 → 3")
    written = (terminal.folder / "attestations.toml").read_text("utf-8")
    assert 'by = "张三 [bold]x[/bold]"' in written
    answer(terminal)
    os.kill(terminal.process.pid, signal.SIGINT)
    terminal.until("1 answers are written")
    assert terminal.process.wait(PATIENCE_S) == 0
    assert (terminal.folder / "attestations.toml").read_text("utf-8") == written


def test_mistakes_are_told_and_asked_again(terminal: Terminal) -> None:
    terminal.until("[q] quit")
    terminal.type("yes")
    terminal.until("one of met, partly, not_met")
    terminal.until("[q] quit")
    terminal.type("p")
    terminal.until("points (Enter")
    terminal.type("many")
    terminal.until("a number such as 0.5")
    terminal.type("0.5")
    terminal.until("document, its path")
    terminal.type("/nowhere/at/all.pdf")
    terminal.until("no such file")
    terminal.type("~nobody-of-this-name/x")
    terminal.until("no such file")
    terminal.type("")
    terminal.until("note")
    terminal.type("见附件")
    terminal.until("who vouches")
    terminal.type(" ")
    terminal.until("say who vouches")
    terminal.type("李四")
    terminal.until("written: proven 0 → 0")
    terminal.until("[q] quit")
    terminal.type("")  # later
    terminal.until("[q] quit")
    terminal.type("q")
    terminal.until("run it again to go on")
    assert terminal.process.wait(PATIENCE_S) == 0
    assert (terminal.folder / "attestations.journal.jsonl").read_text("utf-8").count("\n") == 1


def test_dates_are_checked_where_they_are_asked(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--indicator", "1.4.3")
    try:
        terminal.until("[q] quit")
        terminal.type("m")
        terminal.until("only for one part")
        terminal.type("1")
        terminal.until("(2026-09-01)")
        terminal.type("2019-01-01")
        terminal.until("level of the system")
        terminal.type("3")
        terminal.until("held until 2020-01-01")
        terminal.until("(2026-09-01)")
        os.kill(terminal.process.pid, signal.SIGINT)
        assert terminal.process.wait(PATIENCE_S) == 0
    finally:
        terminal.close()
    assert not (tmp_path / "attestations.toml").exists()
