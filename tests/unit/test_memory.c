/* SPDX-License-Identifier: ISC */
/*
 * Memory that runs out, at each allocation in turn: a token is then refused,
 * nothing is leaked (LeakSanitizer looks) and nothing crashes. malloc and
 * calloc of our own code are wrapped by the linker; OpenSSL has a hook.
 */
#include "jose/jws.h"
#include "jose_vectors.h"
#include "suite.h"
#include "token/carrier.h"

#include <openssl/crypto.h>
#include <stdlib.h>

/* Counts down to the allocation that fails; negative: none will. */
static long ours = -1, openssls = -1;

static bool
fails(long *countdown)
{
	return *countdown >= 0 && (*countdown)-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *
__wrap_malloc(size_t size)
{
	return fails(&ours) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails(&ours) ? NULL : __real_calloc(count, size);
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails(&openssls) ? NULL : __real_malloc(size);
}

static void *
openssl_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails(&openssls) ? NULL : realloc(old, size);
}

static void
openssl_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

/* Before main: OpenSSL takes a hook only until its first allocation. */
__attribute__((constructor)) static void
hook_openssl(void)
{
	if (CRYPTO_set_mem_functions(
		    openssl_malloc, openssl_realloc, openssl_free) != 1)
		abort();
}

static const char set_text[] =
	"{\"keys\":[" A2_JWK "," A3_JWK "," A4_JWK "," ED_JWK "]}";

static enum jwt_reason
read_set(struct jwks **out)
{
	JWT_AUTO(json_doc) doc = { 0 };

	JWT_TRY(json_parse_object(
		slice_of_string(set_text), "JWKS", &doc, NULL));
	return jwks_from_json(json_root(&doc), out, NULL);
}

static enum jwt_reason
verify(const char *token)
{
	JWT_AUTO(jwks) set = NULL;
	JWT_AUTO(jws) jws = NULL;

	JWT_TRY(read_set(&set));
	if (jwks_count(set) != 4)
		return JWT_INTERNAL_ERROR; /* a broken import is skipped */
	JWT_TRY(jws_parse(slice_of_string(token), &jws, NULL));
	return jws_verify(jws, ~(jws_alg_set)0, set, NULL, NULL);
}

static enum jwt_reason
verify_rsa(void)
{
	return verify(A2_TOKEN);
}

static enum jwt_reason
verify_ec(void)
{
	return verify(A3_TOKEN);
}

static enum jwt_reason
verify_ed(void)
{
	return verify(ED_TOKEN);
}

static enum jwt_reason
sign_and_verify_hmac(void)
{
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);

	JWT_TRY(jwk_from_secret(
		slice_of_string("0123456789abcdef0123456789abcdef"),
		slice_of_string("k"), &key, NULL));
	if (jws_sign(key, JWS_HS256, "JWT", slice_of_string("{}"), &token,
		    NULL) != JWT_OK)
		return JWT_INTERNAL_ERROR; /* or "would be too long" */
	JWT_TRY(jws_parse(buffer_slice(&token), &jws, NULL));
	return jws_verify_key(jws, key, NULL);
}

static enum jwt_reason
sign_ed(void)
{
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX), pem = BUFFER(4096);

	JWT_TRY(jwk_private_from_pem(slice_of_string(ED_PRIVATE_PEM), JWS_EDDSA,
		slice_of_string(NULL), &key, NULL));
	if (jws_sign(key, JWS_EDDSA, NULL, slice_of_string("{}"), &token,
		    NULL) != JWT_OK ||
		!jwk_private_to_pem(key, &pem))
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

JWT_AUTO_TYPE(keys, struct jwtcore_keys *, jwtcore_keys_free);
JWT_AUTO_TYPE(rules, struct jwtcore_rules *, jwtcore_rules_free);
JWT_AUTO_TYPE(token, struct jwtcore_token *, jwtcore_token_free);

/* The setters' results are not looked at: the verification must know. */
static enum jwt_reason
verify_by_public_api(void)
{
	JWT_AUTO(keys) keys = NULL;
	JWT_AUTO(rules) rules = NULL;
	JWT_AUTO(token) token = NULL;

	JWT_TRY(jwtcore_keys_from_jwks(
		set_text, sizeof(set_text) - 1, &keys, NULL, 0));
	rules = jwtcore_rules_new();
	if (jwtcore_keys_usable(keys) != 4 || rules == NULL)
		return JWT_INTERNAL_ERROR;
	jwtcore_rules_set_issuer(rules, "https://idp.example");
	jwtcore_rules_add_audience(rules, "https://api.example");
	jwtcore_rules_add_algorithm(rules, "ES256");
	return jwtcore_verify_jws(
		keys, rules, A3_TOKEN, sizeof(A3_TOKEN) - 1, &token, NULL, 0);
}

static enum jwt_reason
secret_by_public_api(void)
{
	JWT_AUTO(keys) keys = NULL;

	return jwtcore_keys_from_secret(
		"0123456789abcdef0123456789abcdef", 32, "k", &keys, NULL, 0);
}

static enum jwt_reason
parse_claims(void)
{
	JWT_AUTO(claims) claims = { 0 };

	return claims_parse(
		slice_of_string("{\"is\\u0073\":\"i\",\"1\":1,\"2\":1,\"3\":1,"
				"\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,"
				"\"9\":1,\"10\":1,\"11\":1,\"12\":1,\"13\":1,"
				"\"14\":1,\"15\":1,\"16\":1,\"cnf\":{\"jkt\":"
				"\"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC"
				"9Xs\"}}"),
		&claims, NULL);
}

static enum jwt_reason
open_prompt(void)
{
	JWT_AUTO(carried) carried = { 0 };

	return carrier_open(JWT_CARRIER_PROMPT, slice_of_string("a.b.c"),
		slice_of_string(NULL), 0, &carried, NULL);
}

static enum jwt_reason (*const scenarios[])(void) = { verify_rsa, verify_ec,
	verify_ed, sign_and_verify_hmac, sign_ed, verify_by_public_api,
	secret_by_public_api, parse_claims, open_prompt };

/* Runs with the nth allocation failing; *failed: there was an nth. */
static enum jwt_reason
run_with(enum jwt_reason (*scenario)(void), long *countdown, long nth,
	bool *failed)
{
	enum jwt_reason reason;

	*countdown = nth;
	reason = scenario();
	*failed = *countdown < 0;
	*countdown = -1;
	return reason;
}

#define MOST_ALLOCATIONS 20000

/* OpenSSL sets itself up once, and never again where that has failed. */
static void
start(void)
{
	for (size_t i = 0; i < JWT_COUNT(scenarios); i++)
		CU_ASSERT_EQUAL(scenarios[i](), JWT_OK);
}

static void
refuses_when_our_memory_runs_out(void)
{
	for (size_t i = 0; i < JWT_COUNT(scenarios); i++) {
		bool failed = true;
		long nth = 0;

		while (failed && nth < MOST_ALLOCATIONS) {
			enum jwt_reason reason =
				run_with(scenarios[i], &ours, nth++, &failed);

			/* A member that could not be decoded may be named
			 * instead: what counts is that it denies. */
			CU_ASSERT(failed ? reason != JWT_OK : reason == JWT_OK);
		}
		CU_ASSERT_FALSE(failed);
		CU_ASSERT(nth > 1);
	}
}

/*
 * OpenSSL can do without some of what it asks for, and a failed import or
 * verification has its own reason: but none of them may be a crash.
 */
static void
survives_when_openssls_memory_runs_out(void)
{
	for (size_t i = 0; i < JWT_COUNT(scenarios); i++) {
		bool failed = true;
		long nth = 0, refused = 0;

		while (failed && nth < MOST_ALLOCATIONS)
			if (run_with(scenarios[i], &openssls, nth++, &failed) !=
				JWT_OK)
				refused++;
		CU_ASSERT_FALSE(failed);
		CU_ASSERT(nth == 1 || refused > 0);
		CU_ASSERT_EQUAL(scenarios[i](), JWT_OK);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(refuses_when_our_memory_runs_out),
	UNIT_TEST(survives_when_openssls_memory_runs_out),
};
UNIT_SUITE("memory", tests)
