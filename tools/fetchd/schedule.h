/* SPDX-License-Identifier: ISC */
/*
 * When an issuer is asked again, and how near its keys are to their end.
 * Pure: times and random numbers come from the caller.
 */
#ifndef JWT_FETCHD_SCHEDULE_H
#define JWT_FETCHD_SCHEDULE_H

#include "base/bytes.h"
#include "freshness.h"
#include "keys/cache.h"

#define BACKOFF_FIRST_MS 5000
#define BACKOFF_LEAST_MS 1000
#define BACKOFF_MOST_MS	 (15 * 60 * 1000)
/*
 * With keys that still serve there is no haste, and after a long outage all
 * hosts come back within this time: it has to be as long as the usual time
 * between two fetches, or the issuer goes down again.
 */
#define BACKOFF_CALM_MS (60 * 60 * 1000)
#define RETRY_AFTER_MAX (60 * 60) /* seconds; issuers err too */

/*
 * Milliseconds until the next fetch, ahead of the end: half to 95 % of what
 * is left. So wide, since hosts that began together come again together: the
 * peak of their second round is 1.6 times the mean.
 */
int64_t refresh_delay_ms(int64_t fresh_for, uint32_t random);

/*
 * After that many failures in a row: anything from a second up to 5 s, 10 s,
 * 20 s and so on ("full jitter"), at most BACKOFF_MOST_MS. Where keys still
 * serve, fresh_for is how many seconds they were fresh for, else 0: with
 * them it begins with half of that, and ends at BACKOFF_CALM_MS. Hosts come
 * upon an outage one after another within that time; if each then tried
 * every few seconds, a small trouble of the issuer would be made a big one
 * (seen in a simulation: 8 times the usual requests).
 */
int64_t backoff_delay_ms(unsigned failures, int64_t fresh_for, uint32_t random);

/*
 * What Retry-After's seconds make of it: not before these (capped), and not
 * all hosts in the same second. 0 for CACHING_UNKNOWN.
 */
int64_t retry_delay_ms(int64_t after, uint32_t random);

/* How near keys are to being refused. */
enum staleness {
	STALENESS_FRESH,
	STALENESS_STALE,    /* to be renewed; half their time is left */
	STALENESS_SERIOUS,  /* less than half */
	STALENESS_CRITICAL, /* less than an eighth */
	STALENESS_OVER,	    /* refused */
};
enum staleness cache_staleness(const struct key_cache *cache, int64_t now);

/*
 * Was it fetched at a time that has not come yet? Then the clock was set
 * back, or stood wrong at the fetch, and its times mean nothing.
 */
#define CLOCK_SLACK (5 * 60) /* seconds; clocks get corrected by less */
bool cache_from_the_future(const struct key_cache *cache, int64_t now);

/*
 * Makes such a cache one of unknown age: due now, at its end in max_stale.
 * Its times are set aside.
 */
void cache_count_from_now(
	struct key_cache *cache, int64_t max_stale, int64_t now);
/* Its times of before, if the clock has come to them. False: it has not. */
bool cache_take_times_back(struct key_cache *cache, int64_t now);

/* Is "not modified" enough? Once a day the keys are fetched whole. */
#define WHOLE_AGAIN (24 * 60 * 60) /* seconds */
bool cache_may_be_confirmed(const struct key_cache *cache, int64_t now);

#endif
