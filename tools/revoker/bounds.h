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

/* Everybody may log out at once; afterwards, an entry a second. So the store
 * never holds more than RATE_BURST and LOGOUT_LASTS_MAX of them. */
#define RATE_BURST 10000

/* How far from now "before" may be: the largest leeway of those issuers that
 * may log out, and a second. */
int64_t limits_ahead(const struct jwt_config *config);
/* policy_denied: beyond what the receiver may ask for. */
enum jwt_reason limits_check(const struct revoke_order *order, int64_t now,
	int64_t ahead, struct report *report) JWT_MUST_CHECK;

/*
 * Takes count from what folder's file "logout" says is left; seconds: of a
 * clock that is never set. revocation_unreachable: there is less left, come
 * again; internal_error: the file can't be used. A file of other content
 * counts as a full measure.
 */
enum jwt_reason rate_take(const char *folder, size_t count, int64_t seconds,
	struct report *report) JWT_MUST_CHECK;

/*
 * The same for an order, once the store answers: what it can't be asked for
 * is sent again, and must not use up what is left.
 */
enum jwt_reason limits_take(struct revocation_store *store, const char *folder,
	const struct revoke_order *order, int64_t seconds,
	struct report *report) JWT_MUST_CHECK;

#endif
