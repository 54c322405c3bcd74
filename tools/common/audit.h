/* SPDX-License-Identifier: ISC */
/*
 * The audit log: one JSON line a decision to /dev/log (authpriv, tag
 * jwtauth). Holds no token, only names and hashes of what was decided.
 */
#ifndef JWT_TOOLS_AUDIT_H
#define JWT_TOOLS_AUDIT_H

#include "jwtcore.h"

#include <jansson.h>

struct audit {
	int fd; /* -1: the log could not be reached */
};

/* Connects; to be called before the sandbox. A failure is no failure: the
 * PAM module logs the verdict and its id as well. */
struct audit audit_open(void);
void audit_decision(const struct audit *audit,
	const struct jwt_request *request, const struct jwt_verdict *verdict);

/* Any other line; line NULL: memory ran out, and that is said. */
void audit_line(const struct audit *audit, int level, json_t *line);

/*
 * The verdict as --json and the framing's detail show it: decision, reason,
 * user, issuer, subject, key_id, token_id, expires_at, id. New reference,
 * NULL when out of memory. What is not known is null.
 */
json_t *verdict_to_json(const struct jwt_verdict *verdict);
/* The same as one line of ASCII. NULL when out of memory; caller frees. */
char *verdict_to_text(const struct jwt_verdict *verdict);

#endif
