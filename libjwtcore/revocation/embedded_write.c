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
#include <string.h>
#include <sys/file.h>

/* The folder keeps strangers out (0750); its readers differ by group. */
#define FILE_MODE 0644

struct writer {
	struct embedded_folder folder;
	int lock;
};

static void
writer_end(struct writer *w)
{
	if (w->lock >= 0)
		close(w->lock);
	if (w->folder.fd >= 0)
		close(w->folder.fd);
}
JWT_AUTO_TYPE(writer_ptr, struct writer *, writer_end);

/* On failure too, writer_end releases what there is. */
static enum jwt_reason
writer_begin(struct revocation_store *store, struct writer *w, struct report *r)
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

/* What is there under this name already and can be read stays in force. */
static enum jwt_reason
widen_by_older(const struct embedded_folder *folder, const char *name,
	struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	struct revocation_entry older = { .kind = entry->kind };
	enum found found;

	JWT_TRY(embedded_read(
		folder, name, REVOKED_ENTRY_MAX, &found, &json, r));
	if (found == FOUND_ENTRY &&
		entry_parse(buffer_slice(&json), &older, NULL) == JWT_OK)
		entry_widen(entry, &older);
	revocation_entry_clear(&older);
	return JWT_OK;
}

static enum jwt_reason
add_locked(struct revocation_store *store, const struct writer *w,
	struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	char name[ENTRY_NAME_MAX];
	struct epoch epoch;
	enum found found;

	JWT_TRY(embedded_read_epoch(&w->folder, &found, &epoch, r));
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	entry_name(entry->kind, entry->hex, '-', name);
	JWT_TRY(widen_by_older(&w->folder, name, entry, r));
	JWT_TRY(entry_format(entry, &json, r));
	JWT_TRY(write_whole(store, name, buffer_slice(&json), r));
	epoch.counter++;
	return write_epoch(store, &epoch, r);
}

enum jwt_reason
embedded_add(struct revocation_store *store, struct revocation_entry *entry,
	struct report *r)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;

	JWT_TRY(writer_begin(store, end, r));
	return add_locked(store, end, entry, r);
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
undo_locked(struct revocation_store *store, const struct writer *w,
	const struct revocation_entry *entry, bool *removed, struct report *r)
{
	char name[ENTRY_NAME_MAX];
	struct epoch epoch;
	enum found found;

	JWT_TRY(embedded_read_epoch(&w->folder, &found, &epoch, r));
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	entry_name(entry->kind, entry->hex, '-', name);
	JWT_TRY(remove_file(&w->folder, name, removed, r));
	if (!*removed)
		return JWT_OK;
	epoch.counter++;
	return write_epoch(store, &epoch, r);
}

enum jwt_reason
embedded_undo(struct revocation_store *store, struct revocation_entry *entry,
	bool *removed, struct report *r)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;

	JWT_TRY(writer_begin(store, end, r));
	return undo_locked(store, end, entry, removed, r);
}

enum jwt_reason
embedded_init(struct revocation_store *store, bool *created, struct report *r)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;
	struct epoch epoch;
	enum found found;

	JWT_TRY(writer_begin(store, end, r));
	JWT_TRY(embedded_read_epoch(&w.folder, &found, &epoch, r));
	/* A damaged one is replaced: it has no life that could go on. */
	*created = found != FOUND_ENTRY;
	if (!*created)
		return JWT_OK;
	JWT_TRY(epoch_new(&epoch, r));
	return write_epoch(store, &epoch, r);
}

/* Calls for each file of the folder; JWT_OK goes on. */
typedef enum jwt_reason (*each_file_fn)(const struct embedded_folder *folder,
	const char *name, void *arg, struct report *r);

static enum jwt_reason
each_file(struct revocation_store *store, each_file_fn each, void *arg,
	struct report *r)
{
	struct embedded_folder folder;
	enum jwt_reason reason = JWT_OK;
	DIR *dir;

	JWT_TRY(embedded_open(store, &folder, r));
	dir = fdopendir(folder.fd);
	if (dir == NULL) {
		close(folder.fd);
		return report(r, JWT_INTERNAL_ERROR, "%s: %s",
			store->places.revoked_dir, strerror(errno));
	}
	while (reason == JWT_OK) {
		const struct dirent *file;

		errno = 0;
		file = readdir(dir);
		if (file == NULL && errno != 0)
			reason = report(r, JWT_REVOCATION_UNREACHABLE, "%s: %s",
				store->places.revoked_dir, strerror(errno));
		if (file == NULL)
			break;
		reason = each(&folder, file->d_name, arg, r);
	}
	closedir(dir);
	return reason;
}

struct listing {
	int64_t now;
	revocation_list_fn each;
	void *arg;
};

static enum jwt_reason
list_file(const struct embedded_folder *folder, const char *name, void *arg,
	struct report *r)
{
	const struct listing *l = arg;
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	enum found found;

	JWT_TRY(embedded_read(
		folder, name, REVOKED_ENTRY_MAX, &found, &json, r));
	return list_entry(slice_of_string(name), '-', found,
		buffer_slice(&json), l->now, l->each, l->arg);
}

enum jwt_reason
embedded_list(struct revocation_store *store, int64_t now,
	revocation_list_fn each, void *arg, struct report *r)
{
	struct listing l = { now, each, arg };

	return each_file(store, list_file, &l, r);
}

struct sweeping {
	int64_t now;
	size_t removed;
};

/* NAME.XXXXXX of a writer that was killed: under the lock nobody's. */
static bool
is_left_over(const char *name)
{
	struct revocation_entry entry;
	const char *dot = strrchr(name, '.');
	struct slice stem;

	if (dot == NULL || dot == name || strlen(dot) != sizeof(".XXXXXX") - 1)
		return false;
	stem = slice_of(name, (size_t)(dot - name));
	return slice_equals_string(stem, EMBEDDED_EPOCH) ||
	       entry_from_name(stem, '-', &entry);
}

static enum jwt_reason
sweep_file(const struct embedded_folder *folder, const char *name, void *arg,
	struct report *r)
{
	struct sweeping *s = arg;
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	struct revocation_entry entry = { 0 };
	bool over = false;
	enum found found;

	if (is_left_over(name)) {
		over = true;
	} else if (entry_from_name(slice_of_string(name), '-', &entry)) {
		JWT_TRY(embedded_read(
			folder, name, REVOKED_ENTRY_MAX, &found, &json, r));
		/* One that can't be read has no end that we know. */
		over = found == FOUND_ENTRY &&
		       entry_parse(buffer_slice(&json), &entry, NULL) ==
			       JWT_OK &&
		       entry.until < s->now;
		revocation_entry_clear(&entry);
	}
	if (!over)
		return JWT_OK;
	if (unlinkat(folder->fd, name, 0) != 0 && errno != ENOENT)
		return report(r, JWT_REVOCATION_UNREACHABLE, "%s: %s", name,
			strerror(errno));
	s->removed++;
	return JWT_OK;
}

enum jwt_reason
embedded_sweep(struct revocation_store *store, int64_t now, size_t *removed,
	struct report *r)
{
	struct writer w;
	JWT_AUTO(writer_ptr) end = &w;
	struct sweeping s = { now, 0 };
	enum jwt_reason reason;

	JWT_TRY(writer_begin(store, end, r));
	reason = each_file(store, sweep_file, &s, r);
	*removed = s.removed;
	return reason;
}
