/* SPDX-License-Identifier: ISC */
/* What a refusal says of carriers and claims: see test_report.c. */
#include "report_case.h"
#include "token/carrier.h"

static enum jwt_reason
read_claims(const char *input, struct report *r)
{
	static char audience[] = "us";
	static char *const audiences[] = { audience };
	const struct token_rules rules = { .issuer = "i",
		.type = TOKEN_ID,
		.audience = audiences,
		.audience_count = 1,
		.max_lifetime = 100,
		.leeway = 5 };
	JWT_AUTO(claims) claims = { 0 };

	JWT_TRY(claims_parse(slice_of_string(input), &claims, r));
	return claims_check(&claims, slice_of_string("JWT"), &rules, 1000, r);
}

#define OURS "{\"iss\":\"i\",\"aud\":\"us\","

static enum jwt_reason
read_certificate(const char *input, struct report *r)
{
	JWT_AUTO(carried) carried = { 0 };

	return carrier_open(JWT_CARRIER_SSH_AUTH_INFO, slice_of_string(input),
		slice_of(NULL, 0), 0, &carried, r);
}

static void
of_a_certificate_that_it_is_none(void)
{
	static const struct said cases[] = {
		{ "", "certificate: not \"TYPE BASE64\"" },
		{ "publickey ssh-ed25519 ?",
			"certificate: not \"TYPE BASE64\"" },
		{ "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
			"not ours: a plain key, no certificate" },
	};

	each_says(cases, JWT_COUNT(cases), read_certificate);
}

static enum jwt_reason
read_access(const char *typ, struct report *r)
{
	static char audience[] = "us";
	static char *const audiences[] = { audience };
	const struct token_rules rules = { .issuer = "i",
		.type = TOKEN_ACCESS,
		.audience = audiences,
		.audience_count = 1 };
	JWT_AUTO(claims) claims = { 0 };

	JWT_TRY(claims_parse(
		slice_of_string(OURS "\"exp\":1050}"), &claims, r));
	return claims_check(&claims, slice_of_string(typ), &rules, 1000, r);
}

static void
of_a_typ_which_was_expected(void)
{
	static const struct said cases[] = {
		{ "at+jwt", "" },
		{ "", "typ is missing, expected at+jwt" },
		{ "JWT", "typ is JWT, expected at+jwt" },
	};

	each_says(cases, JWT_COUNT(cases), read_access);
}

static void
of_claims_the_claim_and_the_seconds(void)
{
	static const struct said cases[] = {
		{ OURS "\"exp\":1050,\"iat\":1000}", "" },
		{ "{\"iss\":1}", "iss: expected a string" },
		{ "{\"exp\":\"1\"}", "exp: expected a number of seconds" },
		{ "{\"iat\":-1}", "iat: expected seconds from 1970 to 9999" },
		{ "{\"aud\":{}}",
			"aud: expected a string or an array of strings" },
		{ "{\"aud\":[1]}",
			"aud: expected nothing but strings in its array" },
		{ "{\"cnf\":1}", "cnf: expected an object" },
		{ "{\"cnf\":{\"jkt\":1}}", "jkt: expected a string" },
		{ "{\"cnf\":{\"jkt\":\"AA\"}}",
			"cnf.jkt: expected 32 bytes in base64url (RFC 7638)" },
		{ "{\"aud\":\"us\"}", "iss is missing" },
		{ "{\"iss\":\"I\"}", "iss is I, expected i" },
		{ OURS "\"events\":{}}",
			"it has events: a logout token, or another event" },
		{ "{\"iss\":\"i\"}", "aud is missing" },
		{ "{\"iss\":\"i\",\"aud\":\"US\"}",
			"aud is US, which is not ours" },
		{ "{\"iss\":\"i\",\"aud\":[\"a\",\"b\"]}",
			"aud names 2 others, none of ours" },
		{ "{\"iss\":\"i\",\"aud\":[\"us\",\"b\"],\"azp\":\"b\",\"exp\":"
		  "1050,\"iat\":1000}",
			"azp is b, which is not ours" },
		{ OURS "\"iat\":1}", "exp is missing" },
		{ OURS "\"exp\":1050}",
			"iat is missing, max_lifetime needs it" },
		{ OURS "\"exp\":1,\"iat\":1}", "exp is not after iat" },
		{ OURS "\"exp\":9,\"iat\":1,\"nbf\":9}",
			"exp is not after nbf" },
		{ OURS "\"exp\":102,\"iat\":1}",
			"exp - iat is 101 s, max_lifetime is 100" },
		{ OURS "\"exp\":1050,\"iat\":1006}",
			"iat is 6 s in the future, leeway is 5" },
		{ OURS "\"exp\":1050,\"iat\":1000,\"nbf\":1007}",
			"nbf is 7 s in the future, leeway is 5" },
		{ OURS "\"exp\":995,\"iat\":990}",
			"exp was 5 s ago, leeway is 5" },
	};

	each_says(cases, JWT_COUNT(cases), read_claims);
}

static enum jwt_reason
read_logout(const char *input, struct report *r)
{
	JWT_AUTO(claims) claims = { 0 };

	JWT_TRY(claims_parse(slice_of_string(input), &claims, r));
	return claims_check_logout(&claims, r);
}

#define EVENT "{\"events\":{\"" LOGOUT_EVENT "\":{}}"

static void
of_a_logout_token_what_it_lacks(void)
{
	static const struct said cases[] = {
		{ EVENT ",\"jti\":\"1\",\"sub\":\"s\"}", "" },
		{ "{}", "it has no events: no logout token" },
		{ "{\"events\":{}}",
			"events is of something else than a logout" },
		{ EVENT ",\"nonce\":1}",
			"it has a nonce, which is an ID token's" },
		{ EVENT "}", "jti is missing" },
		{ EVENT ",\"jti\":\"1\"}", "sub and sid are both missing" },
	};

	each_says(cases, JWT_COUNT(cases), read_logout);
}

static const struct unit_test tests[] = {
	UNIT_TEST(of_a_certificate_that_it_is_none),
	UNIT_TEST(of_a_typ_which_was_expected),
	UNIT_TEST(of_claims_the_claim_and_the_seconds),
	UNIT_TEST(of_a_logout_token_what_it_lacks),
};
UNIT_SUITE("report-claims", tests)
