#!/usr/bin/env bash
# Install the programs that the lab and browser tests drive, or those named as arguments: only those missing, only as
# root on Debian or Ubuntu.
# Never fails: a test whose program is missing skips with that reason, and pytest's summary counts it.
set -euo pipefail

packages=(
  arp-scan chromium clamav-daemon dnsmasq-base ethtool fonts-wqy-microhei gir1.2-gst-rtsp-server-1.0
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good iperf3
  iproute2 iputils-tracepath libnginx-mod-http-modsecurity libreoffice-calc-nogui lldpd logrotate mariadb-server
  modsecurity-crs mosquitto nftables nginx openssh-client openssh-server poppler-utils postgresql procps
  python3-gi rsyslog rsyslog-openssl sip-tester slapd snmp snmpd squid suricata traceroute ulogd2
)
[ $# -eq 0 ] || packages=("$@")

say() { printf 'system-packages: %s\n' "$1" >&2; }

if ! command -v dpkg-query >/dev/null 2>&1; then
  say "not Debian or Ubuntu: install the counterparts of ${packages[*]} yourself; tests without them skip"
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  say "not root, so the tests that need these skip; to have them: sudo apt-get install --no-install-recommends ${missing[*]}"
  exit 0
fi

# Debian starts a daemon as soon as its package is installed. Tests start their own, so on a school's machine nothing
# may begin to listen because somebody ran the tests: policy-rc.d forbids it for as long as this script runs.
policy=/usr/sbin/policy-rc.d
backports=/etc/apt/sources.list.d/campus-auditor-backports.list
log=$(mktemp)
made_policy=no
tidy() {
  [ "$made_policy" = no ] || rm -f "$policy"
  rm -f "$log" "$backports"
}
trap tidy EXIT
trap 'exit 130' INT TERM
if [ ! -e "$policy" ] && [ ! -L "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

install() {
  DEBIAN_FRONTEND=noninteractive timeout 900 apt-get install -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 </dev/null
}

# Debian 12 has Suricata among its backports only. They are asked for what the release lacks, from the mirror that is in
# use already, and this machine's own list of sources is as before afterwards.
from_backports() {
  # shellcheck disable=SC1091
  release=$(. /etc/os-release && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}" || true)
  mirror=$(apt-get indextargets --format '$(SITE)' "Codename: $release" "Created-By: Packages" 2>/dev/null | head -n 1)
  [ -n "$release" ] && [ -n "$mirror" ] && [ -z "$(apt-cache madison "$1" 2>/dev/null)" ] || return 1
  printf 'deb %s %s-backports main\n' "$mirror" "$release" >"$backports"
  timeout 300 apt-get update >>"$log" 2>&1 </dev/null && install -t "$release-backports" "$1"
}

say "installing ${missing[*]}"
timeout 300 apt-get update >"$log" 2>&1 </dev/null || say "apt-get update failed; trying with the lists at hand"
if ! install "${missing[@]}"; then
  # One name that this release does not have must not cost the others.
  for package in "${missing[@]}"; do
    install "$package" || from_backports "$package" ||
      say "$package could not be installed: $(grep '^E:' "$log" | tail -n 1 || true)"
  done
fi
exit 0
