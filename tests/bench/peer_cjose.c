/* SPDX-License-Identifier: ISC */
/* cjose: JWS alone; claims and sets of keys are the caller's business. */
#include "contestant.h"

#include <cjose/cjose.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct state {
	const struct bench_case *bench;
	cjose_jwk_t *key;
};

/* It reads single keys: the set is taken apart with jansson, as it does. */
static cjose_jwk_t *
find_key(const struct bench_case *bench)
{
	json_t *root = json_loads(bench->jwks, JSON_REJECT_DUPLICATES, NULL);
	json_t *one;
	cjose_jwk_t *key = NULL;
	size_t i;

	json_array_foreach (json_object_get(root, "keys"), i, one) {
		const char *kid =
			json_string_value(json_object_get(one, "kid"));

		if (kid != NULL && strcmp(kid, bench->kid) == 0)
			key = cjose_jwk_import_json(
				(cjose_header_t *)one, NULL);
	}
	json_decref(root);
	return key;
}

static bool
check(const struct bench_case *bench, const cjose_jwk_t *key)
{
	cjose_jws_t *jws =
		cjose_jws_import(bench->token, bench->token_len, NULL);
	bool valid = jws != NULL && cjose_jws_verify(jws, key, NULL);

	cjose_jws_release(jws);
	return valid;
}

static void *
peer_open(const struct bench_case *bench)
{
	struct state *state;
	cjose_jwk_t *key = find_key(bench);

	if (key == NULL)
		return NULL;
	state = calloc(1, sizeof(*state));
	state->bench = bench;
	state->key = key;
	return state;
}

static void
peer_close(void *arg)
{
	struct state *state = arg;

	cjose_jwk_release(state->key);
	free(state);
}

static bool
peer_verify(void *arg)
{
	struct state *state = arg;

	return check(state->bench, state->key);
}

static bool
peer_cold(void *arg)
{
	struct state *state = arg;
	cjose_jwk_t *key = find_key(state->bench);
	bool valid = key != NULL && check(state->bench, key);

	cjose_jwk_release(key);
	return valid;
}

BENCH_VISIBLE const struct contestant bench_contestant = {
	.name = "cjose " CJOSE_VERSION,
	.open = peer_open,
	.close = peer_close,
	.verify = peer_verify,
	.cold = peer_cold,
};
