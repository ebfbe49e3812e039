"""The commands by which people say what no probe can see."""

from __future__ import annotations

from auditor.arguments.command import Command
from auditor.usage import Translate


def commands(command: Command, _: Translate) -> None:
    """Add them."""
    attest = command("attest", _("ask what only people know, indicator by indicator, and take their documents"))
    attest.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    attest.add_argument("--list", action="store_true", help=_("print what is open, and ask nothing"))
    attest.add_argument("--history", action="store_true", help=_("print who said what and when, and check the journal"))
    attest.add_argument("--json", action="store_true", help=_("with --list or --history: as one JSON document"))
    attest.add_argument("--indicator", metavar="ID", help=_("only this indicator, such as 1.4.1"))
    attest.add_argument("--criterion", metavar="PART", default="", help=_("only this part of the indicator"))
    attest.add_argument("--claim", choices=("met", "partly", "not_met"), help=_("answer without being asked"))
    attest.add_argument("--points", metavar="N", default="", help=_("with --claim partly: points"))
    attest.add_argument("--by", metavar="NAME", default="", help=_("who vouches for it"))
    attest.add_argument("--on", metavar="DATE", default="", help=_("day of the statement (default: today)"))
    attest.add_argument("--valid-until", metavar="DATE", default="", help=_("last day on which it counts"))
    attest.add_argument("--note", metavar="TEXT", default="", help=_("a remark"))
    attest.add_argument(
        "--document", metavar="FILE", action="append", default=[], help=_("a document; may be given several times")
    )
    attest.add_argument(
        "--dated",
        metavar="ID=DATE[@LEVEL]",
        action="append",
        default=[],
        help=_("a date on the documents that is asked for, such as drill=2026-05-01 or report=2026-03-01@3"),
    )
    attest.add_argument("--withdraw", action="store_true", help=_("take back what was said"))
    attest.add_argument("--why", metavar="TEXT", default="", help=_("with --withdraw: the reason"))

    desk = command("desk", _("the same as a page in the browser of this computer, with audits and reports"))
    desk.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    desk.add_argument("--port", metavar="N", type=int, default=0, help=_("TCP port (default: a free one)"))
    desk.add_argument("--idle-hours", metavar="H", type=float, default=4.0, help=_("end after so long unused"))
