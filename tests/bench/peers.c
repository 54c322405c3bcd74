/* SPDX-License-Identifier: ISC */
/* The peers' modules, and what every contestant must prove before it races. */
#include "bench.h"
#include "material.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *how;
} expected[] = {
	{ "libjwt 3", "make bench LIBJWT3=DIR, a checkout of its source" },
	{ "cjose", "apt install libcjose-dev, configure, build" },
	{ "rhonabwy", "apt install librhonabwy-dev, configure, build" },
};

void
bench_add_peer(struct bench *bench, const char *path)
{
	/* Local: no peer may see another's symbols. Stays for good. */
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct contestant *peer =
		module != NULL ? dlsym(module, BENCH_SYMBOL) : NULL;

	if (peer == NULL)
		bench_die("%s", dlerror());
	if (bench->count == BENCH_CONTESTANTS_MAX)
		bench_die("more than %d contestants", BENCH_CONTESTANTS_MAX);
	bench->contestant[bench->count++] = peer;
}

void
bench_name_missing(const struct bench *bench)
{
	for (size_t i = 0; i < JWT_COUNT(expected); i++) {
		const char *name = expected[i].name;
		bool found = false;

		for (size_t k = FIRST_PEER; k < bench->count; k++)
			if (strncmp(bench->contestant[k]->name, name,
				    strlen(name)) == 0)
				found = true;
		if (!found)
			printf("MISSING: %s is not in this comparison (%s)\n",
				name, expected[i].how);
	}
}

enum expectation { ACCEPTED, REFUSED };

static void
expect(const struct contestant *c, const struct bench_case *bench,
	enum expectation expectation, const char *what)
{
	bool (*const functions[])(void *) = { c->verify, c->whole, c->cold };
	const char *const names[] = { "verify", "whole", "cold" };
	void *state = c->open(bench);

	if (state == NULL)
		return;
	for (size_t i = 0; i < JWT_COUNT(functions); i++) {
		if (functions[i] == NULL ||
			/* Raw OpenSSL starts from RSA's numbers alone. */
			(functions[i] == c->cold && bench->alg[0] != 'R'))
			continue;
		if (functions[i](state) != (expectation == ACCEPTED))
			bench_die("%s, %s, %s: %s a token %s", c->name,
				names[i], bench->alg,
				expectation == ACCEPTED ? "refuses" : "accepts",
				what);
	}
	c->close(state);
}

/* Who races without looking at the signature would win. */
static void
check_algorithm(const struct bench *bench, const char *alg)
{
	struct material m;

	material_make(&m, alg);
	for (size_t i = 0; i < bench->count; i++)
		expect(bench->contestant[i], &m.bench, ACCEPTED,
			"that is right");
	material_spoil_signature(&m);
	for (size_t i = 0; i < bench->count; i++)
		expect(bench->contestant[i], &m.bench, REFUSED,
			"with another signature");
	material_sign(&m, PAYLOAD_USUAL, 0);
	material_spoil_payload(&m);
	for (size_t i = 0; i < bench->count; i++)
		expect(bench->contestant[i], &m.bench, REFUSED,
			"with another payload");
	material_free(&m);
}

void
bench_check_contestants(const struct bench *bench)
{
	static const char *const algs[] = { "RS256", "PS256", "ES256", "ES384",
		"EdDSA", "HS256" };

	for (size_t i = 0; i < JWT_COUNT(algs); i++)
		check_algorithm(bench, algs[i]);
}
