/* SPDX-License-Identifier: ISC */
/*
 * Raw tokens: applications tell nobody of them, so all keys are looked
 * through now and then. A token that is there no longer is taken out of the
 * copy if the same server had it in the scan before, has evicted nothing and
 * was not emptied since, and shows no sign of a loss: then somebody deleted
 * it. Else, after a restart say, it may have been lost, and stays until its
 * time is over.
 */
#include "follower.h"

#include "base/clock.h"
#include "log.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define ANSWER_GOOD (128 * 1024) /* bytes of names in an answer */
#define TTL_BYTES   (128 * 1024) /* of names in one question */

/* One scan on its way. */
struct scan {
	struct follower *f;
	struct redis_session *session;
	struct buffer pattern;
	char cursor[24];
	int64_t now; /* of the step */
	struct slice token[REDIS_PIPELINE_MAX];
	size_t tokens;
	size_t bytes;
};

/* PREFIX with its wildcards escaped, and anything. */
static bool
make_pattern(const char *prefix, struct buffer *out)
{
	bool good = true;

	for (const char *c = prefix; good && *c != '\0'; c++) {
		if (strchr("*?[]\\^-", *c) != NULL)
			good = buffer_append(out, "\\", 1);
		good = good && buffer_append(out, c, 1);
	}
	return good && buffer_append_string(out, "*");
}

/* Could a token be called so? All other names hit nobody. */
static bool
is_token(struct slice name)
{
	size_t dots = 0;

	for (size_t i = 0; i < name.len; i++) {
		const uint8_t c = name.data[i];

		dots += c == '.';
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
			!(c >= '0' && c <= '9') && c != '-' && c != '_' &&
			c != '.')
			return false;
	}
	return dots == 2 && name.len <= JWT_TOKEN_MAX;
}

static enum jwt_reason
put_raw(struct follower *f, struct index_slot *slot, int64_t until, int64_t now,
	struct report *r)
{
	const struct revocation_entry entry = {
		.kind = REVOKED_SIG, .until = until, .when = now
	};
	char hex[REVOKED_HEX_LEN + 1], name[ENTRY_NAME_MAX];

	hex_encode(slot->hash, INDEX_HASH, hex);
	copy_raw_name(hex, name);
	JWT_TRY(folder_put_entry(&f->folder, name, &entry, r));
	slot->until = until;
	return JWT_OK;
}

/* Clocks and answers differ by a second or so: that is no news. */
static bool
is_news(const struct index_slot *slot, int64_t until)
{
	return slot->until < until - 2 || slot->until > until + 2;
}

static enum jwt_reason
take_token(struct scan *s, struct slice token, int64_t until, struct report *r)
{
	struct follower *f = s->f;
	uint8_t hash[INDEX_HASH];
	struct index_slot *slot;

	if (EVP_Digest(token.data, token.len, hash, NULL, EVP_sha256(), NULL) !=
		1)
		return report(r, JWT_INTERNAL_ERROR, "SHA-256 failed");
	slot = index_find(&f->index, hash);
	if (slot == NULL) {
		if (!follower_has_room(f))
			return JWT_OK;
		slot = index_add(&f->index, hash);
		if (slot == NULL)
			return report(r, JWT_INTERNAL_ERROR, "out of memory");
	}
	slot->seen = f->scan;
	if (!is_news(slot, until))
		return JWT_OK;
	return put_raw(f, slot, until, s->now, r);
}

static enum jwt_reason
take_ttl(struct scan *s, struct slice token, const redisReply *reply,
	struct report *r)
{
	int64_t until;

	if (reply->type != REDIS_REPLY_INTEGER)
		return redis_strange(reply, "PTTL", r);
	if (reply->integer == -2)
		return JWT_OK; /* gone meanwhile */
	until = reply->integer < 0 ? ENTRY_TIME_MAX
				   : s->now + (reply->integer + 999) / 1000;
	if (until > ENTRY_TIME_MAX || until < 0)
		until = ENTRY_TIME_MAX;
	return take_token(s, token, until, r);
}

/* The collected tokens: how long does Redis keep each? */
static enum jwt_reason
ask_ttls(struct scan *s, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	const size_t skip = strlen(config_raw_prefix(&s->f->config->redis));

	if (s->tokens == 0)
		return JWT_OK;
	for (size_t i = 0; i < s->tokens; i++) {
		const struct slice words[] = { slice_of_string("PTTL"),
			s->token[i] };

		JWT_TRY(redis_queue(s->session, words, 2, r));
	}
	redis_session_extend(s->session, s->f->config->redis.timeout_ms);
	s->now = clock_now();
	JWT_TRY(redis_exchange(s->session, s->tokens, &replies, r));
	for (size_t i = 0; i < s->tokens; i++)
		JWT_TRY(take_ttl(s,
			slice_of(s->token[i].data + skip,
				s->token[i].len - skip),
			replies.at[i], r));
	s->tokens = 0;
	s->bytes = 0;
	return JWT_OK;
}

static enum jwt_reason
take_key(struct scan *s, const redisReply *reply, struct report *r)
{
	const char *prefix = config_raw_prefix(&s->f->config->redis);
	const size_t skip = strlen(prefix);

	if (reply->type != REDIS_REPLY_STRING || reply->len < skip ||
		memcmp(reply->str, prefix, skip) != 0)
		return redis_strange(reply, "SCAN", r);
	if (!is_token(slice_of(reply->str + skip, reply->len - skip)))
		return JWT_OK;
	if (s->tokens == REDIS_PIPELINE_MAX - 4 || s->bytes > TTL_BYTES)
		JWT_TRY(ask_ttls(s, r));
	s->token[s->tokens++] = slice_of(reply->str, reply->len);
	s->bytes += reply->len;
	return JWT_OK;
}

/* As many keys in a step as an answer can hold. */
static void
adapt_count(struct follower *f, const redisReply *keys)
{
	size_t bytes = 0;

	for (size_t i = 0; i < keys->elements; i++)
		bytes += keys->element[i]->len;
	if (bytes > ANSWER_GOOD && f->scan_count > 1)
		f->scan_count /= 2;
	else if (bytes < ANSWER_GOOD / 4 && f->scan_count <= f->scan_most / 2)
		f->scan_count *= 2;
}

/*
 * Keys that are no tokens may be of any length: fewer in a step, down to one,
 * and from scan to scan a few more again.
 */
static void
limit_count(struct follower *f, const struct report *why)
{
	if (why == NULL || strstr(why->text, "an answer of more than") == NULL)
		return;
	if (f->scan_count == 1 && !f->told_length) {
		log_line(LOG_ERR,
			"an application's key below \"%s\" is too long: no raw "
			"tokens are found while it is there",
			config_raw_prefix(&f->config->redis));
		f->told_length = true;
	}
	f->scan_count = f->scan_count > 4 ? f->scan_count / 4 : 1;
	f->scan_most = f->scan_count;
}

static enum jwt_reason
scan_step(struct scan *s, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	const redisReply *reply;
	char count[16];

	follower_alive(s->f);
	snprintf(count, sizeof(count), "%u", s->f->scan_count);
	redis_session_extend(s->session, s->f->config->redis.timeout_ms);
	JWT_TRY(REDIS_QUEUE(s->session, r, "SCAN", s->cursor, "MATCH",
		buffer_string(&s->pattern), "COUNT", count));
	JWT_TRY(redis_exchange(s->session, 1, &replies, r));
	reply = replies.at[0];
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
		reply->element[0]->type != REDIS_REPLY_STRING ||
		reply->element[0]->len >= sizeof(s->cursor) ||
		reply->element[1]->type != REDIS_REPLY_ARRAY)
		return redis_strange(reply, "SCAN", r);
	snprintf(s->cursor, sizeof(s->cursor), "%s", reply->element[0]->str);
	for (size_t i = 0; i < reply->element[1]->elements; i++)
		JWT_TRY(take_key(s, reply->element[1]->element[i], r));
	JWT_TRY(ask_ttls(s, r)); /* while the names are there */
	adapt_count(s->f, reply->element[1]);
	return JWT_OK;
}

/*
 * What is over, and what was deleted. The state before it is of the clock
 * that removes: should that one be ahead, it shows when it goes back.
 */
static enum jwt_reason
remove_gone(struct follower *f, bool same_life, struct report *r)
{
	const int64_t now = clock_now();
	size_t count = 0;
	char hex[REVOKED_HEX_LEN + 1], name[ENTRY_NAME_MAX];
	bool removed;

	for (size_t i = 0; i < f->index.size; i++) {
		struct index_slot *slot = &f->index.slot[i];
		const bool deleted = same_life && slot->seen != f->scan &&
				     slot->seen >= f->whole_scan;

		if (slot->kind != SLOT_USED || (slot->until >= now && !deleted))
			continue;
		if (count++ == 0)
			JWT_TRY(follower_commit(f, r));
		follower_alive(f);
		hex_encode(slot->hash, INDEX_HASH, hex);
		copy_raw_name(hex, name);
		JWT_TRY(folder_remove(&f->folder, name, &removed, r));
		index_remove(&f->index, slot);
	}
	return JWT_OK;
}

/* Is this still the server, and the store, that was looked through? */
static enum jwt_reason
ask_life(struct scan *s, struct life *out, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	char key[REDIS_KEY_MAX], stream_key[REDIS_KEY_MAX];
	struct epoch epoch;
	enum found found;

	JWT_TRY(redis_epoch_key(s->f->store, key, r));
	JWT_TRY(redis_stream_key(s->f->store, stream_key, r));
	redis_session_extend(s->session, s->f->config->redis.timeout_ms);
	JWT_TRY(REDIS_QUEUE(s->session, r, "GET", key));
	JWT_TRY(REDIS_QUEUE(s->session, r, "INFO"));
	JWT_TRY(REDIS_QUEUE(s->session, r, "INFO", "commandstats"));
	JWT_TRY(REDIS_QUEUE(s->session, r, "XREVRANGE", stream_key, "+", "-",
		"COUNT", "1"));
	JWT_TRY(redis_exchange(s->session, 4, &replies, r));
	JWT_TRY(redis_take_epoch(replies.at[0], &found, &epoch, r));
	JWT_TRY(follower_judge_epoch(s->f, found, &epoch, r));
	for (size_t i = 1; i < 3; i++)
		if (replies.at[i]->type != REDIS_REPLY_STRING)
			return redis_strange(replies.at[i], "INFO", r);
	if (!life_parse(slice_of(replies.at[1]->str, replies.at[1]->len),
		    slice_of(replies.at[2]->str, replies.at[2]->len), out))
		return redis_strange(replies.at[1], "INFO", r);
	return follower_take_stream_end(s->f, replies.at[3], r);
}

static enum jwt_reason
scan_server(struct scan *s, struct report *r)
{
	memcpy(s->cursor, "0", sizeof("0"));
	do
		JWT_TRY(scan_step(s, r));
	while (strcmp(s->cursor, "0") != 0);
	return JWT_OK;
}

static enum jwt_reason
scan_node(struct scan *s, const struct redis_address *address, struct report *r)
{
	struct redis_session *home = s->session, session;
	enum jwt_reason reason;

	if (redis_address_equal(address, &home->address))
		return scan_server(s, r);
	JWT_TRY(nodes_open(s->f, address, &session, r));
	s->session = &session;
	reason = scan_server(s, r);
	s->session = home;
	redis_session_close(&session);
	return reason;
}

/* All primaries; who came or went meanwhile may have had some keys. */
static enum jwt_reason
scan_nodes(struct scan *s, struct report *r)
{
	struct nodes before, after;

	JWT_TRY(nodes_ask(s->f, s->session, &before, r));
	for (size_t i = 0; i < before.count; i++)
		JWT_TRY(scan_node(s, &before.at[i], r));
	JWT_TRY(nodes_ask(s->f, s->session, &after, r));
	if (nodes_same(&before, &after))
		return JWT_OK;
	return report(r, JWT_REVOCATION_UNREACHABLE,
		"redis: the cluster's nodes changed during the search");
}

static enum jwt_reason
scan_all(struct scan *s, struct report *r)
{
	struct follower *f = s->f;
	const bool cluster = f->config->redis.cluster;
	const int64_t started = clock_now();
	static const struct life unknown;
	struct life begin, end;

	JWT_TRY(ask_life(s, &begin, r));
	f->scan++;
	JWT_TRY(cluster ? scan_nodes(s, r) : scan_server(s, r));
	JWT_TRY(ask_life(s, &end, r));
	if (!life_goes_on(&begin, &end))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: the server changed during the search");
	/* What was missed meanwhile speaks against a deletion. */
	JWT_TRY(changes_drain(f, s->session, r));
	/* In a cluster a key that is gone may be on its way to another node. */
	if (!f->need_list)
		JWT_TRY(remove_gone(
			f, !cluster && life_same(&end, &f->scan_life), r));
	/* A key may have been evicted, or lost, as soon as it was seen. */
	f->scan_life = f->need_list ? unknown : begin;
	f->whole_scan = f->scan;
	f->state.scanned_at = started < clock_now() ? started : clock_now();
	return follower_commit(f, r);
}

enum jwt_reason
scan_raw(struct follower *f, struct redis_session *session, struct report *r)
{
	struct scan s = { .f = f,
		.session = session,
		.pattern = BUFFER(2 * REDIS_KEY_MAX),
		.cursor = "0" };
	enum jwt_reason reason;

	if (make_pattern(config_raw_prefix(&f->config->redis), &s.pattern))
		reason = scan_all(&s, r);
	else
		reason = report(r, JWT_CONFIG_ERROR, "raw_prefix: too long");
	buffer_free(&s.pattern);
	if (reason != JWT_OK)
		limit_count(f, r);
	else if (f->scan_most < SCAN_MOST)
		f->scan_most += f->scan_most / 8 + 1;
	return reason;
}
