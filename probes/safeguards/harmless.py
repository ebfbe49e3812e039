"""The texts and files that tests send. All are harmless; each is what a safeguard's own documentation tests with.

The EICAR file is put together only when it is served: written here as it is, it would have scanners quarantine this
program.
"""

from __future__ import annotations

from urllib.parse import quote

from probes.text import Text, text

# eicar.org, "Anti-Malware Testfile": 68 bytes of printable ASCII, in parts.
_EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR", "-STANDARD-", "ANTIVIRUS-TEST-", "FILE!", "$H+H*")


def eicar() -> bytes:
    """The test file of EICAR, made anew at every call.

    >>> len(eicar())
    68
    """
    return "".join(_EICAR).encode()


NEUTRAL = b"campus-auditor: an ordinary file, served to show that the way is open.\n"
NEUTRAL_PATH = "/campus-audit/neutral.txt"
EICAR_PATH = "/campus-audit/eicar.com"
OWN_HEADER = "X-Campus-Auditor"

# Rule 2100498 of GPL and ET Open, "id check returned root", which Suricata's own quick start tests with.
IDS_RULE = "2100498"
IDS_RULE_WORDS = "id check returned root"
IDS_QUERY = "answer=uid=0(root)"

# What rule groups 941, 942 and 930 of the OWASP core rule set are for, in forms that do nothing anywhere.
ATTACKS: tuple[tuple[Text, str], ...] = (
    (text("cross-site scripting"), "<script>alert(1)</script>"),
    (text("SQL injection"), "1' OR '1'='1' -- "),
    (text("path traversal"), "../../../../etc/passwd"),
)


def with_query(url: str, query: str) -> str:
    """An address with something added to its query."""
    base, _, _ = url.partition("#")
    return base + ("&" if "?" in base else "?") + query


def attack_url(url: str, words: str) -> str:
    """The address with an attack's words in its query, encoded as a browser would."""
    return with_query(url, "campus-audit=" + quote(words, safe=""))
