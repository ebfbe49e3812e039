"""Whether a search may be made at all: the ranges, the user's word that it is authorised, and the warning before it.

GA/T 1735.1-2020 asks of a tool for checking networks that it warns of its possible influence before it begins.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from datetime import date, datetime
from ipaddress import IPv4Network
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from probes.campus import DiscoverySettings, School
from probes.discovery.interface import Interface, interfaces
from probes.discovery.ranges import MOST_IN_ALL, Area, fault_of, read_range, refused_range
from probes.errors import AuditorError
from probes.text import Text, text
from reports.edition import Language
from reports.language import say

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")


class PermissionMissingError(AuditorError):
    """The search may not be made: nobody allows it, or its ranges are none that may be searched."""

    exit_code = 2


def permitted(options: argparse.Namespace, language: Language) -> DiscoverySettings:
    """The settings of a search that somebody answers for; the warning is on stderr by then.

    Raises:
        PermissionMissingError: with the sentence against it; nothing has been sent then.
    """
    cards = [one for one in interfaces() if options.interface in {None, one.name}]
    if not cards:
        raise PermissionMissingError(_no_card(options.interface))
    ranges = _ranges(options.range, cards[0])
    leave_out = [_range(one) for one in options.leave_out]
    area = Area.of(ranges, leave_out)
    if not 0 < len(area) <= MOST_IN_ALL:
        raise PermissionMissingError(
            text("{n} addresses in all; a search takes 1 to {most}", n=len(area), most=MOST_IN_ALL)
        )
    sys.stderr.write(say(warning(area), language) + "\n")
    by, until = _authorised(options.authorised, language)
    try:
        return DiscoverySettings(
            authorised_by=by,
            until=until,
            ranges=tuple(area.ranges),
            leave_out=tuple(leave_out),
            interface=options.interface,
            listen_s=options.listen,
        )
    except ValidationError as error:
        field = str(error.errors(include_input=False)[0]["loc"][0])
        raise PermissionMissingError(text("the value for {field} is out of bounds", field=field)) from error


def warning(area: Area) -> Text:
    """What will happen to the network, and what that may do."""
    return text(
        "This searches {ranges}, {n} addresses: ARP frames (at most 1000 a second), connections to some ports and "
        "multicast questions (at most 200 a second, 5 to one host). Nothing is changed, no password is guessed, and "
        "controllers, printers' data ports and door controllers are not touched. Old or faulty equipment may still "
        "falter, and security systems may raise an alarm: tell whoever runs them, and stop with Ctrl-C.",
        ranges=", ".join(str(one) for one in area.ranges),
        n=len(area),
    )


def _no_card(name: str | None) -> Text:
    if name is None:
        return text("this computer has no network card with an IPv4 address: plug it in, or wait for DHCP")
    there = ", ".join(dict.fromkeys(one.name for one in interfaces())) or "-"
    return text("there is no card {name} with an IPv4 address; there are: {there}", name=name, there=there)


def _ranges(given: list[str], card: Interface) -> list[IPv4Network]:
    """The ranges named, or the segment that this computer is in."""
    if given:
        return [_range(words) for words in given]
    fault = fault_of(card.network)
    if fault is not None:
        refused = refused_range(str(card.network), fault)
        raise PermissionMissingError(text("{refused} (--range CIDR)", refused=refused))
    return [card.network]


def _range(words: str) -> IPv4Network:
    found = read_range(words)
    if isinstance(found, Text):
        raise PermissionMissingError(found)
    return found


def _authorised(given: str | None, language: Language) -> tuple[str, date]:
    """Who allows it and until when; asked for at a terminal, and demanded elsewhere."""
    today = datetime.now(ZoneInfo(School.model_fields["timezone"].default)).date()  # by which the search will be judged
    if given is None:
        if not sys.stdin.isatty():
            raise PermissionMissingError(
                text('say who allows this search and until when: --authorised "name and office, {day}"', day=today)
            )
        given = _ask(language)
    if not given.strip():
        raise PermissionMissingError(text("nobody allows this search, so nothing was sent"))
    until = _day(given) or today
    if until < today:
        raise PermissionMissingError(text("the authorisation ended on {until}; nothing was sent", until=until))
    return given.strip()[:200], until


def _ask(language: Language, read: Callable[[], str] = input) -> str:
    question = text("Who allows this search, and until when (name and office, YYYY-MM-DD)? Empty: nobody. ")
    sys.stderr.write(say(question, language))
    sys.stderr.flush()
    try:
        return read()
    except EOFError:
        return ""


def _day(words: str) -> date | None:
    hit = _DATE.search(words)
    if hit is None:
        return None
    try:
        return date(int(hit[1]), int(hit[2]), int(hit[3]))
    except ValueError as error:
        raise PermissionMissingError(text("“{words}” is no date, such as 2026-12-31", words=hit[0])) from error
