#!/bin/sh
# SPDX-License-Identifier: ISC
# jwt-keyring as built: its files, its tokens, what it refuses. OpenSSL's
# command line checks the signatures. Run by make check from the build folder.
set -u

keyring=${KEYRING:-$PWD/tools/keyring/jwt-keyring}
issuer=https://idp.example.test

exits() { # STATUS COMMAND...
	wanted=$1
	shift
	status=0
	"$@" || status=$?
	[ "$status" -eq "$wanted" ] || {
		echo "exit $status, not $wanted: $*"
		return 1
	}
}

init() { "$keyring" init --dir k --issuer $issuer "$@"; }
mint() { "$keyring" mint --dir k --subject s --audience a "$@"; }
count() { "$keyring" status --dir k | grep -c " $1 "; }

# Base64url on standard input, decoded.
decode() {
	text=$(tr '_-' '/+' | tr -d '\n')
	while [ $((${#text} % 4)) -ne 0 ]; do text=$text=; done
	printf %s "$text" | base64 -d
}
header_of() { printf %s "$1" | cut -d. -f1 | decode; }
claims_of() { printf %s "$1" | cut -d. -f2 | decode; }
mode_of() { stat -c %a "$1"; }

init_makes_a_closed_folder_with_one_current_key() {
	umask 000
	kid=$(init)
	[ "$(mode_of k)" = 700 ]
	[ "$(mode_of k/keyring.json)" = 600 ]
	[ "$(mode_of "k/$kid.pem")" = 600 ]
	[ "$(ls k)" = "$(printf '%s\nkeyring.json\nsigning' "$kid.pem" | sort)" ]
	[ "$(readlink k/signing)" = "$kid.pem" ]
	[ "$(count current)" -eq 1 ]
}

init_leaves_a_keyring_alone_that_is_there() {
	init
	cp k/keyring.json before
	exits 1 init
	cmp k/keyring.json before
}

init_refuses_algorithms_that_it_does_not_know() {
	exits 2 init --alg none
	exits 2 init --alg es256
	[ ! -e k ]
}

init_refuses_an_issuer_that_is_no_https_url() {
	for url in http://idp.example.test https:// idp.example.test \
		"$issuer?a=b" "$issuer#a" "$issuer/ a"; do
		exits 2 "$keyring" init --dir k --issuer "$url"
	done
	[ ! -e k ]
}

# ALG OPENSSL-ARGUMENT...: a token of this algorithm verifies with openssl.
openssl_verifies() {
	alg=$1
	shift
	rm -rf k
	kid=$(init --alg "$alg")
	token=$(mint)
	openssl pkey -in "k/$kid.pem" -pubout -out public.pem
	printf %s "${token%.*}" >input
	printf %s "${token##*.}" | decode >signature
	case $alg in
	Ed*)
		openssl pkeyutl -verify -pubin -inkey public.pem -rawin \
			-in input -sigfile signature
		;;
	*)
		openssl dgst "$@" -verify public.pem -signature signature input
		;;
	esac
	header_of "$token" | grep -q "\"alg\":\"$alg\",\"kid\":\"$kid\""
}

tokens_verify_with_openssl() {
	openssl_verifies RS256 -sha256
	openssl_verifies PS512 -sha512 -sigopt rsa_padding_mode:pss \
		-sigopt rsa_pss_saltlen:digest
	openssl_verifies EdDSA
	openssl_verifies Ed25519
	openssl_verifies Ed448
}

every_algorithm_mints() {
	for alg in RS384 RS512 PS256 PS384 ES256 ES384 ES512; do
		rm -rf k
		init --alg $alg
		header_of "$(mint)" | grep -q "\"alg\":\"$alg\""
	done
}

a_token_has_the_claims_of_rfc_9068() {
	init
	token=$("$keyring" mint --dir k --subject alice --audience one \
		--audience two --scope "ssh sudo" --lifetime 60 \
		--issued-at 1000 --client-id demo --jti j1 --claim n=1 \
		--claim 'o:={"p":[true]}')
	header_of "$token" | grep -q '"typ":"at+jwt"'
	[ "$(claims_of "$token")" = '{"iss":"https://idp.example.test",'`
		`'"sub":"alice","aud":["one","two"],"client_id":"demo",'`
		`'"iat":1000,"exp":1060,"auth_time":1000,"jti":"j1",'`
		`'"scope":"ssh sudo","n":"1","o":{"p":[true]}}' ]
}

a_single_audience_is_a_string_and_each_jti_its_own() {
	init
	one=$(claims_of "$(mint)")
	two=$(claims_of "$(mint)")
	echo "$one" | grep -q '"aud":"a"'
	[ "$(echo "$one" | grep -o '"jti":"[^"]*"')" != \
		"$(echo "$two" | grep -o '"jti":"[^"]*"')" ]
}

wrong_tokens_can_be_made_for_tests() {
	init
	claims_of "$(mint --expires-at 5 --not-before 7)" |
		grep -q '"nbf":7,"exp":5'
	claims_of "$(mint --claim 'exp:="x"' --issuer https://other.test)" |
		grep -q '"iss":"https://other.test".*"exp":"x"'
	header_of "$(mint --typ JWT)" | grep -q '"typ":"JWT"'
}

# The key of RFC 8037 A.1; the thumbprint is that of its A.3.
cnf_holds_the_thumbprint_of_the_ssh_key() {
	init
	blob=AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea
	for line in "ssh-ed25519 $blob" "ssh-ed25519 $blob me@host"; do
		echo "$line" >key.pub
		claims_of "$(mint --cnf key.pub)" | grep -q '"cnf":{"jkt":'`
			`'"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}'
	done
	for line in "$blob" "ssh-rsa $blob" "ssh-ed25519 ${blob%a}" "" \
		"ssh-ed25519 ${blob}AAAA" "-----BEGIN OPENSSH PRIVATE KEY-----"
	do
		echo "$line" >key.pub
		exits 1 mint --cnf key.pub >out
		[ ! -s out ]
	done
}

rotate_keeps_the_old_key_published() {
	mkdir www
	old=$(init)
	new=$("$keyring" rotate --dir k)
	"$keyring" publish --dir k --out www
	grep -q "\"kid\": \"$old\"" www/jwks.json
	grep -q "\"kid\": \"$new\"" www/jwks.json
	header_of "$(mint)" | grep -q "\"kid\":\"$new\""
	header_of "$(mint --kid="$old")" | grep -q "\"kid\":\"$old\""
	[ "$(count current)" -eq 1 ]
	[ "$(count retiring)" -eq 1 ]
}

rotate_drop_old_keeps_one_generation() {
	first=$(init)
	second=$("$keyring" rotate --dir k)
	third=$("$keyring" rotate --dir k --drop-old --alg RS256)
	"$keyring" status --dir k >status
	exits 1 grep -e "$first" status
	[ ! -e "k/$first.pem" ]
	grep -qe "$second  ES256  retiring" status
	grep -qe "$third  RS256  current" status
}

drop_takes_retiring_keys_only() {
	old=$(init)
	new=$("$keyring" rotate --dir k)
	exits 1 "$keyring" drop --dir k -- "$new"
	exits 1 "$keyring" drop --dir k -- nosuch
	exits 2 "$keyring" drop --dir k
	exits 2 "$keyring" drop --dir k --retiring -- "$old"
	[ "$(count retiring)" -eq 1 ]
	"$keyring" drop --dir k -- "$old"
	[ "$(count retiring)" -eq 0 ]
	[ ! -e "k/$old.pem" ]
	"$keyring" rotate --dir k
	"$keyring" drop --dir k --retiring
	[ ! -e "k/$new.pem" ]
	[ "$(find k -name "*.pem" | wc -l)" -eq 1 ]
}

publish_reads_no_private_key_and_shows_none() {
	mkdir www
	kid=$(init --alg RS256)
	mv "k/$kid.pem" .
	"$keyring" publish --dir k --out www --issuer "$issuer/"
	[ "$(mode_of www/jwks.json)" = 644 ]
	[ "$(mode_of www/.well-known)" = 755 ]
	[ "$(mode_of www/.well-known/openid-configuration)" = 644 ]
	exits 1 grep -E '"(d|p|q|dp|dq|qi|k)"' www/jwks.json
	grep -q "\"issuer\": \"$issuer/\"" www/.well-known/openid-configuration
	grep -q "\"jwks_uri\": \"$issuer/jwks.json\"" \
		www/.well-known/openid-configuration
	[ "$(find www -type f | wc -l)" -eq 2 ]
}

publish_fails_where_it_cannot_write() {
	init
	exits 1 "$keyring" publish --dir k --out nosuch/below
	exits 2 "$keyring" publish --dir k
}

a_keyring_open_to_others_is_refused() {
	kid=$(init)
	chmod 750 k
	exits 1 "$keyring" status --dir k
	chmod 700 k
	chmod 644 k/keyring.json
	exits 1 "$keyring" status --dir k
	chmod 600 k/keyring.json
	chmod 604 "k/$kid.pem"
	exits 1 mint
	chmod 600 "k/$kid.pem"
	mint
}

a_private_key_that_is_not_the_published_one_is_refused() {
	kid=$(init)
	mv k other
	init
	mv "other/$kid.pem" k/*.pem
	exits 1 mint >out
	[ ! -s out ]
}

a_broken_keyring_is_refused_and_named() {
	init
	cp k/keyring.json whole
	for change in 's/"version": 2/"version": 3/' 's/"current"/"lost"/' \
		's/"current"/"retiring"/' 's/"kid": "/&..\//' 's/"ES256"/"X"/' \
		's/"crv"/"d": "AA", "crv"/' '$d' 's/https:/http:/'; do
		sed "$change" whole >k/keyring.json
		exits 1 "$keyring" status --dir k 2>message
		grep -q "k/keyring.json" message
	done
	cp whole k/keyring.json
	"$keyring" status --dir k
}

a_secret_file_signs_without_a_keyring() {
	printf '%064d\n' 7 >secret
	chmod 600 secret
	set -- "$keyring" mint --secret-file secret --subject s --audience a
	exits 2 "$@"
	set -- "$@" --issuer $issuer
	token=$("$@" --alg HS512)
	header_of "$token" | grep -q '"alg":"HS512"'
	# The line end is no part of the secret.
	mac=$(printf %s "${token%.*}" | openssl dgst -sha512 -mac HMAC \
		-macopt "key:$(cat secret)" -binary | base64 -w0)
	[ "$(printf %s "${token##*.}" | decode | base64 -w0)" = "$mac" ]
	exits 2 "$@" --alg RS256
	exits 2 "$@" --dir k
	printf '%040d' 7 >secret
	exits 1 "$@" --alg HS512
	"$@" --alg HS256
	chmod 644 secret
	exits 1 "$@"
}

wrong_usage_exits_with_2() {
	init
	exits 2 "$keyring"
	exits 2 "$keyring" mints
	exits 2 "$keyring" status
	exits 2 "$keyring" status --dir k extra
	exits 2 "$keyring" status --dir
	exits 2 "$keyring" mint --dir k --subject s
	exits 2 mint --lifetime -1
	exits 2 mint --lifetime 1x
	exits 2 mint --lifetime 5 --expires-at 5
	exits 2 mint --claim x
	exits 2 mint --claim =x
	exits 2 mint --claim ':=1'
	exits 2 mint --claim 'x:={'
	exits 2 mint --alg ES256
	for command in init rotate drop publish mint status; do
		"$keyring" $command --help | grep -q -e --dir
	done
	"$keyring" --help
}

# Those that come second say so; whoever minted meanwhile is not hindered.
rotations_at_once_count_or_say_so() {
	init
	for n in 1 2 3 4 5 6; do
		{ status=0; "$keyring" rotate --dir k || status=$?
		  echo $status >"status.$n"; } &
		mint
	done
	wait
	[ "$(count current)" -eq 1 ]
	[ "$(count retiring)" -eq "$(cat status.* | grep -c '^0$')" ]
	[ "$(cat status.* | grep -c '^[03]$')" -eq 6 ]
}

# Whatever instant the kill hits: the old content or the new.
a_killed_rotation_leaves_a_whole_keyring() {
	init
	for ms in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 25 30; do
		timeout -s KILL "$(printf '0.%03d' $ms)" \
			"$keyring" rotate --dir k --drop-old || true
		[ "$(count current)" -eq 1 ]
		mint
	done
}

# A rule runs in a shell of its own: where its status is asked for in the same
# shell, set -e has no effect.
if [ "${1-}" = --rule ]; then
	set -e
	"$2"
	exit 0
fi

script=$(realpath "$0")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export KEYRING="$keyring"
passed=0
failed=0
for rule in $(sed -n 's/^\([a-z0-9]*_[a-z0-9]*_[a-z0-9_]*\)() {$/\1/p' "$script"); do
	mkdir "$work/$rule"
	cd "$work/$rule" || exit 1
	if sh "$script" --rule "$rule" >"$work/log" 2>&1; then
		passed=$((passed + 1))
		echo "ok     $rule"
	else
		failed=$((failed + 1))
		echo "FAILED $rule"
		sed 's/^/       /' "$work/log"
	fi
done
echo "keyring: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
