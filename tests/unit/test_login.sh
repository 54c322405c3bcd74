#!/bin/sh
# jwt-login against a real ssh-keygen. Run by make check in the build folder.
# Last line: "login: N passed, N failed".
# shellcheck disable=SC2016 # scripts of fakes stand in single quotes
set -u

login=$PWD/tools/login/jwt-login
tests=$(sed -n 's/^\([a-z_0-9]*\)() {$/\1/p' "$0")
passed=0 failed=0
PATH=/usr/bin:/bin

if ! keygen=$(command -v ssh-keygen); then
	echo 'FAILED ssh-keygen is missing: apt install openssh-client'
	echo 'login: 0 passed, 1 failed'
	exit 1
fi
dir=$(mktemp -d) || exit 1
agent=
clean() {
	if [ -n "$agent" ]; then kill "$agent"; fi
	rm -rf "$dir"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1
export HOME="$dir/home" TMPDIR="$dir/tmp" TZ=UTC
mkdir -p home/.ssh tmp bin
unset SSH_AUTH_SOCK SSH_ASKPASS DISPLAY

# ---- tokens: header.payload.signature, the signature is nobody's

b64u() { basenc --base64url -w0 | tr -d =; }

field() { # KEY.pub SKIP LEN: bytes of the blob, in base64url
	cut -d ' ' -f 2 "$1" | base64 -d | tail -c "+$(($2 + 1))" |
		head -c "$3" | b64u
}

ec() { # KEY.pub CURVE WIDTH
	printf '{"crv":"%s","kty":"EC","x":"%s","y":"%s"}' "$2" \
		"$(field "$1" 40 "$3")" "$(field "$1" $((40 + $3)) "$3")"
}

jkt() { # KEY.pub: its RFC 7638 thumbprint
	case $(cut -d ' ' -f 1 "$1") in
	ssh-ed25519)
		printf '{"crv":"Ed25519","kty":"OKP","x":"%s"}' "$(field "$1" 19 32)"
		;;
	*256) ec "$1" P-256 32 ;;
	*384) ec "$1" P-384 48 ;;
	*521) ec "$1" P-521 66 ;;
	ssh-rsa)
		printf '{"e":"%s","kty":"RSA","n":"%s"}' \
			"$(field "$1" 15 3)" "$(field "$1" 23 256)"
		;;
	esac | sha256sum | cut -c1-64 | tr a-f A-F | basenc --base16 -d | b64u
}

raw_token() { # HEADER PAYLOAD
	printf '%s.%s.%s\n' "$(printf %s "$1" | b64u)" \
		"$(printf %s "$2" | b64u)" "$(head -c 64 /dev/zero | b64u)"
}

unsigned() { raw_token '{"alg":"ES256","typ":"at+jwt"}' "$1"; } # PAYLOAD

bound() { # KEY.pub EXP
	unsigned "{\"sub\":\"alice\",\"exp\":$2,\"cnf\":{\"jkt\":\"$(jkt "$1")\"}}"
}

# ---- a test is a function whose name states the rule; it fails by "no"

no() { bad="$bad
       $*"; }

run() { # STATUS COMMAND...: output in $out
	want=$1
	shift
	status=0
	out=$("$@" 2>&1 </dev/null) || status=$?
	[ "$status" = "$want" ] || no "exit $status, not $want: $* -> $out"
}

says() { # PATTERN
	printf '%s\n' "$out" | grep -q -e "$1" || no "no \"$1\" in: $out"
}

check() { # FUNCTION
	bad=
	"$1"
	[ -z "$(ls tmp)" ] || no "left in TMPDIR: $(ls tmp)"
	rm -rf ./*-cert.pub tmp/*
	if [ -z "$bad" ]; then
		passed=$((passed + 1))
		echo "ok     $1"
	else
		failed=$((failed + 1))
		echo "FAILED $1$bad"
	fi
}

"$keygen" -q -t ed25519 -N '' -C '' -f key
"$keygen" -q -t ed25519 -N '' -C 'a comment of words' -f other
now=$(date +%s)
end=$((now + 600))
bound key.pub $end >good

makes_what_ssh_offers_for_every_type_of_key() {
	for type in ed25519-256 ecdsa-256 ecdsa-384 ecdsa-521 rsa-2048; do
		"$keygen" -q -t "${type%-*}" -b "${type#*-}" -N '' -f "k-$type" \
			2>/dev/null
		bound "k-$type.pub" $end >token
		run 0 "$login" --token-file token --key "k-$type"
		serial=$(printf '%s\n' "$out" | sed -n 's/^serial  *//p')
		[ ${#serial} = 16 ] || no "serial: $serial"
		run 0 "$keygen" -L -f "k-$type-cert.pub"
		says "Serial: $(printf %u "0x$serial")\$"
		says 'user certificate$'
		says "to $(date -d "@$end" +%Y-%m-%dT%H:%M:%S)\$"
		says '^ *jwtauth$'
		says 'Critical Options: (none)'
		says "$(tr -d '\n' <token | basenc --base16 -w0 | tr A-F a-f)"
		for permit in X11-forwarding agent-forwarding port-forwarding \
			pty user-rc; do
			says "permit-$permit"
		done
	done
	rm -f k-* token
}

writes_for_the_owner_alone() {
	run 0 "$login" --token-file good --key key
	[ "$(stat -c %a key-cert.pub)" = 600 ] || no "$(ls -l key-cert.pub)"
}

each_certificate_has_another_serial() {
	run 0 "$login" --token-file good --key key
	first=$out
	run 0 "$login" --token-file good --key key.pub
	[ "$out" != "$first" ] || no "$out"
}

uses_the_default_key_and_the_place_of_out() {
	cp other home/.ssh/id_ed25519
	cp other.pub home/.ssh/id_ed25519.pub
	bound other.pub $end >token
	run 0 "$login" --token-file token
	[ -s home/.ssh/id_ed25519-cert.pub ] || no "no certificate: $out"
	run 0 "$login" --token-file token --out tmp/here.pub
	[ -s tmp/here.pub ] || no "no certificate: $out"
	rm -f tmp/here.pub home/.ssh/*-cert.pub token
}

takes_a_token_from_standard_input_and_in_lines() {
	out=$(fold -w 40 good | "$login" --token-file - --key key 2>&1) || no "$out"
	says '^serial'
}

takes_a_token_from_a_command_without_its_input() {
	out=$(echo junk | "$login" --token-command 'cat; cat good | cat' \
		--key key 2>&1) || no "it read our input: $out"
	run 3 "$login" --token-command 'cat good; exit 3' --key key
	says 'exit 3'
	run 3 "$login" --token-command 'kill -9 $$' --key key
	says 'signal 9'
	run 1 "$login" --token-command true --key key
	says 'empty'
}

ends_a_command_that_prints_for_ever() {
	run 3 timeout 60 "$login" --token-command yes --key key
	says 'longer than'
}

# A ssh-keygen that must not be reached.
forbid_keygen() {
	printf '#!/bin/sh\ntouch "%s/reached"\nexit 1\n' "$dir" >bin/ssh-keygen
	chmod +x bin/ssh-keygen
	rm -f reached
}

refused() { # WORDS: $login said no to ./token, and ran nothing
	forbid_keygen
	run 1 env PATH="$dir/bin:$PATH" "$login" --token-file token --key key
	says "$1"
	[ ! -e reached ] || no "ssh-keygen was run: $1"
	[ ! -e key-cert.pub ] || no "a certificate was written: $1"
	rm -f token bin/ssh-keygen
}

refuses_an_unbound_token_before_anything_runs() {
	unsigned "{\"exp\":$end}" >token
	refused 'cnf.jkt is missing'
	unsigned "{\"exp\":$end,\"cnf\":{}}" >token
	refused 'cnf.jkt is missing'
}

refuses_a_token_of_another_key_and_names_both() {
	bound other.pub $end >token
	refused "cnf.jkt is $(jkt other.pub), key.pub has the thumbprint $(jkt key.pub)"
}

refuses_a_key_that_no_token_can_be_bound_to() {
	printf 'sk-ssh-ed25519@openssh.com %s\n' "$(
		printf '\0\0\0\032sk-ssh-ed25519@openssh.com' | base64 -w0
	)" >sk.pub
	run 1 "$login" --token-file good --key sk
	says 'sk.pub: a key of a type that no token can be bound to'
	rm -f sk.pub
}

refuses_a_token_without_an_end_or_after_it() {
	unsigned "{\"cnf\":{\"jkt\":\"$(jkt key.pub)\"}}" >token
	refused 'exp is missing'
	bound key.pub $((now - 5)) >token
	refused 'the token ended at'
}

refuses_what_is_no_token() {
	printf 'junk' >token
	refused 'no token'
	head -c 2000 /dev/urandom >token
	refused 'no token'
	printf '%s' "$(cut -d . -f 1-2 good)" >token
	refused 'no token'
	raw_token '{"alg":"none"}' "{\"exp\":$end}" >token
	refused 'no token'
	unsigned 'x' >token
	refused 'no token'
	unsigned "{\"exp\":\"$end\"}" >token
	refused 'exp: expected'
	head -c 17000 /dev/zero | tr '\0' a >token
	refused 'longer than 16384'
}

says_which_file_is_missing_or_too_long() {
	run 3 "$login" --token-file good --key none
	says 'none.pub: No such file'
	run 3 "$login" --token-file none --key key
	says 'none: No such file'
	head -c 1000000 /dev/zero >token
	run 3 "$login" --token-file token --key key
	says 'token: longer than'
	echo junk >junk.pub
	run 3 "$login" --token-file good --key junk
	says 'junk.pub: '
	rm -f token junk.pub
}

never_replaces_what_it_did_not_make() {
	"$keygen" -q -s other -I x -n root key.pub 2>/dev/null
	cp key-cert.pub before
	run 3 "$login" --token-file good --key key
	says 'not made by jwt-login'
	cmp -s before key-cert.pub || no 'the certificate was changed'
	cp key before
	run 3 "$login" --token-file good --key key --out key
	cmp -s before key || no 'the private key was changed'
	: >before
	run 3 "$login" --token-file good --key key --out before
	rm -f before
}

# A ssh-keygen that runs COMMANDS with the real one's path in $keygen.
fake_keygen() { # COMMANDS
	printf '#!/bin/sh\nkeygen=%s\n%s\n' "$keygen" "$1" >bin/ssh-keygen
	chmod +x bin/ssh-keygen
}

keeps_the_old_certificate_when_signing_fails() {
	run 0 "$login" --token-file good --key key
	cp key-cert.pub before
	fake_keygen 'for last; do :; done
		echo half >"${last%.pub}-cert.pub"
		exit 1'
	run 3 env PATH="$dir/bin:$PATH" "$login" --token-file good --key key
	cmp -s before key-cert.pub || no 'the certificate was changed'
	run 3 env PATH="$dir/empty" "$login" --token-file good --key key
	says 'install OpenSSH'
	rm -f before bin/ssh-keygen
}

believes_no_certificate_that_it_did_not_ask_for() {
	run 0 "$login" --token-file good --key key
	cp key-cert.pub before
	fake_keygen 'for last; do :; done
		cp before "${last%.pub}-cert.pub"'
	run 3 env PATH="$dir/bin:$PATH" "$login" --token-file good --key key
	says 'another certificate'
	fake_keygen 'for last; do :; done
		echo half >"${last%.pub}-cert.pub"'
	run 3 env PATH="$dir/bin:$PATH" "$login" --token-file good --key key
	says 'bad certificate'
	for change in '-V) a=+52w' '-O) a=extension:jwt@jwtauth=a.b.c' '-z) a=1'; do
		fake_keygen 'last=
			for a; do
				shift
				case $last in '"$change"' ;; esac
				set -- "$@" "$a"
				last=$a
			done
			exec "$keygen" "$@"'
		run 3 env PATH="$dir/bin:$PATH" "$login" --token-file good --key key
		says 'another certificate'
	done
	cmp -s before key-cert.pub || no 'the certificate was changed'
	rm -f before bin/ssh-keygen
}

signs_with_the_agent_where_the_key_is_there_only() {
	eval "$(ssh-agent -a "$dir/agent")" >/dev/null
	agent=$SSH_AGENT_PID
	for type in ed25519 rsa; do
		"$keygen" -q -t $type -b 2048 -N '' -f in-agent 2>/dev/null
		ssh-add -q in-agent 2>/dev/null
		echo junk >in-agent
		bound in-agent.pub $end >token
		run 3 "$login" --token-file token --key in-agent
		run 0 "$login" --token-file token --key in-agent --agent
		mv in-agent gone
		run 0 "$login" --token-file token --key in-agent
		run 0 "$login" --check --key in-agent
		ssh-add -q -D 2>/dev/null
		run 3 "$login" --token-file token --key in-agent
		rm -f in-agent* gone token
	done
	kill "$agent"
	agent=
	unset SSH_AUTH_SOCK SSH_AGENT_PID
}

lets_ssh_keygen_ask_for_the_passphrase() {
	"$keygen" -q -t ed25519 -N secret -f locked
	printf '#!/bin/sh\necho secret\n' >bin/askpass
	chmod +x bin/askpass
	bound locked.pub $end >token
	run 0 env SSH_ASKPASS="$dir/bin/askpass" SSH_ASKPASS_REQUIRE=force \
		"$login" --token-file token --key locked
	rm -f locked* token bin/askpass
}

check_tells_good_from_bad_by_its_exit_code() {
	run 1 "$login" --check --key key
	says 'there is none'
	run 0 "$login" --token-file good --key key
	run 0 "$login" --check --key key
	says '^serial'
	run 0 "$login" --check --key key --for 500
	run 1 "$login" --check --key key --for 700
	says 'ends in'
	run 1 "$login" --check --key other --out key-cert.pub
	says 'another key'
	run 3 "$login" --check --key key --out .
}

check_refuses_an_ended_and_a_foreign_certificate() {
	"$keygen" -q -s key -I jwtauth -n jwtauth -V 20200101:20200102 \
		-O "extension:jwt@jwtauth=$(cat good)" key.pub 2>/dev/null
	run 1 "$login" --check --key key
	says 'ended'
	"$keygen" -q -s other -I x -n root key.pub 2>/dev/null
	run 1 "$login" --check --key key
	says 'not ours'
	echo junk >key-cert.pub
	run 1 "$login" --check --key key
	says 'not ours'
}

says_how_it_is_used() {
	for options in '' '--token-file good --token-command true' \
		'--check --token-file good' '--token-file good more' \
		'--token-file good --for 3' '--check --for x' \
		'--check --for -1' '--check --for 1x' '--nonsense' \
		'--token-file'; do
		# shellcheck disable=SC2086 # words
		run 2 "$login" $options
	done
	run 0 "$login" --help
	for option in token-file token-command key agent out check for; do
		says "^  --$option "
	done
	run 0 "$login" --version
	says '^jwt-login [0-9]'
}

for name in $tests; do
	case $name in
	clean | ec | run | forbid_keygen) ;;
	*) check "$name" ;;
	esac
done
echo "login: $passed passed, $failed failed"
[ "$failed" = 0 ]
