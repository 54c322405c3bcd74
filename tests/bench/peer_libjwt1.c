/* SPDX-License-Identifier: ISC */
/* libjwt 1 as Debian ships it: it knows PEM and secrets, no JWK. */
#include "contestant.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct state {
	const struct bench_case *bench;
	const unsigned char *key;
	int key_len;
	jwt_alg_t alg;
};

static void *
peer_open(const struct bench_case *bench)
{
	jwt_alg_t alg = jwt_str_alg(bench->alg);
	struct state *state;

	if (alg == JWT_ALG_INVAL)
		return NULL;
	state = calloc(1, sizeof(*state));
	state->bench = bench;
	state->alg = alg;
	if (bench->secret != NULL) {
		state->key = bench->secret;
		state->key_len = (int)bench->secret_len;
	} else {
		state->key = (const unsigned char *)bench->pem;
		state->key_len = (int)strlen(bench->pem);
	}
	return state;
}

static void
peer_close(void *arg)
{
	free(arg);
}

static bool
string_is(jwt_t *jwt, const char *claim, const char *expected)
{
	const char *value = jwt_get_grant(jwt, claim);

	return value != NULL && strcmp(value, expected) == 0;
}

static bool
check(const struct state *state, bool claims)
{
	const struct bench_case *bench = state->bench;
	jwt_t *jwt = NULL;
	bool valid = jwt_decode(&jwt, bench->token, state->key,
			     state->key_len) == 0 &&
		     jwt_get_alg(jwt) == state->alg;

	if (valid && claims)
		valid = string_is(jwt, "iss", bench->issuer) &&
			string_is(jwt, "aud", bench->audience) &&
			jwt_get_grant_int(jwt, "exp") > time(NULL) &&
			jwt_get_grant_int(jwt, "nbf") <= time(NULL);
	jwt_free(jwt);
	return valid;
}

static bool
peer_verify(void *arg)
{
	return check(arg, false);
}

static bool
peer_whole(void *arg)
{
	return check(arg, true);
}

BENCH_VISIBLE const struct contestant bench_contestant = {
	.name = "libjwt 1",
	.open = peer_open,
	.close = peer_close,
	.verify = peer_verify,
	.whole = peer_whole,
};
