/* SPDX-License-Identifier: ISC */
/*
 * The Redis store as its readers see it: all is asked in one round trip.
 */
#include "revocation/redis.h"

#include "revocation/redis_client.h"

#include <string.h>

static enum jwt_reason
key_of(const struct revocation_store *store, const char *name,
	char out[REDIS_KEY_MAX], struct report *r)
{
	const char *prefix = store->config->redis.prefix;
	const size_t prefix_len = strlen(prefix), size = strlen(name) + 1;

	if (prefix_len + size > REDIS_KEY_MAX)
		return report(r, JWT_CONFIG_ERROR, "redis prefix: too long");
	memcpy(out, prefix, prefix_len);
	memcpy(out + prefix_len, name, size);
	return JWT_OK;
}

enum jwt_reason
redis_epoch_key(const struct revocation_store *store, char out[REDIS_KEY_MAX],
	struct report *r)
{
	return key_of(store, "epoch", out, r);
}

enum jwt_reason
redis_stream_key(const struct revocation_store *store, char out[REDIS_KEY_MAX],
	struct report *r)
{
	return key_of(store, "stream", out, r);
}

enum jwt_reason
redis_entry_key(const struct revocation_store *store, enum revoked_kind kind,
	const char *hex, char out[REDIS_KEY_MAX], struct report *r)
{
	char name[ENTRY_NAME_MAX];

	entry_name(kind, hex, ':', name);
	return key_of(store, name, out, r);
}

static enum jwt_reason
redis_prepare(struct revocation_store *store, struct report *r)
{
	return redis_client_prepare(store->redis, r);
}

/* One of each for the epoch, the kinds and the raw tokens, in this order. */
struct questions {
	struct redis_question at[1 + REVOKED_KIND_COUNT + LOOKUP_RAW_MAX];
	size_t count;
	char key[1 + REVOKED_KIND_COUNT][REDIS_KEY_MAX];
	struct buffer raw_key[LOOKUP_RAW_MAX];
};

static void
jwt_auto_questions(struct questions *q)
{
	for (size_t i = 0; i < q->count; i++)
		redis_reply_free(q->at[i].reply);
	for (size_t i = 0; i < LOOKUP_RAW_MAX; i++)
		buffer_free(&q->raw_key[i]);
}
typedef struct questions jwt_auto_questions_t;

static void
add_question(struct questions *q, const char *command, struct slice key)
{
	q->at[q->count++] =
		(struct redis_question){ .command = command, .key = key };
}

static enum jwt_reason
add_ours(const struct revocation_store *store, const struct lookup *lookup,
	struct questions *q, struct report *r)
{
	JWT_TRY(redis_epoch_key(store, q->key[0], r));
	add_question(q, "GET", slice_of_string(q->key[0]));
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		if (!lookup->asked[i])
			continue;
		JWT_TRY(redis_entry_key(store, (enum revoked_kind)i,
			lookup->hex[i], q->key[1 + i], r));
		add_question(q, "GET", slice_of_string(q->key[1 + i]));
	}
	return JWT_OK;
}

/*
 * EXISTS, not GET: applications keep there what they like, of any type and
 * length, and only that it is there counts.
 */
static enum jwt_reason
add_raw(const struct revocation_store *store, const struct lookup *lookup,
	struct questions *q, struct report *r)
{
	const char *prefix = config_raw_prefix(&store->config->redis);

	for (size_t i = 0; i < lookup->raw_count; i++) {
		struct buffer *key = &q->raw_key[i];

		*key = BUFFER(REDIS_KEY_MAX + JWT_TOKEN_MAX);
		if (!buffer_append_string(key, prefix) ||
			!buffer_append_slice(key, lookup->raw[i]))
			return report(r, JWT_INTERNAL_ERROR, "key too long");
		add_question(q, "EXISTS", buffer_slice(key));
	}
	return JWT_OK;
}

enum jwt_reason
redis_take_epoch(const redisReply *reply, enum found *found, struct epoch *out,
	struct report *r)
{
	struct slice value;

	JWT_TRY(redis_value(reply, "GET", found, &value, r));
	if (*found == FOUND_ENTRY && !epoch_parse(value, out))
		*found = FOUND_DAMAGED;
	return JWT_OK;
}

static enum jwt_reason
take_entry(const redisReply *reply, enum found *found, struct buffer *json,
	struct report *r)
{
	struct slice value;

	JWT_TRY(redis_value(reply, "GET", found, &value, r));
	if (*found != FOUND_ENTRY)
		return JWT_OK;
	*json = BUFFER(REVOKED_ENTRY_MAX);
	if (!buffer_append_slice(json, value))
		*found = FOUND_DAMAGED; /* ours are never that long */
	return JWT_OK;
}

static enum jwt_reason
take_answers(const struct lookup *lookup, const struct questions *q,
	struct lookup_answer *answer, struct report *r)
{
	size_t next = 0;

	JWT_TRY(redis_take_epoch(
		q->at[next++].reply, &answer->epoch_found, &answer->epoch, r));
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		if (lookup->asked[i])
			JWT_TRY(take_entry(q->at[next++].reply,
				&answer->found[i], &answer->json[i], r));
	for (size_t i = 0; i < lookup->raw_count; i++) {
		const redisReply *reply = q->at[next++].reply;

		if (reply->type != REDIS_REPLY_INTEGER)
			return redis_strange(reply, "EXISTS", r);
		answer->raw_found = answer->raw_found || reply->integer != 0;
	}
	return JWT_OK;
}

static enum jwt_reason
redis_ask(struct revocation_store *store, const struct lookup *lookup,
	struct lookup_answer *answer, struct report *r)
{
	JWT_AUTO(questions) q = { .count = 0 };

	JWT_TRY(add_ours(store, lookup, &q, r));
	JWT_TRY(add_raw(store, lookup, &q, r));
	JWT_TRY(redis_client_ask(store->redis, q.at, q.count, r));
	answer->evicts = store->redis->evicts;
	return take_answers(lookup, &q, answer, r);
}

const struct store_class redis_class = {
	.name = "redis",
	.prepare = redis_prepare,
	.ask = redis_ask,
	.add = redis_add,
	.undo = redis_undo,
	.list = redis_list,
	.put_epoch = redis_put_epoch,
	.replay = redis_replay,
	.use = redis_use,
};
