"""What cannot be seen made visible: control characters, direction marks, half surrogates in text of devices."""

from __future__ import annotations

import re

# C0 and C1 controls except tab and newline, soft hyphen, marks and overrides of direction, zero-width and other format
# characters, line and paragraph separators, surrogates, tags, and what Unicode will never assign.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def visible(words: str) -> str:
    """The same words with every hidden character shown by its code.

    >>> visible("name" + chr(0x202E) + "gnp.exe")
    'name⟨U+202E⟩gnp.exe'
    """
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", words.replace("\r\n", "\n"))
