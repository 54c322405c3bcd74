/* SPDX-License-Identifier: ISC */
/* Fresh keys, and keys back into JSON: the issuer's side. */
#include "jose/family.h"

#include "base/base64.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#define ROOM_MAX 2048 /* bytes: a kid and RSA of 8192 bits */

JWT_AUTO_TYPE(bio, BIO *, BIO_free_all);

/* RFC 7638 section 1: a thumbprint makes a good kid. */
static enum jwt_reason
set_kid(struct jwk *key, struct slice kid)
{
	uint8_t thumbprint[JWK_THUMBPRINT_LEN];
	JWT_AUTO(buffer) text = BUFFER(JWK_KID_MAX);

	if (kid.len == 0) {
		JWT_TRY(jwk_thumbprint(key, thumbprint));
		if (!base64url_encode(
			    slice_of(thumbprint, sizeof(thumbprint)), &text))
			return JWT_INTERNAL_ERROR;
		kid = buffer_slice(&text);
	}
	return jwk_keep(key, kid, &key->kid) ? JWT_OK : JWT_INTERNAL_ERROR;
}

/* A key for one algorithm around a private one of OpenSSL's, taken over. */
static enum jwt_reason
adopt(EVP_PKEY *pkey, enum jws_alg alg, struct slice kid, struct jwk **out,
	struct report *r)
{
	const struct jws_alg_info *info = jws_alg_info(alg);
	JWT_AUTO(jwk) key = jwk_new(info->type, info->curve, ROOM_MAX);

	if (key == NULL) {
		EVP_PKEY_free(pkey);
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	}
	jwk_set_pkey(key, pkey);
	if (kid.len > JWK_KID_MAX)
		return report(r, JWT_TOKEN_MALFORMED,
			"kid is longer than %d bytes", JWK_KID_MAX);
	JWT_TRY(jwk_family_of(info->type)->adopt(key, info, r));
	if (set_kid(key, kid) != JWT_OK)
		return report(r, JWT_INTERNAL_ERROR, "cannot name the key");
	key->is_private = true;
	key->has_alg = true;
	key->alg = alg;
	key->allowed = JWS_ALG_BIT(alg);
	*out = JWT_TAKE(key);
	return JWT_OK;
}

static enum jwt_reason
refuse_hmac(enum jws_alg alg, struct report *r)
{
	const struct jws_alg_info *info = jws_alg_info(alg);

	if (info->family != JWS_HMAC)
		return JWT_OK;
	return report(r, JWT_ALG_NOT_ALLOWED, "%s takes a secret from a file",
		info->name);
}

enum jwt_reason
jwk_generate(
	enum jws_alg alg, struct slice kid, struct jwk **out, struct report *r)
{
	const struct jws_alg_info *info = jws_alg_info(alg);
	EVP_PKEY *pkey;

	JWT_TRY(refuse_hmac(alg, r));
	pkey = jwk_family_of(info->type)->generate(info->curve);
	if (pkey == NULL)
		return report(r, JWT_INTERNAL_ERROR, "cannot make a key for %s",
			info->name);
	return adopt(pkey, alg, kid, out, r);
}

/* OpenSSL's own would ask at the terminal. */
static int
no_password(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

enum jwt_reason
jwk_private_from_pem(struct slice pem, enum jws_alg alg, struct slice kid,
	struct jwk **out, struct report *r)
{
	JWT_AUTO(bio) bio = NULL;
	EVP_PKEY *pkey = NULL;

	JWT_TRY(refuse_hmac(alg, r));
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	if (bio != NULL)
		pkey = PEM_read_bio_PrivateKey_ex(
			bio, NULL, no_password, NULL, NULL, NULL);
	ERR_clear_error();
	if (pkey == NULL)
		return report(r, JWT_TOKEN_MALFORMED,
			"no private key in PEM without a password");
	return adopt(pkey, alg, kid, out, r);
}

bool
jwk_private_to_pem(const struct jwk *key, struct buffer *out)
{
	JWT_AUTO(bio) bio = BIO_new(BIO_s_secmem()); /* wipes its memory */
	char *pem = NULL;
	long len;

	if (bio == NULL || !key->is_private || key->cell->pkey == NULL ||
		PEM_write_bio_PrivateKey_ex(bio, key->cell->pkey, NULL, NULL, 0,
			NULL, NULL, NULL, NULL) != 1)
		return false;
	len = BIO_get_mem_data(bio, &pem);
	return len > 0 && buffer_append(out, pem, (size_t)len);
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
