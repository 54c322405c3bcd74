/* SPDX-License-Identifier: ISC */
/* Opening, reading, and creating without a torn instant. */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum file_status
folder_open(const char *path, int *out, struct report *r)
{
	JWT_AUTO(fd)
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return FILE_MISSING;
	if (fd < 0 || fstat(fd, &st) != 0) {
		report(r, JWT_INTERNAL_ERROR, "%s: %s", path, strerror(errno));
		return FILE_UNREADABLE;
	}
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: must be root's and writable by root alone", path);
		return FILE_UNTRUSTED;
	}
	*out = fd;
	fd = -1;
	return FILE_OK;
}

enum file_status
folder_read(int folder, const char *name, struct buffer *out, struct report *r)
{
	const struct file_trust trust = { .owner = 0, .secret = true };

	return file_read_at(folder, name, &trust, out, r);
}

bool
folder_create(
	int folder, const char *name, struct slice bytes, struct report *r)
{
	char self[64];
	JWT_AUTO(fd)
	fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	/* Without a name until it is whole: a kill leaves nothing behind. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (fd >= 0 && fchmod(fd, 0600) == 0 && fd_write_all(fd, bytes) &&
		fsync(fd) == 0 &&
		linkat(AT_FDCWD, self, folder, name, AT_SYMLINK_FOLLOW) == 0)
		return true;
	report(r, JWT_INTERNAL_ERROR, "%s: %s", name, strerror(errno));
	return false;
}
