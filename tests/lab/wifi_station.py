"""Runs inside the emulated machine: scan with the product's scanner, survey one point, capture beacons.

Writes into the folder given: ``scans.json``, ``iw-scan.txt``, ``beacons.pcap``, and a survey beside an inventory. With
``join`` behind it the other station surveys: it joins by password, and, still connected, with an account.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from time import monotonic, time

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from auditor.cli import main  # noqa: E402  the path has to be set first
from probes.wifi.scanner import find_scanner  # noqa: E402

INVENTORY = """\
[school]
name = "示例中学"
stages = ["junior"]

[wifi]
ssids = ["Campus", "Campus-Secure", "Campus-Guest", "校园网-5G", "Campus-1X"]
interface = "wlan6"
scans = 2

[[place]]
id = "A-301"
kind = "classroom"
"""
ETH_P_ALL, RADIOTAP, CAPTURE_S = 3, 127, 4.0


def scan(out: Path) -> None:
    scanner = find_scanner("wlan6")
    found = []
    for _ in range(3):
        began = monotonic()
        sweep = scanner.scan()
        took = round(monotonic() - began, 2)
        networks = [{**asdict(one), "ssid": one.ssid.hex()} for one in sweep.networks]
        found.append({"fresh": sweep.fresh, "method": sweep.method, "took_s": took, "networks": networks})
    (out / "scans.json").write_text(json.dumps(found, indent=1), "utf-8")
    dump = subprocess.run(["iw", "dev", "wlan6", "scan", "dump"], capture_output=True, check=False)
    (out / "iw-scan.txt").write_bytes(dump.stdout)


def capture(out: Path) -> None:
    listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    listener.bind(("wlan7", 0))
    listener.settimeout(0.5)
    frames = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RADIOTAP)]
    end = monotonic() + CAPTURE_S
    while monotonic() < end and len(frames) < 40:
        try:
            frame = listener.recv(4096)
        except TimeoutError:
            continue
        now = time()
        frames.append(struct.pack("<IIII", int(now), int(now % 1 * 1e6), len(frame), len(frame)) + frame)
    (out / "beacons.pcap").write_bytes(b"".join(frames))


def join(inventory: Path) -> int:
    code = 0
    for place, ssid in (("A-302", "Campus"), ("A-303", "Campus-1X")):
        words = ["--place", place, "--interface", "wlan9", "--scans", "1", "--by", "joiner", "--join", ssid]
        code = code or main(["--lang", "en", "survey", str(inventory), *words])
    return code


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    if sys.argv[2:] == ["join"]:
        sys.exit(join(folder / "inventory.toml"))
    scan(folder)
    capture(folder)
    (folder / "inventory.toml").write_text(INVENTORY, "utf-8")
    sys.exit(main(["--lang", "en", "survey", str(folder / "inventory.toml"), "--place", "A-301", "--by", "lab"]))
