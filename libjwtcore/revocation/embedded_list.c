/* SPDX-License-Identifier: ISC */
/*
 * The embedded store's folder from end to end: listed, and swept.
 */
#include "revocation/embedded.h"

#include <dirent.h>
#include <errno.h>
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
	JWT_AUTO(embedded_writer) w;
	struct sweeping s = { now, 0 };
	enum jwt_reason reason;

	JWT_TRY(embedded_begin(store, &w, r));
	reason = each_file(store, sweep_file, &s, r);
	*removed = s.removed;
	return reason;
}
