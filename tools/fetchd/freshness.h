/* SPDX-License-Identifier: ISC */
/*
 * For how long an answer is fresh: HTTP caching (RFC 9111) as far as it
 * concerns one document that a single client keeps for itself. Pure.
 */
#ifndef JWT_FETCHD_FRESHNESS_H
#define JWT_FETCHD_FRESHNESS_H

#include "base/bytes.h"

/* Whatever the issuer says, keys are renewed no more and no less often. */
#define FRESH_MIN	(5 * 60)
#define FRESH_MAX	(24 * 60 * 60)
#define FRESH_DEFAULT	(60 * 60) /* it said nothing */
#define CACHING_UNKNOWN (-1)	  /* not said */

/* What the headers of one answer say, each CACHING_UNKNOWN if nothing. */
struct caching {
	int64_t max_age; /* Cache-Control; 0 for no-cache and no-store */
	int64_t age;	 /* seconds that caches on the way have held it */
	int64_t expires; /* seconds since the epoch; 0: no date, so past */
	int64_t date;	 /* when the issuer says that it answered */
};

#define CACHING_NOTHING                                            \
	(struct caching)                                           \
	{                                                          \
		CACHING_UNKNOWN, CACHING_UNKNOWN, CACHING_UNKNOWN, \
			CACHING_UNKNOWN                            \
	}

/* Takes one header line's name and value; of no interest: ignored. */
void caching_take(struct caching *caching, const char *name, const char *value);

/*
 * Seconds for which it is fresh from now on, within the limits above
 * (section 4.2). max-age before Expires; Expires against the issuer's own
 * Date, so that clocks need not agree, and for the same reason the age is
 * what Age says, never the time since Date. s-maxage is for shared caches.
 * must-revalidate asks for nothing more: the issuer is asked when the time is
 * over in any case, and whether keys serve without an answer is not its to
 * say but fetch.max_stale's.
 */
int64_t caching_fresh_for(const struct caching *caching, int64_t now);

/*
 * Retry-After of a 429 or 503 (RFC 9110 section 10.2.3) in seconds from now,
 * which a date is measured against; CACHING_UNKNOWN: neither number nor date.
 */
int64_t retry_after(const char *value, int64_t now);

#endif
