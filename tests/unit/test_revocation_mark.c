/* SPDX-License-Identifier: ISC */
/* The mark that a process keeps from one question to the next. */
#include "revocation_fixture.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ID_A	"0123456789abcdef"
#define MARK(f) fixture_path((f), (f)->seen, "embedded")

/* Long enough after the files were written that none of them is in doubt. */
static enum jwt_reason
read_kept(struct fixture *f, struct kept_mark *kept, struct epoch *out,
	bool *known)
{
	return mark_read_kept(kept, f->seen, "embedded", time(NULL) + 10, out,
		known, &f->report);
}

/* Until what changes the file now gives it other times than it has. */
static void
await_tick(const char *path)
{
	struct timespec now;
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(stat(path, &st), 0);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec == st.st_ctim.tv_sec &&
		now.tv_nsec <= st.st_ctim.tv_nsec);
}

static void
a_mark_whose_file_is_the_same_is_read_once(void)
{
	JWT_AUTO(fixture) f;
	struct kept_mark kept = { .serves = false };
	struct epoch mark;
	bool known;

	fixture_start(&f);
	fixture_put(MARK(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(read_kept(&f, &kept, &mark, &known), JWT_OK);
	CU_ASSERT(known && mark.counter == 7 && kept.serves);
	kept.epoch.counter = 70; /* nobody looks into the file */
	CU_ASSERT_EQUAL(read_kept(&f, &kept, &mark, &known), JWT_OK);
	CU_ASSERT(known && mark.counter == 70);
}

static void
a_mark_that_was_replaced_or_removed_counts_at_once(void)
{
	JWT_AUTO(fixture) f;
	struct kept_mark kept = { .serves = false };
	struct epoch mark, higher = { ID_A, 9 };
	bool known;

	fixture_start(&f);
	fixture_put(MARK(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(read_kept(&f, &kept, &mark, &known), JWT_OK);
	CU_ASSERT_EQUAL(
		mark_raise(f.seen, "embedded", &higher, false, NULL), JWT_OK);
	CU_ASSERT_EQUAL(read_kept(&f, &kept, &mark, &known), JWT_OK);
	CU_ASSERT(known && mark.counter == 9);
	CU_ASSERT_EQUAL(unlink(MARK(&f)), 0);
	CU_ASSERT_EQUAL(read_kept(&f, &kept, &mark, &known), JWT_OK);
	CU_ASSERT_FALSE(known);
	CU_ASSERT_FALSE(kept.serves);
}

/* A change of mode or owner changes no content. */
static void
a_mark_that_others_can_write_now_is_trusted_no_more(void)
{
	JWT_AUTO(fixture) f;
	struct kept_mark kept = { .serves = false };
	struct epoch mark;
	bool known;

	fixture_start(&f);
	fixture_put(MARK(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(read_kept(&f, &kept, &mark, &known), JWT_OK);
	await_tick(MARK(&f));
	CU_ASSERT_EQUAL(chmod(MARK(&f), 0666), 0);
	CU_ASSERT_EQUAL(
		read_kept(&f, &kept, &mark, &known), JWT_REVOCATION_LOST);
}

static void
a_mark_of_just_now_is_read_again(void)
{
	JWT_AUTO(fixture) f;
	struct kept_mark kept = { .serves = false };
	struct epoch mark;
	bool known;

	fixture_start(&f);
	fixture_put(MARK(&f), ID_A " 7\n");
	CU_ASSERT_EQUAL(mark_read_kept(&kept, f.seen, "embedded", time(NULL),
				&mark, &known, NULL),
		JWT_OK);
	CU_ASSERT(known && mark.counter == 7);
	CU_ASSERT_FALSE(kept.serves);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_mark_whose_file_is_the_same_is_read_once),
	UNIT_TEST(a_mark_that_was_replaced_or_removed_counts_at_once),
	UNIT_TEST(a_mark_that_others_can_write_now_is_trusted_no_more),
	UNIT_TEST(a_mark_of_just_now_is_read_again),
};
UNIT_SUITE("revocation_mark", tests)
