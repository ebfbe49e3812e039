"""ONVIF: clock (device service), profiles and streams (media), recordings (search) and how they are played (replay).

Written after ONVIF Core, Media, Recording Search and Replay Control. The password goes as a digest
(WS-Security UsernameToken 1.0), stamped with the device's own time, which it tells without a login.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text
from probes.transport.exchange import Answer
from probes.video.door import Door, every, parsed, words_of
from probes.video.footage import MOST_PAGES, Channels, Stretch, believed, stretch_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
SEARCH = "http://www.onvif.org/ver10/search/wsdl"
REPLAY = "http://www.onvif.org/ver10/replay/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
_UNICAST = (
    f'<StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream>'
    f'<Transport xmlns="{_SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
)
_PAGE = 100


class Onvif:
    """One channel: the recorder's video sources in their order, or a camera's only one."""

    def __init__(self, door: Door, channel: int, zone: tzinfo, now: datetime) -> None:
        self.door, self.channel, self.zone, self.now = door, channel, zone, now
        self._ahead = timedelta()
        self._services: dict[str, str] | None = None
        self._profiles: list[tuple[str, str]] | None = None

    def clock(self) -> datetime | None:
        """UTC, if the device tells it."""
        tree = self._call("/onvif/device_service", f'<GetSystemDateAndTime xmlns="{DEVICE}"/>', signed=False)
        there = believed(_utc(tree))
        if there is not None:
            self._ahead = there - datetime.now(UTC)
        return there

    def channels(self) -> Channels:
        """The video sources that have a profile; whether they are on line ONVIF does not say."""
        return Channels(len(self._sources()))

    def oldest(self) -> tuple[Stretch, str] | None:
        """The earliest moment of the channel's recording, and its replay address."""
        found = self._recording()
        if found is None:
            return None
        begin, end = _time(words_of(found, "EarliestRecording")), _time(words_of(found, "LatestRecording"))
        stretch = stretch_of(begin, end, self.now)
        return None if stretch is None else (stretch, self._replay(words_of(found, "RecordingToken")))

    def recordings(self, since: datetime) -> Iterator[Stretch] | None:
        """ONVIF tells only where a recording begins and ends, not its gaps."""
        del since
        return None

    def live(self) -> str:
        """The stream of the channel's first profile."""
        token = f"<ProfileToken>{escape(self._profile()[0])}</ProfileToken>"
        body = f'<GetStreamUri xmlns="{MEDIA}">{_UNICAST}{token}</GetStreamUri>'
        return self.door.own_path(words_of(self._call(self._path(MEDIA), body), "Uri"))

    def _sources(self) -> list[str]:
        return list(dict.fromkeys(source for _, source in self._all_profiles()))

    def _profile(self) -> tuple[str, str]:
        sources = self._sources()
        if self.channel > len(sources):
            detail = text(
                "{address} has {n} channels, not {channel}",
                address=self.door.address,
                n=len(sources),
                channel=self.channel,
            )
            raise TransportError(Reason.NOT_CONFIGURED, detail)
        wanted = sources[self.channel - 1]
        return next(one for one in self._all_profiles() if one[1] == wanted)

    def _all_profiles(self) -> list[tuple[str, str]]:
        if self._profiles is None:
            tree = self._call(self._path(MEDIA), f'<GetProfiles xmlns="{MEDIA}"/>')
            rows = [(str(one.get("token", "")), words_of(one, "SourceToken")) for one in every(tree, "Profiles")]
            self._profiles = [(token, source or token) for token, source in rows if token]
        return self._profiles

    def _recording(self) -> Element | None:
        found = self._found()
        if not found:
            return None
        with suppress(TransportError):
            source = self._profile()[1]
            own = [one for one in found if words_of(one, "SourceId") == source]
            if own:
                return own[0]
        in_order = sorted(found, key=lambda one: words_of(one, "RecordingToken"))
        return in_order[self.channel - 1] if self.channel <= len(in_order) else None

    def _found(self) -> list[Element]:
        path = self._path(SEARCH)
        body = f'<FindRecordings xmlns="{SEARCH}"><Scope/><KeepAliveTime>PT60S</KeepAliveTime></FindRecordings>'
        token = escape(words_of(self._call(path, body), "SearchToken"))
        found: list[Element] = []
        try:
            for _ in range(MOST_PAGES):
                more = (
                    f'<GetRecordingSearchResults xmlns="{SEARCH}"><SearchToken>{token}</SearchToken><MaxResults>{_PAGE}'
                    "</MaxResults><WaitTime>PT3S</WaitTime></GetRecordingSearchResults>"
                )
                tree = self._call(path, more)
                found += every(tree, "RecordingInformation")
                if words_of(tree, "SearchState") == "Completed" or len(found) > MOST_PAGES * _PAGE:
                    break
        finally:
            with suppress(TransportError):
                self._call(path, f'<EndSearch xmlns="{SEARCH}"><SearchToken>{token}</SearchToken></EndSearch>')
        return found

    def _replay(self, token: str) -> str:
        body = (
            f'<GetReplayUri xmlns="{REPLAY}">{_UNICAST}<RecordingToken>{escape(token)}</RecordingToken></GetReplayUri>'
        )
        with suppress(TransportError):
            address = words_of(self._call(self._path(REPLAY), body), "Uri")
            return self.door.own_path(address) if address else ""
        return ""

    def _path(self, namespace: str) -> str:
        """Where a service is; always at the device's own address, whatever it says."""
        if self._services is None:
            body = f'<GetServices xmlns="{DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>'
            tree = self._call("/onvif/device_service", body)
            rows = [(words_of(one, "Namespace"), words_of(one, "XAddr")) for one in every(tree, "Service")]
            self._services = {name: self.door.own_path(address) for name, address in rows if address}
        if namespace not in self._services:
            name = namespace.rsplit("/", 2)[-2]
            detail = text("{address} does not offer ONVIF's service “{name}”", address=self.door.address, name=name)
            raise TransportError(Reason.NOT_SUPPORTED, detail)
        return self._services[namespace]

    def _call(self, path: str, body: str, *, signed: bool = True) -> Element:
        envelope = (
            '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
            f"<s:Header>{self._token() if signed else ''}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        )
        answer = self.door.ask(path, envelope.encode(), "application/soap+xml; charset=utf-8")
        return self._understood(path, answer)

    def _understood(self, path: str, answer: Answer) -> Element:
        tree = parsed(answer.words, self.door.address) if answer.body else None
        if answer.status == 200 and tree is not None and not every(tree, "Fault"):  # noqa: PLR2004  OK
            return tree
        told = "" if tree is None else " ".join((one.text or "").strip() for one in tree.iter())[:300]
        if "NotAuthorized" in told or answer.status == 403:  # noqa: PLR2004  Forbidden
            detail = text("{address} does not accept the login for {path}", address=self.door.address, path=path)
            raise TransportError(Reason.AUTHENTICATION_FAILED, detail)
        detail = text(
            "{address} answers {path} with {seen}", address=self.door.address, path=path, seen=told or answer.said
        )
        raise TransportError(Reason.NOT_SUPPORTED, detail)

    def _token(self) -> str:
        login = self.door.login
        if not login.user:
            return ""
        nonce, created = secrets.token_bytes(16), f"{datetime.now(UTC) + self._ahead:%Y-%m-%dT%H:%M:%SZ}"
        digest = hashlib.sha1(nonce + created.encode() + login.password.encode(), usedforsecurity=False).digest()
        return (
            f'<Security xmlns="{_WSSE}"><UsernameToken><Username>{escape(login.user)}</Username>'
            f'<Password Type="{_DIGEST}">{base64.b64encode(digest).decode()}</Password>'
            f'<Nonce EncodingType="{_BASE64}">{base64.b64encode(nonce).decode()}</Nonce>'
            f'<Created xmlns="{_WSU}">{created}</Created></UsernameToken></Security>'
        )


def _utc(tree: Element) -> datetime | None:
    for part in every(tree, "UTCDateTime"):
        with suppress(ValueError):
            numbers = [int(words_of(part, name)) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
            return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc, arg-type]  # six numbers, as it takes them
    return None


def _time(words: str) -> datetime | None:
    with suppress(ValueError):
        found = datetime.fromisoformat(words)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
