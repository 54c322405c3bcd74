/* SPDX-License-Identifier: ISC */
/* The public API's rules: what is missing refuses, never permits. */
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
refuses_names_that_are_missing_empty_or_too_long(void)
{
	char name[JWTCORE_NAME_MAX + 2];

	CU_ASSERT_EQUAL(set_names(NULL, "a"), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(set_names("a", NULL), JWT_CONFIG_ERROR);
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

static const struct unit_test tests[] = {
	UNIT_TEST(refuses_all_without_an_issuer),
	UNIT_TEST(refuses_all_without_an_audience),
	UNIT_TEST(refuses_all_without_an_algorithm),
	UNIT_TEST(refuses_algorithms_that_the_rules_do_not_name),
	UNIT_TEST(knows_no_algorithm_none_nor_names_in_another_case),
	UNIT_TEST(spoils_the_rules_by_a_setter_that_fails),
	UNIT_TEST(refuses_a_second_issuer),
	UNIT_TEST(refuses_names_that_are_missing_empty_or_too_long),
	UNIT_TEST(refuses_more_audiences_than_it_holds),
	UNIT_TEST(refuses_numbers_out_of_range),
};

int
main(void)
{
	int status = suite_run("public_rules", tests, JWT_COUNT(tests));

	case_free();
	return status;
}
