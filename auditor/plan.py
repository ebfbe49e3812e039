"""The plan: which probe looks at what, decided before anything touches the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.sample import sample_of
from probes.campus import Camera, Campus, Device, Place, PlaceKind, Target, subject_of
from probes.errors import AuditorError
from probes.probe import Probe
from probes.text import Text, text

_CLASSROOMS = frozenset({PlaceKind.CLASSROOM, PlaceKind.SMART_CLASSROOM})


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
        """What the limit per device counts: the device's address, a camera's recorder, or the subject itself."""
        if isinstance(self.target, Camera) and self.target.recorder is not None:
            return self.target.recorder
        return self.target.address if isinstance(self.target, Device) else self.subject


@dataclass(frozen=True)
class Plan:
    """All tasks, those that may run together first, then those that must run alone, places last.

    ``left_out`` are tests of classrooms that are not in the night's sample.
    """

    tasks: tuple[Task, ...]
    parallel: int
    left_out: tuple[Task, ...] = ()

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
        "control": campus.control,
        "drill": campus.drill,
        "canary": () if campus.canary is None else (campus.canary,),
        "school": (campus.school,),
    }


def make_plan(
    campus: Campus,
    probes: Mapping[str, Probe],
    *,
    only: Iterable[str] = (),
    subject: str | None = None,
    night: date | None = None,
) -> Plan:
    """Every probe pointed at every target that has what it needs.

    Args:
        campus: what there is to look at.
        probes: by name.
        only: names of probes; all where empty.
        subject: limit to one target, as ``A-301`` or ``place:A-301``.
        night: test only the sample of classrooms whose turn it is in this night; all where it is ``None``.

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
    left_out = _left_out(tasks, campus, night)
    chosen = [task for task in tasks if task not in left_out]
    return Plan(tuple(sorted(chosen, key=_turn)), campus.audit.parallel, left_out)


def _turn(task: Task) -> int:
    """Tests come last, and those of places after those of uplinks: a night's data must not run out before these."""
    return task.probe.exclusive + (task.probe.exclusive and isinstance(task.target, Place))


def _left_out(tasks: Sequence[Task], campus: Campus, night: date | None) -> tuple[Task, ...]:
    """The tests that must run alone, of those classrooms that are not in the night's sample."""
    if night is None:
        return ()
    tests = [
        (task, task.target)
        for task in tasks
        if task.probe.exclusive and isinstance(task.target, Place) and task.target.kind in _CLASSROOMS
    ]
    rooms = {room.id: room for _, room in tests}
    chosen = sample_of(list(rooms.values()), campus.audit.night.sample, night)
    return tuple(task for task, room in tests if room.id not in chosen)


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
