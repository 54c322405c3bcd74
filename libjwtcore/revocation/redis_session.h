/* SPDX-License-Identifier: ISC */
/*
 * A conversation with Redis: commands are queued, sent in one write, and
 * answered in their order. hiredis parses the answers; a command is written
 * into the request, so that no other copy of a password or a token is made.
 * The first exchange also logs in and makes sure that a primary answers.
 */
#ifndef JWT_REVOCATION_REDIS_SESSION_H
#define JWT_REVOCATION_REDIS_SESSION_H

#include "revocation/redis_transport.h"
#include "revocation/store.h"

#include <hiredis/hiredis.h>

#define REDIS_PIPELINE_MAX 64		/* commands in one exchange */
#define REDIS_ARGS_MAX	   16		/* words of one command */
#define REDIS_REQUEST_MAX  (256 * 1024) /* bytes of one exchange */
#define REDIS_ANSWER_MAX   (512 * 1024) /* bytes of its answers */
#define REDIS_ARRAY_MAX	   4096		/* elements of an array */

/* Not to be copied: hiredis points into it. */
struct redis_session {
	struct redis_connection connection;
	struct redis_address address;
	redisReader *reader; /* NULL: closed */
	redisReplyObjectFunctions functions;
	size_t fed; /* bytes of the reader's buffer that were in use */
	int64_t opened, deadline; /* monotonic milliseconds */
	struct buffer request;
	/* Queued: their replies come before those of the caller. */
	bool asked_auth, asked_role, asked_memory;
	bool evicts; /* it said so, when it was asked */
};

/* All that it says is wiped: Redis repeats arguments, tokens among them, in its
 * errors. A redisReply, or NULL. */
void redis_reply_free(void *reply);

struct redis_replies {
	redisReply *at[REDIS_PIPELINE_MAX];
	size_t count;
};
void redis_replies_clear(struct redis_replies *replies);
static inline void
jwt_auto_redis_replies(struct redis_replies *replies)
{
	redis_replies_clear(replies);
}
typedef struct redis_replies jwt_auto_redis_replies_t;

/*
 * A session of its own with the primary; in a cluster with the node that has
 * the keys of our prefix. The clock starts here: what comes before the next
 * redis_session_extend has timeout_ms in all.
 */
enum jwt_reason redis_session_open(const struct revocation_store *store,
	struct redis_session *out, struct report *report) JWT_MUST_CHECK;
/* The same; in a cluster with the node that has this key. */
enum jwt_reason redis_session_open_key(const struct revocation_store *store,
	struct slice key, struct redis_session *out,
	struct report *report) JWT_MUST_CHECK;
/* Connects; out is closed after a failure. */
enum jwt_reason redis_session_start(const struct redis_address *address,
	const struct redis_tls *tls, int64_t deadline,
	struct redis_session *out, struct report *report) JWT_MUST_CHECK;
/* Queued before all else; judged by the next exchange. */
enum jwt_reason redis_session_login(struct redis_session *session,
	const char *user, const struct buffer *password,
	struct report *report) JWT_MUST_CHECK;
/* Is it a primary, still? Goes before the caller's questions. */
enum jwt_reason redis_session_ask_role(
	struct redis_session *session, struct report *report) JWT_MUST_CHECK;
/* Does it take keys away when its memory is full? After the role. */
enum jwt_reason redis_session_ask_memory(
	struct redis_session *session, struct report *report) JWT_MUST_CHECK;
bool redis_session_is_open(const struct redis_session *session);
void redis_session_close(struct redis_session *session); /* or a zeroed one */

enum jwt_reason redis_queue(struct redis_session *session,
	const struct slice *word, size_t count,
	struct report *report) JWT_MUST_CHECK;
/* The same for words that are strings. */
#define REDIS_QUEUE(session, r, ...) \
	redis_queue_strings(session, (const char *[]){ __VA_ARGS__, NULL }, r)
enum jwt_reason redis_queue_strings(struct redis_session *session,
	const char *const *word, struct report *report) JWT_MUST_CHECK;

/*
 * Sends what is queued and waits for exactly count replies (besides those
 * of the greeting, which are judged here). revocation_unreachable: no
 * answer in time, too long an answer, not RESP, or more than was asked for.
 * Where only the greeting was at fault, out has the replies all the same.
 */
enum jwt_reason redis_exchange(struct redis_session *session, size_t count,
	struct redis_replies *out, struct report *report) JWT_MUST_CHECK;

/* A new deadline for a writer's next exchange. */
void redis_session_extend(struct redis_session *session, int64_t timeout_ms);

/*
 * A string, nothing, or a value of another type (damaged). Any other reply
 * is revocation_unreachable: the report has the error's code alone, since
 * Redis repeats arguments in its messages.
 */
enum jwt_reason redis_value(const redisReply *reply, const char *command,
	enum found *found, struct slice *value,
	struct report *report) JWT_MUST_CHECK;
/* A status reply with exactly this text ("OK", "QUEUED"). */
enum jwt_reason redis_expect_status(const redisReply *reply,
	const char *command, const char *status,
	struct report *report) JWT_MUST_CHECK;
/* Reports a reply that makes no sense, or an error. */
enum jwt_reason redis_strange(
	const redisReply *reply, const char *command, struct report *report);

#endif
