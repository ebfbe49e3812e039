"""The runs of a whole block of lines at once, for archives so large that matching line after line takes long.

It finds what ``layout.Finder`` finds, with numpy instead of a pattern: where lines begin, and from which line to the
next the bytes that tell the ten minutes are no longer the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from probes.logs.layout import Layout

PRIORITY = rb"<\d{1,4}>"
LEAST = 1 << 14
"""Bytes of a block below which it is not worth it."""

_NEWLINE, _LESS, _GREATER = b"\n<>"
_WORD = 8
_BYTE = 0xFF


class Stretch(NamedTuple):
    """Lines of one layout and one slot that follow each other.

    Attributes:
        begin: where the first line begins, before whatever stands before its key.
        key, last_key: where the keys of the first and of the last line begin.
        end: where the line after the stretch begins.
        lines: how many they are.
    """

    begin: int
    key: int
    last_key: int
    end: int
    lines: int


def serves(layout: Layout) -> bool:
    """Whether stretches of a layout can be found: its stamps stand at the head, behind a priority at most."""
    return layout.prefix in (b"", PRIORITY) and layout.key >= _WORD


def stretches(layout: Layout, data: bytes, end: int) -> list[Stretch]:
    """All stretches of ``data[:end]``, which ends with a line's end; lines that do not have the layout are in none."""
    import numpy as np  # noqa: PLC0415  90 ms, which a large archive saves many times over

    block = np.frombuffer(data, np.uint8, end)
    # A word of eight bytes begins at every byte, but for the last ones.
    words = np.ndarray((end - _WORD + 1,), "<u8", data, strides=(1,))
    ends = np.flatnonzero(block == _NEWLINE)
    begins = np.empty_like(ends)
    begins[0] = 0
    np.add(ends[:-1], 1, out=begins[1:])
    keys = begins + _priority(words[np.minimum(begins, end - _WORD)]) if layout.prefix else begins
    fits = keys + max(layout.key, layout.mark + 1, layout.tail[1]) <= ends
    if layout.prefix:
        fits &= keys > begins
    if not fits.all():
        keys = np.where(fits, keys, 0)
    same = fits[1:] & fits[:-1]
    for column in _columns(layout, block, words, keys):
        same &= column[1:] == column[:-1]
    firsts = np.flatnonzero(np.concatenate(([True], ~same)))
    lasts = np.append(firsts[1:], len(begins)) - 1
    wanted = fits[firsts]
    firsts, lasts = firsts[wanted], lasts[wanted]
    figures = (begins[firsts], keys[firsts], keys[lasts], ends[lasts] + 1, lasts - firsts + 1)
    return list(map(Stretch._make, zip(*(figure.tolist() for figure in figures), strict=True)))


def _priority(heads: Any) -> Any:
    """The length of ``<134>`` at the head of each line; 0 where there is none."""
    import numpy as np  # noqa: PLC0415  as above

    length = np.zeros(len(heads), np.int64)
    for place in (5, 4, 3, 2):
        length[(heads >> np.uint64(8 * place)) & np.uint64(_BYTE) == _GREATER] = place + 1
    length[heads & np.uint64(_BYTE) != _LESS] = 0
    return length


def _columns(layout: Layout, block: Any, words: Any, keys: Any) -> list[Any]:
    """What has to be the same on all lines of a stretch, as numbers: key, mark and tail."""
    import numpy as np  # noqa: PLC0415  as above

    begin, end = layout.tail
    found = [words[keys + place] for place in (*range(0, layout.key - _WORD, _WORD), layout.key - _WORD)]
    if begin > layout.mark:
        found.append(block[keys + layout.mark])
    while end - begin > _WORD:
        found.append(words[keys + (end - _WORD)])
        end -= _WORD
    if end > begin:
        found.append(words[keys + (end - _WORD)] >> np.uint64(8 * (_WORD - end + begin)))
    return found
