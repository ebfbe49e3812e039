"""The port of a room out of forwarding tables: where its panel's address is learnt at the edge of the network.

Every switch on the way to a panel has learnt its address; only the port next to the room is meant. A wrong port would
let one room's figures stand for another's, so whatever is not clear without guessing stays undetermined.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from probes.observation import Reason
from probes.port_names import canonical
from probes.switching.forwarding import Switch
from probes.text import Text, text

# A proposal: a panel, a computer, a camera, an access point and the like on a room's own small switch. More addresses
# than that sit behind a switch that serves several rooms.
MOST_AT_A_ROOM = 8
NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a place by the addresses of what is plugged in there."""

    place: str
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The port of a place, with how many other addresses are behind it."""

    place: str
    subject: str
    beside: int


@dataclass(frozen=True, slots=True)
class NotFound:
    """Why the port of a place is not known."""

    place: str
    reason: Reason
    why: Text


@dataclass(frozen=True, slots=True)
class _Seen:
    """One port behind which an address of a place has been learnt."""

    switch: Switch
    port: str

    @property
    def subject(self) -> str:
        return self.switch.subject(self.port)

    @property
    def learnt(self) -> frozenset[str]:
        return self.switch.learnt[self.port]


def locate(
    wanted: Sequence[Wanted], switches: Sequence[Switch], silent: Sequence[str], taken: Mapping[str, str]
) -> Iterator[Found | NotFound]:
    """The port of each place, or why it is not known.

    Args:
        wanted: the places.
        switches: all switches that could be read.
        silent: ids of those that could not be; a room may hang on one of them.
        taken: ports that the inventory gives to something else, with what that is.
    """
    found = [_one(one, switches, silent, taken) for one in wanted]
    for one in found:
        rivals = [
            other.place
            for other in found
            if isinstance(one, Found) and isinstance(other, Found) and other.subject == one.subject and other != one
        ]
        if isinstance(one, Found) and rivals:
            why = text(
                "behind port {port} are several rooms ({places}): a switch that the inventory does not have stands"
                " between",
                port=one.subject,
                places=_some([one.place, *rivals]),
            )
            yield NotFound(one.place, Reason.UNEXPECTED_ANSWER, why)
        else:
            yield one


def _one(
    wanted: Wanted, switches: Sequence[Switch], silent: Sequence[str], taken: Mapping[str, str]
) -> Found | NotFound:
    seen = [
        _Seen(switch, port)
        for switch in switches
        for port, addresses in switch.learnt.items()
        if addresses & wanted.addresses
    ]
    if not seen:
        return NotFound(wanted.place, Reason.EMPTY, _nowhere(wanted, switches, silent))
    edge = _nearest([one for one in seen if not _leads_on(one, switches)])
    if len(edge) != 1:
        return NotFound(wanted.place, Reason.UNEXPECTED_ANSWER, _unclear(wanted, seen, edge, silent))
    problem = _doubt(wanted, edge[0], silent, taken)
    if problem is not None:
        return NotFound(wanted.place, Reason.UNEXPECTED_ANSWER, problem)
    return Found(wanted.place, edge[0].subject, len(edge[0].learnt - wanted.addresses))


def _leads_on(seen: _Seen, switches: Sequence[Switch]) -> bool:
    """Whether the port leads to further equipment: by who is heard on it, by what it is, or by a switch behind it.

    A neighbour that does not say what it can do may be a switch, and is taken for one.
    """
    if any(one.forwards != "no" for one in seen.switch.heard.get(seen.port, ())):
        return True
    if canonical(seen.subject.partition(":")[2]).startswith("lag"):
        return True
    others = {other.own for other in switches if other is not seen.switch and other.own is not None}
    return bool(others & seen.learnt)


def _nearest(seen: Sequence[_Seen]) -> list[_Seen]:
    """Those behind which no other of them stands: a farther port has learnt all that a nearer one has, and more."""
    return [one for one in seen if not any(other.learnt < one.learnt for other in seen if other is not one)]


def _doubt(wanted: Wanted, seen: _Seen, silent: Sequence[str], taken: Mapping[str, str]) -> Text | None:
    """Why the one port left should not be believed either."""
    beside = len(seen.learnt - wanted.addresses)
    if (owner := taken.get(seen.subject)) is not None and owner != wanted.place:
        return text(
            "the address is learnt on port {port}, which the inventory gives to {owner}", port=seen.subject, owner=owner
        )
    if beside >= MOST_AT_A_ROOM:
        return text(
            "the address is learnt on port {port} together with {n} others: a switch that the inventory does not have"
            " stands between",
            port=seen.subject,
            n=beside,
        )
    if silent and beside:
        return text(
            "the address is learnt on port {port} together with {n} others, and the room may hang on one of the"
            " switches that could not be read: {silent}",
            port=seen.subject,
            n=beside,
            silent=_some(silent),
        )
    if seen.switch.cut:
        return text("the forwarding table of {device} was too long to be read whole", device=seen.switch.device.id)
    return None


def _nowhere(wanted: Wanted, switches: Sequence[Switch], silent: Sequence[str]) -> Text:
    if not any(switch.learnt for switch in switches):
        return text(
            "no switch shows a forwarding table: include 1.3.6.1.2.1.17 (BRIDGE-MIB and Q-BRIDGE-MIB) in their SNMP"
            " views"
        )
    sentence = text(
        "no switch has learnt the address given for {place} ({n} switches read): the panel may be off, or the address"
        " wrong",
        place=wanted.place,
        n=len(switches),
    )
    return text("{sentence}; not read: {silent}", sentence=sentence, silent=_some(silent)) if silent else sentence


def _unclear(wanted: Wanted, seen: Sequence[_Seen], edge: Sequence[_Seen], silent: Sequence[str]) -> Text:
    names = _some(sorted(one.subject for one in edge or seen))
    if edge:
        return text(
            "the address given for {place} is learnt on several ports: {ports}", place=wanted.place, ports=names
        )
    unread = _some(silent) if silent else text("not in the inventory")
    return text(
        "the address given for {place} is only learnt on ports that lead to other equipment ({ports}); the switch next"
        " to the room was not read: {unread}",
        place=wanted.place,
        ports=names,
        unread=unread,
    )


def _some(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:NAMES_SHOWN])
    return f"{shown}, …" if len(names) > NAMES_SHOWN else shown
