/* SPDX-License-Identifier: ISC */
/* revocation: listing, sweeping, and several at it, on the embedded store. */
#include "revocation_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EPOCH(f) fixture_path((f), (f)->revoked, "epoch")
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

struct seen {
	size_t count, damaged;
	struct revocation_entry last;
};

static enum jwt_reason
count_entry(void *arg, const struct revocation_entry *entry)
{
	struct seen *seen = arg;

	seen->count++;
	seen->damaged += entry->until == INT64_MAX;
	seen->last = *entry;
	if (entry->by != NULL)
		CU_ASSERT_STRING_EQUAL(entry->by, "root");
	return JWT_OK;
}

static void
list_shows_what_is_in_force_and_what_is_damaged(void)
{
	struct seen seen = { 0 };
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	fixture_put(fixture_entry_path(&f, REVOKED_SID), "torn");
	fixture_put(fixture_entry_path(&f, REVOKED_KID), WHOLE); /* over */
	fixture_put(fixture_path(&f, f.revoked, "notes"), "by a stranger");
	CU_ASSERT_EQUAL(revocation_list(f.store, NOW, count_entry, &seen, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(seen.count, 2);
	CU_ASSERT_EQUAL(seen.damaged, 1);
}

static void
an_entry_comes_back_as_it_was_written(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	struct seen seen = { 0 };
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_list(f.store, NOW, count_entry, &seen, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(seen.last.kind, REVOKED_SUB);
	CU_ASSERT_STRING_EQUAL(seen.last.hex, entry.hex);
	CU_ASSERT_EQUAL(seen.last.until, entry.until);
	CU_ASSERT_EQUAL(seen.last.when, entry.when);
	CU_ASSERT_EQUAL(seen.last.before, entry.before);
}

static void
one_entry_is_found_by_its_name(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	bool found = true;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	entry.by = entry.why = entry.what = NULL;
	CU_ASSERT_EQUAL(revocation_find(f.store, &entry, &found, NULL), JWT_OK);
	CU_ASSERT_FALSE(found);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	entry.until = entry.before = 0;
	CU_ASSERT_EQUAL(revocation_find(f.store, &entry, &found, NULL), JWT_OK);
	CU_ASSERT(found);
	CU_ASSERT_EQUAL(entry.until, NOW + 3600);
	CU_ASSERT_EQUAL(entry.before, NOW);
	CU_ASSERT_STRING_EQUAL(entry.why, "stolen");
	revocation_entry_clear(&entry);
	entry = fixture_entry(REVOKED_SUB);
	fixture_put(fixture_entry_path(&f, REVOKED_SUB), "torn");
	CU_ASSERT_EQUAL(revocation_find(f.store, &entry, &found, NULL), JWT_OK);
	CU_ASSERT(found);
	CU_ASSERT_EQUAL(entry.until, INT64_MAX);
	free(entry.what);
}

static void
sweep_removes_what_is_over_and_nothing_else(void)
{
	JWT_AUTO(fixture) f;
	char left_over[sizeof(f.path) + 8];
	size_t removed;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	fixture_put(fixture_entry_path(&f, REVOKED_SID), "torn");
	fixture_put(fixture_path(&f, f.revoked, "notes.abcdef"), "strange");
	fixture_put(fixture_entry_path(&f, REVOKED_KID), WHOLE);
	snprintf(left_over, sizeof(left_over), "%s.abcdef", f.path);
	fixture_put(left_over, "{\"unt");
	fixture_put(fixture_entry_path(&f, REVOKED_SIG), WHOLE);
	CU_ASSERT_EQUAL(chmod(f.path, 0666), 0); /* anybody's word */
	CU_ASSERT_EQUAL(revocation_sweep(f.store, NOW, &removed, NULL), JWT_OK);
	CU_ASSERT_EQUAL(removed, 2);
	CU_ASSERT_EQUAL(access(left_over, F_OK), -1);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_KID), F_OK), -1);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SID), F_OK), 0);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SIG), F_OK), 0);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), 0);
	CU_ASSERT_EQUAL(
		access(fixture_path(&f, f.revoked, "notes.abcdef"), F_OK), 0);
	CU_ASSERT_EQUAL(counter_of(&f), 1);
}

/* More than one lock's worth, and writers that revoke again meanwhile. */
static void
sweep_and_writers_do_not_hurt_each_other(void)
{
	enum { MANY = 300 };
	struct revocation_entry entry = fixture_entry(REVOKED_SIG);
	size_t removed, again = 0;
	char name[ENTRY_NAME_MAX];
	int status;
	pid_t pid;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(entry.hex, sizeof(entry.hex), "%064x", i);
		entry_name(entry.kind, entry.hex, '-', name);
		fixture_put(fixture_path(&f, f.revoked, name), WHOLE);
	}
	pid = fork();
	if (pid == 0) {
		for (unsigned i = 0; i < MANY; i += 20) {
			snprintf(entry.hex, sizeof(entry.hex), "%064x", i);
			if (revocation_add(f.store, &entry, NULL) != JWT_OK)
				_exit(1);
		}
		_exit(0);
	}
	CU_ASSERT_EQUAL(revocation_sweep(f.store, NOW, &removed, NULL), JWT_OK);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(revocation_sweep(f.store, NOW, &again, NULL), JWT_OK);
	CU_ASSERT_EQUAL(again, 0);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(entry.hex, sizeof(entry.hex), "%064x", i);
		entry_name(entry.kind, entry.hex, '-', name);
		CU_ASSERT_EQUAL(access(fixture_path(&f, f.revoked, name), F_OK),
			i % 20 == 0 ? 0 : -1);
	}
}

static void
writers_at_the_same_time_lose_no_count(void)
{
	enum { WRITERS = 4, EACH = 10 };
	pid_t pid[WRITERS];
	int status;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	for (size_t i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		if (pid[i] != 0)
			continue;
		for (size_t j = 0; j < EACH; j++)
			if (fixture_revoke(&f, (enum revoked_kind)i) != JWT_OK)
				_exit(1);
		_exit(0);
	}
	for (size_t i = 0; i < WRITERS; i++) {
		CU_ASSERT_EQUAL(waitpid(pid[i], &status, 0), pid[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	CU_ASSERT_EQUAL(counter_of(&f), WRITERS * EACH);
}

static void
a_writer_killed_at_any_instant_leaves_a_whole_store(void)
{
	struct seen seen;
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	for (int round = 0; round < 12; round++) {
		uint64_t start = counter_of(&f);
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				if (fixture_revoke(&f, REVOKED_SIG) != JWT_OK)
					_exit(1);
		/* Once it is under way; the instant is the scheduler's. */
		while (counter_of(&f) < start + (uint64_t)round)
			if (waitpid(pid, NULL, WNOHANG) != 0)
				break;
		CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
		CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
		memset(&seen, 0, sizeof(seen));
		CU_ASSERT(counter_of(&f) >= start);
		CU_ASSERT_NOT_EQUAL(counter_of(&f), UINT64_MAX);
		CU_ASSERT_EQUAL(
			revocation_list(f.store, NOW, count_entry, &seen, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(seen.damaged, 0);
	}
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
}

static const struct unit_test tests[] = {
	UNIT_TEST(list_shows_what_is_in_force_and_what_is_damaged),
	UNIT_TEST(an_entry_comes_back_as_it_was_written),
	UNIT_TEST(one_entry_is_found_by_its_name),
	UNIT_TEST(sweep_removes_what_is_over_and_nothing_else),
	UNIT_TEST(sweep_and_writers_do_not_hurt_each_other),
	UNIT_TEST(writers_at_the_same_time_lose_no_count),
	UNIT_TEST(a_writer_killed_at_any_instant_leaves_a_whole_store),
};
UNIT_SUITE("revocation_list", tests)
