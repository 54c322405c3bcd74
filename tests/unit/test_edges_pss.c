/* SPDX-License-Identifier: ISC */
/* PS*: RSASSA-PSS (RFC 8017 section 9.1.2) as RFC 7518 section 3.5 fixes it. */
#include "edge_maker.h"

#include <string.h>

#define WIDTH 256

static struct edge_rsa rsa;

/* How a block is made; only salt, hash and mgf differ between good ones. */
struct pss {
	const char *alg, *hash, *mgf;
	size_t salt;
	uint8_t trailer, separator, first; /* first is or-ed in */
	uint8_t filler;			   /* before the separator */
	bool wrong_hash_inside;
	uint8_t salt_byte; /* all of the salt */
};

static void
mgf1(const char *hash, struct slice seed, uint8_t *out, size_t len)
{
	uint8_t block[64];
	size_t step = 0;

	for (uint32_t i = 0; len > 0; i++) {
		JWT_AUTO(buffer) in = BUFFER(128);

		CU_ASSERT_FATAL(buffer_append_slice(&in, seed) &&
				buffer_append_u32(&in, i));
		step = edge_digest(hash, buffer_slice(&in), block);
		for (size_t j = 0; j < step && len > 0; j++, len--)
			*out++ ^= block[j];
	}
}

/* Hash(00 * 8, Hash(message), salt). Returns its length. */
static size_t
inner_hash(const struct pss *p, const uint8_t *salt, uint8_t *out)
{
	JWT_AUTO(buffer) input = BUFFER(256);
	JWT_AUTO(buffer) m = BUFFER(1024);
	uint8_t *at = buffer_extend(&m, 8);
	uint8_t hash[64];
	size_t len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	edge_input(p->alg, 1, &input);
	len = edge_digest(p->hash, buffer_slice(&input), hash);
	hash[0] ^= p->wrong_hash_inside;
	CU_ASSERT_FATAL(buffer_append(&m, hash, len) &&
			buffer_append(&m, salt, p->salt));
	return edge_digest(p->hash, buffer_slice(&m), out);
}

static bool
below_n(const uint8_t *block)
{
	BIGNUM *m = BN_bin2bn(block, WIDTH, NULL);
	bool below = BN_cmp(m, rsa.n) < 0;

	BN_free(m);
	return below;
}

/* JWT_REASON_COUNT: this block is no number below n, try another salt. */
static enum jwt_reason
try_pss(const struct pss *p)
{
	uint8_t block[WIDTH], salt[WIDTH], h[64], raw[WIDTH];
	size_t len, db;

	memset(salt, p->salt_byte, sizeof(salt));
	len = inner_hash(p, salt, h);
	db = WIDTH - len - 1;
	memset(block, p->filler, db);
	CU_ASSERT_FATAL(p->salt < db);
	block[db - p->salt - 1] = p->separator;
	memcpy(block + db - p->salt, salt, p->salt);
	mgf1(p->mgf, slice_of(h, len), block, db);
	block[0] = (block[0] & 0x7f) | p->first;
	memcpy(block + db, h, len);
	block[WIDTH - 1] = p->trailer;
	if (!below_n(block))
		return JWT_REASON_COUNT;
	edge_rsa_raw(&rsa, block, raw);
	return edge_verify(rsa.jwk, p->alg, 1, slice_of(raw, sizeof(raw)));
}

static const struct pss good[] = {
	{ "PS256", "SHA256", "SHA256", 32, 0xbc, 1, 0, 0, false, 7 },
	{ "PS384", "SHA384", "SHA384", 48, 0xbc, 1, 0, 0, false, 7 },
	{ "PS512", "SHA512", "SHA512", 64, 0xbc, 1, 0, 0, false, 7 },
};

#define REFUSES(field, value)                                                \
	do {                                                                 \
		for (size_t i = 0; i < JWT_COUNT(good); i++) {               \
			struct pss p = good[i];                              \
                                                                             \
			p.field = (value);                                   \
			CU_ASSERT_EQUAL(try_pss(&p), JWT_SIGNATURE_INVALID); \
		}                                                            \
	} while (0)

static void
start(void)
{
	edge_rsa_make(&rsa);
	CU_ASSERT_EQUAL_FATAL(rsa.width, WIDTH);
}

static void
accepts_a_salt_as_long_as_the_hash(void)
{
	for (size_t i = 0; i < JWT_COUNT(good); i++)
		CU_ASSERT_EQUAL(try_pss(&good[i]), JWT_OK);
}

/* Another length is another format: RFC 7518 section 3.5 names one. */
static void
refuses_a_salt_of_any_other_length(void)
{
	REFUSES(salt, 0);
	REFUSES(salt, 1);
	REFUSES(salt, 20);
	REFUSES(salt, p.salt - 1);
	REFUSES(salt, p.salt + 1);
	for (size_t i = 0; i < JWT_COUNT(good); i++) {
		struct pss p = good[i];

		p.salt = WIDTH - p.salt - 2; /* the longest */
		CU_ASSERT_EQUAL(try_pss(&p), JWT_SIGNATURE_INVALID);
	}
}

static void
refuses_another_hash_in_the_mask(void)
{
	REFUSES(mgf, "SHA1");
	REFUSES(mgf, i == 0 ? "SHA512" : "SHA256");
}

static void
refuses_another_hash_of_the_message(void)
{
	for (size_t i = 0; i < JWT_COUNT(good); i++)
		for (size_t j = 0; j < JWT_COUNT(good); j++) {
			struct pss p = good[i];

			p.alg = good[j].alg;
			CU_ASSERT_EQUAL(try_pss(&p),
				i == j ? JWT_OK : JWT_SIGNATURE_INVALID);
		}
	REFUSES(wrong_hash_inside, true);
}

static void
refuses_another_trailer(void)
{
	REFUSES(trailer, 0xbd);
	REFUSES(trailer, 0xcc);
	REFUSES(trailer, 0);
}

static void
refuses_padding_that_is_not_zeros_and_a_one(void)
{
	REFUSES(filler, 1);
	REFUSES(separator, 0);
	REFUSES(separator, 2);
}

/* RFC 8017 section 9.1.2, step 6: the bits above emBits are zero. */
static void
refuses_a_bit_above_the_length(void)
{
	struct pss p = good[0];
	enum jwt_reason reason = JWT_REASON_COUNT;

	p.first = 0x80;
	for (unsigned i = 0; i < 256 && reason == JWT_REASON_COUNT; i++) {
		p.salt_byte = (uint8_t)i;
		reason = try_pss(&p);
	}
	CU_ASSERT_EQUAL(reason, JWT_SIGNATURE_INVALID);
	p.first = 0;
	CU_ASSERT_EQUAL(try_pss(&p), JWT_OK);
}

/* One key, two ways to sign: neither passes for the other. */
static void
refuses_the_other_padding(void)
{
	JWT_AUTO(buffer) input = BUFFER(256);
	uint8_t raw[EDGE_MAX];
	size_t len;

	edge_input("PS256", 1, &input);
	len = edge_sign(rsa.pkey, "SHA256", buffer_slice(&input), raw);
	CU_ASSERT_EQUAL(edge_verify(rsa.jwk, "PS256", 1, slice_of(raw, len)),
		JWT_SIGNATURE_INVALID);
	buffer_clear(&input);
	edge_input("RS256", 1, &input);
	len = edge_sign(rsa.pkey, "SHA256", buffer_slice(&input), raw);
	CU_ASSERT_EQUAL(
		edge_verify(rsa.jwk, "RS256", 1, slice_of(raw, len)), JWT_OK);
}

static void
finish(void)
{
	edge_rsa_free(&rsa);
	CU_ASSERT_PTR_NULL(rsa.jwk);
}

static const struct unit_test tests[] = {
	UNIT_TEST(start),
	UNIT_TEST(accepts_a_salt_as_long_as_the_hash),
	UNIT_TEST(refuses_a_salt_of_any_other_length),
	UNIT_TEST(refuses_another_hash_in_the_mask),
	UNIT_TEST(refuses_another_hash_of_the_message),
	UNIT_TEST(refuses_another_trailer),
	UNIT_TEST(refuses_padding_that_is_not_zeros_and_a_one),
	UNIT_TEST(refuses_a_bit_above_the_length),
	UNIT_TEST(refuses_the_other_padding),
	UNIT_TEST(finish),
};
UNIT_SUITE("edges_pss", tests)
