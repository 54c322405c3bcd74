/* SPDX-License-Identifier: ISC */
/* The public API in wrong hands: what is missing refuses, never permits. */
#include <stdlib.h>

#include "public_case.h"
#include "suite.h"

#include <string.h>

static char detail[JWT_DETAIL_MAX];

/* Verifies a good token; nothing may be handed out on failure. */
static enum jwt_reason
verify_with(const struct jwtcore_rules *rules)
{
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text)
	text = case_sign(JWS_ES256, "at+jwt", CASE_CLAIMS "}");
	JWT_AUTO(case_token) token = NULL;
	enum jwt_reason reason = jwtcore_verify_token(keys, rules, text,
		strlen(text), CASE_NOW, &token, detail, sizeof(detail));

	CU_ASSERT_EQUAL(token != NULL, reason == JWT_OK);
	return reason;
}

enum { ISSUER = 1, AUDIENCE = 2, ALGORITHM = 4 };

static enum jwt_reason
verify_with_only(unsigned set)
{
	JWT_AUTO(case_rules) rules = jwtcore_rules_new();

	if ((set & ISSUER) != 0)
		jwtcore_rules_set_issuer(rules, CASE_ISSUER);
	if ((set & AUDIENCE) != 0)
		jwtcore_rules_add_audience(rules, CASE_AUDIENCE);
	if ((set & ALGORITHM) != 0)
		jwtcore_rules_add_algorithm(rules, "ES256");
	return verify_with(rules);
}

static void
refuses_all_without_an_issuer(void)
{
	CU_ASSERT_EQUAL(
		verify_with_only(AUDIENCE | ALGORITHM), JWT_CONFIG_ERROR);
	CU_ASSERT_STRING_EQUAL(detail, "the rules name no issuer");
	CU_ASSERT_EQUAL(
		verify_with_only(ISSUER | AUDIENCE | ALGORITHM), JWT_OK);
}

static void
refuses_all_without_an_audience(void)
{
	CU_ASSERT_EQUAL(verify_with_only(ISSUER | ALGORITHM), JWT_CONFIG_ERROR);
	CU_ASSERT_STRING_EQUAL(detail, "the rules name no audience");
}

static void
refuses_all_without_an_algorithm(void)
{
	JWT_AUTO(case_rules) rules = jwtcore_rules_new();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text) text = case_sign(JWS_ES256, NULL, "x");
	struct jwtcore_token *token = NULL;

	CU_ASSERT_EQUAL(verify_with_only(ISSUER | AUDIENCE), JWT_CONFIG_ERROR);
	CU_ASSERT_STRING_EQUAL(detail, "the rules name no algorithm");
	CU_ASSERT_EQUAL(jwtcore_verify_jws(keys, rules, text, strlen(text),
				&token, NULL, 0),
		JWT_CONFIG_ERROR);
}

static void
refuses_algorithms_that_the_rules_do_not_name(void)
{
	JWT_AUTO(case_rules) rules = jwtcore_rules_new();

	jwtcore_rules_set_issuer(rules, CASE_ISSUER);
	jwtcore_rules_add_audience(rules, CASE_AUDIENCE);
	jwtcore_rules_add_algorithm(rules, "ES384");
	CU_ASSERT_EQUAL(verify_with(rules), JWT_ALG_NOT_ALLOWED);
}

static void
knows_no_algorithm_none_nor_names_in_another_case(void)
{
	static const char *const names[] = { "none", "NONE", "", "es256",
		"ES256 ", "ES256K", "RS1", "*" };

	for (size_t i = 0; i < JWT_COUNT(names); i++) {
		JWT_AUTO(case_rules) rules = case_rules();

		CU_ASSERT_EQUAL(jwtcore_rules_add_algorithm(rules, names[i]),
			JWT_CONFIG_ERROR);
	}
}

/* The caller who looks at no setter's result is refused all the same. */
static void
spoils_the_rules_by_a_setter_that_fails(void)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text) text = case_sign(JWS_ES256, NULL, "x");
	struct jwtcore_token *token = NULL;

	jwtcore_rules_add_algorithm(rules, "none");
	jwtcore_rules_set_leeway(rules, -1);
	jwtcore_rules_set_leeway(rules, 30);
	CU_ASSERT_EQUAL(verify_with(rules), JWT_CONFIG_ERROR);
	CU_ASSERT_STRING_EQUAL(detail, "add_algorithm: \"none\" is not known");
	CU_ASSERT_EQUAL(jwtcore_verify_jws(keys, rules, text, strlen(text),
				&token, NULL, 0),
		JWT_CONFIG_ERROR);
}

static void
refuses_a_second_issuer(void)
{
	JWT_AUTO(case_rules) rules = case_rules();

	CU_ASSERT_EQUAL(
		jwtcore_rules_set_issuer(rules, CASE_ISSUER), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(verify_with(rules), JWT_CONFIG_ERROR);
}

static enum jwt_reason
set_names(const char *issuer, const char *audience)
{
	JWT_AUTO(case_rules) rules = jwtcore_rules_new();
	enum jwt_reason reason = jwtcore_rules_set_issuer(rules, issuer);

	return reason != JWT_OK ? reason
				: jwtcore_rules_add_audience(rules, audience);
}

static void
refuses_names_that_are_empty_or_too_long(void)
{
	char name[JWTCORE_NAME_MAX + 2];

	memset(name, 'a', sizeof(name));
	name[JWTCORE_NAME_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(set_names("a", "a"), JWT_OK);
	CU_ASSERT_EQUAL(set_names("", "a"), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_names("a", ""), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_names(name, "a"), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_names("a", name), JWT_CONFIG_ERROR);
	name[JWTCORE_NAME_MAX] = '\0';
	CU_ASSERT_EQUAL(set_names(name, name), JWT_OK);
}

static void
refuses_more_audiences_than_it_holds(void)
{
	JWT_AUTO(case_rules) rules = jwtcore_rules_new();

	for (int i = 0; i < JWTCORE_AUDIENCE_MAX; i++)
		CU_ASSERT_EQUAL(jwtcore_rules_add_audience(rules, "a"), JWT_OK);
	CU_ASSERT_EQUAL(
		jwtcore_rules_add_audience(rules, "a"), JWT_CONFIG_ERROR);
}

static enum jwt_reason
set_numbers(int64_t lifetime, int64_t leeway, int type)
{
	JWT_AUTO(case_rules) rules = jwtcore_rules_new();

	JWT_TRY(jwtcore_rules_set_max_lifetime(rules, lifetime));
	JWT_TRY(jwtcore_rules_set_leeway(rules, leeway));
	return jwtcore_rules_set_type(rules, (enum jwtcore_type)type);
}

static void
refuses_numbers_out_of_range(void)
{
	CU_ASSERT_EQUAL(set_numbers(1, 0, 1), JWT_OK);
	CU_ASSERT_EQUAL(
		set_numbers(JWTCORE_LIFETIME_MAX, JWTCORE_LEEWAY_MAX, 3),
		JWT_OK);
	CU_ASSERT_EQUAL(set_numbers(0, 0, 1), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_numbers(-1, 0, 1), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(
		set_numbers(JWTCORE_LIFETIME_MAX + 1, 0, 1), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_numbers(1, -1, 1), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(
		set_numbers(1, JWTCORE_LEEWAY_MAX + 1, 1), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_numbers(1, 0, 0), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_numbers(1, 0, 4), JWT_CONFIG_ERROR);
}

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
	CU_ASSERT_EQUAL(verify_with(NULL), JWT_CONFIG_ERROR);
#define REFUSED(call) CU_ASSERT_EQUAL(call, JWT_CONFIG_ERROR)
	REFUSED(jwtcore_verify_token(NULL, rules, "a", 1, 1, &out, NULL, 0));
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
	REFUSED(set_names(NULL, "a"));
	REFUSED(set_names("a", NULL));
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
	UNIT_TEST(refuses_all_without_an_issuer),
	UNIT_TEST(refuses_all_without_an_audience),
	UNIT_TEST(refuses_all_without_an_algorithm),
	UNIT_TEST(refuses_algorithms_that_the_rules_do_not_name),
	UNIT_TEST(knows_no_algorithm_none_nor_names_in_another_case),
	UNIT_TEST(spoils_the_rules_by_a_setter_that_fails),
	UNIT_TEST(refuses_a_second_issuer),
	UNIT_TEST(refuses_names_that_are_empty_or_too_long),
	UNIT_TEST(refuses_more_audiences_than_it_holds),
	UNIT_TEST(refuses_numbers_out_of_range),
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
