"""A machine with real radios: Linux with mac80211_hwsim in QEMU, hostapd's access points, this checkout inside.

The emulated machine sees this one's files read-only, so that it has the same programs; what it writes comes out through
a folder. It has no network card. Needs what ``tools/long-packages.sh`` installs.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = (
    "qemu-system-x86_64",
    "hostapd",
    "wpa_supplicant",
    "dnsmasq",
    "iw",
    "cpio",
    "modprobe",
    "busybox",
    "openssl",
)
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "ccm", "cmac", "gcm", "ctr", "mac80211_hwsim")
APPLETS = ("sh", "mount", "insmod", "mkdir", "cat", "chroot", "poweroff", "sleep")
BOOT_S = 520

INIT = """\
#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for a in $(cat /proc/cmdline); do case $a in radios=*) RADIOS=${a#radios=};; run=*) RUN=${a#run=};; esac; done
while read m; do
  case $m in mac80211_hwsim.ko*) insmod /mods/$m radios=$RADIOS;; *) insmod /mods/$m;; esac
done < /mods.list
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose hostroot /newroot
mount -t proc proc /newroot/proc; mount -t sysfs sys /newroot/sys; mount -t devtmpfs dev /newroot/dev
mount -t debugfs dbg /newroot/sys/kernel/debug
for d in tmp run var/lib; do mount -t tmpfs none /newroot/$d; done
mkdir -p /newroot/dev/pts /newroot/dev/shm /newroot/tmp/out; mount -t devpts devpts /newroot/dev/pts
mount -t 9p -o trans=virtio,version=9p2000.L,rw,msize=512000 out /newroot/tmp/out
chroot /newroot /bin/bash $RUN
poweroff -f
"""


def kernel() -> Path | None:
    """The unpacked kernel package, or ``None``."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "campus-auditor" / "kernel"
    folder = Path(os.environ.get("CAMPUS_AUDITOR_KERNELS") or base)
    found = sorted(folder.glob("linux-image-*/done"))
    return found[-1].parent / "tree" if found else None


def missing() -> str:
    """Why no machine can be emulated here; empty if one can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    lacking = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if lacking:
        return f"missing programs: {', '.join(lacking)} (tools/long-packages.sh)"
    return "" if kernel() is not None else "no unpacked kernel (tools/long-packages.sh)"


def run(scenario: Path, out: Path, scratch: Path, radios: int) -> str:
    """Boot, run a script inside, and give what the console said; what the script wrote lies in ``out``."""
    tree = kernel()
    assert tree is not None
    image = next((tree / "boot").glob("vmlinuz-*"))
    initrd = _initrd(tree, image.name.removeprefix("vmlinuz-"), scratch)
    shares = [("/", "hostroot", ",readonly=on,multidevs=remap"), (str(out), "out", "")]
    command = [
        "qemu-system-x86_64", "-M", "pc", "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "1024", "-smp", "2",
        "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio", "-kernel", str(image), "-initrd", str(initrd),
        "-append", f"console=ttyS0 quiet panic=-1 radios={radios} run={scenario}",
        *[word for path, tag, more in shares
          for word in ("-virtfs", f"local,path={path},mount_tag={tag},security_model=none{more}")],
    ]  # fmt: skip
    return _carried_out(command)


def _carried_out(command: Sequence[str]) -> str:
    machine = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        said, _ = machine.communicate(timeout=BOOT_S)
    finally:
        if machine.poll() is None:
            os.killpg(machine.pid, signal.SIGKILL)
            machine.communicate()
    return said.decode("utf-8", "replace")


def _initrd(tree: Path, version: str, scratch: Path) -> Path:
    """The smallest first file system that finds this machine's files: busybox, the modules, the regulatory database."""
    top = scratch / "initrd"
    for name in ("bin", "proc", "sys", "dev", "newroot", "lib/firmware", "mods"):
        (top / name).mkdir(parents=True)
    shutil.copy(shutil.which("busybox") or "/bin/busybox", top / "bin/busybox")
    for applet in APPLETS:
        (top / "bin" / applet).symlink_to("busybox")
    listed: dict[str, None] = {}
    for module in MODULES:
        shown = subprocess.run(
            ["modprobe", "-d", str(tree), "-S", version, "--show-depends", module],
            capture_output=True, text=True, check=False, env={**os.environ, "PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
        ).stdout  # fmt: skip
        for line in shown.splitlines():
            if line.startswith("insmod "):
                path = Path(line.split()[1])
                shutil.copy(path, top / "mods" / path.name)
                listed[path.name] = None
    (top / "mods.list").write_text("\n".join(listed) + "\n", "ascii")
    for name in ("regulatory.db", "regulatory.db.p7s"):
        source = Path("/lib/firmware") / name
        if source.exists():
            shutil.copy(source.resolve(), top / "lib/firmware" / name)
    (top / "init").write_text(INIT, "ascii")
    (top / "init").chmod(0o755)
    files = subprocess.run(["find", "."], cwd=top, capture_output=True, check=True).stdout
    packed = subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet"], cwd=top, input=files, capture_output=True, check=True
    ).stdout
    image = scratch / "initrd.img"
    image.write_bytes(packed)
    return image
