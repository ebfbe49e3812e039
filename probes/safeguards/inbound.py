"""Can anything but what is published be reached from outside? A helper there knocks at our own address.

Where the helper sees this computer's own address, the test listens on the ports itself while it is knocked at, so that
a port without a service is no excuse. Behind address translation it cannot, and then only silence shows a barrier: a
refusal may come from a host that the translation leads to. Silence of every port counts only where the helper could
have got through: it must reach a third party, or find open what is published.
"""

from __future__ import annotations

import hmac
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from probes.observation import Reason
from probes.safeguards.knock import (
    CHALLENGE_PATH,
    KNOCK_PATH,
    NONCE_DIGITS,
    SIGNATURE_HEADER,
    Door,
    Doors,
    ask,
    doors,
    sign,
)
from probes.safeguards.settings import InboundControl
from probes.safeguards.steps import Attempt, Step, Verdict, blocked, needs_lookup, passed, undecided, visit_steps
from probes.text import SEMICOLON, Text, listed, text
from probes.transport.exchange import Answer, Request

FREE_PORTS = 2
_OK, _TOO_SOON = 200, 429


@dataclass(frozen=True)
class _Challenge:
    nonce: str
    address: str


def steps(entry: InboundControl) -> list[Step]:
    """What the test sends; the helper's own connections are described, for it is the helper that makes them."""
    return [*visit_steps(_challenge(entry)), Step(_planned_knock(entry))]


def run(attempt: Attempt, entry: InboundControl, secret: str) -> Verdict:
    """Carry it out."""
    answer = attempt.visit(_challenge(entry))
    given = _given(answer)
    if given is None:
        why = text("the helper at {responder} gave no challenge ({seen})", responder=entry.responder, seen=answer.said)
        return undecided(why, Reason.NO_ANSWER)
    own = answer.local[0].removeprefix("::ffff:") if answer.local else ""
    is_own = own == given.address
    with _listening(own, entry.ports if is_own else ()) as (heard, free):
        body, signature = ask(secret, given.nonce, (*entry.ports, *free))
        request = Request(
            _planned_knock(entry).url,
            "POST",
            (("Content-Type", "application/json"), (SIGNATURE_HEADER, signature)),
            body,
            shown_url=_planned_knock(entry).shown_url,
        )
        attempt.replace(_planned_knock(entry), request)
        remote = answer.remote[0] if answer.remote else None
        knocked = attempt.ask(request, remote)
    seen = _seen(knocked, secret, given)
    if seen is None:
        return _no_knock(entry, knocked)
    attempt.note(f"TCP from {entry.responder} to {seen.address}", _shown(seen.ports))
    return _verdict(seen, entry, frozenset(heard) if is_own else None)


def _challenge(entry: InboundControl) -> Request:
    return Request(f"http://{entry.responder}{CHALLENGE_PATH}")


def _planned_knock(entry: InboundControl) -> Request:
    ports = ", ".join(map(str, entry.ports))
    url = f"http://{entry.responder}{KNOCK_PATH}"
    return Request(url, "POST", shown_url=f"{url} (it then tries TCP {ports} of our own address, and two free ports)")


def _given(answer: Answer) -> _Challenge | None:
    try:
        data = json.loads(answer.body) if answer.status == _OK else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    nonce, address = data.get("nonce"), data.get("address")
    good = isinstance(nonce, str) and len(nonce) == NONCE_DIGITS and isinstance(address, str)
    return _Challenge(str(nonce), str(address)) if good and not needs_lookup(str(address)) else None


def _seen(answer: Answer, secret: str, given: _Challenge) -> Doors | None:
    """The helper's answer, if it is signed, and about the address that asked."""
    if answer.status != _OK or not answer.complete:
        return None
    right = sign(secret, "answer", given.nonce, answer.body)
    found = (
        doors(answer.body) if hmac.compare_digest(right.encode(), answer.header(SIGNATURE_HEADER).encode()) else None
    )
    return found if found is not None and found.address == given.address else None


def _no_knock(entry: InboundControl, answer: Answer) -> Verdict:
    if answer.status == _TOO_SOON:
        why = text("the helper at {responder} has been asked too often; try again later", responder=entry.responder)
        return undecided(why, Reason.BUSY)
    if answer.status == 403:  # noqa: PLR2004  Forbidden
        why = text("the helper at {responder} does not accept the shared secret", responder=entry.responder)
        return undecided(why, Reason.AUTHENTICATION_FAILED)
    why = text(
        "the helper at {responder} gave no answer that it signed ({seen})", responder=entry.responder, seen=answer.said
    )
    return undecided(why, Reason.NO_ANSWER)


def _verdict(seen: Doors, entry: InboundControl, listened: frozenset[int] | None) -> Verdict:
    """What the doors say. ``listened``: ports on which we answered ourselves; ``None`` behind address translation."""
    shown = text("{what}: {seen}", what=seen.address, seen=_in_words(seen.ports))
    open_ = {port for port, door in seen.ports.items() if door == "open"}
    if open_ - set(entry.published):
        ports = ", ".join(map(str, sorted(open_ - set(entry.published))))
        return passed(text("open from outside: {ports} ({seen})", ports=ports, seen=shown))
    unpublished = {port: door for port, door in seen.ports.items() if port not in entry.published}
    refused = {port for port, door in unpublished.items() if door == "refused"}
    unclear = refused if listened is None else refused - listened
    if unclear:
        why = text(
            "ports {ports} were refused, which may also come from a host without a barrier ({seen})",
            ports=", ".join(map(str, sorted(unclear))),
            seen=shown,
        )
        return undecided(why)
    # A refusal of a port on which we listened can only come from a barrier, and shows that the helper got so far.
    if not (open_ or refused or seen.egress):
        why = text(
            "every port was silent, but whether the helper could get through is not known; start it with "
            "--safeguards-neutral, or name a published port ({seen})",
            seen=shown,
        )
        return undecided(why)
    return blocked(shown)


def _shown(ports: Mapping[int, Door]) -> str:
    return ", ".join(f"{port} {door}" for port, door in sorted(ports.items()))


def _in_words(ports: Mapping[int, Door]) -> Text:
    doors_ = (("open", text("open")), ("refused", text("refused")), ("silent", text("silent")))
    by_door = [(name, ", ".join(str(port) for port in sorted(ports) if ports[port] == door)) for door, name in doors_]
    return listed([text("{ports} {door}", ports=numbers, door=name) for name, numbers in by_door if numbers], SEMICOLON)


@contextmanager
def _listening(address: str, ports: Sequence[int]) -> Iterator[tuple[list[int], tuple[int, ...]]]:
    """Listen on those ports that are free, and on two of the system's choice; nothing without ports.

    Gives the ports listened on, and those of the system's choice among them. Who connects is let in and let go.
    """
    listeners: list[socket.socket] = []
    stop = Event()
    try:
        for port in (*ports, *([0] * FREE_PORTS if ports else [])):
            try:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                listeners.append(socket.create_server((address, port), family=family))
            except OSError:
                continue  # a service has it already, or it needs more rights
        for one in listeners:
            one.settimeout(0.1)
            Thread(target=_let_go, args=(one, stop), name="knocked-at", daemon=True).start()
        numbers = [int(one.getsockname()[1]) for one in listeners]
        yield numbers, tuple(number for number in numbers if number not in ports)
    finally:
        stop.set()
        for one in listeners:
            one.close()


def _let_go(listener: socket.socket, stop: Event) -> None:
    while not stop.is_set():
        try:
            listener.accept()[0].close()
        except TimeoutError:
            continue
        except OSError:
            return
