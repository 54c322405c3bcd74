/* SPDX-License-Identifier: ISC */
/*
 * The embedded store as its one writer, the user jwtauth-revoke, sees it:
 * under the lock, each file replaced as a whole, the entry before the epoch.
 */
#include "revocation/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* The folder keeps strangers out (0750); its readers differ by group. */
#define FILE_MODE 0644

void
embedded_end(struct embedded_writer *w)
{
	if (w->lock >= 0)
		close(w->lock);
	if (w->folder.fd >= 0)
		close(w->folder.fd);
}

enum jwt_reason
embedded_begin(struct revocation_store *store, struct embedded_writer *w,
	struct report *r)
{
	w->lock = -1;
	w->folder.fd = -1;
	JWT_TRY(embedded_open(store, &w->folder, r));
	w->lock = openat(w->folder.fd, EMBEDDED_LOCK,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->lock < 0 || flock(w->lock, LOCK_EX) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE, "%s/%s: %s",
			store->places.revoked_dir, EMBEDDED_LOCK,
			strerror(errno));
	return JWT_OK;
}

static enum jwt_reason
write_whole(struct revocation_store *store, const char *name,
	struct slice bytes, struct report *r)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", store->places.revoked_dir,
		    name) >= (int)sizeof(path))
		return report(r, JWT_INTERNAL_ERROR, "%s: path too long", name);
	if (!file_write(path, bytes, FILE_MODE, (uid_t)-1, (gid_t)-1, r))
		return JWT_REVOCATION_UNREACHABLE;
	return JWT_OK;
}

static enum jwt_reason
write_epoch(struct revocation_store *store, const struct epoch *epoch,
	struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);

	if (!epoch_format(epoch, &text) || !buffer_append(&text, "\n", 1))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return write_whole(store, EMBEDDED_EPOCH, buffer_slice(&text), r);
}

/* What is there under this name already stays in force. */
static enum jwt_reason
widen_by_older(const struct embedded_folder *folder, const char *name,
	struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	enum found found;

	JWT_TRY(embedded_read(
		folder, name, REVOKED_ENTRY_MAX, &found, &json, r));
	entry_widen_by_json(entry, found, buffer_slice(&json));
	return JWT_OK;
}

/* What became of the intent that the journal ends with, and the epoch. */
static enum jwt_reason
read_before_write(struct revocation_store *store,
	const struct embedded_writer *w, struct epoch *epoch, struct report *r)
{
	struct journal *journal = &store->journal;
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	char name[ENTRY_NAME_MAX];
	enum found found, there;

	JWT_TRY(embedded_read_epoch(&w->folder, &found, epoch, r));
	if (journal->wants) {
		entry_name(
			journal->wanted.kind, journal->wanted.hex, '-', name);
		JWT_TRY(embedded_read(
			&w->folder, name, REVOKED_ENTRY_MAX, &there, &json, r));
		journal_settle(journal, there, buffer_slice(&json),
			found == FOUND_ENTRY ? epoch : NULL);
	}
	return store_judge(store, found, epoch, r);
}

static enum jwt_reason
add_locked(struct revocation_store *store, const struct embedded_writer *w,
	struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	char name[ENTRY_NAME_MAX];
	struct epoch epoch;

	JWT_TRY(read_before_write(store, w, &epoch, r));
	epoch.counter++;
	entry_name(entry->kind, entry->hex, '-', name);
	JWT_TRY(widen_by_older(&w->folder, name, entry, r));
	JWT_TRY(entry_format(entry, &json, r));
	JWT_TRY(journal_intend(&store->journal, JOURNAL_ADD, entry, &epoch, r));
	JWT_TRY(write_whole(store, name, buffer_slice(&json), r));
	JWT_TRY(write_epoch(store, &epoch, r));
	return journal_done(&store->journal, &epoch, r);
}

enum jwt_reason
embedded_add(struct revocation_store *store, struct revocation_entry *entry,
	struct report *r)
{
	JWT_AUTO(embedded_writer) w;

	JWT_TRY(embedded_begin(store, &w, r));
	return add_locked(store, &w, entry, r);
}

/* Gone for good, or an error: the folder is on the disk before the epoch. */
static enum jwt_reason
remove_file(const struct embedded_folder *folder, const char *name,
	bool *removed, struct report *r)
{
	*removed = unlinkat(folder->fd, name, 0) == 0;
	if (!*removed && errno == ENOENT)
		return JWT_OK;
	if (!*removed || fsync(folder->fd) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE, "%s: %s", name,
			strerror(errno));
	return JWT_OK;
}

static enum jwt_reason
undo_locked(struct revocation_store *store, const struct embedded_writer *w,
	const struct revocation_entry *entry, bool *removed, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	char name[ENTRY_NAME_MAX];
	struct epoch epoch;
	enum found found;

	JWT_TRY(read_before_write(store, w, &epoch, r));
	epoch.counter++;
	entry_name(entry->kind, entry->hex, '-', name);
	JWT_TRY(embedded_read(
		&w->folder, name, REVOKED_ENTRY_MAX, &found, &json, r));
	if (found == FOUND_NOTHING)
		return JWT_OK;
	JWT_TRY(entry_expect(entry, found, buffer_slice(&json), r));
	JWT_TRY(journal_intend(
		&store->journal, JOURNAL_UNDO, entry, &epoch, r));
	JWT_TRY(remove_file(&w->folder, name, removed, r));
	if (!*removed)
		return JWT_OK;
	JWT_TRY(write_epoch(store, &epoch, r));
	return journal_done(&store->journal, &epoch, r);
}

enum jwt_reason
embedded_undo(struct revocation_store *store, struct revocation_entry *entry,
	bool *removed, struct report *r)
{
	JWT_AUTO(embedded_writer) w;

	JWT_TRY(embedded_begin(store, &w, r));
	return undo_locked(store, &w, entry, removed, r);
}

enum jwt_reason
embedded_put_epoch(struct revocation_store *store, enum found found,
	const struct epoch *before, const struct epoch *epoch, bool *done,
	struct report *r)
{
	JWT_AUTO(embedded_writer) w;
	struct epoch now;
	enum found found_now;

	JWT_TRY(embedded_begin(store, &w, r));
	JWT_TRY(embedded_read_epoch(&w.folder, &found_now, &now, r));
	*done = epoch_is_same(found, before, found_now, &now);
	return *done ? write_epoch(store, epoch, r) : JWT_OK;
}

/* As write_whole, but on the disk only once the whole folder is: thousands
 * of them would take minutes. */
static enum jwt_reason
write_soon(struct revocation_store *store, const char *name, struct slice bytes,
	struct report *r)
{
	char path[PATH_MAX], temporary[PATH_MAX];
	JWT_AUTO(fd) fd = -1;
	int error = ENAMETOOLONG;

	if (snprintf(path, sizeof(path), "%s/%s", store->places.revoked_dir,
		    name) < (int)sizeof(path) &&
		snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) <
			(int)sizeof(temporary)) {
		fd = mkostemp(temporary, O_CLOEXEC);
		if (fd >= 0 && fchmod(fd, FILE_MODE) == 0 &&
			fd_write_all(fd, bytes) && rename(temporary, path) == 0)
			return JWT_OK;
		error = errno;
		if (fd >= 0)
			unlink(temporary);
	}
	return report(r, JWT_REVOCATION_UNREACHABLE, "%s: cannot write: %s",
		name, strerror(error));
}

/* As it is known already, or as it has to be written. */
static enum jwt_reason
replay_entry(struct revocation_store *store, const struct embedded_writer *w,
	struct revocation_entry *entry, bool dry, bool *lacked,
	struct report *r)
{
	JWT_AUTO(buffer) there = BUFFER(REVOKED_ENTRY_MAX);
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	char name[ENTRY_NAME_MAX];
	enum found found;

	entry_name(entry->kind, entry->hex, '-', name);
	JWT_TRY(embedded_read(
		&w->folder, name, REVOKED_ENTRY_MAX, &found, &there, r));
	/* Power that went during a restore leaves files without bytes: they
	 * count as revoked for ever, but nobody said so. */
	if (found == FOUND_ENTRY && there.len == 0)
		found = FOUND_NOTHING;
	*lacked = !entry_covers(found, buffer_slice(&there), entry);
	if (!*lacked || dry)
		return JWT_OK;
	entry_widen_by_json(entry, found, buffer_slice(&there));
	JWT_TRY(entry_format(entry, &json, r));
	return write_soon(store, name, buffer_slice(&json), r);
}

enum jwt_reason
embedded_replay(
	struct revocation_store *store, struct replay *replay, struct report *r)
{
	JWT_AUTO(embedded_writer) w;

	JWT_TRY(embedded_begin(store, &w, r));
	for (size_t i = 0; i < replay->count; i++) {
		bool lacked;

		JWT_TRY(replay_entry(
			store, &w, &replay->at[i], replay->dry, &lacked, r));
		replay->lacked += lacked;
	}
	/* Before the epoch promises them; a restore that was killed may have
	 * left some that are not on the disk yet. */
	if (!replay->dry && syncfs(w.folder.fd) != 0)
		return report(r, JWT_REVOCATION_UNREACHABLE, "%s: %s",
			store->places.revoked_dir, strerror(errno));
	return JWT_OK;
}
