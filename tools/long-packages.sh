#!/usr/bin/env bash
# Install what the longer stratum of tests needs beyond tools/system-packages.sh: an emulator, access points in software,
# and a kernel with mac80211_hwsim that is unpacked for the emulated machine and not installed on this one.
# Never fails: a test whose program is missing skips with that reason.
set -euo pipefail

packages=(
  busybox-static cpio hostapd iputils-ping ipxe-qemu iw kmod qemu-system-x86 seabios wireless-regdb wpasupplicant
)
kernels=${CAMPUS_AUDITOR_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/campus-auditor/kernel}

say() { printf 'long-packages: %s\n' "$1" >&2; }

if ! command -v dpkg-query >/dev/null 2>&1; then
  say "not Debian or Ubuntu: install the counterparts of ${packages[*]} yourself; tests without them skip"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    say "not root, so the tests that need these skip: sudo apt-get install --no-install-recommends ${missing[*]}"
  else
    # No daemon of a package may start because somebody ran the tests: hostapd is started by the tests themselves.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ] && [ ! -L "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod 755 "$policy"
    fi
    say "installing ${missing[*]}"
    DEBIAN_FRONTEND=noninteractive timeout 900 apt-get install -y --no-install-recommends \
      -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 "${missing[@]}" >/dev/null 2>&1 </dev/null ||
      say "some of them could not be installed"
  fi
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
