"""The commands around the nightly run and what it leaves behind."""

from __future__ import annotations

from auditor.arguments.command import Command
from auditor.usage import Translate


def commands(command: Command, _: Translate) -> None:
    """Add them."""
    schedule = command("schedule", _("install the timer of the nightly run, remove it, or tell how it goes"))
    schedule.add_argument("action", choices=("enable", "disable", "status"), help=_("what to do"))
    schedule.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    schedule.add_argument(
        "--with",
        dest="scheduler",
        choices=("systemd", "cron", "windows"),
        help=_("another scheduler than the one this machine runs"),
    )
    schedule.add_argument("--user", action="store_true", help=_("systemd: your own timer, also as root"))
    schedule.add_argument("--dry-run", action="store_true", help=_("print what would be installed and touch nothing"))

    history = command("history", _("the score from night to night, or that of one indicator"))
    history.add_argument(
        "directory", metavar="DIR", nargs="?", default="bundles", help=_("directory of bundles (default: bundles)")
    )
    history.add_argument("--indicator", metavar="ID", help=_("only this indicator, such as 1.1.1"))
    history.add_argument("--last", metavar="N", type=int, default=30, help=_("so many audits (default: 30; 0: all)"))
    history.add_argument("--rebuild", action="store_true", help=_("make the database anew from the bundles"))
    history.add_argument("--json", action="store_true", help=_("print the result as one JSON document"))

    diff = command("diff", _("what changed between two audits: points won and lost, and why"))
    diff.add_argument("before", metavar="A", help=_("bundle, or a date such as 2026-11-23"))
    diff.add_argument("after", metavar="B", help=_("bundle, or a date such as 2026-11-23"))
    diff.add_argument("--dir", metavar="DIR", default="bundles", help=_("directory of bundles (default: bundles)"))
    diff.add_argument("--json", action="store_true", help=_("print the result as one JSON document"))

    whatif = command("whatif", _("what a change would earn, or the cheapest way to a number of points"))
    whatif.add_argument("bundle", metavar="BUNDLE", help=_("bundle (directory or .zip)"))
    whatif.add_argument(
        "--set",
        dest="settings",
        metavar="KIND:SUBJECT.FIELD=VALUE",
        action="append",
        default=[],
        help=_("as if this had been seen, such as port:sw-1:GE0/0/5.speed_mbps=1000 or attestation:1.4.1=met"),
    )
    whatif.add_argument("--target", metavar="POINTS", help=_("the cheapest way to so many proven points"))
    whatif.add_argument("--now", metavar="ISO", help=_("judge as if it were this time (ISO 8601)"))
    whatif.add_argument("--json", action="store_true", help=_("print the result as one JSON document"))

    notify = command("notify", _("messages about changes: send a test message, or what still waits"))
    notify.add_argument("action", choices=("test", "send"), help=_("what to do"))
    notify.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))

    prune = command("prune", _("pack and remove old bundles as [retention] in the inventory says"))
    prune.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    prune.add_argument("--dry-run", action="store_true", help=_("only tell what would be done"))
