/* SPDX-License-Identifier: ISC */
/* RSA keys (RFC 7518 section 6.3), RS* and PS* (sections 3.3, 3.5). */
#include "jose/evp.h"
#include "jose/family.h"

#include <openssl/core_names.h>

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
	JWT_TRY(check_modulus(buffer_slice(&key->n), r));
	return check_exponent(buffer_slice(&key->e), r);
}

static enum jwt_reason
rsa_import(struct jwk *key, const struct json_node *object, struct report *r)
{
	JWT_TRY(jwk_get_bytes(object, "n", 1, RSA_BITS_MAX / 8, &key->n, r));
	JWT_TRY(jwk_get_bytes(object, "e", 1, RSA_EXPONENT_MAX, &key->e, r));
	return check_numbers(key, r);
}

static bool
add_public_numbers(const struct jwk *key, struct evp_params *params)
{
	return evp_params_number(
		       params, OSSL_PKEY_PARAM_RSA_N, buffer_slice(&key->n)) &&
	       evp_params_number(
		       params, OSSL_PKEY_PARAM_RSA_E, buffer_slice(&key->e));
}

static EVP_PKEY *
rsa_make(const struct jwk *key)
{
	JWT_AUTO(evp_params) params = { 0 };

	if (!add_public_numbers(key, &params))
		return NULL;
	return evp_key_from_params(&params, "RSA", EVP_PKEY_PUBLIC_KEY);
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
	if (!EVP_PKEY_is_a(*key->pkey, "RSA") ||
		!evp_get_number(
			*key->pkey, OSSL_PKEY_PARAM_RSA_N, 0, &key->n) ||
		!evp_get_number(*key->pkey, OSSL_PKEY_PARAM_RSA_E, 0, &key->e))
		return report(r, JWT_TOKEN_MALFORMED, "not an RSA key");
	return check_numbers(key, r);
}

static bool
rsa_export(const struct jwk *key, json_t *object)
{
	return jwk_set_bytes(object, "n", buffer_slice(&key->n)) &&
	       jwk_set_bytes(object, "e", buffer_slice(&key->e));
}

static enum jwt_reason
rsa_thumbprint(const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	return jwk_thumbprint_rsa(
		buffer_slice(&key->n), buffer_slice(&key->e), out);
}

static enum jwt_reason
rsa_verify(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature)
{
	EVP_PKEY *pkey;

	/* RFC 8017 section 8.2.2: exactly as long as the modulus. */
	if (signature.len != key->n.len)
		return JWT_SIGNATURE_INVALID;
	pkey = jwk_pkey(key);
	if (pkey == NULL)
		return JWT_INTERNAL_ERROR;
	return evp_verify(pkey, alg, input, signature);
}

static bool
rsa_sign(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct buffer *signature)
{
	return evp_sign(*key->pkey, alg, input, signature);
}

const struct jwk_family jwk_family_rsa = {
	.kty = "RSA",
	.import = rsa_import,
	.make = rsa_make,
	.generate = rsa_generate,
	.adopt = rsa_adopt,
	.export = rsa_export,
	.thumbprint = rsa_thumbprint,
	.verify = rsa_verify,
	.sign = rsa_sign,
};
