/* SPDX-License-Identifier: ISC */
/* The shorter tables: cold start, look-up, growth. */
#include "bench.h"
#include "material.h"
#include "measure.h"

#include "jose/jwk.h"

#include <stdio.h>
#include <stdlib.h>

#define COLD_BAR   1.2	/* times raw OpenSSL from the same numbers */
#define LOOKUP_BAR 1.1	/* 100 keys against 4 */
#define GROWTH_BAR 1.15 /* time a byte, from 4 to 16 KiB against 1 to 4 */

void
bench_cold(struct bench *bench)
{
	struct runner runners[BENCH_CONTESTANTS_MAX] = { 0 };
	const struct contestant *who[BENCH_CONTESTANTS_MAX];
	void *state[BENCH_CONTESTANTS_MAX];
	struct material m;
	size_t n = 0;
	double cost;

	material_make(&m, "RS256");
	for (size_t i = 0; i < bench->count; i++) {
		const struct contestant *c = bench->contestant[i];

		if (c->cold == NULL)
			continue;
		who[n] = c;
		state[n] = c->open(&m.bench);
		runners[n] = (struct runner){
			.run = c->cold, .arg = state[n], .name = c->name
		};
		n++;
	}
	measure(runners, n, bench->rounds, bench->batch_ns);
	printf("\nCold: a JWKS of 4 keys from its text, import, one RS256 "
	       "signature; times raw\nOpenSSL from the same numbers, "
	       "microseconds\n");
	cost = 1 / runner_ratio(&runners[RAW], &runners[OURS]).median;
	for (size_t i = 0; i < n; i++) {
		double times =
			1 / runner_ratio(&runners[RAW], &runners[i]).median;

		printf("%-16s %5.2f %8.2f  ", who[i]->name, times,
			runner_ns(&runners[i]).median / 1000);
		if (i == OURS)
			bench_bar(bench, cost <= COLD_BAR,
				"%.2f at most, over by %.2f", COLD_BAR,
				cost - COLD_BAR);
		if (i >= FIRST_PEER && times <= cost)
			bench_bar(bench, false, "is ahead");
		printf("\n");
	}
	for (size_t i = 0; i < n; i++)
		who[i]->close(state[i]);
	runners_free(runners, n);
	material_free(&m);
}

#define LOOKUP_MAX 100

struct lookup {
	struct jwks *set;
	struct slice kid[LOOKUP_MAX]; /* as a token brings it: a copy */
	size_t count, next;
};

static bool
look_up(void *arg)
{
	struct lookup *l = arg;

	l->next = l->next + 1 < l->count ? l->next + 1 : 0;
	return jwks_has_kid(l->set, l->kid[l->next]);
}

static void
lookup_make(struct lookup *l, size_t count)
{
	char *text = material_jwks(count);
	struct report r = { 0 };
	JWT_AUTO(json_doc) doc = { 0 };

	if (json_parse_object(slice_of_string(text), "JWKS", &doc, &r) !=
			JWT_OK ||
		jwks_from_json(json_root(&doc), &l->set, &r) != JWT_OK ||
		jwks_count(l->set) != count)
		bench_die("a set of %zu keys: %s", count, r.text);
	free(text);
	l->count = count;
	l->next = 0;
	for (size_t i = 0; i < count; i++) {
		struct slice kid = jwk_kid(jwks_at(l->set, i));

		l->kid[i] = slice_of(slice_to_string(kid), kid.len);
	}
}

static void
lookup_clear(struct lookup *l)
{
	for (size_t i = 0; i < l->count; i++)
		free((void *)(uintptr_t)l->kid[i].data);
	jwks_free(l->set);
}

void
bench_lookup(struct bench *bench)
{
	static struct lookup few, many;
	struct runner runners[] = {
		{ .run = look_up, .arg = &few, .name = "look-up" },
		{ .run = look_up, .arg = &many, .name = "look-up" },
	};
	double cost;

	lookup_make(&few, 4);
	lookup_make(&many, LOOKUP_MAX);
	measure(runners, 2, bench->rounds, bench->batch_ns / 4);
	cost = 1 / runner_ratio(&runners[0], &runners[1]).median;
	printf("\nLook-up of a kid, nanoseconds: %.1f in 4 keys, %.1f in 100, "
	       "%.2f times; ",
		runner_ns(&runners[0]).median, runner_ns(&runners[1]).median,
		cost);
	bench_bar(bench, cost <= LOOKUP_BAR, "%.2f at most", LOOKUP_BAR);
	printf("\n");
	runners_free(runners, 2);
	lookup_clear(&few);
	lookup_clear(&many);
}

static const size_t sizes[] = { 1024, 4096, 16384 };

/* Time a byte between two sizes: what does not grow falls out. */
static double
slope(const double ns[], const size_t len[], size_t i)
{
	return (ns[i + 1] - ns[i]) / (double)(len[i + 1] - len[i]);
}

static void
grow(struct bench *bench, const char *title, enum payload shape)
{
	struct runner runners[JWT_COUNT(sizes)] = { 0 };
	struct material m[JWT_COUNT(sizes)];
	double ns[JWT_COUNT(sizes)];
	size_t len[JWT_COUNT(sizes)];
	double times;

	for (size_t i = 0; i < JWT_COUNT(sizes); i++) {
		material_make(&m[i], "HS256");
		/* Less header and signature. */
		material_sign(&m[i], shape, sizes[i] - 256);
		runners[i] = (struct runner){ .run = our_contestant.whole,
			.arg = our_contestant.open(&m[i].bench),
			.name = title };
	}
	measure(runners, JWT_COUNT(sizes), bench->rounds, bench->batch_ns);
	printf("%-22s", title);
	for (size_t i = 0; i < JWT_COUNT(sizes); i++) {
		ns[i] = runner_ns(&runners[i]).median;
		len[i] = m[i].bench.token_len;
		printf("%7zu B %5.2f ", len[i], ns[i] / (double)len[i]);
		our_contestant.close(runners[i].arg);
		material_free(&m[i]);
	}
	times = slope(ns, len, 1) / slope(ns, len, 0);
	printf("  %.2f ", times);
	bench_bar(bench, times <= GROWTH_BAR, "%.2f at most", GROWTH_BAR);
	printf("\n");
	runners_free(runners, JWT_COUNT(sizes));
}

void
bench_growth(struct bench *bench)
{
	printf("\nGrowth: whole HS256 tokens, nanoseconds a byte; and a "
	       "further "
	       "byte's time from\n4 to 16 KiB against from 1 to 4\n");
	grow(bench, "one long string", PAYLOAD_STRING);
	grow(bench, "many members", PAYLOAD_MEMBERS);
	grow(bench, "a long array", PAYLOAD_GROUPS);
}
