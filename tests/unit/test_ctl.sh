#!/bin/bash
# SPDX-License-Identifier: ISC
# jwtauthctl from outside: verify-jws, config check, the table of subcommands.
# shellcheck source=tests/unit/ctl_case.sh
. "$(dirname "$0")/ctl_case.sh"

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

verify_jws_is_nobody_before_the_first_byte()
{
	reads_harmlessly '' "$a4_token" \
		"$work/jwtauthctl" verify-jws --jwks "$work/rfc.json" &&
		says out Ed25519
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

run_rules ctl accepts_the_rfc_examples refuses_any_changed_byte \
	allows_only_the_algorithms_named says_why_a_token_is_not_valid \
	needs_a_key_set_that_is_one \
	verify_jws_is_nobody_before_the_first_byte \
	config_check_counts_what_it_read \
	the_shipped_config_is_valid_and_so_is_its_example \
	every_setting_is_described_and_in_the_example \
	config_check_names_the_place_of_a_typo names_the_nearest_subcommand \
	helps_with_each_subcommand
