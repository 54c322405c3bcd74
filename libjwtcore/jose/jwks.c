/* SPDX-License-Identifier: ISC */
/*
 * Sets of keys (RFC 7517 section 5). A key that we don't understand is
 * skipped, as the RFC asks: one strange key must not lock everybody out.
 */
#include "jose/family.h"

#include <stdlib.h>

struct jwks {
	struct jwk **keys; /* room for JWKS_KEY_MAX */
	size_t count;
	size_t skipped;
};

struct jwks *
jwks_new(void)
{
	struct jwks *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return NULL;
	set->keys = calloc(JWKS_KEY_MAX, sizeof(*set->keys));
	if (set->keys == NULL) {
		free(set);
		return NULL;
	}
	return set;
}

void
jwks_free(struct jwks *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		jwk_free(set->keys[i]);
	free(set->keys);
	free(set);
}

enum jwt_reason
jwks_add(struct jwks *set, struct jwk *key)
{
	if (set->count == JWKS_KEY_MAX) {
		jwk_free(key);
		return JWT_TOKEN_MALFORMED;
	}
	set->keys[set->count++] = key;
	return JWT_OK;
}

/* Imports one key, or skips it and keeps the detail with its kid. */
static enum jwt_reason
import_or_skip(struct jwks *set, const struct json_node *object, size_t index,
	struct report *last)
{
	struct report detail = { 0 };
	struct slice kid = { 0 };
	struct jwk *key = NULL;
	enum jwt_reason reason = jwk_from_json(object, &key, &detail);
	bool named = json_get_string(object, "kid", &kid);

	if (reason == JWT_OK)
		return jwks_add(set, key);
	if (reason == JWT_INTERNAL_ERROR)
		return report(last, reason, "%s", detail.text);
	set->skipped++;
	*last = (struct report){ 0 };
	report(last, reason, "skipped key %zu%s%.*s: %s", index + 1,
		named ? ", kid " : "", named && kid.len < 64 ? (int)kid.len : 0,
		(const char *)kid.data, detail.text);
	return JWT_OK;
}

enum jwt_reason
jwks_from_json(
	const struct json_node *root, struct jwks **out, struct report *r)
{
	const struct json_node *keys = json_member(root, "keys"), *object;
	size_t index = 0;
	struct report last = { 0 };
	JWT_AUTO(jwks) set = NULL;

	if (!json_is(keys, JSON_KIND_ARRAY))
		return report(r, JWT_TOKEN_MALFORMED,
			"the JWKS has no array \"keys\"");
	if (keys->count > JWKS_KEY_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"the JWKS has %u keys, more than %d", keys->count,
			JWKS_KEY_MAX);
	set = jwks_new();
	if (set == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	json_each(object, keys)
	{
		enum jwt_reason reason =
			import_or_skip(set, object, index++, &last);

		if (reason != JWT_OK)
			return report(r, reason, "%s", last.text);
	}
	if (set->skipped > 0)
		report(r, JWT_OK, "%s", last.text);
	*out = JWT_TAKE(set);
	return JWT_OK;
}

size_t
jwks_count(const struct jwks *set)
{
	return set->count;
}

size_t
jwks_skipped(const struct jwks *set)
{
	return set->skipped;
}

const struct jwk *
jwks_at(const struct jwks *set, size_t index)
{
	return index < set->count ? set->keys[index] : NULL;
}

bool
jwks_has_kid(const struct jwks *set, struct slice kid)
{
	if (kid.len == 0) /* a key without one has no kid, not an empty one */
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (slice_equal(jwk_kid(set->keys[i]), kid))
			return true;
	return false;
}
