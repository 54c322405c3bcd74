/* SPDX-License-Identifier: ISC */
/* Root's own folders below /run/jwtauth. */
#ifndef PAM_JWT_FOLDER_H
#define PAM_JWT_FOLDER_H

#include "base/file.h"

#define SESSIONS_FOLDER JWT_RUN_DIR "/sessions"
#define PENDING_FOLDER	JWT_RUN_DIR "/pending"

/*
 * A descriptor in *out. FILE_MISSING: there is none, so nobody ever put
 * anything there. FILE_UNTRUSTED: not root's, or others can write to it.
 */
enum file_status folder_open(
	const char *path, int *out, struct report *report) JWT_MUST_CHECK;

/* One of the folder's files, root's own; out's maximum is the cap. */
enum file_status folder_read(int folder, const char *name, struct buffer *out,
	struct report *report) JWT_MUST_CHECK;

/*
 * A new file, whole from its first instant; false with errno EEXIST if
 * there is one of that name, which stays as it is.
 */
bool folder_create(int folder, const char *name, struct slice bytes,
	struct report *report) JWT_MUST_CHECK;

#endif
