/* SPDX-License-Identifier: ISC */
/*
 * The writing half of a revocation: it holds the store's writing credential
 * and gets hashes only. For jwtauthctl revoke and for jwtauth-revoke.
 */
#ifndef JWT_CTL_REVOKE_WRITE_H
#define JWT_CTL_REVOKE_WRITE_H

#include "revoke_order.h"
#include "store_open.h"

#include <jansson.h>

/* Who does it. */
struct revoke_writer {
	char *by;
	const char *why; /* NULL: what each entry says */
	int64_t now;
};

/* What came of it. */
struct revoke_result {
	size_t done; /* so many of the order's entries are in force */
	enum jwt_reason reason;
	struct report report; /* of the first that is not */
};

/*
 * Adds each entry, which afterwards says what the store holds, and leaves a
 * line for the auditor (openlog before). Stops at the first failure.
 */
void revoke_carry_out(const struct revoke_writer *writer,
	const struct ctl_store *s, struct revoke_order *order,
	struct revoke_result *result);

/* Were all of them in force before, as far as they reach now? */
bool revoke_was_before(const struct revocation_entry *entry, int64_t now);

/*
 * The object of --json and of revoke.sock: see jwtauthctl(8). s may be not
 * open, order empty. NULL: out of memory.
 */
json_t *revoke_answer(const struct revoke_writer *writer,
	const struct ctl_store *s, const struct revoke_order *order,
	const struct revoke_result *result) JWT_MUST_CHECK;
/* One line, ASCII. False: it can't be written. */
bool revoke_print_answer(json_t *answer) JWT_MUST_CHECK;

#endif
