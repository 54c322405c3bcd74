/* SPDX-License-Identifier: ISC */
/*
 * Sessions. hiredis is trusted with the syntax of RESP only: sizes are
 * bounded here before it allocates.
 */
#include "revocation/redis_session.h"

#include "base/clock.h"
#include "revocation/redis_info.h"

#include <stdlib.h>
#include <string.h>

#define RECEIVE_CHUNK 16384

#if HIREDIS_MAJOR >= 1
typedef size_t array_size;
#else
typedef int array_size;
#endif

/*
 * hiredis allocates what the header of an array claims, up to 2^31 pointers.
 * The reader's privdata, which each task has too, is hiredis's own table.
 */
static void *
create_small_array(const redisReadTask *task, array_size elements)
{
	const redisReplyObjectFunctions *own = task->privdata;

	if (elements > REDIS_ARRAY_MAX)
		return NULL;
	return own->createArray(task, elements);
}

bool
redis_session_is_open(const struct redis_session *session)
{
	return session->reader != NULL;
}

void
redis_session_close(struct redis_session *session)
{
	if (!redis_session_is_open(session))
		return;
	redis_disconnect(&session->connection);
	/* None is left after an error in the syntax. */
	if (session->reader->buf != NULL)
		wipe(session->reader->buf, session->fed);
	redisReaderFree(session->reader);
	buffer_free(&session->request);
	session->reader = NULL;
}

/* The connection becomes the session's. */
static enum jwt_reason
session_on(struct redis_session *session, struct report *r)
{
	session->request = BUFFER(REDIS_REQUEST_MAX);
	session->reader = redisReaderCreate();
	if (session->reader == NULL) {
		redis_disconnect(&session->connection);
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	}
	session->functions = *session->reader->fn;
	session->functions.createArray = create_small_array;
	session->functions.freeObject = redis_reply_free;
	session->reader->privdata = session->reader->fn;
	session->reader->fn = &session->functions;
	/* Its buffer never shrinks, so that all of it is wiped in the end. */
	session->reader->maxbuf = 0;
	session->fed = 0;
	return JWT_OK;
}

enum jwt_reason
redis_session_start(const struct redis_address *address,
	const struct redis_tls *tls, int64_t deadline,
	struct redis_session *out, struct report *r)
{
	memset(out, 0, sizeof(*out));
	out->address = *address;
	out->deadline = deadline;
	out->opened = clock_monotonic_ms();
	JWT_TRY(redis_connect(address, tls, deadline, &out->connection, r));
	return session_on(out, r);
}

enum jwt_reason
redis_session_login(struct redis_session *session, const char *user,
	const struct buffer *password, struct report *r)
{
	struct slice login[3];
	size_t count = 0;

	if (password->len == 0)
		return JWT_OK;
	login[count++] = slice_of_string("AUTH");
	if (user != NULL)
		login[count++] = slice_of_string(user);
	login[count++] = buffer_slice(password);
	session->asked_auth = true;
	return redis_queue(session, login, count, r);
}

enum jwt_reason
redis_session_ask_role(struct redis_session *session, struct report *r)
{
	session->asked_role = true;
	return REDIS_QUEUE(session, r, "ROLE");
}

enum jwt_reason
redis_session_ask_memory(struct redis_session *session, struct report *r)
{
	session->asked_memory = true;
	return REDIS_QUEUE(session, r, "INFO", "memory");
}

void
redis_session_extend(struct redis_session *session, int64_t timeout_ms)
{
	session->deadline = clock_monotonic_ms() + timeout_ms;
}

/* "*3\r\n" or "$3\r\n" */
static bool
append_header(struct buffer *request, char sign, size_t number)
{
	char text[24]; /* 20 digits of 64 bits */
	char *at = text + sizeof(text);

	*--at = '\n';
	*--at = '\r';
	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	*--at = sign;
	return buffer_append(request, at, (size_t)(text + sizeof(text) - at));
}

/* An array of bulk strings, the form of every command. */
static bool
append_command(struct buffer *request, const struct slice *word, size_t count)
{
	bool ok = append_header(request, '*', count);

	for (size_t i = 0; ok && i < count; i++)
		ok = append_header(request, '$', word[i].len) &&
		     buffer_append_slice(request, word[i]) &&
		     buffer_append(request, "\r\n", 2);
	return ok;
}

/* Half a command would take the next one for its words: all goes. */
enum jwt_reason
redis_queue(struct redis_session *session, const struct slice *word,
	size_t count, struct report *r)
{
	if (count == 0 || count > REDIS_ARGS_MAX)
		return report(
			r, JWT_INTERNAL_ERROR, "%zu words for redis", count);
	if (append_command(&session->request, word, count))
		return JWT_OK;
	buffer_clear(&session->request);
	return report(r, JWT_INTERNAL_ERROR, "questions of more than %d bytes",
		REDIS_REQUEST_MAX);
}

enum jwt_reason
redis_queue_strings(struct redis_session *session, const char *const *word,
	struct report *r)
{
	struct slice slices[REDIS_ARGS_MAX];
	size_t count = 0;

	for (; word[count] != NULL && count < REDIS_ARGS_MAX; count++)
		slices[count] = slice_of_string(word[count]);
	return redis_queue(session, slices, count, r);
}

/* Takes the replies that are complete; at most wanted in all. */
static enum jwt_reason
take_replies(redisReader *reader, size_t wanted, struct redis_replies *replies,
	struct report *r)
{
	while (replies->count < wanted) {
		void *reply = NULL;

		if (redisReaderGetReply(reader, &reply) != REDIS_OK)
			return report(r, JWT_REVOCATION_UNREACHABLE,
				"redis: the answer is not RESP, or too large");
		if (reply == NULL)
			return JWT_OK;
		replies->at[replies->count++] = reply;
	}
	/* What nobody asked for belongs to another conversation. */
	if (reader->pos != reader->len)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: more answers than questions");
	return JWT_OK;
}

static enum jwt_reason
feed(struct redis_session *session, struct slice bytes, size_t *total,
	struct report *r)
{
	redisReader *reader = session->reader;

	*total += bytes.len;
	if (*total > REDIS_ANSWER_MAX)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: an answer of more than %d bytes",
			REDIS_ANSWER_MAX);
	if (redisReaderFeed(reader, (const char *)bytes.data, bytes.len) !=
		REDIS_OK)
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	if (session->fed < reader->len)
		session->fed = reader->len;
	return JWT_OK;
}

static enum jwt_reason
receive_replies(struct redis_session *session, size_t wanted,
	struct redis_replies *replies, struct report *r)
{
	uint8_t chunk[RECEIVE_CHUNK];
	size_t total = 0, got;

	while (replies->count < wanted) {
		enum jwt_reason reason;

		JWT_TRY(redis_receive(&session->connection, chunk,
			sizeof(chunk), &got, session->deadline, r));
		reason = feed(session, slice_of(chunk, got), &total, r);
		wipe(chunk, got);
		if (reason != JWT_OK)
			return reason;
		JWT_TRY(take_replies(session->reader, wanted, replies, r));
	}
	return JWT_OK;
}

static enum jwt_reason
judge_role(const redisReply *reply, struct report *r)
{
	const redisReply *role;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
		return redis_strange(reply, "ROLE", r);
	role = reply->element[0];
	if (role->type != REDIS_REPLY_STRING)
		return redis_strange(role, "ROLE", r);
	if (!slice_equals_string(slice_of(role->str, role->len), "master"))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: this server is a replica, which may lag");
	return JWT_OK;
}

/* What we asked for ourselves. */
static enum jwt_reason
judge_greeting(struct redis_session *session,
	const struct redis_replies *replies, struct report *r)
{
	size_t next = 0;

	if (session->asked_auth)
		JWT_TRY(redis_expect_status(
			replies->at[next++], "AUTH", "OK", r));
	if (session->asked_role)
		JWT_TRY(judge_role(replies->at[next++], r));
	if (session->asked_memory)
		JWT_TRY(redis_may_evict(
			replies->at[next++], &session->evicts, r));
	session->asked_auth = session->asked_role = false;
	session->asked_memory = false;
	return JWT_OK;
}

/* So many go; the caller's replies move to the front. */
static void
drop_front(struct redis_replies *replies, size_t count)
{
	for (size_t i = 0; i < count; i++)
		redis_reply_free(replies->at[i]);
	replies->count -= count;
	memmove(replies->at, replies->at + count,
		replies->count * sizeof(replies->at[0]));
}

enum jwt_reason
redis_exchange(struct redis_session *session, size_t count,
	struct redis_replies *out, struct report *r)
{
	const size_t greeting = (size_t)session->asked_auth +
				(size_t)session->asked_role +
				(size_t)session->asked_memory;
	enum jwt_reason reason;

	redis_replies_clear(out);
	if (count > REDIS_PIPELINE_MAX - greeting)
		return report(r, JWT_INTERNAL_ERROR, "too many questions");
	reason = redis_send(&session->connection,
		buffer_slice(&session->request), session->deadline, r);
	buffer_clear(&session->request);
	if (reason == JWT_OK)
		reason = receive_replies(session, greeting + count, out, r);
	if (reason != JWT_OK) {
		redis_replies_clear(out);
		return reason;
	}
	reason = judge_greeting(session, out, r);
	drop_front(out, greeting);
	return reason;
}
