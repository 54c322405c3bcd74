/* SPDX-License-Identifier: ISC */
/*
 * The Redis store filled again: entries that it lacks, some at a time, and an
 * epoch put in the place of the one that was there, or of none.
 */
#include "revocation/redis.h"
#include "revocation/redis_info.h"

#include <string.h>

#define BATCH_MAX 12 /* names in one WATCH, within REDIS_ARGS_MAX */
#define TRIES	  16 /* where other writers are at work */

struct batch {
	struct revocation_entry *entry[BATCH_MAX];
	char key[BATCH_MAX][REDIS_KEY_MAX];
	size_t count;
};

/* All keys watched and read: those that lack something stay in the batch. */
static enum jwt_reason
find_lacking(
	struct redis_session *session, struct batch *batch, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	const char *words[BATCH_MAX + 2] = { "WATCH" };
	size_t kept = 0;

	for (size_t i = 0; i < batch->count; i++)
		words[1 + i] = batch->key[i];
	JWT_TRY(redis_queue_strings(session, words, r));
	for (size_t i = 0; i < batch->count; i++)
		JWT_TRY(REDIS_QUEUE(session, r, "GET", batch->key[i]));
	JWT_TRY(redis_exchange(session, 1 + batch->count, &replies, r));
	JWT_TRY(redis_expect_status(replies.at[0], "WATCH", "OK", r));
	for (size_t i = 0; i < batch->count; i++) {
		enum found found;
		struct slice json = { NULL, 0 };

		JWT_TRY(redis_value(
			replies.at[1 + i], "GET", &found, &json, r));
		if (entry_covers(found, json, batch->entry[i]))
			continue;
		entry_widen_by_json(batch->entry[i], found, json);
		batch->entry[kept] = batch->entry[i];
		memmove(batch->key[kept], batch->key[i], REDIS_KEY_MAX);
		kept++;
	}
	batch->count = kept;
	return JWT_OK;
}

static enum jwt_reason
write_batch(const struct revocation_store *store, struct redis_session *session,
	const struct batch *batch, const struct replay *replay, bool *done,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	size_t count = 2 * batch->count;

	JWT_TRY(REDIS_QUEUE(session, r, "MULTI"));
	for (size_t i = 0; i < batch->count; i++)
		JWT_TRY(redis_queue_entry(store, session, "add",
			batch->entry[i], replay->now, &replay->epoch, r));
	JWT_TRY(REDIS_QUEUE(session, r, "EXEC"));
	JWT_TRY(redis_exchange(session, count + 2, &replies, r));
	return redis_judge_exec(&replies, count, done, r);
}

static enum jwt_reason
replay_batch(const struct revocation_store *store,
	struct redis_session *session, struct batch *batch,
	struct replay *replay, struct report *r)
{
	for (int i = 0; i < TRIES; i++) {
		bool done = true;

		redis_session_extend(session, store->config->redis.timeout_ms);
		JWT_TRY(find_lacking(session, batch, r));
		if (batch->count > 0 && !replay->dry)
			JWT_TRY(write_batch(
				store, session, batch, replay, &done, r));
		if (!done)
			continue;
		replay->lacked += batch->count;
		return JWT_OK;
	}
	return report(r, JWT_REVOCATION_UNREACHABLE,
		"redis: others revoke so fast that %d tries failed", TRIES);
}

static enum jwt_reason
replay_in_session(const struct revocation_store *store,
	struct redis_session *session, struct replay *replay, struct report *r)
{
	struct redis_client *client = store->redis;

	if (!replay->dry) {
		JWT_TRY(redis_refuse_eviction(store, session, r));
		JWT_TRY(redis_ask_life(session, &client->filled, r));
	}
	for (size_t i = 0; i < replay->count;) {
		struct batch batch = { .count = 0 };

		while (i < replay->count && batch.count < BATCH_MAX) {
			struct revocation_entry *entry = &replay->at[i++];

			batch.entry[batch.count] = entry;
			JWT_TRY(redis_entry_key(store, entry->kind, entry->hex,
				batch.key[batch.count++], r));
		}
		memcpy(client->filled_key, batch.key[batch.count - 1],
			REDIS_KEY_MAX);
		JWT_TRY(replay_batch(store, session, &batch, replay, r));
	}
	return JWT_OK;
}

enum jwt_reason
redis_replay(
	struct revocation_store *store, struct replay *replay, struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_open(store, &session, r));
	reason = replay_in_session(store, &session, replay, r);
	redis_session_close(&session);
	return reason;
}

/*
 * A server that was started again, or emptied, has none of what a replay
 * wrote, and shows the same as before it: no epoch. Asked while one of the
 * entries is watched, so that whoever empties it after this is noticed, too.
 */
static enum jwt_reason
is_filled(const struct revocation_store *store, struct redis_session *session,
	bool *filled, struct report *r)
{
	const struct redis_life *life = &store->redis->filled;
	struct redis_life now;

	*filled = true;
	if (life->run_id[0] == '\0')
		return JWT_OK;
	JWT_TRY(redis_ask_life(session, &now, r));
	*filled = redis_life_equal(life, &now);
	return JWT_OK;
}

/* *same: the epoch is as before says, and what was filled is still there. */
static enum jwt_reason
watch_epoch(const struct revocation_store *store, struct redis_session *session,
	const char *key, enum found found, const struct epoch *before,
	bool *same, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	const char *entry = store->redis->filled_key;
	struct epoch now;
	enum found found_now;

	JWT_TRY(REDIS_QUEUE(
		session, r, "WATCH", key, entry[0] != '\0' ? entry : key));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", key));
	JWT_TRY(redis_exchange(session, 2, &replies, r));
	JWT_TRY(redis_expect_status(replies.at[0], "WATCH", "OK", r));
	JWT_TRY(redis_take_epoch(replies.at[1], &found_now, &now, r));
	*same = epoch_is_same(found, before, found_now, &now);
	return *same ? is_filled(store, session, same, r) : JWT_OK;
}

static enum jwt_reason
put_in_session(const struct revocation_store *store,
	struct redis_session *session, enum found found,
	const struct epoch *before, const struct epoch *epoch, bool *done,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	char key[REDIS_KEY_MAX];

	JWT_TRY(redis_epoch_key(store, key, r));
	if (!epoch_format(epoch, &text))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	JWT_TRY(redis_refuse_eviction(store, session, r));
	JWT_TRY(watch_epoch(store, session, key, found, before, done, r));
	if (!*done)
		return JWT_OK;
	JWT_TRY(REDIS_QUEUE(session, r, "MULTI"));
	JWT_TRY(REDIS_QUEUE(session, r, "SET", key, buffer_string(&text)));
	JWT_TRY(REDIS_QUEUE(session, r, "EXEC"));
	JWT_TRY(redis_exchange(session, 3, &replies, r));
	return redis_judge_exec(&replies, 1, done, r);
}

enum jwt_reason
redis_put_epoch(struct revocation_store *store, enum found found,
	const struct epoch *before, const struct epoch *epoch, bool *done,
	struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_open(store, &session, r));
	reason = put_in_session(store, &session, found, before, epoch, done, r);
	redis_session_close(&session);
	return reason;
}
