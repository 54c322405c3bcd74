/* SPDX-License-Identifier: ISC */
/*
 * For suites of the public API: an issuer with one key an algorithm, made
 * once a program. What is under test gets texts from it, nothing else.
 */
#ifndef JWT_TESTS_PUBLIC_CASE_H
#define JWT_TESTS_PUBLIC_CASE_H

#include "jose/jws.h"
#include "jwtcore.h"

#define CASE_NOW      1700000000
#define CASE_ISSUER   "https://idp.example"
#define CASE_AUDIENCE "https://api.example"
#define CASE_SECRET \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
/* What a token of this issuer says, without the last brace. */
#define CASE_CLAIMS                                                   \
	"{\"iss\":\"" CASE_ISSUER "\",\"aud\":\"" CASE_AUDIENCE "\"," \
	"\"exp\":1700000600,\"iat\":1700000000,\"sub\":\"alice\""

/* The key is named after its algorithm: kid "ES256". */
const char *case_jwks(void); /* all but HS*, as one JWKS text */
/* A compact JWS, or a failed assertion; caller frees. */
char *case_sign(enum jws_alg alg, const char *typ, const char *payload);
/* Issuer, audience and all algorithms set; caller frees. */
struct jwtcore_rules *case_rules(void);
struct jwtcore_keys *case_keys(void);	/* of case_jwks */
struct jwtcore_keys *case_secret(void); /* HS256, no kid */
void case_free(void);

JWT_AUTO_TYPE(case_keys, struct jwtcore_keys *, jwtcore_keys_free);
JWT_AUTO_TYPE(case_rules, struct jwtcore_rules *, jwtcore_rules_free);
JWT_AUTO_TYPE(case_token, struct jwtcore_token *, jwtcore_token_free);
JWT_AUTO_TYPE(case_text, char *, free);

#endif
