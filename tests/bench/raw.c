/* SPDX-License-Identifier: ISC */
/*
 * The limit: what OpenSSL takes for one signature, nothing parsed, nothing
 * copied, the digest fetched once. ECDSA has its DER ready.
 */
#include "bench.h"

#include "jose/jws.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

struct raw {
	const struct bench_case *bench;
	struct jws *jws; /* holds the bytes */
	struct slice input, signature;
	uint8_t der[256];
	EVP_MD *md; /* NULL for EdDSA */
	EVP_MAC *mac;
	EVP_PKEY *key;
	bool pss;
	struct buffer n, e; /* RSA, for the cold start */
};

static void
raw_close(void *state)
{
	struct raw *raw = state;

	jws_free(raw->jws);
	EVP_MD_free(raw->md);
	EVP_MAC_free(raw->mac);
	EVP_PKEY_free(raw->key);
	buffer_free(&raw->n);
	buffer_free(&raw->e);
	free(raw);
}

static void
use_der(struct raw *raw)
{
	size_t half = raw->signature.len / 2;
	const uint8_t *bytes = raw->signature.data;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	uint8_t *at = raw->der;

	ECDSA_SIG_set0(sig, BN_bin2bn(bytes, (int)half, NULL),
		BN_bin2bn(bytes + half, (int)half, NULL));
	raw->signature = slice_of(raw->der, (size_t)i2d_ECDSA_SIG(sig, &at));
	ECDSA_SIG_free(sig);
}

static void
read_key(struct raw *raw)
{
	BIO *bio = BIO_new_mem_buf(raw->bench->pem, -1);
	BIGNUM *n = NULL, *e = NULL;
	uint8_t *at;

	raw->key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (raw->key == NULL)
		bench_die("OpenSSL reads no key");
	if (!EVP_PKEY_is_a(raw->key, "RSA"))
		return;
	EVP_PKEY_get_bn_param(raw->key, OSSL_PKEY_PARAM_RSA_N, &n);
	EVP_PKEY_get_bn_param(raw->key, OSSL_PKEY_PARAM_RSA_E, &e);
	raw->n.max = raw->e.max = 1024;
	at = buffer_extend(&raw->n, (size_t)BN_num_bytes(n));
	BN_bn2bin(n, at);
	at = buffer_extend(&raw->e, (size_t)BN_num_bytes(e));
	BN_bn2bin(e, at);
	BN_free(n);
	BN_free(e);
}

static void *
raw_open(const struct bench_case *bench)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	struct report r = { 0 };
	const char *digest = strstr(bench->alg, "384") ? "SHA384" : "SHA256";

	if (raw == NULL || jws_parse(slice_of_string(bench->token), &raw->jws,
				   &r) != JWT_OK)
		bench_die("raw: %s", r.text);
	raw->bench = bench;
	raw->input = jws_signing_input(raw->jws);
	raw->signature = jws_signature(raw->jws);
	if (bench->alg[0] == 'H')
		raw->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	else
		read_key(raw);
	if (strcmp(bench->alg, "EdDSA") != 0)
		raw->md = EVP_MD_fetch(NULL, digest, NULL);
	if (bench->alg[1] == 'S' && bench->alg[0] == 'E')
		use_der(raw);
	raw->pss = bench->alg[0] == 'P';
	return raw;
}

static bool
verify_with(const struct raw *raw, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx;
	bool valid =
		EVP_DigestVerifyInit(ctx, &key_ctx, raw->md, NULL, key) == 1 &&
		(!raw->pss || (EVP_PKEY_CTX_set_rsa_padding(
				       key_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
				      EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx,
					      RSA_PSS_SALTLEN_DIGEST) == 1)) &&
		EVP_DigestVerify(ctx, raw->signature.data, raw->signature.len,
			raw->input.data, raw->input.len) == 1;

	EVP_MD_CTX_free(ctx);
	return valid;
}

static bool
mac_equals(const struct raw *raw)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					      OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end() };
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(raw->mac);
	uint8_t mac[EVP_MAX_MD_SIZE];
	size_t len = 0;
	bool valid =
		EVP_MAC_init(ctx, raw->bench->secret, raw->bench->secret_len,
			params) == 1 &&
		EVP_MAC_update(ctx, raw->input.data, raw->input.len) == 1 &&
		EVP_MAC_final(ctx, mac, &len, sizeof(mac)) == 1 &&
		len == raw->signature.len &&
		CRYPTO_memcmp(mac, raw->signature.data, len) == 0;

	EVP_MAC_CTX_free(ctx);
	return valid;
}

static bool
raw_verify(void *state)
{
	struct raw *raw = state;

	return raw->mac != NULL ? mac_equals(raw) : verify_with(raw, raw->key);
}

/* From the bare numbers, as they stand in a JWK once it is decoded. */
static bool
raw_cold(void *state)
{
	struct raw *raw = state;
	BIGNUM *n = BN_bin2bn(raw->n.data, (int)raw->n.len, NULL);
	BIGNUM *e = BN_bin2bn(raw->e.data, (int)raw->e.len, NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	bool valid;

	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(builder);
	valid = EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) ==
			1 &&
		verify_with(raw, key);
	EVP_PKEY_free(key);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	return valid;
}

const struct contestant raw_contestant = {
	.name = "raw OpenSSL",
	.open = raw_open,
	.close = raw_close,
	.verify = raw_verify,
	.cold = raw_cold,
};
