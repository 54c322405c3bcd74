/* SPDX-License-Identifier: ISC */
/*
 * The Redis store as its writer sees it: a transaction that fails when
 * somebody else raised the epoch meanwhile, tried again a few times. Each one
 * leaves a line in a stream, for those who keep a copy.
 */
#include "revocation/redis.h"
#include "revocation/redis_info.h"

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
	int64_t now;
	struct epoch epoch; /* that it makes */
	enum found older;   /* what stood there before */
	bool done;
	char key[REDIS_KEY_MAX], epoch_key[REDIS_KEY_MAX];
};

static enum jwt_reason
change_begin(const struct revocation_store *store, const char *op,
	struct revocation_entry *entry, struct change *out, struct report *r)
{
	memset(out, 0, sizeof(*out));
	out->op = op;
	out->entry = entry;
	out->now = entry->when;
	JWT_TRY(redis_epoch_key(store, out->epoch_key, r));
	return redis_entry_key(store, entry->kind, entry->hex, out->key, r);
}

static bool
is_undo(const struct change *change)
{
	return strcmp(change->op, "undo") == 0;
}

/* What stands there now, and a watch over it. */
static enum jwt_reason
watch(const struct revocation_store *store, struct redis_session *session,
	struct change *change, struct report *r)
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
	JWT_TRY(store_judge(store, found, &change->epoch, r));
	change->epoch.counter++;
	JWT_TRY(redis_value(replies.at[2], "GET", &change->older, &json, r));
	if (is_undo(change))
		return entry_expect(change->entry, change->older, json, r);
	entry_widen_by_json(change->entry, change->older, json);
	return JWT_OK;
}

/* Errors that an administrator can do something about. */
enum jwt_reason
redis_write_fault(
	const redisReply *reply, const char *command, struct report *r)
{
	static const struct {
		const char *code, *advice;
	} known[] = {
		{ "OOM ", "its memory is full: raise maxmemory there, or "
			  "remove what is not needed" },
		{ "MISCONF ", "it can't save its data: see its log" },
		{ "NOPERM ", "the writer's user lacks a right: see "
			     "jwtauth.acl" },
		{ "READONLY ", "it is a replica by now" },
	};

	if (reply->type != REDIS_REPLY_ERROR)
		return redis_strange(reply, command, r);
	for (size_t i = 0; i < JWT_COUNT(known); i++)
		if (strncmp(reply->str, known[i].code, strlen(known[i].code)) ==
			0)
			return report(r, JWT_REVOCATION_UNREACHABLE,
				"redis: answers %sto %s, nothing was written: "
				"%s",
				known[i].code, command, known[i].advice);
	return redis_strange(reply, command, r);
}

/* Nothing done (watched keys changed), all done, or an error. */
enum jwt_reason
redis_judge_exec(const struct redis_replies *replies, size_t count, bool *done,
	struct report *r)
{
	const redisReply *exec = replies->at[count + 1];

	*done = false;
	JWT_TRY(redis_expect_status(replies->at[0], "MULTI", "OK", r));
	for (size_t i = 1; i <= count; i++)
		if (replies->at[i]->type != REDIS_REPLY_STATUS)
			return redis_write_fault(replies->at[i], "MULTI", r);
	if (exec->type == REDIS_REPLY_NIL)
		return JWT_OK;
	if (exec->type != REDIS_REPLY_ARRAY || exec->elements != count)
		return redis_write_fault(exec, "EXEC", r);
	for (size_t i = 0; i < count; i++)
		if (exec->element[i]->type == REDIS_REPLY_ERROR)
			return redis_write_fault(exec->element[i], "EXEC", r);
	*done = true;
	return JWT_OK;
}

enum jwt_reason
redis_queue_entry(const struct revocation_store *store,
	struct redis_session *session, const char *op,
	const struct revocation_entry *entry, int64_t now,
	const struct epoch *epoch, struct report *r)
{
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	char key[REDIS_KEY_MAX], stream[REDIS_KEY_MAX], ttl[24];
	char name[ENTRY_NAME_MAX];

	entry_name(entry->kind, entry->hex, ':', name);
	JWT_TRY(redis_entry_key(store, entry->kind, entry->hex, key, r));
	JWT_TRY(redis_stream_key(store, stream, r));
	JWT_TRY(entry_format(entry, &json, r));
	if (!epoch_format(epoch, &text))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	/* It still counts in the second "until"; Redis counts from now. */
	snprintf(ttl, sizeof(ttl), "%" PRId64, entry->until - now + 1);
	if (strcmp(op, "undo") == 0)
		JWT_TRY(REDIS_QUEUE(session, r, "DEL", key));
	else
		JWT_TRY(REDIS_QUEUE(session, r, "SET", key,
			buffer_string(&json), "EX", ttl));
	return REDIS_QUEUE(session, r, "XADD", stream, "MAXLEN", "~",
		STREAM_LINES, "*", "op", op, "name", name, "epoch",
		buffer_string(&text), "json", buffer_string(&json));
}

/* Three commands: the entry, its line in the stream, the epoch. */
static enum jwt_reason
commit(const struct revocation_store *store, struct redis_session *session,
	const struct change *change, bool *done, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	JWT_AUTO(buffer) epoch = BUFFER(EPOCH_TEXT_MAX);

	if (!epoch_format(&change->epoch, &epoch))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(REDIS_QUEUE(session, r, "MULTI"));
	JWT_TRY(redis_queue_entry(store, session, change->op, change->entry,
		change->now, &change->epoch, r));
	JWT_TRY(REDIS_QUEUE(
		session, r, "SET", change->epoch_key, buffer_string(&epoch)));
	JWT_TRY(REDIS_QUEUE(session, r, "EXEC"));
	JWT_TRY(redis_exchange(session, 5, &replies, r));
	return redis_judge_exec(&replies, 3, done, r);
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

/* What became of the intent that the journal ends with. */
static enum jwt_reason
settle(struct revocation_store *store, struct redis_session *session,
	const char *epoch_key, struct report *r)
{
	struct journal *journal = &store->journal;
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct slice json = { NULL, 0 };
	char key[REDIS_KEY_MAX];
	enum found found, epoch_found;
	struct epoch epoch;

	if (!journal->wants)
		return JWT_OK;
	JWT_TRY(redis_entry_key(
		store, journal->wanted.kind, journal->wanted.hex, key, r));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", key));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", epoch_key));
	JWT_TRY(redis_exchange(session, 2, &replies, r));
	JWT_TRY(redis_value(replies.at[0], "GET", &found, &json, r));
	JWT_TRY(redis_take_epoch(replies.at[1], &epoch_found, &epoch, r));
	journal_settle(journal, found, json,
		epoch_found == FOUND_ENTRY ? &epoch : NULL);
	return JWT_OK;
}

static enum jwt_reason
change_in_session(struct revocation_store *store, struct redis_session *session,
	struct change *change, struct report *r)
{
	struct journal *journal = &store->journal;

	JWT_TRY(redis_refuse_eviction(store, session, r));
	JWT_TRY(settle(store, session, change->epoch_key, r));
	redis_session_extend(session, store->config->redis.timeout_ms);
	for (int i = 0; i < WRITE_TRIES; i++) {
		JWT_TRY(watch(store, session, change, r));
		if (is_undo(change) && change->older == FOUND_NOTHING)
			return JWT_OK;
		JWT_TRY(journal_intend(journal,
			is_undo(change) ? JOURNAL_UNDO : JOURNAL_ADD,
			change->entry, &change->epoch, r));
		redis_session_extend(session, store->config->redis.timeout_ms);
		JWT_TRY(commit(store, session, change, &change->done, r));
		if (change->done)
			return journal_done(journal, &change->epoch, r);
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
	enum jwt_reason reason;

	JWT_TRY(change_begin(store, "undo", entry, &change, r));
	reason = change_do(store, &change, r);
	*removed = change.done;
	return reason;
}
