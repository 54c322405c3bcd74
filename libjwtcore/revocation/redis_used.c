/* SPDX-License-Identifier: ISC */
/*
 * Single-use marks in Redis, by the readers' credential: the key is the hash
 * of what was signed, and goes when the token ends.
 */
#include "revocation/redis.h"

#include "revocation/redis_client.h"

#include <inttypes.h>
#include <stdio.h>

#define USED_PREFIX "used:" /* of the hosts' ACL, whatever redis.prefix is */

enum jwt_reason
redis_use(struct revocation_store *store, const char *hex, int64_t ttl,
	bool *first, struct report *r)
{
	char key[sizeof(USED_PREFIX) + REVOKED_HEX_LEN];
	char seconds[24];
	const char *const more[] = { "1", "NX", "EX", seconds, NULL };
	struct redis_question set = {
		.command = "SET", .more = more, .once = true
	};
	enum jwt_reason reason;

	snprintf(key, sizeof(key), USED_PREFIX "%s", hex);
	snprintf(seconds, sizeof(seconds), "%" PRId64, ttl);
	set.key = slice_of_string(key);
	reason = redis_client_ask_more(store->redis, &set, 1, r);
	if (reason == JWT_OK) {
		*first = set.reply->type != REDIS_REPLY_NIL;
		if (*first)
			reason = redis_expect_status(set.reply, "SET", "OK", r);
	}
	/* An earlier mark may be gone, and ours may go. */
	if (reason == JWT_OK && *first && store->redis->evicts)
		reason = eviction_lost(r);
	redis_reply_free(set.reply);
	return reason;
}
