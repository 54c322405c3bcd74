/* SPDX-License-Identifier: ISC */
/* jwtauth-logout: what a logout revokes, once, and each user's share. */
#include "logout.h"
#include "revoke_order.h"

#include "suite.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW 1800000000

static char issuer_name[] = "corp", issuer_url[] = "https://idp.example";

/* The entries of a logout with these claims. */
static void
order_with(const char *claims, int ends, bool by_sid, int64_t now,
	struct revoke_order *order)
{
	struct issuer_config issuer = { .name = issuer_name,
		.issuer = issuer_url };
	struct logout l = { .issuer = &issuer };
	JWT_AUTO(buffer) lines = BUFFER(REVOKE_ORDER_MAX);

	issuer.logout_ends = ends;
	CU_ASSERT_EQUAL_FATAL(
		claims_parse(slice_of_string(claims), &l.claims, NULL), JWT_OK);
	CU_ASSERT(logout_order(&l, by_sid, now, &lines));
	CU_ASSERT_FATAL(revoke_order_parse(buffer_slice(&lines), order));
	logout_clear(&l);
}

static void
order_of(const char *claims, int ends, struct revoke_order *order)
{
	order_with(claims, ends, true, NOW, order);
}

#define CLAIMS(members) \
	"{\"iss\":\"https://idp.example\",\"iat\":1799999990," members "}"

static void
a_session_and_its_user_are_ended_unless_the_config_says_less(void)
{
	JWT_AUTO(revoke_order) order;

	order_of(CLAIMS("\"sid\":\"s\",\"sub\":\"a\""), LOGOUT_ENDS_USER,
		&order);
	CU_ASSERT_EQUAL_FATAL(order.count, 2);
	CU_ASSERT_EQUAL(order.entry[0].kind, REVOKED_SID);
	CU_ASSERT(order.entry[0].until >= NOW + LOGOUT_DAYS * 86400);
	CU_ASSERT_EQUAL(order.entry[1].kind, REVOKED_SUB);
	/* Of that second too, and nothing that comes after the logout. */
	CU_ASSERT_EQUAL(order.entry[1].before, 1799999991);
	revoke_order_clear(&order);
	order_of(CLAIMS("\"sid\":\"s\",\"sub\":\"a\""), LOGOUT_ENDS_SESSION,
		&order);
	CU_ASSERT_EQUAL_FATAL(order.count, 1);
	CU_ASSERT_EQUAL(order.entry[0].kind, REVOKED_SID);
	revoke_order_clear(&order);
	order_of(CLAIMS("\"sub\":\"a\""), LOGOUT_ENDS_SESSION, &order);
	CU_ASSERT_EQUAL_FATAL(order.count, 1);
	CU_ASSERT_EQUAL(order.entry[0].kind, REVOKED_SUB);
	revoke_order_clear(&order);
	order_of(CLAIMS("\"sid\":\"s\""), LOGOUT_ENDS_USER, &order);
	CU_ASSERT_EQUAL_FATAL(order.count, 1);
	CU_ASSERT_EQUAL(order.entry[0].kind, REVOKED_SID);
}

/* Every name is room in the store; his own name is there once. */
static void
a_user_without_a_share_is_ended_and_not_his_session(void)
{
	static const int ends[] = { LOGOUT_ENDS_USER, LOGOUT_ENDS_SESSION };
	JWT_AUTO(revoke_order) order;

	for (size_t i = 0; i < JWT_COUNT(ends); i++) {
		order_with(CLAIMS("\"sid\":\"s\",\"sub\":\"a\""), ends[i],
			false, NOW, &order);
		CU_ASSERT_EQUAL(order.count, 1);
		CU_ASSERT_EQUAL(order.entry[0].kind, REVOKED_SUB);
		revoke_order_clear(&order);
	}
	order_with(
		CLAIMS("\"sid\":\"s\""), LOGOUT_ENDS_USER, false, NOW, &order);
	CU_ASSERT_EQUAL(order.count, 1);
	CU_ASSERT_EQUAL(order.entry[0].kind, REVOKED_SID);
}

/* So the writer finds the second one in force. */
static void
logouts_of_a_day_last_equally_long_and_no_shorter(void)
{
	const int64_t midnight = NOW / 86400 * 86400;
	const int64_t second[] = { midnight, midnight + 1, midnight + 86399 };
	JWT_AUTO(revoke_order) order;

	for (size_t i = 0; i < JWT_COUNT(second); i++) {
		order_with(CLAIMS("\"sid\":\"s\""), LOGOUT_ENDS_USER, true,
			second[i], &order);
		CU_ASSERT_EQUAL(order.entry[0].until, midnight + 8 * 86400);
		revoke_order_clear(&order);
	}
	order_with(CLAIMS("\"sid\":\"s\""), LOGOUT_ENDS_USER, true,
		midnight + 86400, &order);
	CU_ASSERT_EQUAL(order.entry[0].until, midnight + 9 * 86400);
}

static bool
has_share(const char *folder, const char *claims, int64_t seconds)
{
	struct logout l = { 0 };
	bool share;

	CU_ASSERT_EQUAL(
		claims_parse(slice_of_string(claims), &l.claims, NULL), JWT_OK);
	share = logout_take_share(folder, &l, seconds);
	logout_clear(&l);
	return share;
}

static void
one_users_loop_uses_up_his_own_share_and_nobody_elses(void)
{
	static const char a[] = CLAIMS("\"sid\":\"s\",\"sub\":\"a\"");
	static const char b[] = CLAIMS("\"sid\":\"s\",\"sub\":\"b\"");
	char folder[] = "/tmp/test-share.XXXXXX", command[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	for (int i = 0; i < SHARE_BURST; i++)
		CU_ASSERT(has_share(folder, a, 1000));
	CU_ASSERT_FALSE(has_share(folder, a, 1000));
	CU_ASSERT_FALSE(has_share(folder, a, 1000 + SHARE_EVERY - 1));
	CU_ASSERT(has_share(folder, b, 1000));
	CU_ASSERT(has_share(folder, CLAIMS("\"sid\":\"s\""), 1000));
	CU_ASSERT(has_share(folder, CLAIMS("\"sub\":\"a\""), 1000));
	CU_ASSERT(has_share(folder, a, 1000 + SHARE_EVERY));
	CU_ASSERT_FALSE(has_share(folder, a, 1000 + SHARE_EVERY));
	CU_ASSERT(has_share("/nonexistent", a, 1000));
	snprintf(command, sizeof(command), "rm -r %s", folder);
	CU_ASSERT_EQUAL(system(command), 0);
}

static void
a_token_is_marked_by_issuer_and_jti(void)
{
	char folder[] = "/tmp/test-seen.XXXXXX", command[64];
	struct logout one = { 0 }, other = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
	CU_ASSERT_EQUAL(claims_parse(slice_of_string(CLAIMS("\"jti\":\"1\"")),
				&one.claims, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(claims_parse(slice_of_string(CLAIMS("\"jti\":\"2\"")),
				&other.claims, NULL),
		JWT_OK);
	CU_ASSERT_FALSE(logout_was_seen(folder, &one));
	logout_mark_seen(folder, &one);
	logout_mark_seen(folder, &one);
	CU_ASSERT(logout_was_seen(folder, &one));
	CU_ASSERT_FALSE(logout_was_seen(folder, &other));
	CU_ASSERT_FALSE(logout_was_seen("/nonexistent", &one));
	logout_mark_seen("/nonexistent", &one);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	CU_ASSERT_EQUAL(system(command), 0);
	logout_clear(&one);
	logout_clear(&other);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_session_and_its_user_are_ended_unless_the_config_says_less),
	UNIT_TEST(a_user_without_a_share_is_ended_and_not_his_session),
	UNIT_TEST(logouts_of_a_day_last_equally_long_and_no_shorter),
	UNIT_TEST(one_users_loop_uses_up_his_own_share_and_nobody_elses),
	UNIT_TEST(a_token_is_marked_by_issuer_and_jti),
};
UNIT_SUITE("logout_order", tests)
