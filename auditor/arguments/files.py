"""The commands that check what people wrote."""

from __future__ import annotations

from auditor.arguments.command import Command
from auditor.usage import Translate


def commands(command: Command, _: Translate) -> None:
    """Add them."""
    check = command("check", _("check an inventory and name every mistake"))
    check.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    check.add_argument("--connect", action="store_true", help=_("also ask every device whether it answers"))

    lint = command("lint", _("check a rubric and name every mistake"))
    lint.add_argument("rubric", metavar="RUBRIC", nargs="?", default="jiangsu-2018", help=_("a name or a file"))

    command("schema", _("print the JSON Schema of the inventory, for editors"))
