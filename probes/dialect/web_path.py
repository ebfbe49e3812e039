"""The read-only gate of web interfaces: which requests may be sent at all."""

from __future__ import annotations

import re
from urllib.parse import unquote

LONGEST = 300

_PATH = re.compile(r"/[A-Za-z0-9_./~-]*(?:\?[A-Za-z0-9_.=&%,:~|*!-]*)?")
# What such words in a path do is seldom reading, whatever the method; PAN-OS takes commands as XML.
_NOT_READING = re.compile(
    r"(?i)(?:^|[/?&=_.<>-])(?:set|put|post|patch|delete|del|remove|add|create|update|edit|modify|write|reboot|restart|reset"
    r"|shutdown|upgrade|restore|import|format|clear|save|commit|install|exec|execute|start|stop|enable|disable|logout)"
    r"(?:$|[/?&=_.<>-])"
)
# The same as the beginning of one of the words that are written together (``rebootDevice``, ``factoryReset``).
_CHANGES = re.compile(
    r"(?:[Ss]et|[Dd]elete|[Rr]emove|[Aa]dd|[Cc]reate|[Uu]pdate|[Mm]odify|[Ww]rite|[Rr]eboot|[Rr]estart|[Rr]eset"
    r"|[Ss]hutdown|[Uu]pgrade|[Rr]estore|[Cc]lear|[Cc]ommit|[Ii]nstall|[Ee]xecute)(?![a-z])"
)

# PAN-OS and Dahua name what is to be done in a parameter, in words of their own (``rename``, ``setConfig``).
_READING_ACTION = re.compile(r"(?:get|show|find|list)(?![a-z])")
_HUMP = re.compile(r"(?<![A-Za-z])[A-Za-z]|(?<=[a-z])[A-Z]")


def reading_path(method: str, path: str) -> bool:
    """Whether a request only reads: a GET without a word that changes things, or a POST that says it is a GET.

    >>> reading_path("GET", "/v1/status/version"), reading_path("POST", "/v1/status/throughput?_method=GET")
    (True, True)
    >>> reading_path("POST", "/v1/status/throughput"), reading_path("GET", "/api/reboot"), reading_path("GET", "//x")
    (False, False, False)
    >>> reading_path("GET", "/cgi?action=getConfig"), reading_path("GET", "/cgi?action=setConfig&name=x")
    (True, False)
    >>> command = "/api/?type=op&cmd=%3C{0}%3E%3Csystem%3E%3C%2Fsystem%3E%3C%2F{0}%3E"
    >>> reading_path("GET", command.format("show")), reading_path("GET", command.format("request"))
    (True, False)
    """
    if len(path) > LONGEST or not _PATH.fullmatch(path) or path.startswith("//") or ".." in path:
        return False
    plain = unquote(path)
    if _NOT_READING.search(plain) or any(_CHANGES.match(plain, hit.start()) for hit in _HUMP.finditer(plain)):
        return False
    asked = [unquote(one) for one in path.partition("?")[2].split("&")]
    named = [(name.lower(), said) for name, _, said in (one.partition("=") for one in asked)]
    if any(name == "action" and not _READING_ACTION.match(said) for name, said in named):
        return False
    if any(name == "cmd" and not said.startswith("<show>") for name, said in named):
        return False
    methods = [said for name, said in named if name == "_method"]
    return method == "GET" or (method == "POST" and bool(methods) and set(methods) == {"GET"})
