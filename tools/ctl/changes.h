/* SPDX-License-Identifier: ISC */
/*
 * Several files changed as one: all of them, or none. Each single step is
 * atomic, so whoever orders the steps decides what a crash between two of
 * them leaves behind.
 */
#ifndef JWT_CTL_CHANGES_H
#define JWT_CTL_CHANGES_H

#include "base/bytes.h"
#include "base/report.h"

#include <limits.h>
#include <sys/types.h>

#define CHANGES_MAX	16
#define CHANGE_FILE_MAX (256 * 1024) /* bytes of one file */

struct change {
	char path[PATH_MAX]; /* as this process opens it */
	struct buffer before, after;
	bool existed; /* before holds what was there */
	bool remains; /* after holds what shall be there */
	bool made;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct change_list {
	struct change item[CHANGES_MAX];
	size_t count;
};

void change_list_free(struct change_list *list);

/*
 * Plans that path holds text, with the mode and owner that it has, or 0644
 * and the caller's where it is new. A change to what is there already is
 * left out. False: it can't be read, or is no regular file; see the report.
 */
bool change_write(struct change_list *list, const char *path, struct slice text,
	struct report *report) JWT_MUST_CHECK;
/* The same, with a mode of its own where it is new. */
bool change_create(struct change_list *list, const char *path,
	struct slice text, mode_t mode, struct report *report) JWT_MUST_CHECK;
/* Plans that path is gone. Nothing is planned if it isn't there. */
bool change_remove(struct change_list *list, const char *path,
	struct report *report) JWT_MUST_CHECK;

/* Makes all of them in order. False: none of them stands. */
bool changes_make(
	struct change_list *list, struct report *report) JWT_MUST_CHECK;
/* Takes back what was made, last first. False: see the report. */
bool changes_undo(
	struct change_list *list, struct report *report) JWT_MUST_CHECK;

#endif
