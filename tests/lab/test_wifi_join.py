"""A join timed for real: a link that comes up, dnsmasq that gives an address, a router that loses echoes.

A veth pair stands for the radio, and a few lines of shell for wpa_supplicant, with which the survey talks in its own
language; DHCP, the kernel's tables and the echo requests are real. The long stratum does the same with real radios.
"""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.namespaces import NoNamespacesError, cable

pytestmark = pytest.mark.lab

ROOT = Path(__file__).resolve().parents[2]

SUPPLICANT = """\
#!/bin/sh
case "$*" in
  *list_networks) printf 'network id / ssid / bssid / flags\\n0\\tCampus\\tany\\t\\n' ;;
  *select_network*) (sleep 0.5; ip link set eth0 up; sleep 1
     busybox udhcpc -i eth0 -q -n -t 8 -T 1 -s {here}/leased) >{here}/log 2>&1 & echo OK ;;
  *disconnect) ip address flush dev eth0; ip link set eth0 down; echo OK ;;
  *status) [ "$(cat /sys/class/net/eth0/operstate)" = up ] && printf 'ssid=Campus\\nwpa_state=COMPLETED\\n'
     true ;;
esac
"""
LEASED = """\
#!/bin/sh
[ "$1" = bound ] && ip address add "$ip/24" dev eth0 && ip route add default via "$router" dev eth0
"""
LOSES = (
    "add table ip t; add chain ip t c { type filter hook input priority 0; };"
    " add rule ip t c icmp type echo-request icmp sequence { 3, 7 } drop"
)
MEASURE = """
import dataclasses, json, sys
from probes.wifi import connection
from probes.wifi.scanner import Adapter
found = connection.measured(Adapter("eth0"), None, "Campus")
print(json.dumps({"facts": dict(found.facts), "hindrances": [str(one) for one in found.hindrances]}))
"""


@pytest.mark.timeout(120)
def test_a_join_its_dhcp_and_the_way_to_the_router_are_measured(tmp_path: Path) -> None:
    lacking = [one for one in ("dnsmasq", "busybox", "ping", "nft") if shutil.which(one) is None]
    if lacking:
        pytest.skip(f"missing programs: {', '.join(lacking)} (tools/system-packages.sh)")
    for name, script in (("wpa_cli", SUPPLICANT), ("leased", LEASED), ("nmcli", "#!/bin/sh\nexit 8\n")):
        (tmp_path / name).write_text(script.format(here=tmp_path) if name == "wpa_cli" else script, "utf-8")
        (tmp_path / name).chmod(stat.S_IRWXU)
    try:
        with cable() as wire:
            _measured(wire.near, wire.far, tmp_path)
    except NoNamespacesError as error:
        pytest.skip(str(error))


def _measured(near: str, far: str, folder: Path) -> None:
    subprocess.run(["ip", "-n", near, "address", "flush", "dev", "eth0"], check=True)
    subprocess.run(["ip", "netns", "exec", far, "nft", LOSES], check=True, capture_output=True)
    server = subprocess.Popen([
        "ip", "netns", "exec", far, "dnsmasq", "--no-daemon", "--port=0", "--conf-file=/dev/null", "--interface=eth0",
        "--dhcp-range=10.99.0.50,10.99.0.60,1h", f"--dhcp-leasefile={folder}/leases", "--dhcp-authoritative",
        "--no-ping", "--user=root",
    ], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
    try:
        assert server.stderr is not None
        while "DHCP, IP range" not in (line := server.stderr.readline()):
            assert line, "dnsmasq ended"
        ran = subprocess.run(
            ["ip", "netns", "exec", near, "env", f"PATH={folder}:/usr/sbin:/usr/bin:/sbin:/bin", sys.executable, "-c",
             MEASURE], cwd=ROOT, capture_output=True, text=True, check=True, timeout=90)  # fmt: skip
    finally:
        server.terminate()
        server.communicate(timeout=20)
    told = json.loads(ran.stdout)
    facts = told["facts"]
    assert told["hindrances"] == [], (folder / "log").read_text("utf-8")
    # The order is carried out after half a second, and an address is asked for a second later.
    assert 0.5 <= facts["join_s"] < 20
    assert 0 < facts["dhcp_s"] < 20
    assert facts["join_s"] + facts["dhcp_s"] >= 1.5
    assert facts["gateway_loss_ratio"] == 0.2
    assert 0 < facts["gateway_delay_ms"] < 100
