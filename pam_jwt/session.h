/* SPDX-License-Identifier: ISC */
/*
 * Session records in /run/jwtauth/sessions: written by the login, found by
 * elevation, closed by the login's own leader.
 */
#ifndef PAM_JWT_SESSION_H
#define PAM_JWT_SESSION_H

#include "record.h"

#define SESSION_NAME_MAX 64

enum session {
	SESSION_NONE,	/* no session of this user began with a token */
	SESSION_FOUND,	/* *out is it */
	SESSION_CLOSED, /* it has ended: what is left of it is denied */
	SESSION_FAILED, /* a folder, a record or /proc is broken: report */
};

/*
 * The session that the calling process belongs to, if its user is the real
 * uid and PAM_USER, and the login uid too where the kernel's audit session
 * names it. *out must be initialized; name is where it was found.
 */
enum session session_find(struct call *call, struct record *out,
	char name[SESSION_NAME_MAX], struct report *report) JWT_MUST_CHECK;

/* open_session of a login: the calling process leads. Once only. */
bool session_begin(struct call *call, const struct presented *login,
	struct report *report) JWT_MUST_CHECK;

/*
 * What elevation accepted last. Replaces the session's record; where the
 * session began without a token, makes one with the session's leader. Where
 * the token is for another user than who asks (rootpw), nothing is kept.
 */
bool session_keep_last(struct call *call, const struct presented *last,
	struct report *report) JWT_MUST_CHECK;

/*
 * close_session: marks the record that the calling process leads, and drops
 * what it carried. SESSION_NONE: it leads none; SESSION_FOUND: marked.
 */
enum session session_end(struct report *report) JWT_MUST_CHECK;

/* The names of records and marks. */
void session_name_audit(uint32_t audit_session, char out[SESSION_NAME_MAX]);
void session_name_leader(
	pid_t leader, uint64_t start, char out[SESSION_NAME_MAX]);
void session_name_closed(const char *name, char out[SESSION_NAME_MAX]);

#endif
