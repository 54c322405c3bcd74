/* SPDX-License-Identifier: ISC */
/*
 * Becoming somebody who can do no harm, for good, before the first byte of
 * a stranger is read.
 */
#ifndef JWT_TOOLS_PRIVILEGES_H
#define JWT_TOOLS_PRIVILEGES_H

#include "base/ids.h"

#define USER_CHECK  "jwtauth"	     /* judges; reads config, keys, store */
#define USER_FETCH  "jwtauth-fetch"  /* writes the key cache */
#define USER_REVOKE "jwtauth-revoke" /* writes revocations */
#define USER_LOGOUT "jwtauth-logout" /* takes logouts from issuers */
#define USER_FOLLOW "jwtauth-follow" /* writes this host's copy of them */
#define GROUP_SEEN  "jwtauth-seen"   /* reads what its logins have seen */

/*
 * As root: becomes user (with the groups that the account database gives
 * it), for good. As that user already, or as any other non-root user: the
 * identity stays. Sets no_new_privs and not-dumpable in each case.
 * internal_error and a report where root can't become user: the caller must
 * stop. For the administrator's tools, which may ask the account database.
 */
enum jwt_reason privileges_drop_to(
	const char *user, struct report *report) JWT_MUST_CHECK;

/* Becomes these for good, and hardens. */
enum jwt_reason privileges_become(
	const struct ids *ids, struct report *report) JWT_MUST_CHECK;

/* The same from /var/lib/jwtauth/ids, without NSS: for the checkers. */
enum jwt_reason privileges_drop_by_ids(struct report *report) JWT_MUST_CHECK;

/* No core dump, no ptrace by the same user, no new privileges on exec. */
void privileges_harden(void);

#endif
