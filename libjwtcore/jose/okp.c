/* SPDX-License-Identifier: ISC */
/* Ed25519 keys and EdDSA (RFC 8037). Ed448 and X25519 are not supported. */
#include "jose/evp.h"
#include "jose/family.h"

#include <openssl/err.h>

#define ED25519_LEN 32 /* bytes of x and of d */

static enum jwt_reason
okp_import(struct jwk *key, const json_t *object, struct report *r)
{
	struct slice crv;

	if (!json_get_string(object, "crv", &crv) ||
		!slice_equals_string(crv, "Ed25519"))
		return report(r, JWT_TOKEN_MALFORMED, "crv is not Ed25519");
	key->curve = JWK_ED25519;
	return jwk_get_bytes(object, "x", ED25519_LEN, ED25519_LEN, &key->x, r);
}

static EVP_PKEY *
okp_make(const struct jwk *key)
{
	return EVP_PKEY_new_raw_public_key_ex(
		NULL, "ED25519", NULL, key->x.data, key->x.len);
}

/* OpenSSL derives the public half: the caller compares it with x. */
static bool
get_public(const EVP_PKEY *pkey, uint8_t out[ED25519_LEN])
{
	size_t len = ED25519_LEN;

	return EVP_PKEY_get_raw_public_key(pkey, out, &len) == 1 &&
	       len == ED25519_LEN;
}

static enum jwt_reason
okp_import_private(struct jwk *key, const json_t *object, struct report *r)
{
	JWT_AUTO(buffer) d = BUFFER(ED25519_LEN);
	JWT_AUTO(evp_pkey) pkey = NULL;
	uint8_t x[ED25519_LEN];

	JWT_TRY(jwk_get_bytes(object, "d", ED25519_LEN, ED25519_LEN, &d, r));
	pkey = EVP_PKEY_new_raw_private_key_ex(
		NULL, "ED25519", NULL, d.data, d.len);
	if (pkey == NULL || !get_public(pkey, x))
		return report(r, JWT_INTERNAL_ERROR, "OpenSSL took no d");
	if (!slice_equal(slice_of(x, sizeof(x)), buffer_slice(&key->x)))
		return report(r, JWT_TOKEN_MALFORMED, "x and d are no pair");
	*key->pkey = JWT_TAKE(pkey);
	return JWT_OK;
}

static EVP_PKEY *
okp_generate(enum jwk_curve curve)
{
	(void)curve;
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static enum jwt_reason
okp_adopt(struct jwk *key, struct report *r)
{
	uint8_t x[ED25519_LEN];

	if (!EVP_PKEY_is_a(*key->pkey, "ED25519") ||
		!get_public(*key->pkey, x) ||
		!buffer_append(&key->x, x, sizeof(x)))
		return report(r, JWT_TOKEN_MALFORMED, "not an Ed25519 key");
	return JWT_OK;
}

static bool
okp_export(const struct jwk *key, json_t *object)
{
	return json_object_set_new(object, "crv", json_string("Ed25519")) ==
		       0 &&
	       jwk_set_bytes(object, "x", buffer_slice(&key->x));
}

static bool
okp_export_private(const struct jwk *key, json_t *object)
{
	uint8_t d[ED25519_LEN];
	size_t len = sizeof(d);
	bool done = EVP_PKEY_get_raw_private_key(*key->pkey, d, &len) == 1 &&
		    jwk_set_bytes(object, "d", slice_of(d, len));

	wipe(d, sizeof(d));
	return done;
}

static enum jwt_reason
okp_thumbprint(const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	return jwk_thumbprint_ed25519(buffer_slice(&key->x), out);
}

static enum jwt_reason
okp_verify(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature)
{
	EVP_PKEY *pkey;

	if (signature.len != alg->signature_len)
		return JWT_SIGNATURE_INVALID;
	pkey = jwk_pkey(key);
	if (pkey == NULL)
		return JWT_INTERNAL_ERROR;
	return evp_verify(pkey, alg, input, signature);
}

static bool
okp_sign(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct buffer *signature)
{
	return evp_sign(*key->pkey, alg, input, signature);
}

const struct jwk_family jwk_family_okp = {
	.kty = "OKP",
	.import = okp_import,
	.make = okp_make,
	.import_private = okp_import_private,
	.generate = okp_generate,
	.adopt = okp_adopt,
	.export = okp_export,
	.export_private = okp_export_private,
	.thumbprint = okp_thumbprint,
	.verify = okp_verify,
	.sign = okp_sign,
};
