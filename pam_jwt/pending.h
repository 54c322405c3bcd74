/* SPDX-License-Identifier: ISC */
/*
 * How a prompted token gets from sshd's auth phase, which runs in a child
 * of its own, to open_session: a root-only file whose random name goes
 * through PAM's environment, which the user may well see afterwards.
 */
#ifndef PAM_JWT_PENDING_H
#define PAM_JWT_PENDING_H

#include "record.h"

#define PENDING_VARIABLE "JWTAUTH_PENDING"
#define PENDING_HANDLE	 16 /* random bytes, twice as many hex digits */
/* Above sshd's LoginGraceTime; older ones are of logins given up. */
#define PENDING_SECONDS	  600
#define PENDING_SWEEP_MAX 256 /* files looked at in one sweep */

/* Sweeps old ones, writes a new one, puts its handle. */
bool pending_put(struct call *call, const struct presented *presented,
	struct report *report) JWT_MUST_CHECK;

/*
 * Takes the file away, whatever it holds. False: no handle, or (with a
 * report) one that is not good for this service and user. *out must be
 * initialized.
 */
bool pending_take(struct call *call, struct presented *out,
	struct report *report) JWT_MUST_CHECK;

#endif
