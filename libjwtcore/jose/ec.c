/* SPDX-License-Identifier: ISC */
/* EC keys (RFC 7518 section 6.2) and ES* (section 3.4). */
#include "jose/family.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <string.h>

#define EC_WIDTH_MAX   66 /* P-521 */
#define DER_HEADER_MAX 3  /* SEQUENCE, and a length of two bytes */
#define EC_DER_MAX     (DER_HEADER_MAX + 2 * (3 + EC_WIDTH_MAX))

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

/*
 * The uncompressed point of SEC 1 section 2.3.3. OpenSSL refuses coordinates
 * out of range and points off the curve.
 */
static EVP_PKEY *
ec_make(const struct jwk *key)
{
	uint8_t point[1 + 2 * EC_WIDTH_MAX] = { 4 };
	size_t width = curves[key->curve].width;
	char group[sizeof("P-256")];
	OSSL_PARAM params[3];

	memcpy(point + 1, key->x.data, width);
	memcpy(point + 1 + width, key->y.data, width);
	memcpy(group, curves[key->curve].name, sizeof(group));
	params[0] = OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
		OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * width);
	params[2] = OSSL_PARAM_construct_end();
	return evp_public_key(JWK_EC, params);
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
	JWT_TRY(jwk_get_bytes(key, object, "x", width, width, &key->x, r));
	return jwk_get_bytes(key, object, "y", width, width, &key->y, r);
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

	if (!is_on_curve(key->cell->pkey, key->curve) ||
		!jwk_get_number(
			key, OSSL_PKEY_PARAM_EC_PUB_X, width, &key->x) ||
		!jwk_get_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, width, &key->y))
		return report(r, JWT_TOKEN_MALFORMED, "not a %s key",
			curves[key->curve].name);
	return JWT_OK;
}

static bool
ec_export(const struct jwk *key, json_t *object)
{
	return json_object_set_new(object, "crv",
		       json_string(curves[key->curve].name)) == 0 &&
	       jwk_set_bytes(object, "x", key->x) &&
	       jwk_set_bytes(object, "y", key->y);
}

static enum jwt_reason
ec_thumbprint(const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	return jwk_thumbprint_ec(key->curve, key->x, key->y, out);
}

/* RFC 7518 section 3.4: r and s at full width, no other length, no DER. */
static size_t
ec_signature_len(const struct jwk *key, const struct jws_alg_info *alg)
{
	(void)key;
	return alg->signature_len;
}

/* An INTEGER of X.690 section 8.3: no byte more than its sign asks for. */
static size_t
put_integer(struct slice number, uint8_t *out)
{
	size_t sign;

	while (number.len > 1 && number.data[0] == 0)
		number = slice_of(number.data + 1, number.len - 1);
	sign = number.data[0] >> 7;
	out[0] = 0x02;
	out[1] = (uint8_t)(number.len + sign);
	out[2] = 0;
	memcpy(out + 2 + sign, number.data, number.len);
	return 2 + sign + number.len;
}

/* r and s, each of half the length, as the SEQUENCE that OpenSSL wants. */
static struct slice
der_from_jws(struct slice signature, uint8_t out[EC_DER_MAX])
{
	size_t half = signature.len / 2, len;
	uint8_t *body = out + DER_HEADER_MAX, *start = body;

	len = put_integer(slice_of(signature.data, half), body);
	len += put_integer(slice_of(signature.data + half, half), body + len);
	*--start = (uint8_t)len;
	if (len > 0x7f) /* X.690 section 8.1.3.5: P-521's needs it */
		*--start = 0x81;
	*--start = 0x30;
	return slice_of(start, (size_t)(body - start) + len);
}

static enum jwt_reason
ec_verify(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature)
{
	uint8_t der[EC_DER_MAX];

	return evp_verify(key, alg, input, der_from_jws(signature, der));
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

	if (!evp_sign(key, alg, input, &der))
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
	.broken = "x and y are no point of the curve",
	.generate = ec_generate,
	.adopt = ec_adopt,
	.export = ec_export,
	.thumbprint = ec_thumbprint,
	.signature_len = ec_signature_len,
	.verify = ec_verify,
	.sign = ec_sign,
};
