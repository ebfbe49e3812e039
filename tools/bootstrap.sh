#!/usr/bin/env bash
# Make .venv and install the project into it: `bootstrap.sh runtime` or `bootstrap.sh dev`.
# Idempotent; the Makefile calls it only when pyproject.toml or constraints.txt is newer than the last success.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-dev}
python=${PYTHON:-python3}

stop() {
  printf 'bootstrap: %s\n' "$1" >&2
  exit 1
}

command -v "$python" >/dev/null 2>&1 \
  || stop "$python was not found: install Python 3.11 or later, or name it: make PYTHON=/path/to/python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || stop "$("$python" --version) is too old: Python 3.11 or later is needed (make PYTHON=/path/to/python3)"

install_venv_package() {
  # Debian and Ubuntu ship Python without ensurepip, which python3-venv brings.
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 \
    || stop "this Python has no ensurepip: run 'sudo apt-get install python3-venv', then make again"
  printf 'bootstrap: this Python has no ensurepip; installing python3-venv\n' >&2
  local log
  log=$(mktemp)
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends python3-venv; } >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    stop "python3-venv could not be installed (last lines above): install it, then make again"
  fi
  rm -f "$log"
  "$python" -c 'import ensurepip' 2>/dev/null \
    || stop "python3-venv is installed but $python still has no ensurepip: try make PYTHON=/usr/bin/python3"
}

# A .venv whose Python went away (an upgrade of the system, a moved checkout) or that was half made is made anew.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  "$python" -c 'import ensurepip, venv' 2>/dev/null || install_venv_package
  "$python" -m venv --clear .venv || stop "the virtual environment .venv could not be made with $python"
fi

extra=''
[ "$what" = dev ] && extra='[dev]'
printf 'bootstrap: installing campus-auditor%s into .venv\n' "$extra" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -c constraints.txt -e ".$extra" >&2 \
  || stop "pip could not install the packages named in pyproject.toml (its own message is above)"

touch .venv/.runtime
[ "$what" = dev ] && touch .venv/.dev
exit 0
