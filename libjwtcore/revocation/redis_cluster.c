/* SPDX-License-Identifier: ISC */
/* Slots and redirections, as the Redis Cluster specification has them. */
#include "revocation/redis_cluster.h"

#include <string.h>

#define SLOTS	   16384
#define POLYNOMIAL 0x1021 /* CRC16-XMODEM */

static uint16_t
crc16(struct slice bytes)
{
	unsigned crc = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned)bytes.data[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 0x8000) != 0 ? crc << 1 ^ POLYNOMIAL
						  : crc << 1;
	}
	return (uint16_t)crc;
}

/* An empty {} is no tag: then the whole key counts. */
static struct slice
hashed_part(struct slice key)
{
	struct slice rest = key, before, tag;

	if (slice_cut(&rest, '{', &before) && slice_cut(&rest, '}', &tag) &&
		tag.len > 0)
		return tag;
	return key;
}

uint16_t
redis_slot(struct slice key)
{
	return crc16(hashed_part(key)) % SLOTS;
}

static bool
begins_with(const redisReply *reply, const char *word)
{
	size_t len = strlen(word);

	return reply->type == REDIS_REPLY_ERROR && reply->len > len &&
	       memcmp(reply->str, word, len) == 0;
}

bool
redis_is_redirect(const redisReply *reply)
{
	return begins_with(reply, "MOVED ") || begins_with(reply, "ASK ");
}

/* ":PORT", as a node says that doesn't know its address: where it was asked.
 * An IPv6 address may begin so, too, but has more of them. */
static bool
parse_node(struct slice text, const struct redis_address *from,
	struct redis_address *out)
{
	JWT_AUTO(buffer) whole = BUFFER(REDIS_ADDRESS_MAX);

	if (text.len == 0 || text.data[0] != ':' ||
		memchr(text.data + 1, ':', text.len - 1) != NULL)
		return redis_address_parse_network(text, out);
	if (from->kind != REDIS_TCP ||
		!buffer_append_string(&whole, from->host) ||
		!buffer_append_slice(&whole, text) ||
		!redis_address_parse_network(buffer_slice(&whole), out))
		return false;
	memcpy(out->name, from->name, sizeof(out->name));
	return true;
}

enum jwt_reason
redis_redirect_parse(const redisReply *reply, const struct redis_address *from,
	struct redis_redirect *out, struct report *r)
{
	struct slice rest = slice_of(reply->str, reply->len), word, slot;
	struct redis_redirect redirect = { .ask = begins_with(reply, "ASK "),
		.to.tls = from->tls };

	if (!slice_cut(&rest, ' ', &word) || !slice_cut(&rest, ' ', &slot) ||
		!parse_node(rest, from, &redirect.to))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: sends us to no numeric address; its "
			"cluster-preferred-endpoint-type must be ip");
	*out = redirect;
	return JWT_OK;
}
