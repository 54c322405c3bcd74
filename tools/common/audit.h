/* SPDX-License-Identifier: ISC */
/*
 * The audit log: one JSON line a decision to /dev/log (authpriv, tag
 * jwtauth). Holds no token, only names and hashes of what was decided.
 */
#ifndef JWT_TOOLS_AUDIT_H
#define JWT_TOOLS_AUDIT_H

#include "jose/json_line.h"
#include "jwtcore.h"

struct audit {
	int fd; /* -1: the log could not be reached */
};

/* Connects; to be called before the sandbox. A failure is no failure: the
 * PAM module logs the verdict and its id as well. */
struct audit audit_open(void);
void audit_decision(const struct audit *audit,
	const struct jwt_request *request, const struct jwt_verdict *verdict);

/* Any other line: between begin and end what json_line.h offers. */
struct audit_line {
	struct buffer text; /* owned */
	struct json_line json;
};
/* line must stay where it is until its end. */
void audit_line_begin(struct audit_line *line, int level);
/* Sends it; where memory ran out, that. */
void audit_line_end(const struct audit *audit, struct audit_line *line);

/*
 * Appends the verdict as --json and the framing's detail show it, in one line
 * of ASCII: decision, reason, user, issuer, subject, key_id, token_id,
 * expires_at, id. What is not known is null. False: no room for it.
 */
bool verdict_to_json(
	const struct jwt_verdict *verdict, struct buffer *out) JWT_MUST_CHECK;

#endif
