"""Secrets struck out of what devices print, by the words that configurations put in front of them."""

from __future__ import annotations

import re

STRUCK = "******"

_GAP = r"(?:[ \t]*[:=][ \t]*|[ \t]+)"
# Words between the telling one and the secret: how it is kept, or what it may do.
_HOW = (
    r"(?:(?:read|write|ro|rw|name|simple|hash|sha\d*|md5|(?:irreversible-)?cipher(?:text)?|plain(?:text)?|encrypted|ENC"
    rf"|\d{{1,2}}){_GAP})*"
)
_KEPT, _LONG = r'(?!\*{3})("[^"\n]*"|\S+)', r"(?!\*{3})(\S{8,})"
_WORDS = (
    r"communit(?:y|ies)|securityname|passw(?:or)?ds?|secrets?|psksecret|passphrase|psk|pre-?shared?(?:-key)?"
    r"|private key|key-string"
    r"|(?:auth|priv|shared|private|server)[-_]?key|token|(?:irreversible-)?cipher|ENC"
)
_SERVERS = "server|client|host|radius|tacacs|hwtacacs|aaa|primary|secondary"
_CIPHERS = r"(?:md5|sha[\w-]*|3?des[\w-]*|aes[\w-]*)"

# VRP, Comware, RGOS, IOS, ArubaOS, StoneOS, FortiOS and their kin. In each the last group is the secret.
_PATTERNS = (
    re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(?=-----END|\Z)", re.DOTALL),
    *(
        re.compile(pattern, re.IGNORECASE | re.MULTILINE)
        for pattern in (
            rf"(\b(?:{_WORDS})[\"']?{_GAP}{_HOW}){_KEPT}",
            # "key" alone is a secret only where a server is spoken of, or at the beginning of a line
            rf"(^[ \t]*(?:(?:{_SERVERS})[^\n]{{0,120}}?[ \t])?key[ \t]+{_HOW}){_KEPT}",
            rf"(\bhost\b[^\n]{{0,120}}?\bversion[ \t]+(?:1|2c)[ \t]+){_KEPT}",
            rf"(\b(?:auth|priv)(?:entication|acy)?(?:-mode)?[ \t]+{_CIPHERS}[ \t]+(?:\d{{1,3}}[ \t]+)*{_HOW}){_LONG}",
            rf"(^[ \t]*(?:authentication|peer-ip-address[ \t]+\S+[ \t]+ipsec)[ \t]+){_LONG}",
            r"(://[^\s:/@]+:)([^\s@/]+)(?=@)",
            r"(<(?:[\w-]*(?:password|passwd|secret|-key|_key|psk)|bcrypt-hash|r[ow]community)>)([^<\n]+)",
        )
    ),
)


def struck(words: str) -> str:
    """The words without what follows a telling word.

    >>> struck("Community name: public"), struck("Community name:%^%#Abc")
    ('Community name: ******', 'Community name:******')
    >>> struck("snmp-agent community read cipher %^%#Abc"), struck("username admin password 7 0822455D0A16 role admin")
    ('snmp-agent community read cipher ******', 'username admin password 7 ****** role admin')
    >>> struck(" server 10.0.0.1 key 7 09341b"), struck("snmp-server host 10.0.0.2 version 2c geheim")
    (' server 10.0.0.1 key 7 ******', 'snmp-server host 10.0.0.2 version 2c ******')
    """
    for pattern in _PATTERNS:
        words = pattern.sub(lambda found: found[1] + STRUCK, words)
    return words
