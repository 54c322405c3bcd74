/* SPDX-License-Identifier: ISC */
/* A judge: config, log and sandbox set up once, then requests judged. */
#ifndef JWT_TOOLS_JUDGE_H
#define JWT_TOOLS_JUDGE_H

#include "audit.h"
#include "context.h"

/* A judge inside its sandbox: made before the first byte is read. */
struct judge {
	struct jwt_context *context; /* NULL: see error */
	enum jwt_reason error_reason;
	struct config_error error;
	struct audit audit;
};

/*
 * Opens the log, reads the config and the store's credentials, and enters
 * the sandbox. A broken config is kept and denies each request, so that the
 * caller gets its reply; a sandbox that can't be entered is fatal.
 */
enum jwt_reason judge_start(struct judge *judge, const char *config,
	struct report *report) JWT_MUST_CHECK;
void judge_stop(struct judge *judge);
/* Judges and writes the audit line. */
void judge_request(struct judge *judge, const struct jwt_request *request,
	struct jwt_verdict *verdict);

#endif
