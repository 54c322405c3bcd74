/* SPDX-License-Identifier: ISC */
/*
 * What a real Redis does to revocations, and what its writers do about it.
 * Not among the unit tests: it runs inside a test host, see
 * tests/integration/test_11_redis_store.py.
 */
#include "real_redis.h"

#include "base/clock.h"
#include "revocation/redis.h"
#include "revocation/redis_health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
drop(redisReply *reply)
{
	CU_ASSERT_PTR_NOT_NULL(reply);
	if (reply == NULL)
		return;
	CU_ASSERT_NOT_EQUAL(reply->type, REDIS_REPLY_ERROR);
	freeReplyObject(reply);
}

static void
start_ready(struct real_redis *redis)
{
	bool created = false;

	real_redis_start(redis);
	real_redis_keep_journal(redis);
	CU_ASSERT_EQUAL(revocation_init(redis->writer, &created, NULL), JWT_OK);
	CU_ASSERT(created);
}

static enum jwt_reason
restore(struct real_redis *redis, enum restore_how how,
	struct restore_result *out)
{
	memset(&redis->f.report, 0, sizeof(redis->f.report));
	return revocation_restore(redis->writer, NOW, how, slice_of(NULL, 0),
		out, &redis->f.report);
}

static bool
was_told(const struct real_redis *redis, const char *words)
{
	return strstr(redis->f.report.text, words) != NULL;
}

static enum jwt_reason
check_other(struct real_redis *redis)
{
	const struct revocation_question q = { .iss = slice_of_string(ISS),
		.jti = slice_of_string("another") };

	return fixture_check_question(&redis->f, &q);
}

static void
an_emptied_redis_is_as_it_was_after_restore(void)
{
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SUB), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(check_other(&redis), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(
		real_redis_revoke(&redis, REVOKED_SID), JWT_REVOCATION_LOST);
	CU_ASSERT(was_told(&redis, "revoked restore"));
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_DRY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_EMPTY);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
}

/* This journal has all of it, and can't know that. */
static void
a_redis_gets_its_epoch_back_only_when_told(void)
{
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.others, 0);
	CU_ASSERT(result.shared);
	CU_ASSERT_FALSE(result.lifted);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_REVOCATION_LOST);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, 0);
	CU_ASSERT(result.lifted);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_OK);
}

static void
an_old_dump_is_found_and_brought_up_to_date(void)
{
	struct restore_result result;
	redisReply *before;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	before = APP(&redis, "GET", "blacklist:epoch");
	CU_ASSERT_PTR_NOT_NULL_FATAL(before);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	drop(APP(&redis, "FLUSHALL"));
	drop(APP(&redis, "SET", "blacklist:epoch", before->str));
	freeReplyObject(before);
	CU_ASSERT_EQUAL(
		real_redis_revoke(&redis, REVOKED_KID), JWT_REVOCATION_LOST);
	CU_ASSERT(was_told(&redis, "went back from 2 to 1"));
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_WENT_BACK);
	CU_ASSERT_EQUAL(result.lacked, 2);
	CU_ASSERT_EQUAL(result.after, 2);
	CU_ASSERT_EQUAL(check_other(&redis), JWT_OK);
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
}

static void
flush(struct real_redis *redis)
{
	drop(APP(redis, "FLUSHALL"));
}

static bool
puts_epoch(struct real_redis *redis, const struct epoch *epoch)
{
	bool done = true;

	CU_ASSERT_EQUAL(redis_class.put_epoch(redis->writer, FOUND_NOTHING,
				NULL, epoch, &done, NULL),
		JWT_OK);
	return done;
}

/* Lost again between the entries and the epoch that promises them. */
static void
an_epoch_is_not_put_where_the_entries_were_lost_again(void)
{
	static void (*const losses[])(
		struct real_redis *) = { real_redis_restart, flush };
	struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	struct replay replay = { .at = &entry, .count = 1, .now = NOW };
	JWT_AUTO(real_redis) redis;

	real_redis_start(&redis);
	strcpy(replay.epoch.id, "0123456789abcdef");
	for (size_t i = 0; i < JWT_COUNT(losses); i++) {
		CU_ASSERT_EQUAL(redis_class.replay(redis.writer, &replay, NULL),
			JWT_OK);
		losses[i](&redis);
		CU_ASSERT_FALSE(puts_epoch(&redis, &replay.epoch));
		CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
	}
	CU_ASSERT_EQUAL(replay.lacked, 2);
	CU_ASSERT_EQUAL(
		redis_class.replay(redis.writer, &replay, NULL), JWT_OK);
	CU_ASSERT(puts_epoch(&redis, &replay.epoch));
}

static void
what_is_restored_lasts_as_long_as_it_would_have(void)
{
	const struct revocation_entry entry = fixture_entry(REVOKED_JTI);
	struct restore_result result;
	char key[REDIS_KEY_MAX];
	long long left;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	CU_ASSERT_EQUAL(
		redis_entry_key(redis.writer, entry.kind, entry.hex, key, NULL),
		JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(
		revocation_restore(redis.writer, NOW + 1000, RESTORE_REPLAY,
			slice_of(NULL, 0), &result, NULL),
		JWT_OK);
	left = APP_NUMBER(&redis, "TTL", key);
	CU_ASSERT(left > 2590 && left <= 2601);
}

static void
hundreds_come_back_and_only_what_is_lacking_is_written(void)
{
	enum { MANY = 500 };
	struct revocation_entry entry = fixture_entry(REVOKED_SIG);
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(entry.hex, sizeof(entry.hex), "%064x", i);
		CU_ASSERT_EQUAL(
			revocation_add(redis.writer, &entry, NULL), JWT_OK);
	}
	drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_LIFT, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.lacked, MANY);
	/* And the epoch, and the stream. */
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), MANY + 2);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "XLEN", "blacklist:stream"), MANY);
	drop(APP(&redis, "DEL",
		"blacklist:sig:00000000000000000000000000000000"
		"00000000000000000000000000000007"));
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_REPLAY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.loss, LOSS_NONE);
	CU_ASSERT_EQUAL(result.lacked, 1);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), MANY + 2);
	CU_ASSERT_EQUAL(
		APP_NUMBER(&redis, "XLEN", "blacklist:stream"), MANY + 1);
}

static void
a_redis_that_evicts_is_refused_unless_told_so(void)
{
	static const char *const policies[] = { "allkeys-lru", "volatile-ttl",
		"allkeys-random", "volatile-lfu" };
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	for (size_t i = 0; i < JWT_COUNT(policies); i++) {
		drop(APP(&redis, "CONFIG", "SET", "maxmemory-policy",
			policies[i]));
		CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
			JWT_CONFIG_ERROR);
		CU_ASSERT(was_told(&redis, policies[i]));
		CU_ASSERT(was_told(&redis, "allow_eviction"));
	}
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
	redis.writer_config.redis.allow_eviction = true;
	real_redis_reopen_writer(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	redis.writer_config.redis.allow_eviction = false;
	real_redis_reopen_writer(&redis);
	drop(APP(&redis, "FLUSHALL"));
	CU_ASSERT_EQUAL(
		restore(&redis, RESTORE_REPLAY, &result), JWT_CONFIG_ERROR);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 0);
}

static void
a_redis_that_may_not_be_asked_for_its_policy_is_refused(void)
{
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	drop(APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "-info"));
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(was_told(&redis, "NOPERM"));
	CU_ASSERT(was_told(&redis, "jwtauth.acl"));
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
}

static void
a_full_redis_is_told_and_nothing_is_written(void)
{
	struct restore_result result;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
	drop(APP(&redis, "CONFIG", "SET", "maxmemory", "1"));
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(was_told(&redis, "OOM"));
	CU_ASSERT(was_told(&redis, "maxmemory"));
	/* The sid, the epoch and the stream, as they were. */
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 3);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "XLEN", "blacklist:stream"), 1);
	drop(APP(&redis, "CONFIG", "SET", "maxmemory", "0"));
	/* No loss: the store never had it. */
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_DRY, &result), JWT_OK);
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

	start_ready(&redis);
	drop(APP(&redis, "SET", "blacklist:epoch", "0123456789abcdef 7"));
	CU_ASSERT_EQUAL(revocation_accept_journal(redis.writer, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_expect(redis.writer, seen, NULL), JWT_OK);
	CU_ASSERT_EQUAL(
		real_redis_revoke(&redis, REVOKED_JTI), JWT_REVOCATION_LOST);
	CU_ASSERT(was_told(&redis, "have seen 10"));
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

	start_ready(&redis);
	order.was_until = sub.until;
	order.was_when = sub.when;
	order.was_before = sub.before;
	sub.before++;
	CU_ASSERT_EQUAL(revocation_add(redis.writer, &sub, NULL), JWT_OK);
	CU_ASSERT_EQUAL(revocation_undo(redis.writer, &order, &removed,
				&redis.f.report),
		JWT_INTERNAL_ERROR);
	CU_ASSERT_FALSE(removed);
	CU_ASSERT(was_told(&redis, "again meanwhile"));
	CU_ASSERT_EQUAL(fixture_check(&redis.f), JWT_REVOKED);
	order.was_before++;
	CU_ASSERT_EQUAL(
		revocation_undo(redis.writer, &order, &removed, NULL), JWT_OK);
	CU_ASSERT(removed);
}

/* Killed after the transaction, before the line that says so. */
static void
a_change_whose_answer_was_lost_is_known_again_as_ours(void)
{
	struct restore_result result;
	char path[256];
	struct stat st;
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_SID), JWT_OK);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	snprintf(path, sizeof(path), "%s/redis", redis.f.journal);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	/* The last line has no entry: it is the shorter one. */
	CU_ASSERT_EQUAL(
		truncate(path,
			st.st_size - (off_t)strlen(
					     "{\"op\":\"done\",\"epoch\":\""
					     "0123456789abcdef 2\","
					     "\"others\":0}\n")),
		0);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_KID), JWT_OK);
	CU_ASSERT_EQUAL(restore(&redis, RESTORE_DRY, &result), JWT_OK);
	CU_ASSERT_EQUAL(result.others, 0);
}

/* All three or none: a right that is missing spoils the transaction. */
static void
without_the_right_to_the_stream_nothing_is_written(void)
{
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
	drop(APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "-xadd"));
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI),
		JWT_REVOCATION_UNREACHABLE);
	CU_ASSERT(was_told(&redis, "NOPERM"));
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
}

static void
the_example_gives_hosts_and_writers_what_they_need_and_no_more(void)
{
	struct redis_host_rights rights;
	const char *lacks = "";
	JWT_AUTO(real_redis) redis;

	start_ready(&redis);
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

	start_ready(&redis);
	drop(APP(&redis, "ACL", "SETUSER", "jwtauth-host", "+scan", "-set"));
	CU_ASSERT_EQUAL(redis_try_host(redis.f.store, &rights, NULL), JWT_OK);
	CU_ASSERT(rights.may_list);
	CU_ASSERT_FALSE(rights.may_delete);
	CU_ASSERT_FALSE(rights.may_mark_used);
	drop(APP(&redis, "ACL", "SETUSER", "jwtauth-host", "allkeys", "+del"));
	CU_ASSERT_EQUAL(redis_try_host(redis.f.store, &rights, NULL), JWT_OK);
	CU_ASSERT(rights.may_delete);
	drop(APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "-xadd"));
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

	start_ready(&redis);
	CU_ASSERT_EQUAL(
		redis_try_replay(redis.writer, &knows, &lacks, NULL), JWT_OK);
	CU_ASSERT(knows);
	CU_ASSERT_PTR_NULL(lacks);
	CU_ASSERT_EQUAL(APP_NUMBER(&redis, "DBSIZE"), 1);
	drop(APP(&redis, "ACL", "SETUSER", "default", "resetkeys", "~other:*"));
	CU_ASSERT_EQUAL(
		redis_try_replay(redis.writer, &knows, &lacks, NULL), JWT_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(lacks);
	CU_ASSERT_STRING_EQUAL(lacks, "SET");
	drop(APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "-acl|dryrun"));
	CU_ASSERT_EQUAL(
		redis_try_replay(redis.writer, &knows, &lacks, NULL), JWT_OK);
	CU_ASSERT_FALSE(knows);
	drop(APP(&redis, "ACL", "SETUSER", "jwtauth-revoker", "+acl|dryrun"));
	drop(APP(&redis, "ACL", "SETUSER", "default", "off", "-@all"));
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

	start_ready(&redis);
	CU_ASSERT_EQUAL(redis_health(redis.writer, &health, NULL), JWT_OK);
	CU_ASSERT_STRING_EQUAL(health.policy, "noeviction");
	CU_ASSERT_EQUAL(health.evicted, 0);
	CU_ASSERT_FALSE(health.append_only);
	CU_ASSERT_FALSE(health.snapshot_fails);
	CU_ASSERT(health.unsaved > 0);
	CU_ASSERT(llabs(health.time - clock_now()) <= 5);
	drop(APP(&redis, "CONFIG", "SET", "appendonly", "yes"));
	drop(APP(&redis, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru"));
	drop(APP(&redis, "DEBUG", "POPULATE", "20000", "filler", "200"));
	drop(APP(&redis, "CONFIG", "SET", "maxmemory", "4mb"));
	drop(APP(&redis, "SET", "one", "more"));
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

	start_ready(&redis);
	CU_ASSERT_EQUAL(real_redis_revoke(&redis, REVOKED_JTI), JWT_OK);
	CU_ASSERT_EQUAL(redis_find_raw(redis.writer, &found, NULL), JWT_OK);
	CU_ASSERT_FALSE(found);
	drop(APP(&redis, "SETEX", "blacklist:eyJhbGciOiJIUzI1NiJ9.eyJ9.c2ln",
		"900", "1"));
	CU_ASSERT_EQUAL(redis_find_raw(redis.writer, &found, NULL), JWT_OK);
	CU_ASSERT(found);
}

static const struct unit_test tests[] = {
	UNIT_TEST(an_emptied_redis_is_as_it_was_after_restore),
	UNIT_TEST(a_redis_gets_its_epoch_back_only_when_told),
	UNIT_TEST(an_old_dump_is_found_and_brought_up_to_date),
	UNIT_TEST(an_epoch_is_not_put_where_the_entries_were_lost_again),
	UNIT_TEST(what_is_restored_lasts_as_long_as_it_would_have),
	UNIT_TEST(hundreds_come_back_and_only_what_is_lacking_is_written),
	UNIT_TEST(a_redis_that_evicts_is_refused_unless_told_so),
	UNIT_TEST(a_redis_that_may_not_be_asked_for_its_policy_is_refused),
	UNIT_TEST(a_full_redis_is_told_and_nothing_is_written),
	UNIT_TEST(a_change_whose_answer_was_lost_is_known_again_as_ours),
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
UNIT_SUITE("redis_loss", tests)
