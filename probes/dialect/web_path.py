"""The read-only gate of web interfaces: which requests may be sent at all."""

from __future__ import annotations

import re
from urllib.parse import unquote

LONGEST = 300

_PATH = re.compile(r"/[A-Za-z0-9_./~-]*(?:\?[A-Za-z0-9_.=&%,:~|*!-]*)?")
# What such words in a path do is seldom reading, whatever the method; PAN-OS takes commands as XML.
_NOT_READING = re.compile(
    r"(?i)(?:^|[/?&=_.<>-])(?:set|put|post|delete|del|remove|add|create|update|edit|modify|write|reboot|restart|reset"
    r"|shutdown|upgrade|restore|import|format|clear|save|commit|install|exec|execute|start|stop|enable|disable|logout)"
    r"(?:$|[/?&=_.<>-])"
)

# PAN-OS and Dahua name what is to be done in a parameter, in words of their own (``rename``, ``setConfig``).
_READING_ACTION = re.compile(r"action=(?:get|show|find|list)(?![a-z])")


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
    if _NOT_READING.search(unquote(path)):
        return False
    query = path.partition("?")[2].split("&")
    if any(one.startswith("action=") and not _READING_ACTION.match(unquote(one)) for one in query):
        return False
    if any(one.startswith("cmd=") and not unquote(one).startswith("cmd=<show>") for one in query):
        return False
    return method == "GET" or (method == "POST" and "_method=GET" in query)
