/* SPDX-License-Identifier: ISC */
/* revocation: what a store lost comes back from the writer's journal. */
#include "revocation_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EPOCH(f) fixture_path((f), (f)->revoked, "epoch")

/* In the place of libc's: what matters is whether it is asked. */
static int synced;

int
syncfs(int fd)
{
	CU_ASSERT(fd >= 0);
	synced++;
	return 0;
}

static enum jwt_reason
restore(struct fixture *f, enum restore_how how, struct restore_result *out)
{
	memset(&f->report, 0, sizeof(f->report));
	return revocation_restore(
		f->store, NOW, how, slice_of(NULL, 0), out, &f->report);
}

/* Revoked by jti and sub, and a host that knows it. */
static void
start_revoked(struct fixture *f)
{
	fixture_start(f);
	fixture_keep_journal(f);
	CU_ASSERT_EQUAL(fixture_init(f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(f), JWT_REVOKED);
}

static void
lose(struct fixture *f)
{
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(f, REVOKED_JTI)), 0);
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(f, REVOKED_SUB)), 0);
	CU_ASSERT_EQUAL(unlink(EPOCH(f)), 0);
}

/* The question of a token that nobody revoked. */
static enum jwt_reason
check_other(struct fixture *f)
{
	struct revocation_question q = fixture_question();

	q.jti = q.sub = q.sid = q.kid = slice_of_string("another");
	q.signing_input = slice_of_string("YW5vdGhlcg.b25l");
	return fixture_check_question(f, &q);
}

static void
a_lost_store_is_as_it_was_after_restore(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	lose(&f);
	CU_ASSERT_EQUAL(check_other(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_EMPTY);
	CU_ASSERT_EQUAL(result.in_force, 2);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT_EQUAL(result.others, 0);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(result.after, 2);
	/* No host needs to be told. */
	CU_ASSERT_EQUAL(check_other(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
}

static void
a_dry_run_changes_nothing(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	lose(&f);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_DRY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(access(EPOCH(&f), F_OK), -1);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), -1);
}

static void
a_store_that_lost_nothing_is_left_as_it_is(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_NONE);
	CU_ASSERT_EQUAL(result.lacked, 0);
	CU_ASSERT_FALSE(result.lifted);
	CU_ASSERT_EQUAL(result.before, 2);
	CU_ASSERT_EQUAL(result.after, 2);
}

/* As an eviction would do it: the epoch tells nothing. */
static void
an_entry_that_went_away_alone_comes_back(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(&f, REVOKED_JTI)), 0);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_NONE);
	CU_ASSERT_EQUAL(result.lacked, 1);
	CU_ASSERT_EQUAL(result.after, 3);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
}

/* Killed between the entries and the epoch, and run again. */
static void
entries_that_are_there_are_on_the_disk_before_their_epoch(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	CU_ASSERT_EQUAL(unlink(EPOCH(&f)), 0);
	synced = 0;
	CU_ASSERT_EQUAL(restore(&f, RESTORE_DRY, &result), JWT_OK);
	CU_ASSERT_EQUAL(synced, 0);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 0);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(synced, 1);
}

static void
an_entry_that_was_narrowed_is_widened(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	fixture_put(fixture_entry_path(&f, REVOKED_SUB),
		"{\"until\":1800000001,\"when\":1,\"before\":1}");
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 1);
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(&f, REVOKED_JTI)), 0);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
}

/* The power went before they were on the disk. */
static void
an_entry_without_bytes_is_written_again(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	struct restore_result result;
	bool found;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	fixture_put(fixture_entry_path(&f, REVOKED_JTI), "");
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 1);
	entry.by = entry.why = entry.what = NULL;
	CU_ASSERT_EQUAL(revocation_find(f.store, &entry, &found, NULL), JWT_OK);
	CU_ASSERT(found);
	CU_ASSERT_EQUAL(entry.until, NOW + 3600);
	revocation_entry_clear(&entry);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 0);
}

static void
what_was_undone_stays_undone(void)
{
	const struct revocation_entry jti = fixture_entry(REVOKED_JTI);
	struct restore_result result;
	bool removed;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	CU_ASSERT_EQUAL(revocation_undo(f.store, &jti, &removed, NULL), JWT_OK);
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(&f, REVOKED_SUB)), 0);
	CU_ASSERT_EQUAL(unlink(EPOCH(&f)), 0);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.in_force, 1);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), -1);
}

static void
an_undo_that_failed_is_not_done_by_a_restore(void)
{
	const struct revocation_entry jti = fixture_entry(REVOKED_JTI);
	struct restore_result result;
	bool removed;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(&f, REVOKED_JTI)), 0);
	CU_ASSERT_EQUAL(mkdir(fixture_entry_path(&f, REVOKED_JTI), 0700), 0);
	CU_ASSERT_NOT_EQUAL(
		revocation_undo(f.store, &jti, &removed, NULL), JWT_OK);
	CU_ASSERT_EQUAL(rmdir(fixture_entry_path(&f, REVOKED_JTI)), 0);
	CU_ASSERT_EQUAL(unlink(EPOCH(&f)), 0);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
		CU_ASSERT_EQUAL(result.in_force, 2);
		CU_ASSERT(result.lifted);
		CU_ASSERT_EQUAL(result.after, 3);
		lose(&f);
	}
}

/* Revoked by another host, which has a journal of its own. */
static void
revoke_elsewhere(struct fixture *f, enum revoked_kind kind, const char *dir)
{
	f->places.journal_dir = dir;
	fixture_reopen(f);
	CU_ASSERT_EQUAL(fixture_revoke(f, kind), JWT_OK);
	f->places.journal_dir = f->journal;
	fixture_reopen(f);
}

static void
where_others_revoked_too_the_denial_is_lifted_only_when_told(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	revoke_elsewhere(&f, REVOKED_SID, NULL);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	lose(&f);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.others, 1);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT_FALSE(result.lifted);
	CU_ASSERT_EQUAL(check_other(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 0);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(check_other(&f), JWT_OK);
}

/* What a host has seen of the last writer is not met by the others' lift. */
static void
a_lift_by_the_writer_that_was_behind_leaves_hosts_that_know_more(void)
{
	struct restore_result result;
	char other[96];
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	snprintf(other, sizeof(other), "%s/other", f.root);
	CU_ASSERT_EQUAL(mkdir(other, 0700), 0);
	revoke_elsewhere(&f, REVOKED_SID, other);
	CU_ASSERT_EQUAL(check_other(&f), JWT_OK); /* the mark is 3 */
	lose(&f);
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(&f, REVOKED_SID)), 0);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.after, 2);
	CU_ASSERT_EQUAL(check_other(&f), JWT_REVOCATION_LOST);
	f.places.journal_dir = other;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_WENT_BACK);
	CU_ASSERT_FALSE(result.lifted); /* it knows that there is another */
	CU_ASSERT_EQUAL(restore(&f, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.after, 3);
	CU_ASSERT_EQUAL(check_other(&f), JWT_OK);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SID), F_OK), 0);
}

static void
a_mark_ahead_of_the_journal_tells_of_others(void)
{
	struct restore_result result;
	char mark[EPOCH_TEXT_MAX], path[256];
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	revoke_elsewhere(&f, REVOKED_SID, NULL);
	CU_ASSERT_EQUAL(check_other(&f), JWT_OK);
	snprintf(
		path, sizeof(path), "%s", fixture_path(&f, f.seen, "embedded"));
	CU_ASSERT_EQUAL(file_read(path, &any, &text, NULL), FILE_OK);
	snprintf(mark, sizeof(mark), "%s", buffer_string(&text));
	lose(&f);
	CU_ASSERT_EQUAL(revocation_restore(f.store, NOW, RESTORE_REPLAY,
				slice_of_string(mark), &result, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(result.others, 1);
	CU_ASSERT_FALSE(result.lifted);
	CU_ASSERT_EQUAL(access(EPOCH(&f), F_OK), -1);
}

static void
a_mark_that_tells_nothing_of_this_life_lifts_nothing(void)
{
	static const char *const marks[] = { "0123456789abcdef 0", "junk" };
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	lose(&f);
	for (size_t i = 0; i < JWT_COUNT(marks); i++) {
		CU_ASSERT_EQUAL(
			revocation_restore(f.store, NOW, RESTORE_REPLAY,
				slice_of_string(marks[i]), &result, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(result.others, 1);
		CU_ASSERT_FALSE(result.lifted);
		CU_ASSERT_EQUAL(access(EPOCH(&f), F_OK), -1);
	}
}

/* Lost once more, would it be given back without a word? */
static void
lose_and_need_a_lift(struct fixture *f)
{
	struct restore_result result;

	CU_ASSERT_EQUAL(unlink(EPOCH(f)), 0);
	CU_ASSERT_EQUAL(restore(f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT(result.others > 0);
	CU_ASSERT_FALSE(result.lifted);
}

static void
what_others_revoked_before_a_restore_stays_counted(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	revoke_elsewhere(&f, REVOKED_SID, NULL);
	CU_ASSERT_EQUAL(unlink(fixture_entry_path(&f, REVOKED_JTI)), 0);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_NONE);
	CU_ASSERT_EQUAL(result.after, 4);
	lose_and_need_a_lift(&f);
}

static void
what_others_revoked_before_the_store_was_accepted_stays_counted(void)
{
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	revoke_elsewhere(&f, REVOKED_SID, NULL);
	CU_ASSERT_EQUAL(revocation_accept_journal(f.store, NULL), JWT_OK);
	lose_and_need_a_lift(&f);
}

static void
what_others_revoked_after_the_store_went_back_stays_counted(void)
{
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) old = BUFFER(EPOCH_TEXT_MAX);
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	CU_ASSERT_EQUAL(file_read(EPOCH(&f), &any, &old, NULL), FILE_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	fixture_put(EPOCH(&f), buffer_string(&old));
	revoke_elsewhere(&f, REVOKED_SID, NULL);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_WENT_BACK);
	lose_and_need_a_lift(&f);
}

static void
what_others_revoked_in_a_life_that_was_given_up_stays_counted(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	fixture_put(EPOCH(&f), "0123456789abcdef 7\n");
	CU_ASSERT_EQUAL(restore(&f, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_ANOTHER);
	lose_and_need_a_lift(&f);
}

static void
another_life_is_given_up_only_when_told(void)
{
	struct restore_result result;
	bool created;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	lose(&f);
	f.places.journal_dir = NULL;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(revocation_init(f.store, &created, NULL), JWT_OK);
	f.places.journal_dir = f.journal;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_ANOTHER);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT_FALSE(result.lifted);
	CU_ASSERT_EQUAL(check_other(&f), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(check_other(&f), JWT_OK);
}

static void
a_writer_takes_another_life_where_it_is_told_to(void)
{
	bool created;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	lose(&f);
	CU_ASSERT_EQUAL(
		revocation_init(f.store, &created, NULL), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(access(EPOCH(&f), F_OK), -1);
	CU_ASSERT_EQUAL(revocation_init_anew(f.store, &created, NULL), JWT_OK);
	CU_ASSERT(created);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	/* Made by somebody else: */
	fixture_put(EPOCH(&f), "0123456789abcdef 4\n");
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(revocation_accept_journal(f.store, NULL), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
}

static void
without_a_journal_nothing_is_restored(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(
		restore(&f, RESTORE_REPLAY, &result), JWT_INTERNAL_ERROR);
	fixture_keep_journal(&f);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_LIFT, &result), JWT_INTERNAL_ERROR);
	CU_ASSERT_EQUAL(access(EPOCH(&f), F_OK), -1);
}

/* A host may have seen what the writer never heard of again. */
static void
an_unacknowledged_change_counts_for_the_counter(void)
{
	struct restore_result result;
	JWT_AUTO(fixture) f;

	start_revoked(&f);
	CU_ASSERT_EQUAL(mkdir(fixture_entry_path(&f, REVOKED_SID), 0700), 0);
	CU_ASSERT_NOT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(rmdir(fixture_entry_path(&f, REVOKED_SID)), 0);
	lose(&f);
	CU_ASSERT_EQUAL(restore(&f, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.after, 3);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SID), F_OK), 0);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_lost_store_is_as_it_was_after_restore),
	UNIT_TEST(a_dry_run_changes_nothing),
	UNIT_TEST(a_store_that_lost_nothing_is_left_as_it_is),
	UNIT_TEST(an_entry_that_went_away_alone_comes_back),
	UNIT_TEST(entries_that_are_there_are_on_the_disk_before_their_epoch),
	UNIT_TEST(an_entry_that_was_narrowed_is_widened),
	UNIT_TEST(an_entry_without_bytes_is_written_again),
	UNIT_TEST(what_was_undone_stays_undone),
	UNIT_TEST(an_undo_that_failed_is_not_done_by_a_restore),
	UNIT_TEST(where_others_revoked_too_the_denial_is_lifted_only_when_told),
	UNIT_TEST(
		a_lift_by_the_writer_that_was_behind_leaves_hosts_that_know_more),
	UNIT_TEST(a_mark_ahead_of_the_journal_tells_of_others),
	UNIT_TEST(a_mark_that_tells_nothing_of_this_life_lifts_nothing),
	UNIT_TEST(what_others_revoked_before_a_restore_stays_counted),
	UNIT_TEST(
		what_others_revoked_before_the_store_was_accepted_stays_counted),
	UNIT_TEST(what_others_revoked_after_the_store_went_back_stays_counted),
	UNIT_TEST(
		what_others_revoked_in_a_life_that_was_given_up_stays_counted),
	UNIT_TEST(another_life_is_given_up_only_when_told),
	UNIT_TEST(a_writer_takes_another_life_where_it_is_told_to),
	UNIT_TEST(without_a_journal_nothing_is_restored),
	UNIT_TEST(an_unacknowledged_change_counts_for_the_counter),
};
UNIT_SUITE("revocation_restore", tests)
