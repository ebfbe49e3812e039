"""What is worth saying of an inventory that has no mistakes: what will not be measured, what is not safe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor import secrets
from probes.campus import Campus, DirectoryStore, PlaceKind, Role, SshCredential, TableStore
from probes.discovery.doors import fragile_ports
from probes.text import Text, text
from probes.wifi.survey_file import files_in, read, since_anew
from rules.wifi_map.floors import floor_of, is_beyond

_CLASSROOMS = frozenset({PlaceKind.CLASSROOM, PlaceKind.SMART_CLASSROOM})


def warnings(campus: Campus, today: date | None = None) -> list[Text]:
    """Sentences about a campus; looks at this machine's files and environment, touches no network.

    Args:
        campus: as ``auditor.inventory.load`` gives it, with absolute paths.
        today: the school's calendar day, against which waivers are held; the present one where it is ``None``.
    """
    day = today or datetime.now(ZoneInfo(campus.school.timezone)).date()
    return [
        *_places(campus),
        *_uplinks(campus),
        *_devices(campus),
        *_ranges(campus),
        *_discovery(campus, day),
        *_credentials(campus),
        *secrets.warnings(campus),
        *_files(campus),
        *_waivers(campus, day),
        *_safeguards(campus, day),
        *_surveyed(campus),
    ]


def _safeguards(campus: Campus, today: date) -> Iterator[Text]:
    settings = campus.controls
    if settings is not None and settings.until < today:
        yield text(
            "the permission by {by} to test safeguards ended on {until}: these tests send nothing any more",
            by=settings.allowed_by,
            until=settings.until,
        )
    silent = [one.id for one in campus.device if one.role is Role.RECORDER and one.video is None]
    if silent and any(camera.recorder in silent for camera in campus.camera):
        yield text("recorders without “video”, so nothing is known of their recordings: {ids}", ids=_some(silent))


def _places(campus: Campus) -> Iterator[Text]:
    rooms = [place for place in campus.place if place.kind in _CLASSROOMS]
    without = [place.id for place in rooms if place.port is None]
    if not rooms:
        yield text("no classroom is named: the network to the classrooms cannot be measured")
    elif len(without) == len(rooms):
        yield text("no classroom has a port: their speed cannot be read from the switches")
    elif without:
        yield text("classrooms without a port: {ids}", ids=_some(without))


def _uplinks(campus: Campus) -> Iterator[Text]:
    if not campus.uplink:
        yield text("no uplink is named: the line out of the school cannot be measured")
    here = [uplink.id for uplink in campus.uplink if _is_here(uplink.responder)]
    here += [place.id for place in campus.place if _is_here(place.responder)]
    if here:
        yield text(
            "the responder is this very computer, which shows nothing of the network, for: {ids}", ids=_some(here)
        )
    blind = [uplink.id for uplink in campus.uplink if uplink.port is None and uplink.responder is None]
    if blind:
        yield text("neither port nor responder, so nothing to measure, for the uplinks: {ids}", ids=_some(blind))


def _is_here(responder: str | None) -> bool:
    return responder is not None and responder.startswith(("127.", "localhost", "[::1]", "::1"))


def _devices(campus: Campus) -> Iterator[Text]:
    mute = [one.id for one in campus.device if one.snmp is None and one.ssh is None and one.http is None]
    if mute:
        yield text("no access (snmp, ssh, http), so nothing can be asked, for the devices: {ids}", ids=_some(mute))
    for access in ("ssh", "http"):
        lacking = [
            one.id
            for one in campus.device
            if (settings := getattr(one, access)) is not None and campus.find_credential(settings.credential) is None
        ]
        if lacking:
            yield text(
                "no [[credential]] of kind {kind}, so nothing is asked over {access}, for the devices: {ids}",
                kind=access,
                access=access.upper(),
                ids=_some(lacking),
            )
    blind = {one.id for one in campus.device if one.snmp is None}
    ports = [*(one.port for one in campus.place), *(one.port for one in campus.uplink)]
    named = dict.fromkeys(port.partition(":")[0] for port in ports if port)
    lacking = [id_ for id_ in named if id_ in blind]
    if lacking:
        yield text("ports hang on these devices, which have no snmp to read them with: {ids}", ids=_some(lacking))
    if not campus.log_source:
        yield text("no log source is named: how long logs are kept cannot be measured")


def _ranges(campus: Campus) -> Iterator[Text]:
    if len(campus.school.stages) > 1:
        without = [one.id for one in campus.subnet if one.use == "student" and one.stage is None]
        if without:
            yield text("no stage, so their machines count for none, for the student ranges: {ids}", ids=_some(without))


def _discovery(campus: Campus, today: date) -> Iterator[Text]:
    settings = campus.discovery
    if settings is not None and settings.until < today:
        yield text(
            "the search for hosts that {by} allowed ended on {until}: renew [discovery], or no host is looked for",
            by=settings.authorised_by,
            until=settings.until.isoformat(),
        )
    for service in campus.service:
        if service.protocol is None and service.port in fragile_ports():
            yield text(
                "service {id}: port {port} is touched only where protocol says what stands there",
                id=service.id,
                port=service.port,
            )


def _credentials(campus: Campus) -> Iterator[Text]:
    plain = [one.id for one in campus.credential if one.kind in {"snmp-v1", "snmp-v2c"}]
    if plain:
        yield text(
            "SNMP v1 and v2c send the community in clear text; use snmp-v3 where the device can, instead of: {ids}",
            ids=_some(plain),
        )
    v3 = [one.id for one in campus.credential if one.kind == "snmp-v3" and one.privacy is None]
    if v3:
        yield text("SNMPv3 without privacy sends its answers in clear text: {ids}", ids=_some(v3))
    accesses = (access for one in campus.device for access in (one.snmp, one.ssh, one.http))
    used = {access.credential for access in accesses if access is not None}
    used |= {str(getattr(one.store, "credential", "")) for one in campus.log_source}
    unused = [one.id for one in campus.credential if one.id not in used]
    if unused:
        yield text("used by no device, the credentials: {ids}", ids=_some(unused))


def _files(campus: Campus) -> Iterator[Text]:
    keys = [one.key_file for one in campus.credential if isinstance(one, SshCredential) and one.key_file]
    lost = [key for key in keys if not Path(key).is_file()]
    if lost:
        yield text("key files that are not on this machine: {paths}", paths=_some(lost))
    stores = dict.fromkeys(
        one.store.path for one in campus.log_source if isinstance(one.store, DirectoryStore | TableStore)
    )
    gone = [store for store in stores if not Path(store).is_dir()]
    if gone:
        yield text("log directories that are not on this machine: {paths}", paths=_some(gone))
    settings = campus.audit
    if "attestations" in settings.model_fields_set and not Path(settings.attestations).is_file():
        yield text("the attestations file does not exist: {path}", path=settings.attestations)


def _surveyed(campus: Campus) -> Iterator[Text]:
    """Points of surveys that maps have to leave out; that a folder cannot be read is said by the audit."""
    if campus.wifi is None or not campus.floor:
        return
    try:
        found = read(files_in(Path(campus.wifi.surveys))).points
    except OSError:
        return
    astray: Counter[str] = Counter()
    for place, points in since_anew(found).items():
        for x, y, floor in ((one.x_m, one.y_m, floor_of(campus, place, one.floor)) for one in points):
            if x is None or y is None:
                continue
            if floor is None:
                astray[""] += 1
            elif floor.width_m is not None and floor.height_m is not None:
                astray[floor.id] += is_beyond(x, y, (floor.width_m, floor.height_m))
    for id_, n in sorted((+astray).items()):
        sentence = (
            text("{n} points of surveys lie outside of the floor {id}, and are left out of its map", n=n, id=id_)
            if id_
            else text("{n} points of surveys belong to no [[floor]], and are on no map", n=n)
        )
        yield sentence


def _waivers(campus: Campus, today: date) -> Iterator[Text]:
    for waiver in campus.waiver:
        if waiver.until < today:
            yield text(
                "the waiver for {what} by {by} ended on {until} and no longer counts",
                what=" ".join(one for one in (waiver.indicator, waiver.subject) if one),
                by=waiver.by,
                until=waiver.until.isoformat(),
            )


def _some(names: Iterable[str]) -> str:
    """The names, the first twenty of many."""
    every, most = list(names), 20
    return ", ".join(every[:most]) + (f" … ({len(every)})" if len(every) > most else "")
