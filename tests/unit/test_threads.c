/* SPDX-License-Identifier: ISC */
/*
 * What jwtcore.h says of threads. Worth its time under ThreadSanitizer
 * alone: each round starts with keys that nobody has used, so that whatever
 * a key keeps for later is made by several threads at once.
 */
#include <stdlib.h>

#include "public_case.h"
#include "suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define THREADS 8
#define ROUNDS	12

enum { BAD_SIGNATURE = JWS_ALG_COUNT, UNKNOWN_KID, EXPIRED, TOKEN_COUNT };

static struct {
	char *text;
	enum jwt_reason expected;
} tokens[TOKEN_COUNT];

/* One round: what the threads share, and what they found. */
struct round {
	struct jwtcore_keys *keys, *secret;
	struct jwtcore_rules *rules;
	pthread_barrier_t start;
	atomic_uint wrong;
};

struct worker {
	pthread_t thread;
	struct round *round;
	unsigned first; /* where in tokens it begins */
};

static bool
is_hmac(unsigned index)
{
	return index < JWS_ALG_COUNT &&
	       jws_alg_info((enum jws_alg)index)->type == JWK_OCT;
}

static bool
says_what_it_should(struct jwtcore_token *token)
{
	const char *sub = jwtcore_token_string(token, "sub");
	int64_t exp = 0;

	return sub != NULL && strcmp(sub, "alice") == 0 &&
	       jwtcore_token_time(token, "exp", &exp) == JWT_OK &&
	       exp == CASE_NOW + 600 &&
	       jwtcore_token_list_has(token, "scope", "read");
}

static bool
verify_one(const struct round *round, unsigned index)
{
	const struct jwtcore_keys *keys =
		is_hmac(index) ? round->secret : round->keys;
	char detail[JWT_DETAIL_MAX];
	JWT_AUTO(case_token) token = NULL;
	enum jwt_reason reason = jwtcore_verify_token(keys, round->rules,
		tokens[index].text, strlen(tokens[index].text), CASE_NOW,
		&token, detail, sizeof(detail));

	if (reason != tokens[index].expected)
		return false;
	return reason == JWT_OK ? says_what_it_should(token) : detail[0] != 0;
}

static void *
work(void *arg)
{
	const struct worker *worker = arg;

	pthread_barrier_wait(&worker->round->start);
	for (unsigned i = 0; i < 2 * TOKEN_COUNT; i++)
		if (!verify_one(
			    worker->round, (worker->first + i) % TOKEN_COUNT))
			atomic_fetch_add(&worker->round->wrong, 1);
	return NULL;
}

/* All begin with the same token, or each with another one. */
static unsigned
run_round(unsigned first, unsigned stride)
{
	struct round round = { .keys = case_keys(),
		.secret = case_secret(),
		.rules = case_rules() };
	struct worker workers[THREADS];

	pthread_barrier_init(&round.start, NULL, THREADS);
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i].round = &round;
		workers[i].first = first + i * stride;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&workers[i].thread, NULL,
					      work, &workers[i]),
			0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_barrier_destroy(&round.start);
	jwtcore_rules_free(round.rules);
	jwtcore_keys_free(round.secret);
	jwtcore_keys_free(round.keys);
	return atomic_load(&round.wrong);
}

static void
many_threads_verify_with_one_fresh_set_of_keys(void)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		CU_ASSERT_EQUAL(run_round(i, i % 2), 0);
}

static void *
build_and_verify(void *arg)
{
	struct round own = { .keys = NULL };
	unsigned *wrong = arg;

	if (jwtcore_keys_from_jwks(case_jwks(), strlen(case_jwks()), &own.keys,
		    NULL, 0) != JWT_OK)
		++*wrong;
	own.rules = jwtcore_rules_new();
	jwtcore_rules_set_issuer(own.rules, CASE_ISSUER);
	jwtcore_rules_add_audience(own.rules, CASE_AUDIENCE);
	jwtcore_rules_add_algorithm(own.rules, "ES256");
	if (!verify_one(&own, JWS_ES256))
		++*wrong;
	jwtcore_rules_free(own.rules);
	jwtcore_keys_free(own.keys);
	return NULL;
}

static void
threads_with_objects_of_their_own_share_nothing(void)
{
	pthread_t threads[THREADS];
	unsigned wrong[THREADS] = { 0 };

	for (unsigned i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL,
					      build_and_verify, &wrong[i]),
			0);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(wrong[i], 0);
	}
}

#define PAYLOAD CASE_CLAIMS ",\"scope\":\"read write\"}"

static void
add_token(unsigned index, char *text, enum jwt_reason expected)
{
	tokens[index].text = text;
	tokens[index].expected = expected;
}

/* The kid is the algorithm's name: another of the same length is unknown. */
static char *
under_an_unknown_kid(void)
{
	struct slice kid = slice_of_string("ES000");
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);

	CU_ASSERT_EQUAL_FATAL(jwk_generate(JWS_ES256, kid, &key, NULL), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(jws_sign(key, JWS_ES256, "at+jwt",
				      slice_of_string(PAYLOAD), &token, NULL),
		JWT_OK);
	return slice_to_string(buffer_slice(&token));
}

static void
all_tokens_are_judged_right(void)
{
	char *at;

	for (unsigned alg = 0; alg < JWS_ALG_COUNT; alg++)
		add_token(alg, case_sign((enum jws_alg)alg, "at+jwt", PAYLOAD),
			JWT_OK);
	add_token(BAD_SIGNATURE, case_sign(JWS_ES256, "at+jwt", PAYLOAD),
		JWT_SIGNATURE_INVALID);
	at = strrchr(tokens[BAD_SIGNATURE].text, '.') + 1;
	*at = *at == 'A' ? 'B' : 'A';
	add_token(UNKNOWN_KID, under_an_unknown_kid(), JWT_KEY_UNKNOWN);
	add_token(EXPIRED,
		case_sign(JWS_RS256, "at+jwt",
			"{\"iss\":\"" CASE_ISSUER "\",\"aud\":\"" CASE_AUDIENCE
			"\",\"iat\":1600000000,\"exp\":1600000600}"),
		JWT_EXPIRED);
	case_jwks(); /* made before threads read it */
	CU_ASSERT_EQUAL(run_round(0, 0), 0);
}

static const struct unit_test tests[] = {
	UNIT_TEST(all_tokens_are_judged_right),
	UNIT_TEST(many_threads_verify_with_one_fresh_set_of_keys),
	UNIT_TEST(threads_with_objects_of_their_own_share_nothing),
};

int
main(void)
{
	int status = suite_run("threads", tests, JWT_COUNT(tests));

	for (unsigned i = 0; i < TOKEN_COUNT; i++)
		free(tokens[i].text);
	case_free();
	return status;
}
