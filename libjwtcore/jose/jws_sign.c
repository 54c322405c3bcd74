/* SPDX-License-Identifier: ISC */
/* A compact JWS made (RFC 7515 section 5.1). */
#include "jose/family.h"

#include "base/base64.h"

#include <stdlib.h>

#define SIGNATURE_MAX 1024 /* bytes: RSA of 8192 bits */

JWT_AUTO_TYPE(json_text, char *, free);

static bool
add_header(const struct jwk *key, enum jws_alg alg, const char *typ,
	struct buffer *out)
{
	struct slice kid = jwk_kid(key);
	JWT_AUTO(json) header = json_object();
	JWT_AUTO(json_text) text = NULL;

	if (json_object_set_new(
		    header, "alg", json_string(jws_alg_info(alg)->name)) != 0 ||
		(kid.len > 0 && json_object_set_new(header, "kid",
					json_stringn((const char *)kid.data,
						kid.len)) != 0) ||
		(typ != NULL && json_object_set_new(
					header, "typ", json_string(typ)) != 0))
		return false;
	text = json_dumps(header, JSON_COMPACT);
	return text != NULL && base64url_encode(slice_of_string(text), out);
}

enum jwt_reason
jws_sign(const struct jwk *key, enum jws_alg alg, const char *typ,
	struct slice payload, struct buffer *out, struct report *r)
{
	const struct jws_alg_info *info = jws_alg_info(alg);
	JWT_AUTO(buffer) token = BUFFER(JWT_TOKEN_MAX);
	JWT_AUTO(buffer) signature = BUFFER(SIGNATURE_MAX);

	if (!key->is_private || !jwk_allows(key, alg))
		return report(r, JWT_ALG_NOT_ALLOWED, "the key can't sign %s",
			info->name);
	if (!add_header(key, alg, typ, &token) ||
		!buffer_append(&token, ".", 1) ||
		!base64url_encode(payload, &token))
		return report(r, JWT_TOKEN_TOO_LARGE,
			"the token would have more than %d bytes",
			JWT_TOKEN_MAX);
	if (!jwk_family_of(key->type)->sign(
		    key, info, buffer_slice(&token), &signature))
		return report(r, JWT_INTERNAL_ERROR, "OpenSSL failed at %s",
			info->name);
	if (!buffer_append(&token, ".", 1) ||
		!base64url_encode(buffer_slice(&signature), &token) ||
		!buffer_append_slice(out, buffer_slice(&token)))
		return report(r, JWT_TOKEN_TOO_LARGE,
			"the token would have more than %d bytes",
			JWT_TOKEN_MAX);
	return JWT_OK;
}
