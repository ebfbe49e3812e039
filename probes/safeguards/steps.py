"""What a test is going to send, as values: the plan lists them, and nothing else can be sent.

A test gets its steps from the same function as the plan. Its ``Attempt`` carries out steps of that list only, each
no more often than it says, and writes down what was sent and what was seen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from probes.observation import Reason
from probes.text import Text
from probes.transport.exchange import Answer, Request, exchange
from probes.wayout.names import NoNameError, resolver


@dataclass(frozen=True)
class Lookup:
    """A question for the IPv4 address of a name, to these servers in turn, or to this machine's own resolver."""

    name: str
    servers: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The question as a plan writes it."""
        return f"DNS A {self.name} @{', '.join(self.servers) or 'own resolver'}"


@dataclass(frozen=True)
class Step:
    """Something to be sent, how often at most, and what has to happen for it to be sent at all."""

    what: Lookup | Request
    times: int = 1
    condition: str = ""

    @property
    def line(self) -> str:
        """The step as a plan writes it."""
        often = f" (up to {self.times} times)" if self.times > 1 else ""
        return self.what.line + often + (f", only if {self.condition}" if self.condition else "")


@dataclass(frozen=True)
class Verdict:
    """What a test concludes.

    Attributes:
        works: whether the safeguard did its work; ``None`` where the test does not tell.
        why: the sentence, for the undecided also what to do.
        reason: why it is undecided.
        blocked: as in ``probes.kinds.Control``.
        detected: the same.
        evidence: the decisive particulars, as they were seen.
    """

    works: bool | None
    why: Text = field(default_factory=lambda: Text(""))
    reason: Reason = Reason.UNEXPECTED_ANSWER
    blocked: bool | None = None
    detected: bool | None = None
    evidence: Text = field(default_factory=lambda: Text(""))


def blocked(evidence: Text) -> Verdict:
    """It was stopped."""
    return Verdict(works=True, blocked=True, evidence=evidence)


def passed(evidence: Text) -> Verdict:
    """It went through."""
    return Verdict(works=False, blocked=False, evidence=evidence)


def undecided(why: Text, reason: Reason = Reason.UNEXPECTED_ANSWER) -> Verdict:
    """The test proves nothing, and why."""
    return Verdict(works=None, why=why, reason=reason)


def needs_lookup(host: str) -> bool:
    """Whether a host is a name.

    >>> needs_lookup("10.0.0.1"), needs_lookup("www.school.example")
    (False, True)
    """
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def host_and_port(value: str) -> tuple[str, int]:
    """``host:port`` of an inventory, taken apart.

    >>> host_and_port("[fd00::1]:80")
    ('fd00::1', 80)
    """
    host, _, port = value.rpartition(":")
    return host.strip("[]"), int(port)


def visit_steps(request: Request, servers: tuple[str, ...] = (), *, times: int = 1, condition: str = "") -> list[Step]:
    """The steps of asking for one page: its name where it has one, and the request."""
    steps = [Step(request, times, condition)]
    if request.proxy is None and needs_lookup(request.host):
        steps.insert(0, Step(Lookup(request.host, servers), 1, condition))
    return steps


class StrayStepError(Exception):
    """A test wanted to send what its plan does not list: a mistake in the program."""


class Attempt:
    """Carries out the steps of one test and remembers them. Blocking, so use it in a thread."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._left = Counter({step.what: step.times for step in steps})
        self._addresses: dict[Lookup, tuple[str, ...] | NoNameError] = {}
        self.log: list[tuple[str, str]] = []

    def look_up(self, lookup: Lookup) -> tuple[str, ...]:
        """The addresses of a name; asked once.

        Raises:
            NoNameError: there is none, or no server answered.
        """
        if lookup not in self._addresses:
            self._use(lookup)
            try:
                self._addresses[lookup] = resolver(lookup.servers)(lookup.name, 4)
            except NoNameError as error:
                self._addresses[lookup] = error
            found = self._addresses[lookup]
            self.log.append((lookup.line, str(found) if isinstance(found, NoNameError) else ", ".join(found)))
        found = self._addresses[lookup]
        if isinstance(found, NoNameError):
            raise found
        return found

    def ask(self, request: Request, address: str | None = None) -> Answer:
        """Send one request to an address, or to that of the host where it is none."""
        self._use(request)
        answer = exchange(request, address)
        self.log.append((request.line, answer.line))
        return answer

    def visit(self, request: Request, servers: tuple[str, ...] = ()) -> Answer:
        """Look the host's name up where that is needed, and send the request.

        A name without an address is an answer, too: unreachable.
        """
        address = None
        if request.proxy is None and needs_lookup(request.host):
            try:
                address = self.look_up(Lookup(request.host, servers))[0]
            except NoNameError as error:
                return Answer("unreachable", str(error))
        return self.ask(request, address)

    def replace(self, planned: Request, made: Request) -> None:
        """Put a request, whose body can only be made now, in the place of the planned one: same address and method."""
        if (planned.url, planned.method) != (made.url, made.method):
            raise StrayStepError(f"not in the plan: {made.line}")
        self._left[made] += self._left.pop(planned, 0)

    def note(self, sent: str, seen: str) -> None:
        """Write down what was done by other means."""
        self.log.append((sent, seen))

    def transcript(self) -> str:
        """Everything sent and seen, as JSON."""
        return json.dumps([{"sent": sent, "seen": seen} for sent, seen in self.log], ensure_ascii=False, indent=1)

    def _use(self, what: Lookup | Request) -> None:
        if self._left[what] <= 0:
            raise StrayStepError(f"not in the plan: {what.line}")
        self._left[what] -= 1
