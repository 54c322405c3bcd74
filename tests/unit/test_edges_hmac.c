/* SPDX-License-Identifier: ISC */
/* HS*: tags and secrets of every length but the right one. */
#include "edge_maker.h"

#include <string.h>

static const struct {
	const char *alg, *hash;
	size_t len; /* of the hash: the tag, and the least secret */
} algs[] = {
	{ "HS256", "SHA256", 32 },
	{ "HS384", "SHA384", 48 },
	{ "HS512", "SHA512", 64 },
};

static struct jwk *
secret_key(const uint8_t *secret, size_t len)
{
	struct jwk *key = NULL;

	CU_ASSERT_EQUAL_FATAL(jwk_from_secret(slice_of(secret, len),
				      slice_of(NULL, 0), &key, NULL),
		JWT_OK);
	return key;
}

/* The tag of the token with serial 1, under any secret. */
static void
tag_of(const char *alg, const char *hash, const void *secret, size_t len,
	uint8_t out[64])
{
	JWT_AUTO(buffer) input = BUFFER(256);

	edge_input(alg, 1, &input);
	CU_ASSERT_PTR_NOT_NULL_FATAL(EVP_Q_mac(NULL, "HMAC", NULL, hash, NULL,
		secret, len, input.data, input.len, out, 64, NULL));
}

static void
refuses_a_tag_of_another_length(void)
{
	static const uint8_t secret[64] = { 1 };
	JWT_AUTO(jwk) key = secret_key(secret, sizeof(secret));

	for (size_t i = 0; i < JWT_COUNT(algs); i++) {
		uint8_t tag[66] = { 0 };

		tag_of(algs[i].alg, algs[i].hash, secret, sizeof(secret), tag);
		for (size_t len = 0; len <= sizeof(tag); len++)
			CU_ASSERT_EQUAL(edge_verify(key, algs[i].alg, 1,
						slice_of(tag, len)),
				len == algs[i].len ? JWT_OK
						   : JWT_SIGNATURE_INVALID);
	}
}

static void
refuses_a_tag_with_any_bit_changed(void)
{
	static const uint8_t secret[64] = { 1 };
	JWT_AUTO(jwk) key = secret_key(secret, sizeof(secret));

	for (size_t i = 0; i < JWT_COUNT(algs); i++) {
		uint8_t tag[64];

		tag_of(algs[i].alg, algs[i].hash, secret, sizeof(secret), tag);
		for (size_t bit = 0; bit < algs[i].len * 8; bit++) {
			tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
			CU_ASSERT_EQUAL(edge_verify(key, algs[i].alg, 1,
						slice_of(tag, algs[i].len)),
				JWT_SIGNATURE_INVALID);
			tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

/* SHA-512 cut to 32 bytes is no SHA-256. */
static void
refuses_the_tag_of_another_hash(void)
{
	static const uint8_t secret[64] = { 1 };
	JWT_AUTO(jwk) key = secret_key(secret, sizeof(secret));
	uint8_t tag[64];

	for (size_t i = 0; i < JWT_COUNT(algs); i++)
		for (size_t j = 0; j < JWT_COUNT(algs); j++) {
			memset(tag, 0, sizeof(tag));
			tag_of(algs[i].alg, algs[j].hash, secret,
				sizeof(secret), tag);
			CU_ASSERT_EQUAL(edge_verify(key, algs[i].alg, 1,
						slice_of(tag, algs[i].len)),
				i == j ? JWT_OK : JWT_SIGNATURE_INVALID);
		}
}

/* RFC 7518 section 3.2: as long as the hash, at least. */
static void
a_secret_serves_no_hash_longer_than_itself(void)
{
	static const uint8_t secret[64] = { 2 };
	uint8_t tag[64];

	for (size_t len = 32; len <= 64; len++) {
		JWT_AUTO(jwk) key = secret_key(secret, len);

		for (size_t i = 0; i < JWT_COUNT(algs); i++) {
			tag_of(algs[i].alg, algs[i].hash, secret, len, tag);
			CU_ASSERT_EQUAL(edge_verify(key, algs[i].alg, 1,
						slice_of(tag, algs[i].len)),
				len >= algs[i].len ? JWT_OK
						   : JWT_ALG_NOT_ALLOWED);
		}
	}
}

static void
a_secret_that_is_empty_or_too_short_is_none(void)
{
	static const uint8_t secret[32];
	struct jwk *key = NULL;

	for (size_t len = 0; len < 32; len++)
		CU_ASSERT_EQUAL(jwk_from_secret(slice_of(secret, len),
					slice_of(NULL, 0), &key, NULL),
			JWT_CONFIG_ERROR);
	CU_ASSERT_PTR_NULL(key);
}

/* HMAC pads a secret with zeros to the block: these two are one secret. */
static void
zeros_behind_a_secret_make_no_other_tag(void)
{
	static const uint8_t secret[65] = { 3 };
	JWT_AUTO(jwk) shorter = secret_key(secret, 32);
	JWT_AUTO(jwk) longer = secret_key(secret, 64);
	JWT_AUTO(jwk) hashed = secret_key(secret, 65);
	uint8_t tag[64];

	tag_of("HS256", "SHA256", secret, 32, tag);
	CU_ASSERT_EQUAL(
		edge_verify(shorter, "HS256", 1, slice_of(tag, 32)), JWT_OK);
	CU_ASSERT_EQUAL(
		edge_verify(longer, "HS256", 1, slice_of(tag, 32)), JWT_OK);
	CU_ASSERT_EQUAL(edge_verify(hashed, "HS256", 1, slice_of(tag, 32)),
		JWT_SIGNATURE_INVALID);
	tag_of("HS256", "SHA256", secret, 65, tag);
	CU_ASSERT_EQUAL(
		edge_verify(hashed, "HS256", 1, slice_of(tag, 32)), JWT_OK);
}

static void
refuses_the_tag_of_an_empty_secret(void)
{
	static const uint8_t secret[64] = { 4 };
	JWT_AUTO(jwk) key = secret_key(secret, sizeof(secret));
	uint8_t tag[64];

	tag_of("HS256", "SHA256", "", 0, tag);
	CU_ASSERT_EQUAL(edge_verify(key, "HS256", 1, slice_of(tag, 32)),
		JWT_SIGNATURE_INVALID);
	memset(tag, 0, sizeof(tag));
	CU_ASSERT_EQUAL(edge_verify(key, "HS256", 1, slice_of(tag, 32)),
		JWT_SIGNATURE_INVALID);
}

static const struct unit_test tests[] = {
	UNIT_TEST(refuses_a_tag_of_another_length),
	UNIT_TEST(refuses_a_tag_with_any_bit_changed),
	UNIT_TEST(refuses_the_tag_of_another_hash),
	UNIT_TEST(a_secret_serves_no_hash_longer_than_itself),
	UNIT_TEST(a_secret_that_is_empty_or_too_short_is_none),
	UNIT_TEST(zeros_behind_a_secret_make_no_other_tag),
	UNIT_TEST(refuses_the_tag_of_an_empty_secret),
};
UNIT_SUITE("edges_hmac", tests)
