/* SPDX-License-Identifier: ISC */
/* RSA keys (RFC 7518 section 6.3), RS* and PS* (sections 3.3, 3.5). */
#include "jose/family.h"

#include <openssl/core_names.h>
#include <string.h>

#define RSA_BITS_MIN	 2048 /* RFC 7518 section 3.3 */
#define RSA_BITS_MAX	 8192 /* more costs a verifier too much time */
#define RSA_BITS_FRESH	 3072 /* 128 bits of security, good after 2030 */
#define RSA_EXPONENT_MAX 8    /* bytes; OpenSSL refuses longer ones too */
#define RSA_EXPONENT_MIN 65537

static bool
is_odd(struct slice number)
{
	return (number.data[number.len - 1] & 1) != 0;
}

static enum jwt_reason
check_modulus(struct slice n, struct report *r)
{
	size_t bits;

	if (n.len == 0 || n.data[0] == 0)
		return report(r, JWT_TOKEN_MALFORMED, "n has a leading zero");
	bits = (n.len - 1) * 8 + 32 - (size_t)__builtin_clz(n.data[0]);
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"n has %zu bits, not %d to %d", bits, RSA_BITS_MIN,
			RSA_BITS_MAX);
	if (!is_odd(n))
		return report(r, JWT_TOKEN_MALFORMED, "n is even");
	if (rsa_has_roca_fingerprint(n))
		return report(r, JWT_TOKEN_MALFORMED,
			"n is from a broken generator (CVE-2017-15361)");
	return JWT_OK;
}

static enum jwt_reason
check_exponent(struct slice e, struct report *r)
{
	uint64_t value = 0;

	if (e.len == 0 || e.len > RSA_EXPONENT_MAX || e.data[0] == 0)
		return report(r, JWT_TOKEN_MALFORMED,
			"e has a leading zero or more than %d bits",
			RSA_EXPONENT_MAX * 8);
	for (size_t i = 0; i < e.len; i++)
		value = value << 8 | e.data[i];
	if (value < RSA_EXPONENT_MIN || !is_odd(e))
		return report(r, JWT_TOKEN_MALFORMED,
			"e is even or less than %d", RSA_EXPONENT_MIN);
	return JWT_OK;
}

static enum jwt_reason
check_numbers(const struct jwk *key, struct report *r)
{
	JWT_TRY(check_modulus(key->n, r));
	return check_exponent(key->e, r);
}

static enum jwt_reason
rsa_import(struct jwk *key, const struct json_node *object, struct report *r)
{
	JWT_TRY(jwk_get_bytes(
		key, object, "n", 1, RSA_BITS_MAX / 8, &key->n, r));
	JWT_TRY(jwk_get_bytes(
		key, object, "e", 1, RSA_EXPONENT_MAX, &key->e, r));
	return check_numbers(key, r);
}

static EVP_PKEY *
rsa_make(const struct jwk *key)
{
	uint8_t n[RSA_BITS_MAX / 8], e[RSA_EXPONENT_MAX];
	OSSL_PARAM params[3];

	if (key->n.len > sizeof(n) || key->e.len > sizeof(e))
		return NULL;
	memcpy(n, key->n.data, key->n.len);
	memcpy(e, key->e.data, key->e.len);
	params[0] = evp_number(OSSL_PKEY_PARAM_RSA_N, n, key->n.len);
	params[1] = evp_number(OSSL_PKEY_PARAM_RSA_E, e, key->e.len);
	params[2] = OSSL_PARAM_construct_end();
	return evp_public_key(JWK_RSA, params);
}

static EVP_PKEY *
rsa_generate(enum jwk_curve curve)
{
	(void)curve;
	return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS_FRESH);
}

static enum jwt_reason
rsa_adopt(struct jwk *key, const struct jws_alg_info *alg, struct report *r)
{
	(void)alg;
	if (!EVP_PKEY_is_a(key->cell->pkey, "RSA") ||
		!jwk_get_number(key, OSSL_PKEY_PARAM_RSA_N, 0, &key->n) ||
		!jwk_get_number(key, OSSL_PKEY_PARAM_RSA_E, 0, &key->e))
		return report(r, JWT_TOKEN_MALFORMED, "not an RSA key");
	return check_numbers(key, r);
}

static bool
rsa_export(const struct jwk *key, json_t *object)
{
	return jwk_set_bytes(object, "n", key->n) &&
	       jwk_set_bytes(object, "e", key->e);
}

static enum jwt_reason
rsa_thumbprint(const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	return jwk_thumbprint_rsa(key->n, key->e, out);
}

/* RFC 8017 section 8.2.2: exactly as long as the modulus. */
static size_t
rsa_signature_len(const struct jwk *key, const struct jws_alg_info *alg)
{
	(void)alg;
	return key->n.len;
}

const struct jwk_family jwk_family_rsa = {
	.kty = "RSA",
	.import = rsa_import,
	.make = rsa_make,
	.broken = "n and e make no RSA key",
	.generate = rsa_generate,
	.adopt = rsa_adopt,
	.export = rsa_export,
	.thumbprint = rsa_thumbprint,
	.signature_len = rsa_signature_len,
	.verify = evp_verify,
	.sign = evp_sign,
};
