/* SPDX-License-Identifier: ISC */
/* jose as a whole: the RFCs' examples, and every algorithm there and back. */
#include "jose/family.h"
#include "jose_vectors.h"
#include "signer_key.h"

#include <openssl/err.h>
#include <string.h>

static struct jwk *
a1_key(void)
{
	JWT_AUTO(buffer) secret = BUFFER(128);
	struct jwk *key = NULL;

	CU_ASSERT_FATAL(base64url_decode(slice_of_string(A1_SECRET), &secret));
	CU_ASSERT_EQUAL_FATAL(jwk_from_secret(buffer_slice(&secret),
				      slice_of_string(NULL), &key, NULL),
		JWT_OK);
	return key;
}

static void
verifies(const char *token, const char *jwk, const char *payload)
{
	JWT_AUTO(jwk) key = vector_jwk(jwk);
	JWT_AUTO(jws) jws = NULL;

	CU_ASSERT_EQUAL_FATAL(
		jws_parse(slice_of_string(token), &jws, NULL), JWT_OK);
	CU_ASSERT_EQUAL(jws_verify_key(jws, key, NULL), JWT_OK);
	CU_ASSERT(slice_equals_string(jws_payload(jws), payload));
}

#define JOE                                              \
	"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n " \
	"\"http://example.com/is_root\":true}"

static void
verifies_rfc7515_a1_hs256(void)
{
	JWT_AUTO(jwk) key = a1_key();
	JWT_AUTO(jws) jws = NULL;

	CU_ASSERT_EQUAL_FATAL(
		jws_parse(slice_of_string(A1_TOKEN), &jws, NULL), JWT_OK);
	CU_ASSERT_EQUAL(jws_verify_key(jws, key, NULL), JWT_OK);
	CU_ASSERT(slice_equals_string(jws_typ(jws), "JWT"));
	CU_ASSERT(slice_equals_string(jws_payload(jws), JOE));
}

static void
verifies_rfc7515_a2_rs256(void)
{
	verifies(A2_TOKEN, A2_JWK, JOE);
}

static void
verifies_rfc7515_a3_es256(void)
{
	verifies(A3_TOKEN, A3_JWK, JOE);
}

static void
verifies_rfc7515_a4_es512(void)
{
	verifies(A4_TOKEN, A4_JWK, "Payload");
}

static void
verifies_rfc8037_a4_eddsa(void)
{
	verifies(ED_TOKEN, ED_JWK, "Example of Ed25519 signing");
}

static void
verifies_ps256_of_another_implementation(void)
{
	verifies(PS_TOKEN, PS_JWK, "{}");
}

static void
refuses_pss_with_a_salt_not_as_long_as_the_hash(void)
{
	JWT_AUTO(jwk) key = vector_jwk(PS_JWK);

	CU_ASSERT_EQUAL(
		vector_verify(slice_of_string(PS_SHORT_SALT_TOKEN), key),
		JWT_SIGNATURE_INVALID);
}

static void
signs_rfc8037_a4_byte_for_byte(void)
{
	struct slice input = slice_of_string(ED_TOKEN), signature = { 0 };
	JWT_AUTO(jwk) key = NULL;
	JWT_AUTO(buffer) made = BUFFER(64), text = BUFFER(128);

	CU_ASSERT_EQUAL_FATAL(
		jwk_private_from_pem(slice_of_string(ED_PRIVATE_PEM), JWS_EDDSA,
			slice_of_string(NULL), &key, NULL),
		JWT_OK);
	signature = slice_of_string(strrchr(ED_TOKEN, '.') + 1);
	input.len -= signature.len + 1;
	CU_ASSERT(jwk_family_of(JWK_OKP)->sign(
		key, jws_alg_info(JWS_EDDSA), input, &made));
	CU_ASSERT(base64url_encode(buffer_slice(&made), &text));
	CU_ASSERT(slice_equal(buffer_slice(&text), signature));
}

/* Each byte in turn becomes each of a few others. */
static void
refuses_every_change(const char *token, const struct jwk *key)
{
	static const char others[] = { 'A', 'b', '0', '_', '.', '=', '\0' };
	JWT_AUTO(buffer) copy = BUFFER(JWT_TOKEN_MAX);
	unsigned accepted = 0;

	CU_ASSERT_FATAL(buffer_append_string(&copy, token));
	CU_ASSERT_EQUAL(vector_verify(buffer_slice(&copy), key), JWT_OK);
	for (size_t i = 0; i < copy.len; i++) {
		uint8_t right = copy.data[i];

		for (size_t j = 0; j < sizeof(others); j++) {
			if (right == (uint8_t)others[j])
				continue;
			copy.data[i] = (uint8_t)others[j];
			if (vector_verify(buffer_slice(&copy), key) == JWT_OK)
				accepted++;
		}
		copy.data[i] = right ^ 1;
		if (vector_verify(buffer_slice(&copy), key) == JWT_OK)
			accepted++;
		copy.data[i] = right;
	}
	CU_ASSERT_EQUAL(accepted, 0);
}

static void
refuses_every_changed_byte_of_a1(void)
{
	JWT_AUTO(jwk) key = a1_key();

	refuses_every_change(A1_TOKEN, key);
}

static void
refuses_every_changed_byte_of_a2(void)
{
	JWT_AUTO(jwk) key = vector_jwk(A2_JWK);

	refuses_every_change(A2_TOKEN, key);
}

static void
refuses_every_changed_byte_of_a3(void)
{
	JWT_AUTO(jwk) key = vector_jwk(A3_JWK);

	refuses_every_change(A3_TOKEN, key);
}

static void
refuses_every_changed_byte_of_rfc8037_a4(void)
{
	JWT_AUTO(jwk) key = vector_jwk(ED_JWK);

	refuses_every_change(ED_TOKEN, key);
}

static void
refuses_every_cut(const char *token_and_one_more, const struct jwk *key)
{
	struct slice token = slice_of_string(token_and_one_more);
	unsigned accepted = 0;

	for (size_t len = 0; len <= token.len; len++)
		if (vector_verify(slice_of(token.data, len), key) == JWT_OK)
			accepted++;
	CU_ASSERT_EQUAL(accepted, 1); /* the whole one */
}

static void
refuses_every_cut_and_every_added_byte(void)
{
	JWT_AUTO(jwk)
	hs256 = a1_key(), rs256 = vector_jwk(A2_JWK),
	es256 = vector_jwk(A3_JWK), eddsa = vector_jwk(ED_JWK);

	refuses_every_cut(A1_TOKEN "A", hs256);
	refuses_every_cut(A2_TOKEN "A", rs256);
	refuses_every_cut(A3_TOKEN "A", es256);
	refuses_every_cut(ED_TOKEN "A", eddsa);
}

/* A key for any algorithm; HS* takes a secret of the least length. */
static struct jwk *
fresh_key(enum jws_alg alg)
{
	static const uint8_t secret[64] = { 1, 2, 3 };
	struct jwk *key = NULL;

	if (jws_alg_info(alg)->family != JWS_HMAC)
		return signer_key(alg, "k");
	CU_ASSERT_EQUAL_FATAL(
		jwk_from_secret(slice_of(secret, jws_alg_info(alg)->digest_len),
			slice_of_string("k"), &key, NULL),
		JWT_OK);
	return key;
}

static struct jwk *
public_half(const struct jwk *key)
{
	JWT_AUTO(json) object = jwk_to_public_json(key);
	struct jwk *public = NULL;

	CU_ASSERT_EQUAL_FATAL(vector_import(object, &public, NULL), JWT_OK);
	return public;
}

static void
every_alg_verifies_what_it_signed(void)
{
	for (unsigned i = 0; i < JWS_ALG_COUNT; i++) {
		enum jws_alg alg = (enum jws_alg)i;
		JWT_AUTO(jwk) key = fresh_key(alg);
		JWT_AUTO(jwk) public = NULL;
		JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
		JWT_AUTO(jws) jws = NULL;

		CU_ASSERT_EQUAL_FATAL(
			jws_sign(key, alg, "at+jwt", slice_of_string("{}"),
				&token, NULL),
			JWT_OK);
		if (jwk_type(key) != JWK_OCT)
		public = public_half(key);
		CU_ASSERT_EQUAL_FATAL(
			jws_parse(buffer_slice(&token), &jws, NULL), JWT_OK);
		CU_ASSERT_EQUAL(jws_verify_key(jws,
					public != NULL ? public : key, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(jws_alg(jws), alg);
		CU_ASSERT(slice_equals_string(jws_kid(jws), "k"));
		CU_ASSERT(slice_equals_string(jws_typ(jws), "at+jwt"));
		CU_ASSERT(slice_equals_string(jws_payload(jws), "{}"));
	}
}

static bool
has_thumbprint(const struct jwk *key, const char *expected)
{
	uint8_t thumbprint[JWK_THUMBPRINT_LEN];
	JWT_AUTO(buffer) text = BUFFER(64);

	return jwk_thumbprint(key, thumbprint) == JWT_OK &&
	       base64url_encode(
		       slice_of(thumbprint, sizeof(thumbprint)), &text) &&
	       slice_equals_string(buffer_slice(&text), expected);
}

static void
thumbprint_is_that_of_rfc7638_3_1(void)
{
	JWT_AUTO(jwk)
	key = vector_jwk(
		"{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps"
		"2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWK"
		"RXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6C"
		"f0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
		"ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
		"M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
		"nqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\","
		"\"kid\":\"2011-04-29\"}");

	CU_ASSERT(has_thumbprint(
		key, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
}

static void
thumbprint_is_that_of_rfc8037_a3(void)
{
	JWT_AUTO(jwk) key = vector_jwk(ED_JWK);

	CU_ASSERT(has_thumbprint(
		key, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
}

/* Computed with OpenSSL's command line from the RFC's canonical form. */
static void
thumbprint_of_an_ec_key_takes_the_canonical_members(void)
{
	JWT_AUTO(jwk) key = vector_jwk(A3_JWK);

	CU_ASSERT(has_thumbprint(
		key, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"));
}

static void
thumbprint_refuses_numbers_that_are_not_canonical(void)
{
	static const uint8_t zeros[66];
	uint8_t out[JWK_THUMBPRINT_LEN];
	struct slice odd = slice_of_string("\x01\x00\x01");

	CU_ASSERT_NOT_EQUAL(
		jwk_thumbprint_rsa(slice_of(zeros, 66), odd, out), JWT_OK);
	CU_ASSERT_NOT_EQUAL(
		jwk_thumbprint_rsa(slice_of(NULL, 0), odd, out), JWT_OK);
	CU_ASSERT_NOT_EQUAL(jwk_thumbprint_ec(JWK_P256, slice_of(zeros, 31),
				    slice_of(zeros, 32), out),
		JWT_OK);
	CU_ASSERT_NOT_EQUAL(jwk_thumbprint_ec(JWK_ED25519, slice_of(zeros, 32),
				    slice_of(zeros, 32), out),
		JWT_OK);
	CU_ASSERT_NOT_EQUAL(
		jwk_thumbprint_ed25519(slice_of(zeros, 33), out), JWT_OK);
}

static void
a_fresh_key_is_named_by_its_thumbprint(void)
{
	JWT_AUTO(jwk) key = NULL;

	CU_ASSERT_EQUAL_FATAL(
		jwk_generate(JWS_EDDSA, slice_of_string(NULL), &key, NULL),
		JWT_OK);
	CU_ASSERT(has_thumbprint(key,
		buffer_string(&(struct buffer){
			.data = (uint8_t *)(uintptr_t)jwk_kid(key).data })));
}

static void
a_refusal_leaves_no_error_in_openssls_queue(void)
{
	JWT_AUTO(jwk) key = vector_jwk(A3_JWK);

	ERR_clear_error();
	CU_ASSERT_EQUAL(vector_verify(slice_of_string(A4_TOKEN), key),
		JWT_ALG_NOT_ALLOWED);
	refuses_every_change(A3_TOKEN, key);
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
}

static void
thumbprint_of_another_form_or_of_a_secret_is_refused(void)
{
	static const uint8_t x[32] = { 1 };
	JWT_AUTO(jwk) secret = fresh_key(JWS_HS256);
	uint8_t out[JWK_THUMBPRINT_LEN];

	CU_ASSERT_EQUAL(
		jwk_thumbprint_okp(JWK_ED25519, slice_of(x, 32), out), JWT_OK);
	CU_ASSERT_EQUAL(jwk_thumbprint_okp(JWK_P256, slice_of(x, 32), out),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(jwk_thumbprint(secret, out), JWT_INTERNAL_ERROR);
}

static void
a_key_signs_nothing_that_it_does_not_allow(void)
{
	JWT_AUTO(jwk) key = fresh_key(JWS_RS256);
	JWT_AUTO(jwk) public = public_half(key);
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);

	CU_ASSERT_EQUAL(jws_sign(key, JWS_PS256, NULL, slice_of_string("{}"),
				&token, NULL),
		JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(jws_sign(public, JWS_RS256, NULL, slice_of_string("{}"),
				&token, NULL),
		JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(token.len, 0);
}

static void
no_secret_and_no_long_kid_is_generated(void)
{
	char kid[JWK_KID_MAX + 1];
	JWT_AUTO(jwk) key = NULL;

	memset(kid, 'k', sizeof(kid));
	CU_ASSERT_EQUAL(
		jwk_generate(JWS_HS256, slice_of_string("k"), &key, NULL),
		JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(
		jwk_generate(JWS_EDDSA, slice_of(kid, sizeof(kid)), &key, NULL),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(jwk_generate(JWS_EDDSA, slice_of(kid, sizeof(kid) - 1),
				&key, NULL),
		JWT_OK);
}

static const struct unit_test tests[] = {
	UNIT_TEST(verifies_rfc7515_a1_hs256),
	UNIT_TEST(verifies_rfc7515_a2_rs256),
	UNIT_TEST(verifies_rfc7515_a3_es256),
	UNIT_TEST(verifies_rfc7515_a4_es512),
	UNIT_TEST(verifies_rfc8037_a4_eddsa),
	UNIT_TEST(verifies_ps256_of_another_implementation),
	UNIT_TEST(refuses_pss_with_a_salt_not_as_long_as_the_hash),
	UNIT_TEST(signs_rfc8037_a4_byte_for_byte),
	UNIT_TEST(refuses_every_changed_byte_of_a1),
	UNIT_TEST(refuses_every_changed_byte_of_a2),
	UNIT_TEST(refuses_every_changed_byte_of_a3),
	UNIT_TEST(refuses_every_changed_byte_of_rfc8037_a4),
	UNIT_TEST(refuses_every_cut_and_every_added_byte),
	UNIT_TEST(every_alg_verifies_what_it_signed),
	UNIT_TEST(thumbprint_is_that_of_rfc7638_3_1),
	UNIT_TEST(thumbprint_is_that_of_rfc8037_a3),
	UNIT_TEST(thumbprint_of_an_ec_key_takes_the_canonical_members),
	UNIT_TEST(thumbprint_refuses_numbers_that_are_not_canonical),
	UNIT_TEST(thumbprint_of_another_form_or_of_a_secret_is_refused),
	UNIT_TEST(a_key_signs_nothing_that_it_does_not_allow),
	UNIT_TEST(no_secret_and_no_long_kid_is_generated),
	UNIT_TEST(a_fresh_key_is_named_by_its_thumbprint),
	UNIT_TEST(a_refusal_leaves_no_error_in_openssls_queue),
};
UNIT_SUITE("jose", tests)
