/* SPDX-License-Identifier: ISC */
/*
 * One token of each algorithm, verified by everyone who can: the signature
 * alone, and the whole token. Raw OpenSSL is the limit for both.
 */
#include "bench.h"
#include "material.h"
#include "measure.h"

#include <stdio.h>
#include <string.h>

enum { VERIFY, WHOLE, KINDS };

static const struct row {
	const char *alg;
	double bar[KINDS];
	/* Doesn't use OpenSSL and may be ahead: see README.md. */
	const char *excused;
} rows[] = {
	{ "RS256", { 0.90, 0.80 }, NULL },
	{ "PS256", { 0.90, 0.80 }, NULL },
	{ "ES256", { 0.95, 0.92 }, NULL },
	{ "ES384", { 0.97, 0.97 }, "rhonabwy" },
	{ "EdDSA", { 0.95, 0.90 }, NULL },
	{ "HS256", { 0.60, 0.40 }, NULL },
};

struct cell {
	bool there;
	struct spread ns, ratio;
	struct spread lead; /* its time, where ours is 1 */
};
struct table {
	struct cell cell[JWT_COUNT(rows)][BENCH_CONTESTANTS_MAX];
};

static bool
is_wanted(const struct bench *bench, size_t row)
{
	return bench->only == NULL || strcmp(bench->only, rows[row].alg) == 0;
}

/* Everyone and everything for one algorithm, in the same rounds. */
static void
race(const struct bench *bench, size_t row, struct table table[KINDS])
{
	struct runner runners[KINDS * BENCH_CONTESTANTS_MAX] = { 0 };
	struct cell *cell[KINDS * BENCH_CONTESTANTS_MAX];
	size_t kinds[KINDS * BENCH_CONTESTANTS_MAX];
	void *state[BENCH_CONTESTANTS_MAX];
	struct material m;
	size_t n = 0;

	material_make(&m, rows[row].alg);
	for (size_t i = 0; i < bench->count; i++) {
		const struct contestant *c = bench->contestant[i];
		bool (*const run[KINDS])(void *) = { c->verify, c->whole };

		state[i] = c->open(&m.bench);
		for (size_t kind = 0; kind < KINDS; kind++) {
			if (state[i] == NULL || run[kind] == NULL)
				continue;
			cell[n] = &table[kind].cell[row][i];
			kinds[n] = kind;
			runners[n++] = (struct runner){ .run = run[kind],
				.arg = state[i],
				.name = c->name };
		}
	}
	measure(runners, n, bench->rounds, bench->batch_ns);
	/* Raw OpenSSL has one runner, behind it ours has one of each kind. */
	for (size_t i = 0; i < n; i++)
		*cell[i] = (struct cell){ true, runner_ns(&runners[i]),
			runner_ratio(&runners[RAW], &runners[i]),
			runner_ratio(&runners[i], &runners[OURS + kinds[i]]) };
	runners_free(runners, n);
	for (size_t i = 0; i < bench->count; i++)
		if (state[i] != NULL)
			bench->contestant[i]->close(state[i]);
	material_free(&m);
}

static void
judge(struct bench *bench, size_t row, int kind, const struct cell *cells)
{
	const struct row *rule = &rows[row];
	double ours = cells[OURS].ratio.median;

	bench_bar(bench, ours >= rule->bar[kind], "%.2f, short by %.2f",
		rule->bar[kind], rule->bar[kind] - ours);
	for (size_t i = FIRST_PEER; i < bench->count; i++) {
		const char *name = bench->contestant[i]->name;
		bool excused = rule->excused != NULL &&
			       strncmp(name, rule->excused,
				       strlen(rule->excused)) == 0;

		/* Ahead is what is beyond chance. */
		if (!cells[i].there || cells[i].lead.at_least > 1)
			continue;
		printf(", ");
		if (excused)
			printf("%s is ahead: README.md says why", name);
		else
			bench_bar(bench, false, "%s %s",
				cells[i].lead.at_most < 1 ? "behind"
							  : "level with",
				name);
	}
	printf("\n");
}

static void
print_table(struct bench *bench, int kind, const struct table *table)
{
	printf("\n%s, ratio to raw OpenSSL (quartiles), microseconds\n",
		kind == VERIFY ? "Verify a JWS"
			       : "Whole token: signature, claims, policy");
	printf("%-6s %8s  ", "", "raw");
	for (size_t i = OURS; i < bench->count; i++)
		printf(i == OURS ? "%-26s" : "%-16s",
			bench->contestant[i]->name);
	printf("bar\n");
	for (size_t row = 0; row < JWT_COUNT(rows); row++) {
		const struct cell *cells = table->cell[row];

		if (!is_wanted(bench, row))
			continue;
		printf("%-6s %8.2f  ", rows[row].alg,
			cells[RAW].ns.median / 1000);
		printf("%4.2f (%4.2f-%4.2f) %8.2f  ", cells[OURS].ratio.median,
			cells[OURS].ratio.low, cells[OURS].ratio.high,
			cells[OURS].ns.median / 1000);
		for (size_t i = FIRST_PEER; i < bench->count; i++)
			if (cells[i].there)
				printf("%4.2f %8.2f   ", cells[i].ratio.median,
					cells[i].ns.median / 1000);
			else
				printf("%4s %8s   ", "-", "-");
		judge(bench, row, kind, cells);
	}
}

void
bench_race(struct bench *bench)
{
	struct table table[KINDS] = { 0 };

	for (size_t row = 0; row < JWT_COUNT(rows); row++)
		if (is_wanted(bench, row))
			race(bench, row, table);
	for (size_t row = 0; row < JWT_COUNT(rows); row++)
		table[WHOLE].cell[row][RAW] = table[VERIFY].cell[row][RAW];
	print_table(bench, VERIFY, &table[VERIFY]);
	print_table(bench, WHOLE, &table[WHOLE]);
}
