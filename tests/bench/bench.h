/* SPDX-License-Identifier: ISC */
/* The parts of the bench: each prints its table and judges it. */
#ifndef JWT_BENCH_BENCH_H
#define JWT_BENCH_BENCH_H

#include "contestant.h"

#define BENCH_CONTESTANTS_MAX 8

struct bench {
	/* Raw OpenSSL first, jwtauth second, then the peers. */
	const struct contestant *contestant[BENCH_CONTESTANTS_MAX];
	size_t count;
	unsigned rounds;
	double batch_ns;  /* how long one contestant's turn lasts */
	const char *only; /* this algorithm alone, in the race alone */
	unsigned missed;  /* bars that were not reached */
};
enum { RAW, OURS, FIRST_PEER };

extern const struct contestant raw_contestant, our_contestant;

/* Names of the peers that are expected, for those that are missing. */
void bench_add_peer(struct bench *bench, const char *path);
void bench_name_missing(const struct bench *bench);

/* Does everyone accept what is right and refuse what is not? */
void bench_check_contestants(const struct bench *bench);

void bench_race(struct bench *bench);
void bench_cold(struct bench *bench);
void bench_allocations(struct bench *bench);
void bench_lookup(struct bench *bench);
void bench_growth(struct bench *bench);

/* One contestant for some seconds, for a profiler: NAME:ALG:verify|whole|cold.
 */
void bench_loop(const struct bench *bench, const char *what);

/* "met", or what is missing, counted. */
void bench_bar(struct bench *bench, bool met, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void bench_die(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
