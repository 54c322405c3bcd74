/* SPDX-License-Identifier: ISC */
#include "dates.h"

#include <stdio.h>
#include <time.h>

const char *
date_of(int64_t seconds, char out[DATE_MAX])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds == 0)
		snprintf(out, DATE_MAX, "-");
	else if (seconds == INT64_MAX || gmtime_r(&t, &tm) == NULL ||
		 strftime(out, DATE_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, DATE_MAX, "never");
	return out;
}
