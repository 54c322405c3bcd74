/* SPDX-License-Identifier: ISC */
/* The public API in wrong hands: what is missing refuses, never permits. */
#include <stdlib.h>

#include "public_case.h"
#include "suite.h"

#include <string.h>

static char detail[JWT_DETAIL_MAX];

static enum jwt_reason
keys_of(const char *text, size_t len)
{
	struct jwtcore_keys *keys = (struct jwtcore_keys *)&detail;
	enum jwt_reason reason = jwtcore_keys_from_jwks(
		text, len, &keys, detail, sizeof(detail));

	if (reason != JWT_OK)
		CU_ASSERT_PTR_NULL(keys);
	jwtcore_keys_free(keys);
	return reason;
}
#define KEYS_OF(text) keys_of(text, strlen(text))

#define RFC8037_KEY                                   \
	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":" \
	"\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

static void
refuses_a_set_without_a_usable_key(void)
{
	CU_ASSERT_EQUAL(KEYS_OF("{\"keys\":[" RFC8037_KEY "}]}"), JWT_OK);
	CU_ASSERT_EQUAL(KEYS_OF("{\"keys\":[]}"), JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_EQUAL(
		KEYS_OF("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"),
		JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail, "key 1"));
	CU_ASSERT_EQUAL(
		KEYS_OF("{\"keys\":[" RFC8037_KEY ",\"use\":\"enc\"}]}"),
		JWT_KEYS_UNAVAILABLE);
	CU_ASSERT_EQUAL(KEYS_OF("{}"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(KEYS_OF("[]"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_PTR_NULL(strstr(detail, "no array"));
	CU_ASSERT_EQUAL(KEYS_OF(""), JWT_TOKEN_MALFORMED);
}

static void
counts_the_keys_and_says_why_one_was_skipped(void)
{
	static const char text[] =
		"{\"keys\":[" RFC8037_KEY "}," RFC8037_KEY
		",\"use\":\"enc\"},{\"kty\":\"new\",\"kid\":\"strange\"}]}";
	JWT_AUTO(case_keys) keys = NULL;

	CU_ASSERT_EQUAL_FATAL(
		jwtcore_keys_from_jwks(text, strlen(text), &keys, NULL, 0),
		JWT_OK);
	CU_ASSERT_EQUAL(jwtcore_keys_usable(keys), 1);
	CU_ASSERT_EQUAL(jwtcore_keys_skipped(keys), 2);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(jwtcore_keys_skipped_why(keys), "strange"));
}

static void
refuses_a_set_above_its_cap(void)
{
	static char text[JWTCORE_JWKS_MAX + 2];
	static const char set[] = "{\"keys\":[" RFC8037_KEY "}]}";

	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, set, sizeof(set) - 1);
	CU_ASSERT_EQUAL(keys_of(text, JWTCORE_JWKS_MAX), JWT_OK);
	CU_ASSERT_EQUAL(
		keys_of(text, JWTCORE_JWKS_MAX + 1), JWT_TOKEN_TOO_LARGE);
}

static enum jwt_reason
secret_of(const char *secret, size_t len, const char *kid)
{
	struct jwtcore_keys *keys = (struct jwtcore_keys *)&detail;
	enum jwt_reason reason = jwtcore_keys_from_secret(
		secret, len, kid, &keys, detail, sizeof(detail));

	if (reason != JWT_OK)
		CU_ASSERT_PTR_NULL(keys);
	jwtcore_keys_free(keys);
	return reason;
}

static void
refuses_secrets_and_kids_out_of_range(void)
{
	static char secret[1025], kid[258];

	memset(kid, 'k', sizeof(kid) - 1);
	CU_ASSERT_EQUAL(secret_of(secret, 32, NULL), JWT_OK);
	CU_ASSERT_EQUAL(secret_of(secret, 1024, kid + 1), JWT_OK);
	CU_ASSERT_EQUAL(secret_of(secret, 31, NULL), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(secret_of(secret, 1025, NULL), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(secret_of(secret, 0, NULL), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(secret_of(secret, 32, kid), JWT_CONFIG_ERROR);
}

static void
refuses_a_token_above_its_cap_before_reading_it(void)
{
	static char text[JWT_TOKEN_MAX + 1];
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	struct jwtcore_token *token = NULL;

	memset(text, 'A', sizeof(text));
	CU_ASSERT_EQUAL(jwtcore_verify_token(keys, rules, text,
				JWT_TOKEN_MAX + 1, CASE_NOW, &token, NULL, 0),
		JWT_TOKEN_TOO_LARGE);
	CU_ASSERT_EQUAL(jwtcore_verify_token(keys, rules, text, JWT_TOKEN_MAX,
				CASE_NOW, &token, NULL, 0),
		JWT_TOKEN_MALFORMED);
}

static void
refuses_missing_arguments(void)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	struct jwtcore_token *out = NULL;

	CU_ASSERT_EQUAL(keys_of(NULL, 2), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(secret_of(NULL, 32, NULL), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(jwtcore_keys_from_jwks("{}", 2, NULL, NULL, 0),
		JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(
		jwtcore_keys_from_secret(CASE_SECRET, 32, NULL, NULL, NULL, 0),
		JWT_CONFIG_ERROR);
#define REFUSED(call) CU_ASSERT_EQUAL(call, JWT_CONFIG_ERROR)
	REFUSED(jwtcore_verify_token(NULL, rules, "a", 1, 1, &out, NULL, 0));
	REFUSED(jwtcore_verify_token(keys, NULL, "a", 1, 1, &out, NULL, 0));
	REFUSED(jwtcore_verify_token(keys, rules, NULL, 1, 1, &out, NULL, 0));
	REFUSED(jwtcore_verify_token(keys, rules, "a", 1, -1, &out, NULL, 0));
	REFUSED(jwtcore_verify_token(keys, rules, "a", 1, 1, NULL, NULL, 0));
	REFUSED(jwtcore_verify_jws(NULL, rules, "a", 1, &out, NULL, 0));
	REFUSED(jwtcore_verify_jws(keys, NULL, "a", 1, &out, NULL, 0));
	REFUSED(jwtcore_verify_jws(keys, rules, NULL, 1, &out, NULL, 0));
	REFUSED(jwtcore_verify_jws(keys, rules, "a", 1, NULL, NULL, 0));
	REFUSED(jwtcore_rules_set_issuer(NULL, "a"));
	REFUSED(jwtcore_rules_add_audience(NULL, "a"));
	REFUSED(jwtcore_rules_add_algorithm(NULL, "ES256"));
	REFUSED(jwtcore_rules_set_type(NULL, JWTCORE_ID_TOKEN));
	REFUSED(jwtcore_rules_set_leeway(NULL, 1));
	REFUSED(jwtcore_rules_set_max_lifetime(NULL, 1));
	REFUSED(jwtcore_rules_add_algorithm(rules, NULL));
#undef REFUSED
}

/* A time that no clock says would overflow when the leeway is added. */
static void
refuses_a_time_outside_of_1970_to_9999(void)
{
	static const int64_t times[] = { -1, INT64_MIN, 253402300800,
		INT64_MAX };
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text)
	text = case_sign(JWS_ES256, "at+jwt", CASE_CLAIMS "}");
	struct jwtcore_token *token = NULL;

	for (size_t i = 0; i < JWT_COUNT(times); i++)
		CU_ASSERT_EQUAL(
			jwtcore_verify_token(keys, rules, text, strlen(text),
				times[i], &token, NULL, 0),
			JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(jwtcore_verify_token(keys, rules, text, strlen(text),
				253402300799, &token, NULL, 0),
		JWT_EXPIRED);
}

static void
answers_no_where_there_is_no_token_or_claim(void)
{
	int64_t n = 42;
	size_t len = 42;

	CU_ASSERT_FALSE(jwtcore_token_has(NULL, "sub"));
	CU_ASSERT_PTR_NULL(jwtcore_token_string(NULL, "sub"));
	CU_ASSERT_PTR_NULL(jwtcore_token_kid(NULL));
	CU_ASSERT_STRING_EQUAL(jwtcore_token_alg(NULL), "");
	CU_ASSERT_FALSE(jwtcore_token_is_true(NULL, "sub"));
	CU_ASSERT_FALSE(jwtcore_token_list_has(NULL, "scope", "a"));
	CU_ASSERT_EQUAL(
		jwtcore_token_integer(NULL, "n", &n), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(jwtcore_token_time(NULL, "n", &n), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(
		jwtcore_token_integer(NULL, "n", NULL), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(jwtcore_token_time(NULL, "n", NULL), JWT_CONFIG_ERROR);
	CU_ASSERT_PTR_NOT_NULL(jwtcore_token_payload(NULL, &len));
	CU_ASSERT_EQUAL(len, 0);
	CU_ASSERT_EQUAL(jwtcore_keys_usable(NULL), 0);
	CU_ASSERT_EQUAL(jwtcore_keys_skipped(NULL), 0);
	CU_ASSERT_STRING_EQUAL(jwtcore_keys_skipped_why(NULL), "");
	jwtcore_token_free(NULL);
	jwtcore_rules_free(NULL);
	jwtcore_keys_free(NULL);
}

static void
cuts_a_detail_to_the_room_there_is(void)
{
	char small[8] = "1234567";
	struct jwtcore_keys *keys;

	CU_ASSERT_EQUAL(jwtcore_keys_from_jwks(NULL, 0, &keys, small, 5),
		JWT_CONFIG_ERROR);
	CU_ASSERT_STRING_EQUAL(small, "the ");
	CU_ASSERT_EQUAL(small[5], '6');
	CU_ASSERT_EQUAL(jwtcore_keys_from_jwks(NULL, 0, &keys, small, 0),
		JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(jwtcore_keys_from_jwks(NULL, 0, &keys, NULL, 8),
		JWT_CONFIG_ERROR);
}

static const struct unit_test tests[] = {
	UNIT_TEST(refuses_a_set_without_a_usable_key),
	UNIT_TEST(counts_the_keys_and_says_why_one_was_skipped),
	UNIT_TEST(refuses_a_set_above_its_cap),
	UNIT_TEST(refuses_secrets_and_kids_out_of_range),
	UNIT_TEST(refuses_a_token_above_its_cap_before_reading_it),
	UNIT_TEST(refuses_missing_arguments),
	UNIT_TEST(refuses_a_time_outside_of_1970_to_9999),
	UNIT_TEST(answers_no_where_there_is_no_token_or_claim),
	UNIT_TEST(cuts_a_detail_to_the_room_there_is),
};

int
main(void)
{
	int status = suite_run("public_misuse", tests, JWT_COUNT(tests));

	case_free();
	return status;
}
