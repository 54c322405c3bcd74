/* SPDX-License-Identifier: ISC */
/* The public API's keys: a set that is never changed after it was made. */
#include "public.h"

#include <stdio.h>
#include <stdlib.h>

_Static_assert(JWTCORE_JWKS_MAX == JWKS_MAX, "the header says what we read");

enum jwt_reason
public_detail(enum jwt_reason reason, const struct report *r, char *detail,
	size_t detail_size)
{
	if (detail == NULL || detail_size == 0)
		return reason;
	detail[0] = '\0';
	if (reason != JWT_OK)
		snprintf(detail, detail_size, "%s", r->text);
	return reason;
}

void
jwtcore_keys_free(struct jwtcore_keys *keys)
{
	if (keys == NULL)
		return;
	jwks_free(keys->set);
	free(keys);
}

static bool
allows_something(const struct jwk *key)
{
	for (unsigned alg = 0; alg < JWS_ALG_COUNT; alg++)
		if (jwk_allows(key, (enum jws_alg)alg))
			return true;
	return false;
}

/* Keys for encrypting import well, but there is nothing to do with them. */
static void
count_keys(struct jwtcore_keys *keys)
{
	size_t count = jwks_count(keys->set);

	keys->usable = 0;
	for (size_t i = 0; i < count; i++)
		if (allows_something(jwks_at(keys->set, i)))
			keys->usable++;
	keys->skipped = jwks_skipped(keys->set) + count - keys->usable;
	if (keys->usable < count)
		report(&keys->skipped_why, JWT_OK,
			"%zu keys are not meant for verifying (use, key_ops)",
			count - keys->usable);
}

static enum jwt_reason
read_jwks(struct slice text, struct jwtcore_keys *keys, struct report *r)
{
	JWT_AUTO(json_doc) doc = { 0 };
	struct report why = { 0 };
	enum jwt_reason reason;

	if (text.len > JWKS_MAX)
		return report(r, JWT_TOKEN_TOO_LARGE,
			"the JWKS has %zu bytes, more than %d", text.len,
			JWKS_MAX);
	JWT_TRY(json_parse_object(text, "JWKS", &doc, r));
	reason = jwks_from_json(json_root(&doc), &keys->set, &why);
	if (reason != JWT_OK)
		return report(r, reason, "%s", why.text);
	keys->skipped_why = why;
	count_keys(keys);
	if (keys->usable == 0)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"the JWKS has no key to verify with%s%s",
			keys->skipped > 0 ? ": " : "", keys->skipped_why.text);
	return JWT_OK;
}

static enum jwt_reason
make_keys(struct jwtcore_keys **out, struct report *r)
{
	*out = calloc(1, sizeof(**out));
	return *out != NULL ? JWT_OK
			    : report(r, JWT_INTERNAL_ERROR, "out of memory");
}

static enum jwt_reason
keys_from_jwks(struct slice text, struct jwtcore_keys **out, struct report *r)
{
	JWT_AUTO(jwtcore_keys) keys = NULL;

	if (text.data == NULL)
		return report(r, JWT_CONFIG_ERROR, "the JWKS is NULL");
	JWT_TRY(make_keys(&keys, r));
	JWT_TRY(read_jwks(text, keys, r));
	*out = JWT_TAKE(keys);
	return JWT_OK;
}

static enum jwt_reason
keys_from_secret(struct slice secret, struct slice kid,
	struct jwtcore_keys **out, struct report *r)
{
	JWT_AUTO(jwtcore_keys) keys = NULL;
	JWT_AUTO(jwk) key = NULL;

	if (secret.data == NULL)
		return report(r, JWT_CONFIG_ERROR, "the secret is NULL");
	JWT_TRY(make_keys(&keys, r));
	JWT_TRY(jwk_from_secret(secret, kid, &key, r));
	keys->set = jwks_new();
	if (keys->set == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(jwks_add(keys->set, JWT_TAKE(key)));
	count_keys(keys);
	*out = JWT_TAKE(keys);
	return JWT_OK;
}

enum jwt_reason
jwtcore_keys_from_jwks(const char *text, size_t len, struct jwtcore_keys **out,
	char *detail, size_t detail_size)
{
	struct report r = { 0 };
	enum jwt_reason reason;

	if (out == NULL)
		return public_detail(report(&r, JWT_CONFIG_ERROR,
					     "there is no place for the keys"),
			&r, detail, detail_size);
	*out = NULL;
	reason = keys_from_jwks(slice_of(text, len), out, &r);
	return public_detail(reason, &r, detail, detail_size);
}

enum jwt_reason
jwtcore_keys_from_secret(const void *secret, size_t len, const char *kid,
	struct jwtcore_keys **out, char *detail, size_t detail_size)
{
	struct report r = { 0 };
	enum jwt_reason reason;

	if (out == NULL)
		return public_detail(report(&r, JWT_CONFIG_ERROR,
					     "there is no place for the keys"),
			&r, detail, detail_size);
	*out = NULL;
	reason = keys_from_secret(
		slice_of(secret, len), slice_of_string(kid), out, &r);
	return public_detail(reason, &r, detail, detail_size);
}

static enum jwt_reason
check_keys(struct jwtcore_keys *keys, struct report *r)
{
	struct report why = { 0 };

	if (keys == NULL)
		return report(r, JWT_CONFIG_ERROR, "the keys are NULL");
	if (jwks_import(keys->set, &why) != JWT_OK)
		return report(r, JWT_INTERNAL_ERROR, "%s", why.text);
	if (why.text[0] != '\0')
		keys->skipped_why = why;
	count_keys(keys);
	if (keys->usable == 0)
		return report(r, JWT_KEYS_UNAVAILABLE,
			"no key is left to verify with: %s",
			keys->skipped_why.text);
	return JWT_OK;
}

enum jwt_reason
jwtcore_keys_check(struct jwtcore_keys *keys, char *detail, size_t detail_size)
{
	struct report r = { 0 };

	return public_detail(check_keys(keys, &r), &r, detail, detail_size);
}

size_t
jwtcore_keys_usable(const struct jwtcore_keys *keys)
{
	return keys != NULL ? keys->usable : 0;
}

size_t
jwtcore_keys_skipped(const struct jwtcore_keys *keys)
{
	return keys != NULL ? keys->skipped : 0;
}

const char *
jwtcore_keys_skipped_why(const struct jwtcore_keys *keys)
{
	return keys != NULL ? keys->skipped_why.text : "";
}
