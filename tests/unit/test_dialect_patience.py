"""No answer of a hostile or broken device keeps a reading busy: whatever it repeats, time stays within bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import process_time

import pytest

from probes.dialect import Command, Dialect, command_rows, load_dialects

LINES = 2_000
WIDE = 1_990
# Of the processor's time, of which an honest answer takes a hundredth; without bounds most of these took minutes.
MOST_S = 2.0


def repeated(command: Command) -> Iterator[str]:
    """Gaps, columns that never end, and the words that the reading itself looks for, over and over."""
    yield "\n" * 20_000
    yield "x" + " " * 100_000
    for word in ("a ", "1 ", "1", "1.1", "- ", "up ", "GE1/0/1 UP 1G F A ", "0123.4567.89ab "):
        yield (word * (WIDE // len(word)) + "\n") * 8
    patterns = (*command.read, command.each or "", command.proof or "", command.within or "", command.textfsm or "")
    for word in sorted({word for one in patterns for word in re.findall(r"[A-Za-z][A-Za-z _:=-]{4,}", one)})[:3]:
        yield (word + "\n") * LINES
        yield (word + ": 0\n") * LINES


@pytest.mark.parametrize("dialect", load_dialects().values(), ids=lambda one: one.id)
def test_no_answer_takes_long(dialect: Dialect) -> None:
    taken = load_dialects()[dialect.extends].command if dialect.extends else ()
    for command in (one for one in dialect.command if one not in taken):
        for answer in repeated(command):
            began = process_time()
            command_rows(command, answer)
            assert process_time() - began < MOST_S, (command.purpose, command.send, answer[:40])
