#!/usr/bin/env bash
# Install what the longer stratum of tests needs beyond tools/system-packages.sh: an emulator, access points in software,
# and a kernel with mac80211_hwsim that is unpacked for the emulated machine and not installed on this one.
# Never fails: a test whose program is missing skips with that reason.
set -euo pipefail

kernels=${CAMPUS_AUDITOR_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/campus-auditor/kernel}

say() { printf 'long-packages: %s\n' "$1" >&2; }

"$(dirname "$0")/system-packages.sh" busybox-static cpio dnsmasq-base hostapd iputils-ping ipxe-qemu iw kmod openssl \
  qemu-system-x86 seabios wireless-regdb wpasupplicant

if ! command -v apt-cache >/dev/null 2>&1; then
  say "not Debian or Ubuntu: tests in the emulated machine need its kernel and skip"
  exit 0
fi

# The newest kernel that this release's metapackage points to; its image holds the modules.
image=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
if [ -z "$image" ]; then
  say "this release has no linux-image-amd64; tests in the emulated machine skip"
elif [ ! -e "$kernels/$image/done" ]; then
  scratch=$(mktemp -d)
  if (cd "$scratch" && timeout 600 apt-get download "$image" >/dev/null 2>&1 && dpkg-deb -x ./*.deb tree); then
    mkdir -p "$kernels/$image"
    rm -rf "${kernels:?}/$image/tree"
    mv "$scratch/tree" "$kernels/$image/tree"
    depmod -b "$kernels/$image/tree" "${image#linux-image-}"
    touch "$kernels/$image/done"
    say "kernel unpacked into $kernels/$image"
  else
    say "$image could not be had; tests in the emulated machine skip"
  fi
  rm -rf "$scratch"
fi
exit 0
