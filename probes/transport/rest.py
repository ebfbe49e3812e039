"""A device's programming interface over HTTP(S), read-only: a page a question, JSON or XML, behind a gate of its own.

Certificates are not checked: hardly an appliance in a school has one that could be, and what is wrong with one is an
exposure, not a reason to see nothing. A login goes only to the address that the inventory names, for redirects are
not followed and no proxy is used.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import secrets
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from probes.campus import Device, HttpCredential, SecretRef
from probes.dialect.consoles import Web
from probes.dialect.web_path import reading_path
from probes.errors import SecretError, TransportError
from probes.observation import Reason
from probes.text import Text, text
from probes.transport.gate import GateError

if TYPE_CHECKING:
    import requests

    from probes.probe import World

ANSWER_LIMIT = 4_000_000
CHUNK = 65_536
_DEEPEST = 50
_REFUSED = frozenset({401, 403})
_ABSENT = frozenset({404, 405, 501})
_OK = 200


@dataclass(frozen=True)
class _Login:
    device: str
    root: str
    timeout_s: float
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


class RestSession:
    """What probes use: ``ask``, and ``raw`` for the evidence."""

    def __init__(self, login: _Login, web: Web) -> None:
        self._login = login
        self._web = web
        self._session: requests.Session | None = None
        self._one_at_a_time = asyncio.Lock()
        self._transcript: list[str] = [f"# REST {login.root}, login {web.auth}"]

    async def ask(self, method: str, path: str) -> object:
        """The document under a path, as mappings, lists and plain values; ``None`` where the device has no such page.

        Raises:
            GateError: the request does more than read; nothing was sent.
            TransportError: not reachable, login refused, no document.
        """
        if not reading_path(method, path):
            raise GateError(text("not sent, because it does more than read: {line}", line=f"{method} {path[:200]!r}"))
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._ask, method, path)

    def raw(self) -> str:
        """The transcript: what was asked, what came; nothing of the login."""
        return "\n".join([*self._transcript, ""])

    def close(self) -> None:
        """Give the connection back."""
        if self._session is not None:
            self._session.close()

    def _ask(self, method: str, path: str) -> object:
        import requests  # noqa: PLC0415  costs 0.1 s

        self._transcript.append(f"# sent: {method} {path}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that the certificate is not checked is said above
                answer = self._opened().request(
                    method,
                    self._login.root + path,
                    params=self._parameters(),
                    timeout=self._login.timeout_s,
                    allow_redirects=False,
                    stream=True,
                )
                with answer:
                    body = _body(answer)
        except requests.exceptions.Timeout as error:
            raise self._failed(Reason.TIMEOUT, error) from None
        except requests.exceptions.SSLError as error:
            raise self._failed(Reason.UNEXPECTED_ANSWER, error) from None
        except requests.exceptions.ConnectionError as error:
            refused = "refused" in str(error).lower()
            raise self._failed(Reason.REFUSED if refused else Reason.UNREACHABLE, error) from None
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise self._failed(Reason.UNEXPECTED_ANSWER, error) from None
        self._transcript += [f"# status: {answer.status_code}", body]
        if answer.status_code in _REFUSED:
            raise self._failed(Reason.AUTHENTICATION_FAILED, f"HTTP {answer.status_code}")
        if answer.status_code in _ABSENT:
            return None
        if answer.status_code != _OK:
            raise self._failed(Reason.UNEXPECTED_ANSWER, f"HTTP {answer.status_code}")
        return self._document(body)

    def _opened(self) -> requests.Session:
        import requests  # noqa: PLC0415  as above

        if self._session is None:
            session = requests.Session()
            session.trust_env = False
            session.verify = False
            session.headers.update({"Accept": "application/json, application/xml;q=0.9", "Accept-Encoding": "identity"})
            login, web = self._login, self._web
            if web.auth == "basic":
                session.auth = (login.user, login.password)
            elif web.auth == "digest":
                session.auth = requests.auth.HTTPDigestAuth(login.user, login.password)
            elif web.auth == "bearer":
                session.headers["Authorization"] = f"Bearer {login.token}"
            elif web.auth == "header" and web.header is not None:
                session.headers[web.header] = login.token
            self._session = session
        return self._session

    def _parameters(self) -> dict[str, str]:
        """Sangfor's login: a random number of 16 digits, and the MD5 of the shared key with it."""
        if self._web.auth != "sangfor":
            return {}
        random = f"{secrets.randbelow(10**16):016d}"
        digest = hashlib.md5((self._login.token + random).encode(), usedforsecurity=False).hexdigest()
        return {"random": random, "md5": digest}

    def _document(self, body: str) -> object:
        try:
            return json.loads(body)
        except RecursionError:
            raise self._failed(Reason.UNEXPECTED_ANSWER, "nested too deeply") from None
        except ValueError:
            pass
        if (lines := from_lines(body)) is not None:
            return lines
        try:
            return from_xml(body)
        except ValueError as error:
            raise self._failed(Reason.UNEXPECTED_ANSWER, error) from None

    def _failed(self, reason: Reason, detail: object) -> TransportError:
        said = " ".join(str(detail).replace(self._login.token or "\0", "…").split())
        said = re.sub(r"\b(random|md5)=\w+", r"\1=…", said)  # whoever has both may guess the key at leisure
        return TransportError(
            reason,
            text(
                "the web interface of device {device} ({root}) failed: {detail}",
                device=self._login.device,
                root=self._login.root,
                detail=said[:200] or str(reason),
            ),
        )


def _body(answer: requests.Response) -> str:
    parts, size = [], 0
    for chunk in answer.iter_content(CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > ANSWER_LIMIT:
            msg = "an answer without end"
            raise ValueError(msg)
    return b"".join(parts).decode("utf-8", "replace")


def from_lines(body: str) -> dict[str, str] | None:
    r"""Lines of ``key=value`` as one object; ``None`` for anything else.

    >>> from_lines("list.info[0].State=Success\r\nresult=a=b\r\n")
    {'list.info[0].State': 'Success', 'result': 'a=b'}
    """
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    parts = [line.partition("=") for line in lines]
    if not parts or not all(sign and re.fullmatch(r"[A-Za-z][\w.\[\]-]*", key) for key, sign, _ in parts):
        return None
    return {key: value for key, _, value in parts}


def from_xml(body: str) -> object:
    """An XML document as JSON would have it: elements are mappings without name spaces, repeated ones lists.

    >>> from_xml("<Time xmlns='x'><timeMode>NTP</timeMode><zone/><zone>a</zone></Time>")
    {'Time': {'timeMode': 'NTP', 'zone': ['', 'a']}}
    """
    from xml.etree import ElementTree as ET  # noqa: PLC0415  only devices that speak it

    if re.search(r"<!(?:DOCTYPE|ENTITY)", body, re.IGNORECASE):
        msg = "a document type of its own"
        raise ValueError(msg)
    try:
        root = ET.fromstring(body)  # noqa: S314  entities were refused above
    except ET.ParseError as error:
        msg = f"neither JSON nor XML ({error})"
        raise ValueError(msg) from error
    return {_local(root.tag): _element(root, 0)}


def _element(element: Any, depth: int) -> object:
    if not len(element) or depth > _DEEPEST:
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in element:
        name, value = _local(child.tag), _element(child, depth + 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _local(tag: str) -> str:
    return str(tag).rpartition("}")[2]


@asynccontextmanager
async def open_session(world: World, device: Device, web: Web) -> AsyncIterator[RestSession]:
    """A session with the device's web interface under the credential that its ``http`` entry names.

    Nothing is sent before the first question.

    Raises:
        TransportError: no such entry or credential, secret missing.
    """
    session = RestSession(_login(world, device, web), web)
    try:
        yield session
    finally:
        session.close()


def _login(world: World, device: Device, web: Web) -> _Login:
    access = device.http
    if access is None:
        raise TransportError(
            Reason.NOT_CONFIGURED, text("device {device} has no http entry in the inventory", device=device.id)
        )
    host = f"[{device.address}]" if ":" in device.address else device.address
    root = f"{'https' if access.tls else 'http'}://{host}:{access.port}"
    if web.auth == "none":
        return _Login(device.id, root, access.timeout_s)
    credential = world.campus.find_credential(access.credential)
    if not isinstance(credential, HttpCredential):
        raise _no_credential(
            text(
                "device {device} names credential {credential} for HTTP, but the inventory has no HTTP credential of"
                " that id: add it, of kind http",
                device=device.id,
                credential=access.credential,
            )
        )
    by_password = web.auth in {"basic", "digest"}
    missing = (credential.user and credential.password) is None if by_password else credential.token is None
    if missing:
        raise _no_credential(
            text(
                "HTTP credential {credential} of device {device} lacks {key}",
                credential=credential.id,
                device=device.id,
                key="user, password" if by_password else "token",
            )
        )
    return _Login(
        device.id,
        root,
        access.timeout_s,
        credential.user or "",
        _secret(world, credential.password) if by_password else "",
        "" if by_password else _secret(world, credential.token),
    )


def _no_credential(why: Text) -> TransportError:
    return TransportError(Reason.NO_CREDENTIAL, why)


def _secret(world: World, reference: SecretRef | None) -> str:
    if reference is None:
        return ""
    try:
        return world.secret(reference)
    except SecretError as error:
        raise TransportError(Reason.SECRET_MISSING, error.text) from None
