/* SPDX-License-Identifier: ISC */
/*
 * HMAC secrets from files: the current one first, older ones after it, so
 * that tokens signed before a change of the secret still verify.
 */
#include "keys/keys.h"

#include <string.h>

struct slice
keys_secret_in(struct slice text)
{
	if (text.len == 0 || text.data[text.len - 1] != '\n')
		return text;
	text.len--;
	if (text.len > 0 && text.data[text.len - 1] == '\r')
		text.len--;
	return text;
}

static enum jwt_reason
key_from_file(
	const char *path, struct slice kid, struct jwk **out, struct report *r)
{
	/* root:jwtauth 0640: who can write it can sign as the issuer. */
	const struct file_trust trust = { .owner = 0, .secret = true };
	JWT_AUTO(buffer) text = BUFFER(JWK_HMAC_MAX + sizeof("\r\n") - 1);
	struct report inner = { 0 };
	struct slice secret;

	if (file_read(path, &trust, &text, r) != FILE_OK)
		return JWT_KEYS_UNAVAILABLE;
	secret = keys_secret_in(buffer_slice(&text));
	if (jwk_from_secret(secret, kid, out, &inner) != JWT_OK)
		return report(
			r, JWT_KEYS_UNAVAILABLE, "%s: %s", path, inner.text);
	return JWT_OK;
}

enum jwt_reason
keys_from_secrets(const struct string_list *files, struct slice kid,
	struct jwks **out, size_t *skipped, struct report *r)
{
	JWT_AUTO(jwks) set = jwks_new();
	size_t left_out = 0;

	if (set == NULL)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	for (size_t i = 0; i < files->count; i++) {
		JWT_AUTO(jwk) key = NULL;

		if (key_from_file(files->item[i], kid, &key, r) == JWT_OK)
			JWT_TRY(jwks_add(set, JWT_TAKE(key)));
		else if (i == 0)
			return JWT_KEYS_UNAVAILABLE;
		else
			left_out++;
	}
	*skipped = left_out;
	*out = JWT_TAKE(set);
	return JWT_OK;
}
