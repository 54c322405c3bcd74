/* SPDX-License-Identifier: ISC */
/* ES*: numbers at and beyond their range, and keys that are no keys. */
#include "edge_maker.h"

#include <openssl/ec.h>
#include <string.h>

static const char *const algs[] = { "ES256", "ES384", "ES512" };
static struct edge_ec keys[JWT_COUNT(algs)];
static BIGNUM *r, *s, *other;

#define each_key(key) \
	for (struct edge_ec *key = keys; key < keys + JWT_COUNT(keys); key++)

static void
start(void)
{
	for (size_t i = 0; i < JWT_COUNT(algs); i++)
		edge_ec_make(&keys[i], algs[i]);
	r = BN_new();
	s = BN_new();
	other = BN_new();
	CU_ASSERT_FATAL(r != NULL && s != NULL && other != NULL);
}

static void
accepts_r_and_s_of_full_width(void)
{
	each_key(key)
	{
		edge_ec_sign(key, key->hash, 1, r, s);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, r, s), JWT_OK);
		CU_ASSERT_EQUAL(
			edge_ec_try(key, 2, r, s), JWT_SIGNATURE_INVALID);
	}
}

/* CVE-2022-21449: with r = s = 0 anything was good. */
static void
refuses_zero(void)
{
	each_key(key)
	{
		edge_ec_sign(key, key->hash, 1, r, s);
		BN_zero(other);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, other, other),
			JWT_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(
			edge_ec_try(key, 1, r, other), JWT_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(
			edge_ec_try(key, 1, other, s), JWT_SIGNATURE_INVALID);
	}
}

/* n is 0 for whoever reduces before he looks. */
static void
refuses_the_order_and_more(void)
{
	each_key(key)
	{
		edge_ec_sign(key, key->hash, 1, r, s);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, key->order, s),
			JWT_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, r, key->order),
			JWT_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, key->order, key->order),
			JWT_SIGNATURE_INVALID);
		BN_copy(other, key->order);
		BN_add_word(other, 1);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, other, other),
			JWT_SIGNATURE_INVALID);
		BN_one(other); /* all bits: 2^(8 * width) - 1 */
		BN_lshift(other, other, (int)key->width * 8);
		BN_sub_word(other, 1);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, other, other),
			JWT_SIGNATURE_INVALID);
	}
}

/* P-521 has seven bits to spare: r + n and s + n fit into the same bytes. */
static void
refuses_the_same_number_plus_the_order(void)
{
	struct edge_ec *key = &keys[2];

	edge_ec_sign(key, key->hash, 1, r, s);
	BN_add(other, r, key->order);
	CU_ASSERT_EQUAL(edge_ec_try(key, 1, other, s), JWT_SIGNATURE_INVALID);
	BN_add(other, s, key->order);
	CU_ASSERT_EQUAL(edge_ec_try(key, 1, r, other), JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(edge_ec_try(key, 1, r, s), JWT_OK);
}

static void
refuses_small_and_negated_numbers(void)
{
	each_key(key)
	{
		edge_ec_sign(key, key->hash, 1, r, s);
		BN_one(other);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, other, other),
			JWT_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(
			edge_ec_try(key, 1, r, other), JWT_SIGNATURE_INVALID);
		BN_sub(other, key->order, other);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, other, other),
			JWT_SIGNATURE_INVALID);
		BN_sub(other, key->order, r); /* -r is another point */
		CU_ASSERT_EQUAL(
			edge_ec_try(key, 1, other, s), JWT_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(
			edge_ec_try(key, 1, s, r), JWT_SIGNATURE_INVALID);
	}
}

/*
 * By design: ECDSA has two signatures for each, and issuers don't keep to the
 * lower one. Nothing may take the signature for the token's name: revocation
 * hashes what is signed, and asks for both where applications wrote raw tokens.
 */
static void
accepts_the_twin_that_anyone_can_make(void)
{
	each_key(key)
	{
		edge_ec_sign(key, key->hash, 1, r, s);
		BN_sub(other, key->order, s);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, r, other), JWT_OK);
	}
}

/* Numbers with their first bit set must not turn negative, nor short ones
 * lose their place. */
static void
accepts_numbers_that_begin_with_a_one_or_with_zeros(void)
{
	each_key(key)
	{
		unsigned begin_with_one = 0, begin_with_zero = 0;
		int bits = BN_num_bits(key->order);

		for (unsigned i = 0; i < 3000 && begin_with_zero < 2; i++) {
			edge_ec_sign(key, key->hash, i, r, s);
			begin_with_one += BN_num_bits(r) == bits;
			if (BN_num_bits(r) <= bits - 8 ||
				BN_num_bits(s) <= bits - 8)
				begin_with_zero++;
			else if (i > 8)
				continue;
			CU_ASSERT_EQUAL(edge_ec_try(key, i, r, s), JWT_OK);
		}
		CU_ASSERT_EQUAL(begin_with_zero, 2);
		CU_ASSERT(begin_with_one > 0);
	}
}

static enum jwt_reason
try_bytes(const struct edge_ec *key, const uint8_t *raw, size_t len)
{
	return edge_verify(key->jwk, key->alg, 1, slice_of(raw, len));
}

/* RFC 7518 section 3.4: 64, 96 or 132 octets. */
static void
refuses_every_other_length(void)
{
	each_key(key)
	{
		uint8_t raw[EDGE_MAX] = { 0 };
		int width = (int)key->width;

		edge_ec_sign(key, key->hash, 1, r, s);
		BN_bn2binpad(r, raw, width);
		BN_bn2binpad(s, raw + width, width);
		for (size_t len = 0; len <= 140; len++)
			CU_ASSERT_EQUAL(try_bytes(key, raw, len),
				len == 2 * key->width ? JWT_OK
						      : JWT_SIGNATURE_INVALID);
		/* Each half with one more zero in front. */
		BN_bn2binpad(r, raw, width + 1);
		BN_bn2binpad(s, raw + width + 1, width + 1);
		CU_ASSERT_EQUAL(try_bytes(key, raw, 2 * key->width + 2),
			JWT_SIGNATURE_INVALID);
	}
}

static void
refuses_der(void)
{
	each_key(key)
	{
		JWT_AUTO(buffer) input = BUFFER(256);
		uint8_t der[EDGE_MAX] = { 0 };
		size_t len;

		edge_input(key->alg, 1, &input);
		len = edge_sign(
			key->pkey, key->hash, buffer_slice(&input), der);
		CU_ASSERT_EQUAL(
			try_bytes(key, der, len), JWT_SIGNATURE_INVALID);
		CU_ASSERT_EQUAL(try_bytes(key, der, 2 * key->width),
			JWT_SIGNATURE_INVALID);
	}
}

/* The leftmost bits of a longer hash are a number as good as any. */
static void
refuses_another_hash_even_if_it_is_cut(void)
{
	static const char *const hashes[] = { "SHA256", "SHA384", "SHA512" };

	each_key(key) for (size_t i = 0; i < JWT_COUNT(hashes); i++)
	{
		edge_ec_sign(key, hashes[i], 1, r, s);
		CU_ASSERT_EQUAL(edge_ec_try(key, 1, r, s),
			strcmp(hashes[i], key->hash) == 0
				? JWT_OK
				: JWT_SIGNATURE_INVALID);
	}
}

/* RFC 7518 section 3.4 joins curve and hash: ES512 is not for P-256. */
static void
refuses_the_algorithm_of_another_curve(void)
{
	static const uint8_t raw[132] = { 1 };

	each_key(key) for (size_t i = 0; i < JWT_COUNT(algs);
			   i++) if (strcmp(algs[i], key->alg) != 0)
		CU_ASSERT_EQUAL(edge_verify(key->jwk, algs[i], 1,
					slice_of(raw, keys[i].width * 2)),
			JWT_ALG_NOT_ALLOWED);
}

/* A key of these coordinates, each of width bytes. */
static enum jwt_reason
import_point(const char *crv, const BIGNUM *x, const BIGNUM *y, size_t width)
{
	JWT_AUTO(buffer) text = BUFFER(1024);
	JWT_AUTO(json_doc) doc = { 0 };
	JWT_AUTO(jwk) key = NULL;
	uint8_t bytes[128];

	CU_ASSERT_FATAL(buffer_append_format(
		&text, "{\"kty\":\"EC\",\"crv\":\"%s\"", crv));
	BN_bn2binpad(x, bytes, (int)width);
	edge_member(&text, "x", bytes, width);
	BN_bn2binpad(y, bytes, (int)width);
	edge_member(&text, "y", bytes, width);
	CU_ASSERT_FATAL(buffer_append(&text, "}", 1));
	CU_ASSERT_EQUAL_FATAL(
		json_parse_object(buffer_slice(&text), "key", &doc, NULL),
		JWT_OK);
	JWT_TRY(jwk_from_json(json_root(&doc), &key, NULL));
	return jwk_import(key, NULL);
}

static void
refuses_a_key_off_its_curve(void)
{
	each_key(key)
	{
		CU_ASSERT_EQUAL(
			import_point(key->crv, key->x, key->y, key->width),
			JWT_OK);
		BN_copy(other, key->y);
		BN_set_bit(other, 0);
		if (BN_cmp(other, key->y) == 0)
			BN_clear_bit(other, 0);
		CU_ASSERT_EQUAL(
			import_point(key->crv, key->x, other, key->width),
			JWT_TOKEN_MALFORMED);
		CU_ASSERT_EQUAL(
			import_point(key->crv, key->y, key->x, key->width),
			JWT_TOKEN_MALFORMED);
	}
}

static void
refuses_the_point_at_infinity(void)
{
	BN_zero(other);
	each_key(key) CU_ASSERT_EQUAL(
		import_point(key->crv, other, other, key->width),
		JWT_TOKEN_MALFORMED);
}

/* P-521's coordinates have room for the same number plus the prime. */
static void
refuses_a_coordinate_of_the_prime_or_more(void)
{
	each_key(key)
	{
		BIGNUM *p = BN_new();

		EC_GROUP_get_curve(key->group, p, NULL, NULL, NULL);
		CU_ASSERT_EQUAL(import_point(key->crv, p, key->y, key->width),
			JWT_TOKEN_MALFORMED);
		BN_add(other, key->x, p);
		if ((size_t)BN_num_bytes(other) <= key->width)
			CU_ASSERT_EQUAL(import_point(key->crv, other, key->y,
						key->width),
				JWT_TOKEN_MALFORMED);
		BN_free(p);
	}
}

static void
refuses_a_key_that_says_another_curve(void)
{
	CU_ASSERT_EQUAL(import_point("P-384", keys[0].x, keys[0].y, 48),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import_point("P-384", keys[0].x, keys[0].y, 32),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import_point("secp256k1", keys[0].x, keys[0].y, 32),
		JWT_TOKEN_MALFORMED);
	CU_ASSERT_EQUAL(import_point("p-256", keys[0].x, keys[0].y, 32),
		JWT_TOKEN_MALFORMED);
}

static void
finish(void)
{
	each_key(key) edge_ec_free(key);
	BN_free(r);
	BN_free(s);
	BN_free(other);
	CU_ASSERT_PTR_NULL(keys[0].jwk);
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(accepts_r_and_s_of_full_width),
	UNIT_TEST(refuses_zero),
	UNIT_TEST(refuses_the_order_and_more),
	UNIT_TEST(refuses_the_same_number_plus_the_order),
	UNIT_TEST(refuses_small_and_negated_numbers),
	UNIT_TEST(accepts_the_twin_that_anyone_can_make),
	UNIT_TEST(accepts_numbers_that_begin_with_a_one_or_with_zeros),
	UNIT_TEST(refuses_every_other_length),
	UNIT_TEST(refuses_der),
	UNIT_TEST(refuses_another_hash_even_if_it_is_cut),
	UNIT_TEST(refuses_the_algorithm_of_another_curve),
	UNIT_TEST(refuses_a_key_off_its_curve),
	UNIT_TEST(refuses_the_point_at_infinity),
	UNIT_TEST(refuses_a_coordinate_of_the_prime_or_more),
	UNIT_TEST(refuses_a_key_that_says_another_curve),
	UNIT_TEST(finish),
};
UNIT_SUITE("edges_ecdsa", tests)
