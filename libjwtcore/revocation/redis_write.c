/* SPDX-License-Identifier: ISC */
/*
 * The Redis store as its writer sees it: a transaction that fails when
 * somebody else raised the epoch meanwhile, tried again a few times.
 */
#include "revocation/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define ADD_TRIES  16
#define PAUSE_MAX  64	 /* milliseconds between two of them, at most */
#define SCAN_COUNT "256" /* keys that Redis looks at in one step */

static enum jwt_reason
widen_by_older(const redisReply *reply, struct revocation_entry *entry,
	struct report *r)
{
	struct revocation_entry older = { .kind = entry->kind };
	enum found found;
	struct slice json;

	JWT_TRY(redis_value(reply, "GET", &found, &json, r));
	if (found == FOUND_ENTRY && entry_parse(json, &older, NULL) == JWT_OK)
		entry_widen(entry, &older);
	revocation_entry_clear(&older);
	return JWT_OK;
}

/* What stands there now, and a watch over it. */
static enum jwt_reason
watch(struct redis_session *session, const char *epoch_key, const char *key,
	struct epoch *epoch, struct revocation_entry *entry, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	enum found found;

	JWT_TRY(REDIS_QUEUE(session, r, "WATCH", epoch_key, key));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", epoch_key));
	JWT_TRY(REDIS_QUEUE(session, r, "GET", key));
	JWT_TRY(redis_exchange(session, 3, &replies, r));
	JWT_TRY(redis_expect_status(replies.at[0], "WATCH", "OK", r));
	JWT_TRY(redis_take_epoch(replies.at[1], &found, epoch, r));
	if (found != FOUND_ENTRY)
		return epoch_lost(found, r);
	return widen_by_older(replies.at[2], entry, r);
}

/* The reply to EXEC: nothing done (watched keys changed), or all done. */
static enum jwt_reason
judge_exec(const redisReply *reply, bool *done, struct report *r)
{
	*done = false;
	if (reply->type == REDIS_REPLY_NIL)
		return JWT_OK;
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
		return redis_strange(reply, "EXEC", r);
	for (size_t i = 0; i < reply->elements; i++)
		JWT_TRY(redis_expect_status(reply->element[i], "SET", "OK", r));
	*done = true;
	return JWT_OK;
}

static enum jwt_reason
commit(struct redis_session *session, const char *epoch_key, const char *key,
	const struct epoch *epoch, const struct revocation_entry *entry,
	bool *done, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	JWT_AUTO(buffer) json = BUFFER(REVOKED_ENTRY_MAX);
	JWT_AUTO(buffer) text = BUFFER(EPOCH_TEXT_MAX);
	char ttl[24];

	JWT_TRY(entry_format(entry, &json, r));
	if (!epoch_format(epoch, &text))
		return report(r, JWT_INTERNAL_ERROR, "out of memory");
	/* It still counts in the second "until"; Redis counts from now. */
	snprintf(ttl, sizeof(ttl), "%" PRId64, entry->until - entry->when + 1);
	JWT_TRY(REDIS_QUEUE(session, r, "MULTI"));
	JWT_TRY(REDIS_QUEUE(
		session, r, "SET", key, buffer_string(&json), "EX", ttl));
	JWT_TRY(REDIS_QUEUE(
		session, r, "SET", epoch_key, buffer_string(&text)));
	JWT_TRY(REDIS_QUEUE(session, r, "EXEC"));
	JWT_TRY(redis_exchange(session, 4, &replies, r));
	JWT_TRY(redis_expect_status(replies.at[0], "MULTI", "OK", r));
	for (size_t i = 1; i <= 2; i++)
		JWT_TRY(redis_expect_status(replies.at[i], "SET", "QUEUED", r));
	return judge_exec(replies.at[3], done, r);
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
add_in_session(const struct revocation_store *store,
	struct redis_session *session, struct revocation_entry *entry,
	struct report *r)
{
	char epoch_key[REDIS_KEY_MAX], key[REDIS_KEY_MAX];
	bool done = false;

	JWT_TRY(redis_epoch_key(store, epoch_key, r));
	JWT_TRY(redis_entry_key(store, entry->kind, entry->hex, key, r));
	for (int i = 0; !done && i < ADD_TRIES; i++) {
		struct epoch epoch;

		JWT_TRY(watch(session, epoch_key, key, &epoch, entry, r));
		epoch.counter++;
		redis_session_extend(session, store->config->redis.timeout_ms);
		JWT_TRY(commit(
			session, epoch_key, key, &epoch, entry, &done, r));
		if (!done)
			step_aside(i);
		redis_session_extend(session, store->config->redis.timeout_ms);
	}
	if (!done)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: others revoke so fast that %d tries failed",
			ADD_TRIES);
	return JWT_OK;
}

enum jwt_reason
redis_add(struct revocation_store *store, struct revocation_entry *entry,
	struct report *r)
{
	struct redis_session session;
	enum jwt_reason reason;

	JWT_TRY(redis_session_open(store, &session, r));
	reason = add_in_session(store, &session, entry, r);
	redis_session_close(&session);
	return reason;
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
