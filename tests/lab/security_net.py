"""Real security servers in a namespace: nginx with ModSecurity, Suricata, clamd, dnsmasq, squid, rsyslog, nftables.

The auditor stands in ``near``, all servers in ``far``. At 10.99.0.2 everything protects, at 10.99.0.3 the same things
are switched off, and at 10.99.0.4 nobody is. What is not installed is left out, and its tests skip.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from probes.safeguards.harmless import eicar
from tests.lab import far_servers as servers
from tests.namespaces import Cable, cable
from tests.web_servers import Authority

ON, OFF, NOBODY = servers.ON, servers.OFF, "10.99.0.4"
ROOT = Path(__file__).parents[2]
PROGRAMS = ("nginx", "suricata", "clamd", "dnsmasq", "squid", "rsyslogd", "nft", "ulogd")
MODSECURITY = Path("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so")
RULES = Path("/usr/share/modsecurity-crs/rules")
SYSLOG_TLS = any(Path("/usr/lib").glob("*/rsyslog/lmnsd_ossl.so"))


def found(program: str) -> str | None:
    """Where a program is, also for who has no /usr/sbin in the path."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def missing() -> set[str]:
    """What is not installed here."""
    absent = {one for one in PROGRAMS if found(one) is None}
    return absent if MODSECURITY.exists() and RULES.is_dir() else absent | {"modsecurity"}


@dataclass
class SecurityNet:
    """The running network."""

    cable: Cable
    folder: Path
    absent: set[str]
    daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def auditor(self, *words: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Our own program, standing in ``near``."""
        command = self.cable.command(self.cable.near, [sys.executable, "-m", "auditor.cli", *words])
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, cwd=ROOT, check=False)

    def start(
        self, name: str, words: Sequence[str], *, where: str | None = None, **how: int
    ) -> subprocess.Popen[bytes]:
        """A daemon in ``far``, or elsewhere; it is ended with the network."""
        log = (self.folder / f"{name}.out").open("wb")
        quiet = {"stdout": log, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
        with log:
            made = subprocess.Popen(
                self.cable.command(where or self.cable.far, words), **{**quiet, **how}, cwd=self.folder
            )
        self.daemons[name] = made
        return made

    def stop(self, name: str) -> None:
        """End a daemon."""
        made = self.daemons.pop(name, None)
        if made is not None:
            made.terminate()
            try:
                made.wait(20)
            except subprocess.TimeoutExpired:
                made.kill()
                made.wait()

    def answers(self, address: str, port: int) -> bool:
        """Whether something listens there, seen from ``near``."""
        test = f"import socket; socket.create_connection(({address!r}, {port}), 1).close()"
        command = self.cable.command(self.cable.near, [sys.executable, "-S", "-c", test])
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def said(self, name: str) -> str:
        """The last words of a daemon."""
        return (self.folder / f"{name}.out").read_text("utf-8", "replace")[-2000:]


def until(what: str, holds: Callable[[], bool], seconds: float = 40.0) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"timed out: {what}"
        time.sleep(0.1)


@contextmanager
def security_net(folder: Path) -> Iterator[SecurityNet]:
    """The whole of it, as far as it is installed."""
    with ExitStack() as stack:
        made = SecurityNet(stack.enter_context(cable()), folder, missing())
        far = made.cable.far
        for address in (OFF, NOBODY):
            subprocess.run(["ip", "-n", far, "address", "add", f"{address}/24", "dev", "eth0"], check=True)
        for name in (made.cable.near, far):  # a checksum left to the card that is not there makes Suricata doubt
            subprocess.run(
                ["ip", "netns", "exec", name, "ethtool", "-K", "eth0", "tx", "off"], capture_output=True, check=False
            )
        try:
            for begin in (_clamd, _helpers, _nginx, _dnsmasq, _squid, _rsyslog, _suricata, _portal):
                begin(made)
            yield made
        finally:
            for name in list(made.daemons):
                made.stop(name)


def _helpers(made: SecurityNet) -> None:
    script = str(ROOT / "tests" / "lab" / "far_servers.py")
    words = [sys.executable, script, str(made.folder / "clamd.sock")]
    helper = made.start("helpers", words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert helper.stdout is not None
    assert helper.stdout.readline() == b"ready\n", made.said("helpers")


def _nginx(made: SecurityNet) -> None:
    folder = made.folder
    site = folder / "www"
    site.mkdir()
    (site / "index.html").write_text("<title>school</title>games of all kinds, and news", "utf-8")
    guarded = "modsecurity" not in made.absent
    (folder / "modsec.conf").write_text(
        f"SecRuleEngine On\nSecRequestBodyAccess On\nSecAuditEngine Off\nSecTmpDir {folder}\nSecDataDir {folder}\n"
        f"Include /etc/modsecurity/crs/crs-setup.conf\nInclude {RULES}/*.conf\n",
        "utf-8",
    )
    paths = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    waf = f"modsecurity on; modsecurity_rules_file {folder}/modsec.conf;" if guarded else ""
    load = f"load_module {MODSECURITY};\n" if guarded else ""
    (folder / "gateway").mkdir()
    (folder / "nginx.conf").write_text(
        f"{load}user root; worker_processes 1; pid {folder}/nginx.pid; error_log stderr; daemon off;\n"
        "events { worker_connections 64; }\n"
        f"http {{ {paths} access_log {folder}/gateway/access.log combined;\n"
        f"server {{ listen {ON}:80 default_server; server_name www.school.test; root {site}; }}\n"
        f"server {{ listen {ON}:8080; {waf} root {site}; }}\n"
        f"server {{ listen {OFF}:8080; root {site}; }}\n"
        f"server {{ listen {ON}:8205; return 302 http://{ON}/login; }} }}\n",
        "utf-8",
    )
    if "nginx" not in made.absent:
        made.start("nginx", [str(found("nginx")), "-c", str(folder / "nginx.conf"), "-e", "stderr"])
        until("nginx listens", lambda: made.answers(ON, 80))


def _clamd(made: SecurityNet) -> None:
    if "clamd" in made.absent:
        return
    folder = made.folder
    (folder / "db").mkdir()
    (folder / "db" / "lab.ndb").write_text(f"Lab.Eicar.Test:0:*:{eicar().hex()}\n", "ascii")
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder}/db\nLocalSocket {folder}/clamd.sock\nForeground yes\nOfficialDatabaseOnly no\n"
        f"PidFile {folder}/clamd.pid\nUser root\n",
        "utf-8",
    )
    made.start("clamd", [str(found("clamd")), "-c", str(folder / "clamd.conf")])
    until("clamd listens", (folder / "clamd.sock").exists)


def _dnsmasq(made: SecurityNet) -> None:
    if "dnsmasq" in made.absent:
        return
    for name, address, games in (("filter", ON, "0.0.0.0"), ("free", OFF, ON)):
        made.start(
            f"dnsmasq-{name}",
            [
                str(found("dnsmasq")), "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root",
                f"--listen-address={address}", "--pid-file=", "--bind-interfaces", "--local=/test/",
                "--conf-file=/dev/null", f"--address=/www.school.test/{ON}", f"--address=/games.test/{games}",
            ],
        )  # fmt: skip


def _squid(made: SecurityNet) -> None:
    if "squid" in made.absent:
        return
    folder = made.folder / "squid"
    folder.mkdir()
    (folder / "squid.conf").write_text(
        f"http_port {ON}:3128\nhttp_port {OFF}:3128\nacl filtered localip {ON}\nacl bad dstdomain games.test\n"
        f"http_access deny bad filtered\nhttp_access allow all\ncache deny all\ncache_mem 8 MB\n"
        # Squid gives up root's rights, and then cannot write into a test's own folder.
        f"dns_nameservers {OFF}\npid_filename none\ncoredump_dir /\npinger_enable off\naccess_log none\n"
        "cache_log /dev/null\nnetdb_filename none\nshutdown_lifetime 0 seconds\nvisible_hostname proxy.school.test\n",
        "utf-8",
    )
    # Its own name, for its shared memory is one for the whole machine.
    name = f"lab{secrets.token_hex(4)}"
    made.start("squid", [str(found("squid")), "-N", "-n", name, "-f", str(folder / "squid.conf")])
    until("squid listens", lambda: made.answers(ON, 3128))


def _rsyslog(made: SecurityNet) -> None:
    if "rsyslogd" in made.absent:
        return
    folder = made.folder
    keys = over_tls = ""
    if SYSLOG_TLS:
        (folder / "authority").mkdir()
        authority = Authority(folder / "authority")
        authority.context(names=(ON,))
        [pair] = (one for one in authority.folder.glob("*.pem") if one != authority.roots)
        keys = (
            f'defaultNetstreamDriverCAFile="{authority.roots}" defaultNetstreamDriverCertFile="{pair}" '
            f'defaultNetstreamDriverKeyFile="{pair}"'
        )
        over_tls = (
            f'input(type="imtcp" address="{ON}" port="6514" ruleset="remote" streamDriver.name="ossl" '
            'streamDriver.mode="1" streamDriver.authMode="anon")\n'
        )
    (folder / "rsyslog.conf").write_text(
        f'global(workDirectory="{folder}" {keys})\nmodule(load="imudp")\nmodule(load="imtcp")\n'
        f'ruleset(name="remote") {{ action(type="omfile" file="{folder}/central/all.log" '
        'template="RSYSLOG_FileFormat" dirCreateMode="0755") }\n'
        f'input(type="imudp" address="{ON}" port="514" ruleset="remote")\n'
        f'input(type="imtcp" address="{ON}" port="514" ruleset="remote")\n{over_tls}',
        "utf-8",
    )
    (folder / "central").mkdir()
    made.start(
        "rsyslog", [str(found("rsyslogd")), "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "r.pid")]
    )
    until("rsyslogd listens", lambda: made.answers(ON, 514))


def _suricata(made: SecurityNet) -> None:
    folder = made.folder / "ids"
    folder.mkdir()
    if "suricata" in made.absent:
        return
    (made.folder / "lab.rules").write_text(
        'alert ip any any -> any any (msg:"GPL ATTACK_RESPONSE id check returned root"; '
        'content:"uid=0|28|root|29|"; classtype:bad-unknown; sid:2100498; rev:7;)\n',
        "utf-8",
    )
    (made.folder / "suricata.yaml").write_text(
        "%YAML 1.1\n---\n"
        "vars: {address-groups: {HOME_NET: any, EXTERNAL_NET: any}, port-groups: {HTTP_PORTS: '80'}}\n"
        f"default-log-dir: {folder}\n"
        "outputs: [ {eve-log: {enabled: yes, filetype: regular, filename: eve.json, types: [ {alert: {}} ]}} ]\n"
        "logging: {default-log-level: notice, outputs: [ {console: {enabled: yes}} ]}\n"
        "af-packet: [ {interface: eth0, cluster-id: 98, cluster-type: cluster_flow, threads: 1} ]\n"
        "app-layer: {protocols: {http: {enabled: yes}}}\n"
        "unix-command: {enabled: no}\nstream: {checksum-validation: no}\nhost-mode: sniffer-only\n"
        f"default-rule-path: {made.folder}\nrule-files: [ lab.rules ]\n"
        "classification-file: /etc/suricata/classification.config\n"
        "reference-config-file: /etc/suricata/reference.config\n",
        "utf-8",
    )
    words = [
        "-c",
        str(made.folder / "suricata.yaml"),
        "-l",
        str(folder),
        "-i",
        "eth0",
        "--pidfile",
        str(made.folder / "s.pid"),
    ]
    made.start("suricata", [str(found("suricata")), *words])
    until("suricata looks", lambda: "Engine started" in made.said("suricata"))


def _portal(made: SecurityNet) -> None:
    if "nft" in made.absent:
        return
    rules = f"""
table ip portal {{
  chain pre {{
    type nat hook prerouting priority -100
    ip daddr {ON} tcp dport {servers.PORTAL} redirect to :8205
  }}
}}
"""
    words = made.cable.command(made.cable.far, [str(found("nft")), "-f", "-"])
    subprocess.run(words, input=rules, text=True, check=True, capture_output=True)
