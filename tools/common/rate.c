/* SPDX-License-Identifier: ISC */
/*
 * The file has "LEFT SECONDS": what was left then, in parts of which one of
 * the measure is "every". So no second's gain is lost to rounding.
 */
#include "rate.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#define RATE_TEXT 64 /* bytes of "LEFT SECONDS\n" */

/* What is left now, in parts. */
static int64_t
left_of(int fd, const struct rate *rate, int64_t seconds)
{
	const int64_t full = rate->burst * rate->every;
	char text[RATE_TEXT] = "";
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	int64_t left, when;

	if (got <= 0 ||
		sscanf(text, "%" SCNd64 " %" SCNd64, &left, &when) != 2 ||
		left < 0 || left > full || when < 0 || when > seconds)
		return full;
	if (seconds - when >= (full - left) / rate->gain + 1)
		return full;
	left += (seconds - when) * rate->gain;
	return left < full ? left : full;
}

static enum jwt_reason
take(int fd, const struct rate *rate, size_t count, int64_t seconds,
	struct report *r)
{
	const int64_t cost = (int64_t)count * rate->every;
	int64_t left = left_of(fd, rate, seconds);
	char text[RATE_TEXT];
	int len;

	if (left < cost)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"too many logouts: %" PRId64 " in %" PRId64
			" s are taken now",
			rate->gain, rate->every);
	len = snprintf(text, sizeof(text), "%" PRId64 " %" PRId64 "\n",
		left - cost, seconds);
	/* No pwrite: the filter of the checkers does not know it. */
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 ||
		!fd_write_all(fd, slice_of(text, (size_t)len)))
		return report(r, JWT_INTERNAL_ERROR, "%s: %s", rate->name,
			strerror(errno));
	return JWT_OK;
}

enum jwt_reason
rate_take(const char *folder, const struct rate *rate, size_t count,
	int64_t seconds, struct report *r)
{
	JWT_AUTO(fd) dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	JWT_AUTO(fd) fd = -1;

	if (dir >= 0)
		fd = openat(dir, rate->name,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		return report(r, JWT_INTERNAL_ERROR, "%s/%s: %s", folder,
			rate->name, strerror(errno));
	return take(fd, rate, count, seconds, r);
}
