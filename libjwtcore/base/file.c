/* SPDX-License-Identifier: ISC */
/*
 * Reading with distrust, writing without tears.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_CHUNK    4096
#define SETTLED_AFTER 2 /* seconds */

static enum file_status
open_failure(const char *path, struct report *r)
{
	int error = errno;

	if (error == ENOENT || error == ENOTDIR) {
		report(r, JWT_INTERNAL_ERROR, "%s: no such file", path);
		return FILE_MISSING;
	}
	if (error == ELOOP) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: is a symbolic link, which is not followed", path);
		return FILE_UNTRUSTED;
	}
	report(r, JWT_INTERNAL_ERROR, "%s: %s", path, strerror(error));
	return FILE_UNREADABLE;
}

static enum file_status
judge_owner_and_mode(int fd, const char *path, const struct file_trust *trust,
	struct report *r)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return open_failure(path, r);
	if (!S_ISREG(st.st_mode)) {
		report(r, JWT_INTERNAL_ERROR, "%s: not a regular file", path);
		return FILE_UNTRUSTED;
	}
	if (trust->any_owner)
		return FILE_OK;
	if (st.st_uid != 0 && st.st_uid != trust->owner) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: belongs to uid %u, expected %u or root", path,
			(unsigned)st.st_uid, (unsigned)trust->owner);
		return FILE_UNTRUSTED;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
		(trust->secret && (st.st_mode & S_IRWXO) != 0)) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: mode is %04o; run: chmod %s %s", path,
			(unsigned)(st.st_mode & 07777),
			trust->secret ? "g-w,o-rwx" : "go-w", path);
		return FILE_UNTRUSTED;
	}
	return FILE_OK;
}

enum file_status
file_read_fd(int fd, const char *name, struct buffer *out, struct report *r)
{
	size_t start = out->len;
	uint8_t chunk[READ_CHUNK];
	enum file_status status = FILE_OK;

	for (;;) {
		ssize_t got = read(fd, chunk, sizeof(chunk));

		if (got == 0)
			break;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			report(r, JWT_INTERNAL_ERROR, "%s: %s", name,
				strerror(errno));
			status = FILE_UNREADABLE;
			break;
		}
		if (!buffer_append(out, chunk, (size_t)got)) {
			report(r, JWT_INTERNAL_ERROR,
				"%s: longer than %zu bytes", name,
				out->max - start);
			status = FILE_TOO_LARGE;
			break;
		}
	}
	wipe(chunk, sizeof(chunk));
	if (status != FILE_OK && out->data != NULL) {
		wipe(out->data + start, out->len - start);
		out->len = start;
	}
	return status;
}

enum file_status
file_read_at(int dir_fd, const char *name, const struct file_trust *trust,
	struct buffer *out, struct report *r)
{
	/* O_NONBLOCK: a FIFO in a file's place must not hang us. */
	JWT_AUTO(fd)
	fd = openat(dir_fd, name,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum file_status status;

	if (fd < 0)
		return open_failure(name, r);
	status = judge_owner_and_mode(fd, name, trust, r);
	if (status != FILE_OK)
		return status;
	return file_read_fd(fd, name, out, r);
}

enum file_status
file_read(const char *path, const struct file_trust *trust, struct buffer *out,
	struct report *r)
{
	if (!trust->any_owner && path[0] != '/') {
		report(r, JWT_INTERNAL_ERROR, "%s: not an absolute path", path);
		return FILE_UNTRUSTED;
	}
	return file_read_at(AT_FDCWD, path, trust, out, r);
}

bool
file_identify(const char *path, struct file_identity *out)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return false;
	*out = (struct file_identity){ (uint64_t)st.st_dev, (uint64_t)st.st_ino,
		(uint64_t)st.st_size,
		{ st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_ctim.tv_sec,
			st.st_ctim.tv_nsec } };
	return true;
}

bool
file_is_same(const struct file_identity *a, const struct file_identity *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size &&
	       memcmp(a->changed, b->changed, sizeof(a->changed)) == 0;
}

bool
file_is_settled(const struct file_identity *file, int64_t now)
{
	return now - file->changed[2] > SETTLED_AFTER;
}

bool
fd_write_all(int fd, struct slice bytes)
{
	while (bytes.len > 0) {
		ssize_t put = write(fd, bytes.data, bytes.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		bytes = slice_of(bytes.data + put, bytes.len - (size_t)put);
	}
	return true;
}

static bool
fsync_folder_of(const char *path)
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
		errno = ENAMETOOLONG;
		return false;
	}
	JWT_AUTO(fd)
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0;
}

static bool
write_synced(int fd, struct slice bytes, mode_t mode, uid_t uid, gid_t gid)
{
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && fchown(fd, uid, gid) != 0)
		return false;
	return fchmod(fd, mode) == 0 && fd_write_all(fd, bytes) &&
	       fsync(fd) == 0;
}

bool
file_write(const char *path, struct slice bytes, mode_t mode, uid_t uid,
	gid_t gid, struct report *r)
{
	char temporary[PATH_MAX];
	JWT_AUTO(fd) fd = -1;
	int error = ENAMETOOLONG;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) <
		(int)sizeof(temporary)) {
		fd = mkostemp(temporary, O_CLOEXEC);
		if (fd >= 0 && write_synced(fd, bytes, mode, uid, gid) &&
			rename(temporary, path) == 0 && fsync_folder_of(path))
			return true;
		error = errno;
		if (fd >= 0)
			unlink(temporary); /* ENOENT once it was renamed */
	}
	report(r, JWT_INTERNAL_ERROR, "%s: cannot write: %s", path,
		strerror(error));
	errno = error;
	return false;
}
