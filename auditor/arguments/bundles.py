"""The commands that work on a bundle and touch no network."""

from __future__ import annotations

from auditor.arguments.command import Command
from auditor.usage import Translate

FORMATS = ("html", "pdf", "xlsx", "zip", "json", "oscal", "junit", "openmetrics")
"""What ``auditor.commands.report`` can write; named here, because the parser must not import the reports."""


def commands(command: Command, _: Translate) -> None:
    """Add them."""
    judge = command("judge", _("score a bundle again, without network"))
    judge.add_argument("bundle", metavar="BUNDLE", help=_("bundle (directory or .zip)"))
    judge.add_argument("--rubric", metavar="R", help=_("another rubric: a name or a file"))
    judge.add_argument("--now", metavar="ISO", help=_("judge as if it were this time (ISO 8601)"))
    judge.add_argument("--json", action="store_true", help=_("print the result as one JSON document"))

    report = command("report", _("write a report from a bundle"))
    report.add_argument("bundle", metavar="BUNDLE", help=_("bundle (directory or .zip)"))
    report.add_argument("--format", choices=FORMATS, default="html", help=_("format of the report"))
    report.add_argument("--section", metavar="S", help=_("only this section or category, such as 信息安全"))
    report.add_argument("--redacted", action="store_true", help=_("for publication: no names, addresses or raw output"))
    report.add_argument("--reviewer", action="store_true", help=_("with score columns for review and assessment"))
    report.add_argument("--rubric", metavar="R", help=_("another rubric: a name or a file"))
    report.add_argument("--now", metavar="ISO", help=_("judge as if it were this time (ISO 8601)"))
    report.add_argument("--out", metavar="FILE", help=_("file to write; “-” is stdout"))
