/* SPDX-License-Identifier: ISC */
/*
 * The Redis store as its writer sees it: a transaction that fails when
 * somebody else raised the epoch meanwhile, tried again a few times. Each one
 * leaves a line in a stream, for those who keep a copy.
 */
#include "revocation/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define WRITE_TRIES  16
#define PAUSE_MAX    64	      /* milliseconds between two of them, at most */
#define STREAM_LINES "100000" /* about as many are kept */

/* What a transaction does to one name. */
struct change {
	const char *op; /* in the stream: "add" or "undo" */
	struct revocation_entry *entry;
	struct epoch epoch; /* that it makes */
	enum found older;   /* what stood there before */
	char name[ENTRY_NAME_MAX];
	char key[REDIS_KEY_MAX], epoch_key[REDIS_KEY_MAX],
		stream_key[REDIS_KEY_MAX];
};

static enum jwt_reason
change_begin(const struct revocation_store *store, const char *op,
	struct revocation_entry *entry, struct change *out, struct report *r)
{
	memset(out, 0, sizeof(*out));
	out->op = op;
	out->entry = entry;
	entry_name(entry->kind, entry->hex, ':', out->name);
	JWT_TRY(redis_epoch_key(store, out->epoch_key, r));
	JWT_TRY(redis_stream_key(store, out->stream_key, r));
	return redis_entry_key(store, entry->kind, entry->hex, out->key, r);
}

static bool
is_undo(const struct change *change)
{
	return strcmp(change->op, "undo") == 0;
}

static void
widen_by_older(struct slice json, struct revocation_entry *entry)
{
	struct revocation_entry older = { .kind = entry->kind };

	if (entry_parse(json, &older, NULL) == JWT_OK)
		entry_widen(entry, &older);
	revocation_entry_clear(&older);
}

/* What stands there now, and a watch over it. */
static enum jwt_reason
watch(struct redis_session *session, struct change *change, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	enum found found;
	struct slice json;

	JWT_TRY(REDIS_QUEUE(
		session, r, "WATCH", change->epoch_key, change->key));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", change->epoch_key));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", change->key));
	JWT_TRY(redis_exchange(session, 3, &replies, r));
	JWT_TRY(redis_expect_status(replies.at[0], "WATCH", "OK", r));
	JWT_TRY(redis_take_epoch(replies.at[1], &found, &change->epoch, r));
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	change->epoch.counter++;
	JWT_TRY(redis_value(replies.at[2], "GET", &change->older, &json, r));
	if (!is_undo(change) && change->older == FOUND_ENTRY)
		widen_by_older(json, change->entry);
	return JWT_OK;
}

/* The reply to EXEC: nothing done (watched keys changed), or all done. */
static enum jwt_reason
judge_exec(const redisReply *reply, bool *done, struct report *r)
{
	*done = false;
	if (reply->type == REDIS_REPLY_NIL)
		return JWT_OK;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3)
		return redis_strange(reply, "EXEC", r);
	for (size_t i = 0; i < reply->elements; i++)
		if (reply->element[i]->type == REDIS_REPLY_ERROR)
			return redis_strange(reply->element[i], "EXEC", r);
	*done = true;
	return JWT_OK;
}

/* Three commands: the entry, the epoch, the line in the stream. */
static enum jwt_reason
queue_change(struct redis_session *session, const struct change *change,
	struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	JWT_AUTO(buffer) epoch = BUFFER(EPOCH_TEXT_MAX);
	const struct revocation_entry *entry = change->entry;
	char ttl[24];

	JWT_TRY(entry_format(entry, &json, r));
	if (!epoch_format(&change->epoch, &epoch))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	/* It still counts in the second "until"; Redis counts from now. */
	snprintf(ttl, sizeof(ttl), "%" PRId64, entry->until - entry->when + 1);
	if (is_undo(change))
		JWT_TRY(REDIS_QUEUE(session, r, "DEL", change->key));
	else
		JWT_TRY(REDIS_QUEUE(session, r, "SET", change->key,
			buffer_string(&json), "EX", ttl));
	JWT_TRY(REDIS_QUEUE(
		session, r, "SET", change->epoch_key, buffer_string(&epoch)));
	return REDIS_QUEUE(session, r, "XADD", change->stream_key, "MAXLEN",
		"~", STREAM_LINES, "*", "op", change->op, "name", change->name,
		"epoch", buffer_string(&epoch), "json", buffer_string(&json));
}

static enum jwt_reason
commit(struct redis_session *session, const struct change *change, bool *done,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	const char *const words[] = { is_undo(change) ? "DEL" : "SET", "SET",
		"XADD" };

	JWT_TRY(REDIS_QUEUE(session, r, "MULTI"));
	JWT_TRY(queue_change(session, change, r));
	JWT_TRY(REDIS_QUEUE(session, r, "EXEC"));
	JWT_TRY(redis_exchange(session, 5, &replies, r));
	JWT_TRY(redis_expect_status(replies.at[0], "MULTI", "OK", r));
	for (size_t i = 0; i < JWT_COUNT(words); i++)
		JWT_TRY(redis_expect_status(
			replies.at[1 + i], words[i], "QUEUED", r));
	return judge_exec(replies.at[4], done, r);
}

/*
 * Full jitter, up to twice as long each time: writers that meet again and
 * again would use up their tries on each other.
 */
static void
step_aside(int tries)
{
	const unsigned max = tries < 6 ? 2u << tries : PAUSE_MAX;
	struct timespec pause = { 0 };
	uint16_t random = 0;

	if (getrandom(&random, sizeof(random), 0) < 0)
		random = UINT16_MAX;
	pause.tv_nsec = (long)(1 + random % max) * 1000000;
	nanosleep(&pause, NULL);
}

static enum jwt_reason
change_in_session(const struct revocation_store *store,
	struct redis_session *session, struct change *change, struct report *r)
{
	for (int i = 0; i < WRITE_TRIES; i++) {
		bool done;

		JWT_TRY(watch(session, change, r));
		if (is_undo(change) && change->older == FOUND_NOTHING)
			return JWT_OK;
		redis_session_extend(session, store->config->redis.timeout_ms);
		JWT_TRY(commit(session, change, &done, r));
		if (done)
			return JWT_OK;
		step_aside(i);
		redis_session_extend(session, store->config->redis.timeout_ms);
	}
	return report(r, JWT_REVOCATION_UNREACHABLE,
		"redis: others revoke so fast that %d tries failed",
		WRITE_TRIES);
}

static enum jwt_reason
change_do(
	struct revocation_store *store, struct change *change, struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_open(store, &session, r));
	reason = change_in_session(store, &session, change, r);
	redis_session_close(&session);
	return reason;
}

enum jwt_reason
redis_add(struct revocation_store *store, struct revocation_entry *entry,
	struct report *r)
{
	struct change change;

	JWT_TRY(change_begin(store, "add", entry, &change, r));
	return change_do(store, &change, r);
}

enum jwt_reason
redis_undo(struct revocation_store *store, struct revocation_entry *entry,
	bool *removed, struct report *r)
{
	struct change change;

	JWT_TRY(change_begin(store, "undo", entry, &change, r));
	JWT_TRY(change_do(store, &change, r));
	*removed = change.older != FOUND_NOTHING;
	return JWT_OK;
}

static enum jwt_reason
init_in_session(const struct revocation_store *store,
	struct redis_session *session, bool *created, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	char key[REDIS_KEY_MAX];
	struct epoch epoch;

	JWT_TRY(epoch_new(&epoch, r));
	JWT_TRY(redis_epoch_key(store, key, r));
	if (!epoch_format(&epoch, &text))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(REDIS_QUEUE(
		session, r, "SET", key, buffer_string(&text), "NX"));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	*created = replies.at[0]->type != REDIS_REPLY_NIL;
	if (!*created)
		return JWT_OK;
	return redis_expect_status(replies.at[0], "SET", "OK", r);
}

enum jwt_reason
redis_init(struct revocation_store *store, bool *created, struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_open(store, &session, r));
	reason = init_in_session(store, &session, created, r);
	redis_session_close(&session);
	return reason;
}
