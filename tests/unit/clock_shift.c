/* SPDX-License-Identifier: ISC */
/*
 * For LD_PRELOAD in tests: the clocks are off by what stands in a file that
 * the test writes, three int64_t of seconds: the wall clock, as if somebody
 * set it; the others, as if that time had passed; the one that counts sleep,
 * as if the host had slept for that time.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift; /* NULL: none */

/* Before main, which empties the environment. */
__attribute__((constructor)) static void
map_shift(void)
{
	const char *path = getenv("CLOCK_SHIFT");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page;

	if (fd < 0)
		return;
	page = mmap(NULL, 3 * sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page != MAP_FAILED)
		shift = page;
}

static int64_t
shift_of(clockid_t clock)
{
	if (clock == CLOCK_REALTIME)
		return shift[0];
	return shift[1] + (clock == CLOCK_BOOTTIME ? shift[2] : 0);
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	long result = syscall(SYS_clock_gettime, clock, out);

	if (result == 0 && shift != NULL)
		out->tv_sec += (time_t)shift_of(clock);
	return (int)result;
}

time_t
time(time_t *out)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now = { 0 };

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}
