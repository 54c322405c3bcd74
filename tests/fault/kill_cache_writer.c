/* SPDX-License-Identifier: ISC */
/*
 * Kills the writer of a cache file at random instants and looks at what is
 * left, as the next login would: the old content or the new, never a torn
 * file, and no heap of temporary files.
 *
 * In memory a store takes microseconds, so that kills come at every step of
 * it alike; on a disk nearly all come while it waits for the disk.
 *
 * usage: kill_cache_writer [KILLS [FOLDER]]
 */
#include "cache_pair.h"
#include "sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define KILLS 300 /* a fork there is slow */
#else
#define KILLS 2000 /* in the check; 10,000 by "make fault" */
#endif
#define FOLDER	     "/dev/shm"
#define WARM_UP	     50 /* stores, to learn how long one takes */
#define WINDOW	     8	/* kills come within so many stores more */
#define LEFT_PERCENT 3	/* of kills at least that interrupt a write */

static char dir[PATH_MAX];
static struct cache_pair pair;
static unsigned seen[2], left_behind, reads;
static _Atomic unsigned *stored; /* by the writer, who shares it */

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
fail(const char *what, const struct report *why)
{
	printf("%s: %s (see %s)\nkill_cache_writer: 0 passed, 1 failed\n", what,
		why->text, dir);
	exit(EXIT_FAILURE);
}

/* How long one store takes here, in nanoseconds. */
static int64_t
measure(void)
{
	int64_t start = now_ns();
	struct report why = { 0 };

	for (int i = 0; i < WARM_UP; i++)
		if (!cache_pair_store(dir, &pair, i % 2, &why))
			fail("a plain store fails", &why);
	return (now_ns() - start) / WARM_UP;
}

/*
 * Until the writer has stored once. A child's first store takes its time over
 * the pages that it shared until then: a kill meanwhile would show nothing.
 */
static void
wait_for_writer(pid_t pid)
{
	siginfo_t gone = { 0 }; /* left for kill_one to reap */

	while (*stored == 0 && gone.si_pid == 0 &&
		waitid(P_PID, (id_t)pid, &gone, WEXITED | WNOHANG | WNOWAIT) ==
			0)
		sched_yield();
}

static pid_t
start_writer(unsigned first)
{
	pid_t pid;

	*stored = 0;
	pid = fork();
	if (pid != 0)
		return pid;
	for (unsigned i = first;; i++, ++*stored)
		if (!cache_pair_store(dir, &pair, (int)(i % 2), NULL))
			_exit(EXIT_FAILURE);
}

/* Readers go on meanwhile, as logins do. */
static void
read_until(int64_t end)
{
	struct report why = { 0 };

	do {
		if (cache_pair_which(dir, &pair, &why) < 0)
			fail("torn under a reader", &why);
		reads++;
	} while (now_ns() < end);
}

/* Old enough for the sweep, which spares what may be in the making. */
static void
make_old(void)
{
	const struct timespec old[2] = { { .tv_sec = 1000 },
		{ .tv_sec = 1000 } };
	DIR *folder = opendir(dir);
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			(void)utimensat(dirfd(folder), entry->d_name, old, 0);
	if (folder != NULL)
		closedir(folder);
}

static void
look(void)
{
	struct report why = { 0 };
	int which = cache_pair_which(dir, &pair, &why);
	unsigned others = cache_pair_others(dir);

	if (which < 0)
		fail("torn", &why);
	seen[which]++;
	if (others > 1)
		fail("more than one temporary file of one writer", &why);
	left_behind += others;
	if (others == 0)
		return;
	make_old();
	sweep_temporary_files(dir);
	if (cache_pair_others(dir) != 0)
		fail("the sweep left a temporary file", &why);
	if (cache_pair_which(dir, &pair, &why) != which)
		fail("the sweep hurt the cache file", &why);
}

static void
kill_one(int64_t store_ns)
{
	pid_t pid = start_writer((unsigned)random() & 1);
	int64_t most = WINDOW * store_ns;
	int status;

	if (pid < 0)
		abort();
	wait_for_writer(pid);
	read_until(now_ns() + random() % (most > 0 ? most : 1));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (!WIFSIGNALED(status))
		fail("the writer could not write", &(struct report){ 0 });
	look();
}

static void
remove_folder(void)
{
	char path[PATH_MAX + sizeof("/" PAIR_NAME ".json")];

	snprintf(path, sizeof(path), "%s/" PAIR_NAME ".json", dir);
	(void)unlink(path);
	(void)rmdir(dir);
}

int
main(int argc, char **argv)
{
	unsigned kills = argc > 1 ? (unsigned)atoi(argv[1]) : KILLS;
	bool quiet =
		freopen("/dev/null", "w", stderr) != NULL; /* sweep's log */
	int64_t store_ns, began = now_ns();
	bool good;

	stored = mmap(NULL, sizeof(*stored), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	srandom((unsigned)time(NULL));
	snprintf(dir, sizeof(dir), "%s/jwtauth-kill-XXXXXX",
		argc > 2 ? argv[2] : FOLDER);
	if (!quiet || stored == MAP_FAILED || mkdtemp(dir) == NULL ||
		!cache_pair_make(dir, &pair))
		abort();
	store_ns = measure();
	for (unsigned i = 0; i < kills; i++)
		kill_one(store_ns);
	/* A run whose kills all missed the writing has shown nothing. */
	good = seen[0] > 0 && seen[1] > 0 &&
	       left_behind * 100 >= kills * LEFT_PERCENT;
	printf("%u kills in %.1f s, a store takes %lld us: %u times the short "
	       "content, %u the long one, %u temporary files left and swept, "
	       "%u reads meanwhile, nothing torn\n",
		kills, (double)(now_ns() - began) / 1e9,
		(long long)store_ns / 1000, seen[0], seen[1], left_behind,
		reads);
	printf("kill_cache_writer: %d passed, %d failed\n", good, !good);
	remove_folder();
	cache_pair_clear(&pair);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
