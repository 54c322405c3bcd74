/* SPDX-License-Identifier: ISC */
/*
 * The embedded store's folder from end to end: listed, and swept.
 */
#include "revocation/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

#define SWEEP_BATCH    128 /* files removed under one lock: writers wait */
#define SWEEP_NAME_MAX (ENTRY_NAME_MAX + sizeof(".XXXXXX"))

struct sweeping {
	struct revocation_store *store;
	int64_t now;
	size_t removed;
	char name[SWEEP_BATCH][SWEEP_NAME_MAX]; /* looked at, not yet locked */
	size_t count;
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
is_over(const struct embedded_folder *folder, const char *name, int64_t now,
	bool *over, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	struct revocation_entry entry = { 0 };
	enum found found;

	*over = is_left_over(name);
	if (*over || !entry_from_name(slice_of_string(name), '-', &entry))
		return JWT_OK;
	JWT_TRY(embedded_read(
		folder, name, REVOKED_ENTRY_MAX, &found, &json, r));
	/* One that can't be read has no end that we know. */
	*over = found == FOUND_ENTRY &&
		entry_parse(buffer_slice(&json), &entry, NULL) == JWT_OK &&
		entry.until < now;
	revocation_entry_clear(&entry);
	return JWT_OK;
}

/* Looked at once more: a writer may have been there since. */
static enum jwt_reason
remove_batch(struct sweeping *s, struct report *r)
{
	JWT_AUTO(embedded_writer) w;

	JWT_TRY(embedded_begin(s->store, &w, r));
	for (size_t i = 0; i < s->count; i++) {
		bool over;

		JWT_TRY(is_over(&w.folder, s->name[i], s->now, &over, r));
		if (!over)
			continue;
		if (unlinkat(w.folder.fd, s->name[i], 0) == 0)
			s->removed++;
		else if (errno != ENOENT)
			return report(r, JWT_REVOCATION_UNREACHABLE, "%s: %s",
				s->name[i], strerror(errno));
	}
	s->count = 0;
	return JWT_OK;
}

static enum jwt_reason
sweep_file(const struct embedded_folder *folder, const char *name, void *arg,
	struct report *r)
{
	struct sweeping *s = arg;
	bool over;

	JWT_TRY(is_over(folder, name, s->now, &over, r));
	if (!over)
		return JWT_OK;
	/* Ours are no longer than that. */
	snprintf(s->name[s->count++], SWEEP_NAME_MAX, "%s", name);
	return s->count < SWEEP_BATCH ? JWT_OK : remove_batch(s, r);
}

enum jwt_reason
embedded_sweep(struct revocation_store *store, int64_t now, size_t *removed,
	struct report *r)
{
	struct sweeping s = { .store = store, .now = now };
	enum jwt_reason reason = each_file(store, sweep_file, &s, r);

	if (reason == JWT_OK)
		reason = remove_batch(&s, r);
	*removed = s.removed;
	return reason;
}
