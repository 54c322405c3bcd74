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

static char *
copy(const char *string)
{
	return slice_to_string(slice_of_string(string));
}

/* RFC 9110 section 8.8.3.2: a weak tag may stand for a strong one. */
static bool
same_tag(const char *a, const char *b)
{
	a += strncmp(a, "W/", 2) == 0 ? 2 : 0;
	b += strncmp(b, "W/", 2) == 0 ? 2 : 0;
	return strcmp(a, b) == 0;
}

bool
answer_confirms_another(
	const struct fetch_answer *answer, const struct key_cache *old)
{
	if (answer->status != 304)
		return false;
	if (old->etag != NULL)
		return answer->etag[0] != '\0' &&
		       !same_tag(answer->etag, old->etag);
	return answer->last_modified[0] != '\0' && old->last_modified != NULL &&
	       strcmp(answer->last_modified, old->last_modified) != 0;
}

/* What a 304 confirms is what was sent. */
static bool
take_validator(const struct fetch_answer *answer, const char *said,
	const char *old, char **out)
{
	if (answer->status == 304)
		said = old;
	else if (said[0] == '\0')
		said = NULL;
	*out = said != NULL ? copy(said) : NULL;
	return said == NULL || *out != NULL;
}

static enum jwt_reason
take_keys(const struct fetch_answer *answer, const struct key_cache *old,
	struct key_cache *out, struct report *r)
{
	if (!take_validator(answer, answer->etag, old->etag, &out->etag) ||
		!take_validator(answer, answer->last_modified,
			old->last_modified, &out->last_modified))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (key_cache_set_jwks(out,
		    answer->status == 304 ? old->jwks->text : answer->body,
		    r) != JWT_OK)
		return JWT_KEYS_UNAVAILABLE;
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
	fresh.cache.fetched_at = fresh.cache.whole_at = now;
	if (answer->status == 304)
		fresh.cache.whole_at =
			old->whole_at != 0 ? old->whole_at : old->fetched_at;
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
