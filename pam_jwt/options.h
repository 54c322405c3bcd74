/* SPDX-License-Identifier: ISC */
/* The options behind pam_jwt.so in a PAM file. */
#ifndef PAM_JWT_OPTIONS_H
#define PAM_JWT_OPTIONS_H

#include "answers.h"
#include "base/report.h"

#define DEADLINE_DEFAULT_MS 5000
#define DEADLINE_MIN_MS	    100
#define DEADLINE_MAX_MS	    60000
#define EXEMPT_LISTS_MAX    16 /* exempt= may be given more than once */

struct options {
	enum role role;
	bool ssh;	     /* SSH_AUTH_INFO_0 is sshd's own word */
	bool observe;	     /* judge and log, decide nothing */
	bool try_first_pass; /* PAM_AUTHTOK may hold the token */
	unsigned deadline_ms;
	/*
	 * An option was missing or not understood. What to do then must not
	 * lock anybody out: a token is refused, no token is no matter of
	 * ours, and an exempt user stays one.
	 */
	bool broken;
	const char *exempt[EXEMPT_LISTS_MAX]; /* "bob,dave"; PAM's strings */
	size_t exempt_count;
};

/* Always fills *out, reading on after a fault; the report has the first. */
void options_parse(int argc, const char *const *argv, struct options *out,
	struct report *report);

/* Is the user named in exempt=? Exact names, no look-up of any kind. */
bool options_exempts(const struct options *options, const char *user);

#endif
