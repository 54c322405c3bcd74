/* SPDX-License-Identifier: ISC */
#include "answer.h"

#include <string.h>

void
renewed_clear(struct renewed *renewed)
{
	key_cache_clear(&renewed->cache);
	jwks_free(renewed->keys);
	*renewed = (struct renewed){ 0 };
}

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
	if (!any_serves(set, issuer->algorithms))
		return report(r, JWT_KEYS_UNAVAILABLE,
			"of %zu keys none serves the issuer's algorithms%s%s",
			jwks_count(set) + jwks_skipped(set),
			inner.text[0] != '\0' ? "; " : "", inner.text);
	*skipped = inner;
	*out = JWT_TAKE(set);
	return JWT_OK;
}

static char *
copy(const char *string)
{
	return slice_to_string(slice_of_string(string));
}

static enum jwt_reason
take_keys(const struct fetch_answer *answer, const struct key_cache *old,
	struct key_cache *out, struct report *r)
{
	const char *etag = answer->etag;

	struct slice text = answer->body;

	if (answer->status == 304) {
		text = old->jwks->text;
		if (etag[0] == '\0' && old->etag != NULL)
			etag = old->etag;
	}
	if (key_cache_set_jwks(out, text, r) != JWT_OK)
		return JWT_KEYS_UNAVAILABLE;
	if (etag[0] != '\0' && (out->etag = copy(etag)) == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	return JWT_OK;
}

enum jwt_reason
answer_take(const struct issuer_config *issuer, const char *jwks_uri,
	const struct fetch_answer *answer, const struct key_cache *old,
	int64_t now, struct renewed *out, struct report *r)
{
	JWT_AUTO(renewed) fresh = { 0 };
	int64_t fresh_for = caching_fresh_for(&answer->caching, now);

	/* "Fresh" must not outlast what may be used at all. */
	if (fresh_for > issuer->fetch.max_stale)
		fresh_for = issuer->fetch.max_stale;
	fresh.cache.fetched_at = now;
	fresh.cache.fresh_until = now + fresh_for;
	fresh.cache.stale_until = now + issuer->fetch.max_stale;
	fresh.cache.issuer = copy(issuer->issuer);
	fresh.cache.jwks_uri = copy(jwks_uri);
	if (fresh.cache.issuer == NULL || fresh.cache.jwks_uri == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(take_keys(answer, old, &fresh.cache, r));
	JWT_TRY(usable_keys(
		issuer, fresh.cache.jwks, &fresh.keys, &fresh.skipped, r));
	*out = fresh;
	fresh = (struct renewed){ 0 };
	return JWT_OK;
}
