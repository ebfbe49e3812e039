#!/usr/bin/env bash
# Run every check, also after one has failed, and sum up: `test.sh` all of them, `test.sh lint` those without tests.
set -uo pipefail
cd "$(dirname "$0")/.."

bin=.venv/bin
summary=()
failed=0

check() {
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@" </dev/null; then
    summary+=("ok      $name ($((SECONDS - start)) s)")
  else
    summary+=("FAILED  $name ($((SECONDS - start)) s)")
    failed=1
  fi
}

check 'ruff check' "$bin/ruff" check --quiet .
check 'ruff format' "$bin/ruff" format --check --quiet .
check 'mypy' "$bin/mypy"
check 'floors (import-linter)' "$bin/lint-imports"
if [ "${1:-all}" != lint ]; then
  # Tests that measure a rate run before all others and one by one: beside others they would measure those.
  check 'pytest, alone' "$bin/python" -m pytest -q -m alone
  check 'pytest' "$bin/python" -m pytest -n auto -q -m 'not alone'
fi

printf '\n== summary\n'
printf '%s\n' "${summary[@]}"
exit "$failed"
