/* SPDX-License-Identifier: ISC */
/* revocation: the other ECDSA signature. */
#include "base/base64.h"
#include "revocation/twins.h"
#include "suite.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <string.h>

static const struct {
	enum jws_alg alg;
	int nid;
} curves[] = {
	{ JWS_ES256, NID_X9_62_prime256v1 },
	{ JWS_ES384, NID_secp384r1 },
	{ JWS_ES512, NID_secp521r1 },
};

static void
orders_are_those_of_the_curves(void)
{
	for (size_t i = 0; i < JWT_COUNT(curves); i++) {
		EC_GROUP *group = EC_GROUP_new_by_curve_name(curves[i].nid);
		struct slice n = twin_order(curves[i].alg);
		uint8_t expected[66];

		CU_ASSERT_PTR_NOT_NULL_FATAL(group);
		CU_ASSERT_EQUAL(
			n.len, jws_alg_info(curves[i].alg)->signature_len / 2);
		CU_ASSERT_EQUAL(BN_bn2binpad(EC_GROUP_get0_order(group),
					expected, (int)n.len),
			(int)n.len);
		CU_ASSERT(slice_equal(n, slice_of(expected, n.len)));
		EC_GROUP_free(group);
	}
}

/* The twin's signature bytes; false: it has none. */
static bool
twin(enum jws_alg alg, struct slice signature, uint8_t *out)
{
	JWT_AUTO(buffer) text = BUFFER(1024), decoded = BUFFER(1024);
	struct slice rest;
	bool full;

	if (!twin_of_token(
		    alg, slice_of_string("a.b"), signature, &text, &full))
		return false;
	rest = slice_of(text.data + 4, text.len - 4);
	CU_ASSERT(slice_equals_string(slice_of(text.data, 4), "a.b."));
	CU_ASSERT(base64url_decode(rest, &decoded));
	CU_ASSERT_EQUAL(decoded.len, signature.len);
	memcpy(out, decoded.data, decoded.len);
	return true;
}

static void
a_twin_adds_up_to_the_order_and_is_its_twins_twin(void)
{
	for (size_t i = 0; i < JWT_COUNT(curves); i++) {
		struct slice n = twin_order(curves[i].alg);
		uint8_t signature[132], other[132], back[132];
		struct slice s = slice_of(signature, 2 * n.len);
		BIGNUM *a, *b;

		for (size_t j = 0; j < s.len; j++)
			signature[j] = (uint8_t)(j * 37 + 1);
		signature[n.len] = 0; /* below any order */
		CU_ASSERT(twin(curves[i].alg, s, other));
		CU_ASSERT_EQUAL(memcmp(signature, other, n.len), 0);
		a = BN_bin2bn(signature + n.len, (int)n.len, NULL);
		b = BN_bin2bn(other + n.len, (int)n.len, NULL);
		CU_ASSERT_EQUAL(BN_add(a, a, b), 1);
		CU_ASSERT_EQUAL(BN_bn2binpad(a, back, (int)n.len), (int)n.len);
		CU_ASSERT(slice_equal(slice_of(back, n.len), n));
		CU_ASSERT(twin(curves[i].alg, slice_of(other, s.len), back));
		CU_ASSERT_EQUAL(memcmp(signature, back, s.len), 0);
		BN_free(a);
		BN_free(b);
	}
}

static void
what_cannot_be_a_signature_has_no_twin(void)
{
	struct slice n = twin_order(JWS_ES256);
	uint8_t signature[65] = { 1 }, out[132];

	CU_ASSERT_FALSE(twin(JWS_ES256, slice_of(signature, 64), out));
	memcpy(signature + 32, n.data, 32);
	CU_ASSERT_FALSE(twin(JWS_ES256, slice_of(signature, 64), out));
	signature[63]--;
	CU_ASSERT(twin(JWS_ES256, slice_of(signature, 64), out));
	CU_ASSERT_FALSE(twin(JWS_ES256, slice_of(signature, 63), out));
	CU_ASSERT_FALSE(twin(JWS_ES256, slice_of(signature, 65), out));
	CU_ASSERT_FALSE(twin(JWS_RS256, slice_of(signature, 64), out));
	CU_ASSERT_FALSE(twin(JWS_EDDSA, slice_of(signature, 64), out));
}

static void
a_full_buffer_is_told_from_no_twin(void)
{
	JWT_AUTO(buffer) small = BUFFER(20);
	uint8_t signature[64] = { 1 };
	bool full = false;

	signature[63] = 1;
	CU_ASSERT_FALSE(twin_of_token(JWS_ES256, slice_of_string("a.b"),
		slice_of(signature, 64), &small, &full));
	CU_ASSERT(full);
	CU_ASSERT_EQUAL(small.len, 0);
}

static const struct unit_test tests[] = {
	UNIT_TEST(orders_are_those_of_the_curves),
	UNIT_TEST(a_twin_adds_up_to_the_order_and_is_its_twins_twin),
	UNIT_TEST(what_cannot_be_a_signature_has_no_twin),
	UNIT_TEST(a_full_buffer_is_told_from_no_twin),
};
UNIT_SUITE("revocation_twins", tests)
