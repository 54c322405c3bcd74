/* SPDX-License-Identifier: ISC */
/* jose: sets of keys, and which of them a token meets. */
#include "jose_vectors.h"

#include <stdlib.h>
#include <string.h>

static enum jwt_reason
set_from(const char *text, struct jwks **out, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };

	JWT_TRY(json_parse_object(slice_of_string(text), "JWKS", &doc, r));
	return jwks_from_json(json_root(&doc), out, r);
}

static void
strange_and_broken_keys_of_a_set_are_skipped_and_named(void)
{
	JWT_AUTO(jwks) set = NULL;
	struct report r = { 0 };

	CU_ASSERT_EQUAL_FATAL(
		set_from("{\"keys\":[{\"kty\":\"XYZ\"},7," A3_JWK
			 ",{\"kty\":\"oct\",\"kid\":\"h\",\"k\":\"" A1_SECRET
			 "\"}," ED_PRIVATE_JWK "," A2_JWK
			 ",{\"kty\":\"EC\",\"kid\":\"last\"}],\"more\":1}",
			&set, &r),
		JWT_OK);
	CU_ASSERT_EQUAL(jwks_count(set), 2);
	CU_ASSERT_EQUAL(jwks_skipped(set), 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "d is private"));
	CU_ASSERT_EQUAL(jwk_type(jwks_at(set, 0)), JWK_EC);
	CU_ASSERT_EQUAL(jwk_type(jwks_at(set, 1)), JWK_RSA);
	CU_ASSERT_PTR_NULL(jwks_at(set, 2));
	CU_ASSERT_FALSE(jwks_has_kid(set, slice_of_string("h")));
}

static void
what_is_no_set_is_refused(void)
{
	JWT_AUTO(jwks) set = NULL;

	CU_ASSERT_EQUAL(set_from("{}", &set, NULL), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		set_from("{\"keys\":{}}", &set, NULL), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(set_from(A3_JWK, &set, NULL), JWT_TOKEN_MALFORMED);
}

static void
a_set_holds_at_most_256_keys(void)
{
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	JWT_AUTO(jwks) set = NULL, none = NULL;

	CU_ASSERT_FATAL(buffer_append_string(&text, "{\"keys\":[" ED_JWK));
	for (int i = 1; i < JWKS_KEY_MAX; i++)
		CU_ASSERT_FATAL(buffer_append_string(&text, "," ED_JWK));
	CU_ASSERT_FATAL(buffer_append_string(&text, "]}"));
	CU_ASSERT_EQUAL_FATAL(
		set_from(buffer_string(&text), &set, NULL), JWT_OK);
	CU_ASSERT_EQUAL(jwks_count(set), JWKS_KEY_MAX);
	CU_ASSERT_NOT_EQUAL(jwks_add(set, vector_jwk(ED_JWK)), JWT_OK);
	text.len -= 2;
	CU_ASSERT_FATAL(buffer_append_string(&text, "," ED_JWK "]}"));
	CU_ASSERT_EQUAL(set_from(buffer_string(&text), &none, NULL),
		JWT_TOKEN_MALFORMED);
}

/* A set from keys as JSON texts, joined by commas. */
static struct jwks *
set_of(const char *keys)
{
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	struct jwks *set = NULL;

	CU_ASSERT_FATAL(buffer_append_format(&text, "{\"keys\":[%s]}", keys));
	CU_ASSERT_EQUAL_FATAL(
		set_from(buffer_string(&text), &set, NULL), JWT_OK);
	return set;
}

#define A3_JWK_WITH(member)                                     \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\"," \
	"\"y\":\"" A3_Y "\"," member "}"

/* Verifies A.3's token, which has no kid, or a freshly made one that has. */
static enum jwt_reason
verify_in(const char *token, const char *keys, jws_alg_set allowed)
{
	JWT_AUTO(jwks) set = set_of(keys);
	JWT_AUTO(jws) jws = NULL;
	const struct jwk *used = NULL;
	enum jwt_reason reason;

	CU_ASSERT_EQUAL_FATAL(
		jws_parse(slice_of_string(token), &jws, NULL), JWT_OK);
	reason = jws_verify(jws, allowed, set, &used, NULL);
	CU_ASSERT_EQUAL(reason == JWT_OK, used != NULL);
	return reason;
}

static void
without_a_kid_every_fitting_key_is_tried(void)
{
	CU_ASSERT_EQUAL(
		verify_in(A3_TOKEN,
			A2_JWK "," A4_JWK "," A3_JWK_WITH("\"kid\":\"b\""),
			ALL_ALGS),
		JWT_OK);
	CU_ASSERT_EQUAL(verify_in(A3_TOKEN, A2_JWK "," A4_JWK, ALL_ALGS),
		JWT_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(verify_in(A3_TOKEN, "", ALL_ALGS), JWT_KEY_UNKNOWN);
}

static void
alg_outside_of_the_allowed_set_is_refused(void)
{
	CU_ASSERT_EQUAL(
		verify_in(A3_TOKEN, A3_JWK, ALL_ALGS & ~JWS_ALG_BIT(JWS_ES256)),
		JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		verify_in(A3_TOKEN, A3_JWK, JWS_ALG_BIT(JWS_ES256)), JWT_OK);
}

/* Fills token with one of a fresh EdDSA key, and public with its JWK. */
static void
make_token_with_kid(const char *kid, struct buffer *token, struct jwk **key)
{
	CU_ASSERT_EQUAL_FATAL(
		jwk_generate(JWS_EDDSA, slice_of_string(kid), key, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL_FATAL(jws_sign(*key, JWS_EDDSA, NULL,
				      slice_of_string("{}"), token, NULL),
		JWT_OK);
}

/* The public JWK of key with another kid (NULL: none). */
static char *
renamed(const struct jwk *key, const char *kid)
{
	JWT_AUTO(json) object = jwk_to_public_json(key);

	if (kid == NULL)
		json_object_del(object, "kid");
	else
		json_object_set_new(object, "kid", json_string(kid));
	return json_dumps(object, JSON_COMPACT);
}

static void
a_kid_that_is_present_must_match(void)
{
	static const struct {
		const char *kid;
		enum jwt_reason reason;
	} cases[] = { { "one", JWT_OK }, { "two", JWT_KEY_UNKNOWN },
		{ "ONE", JWT_KEY_UNKNOWN }, { "on", JWT_KEY_UNKNOWN },
		{ "", JWT_KEY_UNKNOWN }, { NULL, JWT_KEY_UNKNOWN } };
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	JWT_AUTO(jwk) key = NULL;

	make_token_with_kid("one", &token, &key);
	for (size_t i = 0; i < JWT_COUNT(cases); i++) {
		char *jwk = renamed(key, cases[i].kid);

		CU_ASSERT_EQUAL(verify_in(buffer_string(&token), jwk, ALL_ALGS),
			cases[i].reason);
		free(jwk);
	}
}

static void
an_empty_kid_matches_no_key(void)
{
	JWT_AUTO(jws) jws = NULL;
	JWT_AUTO(jwks) set = set_of(A3_JWK "," A3_JWK_WITH("\"kid\":\"\""));

	CU_ASSERT_EQUAL_FATAL(
		jws_parse(slice_of_string("eyJhbGciOiJFUzI1NiIsImtpZCI6IiJ9"
					  ".e30.AA"),
			&jws, NULL),
		JWT_OK);
	CU_ASSERT(jws_has_kid(jws));
	CU_ASSERT_EQUAL(
		jws_verify(jws, ALL_ALGS, set, NULL, NULL), JWT_KEY_UNKNOWN);
	CU_ASSERT_FALSE(jwks_has_kid(set, slice_of_string("")));
}

static void
a_wrong_key_of_the_right_kid_is_signature_invalid(void)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	JWT_AUTO(jwk) key = NULL;
	char jwk[256];

	make_token_with_kid("one", &token, &key);
	snprintf(jwk, sizeof(jwk),
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"one\","
		"\"x\":\"" ED_X "\"}");
	CU_ASSERT_EQUAL(verify_in(buffer_string(&token), jwk, ALL_ALGS),
		JWT_SIGNATURE_INVALID);
}

static void
at_most_eight_keys_are_tried(void)
{
	JWT_AUTO(buffer) keys = BUFFER(JWKS_MAX);

	for (int i = 0; i < JWK_TRIES; i++) {
		JWT_AUTO(jwk) key = NULL;
		char *jwk;

		CU_ASSERT_EQUAL_FATAL(
			jwk_generate(
				JWS_ES256, slice_of_string(NULL), &key, NULL),
			JWT_OK);
		jwk = renamed(key, NULL);
		CU_ASSERT(buffer_append_format(&keys, "%s,", jwk));
		free(jwk);
		if (i == JWK_TRIES - 2) {
			JWT_AUTO(buffer) seven = BUFFER(JWKS_MAX);

			CU_ASSERT(buffer_append_slice(
					  &seven, buffer_slice(&keys)) &&
				  buffer_append_string(&seven, A3_JWK));
			CU_ASSERT_EQUAL(
				verify_in(A3_TOKEN, buffer_string(&seven),
					ALL_ALGS),
				JWT_OK);
		}
	}
	CU_ASSERT(buffer_append_string(&keys, A3_JWK));
	CU_ASSERT_EQUAL(verify_in(A3_TOKEN, buffer_string(&keys), ALL_ALGS),
		JWT_SIGNATURE_INVALID);
}

static const struct unit_test tests[] = {
	UNIT_TEST(strange_and_broken_keys_of_a_set_are_skipped_and_named),
	UNIT_TEST(what_is_no_set_is_refused),
	UNIT_TEST(a_set_holds_at_most_256_keys),
	UNIT_TEST(without_a_kid_every_fitting_key_is_tried),
	UNIT_TEST(alg_outside_of_the_allowed_set_is_refused),
	UNIT_TEST(a_kid_that_is_present_must_match),
	UNIT_TEST(an_empty_kid_matches_no_key),
	UNIT_TEST(a_wrong_key_of_the_right_kid_is_signature_invalid),
	UNIT_TEST(at_most_eight_keys_are_tried),
};
UNIT_SUITE("jwks", tests)
