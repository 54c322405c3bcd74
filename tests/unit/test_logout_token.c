/* SPDX-License-Identifier: ISC */
/* token/logout: what is a logout token, and what only looks like one. */
#include "suite.h"
#include "token/claims.h"

#include <stdio.h>

#define NOW   1700000000
#define EVENT "\"events\":{\"" LOGOUT_EVENT "\":{}}"
#define TIMES "\"iat\":1700000000,\"exp\":1700000120"
#define JTI   "\"jti\":\"j\""
#define SUB   "\"sub\":\"alice\""
#define SID   "\"sid\":\"s\""

static char client[] = "hosts";
static char *const audience[] = { client };
static const struct token_rules rules = { .issuer = "https://idp.example",
	.type = TOKEN_LOGOUT,
	.audience = audience,
	.audience_count = 1,
	.max_lifetime = 600,
	.leeway = 30 };

static enum jwt_reason
judge(const char *typ, const char *aud, const char *members)
{
	JWT_AUTO(claims) c = { 0 };
	char json[512];

	snprintf(json, sizeof(json),
		"{\"iss\":\"https://idp.example\",\"aud\":%s,%s}", aud,
		members);
	CU_ASSERT_EQUAL_FATAL(
		claims_parse(slice_of_string(json), &c, NULL), JWT_OK);
	JWT_TRY(claims_check(&c, slice_of_string(typ), &rules, NOW, NULL));
	return claims_check_logout(&c, NULL);
}

static enum jwt_reason
judge_members(const char *members)
{
	return judge("logout+jwt", "\"hosts\"", members);
}

static void
takes_a_logout_of_a_user_of_a_session_and_of_both(void)
{
	CU_ASSERT_EQUAL(judge_members(TIMES "," EVENT "," JTI "," SUB), JWT_OK);
	CU_ASSERT_EQUAL(judge_members(TIMES "," EVENT "," JTI "," SID), JWT_OK);
	CU_ASSERT_EQUAL(
		judge_members(TIMES "," EVENT "," JTI "," SUB "," SID), JWT_OK);
}

#define WHOLE TIMES "," EVENT "," JTI "," SUB

static void
typ_is_a_logout_tokens_or_says_nothing(void)
{
	static const char *const good[] = { "logout+jwt", "LOGOUT+JWT",
		"application/logout+jwt", "", "JWT" };
	static const char *const bad[] = { "at+jwt", "application/at+jwt",
		"dpop+jwt", "logout", "secevent+jwt", "logout+jwt " };

	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT_EQUAL(judge(good[i], "\"hosts\"", WHOLE), JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(bad); i++)
		CU_ASSERT_EQUAL(judge(bad[i], "\"hosts\"", WHOLE),
			JWT_TYPE_NOT_ALLOWED);
}

static void
its_audience_is_the_client_of_the_hosts(void)
{
	CU_ASSERT_EQUAL(
		judge("logout+jwt", "[\"others\",\"hosts\"]", WHOLE), JWT_OK);
	CU_ASSERT_EQUAL(judge("logout+jwt", "\"others\"", WHOLE),
		JWT_AUDIENCE_MISMATCH);
	CU_ASSERT_EQUAL(
		judge("logout+jwt", "[]", WHOLE), JWT_AUDIENCE_MISMATCH);
	/* A list in a string is a scope's form, not an audience's. */
	CU_ASSERT_EQUAL(judge("logout+jwt", "\"others hosts\"", WHOLE),
		JWT_AUDIENCE_MISMATCH);
}

static void
without_the_event_it_is_none(void)
{
	static const char *const events[] = { "", "\"events\":{},",
		"\"events\":null,", "\"events\":\"" LOGOUT_EVENT "\",",
		"\"events\":[\"" LOGOUT_EVENT "\"],",
		"\"events\":{\"" LOGOUT_EVENT "\":true},",
		"\"events\":{\"" LOGOUT_EVENT "s\":{}},",
		"\"events\":{\"https://schemas.openid.net/secevent/risc/"
		"event-type/account-disabled\":{}}," };
	char members[256];

	for (size_t i = 0; i < JWT_COUNT(events); i++) {
		snprintf(members, sizeof(members), "%s" TIMES "," JTI "," SUB,
			events[i]);
		CU_ASSERT_EQUAL(judge_members(members), JWT_TYPE_NOT_ALLOWED);
	}
}

static void
with_a_nonce_it_is_an_id_token(void)
{
	CU_ASSERT_EQUAL(
		judge_members(WHOLE ",\"nonce\":\"n\""), JWT_TYPE_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		judge_members(WHOLE ",\"nonce\":null"), JWT_TYPE_NOT_ALLOWED);
}

static void
it_has_a_jti_and_says_who(void)
{
	CU_ASSERT_EQUAL(
		judge_members(TIMES "," EVENT "," SUB), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(judge_members(TIMES "," EVENT "," SUB ",\"jti\":\"\""),
		JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(
		judge_members(TIMES "," EVENT "," JTI), JWT_CLAIM_MISSING);
	CU_ASSERT_EQUAL(judge_members(TIMES "," EVENT "," JTI ",\"sub\":\"\""),
		JWT_CLAIM_MISSING);
}

static void
it_has_its_times_and_they_are_now(void)
{
	static const struct {
		const char *times;
		enum jwt_reason reason;
	} rows[] = {
		{ "\"exp\":1700000120", JWT_CLAIM_MISSING },
		{ "\"iat\":1700000000", JWT_CLAIM_MISSING },
		{ "\"iat\":1699999000,\"exp\":1699999120", JWT_EXPIRED },
		{ "\"iat\":1700000100,\"exp\":1700000120", JWT_NOT_YET_VALID },
		{ "\"iat\":1700000000,\"exp\":1700000601",
			JWT_LIFETIME_TOO_LONG },
	};
	char members[256];

	for (size_t i = 0; i < JWT_COUNT(rows); i++) {
		snprintf(members, sizeof(members), "%s," EVENT "," JTI "," SUB,
			rows[i].times);
		CU_ASSERT_EQUAL(judge_members(members), rows[i].reason);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(takes_a_logout_of_a_user_of_a_session_and_of_both),
	UNIT_TEST(typ_is_a_logout_tokens_or_says_nothing),
	UNIT_TEST(its_audience_is_the_client_of_the_hosts),
	UNIT_TEST(without_the_event_it_is_none),
	UNIT_TEST(with_a_nonce_it_is_an_id_token),
	UNIT_TEST(it_has_a_jti_and_says_who),
	UNIT_TEST(it_has_its_times_and_they_are_now),
};

UNIT_SUITE("logout_token", tests)
