/* SPDX-License-Identifier: ISC */
/* jose: what a key keeps for its next token, for one thread and for many. */
#include "jose_vectors.h"
#include "signer_key.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A.3's key with its coordinates exchanged: not on the curve. */
#define BROKEN                                                  \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_Y "\"," \
	"\"y\":\"" A3_X "\"}"

struct signer {
	enum jws_alg alg;
	struct jwk *key; /* for verifying */
	struct buffer right, wrong;
};

/* Two algorithms a key, where its type has two. */
static const enum jws_alg algs[] = { JWS_RS256, JWS_PS384, JWS_ES256, JWS_ES384,
	JWS_ES512, JWS_EDDSA, JWS_ED448, JWS_HS256, JWS_HS512 };

static void
signer_make(struct signer *signer, enum jws_alg alg)
{
	JWT_AUTO(jwk) key = signer_key(alg, NULL);
	JWT_AUTO(json) public = NULL;
	size_t dot;

	signer->alg = alg;
	signer->right = signer->wrong = BUFFER(JWT_TOKEN_MAX);
	CU_ASSERT_EQUAL_FATAL(jws_sign(key, alg, NULL, slice_of_string("{}"),
				      &signer->right, NULL),
		JWT_OK);
	CU_ASSERT_FATAL(buffer_append_slice(
		&signer->wrong, buffer_slice(&signer->right)));
	dot = (size_t)(strrchr(buffer_string(&signer->wrong), '.') -
		       buffer_string(&signer->wrong));
	signer->wrong.data[dot + 9] ^= 1;
	if (jwk_type(key) == JWK_OCT) {
		signer->key = JWT_TAKE(key);
		return;
	}
	public = jwk_to_public_json(key);
	json_object_del(public, "alg"); /* RS256 and PS384 by one key */
	CU_ASSERT_EQUAL_FATAL(
		vector_import(public, &signer->key, NULL), JWT_OK);
}

static void
signer_free(struct signer *signer)
{
	jwk_free(signer->key);
	buffer_free(&signer->right);
	buffer_free(&signer->wrong);
}

static bool
judges_right(const struct signer *signer)
{
	return vector_verify(buffer_slice(&signer->right), signer->key) ==
		       JWT_OK &&
	       vector_verify(buffer_slice(&signer->wrong), signer->key) !=
		       JWT_OK;
}

static void
what_one_token_leaves_behind_does_not_sway_the_next(void)
{
	for (size_t i = 0; i < JWT_COUNT(algs); i++) {
		struct signer signer;

		signer_make(&signer, algs[i]);
		for (int j = 0; j < 8; j++) {
			CU_ASSERT(judges_right(&signer));
			CU_ASSERT_EQUAL(
				vector_verify(buffer_slice(&signer.right),
					signer.key),
				JWT_OK);
		}
		signer_free(&signer);
	}
}

static void
one_key_serves_several_algorithms_in_turn(void)
{
	static const enum jws_alg rsa[] = { JWS_RS256, JWS_PS256, JWS_RS512,
		JWS_PS512 };
	struct buffer tokens[JWT_COUNT(rsa)];
	JWT_AUTO(jwk) first = signer_key(rsa[0], NULL), verifier = NULL;
	JWT_AUTO(json) public = NULL;

	for (size_t i = 0; i < JWT_COUNT(rsa); i++) {
		JWT_AUTO(jwk) key = signer_key(rsa[i], NULL);

		tokens[i] = BUFFER(JWT_TOKEN_MAX);
		CU_ASSERT_EQUAL_FATAL(
			jws_sign(key, rsa[i], NULL, slice_of_string("{}"),
				&tokens[i], NULL),
			JWT_OK);
	}
	public = jwk_to_public_json(first);
	json_object_del(public, "alg");
	CU_ASSERT_EQUAL_FATAL(vector_import(public, &verifier, NULL), JWT_OK);
	for (size_t i = 0; i < 5 * JWT_COUNT(rsa); i++)
		CU_ASSERT_EQUAL(
			vector_verify(buffer_slice(&tokens[i % JWT_COUNT(rsa)]),
				verifier),
			JWT_OK);
	for (size_t i = 0; i < JWT_COUNT(rsa); i++)
		buffer_free(&tokens[i]);
}

#define THREADS 12 /* more than a key keeps tools for */
#define ROUNDS	40

struct shared {
	struct signer signers[JWT_COUNT(algs)];
	struct jwk *broken;
	pthread_barrier_t start;
};

static void *
verify_all(void *arg)
{
	struct shared *shared = arg;
	uintptr_t faults = 0;

	pthread_barrier_wait(&shared->start);
	for (int i = 0; i < ROUNDS; i++) {
		faults += !judges_right(
			&shared->signers[(size_t)i % JWT_COUNT(algs)]);
		faults +=
			jwk_import(shared->broken, NULL) != JWT_TOKEN_MALFORMED;
	}
	return (void *)faults;
}

/* No key has been imported before: the first uses meet. */
static void
many_threads_use_one_key_from_its_first_use_on(void)
{
	static struct shared shared;
	pthread_t threads[THREADS];
	uintptr_t faults = 0;

	for (size_t i = 0; i < JWT_COUNT(algs); i++)
		signer_make(&shared.signers[i], algs[i]);
	shared.broken = vector_jwk(BROKEN);
	pthread_barrier_init(&shared.start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&threads[i], NULL, verify_all, &shared),
			0);
	for (int i = 0; i < THREADS; i++) {
		void *result = NULL;

		pthread_join(threads[i], &result);
		faults += (uintptr_t)result;
	}
	CU_ASSERT_EQUAL(faults, 0);
	pthread_barrier_destroy(&shared.start);
	for (size_t i = 0; i < JWT_COUNT(algs); i++)
		signer_free(&shared.signers[i]);
	jwk_free(shared.broken);
}

static const struct unit_test tests[] = {
	UNIT_TEST(what_one_token_leaves_behind_does_not_sway_the_next),
	UNIT_TEST(one_key_serves_several_algorithms_in_turn),
	UNIT_TEST(many_threads_use_one_key_from_its_first_use_on),
};
UNIT_SUITE("jwk-tools", tests)
