/* SPDX-License-Identifier: ISC */
/* token/check: claims against an issuer's rules. */
#include "suite.h"
#include "token/claims.h"

#include <stdio.h>

#define NOW 1700000000

static enum jwt_reason
parse(const char *json, struct claims *out)
{
	claims_clear(out);
	return claims_parse(slice_of_string(json), out, NULL);
}

static char audience_a[] = "ssh://a", audience_b[] = "ssh://b";
static char *const audience[] = { audience_a, audience_b };
static const struct token_rules usual = { .issuer = "https://idp.example",
	.type = TOKEN_ACCESS,
	.audience = audience,
	.audience_count = 2,
	.max_lifetime = 3600,
	.leeway = 30 };

static enum jwt_reason
check_rules(const char *typ, const char *json, const struct token_rules *rules)
{
	JWT_AUTO(claims) c = { 0 };

	CU_ASSERT_EQUAL_FATAL(parse(json, &c), JWT_OK);
	return claims_check(&c, slice_of_string(typ), rules, NOW, NULL);
}

#define HEAD "{\"iss\":\"https://idp.example\",\"aud\":\"ssh://a\""

static enum jwt_reason
check_times(const char *times)
{
	char json[256];

	snprintf(json, sizeof(json), HEAD ",%s}", times);
	return check_rules("at+jwt", json, &usual);
}

/* exp, nbf and iat in seconds from now. */
static enum jwt_reason
check_at(long exp, long nbf, long iat)
{
	char times[128];

	snprintf(times, sizeof(times), "\"exp\":%ld,\"nbf\":%ld,\"iat\":%ld",
		NOW + exp, NOW + nbf, NOW + iat);
	return check_times(times);
}

static void
takes_a_token_within_the_rules(void)
{
	CU_ASSERT_EQUAL(check_at(600, -10, -10), JWT_OK);
	CU_ASSERT_EQUAL(
		check_times("\"exp\":1700000600,\"iat\":1699999999"), JWT_OK);
}

static enum jwt_reason
check_iss(const char *iss)
{
	char json[256];

	snprintf(json, sizeof(json),
		"{%s\"aud\":\"ssh://a\",\"exp\":1700000600,\"iat\":1700000000}",
		iss);
	return check_rules("at+jwt", json, &usual);
}

static void
compares_iss_byte_for_byte(void)
{
	CU_ASSERT_EQUAL(check_iss("\"iss\":\"https://idp.example\","), JWT_OK);
	CU_ASSERT_EQUAL(check_iss(""), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(check_iss("\"iss\":\"https://idp.example/\","),
		JWT_ISSUER_UNKNOWN);
	CU_ASSERT_EQUAL(check_iss("\"iss\":\"https://IDP.example\","),
		JWT_ISSUER_UNKNOWN);
	CU_ASSERT_EQUAL(check_iss("\"iss\":\"\","), JWT_ISSUER_UNKNOWN);
}

static enum jwt_reason
check_typ(const char *typ, enum token_type type, bool plain_typ)
{
	struct token_rules rules = usual;

	rules.type = type;
	rules.plain_typ = plain_typ;
	return check_rules(
		typ, HEAD ",\"exp\":1700000600,\"iat\":1700000000}", &rules);
}

static void
takes_only_the_typ_of_the_token_type(void)
{
	static const char *const at[] = { "at+jwt", "AT+JWT",
		"application/at+jwt", "Application/At+Jwt" };
	static const char *const plain[] = { "", "JWT", "jwt",
		"application/jwt" };
	static const char *const other[] = { "at+jwt ", "at", "+jwt", "xat+jwt",
		"dpop+jwt", "logout+jwt", "application/", "text/at+jwt" };
	const enum jwt_reason no = JWT_TYPE_NOT_ALLOWED;

	for (size_t i = 0; i < JWT_COUNT(at); i++) {
		CU_ASSERT_EQUAL(check_typ(at[i], TOKEN_ACCESS, false), JWT_OK);
		CU_ASSERT_EQUAL(check_typ(at[i], TOKEN_ACCESS, true), JWT_OK);
		CU_ASSERT_EQUAL(check_typ(at[i], TOKEN_ID, false), no);
		CU_ASSERT_EQUAL(check_typ(at[i], TOKEN_ID, true), no);
	}
	for (size_t i = 0; i < JWT_COUNT(plain); i++) {
		CU_ASSERT_EQUAL(check_typ(plain[i], TOKEN_ACCESS, false), no);
		CU_ASSERT_EQUAL(
			check_typ(plain[i], TOKEN_ACCESS, true), JWT_OK);
		CU_ASSERT_EQUAL(check_typ(plain[i], TOKEN_ID, false), JWT_OK);
	}
	for (size_t i = 0; i < JWT_COUNT(other); i++) {
		CU_ASSERT_EQUAL(check_typ(other[i], TOKEN_ACCESS, true), no);
		CU_ASSERT_EQUAL(check_typ(other[i], TOKEN_ID, true), no);
	}
}

static enum jwt_reason
check_aud(const char *aud)
{
	char json[256];

	snprintf(json, sizeof(json),
		"{\"iss\":\"https://idp.example\",%s"
		"\"exp\":1700000600,\"iat\":1700000000}",
		aud);
	return check_rules("at+jwt", json, &usual);
}

static void
wants_one_of_its_audiences_exactly(void)
{
	struct token_rules none = usual;

	CU_ASSERT_EQUAL(check_aud("\"aud\":\"ssh://b\","), JWT_OK);
	CU_ASSERT_EQUAL(check_aud("\"aud\":[\"x\",\"ssh://b\"],"), JWT_OK);
	CU_ASSERT_EQUAL(check_aud(""), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(check_aud("\"aud\":[],"), JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_EQUAL(
		check_aud("\"aud\":\"ssh://a/\","), JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_EQUAL(
		check_aud("\"aud\":\"ssh://A\","), JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_EQUAL(check_aud("\"aud\":\"ssh://a ssh://b\","),
		JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_EQUAL(
		check_aud("\"aud\":[\"ssh://\",\"\"],"), JWT_AUDIENCE_MISMATCH);
	none.audience_count = 0;
	CU_ASSERT_EQUAL(
		check_rules("at+jwt",
			HEAD ",\"exp\":1700000600,\"iat\":1700000000}", &none),
		JWT_AUDIENCE_MISMATCH);
}

static void
ends_at_exp_plus_leeway(void)
{
	CU_ASSERT_EQUAL(check_at(-29, -100, -100), JWT_OK);
	CU_ASSERT_EQUAL(check_at(-30, -100, -100), JWT_EXPIRED);
	CU_ASSERT_EQUAL(check_at(-31, -100, -100), JWT_EXPIRED);
	CU_ASSERT_EQUAL(check_times("\"iat\":1700000000"), JWT_CLAIM_MISSING);
}

static void
begins_at_nbf_and_iat_minus_leeway(void)
{
	CU_ASSERT_EQUAL(check_at(600, 30, 0), JWT_OK);
	CU_ASSERT_EQUAL(check_at(600, 31, 0), JWT_NOT_YET_VALID);
	CU_ASSERT_EQUAL(check_at(600, 0, 30), JWT_OK);
	CU_ASSERT_EQUAL(check_at(600, 0, 31), JWT_NOT_YET_VALID);
}

static void
allows_no_leeway_on_the_lifetime(void)
{
	CU_ASSERT_EQUAL(check_at(3590, -10, -10), JWT_OK);
	CU_ASSERT_EQUAL(check_at(3591, -10, -10), JWT_LIFETIME_TOO_LONG);
	CU_ASSERT_EQUAL(check_times("\"exp\":253402300799,\"iat\":0"),
		JWT_LIFETIME_TOO_LONG);
}

static void
needs_iat_where_the_lifetime_is_limited(void)
{
	struct token_rules rules = usual;
	const char *json = HEAD ",\"exp\":1700000600}";

	CU_ASSERT_EQUAL(check_rules("at+jwt", json, &rules), JWT_CLAIM_MISSING);
	rules.max_lifetime = 0;
	CU_ASSERT_EQUAL(check_rules("at+jwt", json, &rules), JWT_OK);
}

static void
rejects_an_end_that_is_not_after_the_beginning(void)
{
	CU_ASSERT_EQUAL(check_at(10, -10, 10), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(check_at(10, -10, 11), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(check_at(10, 10, 0), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(check_at(10, 11, 0), JWT_CLAIM_MALFORMED);
}

static void
names_the_first_fault_in_the_documented_order(void)
{
	struct token_rules rules = usual;
	const char *all = "{\"iss\":\"x\",\"aud\":\"x\",\"exp\":1}";

	CU_ASSERT_EQUAL(check_rules("x", all, &rules), JWT_ISSUER_UNKNOWN);
	rules.issuer = "x";
	CU_ASSERT_EQUAL(check_rules("x", all, &rules), JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		check_rules("at+jwt", all, &rules), JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_EQUAL(check_at(-100, -200, -9000), JWT_LIFETIME_TOO_LONG);
	CU_ASSERT_EQUAL(check_times("\"exp\":1"), JWT_CLAIM_MISSING);
}

static void
checks_the_end_alone_for_what_was_accepted_before(void)
{
	JWT_AUTO(claims) c = { 0 };

	CU_ASSERT_EQUAL(
		parse("{\"iss\":\"x\",\"nbf\":1800000000,\"exp\":1700000000}",
			&c),
		JWT_OK);
	CU_ASSERT_EQUAL(
		claims_check_expiry(&c, &usual, NOW + 29, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		claims_check_expiry(&c, &usual, NOW + 30, NULL), JWT_EXPIRED);
	CU_ASSERT_EQUAL(parse("{}", &c), JWT_OK);
	CU_ASSERT_EQUAL(
		claims_check_expiry(&c, &usual, NOW, NULL), JWT_CLAIM_MISSING);
}

static const struct unit_test tests[] = {
	UNIT_TEST(takes_a_token_within_the_rules),
	UNIT_TEST(compares_iss_byte_for_byte),
	UNIT_TEST(takes_only_the_typ_of_the_token_type),
	UNIT_TEST(wants_one_of_its_audiences_exactly),
	UNIT_TEST(ends_at_exp_plus_leeway),
	UNIT_TEST(begins_at_nbf_and_iat_minus_leeway),
	UNIT_TEST(allows_no_leeway_on_the_lifetime),
	UNIT_TEST(needs_iat_where_the_lifetime_is_limited),
	UNIT_TEST(rejects_an_end_that_is_not_after_the_beginning),
	UNIT_TEST(names_the_first_fault_in_the_documented_order),
	UNIT_TEST(checks_the_end_alone_for_what_was_accepted_before),
};
UNIT_SUITE("rules", tests)
