/* SPDX-License-Identifier: ISC */
/*
 * JSON Web Signature, compact serialization only (RFC 7515 section 7.1):
 * exactly two dots, canonical base64url, one signature.
 */
#ifndef JWT_JOSE_JWS_H
#define JWT_JOSE_JWS_H

#include "jose/jwk.h"

struct jws; /* a parsed token; owns decoded copies, borrows nothing */

void jws_free(struct jws *jws);
JWT_AUTO_TYPE(jws, struct jws *, jws_free);

/*
 * Splits, decodes, and checks the header: alg known (the exact names of
 * jose/alg.h; "none" and all else are alg_not_allowed), crit and b64
 * refused, jwk jku x5u x5c refused, kid a string of at most JWK_KID_MAX
 * bytes, typ a string. Nothing is verified yet: what the accessors say is
 * what a stranger wrote.
 * token_too_large above JWT_TOKEN_MAX, before any decoding; else
 * token_malformed or alg_not_allowed.
 */
enum jwt_reason jws_parse(struct slice token, struct jws **out,
	struct report *report) JWT_MUST_CHECK;

enum jws_alg jws_alg(const struct jws *jws);
bool jws_has_kid(const struct jws *jws);
struct slice jws_kid(const struct jws *jws);	       /* empty: none */
struct slice jws_typ(const struct jws *jws);	       /* empty: none */
struct slice jws_payload(const struct jws *jws);       /* decoded */
struct slice jws_signing_input(const struct jws *jws); /* "header.payload" */
struct slice jws_signature(const struct jws *jws);     /* decoded */

/*
 * Verifies with one key. signature_invalid; alg_not_allowed when the key
 * does not allow the token's algorithm (decided before any crypto);
 * key_unknown when the key is broken.
 */
enum jwt_reason jws_verify_key(const struct jws *jws, const struct jwk *key,
	struct report *report) JWT_MUST_CHECK;

/*
 * Verifies with a set. alg_not_allowed: not in allowed. A kid that is
 * present must match; without one all keys that allow the algorithm are
 * tried, JWK_TRIES at most. A broken key counts as one that doesn't fit.
 * key_unknown: none fits; signature_invalid: those that fit all failed.
 * *used, if not NULL, is borrowed from the set. Any number of threads may
 * verify with one set at a time.
 */
enum jwt_reason jws_verify(const struct jws *jws, jws_alg_set allowed,
	const struct jwks *set, const struct jwk **used,
	struct report *report) JWT_MUST_CHECK;

/*
 * Makes a compact JWS: header {"alg", "kid", "typ"} (typ NULL: left out)
 * and the payload's bytes as they are; appended to out.
 */
enum jwt_reason jws_sign(const struct jwk *key, enum jws_alg alg,
	const char *typ, struct slice payload, struct buffer *out,
	struct report *report) JWT_MUST_CHECK;

#endif
