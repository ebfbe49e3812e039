"""How the nightly run goes, on one screen: the timer, the last run and its result, the next one, what to look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from auditor import stamp
from auditor.notices.outbox import Outbox
from auditor.schedule.jobs import Job, advice
from auditor.schedule.systemd import Systemd
from probes.campus import Campus
from probes.errors import AuditorError
from probes.text import Text, text, unplain
from reports.wording import day_and_time, points


def status_lines(
    job: Job, campus: Campus, scheduler: str, *, user: bool | None, now: datetime
) -> tuple[list[Text], bool]:
    """The lines, and whether all is well: a timer is there, and the last run came to its end."""
    parent = Path(campus.audit.bundles)
    last = stamp.load(parent)
    lines, installed = _timer(job, scheduler, user=user)
    lines += _last(last, campus)
    missed = stamp.is_missed(campus, now, last)
    if missed and installed and last is not None and last.ended is not None:
        lines.append(text("missed: the night of {when}", when=_when(stamp.due(campus, now), campus)))
    lines.append(
        text("next: {when}", when=_when(stamp.upcoming(campus, now), campus)) if installed else text("next: never")
    )
    lines += _score(parent)
    lines += _messages(parent, campus)
    lines += [text("note: {advice}", advice=one) for one in advice(job, campus)]
    return lines, installed and last is not None and last.ended is not None and last.code in {0, 1}


def _timer(job: Job, scheduler: str, *, user: bool | None) -> tuple[list[Text], bool]:
    """What is installed, and where its log is."""
    log = str(job.log)
    if scheduler == "systemd":
        systemd = Systemd.here(user=user)
        said = systemd.status(job)
        installed = said.get("timer.ActiveState") == "active"
        log = systemd.log(job)
    elif scheduler == "cron":
        from auditor.schedule import cron  # noqa: PLC0415

        installed = cron.is_enabled(job)
    else:
        from auditor.schedule import windows  # noqa: PLC0415

        installed = windows.is_enabled(job)
    if not installed:
        return [text("timer: none ({scheduler}); install it with: schedule enable", scheduler=scheduler)], False
    return [
        text(
            "timer: {name} ({scheduler}), every night at {at} ({zone})",
            name=job.name,
            scheduler=scheduler,
            at=job.at,
            zone=job.timezone,
        ),
        text("log: {log}", log=log),
    ], True


def _last(last: stamp.Stamp | None, campus: Campus) -> Iterator[Text]:
    if last is None:
        yield text("last run: none yet")
        return
    began = _when(last.began, campus)
    if last.ended is None:
        yield text("last run: begun {began}, under way or cut short (try {n})", began=began, n=last.tries)
        return
    minutes = round((last.ended - last.began).total_seconds() / 60, 1)
    yield text("last run: {began}, {minutes} minutes", began=began, minutes=minutes)
    match last.code:
        case 0:
            yield text("result: at or above the pass line")
        case 1:
            yield text("result: below the pass line")
        case _:
            why = unplain(last.said) if last.said is not None else text("exit code {code}", code=last.code)
            yield text("result: the audit failed: {why}", why=why)


def _score(parent: Path) -> Iterator[Text]:
    from decimal import Decimal  # noqa: PLC0415

    from auditor.history.store import DATABASE, History  # noqa: PLC0415

    if not (parent / DATABASE).is_file():
        return
    try:
        rows = [row for row in History(parent).scores() if row["whole"]]
    except AuditorError as error:
        yield error.text
        return
    if rows:
        proven, possible, total = (points(Decimal(rows[-1][name])) for name in ("proven", "possible", "total"))
        yield text("score: {proven} to {possible} of {total} points", proven=proven, possible=possible, total=total)


def _messages(parent: Path, campus: Campus) -> Iterator[Text]:
    if campus.notify is None:
        yield text("messages: nobody is told; see [notify] in the how-to")
        return
    try:
        outbox = Outbox.load(parent, lambda _: None)
    except AuditorError as error:
        yield error.text
        return
    last = outbox.sent[-1].subject if outbox.sent else "–"
    yield text(
        "messages: {n} receivers, {waiting} messages waiting, the last one sent: {last}",
        n=len(campus.notify.to),
        waiting=len(outbox.waiting),
        last=last,
    )


def _when(moment: datetime, campus: Campus) -> Text:
    return day_and_time(moment, campus.school.timezone)
