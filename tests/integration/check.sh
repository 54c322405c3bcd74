# shellcheck shell=bash
# `./bootstrap check`: every part, counted. Sourced by bootstrap.
# A part that cannot run has failed.
# shellcheck disable=SC2154 # logs, top, tests and the lists are bootstrap's

passed=0 failed=0 skipped=0

part() { # TITLE COMMAND...: counts as one test
	if step "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		return 1
	fi
}

count() { # WORD FILE: the sum of the numbers before WORD
	awk -v word="$1" '{ for (i = 2; i <= NF; i++)
		if (index($i, word) == 1) sum += $(i - 1) }
		END { print sum + 0 }' "$2"
}

# Unit tests, each counted: every test program ends in "suite: N passed, N
# failed", automake keeps that in a .log a program.
unit_tests() { # TITLE FOLDER MAKE-ARGUMENT...
	local lines=$logs/$2-suites ok=yes bad
	rm -f "$top/build/$2"/tests/*/*.log
	step "$1" make -j2 -C "build/$2" check "${@:3}" || ok=no
	grep -hE '^[A-Za-z0-9_-]+: [0-9]+ passed, [0-9]+ failed' \
		"$top/build/$2"/tests/*/*.log >"$lines" 2>/dev/null || true
	passed=$((passed + $(count passed "$lines")))
	bad=$(count failed "$lines")
	if [ $ok = no ] && [ "$bad" = 0 ]; then bad=1; fi # it died uncounted
	if [ ! -s "$lines" ]; then
		echo "  no unit test of build/$2 reported a count: that is a failure"
		bad=$((bad > 0 ? bad : 1))
	fi
	failed=$((failed + bad))
}

format_check() { sources '*.c' '*.h' | xargs -0 clang-format --dry-run --Werror; }

shell_check() {
	sources | while IFS= read -r -d '' file; do
		case $(head -c 64 "$file" | head -n 1 | tr -d '\0') in
		'#!/bin/sh'* | '#!/bin/bash'* | '#!/usr/bin/env bash'*) printf '%s\0' "$file" ;;
		*) case $file in *.sh) printf '%s\0' "$file" ;; esac ;;
		esac
	done | xargs -0 shellcheck -x --severity=warning
}

man_check() { sources '*.[1-8]' | xargs -0 mandoc -Tlint -Wwarning; }

# The same tokens to other verifiers, ours under the sanitizers.
differential() { make -C build/sanitizers differential; }

# A release archive builds, passes its tests and leaves nothing behind. Long,
# and the same every time: passed once for these very sources is enough.
dist_check() {
	local stamp
	stamp=build/stamp/distcheck-$(sources_hash "${product[@]}")
	if [ -e "$stamp" ]; then
		echo "passed before with these very sources: $stamp"
		return
	fi
	# That all tests pass is seen above; here, that the archive has what
	# it takes to build and to run one of each kind.
	make -C build/gcc distcheck TESTS="tests/unit/test_json \
		tests/unit/test_ctl.sh tests/rules/test_rules.sh"
	mkdir -p build/stamp
	: >"$stamp"
}

host_tests() {
	local log=$logs/integration.log sum=$logs/integration.sum bad
	python -m pytest -p no:cacheprovider "$tests" 2>&1 | tee "$log" || true
	tail -n 1 "$log" >"$sum"
	passed=$((passed + $(count passed "$sum")))
	skipped=$((skipped + $(count skipped "$sum")))
	bad=$(($(count failed "$sum") + $(count error "$sum")))
	if ! grep -qE '(passed|failed|error|skipped).* in [0-9.]+s' "$sum"; then
		echo "  pytest did not come to its end: that is a failure"
		bad=$((bad + 1))
	fi
	failed=$((failed + bad))
}

check() {
	install_missing "${build_packages[@]}" "${host_packages[@]}" \
		"${check_packages[@]}" "${bench_packages[@]}"
	part 'code format (clang-format)' format_check || true
	part 'shell scripts (shellcheck)' shell_check || true
	part 'manual pages (mandoc)' man_check || true
	part 'build with gcc, warnings are errors' build_gcc || true
	unit_tests 'unit tests' gcc
	part 'build with address and undefined-behaviour sanitizers' build_sanitizers || true
	unit_tests 'unit tests under the sanitizers' sanitizers
	part 'differential tests: jose, rhonabwy, cjose' differential || true
	part 'build with the thread sanitizer' build_tsan || true
	unit_tests 'threads under the thread sanitizer' tsan \
		check_PROGRAMS="${thread_suites[*]}" TESTS="${thread_suites[*]}"
	part 'build with clang, warnings are errors' build_clang || true
	part 'release archive (make distcheck)' dist_check || true
	if part "the hosts' Debian root (kept for next time)" base_root &&
		part 'make the Debian packages' build_deb; then
		part 'an OpenID provider from npm (kept for next time)' \
			$tests/provider/modules || true
		host_tests
	else
		echo '  the tests on hosts could not run: that is a failure'
		failed=$((failed + 1))
	fi
	printf '%d passed, %d failed' "$passed" "$failed"
	if [ "$skipped" != 0 ]; then printf ', %d skipped' "$skipped"; fi
	printf '\n'
	[ "$failed" = 0 ]
}
