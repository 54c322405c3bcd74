/* SPDX-License-Identifier: ISC */
/* revocation: writing and undoing, on the embedded store. */
#include "revocation_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EPOCH(f) fixture_path((f), (f)->revoked, "epoch")
#define MARK(f)	 fixture_path((f), (f)->seen, "embedded")
#define WHOLE	 "{\"until\":1,\"when\":1}"

static uint64_t
counter_of(struct fixture *f)
{
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	struct epoch epoch;

	if (file_read(EPOCH(f), &any, &text, NULL) != FILE_OK ||
		!epoch_parse(buffer_slice(&text), &epoch))
		return UINT64_MAX;
	return epoch.counter;
}

static void
init_makes_an_epoch_once(void)
{
	bool created = false;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(revocation_init(f.store, &created, NULL), JWT_OK);
	CU_ASSERT(created);
	CU_ASSERT_EQUAL(counter_of(&f), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(revocation_init(f.store, &created, NULL), JWT_OK);
	CU_ASSERT_FALSE(created);
	CU_ASSERT_EQUAL(counter_of(&f), 1);
}

static void
init_replaces_a_damaged_epoch_by_another_life(void)
{
	bool created = false;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	fixture_put(EPOCH(&f), "junk");
	CU_ASSERT_EQUAL(revocation_init(f.store, &created, NULL), JWT_OK);
	CU_ASSERT(created);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
}

static void
each_revocation_raises_the_epoch(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(counter_of(&f), 1);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(counter_of(&f), 2);
}

static void
nothing_is_revoked_in_a_store_without_epoch(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), -1);
}

static enum jwt_reason
expect(struct fixture *f, const char *mark)
{
	return revocation_expect(f->store, slice_of_string(mark), NULL);
}

/* Another host's revocations are gone, of which its journal never heard. */
static void
a_store_that_shows_less_than_this_host_has_seen_is_not_written(void)
{
	const struct revocation_entry jti = fixture_entry(REVOKED_JTI);
	bool removed;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(EPOCH(&f), "0123456789abcdef 7\n");
	fixture_put(fixture_entry_path(&f, REVOKED_JTI), WHOLE);
	CU_ASSERT_EQUAL(expect(&f, "0123456789abcdef 9"), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "revoked restore"));
	CU_ASSERT_EQUAL(revocation_undo(f.store, &jti, &removed, NULL),
		JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SID), F_OK), -1);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), 0);
	CU_ASSERT_EQUAL(counter_of(&f), 7);
	CU_ASSERT_EQUAL(expect(&f, "0123456789abcdef 7"), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(expect(&f, "fedcba9876543210 9"), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(expect(&f, "junk"), JWT_INTERNAL_ERROR);
	CU_ASSERT_EQUAL(expect(&f, ""), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
}

static bool
has_seen(struct fixture *f, const char *expected)
{
	JWT_AUTO(buffer) mark = BUFFER(EPOCH_TEXT_MAX);

	return revocation_seen(f->store, &mark, &f->report) == JWT_OK &&
	       strcmp(buffer_string(&mark), expected) == 0;
}

/* By another user than the checker that keeps it. */
static void
a_writer_finds_out_what_this_hosts_logins_have_seen(void)
{
	JWT_AUTO(buffer) mark = BUFFER(EPOCH_TEXT_MAX);
	char path[256];
	struct stat st;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	snprintf(
		path, sizeof(path), "%s", fixture_path(&f, f.seen, "embedded"));
	CU_ASSERT(has_seen(&f, ""));
	fixture_put(EPOCH(&f), "0123456789abcdef 7\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT(has_seen(&f, "0123456789abcdef 7"));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0644);
	if (geteuid() == 0) {
		CU_ASSERT_EQUAL(chown(path, 12345, 12345), 0);
		CU_ASSERT_EQUAL(revocation_seen(f.store, &mark, NULL),
			JWT_REVOCATION_LOST);
		CU_ASSERT_EQUAL(chown(f.seen, 12345, 12345), 0);
		CU_ASSERT(has_seen(&f, "0123456789abcdef 7"));
	}
	fixture_put(path, "junk");
	CU_ASSERT_EQUAL(
		revocation_seen(f.store, &mark, NULL), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT(has_seen(&f, ""));
}

static void
revoking_again_never_revokes_less(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	struct revocation_question q = fixture_question();
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	entry.until = NOW + 1;
	entry.before = 1;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_check(f.store, &q, NOW + 3600, NULL), JWT_REVOKED);
}

/* It counts for ever: one that is written over it must not end sooner. */
static void
revoking_over_what_cannot_be_read_never_revokes_less(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	struct revocation_question q = fixture_question();
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	q.iat = entry.before; /* too young for the new one */
	for (int strange = 0; strange < 2; strange++) {
		fixture_put(fixture_entry_path(&f, REVOKED_SUB), "torn");
		if (strange) /* anybody's word */
			CU_ASSERT_EQUAL(chmod(f.path, 0666), 0);
		CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
		CU_ASSERT_EQUAL(
			revocation_check(f.store, &q, ENTRY_TIME_MAX, NULL),
			JWT_REVOKED);
		CU_ASSERT_EQUAL(
			chmod(fixture_entry_path(&f, REVOKED_SUB), 0644), 0);
	}
}

static void
a_writer_is_told_what_stood_there_and_what_stands_now(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	const int64_t until = entry.until, before = entry.before;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	entry.was_until = 1;
	CU_ASSERT_EQUAL(revocation_widen(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(entry.was_until, 0);
	entry.until = NOW + 1;
	entry.before = before + 1;
	CU_ASSERT_EQUAL(revocation_widen(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(entry.was_until, until);
	CU_ASSERT_EQUAL(entry.was_before, before);
	CU_ASSERT_EQUAL(entry.until, until);
	CU_ASSERT_EQUAL(entry.before, before + 1);
}

static enum jwt_reason
expect_reason(void *arg, const struct revocation_entry *entry)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(entry->why);
	CU_ASSERT_STRING_EQUAL(entry->why, arg);
	return JWT_OK;
}

static void
revoking_again_keeps_the_reason_unless_there_is_a_new_one(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	static char stolen[] = "stolen", found[] = "found again";
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	entry.why = NULL;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_list(f.store, NOW, expect_reason, stolen, NULL),
		JWT_OK);
	entry.why = found;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_list(f.store, NOW, expect_reason, found, NULL),
		JWT_OK);
}

static void
expect_words(struct fixture *f, const char *by, const char *what, int64_t when)
{
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	bool found = false;

	entry.by = entry.why = entry.what = NULL;
	CU_ASSERT_EQUAL(
		revocation_find(f->store, &entry, &found, NULL), JWT_OK);
	CU_ASSERT_FATAL(found && entry.by != NULL && entry.what != NULL);
	CU_ASSERT_STRING_EQUAL(entry.by, by);
	CU_ASSERT_STRING_EQUAL(entry.what, what);
	CU_ASSERT_STRING_EQUAL(entry.why, "stolen");
	CU_ASSERT_EQUAL(entry.when, when);
	revocation_entry_clear(&entry);
}

/* A logout must not hide who revoked for longer. */
static void
who_revoked_for_longest_stays_known(void)
{
	static char logout[] = "jwtauth-logout", session[] = "a session";
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	entry.by = logout;
	entry.what = session;
	entry.why = NULL;
	entry.when = NOW + 60;
	entry.until = NOW + 3599;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	expect_words(&f, "root", "a token", NOW);
	entry.until = NOW + 3601;
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	expect_words(&f, logout, session, NOW + 60);
}

/* Else a user whose old tokens were revoked once would be shut out again. */
static void
what_was_over_is_not_revived(void)
{
	struct revocation_entry old = fixture_entry(REVOKED_SUB), new = old;
	struct revocation_question q = fixture_question();
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	old.when = NOW - 7200;
	old.until = NOW - 1;
	old.before = REVOKED_ALL_BEFORE;
	CU_ASSERT_EQUAL(revocation_add(f.store, &old, NULL), JWT_OK);
	new.why = NULL;
	CU_ASSERT_EQUAL(revocation_widen(f.store, &new, NULL), JWT_OK);
	CU_ASSERT_EQUAL(new.was_until, NOW - 1);
	CU_ASSERT_EQUAL(new.before, NOW);
	q.iat = NOW - 1;
	CU_ASSERT_EQUAL(revocation_check(f.store, &q, NOW, NULL), JWT_REVOKED);
	q.iat = NOW;
	CU_ASSERT_EQUAL(revocation_check(f.store, &q, NOW, NULL), JWT_OK);
	old.until = NOW; /* not over yet */
	CU_ASSERT_EQUAL(revocation_add(f.store, &old, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_add(f.store, &new, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_check(f.store, &q, NOW, NULL), JWT_REVOKED);
}

static void
undoing_takes_the_entry_away_and_raises_the_epoch(void)
{
	const struct revocation_entry jti = fixture_entry(REVOKED_JTI);
	bool removed = false;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT_EQUAL(revocation_undo(f.store, &jti, &removed, NULL), JWT_OK);
	CU_ASSERT(removed);
	CU_ASSERT_EQUAL(counter_of(&f), 2);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	CU_ASSERT_EQUAL(revocation_undo(f.store, &jti, &removed, NULL), JWT_OK);
	CU_ASSERT_FALSE(removed);
	CU_ASSERT_EQUAL(counter_of(&f), 2);
}

/* By somebody else, between the look at it and the undo. */
static void
what_was_revoked_again_meanwhile_is_not_undone(void)
{
	struct revocation_entry sub = fixture_entry(REVOKED_SUB);
	struct revocation_entry order = sub;
	bool removed;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	order.was_until = sub.until;
	order.was_when = sub.when;
	order.was_before = sub.before;
	sub.when++;
	CU_ASSERT_EQUAL(revocation_add(f.store, &sub, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_undo(f.store, &order, &removed, &f.report),
		JWT_INTERNAL_ERROR);
	CU_ASSERT_FALSE(removed);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "again meanwhile"));
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	order.was_when++;
	CU_ASSERT_EQUAL(
		revocation_undo(f.store, &order, &removed, NULL), JWT_OK);
	CU_ASSERT(removed);
}

static void
a_damaged_entry_is_undone_unless_it_is_a_whole_one_by_then(void)
{
	struct revocation_entry order = fixture_entry(REVOKED_JTI);
	bool removed;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	order.was_until = INT64_MAX;
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(revocation_undo(f.store, &order, &removed, NULL),
		JWT_INTERNAL_ERROR);
	fixture_put(fixture_entry_path(&f, REVOKED_JTI), "torn");
	CU_ASSERT_EQUAL(
		revocation_undo(f.store, &order, &removed, NULL), JWT_OK);
	CU_ASSERT(removed);
	CU_ASSERT_EQUAL(
		revocation_undo(f.store, &order, &removed, NULL), JWT_OK);
	CU_ASSERT_FALSE(removed);
}

static void
nothing_is_undone_in_a_store_without_epoch(void)
{
	const struct revocation_entry jti = fixture_entry(REVOKED_JTI);
	bool removed = true;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	fixture_put(fixture_entry_path(&f, REVOKED_JTI), WHOLE);
	CU_ASSERT_EQUAL(revocation_undo(f.store, &jti, &removed, NULL),
		JWT_REVOCATION_LOST);
	CU_ASSERT_FALSE(removed);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), 0);
}

static void
senseless_revocations_are_refused(void)
{
	struct revocation_entry over = fixture_entry(REVOKED_JTI);
	struct revocation_entry sub = fixture_entry(REVOKED_SUB);
	struct revocation_entry words = fixture_entry(REVOKED_JTI);
	static char latin1[] = "caf\xe9", huge[REVOKED_ENTRY_MAX + 1];
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	over.until = over.when - 1;
	sub.before = 0;
	CU_ASSERT_NOT_EQUAL(revocation_add(f.store, &over, NULL), JWT_OK);
	CU_ASSERT_NOT_EQUAL(revocation_add(f.store, &sub, NULL), JWT_OK);
	words.why = latin1;
	CU_ASSERT_NOT_EQUAL(revocation_add(f.store, &words, NULL), JWT_OK);
	memset(huge, 'x', sizeof(huge) - 1);
	words.why = huge;
	CU_ASSERT_NOT_EQUAL(revocation_add(f.store, &words, NULL), JWT_OK);
	CU_ASSERT_EQUAL(counter_of(&f), 0);
}

static void
accept_takes_the_store_as_it_is_now(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(revocation_accept(f.store, NULL), JWT_REVOCATION_LOST);
	fixture_put(MARK(&f), "0123456789abcdef 7\n");
	fixture_put(EPOCH(&f), "0123456789abcdef 6\n");
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(revocation_accept(f.store, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_OK);
	fixture_put(MARK(&f), "junk");
	CU_ASSERT_EQUAL(revocation_accept(f.store, NULL), JWT_OK);
	CU_ASSERT(fixture_file_is(MARK(&f), "0123456789abcdef 6\n"));
}

static const struct unit_test tests[] = {
	UNIT_TEST(init_makes_an_epoch_once),
	UNIT_TEST(init_replaces_a_damaged_epoch_by_another_life),
	UNIT_TEST(each_revocation_raises_the_epoch),
	UNIT_TEST(nothing_is_revoked_in_a_store_without_epoch),
	UNIT_TEST(
		a_store_that_shows_less_than_this_host_has_seen_is_not_written),
	UNIT_TEST(a_writer_finds_out_what_this_hosts_logins_have_seen),
	UNIT_TEST(a_writer_is_told_what_stood_there_and_what_stands_now),
	UNIT_TEST(revoking_again_never_revokes_less),
	UNIT_TEST(revoking_over_what_cannot_be_read_never_revokes_less),
	UNIT_TEST(revoking_again_keeps_the_reason_unless_there_is_a_new_one),
	UNIT_TEST(who_revoked_for_longest_stays_known),
	UNIT_TEST(what_was_over_is_not_revived),
	UNIT_TEST(undoing_takes_the_entry_away_and_raises_the_epoch),
	UNIT_TEST(what_was_revoked_again_meanwhile_is_not_undone),
	UNIT_TEST(a_damaged_entry_is_undone_unless_it_is_a_whole_one_by_then),
	UNIT_TEST(nothing_is_undone_in_a_store_without_epoch),
	UNIT_TEST(senseless_revocations_are_refused),
	UNIT_TEST(accept_takes_the_store_as_it_is_now),
};
UNIT_SUITE("revocation_write", tests)
