/* SPDX-License-Identifier: ISC */
/*
 * One JSON line in, one verdict line out: what the contestants written in C
 * share. It links no jwtauth, so that every contestant is on its own.
 */
#ifndef JWT_TESTS_BATCH_H
#define JWT_TESTS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_ALGS_MAX 16

struct batch_case {
	uint8_t *token; /* a NUL behind it that token_len does not count */
	size_t token_len;
	const char *jwks; /* a text; NULL: the key is secret */
	uint8_t *secret;
	size_t secret_len;
	const char *algs[BATCH_ALGS_MAX];
	size_t alg_count;
	int64_t now; /* seconds since the epoch */
	const char *issuer, *audience;
};

/* "ok", or why not: any word. claims is NULL where nobody judged them. */
struct batch_verdict {
	const char *jws, *claims;
	const uint8_t *payload; /* if jws is ok; read before the next case */
	size_t payload_len;
	const char *detail; /* or NULL */
};

typedef void batch_judge(const struct batch_case *, struct batch_verdict *);

/* Until standard input ends. Returns main's exit code. */
int batch_run(batch_judge *judge);
bool batch_allows(const struct batch_case *c, const char *alg);

#endif
