/* SPDX-License-Identifier: ISC */
/* ssh: keys, and certificates that ssh-keygen made. */
#include "base/base64.h"
#include "cert_maker.h"
#include "ssh/wire.h"
#include "ssh_vectors.h"
#include "suite.h"

#include <string.h>

static void
decode(const char *text, struct buffer *out)
{
	*out = BUFFER(JWT_CARRIER_MAX);
	CU_ASSERT_FATAL(base64_decode(slice_of_string(text), out));
}

static enum jwt_reason
parse(struct slice blob)
{
	JWT_AUTO(ssh_cert) cert = { 0 };

	return ssh_cert_parse(blob, &cert, NULL);
}

static bool
is_sha1(const struct ssh_vector *v)
{
	return strcmp(v->name, "rsa_sha1") == 0;
}

static void
parses_certificates_of_ssh_keygen(void)
{
	for (size_t i = 0; i < JWT_COUNT(ssh_vectors); i++) {
		const struct ssh_vector *v = &ssh_vectors[i];
		JWT_AUTO(ssh_cert) cert = { 0 };
		JWT_AUTO(buffer) blob, key;
		struct report r = { 0 };

		if (is_sha1(v))
			continue;
		decode(v->cert, &blob);
		decode(v->key, &key);
		CU_ASSERT_EQUAL_FATAL(
			ssh_cert_parse(buffer_slice(&blob), &cert, &r), JWT_OK);
		CU_ASSERT_EQUAL(cert.serial, VECTOR_SERIAL);
		CU_ASSERT_EQUAL(cert.valid_after, VECTOR_AFTER);
		CU_ASSERT_EQUAL(cert.valid_before, VECTOR_BEFORE);
		CU_ASSERT(slice_equals_string(cert.key_id, "jwtauth"));
		CU_ASSERT(slice_equals_string(cert.token, VECTOR_TOKEN));
		CU_ASSERT(slice_equal(cert.key_blob, buffer_slice(&key)));
		CU_ASSERT(cert.self_signed && cert.is_user);
		CU_ASSERT(cert.has_principal && !cert.has_critical);
		CU_ASSERT(ssh_type_is_cert(slice_of_string(v->type)));
	}
}

static void
rejects_a_certificate_signed_with_sha1(void)
{
	for (size_t i = 0; i < JWT_COUNT(ssh_vectors); i++) {
		JWT_AUTO(buffer) blob;

		decode(ssh_vectors[i].cert, &blob);
		CU_ASSERT_EQUAL(parse(buffer_slice(&blob)),
			is_sha1(&ssh_vectors[i]) ? JWT_SIGNATURE_INVALID
						 : JWT_OK);
	}
}

static void
rejects_a_certificate_cut_at_any_length(void)
{
	for (size_t i = 0; i < JWT_COUNT(ssh_vectors); i++) {
		JWT_AUTO(buffer) blob;

		decode(ssh_vectors[i].cert, &blob);
		for (size_t n = 0; n < blob.len; n++)
			CU_ASSERT_EQUAL(parse(slice_of(blob.data, n)),
				JWT_TOKEN_MALFORMED);
	}
}

static void
rejects_a_certificate_with_any_byte_changed(void)
{
	static const uint8_t flips[] = { 0x01, 0x80 };

	for (size_t i = 0; i < JWT_COUNT(ssh_vectors); i++) {
		JWT_AUTO(buffer) blob;
		size_t taken = 0;

		decode(ssh_vectors[i].cert, &blob);
		for (size_t n = 0; n < blob.len * JWT_COUNT(flips); n++) {
			uint8_t *at = &blob.data[n / JWT_COUNT(flips)];
			uint8_t flip = flips[n % JWT_COUNT(flips)];

			*at ^= flip;
			taken += parse(buffer_slice(&blob)) == JWT_OK;
			*at ^= flip;
		}
		CU_ASSERT_EQUAL(taken, 0);
	}
}

static void
rejects_a_certificate_above_the_cap(void)
{
	JWT_AUTO(buffer) blob = BUFFER(MAKER_MAX);

	CU_ASSERT_PTR_NOT_NULL_FATAL(buffer_extend(&blob, JWT_CARRIER_MAX + 1));
	CU_ASSERT_EQUAL(parse(buffer_slice(&blob)), JWT_TOKEN_TOO_LARGE);
}

static void
parses_plain_keys_and_no_byte_more_or_less(void)
{
	for (size_t i = 0; i < JWT_COUNT(ssh_vectors); i++) {
		JWT_AUTO(buffer) blob;
		struct ssh_key key;

		decode(ssh_vectors[i].key, &blob);
		CU_ASSERT_EQUAL(
			ssh_key_parse(buffer_slice(&blob), &key, NULL), JWT_OK);
		for (size_t n = 0; n < blob.len; n++)
			CU_ASSERT_EQUAL(ssh_key_parse(slice_of(blob.data, n),
						&key, NULL),
				JWT_PROOF_MISMATCH);
		CU_ASSERT_FATAL(buffer_append(&blob, "x", 1));
		CU_ASSERT_EQUAL(ssh_key_parse(buffer_slice(&blob), &key, NULL),
			JWT_PROOF_MISMATCH);
	}
}

static void
rejects_a_certificate_as_a_plain_key(void)
{
	JWT_AUTO(buffer) blob;
	struct ssh_key key;

	decode(ssh_vectors[0].cert, &blob);
	CU_ASSERT_EQUAL(ssh_key_parse(buffer_slice(&blob), &key, NULL),
		JWT_PROOF_MISMATCH);
	CU_ASSERT_FALSE(ssh_type_is_cert(slice_of_string("ssh-ed25519")));
	CU_ASSERT(ssh_type_is_key(slice_of_string("ssh-ed25519")));
	CU_ASSERT_FALSE(ssh_type_is_key(slice_of_string("ssh-dss")));
}

static enum jwt_reason
ecdsa_key(const char *type, const char *curve, uint8_t form, size_t len)
{
	JWT_AUTO(buffer) blob = BUFFER(1024), point = BUFFER(1024);
	struct ssh_key key;
	uint8_t *bytes = buffer_extend(&point, len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	bytes[0] = form;
	put_text(&blob, type);
	put_text(&blob, curve);
	put_string(&blob, buffer_slice(&point));
	return ssh_key_parse(buffer_slice(&blob), &key, NULL);
}

static void
takes_only_plain_points_of_the_type_s_own_curve(void)
{
	const char *p256 = "ecdsa-sha2-nistp256";

	CU_ASSERT_EQUAL(ecdsa_key(p256, "nistp256", 4, 65), JWT_OK);
	CU_ASSERT_NOT_EQUAL(ecdsa_key(p256, "nistp384", 4, 65), JWT_OK);
	CU_ASSERT_NOT_EQUAL(ecdsa_key(p256, "nistp384", 4, 97), JWT_OK);
	CU_ASSERT_NOT_EQUAL(ecdsa_key(p256, "nistp256", 2, 33), JWT_OK);
	CU_ASSERT_NOT_EQUAL(ecdsa_key(p256, "nistp256", 2, 65), JWT_OK);
	CU_ASSERT_NOT_EQUAL(ecdsa_key(p256, "nistp256", 4, 64), JWT_OK);
	CU_ASSERT_NOT_EQUAL(ecdsa_key(p256, "nistp256", 4, 66), JWT_OK);
}

/* An RSA key whose modulus has this many bytes; first and e as given. */
static enum jwt_reason
rsa_key(const char *e, size_t e_len, const char *lead, size_t lead_len,
	size_t rest_len)
{
	JWT_AUTO(buffer) blob = BUFFER(4096), n = BUFFER(4096);
	struct ssh_key key;
	uint8_t *rest;

	CU_ASSERT_FATAL(buffer_append(&n, lead, lead_len));
	rest = buffer_extend(&n, rest_len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(rest);
	memset(rest, 0xff, rest_len);
	put_text(&blob, "ssh-rsa");
	put_string(&blob, slice_of(e, e_len));
	put_string(&blob, buffer_slice(&n));
	return ssh_key_parse(buffer_slice(&blob), &key, NULL);
}
#define F4 "\1\0\1", 3

static void
takes_only_positive_numbers_in_their_shortest_form(void)
{
	CU_ASSERT_EQUAL(rsa_key(F4, "\0", 1, 256), JWT_OK);
	CU_ASSERT_EQUAL(rsa_key(F4, "\x7f", 1, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key(F4, "\xff", 1, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key(F4, "\0\0", 2, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key(F4, "\0\x7f", 2, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key("\0\1\0\1", 4, "\0", 1, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key("", 0, "\0", 1, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key("\0", 1, "\0", 1, 256), JWT_OK);
}

static void
refuses_rsa_keys_that_are_weak_or_huge(void)
{
	CU_ASSERT_NOT_EQUAL(rsa_key(F4, "\x7f", 1, 255), JWT_OK);
	CU_ASSERT_EQUAL(rsa_key(F4, "\0", 1, 1024), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key(F4, "\1", 1, 1024), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key("\3", 1, "\0", 1, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(rsa_key("\1\0\2", 3, "\0", 1, 256), JWT_OK);
	CU_ASSERT_NOT_EQUAL(
		rsa_key("\1\0\0\0\0\0\0\0\1", 9, "\0", 1, 256), JWT_OK);
}

static void
takes_an_ed25519_key_of_32_bytes_only(void)
{
	for (size_t len = 31; len <= 33; len++) {
		JWT_AUTO(buffer) blob = BUFFER(256), key = BUFFER(64);
		struct ssh_key out;

		CU_ASSERT_PTR_NOT_NULL_FATAL(buffer_extend(&key, len));
		put_text(&blob, "ssh-ed25519");
		put_string(&blob, buffer_slice(&key));
		CU_ASSERT_EQUAL(ssh_key_parse(buffer_slice(&blob), &out, NULL),
			len == 32 ? JWT_OK : JWT_PROOF_MISMATCH);
	}
}

/* Splits an ECDSA certificate: all before its signature, and r and s. */
static void
split_ecdsa(struct slice blob, struct slice *before, struct slice *r,
	struct slice *s)
{
	struct slice rest = blob, out, signature;
	uint64_t u64;
	uint32_t u32;

	for (int i = 0; i < 4; i++) /* type, nonce, curve, point */
		CU_ASSERT_FATAL(wire_string(&rest, &out));
	CU_ASSERT_FATAL(wire_u64(&rest, &u64) && wire_u32(&rest, &u32));
	for (int i = 0; i < 2; i++) /* key id, principals */
		CU_ASSERT_FATAL(wire_string(&rest, &out));
	CU_ASSERT_FATAL(wire_u64(&rest, &u64) && wire_u64(&rest, &u64));
	for (int i = 0; i < 4; i++) /* options, reserved, signature key */
		CU_ASSERT_FATAL(wire_string(&rest, &out));
	*before = wire_between(blob, rest);
	CU_ASSERT_FATAL(wire_string(&rest, &signature));
	CU_ASSERT_FATAL(wire_string(&signature, &out)); /* format */
	CU_ASSERT_FATAL(wire_string(&signature, &rest));
	CU_ASSERT_FATAL(wire_string(&rest, r) && wire_string(&rest, s));
}

/* The P-256 vector with bytes put around the parts of its signature. */
static enum jwt_reason
with_signature(const char *before_r, size_t before_r_len, const char *behind_s,
	const char *behind)
{
	JWT_AUTO(buffer) blob, made = BUFFER(8192), sig = BUFFER(512);
	JWT_AUTO(buffer) numbers = BUFFER(512), first = BUFFER(512);
	struct slice before, r, s;

	decode(ssh_vectors[1].cert, &blob);
	split_ecdsa(buffer_slice(&blob), &before, &r, &s);
	CU_ASSERT_FATAL(buffer_append(&first, before_r, before_r_len));
	CU_ASSERT_FATAL(buffer_append_slice(&first, r));
	put_string(&numbers, buffer_slice(&first));
	put_string(&numbers, s);
	CU_ASSERT_FATAL(buffer_append_string(&numbers, behind_s));
	put_text(&sig, "ecdsa-sha2-nistp256");
	put_string(&sig, buffer_slice(&numbers));
	CU_ASSERT_FATAL(buffer_append_string(&sig, behind));
	CU_ASSERT_FATAL(buffer_append_slice(&made, before));
	put_string(&made, buffer_slice(&sig));
	return parse(buffer_slice(&made));
}

static void
takes_an_ecdsa_signature_in_its_one_form_only(void)
{
	CU_ASSERT_EQUAL(with_signature("", 0, "", ""), JWT_OK);
	CU_ASSERT_EQUAL(with_signature("\0", 1, "", ""), JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(with_signature("\1", 1, "", ""), JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(with_signature("", 0, "x", ""), JWT_SIGNATURE_INVALID);
	CU_ASSERT_EQUAL(with_signature("", 0, "", "x"), JWT_SIGNATURE_INVALID);
}

static void
wire_readers_move_nothing_when_they_fail(void)
{
	struct slice rest = slice_of("\0\0\0\5abcd", 8), out;
	uint64_t u64;
	uint32_t u32;

	CU_ASSERT_FALSE(wire_string(&rest, &out));
	CU_ASSERT_FALSE(wire_bytes(&rest, 9, &out));
	CU_ASSERT_FALSE(wire_bytes(&rest, SIZE_MAX, &out));
	CU_ASSERT_EQUAL(rest.len, 8);
	CU_ASSERT(wire_u64(&rest, &u64));
	CU_ASSERT_EQUAL(u64, 0x561626364);
	CU_ASSERT_FALSE(wire_u32(&rest, &u32));
}

static const struct unit_test tests[] = {
	UNIT_TEST(parses_certificates_of_ssh_keygen),
	UNIT_TEST(rejects_a_certificate_signed_with_sha1),
	UNIT_TEST(rejects_a_certificate_cut_at_any_length),
	UNIT_TEST(rejects_a_certificate_with_any_byte_changed),
	UNIT_TEST(rejects_a_certificate_above_the_cap),
	UNIT_TEST(parses_plain_keys_and_no_byte_more_or_less),
	UNIT_TEST(rejects_a_certificate_as_a_plain_key),
	UNIT_TEST(takes_only_plain_points_of_the_type_s_own_curve),
	UNIT_TEST(takes_only_positive_numbers_in_their_shortest_form),
	UNIT_TEST(refuses_rsa_keys_that_are_weak_or_huge),
	UNIT_TEST(takes_an_ed25519_key_of_32_bytes_only),
	UNIT_TEST(takes_an_ecdsa_signature_in_its_one_form_only),
	UNIT_TEST(wire_readers_move_nothing_when_they_fail),
};
UNIT_SUITE("ssh", tests)
