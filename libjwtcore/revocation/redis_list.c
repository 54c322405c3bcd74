/* SPDX-License-Identifier: ISC */
/*
 * The Redis store as its writer lists it: SCAN, and the entries of each step.
 */
#include "revocation/redis.h"

#include <stdio.h>
#include <string.h>

#define SCAN_COUNT "256" /* keys that Redis looks at in one step */

struct listing {
	const struct revocation_store *store;
	struct redis_session *session;
	int64_t now;
	revocation_list_fn each;
	void *arg;
};

/* PREFIX, its wildcards escaped, then a kind and 64 more characters: what
 * applications keep there (raw tokens) is not even sent to us. */
static enum jwt_reason
list_pattern(const char *prefix, struct buffer *out, struct report *r)
{
	bool good = true;

	for (const char *c = prefix; *c != '\0'; c++) {
		if (strchr("*?[]\\^-", *c) != NULL)
			good = good && buffer_append(out, "\\", 1);
		good = good && buffer_append(out, c, 1);
	}
	good = good && buffer_append_string(out, "???:");
	for (size_t i = 0; i < REVOKED_HEX_LEN; i++)
		good = good && buffer_append(out, "?", 1);
	return good ? JWT_OK
		    : report(r, JWT_CONFIG_ERROR, "redis prefix: too long");
}

static enum jwt_reason
list_some(const struct listing *l, redisReply *const *key, size_t count,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	size_t skip = strlen(l->store->config->redis.prefix);

	for (size_t i = 0; i < count; i++) {
		const struct slice words[] = { slice_of_string("GET"),
			slice_of(key[i]->str, key[i]->len) };

		if (key[i]->type != REDIS_REPLY_STRING || key[i]->len < skip)
			return redis_strange(key[i], "SCAN", r);
		JWT_TRY(redis_queue(l->session, words, 2, r));
	}
	redis_session_extend(l->session, l->store->config->redis.timeout_ms);
	JWT_TRY(redis_exchange(l->session, count, &replies, r));
	for (size_t i = 0; i < count; i++) {
		struct slice json = { NULL, 0 };
		enum found found;

		JWT_TRY(redis_value(replies.at[i], "GET", &found, &json, r));
		JWT_TRY(list_entry(
			slice_of(key[i]->str + skip, key[i]->len - skip), ':',
			found, json, l->now, l->each, l->arg));
	}
	return JWT_OK;
}

/* One step of SCAN; cursor becomes "0" at the end. */
static enum jwt_reason
list_step(const struct listing *l, const char *pattern, char *cursor,
	size_t cursor_size, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	const redisReply *reply, *keys;

	redis_session_extend(l->session, l->store->config->redis.timeout_ms);
	JWT_TRY(REDIS_QUEUE(l->session, r, "SCAN", cursor, "MATCH", pattern,
		"COUNT", SCAN_COUNT));
	JWT_TRY(redis_exchange(l->session, 1, &replies, r));
	reply = replies.at[0];
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
		reply->element[0]->type != REDIS_REPLY_STRING ||
		reply->element[0]->len >= cursor_size ||
		reply->element[1]->type != REDIS_REPLY_ARRAY)
		return redis_strange(reply, "SCAN", r);
	snprintf(cursor, cursor_size, "%s", reply->element[0]->str);
	keys = reply->element[1];
	for (size_t i = 0; i < keys->elements; i += REDIS_PIPELINE_MAX) {
		size_t left = keys->elements - i;

		JWT_TRY(list_some(l, keys->element + i,
			left < REDIS_PIPELINE_MAX ? left : REDIS_PIPELINE_MAX,
			r));
	}
	return JWT_OK;
}

enum jwt_reason
redis_list(struct revocation_store *store, int64_t now, revocation_list_fn each,
	void *arg, struct report *r)
{
	JWT_AUTO(buffer) pattern = BUFFER(2 * REDIS_KEY_MAX);
	struct redis_session session;
	struct listing l = { store, &session, now, each, arg };
	char cursor[24] = "0";
	enum jwt_reason reason;

	JWT_TRY(list_pattern(store->config->redis.prefix, &pattern, r));
	JWT_TRY(redis_session_open(store, &session, r));
	do
		reason = list_step(
			&l, buffer_string(&pattern), cursor, sizeof(cursor), r);
	while (reason == JWT_OK && strcmp(cursor, "0") != 0);
	redis_session_close(&session);
	return reason;
}
