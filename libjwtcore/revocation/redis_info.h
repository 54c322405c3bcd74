/* SPDX-License-Identifier: ISC */
/* What a Redis server says of itself, as its reader and writer may ask. */
#ifndef JWT_REVOCATION_REDIS_INFO_H
#define JWT_REVOCATION_REDIS_INFO_H

#include "revocation/redis_client.h"
#include "revocation/redis_session.h"

/* The value of a field of INFO's answer; false: there is none. */
bool redis_info_field(
	struct slice info, const char *name, struct slice *out) JWT_MUST_CHECK;

/*
 * From the answer to "INFO memory": may it take keys away to make room for
 * others? A policy without a limit takes none. revocation_unreachable: the
 * answer doesn't say.
 */
enum jwt_reason redis_may_evict(const redisReply *reply, bool *evicts,
	struct report *report) JWT_MUST_CHECK;

/*
 * From the answer to "INFO commandstats": how often FLUSHALL, FLUSHDB or
 * SWAPDB was called since the start, or since CONFIG RESETSTAT. False: a count
 * that is none.
 */
bool redis_count_flushes(
	struct slice commandstats, uint64_t *out) JWT_MUST_CHECK;
/* Which life of which server this is. */
enum jwt_reason redis_ask_life(struct redis_session *session,
	struct redis_life *out, struct report *report) JWT_MUST_CHECK;
bool redis_life_equal(const struct redis_life *a, const struct redis_life *b);

/*
 * config_error, with what to do, where the server evicts keys to make room:
 * revocations would be forgotten. allow_eviction: asks nothing.
 */
enum jwt_reason redis_refuse_eviction(const struct revocation_store *store,
	struct redis_session *session, struct report *report) JWT_MUST_CHECK;

#endif
