/* SPDX-License-Identifier: ISC */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LOCK_NAME ".follower"
#define NEW_NAME  ".new" /* there is one writer, and one file at a time */
#define FILE_MODE 0644	 /* the folder keeps strangers out */

static enum jwt_reason
fail(const struct folder *folder, const char *name, struct report *r)
{
	return report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", folder->path, name,
		strerror(errno));
}

enum jwt_reason
folder_open(const char *path, struct folder *out, struct report *r)
{
	const struct revocation_store store = { .places.revoked_dir = path };

	*out = (struct folder){ .at.fd = -1, .lock = -1, .path = path };
	if (embedded_open(&store, &out->at, r) != JWT_OK)
		return JWT_INTERNAL_ERROR;
	if (out->at.owner != geteuid())
		return report(r, JWT_INTERNAL_ERROR,
			"%s: belongs to uid %u, not to us; run: "
			"systemd-tmpfiles --create",
			path, (unsigned)out->at.owner);
	out->lock = openat(out->at.fd, LOCK_NAME,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out->lock < 0)
		return fail(out, LOCK_NAME, r);
	if (flock(out->lock, LOCK_EX | LOCK_NB) != 0)
		return report(r, JWT_INTERNAL_ERROR,
			"%s: another jwtauth-followd keeps it", path);
	return JWT_OK;
}

void
folder_close(struct folder *folder)
{
	if (folder->lock >= 0)
		close(folder->lock);
	if (folder->at.fd >= 0)
		close(folder->at.fd);
}

static bool
write_new(const struct folder *folder, struct slice bytes)
{
	JWT_AUTO(fd)
	fd = openat(folder->at.fd, NEW_NAME,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		FILE_MODE);

	return fd >= 0 && fd_write_all(fd, bytes) &&
	       (folder->unsynced > BULK_FROM || fsync(fd) == 0);
}

enum jwt_reason
folder_put(struct folder *folder, const char *name, struct slice bytes,
	struct report *r)
{
	folder->changed = true;
	folder->unsynced++;
	if (!write_new(folder, bytes) ||
		renameat(folder->at.fd, NEW_NAME, folder->at.fd, name) != 0)
		return fail(folder, name, r);
	return JWT_OK;
}

enum jwt_reason
folder_put_entry(struct folder *folder, const char *name,
	const struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);

	JWT_TRY(entry_format(entry, &json, r));
	return folder_put(folder, name, buffer_slice(&json), r);
}

enum jwt_reason
folder_remove(struct folder *folder, const char *name, bool *removed,
	struct report *r)
{
	*removed = unlinkat(folder->at.fd, name, 0) == 0;
	if (!*removed && errno != ENOENT)
		return fail(folder, name, r);
	folder->changed = folder->changed || *removed;
	return JWT_OK;
}

enum jwt_reason
folder_sync(struct folder *folder, struct report *r)
{
	/* One call for all files; fsync of each would take hours. */
	if (folder->unsynced > BULK_FROM && syncfs(folder->at.fd) != 0)
		return fail(folder, "", r);
	if (folder->changed && fsync(folder->at.fd) != 0)
		return fail(folder, "", r);
	folder->unsynced = 0;
	folder->changed = false;
	return JWT_OK;
}

static enum jwt_reason
put_synced(struct folder *folder, const char *name, struct slice bytes,
	struct report *r)
{
	JWT_TRY(folder_sync(folder, r));
	JWT_TRY(folder_put(folder, name, bytes, r));
	return folder_sync(folder, r);
}

enum jwt_reason
folder_put_epoch(
	struct folder *folder, const struct epoch *epoch, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);

	if (!epoch_format(epoch, &text) || !buffer_append(&text, "\n", 1))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return put_synced(folder, EMBEDDED_EPOCH, buffer_slice(&text), r);
}

enum jwt_reason
folder_put_state(
	struct folder *folder, const struct copy_state *state, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(COPY_STATE_MAX);

	JWT_TRY(copy_state_format(state, &text, r));
	return put_synced(folder, COPY_STATE, buffer_slice(&text), r);
}

enum jwt_reason
folder_each(
	struct folder *folder, folder_each_fn each, void *arg, struct report *r)
{
	enum jwt_reason reason = JWT_OK;
	const struct dirent *file;
	int fd = openat(folder->at.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL) {
		reason = fail(folder, "", r);
		if (fd >= 0)
			close(fd);
		return reason;
	}
	while (errno = 0, reason == JWT_OK && (file = readdir(dir)) != NULL)
		reason = each(arg, folder, file->d_name, r);
	if (reason == JWT_OK && errno != 0)
		reason = fail(folder, "", r);
	closedir(dir);
	return reason;
}
