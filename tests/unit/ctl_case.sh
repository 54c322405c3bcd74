# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# For the tests of jwtauthctl from outside, which source it: a copy of the
# program, a configuration, and how a rule is tried. Each prints as its last
# line "NAME: N passed, N failed".
# shellcheck disable=SC2034 # what the two scripts use
set -u
export LC_ALL=C
build=$PWD
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d /tmp/test-ctl.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
# A copy, since nobody may be unable to enter the build folder.
install -m 755 "$build/tools/ctl/jwtauthctl" "$work/jwtauthctl"
passed=0
failed=0

# RULE COMMAND...: the command is the test.
rule()
{
	local name=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok     $name"
	else
		failed=$((failed + 1))
		echo "FAILED $name"
		sed 's/^/       /' "$work/said"
	fi
}

# STATUS COMMAND...: it exits so; what it prints is in out and err.
exits()
{
	local expected=$1 status
	shift
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" -eq "$expected" ] && return
	echo "exit $status, expected $expected: $*"
	cat "$work/out" "$work/err"
	return 1
}

# As nobody where we are root; as ourselves otherwise.
unprivileged()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}
ctl() { "$work/jwtauthctl" "$@"; }
user_ctl() { unprivileged "$work/jwtauthctl" "$@"; }
says() { grep -qF -- "$2" "$work/$1" || { cat "$work/$1"; return 1; }; }
joined() { tr -d '\t\n '; }
base64url() { basenc --base64url -w0 | tr -d =; }

# Is process $1 without a privilege, and without a way back to one?
is_harmless()
{
	local status
	status=$(grep -E '^(Uid|Gid|Groups|CapPrm|NoNewPrivs)' \
		"/proc/$1/status") || return
	echo "$status"
	grep -qE '^NoNewPrivs:.*1' <<<"$status" &&
		grep -qE '^CapPrm:.*0000000000000000' <<<"$status" &&
		! grep -qE '^(Uid|Gid|Groups):.*\b0\b' <<<"$status"
}

# PASSWD COMMAND...: on a host whose account database is this file. It keeps
# its process id.
with_accounts()
{
	printf '%s\n' "$1" 'root:x:0:0::/root:/bin/sh' \
		'nobody:x:65534:65534::/:/bin/false' >"$work/passwd"
	chmod 644 "$work/passwd"
	shift
	[ "$(id -u)" -ne 0 ] && exec "$@"
	# shellcheck disable=SC2016 # the inner shell expands them
	exec unshare -m sh -c 'mount --bind "$0" /etc/passwd && exec "$@"' \
		"$work/passwd" "$@"
}

# PASSWD TOKEN COMMAND...: the token comes only once the reader is harmless.
reads_harmlessly()
{
	local accounts=$1 token=$2 pid deadline=$((SECONDS + 10))
	shift 2
	rm -f "$work/token"
	mkfifo "$work/token"
	(with_accounts "$accounts" "$@") \
		<"$work/token" >"$work/out" 2>"$work/err" &
	pid=$!
	exec 9>"$work/token"
	until is_harmless "$pid" >"$work/status"; do
		if [ "$SECONDS" -ge "$deadline" ] || ! kill -0 "$pid"; then
			exec 9>&-
			cat "$work/status" "$work/err"
			return 1
		fi
		read -r -t 0.01 <> <(:)
	done
	printf %s "$token" >&9
	exec 9>&-
	wait "$pid"
}

cat >"$work/main.conf" <<END
issuers = ( {
	name = "corp";
	issuer = "https://idp.example.com";
	jwks_file = "$work/jwks.json";
	algorithms = [ "RS256" ];
	audience = [ "ssh://here" ];
	accounts = ( { claim = "sub"; } );
} );
services = {
	console = { scope_any = [ "ssh" ]; unix = false; };
	lax = { unix = false; };
};
revocation = { store = "none"; };
END
chmod 644 "$work/main.conf"
nm -D "$work/jwtauthctl" | grep -q __asan_init && sanitized=yes

# SUITE RULE...: every rule is a function of that name.
run_rules()
{
	local suite=$1 name
	shift
	for name; do
		rule "$name" "$name"
	done
	echo "$suite: $passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
