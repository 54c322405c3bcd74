/* SPDX-License-Identifier: ISC */
/*
 * The Redis store as its readers see it: one connection, one round trip.
 */
#include "revocation/redis.h"

#include <stdio.h>
#include <string.h>

static enum jwt_reason
key_of(const struct revocation_store *store, const char *name,
	char out[REDIS_KEY_MAX], struct report *r)
{
	if (snprintf(out, REDIS_KEY_MAX, "%s%s", store->config->redis.prefix,
		    name) >= REDIS_KEY_MAX)
		return report(r, JWT_CONFIG_ERROR, "redis prefix: too long");
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

/* root's, or of the user that we are; a newline at its end is an editor's. */
static enum jwt_reason
redis_prepare(struct revocation_store *store, struct report *r)
{
	const struct file_trust trust = { .owner = geteuid(), .secret = true };
	const char *path = store->config->redis.password_file;
	struct buffer *password = &store->redis_password;
	struct report fault = { "" };

	if (path == NULL && store->config->redis.user != NULL)
		return report(r, JWT_CONFIG_ERROR,
			"redis user %s has no password_file",
			store->config->redis.user);
	if (path == NULL)
		return JWT_OK;
	if (file_read(path, &trust, password, &fault) != FILE_OK)
		return report(r, JWT_CONFIG_ERROR, "%s", fault.text);
	if (password->len > 0 && password->data[password->len - 1] == '\n')
		password->len--;
	if (password->len == 0)
		return report(r, JWT_CONFIG_ERROR, "%s: empty", path);
	return JWT_OK;
}

static enum jwt_reason
queue_questions(const struct revocation_store *store,
	const struct lookup *lookup, struct redis_session *session,
	size_t *count, struct report *r)
{
	char key[REDIS_KEY_MAX];

	JWT_TRY(redis_epoch_key(store, key, r));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", key));
	*count = 1;
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++) {
		if (!lookup->asked[i])
			continue;
		JWT_TRY(redis_entry_key(
			store, (enum revoked_kind)i, lookup->hex[i], key, r));
		JWT_TRY(REDIS_QUEUE(session, r, "GET", key));
		++*count;
	}
	return JWT_OK;
}

/*
 * EXISTS, not GET: applications keep there what they like, of any type and
 * length, and only that it is there counts.
 */
static enum jwt_reason
queue_raw(const struct revocation_store *store, const struct lookup *lookup,
	struct redis_session *session, size_t *count, struct report *r)
{
	for (size_t i = 0; i < lookup->raw_count; i++) {
		JWT_AUTO(buffer) key = BUFFER(REDIS_KEY_MAX + JWT_TOKEN_MAX);
		struct slice words[2];

		if (!buffer_append_string(&key, store->config->redis.prefix) ||
			!buffer_append_slice(&key, lookup->raw[i]))
			return report(r, JWT_INTERNAL_ERROR, "key too long");
		words[0] = slice_of_string("EXISTS");
		words[1] = buffer_slice(&key);
		JWT_TRY(redis_queue(session, words, 2, r));
		++*count;
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
take_answers(const struct lookup *lookup, const struct redis_replies *replies,
	struct lookup_answer *answer, struct report *r)
{
	size_t next = 0;

	JWT_TRY(redis_take_epoch(
		replies->at[next++], &answer->epoch_found, &answer->epoch, r));
	for (size_t i = 0; i < REVOKED_KIND_COUNT; i++)
		if (lookup->asked[i])
			JWT_TRY(take_entry(replies->at[next++],
				&answer->found[i], &answer->json[i], r));
	for (size_t i = 0; i < lookup->raw_count; i++) {
		const redisReply *reply = replies->at[next++];

		if (reply->type != REDIS_REPLY_INTEGER)
			return redis_strange(reply, "EXISTS", r);
		answer->raw_found = answer->raw_found || reply->integer != 0;
	}
	return JWT_OK;
}

static enum jwt_reason
ask_session(const struct revocation_store *store, struct redis_session *session,
	const struct lookup *lookup, struct lookup_answer *answer,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	size_t count;

	JWT_TRY(queue_questions(store, lookup, session, &count, r));
	JWT_TRY(queue_raw(store, lookup, session, &count, r));
	JWT_TRY(redis_exchange(session, count, &replies, r));
	return take_answers(lookup, &replies, answer, r);
}

static enum jwt_reason
redis_ask(struct revocation_store *store, const struct lookup *lookup,
	struct lookup_answer *answer, struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_open(store, &session, r));
	reason = ask_session(store, &session, lookup, answer, r);
	redis_session_close(&session);
	return reason;
}

const struct store_class redis_class = {
	.name = "redis",
	.prepare = redis_prepare,
	.ask = redis_ask,
	.add = redis_add,
	.undo = redis_undo,
	.list = redis_list,
	.init = redis_init,
};
