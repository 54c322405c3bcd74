#!/bin/bash
# SPDX-License-Identifier: ISC
# jwtauthctl revoked on the embedded store, from outside: as root, with the
# package's accounts and folders in a mount namespace of its own.
# shellcheck source=tests/unit/ctl_case.sh
. "$(dirname "$0")/ctl_case.sh"

if [ -z "${JWT_CTL_REVOKED_INSIDE-}" ]; then
	rm -rf "$work"
	trap - EXIT
	if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
		echo "ctl_revoked: skipped, no mount namespace"
		exit 77
	fi
	JWT_CTL_REVOKED_INSIDE=1 exec unshare -m "$0"
fi

# Where the build has it.
state=$(grep -ao '/[a-z/]*/lib/jwtauth/revoked' "$work/jwtauthctl" | head -1)
state=${state%/revoked}
store=$state/revoked
hex=$(printf '0%.0s' {1..56})

# The accounts and folders as sysusers.d and tmpfiles.d make them.
make_host()
{
	printf '%s\n' root:x:0:0::/root:/bin/sh \
		nobody:x:65534:65534::/:/bin/false \
		jwtauth:x:991:991::/:/bin/false \
		jwtauth-revoke:x:992:992::/:/bin/false >"$work/passwd"
	printf '%s\n' root:x:0: jwtauth:x:991: jwtauth-revoke:x:992: \
		jwtauth-conf:x:993:jwtauth,jwtauth-revoke \
		jwtauth-seen:x:994:jwtauth-revoke >"$work/group"
	chmod 644 "$work/passwd" "$work/group"
	mount --bind "$work/passwd" /etc/passwd
	mount --bind "$work/group" /etc/group
	# Nothing outside: whatever is there gets hidden.
	local place="$state"
	while [ ! -d "$place" ]; do place=$(dirname "$place"); done
	mount -t tmpfs -o mode=755,size=16m tmpfs "$place"
	mkdir -p "$state"
	install -d -o 992 -g 991 -m 750 "$state/revoked"
	install -d -o 992 -g 992 -m 700 "$state/journal"
	install -d -o 991 -g 994 -m 710 "$state/seen"
	sed 's/store = "none"/store = "embedded"/' "$work/main.conf" \
		>"$work/store.conf"
	chmod 644 "$work/store.conf"
	ctl revoked init --embedded >/dev/null
}
# SUBCOMMAND...: a subcommand that takes --config.
on_host() { ctl "$@" --config "$work/store.conf"; }
revoked() { on_host revoked "$@"; }
revoke() { on_host revoke "$@" >/dev/null; }
name_of() { find "$store" -name "$1-*" -printf '%f\n' | tail -1; }
# KIND: what list prints of it.
short_name() { revoked list | grep -o "^$1-[0-9a-f]*"; }
lose_all() { find "$store" -type f ! -name .lock -delete; }

shows_one_entry_by_its_name_its_beginning_and_its_value()
{
	revoke --sub eve --reason stolen || return
	exits 0 revoked show "$(name_of sub)" && says out "$(name_of sub)" &&
		says out "why     stolen" && says out "issued before" &&
		exits 0 revoked show "$(short_name sub)" &&
		says out "$(name_of sub)" &&
		exits 0 revoked show --sub eve && says out "$(name_of sub)" &&
		exits 0 revoked show --sub eve --issuer corp --json &&
		says out '"why": "stolen"' && says out '"kind": "sub"'
}

says_what_is_not_there()
{
	exits 1 revoked show "jti-00000000$hex" && says err "nothing is" &&
		exits 1 revoked show jti-00000000 &&
		exits 1 revoked show --jti nobody &&
		exits 2 revoked show "jti-0000000" && says err "KIND-HEX" &&
		exits 2 revoked show "other-00000000$hex" &&
		exits 2 revoked show "jti-0000000G" &&
		exits 2 revoked show && says err "a name is missing" &&
		exits 2 revoked show --jti x --issuer other &&
		says err "no issuer" &&
		exits 2 revoked show --lift x && says err "no such option"
}

refuses_a_beginning_that_two_entries_have()
{
	local entry='{"until":4000000000,"when":1}'
	local one=jti-abcdef00$hex two=jti-abcdef00${hex%0}1
	echo "$entry" | tee "$store/$one" >"$store/$two"
	chown 992:992 "$store/$one" "$store/$two"
	exits 2 revoked show jti-abcdef00 && says err "2 entries" &&
		exits 2 revoked undo jti-abcdef00 &&
		exits 0 revoked show "$two" && says out "$two"
}

undoes_by_name_and_by_value()
{
	revoke --jti first && revoke --jti second && revoke --sid third ||
		return
	exits 0 revoked undo --jti first --reason "by mistake" &&
		says out "undone: jti-" && says out "jti first" &&
		exits 1 revoked undo --jti first &&
		exits 0 revoked undo "$(name_of sid)" --json &&
		says out '"removed": true' &&
		exits 0 revoked show --jti second
}

undoes_nothing_where_one_name_is_wrong()
{
	revoke --jti kept || return
	exits 1 revoked undo --jti kept "jti-00000000$hex" &&
		exits 0 revoked show --jti kept
}

gives_a_lost_store_back()
{
	revoke --jti lost && revoke --sub lost || return
	lose_all
	exits 3 on_host revoke --jti more && says err revocation_lost &&
		says err "jwtauthctl revoked restore" &&
		exits 3 revoked init && says err "revoked init --anew" &&
		exits 0 revoked restore --dry-run && says out "are missing" &&
		exits 1 revoked show --jti lost &&
		exits 0 revoked restore && says out "stand there again" &&
		says out "takes the store again by itself" &&
		exits 0 revoked show --jti lost && revoke --jti more &&
		exits 0 revoked restore --json && says out '"missing": 0' &&
		says out '"loss": "none"'
}

lifts_only_when_told_where_this_host_saw_more()
{
	local counter
	revoke --jti seen || return
	counter=$(cut -d' ' -f2 "$store/epoch")
	printf '%s %s\n' "$(cut -d' ' -f1 "$store/epoch")" $((counter + 1)) \
		>"$state/seen/embedded"
	chown 991:991 "$state/seen/embedded"
	lose_all
	exits 1 revoked restore && says out "The denial (revocation_lost) stays" &&
		says out "1 revocations of this store are not in this journal" &&
		exits 3 on_host revoke --jti other &&
		exits 2 revoked restore --lift --dry-run &&
		exits 0 revoked restore --lift &&
		exits 3 on_host revoke --jti other &&
		says err "this host's logins have seen" &&
		exits 3 revoked undo --jti seen &&
		exits 0 revoked accept-store && revoke --jti other &&
		exits 0 revoked undo --jti seen
	local status=$?
	rm -f "$state/seen/embedded"
	return $status
}

takes_another_store_where_told_to()
{
	lose_all
	exits 0 revoked init --anew && says out ready && revoke --jti anew ||
		return
	echo "0123456789abcdef 7" >"$store/epoch"
	chown 992:992 "$store/epoch"
	exits 3 on_host revoke --jti other && says err "another one" &&
		exits 0 revoked accept-store && revoke --jti other &&
		[ "$(cat "$state/seen/embedded")" = "0123456789abcdef 7" ]
}

sweeps_the_journal_too()
{
	exits 0 ctl revoked sweep && says out "lines of the journal" &&
		exits 0 ctl revoked sweep && says out " 0 lines" &&
		exits 0 revoked restore
}

# CHECK LEVEL: does doctor find that, and what it says of it.
doctor_finds()
{
	on_host doctor --json | jq -er --arg check "$1" --arg level "$2" \
		'.[] | select(.check == $check and .level == $level).text'
}

doctor_finds_nothing_where_the_store_is_whole()
{
	revoke --jti kept || return
	doctor_finds store ok | grep "lost nothing" &&
		doctor_finds journal ok | grep "are in the store" &&
		! doctor_finds store error && ! doctor_finds journal error &&
		doctor_finds disk ok
}

doctor_finds_what_the_store_lost()
{
	revoke --jti gone || return
	rm "$store/$(name_of jti)"
	doctor_finds journal error | grep "1 of" || return
	lose_all
	doctor_finds store error | grep revocation_lost &&
		doctor_finds journal error | grep "lost data" &&
		exits 1 on_host doctor && says out "revoked restore" &&
		exits 0 revoked restore --lift &&
		! doctor_finds journal error
}

doctor_finds_folders_that_others_may_change()
{
	chmod 770 "$store"
	doctor_finds folders error | grep "mode 0770; expected" &&
		doctor_finds store error
	local status=$?
	chmod 750 "$store"
	return $status
}

doctor_finds_a_full_disk()
{
	local size
	size=$(df --output=avail -k "$state" | tail -1)
	fallocate -l "${size}k" "$state/filler" &&
		doctor_finds disk error | grep "the disk is full"
	local status=$?
	rm -f "$state/filler"
	return $status
}

# The process that prints is nobody in particular, and no check that reads a
# store or a cache is root.
doctor_reads_nothing_as_root()
{
	local trace=$work/trace uids
	strace -f -qq -e trace=setresuid,openat -o "$trace" \
		"$work/jwtauthctl" doctor --config "$work/store.conf" >/dev/null
	uids=$(awk -v state="$state" '
		/setresuid\(/ { became[$1] = 1 }
		/openat\(/ && !became[$1] &&
			(index($0, state "/revoked") || /store.conf/ ||
			 index($0, state "/journal")) { print }' "$trace")
	echo "$uids"
	[ -s "$trace" ] && [ -z "$uids" ]
}

fails_where_the_journal_cannot_be_written()
{
	local before
	before=$(cat "$store/epoch")
	mount -t tmpfs -o size=4k,mode=700,uid=992,gid=992 tmpfs \
		"$state/journal" || return
	head -c 4096 /dev/zero >"$state/journal/filler"
	exits 3 on_host revoke --jti full && says err "No space left" &&
		exits 1 revoked show --jti full &&
		[ "$(cat "$store/epoch")" = "$before" ]
	local status=$?
	umount "$state/journal"
	return $status
}

make_host
run_rules ctl_revoked \
	shows_one_entry_by_its_name_its_beginning_and_its_value \
	says_what_is_not_there \
	refuses_a_beginning_that_two_entries_have \
	undoes_by_name_and_by_value \
	undoes_nothing_where_one_name_is_wrong \
	gives_a_lost_store_back \
	lifts_only_when_told_where_this_host_saw_more \
	takes_another_store_where_told_to \
	sweeps_the_journal_too \
	doctor_finds_nothing_where_the_store_is_whole \
	doctor_finds_what_the_store_lost \
	doctor_finds_folders_that_others_may_change \
	doctor_finds_a_full_disk \
	doctor_reads_nothing_as_root \
	fails_where_the_journal_cannot_be_written
