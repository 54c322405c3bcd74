#!/bin/sh
# Every attack of tests/attacks.tsv has its tests, and they are run: the names
# stand in the suites' tables. Each row counts as a test.
set -u
top=${srcdir:-$(dirname "$0")/../..}
passed=0 failed=0
tab=$(printf '\t')

runs() { # FILE:TEST
	grep -q "UNIT_TEST(${1#*:})" "$top/tests/unit/${1%%:*}" &&
		grep -q "^${1#*:}(void)" "$top/tests/unit/${1%%:*}" &&
		cat "$top"/tests/unit/*.mk | grep -q "tests/unit/${1%%:*}"
}

while IFS=$tab read -r attack seen rule refusing accepting; do
	case $attack in '#'*) continue ;; esac
	why=
	if [ -z "$seen" ] || [ -z "$rule" ] || [ -z "$accepting" ]; then
		why=' a column is empty'
	fi
	for test in $refusing $accepting; do
		runs "$test" || why="$why no test $test"
	done
	if [ -z "$why" ]; then
		passed=$((passed + 1))
		echo "ok     $attack"
	else
		failed=$((failed + 1))
		echo "FAILED $attack:$why"
	fi
done <"$top/tests/attacks.tsv"
# Nothing in test_attacks.c that the table does not name.
for test in $(sed -n 's/.*UNIT_TEST(\(.*\)),/\1/p' "$top/tests/unit/test_attacks.c"); do
	case $test in start | finish) continue ;; esac
	if ! grep -q "test_attacks.c:$test" "$top/tests/attacks.tsv"; then
		failed=$((failed + 1))
		echo "FAILED tests/attacks.tsv does not name $test"
	fi
done
echo "attack_table: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
