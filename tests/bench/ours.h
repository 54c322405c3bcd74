/* SPDX-License-Identifier: ISC */
/* jwtauth as a contestant; parts of it serve the other tables. */
#ifndef JWT_BENCH_OURS_H
#define JWT_BENCH_OURS_H

#include "bench.h"

#include "jose/jws.h"

struct ours {
	const struct bench_case *bench;
	struct slice token;
	jws_alg_set algs;
	struct jwks *set;
};

/* A set from its text; the caller's jwks_free. */
enum jwt_reason ours_load_set(
	const char *text, struct jwks **out, struct report *report);
bool ours_verify(void *ours);
bool ours_whole(void *ours);

#endif
