/* SPDX-License-Identifier: ISC */
/* EC keys (RFC 7518 section 6.2) and ES* (section 3.4). */
#include "jose/evp.h"
#include "jose/family.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>

#define EC_WIDTH_MAX 66 /* P-521 */

static const struct jwk_curve_info curves[] = {
	[JWK_P256] = { "P-256", 32 },
	[JWK_P384] = { "P-384", 48 },
	[JWK_P521] = { "P-521", EC_WIDTH_MAX },
	[JWK_ED25519] = { "Ed25519", 32 },
	[JWK_ED448] = { "Ed448", 57 },
};

JWT_AUTO_TYPE(ecdsa_sig, ECDSA_SIG *, ECDSA_SIG_free);

const struct jwk_curve_info *
jwk_curve_info(enum jwk_curve curve)
{
	return &curves[curve];
}

static bool
curve_from_name(struct slice name, enum jwk_curve *out)
{
	for (unsigned i = JWK_P256; i <= JWK_P521; i++)
		if (slice_equals_string(name, curves[i].name)) {
			*out = (enum jwk_curve)i;
			return true;
		}
	return false;
}

/* The uncompressed point of SEC 1 section 2.3.3. */
static bool
add_public_point(
	const struct jwk *key, struct evp_params *params, struct buffer *point)
{
	return buffer_append(point, "\x04", 1) &&
	       buffer_append_slice(point, buffer_slice(&key->x)) &&
	       buffer_append_slice(point, buffer_slice(&key->y)) &&
	       evp_params_text(params, OSSL_PKEY_PARAM_GROUP_NAME,
		       curves[key->curve].name) &&
	       evp_params_bytes(
		       params, OSSL_PKEY_PARAM_PUB_KEY, buffer_slice(point));
}

/* OpenSSL refuses coordinates out of range and points off the curve. */
static EVP_PKEY *
ec_make(const struct jwk *key)
{
	JWT_AUTO(buffer) point = BUFFER(1 + 2 * EC_WIDTH_MAX);
	JWT_AUTO(evp_params) params = { 0 };

	if (!add_public_point(key, &params, &point))
		return NULL;
	return evp_key_from_params(&params, "EC", EVP_PKEY_PUBLIC_KEY);
}

static enum jwt_reason
ec_import(struct jwk *key, const struct json_node *object, struct report *r)
{
	struct slice crv;
	size_t width;

	if (!json_get_string(object, "crv", &crv) ||
		!curve_from_name(crv, &key->curve))
		return report(r, JWT_TOKEN_MALFORMED,
			"crv is none of P-256, P-384, P-521");
	width = curves[key->curve].width;
	JWT_TRY(jwk_get_bytes(object, "x", width, width, &key->x, r));
	JWT_TRY(jwk_get_bytes(object, "y", width, width, &key->y, r));
	/* At once: whether the point is on its curve is a rule of import. */
	if (jwk_pkey(key) == NULL)
		return report(r, JWT_TOKEN_MALFORMED,
			"x and y are no point of %s", curves[key->curve].name);
	return JWT_OK;
}

static EVP_PKEY *
ec_generate(enum jwk_curve curve)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[curve].name);
}

/* OpenSSL has two names for a curve; its numbers are unique. */
static bool
is_on_curve(const EVP_PKEY *pkey, enum jwk_curve curve)
{
	char group[64];

	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
	       OBJ_sn2nid(group) == EC_curve_nist2nid(curves[curve].name);
}

static enum jwt_reason
ec_adopt(struct jwk *key, const struct jws_alg_info *alg, struct report *r)
{
	size_t width = curves[alg->curve].width;

	if (!is_on_curve(*key->pkey, key->curve) ||
		!evp_get_number(
			*key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, width, &key->x) ||
		!evp_get_number(
			*key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, width, &key->y))
		return report(r, JWT_TOKEN_MALFORMED, "not a %s key",
			curves[key->curve].name);
	return JWT_OK;
}

static bool
ec_export(const struct jwk *key, json_t *object)
{
	return json_object_set_new(object, "crv",
		       json_string(curves[key->curve].name)) == 0 &&
	       jwk_set_bytes(object, "x", buffer_slice(&key->x)) &&
	       jwk_set_bytes(object, "y", buffer_slice(&key->y));
}

static enum jwt_reason
ec_thumbprint(const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	return jwk_thumbprint_ec(
		key->curve, buffer_slice(&key->x), buffer_slice(&key->y), out);
}

/* r and s, each of half the length, as the DER that OpenSSL wants. */
static bool
der_from_jws(struct slice signature, struct buffer *der)
{
	size_t half = signature.len / 2;
	JWT_AUTO(ecdsa_sig) sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature.data, (int)half, NULL);
	BIGNUM *s = BN_bin2bn(signature.data + half, (int)half, NULL);
	uint8_t *at;
	int len;

	if (sig == NULL || r == NULL || s == NULL ||
		ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return false;
	}
	len = i2d_ECDSA_SIG(sig, NULL);
	at = len > 0 ? buffer_extend(der, (size_t)len) : NULL;
	return at != NULL && i2d_ECDSA_SIG(sig, &at) == len;
}

static enum jwt_reason
ec_verify(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature)
{
	JWT_AUTO(buffer) der = BUFFER(256);

	/* RFC 7518 section 3.4: no other length, no DER. */
	if (signature.len != alg->signature_len)
		return JWT_SIGNATURE_INVALID;
	if (!der_from_jws(signature, &der))
		return JWT_INTERNAL_ERROR;
	return evp_verify(jwk_pkey(key), alg, input, buffer_slice(&der));
}

static bool
ec_sign(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct buffer *signature)
{
	int half = (int)alg->signature_len / 2;
	size_t start = signature->len;
	JWT_AUTO(buffer) der = BUFFER(256);
	JWT_AUTO(ecdsa_sig) sig = NULL;
	const uint8_t *in;
	uint8_t *at;

	if (!evp_sign(*key->pkey, alg, input, &der))
		return false;
	in = der.data;
	sig = d2i_ECDSA_SIG(NULL, &in, (long)der.len);
	at = sig != NULL ? buffer_extend(signature, alg->signature_len) : NULL;
	if (at == NULL)
		return false;
	if (BN_bn2binpad(ECDSA_SIG_get0_r(sig), at, half) == half &&
		BN_bn2binpad(ECDSA_SIG_get0_s(sig), at + half, half) == half)
		return true;
	signature->len = start;
	return false;
}

const struct jwk_family jwk_family_ec = {
	.kty = "EC",
	.import = ec_import,
	.make = ec_make,
	.generate = ec_generate,
	.adopt = ec_adopt,
	.export = ec_export,
	.thumbprint = ec_thumbprint,
	.verify = ec_verify,
	.sign = ec_sign,
};
