/* SPDX-License-Identifier: ISC */
/* jose: which keys are taken, what they allow, what sets are made of. */
#include "jose_vectors.h"

#include <openssl/bn.h>
#include <stdlib.h>
#include <string.h>

static enum jwt_reason
import(const char *text)
{
	JWT_AUTO(json) object = vector_json(text);
	JWT_AUTO(jwk) key = NULL;

	JWT_TRY(vector_import(object, &key, NULL));
	return jwk_import(key, NULL);
}

/* An RSA key from numbers; e is base64url. */
static enum jwt_reason
import_rsa(const uint8_t *n, size_t len, const char *e)
{
	JWT_AUTO(buffer) text = BUFFER(4096);

	CU_ASSERT_FATAL(buffer_append_format(&text,
				"{\"kty\":\"RSA\",\"e\":\"%s\",\"n\":\"", e) &&
			base64url_encode(slice_of(n, len), &text) &&
			buffer_append_string(&text, "\"}"));
	return import(buffer_string(&text));
}

static void
rsa_modulus_has_2048_to_8192_bits_and_no_leading_zero(void)
{
	static uint8_t n[1026];

	memset(n, 0xc7, sizeof(n));
	CU_ASSERT_EQUAL(import_rsa(n, 256, "AQAB"), JWT_OK);
	CU_ASSERT_EQUAL(import_rsa(n, 1024, "AQAB"), JWT_OK);
	CU_ASSERT_EQUAL(import_rsa(n, 1025, "AQAB"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import_rsa(n, 255, "AQAB"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import_rsa(n, 0, "AQAB"), JWT_TOKEN_MALFORMED);
	n[0] = 0x7f; /* 2047 bits */
	CU_ASSERT_EQUAL(import_rsa(n, 256, "AQAB"), JWT_TOKEN_MALFORMED);
	n[0] = 0;
	CU_ASSERT_EQUAL(import_rsa(n, 257, "AQAB"), JWT_TOKEN_MALFORMED);
}

static void
rsa_modulus_is_odd(void)
{
	uint8_t n[256];

	memset(n, 0xc7, sizeof(n));
	n[255] = 0xc6;
	CU_ASSERT_EQUAL(import_rsa(n, 256, "AQAB"), JWT_TOKEN_MALFORMED);
}

static void
rsa_exponent_is_odd_at_least_65537_and_of_64_bits(void)
{
	static const struct {
		const char *e;
		enum jwt_reason reason;
	} cases[] = { { "AQAB", JWT_OK }, { "__________8", JWT_OK },
		{ "Aw", JWT_TOKEN_MALFORMED }, /* 3 */
		{ "AQ", JWT_TOKEN_MALFORMED }, { "", JWT_TOKEN_MALFORMED },
		{ "AA", JWT_TOKEN_MALFORMED },
		{ "__8", JWT_TOKEN_MALFORMED },	 /* 65535 */
		{ "AQAC", JWT_TOKEN_MALFORMED }, /* 65538 */
		{ "AAEAAQ", JWT_TOKEN_MALFORMED },
		{ "____________", JWT_TOKEN_MALFORMED } };
	uint8_t n[256];

	memset(n, 0xc7, sizeof(n));
	for (size_t i = 0; i < JWT_COUNT(cases); i++)
		CU_ASSERT_EQUAL(
			import_rsa(n, 256, cases[i].e), cases[i].reason);
}

/* 65537^k modulo the primes to 167, lifted to 2048 bits. */
static void
rsa_key_of_the_roca_generator_is_refused(void)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *m = BN_new(), *n = BN_new(), *k = BN_new();
	uint8_t bytes[256];

	BN_set_word(m, 1);
	for (BN_ULONG p = 2; p <= 167; p++) {
		BN_ULONG d = 2;

		while (d < p && p % d != 0)
			d++;
		if (d == p)
			BN_mul_word(m, p);
	}
	BN_set_word(k, 123457);
	BN_set_word(n, 65537);
	BN_mod_exp(n, n, k, m, ctx);
	BN_set_word(k, 1); /* n += 2^j * m: 2048 bits */
	BN_lshift(k, k, 2048 - BN_num_bits(m));
	BN_mul(k, k, m, ctx);
	BN_add(n, n, k);
	CU_ASSERT_EQUAL_FATAL(BN_num_bits(n), 2048);
	BN_bn2binpad(n, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(import_rsa(bytes, 256, "AQAB"), JWT_TOKEN_MALFORMED);
	BN_add_word(n, 2); /* as good as any other */
	BN_bn2binpad(n, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(import_rsa(bytes, 256, "AQAB"), JWT_OK);
	BN_free(m);
	BN_free(n);
	BN_free(k);
	BN_CTX_free(ctx);
}

#define EC(crv, x, y) \
	"{\"kty\":\"EC\",\"crv\":\"" crv "\",\"x\":\"" x "\",\"y\":\"" y "\"}"
#define ZERO32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ONES32 "__________________________________________8"

static void
ec_point_is_on_its_curve(void)
{
	CU_ASSERT_EQUAL(import(A3_JWK), JWT_OK);
	CU_ASSERT_EQUAL(import(EC("P-256", A3_Y, A3_X)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(
		import(EC("P-256", ZERO32, ZERO32)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(EC("P-256", ONES32, A3_Y)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(EC("P-384", A3_X, A3_Y)), JWT_TOKEN_MALFORMED);
}

static void
ec_coordinates_have_the_curves_width(void)
{
	CU_ASSERT_EQUAL(
		import(EC("P-256", "AA" A3_X, A3_Y)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(EC("P-256", "f83O", A3_Y)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(EC("P-256", A3_X, "")), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
			       "\"" A3_X "\"}"),
		JWT_TOKEN_MALFORMED);
}

static void
curves_that_we_do_not_know_are_refused(void)
{
	CU_ASSERT_EQUAL(
		import(EC("secp256k1", A3_X, A3_Y)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(EC("p-256", A3_X, A3_Y)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import(EC("Ed25519", A3_X, A3_Y)), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("{\"kty\":\"OKP\",\"crv\":\"X25519\","
			       "\"x\":\"" ED_X "\"}"),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("{\"kty\":\"OKP\",\"crv\":\"Ed448\","
			       "\"x\":\"" ED_X "\"}"),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
			       "\"x\":\"AAAA\"}"),
		JWT_TOKEN_MALFORMED);
}

static void
hmac_secret_never_comes_from_json(void)
{
	JWT_AUTO(json)
	object = vector_json("{\"kty\":\"oct\",\"k\":\"" A1_SECRET "\"}");
	JWT_AUTO(jwk) key = NULL;

	CU_ASSERT_EQUAL(vector_import(object, &key, NULL), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("{\"kty\":\"oct\"}"), JWT_TOKEN_MALFORMED);
}

static void
private_members_in_a_public_key_are_refused(void)
{
	static const char *const names[] = { "d", "p", "q", "dp", "dq", "qi",
		"oth", "k" };

	CU_ASSERT_EQUAL(import(ED_PRIVATE_JWK), JWT_TOKEN_MALFORMED);
	for (size_t i = 0; i < JWT_COUNT(names); i++) {
		JWT_AUTO(json) object = vector_json(A2_JWK);
		JWT_AUTO(jwk) key = NULL;

		json_object_set_new(object, names[i], json_string("AQAB"));
		CU_ASSERT_EQUAL(
			vector_import(object, &key, NULL), JWT_TOKEN_MALFORMED);
	}
}

static jws_alg_set
allowed_with(const char *base, const char *name, json_t *value)
{
	JWT_AUTO(json) object = vector_json(base);
	JWT_AUTO(jwk) key = NULL;
	jws_alg_set set = 0;

	json_object_set_new(object, name, value);
	CU_ASSERT_EQUAL_FATAL(vector_import(object, &key, NULL), JWT_OK);
	for (unsigned i = 0; i < JWS_ALG_COUNT; i++)
		if (jwk_allows(key, (enum jws_alg)i))
			set |= JWS_ALG_BIT(i);
	return set;
}

#define RSA_ALGS ((jws_alg_set)0x3f)

static void
kty_and_crv_decide_which_algs_fit(void)
{
	CU_ASSERT_EQUAL(
		allowed_with(A2_JWK, "use", json_string("sig")), RSA_ALGS);
	CU_ASSERT_EQUAL(allowed_with(A3_JWK, "use", json_string("sig")),
		JWS_ALG_BIT(JWS_ES256));
	CU_ASSERT_EQUAL(allowed_with(A4_JWK, "use", json_string("sig")),
		JWS_ALG_BIT(JWS_ES512));
	CU_ASSERT_EQUAL(allowed_with(ED_JWK, "use", json_string("sig")),
		JWS_ALG_BIT(JWS_EDDSA) | JWS_ALG_BIT(JWS_ED25519));
}

static void
alg_of_a_key_allows_that_alg_only(void)
{
	CU_ASSERT_EQUAL(allowed_with(A2_JWK, "alg", json_string("PS256")),
		JWS_ALG_BIT(JWS_PS256));
	CU_ASSERT_EQUAL(allowed_with(A2_JWK, "alg", json_string("HS256")), 0);
	CU_ASSERT_EQUAL(allowed_with(A2_JWK, "alg", json_string("ES256")), 0);
	CU_ASSERT_EQUAL(
		allowed_with(A2_JWK, "alg", json_string("RSA-OAEP")), 0);
	CU_ASSERT_EQUAL(allowed_with(A3_JWK, "alg", json_string("ES384")), 0);
}

static void
use_and_key_ops_must_allow_verifying(void)
{
	CU_ASSERT_EQUAL(allowed_with(A2_JWK, "use", json_string("enc")), 0);
	CU_ASSERT_EQUAL(allowed_with(A2_JWK, "key_ops",
				json_pack("[s,s]", "wrapKey", "verify")),
		RSA_ALGS);
	CU_ASSERT_EQUAL(
		allowed_with(A2_JWK, "key_ops", json_pack("[s]", "encrypt")),
		0);
	CU_ASSERT_EQUAL(allowed_with(A2_JWK, "key_ops", json_array()), 0);
}

static void
key_ops_of_more_than_32_values_are_refused(void)
{
	JWT_AUTO(json) object = vector_json(A2_JWK);
	json_t *ops = json_pack("[s]", "verify");

	json_object_set_new(object, "key_ops", ops);
	for (int i = 2; i <= 33; i++) {
		JWT_AUTO(jwk) key = NULL;

		json_array_append_new(ops, json_sprintf("%d", i));
		CU_ASSERT_EQUAL(vector_import(object, &key, NULL),
			i <= 32 ? JWT_OK : JWT_TOKEN_MALFORMED);
	}
}

static void
members_of_the_wrong_type_are_refused(void)
{
	static const char *const bad[] = { "\"kid\":1", "\"alg\":1",
		"\"use\":null", "\"key_ops\":\"verify\"", "\"key_ops\":[1]",
		"\"key_ops\":[[\"verify\"],\"verify\"]", "\"n\":1" };

	for (size_t i = 0; i < JWT_COUNT(bad); i++) {
		JWT_AUTO(json) object = vector_json(A2_JWK), extra = NULL;
		JWT_AUTO(buffer) text = BUFFER(64);
		JWT_AUTO(jwk) key = NULL;

		CU_ASSERT(buffer_append_format(&text, "{%s}", bad[i]));
		extra = vector_json(buffer_string(&text));
		json_object_update(object, extra);
		CU_ASSERT_EQUAL(
			vector_import(object, &key, NULL), JWT_TOKEN_MALFORMED);
	}
	CU_ASSERT_EQUAL(import("{\"kty\":1}"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("{}"), JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import("{\"kty\":\"rsa\"}"), JWT_TOKEN_MALFORMED);
}

static void
rsa_public_key_makes_no_hmac_secret(void)
{
	JWT_AUTO(jwk) key = vector_jwk(A2_JWK);

	CU_ASSERT_EQUAL(vector_verify(slice_of_string(A1_TOKEN), key),
		JWT_ALG_NOT_ALLOWED);
}

static void
hmac_secret_is_as_long_as_the_hash(void)
{
	static const uint8_t secret[JWK_HMAC_MAX + 1] = { 7 };
	static const struct {
		size_t len;
		bool hs256, hs384, hs512;
	} cases[] = { { 32, true, false, false }, { 47, true, false, false },
		{ 48, true, true, false }, { 63, true, true, false },
		{ 64, true, true, true }, { JWK_HMAC_MAX, true, true, true } };
	struct slice no_kid = slice_of_string(NULL);
	JWT_AUTO(jwk) none = NULL;

	for (size_t i = 0; i < JWT_COUNT(cases); i++) {
		JWT_AUTO(jwk) key = NULL;

		CU_ASSERT_EQUAL_FATAL(
			jwk_from_secret(slice_of(secret, cases[i].len), no_kid,
				&key, NULL),
			JWT_OK);
		CU_ASSERT_EQUAL(jwk_allows(key, JWS_HS256), cases[i].hs256);
		CU_ASSERT_EQUAL(jwk_allows(key, JWS_HS384), cases[i].hs384);
		CU_ASSERT_EQUAL(jwk_allows(key, JWS_HS512), cases[i].hs512);
		CU_ASSERT_FALSE(jwk_allows(key, JWS_RS256));
		CU_ASSERT_PTR_NULL(jwk_to_public_json(key));
	}
	CU_ASSERT_EQUAL(
		jwk_from_secret(slice_of(secret, 31), no_kid, &none, NULL),
		JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(jwk_from_secret(slice_of(secret, sizeof(secret)),
				no_kid, &none, NULL),
		JWT_CONFIG_ERROR);
}

static const struct unit_test tests[] = {
	UNIT_TEST(rsa_modulus_has_2048_to_8192_bits_and_no_leading_zero),
	UNIT_TEST(rsa_modulus_is_odd),
	UNIT_TEST(rsa_exponent_is_odd_at_least_65537_and_of_64_bits),
	UNIT_TEST(rsa_key_of_the_roca_generator_is_refused),
	UNIT_TEST(ec_point_is_on_its_curve),
	UNIT_TEST(ec_coordinates_have_the_curves_width),
	UNIT_TEST(curves_that_we_do_not_know_are_refused),
	UNIT_TEST(hmac_secret_never_comes_from_json),
	UNIT_TEST(private_members_in_a_public_key_are_refused),
	UNIT_TEST(kty_and_crv_decide_which_algs_fit),
	UNIT_TEST(alg_of_a_key_allows_that_alg_only),
	UNIT_TEST(use_and_key_ops_must_allow_verifying),
	UNIT_TEST(key_ops_of_more_than_32_values_are_refused),
	UNIT_TEST(members_of_the_wrong_type_are_refused),
	UNIT_TEST(rsa_public_key_makes_no_hmac_secret),
	UNIT_TEST(hmac_secret_is_as_long_as_the_hash),
};
UNIT_SUITE("jwk", tests)
