"""Access points as their controller lists them: online or not, how many clients, how strong, and in which place.

A controller that lists only those that are online (Ruijie's) says by its counters how many there are besides; the
counters are reported for themselves (``access_point_count``), so that a list without a single failure is not taken
for a network without one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence

from probes.campus import Device, Role
from probes.consult import Answer, Consultation, consult
from probes.dialect import Said
from probes.dialect.amounts import as_number
from probes.errors import TransportError
from probes.kinds import AccessPoint, AccessPointCount
from probes.observation import Method, Observation, Reason
from probes.probe import Context, probe
from probes.text import text
from probes.wireless.stations import Clients, address, by_access_point
from probes.wireless.where import place_of

COUNTS = ("online", "offline", "total", "clients")


def _controls(device: Device) -> bool:
    return device.role is Role.WIRELESS_CONTROLLER


@probe(
    yields="access_point", on="device", only=_controls, touch="read", timeout_s=300.0, expected_s=5.0, expected_mb=0.5
)
async def access_points(ctx: Context, device: Device) -> AsyncIterator[Observation]:
    """Read the list of access points and the counters of a wireless controller.

    Access points of the same name are told apart by a number behind it; one without a name is called after its
    controller.
    """
    async with consult(ctx, device) as asked:
        listed, problem = await _asked(asked)
        counted = await _counted(asked, len(listed.rows))
        raw = asked.keep()
        # What follows are people's devices: it is counted, and not kept.
        served = await _served(asked) if listed.rows else {}
    names = _names(device, listed.rows)
    for name, row in zip(names, listed.rows, strict=True):
        online = _online(row, counted)
        if online is None:
            detail = text("controller {device} lists it without saying whether it is online", device=device.id)
            yield ctx.unavailable(Reason.UNEXPECTED_ANSWER, detail, subject=f"ap:{name}", raw=raw)
        else:
            value = _access_point(ctx, device, row, served, online=online)
            yield ctx.observe(value, subject=f"ap:{name}", method=Method.READ, raw=raw)
    if counted is not None:
        yield ctx.observe(counted, method=Method.READ, raw=raw)
    if listed.rows or (counted is not None and not counted.total and not counted.online):
        return
    if problem is not None:
        yield ctx.unavailable(problem.reason, problem.text, raw=raw)
    elif listed.understood:
        detail = text("controller {device} lists no access point", device=device.id)
        yield ctx.unavailable(Reason.EMPTY, detail, raw=raw)
    else:
        detail = text(
            "controller {device} ({title}) shows no list of access points: look whether its SNMP view, or the rights"
            " of its login, hide it",
            device=device.id,
            title=asked.dialect.title,
        )
        yield ctx.unavailable(Reason.VIEW_TOO_NARROW, detail, raw=raw)


async def _asked(asked: Consultation) -> tuple[Answer, TransportError | None]:
    try:
        return await asked.ask("access_points"), None
    except TransportError as error:
        return Answer(), error


async def _counted(asked: Consultation, listed: int) -> AccessPointCount | None:
    try:
        rows = (await asked.ask("access_point_count")).rows
    except TransportError:
        return None
    if not rows:
        return None
    said = {name: _summed(rows, name) for name in COUNTS}
    if said["total"] is None and said["online"] is not None and said["offline"] is not None:
        said["total"] = said["online"] + said["offline"]
    if said["offline"] is None and said["online"] is not None and said["total"] is not None:
        said["offline"] = max(said["total"] - said["online"], 0)
    return AccessPointCount(**said, listed=listed)


async def _served(asked: Consultation) -> Mapping[str, Clients]:
    try:
        return by_access_point((await asked.ask("stations")).rows)
    except TransportError:
        return {}  # the list of access points counts without it


def _online(row: Said, counted: AccessPointCount | None) -> bool | None:
    """Whether the list says that it is online, or the counter that all of those listed are, or none."""
    state = row.groups.get("state")
    if state is not None:
        return state == "online"
    if counted is None or counted.online is None:
        return None
    return {counted.listed: True, 0: False}.get(counted.online)


def _access_point(
    ctx: Context, device: Device, row: Said, served: Mapping[str, Clients], *, online: bool
) -> AccessPoint:
    said: Mapping[str, str] = row.groups
    own = served.get(address(said.get("mac", ""))) or served.get(said.get("name", ""))
    clients = _whole(said.get("clients"))
    return AccessPoint(
        controller=device.id,
        online=online,
        clients=own.number if clients is None and own is not None else clients,
        clients_heard=None if own is None else own.heard,
        client_rssi_dbm=None if own is None else own.rssi_dbm,
        model=said.get("model", ""),
        place=place_of(said.get("name", ""), said.get("location", ""), ctx.campus.place),
    )


def _names(device: Device, rows: Sequence[Said]) -> list[str]:
    """What each row goes by; the second of a name gets a number."""
    met: Counter[str] = Counter()
    names = []
    for row in rows:
        name = row.groups.get("name") or f"{device.id}-?"
        met[name] += 1
        names.append(name if met[name] == 1 else f"{name}#{met[name]}")
    return names


def _summed(rows: Sequence[Said], name: str) -> int | None:
    """A counter, added up where each node of a cluster counts for itself."""
    counts = [count for row in rows if (count := _whole(row.groups.get(name))) is not None]
    return sum(counts) if counts else None


def _whole(said: str | None) -> int | None:
    number = as_number(said) if said is not None else None
    return int(number) if number is not None and number >= 0 else None
