/* SPDX-License-Identifier: ISC */
/*
 * What somebody who is not root may have revoked. The receiver of logouts
 * talks to strangers: broken, it can end what has been issued, again and
 * again, but refuse nothing of later, nor fill the store.
 */
#ifndef JWT_REVOKER_BOUNDS_H
#define JWT_REVOKER_BOUNDS_H

#include "revoke_order.h"

#define LOGOUT_ENTRIES_MAX 2 /* a session, a subject */
/* A week for sessions that outlive their tokens, a day for the longest token,
 * and what two clocks may differ by. */
#define LOGOUT_LASTS_MAX (8 * 86400 + 600)

/* Everybody may log out at once; afterwards, a new name a second. So the
 * store never holds more than RATE_BURST and LOGOUT_LASTS_MAX of them. */
#define RATE_BURST 10000
/* A second, of names that the store has: they take no room, but work. */
#define RATE_AGAIN 10

/* How far from now "before" may be: the largest leeway of those issuers that
 * may log out, and a second. */
int64_t limits_ahead(const struct jwt_config *config);
/* policy_denied: beyond what the receiver may ask for. */
enum jwt_reason limits_check(const struct revoke_order *order, int64_t now,
	int64_t ahead, struct report *report) JWT_MUST_CHECK;

/*
 * What an order costs, by what the store has of it: a new name is taken from
 * folder's measure "logout", one that must reach further from "again", and
 * what reaches that far already costs nothing. *in_force: all of it does, there
 * is nothing to write, and the entries say how far. A store that does not
 * answer has nothing taken: the order is sent again. seconds: of a clock that
 * is never set. revocation_unreachable: too many, come again.
 */
enum jwt_reason limits_take(struct revocation_store *store, const char *folder,
	struct revoke_order *order, int64_t now, int64_t seconds,
	bool *in_force, struct report *report) JWT_MUST_CHECK;

#endif
