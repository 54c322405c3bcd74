/* SPDX-License-Identifier: ISC */
/* Ed25519 and Ed448 (RFC 8032): a second S, small orders, strange points. */
#include "edge_maker.h"

#include <string.h>

#define ED25519_ORDER \
	"1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"
#define ED448_ORDER                                                \
	"3fffffffffffffffffffffffffffffffffffffffffffffffffffffff" \
	"7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3"

static const struct ed {
	const char *alg, *order;
	size_t width; /* of R, of S, of a key */
} curves[] = {
	{ "Ed25519", ED25519_ORDER, 32 },
	{ "Ed448", ED448_ORDER, 57 },
};

#define each_curve(ed)                                                      \
	for (const struct ed *ed = curves; ed < curves + JWT_COUNT(curves); \
		ed++)

static enum jwt_reason
import_bytes(const struct ed *ed, const uint8_t *x, struct jwk **key)
{
	JWT_AUTO(buffer) text = BUFFER(512);
	JWT_AUTO(json_doc) doc = { 0 };

	CU_ASSERT_FATAL(buffer_append_format(
		&text, "{\"kty\":\"OKP\",\"crv\":\"%s\"", ed->alg));
	edge_member(&text, "x", x, ed->width);
	CU_ASSERT_FATAL(buffer_append(&text, "}", 1));
	CU_ASSERT_EQUAL_FATAL(
		json_parse_object(buffer_slice(&text), "key", &doc, NULL),
		JWT_OK);
	return jwk_from_json(json_root(&doc), key, NULL);
}

/* A key, and its honest signature over the token with serial 1. */
static struct jwk *
fresh(const struct ed *ed, uint8_t *signature)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, ed->alg);
	JWT_AUTO(buffer) input = BUFFER(256);
	struct jwk *key = NULL;
	uint8_t x[57];
	size_t len = sizeof(x);

	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_get_raw_public_key(pkey, x, &len), 1);
	CU_ASSERT_EQUAL_FATAL(import_bytes(ed, x, &key), JWT_OK);
	edge_input(ed->alg, 1, &input);
	CU_ASSERT_EQUAL_FATAL(
		edge_sign(pkey, NULL, buffer_slice(&input), signature),
		2 * ed->width);
	EVP_PKEY_free(pkey);
	return key;
}

static enum jwt_reason
try_one(const struct ed *ed, const struct jwk *key, const uint8_t *signature)
{
	return edge_verify(key, ed->alg, 1, slice_of(signature, 2 * ed->width));
}

/* RFC 8032 sections 5.1.7 and 5.2.7: S is below the order, so nobody can
 * make a second signature of the first. */
static void
refuses_s_plus_the_order(void)
{
	each_curve(ed)
	{
		uint8_t signature[EDGE_MAX];
		JWT_AUTO(jwk) key = fresh(ed, signature);
		uint8_t *half = signature + ed->width;
		BIGNUM *order = NULL, *s;

		CU_ASSERT_EQUAL(try_one(ed, key, signature), JWT_OK);
		BN_hex2bn(&order, ed->order);
		s = BN_lebin2bn(half, (int)ed->width, NULL);
		CU_ASSERT(BN_cmp(s, order) < 0);
		BN_add(s, s, order);
		BN_bn2lebinpad(s, half, (int)ed->width);
		CU_ASSERT_EQUAL(
			try_one(ed, key, signature), JWT_SIGNATURE_INVALID);
		BN_bn2lebinpad(order, half, (int)ed->width);
		CU_ASSERT_EQUAL(
			try_one(ed, key, signature), JWT_SIGNATURE_INVALID);
		memset(half, 0xff, ed->width);
		CU_ASSERT_EQUAL(
			try_one(ed, key, signature), JWT_SIGNATURE_INVALID);
		memset(half, 0, ed->width);
		CU_ASSERT_EQUAL(
			try_one(ed, key, signature), JWT_SIGNATURE_INVALID);
		BN_free(order);
		BN_free(s);
	}
}

static void
refuses_an_r_that_is_changed_or_no_point(void)
{
	each_curve(ed)
	{
		uint8_t signature[EDGE_MAX], bad[EDGE_MAX];
		JWT_AUTO(jwk) key = fresh(ed, signature);

		for (size_t i = 0; i < ed->width; i++) {
			memcpy(bad, signature, sizeof(bad));
			bad[i] ^= i == ed->width - 1 ? 0x80 : 1;
			CU_ASSERT_EQUAL(
				try_one(ed, key, bad), JWT_SIGNATURE_INVALID);
		}
		memcpy(bad, signature, sizeof(bad));
		memset(bad, 0xff, ed->width);
		CU_ASSERT_EQUAL(try_one(ed, key, bad), JWT_SIGNATURE_INVALID);
		memset(bad, 0, ed->width);
		CU_ASSERT_EQUAL(try_one(ed, key, bad), JWT_SIGNATURE_INVALID);
		bad[0] = 1; /* the neutral point */
		CU_ASSERT_EQUAL(try_one(ed, key, bad), JWT_SIGNATURE_INVALID);
	}
}

static void
refuses_every_other_length_of_signature(void)
{
	each_curve(ed)
	{
		uint8_t signature[EDGE_MAX] = { 0 };
		JWT_AUTO(jwk) key = fresh(ed, signature);

		for (size_t len = 0; len <= 130; len++)
			CU_ASSERT_EQUAL(edge_verify(key, ed->alg, 1,
						slice_of(signature, len)),
				len == 2 * ed->width ? JWT_OK
						     : JWT_SIGNATURE_INVALID);
	}
}

/* The last byte of Ed448's S is 0: its number has 446 bits. */
static void
refuses_bits_that_s_does_not_use(void)
{
	each_curve(ed)
	{
		uint8_t signature[EDGE_MAX];
		JWT_AUTO(jwk) key = fresh(ed, signature);

		for (uint8_t bit = 0x80; bit > 0x10; bit >>= 1) {
			signature[2 * ed->width - 1] ^= bit;
			CU_ASSERT_EQUAL(try_one(ed, key, signature),
				JWT_SIGNATURE_INVALID);
			signature[2 * ed->width - 1] ^= bit;
		}
		CU_ASSERT_EQUAL(try_one(ed, key, signature), JWT_OK);
	}
}

static void
import_with_either_sign(
	const struct ed *ed, uint8_t *x, enum jwt_reason expected)
{
	for (unsigned sign = 0; sign < 2; sign++) {
		JWT_AUTO(jwk) key = NULL;

		x[ed->width - 1] ^= 0x80;
		CU_ASSERT_EQUAL(import_bytes(ed, x, &key), expected);
	}
}

/* p + add as y, little-endian; add may be negative. */
static void
around_the_prime(const struct ed *ed, int add, uint8_t *x)
{
	BIGNUM *p = BN_new();

	CU_ASSERT_EQUAL_FATAL(BN_set_bit(p, ed->width == 32 ? 255 : 448), 1);
	if (ed->width == 32) {
		BN_sub_word(p, 19);
	} else {
		BIGNUM *middle = BN_new();

		BN_set_bit(middle, 224);
		BN_sub(p, p, middle);
		BN_sub_word(p, 1);
		BN_free(middle);
	}
	if (add >= 0)
		BN_add_word(p, (BN_ULONG)add);
	else
		BN_sub_word(p, (BN_ULONG)-add);
	CU_ASSERT_EQUAL_FATAL(
		BN_bn2lebinpad(p, x, (int)ed->width), (int)ed->width);
	BN_free(p);
}

/* With R neutral and S = 0 anybody signs for the neutral point. */
static void
refuses_a_key_of_small_order(void)
{
	/* Order 8; the same with the other sign; and y = p - these. */
	static const char y8[] = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3"
				 "c63339b13802886d53fc05";
	BIGNUM *number = NULL, *prime;
	uint8_t x[57];

	each_curve(ed)
	{
		memset(x, 0, sizeof(x)); /* y = 0: order 4 */
		import_with_either_sign(ed, x, JWT_TOKEN_MALFORMED);
		x[0] = 1; /* neutral */
		import_with_either_sign(ed, x, JWT_TOKEN_MALFORMED);
		around_the_prime(ed, -1, x); /* order 2 */
		import_with_either_sign(ed, x, JWT_TOKEN_MALFORMED);
	}
	BN_hex2bn(&number, y8); /* as it stands: the bytes in their order */
	BN_bn2binpad(number, x, 32);
	import_with_either_sign(&curves[0], x, JWT_TOKEN_MALFORMED);
	BN_lebin2bn(x, 32, number);
	around_the_prime(&curves[0], 0, x);
	prime = BN_lebin2bn(x, 32, NULL);
	BN_sub(number, prime, number);
	BN_bn2lebinpad(number, x, 32);
	import_with_either_sign(&curves[0], x, JWT_TOKEN_MALFORMED);
	BN_sub_word(number, 1); /* as good as any other */
	BN_bn2lebinpad(number, x, 32);
	import_with_either_sign(&curves[0], x, JWT_OK);
	BN_free(number);
	BN_free(prime);
}

/* RFC 8032 section 5.1.3: y of the prime or more is no encoding. */
static void
refuses_a_key_that_is_not_canonical(void)
{
	uint8_t x[57];

	each_curve(ed)
	{
		for (int add = 0; add < 19; add++) {
			around_the_prime(ed, add, x);
			import_with_either_sign(ed, x, JWT_TOKEN_MALFORMED);
		}
		around_the_prime(ed, -2, x);
		import_with_either_sign(ed, x, JWT_OK);
		memset(x, 0xff, sizeof(x));
		import_with_either_sign(ed, x, JWT_TOKEN_MALFORMED);
	}
	memset(x, 0x55, sizeof(x)); /* Ed448 has seven bits to spare */
	x[56] = 1;
	import_with_either_sign(&curves[1], x, JWT_TOKEN_MALFORMED);
	x[56] = 0;
	import_with_either_sign(&curves[1], x, JWT_OK);
}

/* Half of all y have no x: such a key imports, and verifies nothing. */
static void
a_key_that_is_no_point_verifies_nothing(void)
{
	uint8_t x[57], signature[2 * 57];

	each_curve(ed) for (uint8_t y = 2; y < 40; y++)
	{
		JWT_AUTO(jwk) key = NULL;

		memset(x, 0, sizeof(x));
		memset(signature, 0, sizeof(signature));
		x[0] = y;
		signature[0] = 1;
		CU_ASSERT_EQUAL_FATAL(import_bytes(ed, x, &key), JWT_OK);
		CU_ASSERT_EQUAL(
			try_one(ed, key, signature), JWT_SIGNATURE_INVALID);
	}
}

/* RFC 8037 section 3.1: Ed25519 and Ed448 are two algorithms in one name. */
static void
refuses_the_signature_of_the_other_curve(void)
{
	uint8_t a[EDGE_MAX] = { 0 }, b[EDGE_MAX] = { 0 };
	JWT_AUTO(jwk) ed25519 = fresh(&curves[0], a);
	JWT_AUTO(jwk) ed448 = fresh(&curves[1], b);

	CU_ASSERT_EQUAL(edge_verify(ed25519, "EdDSA", 1, slice_of(b, 2 * 57)),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(edge_verify(ed448, "EdDSA", 1, slice_of(a, 2 * 32)),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(try_one(&curves[1], ed25519, b), JWT_ALG_NOT_ALLOWED);
	CU_ASSERT_EQUAL(try_one(&curves[0], ed448, a), JWT_ALG_NOT_ALLOWED);
}

static const struct unit_test tests[] = {
	UNIT_TEST(refuses_s_plus_the_order),
	UNIT_TEST(refuses_an_r_that_is_changed_or_no_point),
	UNIT_TEST(refuses_every_other_length_of_signature),
	UNIT_TEST(refuses_bits_that_s_does_not_use),
	UNIT_TEST(refuses_a_key_of_small_order),
	UNIT_TEST(refuses_a_key_that_is_not_canonical),
	UNIT_TEST(a_key_that_is_no_point_verifies_nothing),
	UNIT_TEST(refuses_the_signature_of_the_other_curve),
};
UNIT_SUITE("edges_eddsa", tests)
