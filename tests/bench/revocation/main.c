/* SPDX-License-Identifier: ISC */
/*
 * What revocation costs, with a real Redis: a line of --stream beside the
 * bare work, one process a token beside the folder's, many keys beside few,
 * and how long a paused server holds a login.
 */
#include "bar.h"

#include "base/clock.h"
#include "base/file.h"
#include "sandbox.h"

#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	    100
#define BATCH_NS    4e6
#define LOOP_MS	    5000
#define STREAM_BAR  1.15
#define PROCESS_BAR 1.35
#define MANY_BAR    1.1
#define PAUSE_BAR   (TIMEOUT_MS + 100)

enum { REDIS_FEW, REDIS_MANY, FOLDER_FEW, FOLDER_MANY, PLACES };
static const char *const place_name[] = { "redis-few", "redis-many",
	"folder-few", "folder-many" };

struct bar {
	char folder[64];
	struct material m;
	struct bench_redis redis[2];
	struct bench_place place[PLACES];
	unsigned rounds, missed;
	double batch_ns;
	size_t redis_keys, files;
};

void
bench_die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void
say(struct bar *b, const char *what, double got, double bar, const char *unit)
{
	printf("%-52s %8.2f%s  at most %.2f: %s\n", what, got, unit, bar,
		got <= bar ? "met" : "NOT MET");
	b->missed += got > bar;
}

/* The second's time where the first's is 1, compared round by round. */
static double
times(const struct runner *one, const struct runner *other)
{
	return 1 / runner_ratio(one, other).median;
}

static void
compare_streams(struct bar *b)
{
	struct bench_bare *bare = bare_begin(&b->m, &b->redis[0]);
	struct bench_stream stream[PLACES];
	struct runner r[1 + PLACES] = {
		{ .run = bare_run, .arg = bare, .name = "bare" },
	};

	for (size_t i = 0; i < PLACES; i++) {
		stream_begin(&stream[i], &b->place[i], b->m.bench.token);
		r[1 + i] = (struct runner){ .run = stream_run,
			.arg = &stream[i],
			.name = place_name[i] };
	}
	measure_wall();
	measure(r, JWT_COUNT(r), b->rounds, b->batch_ns);
	for (size_t i = 0; i < JWT_COUNT(r); i++)
		printf("  %-20s %8.1f us\n", r[i].name,
			runner_ns(&r[i]).median / LINES / 1000);
	say(b, "--stream with Redis / raw verify and bare hiredis",
		times(&r[0], &r[1 + REDIS_FEW]), STREAM_BAR, "");
	say(b, "--stream, Redis with many keys / with few",
		times(&r[1 + REDIS_FEW], &r[1 + REDIS_MANY]), MANY_BAR, "");
	say(b, "--stream, folder with many files / with few",
		times(&r[1 + FOLDER_FEW], &r[1 + FOLDER_MANY]), MANY_BAR, "");
	runners_free(r, JWT_COUNT(r));
	for (size_t i = 0; i < PLACES; i++)
		stream_end(&stream[i]);
	bare_end(bare);
}

/* One token, one process: what the helper of a login does. */
static int
once(const char *folder, const char *name)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	const struct file_trust any = { .any_owner = true };
	struct bench_place place;
	struct jwt_verdict verdict;
	struct report r = { "" };
	char path[128];

	sandbox_start_crypto();
	snprintf(path, sizeof(path), "%s/token", folder);
	if (file_read(path, &any, &token, &r) != FILE_OK)
		bench_die("%s", r.text);
	place_open(&place, folder, name);
	if (sandbox_enter(&r) != JWT_OK)
		bench_die("%s", r.text);
	return place_judge(&place, buffer_string(&token), &verdict) ? 0 : 1;
}

struct process {
	const char *folder, *name;
};

static bool
process_run(void *arg)
{
	const struct process *p = arg;
	char self[] = "/proc/self/exe", option[] = "--once", folder[64],
	     name[32];
	char *argv[] = { self, option, folder, name, NULL };
	char *environment[] = { NULL };
	int status = -1;
	pid_t pid;

	snprintf(folder, sizeof(folder), "%s", p->folder);
	snprintf(name, sizeof(name), "%s", p->name);
	return posix_spawn(&pid, self, NULL, NULL, argv, environment) == 0 &&
	       waitpid(pid, &status, 0) == pid && status == 0;
}

static void
compare_processes(struct bar *b)
{
	struct process process[PLACES];
	struct runner r[PLACES];

	for (size_t i = 0; i < PLACES; i++) {
		process[i] = (struct process){ b->folder, place_name[i] };
		r[i] = (struct runner){ .run = process_run,
			.arg = &process[i],
			.name = place_name[i] };
	}
	measure(r, PLACES, b->rounds, 1);
	for (size_t i = 0; i < PLACES; i++)
		printf("  %-20s %8.2f ms\n", r[i].name,
			runner_ns(&r[i]).median / 1e6);
	say(b, "one process, Redis / folder",
		times(&r[FOLDER_FEW], &r[REDIS_FEW]), PROCESS_BAR, "");
	say(b, "one process, Redis with many keys / with few",
		times(&r[REDIS_FEW], &r[REDIS_MANY]), MANY_BAR, "");
	say(b, "one process, folder with many files / with few",
		times(&r[FOLDER_FEW], &r[FOLDER_MANY]), MANY_BAR, "");
	runners_free(r, PLACES);
}

static double
ms_of_judgement(const struct bench_place *place, const char *token)
{
	struct jwt_verdict verdict;
	int64_t began = clock_monotonic_ms();

	if (place_judge(place, token, &verdict) ||
		verdict.reason != JWT_REVOCATION_UNREACHABLE)
		bench_die(
			"a paused Redis: %s", jwt_reason_name(verdict.reason));
	return (double)(clock_monotonic_ms() - began);
}

/* Over a connection that was kept, and over one that must be made. */
static void
compare_pauses(struct bar *b)
{
	const struct bench_place *place = &b->place[REDIS_FEW];
	const struct timespec until_it_sleeps = { .tv_nsec = 50000000 };
	struct jwt_verdict verdict;
	pid_t pid;

	if (!place_judge(place, b->m.bench.token, &verdict))
		bench_die("refused: %s", verdict.detail);
	kill(b->redis[0].pid, SIGSTOP);
	say(b, "SIGSTOP, connection kept",
		ms_of_judgement(place, b->m.bench.token), PAUSE_BAR, " ms");
	say(b, "SIGSTOP, new connection",
		ms_of_judgement(place, b->m.bench.token), PAUSE_BAR, " ms");
	kill(b->redis[0].pid, SIGCONT);
	pid = fork();
	if (pid == 0) {
		redis_command(&b->redis[0], "DEBUG SLEEP 3");
		_exit(0);
	}
	nanosleep(&until_it_sleeps, NULL);
	say(b, "DEBUG SLEEP", ms_of_judgement(place, b->m.bench.token),
		PAUSE_BAR, " ms");
	waitpid(pid, NULL, 0);
	if (!place_judge(place, b->m.bench.token, &verdict))
		bench_die("refused after the pause: %s", verdict.detail);
}

static void
bar_begin(struct bar *b)
{
	char path[128];

	strcpy(b->folder, "/tmp/jwt-bench.XXXXXX");
	if (mkdtemp(b->folder) == NULL)
		bench_die("no folder in /tmp");
	material_make(&b->m, "RS256");
	snprintf(path, sizeof(path), "%s/token", b->folder);
	if (!file_write(path, slice_of_string(b->m.bench.token), 0600,
		    (uid_t)-1, (gid_t)-1, NULL))
		bench_die("%s can't be written", path);
	redis_begin(&b->redis[0], b->folder, "few", FEW_KEYS);
	redis_begin(&b->redis[1], b->folder, "many", b->redis_keys);
	for (size_t i = 0; i < PLACES; i++)
		place_make(&b->place[i], b->folder, place_name[i], &b->m,
			i <= REDIS_MANY ? &b->redis[i] : NULL,
			i == FOLDER_FEW	   ? FEW_KEYS
			: i == FOLDER_MANY ? b->files
					   : 0);
}

/* A process that is up for long has files that are older than what it asks:
 * a mark or a cache that changed just now is read again each time. */
static void
let_files_settle(const struct bar *b)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	const struct bench_place *last = &b->place[PLACES - 1];
	struct jwt_verdict verdict;
	struct file_identity mark;
	char path[256];

	for (size_t i = 0; i < PLACES; i++)
		if (!place_judge(&b->place[i], b->m.bench.token, &verdict))
			bench_die("refused: %s", verdict.detail);
	snprintf(path, sizeof(path), "%s/embedded", last->dir[2]);
	if (!file_identify(path, &mark))
		bench_die("%s: no mark", path);
	while (!file_is_settled(&mark, time(NULL)))
		nanosleep(&pause, NULL);
}

/* One kind of place alone, for a profiler. */
static void
loop(struct bar *b, const char *name)
{
	const int64_t end = clock_monotonic_ms() + LOOP_MS;
	struct bench_stream stream;

	for (size_t i = 0; i < PLACES; i++) {
		if (strcmp(place_name[i], name) != 0)
			continue;
		stream_begin(&stream, &b->place[i], b->m.bench.token);
		while (clock_monotonic_ms() < end)
			if (!stream_run(&stream))
				bench_die("%s: refused", name);
		stream_end(&stream);
	}
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
bar_end(struct bar *b)
{
	for (size_t i = 0; i < PLACES; i++)
		place_close(&b->place[i]);
	for (size_t i = 0; i < JWT_COUNT(b->redis); i++)
		redis_end(&b->redis[i]);
	material_free(&b->m);
	nftw(b->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
main(int argc, char **argv)
{
	struct bar b = { .rounds = ROUNDS,
		.batch_ns = BATCH_NS,
		.redis_keys = MANY_KEYS,
		.files = MANY_FILES };

	if (argc == 4 && strcmp(argv[1], "--once") == 0)
		return once(argv[2], argv[3]);
	if (argc == 2 && strcmp(argv[1], "--smoke") == 0) {
		b.rounds = 1;
		b.batch_ns = 1;
		b.redis_keys = b.files = 1000;
	} else if (argc == 2 && strncmp(argv[1], "--loop=", 7) == 0) {
		b.redis_keys = b.files = 1000;
	} else if (argc != 1) {
		bench_die("usage: revocation [--smoke | --loop=PLACE]");
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	bar_begin(&b);
	let_files_settle(&b);
	if (argc == 2 && argv[1][2] == 'l') {
		loop(&b, argv[1] + 7);
		bar_end(&b);
		return 0;
	}
	compare_streams(&b);
	compare_processes(&b);
	compare_pauses(&b);
	bar_end(&b);
	printf("%u bars not met\n", b.missed);
	return 0;
}
