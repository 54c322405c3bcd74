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
#define CHECK_LINE_MAX	 (64 * 1024)	 /* bytes of a request of a stream */

/* Exit codes of the command line (DESIGN section 7). */
enum check_exit {
	CHECK_ALLOW = 0,
	CHECK_DENY = 1,
	CHECK_USAGE = 2,
	CHECK_UNDECIDED = 3,
};

/* What the command line asked for; strings borrowed from argv. */
struct check_options {
	enum { MODE_CLI, MODE_FRAMED, MODE_LISTEN, MODE_STREAM } mode;
	const char *config;
	const char *service;
	const char *user;
	uint32_t uid; /* JWT_NO_UID: not given */
	bool json;
};

/* What is to be judged, from the command line or a line of a stream. */
struct check_question {
	const char *service, *user; /* user may be NULL */
	uint32_t uid;
	struct slice token;
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

/*
 * Root becomes jwtauth and starts the judge; nobody else may name a config.
 * -1: go on; else an exit code, after a message.
 */
int judge_or_ask(const struct check_options *options, struct judge *judge,
	uint32_t real_uid);
void judge_question(struct judge *judge, const struct check_question *question,
	uint32_t real_uid, struct jwt_verdict *verdict);

/* A connection to check.sock; fd -1: none. */
struct client {
	int fd;
	unsigned answered; /* on this connection */
	int64_t opened;	   /* monotonic milliseconds */
};
void client_close(struct client *client);
/*
 * Asks over the connection that is open, or a new one; once more over a new
 * one if the service had ended it before it read the question. False: a
 * report with what to look at.
 */
bool client_ask(struct client *client, const struct check_question *question,
	struct frame_reply *reply, struct buffer *detail,
	struct report *report) JWT_MUST_CHECK;
/* Asks check.sock. CHECK_UNDECIDED with a message where nobody answers. */
int client_main(const struct check_options *options, struct slice token);
/* The same verdict line or JSON for both ways. */
int print_reply(const struct check_options *options,
	const struct frame_reply *reply, const char *detail_json);

/* Who answers a stream's requests: each appends one line, without its end. */
struct stream_answerer {
	bool (*ask)(void *arg, const struct check_question *question,
		struct buffer *line);
	/* For a line that is no request. */
	bool (*refuse)(void *arg, enum jwt_reason reason, const char *why,
		struct buffer *line);
	void *arg;
};
/*
 * One request a line in, one verdict a line out, until the end of input.
 * False: a line could not be answered, read or written.
 */
bool stream_serve(int in, int out, const struct stream_answerer *answerer);
int stream_main(const struct check_options *options);

#endif
