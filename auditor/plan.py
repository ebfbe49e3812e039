"""The plan: which probe looks at what, decided before anything touches the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from probes.campus import Campus, Device, Target, subject_of
from probes.errors import AuditorError
from probes.probe import Probe
from probes.text import Text, text


class PlanError(AuditorError):
    """A probe or subject was asked for that does not exist."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Task:
    """One probe pointed at one target."""

    probe: Probe
    target: Target
    expected_s: float
    expected_mb: float

    @property
    def subject(self) -> str:
        """The target's subject."""
        return subject_of(self.target)

    @property
    def busy(self) -> str:
        """What the limit per device counts: the device's address, or the subject itself."""
        return self.target.address if isinstance(self.target, Device) else self.subject


@dataclass(frozen=True)
class Plan:
    """All tasks, those that may run together first, then those that must run alone."""

    tasks: tuple[Task, ...]
    parallel: int

    @property
    def expected_s(self) -> float:
        """How long it will take by expectation: the exclusive ones after each other, the rest side by side."""
        alone = sum(task.expected_s for task in self.tasks if task.probe.exclusive)
        together = [task.expected_s for task in self.tasks if not task.probe.exclusive]
        return alone + max([sum(together) / self.parallel, *together])

    @property
    def expected_mb(self) -> float:
        """How much traffic it will cause by expectation, in megabytes."""
        return sum(task.expected_mb for task in self.tasks)


def targets(campus: Campus) -> dict[str, Sequence[Target]]:
    """What a probe can be pointed at, by the name that its declaration uses."""
    return {
        "device": campus.device,
        "place": campus.place,
        "uplink": campus.uplink,
        "log_source": campus.log_source,
        "service": campus.service,
        "camera": campus.camera,
        "school": (campus.school,),
    }


def make_plan(
    campus: Campus, probes: Mapping[str, Probe], *, only: Iterable[str] = (), subject: str | None = None
) -> Plan:
    """Every probe pointed at every target that has what it needs.

    Args:
        campus: what there is to look at.
        probes: by name.
        only: names of probes; all where empty.
        subject: limit to one target, as ``A-301`` or ``place:A-301``.

    Raises:
        PlanError: a probe that does not exist, or a subject that no chosen probe can be pointed at.
    """
    wanted = [_known(name, probes) for name in only] or list(probes.values())
    by_name = targets(campus)
    tasks = [
        Task(probe, target, probe.expected_s(campus), probe.expected_mb(campus))
        for probe in wanted
        for name in probe.on
        for target in by_name[name]
        if probe.applies_to(target) and (subject is None or _is(target, subject))
    ]
    if subject is not None and not tasks:
        raise PlanError(_nothing_to_do(campus, wanted, subject))
    return Plan(tuple(sorted(tasks, key=lambda task: task.probe.exclusive)), campus.audit.parallel)


def _known(name: str, probes: Mapping[str, Probe]) -> Probe:
    found = probes.get(name.strip().replace("-", "_"))
    if found is None:
        raise PlanError(text("there is no probe “{name}”; there are: {names}", name=name, names=", ".join(probes)))
    return found


def _is(target: Target, subject: str) -> bool:
    full = subject_of(target)
    return subject == full or full.partition(":")[2] == subject


def _nothing_to_do(campus: Campus, wanted: Sequence[Probe], subject: str) -> Text:
    """Why a subject gave no task: unknown to the inventory, or lacking what the probe needs."""
    by_name = targets(campus)
    for probe in wanted:
        for target in (target for name in probe.on for target in by_name[name]):
            if _is(target, subject):
                return text(
                    "{subject} lacks what the probe “{probe}” needs: {needs}",
                    subject=subject,
                    probe=probe.name,
                    needs=", ".join(probe.needs) or probe.name,
                )
    return text(
        "the inventory has no “{subject}” that {probes} could look at",
        subject=subject,
        probes=", ".join(probe.name for probe in wanted),
    )
