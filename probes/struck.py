"""Secrets struck out of what devices print, by the words that configurations put in front of them."""

from __future__ import annotations

import re

STRUCK = "******"

# VRP, Comware, RGOS, StoneOS, FortiOS, IOS and their kin; the last group is the secret.
FOLLOWED = re.compile(
    r"""(?ix)
    ( \b(?: community | passw(?:or)?d | secret | psksecret | passphrase | psk | pre-shared-key | key-string
        | (?:auth|priv|shared)[-_]?key | token | (?:irreversible-)?cipher | ENC )
      ["']? (?: [ \t]*[:=][ \t]* | [ \t]+ )
      (?: (?: read | write | name | simple | hash | sha\d* | md5 | (?:irreversible-)?cipher | ENC | \d ) [ \t]+ )*
    )
    (?! \*{3} ) ( "[^"\n]*" | \S+ )""",
)


def struck(words: str) -> str:
    """The words without what follows a telling word.

    >>> struck("snmp-agent community read cipher %^%#Abc"), struck("username admin password 7 0822455D0A16 role admin")
    ('snmp-agent community read cipher ******', 'username admin password 7 ****** role admin')
    """
    return FOLLOWED.sub(lambda found: found[1] + STRUCK, words)
