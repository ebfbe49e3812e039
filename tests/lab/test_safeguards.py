"""Every test of a safeguard against the real thing: seen when it is on, not when it is off, undetermined when nobody
is there; and what went over the wire is what the plan said."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab import far_servers as servers
from tests.lab.security_net import NOBODY, OFF, ON, ROOT, SYSLOG_TLS, SecurityNet, found, security_net, until
from tests.namespaces import NoNamespacesError

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("safeguards")]

HEAD = """
[school]
name = "示例中学"
stages = ["junior"]

[audit]
bundles = "{folder}/bundles"

[controls]
allowed_by = "王校长"
until = 2099-08-31
"""

CONTROLS = """
[[control]]
id = "dns"
kind = "url_filter"
url = "http://games.test/"
neutral_url = "http://www.school.test/"
resolvers = ["{at}"]

[[control]]
id = "proxy"
kind = "url_filter"
url = "http://games.test/"
neutral_url = "http://www.school.test/"
proxy = "{at}:3128"

[[control]]
id = "eicar"
kind = "malware"
responder = "{at}:8081"

[[control]]
id = "waf"
kind = "waf"
url = "http://{at}:8080/"

[[control]]
id = "portal"
kind = "authentication"
urls = ["http://{at}:8204/a/generate_204", "http://{at}:8204/b/generate_204"]

[[control]]
id = "inbound"
kind = "inbound_deny"
responder = "{at}:5210"
secret = "file:{folder}/secret"
ports = [22, 445, 3389]

[[control]]
id = "ids"
kind = "ids_alert"
url = "http://{web}/"
log_source = "ids"
within_s = 6

[[log_source]]
id = "ids"
records = ["ids"]
store = {{ kind = "directory", path = "{folder}/ids" }}
"""

NEEDS = {
    "dns": {"dnsmasq", "nginx"},
    "proxy": {"squid", "dnsmasq", "nginx"},
    "eicar": {"clamd"},
    "waf": {"nginx", "modsecurity"},
    "portal": {"nft", "nginx"},
    "inbound": {"nft", "nginx"},
    "ids": {"suricata", "nginx"},
}

BARRIER = """
table inet barrier {
  chain in {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname "lo" accept
    log prefix "FW-DROP " group 10
  }
}
"""

ULOGD = """
[global]
logfile="stdout"
loglevel=5
plugin="{plugins}/ulogd_inppkt_NFLOG.so"
plugin="{plugins}/ulogd_raw2packet_BASE.so"
plugin="{plugins}/ulogd_filter_IFINDEX.so"
plugin="{plugins}/ulogd_filter_IP2STR.so"
plugin="{plugins}/ulogd_filter_PRINTPKT.so"
plugin="{plugins}/ulogd_output_LOGEMU.so"
stack=log1:NFLOG,base1:BASE,ifi1:IFINDEX,ip2str1:IP2STR,print1:PRINTPKT,emu1:LOGEMU
[log1]
group=10
[emu1]
file="{folder}/firewall/fw.log"
sync=1
"""


@dataclass(frozen=True)
class Findings:
    """What the three audits saw, what was planned for the first, and what it sent."""

    net: SecurityNet
    seen: dict[str, dict[str, Any]]
    planned: list[str]
    wire: list[str]


def inventory(net: SecurityNet, name: str, at: str, web: str) -> Path:
    path = net.folder / f"{name}.toml"
    path.write_text((HEAD + CONTROLS).format(folder=net.folder, at=at, web=web), "utf-8")
    return path


def audited(net: SecurityNet, path: Path) -> dict[str, Any]:
    done = net.auditor("probe", "control", "--inventory", str(path))
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["subject"].removeprefix("control:"): row for row in rows}


def nft(net: SecurityNet, rules: str) -> None:
    words = net.cable.command(net.cable.near, [str(found("nft")), "-f", "-"])
    subprocess.run(words, input=rules, text=True, check=True, capture_output=True)


def firewall(net: SecurityNet) -> None:
    """A barrier on the auditor's own host, and ulogd2 that writes down what it drops."""
    plugins = next(iter(sorted(Path("/usr/lib").glob("*/ulogd"))), None)
    (net.folder / "firewall").mkdir()
    if "ulogd" not in net.absent and plugins is not None:
        (net.folder / "ulogd.conf").write_text(ULOGD.format(plugins=plugins, folder=net.folder), "utf-8")
        net.start("ulogd", [str(found("ulogd")), "-c", str(net.folder / "ulogd.conf")], where=net.cable.near)
        until("ulogd listens", (net.folder / "firewall" / "fw.log").exists)
    nft(net, BARRIER)


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Findings]:
    folder = tmp_path_factory.mktemp("security")
    (folder / "secret").write_text(servers.SECRET, "utf-8")
    try:
        with security_net(folder) as net:
            on, off, down = (
                inventory(net, name, at, web)
                for name, at, web in (("on", ON, ON), ("off", OFF, ON), ("down", NOBODY, NOBODY))
            )
            if "nft" not in net.absent:
                firewall(net)
            plan = json.loads(net.auditor("audit", str(on), "--only", "control", "--dry-run", "--json").stdout)
            words = [sys.executable, "-u", str(ROOT / "tests" / "lab" / "capture.py"), "eth0"]
            tap = net.start("tap", words, where=net.cable.near, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert tap.stdout is not None
            assert tap.stdout.readline() == b"ready\n"
            seen = {"on": audited(net, on)}
            wire, _ = tap.communicate(timeout=30)
            net.daemons.pop("tap")
            if "nft" not in net.absent:
                nft(net, "flush ruleset")
            net.stop("suricata")
            seen["off"] = audited(net, off)
            seen["down"] = audited(net, down)
            yield Findings(
                net, seen, [line for task in plan["tasks"] for line in task["sends"]], wire.decode().splitlines()
            )
    except NoNamespacesError as error:
        pytest.skip(str(error))


def need(findings: Findings, control: str) -> None:
    absent = sorted(NEEDS[control] & findings.net.absent)
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")


@pytest.mark.parametrize("control", NEEDS)
def test_a_safeguard_that_is_on_is_seen_to_work(findings: Findings, control: str) -> None:
    need(findings, control)
    row = findings.seen["on"][control]
    assert row["status"] == "ok", row["detail"]
    assert row["value"]["conclusion"] == "works", row["value"]
    assert row["value"]["detected" if control == "ids" else "blocked"] is True
    assert row["value"]["sent"]
    assert row["raw"]


@pytest.mark.parametrize("control", NEEDS)
def test_a_safeguard_that_is_off_is_seen_not_to(findings: Findings, control: str) -> None:
    need(findings, control)
    row = findings.seen["off"][control]
    assert row["status"] == "ok", row["detail"]
    assert row["value"]["conclusion"] == "does_not_work", row["value"]


@pytest.mark.parametrize("control", NEEDS)
def test_where_nobody_is_nothing_is_concluded(findings: Findings, control: str) -> None:
    need(findings, control)
    row = findings.seen["down"][control]
    assert (row["status"], row["value"]) == ("unavailable", None)
    assert row["reason"] in {"no_answer", "name_not_found"}
    assert row["raw"]


def test_what_was_sent_is_exactly_what_the_plan_said(findings: Findings) -> None:
    """Every request and question on the wire is a line of the plan, and no connection goes anywhere else."""
    planned = {line.partition(" (")[0].partition(" through ")[0] for line in findings.planned}
    ends = {f"{ON}:{port}" for port in (80, 3128, 8080, 8081, 8204, 5210)}
    asked: set[str] = set()
    for line in findings.wire:
        word, _, rest = line.partition(" ")
        if word == "SYN":
            assert rest in ends, line
        elif word == "DNS":
            name, _, server = rest.partition(" ")
            asked.add(f"DNS A {name} @{server}")
        else:
            assert word in {"GET", "POST"}, line
            url = rest.rpartition(" ")[0]
            marked = url.partition("campus-audit=cac1-")
            asked.add(
                f"{word} {marked[0]}campus-audit=<marker>&{marked[2].partition('&')[2]}"
                if marked[1]
                else f"{word} {url}"
            )
    assert asked <= planned
    installed = not findings.net.absent
    assert not installed or asked == planned


def test_the_firewalls_own_log_shows_the_knocks_that_were_planned(findings: Findings) -> None:
    if {"nft", "ulogd"} & findings.net.absent:
        pytest.skip("nftables or ulogd2 is not installed")
    log = (findings.net.folder / "firewall" / "fw.log").read_text("utf-8", "replace")
    dropped = [line for line in log.splitlines() if "FW-DROP" in line and f"SRC={ON}" in line]
    ports = {line.partition("DPT=")[2].partition(" ")[0] for line in dropped}
    assert {"22", "445", "3389"} <= ports
    assert len(ports) == 5  # and two free ones on which the auditor listened


def test_markers_sent_by_syslog_and_http_are_found_where_real_servers_wrote_them(findings: Findings) -> None:
    net = findings.net
    if {"rsyslogd", "nginx"} & net.absent:
        pytest.skip("rsyslog or nginx is not installed")
    path = net.folder / "canary.toml"
    over_tls = f', {{ address = "{ON}", protocol = "tls" }}' if SYSLOG_TLS else ""
    channels = 2 + bool(SYSLOG_TLS)
    path.write_text(
        HEAD.format(folder=net.folder)
        + f"""
[[log_source]]
id = "central"
records = ["system"]
store = {{ kind = "directory", path = "{net.folder}/central" }}

[[log_source]]
id = "gateway"
records = ["behaviour"]
store = {{ kind = "directory", path = "{net.folder}/gateway" }}

[canary]
syslog = [{{ address = "{ON}" }}, {{ address = "{ON}", protocol = "tcp" }}{over_tls}]
url = "http://{ON}/"
log_sources = ["central", "gateway"]

[[drill]]
id = "wired"
url = "http://{ON}/index.html"
log_sources = ["gateway"]
""",
        "utf-8",
    )
    sent = net.auditor("probe", "marker", "--inventory", str(path))
    assert [json.loads(line)["status"] for line in sent.stdout.splitlines()] == ["ok"] * (channels + 1), (
        sent.stdout + sent.stderr
    )
    central = net.folder / "central" / "all.log"
    until("rsyslog has written", lambda: central.exists() and central.read_bytes().count(b"cac1-") == channels)
    read = net.auditor("probe", "canary", "--inventory", str(path))
    rows = {row["subject"]: row["value"] for row in map(json.loads, read.stdout.splitlines())}
    assert {name: (row["days_found"], row["forged"], row["replayed"]) for name, row in rows.items()} == {
        "log:central": (1, 0, 0),
        "log:gateway": (1, 0, 0),
    }
    drill = net.auditor("drill", str(path), "--json")
    assert drill.returncode == 0, drill.stderr
    value = json.loads(drill.stdout)["value"]
    assert (value["found"], value["fields"]) == (True, ["time", "ip"])
    assert value["delay_s"] < 60
