/* SPDX-License-Identifier: ISC */
/*
 * In a cluster applications' raw tokens lie on all nodes: which are they? A
 * cluster without some of its slots can't be looked through.
 */
#include "follower.h"

#include "base/clock.h"
#include "revocation/redis_client.h"

#include <stdio.h>
#include <string.h>

/* IP, or name, and port of a slots' primary. */
static bool
node_address(const redisReply *node, const struct redis_address *from,
	struct redis_address *out)
{
	JWT_AUTO(buffer) text = BUFFER(REDIS_ADDRESS_MAX);

	memset(out, 0, sizeof(*out));
	out->tls = from->tls;
	return node->type == REDIS_REPLY_ARRAY && node->elements >= 2 &&
	       node->element[0]->type == REDIS_REPLY_STRING &&
	       node->element[1]->type == REDIS_REPLY_INTEGER &&
	       buffer_append_format(&text, "%.*s:%lld",
		       (int)node->element[0]->len, node->element[0]->str,
		       node->element[1]->integer) &&
	       redis_address_parse_network(buffer_slice(&text), out);
}

static bool
add_node(const struct redis_address *address, struct nodes *out, uint8_t *index)
{
	size_t i = 0;

	while (i < out->count && !redis_address_equal(&out->at[i], address))
		i++;
	if (i == NODES_MAX)
		return false;
	if (i == out->count)
		out->at[out->count++] = *address;
	*index = (uint8_t)i;
	return true;
}

/* "FROM TO PRIMARY REPLICA...", as many as there are ranges of slots. */
bool
nodes_add_range(const redisReply *range, const struct redis_address *from,
	struct nodes *out)
{
	struct redis_address address;
	uint8_t index;
	size_t first, count;

	if (range->type != REDIS_REPLY_ARRAY || range->elements < 3 ||
		range->element[0]->type != REDIS_REPLY_INTEGER ||
		range->element[1]->type != REDIS_REPLY_INTEGER ||
		range->element[0]->integer < 0 ||
		range->element[1]->integer < range->element[0]->integer ||
		range->element[1]->integer >= NODES_SLOTS ||
		!node_address(range->element[2], from, &address) ||
		!add_node(&address, out, &index))
		return false;
	first = (size_t)range->element[0]->integer;
	count = (size_t)range->element[1]->integer - first + 1;
	memset(out->owner + first, index, count);
	out->slots += count;
	return true;
}

enum jwt_reason
nodes_ask(struct follower *f, struct redis_session *session, struct nodes *out,
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };

	memset(out, 0, sizeof(*out));
	redis_session_extend(session, f->config->redis.timeout_ms);
	JWT_TRY(REDIS_QUEUE(session, r, "CLUSTER", "SLOTS"));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	if (replies.at[0]->type != REDIS_REPLY_ARRAY)
		return redis_strange(replies.at[0], "CLUSTER", r);
	for (size_t i = 0; i < replies.at[0]->elements; i++)
		if (!nodes_add_range(
			    replies.at[0]->element[i], &session->address, out))
			return redis_strange(
				replies.at[0]->element[i], "CLUSTER", r);
	if (out->slots != NODES_SLOTS)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: the cluster has %zu of its %d slots",
			out->slots, NODES_SLOTS);
	return JWT_OK;
}

bool
nodes_same(const struct nodes *a, const struct nodes *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!redis_address_equal(&a->at[i], &b->at[i]))
			return false;
	return a->count == b->count &&
	       memcmp(a->owner, b->owner, sizeof(a->owner)) == 0;
}

/* The greeting is judged here: what it finds ends the search. */
enum jwt_reason
nodes_open(struct follower *f, const struct redis_address *address,
	struct redis_session *out, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct redis_client *client = f->store->redis;
	struct redis_address to = *address;
	enum jwt_reason reason;

	JWT_TRY(redis_client_settle(client, address, &to, r));
	JWT_TRY(redis_session_start(&to, client->tls,
		clock_monotonic_ms() + f->config->redis.timeout_ms, out, r));
	reason = redis_client_greet(client, out, r);
	if (reason == JWT_OK)
		reason = redis_exchange(out, 0, &replies, r);
	if (reason == JWT_OK && out->evicts)
		reason = eviction_lost(r);
	if (reason != JWT_OK)
		redis_session_close(out);
	return reason;
}
