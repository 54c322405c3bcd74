/* SPDX-License-Identifier: ISC */
/*
 * Inside jose only: what a key is made of, and the functions that the file
 * of each kty (rsa.c, ec.c, okp.c, hmac.c) offers.
 */
#ifndef JWT_JOSE_FAMILY_H
#define JWT_JOSE_FAMILY_H

#include "jose/jws.h"

/* Public numbers are big-endian; which are filled depends on the type. */
struct jwk {
	enum jwk_type type;
	enum jwk_curve curve;
	bool is_private;
	jws_alg_set allowed; /* what kty, crv, alg, use and key_ops permit */
	bool has_alg;
	enum jws_alg alg; /* if has_alg */
	struct buffer kid;
	struct buffer n, e;   /* RSA, no leading zeros */
	struct buffer x, y;   /* EC, fixed width; OKP has x alone */
	struct buffer secret; /* oct */
	/*
	 * OpenSSL's key. A cell of its own, since a public key whose rules
	 * need no arithmetic is imported at its first use: most keys of a
	 * set are never asked for. One thread uses a key at a time.
	 */
	EVP_PKEY **pkey;
};

/* A NULL function: keys of this kind can't do that. */
struct jwk_family {
	const char *kty;
	/* From the JWK's public members into the key's numbers. */
	enum jwt_reason (*import)(struct jwk *key,
		const struct json_node *object, struct report *r);
	/* OpenSSL's key from the public numbers; NULL on failure. */
	EVP_PKEY *(*make)(const struct jwk *key);
	/* A fresh private key of OpenSSL's for type and curve. */
	EVP_PKEY *(*generate)(enum jwk_curve curve);
	/*
	 * Fills the numbers from OpenSSL's key, which may be a stranger's:
	 * a type or curve that isn't alg's and weak numbers are refused.
	 */
	enum jwt_reason (*adopt)(struct jwk *key,
		const struct jws_alg_info *alg, struct report *r);
	/* Members besides kty into object. */
	bool (*export)(const struct jwk *key, json_t *object);
	enum jwt_reason (*thumbprint)(
		const struct jwk *key, uint8_t out[JWK_THUMBPRINT_LEN]);
	/* signature_invalid or internal_error; lengths are checked inside. */
	enum jwt_reason (*verify)(const struct jwk *key,
		const struct jws_alg_info *alg, struct slice input,
		struct slice signature);
	/* Appends the signature as JWS writes it. */
	bool (*sign)(const struct jwk *key, const struct jws_alg_info *alg,
		struct slice input, struct buffer *signature);
};

extern const struct jwk_family jwk_family_rsa, jwk_family_ec, jwk_family_okp,
	jwk_family_hmac;

const struct jwk_family *jwk_family_of(enum jwk_type type);

struct jwk_curve_info {
	const char *name; /* crv, and OpenSSL's group */
	size_t width;	  /* bytes of a coordinate */
};
const struct jwk_curve_info *jwk_curve_info(enum jwk_curve curve);

/* An empty key with buffers ready; NULL: out of memory. */
struct jwk *jwk_new(enum jwk_type type, enum jwk_curve curve);
/* OpenSSL's key, imported now if it was not yet; NULL on failure. */
EVP_PKEY *jwk_pkey(const struct jwk *key);
/* What the key's type and curve permit before alg, use and key_ops. */
jws_alg_set jwk_fitting_algs(enum jwk_type type, enum jwk_curve curve);

/* Bytes in a member of canonical base64url, min to max of them. */
enum jwt_reason jwk_get_bytes(const struct json_node *object, const char *name,
	size_t min, size_t max, struct buffer *out, struct report *r);
bool jwk_set_bytes(json_t *object, const char *name, struct slice bytes);

/* Made by a generator with the flaw of CVE-2017-15361 (ROCA)? */
bool rsa_has_roca_fingerprint(struct slice modulus);
/* Canonical, and of more than 8 multiples? x is as wide as the curve's. */
bool okp_is_proper_point(enum jwk_curve curve, struct slice x);

#endif
