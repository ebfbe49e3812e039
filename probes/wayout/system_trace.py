"""Tracing a path with the program that the system has: traceroute, tracepath or tracert, whatever its language.

No word of their output is relied on, only that a line begins with the number of its hop: Windows says 请求超时。 where
an English one says "Request timed out.".
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from probes.wayout.path import MOST_HOPS, Path, path
from probes.wayout.prefixes import parsed

LIMIT_S = 60.0

_LINE = re.compile(r"\s*(\d{1,3})(?:\?:|[:.])?\s+(\S.*)")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{3,45}")
# tracepath's first line tells of this machine itself: " 1?: [LOCALHOST]  pmtu 1500".
_ITSELF = "[LOCALHOST]"


@dataclass(frozen=True)
class Program:
    """A program that traces, and the words that make it quick and numeric."""

    name: str
    words: Sequence[str]


PROGRAMS: tuple[Program, ...] = (
    Program("traceroute", ("-n", "-q", "2", "-w", "1", "-m", str(MOST_HOPS))),
    Program("tracepath", ("-n", "-m", str(MOST_HOPS))),
    Program("tracert", ("-d", "-w", "1000", "-h", str(MOST_HOPS))),
)


def find_program(which: Callable[[str], str | None] = shutil.which) -> tuple[Program, str] | None:
    """The first program that this system has, and where; ``None`` without any."""
    found = ((program, which(program.name)) for program in PROGRAMS)
    return next(((program, where) for program, where in found if where), None)


def trace(destination: str, limit_s: float = LIMIT_S) -> Path:
    """The path by the system's program, empty where there is none; what it found until the time was up counts."""
    found = find_program()
    address = parsed(destination)
    if found is None or address is None:  # only addresses are ever handed to a program
        return path(destination, (), "")
    program, where = found
    output = _run([where, *program.words, str(address)], limit_s)
    return path(destination, hops_of(decoded(output)), program.name)


def _run(command: Sequence[str], limit_s: float) -> bytes:
    try:
        # No shell; the words are constants and an address.
        with subprocess.Popen(  # noqa: S603  as said above
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            try:
                return process.communicate(timeout=limit_s)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                # A line that broke off may hold half an address.
                return process.communicate()[0].rpartition(b"\n")[0]
    except OSError:
        return b""


def decoded(output: bytes) -> str:
    """The text: UTF-8, or the code page of a Chinese console."""
    try:
        return output.decode("utf-8")
    except UnicodeDecodeError:
        return output.decode("gb18030", "replace")


def hops_of(output: str) -> list[str | None]:
    r"""What each hop answered, in order; ``None`` for silence.

    >>> hops_of("  1    <1 毫秒   <1 毫秒   <1 毫秒 192.168.1.1\n  2     *        *        *     请求超时。")
    ['192.168.1.1', None]
    """
    answers: dict[int, str | None] = {}
    for line in output.splitlines():
        found = _LINE.fullmatch(line.rstrip())
        if found is None or _ITSELF in line:
            continue
        hop = int(found[1])
        if 1 <= hop <= MOST_HOPS:
            answers[hop] = answers.get(hop) or _address_in(found[2])
    return [answers[hop] for hop in takewhile(answers.__contains__, range(1, MOST_HOPS + 1))]


def _address_in(words: str) -> str | None:
    """The first address in a line; times such as ``0.318`` are none."""
    candidates = (parsed(word) for word in _ADDRESS.findall(words))
    return next((str(one) for one in candidates if one is not None), None)
