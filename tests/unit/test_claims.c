/* SPDX-License-Identifier: ISC */
/* token/claims: parsing a payload. */
#include "suite.h"
#include "token/claims.h"

#include <stdio.h>
#include <string.h>

#define JKT "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"

static enum jwt_reason
parse(const char *json, struct claims *out)
{
	claims_clear(out);
	return claims_parse(slice_of_string(json), out, NULL);
}

static enum jwt_reason
parses(const char *json)
{
	JWT_AUTO(claims) claims = { 0 };

	return parse(json, &claims);
}

static void
fills_every_field(void)
{
	JWT_AUTO(claims) c = { 0 };

	CU_ASSERT_EQUAL_FATAL(
		parse("{\"iss\":\"i\",\"sub\":\"s\",\"jti\":\"j\",\"sid\":"
		      "\"d\",\"acr\":\"a\",\"azp\":\"z\",\"exp\":5,\"nbf\":2,"
		      "\"iat\":1,\"auth_time\":0,\"cnf\":{\"jkt\":\"" JKT
		      "\"}}",
			&c),
		JWT_OK);
	CU_ASSERT(slice_equals_string(c.iss, "i"));
	CU_ASSERT(slice_equals_string(c.sub, "s"));
	CU_ASSERT(slice_equals_string(c.jti, "j"));
	CU_ASSERT(slice_equals_string(c.sid, "d"));
	CU_ASSERT(slice_equals_string(c.acr, "a"));
	CU_ASSERT(slice_equals_string(c.azp, "z"));
	CU_ASSERT(c.has_exp && c.has_nbf && c.has_iat && c.has_auth_time);
	CU_ASSERT(c.exp == 5 && c.nbf == 2 && c.iat == 1 && c.auth_time == 0);
	CU_ASSERT(c.has_cnf && c.has_jkt);
	CU_ASSERT(c.jkt[0] == 0x37 && c.jkt[31] == 0x7b);
}

static void
leaves_out_what_is_not_there(void)
{
	JWT_AUTO(claims) c = { 0 };

	CU_ASSERT_EQUAL(parse("{}", &c), JWT_OK);
	CU_ASSERT(!c.has_exp && !c.has_nbf && !c.has_iat);
	CU_ASSERT(!c.has_auth_time && !c.has_cnf && !c.has_jkt);
	CU_ASSERT_EQUAL(c.iss.len + c.sub.len + c.jti.len, 0);
}

static void
rejects_what_is_not_one_strict_json_object(void)
{
	static const char *const bad[] = { "", "[]", "\"x\"", "{", "{} x",
		"{\"a\":1,\"a\":1}", "{\"a\":\"\\u0000\"}", "{'a':1}",
		"{\"a\":\"\xff\"}", "{\"exp\":01}", "{\"exp\":NaN}" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(parses(bad[i]), JWT_TOKEN_MALFORMED);
}

static void
rejects_claims_of_the_wrong_type(void)
{
	static const char *const names[] = { "iss", "sub", "jti", "sid", "acr",
		"azp", "exp", "nbf", "iat", "aud", "cnf" };
	static const char *const values[] = { "null", "true", "[1]",
		"{\"jkt\":1}" };

	for (size_t i = 0; i < JWT_COUNT(names); i++)
		for (size_t j = 0; j < JWT_COUNT(values); j++) {
			char json[64];

			snprintf(json, sizeof(json), "{\"%s\":%s}", names[i],
				values[j]);
			CU_ASSERT_EQUAL(parses(json), JWT_CLAIM_MALFORMED);
		}
	CU_ASSERT_EQUAL(parses("{\"iss\":1}"), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(parses("{\"aud\":1}"), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(parses("{\"aud\":[\"a\",1]}"), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(parses("{\"cnf\":\"x\"}"), JWT_CLAIM_MALFORMED);
}

/* Its form matters to a service that asks how old a login is. */
static void
keeps_an_auth_time_that_is_no_date_apart(void)
{
	static const char *const odd[] = { "\"2026-01-15T21:09:29.651Z\"",
		"null", "-1", "1e400" };

	for (size_t i = 0; i < JWT_COUNT(odd); i++) {
		JWT_AUTO(claims) c = { 0 };
		char json[96];

		snprintf(json, sizeof(json), "{\"auth_time\":%s}", odd[i]);
		CU_ASSERT_EQUAL(parse(json, &c), JWT_OK);
		CU_ASSERT(c.odd_auth_time && !c.has_auth_time);
	}
}

static enum jwt_reason
exp_of(const char *number, int64_t *out)
{
	JWT_AUTO(claims) c = { 0 };
	char json[96];
	enum jwt_reason reason;

	snprintf(json, sizeof(json), "{\"exp\":%s}", number);
	reason = parse(json, &c);
	*out = c.exp;
	return reason;
}

static void
cuts_the_fraction_of_a_date(void)
{
	int64_t exp;

	CU_ASSERT(exp_of("1700000000.999", &exp) == JWT_OK);
	CU_ASSERT_EQUAL(exp, 1700000000);
	CU_ASSERT(exp_of("1.7e9", &exp) == JWT_OK && exp == 1700000000);
	CU_ASSERT(exp_of("0", &exp) == JWT_OK && exp == 0);
	CU_ASSERT(exp_of("253402300799", &exp) == JWT_OK);
	CU_ASSERT_EQUAL(exp, 253402300799);
	CU_ASSERT(exp_of("253402300799.5", &exp) == JWT_OK);
	CU_ASSERT_EQUAL(exp, 253402300799);
}

static void
rejects_dates_out_of_range_and_in_strings(void)
{
	static const char *const bad[] = { "-1", "-0.5", "253402300800", "1e12",
		"9223372036854775807", "9223372036854775808", "1e400",
		"\"1700000000\"", "[1]" };
	int64_t exp;

	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(exp_of(bad[i], &exp), JWT_CLAIM_MALFORMED);
}

static void
takes_a_jkt_of_exactly_32_canonical_bytes(void)
{
	JWT_AUTO(claims) c = { 0 };

	CU_ASSERT_EQUAL(
		parses("{\"cnf\":{\"jkt\":\"\"}}"), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(
		parses("{\"cnf\":{\"jkt\":\"AAAA\"}}"), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(parses("{\"cnf\":{\"jkt\":\"" JKT "=\"}}"),
		JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(parses("{\"cnf\":{\"jkt\":\"" JKT "AA\"}}"),
		JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(parse("{\"cnf\":{\"jwk\":{}}}", &c), JWT_OK);
	CU_ASSERT(c.has_cnf && !c.has_jkt);
	CU_ASSERT_EQUAL(parse("{\"cnf\":{}}", &c), JWT_OK);
	CU_ASSERT(c.has_cnf && !c.has_jkt);
}

static bool
scope_has(const char *scope, const char *value)
{
	JWT_AUTO(claims) c = { 0 };
	char json[96];

	snprintf(json, sizeof(json), "{\"scope\":%s}", scope);
	CU_ASSERT_EQUAL(parse(json, &c), JWT_OK);
	return claims_list_has(&c, "scope", value);
}

static void
finds_whole_words_only(void)
{
	CU_ASSERT(scope_has("\"ssh\"", "ssh"));
	CU_ASSERT(scope_has("\"openid ssh\"", "ssh"));
	CU_ASSERT(scope_has("\"ssh openid\"", "ssh"));
	CU_ASSERT(scope_has("\"a  ssh b\"", "ssh"));
	CU_ASSERT(scope_has("[\"a\",\"ssh\"]", "ssh"));
	CU_ASSERT(scope_has("[\"a b\"]", "a b"));
	CU_ASSERT_FALSE(scope_has("\"sshd\"", "ssh"));
	CU_ASSERT_FALSE(scope_has("\"xssh x\"", "ssh"));
	CU_ASSERT_FALSE(scope_has("\"SSH\"", "ssh"));
	CU_ASSERT_FALSE(scope_has("[\"openid ssh\"]", "ssh"));
	CU_ASSERT_FALSE(scope_has("[1,null,[\"ssh\"]]", "ssh"));
	CU_ASSERT_FALSE(scope_has("{\"ssh\":true}", "ssh"));
	CU_ASSERT_FALSE(scope_has("true", "ssh"));
	CU_ASSERT_FALSE(scope_has("\"a b\"", "a b"));
	CU_ASSERT_FALSE(scope_has("\"\"", ""));
	CU_ASSERT_FALSE(scope_has("\"a \"", ""));
	CU_ASSERT_FALSE(scope_has("[\"\"]", ""));
}

static const struct unit_test tests[] = {
	UNIT_TEST(fills_every_field),
	UNIT_TEST(leaves_out_what_is_not_there),
	UNIT_TEST(rejects_what_is_not_one_strict_json_object),
	UNIT_TEST(rejects_claims_of_the_wrong_type),
	UNIT_TEST(keeps_an_auth_time_that_is_no_date_apart),
	UNIT_TEST(cuts_the_fraction_of_a_date),
	UNIT_TEST(rejects_dates_out_of_range_and_in_strings),
	UNIT_TEST(takes_a_jkt_of_exactly_32_canonical_bytes),
	UNIT_TEST(finds_whole_words_only),
};
UNIT_SUITE("claims", tests)
