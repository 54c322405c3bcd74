/* SPDX-License-Identifier: ISC */
/* One record and its mark by name; what the rules of session.c stand on. */
#ifndef PAM_JWT_SESSION_STORE_H
#define PAM_JWT_SESSION_STORE_H

#include "folder.h"
#include "session.h"

/* FILE_MISSING: none of this name. *out must be initialized. */
enum file_status session_load(int folder, const char *name, struct record *out,
	struct report *report) JWT_MUST_CHECK;
/* A new record; false if there is one. */
bool session_create(int folder, const char *name, const struct record *record,
	struct report *report) JWT_MUST_CHECK;
/* Replaces by rename: the old record or the new, at any instant. */
bool session_replace(const char *name, const struct record *record,
	struct report *report) JWT_MUST_CHECK;

#endif
