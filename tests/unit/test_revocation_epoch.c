/* SPDX-License-Identifier: ISC */
/* revocation: a store that lost data, and the mark that shows it. */
#include "revocation_fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define ID_A	 "0123456789abcdef"
#define ID_B	 "fedcba9876543210"
#define IN_FORCE "{\"until\":1900000000,\"when\":1}"
#define EPOCH(f) fixture_path((f), (f)->revoked, "epoch")
#define MARK(f)	 fixture_path((f), (f)->seen, "embedded")

static void
a_store_without_epoch_has_lost_data(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "revoked init"));
	CU_ASSERT_EQUAL(rmdir(f.revoked), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "no such folder"));
}

static void
an_epoch_that_is_none_has_lost_data(void)
{
	static const char *const bad[] = { "", "\n", ID_A, ID_A " ", ID_A " 01",
		ID_A " -1", ID_A " 1 ", ID_A "  1", "0123456789ABCDEF 1",
		"0123456789abcde 1", ID_A " 1\n\n", ID_A " 1000000000000000000",
		ID_A " 1x" };
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		fixture_put(EPOCH(&f), bad[i]);
		CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	}
	fixture_put(EPOCH(&f), ID_A " 999999999999999999\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
}

static void
the_first_answer_leaves_a_mark_and_later_ones_raise_it(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(EPOCH(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 7\n"));
	fixture_put(EPOCH(&f), ID_A " 9\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 9\n"));
}

/* It may be stopped, or stuck in a write to a slow disk. */
static void
a_checker_that_keeps_the_marks_lock_holds_up_no_login(void)
{
	JWT_AUTO(fixture) f;
	int lock;

	fixture_start(&f);
	fixture_put(EPOCH(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	lock = open(fixture_path(&f, f.seen, ".lock"), O_RDWR | O_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(flock(lock, LOCK_EX), 0);
	fixture_put(EPOCH(&f), ID_A " 9\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 7\n"));
	/* Without any mark a loss would never be seen. */
	CU_ASSERT_EQUAL(unlink(MARK(&f)), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	close(lock);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 9\n"));
}

/* A folder that is copied from another host, in whatever order. */
static void
an_epoch_that_comes_before_its_entries_hides_none_of_them(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(EPOCH(&f), ID_A " 2\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	fixture_put(fixture_entry_path(&f, REVOKED_JTI), IN_FORCE);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
}

static void
an_entry_that_comes_before_its_epoch_counts_at_once(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(EPOCH(&f), ID_A " 2\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	fixture_put(fixture_entry_path(&f, REVOKED_SUB), IN_FORCE);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 2\n"));
	fixture_put(EPOCH(&f), ID_A " 3\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 3\n"));
}

static void
the_mark_rises_with_the_answer_that_says_revoked(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(EPOCH(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 8\n"));
	/* Else the store could go back behind this revocation unseen. */
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(&f, REVOKED_JTI)), 0);
	fixture_put(EPOCH(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
}

static void
an_older_epoch_than_the_mark_has_lost_data(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(MARK(&f), ID_A " 7\n");
	fixture_put(EPOCH(&f), ID_A " 6\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "accept-store"));
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 7\n"));
	fixture_put(EPOCH(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
}

static void
another_epoch_than_the_marks_has_lost_data(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(MARK(&f), ID_A " 7\n");
	fixture_put(EPOCH(&f), ID_B " 8\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 7\n"));
}

static void
a_mark_that_cannot_be_read_or_kept_denies(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(EPOCH(&f), ID_A " 7\n");
	fixture_put(MARK(&f), "junk");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(unlink(MARK(&f)), 0);
	CU_ASSERT_EQUAL(symlink("/dev/null", MARK(&f)), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(unlink(MARK(&f)), 0);
	CU_ASSERT_EQUAL(rmdir(f.seen), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
}

static void
a_slow_checker_never_lowers_the_mark(void)
{
	const struct epoch slow = { ID_A, 7 }, other = { ID_B, 9 };
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(MARK(&f), ID_A " 8\n");
	CU_ASSERT_EQUAL(
		mark_raise(f.seen, "embedded", &slow, false, NULL), JWT_OK);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 8\n"));
	CU_ASSERT_EQUAL(mark_raise(f.seen, "embedded", &other, false, NULL),
		JWT_REVOCATION_LOST);
	CU_ASSERT(fixture_file_is(MARK(&f), ID_A " 8\n"));
}

static void
what_is_revoked_says_so_even_in_a_store_that_lost_data(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	fixture_put(MARK(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
}

static void
a_lost_store_is_not_excused_by_allow_fresh(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	f.config.on_unreachable = UNREACHABLE_ALLOW_FRESH;
	f.config.fresh_for = 3600;
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_store_without_epoch_has_lost_data),
	UNIT_TEST(an_epoch_that_is_none_has_lost_data),
	UNIT_TEST(the_first_answer_leaves_a_mark_and_later_ones_raise_it),
	UNIT_TEST(a_checker_that_keeps_the_marks_lock_holds_up_no_login),
	UNIT_TEST(an_epoch_that_comes_before_its_entries_hides_none_of_them),
	UNIT_TEST(an_entry_that_comes_before_its_epoch_counts_at_once),
	UNIT_TEST(the_mark_rises_with_the_answer_that_says_revoked),
	UNIT_TEST(an_older_epoch_than_the_mark_has_lost_data),
	UNIT_TEST(another_epoch_than_the_marks_has_lost_data),
	UNIT_TEST(a_mark_that_cannot_be_read_or_kept_denies),
	UNIT_TEST(a_slow_checker_never_lowers_the_mark),
	UNIT_TEST(what_is_revoked_says_so_even_in_a_store_that_lost_data),
	UNIT_TEST(a_lost_store_is_not_excused_by_allow_fresh),
};
UNIT_SUITE("revocation_epoch", tests)
