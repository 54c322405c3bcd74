/* SPDX-License-Identifier: ISC */
/*
 * Whether what jwks_uri answered may replace the keys that we have. Pure.
 */
#ifndef JWT_FETCHD_ANSWER_H
#define JWT_FETCHD_ANSWER_H

#include "config/config.h"
#include "fetch.h"
#include "usable.h"

/* What one good answer makes. */
struct renewed {
	struct key_cache cache;
	struct jwks *keys;
	struct report skipped; /* the last key left out; empty: none was */
};

void renewed_clear(struct renewed *renewed);

static inline void
jwt_auto_renewed(struct renewed *renewed)
{
	renewed_clear(renewed);
}
typedef struct renewed jwt_auto_renewed_t;

/*
 * Is it a 304 about something else than old? Its tag or date is not the one
 * that was sent, so the keys of old must not go on under it.
 */
bool answer_confirms_another(
	const struct fetch_answer *answer, const struct key_cache *old);

/*
 * From an answer of 200 or 304 (which keeps the keys and validators of old).
 * keys_unavailable: not a JWKS, or without a single key that any of the
 * issuer's algorithms may use; an empty set never replaces a good one.
 */
enum jwt_reason answer_take(const struct issuer_config *issuer,
	const char *jwks_uri, const struct fetch_answer *answer,
	const struct key_cache *old, int64_t now, struct renewed *out,
	struct report *report) JWT_MUST_CHECK;

#endif
