#!/bin/sh
# SPDX-License-Identifier: ISC
# What a flood of logouts meets: nginx as the manual and the examples say, and
# the units' bounds.
set -u
source=$(cd "$(dirname "$0")/../.." && pwd)
nginx=$source/etc/nginx
units=$source/etc/systemd
passed=0
failed=0

check() {
	if "$2" >&2; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1"
	fi
}

# NAME FILE: the value of a unit's setting.
setting() {
	sed -n "s/^$1=//p" "$2"
}

manual_and_examples_agree() {
	examples=$(cat "$nginx/jwtauth-logout-zone.conf" \
		"$nginx/jwtauth-logout.conf" | grep -v '^ *#' | grep .)
	manual=$(sed -n '/^\.Bd -literal/,/^\.Ed/p' \
		"$source/tools/logout/jwtauth-logout.8" | grep -v '^\.')
	[ -n "$examples" ] && [ "$examples" = "$manual" ]
}

nginx_counts_in_the_zone_there_is() {
	zone=$(sed -n 's/^limit_req_zone .* zone=\([a-z_]*\):.*;$/\1/p' \
		"$nginx/jwtauth-logout-zone.conf")
	[ -n "$zone" ] &&
		grep -q "^    limit_req zone=$zone " "$nginx/jwtauth-logout.conf"
}

all_receivers_together_are_bounded() {
	slice=$(setting Slice "$units/jwtauth-logout@.service.in")
	most=$(setting MaxConnections "$units/jwtauth-logout.socket")
	each=$(setting TasksMax "$units/jwtauth-logout@.service.in")
	[ "$slice" = jwtauth-logout.slice ] && [ "$most" -le 32 ] &&
		[ "$(setting TasksMax "$units/$slice")" -eq \
			$((most * each)) ] &&
		[ -n "$(setting MemoryMax "$units/$slice")" ]
}

check "manual and examples agree" manual_and_examples_agree
check "nginx counts in the zone there is" nginx_counts_in_the_zone_there_is
check "all receivers together are bounded" all_receivers_together_are_bounded
echo "logout_site: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
