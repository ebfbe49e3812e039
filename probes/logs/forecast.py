"""How many days of log a store can hold: what is on disk plus what is free, over what a day takes."""

from __future__ import annotations

from collections.abc import Mapping

LAST_DAYS = 30
_FEWEST_DAYS = 2
LONGEST_DAYS = 36_525
"""A hundred years: what a nearly empty store holds at the rate of a nearly silent device says nothing beyond it."""


def forecast_days(bytes_by_day: Mapping[int, float], on_disk: int, free: int) -> float | None:
    """Days that the store holds when it is full, at the rate of the last 30 calendar days that have records.

    The bytes of a file, as they lie on the disk, are shared among its days by their records. Recent days are often not
    yet compressed, so the figure errs on the small side. ``LONGEST_DAYS`` at most; ``None`` with less than two days of
    records.
    """
    if not bytes_by_day:
        return None
    newest = max(bytes_by_day)
    begin = max(min(bytes_by_day), newest - LAST_DAYS + 1)
    days = newest - begin + 1
    recent = sum(size for day, size in bytes_by_day.items() if day >= begin)
    if days < _FEWEST_DAYS or recent <= 0:
        return None
    return min(round((on_disk + free) / (recent / days), 1), float(LONGEST_DAYS))
