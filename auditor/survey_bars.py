"""What a scan heard, for the person who walks: bars for the strongest networks, or one line where no terminal is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any, Self

from probes.text import text
from probes.wifi.heard import Heard
from probes.wifi.ownership import Owner
from probes.wifi.surveying import Taken
from reports.edition import Language
from reports.language import say

if TYPE_CHECKING:
    from rich.table import Table

MOST_ROWS = 16
WEAKEST_DBM, STRONGEST_DBM = -95.0, -35.0
LAYOUTS = ((100, 24, 20), (80, 18, 10), (56, 16, 8), (0, 14, 0))
"""From so many columns on, how long names and bars may be; below 80 there is no room for the security."""
WITH_SECURITY, WITH_BAND = 80, 56


class Bars:
    """Shows scan after scan."""

    def __init__(self, language: Language, title: str, of: int) -> None:
        self._language = language
        self._title = title
        self._of = of
        self._live: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415  only on a terminal
            from rich.live import Live  # noqa: PLC0415

            self._live = Live(console=Console(stderr=True), refresh_per_second=4, transient=True)
            self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.__exit__(*error)

    def show(self, number: int, taken: Taken) -> None:
        """Show one scan."""
        head = f"{self._title}  {number}/{self._of}  {self._counted(taken)}"
        if self._live is not None:
            self._live.update(self._table(head, taken.shown, self._live.console.width))
        else:
            sys.stderr.write(head + "\n")

    def _counted(self, taken: Taken) -> str:
        own = [heard for heard, owner in taken.shown if owner.own]
        suspicious = sum(bool(owner.suspicious) for _, owner in taken.shown)
        best = max((one.rssi_dbm for one in own if one.rssi_dbm is not None), default=None)
        return say(
            text(
                "own {own}, foreign {foreign}, suspicious {suspicious}; best own signal {best}",
                own=len(own),
                foreign=len(taken.shown) - len(own) - suspicious,
                suspicious=suspicious,
                best=text("not known") if best is None else text("{dbm} dBm", dbm=f"{best:g}"),
            ),
            self._language,
        )

    def _table(self, head: str, shown: Sequence[tuple[Heard, Owner]], columns: int) -> Table:
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text as Plain  # noqa: PLC0415  a name is a stranger's, and must not be markup

        table = Table(title=Plain(head), title_justify="left", box=None, pad_edge=False)
        _, longest, bar = next(one for one in LAYOUTS if columns >= one[0])
        fits = (True, True, columns >= WITH_BAND, True, True, bool(bar), columns >= WITH_SECURITY)
        names = (
            text("name of the network"),
            text("whose"),
            text("band"),
            text("channel"),
            text("signal"),
            None,
            text("security"),
        )
        for number, name in enumerate(compress(names, fits)):
            # Where it is narrow the name gives way, not the signal.
            table.add_column("" if name is None else say(name, self._language), no_wrap=number > 0)
        for heard, owner in shown[:MOST_ROWS]:
            cells = compress(self._cells(heard, owner, longest, bar), fits)
            shown_as = (Plain(one, no_wrap=True, overflow="ellipsis") for one in cells)
            table.add_row(*shown_as, style="" if owner.own else "dim")
        return table

    def _cells(self, heard: Heard, owner: Owner, longest: int, bar: int) -> tuple[str, ...]:
        whose = text("suspicious!") if owner.suspicious else text("own") if owner.own else text("foreign")
        band = "–" if heard.band_ghz is None else f"{heard.band_ghz} GHz"
        channel = "–" if heard.channel is None else str(heard.channel)
        name = heard.name[:longest] or say(text("(hidden)"), self._language)
        return name, say(whose, self._language), band, channel, _signal(heard), _bar(heard, bar), heard.security or "–"


def _signal(heard: Heard) -> str:
    if heard.rssi_dbm is not None:
        return f"{heard.rssi_dbm:.0f} dBm"
    return "–" if heard.quality_percent is None else f"{heard.quality_percent:.0f} %"


def _bar(heard: Heard, width: int) -> str:
    if heard.rssi_dbm is not None:
        share = (heard.rssi_dbm - WEAKEST_DBM) / (STRONGEST_DBM - WEAKEST_DBM)
    else:
        share = (heard.quality_percent or 0.0) / 100
    return "█" * round(width * min(max(share, 0.0), 1.0))
