"""Files that nothing of their own decides, decided by the younger file of their rotation.

In a file without its times two clocks may contradict each other, or years be missing, and nothing tells which is right.
Where ``fw.log`` is certain, what ends where it begins is right in ``fw.log.1``, and so on back through the numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from probes.logs.members import INSIDE
from probes.logs.scan import FileReport, Scanner
from probes.logs.timeline import TOLERANCE
from probes.logs.tree import rotation_of
from probes.logs.trust import is_certain


def decided(reports: Iterable[FileReport], scanner: Scanner) -> list[FileReport]:
    """The same reports, those that were unsure read again beside a younger file that is certain."""
    families: dict[str, dict[int, FileReport]] = defaultdict(dict)
    others = []
    for report in reports:
        family, number = rotation_of(report.file.name)
        # The members of a packed archive are gone when it has been read.
        if INSIDE in report.file.name or number in families[family]:
            others.append(report)
        else:
            families[family][number] = report
    for members in families.values():
        _decide(members, scanner)
    return [*others, *(report for members in families.values() for report in members.values())]


def _decide(members: dict[int, FileReport], scanner: Scanner) -> None:
    begin: int | None = None
    for number in sorted(members):
        report = members[number]
        if report.unsure and begin is not None:
            again = next(iter(scanner.scan(report.file, until=begin)), report)
            if again.high is not None and abs(begin - again.high) <= TOLERANCE:
                report = members[number] = again
                begin = again.low
                continue
        follows = begin is not None and report.high is not None and abs(begin - report.high) <= TOLERANCE
        begin = report.low if is_certain(report) or (follows and not report.unsure) else None
