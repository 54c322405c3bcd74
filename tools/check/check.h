/* SPDX-License-Identifier: ISC */
/* jwtauth-check: the parts and what they owe each other. */
#ifndef JWT_TOOLS_CHECK_H
#define JWT_TOOLS_CHECK_H

#include "base/frame.h"
#include "judge.h"

#define CHECK_SOCKET	 JWT_RUN_DIR "/check.sock"
#define CHECK_IDLE	 10		 /* seconds without a byte */
#define CHECK_LIFE	 60		 /* seconds of a connection */
#define CHECK_REQUESTS	 64		 /* of a connection, unless root's */
#define CHECK_DETAIL_MAX (16 * 1024)	 /* bytes of the JSON detail */
#define CHECK_INPUT_MAX	 JWT_CARRIER_MAX /* bytes of a token on stdin */

/* Exit codes of the command line (DESIGN section 7). */
enum check_exit {
	CHECK_ALLOW = 0,
	CHECK_DENY = 1,
	CHECK_USAGE = 2,
	CHECK_UNDECIDED = 3,
};

/* What the command line asked for; strings borrowed from argv. */
struct check_options {
	enum { MODE_CLI, MODE_FRAMED, MODE_LISTEN } mode;
	const char *config;
	const char *service;
	const char *user;
	uint32_t uid; /* JWT_NO_UID: not given */
	bool json;
};

/* Who is at the other end of a framed conversation. */
struct peer {
	bool is_root; /* may say who proved what, and ask about records */
	uint32_t uid;
};

/*
 * Serves requests one after another until the end of input, CHECK_IDLE
 * seconds of silence, or CHECK_REQUESTS. Returns false if one was broken or
 * not this peer's to ask (it got a deny) or a reply could not be written.
 */
bool serve_framed(
	struct judge *judge, int in, int out, const struct peer *peer);

/* Is there something to read, or an end, within CHECK_IDLE seconds? */
bool wait_for_input(int in);

/* The dispatcher behind check.sock; returns an exit code. */
int listen_main(const struct check_options *options);

/* Asks check.sock. CHECK_UNDECIDED with a message where nobody answers. */
int client_main(const struct check_options *options, struct slice token);
/* The same verdict line or JSON for both ways. */
int print_reply(const struct check_options *options,
	const struct frame_reply *reply, const char *detail_json);

#endif
