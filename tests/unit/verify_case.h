/* SPDX-License-Identifier: ISC */
/*
 * For suites of the facade: a config, keys and a store in a folder of their
 * own, and tokens that are good unless a test changes them.
 */
#ifndef JWT_TESTS_VERIFY_CASE_H
#define JWT_TESTS_VERIFY_CASE_H

#include "context.h"
#include "jose/jws.h"

#define NOW 1800000000

extern struct jwk *signer, *other, *client; /* kid k1: the issuer's is signer */
extern struct jwt_context *context;

void start(void); /* the first test of each suite */

void path_of(char out[128], const char *name);
void write_text(const char *name, const char *text);
/* As the issuer's whole set. */
void write_jwks(const struct jwk *key);

/* A good token's claims, changed by "name" JSON pairs; NULL removes. */
json_t *claims_with(const char *name, ...);

struct asked {
	struct jwt_request request;
	struct jwt_verdict verdict;
	struct buffer token;
	const struct jwk *key;
};

struct asked ask(const char *service);
/* Signs the claims (stolen) and judges. */
enum jwt_reason judge(struct asked *a, json_t *claims);
enum jwt_reason judge_once(const char *service, json_t *claims);
/* "publickey ssh-ed25519 BASE64" of the client key, and its thumbprint. */
void client_key(struct buffer *text, char jkt[64]);

#endif
