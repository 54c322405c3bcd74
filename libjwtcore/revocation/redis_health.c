/* SPDX-License-Identifier: ISC */
/*
 * Questions to a Redis that change nothing in it.
 */
#include "revocation/redis_health.h"

#include "revocation/redis.h"
#include "revocation/redis_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAW_STEPS 8 /* of SCAN, a thousand keys each */

/* In one connection, and all answers taken: fills replies. */
typedef enum jwt_reason (*queue_fn)(const struct revocation_store *store,
	struct redis_session *session, struct report *r);

static enum jwt_reason
ask_all(struct revocation_store *store, queue_fn queue, size_t count,
	struct redis_replies *replies, struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_open(store, &session, r));
	reason = queue(store, &session, r);
	if (reason == JWT_OK)
		reason = redis_exchange(&session, count, replies, r);
	redis_session_close(&session);
	return reason;
}

static void
take_word(struct slice info, const char *name, char out[REDIS_WORD_MAX])
{
	struct slice value;

	if (redis_info_field(info, name, &value))
		snprintf(out, REDIS_WORD_MAX, "%.*s", (int)value.len,
			(const char *)value.data);
}

static void
take_number(struct slice info, const char *name, int64_t *out)
{
	char word[REDIS_WORD_MAX] = "";

	take_word(info, name, word);
	*out = strtoll(word, NULL, 10);
}

static void
take_flag(struct slice info, const char *name, const char *when, bool *out)
{
	char word[REDIS_WORD_MAX] = "";

	take_word(info, name, word);
	*out = word[0] != '\0' && (strcmp(word, when) == 0);
}

enum { MEMORY, PERSISTENCE, STATS, SERVER, INFO_COUNT };

static enum jwt_reason
queue_health(const struct revocation_store *store,
	struct redis_session *session, struct report *r)
{
	(void)store;
	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "memory"));
	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "persistence"));
	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "stats"));
	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "server"));
	return REDIS_QUEUE(session, r, "TIME");
}

static enum jwt_reason
take_time(const redisReply *reply, int64_t *out, struct report *r)
{
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
		reply->element[0]->type != REDIS_REPLY_STRING)
		return redis_write_fault(reply, "TIME", r);
	*out = strtoll(reply->element[0]->str, NULL, 10);
	return JWT_OK;
}

enum jwt_reason
redis_health(struct revocation_store *store, struct redis_health *out,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct slice info[INFO_COUNT];

	memset(out, 0, sizeof(*out));
	JWT_TRY(ask_all(store, queue_health, INFO_COUNT + 1, &replies, r));
	for (size_t i = 0; i < INFO_COUNT; i++) {
		const redisReply *reply = replies.at[i];

		if (reply->type != REDIS_REPLY_STRING)
			return redis_write_fault(reply, "INFO", r);
		info[i] = slice_of(reply->str, reply->len);
	}
	take_word(info[SERVER], "redis_version", out->version);
	take_word(info[MEMORY], "maxmemory_policy", out->policy);
	take_number(info[MEMORY], "used_memory", &out->memory_used);
	take_number(info[MEMORY], "maxmemory", &out->memory_max);
	take_number(info[STATS], "evicted_keys", &out->evicted);
	take_flag(info[PERSISTENCE], "aof_enabled", "1", &out->append_only);
	take_flag(info[PERSISTENCE], "aof_last_write_status", "err",
		&out->append_fails);
	take_flag(info[PERSISTENCE], "rdb_last_bgsave_status", "err",
		&out->snapshot_fails);
	take_number(info[PERSISTENCE], "rdb_changes_since_last_save",
		&out->unsaved);
	take_number(info[PERSISTENCE], "rdb_last_save_time", &out->saved_at);
	return take_time(replies.at[INFO_COUNT], &out->time, r);
}

/* A key of ours that is never there. */
static enum jwt_reason
nobody_key(const struct revocation_store *store, char out[REDIS_KEY_MAX],
	struct report *r)
{
	if (snprintf(out, REDIS_KEY_MAX, "%sdoctor",
		    store->config->redis.prefix) >= REDIS_KEY_MAX)
		return report(r, JWT_CONFIG_ERROR, "redis prefix: too long");
	return JWT_OK;
}

static enum jwt_reason
queue_host(const struct revocation_store *store, struct redis_session *session,
	struct report *r)
{
	char key[REDIS_KEY_MAX];

	JWT_TRY(nobody_key(store, key, r));
	JWT_TRY(REDIS_QUEUE(session, r, "SCAN", "0", "MATCH", key));
	JWT_TRY(REDIS_QUEUE(session, r, "DEL", key));
	return REDIS_QUEUE(
		session, r, "SET", "used:doctor", "1", "NX", "EX", "1");
}

static bool
is_denied(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ERROR &&
	       strncmp(reply->str, "NOPERM", 6) == 0;
}

enum jwt_reason
redis_try_host(struct revocation_store *store, struct redis_host_rights *out,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };

	JWT_TRY(ask_all(store, queue_host, 3, &replies, r));
	out->may_list = !is_denied(replies.at[0]);
	out->may_delete = !is_denied(replies.at[1]);
	out->may_mark_used = !is_denied(replies.at[2]);
	return JWT_OK;
}

static const char *const writer_words[] = { "WATCH", "MULTI", "SET", "DEL",
	"XADD" };

/* Never executed: the connection ends before EXEC. */
static enum jwt_reason
queue_writer(const struct revocation_store *store,
	struct redis_session *session, struct report *r)
{
	char key[REDIS_KEY_MAX], stream[REDIS_KEY_MAX];

	JWT_TRY(nobody_key(store, key, r));
	JWT_TRY(redis_stream_key(store, stream, r));
	JWT_TRY(REDIS_QUEUE(session, r, "WATCH", key));
	JWT_TRY(REDIS_QUEUE(session, r, "MULTI"));
	JWT_TRY(REDIS_QUEUE(session, r, "SET", key, "1", "EX", "1"));
	JWT_TRY(REDIS_QUEUE(session, r, "DEL", key));
	return REDIS_QUEUE(session, r, "XADD", stream, "*", "op", "doctor");
}

enum jwt_reason
redis_try_writer(
	struct revocation_store *store, const char **lacks, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };

	*lacks = NULL;
	JWT_TRY(ask_all(
		store, queue_writer, JWT_COUNT(writer_words), &replies, r));
	for (size_t i = 0; i < JWT_COUNT(writer_words); i++) {
		if (replies.at[i]->type != REDIS_REPLY_ERROR)
			continue;
		if (!is_denied(replies.at[i]))
			return redis_write_fault(
				replies.at[i], writer_words[i], r);
		*lacks = writer_words[i];
		return JWT_OK;
	}
	return JWT_OK;
}

static const char *const replay_words[] = { "MULTI", "EXEC", "SET", "DEL",
	"XADD" };

/* Nothing is run: ACL DRYRUN only says whether it would be. */
static enum jwt_reason
queue_replay(const struct revocation_store *store,
	struct redis_session *session, struct report *r)
{
	char key[REDIS_KEY_MAX], stream[REDIS_KEY_MAX];

	JWT_TRY(nobody_key(store, key, r));
	JWT_TRY(redis_stream_key(store, stream, r));
	JWT_TRY(REDIS_QUEUE(session, r, "ACL", "DRYRUN", "default", "MULTI"));
	JWT_TRY(REDIS_QUEUE(session, r, "ACL", "DRYRUN", "default", "EXEC"));
	JWT_TRY(REDIS_QUEUE(session, r, "ACL", "DRYRUN", "default", "SET", key,
		"1", "EX", "1"));
	JWT_TRY(REDIS_QUEUE(
		session, r, "ACL", "DRYRUN", "default", "DEL", key));
	return REDIS_QUEUE(session, r, "ACL", "DRYRUN", "default", "XADD",
		stream, "*", "op", "doctor");
}

enum jwt_reason
redis_try_replay(struct revocation_store *store, bool *knows,
	const char **lacks, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };

	*knows = true;
	*lacks = NULL;
	JWT_TRY(ask_all(
		store, queue_replay, JWT_COUNT(replay_words), &replies, r));
	for (size_t i = 0; i < JWT_COUNT(replay_words); i++) {
		const redisReply *reply = replies.at[i];

		if (reply->type == REDIS_REPLY_ERROR)
			*knows = false;
		else if (reply->type == REDIS_REPLY_STRING && *lacks == NULL)
			*lacks = replay_words[i];
	}
	return JWT_OK;
}

/* One step; cursor becomes "0" at the end. A JWS begins with base64url of
 * {" : no key of ours does. */
static enum jwt_reason
raw_step(const struct revocation_store *store, struct redis_session *session,
	char *cursor, size_t size, bool *found, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	char pattern[REDIS_KEY_MAX];
	const redisReply *reply;

	snprintf(pattern, sizeof(pattern), "%seyJ*.*.*",
		config_raw_prefix(&store->config->redis));
	redis_session_extend(session, store->config->redis.timeout_ms);
	JWT_TRY(REDIS_QUEUE(
		session, r, "SCAN", cursor, "MATCH", pattern, "COUNT", "1000"));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	reply = replies.at[0];
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
		reply->element[0]->type != REDIS_REPLY_STRING ||
		reply->element[0]->len >= size ||
		reply->element[1]->type != REDIS_REPLY_ARRAY)
		return redis_write_fault(reply, "SCAN", r);
	snprintf(cursor, size, "%s", reply->element[0]->str);
	*found = *found || reply->element[1]->elements > 0;
	return JWT_OK;
}

enum jwt_reason
redis_find_raw(struct revocation_store *store, bool *found, struct report *r)
{
	struct redis_session session;
	char cursor[24] = "0";
	enum jwt_reason reason = JWT_OK;

	*found = false;
	JWT_TRY(redis_session_open(store, &session, r));
	for (int i = 0; i < RAW_STEPS && reason == JWT_OK && !*found; i++) {
		reason = raw_step(
			store, &session, cursor, sizeof(cursor), found, r);
		if (strcmp(cursor, "0") == 0)
			break;
	}
	redis_session_close(&session);
	return reason;
}
