#!/bin/bash
# SPDX-License-Identifier: ISC
# jwtauthctl from outside: exit codes, words, and who it becomes.
# The last line is "ctl: N passed, N failed".
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

# RFC 7515 A.2 and A.3, RFC 8037 A.4.
a2_n=$(joined <<'END'
	ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4
	qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2j
	Z47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7W
	TBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK
	-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ
END
)
a2_token=$(joined <<'END'
	eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogI
	mh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EG
	rhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5ju
	jGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6x
	BArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOk
	HWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5A
	XLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
END
)
a3_token=$(joined <<'END'
	eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogI
	mh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOy
	KAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q
END
)
a4_token=$(joined <<'END'
	eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP
	0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0
	KAg
END
)
cat >"$work/rfc.json" <<END
{"keys":[
 {"kty":"RSA","e":"AQAB","n":"$a2_n"},
 {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
  "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
 {"kty":"OKP","crv":"Ed25519",
  "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
END
chmod 644 "$work/rfc.json"
verify() { printf %s "$1" | ctl verify-jws --jwks "$work/rfc.json" "${@:2}"; }

accepts_the_rfc_examples()
{
	exits 0 verify "$a2_token" && says out '"joe"' &&
		exits 0 verify "$a3_token" && says out '"joe"' &&
		exits 0 verify "$a4_token" &&
		[ "$(cat "$work/out")" = "Example of Ed25519 signing" ] &&
		exits 0 verify "$a2_token"$'\n'
}

# Every byte in turn (every 16th where a sanitizer makes each run slow); and
# nothing is printed of the payload.
refuses_any_changed_byte()
{
	local token i with step=1
	[ "${sanitized:-}" = yes ] && step=16
	for token in "$a2_token" "$a3_token" "$a4_token"; do
		for ((i = 0; i < ${#token}; i += step)); do
			with=A
			[ "${token:i:1}" = A ] && with=B
			exits 1 verify "${token:0:i}$with${token:i+1}" &&
				[ ! -s "$work/out" ] || return
		done
	done
}

allows_only_the_algorithms_named()
{
	exits 0 verify "$a2_token" --alg ES256 --alg RS256 &&
		exits 1 verify "$a2_token" --alg ES256 &&
		says err alg_not_allowed &&
		exits 2 verify "$a2_token" --alg HS256 && says err secret &&
		exits 2 verify "$a2_token" --alg rs256
}

says_why_a_token_is_not_valid()
{
	exits 1 verify "" && says err token_malformed &&
		exits 1 verify "a.b" && says err token_malformed &&
		exits 1 verify "$(head -c 40000 /dev/zero | tr '\0' A)" &&
		says err token_too_large
}

needs_a_key_set_that_is_one()
{
	exits 2 ctl verify-jws </dev/null && says err '--jwks is missing' &&
		exits 2 ctl verify-jws --jwks "$work/none" </dev/null &&
		says err 'No such file' &&
		exits 2 ctl verify-jws --jwks "$0" </dev/null &&
		exits 2 ctl verify-jws --jwks "$work/rfc.json" TOKEN </dev/null
}

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

verify_jws_is_nobody_before_the_first_byte()
{
	reads_harmlessly '' "$a4_token" \
		"$work/jwtauthctl" verify-jws --jwks "$work/rfc.json" &&
		says out Ed25519
}

account='jwtauth:x:64990:64990::/:/bin/false'
explain_is_jwtauth_before_the_first_byte()
{
	reads_harmlessly "$account" "$good" "$work/jwtauthctl" explain \
		--config "$work/main.conf" --service console --user alice &&
		says out 'allow, as alice' || return
	[ "$(id -u)" -ne 0 ] || grep -q '^Uid:.*64990' "$work/status"
}

reads_nothing_where_jwtauth_is_missing()
{
	exits 3 on_bare_host keys show --config "$work/main.conf" &&
		[ ! -s "$work/out" ] &&
		says err 'user jwtauth does not exist' &&
		exits 3 on_bare_host explain --config "$work/main.conf" \
			--service console --user alice <<<"$good" &&
		[ ! -s "$work/out" ]
}
on_bare_host() { (with_accounts '' "$work/jwtauthctl" "$@"); }

# A token that nobody but this test signs.
openssl genrsa -out "$work/key.pem" 2048 2>/dev/null
modulus=$(openssl rsa -in "$work/key.pem" -noout -modulus)
mint()
{
	local signed
	signed=$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)
	printf %s "$signed.$(printf %s "$signed" |
		openssl dgst -sha256 -sign "$work/key.pem" | base64url)"
}
cat >"$work/jwks.json" <<END
{"keys":[{"kty":"RSA","kid":"k1","alg":"RS256","use":"sig","e":"AQAB","n":"$(
	basenc -d --base16 <<<"${modulus#Modulus=}" | base64url)"}]}
END
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
chmod 644 "$work/main.conf" "$work/jwks.json"
claims()
{
	local now
	now=$(date +%s)
	printf '{"iss":"https://idp.example.com","aud":"ssh://here",'
	printf '"sub":"%s","scope":"ssh","iat":%d,"exp":%d,' \
		"$1" "$now" $((now + $2))
	printf '"client_id":"c","jti":"j"}'
}
good=$(mint '{"alg":"RS256","kid":"k1","typ":"at+jwt"}' "$(claims alice 3000)")
explain()
{
	printf %s "$1" | user_ctl explain --config "$work/main.conf" \
		"${@:2}"
}

explains_every_step_of_an_allow()
{
	exits 0 explain "$good" --service console --user alice || return
	local step
	for step in service carrier form payload issuer algorithm keys \
		signature claims binding account policy revocation; do
		grep -qE "^$step +ok" "$work/out" || {
			cat "$work/out"
			return 1
		}
	done
	says out 'decision     allow, as alice'
}

explains_the_step_that_denies()
{
	local long
	long=$(mint '{"alg":"RS256","kid":"k1","typ":"at+jwt"}' \
		"$(claims alice 7200)")
	exits 1 explain "$long" --service console --user alice &&
		grep -qE '^claims +lifetime_too_long' "$work/out" &&
		! grep -q '^policy' "$work/out" &&
		says out 'decision     deny: lifetime_too_long' &&
		exits 1 explain "$good" --service console --user bob &&
		says out 'deny: user_mismatch' &&
		exits 1 explain "$good" --service lax --user alice &&
		says out 'deny: policy_denied' &&
		exits 1 explain "$(head -c 200000 /dev/zero | tr '\0' A)" \
			--service console --user alice &&
		says out 'deny: token_too_large'
}

explains_nothing_without_service_and_user()
{
	exits 2 explain "$good" --service console &&
		exits 2 explain "$good" --user alice &&
		exits 2 explain "$good" --service console --user alice \
			--uid -1 &&
		exits 2 user_ctl explain --config "$work/none.conf" \
			--service console --user alice
}

keys_show() { user_ctl keys show --config "$work/main.conf" "$@"; }
shows_the_keys_of_a_file()
{
	exits 0 keys_show && says out 'from a file' &&
		grep -qE '^  k1 +RSA +RS256$' "$work/out" &&
		exits 0 keys_show --json &&
		python3 -c 'import json, sys
(i,) = json.load(open(sys.argv[1]))
assert i["keys"] == [{"kid": "k1", "kty": "RSA", "algorithms": ["RS256"]}]
assert i["usable"] and "fetched_at" not in i' "$work/out"
}

# FRESH STALE [KEYS]: a cache file of the issuer "net".
cache_file()
{
	local now
	now=$(date +%s)
	mkdir -p "$work/cache"
	chmod 755 "$work/cache"
	printf '{"version":1,"issuer":"https://net.example.com",
"jwks_uri":"https://net.example.com/k","fetched_at":%d,"fresh_until":%d,
"stale_until":%d,"etag":"","jwks":%s}' $((now - 150)) $((now + $1)) \
		$((now + $2)) "$(cat "$work/jwks.json")" \
		>"$work/cache/net.json"
	chmod 644 "$work/cache/net.json"
	sed -e '/jwks_file/d' -e 's/idp.example/net.example/' \
		-e 's/"corp"/"net"/' "$work/main.conf" >"$work/net.conf"
}
net_show()
{
	user_ctl keys show --config "$work/net.conf" \
		--cache-dir "$work/cache" "$@"
}
shows_how_old_the_cache_is()
{
	cache_file 7300 9000
	exits 0 net_show && says out 'state        fresh' &&
		says out '(2 minutes ago)' && says out '(in 2 hours)' &&
		says out 'https://net.example.com/k' || return
	cache_file -10 9000
	exits 0 net_show && says out 'state        stale' || return
	cache_file -20 -10
	exits 1 net_show && says out 'state        too old'
}

names_the_cache_file_that_is_no_good()
{
	cache_file 600 9000
	rm "$work/cache/net.json"
	exits 1 net_show && says out "$work/cache/net.json" || return
	echo '{"version":1' >"$work/cache/net.json"
	exits 1 net_show && says out "$work/cache/net.json"
}

config_check_counts_what_it_read()
{
	exits 0 ctl config check "$work/main.conf" &&
		says out "$work/main.conf: ok, 1 issuer, services: console, lax" &&
		says err 'service "lax" has no rule of its own' &&
		(cd "$work" && exits 0 ctl config check main.conf)
}

the_shipped_config_is_valid_and_so_is_its_example()
{
	install -m 644 "$source/etc/jwtauth.conf" "$work/shipped.conf"
	exits 0 ctl config check "$work/shipped.conf" &&
		says out 'ok, 0 issuers, services: sshd, sudo (also sudo-i)' &&
		says err 'no issuer: every token is denied' || return
	sed -i 's/^#\([^ ]\)/\1/' "$work/shipped.conf"
	exits 0 ctl config check "$work/shipped.conf" &&
		says out 'ok, 1 issuer, services: sshd, sudo (also sudo-i)' &&
		[ ! -s "$work/err" ]
}

# The tables of the reader are the list of what there is.
every_setting_is_described_and_in_the_example()
{
	local name names
	names=$(grep -ohE '\{ "[a-z_]+", SETTING' \
		"$source"/libjwtcore/config/*.c | grep -oE '[a-z_]+' | sort -u)
	[ "$(wc -w <<<"$names")" -gt 40 ] || return
	for name in $names; do
		grep -qE "^\.It Cm $name\$" "$source/etc/jwtauth.conf.5" &&
			grep -qE "\\b$name = " "$source/etc/jwtauth.conf" || {
			echo "not described, or not in the example: $name"
			return 1
		}
	done
}

config_check_names_the_place_of_a_typo()
{
	sed 's/audience/audiance/' "$work/main.conf" >"$work/typo.conf"
	chmod 644 "$work/typo.conf"
	exits 2 ctl config check "$work/typo.conf" &&
		says err "$work/typo.conf:6: unknown setting \"audiance\" in\
 issuer \"corp\"; did you mean \"audience\"?"
}

names_the_nearest_subcommand()
{
	exits 2 ctl verify-jsw && says err 'did you mean "verify-jws"?' &&
		exits 2 ctl confg check &&
		says err 'did you mean "config check"?' &&
		exits 2 ctl zzzzzz && ! says err 'did you mean' >/dev/null &&
		exits 2 ctl && says err 'subcommand is missing'
}

helps_with_each_subcommand()
{
	exits 0 ctl --help && says out 'config check [FILE]' &&
		exits 0 ctl explain --help && says out 'explain --service' &&
		! says out verify-jws >/dev/null
}

nm -D "$work/jwtauthctl" | grep -q __asan_init && sanitized=yes
for name in accepts_the_rfc_examples refuses_any_changed_byte \
	allows_only_the_algorithms_named says_why_a_token_is_not_valid \
	needs_a_key_set_that_is_one verify_jws_is_nobody_before_the_first_byte \
	explain_is_jwtauth_before_the_first_byte \
	reads_nothing_where_jwtauth_is_missing \
	explains_every_step_of_an_allow explains_the_step_that_denies \
	explains_nothing_without_service_and_user shows_the_keys_of_a_file \
	shows_how_old_the_cache_is names_the_cache_file_that_is_no_good \
	config_check_counts_what_it_read \
	the_shipped_config_is_valid_and_so_is_its_example \
	every_setting_is_described_and_in_the_example \
	config_check_names_the_place_of_a_typo names_the_nearest_subcommand \
	helps_with_each_subcommand; do
	if [ "$name" = reads_nothing_where_jwtauth_is_missing ] &&
		[ "$(id -u)" -ne 0 ]; then
		echo "left out: $name (it needs root)"
		continue
	fi
	rule "$name" "$name"
done
echo "ctl: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
