"""Whether the campus is connected to the education network: what proves it, what rules it out, and what does neither.

*yes* needs one proof. *no* is nearly never to be had from inside: a district network's address translation hides the
way from there on, and a school with two lines sends the auditor's packets over the other. Everything else is
*undetermined*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from probes.wayout.path import Path
from probes.wayout.prefixes import Prefixes, is_public
from probes.wayout.router import Router

Verdict = Literal["yes", "no", "undetermined"]


@dataclass(frozen=True)
class Seen:
    """Everything that was seen of the way out.

    Attributes:
        addresses: public addresses of the campus, as told from outside.
        paths: traced paths.
        routers: what the devices at the edge said.
        inside_only: a page opened that opens only inside the education network; ``None`` where none was asked.
        complete: the inventory says that its list of the education network's ranges is complete.
    """

    addresses: Sequence[str] = ()
    paths: Sequence[Path] = ()
    routers: Sequence[Router] = ()
    inside_only: bool | None = None
    complete: bool = False


@dataclass(frozen=True)
class Finding:
    """The verdict, what it rests on (in plain words, for the evidence), and the address that names the network."""

    verdict: Verdict
    because: tuple[str, ...]
    address: str | None = None


def judge_education(seen: Seen, prefixes: Prefixes) -> Finding:
    """Weigh what was seen. Pure."""
    proofs = list(_proofs(seen, prefixes))
    if proofs:
        address = next((address for _, address in proofs if address), None)
        return Finding("yes", tuple(why for why, _ in proofs), address)
    missing = tuple(_missing_for_no(seen, prefixes))
    if missing:
        return Finding("undetermined", missing)
    return Finding("no", ("by the complete list, all that was seen lies outside the education network",))


def via_education(path: Path, prefixes: Prefixes) -> str | None:
    """The router of the education network that a path meets before any other public one, or ``None``.

    Only a path to a destination outside tells: to one inside, every network leads there in the end, and a carrier's
    routers before may be silent or have private addresses.
    """
    first = path.first_public
    if first is None or prefixes.knows(path.destination) or not is_public(path.destination):
        return None
    return first if prefixes.knows(first) else None


def _proofs(seen: Seen, prefixes: Prefixes) -> Iterable[tuple[str, str | None]]:
    for address in seen.addresses:
        if prefixes.knows(address):
            yield f"the public address {address} is the education network's", address
    for path in seen.paths:
        router = via_education(path, prefixes)
        if router is not None:
            yield f"the path to {path.destination} leaves through {router} of the education network", router
    for device in seen.routers:
        for clue in device.clues:
            yield f"{device.device}: {clue.what}", clue.address
    if seen.inside_only:
        yield "the page that opens only inside the education network opens", None


def _missing_for_no(seen: Seen, prefixes: Prefixes) -> Iterable[str]:
    """What stands between what was seen and a *no*; empty only when a no is certain."""
    if not seen.complete:
        yield "the inventory does not say that its list of the education network's ranges is complete"
    if not any(is_public(address) for address in seen.addresses):
        yield "no public address was learned"
    inward = [path for path in seen.paths if prefixes.knows(path.destination)]
    if not any(path.first_public and not prefixes.knows(path.first_public) for path in inward):
        yield "no path to a site of the education network was seen to leave through another network"
    for device in seen.routers:
        if device.problem:
            yield f"the device {device.device} at the edge could not be asked"
