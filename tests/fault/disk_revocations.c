/* SPDX-License-Identifier: ISC */
/*
 * Revoking on a disk that is full, out of inodes or read-only: an error to
 * the writer, never a silent success, and what was revoked before stays. As
 * root, on small file systems in a mount namespace of its own.
 */
#include "revocation_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SKIPPED 77 /* what automake takes for "could not run" */
#define PAGE	4096

/* A store and a journal on a small disk; jti is revoked. */
static void
start_small(struct fixture *f, const char *options)
{
	fixture_start(f);
	if (mount("tmpfs", f->root, "tmpfs", MS_NODEV | MS_NOSUID, options) !=
			0 ||
		mkdir(f->revoked, 0755) != 0 || mkdir(f->seen, 0700) != 0)
		abort();
	fixture_keep_journal(f);
	CU_ASSERT_EQUAL(fixture_init(f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(f), JWT_REVOKED);
}

static void
end_small(struct fixture *f)
{
	revocation_close(f->store);
	f->store = NULL;
	if (umount(f->root) != 0)
		abort();
	fixture_end(f);
}

static const char *
filler(struct fixture *f)
{
	return fixture_path(f, f->root, "filler");
}

/* Leaves that many bytes free. */
static void
fill_but(struct fixture *f, off_t left)
{
	static const char block[PAGE];
	int fd = open(filler(f), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	off_t size;

	if (fd < 0)
		abort();
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	size = lseek(fd, 0, SEEK_END);
	if (errno != ENOSPC || ftruncate(fd, size - left) != 0)
		abort();
	close(fd);
}

static enum jwt_reason
undo(struct fixture *f, enum revoked_kind kind)
{
	const struct revocation_entry entry = fixture_entry(kind);
	bool removed;

	memset(&f->report, 0, sizeof(f->report));
	return revocation_undo(f->store, &entry, &removed, &f->report);
}

/* One entry of a name of its own, with words as long as they may be. */
static enum jwt_reason
revoke_long(struct fixture *f, unsigned number)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SIG);
	static char words[3000];

	memset(words, 'x', sizeof(words) - 1);
	entry.what = words;
	snprintf(entry.hex, sizeof(entry.hex), "%064x", number);
	memset(&f->report, 0, sizeof(f->report));
	return revocation_add(f->store, &entry, &f->report);
}

static void
fails_with(struct fixture *f, enum jwt_reason reason, int error)
{
	CU_ASSERT_NOT_EQUAL(reason, JWT_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(f->report.text, strerror(error)));
	if (strstr(f->report.text, strerror(error)) == NULL)
		printf("       %s\n", f->report.text);
	/* What was revoked is, and the store is no lost one. */
	CU_ASSERT_EQUAL(fixture_check(f), JWT_REVOKED);
}

static void
works_again(struct fixture *f)
{
	const struct revocation_question none = { .iss = slice_of_string(ISS) };
	struct restore_result result;

	CU_ASSERT_EQUAL(fixture_revoke(f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(undo(f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(f), JWT_REVOKED); /* by its sub */
	CU_ASSERT_EQUAL(fixture_check_question(f, &none), JWT_OK);
	CU_ASSERT_EQUAL(revocation_restore(f->store, NOW, RESTORE_DRY,
				slice_of(NULL, 0), &result, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_NONE);
	CU_ASSERT_EQUAL(result.others, 0);
	CU_ASSERT_EQUAL(result.damaged, 0);
}

static void
full_disk_revokes_nothing_and_says_so(void)
{
	struct fixture f;

	start_small(&f, "size=128k");
	fill_but(&f, 0);
	/* Until its last page is used up: that is no success for nothing. */
	for (unsigned i = 0; i < 4 && revoke_long(&f, i) == JWT_OK; i++)
		continue;
	fails_with(&f, revoke_long(&f, 9), ENOSPC);
	unlink(filler(&f));
	works_again(&f);
	end_small(&f);
}

/* The journal's line fits, or that and the entry: at every room there is. */
static void
disk_that_fills_up_on_the_way_never_says_yes_for_no(void)
{
	struct fixture f;
	unsigned revoked = 0;

	start_small(&f, "size=256k");
	for (off_t left = 0; left <= 8 * PAGE; left += PAGE) {
		struct revocation_entry entry = fixture_entry(REVOKED_SIG);
		unsigned number = (unsigned)(left / PAGE) + 100;
		enum jwt_reason reason;
		bool found = false;

		fill_but(&f, left);
		reason = revoke_long(&f, number);
		snprintf(entry.hex, sizeof(entry.hex), "%064x", number);
		entry.by = entry.why = entry.what = NULL;
		CU_ASSERT_EQUAL(
			revocation_find(f.store, &entry, &found, NULL), JWT_OK);
		revocation_entry_clear(&entry);
		if (reason == JWT_OK)
			CU_ASSERT(found);
		revoked += reason == JWT_OK;
		CU_ASSERT_EQUAL(fixture_check(&f), JWT_REVOKED);
		unlink(filler(&f));
	}
	CU_ASSERT(revoked > 0 && revoked < 9);
	works_again(&f);
	end_small(&f);
}

static void
disk_without_inodes_revokes_nothing_and_says_so(void)
{
	struct fixture f;

	/* The root, three folders, two locks, epoch, jti, journal, mark and
	 * the mark's lock. */
	start_small(&f, "size=1m,nr_inodes=11");
	fails_with(&f, fixture_revoke(&f, REVOKED_SID), ENOSPC);
	CU_ASSERT_EQUAL(
		mount(NULL, f.root, NULL, MS_REMOUNT, "size=1m,nr_inodes=20"),
		0);
	works_again(&f);
	end_small(&f);
}

static void
read_only_disk_revokes_nothing_and_says_so(void)
{
	struct fixture f;

	start_small(&f, "size=128k");
	if (mount(NULL, f.root, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		abort();
	fails_with(&f, fixture_revoke(&f, REVOKED_SID), EROFS);
	fails_with(&f, undo(&f, REVOKED_JTI), EROFS);
	if (mount(NULL, f.root, NULL, MS_REMOUNT, NULL) != 0)
		abort();
	works_again(&f);
	end_small(&f);
}

static void
full_disk_keeps_the_journal_as_it_was(void)
{
	size_t removed;
	struct stat before, after;
	struct fixture f;

	start_small(&f, "size=256k");
	for (unsigned i = 0; i < 12; i++)
		CU_ASSERT_EQUAL(revoke_long(&f, i), JWT_OK);
	fill_but(&f, PAGE);
	stat(fixture_path(&f, f.journal, "embedded"), &before);
	memset(&f.report, 0, sizeof(f.report));
	fails_with(&f, revocation_compact(&f.places, NOW, &removed, &f.report),
		ENOSPC);
	stat(fixture_path(&f, f.journal, "embedded"), &after);
	CU_ASSERT_EQUAL(before.st_ino, after.st_ino);
	CU_ASSERT_EQUAL(before.st_size, after.st_size);
	CU_ASSERT_EQUAL(
		access(fixture_path(&f, f.journal, "embedded.new"), F_OK), -1);
	unlink(filler(&f));
	CU_ASSERT_EQUAL(
		revocation_compact(&f.places, NOW, &removed, NULL), JWT_OK);
	CU_ASSERT(removed > 0);
	works_again(&f);
	end_small(&f);
}

static const struct unit_test tests[] = {
	UNIT_TEST(full_disk_revokes_nothing_and_says_so),
	UNIT_TEST(disk_that_fills_up_on_the_way_never_says_yes_for_no),
	UNIT_TEST(disk_without_inodes_revokes_nothing_and_says_so),
	UNIT_TEST(read_only_disk_revokes_nothing_and_says_so),
	UNIT_TEST(full_disk_keeps_the_journal_as_it_was),
};

int
main(void)
{
	if (unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		printf("disk_revocations: skipped, no mount namespace: %s\n",
			strerror(errno));
		return SKIPPED;
	}
	return suite_run("disk_revocations", tests, JWT_COUNT(tests));
}
