/* SPDX-License-Identifier: ISC */
/* The public API: what it accepts, refuses, and says about a token. */
#include <stdlib.h>

#include "public_case.h"
#include "suite.h"

#include <string.h>

#define TYPICAL CASE_CLAIMS "}"

static char detail[JWT_DETAIL_MAX];

/* Verifies what the issuer signed; the reason. Times are CASE_NOW's. */
static enum jwt_reason
verify_as(const struct jwtcore_rules *rules, const char *typ,
	const char *payload, struct jwtcore_token **out)
{
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text) text = case_sign(JWS_ES256, typ, payload);

	return jwtcore_verify_token(keys, rules, text, strlen(text), CASE_NOW,
		out, detail, sizeof(detail));
}

static enum jwt_reason
verify_typ(enum jwtcore_type type, const char *typ)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_token) token = NULL;

	CU_ASSERT_EQUAL(jwtcore_rules_set_type(rules, type), JWT_OK);
	return verify_as(rules, typ, TYPICAL, &token);
}

static enum jwt_reason
verify_payload(const char *payload)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_token) token = NULL;
	enum jwt_reason reason = verify_as(rules, "at+jwt", payload, &token);

	CU_ASSERT_EQUAL(token != NULL, reason == JWT_OK);
	CU_ASSERT_EQUAL(detail[0] == '\0', reason == JWT_OK);
	return reason;
}

static struct jwtcore_token *
token_that_says(const char *payload)
{
	JWT_AUTO(case_rules) rules = case_rules();
	struct jwtcore_token *token = NULL;

	CU_ASSERT_EQUAL_FATAL(
		verify_as(rules, "at+jwt", payload, &token), JWT_OK);
	return token;
}

static void
verifies_a_token_of_each_algorithm(void)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_keys) secret = case_secret();

	for (unsigned i = 0; i < JWS_ALG_COUNT; i++) {
		const struct jws_alg_info *alg = jws_alg_info((enum jws_alg)i);
		bool hmac = alg->type == JWK_OCT;
		JWT_AUTO(case_text)
		text = case_sign((enum jws_alg)i, "at+jwt", TYPICAL);
		JWT_AUTO(case_token) token = NULL;

		CU_ASSERT_EQUAL(jwtcore_verify_token(hmac ? secret : keys,
					rules, text, strlen(text), CASE_NOW,
					&token, detail, sizeof(detail)),
			JWT_OK);
		CU_ASSERT_STRING_EQUAL(detail, "");
		CU_ASSERT_STRING_EQUAL(jwtcore_token_alg(token), alg->name);
		if (!hmac)
			CU_ASSERT_STRING_EQUAL(
				jwtcore_token_kid(token), alg->name);
	}
}

static void
refuses_what_the_claims_checks_refuse(void)
{
#define REST "\"aud\":\"" CASE_AUDIENCE "\",\"exp\":1700000600}"
	CU_ASSERT_EQUAL(verify_payload(TYPICAL), JWT_OK);
	CU_ASSERT_EQUAL(verify_payload("not JSON"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(verify_payload("{" REST), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(
		verify_payload("{\"iss\":\"https://idp.example/\"," REST),
		JWT_ISSUER_UNKNOWN);
	CU_ASSERT_EQUAL(verify_payload("{\"iss\":\"" CASE_ISSUER "\",\"aud\":"
				       "[\"https://other\"],\"exp\":1700000600,"
				       "\"iat\":1700000000}"),
		JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_EQUAL(verify_payload(CASE_CLAIMS ",\"nbf\":1700000500}"),
		JWT_NOT_YET_VALID);
	CU_ASSERT_EQUAL(verify_payload(CASE_CLAIMS ",\"nbf\":\"soon\"}"),
		JWT_CLAIM_MALFORMED);
#undef REST
}

static void
takes_access_tokens_alone_unless_told_otherwise(void)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_token) token = NULL;

	CU_ASSERT_EQUAL(
		verify_as(rules, "JWT", TYPICAL, &token), JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		verify_as(rules, NULL, TYPICAL, &token), JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(verify_as(rules, "at+jwt", TYPICAL, &token), JWT_OK);
}

static void
takes_the_types_that_the_rules_name(void)
{
	CU_ASSERT_EQUAL(verify_typ(JWTCORE_PLAIN_TOKEN, "at+jwt"), JWT_OK);
	CU_ASSERT_EQUAL(verify_typ(JWTCORE_PLAIN_TOKEN, "JWT"), JWT_OK);
	CU_ASSERT_EQUAL(verify_typ(JWTCORE_PLAIN_TOKEN, NULL), JWT_OK);
	CU_ASSERT_EQUAL(verify_typ(JWTCORE_PLAIN_TOKEN, "dpop+jwt"),
		JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(verify_typ(JWTCORE_ID_TOKEN, "JWT"), JWT_OK);
	CU_ASSERT_EQUAL(
		verify_typ(JWTCORE_ID_TOKEN, "at+jwt"), JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		verify_typ(JWTCORE_ACCESS_TOKEN, "JWT"), JWT_TYPE_NOT_ALLOWED);
}

/* The typical token lives 600 s from CASE_NOW on. */
static enum jwt_reason
verify_at(const struct jwtcore_rules *rules, int64_t now)
{
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text) text = case_sign(JWS_ES256, "at+jwt", TYPICAL);
	JWT_AUTO(case_token) token = NULL;

	return jwtcore_verify_token(
		keys, rules, text, strlen(text), now, &token, NULL, 0);
}

static void
applies_leeway_and_lifetime_of_the_rules(void)
{
	JWT_AUTO(case_rules) rules = case_rules();

	CU_ASSERT_EQUAL(verify_at(rules, CASE_NOW + 629), JWT_OK);
	CU_ASSERT_EQUAL(verify_at(rules, CASE_NOW + 630), JWT_EXPIRED);
	CU_ASSERT_EQUAL(jwtcore_rules_set_leeway(rules, 0), JWT_OK);
	CU_ASSERT_EQUAL(verify_at(rules, CASE_NOW + 599), JWT_OK);
	CU_ASSERT_EQUAL(verify_at(rules, CASE_NOW + 600), JWT_EXPIRED);
	CU_ASSERT_EQUAL(verify_at(rules, CASE_NOW - 1), JWT_NOT_YET_VALID);
	CU_ASSERT_EQUAL(jwtcore_rules_set_max_lifetime(rules, 599), JWT_OK);
	CU_ASSERT_EQUAL(verify_at(rules, CASE_NOW), JWT_LIFETIME_TOO_LONG);
	CU_ASSERT_EQUAL(jwtcore_rules_set_max_lifetime(rules, 600), JWT_OK);
	CU_ASSERT_EQUAL(verify_at(rules, CASE_NOW), JWT_OK);
}

static void
refuses_a_lifetime_above_an_hour_unless_told_otherwise(void)
{
#define LIVES(exp)                                                    \
	"{\"iss\":\"" CASE_ISSUER "\",\"aud\":\"" CASE_AUDIENCE "\"," \
	"\"iat\":1700000000,\"exp\":" exp "}"
	CU_ASSERT_EQUAL(verify_payload(LIVES("1700003600")), JWT_OK);
	CU_ASSERT_EQUAL(
		verify_payload(LIVES("1700003601")), JWT_LIFETIME_TOO_LONG);
#undef LIVES
	CU_ASSERT_EQUAL(verify_payload("{\"iss\":\"" CASE_ISSUER
				       "\",\"aud\":\"" CASE_AUDIENCE
				       "\",\"exp\":1700000600}"),
		JWT_CLAIM_MISSING);
}

static void
reads_the_clock_when_no_time_is_given(void)
{
	JWT_AUTO(case_rules) rules = case_rules();

	CU_ASSERT_EQUAL(verify_at(rules, 0), JWT_EXPIRED);
}

static void
accepts_each_of_several_audiences(void)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_token) token = NULL;

	jwtcore_rules_add_audience(rules, "https://second");
	CU_ASSERT_EQUAL(verify_as(rules, "at+jwt", TYPICAL, &token), JWT_OK);
	jwtcore_token_free(JWT_TAKE(token));
	CU_ASSERT_EQUAL(verify_as(rules, "at+jwt",
				"{\"iss\":\"" CASE_ISSUER "\",\"aud\":[\"x\","
				"\"https://second\"],\"iat\":1700000000,"
				"\"exp\":1700000600}",
				&token),
		JWT_OK);
}

static void
verifies_a_jws_without_looking_at_its_payload(void)
{
	JWT_AUTO(case_rules) rules = jwtcore_rules_new();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text) text = case_sign(JWS_EDDSA, NULL, "{\"sub\":\"x\"");
	JWT_AUTO(case_token) token = NULL;
	size_t len = 0;

	jwtcore_rules_add_algorithm(rules, "EdDSA");
	CU_ASSERT_EQUAL_FATAL(jwtcore_verify_jws(keys, rules, text,
				      strlen(text), &token, NULL, 0),
		JWT_OK);
	CU_ASSERT_EQUAL(memcmp(jwtcore_token_payload(token, &len),
				"{\"sub\":\"x\"", 10),
		0);
	CU_ASSERT_EQUAL(len, 10);
}

/* Else an unchecked claim could be taken for a checked one. */
static void
finds_no_claim_in_a_jws_whose_claims_were_not_checked(void)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text) text = case_sign(JWS_ES256, "at+jwt", TYPICAL);
	JWT_AUTO(case_token) token = NULL;
	int64_t number;

	CU_ASSERT_EQUAL_FATAL(jwtcore_verify_jws(keys, rules, text,
				      strlen(text), &token, NULL, 0),
		JWT_OK);
	CU_ASSERT_FALSE(jwtcore_token_has(token, "sub"));
	CU_ASSERT_PTR_NULL(jwtcore_token_string(token, "sub"));
	CU_ASSERT_EQUAL(
		jwtcore_token_time(token, "exp", &number), JWT_CLAIM_MISSING);
	CU_ASSERT_FALSE(jwtcore_token_list_has(token, "aud", CASE_AUDIENCE));
}

static void
refuses_a_changed_signature_and_unknown_keys(void)
{
	static const char other[] =
		"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
		"\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_keys) strange = NULL;
	JWT_AUTO(case_text) text = case_sign(JWS_ES256, "at+jwt", TYPICAL);
	struct jwtcore_token *token = NULL;
	char *at = strrchr(text, '.') + 1;

	CU_ASSERT_EQUAL(
		jwtcore_keys_from_jwks(other, strlen(other), &strange, NULL, 0),
		JWT_OK);
	CU_ASSERT_EQUAL(jwtcore_verify_token(strange, rules, text, strlen(text),
				CASE_NOW, &token, NULL, 0),
		JWT_KEY_UNKNOWN);
	*at = *at == 'A' ? 'B' : 'A';
	CU_ASSERT_EQUAL(jwtcore_verify_token(keys, rules, text, strlen(text),
				CASE_NOW, &token, NULL, 0),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_PTR_NULL(token);
}

/* The RSA key's public half as a secret: the oldest trick. */
static void
refuses_hmac_with_keys_of_a_jwks(void)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text) text = case_sign(JWS_HS256, "at+jwt", TYPICAL);
	struct jwtcore_token *token = NULL;

	CU_ASSERT_EQUAL(jwtcore_verify_token(keys, rules, text, strlen(text),
				CASE_NOW, &token, NULL, 0),
		JWT_KEY_UNKNOWN);
}

static void
says_strings_with_escapes_resolved_and_the_same_each_time(void)
{
	JWT_AUTO(case_token)
	token = token_that_says(
		CASE_CLAIMS ",\"name\":\"a\\u00e9\\\"\\n\",\"empty\":\"\"}");
	const char *name = jwtcore_token_string(token, "name");

	CU_ASSERT_STRING_EQUAL_FATAL(name, "a\xc3\xa9\"\n");
	CU_ASSERT_STRING_EQUAL(jwtcore_token_string(token, "sub"), "alice");
	CU_ASSERT_STRING_EQUAL(jwtcore_token_string(token, "empty"), "");
	CU_ASSERT_PTR_EQUAL(jwtcore_token_string(token, "name"), name);
	CU_ASSERT_PTR_NULL(jwtcore_token_string(token, "nam"));
	CU_ASSERT_PTR_NULL(jwtcore_token_string(token, "exp"));
	CU_ASSERT_TRUE(jwtcore_token_has(token, "exp"));
	CU_ASSERT_FALSE(jwtcore_token_has(token, "Exp"));
}

static void
says_integers_of_64_bits_and_nothing_else(void)
{
	JWT_AUTO(case_token)
	token = token_that_says(CASE_CLAIMS
		",\"big\":9223372036854775807,\"low\":-9223372036854775808,"
		"\"real\":1.0,\"text\":\"1\",\"yes\":true}");
	int64_t n = 42;

	CU_ASSERT_EQUAL(jwtcore_token_integer(token, "big", &n), JWT_OK);
	CU_ASSERT_EQUAL(n, INT64_MAX);
	CU_ASSERT_EQUAL(jwtcore_token_integer(token, "low", &n), JWT_OK);
	CU_ASSERT_EQUAL(n, INT64_MIN);
	CU_ASSERT_EQUAL(
		jwtcore_token_integer(token, "real", &n), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(
		jwtcore_token_integer(token, "text", &n), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(
		jwtcore_token_integer(token, "none", &n), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(n, INT64_MIN); /* outputs are filled on success only */
	CU_ASSERT_TRUE(jwtcore_token_is_true(token, "yes"));
	CU_ASSERT_FALSE(jwtcore_token_is_true(token, "text"));
	CU_ASSERT_FALSE(jwtcore_token_is_true(token, "none"));
}

static void
says_times_in_seconds_with_the_fraction_cut(void)
{
	JWT_AUTO(case_token)
	token = token_that_says(CASE_CLAIMS
		",\"half\":1700000000.9,\"last\":253402300799,"
		"\"late\":253402300800,\"minus\":-1,\"text\":\"1\"}");
	int64_t at = 42;

	CU_ASSERT_EQUAL(jwtcore_token_time(token, "exp", &at), JWT_OK);
	CU_ASSERT_EQUAL(at, CASE_NOW + 600);
	CU_ASSERT_EQUAL(jwtcore_token_time(token, "half", &at), JWT_OK);
	CU_ASSERT_EQUAL(at, CASE_NOW);
	CU_ASSERT_EQUAL(jwtcore_token_time(token, "last", &at), JWT_OK);
	CU_ASSERT_EQUAL(at, 253402300799);
	CU_ASSERT_EQUAL(
		jwtcore_token_time(token, "late", &at), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(
		jwtcore_token_time(token, "minus", &at), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(
		jwtcore_token_time(token, "text", &at), JWT_CLAIM_MALFORMED);
	CU_ASSERT_EQUAL(
		jwtcore_token_time(token, "none", &at), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(at, 253402300799);
}

static void
says_whether_a_list_has_a_value(void)
{
	JWT_AUTO(case_token)
	token = token_that_says(CASE_CLAIMS
		",\"scope\":\"read write\",\"groups\":[\"dev\",7,\"ops\"]}");

	CU_ASSERT_TRUE(jwtcore_token_list_has(token, "scope", "write"));
	CU_ASSERT_FALSE(jwtcore_token_list_has(token, "scope", "writ"));
	CU_ASSERT_FALSE(jwtcore_token_list_has(token, "scope", "read write"));
	CU_ASSERT_FALSE(jwtcore_token_list_has(token, "scope", ""));
	CU_ASSERT_TRUE(jwtcore_token_list_has(token, "groups", "ops"));
	CU_ASSERT_FALSE(jwtcore_token_list_has(token, "groups", "7"));
	CU_ASSERT_FALSE(jwtcore_token_list_has(token, "roles", "ops"));
}

static const struct unit_test tests[] = {
	UNIT_TEST(verifies_a_token_of_each_algorithm),
	UNIT_TEST(refuses_what_the_claims_checks_refuse),
	UNIT_TEST(takes_access_tokens_alone_unless_told_otherwise),
	UNIT_TEST(takes_the_types_that_the_rules_name),
	UNIT_TEST(applies_leeway_and_lifetime_of_the_rules),
	UNIT_TEST(refuses_a_lifetime_above_an_hour_unless_told_otherwise),
	UNIT_TEST(reads_the_clock_when_no_time_is_given),
	UNIT_TEST(accepts_each_of_several_audiences),
	UNIT_TEST(verifies_a_jws_without_looking_at_its_payload),
	UNIT_TEST(finds_no_claim_in_a_jws_whose_claims_were_not_checked),
	UNIT_TEST(refuses_a_changed_signature_and_unknown_keys),
	UNIT_TEST(refuses_hmac_with_keys_of_a_jwks),
	UNIT_TEST(says_strings_with_escapes_resolved_and_the_same_each_time),
	UNIT_TEST(says_integers_of_64_bits_and_nothing_else),
	UNIT_TEST(says_times_in_seconds_with_the_fraction_cut),
	UNIT_TEST(says_whether_a_list_has_a_value),
};

int
main(void)
{
	int status = suite_run("public", tests, JWT_COUNT(tests));

	case_free();
	return status;
}
