"""Dialects: what each vendor's words mean, as data in ``probes/dialects/*.toml``.

A dialect says how its devices are recognised, how they are spoken to, and for each purpose which objects, commands
and pages give the answer and how it is read. The vocabulary is closed: an unknown key, purpose, group or verb is
refused with file and line, and so is a command that the read-only gate would not let pass.
"""

from __future__ import annotations

from probes.dialect.answers import NOTHING, Rows, Said, command_rows, rest_rows, snmp_rows
from probes.dialect.consoles import Console, Question, Web
from probes.dialect.dialect import Dialect, DialectError, load_dialects, parse_dialect
from probes.dialect.identity import Recognised, recognise, what_it_is
from probes.dialect.readings import Command, Reading, Rest, Snmp
from probes.dialect.signs import Identity, What
from probes.dialect.vocabulary import EXPOSURES, GROUPS, KEY, ONE_WAY, Purpose

__all__ = [
    "EXPOSURES",
    "GROUPS",
    "KEY",
    "NOTHING",
    "ONE_WAY",
    "Command",
    "Console",
    "Dialect",
    "DialectError",
    "Identity",
    "Purpose",
    "Question",
    "Reading",
    "Recognised",
    "Rest",
    "Rows",
    "Said",
    "Snmp",
    "Web",
    "What",
    "command_rows",
    "load_dialects",
    "parse_dialect",
    "recognise",
    "rest_rows",
    "snmp_rows",
    "what_it_is",
]
