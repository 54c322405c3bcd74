#!/bin/bash
# SPDX-License-Identifier: ISC
# jwtauthctl from outside: explain and keys show.
if [ "$(id -u)" -ne 0 ]; then
	echo "ctl_explain: skipped: key files must be root's, and so must we"
	exit 77
fi
# shellcheck source=tests/unit/ctl_case.sh
. "$(dirname "$0")/ctl_case.sh"

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
chmod 644 "$work/jwks.json"
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

account='jwtauth:x:64990:64990::/:/bin/false'
explain_is_jwtauth_before_the_first_byte()
{
	reads_harmlessly "$account" "$good" "$work/jwtauthctl" explain \
		--config "$work/main.conf" --service console --user alice &&
		says out 'allow, as alice' &&
		grep -q '^Uid:.*64990' "$work/status"
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

run_rules ctl_explain explain_is_jwtauth_before_the_first_byte \
	reads_nothing_where_jwtauth_is_missing \
	explains_every_step_of_an_allow explains_the_step_that_denies \
	explains_nothing_without_service_and_user shows_the_keys_of_a_file \
	shows_how_old_the_cache_is names_the_cache_file_that_is_no_good
