/* SPDX-License-Identifier: ISC */
/* rhonabwy, which uses GnuTLS and nettle where the others use OpenSSL. */
#include "contestant.h"

#include <rhonabwy.h>
#include <stdlib.h>

struct state {
	const struct bench_case *bench;
	jwk_t *key;
};

static jwk_t *
find_key(const struct bench_case *bench)
{
	jwks_t *set = NULL;
	jwk_t *key = NULL;

	if (r_jwks_init(&set) == RHN_OK &&
		r_jwks_import_from_json_str(set, bench->jwks) == RHN_OK)
		key = r_jwks_get_by_kid(set, bench->kid);
	r_jwks_free(set);
	return key;
}

static bool
check(const struct bench_case *bench, jwk_t *key)
{
	jws_t *jws = NULL;
	bool valid = r_jws_init(&jws) == RHN_OK &&
		     r_jws_compact_parsen(jws, bench->token, bench->token_len,
			     R_FLAG_IGNORE_REMOTE) == RHN_OK &&
		     r_jws_verify_signature(jws, key, R_FLAG_IGNORE_REMOTE) ==
			     RHN_OK;

	r_jws_free(jws);
	return valid;
}

static void *
peer_open(const struct bench_case *bench)
{
	struct state *state;
	jwk_t *key = find_key(bench);

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

	r_jwk_free(state->key);
	free(state);
}

static bool
peer_verify(void *arg)
{
	struct state *state = arg;

	return check(state->bench, state->key);
}

static bool
peer_whole(void *arg)
{
	struct state *state = arg;
	const struct bench_case *bench = state->bench;
	jwt_t *jwt = NULL;
	bool valid = r_jwt_init(&jwt) == RHN_OK &&
		     r_jwt_parsen(jwt, bench->token, bench->token_len,
			     R_FLAG_IGNORE_REMOTE) == RHN_OK &&
		     r_jwt_verify_signature(
			     jwt, state->key, R_FLAG_IGNORE_REMOTE) == RHN_OK &&
		     r_jwt_validate_claims(jwt, R_JWT_CLAIM_ISS, bench->issuer,
			     R_JWT_CLAIM_AUD, bench->audience, R_JWT_CLAIM_TYP,
			     bench->typ, R_JWT_CLAIM_EXP, R_JWT_CLAIM_NOW,
			     R_JWT_CLAIM_NBF, R_JWT_CLAIM_NOW, R_JWT_CLAIM_IAT,
			     R_JWT_CLAIM_NOW, R_JWT_CLAIM_NOP) == RHN_OK;

	r_jwt_free(jwt);
	return valid;
}

static bool
peer_cold(void *arg)
{
	struct state *state = arg;
	jwk_t *key = find_key(state->bench);
	bool valid = key != NULL && check(state->bench, key);

	r_jwk_free(key);
	return valid;
}

BENCH_VISIBLE const struct contestant bench_contestant = {
	.name = "rhonabwy " RHONABWY_VERSION_STR,
	.open = peer_open,
	.close = peer_close,
	.verify = peer_verify,
	.whole = peer_whole,
	.cold = peer_cold,
};
