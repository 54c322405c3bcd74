/* SPDX-License-Identifier: ISC */
/*
 * INFO: "NAME:VALUE\r\n" a field.
 */
#include "revocation/redis_info.h"

#include "revocation/redis.h"

#include <string.h>

bool
redis_info_field(struct slice info, const char *name, struct slice *out)
{
	struct slice line, key;

	while (slice_cut(&info, '\n', &line)) {
		if (line.len > 0 && line.data[line.len - 1] == '\r')
			line.len--;
		if (slice_cut(&line, ':', &key) &&
			slice_equals_string(key, name)) {
			*out = line;
			return true;
		}
	}
	return false;
}

enum jwt_reason
redis_may_evict(const redisReply *reply, bool *evicts, struct report *r)
{
	struct slice info, policy, limit;

	if (reply->type == REDIS_REPLY_ERROR &&
		strncmp(reply->str, "NOPERM", 6) == 0)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: answers NOPERM to INFO: our user there lacks "
			"a right, see jwtauth.acl");
	if (reply->type != REDIS_REPLY_STRING)
		return redis_strange(reply, "INFO", r);
	info = slice_of(reply->str, reply->len);
	if (!redis_info_field(info, "maxmemory_policy", &policy) ||
		!redis_info_field(info, "maxmemory", &limit))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: INFO does not say maxmemory_policy");
	*evicts = !slice_equals_string(policy, "noeviction") &&
		  !slice_equals_string(limit, "0");
	return JWT_OK;
}

enum jwt_reason
redis_ask_run_id(struct redis_session *session, char out[REDIS_RUN_ID_MAX],
	struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct slice info, id;
	enum found found;

	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "server"));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	if (replies.at[0]->type != REDIS_REPLY_STRING)
		return redis_write_fault(replies.at[0], "INFO", r);
	JWT_TRY(redis_value(replies.at[0], "INFO", &found, &info, r));
	if (!redis_info_field(info, "run_id", &id) || id.len == 0 ||
		id.len >= REDIS_RUN_ID_MAX)
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: INFO does not say run_id");
	memcpy(out, id.data, id.len);
	out[id.len] = '\0';
	return JWT_OK;
}

/* Whatever is not "noeviction" takes keys away, ours among them. */
static enum jwt_reason
judge_policy(struct slice info, struct report *r)
{
	struct slice policy;

	if (!redis_info_field(info, "maxmemory_policy", &policy))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: INFO does not say maxmemory_policy");
	if (slice_equals_string(policy, "noeviction"))
		return JWT_OK;
	return report(r, JWT_CONFIG_ERROR,
		"redis: maxmemory-policy is %.*s: it would forget revocations "
		"when its memory is full; set maxmemory-policy noeviction "
		"there, or, if you must, allow_eviction = true here",
		(int)(policy.len < 32 ? policy.len : 32), policy.data);
}

enum jwt_reason
redis_refuse_eviction(const struct revocation_store *store,
	struct redis_session *session, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct slice info;
	enum found found;

	if (store->config->redis.allow_eviction)
		return JWT_OK;
	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "memory"));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	if (replies.at[0]->type != REDIS_REPLY_STRING)
		return redis_write_fault(replies.at[0], "INFO", r);
	JWT_TRY(redis_value(replies.at[0], "INFO", &found, &info, r));
	return judge_policy(info, r);
}
