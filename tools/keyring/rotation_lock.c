/* SPDX-License-Identifier: ISC */
/*
 * One byte of a file for rotations, one for throwing out stolen keys: that
 * must not wait for a rotation which waits for its verifiers.
 */
#include "rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LOCK_FILE "rotation.lock"
enum { BYTE_ROTATION, BYTE_COMPROMISED };

static struct flock
lock_of(off_t byte)
{
	return (struct flock){ .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1 };
}

static int
open_lock(const char *dir, int flags)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, LOCK_FILE) >=
		(int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC,
		S_IRUSR | S_IWUSR);
}

static bool
is_held(int fd, off_t byte)
{
	struct flock lock = lock_of(byte);

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

enum keyring_exit
rotation_lock(const char *dir, bool compromised, int *out, struct report *r)
{
	struct flock lock =
		lock_of(compromised ? BYTE_COMPROMISED : BYTE_ROTATION);
	JWT_AUTO(fd) fd = open_lock(dir, O_CREAT);

	if (fd < 0) {
		report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", dir, LOCK_FILE,
			strerror(errno));
		return KEYRING_FAILED;
	}
	if (fcntl(fd, F_OFD_SETLK, &lock) != 0 ||
		(!compromised && is_held(fd, BYTE_COMPROMISED))) {
		report(r, JWT_INTERNAL_ERROR,
			"%s: another rotation runs; \"jwt-keyring status\" "
			"says what it waits for",
			dir);
		return KEYRING_BUSY;
	}
	*out = fd;
	fd = -1;
	return KEYRING_DONE;
}

bool
rotation_is_running(const char *dir)
{
	JWT_AUTO(fd) fd = open_lock(dir, 0);

	return fd >= 0 &&
	       (is_held(fd, BYTE_ROTATION) || is_held(fd, BYTE_COMPROMISED));
}
