"""What goes wrong on the way without ending the work: said on stderr, which a timer keeps in its log."""

from __future__ import annotations

import sys
from collections.abc import Callable

from probes.text import Text
from reports.edition import Language
from reports.language import say

Complain = Callable[[Text], None]


def complaining(language: Language) -> Complain:
    """Says a sentence on stderr, which a timer keeps in its log."""

    def complain(sentence: Text) -> None:
        sys.stderr.write(say(sentence, language) + "\n")

    return complain
