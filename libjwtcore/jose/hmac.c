/* SPDX-License-Identifier: ISC */
/*
 * HMAC secrets and HS* (RFC 7518 section 3.2). There is no import from JSON:
 * a secret comes from a file, so that nothing a JWKS says can become one.
 */
#include "jose/family.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

/* False on failure; out has room for the longest digest. */
static bool
compute(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, uint8_t out[EVP_MAX_MD_SIZE])
{
	size_t len = 0;
	bool done = EVP_Q_mac(NULL, "HMAC", NULL, alg->digest, NULL,
			    key->secret.data, key->secret.len, input.data,
			    input.len, out, EVP_MAX_MD_SIZE, &len) != NULL &&
		    len == alg->digest_len;

	ERR_clear_error();
	return done;
}

static enum jwt_reason
hmac_verify(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	enum jwt_reason reason = JWT_INTERNAL_ERROR;

	if (signature.len != alg->signature_len)
		return JWT_SIGNATURE_INVALID;
	if (compute(key, alg, input, mac))
		reason = CRYPTO_memcmp(mac, signature.data, signature.len) == 0
				 ? JWT_OK
				 : JWT_SIGNATURE_INVALID;
	wipe(mac, sizeof(mac)); /* what would have been right */
	return reason;
}

static bool
hmac_sign(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct buffer *signature)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	bool done = compute(key, alg, input, mac) &&
		    buffer_append(signature, mac, alg->digest_len);

	wipe(mac, sizeof(mac));
	return done;
}

/* Longer hashes than the secret are not allowed for it. */
static jws_alg_set
algs_of_length(size_t len)
{
	jws_alg_set set = 0;

	for (unsigned i = JWS_HS256; i <= JWS_HS512; i++)
		if (jws_alg_info((enum jws_alg)i)->digest_len <= len)
			set |= JWS_ALG_BIT(i);
	return set;
}

enum jwt_reason
jwk_from_secret(struct slice secret, struct slice kid, struct jwk **out,
	struct report *r)
{
	size_t least = jws_alg_info(JWS_HS256)->digest_len;
	JWT_AUTO(jwk) key = NULL;

	if (secret.len < least || secret.len > JWK_HMAC_MAX)
		return report(r, JWT_CONFIG_ERROR,
			"the secret has %zu bytes, not %zu to %d", secret.len,
			least, JWK_HMAC_MAX);
	if (kid.len > JWK_KID_MAX)
		return report(r, JWT_CONFIG_ERROR,
			"kid is longer than %d bytes", JWK_KID_MAX);
	key = jwk_new(JWK_OCT, JWK_NO_CURVE);
	if (key == NULL || !buffer_append_slice(&key->secret, secret) ||
		!buffer_append_slice(&key->kid, kid))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	key->allowed = algs_of_length(secret.len);
	key->is_private = true;
	*out = JWT_TAKE(key);
	return JWT_OK;
}

const struct jwk_family jwk_family_hmac = {
	.kty = "oct",
	.verify = hmac_verify,
	.sign = hmac_sign,
};
