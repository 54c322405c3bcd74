/* SPDX-License-Identifier: ISC */
/*
 * The JWS algorithms that we know (RFC 7518 section 3, RFC 8037, RFC 9864):
 * everything about each in one row of one table. Names are compared in exact
 * case, and each stands for itself: who allows EdDSA has not allowed Ed25519.
 */
#ifndef JWT_JOSE_ALG_H
#define JWT_JOSE_ALG_H

#include "base/bytes.h"

enum jws_alg {
	JWS_RS256,
	JWS_RS384,
	JWS_RS512,
	JWS_PS256,
	JWS_PS384,
	JWS_PS512,
	JWS_ES256,
	JWS_ES384,
	JWS_ES512,
	JWS_EDDSA,   /* Ed25519 or Ed448, as the key says (RFC 8037) */
	JWS_ED25519, /* fully specified (RFC 9864 section 2.2) */
	JWS_ED448,
	JWS_HS256,
	JWS_HS384,
	JWS_HS512,
	JWS_ALG_COUNT
};

/* RSASSA-PKCS1-v1_5, RSASSA-PSS, ECDSA, EdDSA, HMAC. */
enum jws_family { JWS_RSA_PKCS1, JWS_RSA_PSS, JWS_ECDSA, JWS_ED, JWS_HMAC };

/* kty of RFC 7517 and 8037 that a family needs. */
enum jwk_type { JWK_RSA, JWK_EC, JWK_OKP, JWK_OCT };

enum jwk_curve {
	JWK_NO_CURVE,
	JWK_P256,
	JWK_P384,
	JWK_P521,
	JWK_ED25519,
	JWK_ED448
};

struct jws_alg_info {
	const char *name; /* "RS256" */
	enum jws_family family;
	enum jwk_type type;   /* the only kty that fits */
	enum jwk_curve curve; /* the crv that fits, JWK_NO_CURVE: none */
	enum jwk_curve other; /* a second one that fits: EdDSA's alone */
	const char *digest;   /* OpenSSL's name; NULL for EdDSA */
	size_t digest_len;    /* bytes; least HMAC secret; PSS salt length */
	size_t signature_len; /* bytes; 0: the key decides (RSA, EdDSA) */
};

/* One bit an algorithm: the caller's list of allowed ones. */
typedef uint32_t jws_alg_set;
#define JWS_ALG_BIT(alg) ((jws_alg_set)1 << (alg))

const struct jws_alg_info *jws_alg_info(enum jws_alg alg);
bool jws_alg_from_name(struct slice name, enum jws_alg *out) JWT_MUST_CHECK;

#endif
