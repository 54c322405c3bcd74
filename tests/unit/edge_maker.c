/* SPDX-License-Identifier: ISC */
/* Keys and bare arithmetic for the suites of edge cases. */
#include "edge_maker.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <string.h>

void
edge_input(const char *alg, unsigned serial, struct buffer *out)
{
	JWT_AUTO(buffer) header = BUFFER(256);
	JWT_AUTO(buffer) payload = BUFFER(256);

	CU_ASSERT_FATAL(
		buffer_append_format(&header, "{\"alg\":\"%s\"}", alg) &&
		buffer_append_format(&payload, "{\"n\":%u}", serial) &&
		base64url_encode(buffer_slice(&header), out) &&
		buffer_append(out, ".", 1) &&
		base64url_encode(buffer_slice(&payload), out));
}

enum jwt_reason
edge_verify(const struct jwk *key, const char *alg, unsigned serial,
	struct slice signature)
{
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);

	edge_input(alg, serial, &token);
	CU_ASSERT_FATAL(buffer_append(&token, ".", 1) &&
			base64url_encode(signature, &token));
	return vector_verify(buffer_slice(&token), key);
}

size_t
edge_digest(const char *hash, struct slice data, uint8_t *out)
{
	size_t len = 0;

	CU_ASSERT_EQUAL_FATAL(
		EVP_Q_digest(NULL, hash, NULL, data.data, data.len, out, &len),
		1);
	return len;
}

size_t
edge_sign(EVP_PKEY *key, const char *hash, struct slice data, uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = EDGE_MAX;

	CU_ASSERT_EQUAL_FATAL(
		EVP_DigestSignInit_ex(ctx, NULL, hash, NULL, NULL, key, NULL),
		1);
	CU_ASSERT_EQUAL_FATAL(
		EVP_DigestSign(ctx, out, &len, data.data, data.len), 1);
	EVP_MD_CTX_free(ctx);
	return len;
}

void
edge_member(struct buffer *out, const char *name, const uint8_t *bytes,
	size_t width)
{
	CU_ASSERT_FATAL(buffer_append_format(out, ",\"%s\":\"", name) &&
			base64url_encode(slice_of(bytes, width), out) &&
			buffer_append(out, "\"", 1));
}

static BIGNUM *
number_of(const EVP_PKEY *pkey, const char *name)
{
	BIGNUM *number = NULL;

	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_get_bn_param(pkey, name, &number), 1);
	return number;
}

static void
add_number(struct buffer *out, const char *name, const BIGNUM *number,
	size_t width)
{
	uint8_t bytes[EDGE_MAX];

	CU_ASSERT_EQUAL_FATAL(
		BN_bn2binpad(number, bytes, (int)width), (int)width);
	edge_member(out, name, bytes, width);
}

void
edge_rsa_make(struct edge_rsa *key)
{
	JWT_AUTO(buffer) text = BUFFER(4096);

	do {
		EVP_PKEY_free(key->pkey);
		BN_free(key->n);
		key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
		CU_ASSERT_PTR_NOT_NULL_FATAL(key->pkey);
		key->n = number_of(key->pkey, OSSL_PKEY_PARAM_RSA_N);
	} while (BN_is_bit_set(key->n, 2046) && BN_is_bit_set(key->n, 2045));
	key->e = number_of(key->pkey, OSSL_PKEY_PARAM_RSA_E);
	key->d = number_of(key->pkey, OSSL_PKEY_PARAM_RSA_D);
	key->width = (size_t)BN_num_bytes(key->n);
	CU_ASSERT_FATAL(buffer_append_string(&text, "{\"kty\":\"RSA\""));
	add_number(&text, "n", key->n, key->width);
	add_number(&text, "e", key->e, (size_t)BN_num_bytes(key->e));
	CU_ASSERT_FATAL(buffer_append(&text, "}", 1));
	key->jwk = vector_jwk(buffer_string(&text));
}

void
edge_rsa_free(struct edge_rsa *key)
{
	EVP_PKEY_free(key->pkey);
	BN_free(key->n);
	BN_free(key->e);
	BN_free(key->d);
	jwk_free(key->jwk);
	memset(key, 0, sizeof(*key));
}

void
edge_rsa_raw(const struct edge_rsa *key, const uint8_t *block, uint8_t *out)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *m = BN_bin2bn(block, (int)key->width, NULL);

	CU_ASSERT_FATAL(BN_cmp(m, key->n) < 0);
	CU_ASSERT_EQUAL_FATAL(BN_mod_exp(m, m, key->d, key->n, ctx), 1);
	CU_ASSERT_EQUAL_FATAL(
		BN_bn2binpad(m, out, (int)key->width), (int)key->width);
	BN_free(m);
	BN_CTX_free(ctx);
}

void
edge_ec_make(struct edge_ec *key, const char *alg)
{
	JWT_AUTO(buffer) text = BUFFER(1024);
	bool small = strcmp(alg, "ES256") == 0;

	memset(key, 0, sizeof(*key));
	key->alg = alg;
	key->crv = small		       ? "P-256"
		   : strcmp(alg, "ES384") == 0 ? "P-384"
					       : "P-521";
	key->hash = small ? "SHA256" : key->crv[2] == '3' ? "SHA384" : "SHA512";
	key->group = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(key->crv));
	key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", key->crv);
	CU_ASSERT_FATAL(key->pkey != NULL && key->group != NULL);
	key->order = BN_dup(EC_GROUP_get0_order(key->group));
	key->d = number_of(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY);
	key->x = number_of(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X);
	key->y = number_of(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y);
	key->width = (size_t)BN_num_bytes(key->order);
	CU_ASSERT_FATAL(buffer_append_format(
		&text, "{\"kty\":\"EC\",\"crv\":\"%s\"", key->crv));
	add_number(&text, "x", key->x, key->width);
	add_number(&text, "y", key->y, key->width);
	CU_ASSERT_FATAL(buffer_append(&text, "}", 1));
	key->jwk = vector_jwk(buffer_string(&text));
}

void
edge_ec_free(struct edge_ec *key)
{
	EC_GROUP_free(key->group);
	EVP_PKEY_free(key->pkey);
	BN_free(key->order);
	BN_free(key->d);
	BN_free(key->x);
	BN_free(key->y);
	jwk_free(key->jwk);
	memset(key, 0, sizeof(*key));
}

void
edge_ec_sign(const struct edge_ec *key, const char *hash, unsigned serial,
	BIGNUM *r, BIGNUM *s)
{
	JWT_AUTO(buffer) input = BUFFER(1024);
	uint8_t der[EDGE_MAX];
	const uint8_t *at = der;
	ECDSA_SIG *sig;
	size_t len;

	edge_input(key->alg, serial, &input);
	len = edge_sign(key->pkey, hash, buffer_slice(&input), der);
	sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(sig);
	BN_copy(r, ECDSA_SIG_get0_r(sig));
	BN_copy(s, ECDSA_SIG_get0_s(sig));
	ECDSA_SIG_free(sig);
}

enum jwt_reason
edge_ec_try(const struct edge_ec *key, unsigned serial, const BIGNUM *r,
	const BIGNUM *s)
{
	uint8_t raw[EDGE_MAX];
	int width = (int)key->width;

	CU_ASSERT_EQUAL_FATAL(BN_bn2binpad(r, raw, width), width);
	CU_ASSERT_EQUAL_FATAL(BN_bn2binpad(s, raw + width, width), width);
	return edge_verify(
		key->jwk, key->alg, serial, slice_of(raw, 2 * key->width));
}
