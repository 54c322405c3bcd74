/* SPDX-License-Identifier: ISC */
/*
 * A logout from an issuer (OpenID Connect Back-Channel Logout 1.0): from a
 * token to names of the store, and to the writer.
 */
#ifndef JWT_LOGOUT_LOGOUT_H
#define JWT_LOGOUT_LOGOUT_H

#include "jose/jws.h"
#include "keys/keys.h"

#define LOGOUT_DAYS 7 /* at least: sessions outlive their tokens */

/* Sessions that a user may end one by one: so many at once, then one in so
 * many seconds. */
#define SHARE_BURST 60
#define SHARE_EVERY 60

/* A logout token, judged or not; all zeros is none. */
struct logout {
	struct jws *jws;
	struct claims claims; /* points into jws */
	const struct issuer_config *issuer;
};
void logout_clear(struct logout *logout);
static inline void
jwt_auto_logout(struct logout *logout)
{
	logout_clear(logout);
}
typedef struct logout jwt_auto_logout_t;

/*
 * Is it a logout token of an issuer of the config, for us, good now? The
 * reasons of a login's steps; policy_denied: the issuer has no
 * logout_audience. What was read stays in *out for the log in any case.
 */
enum jwt_reason logout_judge(const struct jwt_config *config,
	const struct keys_places *places, struct slice token, int64_t now,
	struct logout *out, struct report *report) JWT_MUST_CHECK;

/* The lines of revoke_order.h: a session, its user, or both. by_sid: false
 * if the user is used up (logout_take_share): then the user alone, where the
 * token names one. */
bool logout_order(const struct logout *logout, bool by_sid, int64_t now,
	struct buffer *lines) JWT_MUST_CHECK;

/*
 * One more session of this user: each is a new name in the store, and what
 * all users together may have there must not go to one who logs in and out in
 * a loop. False: this user's share is used up. It lies in folder, a file a
 * user; a fault of the folder stops nothing, since the writer has a measure of
 * its own. seconds: of a clock that is never set.
 */
bool logout_take_share(
	const char *folder, const struct logout *logout, int64_t seconds);

/*
 * Hands the lines to revoke.sock. revocation_unreachable: not written, for
 * whatever reason; the report has the writer's.
 */
enum jwt_reason logout_hand_over(const char *socket_path, struct slice lines,
	int timeout_ms, struct report *report) JWT_MUST_CHECK;

/*
 * Marks of tokens that did their work, in a folder: a file a jti. A second
 * one would do the same again, so a fault of the folder stops no logout.
 */
bool logout_was_seen(const char *folder, const struct logout *logout);
void logout_mark_seen(const char *folder, const struct logout *logout);

#endif
