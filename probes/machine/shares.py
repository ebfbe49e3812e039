"""Shares in per cent out of what devices count: used, free, total, idle."""

from __future__ import annotations

from collections.abc import Mapping

from probes.dialect.amounts import as_number
from probes.kinds import Disk

WHOLE = 100.0


def cpu_percent(said: Mapping[str, str]) -> float | None:
    """The load of a processor.

    >>> cpu_percent({"cpu_percent": "7%"}), cpu_percent({"cpu_idle_percent": "93"}), cpu_percent({"cpu_percent": "255"})
    (7.0, 7.0, None)
    """
    idle = _percent(said.get("cpu_idle_percent"))
    return _percent(said.get("cpu_percent")) if idle is None else WHOLE - idle


def memory_percent(said: Mapping[str, str]) -> float | None:
    """How much of a memory is used.

    >>> memory_percent({"memory_total_mb": "2048", "memory_free_mb": "512"})
    75.0
    """
    return _used(said, "memory")


def disk(said: Mapping[str, str]) -> Disk | None:
    """A disk of which anything is told."""
    percent, total, free = _used(said, "disk"), _amount(said, "disk_total_mb"), _amount(said, "disk_free_mb")
    used = _amount(said, "disk_used_mb")
    if total is None and free is not None and used is not None:
        total = free + used
    if free is None and total is not None:
        free = total - used if used is not None else None if percent is None else total * (1 - percent / WHOLE)
    if percent is None and free is None:
        return None
    return Disk(name=said.get("part", ""), percent=percent, free_mb=_round(free), total_mb=_round(total))


def share(used: float, total: float) -> float | None:
    """Used of total in per cent; ``None`` for a total that can be none."""
    return round(min(max(used / total, 0.0), 1.0) * WHOLE, 1) if total > 0 else None


def _used(said: Mapping[str, str], what: str) -> float | None:
    percent = _percent(said.get(f"{what}_percent"))
    if percent is not None:
        return percent
    total, used, free = (_amount(said, f"{what}_{part}_mb") for part in ("total", "used", "free"))
    if total is None and used is not None and free is not None:
        total = used + free
    if used is None and total is not None and free is not None:
        used = total - free
    return share(used, total) if used is not None and total is not None else None


def _percent(said: str | None) -> float | None:
    number = as_number(said) if said is not None else None
    return number if number is not None and 0 <= number <= WHOLE else None


def _amount(said: Mapping[str, str], name: str) -> float | None:
    number = as_number(said[name]) if name in said else None
    return number if number is not None and number >= 0 else None


def _round(amount: float | None) -> float | None:
    return None if amount is None else round(max(amount, 0.0), 1)
