"""What a probe is: one async function with its declaration beside it, and the context that is its door to the world.

A probe looks and reports; it never judges. What goes wrong *in the network* belongs in an observation: raise a
``TransportError`` (or let the transport raise it) and the declaration turns it into an *unavailable* observation of
the target. Any other exception is a bug, and the runner fences it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Protocol

from probes.campus import Campus, Device, SecretRef, Target, subject_of
from probes.errors import TransportError
from probes.kinds import KINDS, Value
from probes.observation import Method, Observation, Reason, Status
from probes.text import Text, plain

if TYPE_CHECKING:
    from probes.transport.known_hosts import KnownHosts
    from probes.transport.snmp import SnmpSession
    from probes.transport.ssh import SshSession

Touch = Literal["passive", "read", "active"]
"""How a probe touches the network: listens, asks devices what they know, or sends test traffic."""

On = Literal["device", "place", "uplink", "log_source", "service", "camera", "school", "control", "drill", "canary"]


class World(Protocol):
    """What a context needs from the floor above: the runner's, or a test's."""

    campus: Campus
    vantage: str
    known_hosts: KnownHosts

    def now(self) -> datetime:
        """The present time, UTC."""

    def keep(self, data: bytes) -> str:
        """Store raw output (secrets struck out) and return the SHA-256 of what was stored."""

    def secret(self, reference: SecretRef) -> str:
        """The secret behind a reference; raises ``SecretError``."""


class Context:
    """A probe's only door to the world: transports, clock, credentials, and the making of observations."""

    def __init__(self, world: World, probe: Probe, target: Target) -> None:
        self.world = world
        self.probe = probe
        self.target = target
        self._started = monotonic()

    @property
    def campus(self) -> Campus:
        """The campus that is audited."""
        return self.world.campus

    def now(self) -> datetime:
        """The present time, UTC."""
        return self.world.now()

    def keep(self, data: bytes | str) -> str:
        """Keep raw output as evidence; returns its SHA-256 for ``raw=``."""
        return self.world.keep(data.encode() if isinstance(data, str) else data)

    def snmp(self, device: Device) -> AbstractAsyncContextManager[SnmpSession]:
        """A read-only SNMP session with the device, for ``async with``."""
        from probes.transport.snmp import open_session  # noqa: PLC0415  pysnmp costs 0.1 s

        return open_session(self.world, device)

    def ssh(self, device: Device) -> AbstractAsyncContextManager[SshSession]:
        """A session with the device's console over SSH, read-only, for ``async with``."""
        from probes.transport.ssh import open_session  # noqa: PLC0415  netmiko costs 0.2 s

        return open_session(self.world, device)

    def observe(
        self,
        value: Value,
        *,
        subject: str | None = None,
        method: Method = Method.MEASURED,
        raw: tuple[str, ...] = (),
        told: Text | None = None,
    ) -> Observation:
        """An observation that holds a value; its kind follows from the value's class.

        ``told`` is the sentence whose English is the value's ``evidence``, so that it can be shown in Chinese.
        """
        kind = next(name for name, cls in KINDS.items() if cls is type(value))
        sentence = None if told is None else plain(told)
        return self._seal(kind, subject, method, raw, status=Status.OK, value=value, told=sentence)

    def unavailable(
        self, reason: Reason, detail: Text | str = "", *, subject: str | None = None, raw: tuple[str, ...] = ()
    ) -> Observation:
        """An observation that says why the probe could not look; only a ``Text`` can be shown in Chinese."""
        told = plain(detail) if isinstance(detail, Text) else None
        failed = {"status": Status.UNAVAILABLE, "reason": reason, "detail": str(detail), "told": told}
        return self._seal(self.probe.yields, subject, Method.MEASURED, raw, **failed)

    def _seal(self, kind: str, subject: str | None, method: Method, raw: tuple[str, ...], **rest: Any) -> Observation:
        return Observation(
            kind=kind,
            subject=subject or subject_of(self.target),
            taken_at=self.now().astimezone(UTC),
            duration_s=round(monotonic() - self._started, 3),
            probe=self.probe.name,
            vantage=self.world.vantage,
            method=method,
            raw=raw,
            **rest,
        ).sealed()


Look = Callable[[Context, Any], AsyncIterator[Observation]]


@dataclass(frozen=True)
class Probe:
    """A probe's declaration.

    Attributes:
        name: what ``--only`` and ``campus-auditor probe`` call it.
        yields: the kind of observation.
        on: what it is pointed at; one task a target.
        needs: attributes that the target must have for the probe to apply (``snmp``, ``responder``, …).
        only: which of those targets it is meant for, where having the attributes does not tell.
        touch: passive, read or active.
        exclusive: it must run with nothing else under way, because its load would spoil other figures or lessons.
        timeout_s: seconds after which the runner gives up.
        look: the function.
        expected_s: seconds that one task takes by expectation; ``--dry-run`` adds them up.
        expected_mb: megabytes that one task moves by expectation.
        sends: what an active probe sends to one target, line by line as a plan shows it; empty where the plan does
            not list it.
    """

    name: str
    yields: str
    on: tuple[On, ...]
    needs: tuple[str, ...]
    only: Callable[[Any], bool]
    touch: Touch
    exclusive: bool
    timeout_s: Callable[[Campus], float]
    look: Look
    expected_s: Callable[[Campus], float]
    expected_mb: Callable[[Campus], float]
    sends: Callable[[Any, Campus], Sequence[str]] = lambda _target, _campus: ()

    def applies_to(self, target: Target) -> bool:
        """Whether the target has what the probe needs and is one that it is meant for."""
        return all(getattr(target, need, None) is not None for need in self.needs) and self.only(target)

    async def __call__(self, world: World, target: Target) -> AsyncGenerator[Observation, None]:
        """Look at one target; failures of transport come out as observations."""
        ctx = Context(world, self, target)
        try:
            async for observation in self.look(ctx, target):
                yield observation
        except TransportError as error:
            yield ctx.unavailable(error.reason, error.text)


def probe(  # noqa: PLR0913  a declaration names many things, and each by its keyword
    *,
    yields: str,
    on: On | tuple[On, ...],
    needs: tuple[str, ...] = (),
    only: Callable[[Any], bool] = lambda _: True,
    touch: Touch,
    exclusive: bool = False,
    timeout_s: Callable[[Campus], float] | float = 120.0,
    expected_s: Callable[[Campus], float] | float = 2.0,
    expected_mb: Callable[[Campus], float] | float = 0.1,
    sends: Callable[[Any, Campus], Sequence[str]] = lambda _target, _campus: (),
) -> Callable[[Look], Probe]:
    """Declare the function below to be a probe; its name becomes the probe's."""
    if yields not in KINDS:
        msg = f"a probe yields a kind of probes.kinds, not {yields!r}"
        raise ValueError(msg)

    def constant(value: Callable[[Campus], float] | float) -> Callable[[Campus], float]:
        return value if callable(value) else lambda _: value

    def declare(look: Look) -> Probe:
        return Probe(
            name=look.__name__,
            yields=yields,
            on=on if isinstance(on, tuple) else (on,),
            needs=needs,
            only=only,
            touch=touch,
            exclusive=exclusive,
            timeout_s=constant(timeout_s),
            look=look,
            expected_s=constant(expected_s),
            expected_mb=constant(expected_mb),
            sends=sends,
        )

    return declare


def all_probes() -> Mapping[str, Probe]:
    """Every probe in this folder, by name. A new file with a declared probe is found without further ado."""
    import probes  # noqa: PLC0415  the package itself, for its path

    found: dict[str, Probe] = {}
    for module in pkgutil.iter_modules(probes.__path__):
        if not module.ispkg:
            members = vars(importlib.import_module(f"probes.{module.name}")).values()
            found.update({member.name: member for member in members if isinstance(member, Probe)})
    return dict(sorted(found.items()))
