"""Which of the classrooms are tested tonight. Pure: the same night gives the same sample.

Every switch has its share of the sample, at least one room, and goes through its rooms night by night: in an order of
its own for each round, so that neither nightly nor weekly audits come upon the same rooms for ever. Of ``b`` nights
that a round takes, any ``2 b - 1`` in a row cover every room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil

from probes.campus import Place
from probes.night.settings import RoomSampleSettings


def sample_of(rooms: Sequence[Place], settings: RoomSampleSettings, night: date) -> frozenset[str]:
    """The ids of the rooms to be tested.

    All up to ``all_up_to``; of more, ``share`` of them but at least ``all_up_to``; and at least one behind each switch
    (the device in ``port``; rooms without a port count as behind one of their own).

    Args:
        rooms: those that can be tested.
        settings: from the inventory.
        night: the date on which the night began.
    """
    if len(rooms) <= settings.all_up_to:
        return frozenset(room.id for room in rooms)
    switches: dict[str, list[str]] = {}
    for room in rooms:
        switches.setdefault((room.port or "").partition(":")[0], []).append(room.id)
    # Fraction: 0.1 of 110 is 11, not the 12 that rounding up 11.000000000000002 would give.
    size = max(settings.all_up_to, ceil(Fraction(str(settings.share)) * len(rooms)), len(switches))
    shares = _shares({switch: len(ids) for switch, ids in switches.items()}, size)
    return frozenset(id_ for switch, ids in switches.items() for id_ in _turn(switch, ids, shares[switch], night))


def _shares(rooms: Mapping[str, int], size: int) -> Mapping[str, int]:
    """How many rooms of each switch: one each, then one by one to the switch that is represented the least."""
    shares = dict.fromkeys(rooms, 1)
    for _ in range(size - len(rooms)):
        open_ = [switch for switch in rooms if shares[switch] < rooms[switch]]
        least = min(open_, key=lambda switch: (Fraction(shares[switch], rooms[switch]), switch))
        shares[least] += 1
    return shares


def _turn(switch: str, ids: Sequence[str], share: int, night: date) -> Sequence[str]:
    """The rooms of one switch whose turn it is; the last turn of a round is filled up from its beginning."""
    turns = ceil(len(ids) / share)
    cycle, turn = divmod(night.toordinal(), turns)
    order = sorted(ids, key=lambda id_: hashlib.sha256(f"{cycle}\n{switch}\n{id_}".encode()).digest())
    return [order[number % len(order)] for number in range(turn * share, (turn + 1) * share)]
