"""The words that argparse itself writes into help and usage errors, in the user's language.

argparse takes them through the name ``_`` of its own module, bound to gettext's default domain. That domain follows
the environment alone, so ``--lang`` would need a change to it that every child process sees. Instead the name is lent
our catalogue while arguments are parsed, and given back.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from probes.text import text

Translate = Callable[[str], str]

_WORDS = tuple(
    one.template
    for one in (
        text("usage: "),
        text("positional arguments"),
        text("options"),
        text("%(heading)s:"),
        text("show this help message and exit"),
        text("argument %(argument_name)s: %(message)s"),
        text("invalid choice: %(value)r (choose from %(choices)s)"),
        text("invalid %(type)s value: %(value)r"),
        text("expected one argument"),
        text("ignored explicit argument %r"),
        text("the following arguments are required: %s"),
        text("unrecognized arguments: %s"),
        text("ambiguous option: %(option)s could match %(matches)s"),
    )
)
"""Those that our command line can bring about; another version of Python may have others, which stay English."""


@contextmanager
def worded(translate: Translate) -> Iterator[None]:
    """While this lasts, argparse says its words through ``translate``; parsers have to be made inside."""
    words, theirs = {one: translate(one) for one in _WORDS}, vars(argparse)
    before = theirs["_"]
    theirs["_"] = lambda message: words.get(message, message)
    try:
        yield
    finally:
        theirs["_"] = before
