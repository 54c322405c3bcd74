/* SPDX-License-Identifier: ISC */
/*
 * JSON Web Keys (RFC 7517, 7518 section 6, 8037) and sets of them.
 *
 * Reading one is strict: RSA of 2048 to 8192 bits with an odd exponent of at
 * least 65537 and at most 64 bits, points of Ed25519 and Ed448 canonical and
 * not of small order, canonical base64url of the exact length, private
 * members refused in a public key. What takes OpenSSL's arithmetic (is an EC
 * point on its curve?) is seen to when the key is used first.
 */
#ifndef JWT_JOSE_JWK_H
#define JWT_JOSE_JWK_H

#include "jose/alg.h"
#include "jose/json.h"
#include "jose/json_write.h"

#include <openssl/evp.h>

#define JWK_KID_MAX  256 /* bytes */
#define JWKS_KEY_MAX 256 /* keys in a set; more are an error of the issuer */
#define JWKS_MAX     (256 * 1024) /* bytes of a JWKS document */
#define JWK_HMAC_MAX 1024	  /* bytes of an HMAC secret */
#define JWK_TRIES    8		  /* keys tried for one token, at most */

/*
 * A key, and an ordered set that owns its keys. They own their memory, and
 * wipe it. Once made they don't change, whatever a const function does: any
 * number of threads may use one at the same time.
 */
struct jwk;
struct jwks;

void jwk_free(struct jwk *key);
void jwks_free(struct jwks *set);
JWT_AUTO_TYPE(jwk, struct jwk *, jwk_free);
JWT_AUTO_TYPE(jwks, struct jwks *, jwks_free);

/*
 * A public key for verifying. token_malformed with a report that names the
 * member: it is broken, too weak, private, or of a kind we don't know.
 * "use" other than "sig" or key_ops without "verify" make a key that
 * imports but allows nothing.
 */
enum jwt_reason jwk_from_json(const struct json_node *object, struct jwk **out,
	struct report *report) JWT_MUST_CHECK;

/*
 * Imports the key into OpenSSL now, as its first use would: once, whichever
 * thread asks first. token_malformed: it is broken (a point off its curve)
 * and never verifies. internal_error: out of memory; the next use tries
 * again.
 */
enum jwt_reason jwk_import(
	const struct jwk *key, struct report *report) JWT_MUST_CHECK;

/*
 * An HMAC secret from a file, never from a JWKS. Copied. kid may be empty.
 * It allows the HS* whose hash is no longer than the secret. config_error:
 * shorter than HS256's hash, or longer than JWK_HMAC_MAX.
 */
enum jwt_reason jwk_from_secret(struct slice secret, struct slice kid,
	struct jwk **out, struct report *report) JWT_MUST_CHECK;

/*
 * A fresh key for alg (EdDSA: Ed25519); kid becomes the RFC 7638 thumbprint if
 * kid is empty. alg_not_allowed: HS*, whose secrets come from files.
 */
enum jwt_reason jwk_generate(enum jws_alg alg, struct slice kid,
	struct jwk **out, struct report *report) JWT_MUST_CHECK;

/*
 * A private key as jwt-keyring keeps it: PKCS#8 in PEM, not encrypted, which
 * other tools read too, for one algorithm. kid as in jwk_generate.
 * token_malformed + report: no such key, too weak, or unfit for alg.
 */
enum jwt_reason jwk_private_from_pem(struct slice pem, enum jws_alg alg,
	struct slice kid, struct jwk **out,
	struct report *report) JWT_MUST_CHECK;
bool jwk_private_to_pem(
	const struct jwk *key, struct buffer *out) JWT_MUST_CHECK;

/* Jansson's, caller's json_decref; with alg and use; never oct. */
json_t *jwk_to_public_json(const struct jwk *key);

struct slice jwk_kid(const struct jwk *key); /* empty: has none */
enum jwk_type jwk_type(const struct jwk *key);
/* kty, crv, alg, use and key_ops all allow this use (RFC 8725 3.1, 3.5). */
bool jwk_allows(const struct jwk *key, enum jws_alg alg);

/*
 * RFC 7638: SHA-256 over the canonical public members. token_malformed: not
 * the form below; internal_error: an HMAC secret, which has none.
 */
#define JWK_THUMBPRINT_LEN 32
enum jwt_reason jwk_thumbprint(
	const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN]) JWT_MUST_CHECK;
/* The same from the bare numbers (big-endian, no leading zeros for RSA; fixed
 * width for EC coordinates), for keys that come as SSH blobs. */
enum jwt_reason jwk_thumbprint_rsa(struct slice n, struct slice e,
	uint8_t out[JWK_THUMBPRINT_LEN]) JWT_MUST_CHECK;
enum jwt_reason jwk_thumbprint_ec(enum jwk_curve curve, struct slice x,
	struct slice y, uint8_t out[JWK_THUMBPRINT_LEN]) JWT_MUST_CHECK;
enum jwt_reason jwk_thumbprint_okp(enum jwk_curve curve, struct slice x,
	uint8_t out[JWK_THUMBPRINT_LEN]) JWT_MUST_CHECK;
enum jwt_reason jwk_thumbprint_ed25519(
	struct slice x, uint8_t out[JWK_THUMBPRINT_LEN]) JWT_MUST_CHECK;

/*
 * A set from {"keys": [...]}. Strange and broken keys are skipped and
 * counted, and so are keys with private members, which the whole world now
 * has. The report then names the last of them, one with private members
 * before all others, though the call succeeds. What only OpenSSL sees (a
 * point off its curve) is left to the key's first use, or to jwks_import.
 * token_malformed: not a JWKS at all, or more than JWKS_KEY_MAX keys.
 */
enum jwt_reason jwks_from_json(const struct json_node *root, struct jwks **out,
	struct report *report) JWT_MUST_CHECK;
struct jwks *jwks_new(void); /* empty; NULL: out of memory */
/* Takes the key over, also on failure. */
enum jwt_reason jwks_add(struct jwks *set, struct jwk *key) JWT_MUST_CHECK;
/*
 * Imports every key and drops those that turn out broken: they are skipped
 * and counted, and reported as above unless there is a report already. For
 * who must know now what a set is worth; before other threads have it.
 * internal_error: out of memory; the set is as it was.
 */
enum jwt_reason jwks_import(
	struct jwks *set, struct report *report) JWT_MUST_CHECK;
size_t jwks_count(const struct jwks *set);   /* usable ones */
size_t jwks_skipped(const struct jwks *set); /* strange or broken ones */
size_t jwks_exposed(const struct jwks *set); /* of them: private members */
const struct jwk *jwks_at(const struct jwks *set, size_t index);
bool jwks_has_kid(const struct jwks *set, struct slice kid);

#endif
