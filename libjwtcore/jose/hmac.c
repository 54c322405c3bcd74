/* SPDX-License-Identifier: ISC */
/*
 * HMAC secrets and HS* (RFC 7518 section 3.2). There is no import from JSON:
 * a secret comes from a file, so that nothing a JWKS says can become one.
 */
#include "jose/family.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <string.h>

static bool
prepare(struct evp_tool *tool, struct slice secret)
{
	char digest[sizeof("SHA256")];
	OSSL_PARAM params[2];
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	if (hmac == NULL)
		return false;
	tool->mac = EVP_MAC_CTX_new(hmac); /* keeps a reference */
	EVP_MAC_free(hmac);
	memcpy(digest, tool->alg->digest, sizeof(digest));
	params[0] = OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	return tool->mac != NULL &&
	       EVP_MAC_init(tool->mac, secret.data, secret.len, params) == 1;
}

/* A tool in which the secret has been hashed already: half of the work. */
static struct evp_tool *
tool_for(const struct jwk *key, const struct jws_alg_info *alg)
{
	struct evp_tool *tool = evp_pool_take(&key->cell->tools, alg);
	bool ready;

	if (tool != NULL) {
		ready = EVP_MAC_init(tool->mac, NULL, 0, NULL) == 1;
	} else {
		tool = evp_tool_new(alg);
		ready = tool != NULL && prepare(tool, key->secret);
	}
	if (ready)
		return tool;
	evp_tool_free(tool);
	return NULL;
}

/* False on failure; out has room for the longest digest. */
static bool
compute(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, uint8_t out[EVP_MAX_MD_SIZE])
{
	struct evp_tool *tool = tool_for(key, alg);
	size_t len = 0;
	bool done = tool != NULL &&
		    EVP_MAC_update(tool->mac, input.data, input.len) == 1 &&
		    EVP_MAC_final(tool->mac, out, &len, EVP_MAX_MD_SIZE) == 1 &&
		    len == alg->digest_len;

	if (done)
		evp_pool_give(&key->cell->tools, tool);
	else
		evp_tool_free(tool);
	if (ERR_peek_error() != 0)
		ERR_clear_error();
	return done;
}

static size_t
hmac_signature_len(const struct jwk *key, const struct jws_alg_info *alg)
{
	(void)key;
	return alg->signature_len;
}

static enum jwt_reason
hmac_verify(const struct jwk *key, const struct jws_alg_info *alg,
	struct slice input, struct slice signature)
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	enum jwt_reason reason = JWT_INTERNAL_ERROR;

	if (compute(key, alg, input, mac))
		reason =
			CRYPTO_memcmp(mac, signature.data, alg->digest_len) == 0
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
	key = jwk_new(JWK_OCT, JWK_NO_CURVE, secret.len + kid.len);
	if (key == NULL || !jwk_keep(key, secret, &key->secret) ||
		!jwk_keep(key, kid, &key->kid))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	jwk_set_pkey(key, NULL); /* there is nothing to import */
	key->allowed = algs_of_length(secret.len);
	key->is_private = true;
	*out = JWT_TAKE(key);
	return JWT_OK;
}

const struct jwk_family jwk_family_hmac = {
	.kty = "oct",
	.signature_len = hmac_signature_len,
	.verify = hmac_verify,
	.sign = hmac_sign,
};
