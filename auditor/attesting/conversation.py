"""The questions at a terminal: indicator by indicator, what is worth most first; each answer is on disk at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from auditor.attesting.answer import claim_word, day_of, name_of, note_of, points_of
from auditor.attesting.dates import Asked, Given, asked, last_day
from auditor.attesting.documents import MOST, Kept, from_file
from auditor.attesting.draft import Draft, checked, level_of, take
from auditor.attesting.errors import AnswerError
from auditor.attesting.ledger import Ledger
from auditor.attesting.listing import basis, score_line
from auditor.attesting.questions import Question, open_questions, question
from auditor.attesting.standing import Stand, Standing
from probes.errors import AuditorError
from probes.text import Text, text
from reports.edition import Language
from reports.language import say
from reports.polish import Speaker
from reports.wording import label_of, points
from rules.rubric import Indicator

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
_CHOICES = {"m": "met", "p": "partly", "n": "not_met"}


class Leave(Exception):  # noqa: N818  no error: the person has had enough
    """Asked to stop."""


class Conversation:
    """Asks until nothing is open or the person leaves.

    Ctrl-C, or the end of the input, gives up the answer that is being typed and nothing else; the next start asks what
    is then open.
    """

    def __init__(
        self, stand: Stand, ledger: Ledger, language: Language, *, by: str = "", console: Console | None = None
    ) -> None:
        from rich.console import Console  # noqa: PLC0415  only at a terminal

        self._stand = stand
        self._ledger = ledger
        self._language: Language = language
        self._by = by
        self._console = console or Console(highlight=False)
        self._skipped: set[str] = set()
        self._taken = 0

    def run(self, only: str | None = None) -> int:
        """Ask about everything that is open, or about one indicator whether it is open or not; 0 in the end."""
        try:
            while (asked_ := self._next(only)) is not None:
                self._ask(*asked_)
                if only is not None and (self._taken or self._skipped):
                    break
            else:
                self._tell(text("nothing more is open that people could attest"))
        except (Leave, KeyboardInterrupt, EOFError):
            self._console.print()
        self._tell(text("{n} answers are written; run it again to go on", n=self._taken))
        self._tell(score_line(self._stand.now()))
        return 0

    def _next(self, only: str | None) -> tuple[Standing, Indicator, Question | None] | None:
        standing = self._stand.now()
        if only is not None:
            finding = standing.assessment.finding(only)
            return standing, finding.indicator, question(finding)
        left = [one for one in open_questions(standing.assessment) if one.indicator not in self._skipped]
        if not left:
            return None
        if not self._taken and not self._skipped:
            self._tell(score_line(standing))
            self._tell(basis(standing))
            self._tell(text("{n} indicators are open; Enter leaves one for later, q ends", n=len(left)))
        return standing, left[0].finding.indicator, left[0]

    def _ask(self, standing: Standing, indicator: Indicator, open_: Question | None) -> None:
        """One indicator, from its text to the written answer."""
        self._show(standing, indicator, open_)
        choice = self._until_good(text("[m] met  [p] partly  [n] not met  [Enter] later  [q] quit"), _choice)
        if not choice:
            self._skipped.add(indicator.id)
            return
        draft = Draft(indicator.id, choice, self._by)
        draft = replace(draft, criterion=self._which_part(indicator, open_))
        if choice == "partly":
            given = self._until_good(text("points (Enter: not stated, nothing is proven)"), _optional(points_of))
            draft = replace(draft, points=given)
        questions = asked(self._ledger.rubric, indicator.id, draft.criterion or None) if choice != "not_met" else ()
        for one in questions:
            draft = self._dated(one, draft, standing)
        papers = self._papers(indicator) if choice != "not_met" else ()
        draft = replace(draft, note=self._until_good(text("note (may be empty)"), note_of))
        draft = replace(draft, by=self._name())
        self._write(draft, papers, standing)

    def _show(self, standing: Standing, indicator: Indicator, open_: Question | None) -> None:
        finding, language = standing.assessment.finding(indicator.id), self._language
        self._console.rule(f"{indicator.id}", align="left")
        self._plain(label_of(indicator, language), style="bold")
        gain = open_.gain if open_ is not None else None
        if gain is not None:
            self._tell(text("worth {most}; {gain} still to be won", most=points(indicator.points), gain=points(gain)))
        wanted = indicator.evidence if language == "zh" else indicator.evidence_en
        self._tell(text("evidence asked for: {evidence}", evidence=wanted))
        for reason in Speaker(language, 90).reasons(finding)[:6]:
            self._plain(f"  · {reason}")

    def _which_part(self, indicator: Indicator, open_: Question | None) -> str:
        """The criterion, where there are several that people may speak of; empty for all of it."""
        parts = [one.criterion for one in open_.parts] if open_ is not None else list(indicator.criterion)
        if len(indicator.criterion) == 1:
            return ""
        for number, one in enumerate(parts, 1):
            self._plain(f"  {number}. {label_of(one, self._language)} ({points(one.points)})")

        def chosen(given: str) -> str:
            if not given:
                return ""
            if not (given.isascii() and given.isdigit() and 1 <= int(given) <= len(parts)):
                raise AnswerError(text("a number from 1 to {n}, or Enter", n=len(parts)))
            return parts[int(given) - 1].id

        return self._until_good(text("only for one part: its number (Enter: for all of it)"), chosen)

    def _dated(self, one: Asked, draft: Draft, standing: Standing) -> Draft:
        label = one.label(self._language)
        self._plain(one.reason(self._language), style="dim")
        while True:
            day = self._until_good(Text("{label} (2026-09-01)", {"label": label}), _optional(day_of))
            level = ""
            if day and one.levels:
                levels = ", ".join(map(str, one.levels))
                level = self._until_good(text("level of the system (等级): {levels}", levels=levels), str.strip)
            try:
                given = {one.id: Given(day_of(day), level_of(level))} if day else {}
                last_day((one,), given, draft.criterion or None, draft.claim, standing.today)
            except AnswerError as error:
                self._tell(error.text, style="red")
                continue
            return replace(draft, dates={**draft.dates, one.id: day}, levels={**draft.levels, one.id: level})

    def _papers(self, indicator: Indicator) -> tuple[Kept, ...]:
        found: list[Kept] = []

        def kept(given: str) -> Kept | None:
            path = given.strip().strip("'\"")
            if not path:
                return None
            try:
                return from_file(Path(path).expanduser(), self._ledger.folder, indicator.id)
            except RuntimeError as error:
                raise AnswerError(text("{path}: no such file", path=path)) from error

        while len(found) < MOST:
            paper = self._until_good(text("document, its path (Enter: no more)"), kept)
            if paper is None:
                break
            found.append(paper)
            self._plain(f"  ✓ {paper.path}  {paper.sha256[:12]}", style="green")
        return tuple(found)

    def _name(self) -> str:
        prompt = (
            text("who vouches for it [{name}]", name=self._by)
            if self._by
            else text("who vouches for it (name, office)")
        )
        self._by = self._until_good(prompt, lambda given: name_of(given or self._by))
        return self._by

    def _write(self, draft: Draft, papers: tuple[Kept, ...], standing: Standing) -> None:
        before = standing.assessment.score
        try:
            checked(draft, self._ledger.rubric, standing.today)
            take(draft, papers, self._ledger, standing.today, through="terminal", now=datetime.now(UTC))
        except AuditorError as error:
            self._tell(error.text, style="red")
            self._tell(text("this answer was not written; it is asked again"))
            return
        self._taken += 1
        self._skipped.add(draft.indicator)
        after = self._stand.now().assessment.score
        told = text(
            "written: proven {before} → {after}, at most {most}",
            before=points(before.proven),
            after=points(after.proven),
            most=points(after.possible),
        )
        self._tell(told, style="green")

    def _until_good(self, prompt: Text, parse: Callable[[str], T]) -> T:
        """Ask until the answer can be understood."""
        while True:
            self._tell(prompt, end="> ")
            given = self._console.input()
            if given.strip().lower() == "q" and parse is _choice:
                raise Leave
            try:
                return parse(given)
            except AnswerError as error:
                self._tell(error.text, style="red")

    def _tell(self, sentence: Text, *, style: str = "", end: str = "\n") -> None:
        self._plain(say(sentence, self._language), style=style, end=end)

    def _plain(self, words: str, *, style: str = "", end: str = "\n") -> None:
        """Words that may be a device's or a person's: markup in them stays text."""
        self._console.print(words, style=style or None, end=end, markup=False)


def _choice(given: str) -> str:
    word = given.strip().lower()
    if word in _CHOICES:
        return _CHOICES[word]
    return claim_word(word) if word else ""


def _optional(parse: Callable[[str], object]) -> Callable[[str], str]:
    """The words themselves, if they can be understood or are empty."""

    def checked_(given: str) -> str:
        if given.strip():
            parse(given)
        return given.strip()

    return checked_
