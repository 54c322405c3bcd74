/* SPDX-License-Identifier: ISC */
/*
 * Times of several that do the same, interleaved: in each round each has a
 * short turn, in another order each time. Processor time of the thread is
 * counted, so that what else runs on the machine matters less.
 */
#ifndef JWT_BENCH_MEASURE_H
#define JWT_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#define RUNNERS_MAX 16

struct runner {
	bool (*run)(void *arg); /* false ends the bench */
	void *arg;
	const char *name; /* in that message */
	unsigned batch;	  /* runs a turn */
	double *round;	  /* owned: ns of one run, for each round */
	unsigned rounds;
};

struct spread {
	double low, median, high; /* low and high: the quartiles */
	/* The true median lies between these, with 95 % certainty. */
	double at_least, at_most;
};

/* Time by the wall from now on: for those that wait for another process. */
void measure_wall(void);
void measure(
	struct runner *runners, size_t count, unsigned rounds, double batch_ns);
void runners_free(struct runner *runners, size_t count);
struct spread runner_ns(const struct runner *runner);
/* How fast runner is where limit is 1; compared round by round. */
struct spread runner_ratio(
	const struct runner *limit, const struct runner *runner);

#endif
