/* SPDX-License-Identifier: ISC */
/* Which key may verify a token, and whether it does. */
#include "jose/family.h"

static bool
has_right_length(const struct jws *jws, const struct jwk *key)
{
	const struct jws_alg_info *alg = jws_alg_info(jws_alg(jws));

	return jws_signature(jws).len ==
	       jwk_family_of(key->type)->signature_len(key, alg);
}

/*
 * The key decides what it is for, not the token, and before any crypto.
 * key_unknown: the key is broken, so it might as well not be there.
 */
static enum jwt_reason
try_key(const struct jws *jws, const struct jwk *key, struct report *r)
{
	const struct jws_alg_info *alg = jws_alg_info(jws_alg(jws));
	enum jwt_reason reason;

	if (!jwk_allows(key, jws_alg(jws)))
		return report(r, JWT_ALG_NOT_ALLOWED,
			"the key does not allow %s", alg->name);
	reason = jwk_import(key, r);
	if (reason != JWT_OK)
		return reason == JWT_TOKEN_MALFORMED ? JWT_KEY_UNKNOWN : reason;
	if (!has_right_length(jws, key))
		return JWT_SIGNATURE_INVALID;
	return jwk_family_of(key->type)->verify(
		key, alg, jws_signing_input(jws), jws_signature(jws));
}

enum jwt_reason
jws_verify_key(const struct jws *jws, const struct jwk *key, struct report *r)
{
	const char *alg = jws_alg_info(jws_alg(jws))->name;
	enum jwt_reason reason = try_key(jws, key, r);

	if (reason == JWT_SIGNATURE_INVALID)
		report(r, reason, "the %s signature is wrong", alg);
	else if (reason != JWT_OK)
		report(r, reason, "OpenSSL failed at %s", alg);
	return reason;
}

static enum jwt_reason
none_fits(const struct jws *jws, size_t broken, struct report *r)
{
	struct slice kid = jws_kid(jws);

	return report(r, JWT_KEY_UNKNOWN, "no key with %s%.*s fits %s%s",
		jws_has_kid(jws) ? "kid " : "or without a kid", (int)kid.len,
		(const char *)kid.data, jws_alg_info(jws_alg(jws))->name,
		broken > 0 ? ": broken" : "");
}

enum jwt_reason
jws_verify(const struct jws *jws, jws_alg_set allowed, const struct jwks *set,
	const struct jwk **used, struct report *r)
{
	const char *alg = jws_alg_info(jws_alg(jws))->name;
	struct jwks_search search;
	const struct jwk *key;
	size_t wrong = 0, tries = 0, broken = 0;

	if ((allowed & JWS_ALG_BIT(jws_alg(jws))) == 0)
		return report(r, JWT_ALG_NOT_ALLOWED,
			"alg %s is not allowed for this issuer", alg);
	search = jwks_search(set, jws_has_kid(jws), jws_kid(jws), jws_alg(jws));
	while (tries < JWK_TRIES && (key = jwks_next(&search)) != NULL) {
		enum jwt_reason reason = try_key(jws, key, NULL);

		if (reason == JWT_KEY_UNKNOWN) {
			broken++;
		} else if (reason == JWT_SIGNATURE_INVALID) {
			wrong++; /* a later key may be the right one */
			/* What costs nothing may be tried for ever. */
			tries += has_right_length(jws, key);
		} else if (reason != JWT_OK) {
			return report(r, reason, "OpenSSL failed at %s", alg);
		} else {
			if (used != NULL)
				*used = key;
			return JWT_OK;
		}
	}
	if (wrong == 0)
		return none_fits(jws, broken, r);
	return report(r, JWT_SIGNATURE_INVALID,
		"the %s signature is wrong for each of %zu keys", alg, wrong);
}
