/* SPDX-License-Identifier: ISC */
/* jose: keys in use: read now, imported later, found among many. */
#include "jose_vectors.h"

#include <stdlib.h>
#include <string.h>

#define NO_KID slice_of_string(NULL)

/* A.3's key, and one of its kid whose point is not on the curve. */
#define EC_OF(kid, x, y)                                                   \
	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"" kid "\",\"x\":\"" x \
	"\",\"y\":\"" y "\"}"
#define GOOD   EC_OF("k", A3_X, A3_Y)
#define BROKEN EC_OF("k", A3_Y, A3_X)
/* alg ES256, kid k. */
#define KID_TOKEN_HEADER "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ"

static struct jwks *
set_of(const char *keys, struct report *r)
{
	JWT_AUTO(buffer) text = BUFFER(JWKS_MAX);
	JWT_AUTO(json_doc) doc = { 0 };
	struct jwks *set = NULL;

	CU_ASSERT_FATAL(buffer_append_format(&text, "{\"keys\":[%s]}", keys));
	CU_ASSERT_EQUAL_FATAL(
		json_parse_object(buffer_slice(&text), "JWKS", &doc, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL_FATAL(jwks_from_json(json_root(&doc), &set, r), JWT_OK);
	return set;
}

static enum jwt_reason
verify_in(struct slice token, const struct jwks *set)
{
	JWT_AUTO(jws) jws = NULL;

	JWT_TRY(jws_parse(token, &jws, NULL));
	return jws_verify(jws, ALL_ALGS, set, NULL, NULL);
}

static enum jwt_reason
verify_a3(const char *keys)
{
	JWT_AUTO(jwks) set = set_of(keys, NULL);

	return verify_in(slice_of_string(A3_TOKEN), set);
}

static void
a_broken_key_never_verifies(void)
{
	JWT_AUTO(jwk) key = vector_jwk(BROKEN);

	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(jwk_import(key, NULL), JWT_TOKEN_MALFORMED);
		CU_ASSERT_EQUAL(vector_verify(slice_of_string(A3_TOKEN), key),
			JWT_KEY_UNKNOWN);
	}
}

static void
a_broken_key_counts_as_one_that_does_not_fit(void)
{
	CU_ASSERT_EQUAL(verify_a3(GOOD), JWT_OK);
	CU_ASSERT_EQUAL(verify_a3(BROKEN), JWT_KEY_UNKNOWN);
	CU_ASSERT_EQUAL(verify_a3(BROKEN "," GOOD), JWT_OK);
	CU_ASSERT_EQUAL(
		verify_a3(BROKEN "," BROKEN "," BROKEN "," BROKEN "," BROKEN
				 "," BROKEN "," BROKEN "," BROKEN "," GOOD),
		JWT_OK);
}

static void
import_of_a_set_drops_and_counts_what_is_broken(void)
{
	struct report r = { 0 };
	JWT_AUTO(jwks)
	set = set_of(BROKEN "," A2_JWK "," GOOD
			    "," EC_OF("last", A3_X, A3_X) ",{\"kty\":\"XYZ\"}",
		NULL);

	CU_ASSERT_EQUAL(jwks_count(set), 4);
	CU_ASSERT_EQUAL(jwks_skipped(set), 1);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(jwks_import(set, &r), JWT_OK);
		CU_ASSERT_EQUAL(jwks_count(set), 2);
		CU_ASSERT_EQUAL(jwks_skipped(set), 3);
		CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "kid last"));
	}
	CU_ASSERT_FALSE(jwks_has_kid(set, slice_of_string("last")));
	CU_ASSERT(jwks_has_kid(set, slice_of_string("k")));
	CU_ASSERT_EQUAL(verify_in(slice_of_string(A3_TOKEN), set), JWT_OK);
}

static void
a_published_private_key_is_counted_and_named_first(void)
{
	struct report r = { 0 };
	JWT_AUTO(jwks)
	set = set_of("{\"kty\":\"EC\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
		     "\"kid\":\"open\",\"x\":\"" ED_X "\",\"d\":\"" ED_D "\"},"
		     "{\"kty\":\"XYZ\",\"kid\":\"odd\"}," A2_JWK,
		&r);

	CU_ASSERT_EQUAL(jwks_count(set), 1);
	CU_ASSERT_EQUAL(jwks_skipped(set), 3);
	CU_ASSERT_EQUAL(jwks_exposed(set), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "kid open: d is private"));
	CU_ASSERT_EQUAL(
		verify_in(slice_of_string(ED_TOKEN), set), JWT_KEY_UNKNOWN);
}

/* A key of that kid, and the token that it signs. */
static void
add_fresh(struct jwks *set, const char *kid, struct buffer *token)
{
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(json) public = NULL;
	struct jwk *half = NULL;

	CU_ASSERT_EQUAL_FATAL(
		jwk_generate(JWS_EDDSA, slice_of_string(kid), &key, NULL),
		JWT_OK);
	if (token != NULL)
		CU_ASSERT_EQUAL_FATAL(
			jws_sign(key, JWS_EDDSA, NULL, slice_of_string("{}"),
				token, NULL),
			JWT_OK);
	public = jwk_to_public_json(key);
	CU_ASSERT_EQUAL_FATAL(vector_import(public, &half, NULL), JWT_OK);
	CU_ASSERT_EQUAL_FATAL(jwks_add(set, half), JWT_OK);
}

static void
of_several_keys_of_one_kid_each_is_tried(void)
{
	JWT_AUTO(jwks) set = jwks_new();
	struct buffer tokens[JWK_TRIES + 1];

	for (size_t i = 0; i < JWT_COUNT(tokens); i++) {
		tokens[i] = BUFFER(JWT_TOKEN_MAX);
		add_fresh(set, "twin", &tokens[i]);
		add_fresh(set, "other", NULL);
	}
	for (size_t i = 0; i < JWT_COUNT(tokens); i++) {
		CU_ASSERT_EQUAL(verify_in(buffer_slice(&tokens[i]), set),
			i < JWK_TRIES ? JWT_OK : JWT_SIGNATURE_INVALID);
		buffer_free(&tokens[i]);
	}
}

/* A set grows, and may be made shorter: its index goes with it. */
static void
every_kid_of_a_large_set_is_found(void)
{
	JWT_AUTO(jwks) set = jwks_new();
	char kid[32];

	CU_ASSERT_FALSE(jwks_has_kid(set, slice_of_string("a")));
	CU_ASSERT_EQUAL(
		verify_in(slice_of_string(A3_TOKEN), set), JWT_KEY_UNKNOWN);
	for (int i = 0; i < JWKS_KEY_MAX; i++) {
		snprintf(kid, sizeof(kid), "key %d", i);
		if (i % 2 == 0)
			add_fresh(set, kid, NULL);
		else
			CU_ASSERT_EQUAL_FATAL(
				jwks_add(set, vector_jwk(BROKEN)), JWT_OK);
	}
	CU_ASSERT_EQUAL(jwks_import(set, NULL), JWT_OK);
	CU_ASSERT_EQUAL(jwks_count(set), JWKS_KEY_MAX / 2);
	for (int i = 0; i < JWKS_KEY_MAX; i++) {
		snprintf(kid, sizeof(kid), "key %d", i);
		CU_ASSERT_EQUAL(
			jwks_has_kid(set, slice_of_string(kid)), i % 2 == 0);
	}
	CU_ASSERT_FALSE(jwks_has_kid(set, slice_of_string("k")));
	CU_ASSERT_FALSE(jwks_has_kid(set, slice_of_string("")));
}

/* r or s that begin with zero bytes, or with a bit that DER takes for a
 * sign: among so many signatures there is every sort. */
static void
ecdsa_signatures_of_every_shape_verify(void)
{
	static const enum jws_alg ecdsa[] = { JWS_ES256, JWS_ES512 };
	unsigned zeros = 0, signs = 0;

	for (size_t i = 0; i < JWT_COUNT(ecdsa); i++) {
		size_t half = jws_alg_info(ecdsa[i])->signature_len / 2;
		JWT_AUTO(jwk) key = NULL;

		CU_ASSERT_EQUAL_FATAL(
			jwk_generate(ecdsa[i], NO_KID, &key, NULL), JWT_OK);
		for (int j = 0; j < 500; j++) {
			JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
			JWT_AUTO(jws) jws = NULL;
			const uint8_t *at;

			CU_ASSERT_EQUAL_FATAL(
				jws_sign(key, ecdsa[i], NULL,
					slice_of_string("{}"), &token, NULL),
				JWT_OK);
			CU_ASSERT_EQUAL_FATAL(
				jws_parse(buffer_slice(&token), &jws, NULL),
				JWT_OK);
			at = jws_signature(jws).data;
			zeros += at[0] == 0 || at[half] == 0;
			signs += at[0] >> 7 || at[half] >> 7;
			CU_ASSERT_EQUAL(jws_verify_key(jws, key, NULL), JWT_OK);
		}
	}
	CU_ASSERT(zeros > 0 && signs > 0);
}

/* Each of r and s is between 1 and n - 1 (FIPS 186-5 section 6.4.2). */
static void
ecdsa_signature_of_a_number_out_of_range_is_refused(void)
{
	static const uint8_t n[32] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
		0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc,
		0x63, 0x25, 0x51 };
	static const uint8_t zero[32], one[32] = { [31] = 1 },
				       ones[32] = { [0 ... 31] = 0xff };
	static const uint8_t *const numbers[] = { zero, one, n, ones };
	JWT_AUTO(jwk) key = vector_jwk(GOOD);

	for (size_t i = 0; i < 16; i++) {
		JWT_AUTO(buffer) token = BUFFER(512);
		uint8_t signature[64];

		memcpy(signature, numbers[i / 4], 32);
		memcpy(signature + 32, numbers[i % 4], 32);
		CU_ASSERT_FATAL(
			buffer_append_string(
				&token, KID_TOKEN_HEADER ".e30.") &&
			base64url_encode(slice_of(signature, 64), &token));
		CU_ASSERT_EQUAL(vector_verify(buffer_slice(&token), key),
			JWT_SIGNATURE_INVALID);
	}
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_broken_key_never_verifies),
	UNIT_TEST(a_broken_key_counts_as_one_that_does_not_fit),
	UNIT_TEST(import_of_a_set_drops_and_counts_what_is_broken),
	UNIT_TEST(a_published_private_key_is_counted_and_named_first),
	UNIT_TEST(of_several_keys_of_one_kid_each_is_tried),
	UNIT_TEST(every_kid_of_a_large_set_is_found),
	UNIT_TEST(ecdsa_signatures_of_every_shape_verify),
	UNIT_TEST(ecdsa_signature_of_a_number_out_of_range_is_refused),
};
UNIT_SUITE("jwk-use", tests)
