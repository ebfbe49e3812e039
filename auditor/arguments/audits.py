"""The commands that touch the network."""

from __future__ import annotations

import argparse

from auditor.arguments.command import Command
from auditor.usage import Translate


def commands(command: Command, _: Translate) -> None:
    """Add them."""
    demo = command("demo", _("audit a simulated campus on loopback and leave a report"))
    demo.add_argument("--out", metavar="DIR", default="demo", help=_("where bundle and report go (default: demo)"))
    demo.add_argument("--json", action="store_true", help=_("print the result as one JSON document"))

    audit = command("audit", _("audit the campus that an inventory describes"))
    audit.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    audit.add_argument("--out", metavar="DIR", help=_("directory in which the bundle is made"))
    audit.add_argument("--only", metavar="PROBE,…", default="", help=_("only these probes"))
    audit.add_argument("--count-logs", action="store_true", help=_("count every log record, not a look into each day"))
    audit.add_argument("--night", action="store_true", help=_("as the timer of a measuring night: see [audit.night]"))
    audit.add_argument(
        "--if-missed", action="store_true", help=_("with --night: only if the last night that was due was missed")
    )
    audit.add_argument(
        "--delay", metavar="MIN", type=float, help=_("with --night: start up to so much later, by chance")
    )
    audit.add_argument("--dry-run", action="store_true", help=_("print the plan and touch nothing"))
    audit.add_argument("--json", action="store_true", help=_("print the result as one JSON document"))
    audit.add_argument("--now", metavar="ISO", help=_("judge as if it were this time (ISO 8601)"))

    inspect = command("inspect", _("audit an unknown network from this computer, without an inventory"))
    _searching(inspect, _)
    inspect.add_argument(
        "--out", metavar="DIR", default="inspection", help=_("where bundle and report go (default: inspection)")
    )
    inspect.add_argument("--json", action="store_true", help=_("print the result as one JSON document"))
    inspect.add_argument("--now", metavar="ISO", help=_("judge as if it were this time (ISO 8601)"))

    init = command("init", _("write a commented inventory from what is found on the network"))
    init.add_argument("bundle", metavar="BUNDLE", nargs="?", help=_("take it from an earlier inspect; sends nothing"))
    _searching(init, _)
    init.add_argument(
        "--to", metavar="FILE", default="inventory.toml", help=_("file to write (default: inventory.toml)")
    )

    probe = command("probe", _("run one probe; one observation a line as JSON"))
    probe.add_argument("name", metavar="NAME", help=_("name of the probe"))
    probe.add_argument("--inventory", metavar="F", required=True, help=_("inventory file (TOML)"))
    probe.add_argument("--subject", metavar="ID", help=_("only this device, place, uplink, …"))
    probe.add_argument("--count-logs", action="store_true", help=_("count every log record, not a look into each day"))

    drill = command("drill", _("send a marked request and see whether the audit logs hold it within 15 minutes"))
    drill.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    drill.add_argument("--id", metavar="ID", help=_("only this drill of the inventory"))
    drill.add_argument("--json", action="store_true", help=_("print the observations, one a line as JSON"))

    survey = command("survey", _("walk the places with a laptop and measure the Wi-Fi there, point by point"))
    _surveying(survey, _)

    sample = command("sample", _("read the uplinks' counters once; let a timer run it every 5 minutes"))
    sample.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))

    respond = command("respond", _("answer throughput tests from the other end (iperf3 protocol)"))
    respond.add_argument("--bind", metavar="ADDRESS", help=_("address to listen on (default: all, IPv4 and IPv6)"))
    respond.add_argument("--port", metavar="N", type=int, default=5201, help=_("TCP port (default: 5201)"))
    respond.add_argument("--once", action="store_true", help=_("end after one test"))
    respond.add_argument("--max-seconds", metavar="S", type=float, default=60.0, help=_("longest test allowed"))
    respond.add_argument(
        "--safeguards-port", metavar="N", type=int, help=_("also serve tests of safeguards on this TCP port")
    )
    respond.add_argument(
        "--safeguards-neutral",
        metavar="HOST:PORT",
        help=_("a third party that is connected to, to tell a barrier from being cut off"),
    )
    respond.add_argument("--max-mbps", metavar="M", type=float, help=_("highest rate allowed, in Mbit/s"))
    respond.add_argument("--max-idle", metavar="S", type=float, default=10.0, help=_("give up a test without data"))
    respond.add_argument("--secret", metavar="REF", help=_("only for who knows it: env:NAME, file:PATH or keyring:…"))


def _surveying(parser: argparse.ArgumentParser, _: Translate) -> None:
    """What a survey may be told."""
    parser.add_argument("inventory", metavar="INVENTORY", help=_("inventory file (TOML)"))
    parser.add_argument("--place", metavar="ID", help=_("measure one point of this place, and end"))
    parser.add_argument("--floor", metavar="F", help=_("the floor on which that point lies"))
    parser.add_argument(
        "--point", metavar="X,Y", help=_("where on the floor's plan, in metres from its top left corner")
    )
    parser.add_argument(
        "--again", action="store_true", help=_("what was measured in that place before no longer counts")
    )
    parser.add_argument("--scans", metavar="N", type=int, choices=range(1, 51), help=_("scans for each point"))
    parser.add_argument("--interface", metavar="IF", help=_("wireless card to use"))
    parser.add_argument("--by", metavar="NAME", help=_("who surveys (default: the user logged in)"))
    parser.add_argument("--file", metavar="FILE", help=_("survey file (default: one a day, computer and surveyor)"))
    parser.add_argument(
        "--join", metavar="SSID", help=_("at each point drop the connection and join this network, to time it and DHCP")
    )
    parser.add_argument(
        "--from", metavar="SCAN", dest="files", nargs="+", default=[], help=_("take the point from saved scans")
    )
    parser.add_argument(
        "--merge", metavar="FILE", nargs="+", default=[], help=_("make one file of several; --file says which")
    )


def _searching(parser: argparse.ArgumentParser, _: Translate) -> None:
    """What a search for hosts may be told."""
    parser.add_argument("--authorised", metavar="WORDS", help=_("who allows the search and until when, with the date"))
    parser.add_argument("--interface", metavar="IF", help=_("network card to use"))
    parser.add_argument(
        "--range", metavar="CIDR", action="append", default=[], help=_("range to search; else this computer's own")
    )
    parser.add_argument(
        "--leave-out", metavar="CIDR", action="append", default=[], help=_("addresses that must not be asked")
    )
    parser.add_argument(
        "--listen", metavar="S", type=float, default=10.0, help=_("seconds of listening first (default: 10)")
    )
    parser.add_argument(
        "--snmp", metavar="REF", action="append", default=[], help=_("SNMP community by reference, such as env:NAME")
    )
    parser.add_argument(
        "--snmp-v3", metavar="WORDS", action="append", default=[], help=_("USER,AUTH,env:KEY,PRIVACY,env:KEY")
    )
    parser.add_argument("--ssh", metavar="WORDS", action="append", default=[], help=_("USER,env:PASSWORD"))
    parser.add_argument("--school", metavar="NAME", help=_("name of the school, for the report"))
    parser.add_argument(
        "--stage",
        choices=("primary", "junior", "senior"),
        action="append",
        default=[],
        help=_("stage of the school; repeat it for several (default: junior)"),
    )
