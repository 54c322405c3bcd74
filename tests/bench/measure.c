/* SPDX-License-Identifier: ISC */
/* The stop-watch. */
#include "measure.h"

#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#define NS_OF_SECOND 1000000000.0

static clockid_t stop_watch = CLOCK_THREAD_CPUTIME_ID;

void
measure_wall(void)
{
	stop_watch = CLOCK_MONOTONIC;
}

static double
now_ns(void)
{
	struct timespec ts;

	clock_gettime(stop_watch, &ts);
	return (double)ts.tv_sec * NS_OF_SECOND + (double)ts.tv_nsec;
}

static void
run(const struct runner *r)
{
	if (!r->run(r->arg))
		bench_die("%s: refused its token in the race", r->name);
}

/* The first run, over what others left in the caches, is not counted. */
static double
turn(const struct runner *r)
{
	double began;

	run(r);
	began = now_ns();
	for (unsigned i = 0; i < r->batch; i++)
		run(r);
	return (now_ns() - began) / r->batch;
}

/* So many runs a turn that it lasts for batch_ns; warms up too. */
static void
find_batch(struct runner *r, double batch_ns)
{
	double one;

	r->batch = 1;
	(void)turn(r);
	while ((one = turn(r)) * r->batch < batch_ns / 4)
		r->batch *= 2;
	r->batch = (unsigned)(batch_ns / one);
	if (r->batch == 0)
		r->batch = 1;
}

/* Another order each round, so that nobody always follows the same one. */
static void
shuffle(size_t *order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)random() % i, kept = order[i - 1];

		order[i - 1] = order[other];
		order[other] = kept;
	}
}

void
measure(struct runner *runners, size_t count, unsigned rounds, double batch_ns)
{
	size_t order[RUNNERS_MAX];

	if (count > RUNNERS_MAX)
		bench_die("%zu runners are too many", count);
	for (size_t i = 0; i < count; i++) {
		order[i] = i;
		runners[i].rounds = rounds;
		runners[i].round = calloc(rounds, sizeof(double));
		if (runners[i].round == NULL)
			bench_die("out of memory");
		find_batch(&runners[i], batch_ns);
	}
	for (unsigned round = 0; round < rounds; round++) {
		shuffle(order, count);
		for (size_t i = 0; i < count; i++)
			runners[order[i]].round[round] =
				turn(&runners[order[i]]);
	}
}

void
runners_free(struct runner *runners, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(runners[i].round);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct spread
spread_of(double *values, unsigned count)
{
	/* Of count values, the median's rank varies by sqrt(count) / 2. */
	unsigned middle = count / 2, off = (unsigned)sqrt(count) + 1;

	qsort(values, count, sizeof(*values), compare);
	return (struct spread){
		.low = values[count / 4],
		.median = values[middle],
		.high = values[count - 1 - count / 4],
		.at_least = values[middle > off ? middle - off : 0],
		.at_most =
			values[middle + off < count ? middle + off : count - 1],
	};
}

struct spread
runner_ratio(const struct runner *limit, const struct runner *runner)
{
	double *ratio = calloc(runner->rounds, sizeof(double));
	struct spread spread;

	if (ratio == NULL)
		bench_die("out of memory");
	for (unsigned i = 0; i < runner->rounds; i++)
		ratio[i] = limit->round[i] / runner->round[i];
	spread = spread_of(ratio, runner->rounds);
	free(ratio);
	return spread;
}

struct spread
runner_ns(const struct runner *runner)
{
	double *ns = calloc(runner->rounds, sizeof(double));
	struct spread spread;

	if (ns == NULL)
		bench_die("out of memory");
	for (unsigned i = 0; i < runner->rounds; i++)
		ns[i] = runner->round[i];
	spread = spread_of(ns, runner->rounds);
	free(ns);
	return spread;
}
