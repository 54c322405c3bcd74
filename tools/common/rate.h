/* SPDX-License-Identifier: ISC */
/*
 * A measure that is used up and fills again: a leaky bucket, kept in a small
 * file for all processes that draw from it.
 */
#ifndef JWT_TOOLS_RATE_H
#define JWT_TOOLS_RATE_H

#include "base/report.h"

/* At most burst at once; then gain more in each stretch of every seconds. */
struct rate {
	const char *name; /* of the file */
	int64_t burst, gain, every;
};

/*
 * Takes count from what folder's file says is left; seconds: of a clock that
 * is never set. revocation_unreachable: there is less left, come again, and
 * nothing was taken; internal_error: the file can't be used. A file of other
 * content counts as a full measure.
 */
enum jwt_reason rate_take(const char *folder, const struct rate *rate,
	size_t count, int64_t seconds, struct report *report) JWT_MUST_CHECK;

#endif
