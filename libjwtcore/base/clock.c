/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <limits.h>
#include <time.h>

int64_t
clock_now(void)
{
	return (int64_t)time(NULL);
}

static int64_t
read_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
left_ms(int64_t left)
{
	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

int64_t
clock_monotonic_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

int
clock_left_ms(int64_t deadline_ms)
{
	return left_ms(deadline_ms - clock_monotonic_ms());
}

int64_t
clock_boot_ms(void)
{
	return read_ms(CLOCK_BOOTTIME);
}

int
clock_boot_left_ms(int64_t deadline_ms)
{
	return left_ms(deadline_ms - clock_boot_ms());
}
