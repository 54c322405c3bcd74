/* SPDX-License-Identifier: ISC */
/*
 * The writer's journal while a revocation is under way: found, locked, read
 * from its end, appended to.
 */
#include "revocation/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define FILE_NAME_MAX 64
/* Two whole lines: the last may be torn. */
#define TAIL_MAX (2 * JOURNAL_LINE_MAX)
#define RESTORE	 "run: jwtauthctl revoked restore"

static enum jwt_reason
fail(const struct journal *j, struct report *r)
{
	return report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", j->folder, j->name,
		strerror(errno));
}

void
journal_close(struct journal *j)
{
	if (j->name == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	if (j->lock >= 0)
		close(j->lock);
	if (j->dir >= 0)
		close(j->dir);
	free(j->name);
	free(j->folder);
	revocation_entry_clear(&j->wanted);
	memset(j, 0, sizeof(*j));
}

/* Who may write here may take revocations back. */
static enum jwt_reason
judge_owner(int fd, const char *path, struct report *r)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return report(
			r, JWT_INTERNAL_ERROR, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return report(
			r, JWT_INTERNAL_ERROR, "%s: not a regular file", path);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return report(r, JWT_INTERNAL_ERROR,
			"%s: belongs to uid %u with mode %04o, expected %u and "
			"writable for it alone",
			path, (unsigned)st.st_uid,
			(unsigned)(st.st_mode & 07777), (unsigned)geteuid());
	return JWT_OK;
}

static enum jwt_reason
open_folder(struct journal *j, struct report *r)
{
	j->dir = open(
		j->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (j->dir < 0 && errno == ENOENT)
		return report(r, JWT_INTERNAL_ERROR,
			"%s: no such folder; run: systemd-tmpfiles --create "
			"jwtauth.conf",
			j->folder);
	if (j->dir < 0)
		return report(r, JWT_INTERNAL_ERROR, "%s: %s", j->folder,
			strerror(errno));
	return judge_owner(j->dir, j->folder, r);
}

/* On a file of its own: the journal's is replaced now and then. */
static enum jwt_reason
take_lock(struct journal *j, struct report *r)
{
	char name[FILE_NAME_MAX];

	snprintf(name, sizeof(name), "%s.lock", j->name);
	j->lock = openat(
		j->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (j->lock < 0 || flock(j->lock, LOCK_EX) != 0)
		return report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", j->folder,
			name, strerror(errno));
	return JWT_OK;
}

static enum jwt_reason
open_file(struct journal *j, struct report *r)
{
	j->fd = openat(j->dir, j->name,
		O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC |
			O_NONBLOCK,
		0600);
	if (j->fd < 0)
		return fail(j, r);
	return judge_owner(j->fd, j->name, r);
}

/* The last line of text that is ours; a damaged one behind it may stand for
 * another writer's. */
static bool
take_last_line(struct slice text, struct journal *j)
{
	uint64_t damaged = 0;

	while (text.len > 0) {
		struct journal_line line;
		size_t start = text.len - 1; /* where its newline is */
		bool good;

		while (start > 0 && text.data[start - 1] != '\n')
			start--;
		good = journal_parse_line(
			slice_of(text.data + start, text.len - 1 - start),
			&line);
		if (good) {
			j->state = line.state;
			j->state.others += damaged;
		}
		j->wants = good && line.op == JOURNAL_ADD && damaged == 0;
		if (j->wants)
			j->wanted = line.entry;
		else
			revocation_entry_clear(&line.entry);
		if (good)
			return true;
		damaged++;
		text.len = start;
	}
	return false;
}

static enum jwt_reason
read_end(struct journal *j, struct report *r)
{
	uint8_t tail[TAIL_MAX];
	struct stat st;
	off_t start;
	ssize_t got;

	if (fstat(j->fd, &st) != 0)
		return fail(j, r);
	start = st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0;
	got = pread(j->fd, tail, sizeof(tail), start);
	if (got < 0)
		return fail(j, r);
	/* What a writer was killed over was not promised to anybody. */
	while (got > 0 && tail[got - 1] != '\n')
		got--;
	j->end = start + got;
	if (got == 0 && start == 0)
		return JWT_OK;
	if (take_last_line(slice_of(tail, (size_t)got), j))
		return JWT_OK;
	return report(r, JWT_INTERNAL_ERROR,
		"%s/%s: damaged at its end; move it away and run: "
		"jwtauthctl revoked list",
		j->folder, j->name);
}

enum jwt_reason
journal_open(const char *dir, const char *name, struct journal *out,
	struct report *r)
{
	memset(out, 0, sizeof(*out));
	if (dir == NULL)
		return JWT_OK;
	out->dir = out->fd = out->lock = -1;
	out->name = strdup(name);
	out->folder = strdup(dir);
	if (out->name == NULL || out->folder == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(open_folder(out, r));
	JWT_TRY(take_lock(out, r));
	JWT_TRY(open_file(out, r));
	JWT_TRY(read_end(out, r));
	/* A new one: its name too must be there after a crash. */
	if (!out->state.known && fsync(out->dir) != 0)
		return fail(out, r);
	return JWT_OK;
}

enum jwt_reason
journal_judge(const struct journal *j, enum found found,
	const struct epoch *epoch, struct report *r)
{
	const struct epoch *known = &j->state.epoch;

	if (!j->state.known)
		return found == FOUND_ENTRY ? JWT_OK : epoch_lost(found, r);
	if (found != FOUND_ENTRY)
		return report(r, JWT_REVOCATION_LOST,
			"the store lost its data: its epoch is %s, and this "
			"host's journal knows %" PRIu64
			" revocations; " RESTORE,
			found == FOUND_NOTHING ? "missing" : "damaged",
			known->counter);
	if (strcmp(known->id, epoch->id) != 0)
		return report(r, JWT_REVOCATION_LOST,
			"the store is another one (epoch %s, this host's "
			"journal knows %s); " RESTORE
			", or to take it as it is: jwtauthctl revoked "
			"accept-store",
			epoch->id, known->id);
	if (epoch->counter < known->counter)
		return report(r, JWT_REVOCATION_LOST,
			"the store lost its data: it went back from %" PRIu64
			" to %" PRIu64 " revocations; " RESTORE,
			known->counter, epoch->counter);
	return JWT_OK;
}

/* All of it and synced, or nothing: what was cut by a full disk goes. */
static enum jwt_reason
append(struct journal *j, struct slice line, bool sync, struct report *r)
{
	int error;

	if (ftruncate(j->fd, j->end) == 0 && fd_write_all(j->fd, line) &&
		(!sync || fsync(j->fd) == 0)) {
		j->end += (off_t)line.len;
		return JWT_OK;
	}
	error = errno;
	if (ftruncate(j->fd, j->end) != 0)
		error = errno; /* then the next writer cuts it */
	return report(r, JWT_INTERNAL_ERROR, "%s/%s: cannot write: %s",
		j->folder, j->name, strerror(error));
}

static enum jwt_reason
write_line(struct journal *j, enum journal_op op, const struct epoch *epoch,
	const struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) line = BUFFER(JOURNAL_LINE_MAX);

	JWT_TRY(journal_format_line(
		op, epoch, j->state.others, entry, &line, r));
	return append(
		j, buffer_slice(&line), op != JOURNAL_DONE || j->undoes, r);
}

enum jwt_reason
journal_begin(struct journal *j, const struct epoch *epoch, uint64_t others,
	struct report *r)
{
	struct journal_state before = j->state;
	enum jwt_reason reason;

	if (j->name == NULL)
		return JWT_OK;
	j->state = (struct journal_state){ true, *epoch, others, false };
	reason = write_line(j, JOURNAL_BEGIN, epoch, NULL, r);
	if (reason != JWT_OK)
		j->state = before;
	return reason;
}

enum jwt_reason
journal_intend(struct journal *j, enum journal_op op,
	const struct revocation_entry *entry, const struct epoch *made,
	struct report *r)
{
	uint64_t shown = made->counter - 1; /* what the store has now */
	struct epoch found = *made;

	if (j->name == NULL)
		return JWT_OK;
	found.counter = shown;
	if (!j->state.known)
		JWT_TRY(journal_begin(j, &found, shown, r));
	if (shown > j->state.epoch.counter)
		j->state.others += shown - j->state.epoch.counter;
	j->state.epoch = found;
	JWT_TRY(write_line(j, op, made, entry, r));
	j->state.pending = true;
	j->undoes = op == JOURNAL_UNDO;
	return JWT_OK;
}

static bool
note_done(struct journal *j, const struct epoch *made, struct report *r)
{
	if (write_line(j, JOURNAL_DONE, made, NULL, r) != JWT_OK)
		return false;
	j->state.epoch = *made;
	j->state.pending = false;
	j->wants = j->undoes = false;
	return true;
}

/*
 * What another host wrote in the same second, in the same words and for as
 * long, is taken for ours where our own attempt failed. The same is in force
 * then, and in this journal; only the count of others is one too low, and
 * that lifts nothing: a store that hosts share is lifted by --lift alone, and
 * a folder has no writer but those that wait for this journal's lock.
 */
void
journal_settle(struct journal *j, enum found found, struct slice json,
	const struct epoch *epoch)
{
	JWT_AUTO(buffer) ours = BUFFER(REVOKED_ENTRY_MAX);
	struct epoch made = j->state.epoch;

	made.counter++;
	/* A folder may have the entry, and not yet the epoch. */
	if (!j->wants || found != FOUND_ENTRY || epoch == NULL ||
		strcmp(epoch->id, made.id) != 0 ||
		epoch->counter < made.counter ||
		entry_format(&j->wanted, &ours, NULL) != JWT_OK ||
		!slice_equal(buffer_slice(&ours), json))
		return;
	note_done(j, &made, NULL);
}

enum jwt_reason
journal_done(struct journal *j, const struct epoch *made, struct report *r)
{
	struct report why = { "" };
	bool undone = j->undoes;

	if (j->name == NULL || note_done(j, made, &why) || !undone)
		return JWT_OK;
	return report(r, JWT_INTERNAL_ERROR,
		"it was done, but this host's journal could not note it: a "
		"restore would revoke it again: %s",
		why.text);
}
