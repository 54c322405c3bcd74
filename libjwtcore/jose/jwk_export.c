/* SPDX-License-Identifier: ISC */
/* Fresh keys, and keys back into JSON: the issuer's side. */
#include "jose/family.h"

#include "base/base64.h"

/* RFC 7638 section 1: a thumbprint makes a good kid. */
static enum jwt_reason
set_kid(struct jwk *key, struct slice kid)
{
	uint8_t thumbprint[JWK_THUMBPRINT_LEN];

	if (kid.len > 0)
		return buffer_append_slice(&key->kid, kid) ? JWT_OK
							   : JWT_INTERNAL_ERROR;
	JWT_TRY(jwk_thumbprint(key, thumbprint));
	return base64url_encode(
		       slice_of(thumbprint, sizeof(thumbprint)), &key->kid)
		       ? JWT_OK
		       : JWT_INTERNAL_ERROR;
}

enum jwt_reason
jwk_generate(
	enum jws_alg alg, struct slice kid, struct jwk **out, struct report *r)
{
	const struct jws_alg_info *info = jws_alg_info(alg);
	const struct jwk_family *family = jwk_family_of(info->type);
	JWT_AUTO(jwk) key = NULL;

	if (family->generate == NULL)
		return report(r, JWT_ALG_NOT_ALLOWED,
			"%s takes a secret from a file", info->name);
	if (kid.len > JWK_KID_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"kid is longer than %d bytes", JWK_KID_MAX);
	key = jwk_new(info->type, info->curve);
	if (key == NULL || !family->generate(key) ||
		set_kid(key, kid) != JWT_OK)
		return report(r, JWT_INTERNAL_ERROR, "cannot make an %s key",
			info->name);
	key->is_private = true;
	key->has_alg = true;
	key->alg = alg;
	key->allowed = JWS_ALG_BIT(alg);
	*out = JWT_TAKE(key);
	return JWT_OK;
}

static bool
set_text(json_t *object, const char *name, struct slice text)
{
	return json_object_set_new(object, name,
		       json_stringn((const char *)text.data, text.len)) == 0;
}

json_t *
jwk_to_public_json(const struct jwk *key)
{
	const struct jwk_family *family = jwk_family_of(key->type);
	JWT_AUTO(json) object = json_object();

	if (family->export == NULL ||
		!set_text(object, "kty", slice_of_string(family->kty)) ||
		!set_text(object, "use", slice_of_string("sig")))
		return NULL;
	if (key->has_alg &&
		!set_text(object, "alg",
			slice_of_string(jws_alg_info(key->alg)->name)))
		return NULL;
	if (key->kid.len > 0 && !set_text(object, "kid", jwk_kid(key)))
		return NULL;
	if (!family->export(key, object))
		return NULL;
	return JWT_TAKE(object);
}

json_t *
jwk_to_private_json(const struct jwk *key)
{
	const struct jwk_family *family = jwk_family_of(key->type);
	JWT_AUTO(json) object = NULL;

	if (!key->is_private || family->export_private == NULL)
		return NULL;
	object = jwk_to_public_json(key);
	if (object == NULL || !family->export_private(key, object))
		return NULL;
	return JWT_TAKE(object);
}
