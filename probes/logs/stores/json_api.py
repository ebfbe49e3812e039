"""JSON over HTTP for log stores: one login, bounded answers, no redirects, failures in one sentence."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import quote

from probes.campus import HttpCredential, LokiStore, OpenSearchStore
from probes.errors import SecretError, TransportError
from probes.observation import Reason
from probes.probe import Context
from probes.text import text

_LARGEST = 64_000_000
_CHUNK = 1 << 16
_CONNECT_S = 10
_SHOWN = 300
_OK = 200
_REASONS: Mapping[int, Reason] = {
    401: Reason.AUTHENTICATION_FAILED,
    403: Reason.NOT_PERMITTED,
    404: Reason.NOT_CONFIGURED,
    429: Reason.BUSY,
    503: Reason.BUSY,
}


class JsonApi:
    """A server that answers JSON. Blocking: use it in a thread."""

    def __init__(self, ctx: Context, store: OpenSearchStore | LokiStore) -> None:
        import requests  # noqa: PLC0415  costs 0.1 s

        self._store = store
        self._base = store.url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = "campus-auditor"
        self._session.headers["Accept"] = "application/json"
        self._session.verify = (store.ca_file or True) if store.verify else False
        self._log_in(ctx)

    def _log_in(self, ctx: Context) -> None:
        if self._store.credential is None:
            return
        credential = ctx.campus.find_credential(self._store.credential)
        if not isinstance(credential, HttpCredential):
            detail = text("the log store {url} names no credential of kind http", url=self._base)
            raise TransportError(Reason.NO_CREDENTIAL, detail)
        try:
            if credential.token is not None:
                self._session.headers["Authorization"] = f"Bearer {ctx.world.secret(credential.token)}"
            elif credential.user is not None and credential.password is not None:
                password = ctx.world.secret(credential.password)
                pair = base64.b64encode(f"{credential.user}:{password}".encode()).decode()
                self._session.headers["Authorization"] = f"Basic {pair}"
        except SecretError as error:
            raise TransportError(Reason.SECRET_MISSING, error.text) from None

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def ask(self, path: str, body: Mapping[str, Any] | None = None, **more: Any) -> Mapping[str, Any]:
        """The answer to a GET, or to a POST where there is a body; ``more`` are query parameters and headers.

        Raises:
            TransportError: not reachable, refused, no JSON object, too large or too slow.
        """
        import requests  # noqa: PLC0415  loaded already
        import urllib3  # noqa: PLC0415  comes with it

        limit = self._store.timeout_s
        if not self._store.verify:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        try:
            with self._session.request(
                "GET" if body is None else "POST",
                self._base + path,
                json=body,
                timeout=(_CONNECT_S, limit),
                allow_redirects=False,
                stream=True,
                **more,
            ) as response:
                data = self._read(response, monotonic() + limit)
                if response.status_code != _OK:
                    raise self._refused(response.status_code, data)
        except requests.exceptions.SSLError as error:
            raise self._failed(Reason.UNEXPECTED_ANSWER, f"TLS: {_inner(error)}") from None
        except requests.exceptions.Timeout:
            raise self._failed(Reason.TIMEOUT, text("took too long")) from None
        except requests.exceptions.ConnectionError as error:
            refused = "refused" in str(error).lower()
            raise self._failed(Reason.REFUSED if refused else Reason.UNREACHABLE, _inner(error)) from None
        except (requests.exceptions.RequestException, OSError, ValueError) as error:
            raise self._failed(Reason.UNEXPECTED_ANSWER, _inner(error)) from None
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            raise self._failed(Reason.UNEXPECTED_ANSWER, text("the answer is no JSON")) from None
        if not isinstance(found, dict):
            raise self._failed(Reason.UNEXPECTED_ANSWER, text("the answer is not what this server should say"))
        return found

    def strange(self) -> TransportError:
        """For an answer whose parts are not those of the documented interface."""
        return self._failed(Reason.UNEXPECTED_ANSWER, text("the answer is not what this server should say"))

    def incomplete(self, why: object) -> TransportError:
        """For an answer that says of itself that something is missing: counts of a part prove no gap."""
        return self._failed(Reason.UNEXPECTED_ANSWER, text("the answer is not complete: {why}", why=why))

    def _read(self, response: Any, until: float) -> bytes:
        data = bytearray()
        for chunk in response.iter_content(_CHUNK):
            data += chunk
            if len(data) > _LARGEST:
                raise self._failed(Reason.UNEXPECTED_ANSWER, text("an answer without end"))
            if monotonic() > until:
                raise self._failed(Reason.TIMEOUT, text("took too long"))
        return bytes(data)

    def _refused(self, status: int, data: bytes) -> TransportError:
        said = " ".join(data[:4096].decode("utf-8", "replace").split())
        shown = "".join(char for char in said if char.isprintable())[:_SHOWN]
        return self._failed(_REASONS.get(status, Reason.UNEXPECTED_ANSWER), f"HTTP {status} {shown}".strip())

    def _failed(self, reason: Reason, said: object) -> TransportError:
        return TransportError(reason, text("log store {url}: {said}", url=self._base, said=said))


def escaped(name: str) -> str:
    """A name as part of a path; stars and commas of index patterns stay."""
    return quote(name, safe="*,-_.+<>")


def _inner(error: BaseException) -> str:
    """The innermost cause in a few words."""
    while True:
        causes = (getattr(error, "reason", None), error.__cause__, error.__context__, *error.args)
        following = next((one for one in causes if isinstance(one, BaseException) and one is not error), None)
        if following is None:
            return " ".join(str(error).split())[:_SHOWN] or type(error).__name__
        error = following
