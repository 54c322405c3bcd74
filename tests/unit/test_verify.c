/* SPDX-License-Identifier: ISC */
/*
 * The facade: whole judgements, from a config file on disk and real
 * signatures to the verdict, one rule a test.
 */
#include "suite.h"
#include "verify_case.h"

#include <string.h>

static void
allows_a_good_token_and_says_who(void)
{
	struct asked a = ask("sshd");

	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_OK);
	CU_ASSERT(a.verdict.allow);
	CU_ASSERT_STRING_EQUAL(a.verdict.user, "alice");
	CU_ASSERT_STRING_EQUAL(a.verdict.issuer, "https://idp.test");
	CU_ASSERT_STRING_EQUAL(a.verdict.key_id, "k1");
	CU_ASSERT_STRING_EQUAL(a.verdict.token_id, "t1");
	CU_ASSERT_EQUAL(a.verdict.expires_at, NOW + 600);
	CU_ASSERT_EQUAL(a.verdict.permit, JWT_PERMIT_PTY);
	CU_ASSERT_EQUAL(strlen(a.verdict.id), JWT_ID_LEN);
	buffer_free(&a.token);
}

static void
names_the_account_when_none_is_asked_for(void)
{
	struct asked a = ask("tool");

	a.request.user = NULL;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_OK);
	CU_ASSERT_STRING_EQUAL(a.verdict.user, "alice");
	a.request.service = "sshd"; /* needs a uid, and whose would it be? */
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_POLICY_DENIED);
	buffer_free(&a.token);
}

static void
each_fault_of_a_token_has_its_reason(void)
{
	static const struct {
		enum jwt_reason reason;
		const char *claim, *json;
	} rows[] = {
		{ JWT_ISSUER_UNKNOWN, "iss", "\"https://evil.test\"" },
		{ JWT_ISSUER_UNKNOWN, "iss", "\"https://idp.test/\"" },
		{ JWT_AUDIENCE_MISMATCH, "aud", "\"ssh://web2\"" },
		{ JWT_EXPIRED, "exp", "1799999960" },
		{ JWT_NOT_YET_VALID, "nbf", "1800000100" },
		{ JWT_LIFETIME_TOO_LONG, "exp", "1800090000" },
		{ JWT_CLAIM_MISSING, "exp", NULL },
		{ JWT_CLAIM_MISSING, "iat", NULL },
		{ JWT_CLAIM_MALFORMED, "exp", "\"1800000600\"" },
		{ JWT_POLICY_DENIED, "scope", "\"mail\"" },
		{ JWT_USER_MISMATCH, "preferred_username", "\"mallory\"" },
	};

	for (size_t i = 0; i < JWT_COUNT(rows); i++) {
		enum jwt_reason reason = judge_once(
			"sshd", claims_with(rows[i].claim, rows[i].json, NULL));

		CU_ASSERT_EQUAL(reason, rows[i].reason);
		if (reason != rows[i].reason)
			fprintf(stderr, "%s: %s\n", rows[i].claim,
				jwt_reason_name(reason));
	}
}

static void
refuses_the_signature_of_another_key(void)
{
	struct asked a = ask("sshd");

	a.key = other;
	CU_ASSERT_EQUAL(judge(&a, claims_with(NULL)), JWT_SIGNATURE_INVALID);
	CU_ASSERT_FALSE(a.verdict.allow);
	buffer_free(&a.token);
}

static void
refuses_a_service_that_is_not_listed_or_has_no_rule(void)
{
	CU_ASSERT_EQUAL(
		judge_once("login", claims_with(NULL)), JWT_POLICY_DENIED);
	CU_ASSERT_EQUAL(
		judge_once("empty", claims_with(NULL)), JWT_POLICY_DENIED);
}

static void
says_what_a_new_token_needs(void)
{
	struct asked a = ask("sudo");

	CU_ASSERT_EQUAL(judge(&a, claims_with("auth_time", "1799990000", NULL)),
		JWT_AUTH_TOO_OLD);
	CU_ASSERT_NOT_EQUAL(a.verdict.hint[0], '\0');
	a.key = other; /* a stranger learns nothing */
	CU_ASSERT_EQUAL(judge(&a, claims_with("auth_time", "1799990000", NULL)),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(a.verdict.hint[0], '\0');
	buffer_free(&a.token);
}

static void
root_needs_a_rule_that_names_the_subject(void)
{
	struct asked a = ask("sshd");

	a.request.user = "root";
	a.request.uid = 0;
	CU_ASSERT_NOT_EQUAL(
		judge(&a, claims_with("preferred_username", "\"root\"", NULL)),
		JWT_OK);
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("sub", "\"boss\"", NULL)), JWT_OK);
	buffer_free(&a.token);
}

static void
a_bound_token_needs_its_key(void)
{
	JWT_AUTO(buffer) key = BUFFER(512);
	struct asked a = ask("sshd");
	char jkt[64], good[96];

	client_key(&key, jkt);
	snprintf(good, sizeof(good), "{\"jkt\":\"%s\"}", jkt);
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("cnf", good, NULL)), JWT_PROOF_MISSING);
	a.request.proved_key = key.data;
	a.request.proved_key_len = key.len;
	CU_ASSERT_EQUAL(judge(&a, claims_with("cnf", good, NULL)), JWT_OK);
	good[9] = good[9] == 'A' ? 'B' : 'A';
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("cnf", good, NULL)), JWT_PROOF_MISMATCH);
	CU_ASSERT_EQUAL(
		judge(&a, claims_with("cnf", "{\"x5t#S256\":\"x\"}", NULL)),
		JWT_PROOF_MISSING);
	buffer_free(&a.token);
}

static void
a_service_can_require_a_bound_token(void)
{
	CU_ASSERT_EQUAL(
		judge_once("bound", claims_with(NULL)), JWT_PROOF_MISSING);
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(allows_a_good_token_and_says_who),
	UNIT_TEST(names_the_account_when_none_is_asked_for),
	UNIT_TEST(each_fault_of_a_token_has_its_reason),
	UNIT_TEST(refuses_the_signature_of_another_key),
	UNIT_TEST(refuses_a_service_that_is_not_listed_or_has_no_rule),
	UNIT_TEST(says_what_a_new_token_needs),
	UNIT_TEST(root_needs_a_rule_that_names_the_subject),
	UNIT_TEST(a_bound_token_needs_its_key),
	UNIT_TEST(a_service_can_require_a_bound_token),
};
UNIT_SUITE("verify", tests)
