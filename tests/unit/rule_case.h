/* SPDX-License-Identifier: ISC */
/*
 * One token that a rule takes or refuses: signed for real, verified by the
 * steps that a login runs (jws_parse, jws_verify, claims_parse,
 * claims_check). What a case leaves out is as in a token that is all right.
 */
#ifndef JWT_TESTS_RULE_CASE_H
#define JWT_TESTS_RULE_CASE_H

#include "jose/jws.h"
#include "token/claims.h"

#define RULE_NOW    1700000000
#define RULE_LEEWAY 30
#define RULE_LIFE   600 /* max_lifetime */

struct rule_case {
	const char *header; /* JSON, instead of RULE_HEADER */
	const char *claims; /* JSON, instead of RULE_CLAIMS */
	/* Changes the compact text behind the issuer's back. */
	void (*edit)(struct buffer *token);
	/* The key set, a letter a key (rule_case.c); NULL: "g". */
	const char *keys;
	const char *member;  /* more of the good key: ",\"use\":\"sig\"" */
	jws_alg_set allowed; /* 0: ES256 */
	enum token_type type;
	bool plain_typ;
	int64_t max_lifetime; /* 0: RULE_LIFE; below: no limit */
	int64_t now;	      /* 0: RULE_NOW */
	bool hmac;	      /* HS256 with a secret that the caller has */
};

#define RULE_HEADER "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"}"
#define RULE_HEADER_WITH(members) \
	"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"k\"," members "}"
#define RULE_ISS    "\"iss\":\"https://idp.example\""
#define RULE_AUD    "\"aud\":\"ssh://a\""
#define RULE_TIMES  "\"iat\":1699999990,\"exp\":1700000060"
#define RULE_CLAIMS "{" RULE_ISS "," RULE_AUD "," RULE_TIMES "}"
#define RULE_CLAIMS_WITH(members) \
	"{" RULE_ISS "," RULE_AUD "," RULE_TIMES "," members "}"

/* Makes the token and judges it. */
enum jwt_reason rule_case_run(const struct rule_case *c);

#endif
