/* SPDX-License-Identifier: ISC */
/*
 * How often a warm verification asks for memory: we, which is judged, and
 * OpenSSL, beside what it asks for in the raw calls. Counted in a child, so
 * that no hook slows down the race.
 */
#include "bench.h"
#include "material.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOCATIONS_BAR 12
#define WARM_RUNS	3

#ifdef JWT_SANITIZED
void
bench_allocations(struct bench *bench)
{
	(void)bench;
	printf("\nAllocations: not counted, since the sanitizers have "
	       "malloc\n");
}
#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

static unsigned total, openssl;

/* Glibc lets a program's own take the place of its malloc, for every library:
 * so they must be seen. */
BENCH_VISIBLE void *
malloc(size_t size)
{
	total++;
	return __libc_malloc(size);
}

BENCH_VISIBLE void *
calloc(size_t count, size_t size)
{
	total++;
	return __libc_calloc(count, size);
}

BENCH_VISIBLE void *
realloc(void *p, size_t size)
{
	total++;
	return __libc_realloc(p, size);
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	openssl++;
	return malloc(size);
}

static void *
openssl_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	openssl++;
	return realloc(p, size);
}

static void
openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

struct count {
	unsigned total, openssl;
};

static struct count
count(bool (*run)(void *), void *state)
{
	for (int i = 0; i < WARM_RUNS; i++)
		if (!run(state))
			bench_die("refused while counting");
	total = openssl = 0;
	if (!run(state))
		bench_die("refused while counting");
	return (struct count){ total, openssl };
}

static unsigned
count_algorithm(struct bench *bench, const char *alg)
{
	struct material m;
	void *raw, *ours;
	struct count limit, verify, whole;
	unsigned ours_alone;

	material_make(&m, alg);
	raw = raw_contestant.open(&m.bench);
	ours = our_contestant.open(&m.bench);
	limit = count(raw_contestant.verify, raw);
	verify = count(our_contestant.verify, ours);
	whole = count(our_contestant.whole, ours);
	ours_alone = whole.total - whole.openssl;
	printf("%-6s %8u %8u %12u %10u   ", alg, verify.total - verify.openssl,
		ours_alone, whole.openssl, limit.openssl);
	bench_bar(bench, ours_alone <= ALLOCATIONS_BAR, "%d at most",
		ALLOCATIONS_BAR);
	printf("\n");
	raw_contestant.close(raw);
	our_contestant.close(ours);
	material_free(&m);
	return bench->missed;
}

static _Noreturn void
count_in_child(struct bench *bench)
{
	static const char *const algs[] = { "RS256", "PS256", "ES256", "ES384",
		"EdDSA", "HS256" };

	if (CRYPTO_set_mem_functions(
		    openssl_malloc, openssl_realloc, openssl_free) != 1)
		bench_die("OpenSSL has asked for memory before");
	bench->missed = 0;
	printf("\nAllocations of one warm verification: ours, and OpenSSL's "
	       "own\n");
	printf("%-6s %8s %8s %12s %10s   bar\n", "", "verify", "whole",
		"its in ours", "its in raw");
	for (size_t i = 0; i < JWT_COUNT(algs); i++)
		count_algorithm(bench, algs[i]);
	fflush(stdout);
	_exit((int)bench->missed);
}

void
bench_allocations(struct bench *bench)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		count_in_child(bench);
	if (child < 0 || waitpid(child, &status, 0) != child ||
		!WIFEXITED(status) || WEXITSTATUS(status) > JWT_COUNT("RPEEEH"))
		bench_die("the child that counts allocations failed");
	bench->missed += (unsigned)WEXITSTATUS(status);
}
#endif
