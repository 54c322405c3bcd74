/* SPDX-License-Identifier: ISC */
/*
 * Ed25519 and Ed448 keys (RFC 8037 section 2) and their signatures. X25519
 * and X448 agree on keys and sign nothing: unknown here.
 */
#include "jose/family.h"

#define ED_KEY_MAX 57 /* bytes of x and of d: Ed448 */

/* RFC 8032 sections 5.1, 5.2. */
static const struct ed_info {
	const char *type; /* OpenSSL's name */
	size_t signature_len;
} curves[] = {
	[JWK_ED25519] = { "ED25519", 64 },
	[JWK_ED448] = { "ED448", 114 },
};

static size_t
width_of(const struct jwk *key)
{
	return jwk_curve_info(key->curve)->width;
}

static enum jwt_reason
okp_import(struct jwk *key, const struct json_node *object, struct report *r)
{
	struct slice crv;

	if (!json_get_string(object, "crv", &crv))
		return report(r, JWT_TOKEN_MALFORMED,
			"crv is missing or not a string");
	if (slice_equals_string(crv, jwk_curve_info(JWK_ED25519)->name))
		key->curve = JWK_ED25519;
	else if (slice_equals_string(crv, jwk_curve_info(JWK_ED448)->name))
		key->curve = JWK_ED448;
	else
		return report(r, JWT_TOKEN_MALFORMED,
			"crv is none of Ed25519, Ed448");
	JWT_TRY(jwk_get_bytes(
		key, object, "x", width_of(key), width_of(key), &key->x, r));
	if (!okp_is_proper_point(key->curve, key->x))
		return report(r, JWT_TOKEN_MALFORMED,
			"x is not canonical, or a point of small order");
	return JWT_OK;
}

static EVP_PKEY *
okp_make(const struct jwk *key)
{
	return EVP_PKEY_new_raw_public_key_ex(
		NULL, curves[key->curve].type, NULL, key->x.data, key->x.len);
}

/* OpenSSL derives the public half: the caller compares it with x. */
static bool
get_public(const EVP_PKEY *pkey, size_t width, uint8_t out[ED_KEY_MAX])
{
	size_t len = ED_KEY_MAX;

	return EVP_PKEY_get_raw_public_key(pkey, out, &len) == 1 &&
	       len == width;
}

static EVP_PKEY *
okp_generate(enum jwk_curve curve)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, curves[curve].type);
}

/* The algorithm EdDSA leaves the curve to the key. */
static bool
adopt_curve(struct jwk *key, enum jwk_curve other)
{
	if (EVP_PKEY_is_a(key->cell->pkey, curves[key->curve].type))
		return true;
	if (other == JWK_NO_CURVE ||
		!EVP_PKEY_is_a(key->cell->pkey, curves[other].type))
		return false;
	key->curve = other;
	return true;
}

static enum jwt_reason
okp_adopt(struct jwk *key, const struct jws_alg_info *alg, struct report *r)
{
	uint8_t x[ED_KEY_MAX];

	if (!adopt_curve(key, alg->other) ||
		!get_public(key->cell->pkey, width_of(key), x) ||
		!jwk_keep(key, slice_of(x, width_of(key)), &key->x))
		return report(
			r, JWT_TOKEN_MALFORMED, "not a key for %s", alg->name);
	return JWT_OK;
}

static bool
okp_export(const struct jwk *key, json_t *object)
{
	return json_object_set_new(object, "crv",
		       json_string(jwk_curve_info(key->curve)->name)) == 0 &&
	       jwk_set_bytes(object, "x", key->x);
}

static enum jwt_reason
okp_thumbprint(const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	return jwk_thumbprint_okp(key->curve, key->x, out);
}

/* The key's curve decides, whichever name the algorithm goes by. */
static size_t
okp_signature_len(const struct jwk *key, const struct jws_alg_info *alg)
{
	(void)alg;
	return curves[key->curve].signature_len;
}

const struct jwk_family jwk_family_okp = {
	.kty = "OKP",
	.import = okp_import,
	.make = okp_make,
	.broken = "x makes no key of its curve",
	.generate = okp_generate,
	.adopt = okp_adopt,
	.export = okp_export,
	.thumbprint = okp_thumbprint,
	.signature_len = okp_signature_len,
	.verify = evp_verify,
	.sign = evp_sign,
};
