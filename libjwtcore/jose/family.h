/* SPDX-License-Identifier: ISC */
/*
 * Inside jose only: what a key is made of, and the functions that the file
 * of each kty (rsa.c, ec.c, okp.c, hmac.c) offers.
 */
#ifndef JWT_JOSE_FAMILY_H
#define JWT_JOSE_FAMILY_H

#include "jose/evp.h"
#include "jose/json_write.h"
#include "jose/jws.h"

#include <pthread.h>

enum jwk_state { JWK_NOT_IMPORTED, JWK_IMPORTED, JWK_BROKEN };

/* What using a key adds to it, whichever thread comes first. */
struct jwk_cell {
	pthread_mutex_t lock; /* of the one thread that imports */
	_Atomic(enum jwk_state) state;
	EVP_PKEY *pkey;	       /* there before state says imported */
	struct evp_pool tools; /* its own affair: see evp.h */
};

/*
 * Public numbers are big-endian; which are filled depends on the type.
 * Nothing but the cell changes once a key has been handed out.
 */
struct jwk {
	enum jwk_type type;
	enum jwk_curve curve;
	bool is_private;
	jws_alg_set allowed; /* what kty, crv, alg, use and key_ops permit */
	bool has_alg;
	enum jws_alg alg;    /* if has_alg */
	struct buffer bytes; /* what the slices point into; never moves */
	struct slice kid;
	struct slice n, e;   /* RSA, no leading zeros */
	struct slice x, y;   /* EC, fixed width; OKP has x alone */
	struct slice secret; /* oct */
	struct jwk_cell *cell;
};

/* A NULL function: keys of this kind can't do that. */
struct jwk_family {
	const char *kty;
	/* From the JWK's public members into the key's numbers. */
	enum jwt_reason (*import)(struct jwk *key,
		const struct json_node *object, struct report *r);
	/* OpenSSL's key from the public numbers; NULL on failure. Errors may
	 * stay in OpenSSL's queue. */
	EVP_PKEY *(*make)(const struct jwk *key);
	/* What is wrong where OpenSSL makes no key of them, for the report. */
	const char *broken;
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
	/* Bytes of each signature of this key. */
	size_t (*signature_len)(
		const struct jwk *key, const struct jws_alg_info *alg);
	/* signature_invalid or internal_error. The key has been imported, the
	 * signature has the right length. */
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

/* An empty key with room for so many bytes; NULL: out of memory. */
struct jwk *jwk_new(enum jwk_type type, enum jwk_curve curve, size_t room);
/* A copy of bytes in the key's memory; false: no room. */
bool jwk_keep(struct jwk *key, struct slice bytes, struct slice *out);
/* A key whose cell holds OpenSSL's key already. */
void jwk_set_pkey(struct jwk *key, EVP_PKEY *pkey);
/* What the key's type and curve permit before alg, use and key_ops. */
jws_alg_set jwk_fitting_algs(enum jwk_type type, enum jwk_curve curve);

/* A member that belongs in no public key, or NULL (RFC 7518 section 6). */
const char *jwk_private_member(const struct json_node *object);
/* Bytes in a member of canonical base64url, min to max of them. */
enum jwt_reason jwk_get_bytes(struct jwk *key, const struct json_node *object,
	const char *name, size_t min, size_t max, struct slice *out,
	struct report *r);
/* A number of OpenSSL's key, as evp_get_number() says it. */
bool jwk_get_number(
	struct jwk *key, const char *name, size_t width, struct slice *out);
bool jwk_set_bytes(json_t *object, const char *name, struct slice bytes);

/* The keys of a set that fit a token, one after the other. */
struct jwks_search {
	const struct jwks *set;
	bool by_kid;
	struct slice kid;
	enum jws_alg alg;
	uint32_t hash; /* of jwks.c alone, as next */
	size_t next;
};
/* without has_kid: whatever kid a key has or has not. kid is borrowed. */
struct jwks_search jwks_search(const struct jwks *set, bool has_kid,
	struct slice kid, enum jws_alg alg);
/* In the order of the set; NULL: there is no more. */
const struct jwk *jwks_next(struct jwks_search *search);

/* Made by a generator with the flaw of CVE-2017-15361 (ROCA)? */
bool rsa_has_roca_fingerprint(struct slice modulus);
/* Canonical, and of more than 8 multiples? x is as wide as the curve's. */
bool okp_is_proper_point(enum jwk_curve curve, struct slice x);

#endif
