/* SPDX-License-Identifier: ISC */
/* Which key may verify a token, and whether it does. */
#include "jose/family.h"

enum jwt_reason
jws_verify_key(const struct jws *jws, const struct jwk *key, struct report *r)
{
	const struct jws_alg_info *alg = jws_alg_info(jws_alg(jws));
	enum jwt_reason reason;

	/* Before any crypto: the key decides what it is for, not the token. */
	if (!jwk_allows(key, jws_alg(jws)))
		return report(r, JWT_ALG_NOT_ALLOWED,
			"the key does not allow %s", alg->name);
	reason = jwk_family_of(key->type)->verify(
		key, alg, jws_signing_input(jws), jws_signature(jws));
	if (reason == JWT_SIGNATURE_INVALID)
		return report(
			r, reason, "the %s signature is wrong", alg->name);
	if (reason != JWT_OK)
		return report(r, reason, "OpenSSL failed at %s", alg->name);
	return JWT_OK;
}

/* A key without a kid never matches a kid, not even an empty one. */
static bool
fits(const struct jws *jws, const struct jwk *key)
{
	if (jws_has_kid(jws) &&
		(jwk_kid(key).len == 0 ||
			!slice_equal(jws_kid(jws), jwk_kid(key))))
		return false;
	return jwk_allows(key, jws_alg(jws));
}

enum jwt_reason
jws_verify(const struct jws *jws, jws_alg_set allowed, const struct jwks *set,
	const struct jwk **used, struct report *r)
{
	const char *alg = jws_alg_info(jws_alg(jws))->name;
	size_t tries = 0;

	if ((allowed & JWS_ALG_BIT(jws_alg(jws))) == 0)
		return report(r, JWT_ALG_NOT_ALLOWED,
			"alg %s is not allowed for this issuer", alg);
	for (size_t i = 0; i < jwks_count(set) && tries < JWK_TRIES; i++) {
		const struct jwk *key = jwks_at(set, i);
		struct report detail = { 0 }; /* a later key may succeed */
		enum jwt_reason reason;

		if (!fits(jws, key))
			continue;
		tries++;
		reason = jws_verify_key(jws, key, &detail);
		if (reason == JWT_OK && used != NULL)
			*used = key;
		if (reason != JWT_SIGNATURE_INVALID)
			return reason == JWT_OK
				       ? JWT_OK
				       : report(r, reason, "%s", detail.text);
	}
	if (tries == 0)
		return report(r, JWT_KEY_UNKNOWN, "no key with %s%.*s fits %s",
			jws_has_kid(jws) ? "kid " : "or without a kid",
			(int)jws_kid(jws).len, (const char *)jws_kid(jws).data,
			alg);
	return report(r, JWT_SIGNATURE_INVALID,
		"the %s signature is wrong for each of %zu keys", alg, tries);
}
