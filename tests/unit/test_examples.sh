#!/bin/sh
# SPDX-License-Identifier: ISC
# The examples for other languages are at least that language.
set -u
source=$(cd "$(dirname "$0")/../.." && pwd)
PYTHONPYCACHEPREFIX=$(mktemp -d) || exit 1
export PYTHONPYCACHEPREFIX
trap 'rm -rf "$PYTHONPYCACHEPREFIX"' EXIT
passed=0
failed=0
for file in "$source"/examples/*/*.py; do
	if python3 -W error -m py_compile "$file"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "examples: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -ge 2 ]
