"""The one read-only gate: nothing is typed into a device's console that did not pass here.

Two whitelists must both agree. This file's is the outer one and is the same for every device; a dialect file names
the verbs and lines that its vendor needs, and can only narrow it, so a dialect file that asks for a change is refused
when it is loaded, and again here. What is refused altogether: more than one line, redirection (``display … > file``
writes to flash on VRP and Comware), command separators, substitution, ``?`` and control characters (consoles act on
them at once), and any pipe but ``include``, ``exclude`` and ``begin``. Commands that look like questions and are not
(``display diagnostic-information`` writes a file) are named below, and no question names a file system or a server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from probes.errors import AuditorError
from probes.text import Text, text

LONGEST = 200

READING_VERBS = frozenset({"display", "show", "get"})
"""First words after which a console only answers, on every vendor's console known to us."""

SHOW_LAST = "* show"
"""Topsec puts the verb behind, ``system version show``; a dialect asks for that with this verb."""

SHOW_LAST_FIRST_WORDS = frozenset({"system", "network", "firewall", "pf", "log", "snmp", "ips"})
SHOW_LAST_SECOND_WORDS = frozenset(
    {"version", "time", "license", "information", "config", "interface", "route", "arp", "policy", "service", "sigdb"}
    | {"log"}
)
"""The one word that may stand between: ``system reboot show`` might reboot before it finds fault with the third."""

WHOLE_LINES = frozenset(
    {
        # FortiOS; ``execute time`` with an argument would set the clock.
        "diagnose autoupdate versions",
        "diagnose sys ntp status",
        "execute time",
        # Paging of the own session only, until logout.
        "screen-length 0 temporary",
        "screen-length disable",
        "terminal length 0",
        "terminal width 256",
        "set cli pager off",  # PAN-OS; every other `set` changes something
        # More rights to read with; what may be typed stays the same.
        "enable",
        "quit",
        "exit",
        # Unix. Here a verb says nothing (``date 0101`` sets the clock), so lines stand as they are.
        "date +%s.%N",
        "date +%s",
        "timedatectl show",
        "timedatectl status",
        "chronyc -n tracking",
        "ntpq -pn",
        "uname -a",
        "ip route show default",
        "cat /etc/os-release",
        "cat /etc/ssh/sshd_config",
        "df -Pk",
        "cat /proc/meminfo",
        "cat /proc/loadavg",
        "cat /etc/rsyslog.conf",
        "cat /etc/logrotate.conf",
        # FreeBSD under pfSense and OPNsense. Their whole configuration would tell more, and every secret with it.
        "pfctl -s info",
        "cat /etc/version",
        "opnsense-version",
        "cat /var/etc/syslog.d/pfSense.conf",
        # RouterOS, where the verb stands behind the path and ``print`` takes ``file=``: lines as they are again.
        "/system clock print",
        "/system ntp client print",
        "/system resource print",
        "/system logging action print without-paging",
        "/ip service print without-paging",
        "/ip neighbor print detail without-paging",
        "/interface print detail without-paging",
        "/snmp community print without-paging",
        "/user print without-paging",
    }
)

# Unlike their neighbours these write files, or run for minutes, or reset what they show.
NOT_READING = frozenset(
    {"save", "redirect", "append", "tee", "clear", "reset", "delete", "erase", "copy", "upload", "reboot"}
)
# The same, and consoles take any abbreviation of them.
DIAGNOSTICS = ("diagnostic-information", "tech-support", "support")
ANSWERS = frozenset({"", "n", "N", "no", " ", "q"})
"""What may be typed when a console asks: decline, go on to the next page, leave."""

ACCEPT = "a"
"""What may be typed besides, where a console asks nothing but whether its login banner has been read (FortiOS)."""

_PLAIN = re.compile(r"[A-Za-z0-9 ./:_,+%=@\-]*")
_BANNER = re.compile(r"(?i)\bpress '?a'? to accept\b")
# ``flash:``, ``tftp:``: where an answer would be written to. The letter beyond f tells it from addresses.
_TARGET = re.compile(r"(?i)(?:^| )(?=[^ :]*[g-z])[a-z]\w*:")
_FILTER = re.compile(r"(?:include|exclude|begin) [A-Za-z0-9 ./:_,+%=@\-]+")


class GateError(AuditorError):
    """A line was refused. It was not sent."""


class Gate:
    """What may be typed on the consoles of one dialect.

    >>> Gate(verbs=["display"]).check("display  clock")
    'display clock'
    """

    def __init__(self, verbs: Iterable[str] = (), lines: Iterable[str] = ()) -> None:
        self._verbs = frozenset(verbs)
        self._lines = frozenset(lines)

    def check(self, line: str) -> str:
        """The line as it may be sent, blanks folded.

        Raises:
            GateError: it is on neither whitelist, or holds what no line may hold.
        """
        folded = " ".join(part for part in line.strip(" ").split(" ") if part)
        why = _refusal(line, folded)
        if why is None and not self._asked_for(folded):
            why = text("the dialect does not list it")
        if why is not None:
            raise GateError(text("not sent, because {why}: {line}", why=why, line=repr(line[:LONGEST])))
        return folded

    def passes(self, line: str) -> bool:
        """Whether ``check`` would let the line pass."""
        try:
            self.check(line)
        except GateError:
            return False
        return True

    def answer(self, answer: str, asked: str = "") -> str:
        """What may be typed as the answer to what a console asked; raises ``GateError``."""
        if answer not in ANSWERS and not (answer == ACCEPT and _BANNER.search(asked)):
            raise GateError(text("not sent, because it is no declining answer: {line}", line=repr(answer[:LONGEST])))
        return answer

    def _asked_for(self, line: str) -> bool:
        words = line.partition("|")[0].split()
        return line in self._lines or words[0] in self._verbs or (SHOW_LAST in self._verbs and _shows_last(words))


def refusal(line: str) -> Text | None:
    """Why no console may ever be sent this line, or ``None``. For the loader of dialects."""
    return _refusal(line, " ".join(line.split(" ")))


def known_verb(verb: str) -> bool:
    """Whether a dialect may name this verb."""
    return verb in READING_VERBS or verb == SHOW_LAST


def _shows_last(words: list[str]) -> bool:
    match words:
        case [first, "show"]:
            return first in SHOW_LAST_FIRST_WORDS
        case [first, second, "show"]:
            return first in SHOW_LAST_FIRST_WORDS and second in SHOW_LAST_SECOND_WORDS
        case _:
            return False


def _diagnoses(words: list[str]) -> bool:
    """Whether what is to be shown is everything that there is, however much it is abbreviated."""
    return len(words) > 1 and any(one.startswith(words[1].lower()) for one in DIAGNOSTICS)


def _refusal(line: str, folded: str) -> Text | None:
    command, pipe, behind = folded.partition("|")
    words = command.split()
    reads = bool(words) and (words[0] in READING_VERBS or _shows_last(words))
    reasons = (
        (not folded, text("it is empty")),
        (len(line) > LONGEST, text("it is longer than {n} characters", n=LONGEST)),
        (not _PLAIN.fullmatch(command), text("it holds a character that consoles may act upon")),
        (
            bool(pipe) and not _FILTER.fullmatch(behind.strip(" ")),
            text("a pipe may only lead to include, exclude or begin"),
        ),
        (bool(NOT_READING & set(command.lower().split())) or _diagnoses(words), text("it does more than read")),
        (reads and bool(_TARGET.search(command)), text("it names a place that the answer could be written to")),
        (not reads and folded not in WHOLE_LINES, text("its verb is not one that only reads")),
    )
    return next((why for holds, why in reasons if holds), None)
