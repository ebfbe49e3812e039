"""What follows a measuring night: history, messages, retention. Each step can be done again and loses nothing by it.

A kill between or within the steps leaves them for the next night: the history takes in every bundle that it does not
know, messages are made for all nights since the last one told, retention looks at everything anew. One step that fails
says so and does not keep the others from being done, and the audit's result stands whatever happens here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from auditor import inventory, retention
from auditor.bundle_reader import open_bundle
from auditor.complaints import Complain
from auditor.history.record import judged
from auditor.history.store import History
from auditor.notices import words
from auditor.notices.changes import changes
from auditor.notices.outbox import Failing, Outbox, deliver
from probes.campus import Campus, NotifySettings
from probes.errors import AuditorError
from probes.text import Text, text
from probes.trouble import said_by

LOG = "night.log"
LOG_KEPT = 1024 * 1024


def remember(parent: Path, complain: Complain) -> History:
    """Bring the history up to date; a history that cannot be kept is told."""
    history = History(parent, complain)
    try:
        history.catch_up()
    except AuditorError as error:
        complain(error.text)
    return history


def after_night(campus: Campus, inventory_file: Path, bundle: Path, complain: Complain) -> None:
    """The steps after a night that came to its end."""
    parent = bundle.parent
    history = remember(parent, complain)
    steps: tuple[Callable[[], None], ...] = (
        lambda: _tell(campus, history, bundle, complain),
        lambda: _tidy(campus, parent, inventory_file, complain),
        lambda: _shorten(parent / LOG),
    )
    for step in steps:
        try:
            step()
        except AuditorError as error:
            complain(error.text)
        except OSError as error:
            complain(text("after the audit: {error}", error=said_by(error)))


def after_failure(settings: NotifySettings | None, parent: Path, school: str, why: Text, complain: Complain) -> None:
    """Tell, once, that the audit could not be done; what waits is sent in any case."""
    if settings is None:
        return
    now = datetime.now(UTC)
    try:
        outbox = Outbox.load(parent, complain)
        if "failed" in settings.about and (outbox.failing is None or outbox.failing.template != why.template):
            outbox = outbox.with_message(words.failure(why, school, settings.language), settings.to, now)
            since = now if outbox.failing is None else outbox.failing.since
            outbox = outbox.model_copy(update={"failing": Failing(since=since, template=why.template)})
            outbox.save(parent)
        _send(outbox, parent, settings, complain)
    except AuditorError as error:
        complain(error.text)


def last_settings(inventory_file: Path) -> tuple[Path, Campus] | None:
    """Directory and inventory of the newest bundle, for an inventory that can no longer be read.

    The directory is that of the inventory's default, or the one that its file still names.
    """
    parent = inventory_file.absolute().parent / _bundles_of(inventory_file)
    try:
        bundle = open_bundle(parent)
        return bundle.path.parent, inventory.restore(bundle.inventory)
    except AuditorError:
        return None


def _bundles_of(inventory_file: Path) -> str:
    import tomllib  # noqa: PLC0415  only after a failure

    try:
        named = tomllib.loads(inventory_file.read_text("utf-8"))["audit"]["bundles"]
    except (OSError, ValueError, KeyError, TypeError):
        return "bundles"
    return named if isinstance(named, str) else "bundles"


def _tell(campus: Campus, history: History, bundle: Path, complain: Complain) -> None:
    """Make the message about what changed, keep it, then send all that waits."""
    settings, parent, now = campus.notify, bundle.parent, datetime.now(UTC)
    if settings is None:
        return
    outbox = Outbox.load(parent, complain)
    assessment = judged(open_bundle(bundle))
    nights = [one for one in history.nights() if one.night is not None and one.whole]
    found = changes(nights, outbox.until, settings.before_days, campus.school.timezone)
    if outbox.failing is not None:
        since = outbox.failing.since.date().isoformat()
        again = words.recovered(campus.school.name, since, settings.language)
        outbox = outbox.with_message(again, settings.to, now).model_copy(update={"failing": None})
    told = words.message(found, settings, assessment)
    if told is not None:
        outbox = outbox.with_message(told, settings.to, now)
    if nights:
        outbox = outbox.model_copy(update={"until": nights[-1].id})
    outbox.save(parent)
    _send(outbox, parent, settings, complain)


def _send(outbox: Outbox, parent: Path, settings: NotifySettings, complain: Complain) -> None:
    if not outbox.waiting:
        return
    from auditor.notices.send import send  # noqa: PLC0415  only where there is something to send

    outbox, troubles = deliver(outbox, parent, settings.to, send, datetime.now(UTC))
    for trouble in troubles:
        complain(trouble)
    if outbox.waiting:
        complain(text("{left} messages wait and are sent again the next night", left=len(outbox.waiting)))


def _tidy(campus: Campus, parent: Path, inventory_file: Path, complain: Complain) -> None:
    writings = (inventory_file, Path(campus.audit.attestations))
    fated = retention.fates(parent, campus, datetime.now(UTC), writings)
    packed, removed = retention.carry_out(fated, parent, complain)
    if packed or removed:
        complain(text("{packed} old bundles packed, {removed} removed", packed=packed, removed=removed))


def _shorten(log: Path) -> None:
    """Keep the end of cron's log; cron's shell appends, so that the file may be written anew under it."""
    if not log.is_file() or log.stat().st_size <= 2 * LOG_KEPT:
        return
    with log.open("r+b") as file:
        file.seek(-LOG_KEPT, 2)
        end = file.read()
        file.seek(0)
        file.write(end[end.find(b"\n") + 1 :])
        file.truncate()
