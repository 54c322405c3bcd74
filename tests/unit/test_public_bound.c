/* SPDX-License-Identifier: ISC */
/*
 * The public API and tokens that are bound to a key: whoever doesn't ask for
 * proof of it must not take them for bearer tokens.
 */
#include <stdlib.h>

#include "public_case.h"
#include "suite.h"

#include <string.h>

#define JKT	"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
#define BY_JKT	CASE_CLAIMS ",\"cnf\":{\"jkt\":\"" JKT "\"}}"
#define BY_X5T	CASE_CLAIMS ",\"cnf\":{\"x5t#S256\":\"" JKT "\"}}"
#define BY_NONE CASE_CLAIMS ",\"cnf\":{}}"
#define UNBOUND CASE_CLAIMS ",\"confirmation\":{}}"

static char detail[JWT_DETAIL_MAX];

static enum jwt_reason
verify(bool allow, enum jwtcore_type type, const char *payload,
	struct jwtcore_token **out)
{
	JWT_AUTO(case_rules) rules = case_rules();
	JWT_AUTO(case_keys) keys = case_keys();
	JWT_AUTO(case_text)
	text = case_sign(JWS_ES256,
		type == JWTCORE_ACCESS_TOKEN ? "at+jwt" : NULL, payload);
	enum jwt_reason reason;

	CU_ASSERT_EQUAL(jwtcore_rules_set_type(rules, type), JWT_OK);
	if (allow)
		CU_ASSERT_EQUAL(jwtcore_rules_allow_bound(rules), JWT_OK);
	reason = jwtcore_verify_token(keys, rules, text, strlen(text), CASE_NOW,
		out, detail, sizeof(detail));
	CU_ASSERT_EQUAL(*out != NULL, reason == JWT_OK);
	return reason;
}

static enum jwt_reason
verify_as(enum jwtcore_type type, const char *payload)
{
	JWT_AUTO(case_token) token = NULL;

	return verify(false, type, payload, &token);
}

static void
refuses_bound_tokens_unless_told_otherwise(void)
{
	CU_ASSERT_EQUAL(verify_as(JWTCORE_ACCESS_TOKEN, UNBOUND), JWT_OK);
	CU_ASSERT_EQUAL(
		verify_as(JWTCORE_ACCESS_TOKEN, BY_JKT), JWT_PROOF_MISSING);
	CU_ASSERT_PTR_NOT_NULL(strstr(detail, "cnf"));
	CU_ASSERT_EQUAL(
		verify_as(JWTCORE_ACCESS_TOKEN, BY_X5T), JWT_PROOF_MISSING);
	CU_ASSERT_EQUAL(
		verify_as(JWTCORE_ACCESS_TOKEN, BY_NONE), JWT_PROOF_MISSING);
	CU_ASSERT_EQUAL(
		verify_as(JWTCORE_PLAIN_TOKEN, BY_JKT), JWT_PROOF_MISSING);
	CU_ASSERT_EQUAL(verify_as(JWTCORE_ID_TOKEN, BY_JKT), JWT_PROOF_MISSING);
}

static void
says_which_key_a_bound_token_is_bound_to(void)
{
	JWT_AUTO(case_token) token = NULL;
	uint8_t jkt[JWTCORE_JKT_LEN] = { 0 };

	CU_ASSERT_EQUAL_FATAL(
		verify(true, JWTCORE_ACCESS_TOKEN, BY_JKT, &token), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(jwtcore_token_jkt(token, jkt), JWT_OK);
	CU_ASSERT_EQUAL(jkt[0], 0x37);
	CU_ASSERT_EQUAL(jkt[1], 0x36);
	CU_ASSERT_EQUAL(jkt[30], 0xf5);
	CU_ASSERT_EQUAL(jkt[31], 0x7b);
}

/* The caller who looks for a thumbprint alone must not find one. */
static void
says_no_key_where_there_is_none(void)
{
	static const char *const payloads[] = { UNBOUND, BY_X5T, BY_NONE };
	uint8_t jkt[JWTCORE_JKT_LEN] = { 7 };

	for (size_t i = 0; i < JWT_COUNT(payloads); i++) {
		JWT_AUTO(case_token) token = NULL;

		CU_ASSERT_EQUAL_FATAL(
			verify(true, JWTCORE_ACCESS_TOKEN, payloads[i], &token),
			JWT_OK);
		CU_ASSERT_EQUAL(
			jwtcore_token_jkt(token, jkt), JWT_CLAIM_MISSING);
	}
	CU_ASSERT_EQUAL(jwtcore_token_jkt(NULL, jkt), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(jkt[0], 7); /* outputs are filled on success only */
	CU_ASSERT_EQUAL(jwtcore_token_jkt(NULL, NULL), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(jwtcore_rules_allow_bound(NULL), JWT_CONFIG_ERROR);
}

static void
refuses_a_broken_binding_even_then(void)
{
	JWT_AUTO(case_token) token = NULL;

	CU_ASSERT_EQUAL(
		verify(true, JWTCORE_ACCESS_TOKEN,
			CASE_CLAIMS ",\"cnf\":{\"jkt\":\"AA\"}}", &token),
		JWT_CLAIM_MALFORMED);
}

static void
refuses_logout_tokens_where_the_typ_may_be_left_out(void)
{
	static const char logout[] =
		CASE_CLAIMS ",\"events\":{\"http://schemas.openid.net/event/"
			    "backchannel-logout\":{}}}";

	CU_ASSERT_EQUAL(
		verify_as(JWTCORE_ID_TOKEN, logout), JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		verify_as(JWTCORE_PLAIN_TOKEN, logout), JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(verify_as(JWTCORE_ID_TOKEN, UNBOUND), JWT_OK);
	CU_ASSERT_EQUAL(verify_as(JWTCORE_PLAIN_TOKEN, UNBOUND), JWT_OK);
}

static const struct unit_test tests[] = {
	UNIT_TEST(refuses_bound_tokens_unless_told_otherwise),
	UNIT_TEST(says_which_key_a_bound_token_is_bound_to),
	UNIT_TEST(says_no_key_where_there_is_none),
	UNIT_TEST(refuses_a_broken_binding_even_then),
	UNIT_TEST(refuses_logout_tokens_where_the_typ_may_be_left_out),
};

int
main(void)
{
	int status = suite_run("public_bound", tests, JWT_COUNT(tests));

	case_free();
	return status;
}
