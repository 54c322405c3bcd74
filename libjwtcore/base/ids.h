/* SPDX-License-Identifier: ISC */
/*
 * /var/lib/jwtauth/ids: who the helper runs as, in numbers, so that no
 * account database is asked. One line, "uid gid group...", written by root.
 */
#ifndef JWT_BASE_IDS_H
#define JWT_BASE_IDS_H

#include "base/file.h"

#define IDS_PATH       JWT_STATE_DIR "/ids"
#define IDS_FILE_MAX   512 /* bytes */
#define IDS_GROUPS_MAX 32

struct ids {
	uid_t uid;
	gid_t gid;
	gid_t group[IDS_GROUPS_MAX]; /* supplementary groups */
	size_t group_count;
};

/* False and a report: missing, not root's own, broken, or uid or gid 0. */
bool ids_load(const char *path, struct ids *out,
	struct report *report) JWT_MUST_CHECK;

/* A uid as a decimal; false for anything else and for (uid_t)-1. */
bool uid_from_string(const char *text, uint32_t *out) JWT_MUST_CHECK;

/*
 * Becomes that user for good: groups, all three gids and uids; then proves
 * that the way back is closed. Async-signal-safe. False: errno.
 */
bool ids_become(const struct ids *ids) JWT_MUST_CHECK;

#endif
