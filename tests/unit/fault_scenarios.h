/* SPDX-License-Identifier: ISC */
/* What a process does with keys and tokens, for tests in which calls fail. */
#ifndef JWT_TESTS_FAULT_SCENARIOS_H
#define JWT_TESTS_FAULT_SCENARIOS_H

#include "jwtcore.h"

#include <stddef.h>

struct scenario {
	enum jwt_reason (*run)(void);
	bool of_an_issuer; /* whose key may be called malformed instead */
	bool slow;	   /* OpenSSL asks for memory thousands of times */
};
extern const struct scenario scenarios[];
extern const size_t scenarios_count;

void scenarios_start(void); /* before any of them runs */
void scenarios_finish(void);

#endif
