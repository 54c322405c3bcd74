/* SPDX-License-Identifier: ISC */
/* jwtauth-revoke: what a broken receiver of logouts can't have revoked. */
#include "bounds.h"

#include "revocation_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AHEAD 31

static struct revoke_order
logout(void)
{
	return (struct revoke_order){
		.entry = { { .kind = REVOKED_SID, .until = NOW + 86400 },
			{ .kind = REVOKED_SUB,
				.until = NOW + 86400,
				.before = NOW + 1 } },
		.count = 2,
	};
}

static enum jwt_reason
checked(const struct revoke_order *order)
{
	return limits_check(order, NOW, AHEAD, NULL);
}

static void
a_logout_of_a_session_and_its_user_is_taken(void)
{
	struct revoke_order order = logout();

	CU_ASSERT_EQUAL(checked(&order), JWT_OK);
	order.entry[0].until = NOW + LOGOUT_LASTS_MAX;
	order.entry[1].before = NOW + AHEAD;
	CU_ASSERT_EQUAL(checked(&order), JWT_OK);
}

static void
other_kinds_are_refused(void)
{
	static const enum revoked_kind kinds[] = { REVOKED_SIG, REVOKED_JTI,
		REVOKED_KID };
	struct revoke_order order = logout();

	for (size_t i = 0; i < JWT_COUNT(kinds); i++) {
		order.entry[0].kind = kinds[i];
		CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
	}
}

static void
nobody_is_shut_out_for_the_time_to_come(void)
{
	struct revoke_order order = logout();

	order.entry[1].before = NOW + AHEAD + 1;
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
	order.entry[1].before = INT64_MAX; /* the entry has none */
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
}

/* No further than a real logout of this host can need. */
static void
the_future_is_as_long_as_the_leeway_of_who_may_log_out(void)
{
	struct issuer_config issuer[] = { { .leeway = 30 }, { .leeway = 60 },
		{ .leeway = 300 } };
	struct jwt_config config = { .issuer = issuer };

	CU_ASSERT_EQUAL(limits_ahead(&config), 1);
	config.issuer_count = JWT_COUNT(issuer);
	CU_ASSERT_EQUAL(limits_ahead(&config), 1);
	issuer[1].logout_audience.count = 1;
	CU_ASSERT_EQUAL(limits_ahead(&config), 61);
	issuer[0].logout_audience.count = 1;
	CU_ASSERT_EQUAL(limits_ahead(&config), 61);
}

static void
an_entry_lasts_no_longer_than_a_logout_needs(void)
{
	struct revoke_order order = logout();

	order.entry[0].until = NOW + LOGOUT_LASTS_MAX + 1;
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
	order.entry[0].until = INT64_MAX;
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
	order.entry[0].until = NOW - 1;
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
}

static void
an_entry_with_an_author_or_a_reason_is_refused(void)
{
	static char words[] = "the administrator says so";
	struct revoke_order order = logout();

	order.entry[1].what = words;
	CU_ASSERT_EQUAL(checked(&order), JWT_OK);
	order.entry[1].by = words;
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
	order.entry[1].by = NULL;
	order.entry[1].why = words;
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
}

static void
more_than_two_entries_are_refused(void)
{
	struct revoke_order order = logout();

	order.entry[2] = order.entry[0];
	order.count = 3;
	CU_ASSERT_EQUAL(checked(&order), JWT_POLICY_DENIED);
}

struct folder {
	char path[64], file[96];
};

static void
folder_end(struct folder *f)
{
	unlink(f->file);
	rmdir(f->path);
}
JWT_AUTO_TYPE(folder_ptr, struct folder *, folder_end);

static void
folder_start(struct folder *f)
{
	snprintf(f->path, sizeof(f->path), "/tmp/test-revoker.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->path));
	snprintf(f->file, sizeof(f->file), "%s/logout", f->path);
}

static void
a_flood_ends_and_then_one_a_second_is_taken(void)
{
	struct folder f;
	JWT_AUTO(folder_ptr) end = &f;
	enum jwt_reason reason = JWT_OK;

	folder_start(end);
	for (int i = 0; i < RATE_BURST && reason == JWT_OK; i += 2)
		reason = rate_take(f.path, 2, 1000, NULL);
	CU_ASSERT_EQUAL(reason, JWT_OK);
	CU_ASSERT_EQUAL(
		rate_take(f.path, 1, 1000, NULL), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(
		rate_take(f.path, 2, 1001, NULL), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(rate_take(f.path, 1, 1001, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		rate_take(f.path, 1, 1001, NULL), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(
		rate_take(f.path, 2, 1001 + 2 * RATE_BURST, NULL), JWT_OK);
}

static void
a_measure_that_makes_no_sense_is_a_full_one_and_no_more(void)
{
	static const char *const texts[] = { "", "x", "-1 5\n", "99999999 5\n",
		"5 99999999\n", "0 -1\n", "9223372036854775807 0\n" };
	struct folder f;
	JWT_AUTO(folder_ptr) end = &f;

	folder_start(end);
	for (size_t i = 0; i < JWT_COUNT(texts); i++) {
		FILE *file = fopen(f.file, "w");

		CU_ASSERT_PTR_NOT_NULL_FATAL(file);
		fputs(texts[i], file);
		fclose(file);
		CU_ASSERT_EQUAL(
			rate_take(f.path, RATE_BURST, 1000, NULL), JWT_OK);
		CU_ASSERT_EQUAL(rate_take(f.path, 1, 1000, NULL),
			JWT_REVOCATION_UNREACHABLE);
	}
}

static void
without_its_folder_nothing_is_taken(void)
{
	CU_ASSERT_EQUAL(
		rate_take("/nonexistent", 1, 1000, NULL), JWT_INTERNAL_ERROR);
}

/* An issuer sends it again; nothing has been written. */
static void
a_store_that_is_away_costs_nothing(void)
{
	struct revoke_order order = logout();
	struct folder f;
	JWT_AUTO(folder_ptr) end = &f;
	JWT_AUTO(fixture) store;

	folder_start(end);
	fixture_start(&store);
	memset(order.entry[0].hex, 'a', REVOKED_HEX_LEN);
	CU_ASSERT_EQUAL(fixture_init(&store), JWT_OK);
	CU_ASSERT_EQUAL(chmod(store.revoked, 0777), 0); /* is not asked */
	CU_ASSERT_EQUAL(limits_take(store.store, f.path, &order, 1000, NULL),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(access(f.file, F_OK), -1);
	CU_ASSERT_EQUAL(chmod(store.revoked, 0755), 0);
	CU_ASSERT_EQUAL(
		limits_take(store.store, f.path, &order, 1000, NULL), JWT_OK);
	CU_ASSERT(fixture_file_is(f.file, "9998 1000\n"));
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_logout_of_a_session_and_its_user_is_taken),
	UNIT_TEST(other_kinds_are_refused),
	UNIT_TEST(nobody_is_shut_out_for_the_time_to_come),
	UNIT_TEST(the_future_is_as_long_as_the_leeway_of_who_may_log_out),
	UNIT_TEST(an_entry_lasts_no_longer_than_a_logout_needs),
	UNIT_TEST(an_entry_with_an_author_or_a_reason_is_refused),
	UNIT_TEST(more_than_two_entries_are_refused),
	UNIT_TEST(a_flood_ends_and_then_one_a_second_is_taken),
	UNIT_TEST(a_measure_that_makes_no_sense_is_a_full_one_and_no_more),
	UNIT_TEST(a_store_that_is_away_costs_nothing),
	UNIT_TEST(without_its_folder_nothing_is_taken),
};

UNIT_SUITE("revoker", tests)
