/* SPDX-License-Identifier: ISC */
/* jwtauth-revoke: what a broken receiver of logouts can't have revoked. */
#include "bounds.h"

#include "rate.h"
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
	char path[64], file[96], again[96];
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
	snprintf(f->again, sizeof(f->again), "%s/again", f->path);
}

static const struct rate one_a_second = { "logout", 100, 1, 1 };
static const struct rate one_a_minute = { "logout", 3, 1, 60 };
static const struct rate ten_a_second = { "logout", 100, 10, 1 };

static enum jwt_reason
taken(const struct folder *f, const struct rate *rate, size_t count,
	int64_t seconds)
{
	return rate_take(f->path, rate, count, seconds, NULL);
}

static void
a_flood_ends_and_then_one_a_second_is_taken(void)
{
	const struct rate *rate = &one_a_second;
	struct folder f;
	JWT_AUTO(folder_ptr) end = &f;
	enum jwt_reason reason = JWT_OK;

	folder_start(end);
	for (int i = 0; i < 100 && reason == JWT_OK; i += 2)
		reason = taken(end, rate, 2, 1000);
	CU_ASSERT_EQUAL(reason, JWT_OK);
	CU_ASSERT_EQUAL(taken(end, rate, 1, 1000), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(taken(end, rate, 2, 1001), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(taken(end, rate, 1, 1001), JWT_OK);
	CU_ASSERT_EQUAL(taken(end, rate, 1, 1001), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(
		taken(end, rate, 100, 1100), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(taken(end, rate, 100, 1101), JWT_OK);
	CU_ASSERT_EQUAL(taken(end, rate, 100, 1000000), JWT_OK);
	CU_ASSERT_EQUAL(
		taken(end, rate, 1, 1000000), JWT_REVOCATION_UNREACHABLE);
}

/* Also for who comes more often than that. */
static void
a_measure_may_fill_slower_or_faster_than_one_a_second(void)
{
	const struct rate *rate = &one_a_minute;
	struct folder f;
	JWT_AUTO(folder_ptr) end = &f;

	folder_start(end);
	CU_ASSERT_EQUAL(taken(end, rate, 3, 1000), JWT_OK);
	CU_ASSERT_EQUAL(taken(end, rate, 1, 1059), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(taken(end, rate, 1, 1090), JWT_OK);
	CU_ASSERT_EQUAL(taken(end, rate, 1, 1119), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(taken(end, rate, 1, 1120), JWT_OK);
	CU_ASSERT_EQUAL(unlink(f.file), 0);
	rate = &ten_a_second;
	CU_ASSERT_EQUAL(taken(end, rate, 100, 1000), JWT_OK);
	CU_ASSERT_EQUAL(taken(end, rate, 11, 1001), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(taken(end, rate, 10, 1001), JWT_OK);
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
		CU_ASSERT_EQUAL(taken(end, &one_a_second, 100, 1000), JWT_OK);
		CU_ASSERT_EQUAL(taken(end, &one_a_second, 1, 1000),
			JWT_REVOCATION_UNREACHABLE);
	}
}

static void
without_its_folder_nothing_is_taken(void)
{
	CU_ASSERT_EQUAL(rate_take("/nonexistent", &one_a_second, 1, 1000, NULL),
		JWT_INTERNAL_ERROR);
}

/* A store that has its epoch, and a folder for the measures. */
struct writer {
	struct folder folder;
	struct fixture store;
	struct revoke_order order;
	bool in_force;
};

static void
writer_end(struct writer *w)
{
	fixture_end(&w->store);
	unlink(w->folder.again);
	folder_end(&w->folder);
}
JWT_AUTO_TYPE(writer_ptr, struct writer *, writer_end);

static void
writer_start(struct writer *w)
{
	folder_start(&w->folder);
	fixture_start(&w->store);
	CU_ASSERT_EQUAL(fixture_init(&w->store), JWT_OK);
	w->order = logout();
	memset(w->order.entry[0].hex, 'a', REVOKED_HEX_LEN);
	memset(w->order.entry[1].hex, 'b', REVOKED_HEX_LEN);
}

static enum jwt_reason
limited(struct writer *w)
{
	return limits_take(w->store.store, w->folder.path, &w->order, NOW, 1000,
		&w->in_force, NULL);
}

static void
write_order(struct writer *w)
{
	for (size_t i = 0; i < w->order.count; i++)
		CU_ASSERT_EQUAL(revocation_widen(w->store.store,
					&w->order.entry[i], NULL),
			JWT_OK);
}

/* An issuer sends it again; nothing has been written. */
static void
a_store_that_is_away_costs_nothing(void)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;

	writer_start(end);
	CU_ASSERT_EQUAL(chmod(w.store.revoked, 0777), 0); /* is not asked */
	CU_ASSERT_EQUAL(limited(end), JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT_EQUAL(access(w.folder.file, F_OK), -1);
	CU_ASSERT_EQUAL(chmod(w.store.revoked, 0755), 0);
	CU_ASSERT_EQUAL(limited(end), JWT_OK);
	CU_ASSERT(fixture_file_is(w.folder.file, "9998 1000\n"));
}

/* However often a user does it. */
static void
what_is_in_force_already_costs_nothing_and_is_not_written(void)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;

	writer_start(end);
	write_order(end);
	w.order = logout();
	memset(w.order.entry[0].hex, 'a', REVOKED_HEX_LEN);
	memset(w.order.entry[1].hex, 'b', REVOKED_HEX_LEN);
	w.order.entry[0].until -= 10;
	w.order.entry[1].before -= 10;
	CU_ASSERT_EQUAL(limited(end), JWT_OK);
	CU_ASSERT(w.in_force);
	CU_ASSERT_EQUAL(w.order.entry[0].until, NOW + 86400);
	CU_ASSERT_EQUAL(w.order.entry[1].before, NOW + 1);
	CU_ASSERT_EQUAL(access(w.folder.file, F_OK), -1);
	CU_ASSERT_EQUAL(access(w.folder.again, F_OK), -1);
}

/* So who logs in and out leaves the others what is theirs. */
static void
a_name_that_is_there_is_taken_from_a_measure_of_its_own(void)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;

	writer_start(end);
	write_order(end);
	w.order.entry[1].before++;
	CU_ASSERT_EQUAL(limited(end), JWT_OK);
	CU_ASSERT_FALSE(w.in_force);
	CU_ASSERT_EQUAL(access(w.folder.file, F_OK), -1);
	CU_ASSERT(fixture_file_is(w.folder.again, "9999 1000\n"));
	w.order.entry[0].until++;
	CU_ASSERT_EQUAL(limited(end), JWT_OK);
	CU_ASSERT(fixture_file_is(w.folder.again, "9997 1000\n"));
	memset(w.order.entry[0].hex, 'c', REVOKED_HEX_LEN);
	CU_ASSERT_EQUAL(limited(end), JWT_OK);
	CU_ASSERT(fixture_file_is(w.folder.file, "9999 1000\n"));
	CU_ASSERT(fixture_file_is(w.folder.again, "9996 1000\n"));
}

static void
a_name_that_is_over_counts_as_a_new_one(void)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;

	writer_start(end);
	w.order.entry[0].until = w.order.entry[0].when = NOW - 1;
	w.order.entry[1].until = w.order.entry[1].when = NOW - 1;
	write_order(end);
	w.order.entry[0].until = w.order.entry[1].until = NOW + 1;
	CU_ASSERT_EQUAL(limited(end), JWT_OK);
	CU_ASSERT(fixture_file_is(w.folder.file, "9998 1000\n"));
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
	UNIT_TEST(a_measure_may_fill_slower_or_faster_than_one_a_second),
	UNIT_TEST(a_store_that_is_away_costs_nothing),
	UNIT_TEST(what_is_in_force_already_costs_nothing_and_is_not_written),
	UNIT_TEST(a_name_that_is_there_is_taken_from_a_measure_of_its_own),
	UNIT_TEST(a_name_that_is_over_counts_as_a_new_one),
	UNIT_TEST(without_its_folder_nothing_is_taken),
};

UNIT_SUITE("revoker", tests)
