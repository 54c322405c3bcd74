/* SPDX-License-Identifier: ISC */
/*
 * RS*: RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.2). The block is made anew and
 * compared as a whole, so nothing in it is parsed: each of these would pass
 * a verifier that looks for the hash instead.
 */
#include "edge_maker.h"

#include <openssl/rsa.h>
#include <string.h>

#define SHA256_INFO "\x30\x31\x30\x0d" SHA256_OID "\x05\x00\x04\x20"
#define SHA256_OID  "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"

static struct edge_rsa rsa;

/* What stands where in the block: 00 kind, ff..., 00, info, hash, tail. */
struct block {
	const char *info;
	size_t info_len;
	const char *hash;
	uint8_t first, kind, filler, separator;
	size_t filled; /* bytes of filler; 0: as many as fit */
	size_t cut;    /* of the hash */
};

#define GOOD                                                              \
	{                                                                 \
		.info = SHA256_INFO, .info_len = sizeof(SHA256_INFO) - 1, \
		.hash = "SHA256", .kind = 1, .filler = 0xff               \
	}

static enum jwt_reason
try_block(const struct block *b)
{
	JWT_AUTO(buffer) input = BUFFER(256);
	uint8_t block[256] = { 0 }, hash[64], raw[256];
	size_t len, body, filled;

	edge_input("RS256", 1, &input);
	len = edge_digest(b->hash, buffer_slice(&input), hash) - b->cut;
	body = b->info_len + len;
	filled = b->filled != 0 ? b->filled : sizeof(block) - 3 - body;
	block[0] = b->first;
	block[1] = b->kind;
	memset(block + 2, b->filler, filled);
	block[2 + filled] = b->separator;
	memcpy(block + 3 + filled, b->info, b->info_len);
	memcpy(block + 3 + filled + b->info_len, hash, len);
	edge_rsa_raw(&rsa, block, raw);
	return edge_verify(rsa.jwk, "RS256", 1, slice_of(raw, sizeof(raw)));
}

static enum jwt_reason
try_info(const char *info, size_t len, const char *hash)
{
	struct block b = GOOD;

	b.info = info;
	b.info_len = len;
	b.hash = hash;
	return try_block(&b);
}

#define REFUSED(info, hash) \
	CU_ASSERT_EQUAL(    \
		try_info(info, sizeof(info) - 1, hash), JWT_SIGNATURE_INVALID)

static void
start(void)
{
	edge_rsa_make(&rsa);
	CU_ASSERT_EQUAL_FATAL(rsa.width, 256);
}

static void
accepts_the_block_of_the_standard(void)
{
	struct block b = GOOD;

	CU_ASSERT_EQUAL(try_block(&b), JWT_OK);
}

/* DER of a sequence has one form; BER has many (Bleichenbacher, 2006). */
static void
refuses_a_digest_info_in_another_form(void)
{
	REFUSED("\x30\x2f\x30\x0b" SHA256_OID "\x04\x20", "SHA256");
	REFUSED("\x30\x81\x31\x30\x0d" SHA256_OID "\x05\x00\x04\x20", "SHA256");
	REFUSED("\x30\x32\x30\x81\x0d" SHA256_OID "\x05\x00\x04\x20", "SHA256");
	REFUSED("\x30\x32\x30\x0d" SHA256_OID "\x05\x00\x04\x81\x20", "SHA256");
	REFUSED("\x30\x33\x30\x0f" SHA256_OID "\x05\x02\x0a\x0b\x04\x20",
		"SHA256");
	REFUSED("\x30\x80\x30\x0d" SHA256_OID "\x05\x00\x04\x20", "SHA256");
	REFUSED("", "SHA256"); /* the hash alone */
	REFUSED("\x04\x20", "SHA256");
}

static void
refuses_another_hash_than_alg_says(void)
{
	REFUSED("\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
		"SHA1");
	REFUSED("\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"
		"\x05\x00\x04\x40",
		"SHA512");
	/* SHA-384's name over SHA-256's hash, and the other way round. */
	REFUSED("\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"
		"\x05\x00\x04\x30",
		"SHA256");
	REFUSED(SHA256_INFO, "SHA384");
}

/* Few ff, and behind the hash room for a cube root (e = 3). */
static void
refuses_bytes_behind_the_hash(void)
{
	struct block b = GOOD;

	for (b.filled = 1; b.filled < 202; b.filled++)
		if (b.filled % 40 == 1 || b.filled == 8)
			CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b.filled = 202; /* 3 + 202 + 19 + 32 = 256: all of it */
	CU_ASSERT_EQUAL(try_block(&b), JWT_OK);
}

static void
refuses_padding_of_another_kind(void)
{
	struct block b = GOOD;

	b.kind = 0;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b.kind = 2;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b = (struct block)GOOD;
	b.filler = 0xfe;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b.filler = 0;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b = (struct block)GOOD;
	b.separator = 0xff;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b.separator = 1;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b = (struct block)GOOD;
	b.first = 1;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
}

static void
refuses_a_hash_that_is_cut(void)
{
	struct block b = GOOD;

	b.cut = 1;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
	b.cut = 32;
	CU_ASSERT_EQUAL(try_block(&b), JWT_SIGNATURE_INVALID);
}

/* RFC 8017 section 5.2.2: the representative is below n. */
static void
refuses_a_signature_of_n_or_more(void)
{
	BIGNUM *s = BN_new();
	uint8_t raw[256];
	unsigned serial = 0, tried = 0;

	for (; tried < 3 && serial < 1000; serial++) {
		JWT_AUTO(buffer) input = BUFFER(256);

		edge_input("RS256", serial, &input);
		edge_sign(rsa.pkey, "SHA256", buffer_slice(&input), raw);
		CU_ASSERT_EQUAL(edge_verify(rsa.jwk, "RS256", serial,
					slice_of(raw, 256)),
			JWT_OK);
		BN_bin2bn(raw, 256, s);
		BN_add(s, s, rsa.n);
		if (BN_num_bytes(s) > 256)
			continue;
		tried++;
		BN_bn2binpad(s, raw, 256);
		CU_ASSERT_EQUAL(edge_verify(rsa.jwk, "RS256", serial,
					slice_of(raw, 256)),
			JWT_SIGNATURE_INVALID);
	}
	CU_ASSERT_EQUAL(tried, 3);
	BN_free(s);
}

/* RFC 8017 section 8.2.2, step 1: k octets, whatever the number. */
static void
refuses_a_signature_that_is_not_as_long_as_n(void)
{
	uint8_t raw[EDGE_MAX] = { 0 };
	unsigned serial = 0;

	for (; serial < 20000; serial++) { /* one in 256 begins with a zero */
		JWT_AUTO(buffer) input = BUFFER(256);

		edge_input("RS256", serial, &input);
		edge_sign(rsa.pkey, "SHA256", buffer_slice(&input), raw + 1);
		if (raw[1] == 0)
			break;
	}
	CU_ASSERT_EQUAL(
		edge_verify(rsa.jwk, "RS256", serial, slice_of(raw + 1, 256)),
		JWT_OK);
	CU_ASSERT_EQUAL(
		edge_verify(rsa.jwk, "RS256", serial, slice_of(raw + 2, 255)),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(
		edge_verify(rsa.jwk, "RS256", serial, slice_of(raw, 257)),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(
		edge_verify(rsa.jwk, "RS256", serial, slice_of(raw + 1, 257)),
		JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(edge_verify(rsa.jwk, "RS256", serial, slice_of(raw, 0)),
		JWT_SIGNATURE_INVALID);
}

/* 0, 1 and n - 1 are their own powers. */
static void
refuses_numbers_that_every_exponent_leaves_alone(void)
{
	BIGNUM *s = BN_dup(rsa.n);
	uint8_t raw[256] = { 0 };

	CU_ASSERT_EQUAL(edge_verify(rsa.jwk, "RS256", 1, slice_of(raw, 256)),
		JWT_SIGNATURE_INVALID);
	raw[255] = 1;
	CU_ASSERT_EQUAL(edge_verify(rsa.jwk, "RS256", 1, slice_of(raw, 256)),
		JWT_SIGNATURE_INVALID);
	BN_sub_word(s, 1);
	BN_bn2binpad(s, raw, 256);
	CU_ASSERT_EQUAL(edge_verify(rsa.jwk, "RS256", 1, slice_of(raw, 256)),
		JWT_SIGNATURE_INVALID);
	BN_free(s);
}

static void
finish(void)
{
	edge_rsa_free(&rsa);
	CU_ASSERT_PTR_NULL(rsa.jwk);
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(accepts_the_block_of_the_standard),
	UNIT_TEST(refuses_a_digest_info_in_another_form),
	UNIT_TEST(refuses_another_hash_than_alg_says),
	UNIT_TEST(refuses_bytes_behind_the_hash),
	UNIT_TEST(refuses_padding_of_another_kind),
	UNIT_TEST(refuses_a_hash_that_is_cut),
	UNIT_TEST(refuses_a_signature_of_n_or_more),
	UNIT_TEST(refuses_a_signature_that_is_not_as_long_as_n),
	UNIT_TEST(refuses_numbers_that_every_exponent_leaves_alone),
	UNIT_TEST(finish),
};
UNIT_SUITE("edges_pkcs1", tests)
