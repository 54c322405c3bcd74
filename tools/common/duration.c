/* SPDX-License-Identifier: ISC */
#include "duration.h"

#include "base/auto.h"

#include <errno.h>
#include <stdlib.h>

#define DURATION_MAX (100LL * 366 * 86400) /* a century, against overflow */

bool
duration_parse(const char *text, int64_t *seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 },
		{ 'd', 86400 }, { 'w', 7 * 86400 } };
	char *end;
	long long value;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || value <= 0 || (end[0] != '\0' && end[1] != '\0'))
		return false;
	for (size_t i = 0; i < JWT_COUNT(units); i++) {
		if (*end != units[i].unit)
			continue;
		if (value > DURATION_MAX / units[i].seconds)
			return false;
		*seconds = value * units[i].seconds;
		return true;
	}
	return false;
}
