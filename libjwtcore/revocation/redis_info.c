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

/* "calls=7,usec=..." */
static bool
add_calls(struct slice stats, uint64_t *sum)
{
	static const char name[] = "calls=";
	const size_t skip = sizeof(name) - 1;
	uint64_t calls = 0;
	size_t i = skip;

	if (stats.len < skip || memcmp(stats.data, name, skip) != 0)
		return false;
	for (; i < stats.len && stats.data[i] >= '0' && stats.data[i] <= '9';
		i++)
		calls = calls * 10 + (uint64_t)(stats.data[i] - '0');
	if (i == skip || i > skip + 18) /* no overflow */
		return false;
	*sum += calls;
	return true;
}

bool
redis_count_flushes(struct slice commandstats, uint64_t *out)
{
	static const char *const names[] = { "cmdstat_flushall",
		"cmdstat_flushdb", "cmdstat_swapdb" };

	*out = 0;
	for (size_t i = 0; i < JWT_COUNT(names); i++) {
		struct slice stats;

		if (redis_info_field(commandstats, names[i], &stats) &&
			!add_calls(stats, out))
			return false;
	}
	return true;
}

static enum jwt_reason
take_info(const redisReply *reply, struct slice *info, struct report *r)
{
	enum found found;

	if (reply->type != REDIS_REPLY_STRING)
		return redis_write_fault(reply, "INFO", r);
	return redis_value(reply, "INFO", &found, info, r);
}

enum jwt_reason
redis_ask_life(
	struct redis_session *session, struct redis_life *out, struct report *r)
{
	JWT_AUTO(redis_replies) replies = { .count = 0 };
	struct slice server, stats, id;

	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "server"));
	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "commandstats"));
	JWT_TRY(redis_exchange(session, 2, &replies, r));
	JWT_TRY(take_info(replies.at[0], &server, r));
	JWT_TRY(take_info(replies.at[1], &stats, r));
	if (!redis_info_field(server, "run_id", &id) || id.len == 0 ||
		id.len >= sizeof(out->run_id) ||
		!redis_count_flushes(stats, &out->flushes))
		return report(r, JWT_REVOCATION_UNREACHABLE,
			"redis: INFO does not say run_id, or how often what "
			"was "
			"called");
	memcpy(out->run_id, id.data, id.len);
	out->run_id[id.len] = '\0';
	return JWT_OK;
}

bool
redis_life_equal(const struct redis_life *a, const struct redis_life *b)
{
	return strcmp(a->run_id, b->run_id) == 0 && a->flushes == b->flushes;
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

	if (store->config->redis.allow_eviction)
		return JWT_OK;
	JWT_TRY(REDIS_QUEUE(session, r, "INFO", "memory"));
	JWT_TRY(redis_exchange(session, 1, &replies, r));
	JWT_TRY(take_info(replies.at[0], &info, r));
	return judge_policy(info, r);
}
