/* SPDX-License-Identifier: ISC */
/* revocation: the writer's journal, on the embedded store. */
#include "revocation_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EPOCH(f)   fixture_path((f), (f)->revoked, "epoch")
#define JOURNAL(f) fixture_path((f), (f)->journal, "embedded")

/* libc's, and a disk that takes so many more of the journal's. */
static struct {
	ino_t journal;
	int left;
	off_t on_disk; /* of its bytes */
} disk;

int
fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_ino == disk.journal) {
		if (disk.left-- <= 0) {
			errno = EIO;
			return -1;
		}
		disk.on_disk = st.st_size;
	}
	return (int)syscall(SYS_fsync, fd);
}

static void
start_ready(struct fixture *f)
{
	fixture_start(f);
	fixture_keep_journal(f);
	CU_ASSERT_EQUAL(fixture_init(f), JWT_OK);
}

static enum jwt_reason
open_journal(struct fixture *f, struct journal *out)
{
	memset(&f->report, 0, sizeof(f->report));
	return journal_open(f->journal, "embedded", out, &f->report);
}

/* How many revocations are in force by the journal; -1: it can't be read. */
static int
in_force_at(struct fixture *f, int64_t now)
{
	JWT_AUTO(journal) journal;
	JWT_AUTO(journal_content) content = { 0 };

	if (open_journal(f, &journal) != JWT_OK ||
		journal_load(&journal, now, &content, &f->report) != JWT_OK)
		return -1;
	return (int)content.count;
}

static int
in_force(struct fixture *f)
{
	return in_force_at(f, NOW);
}

static struct journal_state
state_of(struct fixture *f)
{
	JWT_AUTO(journal) journal;

	CU_ASSERT_EQUAL(open_journal(f, &journal), JWT_OK);
	return journal.state;
}

static off_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static enum jwt_reason
undo(struct fixture *f, enum revoked_kind kind)
{
	const struct revocation_entry entry = fixture_entry(kind);
	bool removed;

	memset(&f->report, 0, sizeof(f->report));
	return revocation_undo(f->store, &entry, &removed, &f->report);
}

static void
what_is_revoked_and_not_undone_is_in_the_journal(void)
{
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(in_force(&f), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(in_force(&f), 2);
	CU_ASSERT_EQUAL(undo(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(in_force(&f), 1);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(in_force(&f), 2);
	CU_ASSERT_EQUAL(in_force_at(&f, NOW + 3601), 0);
	CU_ASSERT_EQUAL(state_of(&f).epoch.counter, 5);
	CU_ASSERT_EQUAL(state_of(&f).others, 0);
	CU_ASSERT_FALSE(state_of(&f).pending);
}

static void
an_entry_comes_back_as_it_was_written(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	JWT_AUTO(fixture) f;
	JWT_AUTO(journal) journal = { 0 };
	JWT_AUTO(journal_content) content = { 0 };

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(open_journal(&f, &journal), JWT_OK);
	CU_ASSERT_EQUAL(journal_load(&journal, NOW, &content, NULL), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(content.count, 1);
	CU_ASSERT_EQUAL(content.at[0].kind, REVOKED_SUB);
	CU_ASSERT_STRING_EQUAL(content.at[0].hex, entry.hex);
	CU_ASSERT_EQUAL(content.at[0].until, entry.until);
	CU_ASSERT_EQUAL(content.at[0].when, entry.when);
	CU_ASSERT_EQUAL(content.at[0].before, entry.before);
	CU_ASSERT_STRING_EQUAL(content.at[0].by, entry.by);
	CU_ASSERT_STRING_EQUAL(content.at[0].why, entry.why);
	CU_ASSERT_STRING_EQUAL(content.at[0].what, entry.what);
}

static void
cut_to(struct fixture *f, off_t size, const char *whole)
{
	FILE *file = fopen(JOURNAL(f), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(whole, 1, (size_t)size, file), (size_t)size);
	fclose(file);
}

/* Cut at each byte of the last two lines: what was whole stays, and the next
 * revocation goes on from there. */
static void
a_line_cut_anywhere_is_taken_for_one_that_was_never_written(void)
{
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) whole = BUFFER(65536);
	off_t before;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	before = size_of(JOURNAL(&f));
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(file_read(JOURNAL(&f), &any, &whole, NULL), FILE_OK);
	for (off_t cut = before; cut <= (off_t)whole.len; cut++) {
		cut_to(&f, cut, buffer_string(&whole));
		CU_ASSERT(in_force(&f) >= 1);
		CU_ASSERT(state_of(&f).epoch.counter >= 1);
		if (cut % 23 != 0)
			continue;
		/* SID's line is gone: a store that is ahead is no loss. */
		CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
		CU_ASSERT(in_force(&f) >= 2);
	}
}

static void
what_others_revoked_is_counted(void)
{
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	f.places.journal_dir = NULL; /* as another host would */
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	f.places.journal_dir = f.journal;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(state_of(&f).others, 2);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(state_of(&f).others, 2);
}

static void
what_was_there_before_the_journal_counts_as_others(void)
{
	JWT_AUTO(fixture) f;

	fixture_start(&f);
	CU_ASSERT_EQUAL(fixture_init(&f), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	fixture_keep_journal(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(state_of(&f).others, 2);
	CU_ASSERT_EQUAL(state_of(&f).epoch.counter, 3);
}

/* The store did not take it: it is as it was, and no loss. */
static void
an_intent_that_came_to_nothing_is_no_loss(void)
{
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(mkdir(fixture_entry_path(&f, REVOKED_SID), 0700), 0);
	CU_ASSERT_NOT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT(state_of(&f).pending);
	CU_ASSERT_EQUAL(rmdir(fixture_entry_path(&f, REVOKED_SID)), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(state_of(&f).others, 0);
	/* It would be revoked by a restore: more, never less. */
	CU_ASSERT_EQUAL(in_force(&f), 3);
}

/* The journal as it was when the store was asked: without its last line. */
static void
forget_the_answer(struct fixture *f, off_t before)
{
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(buffer) whole = BUFFER(65536);
	const char *end;

	CU_ASSERT_EQUAL(file_read(JOURNAL(f), &any, &whole, NULL), FILE_OK);
	end = strchr(buffer_string(&whole) + before, '\n');
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	cut_to(f, end + 1 - buffer_string(&whole), buffer_string(&whole));
	CU_ASSERT(state_of(f).pending);
}

static void
a_change_whose_answer_was_lost_is_known_again_as_ours(void)
{
	off_t before;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	before = size_of(JOURNAL(&f));
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	forget_the_answer(&f, before);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(state_of(&f).others, 0);
	CU_ASSERT_EQUAL(state_of(&f).epoch.counter, 3);
}

static void
a_change_that_was_anothers_is_not_taken_for_ours(void)
{
	struct revocation_entry entry = fixture_entry(REVOKED_SUB);
	off_t before;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	before = size_of(JOURNAL(&f));
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	forget_the_answer(&f, before);
	entry.until += 7;
	f.places.journal_dir = NULL;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(revocation_add(f.store, &entry, NULL), JWT_OK);
	f.places.journal_dir = f.journal;
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(state_of(&f).others, 2);
}

static void
a_writer_refuses_a_store_that_shows_less_than_its_journal(void)
{
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	fixture_put(EPOCH(&f), "0123456789abcdef 2\n");
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "another one"));
	CU_ASSERT_EQUAL(undo(&f, REVOKED_JTI), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(unlink(EPOCH(&f)), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "revoked restore"));
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SID), F_OK), -1);
	CU_ASSERT_EQUAL(in_force(&f), 1);
}

static void
a_writer_refuses_a_store_that_went_back(void)
{
	JWT_AUTO(buffer) old = BUFFER(EPOCH_TEXT_MAX);
	const struct file_trust any = { .any_owner = true };
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(file_read(EPOCH(&f), &any, &old, NULL), FILE_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	fixture_put(EPOCH(&f), buffer_string(&old));
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_KID), JWT_REVOCATION_LOST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "went back from 2 to 1"));
}

static void
a_damaged_line_is_skipped_and_counted(void)
{
	JWT_AUTO(journal) journal = { 0 };
	JWT_AUTO(journal_content) content = { 0 };
	JWT_AUTO(fixture) f;
	FILE *file;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	file = fopen(JOURNAL(&f), "a");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("{\"op\":\"add\",\"epoch\":\"0123456789abcdef 9\"}\n", file);
	for (int i = 0; i < JOURNAL_LINE_MAX + 1; i++)
		fputc('x', file);
	fputs("\n\n", file);
	fwrite("\0\0\n", 1, 3, file);
	fclose(file);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(open_journal(&f, &journal), JWT_OK);
	CU_ASSERT_EQUAL(journal_load(&journal, NOW, &content, NULL), JWT_OK);
	CU_ASSERT_EQUAL(content.count, 2);
	CU_ASSERT_EQUAL(content.damaged, 4);
	CU_ASSERT(journal.state.others > 0);
}

static void
only_lines_of_ours_are_taken(void)
{
#define START "{\"op\":\"begin\",\"epoch\":\"0123456789abcdef 1\",\"others\":"
	static const char *const bad[] = { "", "{}", "[]", "x", START "0",
		START "-1}", START "1.5}", START "0,\"others\":0}",
		START "0,\"more\":1}", START "0} x",
		"{\"op\":\"other\",\"epoch\":\"0123456789abcdef 1\","
		"\"others\":0}",
		"{\"op\":\"add\",\"epoch\":\"0123456789abcdef 1\","
		"\"others\":0}",
		"{\"op\":\"done\",\"epoch\":\"1\",\"others\":0}" };
	struct journal_line line;

	CU_ASSERT(journal_parse_line(slice_of_string(START "0}"), &line));
	revocation_entry_clear(&line.entry);
	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		CU_ASSERT_FALSE(
			journal_parse_line(slice_of_string(bad[i]), &line));
		revocation_entry_clear(&line.entry);
	}
}

static void
a_journal_that_others_may_write_is_refused(void)
{
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(chmod(JOURNAL(&f), 0660), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_INTERNAL_ERROR);
	CU_ASSERT_EQUAL(chmod(JOURNAL(&f), 0600), 0);
	CU_ASSERT_EQUAL(chmod(f.journal, 0770), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_INTERNAL_ERROR);
	CU_ASSERT_EQUAL(chmod(f.journal, 0700), 0);
	CU_ASSERT_EQUAL(unlink(JOURNAL(&f)), 0);
	CU_ASSERT_EQUAL(symlink("elsewhere", JOURNAL(&f)), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_INTERNAL_ERROR);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SID), F_OK), -1);
}

static void
without_its_folder_nothing_is_revoked(void)
{
	JWT_AUTO(fixture) f;

	start_ready(&f);
	f.places.journal_dir = "/nonexistent/journal";
	fixture_reopen(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_INTERNAL_ERROR);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "systemd-tmpfiles"));
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), -1);
}

static void
a_file_at_its_limit_is_an_error_and_left_whole(void)
{
	struct rlimit old, limit;
	off_t size;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	size = size_of(JOURNAL(&f));
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)size + 100; /* some of the line fits */
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_INTERNAL_ERROR);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &old), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "cannot write"));
	CU_ASSERT_EQUAL(size_of(JOURNAL(&f)), size);
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_SID), F_OK), -1);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(in_force(&f), 2);
}

static void
watch_disk(struct fixture *f, int left)
{
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(stat(JOURNAL(f), &st), 0);
	disk.journal = st.st_ino;
	disk.left = left;
}

static void
an_undo_is_on_the_disk_before_it_is_acknowledged(void)
{
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	watch_disk(&f, 99);
	CU_ASSERT_EQUAL(undo(&f, REVOKED_JTI), JWT_OK);
	disk.journal = 0;
	CU_ASSERT_EQUAL(disk.on_disk, size_of(JOURNAL(&f)));
}

static void
an_undo_that_the_journal_cannot_note_says_so(void)
{
	const struct revocation_entry jti = fixture_entry(REVOKED_JTI);
	bool removed = false;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	watch_disk(&f, 1);
	CU_ASSERT_EQUAL(revocation_undo(f.store, &jti, &removed, &f.report),
		JWT_INTERNAL_ERROR);
	disk.journal = 0;
	CU_ASSERT(removed);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, "could not note it"));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.report.text, strerror(EIO)));
	CU_ASSERT_EQUAL(access(fixture_entry_path(&f, REVOKED_JTI), F_OK), -1);
	CU_ASSERT_EQUAL(in_force(&f), 1);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
}

static void
compacting_keeps_what_is_in_force_and_where_the_store_was(void)
{
	struct journal_state before, after;
	size_t removed;
	off_t size;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(undo(&f, REVOKED_JTI), JWT_OK);
	before = state_of(&f);
	size = size_of(JOURNAL(&f));
	CU_ASSERT_EQUAL(
		revocation_compact(&f.places, NOW, &removed, NULL), JWT_OK);
	CU_ASSERT_EQUAL(removed, 43); /* begin, and two a change, but two */
	CU_ASSERT(size_of(JOURNAL(&f)) < size / 10);
	after = state_of(&f);
	CU_ASSERT_STRING_EQUAL(after.epoch.id, before.epoch.id);
	CU_ASSERT_EQUAL(after.epoch.counter, before.epoch.counter);
	CU_ASSERT_EQUAL(in_force(&f), 1);
	CU_ASSERT_EQUAL(
		revocation_compact(&f.places, NOW, &removed, NULL), JWT_OK);
	CU_ASSERT_EQUAL(removed, 0);
	/* All is over: the last epoch is still known. */
	CU_ASSERT_EQUAL(
		revocation_compact(&f.places, NOW + 3601, &removed, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(in_force(&f), 0);
	CU_ASSERT_EQUAL(state_of(&f).epoch.counter, before.epoch.counter);
	CU_ASSERT_EQUAL(unlink(EPOCH(&f)), 0);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_REVOCATION_LOST);
}

static void
an_intent_that_may_have_been_done_is_not_compacted_away(void)
{
	size_t removed;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(mkdir(fixture_entry_path(&f, REVOKED_SID), 0700), 0);
	CU_ASSERT_NOT_EQUAL(fixture_revoke(&f, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(
		revocation_compact(&f.places, NOW, &removed, NULL), JWT_OK);
	CU_ASSERT(state_of(&f).pending);
}

/* Writers and the sweeper at once; each acknowledged one is in the end
 * there. */
static void
writers_and_compacting_at_the_same_time_lose_nothing(void)
{
	enum { WRITERS = 4, EACH = 15 };
	pid_t pid[WRITERS];
	size_t removed;
	int status, running = WRITERS;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	for (size_t i = 0; i < WRITERS; i++) {
		pid[i] = fork();
		if (pid[i] != 0)
			continue;
		for (size_t j = 0; j < EACH; j++)
			if (fixture_revoke(&f, (enum revoked_kind)i) != JWT_OK)
				_exit(1);
		_exit(0);
	}
	while (running > 0) {
		CU_ASSERT_EQUAL(
			revocation_compact(&f.places, NOW, &removed, NULL),
			JWT_OK);
		while (waitpid(-1, &status, WNOHANG) > 0) {
			CU_ASSERT_EQUAL(status, 0);
			running--;
		}
	}
	CU_ASSERT_EQUAL(state_of(&f).epoch.counter, WRITERS * EACH);
	CU_ASSERT_EQUAL(state_of(&f).others, 0);
	CU_ASSERT_EQUAL(in_force(&f), WRITERS);
}

/* A child that revokes jti, jti... and writes a byte for each that it was
 * told is done; then killed, at the instant that the scheduler picks. */
static int
acknowledged_until_killed(struct fixture *f, int round)
{
	int ends[2], count = 0;
	char byte;
	pid_t pid;

	if (pipe(ends) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		struct revocation_entry entry = fixture_entry(REVOKED_JTI);

		for (int i = 0;; i++) {
			size_t removed;

			snprintf(entry.hex, sizeof(entry.hex), "%032x%032x",
				(unsigned)round, (unsigned)i);
			if (revocation_add(f->store, &entry, NULL) != JWT_OK ||
				write(ends[1], "x", 1) != 1)
				_exit(1);
			if (i % 4 == 3 && revocation_compact(&f->places, NOW,
						  &removed, NULL) != JWT_OK)
				_exit(1);
		}
	}
	close(ends[1]);
	while (count < round && read(ends[0], &byte, 1) == 1)
		count++;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (read(ends[0], &byte, 1) == 1)
		count++;
	close(ends[0]);
	return count;
}

static void
a_writer_killed_at_any_instant_loses_nothing_that_it_acknowledged(void)
{
	int acknowledged = 0, rounds = 40;
	JWT_AUTO(fixture) f;

	start_ready(&f);
	for (int round = 0; round < rounds; round++) {
		int count = acknowledged_until_killed(&f, round % 10);

		CU_ASSERT(count >= 0);
		acknowledged += count;
		/* Names repeat from round 10 on: at least the last ones. */
		CU_ASSERT(in_force(&f) >= count);
		if (round < 10)
			CU_ASSERT(in_force(&f) >= acknowledged);
		CU_ASSERT_EQUAL(fixture_revoke(&f, REVOKED_SUB), JWT_OK);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(what_is_revoked_and_not_undone_is_in_the_journal),
	UNIT_TEST(an_entry_comes_back_as_it_was_written),
	UNIT_TEST(a_line_cut_anywhere_is_taken_for_one_that_was_never_written),
	UNIT_TEST(what_others_revoked_is_counted),
	UNIT_TEST(what_was_there_before_the_journal_counts_as_others),
	UNIT_TEST(an_intent_that_came_to_nothing_is_no_loss),
	UNIT_TEST(a_change_whose_answer_was_lost_is_known_again_as_ours),
	UNIT_TEST(a_change_that_was_anothers_is_not_taken_for_ours),
	UNIT_TEST(a_writer_refuses_a_store_that_shows_less_than_its_journal),
	UNIT_TEST(a_writer_refuses_a_store_that_went_back),
	UNIT_TEST(a_damaged_line_is_skipped_and_counted),
	UNIT_TEST(only_lines_of_ours_are_taken),
	UNIT_TEST(a_journal_that_others_may_write_is_refused),
	UNIT_TEST(without_its_folder_nothing_is_revoked),
	UNIT_TEST(a_file_at_its_limit_is_an_error_and_left_whole),
	UNIT_TEST(an_undo_is_on_the_disk_before_it_is_acknowledged),
	UNIT_TEST(an_undo_that_the_journal_cannot_note_says_so),
	UNIT_TEST(compacting_keeps_what_is_in_force_and_where_the_store_was),
	UNIT_TEST(an_intent_that_may_have_been_done_is_not_compacted_away),
	UNIT_TEST(writers_and_compacting_at_the_same_time_lose_nothing),
	UNIT_TEST(
		a_writer_killed_at_any_instant_loses_nothing_that_it_acknowledged),
};
UNIT_SUITE("revocation_journal", tests)
