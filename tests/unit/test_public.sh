#!/bin/bash
# SPDX-License-Identifier: ISC
# libjwtcore as other programs get it: its symbols, header, manual page, and
# the example, compiled by pkg-config against what "make install" installs.
# Run by make check from the build folder.
set -u
export LC_ALL=C
build=$PWD
source=$(cd "$(dirname "$0")/../.." && pwd)
core=$source/libjwtcore
work=$(mktemp -d /tmp/test-public.XXXXXX)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
cc=${CC:-cc}
cxx=${CXX:-c++}
keyring=$build/tools/keyring/jwt-keyring
iss=https://idp.example.test
aud=https://api.example.test

# What a program of a sanitized library needs as well.
sanitize=
library=$build/libjwtcore/.libs/libjwtcore.so
if nm -D "$library" | grep -q __asan_init; then
	sanitize=-fsanitize=address,undefined
elif nm -D "$library" | grep -q __tsan_init; then
	sanitize=-fsanitize=thread
fi

same() { # FILE FILE, neither empty
	[ -s "$work/$1" ] && diff "$work/$1" "$work/$2"
}

in_map() { sed -n 's/^\t\([a-z]\w*\);$/\1/p' "$core/libjwtcore.map" | sort; }

# "RETURN NAME(ARGUMENTS)", a line a function, in one spelling.
prototypes() {
	tr '\n\t' '  ' | sed 's/  */ /g; s/ \([),]\)/\1/g; s/\([(*]\) /\1/g'
}
in_header() {
	sed 's/^#define JWTCORE_EXPORT.*//' "$core/jwtcore.h" |
		"$cc" -E -P -fpreprocessed - | tr '\n\t' '  ' |
		grep -oE 'JWTCORE_EXPORT [^;]*;' |
		sed 's/JWTCORE_EXPORT //; s/ *JWTCORE_MUST_CHECK//; s/;$//' |
		while read -r line; do prototypes <<<"$line" && echo; done |
		sed 's/ *$//' | sort
}
in_page() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$core/jwtcore.3" |
		awk '/^\.Ft/ { sub(/^\.Ft /, ""); gsub(/"/, ""); type = $0 }
		/^\.Fo/ { line = type " " $2 "("; comma = "" }
		/^\.Fa/ { sub(/^\.Fa /, ""); gsub(/"/, "")
			line = line comma $0; comma = ", " }
		/^\.Fc/ { print line ")" }' |
		while read -r line; do prototypes <<<"$line" && echo; done |
		sed 's/ *$//' | sort
}

exports_exactly_what_the_map_lists() {
	in_map >"$work/map"
	nm -D --defined-only "$library" |
		sed -n 's/.* T \(.*\)@@JWTCORE_0$/\1/p' | sort >"$work/exported"
	same map exported &&
		# Nor anything without a version, but the version itself.
		! nm -D --defined-only "$library" |
		grep -vE '@@JWTCORE_0$| A JWTCORE_0$| __(odr_asan|asan)'
}

declares_in_the_header_what_it_exports() {
	in_map >"$work/map"
	in_header | sed 's/(.*//; s/.*[ *]//' | sort >"$work/header"
	same map header
}

documents_each_function_with_the_header_s_prototype() {
	in_header >"$work/header"
	in_page >"$work/page"
	same header page
}

names_each_function_at_the_top_of_the_page() {
	in_map >"$work/map"
	sed -n 's/^\.Nm \(jwt[a-z]*_[a-z_]*\)\( ,\)\{0,1\}$/\1/p' \
		"$core/jwtcore.3" | sort >"$work/names"
	same map names
}

takes_no_name_of_a_function_from_libjwt() {
	in_map | grep -vE '^jwtcore_' >"$work/others"
	printf '%s\n' jwt_context_free jwt_context_new jwt_judge \
		jwt_reason_name >"$work/allowed"
	same allowed others
}

shows_the_example_in_the_page_as_it_is() {
	sed -n '/^\.Bd -literal$/,/^\.Ed$/p' "$core/jwtcore.3" | sed '1d; $d' |
		sed 's/^\\&//; s/\\e/\\/g' >"$work/shown"
	cp "$source/examples/verify.c" "$work/example"
	same example shown
}

names_each_algorithm_in_the_page() {
	sed -n 's/^\t\[JWS_[A-Z0-9]*\] = { "\([A-Za-z0-9]*\)".*/\1/p' \
		"$core/jose/alg.c" | sort >"$work/known"
	sed -n '/^\.It Fn jwtcore_rules_add_algorithm/,/^\.It Fn/p' \
		"$core/jwtcore.3" | sed '1d; $d' | tr ' ' '\n' |
		sed -n 's/^\([A-Z][A-Za-z]*[0-9]*A*\)[,.]$/\1/p' |
		sort >"$work/named"
	same known named
}

has_a_header_for_strict_c_and_for_c++() {
	echo '#include <jwtcore.h>' >"$work/header.c"
	"$cc" -std=c99 -pedantic -Wall -Wextra -Werror -I"$core" \
		-fsyntax-only "$work/header.c" &&
		"$cxx" -std=c++11 -pedantic -Wall -Wextra -Werror -I"$core" \
			-fsyntax-only -x c++ "$work/header.c"
}

# Once for the rules below.
install_and_compile() {
	local flags
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$build" \
		install-libLTLIBRARIES install-includeHEADERS \
		install-pkgconfigDATA DESTDIR="$work/root" >"$work/install" ||
		return
	folder=$(dirname "$(find "$work/root" -name libjwtcore.pc)")
	flags=$(PKG_CONFIG_PATH=$folder PKG_CONFIG_SYSROOT_DIR=$work/root \
		PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 \
		pkg-config --cflags --libs libjwtcore) || return
	# shellcheck disable=SC2086 # lists of flags
	"$cc" -Wall -Wextra -Werror $sanitize -o "$work/verify" \
		"$source/examples/verify.c" $flags
}

# What the example needs of us is the library alone, by its soname.
compiles_the_example_against_the_installed_library() {
	install_and_compile &&
		objdump -p "$work/verify" | grep 'NEEDED *libjwtcore.so.0$' &&
		! objdump -p "$work/verify" |
		grep -E 'NEEDED *lib(crypto|ssl|jansson|config|hiredis)'
}

make_issuer() {
	"$keyring" init --dir "$work/keys" --alg ES256 --issuer "$iss" &&
		"$keyring" publish --dir "$work/keys" --out "$work/www" &&
		jwks=$(find "$work/www" -name '*jwks*' -type f | head -n 1)
}

verify() { # TOKEN EXPECTED-STATUS EXPECTED-TEXT [AUDIENCE]
	local status=0
	printf '%s\n' "$1" | LD_LIBRARY_PATH=$(dirname "$folder") \
		"$work/verify" "$jwks" "$iss" "${4:-$aud}" >"$work/out" || status=$?
	cat "$work/out"
	[ "$status" = "$2" ] && grep -q "^$3" "$work/out"
}

runs_the_example_on_good_and_bad_tokens() {
	local token changed
	make_issuer || return
	token=$("$keyring" mint --dir "$work/keys" --subject alice \
		--audience "$aud" --scope 'read write') || return
	changed=${token%?????}AAAAA
	verify "$token" 0 'allow: ok' &&
		verify "$token" 1 'deny: audience_mismatch' https://other &&
		verify "$changed" 1 'deny: signature_invalid' &&
		verify " $token" 1 'deny: token_malformed' &&
		verify "$("$keyring" mint --dir "$work/keys" --subject alice \
			--audience "$aud" --scope write)" 1 'deny: ok'
}

for rule in $(sed -n 's/^\([a-z+_]*\)() {$/\1/p' "$0"); do
	case $rule in
	same | in_* | prototypes | install_and_compile | make_issuer | verify)
		continue ;;
	esac
	if "$rule" >"$work/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok     $rule"
	else
		failed=$((failed + 1))
		echo "FAILED $rule"
		sed 's/^/       /' "$work/said"
	fi
done
echo "public_install: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
