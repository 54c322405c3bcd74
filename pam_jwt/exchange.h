/* SPDX-License-Identifier: ISC */
/*
 * The two ways to the helper. Both send one request and want exactly one
 * reply within the deadline; whatever else happens is no reply.
 */
#ifndef PAM_JWT_EXCHANGE_H
#define PAM_JWT_EXCHANGE_H

#include "base/frame.h"

/* Paths are fixed when the module is built; nobody can name others. */
#define HELPER_PATH  JWT_HELPER_DIR "/jwtauth-check"
#define CHECK_SOCKET JWT_RUN_DIR "/check.sock"

/*
 * fork and exec: for a root caller. The reply's bytes go to out
 * (FRAME_REPLY_LEN or a report why not). False: no whole reply.
 */
bool helper_ask(struct slice request, unsigned deadline_ms,
	uint8_t out[FRAME_REPLY_LEN], struct report *report) JWT_MUST_CHECK;

/* check.sock: for everybody else. */
bool socket_ask(struct slice request, unsigned deadline_ms,
	uint8_t out[FRAME_REPLY_LEN], struct report *report) JWT_MUST_CHECK;

/* Descriptors of one exchange; both non-blocking, may be the same. */
struct exchange {
	int to, from;
	int64_t deadline_ms; /* on the monotonic clock */
};

/*
 * Sends the request, closes `to` (or its sending side), reads the reply up
 * to the end of file. Closes nothing else. SIGPIPE must be out of the way.
 */
bool exchange_run(struct exchange *exchange, struct slice request,
	uint8_t out[FRAME_REPLY_LEN], struct report *report) JWT_MUST_CHECK;

#endif
