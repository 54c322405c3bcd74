/* SPDX-License-Identifier: ISC */
/*
 * Inside the public API only: what jwtcore.h shows to others as opaque
 * types (public_keys.c, public_rules.c, public_verify.c, public_token.c).
 */
#ifndef JWT_PUBLIC_H
#define JWT_PUBLIC_H

#include "jose/jws.h"
#include "token/claims.h"

struct jwtcore_keys {
	struct jwks *set;
	size_t usable;
	size_t skipped;
	struct report skipped_why; /* the last one */
};

struct jwtcore_rules {
	char *issuer;
	char *audience[JWTCORE_AUDIENCE_MAX];
	size_t audience_count;
	jws_alg_set algorithms;
	enum jwtcore_type type;
	bool allow_bound;
	int64_t max_lifetime, leeway; /* seconds */
	/* The first setter that failed: from then on all is refused. */
	enum jwt_reason spoilt;
	struct report spoilt_why;
};

/* A string of the token with a NUL behind it, made when it is asked for. */
struct token_string {
	struct token_string *next;
	struct slice source;
	char text[];
};

struct jwtcore_token {
	struct jws *jws;
	struct claims claims; /* empty: the signature alone was verified */
	struct token_string *strings;
};

JWT_AUTO_TYPE(jwtcore_keys, struct jwtcore_keys *, jwtcore_keys_free);
JWT_AUTO_TYPE(jwtcore_token, struct jwtcore_token *, jwtcore_token_free);

/* Copies the detail out, if the caller wants it, and passes reason on. */
enum jwt_reason public_detail(enum jwt_reason reason, const struct report *r,
	char *detail, size_t detail_size);

#endif
