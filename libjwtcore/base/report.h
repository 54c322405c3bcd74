/* SPDX-License-Identifier: ISC */
/*
 * Where the first detail of a failure is kept: written where the fault is
 * seen, carried up untouched. A NULL report is allowed everywhere.
 */
#ifndef JWT_BASE_REPORT_H
#define JWT_BASE_REPORT_H

#include "base/auto.h"

struct report {
	char text[JWT_DETAIL_MAX]; /* empty: nothing reported yet */
};

/*
 * Records the detail unless there is one already, and returns reason, so
 * that the line reads "return report(r, JWT_EXPIRED, "exp is %lld", ...)".
 * What isn't printable ASCII becomes '?': it ends up in logs and terminals,
 * and may have been cut inside a character.
 */
enum jwt_reason report(struct report *report, enum jwt_reason reason,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
