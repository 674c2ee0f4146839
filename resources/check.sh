#!/bin/sh
# Format, lint, types and import contracts: what CI checks beside the tests. Runs all of them, fails if any does.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit 1
bin=.venv/bin
failed=0

check() {
    printf '%s\n' "$ $*"
    "$@" || failed=1
}

if [ ! -x "$bin/ruff" ]; then
    printf '%s\n' "The tools are not installed here yet. Run: sh resources/install.sh test" >&2
    exit 1
fi
check "$bin/ruff" format --check .
check "$bin/ruff" check .
check "$bin/mypy"
check "$bin/lint-imports" --no-logo
exit "$failed"
