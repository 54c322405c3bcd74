/* SPDX-License-Identifier: ISC */
/*
 * A login from its first phase to its last, and sudo inside it. The role
 * stands in the service file, which both share here: each call writes the
 * one that it needs.
 */
#ifndef JWT_TESTS_PAM_LOGIN_H
#define JWT_TESTS_PAM_LOGIN_H

#include "pam_host.h"

#define LOGIN	      "role=login ssh"
#define ELEVATE	      "role=elevate"
#define HOST_SESSIONS PAM_TEST_ROOT "/run/sessions"

extern const char pam_certificate[], pam_plain_key[];
extern const char *const one_token[]; /* "tok" */
extern const char *const no_token[];  /* an empty reply */

struct login {
	const char *user;	    /* NULL: HOST_USER */
	unsigned login_uid;	    /* 0: no pam_loginuid */
	const char *info;	    /* sshd's variable */
	const char *const *replies; /* NULL: publickey alone, no auth phase */
	void (*inside)(struct seen *seen);
	void (*after)(struct seen *seen);
};

/*
 * Results: 0 auth, 1 open_session, 2 close_session, 3 pam_loginuid; a sudo
 * inside: 4 auth, 5 account.
 */
const struct seen *run_login(struct login how);

/* One sudo; auth to result[at], account behind it. */
void sudo(struct seen *seen, unsigned real, const char *user,
	const char *const *replies, size_t at);
void sudo_with_record(struct seen *seen);    /* an empty reply, if asked */
void sudo_with_new_token(struct seen *seen); /* "tok2", if asked */
/* The auth phase skipped: account to result[6]. */
void sudo_with_time_stamp(struct seen *seen);
/* With the new token, then with the time stamp. */
void sudo_then_time_stamp(struct seen *seen);

/* Is there a record whose name begins and ends so? */
bool has_record(const char *prefix, const char *suffix);

#endif
