/* SPDX-License-Identifier: ISC */
/* libjwt 3, from its source: built where LIBJWT3 names a checkout. */
#include "contestant.h"

#include <jwt.h>
#include <stdlib.h>

struct state {
	const struct bench_case *bench;
	jwk_set_t *set;
	jwt_checker_t *verifier, *checker;
};

static const jwk_item_t *
find_key(const struct bench_case *bench, jwk_set_t **set)
{
	*set = jwks_create(bench->jwks);
	return *set != NULL ? jwks_find_bykid(*set, bench->kid) : NULL;
}

/* Of the signature alone: exp and nbf, which it checks unasked, are off. */
static jwt_checker_t *
new_verifier(const struct bench_case *bench, const jwk_item_t *key)
{
	jwt_checker_t *checker = jwt_checker_new();

	if (checker == NULL || key == NULL ||
		jwt_checker_setkey(checker, jwt_str_alg(bench->alg), key) !=
			0 ||
		jwt_checker_time_leeway(checker, JWT_CLAIM_EXP, -1) != 0 ||
		jwt_checker_time_leeway(checker, JWT_CLAIM_NBF, -1) != 0) {
		jwt_checker_free(checker);
		return NULL;
	}
	return checker;
}

static void
peer_close(void *arg)
{
	struct state *state = arg;

	jwt_checker_free(state->verifier);
	jwt_checker_free(state->checker);
	jwks_free(state->set);
	free(state);
}

static void *
peer_open(const struct bench_case *bench)
{
	struct state *state = calloc(1, sizeof(*state));
	const jwk_item_t *key = find_key(bench, &state->set);

	state->bench = bench;
	state->verifier = new_verifier(bench, key);
	state->checker = jwt_checker_new();
	if (state->verifier != NULL && state->checker != NULL &&
		jwt_checker_setkey(
			state->checker, jwt_str_alg(bench->alg), key) == 0 &&
		jwt_checker_claim_set(
			state->checker, JWT_CLAIM_ISS, bench->issuer) == 0 &&
		jwt_checker_claim_set(
			state->checker, JWT_CLAIM_AUD, bench->audience) == 0 &&
		jwt_checker_expect_typ(state->checker, bench->typ) == 0)
		return state;
	peer_close(state);
	return NULL;
}

static bool
peer_verify(void *arg)
{
	struct state *state = arg;

	return jwt_checker_verify(state->verifier, state->bench->token) == 0;
}

static bool
peer_whole(void *arg)
{
	struct state *state = arg;

	return jwt_checker_verify(state->checker, state->bench->token) == 0;
}

static bool
peer_cold(void *arg)
{
	struct state *state = arg;
	jwk_set_t *set;
	const jwk_item_t *key = find_key(state->bench, &set);
	jwt_checker_t *checker = new_verifier(state->bench, key);
	bool valid = checker != NULL &&
		     jwt_checker_verify(checker, state->bench->token) == 0;

	jwt_checker_free(checker);
	jwks_free(set);
	return valid;
}

BENCH_VISIBLE const struct contestant bench_contestant = {
	.name = "libjwt " LIBJWT3_VERSION,
	.open = peer_open,
	.close = peer_close,
	.verify = peer_verify,
	.whole = peer_whole,
	.cold = peer_cold,
};
