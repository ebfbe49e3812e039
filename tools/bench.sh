#!/usr/bin/env bash
# Run the benchmarks one by one (two at once would measure each other); each prints ratios, not absolute figures.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
for script in bench/*.py; do
  [ -e "$script" ] || continue
  printf '\n== %s\n' "$script"
  .venv/bin/python "$script" </dev/null || failed=1
done
exit "$failed"
