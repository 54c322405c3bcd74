/* SPDX-License-Identifier: ISC */
/*
 * When to fetch again. Pure: random numbers come from the caller.
 */
#ifndef JWT_FETCHD_FRESHNESS_H
#define JWT_FETCHD_FRESHNESS_H

#include "base/bytes.h"

/* Whatever the issuer says, keys are renewed no more and no less often. */
#define FRESH_MIN	(5 * 60)
#define FRESH_MAX	(24 * 60 * 60)
#define FRESH_DEFAULT	(60 * 60) /* it said nothing */
#define BACKOFF_MIN_MS	5000
#define BACKOFF_MAX_MS	(15 * 60 * 1000)
#define MAX_AGE_UNKNOWN (-1)

/*
 * max-age of one Cache-Control field (RFC 9111 section 5.2), in seconds; 0
 * for no-store and no-cache, MAX_AGE_UNKNOWN where it says none.
 */
int64_t cache_control_max_age(struct slice field);

/* Seconds for which keys of that max-age are fresh. */
int64_t freshness_of(int64_t max_age);

/*
 * Milliseconds until the next fetch, ahead of the end: 75 to 95 % of what is
 * left, so that hosts that began together drift apart.
 */
int64_t refresh_delay_ms(int64_t fresh_for, uint32_t random);

/* After that many failures in a row: half to all of 5 s, 10 s ... 15 min. */
int64_t backoff_delay_ms(unsigned failures, uint32_t random);

#endif
