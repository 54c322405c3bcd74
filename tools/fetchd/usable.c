/* SPDX-License-Identifier: ISC */
#include "usable.h"

static bool
any_serves(const struct jwks *set, jws_alg_set algorithms)
{
	for (size_t i = 0; i < jwks_count(set); i++)
		for (enum jws_alg alg = 0; alg < JWS_ALG_COUNT; alg++)
			if ((algorithms & JWS_ALG_BIT(alg)) != 0 &&
				jwk_allows(jwks_at(set, i), alg))
				return true;
	return false;
}

enum jwt_reason
usable_keys(const struct issuer_config *issuer, const struct json_node *jwks,
	struct jwks **out, struct report *skipped, struct report *r)
{
	JWT_AUTO(jwks) set = NULL;
	struct report inner = { 0 };

	if (jwks_from_json(jwks, &set, &inner) != JWT_OK)
		return report(
			r, JWT_KEYS_UNAVAILABLE, "not a JWKS: %s", inner.text);
	/* A login imports the one key that it needs: here is the time to see
	 * what each is worth. */
	if (jwks_import(set, &inner) != JWT_OK)
		return report(r, JWT_INTERNAL_ERROR, "%s", inner.text);
	if (!any_serves(set, issuer->algorithms))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"of %zu keys none serves the issuer's algorithms%s%s",
			jwks_count(set) + jwks_skipped(set),
			inner.text[0] != '\0' ? "; " : "", inner.text);
	*skipped = inner;
	*out = JWT_TAKE(set);
	return JWT_OK;
}
