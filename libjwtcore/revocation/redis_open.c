/* SPDX-License-Identifier: ISC */
/*
 * A session of one's own, for what is more than a question: it logs in first,
 * and in a cluster it goes where the key is.
 */
#include "revocation/redis_client.h"

#include "base/clock.h"
#include "revocation/redis_cluster.h"

/* A session being opened, where a key is. */
struct opening {
	const struct redis_client *client;
	struct redis_session *session;
	struct slice key;
};

/* A slot that moves has its keys in two places: no place for a transaction. */
static enum jwt_reason
take_way(const struct opening *opening, const redisReply *reply,
	struct redis_redirect *way, bool *moved, struct report *r)
{
	const struct redis_address *from = &opening->session->address;
	struct slice ignored;
	enum found found;

	*moved = redis_is_redirect(reply);
	if (!*moved)
		return reply->type == REDIS_REPLY_INTEGER
			       ? JWT_OK
			       : redis_value(
					 reply, "EXISTS", &found, &ignored, r);
	JWT_TRY(redis_redirect_parse(reply, from, way, r));
	JWT_TRY(redis_client_settle(opening->client, from, &way->to, r));
	if (way->ask)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: the slot is on its way to another node; try "
			"again when it is there");
	return JWT_OK;
}

/* Logs in; in a cluster, asks whether this is the key's node. */
static enum jwt_reason
greet(const struct opening *opening, struct redis_redirect *way, bool *moved,
	struct report *r)
{
	const bool cluster = opening->client->config->cluster;
	const struct slice words[] = { slice_of_string("EXISTS"),
		opening->key };
	JWT_AUTO(redis_replies) replies = { .count = 0 };

	*moved = false;
	JWT_TRY(redis_client_greet(opening->client, opening->session, r));
	if (cluster)
		JWT_TRY(redis_queue(
			opening->session, words, JWT_COUNT(words), r));
	JWT_TRY(redis_exchange(opening->session, cluster ? 1 : 0, &replies, r));
	if (!cluster)
		return JWT_OK;
	return take_way(opening, replies.at[0], way, moved, r);
}

static enum jwt_reason
open_at(void *arg, const struct redis_address *address, int64_t deadline,
	bool *last, struct report *r)
{
	const struct opening *opening = arg;
	struct redis_redirect way = { .to = *address };

	(void)last;
	for (int hops = 0; hops <= REDIS_HOPS_MAX; hops++) {
		enum jwt_reason reason;
		bool moved;

		JWT_TRY(redis_session_start(&way.to, opening->client->tls,
			deadline, opening->session, r));
		reason = greet(opening, &way, &moved, r);
		if (reason == JWT_OK && !moved)
			return JWT_OK;
		redis_session_close(opening->session);
		if (reason != JWT_OK)
			return reason;
	}
	return report(r, JWT_REVOCATION_UNREACHABLE,
		"redis: sent from node to node, %d times", REDIS_HOPS_MAX);
}

enum jwt_reason
redis_session_open_key(const struct revocation_store *store, struct slice key,
	struct redis_session *out, struct report *r)
{
	const int64_t deadline =
		clock_monotonic_ms() + store->config->redis.timeout_ms;
	struct opening opening = { store->redis, out, key };

	JWT_TRY(redis_find(store->redis, deadline, open_at, &opening, r));
	out->deadline = deadline;
	return JWT_OK;
}

enum jwt_reason
redis_session_open(const struct revocation_store *store,
	struct redis_session *out, struct report *r)
{
	return redis_session_open_key(
		store, slice_of_string(store->config->redis.prefix), out, r);
}
