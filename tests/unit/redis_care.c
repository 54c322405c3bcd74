/* SPDX-License-Identifier: ISC */
/*
 * A real Redis that is not kept as it should be: what its writers refuse, and
 * what doctor says. Not among the unit tests: it runs inside a test host, see
 * tests/integration/test_11_redis_store.py.
 */
#include "real_redis.h"

#include "base/clock.h"
#include "revocation/redis_health.h"

static void
a_redis_that_evicts_is_refused_unless_told_so(void)
{
	static const char *const policies[] = { "allkeys-lru", "volatile-ttl",
		"allkeys-random", "volatile-lfu" };
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	for (size_t i = 0; i < JWT_COUNT(policies); i++) {
		real_redis_drop(APP(&redis, "CONFIG", "SET", "maxmemory-policy",
			policies[i]));
		CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
			JWT_CONFIG_ERROR);
		CU_ASSERT(real_redis_was_told(&redis, policies[i]));
		CU_ASSERT(real_redis_was_told(&redis, "allow_eviction"));
	}
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
	redis.writer_config.redis.allow_eviction = true;
	real_redis_reopen_writer(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	redis.writer_config.redis.allow_eviction = false;
	real_redis_reopen_writer(&redis);
	real_redis_drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(real_redis_restore(&redis, RESTORE_REPLAY, &result),
		JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
}

static void
a_redis_that_may_not_be_asked_for_its_policy_is_refused(void)
{
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	real_redis_drop(
		APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "-info"));
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(real_redis_was_told(&redis, "NOPERM"));
	CU_ASSERT(real_redis_was_told(&redis, "jwtauth.acl"));
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
}

static void
a_full_redis_is_told_and_nothing_is_written(void)
{
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
	real_redis_drop(APP(&redis, "CONFIG", "SET", "maxmemory", "1"));
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(real_redis_was_told(&redis, "OOM"));
	CU_ASSERT(real_redis_was_told(&redis, "maxmemory"));
	/* The sid, the epoch and the stream, as they were. */
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 3);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "XLEN", "blacklist:stream"), 1);
	real_redis_drop(APP(&redis, "CONFIG", "SET", "maxmemory", "0"));
	/* No loss: the store never had it. */
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(
		real_redis_restore(&redis, RESTORE_DRY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_NONE);
	CU_ASSERT_EQUAL(result.others, 0);
}

/* Rolled back to where this host's journal ends: it must not count on. */
static void
a_redis_that_shows_less_than_this_host_has_seen_is_not_written(void)
{
	const struct slice seen = slice_of_string("0123456789abcdef 10");
	const struct slice less = slice_of_string("0123456789abcdef 7");
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	real_redis_drop(
		APP(&redis, "SET", "blacklist:epoch", "0123456789abcdef 7"));
	CU_ASSERT_EQUAL(revocation_accept_journal(redis.writer, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_expect(redis.writer, seen, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		real_redis_revoke(&redis, REVOKED_JTI), JWT_REVOCATION_LOST);
	CU_ASSERT(real_redis_was_told(&redis, "have seen 10"));
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
	CU_ASSERT_EQUAL(revocation_expect(redis.writer, less, NULL), JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
}

/* By another host, between the look at it and the undo. */
static void
what_was_revoked_again_meanwhile_is_not_undone(void)
{
	struct revocation_entry sub = fixture_entry(REVOKED_SUB);
	struct revocation_entry order = sub;
	bool removed;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	order.was_until = sub.until;
	order.was_when = sub.when;
	order.was_before = sub.before;
	sub.before++;
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &sub, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_undo(redis.writer, &order, &removed,
				&redis.f.report),
		JWT_INTERNAL_ERROR);
	CU_ASSERT_FALSE(removed);
	CU_ASSERT(real_redis_was_told(&redis, "again meanwhile"));
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	order.was_before++;
	CU_ASSERT_EQUAL(
		revocation_undo(redis.writer, &order, &removed, NULL), JWT_OK);
	CU_ASSERT(removed);
}

/* All three or none: a right that is missing spoils the transaction. */
static void
without_the_right_to_the_stream_nothing_is_written(void)
{
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	real_redis_drop(
		APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "-xadd"));
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(real_redis_was_told(&redis, "NOPERM"));
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
}

static void
the_example_gives_hosts_and_writers_what_they_need_and_no_more(void)
{
	struct redis_host_rights rights;
	const char *lacks = "";
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(redis_try_host(redis.f.store, &rights, NULL), JWT_OK);
	CU_ASSERT_FALSE(rights.may_list);
	CU_ASSERT_FALSE(rights.may_delete);
	CU_ASSERT(rights.may_mark_used);
	CU_ASSERT_EQUAL(redis_try_writer(redis.writer, &lacks, NULL), JWT_OK);
	CU_ASSERT_PTR_NULL(lacks);
	/* Nothing is left of what was tried. */
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "EXISTS", "blacklist:doctor"), 0);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "EXISTS", "blacklist:stream"), 0);
}

static void
rights_that_are_too_wide_or_too_narrow_are_found(void)
{
	struct redis_host_rights rights;
	const char *lacks = NULL;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	real_redis_drop(
		APP(&redis, "ACL", "SETUSER", "jwtauth-host", "+scan", "-set"));
	CU_ASSERT_EQUAL(redis_try_host(redis.f.store, &rights, NULL), JWT_OK);
	CU_ASSERT(rights.may_list);
	CU_ASSERT_FALSE(rights.may_delete);
	CU_ASSERT_FALSE(rights.may_mark_used);
	real_redis_drop(APP(
		&redis, "ACL", "SETUSER", "jwtauth-host", "allkeys", "+del"));
	CU_ASSERT_EQUAL(redis_try_host(redis.f.store, &rights, NULL), JWT_OK);
	CU_ASSERT(rights.may_delete);
	real_redis_drop(
		APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "-xadd"));
	CU_ASSERT_EQUAL(redis_try_writer(redis.writer, &lacks, NULL), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lacks);
	CU_ASSERT_STRING_EQUAL(lacks, "XADD");
}

/* "off" alone, with no rights behind it, is what many would write. */
static void
a_user_default_that_can_replay_no_transaction_is_found(void)
{
	const char *lacks = "";
	bool knows = false;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(
		redis_try_replay(redis.writer, &knows, &lacks, NULL), JWT_OK);
	CU_ASSERT(knows);
	CU_ASSERT_PTR_NULL(lacks);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
	real_redis_drop(APP(
		&redis, "ACL", "SETUSER", "default", "resetkeys", "~other:*"));
	CU_ASSERT_EQUAL(
		redis_try_replay(redis.writer, &knows, &lacks, NULL), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lacks);
	CU_ASSERT_STRING_EQUAL(lacks, "SET");
	real_redis_drop(APP(
		&redis, "ACL", "SETUSER", "jwtauth-revoker", "-acl|dryrun"));
	CU_ASSERT_EQUAL(
		redis_try_replay(redis.writer, &knows, &lacks, NULL), JWT_OK);
	CU_ASSERT_FALSE(knows);
	real_redis_drop(APP(
		&redis, "ACL", "SETUSER", "jwtauth-revoker", "+acl|dryrun"));
	real_redis_drop(
		APP(&redis, "ACL", "SETUSER", "default", "off", "-@all"));
	CU_ASSERT_EQUAL(
		redis_try_replay(redis.writer, &knows, &lacks, NULL), JWT_OK);
	CU_ASSERT(knows);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lacks);
	CU_ASSERT_STRING_EQUAL(lacks, "MULTI");
}

static void
a_redis_says_how_it_is_kept(void)
{
	struct redis_health health;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(redis_health(redis.writer, &health, NULL), JWT_OK);
	CU_ASSERT_STRING_EQUAL(health.policy, "noeviction");
	CU_ASSERT_EQUAL(health.evicted, 0);
	CU_ASSERT_FALSE(health.append_only);
	CU_ASSERT_FALSE(health.snapshot_fails);
	CU_ASSERT(health.unsaved > 0);
	CU_ASSERT(llabs(health.time - clock_now()) <= 5);
	real_redis_drop(APP(&redis, "CONFIG", "SET", "appendonly", "yes"));
	real_redis_drop(APP(
		&redis, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru"));
	real_redis_drop(
		APP(&redis, "DEBUG", "POPULATE", "20000", "filler", "200"));
	real_redis_drop(APP(&redis, "CONFIG", "SET", "maxmemory", "4mb"));
	real_redis_drop(APP(&redis, "SET", "one", "more"));
	CU_ASSERT_EQUAL(redis_health(redis.writer, &health, NULL), JWT_OK);
	CU_ASSERT(health.append_only);
	CU_ASSERT_STRING_EQUAL(health.policy, "allkeys-lru");
	CU_ASSERT(health.evicted > 0);
	CU_ASSERT_EQUAL(health.memory_max, 4 << 20);
}

static void
raw_tokens_of_applications_are_noticed(void)
{
	bool found = true;
	JWT_AUTO(real_redis) redis;

	real_redis_start_kept(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(redis_find_raw(redis.writer, &found, NULL), JWT_OK);
	CU_ASSERT_FALSE(found);
	real_redis_drop(APP(&redis, "SETEX",
		"blacklist:eyJhbGciOiJIUzI1NiJ9.eyJ9.c2ln", "900", "1"));
	CU_ASSERT_EQUAL(redis_find_raw(redis.writer, &found, NULL), JWT_OK);
	CU_ASSERT(found);
}

static const struct unit_test tests[] = {
	UNIT_TEST(a_redis_that_evicts_is_refused_unless_told_so),
	UNIT_TEST(a_redis_that_may_not_be_asked_for_its_policy_is_refused),
	UNIT_TEST(a_full_redis_is_told_and_nothing_is_written),
	UNIT_TEST(
		a_redis_that_shows_less_than_this_host_has_seen_is_not_written),
	UNIT_TEST(what_was_revoked_again_meanwhile_is_not_undone),
	UNIT_TEST(without_the_right_to_the_stream_nothing_is_written),
	UNIT_TEST(
		the_example_gives_hosts_and_writers_what_they_need_and_no_more),
	UNIT_TEST(rights_that_are_too_wide_or_too_narrow_are_found),
	UNIT_TEST(a_user_default_that_can_replay_no_transaction_is_found),
	UNIT_TEST(a_redis_says_how_it_is_kept),
	UNIT_TEST(raw_tokens_of_applications_are_noticed),
};
UNIT_SUITE("redis_care", tests)
