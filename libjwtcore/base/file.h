/* SPDX-License-Identifier: ISC */
/*
 * Files that an attacker may own, and files that must never be torn. Every
 * reader of a file goes through file_read, every writer through file_write.
 */
#ifndef JWT_BASE_FILE_H
#define JWT_BASE_FILE_H

#include "base/bytes.h"
#include "base/report.h"

#include <sys/types.h>
#include <unistd.h>

/* Who may own a file that we believe. */
struct file_trust {
	bool any_owner; /* content is judged on its own (a token, a JWKS arg) */
	uid_t owner;	/* else this uid, or root */
	bool secret;	/* others must not be able to read it */
};

enum file_status {
	FILE_OK = 0,
	FILE_MISSING,	 /* ENOENT of the file or a folder on the way */
	FILE_UNTRUSTED,	 /* owner, mode or type: see the report */
	FILE_TOO_LARGE,	 /* more than out->max bytes */
	FILE_UNREADABLE, /* anything else: see the report */
};

/*
 * Appends the file's bytes to out. The path must be absolute unless
 * any_owner; the last component is never followed as a symlink; only a
 * regular file is read; a file that group or others can write is refused
 * unless any_owner. The report names the path and what was found.
 */
enum file_status file_read(const char *path, const struct file_trust *trust,
	struct buffer *out, struct report *report) JWT_MUST_CHECK;
/* The same for a name inside an open folder (dir_fd), path only for words. */
enum file_status file_read_at(int dir_fd, const char *name,
	const struct file_trust *trust, struct buffer *out,
	struct report *report) JWT_MUST_CHECK;

/* As file_read, from an open descriptor (a pipe too), until its end. */
enum file_status file_read_fd(int fd, const char *name, struct buffer *out,
	struct report *report) JWT_MUST_CHECK;

/*
 * Replaces path by the bytes: temporary file in the same folder, fsync,
 * rename, fsync of the folder. The old content or the new is there at any
 * instant. uid or gid -1 keeps the process's own. False: errno and report.
 */
bool file_write(const char *path, struct slice bytes, mode_t mode, uid_t uid,
	gid_t gid, struct report *report) JWT_MUST_CHECK;

/*
 * Which file this is, and as it stands: whoever changes its content, owner or
 * mode changes one of these. False: there is none, or errno.
 */
struct file_identity {
	uint64_t device, inode, size;
	int64_t changed[4]; /* mtime, ctime; s and ns */
};
bool file_identify(const char *path, struct file_identity *out) JWT_MUST_CHECK;
bool file_is_same(const struct file_identity *a, const struct file_identity *b);
/* A file that changed less than two seconds before now may change again
 * within the tick of the clock that its times are told by, and look the same.
 */
bool file_is_settled(const struct file_identity *file, int64_t now);

/* Writes all bytes, over short writes and EINTR. False: errno. */
bool fd_write_all(int fd, struct slice bytes) JWT_MUST_CHECK;

static inline void
jwt_auto_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
typedef int jwt_auto_fd_t;

#endif
