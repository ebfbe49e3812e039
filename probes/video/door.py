"""How one camera or recorder is asked: HTTP requests with its login, and what was asked for the evidence.

Only reading requests are made: GET, and the searches that vendors made POST. Whatever addresses a device names in its
answers, it is only ever asked at its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.transport.exchange import Answer, Request, exchange
from probes.video.digest import authorization

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from probes.video.settings import VideoAccess

MOST_REQUESTS = 200
LONGEST_S = 90.0
_DENIED = (401, 403)


@dataclass(frozen=True)
class Login:
    """User and password; empty where none is needed."""

    user: str = ""
    password: str = ""


@dataclass
class Door:
    """One device. Blocking, so use it in a thread.

    Attributes:
        log: requests and what came of them, without logins.
    """

    address: str
    access: VideoAccess
    login: Login
    log: list[str] = field(default_factory=list)
    _asked: int = 0
    _began: float = field(default_factory=monotonic)

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        scheme, usual = ("https", 443) if self.access.tls else ("http", 80)
        return f"{scheme}://{host}:{self.access.port or usual}"

    def ask(self, path: str, body: bytes = b"", kind: str = "application/xml") -> Answer:
        """One request, and once more with a login where it is asked for.

        Raises:
            TransportError: no answer, a login that is not accepted, or more requests than one look may take.
        """
        method = "POST" if body else "GET"
        headers = (("Content-Type", kind),) if body else ()
        answer = self._send(Request(self.base + path, method, headers, body))
        if answer.status == 401 and self.login.user:  # noqa: PLR2004  Unauthorized
            offered = [value for name, value in answer.headers if name.lower() == "www-authenticate"]
            header = authorization(offered, method, path, self.login.user, self.login.password)
            if header is not None:
                answer = self._send(Request(self.base + path, method, (*headers, ("Authorization", header)), body))
        if answer.status == 401:  # noqa: PLR2004
            raise self.refused(path)
        return answer

    def read(self, path: str, body: bytes = b"", kind: str = "application/xml") -> str:
        """The words of a good answer.

        Raises:
            TransportError: as ``ask``, and for every other answer than 200.
        """
        answer = self.ask(path, body, kind)
        if answer.status == 403:  # noqa: PLR2004  Forbidden
            raise TransportError(
                Reason.NOT_PERMITTED, text("{address} does not allow {path}", address=self.address, path=path)
            )
        if answer.status != 200:  # noqa: PLR2004  OK
            detail = text("{address} answers {path} with {seen}", address=self.address, path=path, seen=answer.said)
            raise TransportError(Reason.NOT_SUPPORTED, detail)
        return answer.words

    def xml(self, path: str, body: bytes = b"", kind: str = "application/xml") -> Element:
        """The XML of a good answer; raises ``TransportError`` also for what is none."""
        return parsed(self.read(path, body, kind), self.address)

    def own_path(self, url: str) -> str:
        """Path and query of an address that the device named."""
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            return "/"
        path = parts.path if parts.path.startswith("/") else "/" + parts.path
        whole = path + (f"?{parts.query}" if parts.query else "")
        return "".join(char for char in whole if "!" <= char <= "~")[:1000]

    def refused(self, path: str) -> TransportError:
        """That the login for a path is missing, or is not accepted."""
        if not self.login.user:
            detail = text("{address} asks for a login; name a credential of kind http", address=self.address)
            return TransportError(Reason.NO_CREDENTIAL, detail)
        detail = text("{address} does not accept the login for {path}", address=self.address, path=path)
        return TransportError(Reason.AUTHENTICATION_FAILED, detail)

    def _send(self, request: Request) -> Answer:
        self._asked += 1
        if self._asked > MOST_REQUESTS or monotonic() - self._began > LONGEST_S:
            detail = text("{address}: gave up after {n} requests", address=self.address, n=self._asked - 1)
            raise TransportError(Reason.TIMEOUT, detail)
        answer = exchange(request, deadline_s=self.access.timeout_s)
        self.log.append(f"{request.method} {request.url.removeprefix(self.base)} → {answer.line}")
        reasons = {"refused": Reason.REFUSED, "timeout": Reason.NO_ANSWER, "unreachable": Reason.UNREACHABLE}
        if answer.fate != "answered":
            detail = text("{address}: {seen}", address=self.address, seen=answer.said)
            raise TransportError(reasons.get(answer.fate, Reason.UNEXPECTED_ANSWER), detail)
        return answer


def parsed(words: str, address: str) -> Element:
    """XML without document types, entities or anything outside of it.

    Raises:
        TransportError: it is none, or holds what it must not.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415  only where a device is asked
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415

    try:
        found: Element = fromstring(words, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        detail = text("{address} answers something that is no XML: {error}", address=address, error=str(error)[:200])
        raise TransportError(Reason.UNEXPECTED_ANSWER, detail) from error
    return found


def local(element: Element) -> str:
    """The name of an element without its namespace: vendors disagree about namespaces, not about names."""
    return str(element.tag).rpartition("}")[2]


def every(element: Element, name: str) -> list[Element]:
    """All elements of that name below, at most some thousands."""
    return [one for one in element.iter() if local(one) == name][:5000]


def words_of(element: Element, name: str) -> str:
    """The text of the first element of that name, or ``""``."""
    return next(((one.text or "").strip() for one in element.iter() if local(one) == name), "")
