/* SPDX-License-Identifier: ISC */
/*
 * RFC 7638: SHA-256 over the required members in lexicographic order, as
 * JSON without white space. Base64url needs no escaping, so the text is
 * put together by hand.
 */
#include "jose/family.h"

#include "base/base64.h"

#define TEXT_MAX 4096 /* holds RSA of 8192 bits */
#define WIDE_MAX 1024 /* bytes of a number */

static enum jwt_reason
digest(const struct buffer *text, uint8_t out[JWK_THUMBPRINT_LEN])
{
	size_t len = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, text->data, text->len, out,
		    &len) != 1 ||
		len != JWK_THUMBPRINT_LEN)
		return JWT_INTERNAL_ERROR;
	return JWT_OK;
}

/* Appends the text before a number, and the number. */
static bool
add(struct buffer *text, const char *before, struct slice number)
{
	return buffer_append_string(text, before) &&
	       base64url_encode(number, text);
}

static bool
is_minimal(struct slice number)
{
	return number.len > 0 && number.len <= WIDE_MAX && number.data[0] != 0;
}

enum jwt_reason
jwk_thumbprint_rsa(
	struct slice n, struct slice e, uint8_t out[JWK_THUMBPRINT_LEN])
{
	JWT_AUTO(buffer) text = BUFFER(TEXT_MAX);

	if (!is_minimal(n) || !is_minimal(e))
		return JWT_TOKEN_MALFORMED;
	if (!add(&text, "{\"e\":\"", e) ||
		!add(&text, "\",\"kty\":\"RSA\",\"n\":\"", n) ||
		!buffer_append_string(&text, "\"}"))
		return JWT_INTERNAL_ERROR;
	return digest(&text, out);
}

enum jwt_reason
jwk_thumbprint_ec(enum jwk_curve curve, struct slice x, struct slice y,
	uint8_t out[JWK_THUMBPRINT_LEN])
{
	const struct jwk_curve_info *info;
	JWT_AUTO(buffer) text = BUFFER(TEXT_MAX);

	if (curve != JWK_P256 && curve != JWK_P384 && curve != JWK_P521)
		return JWT_TOKEN_MALFORMED;
	info = jwk_curve_info(curve);
	if (x.len != info->width || y.len != info->width)
		return JWT_TOKEN_MALFORMED;
	if (!buffer_append_format(
		    &text, "{\"crv\":\"%s\",\"kty\":\"EC\"", info->name) ||
		!add(&text, ",\"x\":\"", x) || !add(&text, "\",\"y\":\"", y) ||
		!buffer_append_string(&text, "\"}"))
		return JWT_INTERNAL_ERROR;
	return digest(&text, out);
}

enum jwt_reason
jwk_thumbprint_okp(
	enum jwk_curve curve, struct slice x, uint8_t out[JWK_THUMBPRINT_LEN])
{
	const struct jwk_curve_info *info;
	JWT_AUTO(buffer) text = BUFFER(TEXT_MAX);

	if (curve != JWK_ED25519 && curve != JWK_ED448)
		return JWT_TOKEN_MALFORMED;
	info = jwk_curve_info(curve);
	if (x.len != info->width)
		return JWT_TOKEN_MALFORMED;
	if (!buffer_append_format(
		    &text, "{\"crv\":\"%s\",\"kty\":\"OKP\"", info->name) ||
		!add(&text, ",\"x\":\"", x) ||
		!buffer_append_string(&text, "\"}"))
		return JWT_INTERNAL_ERROR;
	return digest(&text, out);
}

enum jwt_reason
jwk_thumbprint_ed25519(struct slice x, uint8_t out[JWK_THUMBPRINT_LEN])
{
	return jwk_thumbprint_okp(JWK_ED25519, x, out);
}

enum jwt_reason
jwk_thumbprint(const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN])
{
	const struct jwk_family *family = jwk_family_of(key->type);

	/* Of a secret it would be a hash to guess against (RFC 7638 7). */
	if (family->thumbprint == NULL)
		return JWT_INTERNAL_ERROR;
	return family->thumbprint(key, out);
}
